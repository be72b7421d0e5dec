use std::io::Cursor;

use serde_json::{Value, json};

use super::{Pinned, at, kem_key};
use crate::clip::{Cadence, ClipRoot, ClipSecret, FinishedClip, NewClip, Sealer};
use crate::crypto::{KemAlgorithm, KemPrivateKey, Label, Suite, expand, extract};
use crate::foreign::hex;
use crate::record::{CameraCertificate, CameraId, MakerId, Millis, Name, SegmentKind, Verified};

/// 2026-06-01T12:00:00Z.
pub(super) const NOON: u64 = 1_780_315_200_000;

/// What is sealed into a clip: kind, start, duration and content.
pub(super) type Scene = (SegmentKind, u64, u64, Vec<u8>);

/// A clip that a camera sealed, with everything that went into it.
pub(super) struct Film {
    pub(super) file: Vec<u8>,
    pub(super) secret: ClipSecret,
    pub(super) scenes: Vec<Scene>,
    /// What was given and drawn, and the keys of the clip.
    pub(super) given: Value,
}

/// An init segment and three media segments, one of them empty.
pub(super) fn scenes() -> Vec<Scene> {
    vec![
        (SegmentKind::Init, 0, 0, b"codec parameters".to_vec()),
        (SegmentKind::Media, 0, 2000, b"somebody comes".to_vec()),
        (SegmentKind::Media, 2000, 1990, Vec::new()),
        (SegmentKind::Media, 3990, 2010, b"somebody goes".to_vec()),
    ]
}

impl Film {
    pub(super) fn seal(seed: u64, suite: Suite, cadence: Cadence, owners: &[KemAlgorithm], scenes: Vec<Scene>) -> Self {
        let random = &mut Pinned::new(seed);
        let (maker, camera, device) = (random.signing_key(), random.signing_key(), random.secret());
        let owners: Vec<_> = owners.iter().map(|&kem| random.kem_key(kem)).collect();
        let certificate = CameraCertificate {
            camera: CameraId::from_bytes(random.bytes()),
            maker: MakerId::new("acme").unwrap(),
            model: Name::new("Doorbell 3").unwrap(),
            key: camera.verifying_key(),
            issued: at(NOON).before(Millis::DAY.times(100)),
        };
        let certificate = Verified::sign(certificate, &maker).into_signed();
        let public: Vec<_> = owners.iter().map(KemPrivateKey::public_key).collect();
        let counter = 40 + seed;
        let started = at(NOON);
        random.drawn();
        let new = NewClip {
            suite,
            started,
            certificate: certificate.clone(),
            owners: &public,
            root: ClipRoot::random(&device, counter, random).unwrap(),
            cadence,
        };
        let (key, file) = (std::sync::Arc::new(camera.duplicate()), Cursor::new(Vec::new()));
        let mut sealer = Sealer::begin(new, key, file, random).unwrap();
        let drawn = random.drawn();
        for (kind, start, duration, content) in &scenes {
            let mut content = content.clone();
            match kind {
                SegmentKind::Init => sealer.init(&mut content).unwrap(),
                SegmentKind::Media => sealer.media(Millis(*start), Millis(*duration), &mut content).unwrap(),
            }
        }
        let clip = sealer.clip();
        let manifest = sealer.end().unwrap();
        let file = sealer.finish(manifest).unwrap().into_inner().into_inner();

        // What `ClipRoot` derived, a second time for the steps between.
        let [fresh, wraps @ ..] = drawn.as_slice() else { panic!("nothing drawn") };
        let root = extract(Label::CLIP, &[fresh, device.expose(), &counter.to_be_bytes()]);
        assert_eq!(expand::<16>(&root, Label::CLIP_ID, &[]).expose(), clip.as_bytes());
        let secret = expand::<32>(&root, Label::CLIP_SECRET, &[]);
        let mut finished = FinishedClip::open(Cursor::new(file.as_slice())).unwrap();
        for owner in &owners {
            let unlocked = finished.unlock(owner).unwrap();
            assert_eq!(unlocked.secret, secret);
            for (index, (kind, start, duration, content)) in (0..).zip(&scenes) {
                let (header, found) = finished.segment(&unlocked, index).unwrap();
                assert_eq!((header.kind, header.start.0, header.duration.0), (*kind, *start, *duration));
                assert_eq!(*found, *content);
            }
        }
        assert_eq!((finished.count() as usize, finished.started()), (scenes.len(), started));

        let owners = owners.iter().zip(wraps).map(|(owner, drawn)| {
            let mut value = kem_key(owner);
            let fingerprint = owner.public_key().fingerprint();
            let info = [Label::CLIP_SECRET.as_bytes(), clip.as_bytes(), fingerprint.as_bytes()].concat();
            value["info"] = hex(&info).into();
            value["encapsulation"] = hex(drawn).into();
            value
        });
        let given = json!({
            "suite": suite.number(),
            "cadence": match cadence { Cadence::EverySegment => "every-segment", Cadence::AtEnd => "at-end" },
            "started": started.as_millis(),
            "maker_seed": hex(maker.to_secret().expose()),
            "camera_seed": hex(camera.to_secret().expose()),
            "certificate": hex(&certificate.to_bytes()),
            "device": hex(device.expose()),
            "counter": counter,
            "fresh": hex(fresh),
            "root": hex(root.expose()),
            "clip": hex(clip.as_bytes()),
            "clip_secret": hex(secret.expose()),
            "owners": owners.collect::<Vec<_>>(),
        });
        Self { file, secret: ClipSecret { clip, secret }, scenes, given }
    }

    pub(super) fn open(&self) -> FinishedClip<Cursor<&[u8]>> {
        FinishedClip::open(Cursor::new(self.file.as_slice())).unwrap()
    }
}
