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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::sample::Pinned;
    use crate::crypto::SigningKey;

    /// C1: clips that differ in anything that the identity binds have different identities.
    #[test]
    fn c1_every_field_of_an_identity_counts() {
        let [one, other] = [1, 2].map(|seed| SigningKey::generate(&mut Pinned(seed)).unwrap().verifying_key());
        let (id, date) = (ClipId::from_bytes([1; 16]), Timestamp::default());
        let later = Timestamp::from_seconds(1).unwrap();
        let suite = Suite::Aes256Gcm;
        let identities = [
            Identity::of(suite, id, date, Clock::Set, &one),
            Identity::of(Suite::ChaCha20Poly1305, id, date, Clock::Set, &one),
            Identity::of(suite, ClipId::from_bytes([2; 16]), date, Clock::Set, &one),
            Identity::of(suite, id, later, Clock::Set, &one),
            Identity::of(suite, id, date, Clock::Earlier, &one),
            Identity::of(suite, id, date, Clock::Set, &other),
        ];
        for (at, identity) in identities.iter().enumerate() {
            assert!(!identities[..at].contains(identity), "{at}");
        }
    }
}
