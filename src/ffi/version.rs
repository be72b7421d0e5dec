/// The version that this header belongs to. Within one major version functions and numbers are added, none is changed; before
/// 1.0 this holds within one minor version.
pub const FOOTAGE_VERSION_MAJOR: u32 = 0;
/// See `FOOTAGE_VERSION_MAJOR`.
pub const FOOTAGE_VERSION_MINOR: u32 = 1;
/// See `FOOTAGE_VERSION_MAJOR`.
pub const FOOTAGE_VERSION_PATCH: u32 = 0;

/// The version of the library that is linked: major in bits 16 and up, minor in bits 8 to 15, patch in bits 0 to 7. Compare
/// it with the header's at start.
#[unsafe(no_mangle)]
pub extern "C" fn footage_version() -> u32 {
    FOOTAGE_VERSION_MAJOR << 16 | FOOTAGE_VERSION_MINOR << 8 | FOOTAGE_VERSION_PATCH
}
