use crate::crypto::{Digest, Label, Suite, VerifyingKey};
use crate::record::{ClipId, Clock, Timestamp};

/// The format's version.
pub(crate) const VERSION: u8 = 1;

/// What a clip is, in 32 bytes: version, suite, id, date and camera.
///
/// It stands in every derivation below the clip's secret and in the context of every wrap, so that what was sealed in one
/// clip opens in no other: under no other suite, date or camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(Digest);

impl Identity {
    /// Returns the identity of a clip of this version of the format.
    pub(crate) fn of(suite: Suite, clip: ClipId, started: Timestamp, clock: Clock, camera: &VerifyingKey) -> Self {
        let numbers = [VERSION, suite.number()];
        let started = started.as_millis().to_be_bytes();
        let parts: [&[u8]; 5] = [&numbers, clip.as_bytes(), &started, &[clock as u8], camera.as_bytes()];
        Self(Digest::of(Label::CLIP_IDENTITY, &parts))
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}
