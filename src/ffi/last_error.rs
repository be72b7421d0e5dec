use core::ffi::c_char;

use super::argument::Output;
use super::status::{call_about_last, footage_status};

/// What went wrong in the last call of this thread that did not give `FOOTAGE_OK`, in English, for people. It never holds
/// a secret.
///
/// The text ends with a NUL, which `length` does not count and `capacity` has to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_last_error_message(
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for buffers.
    let text = unsafe { Output::new(text.cast(), capacity, length) };
    call_about_last(|last| text.write_text(last.map_or("", |failure| &failure.message)))
}
