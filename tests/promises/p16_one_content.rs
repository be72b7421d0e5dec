//! P16: no sealed segment opens to two different contents. Against it: camera and resident together. A ciphertext that
//! two keys open is made beside the clip (`clip::attacks`).

use std::io::Cursor;

use footage::clip::FinishedClip;
use footage::crypto::{KemPrivateKey, Suite};

use super::common::{World, put_together, take_apart};

const HEADER_LEN: usize = 59;

/// The commitment to a segment's key stands in what the camera signed: with another one, nothing opens.
#[test]
fn p16_a_segment_opens_under_its_committed_key_alone() {
    let mut world = World::new();
    let (clip, other) = (world.clip(), world.clip());
    assert_eq!(FinishedClip::open(Cursor::new(&clip)).unwrap().suite(), Suite::Aes256Gcm);
    let (magic, frames) = take_apart(&clip);
    let at = frames.iter().rposition(|(kind, _)| *kind == b'S').unwrap();
    for byte in HEADER_LEN - 32..HEADER_LEN {
        let mut altered = frames.clone();
        altered[at].1[byte] ^= 1;
        let mut clip = FinishedClip::open(Cursor::new(put_together(&magic, &altered))).unwrap();
        let secret = clip.unlock(&world.owner).unwrap();
        assert!(clip.segment(&secret, clip.count() - 1).is_err(), "byte {byte}");
    }
    // Every owner gets one secret: two cannot be shown two contents by two wraps.
    let open = |key: &KemPrivateKey| {
        let mut clip = FinishedClip::open(Cursor::new(&clip)).unwrap();
        let secret = clip.unlock(key).unwrap();
        clip.segment(&secret, 3).unwrap().1.to_vec()
    };
    assert_eq!(open(&world.owner), open(&world.recovery));
    // The secret of another clip opens nothing here.
    let foreign = FinishedClip::open(Cursor::new(&other)).unwrap().unlock(&world.owner).unwrap();
    let mut clip = FinishedClip::open(Cursor::new(&clip)).unwrap();
    assert!((0..clip.count()).all(|index| clip.segment(&foreign, index).is_err()));
}
