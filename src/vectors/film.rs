use std::io::Cursor;

use serde_json::{Value, json};

use super::{Pinned, at, kem_key};
use crate::clip::{Cadence, ClipSecret, FinishedClip, Group, NewClip, Piece, SealFor, Sealer, Sound};
use crate::crypto::{KemAlgorithm, KemPrivateKey, Label, Suite, extract};
use crate::foreign::hex;
use crate::record::{
    CameraCertificate, CameraId, CertificateRequest, Clock, ClockSet, Content, Ending, Layer, MakerId, Millis, Name,
    StatementId, Verified,
};

/// 2026-06-01T12:00:00Z.
pub(super) const NOON: u64 = 1_780_315_200_000;

/// Start, end and content.
type Part = (u64, u64, Vec<u8>);

/// What is sealed into a group of a clip.
#[derive(Debug, Clone, Default)]
pub(super) struct Scene {
    pub(super) picture_init: Option<Vec<u8>>,
    pub(super) sound_init: Option<Vec<u8>>,
    pub(super) pictures: Vec<Part>,
    pub(super) sound: Option<Part>,
    pub(super) next: Option<u64>,
}

/// How a clip is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Making {
    pub(super) suite: Suite,
    pub(super) cadence: Cadence,
    pub(super) kem: KemAlgorithm,
    pub(super) clock: Clock,
    pub(super) content: Content,
    pub(super) how: Ending,
    /// The setting of a clock that was not set, after the first group.
    pub(super) set: Option<ClockSet>,
}

/// A video whose clock was set, signed at its end.
pub(super) const VIDEO: Making = Making {
    suite: Suite::Aes256Gcm,
    cadence: Cadence::AtEnd,
    kem: KemAlgorithm::X25519,
    clock: Clock::Set,
    content: Content::Video,
    how: Ending::Finished,
    set: None,
};

/// A clip that a camera sealed, with everything that went into it.
pub(super) struct Film {
    pub(super) file: Vec<u8>,
    pub(super) secret: ClipSecret,
    /// The contents of the segments.
    pub(super) contents: Vec<Vec<u8>>,
    /// What was given and drawn, and the keys of the clip.
    pub(super) given: Value,
}

fn part(start: u64, end: u64, content: &str) -> Part {
    (start, end, content.as_bytes().to_vec())
}

/// Pictures with sound: the first group with sound that begins before it, one of two picture segments, one that nobody speaks
/// in, and after a gap one with new parameters of the pictures.
pub(super) fn scenes() -> Vec<Scene> {
    vec![
        Scene {
            picture_init: Some(b"codec parameters".to_vec()),
            sound_init: Some(b"sound parameters".to_vec()),
            pictures: vec![part(10, 1210, "somebody comes"), part(1210, 2010, "")],
            sound: Some(part(0, 2003, "steps")),
            next: Some(2010),
        },
        Scene {
            // Equal parameters are not sealed again.
            picture_init: Some(b"codec parameters".to_vec()),
            pictures: vec![part(2010, 4000, "somebody rings")],
            ..Scene::default()
        },
        Scene {
            picture_init: Some(b"other parameters".to_vec()),
            pictures: vec![part(9000, 11_010, "somebody goes")],
            sound: Some(part(9003, 11_024, "a door")),
            ..Scene::default()
        },
    ]
}

/// A file in pieces, which last as long as whoever had it sealed says.
pub(super) fn pieces() -> Vec<Scene> {
    let piece = |content| Scene { pictures: vec![part(0, 90_000, content)], ..Scene::default() };
    vec![piece("%PDF-"), piece("and so on"), piece("")]
}

fn bytes_mut(part: &mut Part) -> Piece<'_> {
    let (start, end, content) = part;
    Piece { start: Millis(*start), end: Millis(*end), content }
}

