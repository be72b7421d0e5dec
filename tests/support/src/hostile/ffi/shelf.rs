//! What an app may have before its first call.
#![allow(unsafe_code)]

use footage::camera::{Cadence, Camera, Device, MemoryFiles};
use footage::crypto::{KemAlgorithm, KemPrivateKey, Random, RandomError, Secret, SigningKey, Suite};
use footage::ffi::FOOTAGE_KEM_X25519;
use footage::record::{CameraCertificate, CameraId, MakerId, Millis, Name, Timestamp, Verified};
use footage::store::MemoryStore;

/// When the shelf's clip begins.
pub const NOON: u64 = 1_780_315_200_000;

/// The files, the bytes and the texts that an app may have, made once.
pub struct Shelf {
    pub files: Vec<Vec<u8>>,
    /// A camera's key, an owner's key and device secret, a certificate, an owner's public key, and more.
    pub bytes: Vec<Vec<u8>>,
    /// Each ends with a NUL.
    pub texts: Vec<Vec<u8>>,
}

/// The same numbers each time.
struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for byte in out {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

impl Shelf {
    pub fn new() -> Self {
        let secret = |byte| Secret::take(&mut [byte; 32]);
        let (maker, key) = (SigningKey::from_secret(&secret(5)), SigningKey::from_secret(&secret(1)));
        let owner = KemPrivateKey::from_secret(KemAlgorithm::X25519, secret(2)).public_key();
        let issued = Timestamp::from_millis(NOON).unwrap();
        let certificate = CameraCertificate {
            camera: CameraId::from_bytes([7; 16]),
            maker: MakerId::new("acme").unwrap(),
            model: Name::new("Doorbell").unwrap(),
            key: key.verifying_key(),
            issued,
        };
        let certificate = Verified::sign(certificate, &maker).into_signed();
        let certified = certificate.to_bytes();
        let device = Device { certificate, key, secret: secret(2), suite: Suite::ChaCha20Poly1305 };
        let mut camera = Camera::begin(device, MemoryStore::new(), MemoryFiles::new()).unwrap();
        let random = &mut Counting(0);
        let mut recording = camera.start(core::slice::from_ref(&owner), issued, Cadence::EverySegment, random).unwrap();
        recording.init(&mut b"codecs".to_vec()).unwrap();
        for second in 0..3 {
            recording.media(Millis::SECOND.times(second), Millis::SECOND, &mut [7; 100]).unwrap();
        }
        let mut clip = Vec::new();
        std::io::Read::read_to_end(&mut rewound(recording.finish(&mut camera).unwrap().into_inner()), &mut clip)
            .unwrap();
        let video = include_bytes!("../../../../../examples/data/sample.mp4")[..20_000].to_vec();
        let bytes = vec![
            vec![1; 32],
            vec![2; 32],
            certified,
            [&FOOTAGE_KEM_X25519.to_be_bytes()[..], owner.as_bytes()].concat(),
            vec![7; 16],
            vec![3; 1000],
        ];
        let texts = ["acme", "Doorbell", "", "A maker"].map(|text| [text.as_bytes(), &[0]].concat()).to_vec();
        Self { files: vec![clip, video, b"no video".to_vec()], bytes, texts }
    }
}

fn rewound<F: std::io::Seek>(mut file: F) -> F {
    file.rewind().unwrap();
    file
}
