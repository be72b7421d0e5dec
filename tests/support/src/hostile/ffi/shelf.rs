//! What an app may have before its first call.
#![allow(unsafe_code)]

use footage::camera::{Cadence, Camera, Clocks, Device, Group, MemoryFiles, Piece, Sound};
use footage::crypto::{KemAlgorithm, KemPrivateKey, Random, RandomError, Secret, SigningKey, Suite};
use footage::ffi::FOOTAGE_KEM_X25519;
use footage::record::{
    self, CameraCertificate, CameraId, CertificateRequest, Content, HouseholdId, MakerId, Millis, Name, OwnerList,
    RecoveryKey, Timestamp, Verified,
};
use footage::store::MemoryStore;

/// When the shelf's clip begins.
pub const NOON: u64 = 1_780_315_200_000;

/// The files, the bytes and the texts that an app may have, made once.
pub struct Shelf {
    pub files: Vec<Vec<u8>>,
    /// A camera's key, an owner's key and device secret, a certificate, an owner's public key, a camera's id, a content,
    /// an owner list, a recovery key and its signer.
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
        let request = CertificateRequest {
            camera: CameraId::from_bytes([7; 16]),
            maker: MakerId::new("acme").unwrap(),
            model: Name::new("Doorbell").unwrap(),
        };
        let certificate = CameraCertificate::new(Verified::sign(request, &key), issued);
        let certificate = Verified::sign(certificate, &maker).into_signed();
        let certified = certificate.to_bytes();
        let device = Device { certificate, key, secret: secret(2), suite: Suite::ChaCha20Poly1305 };
        let random = &mut Counting(0);
        let list = OwnerList {
            household: HouseholdId::from_bytes([1; 16]),
            period: 0,
            number: 0,
            before: None,
            key: owner.clone(),
            recovery: RecoveryKey {
                kem: KemPrivateKey::from_secret(KemAlgorithm::X25519, secret(4)).public_key(),
                signer: SigningKey::from_secret(&secret(6)).verifying_key(),
            },
            devices: vec![record::Device { signer: maker.verifying_key(), fingerprint: owner.fingerprint() }],
            entries: None,
        };
        let (list, recovery) = (Verified::sign(list.clone(), &maker), list.recovery);
        let mut camera = Camera::begin(device, list.clone(), MemoryStore::new(), MemoryFiles::new()).unwrap();
        let clocks = Clocks { monotonic: Millis(0), wall: Some(issued) };
        let mut recording = camera.start(Content::Video, Cadence::EveryGroup, clocks, random).unwrap();
        for second in 0..3 {
            let (start, end) = (Millis::SECOND.times(second), Millis::SECOND.times(second + 1));
            let (mut codecs, mut pictures, mut sound) = (*b"codecs", [7; 100], [8; 10]);
            let sound = Sound { piece: Piece { start, end, content: &mut sound }, samples: 5 };
            let group = Group {
                picture_init: Some(&mut codecs),
                pictures: vec![Piece { start, end, content: &mut pictures }],
                sound: Some(sound),
                next: Some(end),
                ..Group::default()
            };
            let clocks = Clocks { monotonic: end, wall: Some(issued.after(end)) };
            recording.group(&mut camera, clocks, group).unwrap();
        }
        let mut clip = Vec::new();
        std::io::Read::read_to_end(&mut rewound(recording.finish(&mut camera).unwrap().into_inner()), &mut clip)
            .unwrap();
        let video = include_bytes!("../../../../../examples/data/sample.mp4")[..176_000].to_vec();
        let bytes = vec![
            vec![1; 32],
            vec![2; 32],
            certified,
            [&FOOTAGE_KEM_X25519.to_be_bytes()[..], owner.as_bytes()].concat(),
            vec![7; 16],
            vec![3; 1000],
            list.to_bytes(),
            [&FOOTAGE_KEM_X25519.to_be_bytes()[..], recovery.kem.as_bytes()].concat(),
            recovery.signer.as_bytes().to_vec(),
        ];
        let texts = ["acme", "Doorbell", "", "A maker"].map(|text| [text.as_bytes(), &[0]].concat()).to_vec();
        Self { files: vec![clip, video, b"no video".to_vec()], bytes, texts }
    }
}

fn rewound<F: std::io::Seek>(mut file: F) -> F {
    file.rewind().unwrap();
    file
}
