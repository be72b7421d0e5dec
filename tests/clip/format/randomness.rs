//! Either of two sources suffices: the random source, or the camera's own secret and its counter.

use std::collections::BTreeSet;

use footage::camera::{Cadence, Camera, MemoryFiles};
use footage::crypto::{Random, RandomError, Secret, Suite};
use footage::record::Content;
use footage::store::MemoryStore;

use super::scenes::{clocks, keys, noon, open, owners, pictures, seal};
use footage_support::clips::{bytes, device, frames};

/// A source that always gives the same, as after each boot of a device without randomness, or of a copied machine.
struct Broken;

impl Random for Broken {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(7);
        Ok(())
    }
}

/// The owners' frame of a clip of a camera with this secret, whose random source is broken.
fn owners_frame(secret: u8, clips: usize) -> Vec<Vec<u8>> {
    let device = footage::camera::Device { secret: Secret::take(&mut [secret; 32]), ..device(1, Suite::Aes256Gcm) };
    let mut camera = Camera::begin(device, owners(), MemoryStore::new(), MemoryFiles::new()).unwrap();
    let clip = |_| {
        let recording = camera.start(Content::Video, Cadence::AtEnd, clocks(0, None), &mut Broken).unwrap();
        bytes(recording.finish(&mut camera).unwrap())
    };
    (0..clips).map(clip).collect()
}

/// T10: with a random source that repeats, clips have distinct ids, secrets and wraps.
#[test]
fn t10_equal_randomness_never_serves_two_clips() {
    let mut seen = BTreeSet::new();
    let [household, _] = keys();
    let mut ids = BTreeSet::new();
    let files = [1, 2].into_iter().flat_map(|secret| owners_frame(secret, 3));
    for file in files {
        let clip = footage::clip::FinishedClip::open(std::io::Cursor::new(&file)).unwrap();
        clip.unlock(&household).unwrap();
        assert!(ids.insert(clip.clip()), "one id for two clips");
        let owners = frames(&file)[1];
        let owners = &file[owners.from + 5..owners.to];
        // Encapsulation and ciphertext of both wraps: 80 bytes each with X25519, after a fingerprint.
        let wraps: Vec<_> =
            owners.windows(2).enumerate().filter(|(_, at)| at == &[0x58, 80]).map(|(at, _)| at + 2).collect();
        assert_eq!(wraps.len(), 2);
        for at in wraps {
            assert!(seen.insert(owners[at..at + 32].to_vec()), "one encapsulation for two wraps");
            assert!(seen.insert(owners[at + 32..at + 80].to_vec()), "one ciphertext for two wraps");
        }
    }
    assert_eq!((ids.len(), seen.len()), (6, 24));
}

/// C3: who knows the random source and every public key cannot make a clip's wraps a second time, and so learns nothing of its
/// secret from them: they depend on the camera's own secret.
#[test]
fn c3_a_known_random_source_does_not_give_the_clip_away() {
    let (one, other) = (owners_frame(1, 1), owners_frame(2, 1));
    let wraps = |file: &[u8]| {
        let frame = frames(file)[1];
        file[frame.from..frame.to].to_vec()
    };
    assert_ne!(wraps(&one[0]), wraps(&other[0]));
    // The device's secret, number and inputs alone decide where the randomness is known: nothing else enters.
    assert_eq!(owners_frame(1, 1), one);
}

/// C5: everybody sees whom a clip is sealed for, and its number.
#[test]
fn c5_a_clip_names_its_owners() {
    let mut camera = super::scenes::new_camera();
    let list = super::scenes::owners();
    for number in 1..3 {
        let mut recording = super::scenes::start(&mut camera, noon(number * 10_000));
        seal(&mut recording, &mut camera, noon(number * 10_000), &pictures(0)).unwrap();
        let clip = open(recording.finish(&mut camera).unwrap());
        let [household, recovery] = keys().map(|key| key.public_key().fingerprint());
        let owners = clip.owners();
        assert_eq!((owners.household(), owners.recovery()), (household, recovery));
        assert_eq!((owners.number(), owners.list()), (number, list.id()));
        assert!(!clip.is_post_quantum(), "C12: both wraps are X25519");
        for key in keys() {
            clip.unlock(&key).unwrap();
        }
        let stranger = footage_support::clips::owner(3, footage::crypto::KemAlgorithm::X25519);
        assert!(matches!(clip.unlock(&stranger), Err(footage::clip::ClipError::Secret(_))));
    }
}
