//! Grants: the keys of ranges of clips, locked twice, and the excerpt that carries them.
//!
//! One half of the lock goes to the agency's request key; the other, in shares, to the expiry keys of custodians, who hand
//! theirs out on a logged release and destroy the keys when access ends. An [`Excerpt`] is the file; an [`OpenExcerpt`] is
//! one whose lock is open and whose proofs hold. The bytes are described in [the format](crate::docs::format).

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod bad_parts;
mod excerpt;
#[cfg(test)]
pub(crate) mod forged;
mod form;
mod gather;
mod join;
mod lock;
mod make;
mod open;
mod open_clip;
mod open_error;
mod owned_clip;
mod part;
mod unlock;
mod whole;

#[cfg(test)]
pub(crate) use excerpt::Wraps;
pub use excerpt::{Excerpt, ExcerptError};
pub(crate) use join::join_own;
pub use join::{BodyList, JoinError, join};
#[cfg(test)]
pub(crate) use lock::{GrantKey, Role};
pub use make::GrantError;
pub(crate) use make::{Grantee, Holder, Made, make};
pub use open::{OpenExcerpt, OpenSegment};
pub use open_clip::{Gap, GrantedRange, OpenClip, PlayableRun};
pub use open_error::OpenExcerptError;
pub use owned_clip::OwnedClip;
#[cfg(test)]
pub(crate) use part::{ClipPart, Init, LeftOut, Listed, Room, Words, digest, layer_index};
pub use unlock::{AgencyHalf, Share, UnlockError, released_terms};
