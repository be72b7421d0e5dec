//! A camera and its clips for unit tests that have to reach inside.

use std::io::Cursor;
use std::sync::Arc;

use crate::crypto::{Hedge, KemAlgorithm, KemPrivateKey, Random, RandomError, Secret, SigningKey, Suite, sha256};
use crate::record::{
    CameraCertificate, CameraId, CertificateRequest, ClipId, Clock, Content, Ending, MakerId, Millis, Name,
    StatementId, Timestamp, Verified,
};

use super::header::{Header, check_value};
use super::identity::{Identity, VERSION};
use super::{Cadence, ClipSecret, Group, NewClip, Owners, Piece, SealFor, Sealer, Sound};

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

/// The identity of a clip with this id.
pub(crate) fn identity(clip: u8) -> Identity {
    let camera = SigningKey::generate(&mut Pinned(0)).unwrap().verifying_key();
    Identity::of(Suite::Aes256Gcm, ClipId::from_bytes([clip; 16]), Timestamp::default(), Clock::Set, &camera)
}

/// A camera, its household, and the randomness of both.
pub(crate) struct SampleCamera {
    pub(crate) key: SigningKey,
    pub(crate) owner: KemPrivateKey,
    pub(crate) recovery: KemPrivateKey,
    pub(crate) random: Pinned,
    pub(crate) content: Content,
    clips: u64,
}

impl SampleCamera {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Pinned(seed << 32);
        let key = SigningKey::generate(&mut random).unwrap();
        let [owner, recovery] = [(); 2].map(|()| KemPrivateKey::generate(KemAlgorithm::XWing, &mut random).unwrap());
        Self { key, owner, recovery, random, content: Content::Video, clips: 0 }
    }

    pub(crate) fn certificate(&self) -> Verified<CameraCertificate> {
        let request = CertificateRequest {
            camera: CameraId::from_bytes([7; 16]),
            maker: MakerId::new("acme").unwrap(),
            model: Name::new("Doorbell 3").unwrap(),
        };
        let certificate = CameraCertificate::new(Verified::sign(request, &self.key), Timestamp::default());
        Verified::sign(certificate, &SigningKey::generate(&mut Pinned(0)).unwrap())
    }

    /// A clip of an init segment and these, each of a second in a group of its own.
    pub(crate) fn clip(&mut self, contents: &[&[u8]], cadence: Cadence) -> Vec<u8> {
        self.record(&contents.iter().map(|pictures| (*pictures, None)).collect::<Vec<_>>(), cadence)
    }

    /// A clip of groups of a second each: pictures, and sound if there is any.
    pub(crate) fn record(&mut self, groups: &[(&[u8], Option<&[u8]>)], cadence: Cadence) -> Vec<u8> {
        self.clips += 1;
        let certificate = self.certificate();
        let keys = [&self.owner, &self.recovery].map(KemPrivateKey::public_key);
        let new = NewClip {
            suite: Suite::Aes256Gcm,
            started: Timestamp::default(),
            clock: Clock::Set,
            content: self.content,
            certificate: &certificate,
            owners: SealFor { household: &keys[0], recovery: &keys[1], list: StatementId::from_bytes([4; 32]) },
            number: self.clips,
        };
        let root = new.draw(&Secret::take(&mut [3; 32]), &mut self.random).unwrap();
        let mut sealer = Sealer::begin(&new, root, Arc::new(self.key.duplicate()), Cursor::new(Vec::new())).unwrap();
        for (second, (pictures, sound)) in (0..).zip(groups) {
            let [start, end] = [second, second + 1].map(|second| Millis::SECOND.times(second));
            let (mut pictures, mut sound) = (pictures.to_vec(), sound.map(<[u8]>::to_vec));
            let (mut init, mut sound_init) = (b"codec parameters".to_vec(), b"sound parameters".to_vec());
            let mut group = Group {
                picture_init: (self.content == Content::Video).then_some(&mut init),
                sound_init: sound.is_some().then_some(&mut sound_init),
                pictures: vec![Piece { start, end, content: &mut pictures }],
                sound: sound.as_mut().map(|sound| Sound { piece: Piece { start, end, content: sound }, samples: 47 }),
                next: Some(end),
            };
            sealer.group(&mut group).unwrap();
            if cadence == Cadence::EveryGroup {
                sealer.sign().unwrap();
            }
        }
        let manifest = sealer.end(Ending::Finished).unwrap();
        sealer.finish(manifest).unwrap().into_inner().into_inner()
    }

    /// The beginning of a clip with this secret, dated by this camera, as somebody could make it who has no camera.
    pub(crate) fn begin(
        &self,
        suite: Suite,
        started: Timestamp,
        owners: [&KemPrivateKey; 2],
        mut secret: [u8; 32],
    ) -> (Header, Owners, ClipSecret) {
        let certificate = self.certificate();
        let clip = ClipId::from_bytes([9; 16]);
        let identity = Identity::of(suite, clip, started, Clock::Set, &self.key.verifying_key());
        let secret = Secret::take(&mut secret);
        let hedge = Hedge::new(&mut Pinned(5), &Secret::take(&mut [3; 32]), &[]).unwrap();
        let keys = owners.map(KemPrivateKey::public_key);
        let keys = SealFor { household: &keys[0], recovery: &keys[1], list: StatementId::from_bytes([4; 32]) };
        let owners = Owners::wrap(&identity, &secret, keys, 1, &hedge).unwrap();
        let header = Header {
            version: VERSION,
            suite,
            clip,
            started,
            clock: Clock::Set,
            content: Content::Video,
            kem: KemAlgorithm::XWing,
            certificate: Box::new(certificate.into_signed()),
            check: check_value(&identity, &secret),
            owners: owners.digest(),
        };
        (header, owners, ClipSecret { identity, secret })
    }
}
