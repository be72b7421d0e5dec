//! Grants: the keys of one range of a clip, locked twice, and the excerpt that carries them.
//!
//! One half of the lock goes to the agency's request key; the other, in shares, to the expiry keys of custodians, who hand
//! theirs out on a logged release and destroy the keys when access ends. An [`Excerpt`] is the file; an [`OpenExcerpt`] is
//! one whose lock is open and whose proofs hold. The bytes are described in [the format](crate::docs::format).

#[cfg(test)]
mod attacks;
mod excerpt;
mod lock;
mod make;
mod open;
mod private;
mod unlock;
mod whole;

pub use excerpt::{Excerpt, ExcerptError};
pub use make::GrantError;
pub(crate) use make::{Grantee, Holder, Made, make};
pub use open::{OpenExcerpt, OpenExcerptError, OpenSegment};
#[cfg(test)]
pub(crate) use private::{LeftOut, Listed, Private};
pub use unlock::{AgencyHalf, Share, UnlockError, released_terms};
