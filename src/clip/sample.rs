//! A camera and its clips for unit tests that have to reach inside.

use std::io::Cursor;

use crate::crypto::{KemAlgorithm, KemPrivateKey, Random, RandomError, Secret, SigningKey, Suite, sha256};
use crate::record::{CameraCertificate, CameraId, MakerId, Millis, Name, Signed, Timestamp, Verified};

use super::{Cadence, ClipRoot, NewClip, Sealer};

/// Randomness that a test can repeat.
pub(crate) struct Pinned(pub(crate) u64);

impl Random for Pinned {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for chunk in out.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&sha256(&[&self.0.to_be_bytes()])[..chunk.len()]);
        }
        Ok(())
    }
}

/// A camera, its owner, and the randomness of both.
pub(crate) struct SampleCamera {
    pub(crate) key: SigningKey,
    pub(crate) owner: KemPrivateKey,
    pub(crate) random: Pinned,
    clips: u64,
}

impl SampleCamera {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Pinned(seed << 32);
        let key = SigningKey::generate(&mut random).unwrap();
        let owner = KemPrivateKey::generate(KemAlgorithm::XWing, &mut random).unwrap();
        Self { key, owner, random, clips: 0 }
    }

    pub(crate) fn certificate(&self) -> Signed<CameraCertificate> {
        let certificate = CameraCertificate {
            camera: CameraId::from_bytes([7; 16]),
            maker: MakerId::new("acme").unwrap(),
            model: Name::new("Doorbell 3").unwrap(),
            key: self.key.verifying_key(),
            issued: Timestamp::default(),
        };
        Verified::sign(certificate, &SigningKey::generate(&mut Pinned(0)).unwrap()).into_signed()
    }

    /// A clip of an init segment and these.
    pub(crate) fn clip(&mut self, contents: &[&[u8]], cadence: Cadence) -> Vec<u8> {
        self.clips += 1;
        let (certificate, owners) = (self.certificate(), [self.owner.public_key()]);
        let new = NewClip {
            suite: Suite::Aes256Gcm,
            started: Timestamp::default(),
            certificate,
            owners: &owners,
            root: ClipRoot::random(&Secret::take(&mut [3; 32]), self.clips, &mut self.random).unwrap(),
            cadence,
        };
        let (key, file) = (std::sync::Arc::new(self.key.duplicate()), Cursor::new(Vec::new()));
        let mut sealer = Sealer::begin(new, key, file, &mut self.random).unwrap();
        sealer.init(&mut b"codec parameters".to_vec()).unwrap();
        for (second, content) in (0..).zip(contents) {
            sealer.media(Millis::SECOND.times(second), Millis::SECOND, &mut content.to_vec()).unwrap();
        }
        let manifest = sealer.end().unwrap();
        sealer.finish(manifest).unwrap().into_inner().into_inner()
    }
}