impl Film {
    pub(super) fn seal(seed: u64, making: Making, scenes: Vec<Scene>) -> Self {
        let Making { suite, cadence, kem, clock, content, how, set } = making;
        let random = &mut Pinned::new(seed);
        let (maker, camera, device) = (random.signing_key(), random.signing_key(), random.secret());
        let owners = [random.kem_key(kem), random.kem_key(kem)];
        let request = CertificateRequest {
            camera: CameraId::from_bytes(random.bytes()),
            maker: MakerId::new("acme").unwrap(),
            model: Name::new("Doorbell 3").unwrap(),
        };
        let certificate =
            CameraCertificate::new(Verified::sign(request, &camera), at(NOON).before(Millis::DAY.times(100)));
        let certificate = Verified::sign(certificate, &maker);
        let public = owners.each_ref().map(KemPrivateKey::public_key);
        let (number, list) = (40 + seed, StatementId::from_bytes(random.bytes()));
        let started = if matches!(clock, Clock::NotSet | Clock::None) { at(0) } else { at(NOON) };
        let keys = SealFor { household: &public[0], recovery: &public[1], list };
        let new = NewClip { suite, started, clock, content, certificate: &certificate, owners: keys, number };
        random.drawn();
        let root = new.draw(&device, random).unwrap();
        let fresh = random.drawn().concat();
        let (key, file) = (std::sync::Arc::new(camera.duplicate()), Cursor::new(Vec::new()));
        let mut sealer = Sealer::begin(&new, root, key, file).unwrap();
        let (mut contents, mut inits) = (Vec::new(), [Vec::new(), Vec::new()]);
        let with_sound = scenes.first().is_some_and(|scene| scene.sound.is_some());
        for (number, scene) in scenes.into_iter().enumerate() {
            let mut scene = scene;
            for (layer, init) in [(0, &scene.picture_init), (1, &scene.sound_init)] {
                if let Some(init) = init.as_ref().filter(|init| **init != inits[layer]) {
                    contents.push(init.clone());
                    inits[layer].clone_from(init);
                }
            }
            contents.extend(scene.pictures.iter().map(|(_, _, content)| content.clone()));
            if with_sound {
                contents.push(scene.sound.clone().map(|(_, _, content)| content).unwrap_or_default());
            }
            let mut group = Group {
                picture_init: scene.picture_init.as_deref_mut(),
                sound_init: scene.sound_init.as_deref_mut(),
                pictures: scene.pictures.iter_mut().map(bytes_mut).collect(),
                sound: scene.sound.as_mut().map(|sound| Sound { piece: bytes_mut(sound), samples: 94 }),
                next: scene.next.map(Millis),
            };
            sealer.group(&mut group).unwrap();
            if let Some(set) = set.filter(|_| number == 1) {
                sealer.set_clock(set);
            }
            if cadence == Cadence::EveryGroup {
                sealer.sign().unwrap();
            }
        }
        if how == Ending::CutOff {
            sealer.leave_out(1, 1234);
        }
        let clip = sealer.clip();
        let manifest = sealer.end(how).unwrap();
        let file = sealer.finish(manifest).unwrap().into_inner().into_inner();

        let mut finished = FinishedClip::open(Cursor::new(file.as_slice())).unwrap();
        assert_eq!(finished.count() as usize, contents.len());
        for owner in &owners {
            let unlocked = finished.unlock(owner).unwrap();
            for (index, content) in (0..).zip(&contents) {
                assert_eq!(*finished.segment(&unlocked, index).unwrap().1, *content);
            }
        }
        let secret = finished.unlock(&owners[0]).unwrap();
        let prk = extract(Label::HEDGE, &[&fresh, device.expose()]);
        let wraps = (1_u8..).zip(&owners).map(|(whose, owner)| {
            let mut value = kem_key(owner);
            let fingerprint = owner.public_key().fingerprint();
            let info = [Label::CLIP_WRAP.as_bytes(), secret.identity.as_bytes(), &[whose], fingerprint.as_bytes()];
            value["info"] = hex(&info.concat()).into();
            value
        });
        let given = json!({
            "suite": suite.number(),
            "cadence": match cadence { Cadence::EveryGroup => "every-group", Cadence::AtEnd => "at-end" },
            "started": started.as_millis(),
            "clock": clock as u8,
            "content": content as u8,
            "base": finished.started().map(crate::record::Timestamp::as_millis),
            "maker_seed": hex(maker.to_secret().expose()),
            "camera_seed": hex(camera.to_secret().expose()),
            "certificate": hex(&certificate.to_bytes()),
            "device": hex(device.expose()),
            "number": number,
            "list": hex(list.as_bytes()),
            "fresh": hex(&fresh),
            "prk": hex(prk.expose()),
            "clip": hex(clip.as_bytes()),
            "identity": hex(secret.identity.as_bytes()),
            "clip_secret": hex(secret.secret.expose()),
            "check": hex(crate::clip::check_value(&secret.identity, &secret.secret).as_bytes()),
            "layer_roots": Layer::ALL.map(|layer| hex(secret.tree(layer).root(&secret.secret).expose())),
            "owners": wraps.collect::<Vec<_>>(),
        });
        Self { file, secret, contents, given }
    }

    pub(super) fn open(&self) -> FinishedClip<Cursor<&[u8]>> {
        FinishedClip::open(Cursor::new(self.file.as_slice())).unwrap()
    }
}
