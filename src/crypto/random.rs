use thiserror::Error;

/// Where randomness comes from: the one seam, so that tests and test vectors can pin it.
///
/// Everything else uses `OsRandom`; without `std` a device brings its own source.
pub trait Random {
    /// Fills `out` with random bytes.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError>;
}

/// The source gave no randomness. Nothing was made; try again when the system has some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the random source gave nothing")]
pub struct RandomError;

/// The operating system's random source.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

#[cfg(feature = "std")]
impl Random for OsRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(out).map_err(|_| RandomError)
    }
}
