//! Sealing, reading, recovering.

use std::io::Cursor;

use footage::camera::{Cadence, Camera, Device, MemoryFiles};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Label, Random, Secret, SigningKey, Suite};
use footage::media::{Bytes, Cutter};
use footage::record::Millis;
use footage::store::MemoryStore;
use sha2::{Digest as _, Sha256};

use super::common::{NOON, Pinned, at, list_of, media, told};
use super::lock::{expand, extract, node, segment_key};
use super::quarantine::{Wanted, own};
use super::{alone, assert_gone, clips, drawn};

/// The public inputs of a clip.
pub(super) struct Made {
    pub(super) suite: u8,
    pub(super) number: u64,
    pub(super) started: u64,
    pub(super) clock: u8,
    pub(super) camera: [u8; 32],
    pub(super) owners: [[u8; 32]; 2],
    pub(super) content: u8,
    pub(super) list: [u8; 32],
}

/// The secrets of a clip, by what was drawn for it: of each of its segments, and of every node above them and beside.
pub(super) fn derived(wanted: &mut Wanted, fresh: &[u8; 32], device: &[u8; 32], made: &Made, segments: u32) {
    own(|| {
        let Made { suite, number, started, clock, camera, owners, content, list } = made;
        let started = started.to_be_bytes();
        let [household, recovery] = owners;
        let keys = [&camera[..], household, recovery].concat();
        let context = [&number.to_be_bytes()[..], &started, &[*clock, *suite], &keys, &[*content], list].concat();
        let context = Sha256::digest(context);
        let prk = extract(Label::HEDGE, &[&fresh[..], device].concat());
        let random = |purpose, call: u32| -> [u8; 64] { expand(&prk, purpose, &[&context[..], &call.to_be_bytes()]) };
        let clip = &random(Label::CLIP_ID, 0)[..16];
        let identity = Sha256::new()
            .chain_update(Label::CLIP_IDENTITY.as_bytes())
            .chain_update([1, *suite])
            .chain_update(clip)
            .chain_update(started)
            .chain_update([*clock])
            .chain_update(camera)
            .finalize();
        let secret: [u8; 32] = random(Label::CLIP_SECRET, 0)[..32].try_into().unwrap();
        wanted.add("root of a clip", &prk);
        wanted.add("clip secret", &secret);
        for call in [1, 2] {
            wanted.add("randomness of a wrap", &random(Label::WRAP, call)[..32]);
        }
        for layer in [0, 1] {
            let tree = [&identity[..], &[layer]].concat();
            let root: [u8; 32] = expand(&secret, Label::LAYER, &[&tree]);
            wanted.add("root of a layer", &root);
            for level in 1..=24 {
                for index in 0..=(segments >> (24 - level)) + 1 {
                    wanted.add("node of a key tree", &node(&tree, &root, level, index));
                }
            }
            for index in 0..segments {
                wanted.add("segment key", &segment_key(&tree, &node(&tree, &root, 24, index), index));
            }
        }
    });
}

pub(super) fn draw(random: &mut Pinned) -> [u8; 32] {
    let mut bytes = [0; 32];
    random.fill(&mut bytes).unwrap();
    bytes
}

/// What is recorded, unlike anything else.
fn content(second: u64) -> Vec<u8> {
    (0..3).flat_map(|n| draw(&mut Pinned(9 << 40 | second << 8 | n))).collect()
}

#[test]
fn a_clip_that_is_sealed_read_and_recovered() {
    let _alone = alone();
    for (suite, kem) in [(Suite::Aes256Gcm, KemAlgorithm::XWing), (Suite::ChaCha20Poly1305, KemAlgorithm::X25519)] {
        let mut random = Pinned(3 << 32 | u64::from(kem.id()) << 16);
        let (begin, mut wanted) = (random.0, Wanted::default());
        let (certificate, _, _) = clips::keys(1);
        let device = own(|| draw(&mut Pinned(random.0)));
        let device_secret = Secret::<32>::random(&mut random).unwrap();
        let key = SigningKey::from_secret(&clips::keys(1).1.to_secret());
        let owner = KemPrivateKey::generate(kem, &mut random).unwrap();
        drawn(&mut wanted, "device secret and owner key", begin, random.0);
        let device_given = Device { certificate, key, secret: device_secret, suite };
        let list = list_of(&[owner.public_key()]);
        let mut camera = Camera::begin(device_given, list.clone(), MemoryStore::new(), MemoryFiles::new()).unwrap();

        let mut fresh = own(|| Vec::with_capacity(8));
        let mut clips = Vec::new();
        for (counter, cadence) in (1..).zip([Cadence::EveryGroup, Cadence::AtEnd]) {
            let from = random.0;
            // The second clip begins at the same time as the first: it is not believed.
            fresh.push((own(|| draw(&mut Pinned(from))), counter, counter as u8));
            let mut recording = crate::common::begin(&mut camera, at(NOON), cadence, &mut random).unwrap();
            for second in 0..5 {
                let mut content = own(|| content(second));
                media(&mut recording, &mut camera, Millis::SECOND.times(second), Millis::SECOND, &mut content).unwrap();
            }
            clips.push(recording.finish(&mut camera).map(clips::bytes).unwrap());
            drawn(&mut wanted, "drawn for a clip", from, random.0);
        }
        let from = random.0;
        fresh.push((own(|| draw(&mut Pinned(from))), 3, 3));
        let cutter = Cutter::by_size(&[7; 450][..], Bytes(99)).unwrap();
        let clip = camera.seal(cutter, told(), |_| {}, &mut random).unwrap();
        clips.push(clips::bytes(clip));
        drawn(&mut wanted, "drawn for a file", from, random.0);

        for clip in &clips {
            let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
            let secret = clip.unlock(&owner).unwrap();
            assert_eq!(clip.count(), 5);
            clip.segment(&secret, 3).unwrap();
            clip.open_all(&secret, &mut std::io::sink(), |_| {}).unwrap();
            let other = KemPrivateKey::generate(kem, &mut Pinned(5)).unwrap();
            assert!(clip.unlock(&other).is_err());
        }
        let from = random.0;
        fresh.push((own(|| draw(&mut Pinned(from))), 4, 2));
        let mut left = crate::common::begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut random).unwrap();
        for second in 0..5 {
            let mut content = own(|| content(second));
            media(&mut left, &mut camera, Millis::SECOND.times(second), Millis::SECOND, &mut content).unwrap();
        }
        let clip = left.clip();
        drop(left);
        let _ = camera.recover(clip).unwrap();
        drawn(&mut wanted, "drawn for a clip that is recovered", from, random.0);
        for second in 0..5 {
            wanted.add("content", &own(|| content(second)));
        }
        let (id, list) = (*list.id().as_bytes(), list.statement());
        let owners = [&list.key, &list.recovery.kem].map(|key| *key.fingerprint().as_bytes());
        let camera_key = *camera.certificate().statement().key().as_bytes();
        for (fresh, number, clock) in fresh {
            // The one whose time was told is a file.
            let (suite, content) = (suite.number(), if clock == 3 { 2 } else { 1 });
            let made = Made { suite, number, started: NOON, clock, camera: camera_key, owners, content, list: id };
            derived(&mut wanted, &fresh, &device, &made, 5);
        }
        let there = wanted.find();
        assert!(there.contains_key("device secret and owner key"), "{there:?}");
        drop((camera, owner));
        assert_gone(&wanted);
    }
}
