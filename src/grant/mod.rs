//! Grants: the keys of ranges of clips, locked twice, and the excerpt that carries them.
//!
//! One half of the lock goes to the agency's request key; the other, in shares, to the expiry keys of custodians, who hand
//! theirs out on a logged release and destroy the keys when access ends. An [`Excerpt`] is the file; an [`OpenExcerpt`] is
//! one whose lock is open and whose proofs hold. From it an agency makes evidence, a file of chosen clips that anyone can
//! verify without a key. The bytes are described in [the format](crate::docs::format).

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod bad_parts;
mod evidence;
mod evidence_file_error;
mod evidence_writer;
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
mod open_segment;
mod owned_clip;
mod part;
#[cfg(feature = "video")]
mod playable;
mod preview;
mod reading_order;
mod unlock;
mod whole;

pub(crate) use evidence::EvidenceFile;
pub use evidence::OpenEvidence;
pub use evidence_file_error::{EvidenceFileError, WriteEvidenceError};
pub(crate) use evidence_writer::Chosen;
#[cfg(test)]
pub(crate) use excerpt::Wraps;
pub use excerpt::{Excerpt, ExcerptError};
pub(crate) use join::join_own;
pub use join::{BodyList, JoinError, join};
pub(crate) use lock::GrantKey;
#[cfg(test)]
pub(crate) use lock::Role;
pub use make::GrantError;
pub(crate) use make::{Grantee, Holder, Made, make};
pub use open::OpenExcerpt;
pub use open_clip::{Gap, GrantedRange, OpenClip, PlayableRun};
pub use open_error::OpenExcerptError;
pub use open_segment::OpenSegment;
pub use owned_clip::OwnedClip;
#[cfg(test)]
pub(crate) use part::{ClipPart, Init, LeftOut, Listed, Room, Words, digest};
#[cfg(feature = "video")]
pub use playable::PlayableRunError;
pub use preview::{Preview, PreviewError};
pub use unlock::{AgencyHalf, Share, UnlockError, released_terms};
