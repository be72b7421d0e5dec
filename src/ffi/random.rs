//! Where randomness comes from: the operating system, or the board.

#[cfg(not(feature = "std"))]
pub(super) use super::board::BoardRandom as SystemRandom;
#[cfg(feature = "std")]
pub(super) use crate::crypto::OsRandom as SystemRandom;
