//! Attacks of those who make excerpts themselves, and of those who hold a part of the lock.

use crate::clip::sample::{Pinned, SampleCamera};
use crate::clip::{Cadence, ClipError, SegmentHeader, SegmentRange, StoredSegment, cover};
use crate::crypto::{Secret, Wrapped, combine};
use crate::record::{Head, Layer, Layers, SegmentKind, StatementId, Verified};

use super::forged::{CONTENTS, Made, Scene, granted, silent};
use super::lock::{self, GrantKey, Role};
use super::part::{ClipPart, LeftOut, Listed};
use super::{OpenExcerptError, Share};

/// How an attack ends.
pub(super) fn ends(scene: &Scene) -> OpenExcerptError {
    scene.made().contents().unwrap_err()
}

/// Whether an attack is refused for what the part lists, before anything is opened.
fn refused(scene: &Scene) -> bool {
    let error = ends(scene);
    matches!(error, OpenExcerptError::Manifest | OpenExcerptError::Form(_) | OpenExcerptError::Camera(_))
}

#[test]
fn p6_an_honest_excerpt_opens() {
    let scene = Scene::new();
    let contents = scene.made().contents().unwrap();
    assert_eq!(contents, [b"codec parameters".as_slice(), b"one", b"two", b"three"]);
}

#[test]
fn p6_a_resident_cannot_alter_a_segment() {
    fn place(part: &mut ClipPart, at: usize) -> &mut StoredSegment {
        if at == 0 { &mut part.inits[0].segment } else { granted(part, at - 1) }
    }
    // Sealed anew under the true key and header: 0 is the init segment.
    for at in 0..4 {
        let mut scene = Scene::new();
        let header = place(&mut scene.part, at).header;
        let (segment, body) = scene.sealed_anew(header.open.index, header);
        *place(&mut scene.part, at) = segment;
        let told = std::mem::replace(&mut scene.bodies[at], body.clone());
        assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
        // Beside the true list: the body is not the listed one.
        let mut scene = Scene::new();
        scene.bodies[at] = body;
        assert!(matches!(ends(&scene), OpenExcerptError::Segment(_)));
        assert_ne!(told, scene.bodies[at]);
    }
    // Another time, duration, kind, init or commitment in a header.
    let changes: [fn(&mut SegmentHeader); 5] = [
        |header| header.open.start.0 += 1,
        |header| header.open.duration.0 += 1,
        |header| header.open.kind = SegmentKind::Init,
        |header| header.init = None,
        |header| header.commitment[0] ^= 1,
    ];
    for change in changes {
        let mut scene = Scene::new();
        change(&mut granted(&mut scene.part, 1).header);
        // Some cannot be said, others are said in vain.
        let error = ends(&scene);
        assert!(
            matches!(error, OpenExcerptError::Manifest | OpenExcerptError::Form(_) | OpenExcerptError::Part),
            "{error}"
        );
    }
}

#[test]
fn p6_a_resident_cannot_reorder_drop_or_add() {
    // Swapped, with the old and with new numbers.
    let mut scene = Scene::new();
    scene.part.ranges[0].segments.swap(0, 1);
    scene.bodies.swap(1, 2);
    assert!(refused(&scene));
    granted(&mut scene.part, 0).header.open.index = 2;
    granted(&mut scene.part, 1).header.open.index = 3;
    assert!(refused(&scene));
    // The one in the middle left out: under the same range, and as a shorter one.
    let mut scene = Scene::new();
    scene.part.ranges[0].segments.remove(1);
    scene.bodies.remove(2);
    assert!(refused(&scene), "the list does not fill the range");
    scene.part.ranges[0].range = SegmentRange::new(2, 4).unwrap();
    assert!(refused(&scene));
    granted(&mut scene.part, 1).header.open.index = 3;
    assert!(refused(&scene));
    // One twice.
    let mut scene = Scene::new();
    scene.part.ranges[0].segments[1] = scene.part.ranges[0].segments[0];
    scene.bodies[2] = scene.bodies[1].clone();
    granted(&mut scene.part, 1).header.open.index = 3;
    assert!(refused(&scene));
    // Said to stand elsewhere in the clip.
    let mut scene = Scene::new();
    scene.part.ranges[0].range = SegmentRange::new(3, 6).unwrap();
    (0..3).for_each(|at| granted(&mut scene.part, at).header.open.index += 1);
    assert!(refused(&scene));
    // A body less, a body more than are listed.
    let mut scene = Scene::new();
    scene.bodies.pop();
    assert!(matches!(ends(&scene), OpenExcerptError::Form("bodies")));
    let mut scene = Scene::new();
    scene.bodies.push(scene.bodies[0].clone());
    assert!(matches!(ends(&scene), OpenExcerptError::Form("bodies")));
}

#[test]
fn p6_a_resident_cannot_change_the_init_segment() {
    // None, a media segment in its place, and one that stands elsewhere.
    let mut scene = Scene::new();
    scene.part.inits.clear();
    scene.bodies.remove(0);
    assert!(refused(&scene));
    let mut scene = Scene::new();
    let media = *granted(&mut scene.part, 0);
    scene.part.inits[0].segment = media;
    assert!(refused(&scene));
    let mut scene = Scene::new();
    scene.part.inits[0].segment.header.open.index = 1;
    assert!(refused(&scene));
}

/// C14, P4: what is granted without sound opens without it, and says how much was left out.
#[test]
fn c14_pictures_are_granted_without_sound() {
    let scene = silent();
    let made = scene.made();
    let open = made.open_with(&made.key()).unwrap();
    let clip = &open.clips()[0];
    assert_eq!(clip.ranges().map(|range| range.layers).collect::<Vec<_>>(), [Layers::Pictures]);
    assert_eq!(Layer::ALL.map(|layer| (clip.granted(layer), clip.left_out(layer))), [(2, 0), (0, 2)]);
    // Two init segments, the first group, and three behind the range: one of them names no granted segment.
    assert_eq!(clip.outside(), 2 + 2 + 6 - 1);
    assert_eq!(made.contents().unwrap(), [b"codec parameters".as_slice(), b"one", b"two"]);
    // T6: of the sound that is left out there is no length, no commitment and no digest, in the clear or sealed.
    let plain = scene.part.to_bytes();
    let mut scene = scene;
    for index in [5, 7] {
        let mut body = Vec::new();
        let StoredSegment { header, digest } = scene.clip.stored_into(index, &mut body).unwrap();
        let holds = |bytes: &[u8]| plain.windows(bytes.len()).any(|window| window == bytes);
        assert!(!holds(&header.commitment) && !holds(digest.as_bytes()));
        let seed = scene.secret.seed(Layer::Sound, index);
        assert!(!holds(seed.expose()));
        // Nor do the seeds of the pictures lead to it.
        for given in &scene.part.ranges[0].seeds[0] {
            assert_ne!(scene.secret.tree(Layer::Sound).segment_key(index, given).commitment, header.commitment);
        }
    }
}

/// T6: a picture segment cannot be passed off as sound that was left out, nor sound as pictures, nor either be left away.
#[test]
fn t6_nothing_is_passed_off_as_left_out() {
    // The second group's pictures, as if they were sound.
    let mut scene = silent();
    let mut left = LeftOut::of(granted(&mut scene.part, 2));
    scene.part.ranges[0].segments[2] = Listed::LeftOut(left);
    scene.bodies.pop();
    assert!(matches!(ends(&scene), OpenExcerptError::Part), "pictures are listed in full");
    left.open.layer = Layer::Sound;
    scene.part.ranges[0].segments[2] = Listed::LeftOut(left);
    assert!(refused(&scene));
    // The sound of the last group left away, with a range that ends before it.
    let mut scene = silent();
    scene.part.ranges[0].segments.pop();
    scene.part.ranges[0].range = SegmentRange::new(4, 7).unwrap();
    assert!(refused(&scene));
    // The segment at the end left away.
    let mut scene = silent();
    scene.part.ranges[0].end = None;
    assert!(refused(&scene));
}

/// T34: the init segments of every granted layer are there and no others, also where they stand in a range of another layer.
#[test]
fn t34_exactly_the_named_init_segments_are_granted() {
    let scene = silent();
    let inits: Vec<_> = scene.part.inits.iter().map(|init| init.segment.header.open.index).collect();
    assert_eq!(inits, [0], "that of the pictures alone");
}

#[test]
fn p6_a_resident_cannot_splice_clips_of_one_camera() {
    let mut camera = SampleCamera::new(1);
    let (one, two) = (camera.clip(&CONTENTS, Cadence::AtEnd), camera.clip(&CONTENTS, Cadence::EveryGroup));
    let mut scene = Scene::of(camera, one.clone());
    let other = Scene::of(SampleCamera::new(1), two.clone());
    assert_ne!(scene.clip.clip(), other.clip.clip());

    // The manifest of the other clip, the header of the other, or both; its segment; its proof.
    scene.part.manifest.clone_from(&other.part.manifest);
    assert!(matches!(ends(&scene), OpenExcerptError::Camera(ClipError::Altered(_))));
    scene.part.header.clone_from(&other.part.header);
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
    let mut scene = Scene::of(SampleCamera::new(1), one.clone());
    scene.part.header.clone_from(&other.part.header);
    assert!(matches!(ends(&scene), OpenExcerptError::Camera(ClipError::Altered(_))));
    let mut scene = Scene::of(SampleCamera::new(1), one.clone());
    (scene.part.ranges[0].segments[1], scene.bodies[2]) = (other.part.ranges[0].segments[1], other.bodies[2].clone());
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
    let mut scene = Scene::of(SampleCamera::new(1), one);
    scene.part.proof.clone_from(&other.part.proof);
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));

    // A head from the middle of the clip is no manifest, and another camera's is not this clip's.
    let mut scene = Scene::of(SampleCamera::new(1), two);
    let head = scene.clip.manifest().statement().clone();
    let camera_key = &scene.camera.key;
    scene.part.manifest = Verified::sign(Head { end: None, ..head.clone() }, camera_key).to_bytes();
    assert!(matches!(ends(&scene), OpenExcerptError::Camera(ClipError::Unfinished)));
    scene.part.manifest = Verified::sign(head, &SampleCamera::new(2).key).to_bytes();
    assert!(matches!(ends(&scene), OpenExcerptError::Camera(ClipError::Signature { .. })));
}

/// P4, P6: anything but the one cover of exactly the range is refused, or opens nothing.
#[test]
fn p4_only_the_exact_cover_is_taken() {
    let duplicate = |scene: &Scene| scene.part.ranges[0].seeds[0].iter().map(Secret::duplicate).collect::<Vec<_>>();
    let scene = Scene::new();
    assert_eq!(scene.part.ranges[0].seeds[0].len(), cover(2, 5).len());
    // One more, one less, in another order, of a wider range, and the clip's secret itself.
    let (tree, root) = (scene.secret.tree(Layer::Pictures), scene.secret.secret.duplicate());
    let wider = || cover(2, 6).into_iter().map(|place| tree.node(&root, place)).collect::<Vec<_>>();
    let attempts: [Vec<Secret<32>>; 5] = [
        duplicate(&scene).into_iter().chain([root.duplicate()]).collect(),
        duplicate(&scene).into_iter().skip(1).collect(),
        duplicate(&scene).into_iter().rev().collect(),
        wider(),
        vec![root.duplicate()],
    ];
    for seeds in attempts {
        let mut scene = Scene::new();
        scene.part.ranges[0].seeds[0] = seeds;
        assert!(matches!(ends(&scene), OpenExcerptError::Form("the cover of a range") | OpenExcerptError::Segment(_)));
    }
}

/// P1, P2: who holds one half of the lock, or one half and too few shares of the other, opens nothing.
#[test]
fn p1_p2_one_half_of_the_lock_opens_nothing() {
    let scene = Scene::new();
    let made = scene.made();
    let refused = |agency: &Secret<32>, custodians: &Secret<32>| {
        let opened = made.open_with(&GrantKey::new(agency, custodians, made.terms.id()));
        assert!(matches!(opened, Err(OpenExcerptError::Part)));
    };
    let [agency, custodians] = &made.halves;
    // Every custodian together has their half, and whatever else there is to try for the other.
    let all: Vec<_> = (0u8..).zip(&made.shares).collect();
    assert_eq!(combine(&all), *custodians);
    for guess in [&made.shares[0], custodians, &Secret::take(&mut [0; 32])] {
        refused(guess, custodians);
    }
    // The agency with one share of two: by itself, twice, and with zeros for the other.
    let zero = Secret::take(&mut [0; 32]);
    for (index, share) in (0u8..).zip(&made.shares) {
        refused(agency, share);
        refused(agency, &combine(&[(index, share)]));
        refused(agency, &combine(&[(index, share), ((index + 1) % 3, share)]));
        refused(agency, &combine(&[(index, share), ((index + 1) % 3, &zero)]));
    }
    // Both halves under other terms.
    let other = GrantKey::new(agency, custodians, StatementId::from_bytes([2; 32]));
    assert!(matches!(made.open_with(&other), Err(OpenExcerptError::Part)));
    assert!(made.open_with(&GrantKey::new(agency, custodians, made.terms.id())).is_ok());
}

/// P5, P15: a wrap opens under its own terms, part, index and key alone, and whichever half of its encapsulation is
/// altered, it does not open: neither ML-KEM nor X25519 alone gives the key.
#[test]
fn p15_both_halves_of_a_wrap_are_needed() {
    let scene = Scene::new();
    let Made { terms, halves, request_key, wrap, .. } = scene.made();
    let id = terms.id();
    let opens = |id: &StatementId, part, index, wrap: &Wrapped| lock::unwrap(&request_key, id, part, index, wrap);
    assert_eq!(opens(&id, Role::AgencyHalf, 0, &wrap).unwrap(), halves[0]);
    assert!(opens(&StatementId::from_bytes([2; 32]), Role::AgencyHalf, 0, &wrap).is_err());
    assert!(opens(&id, Role::Share, 0, &wrap).is_err());
    assert!(opens(&id, Role::AgencyHalf, 1, &wrap).is_err());
    let bytes = wrap.as_bytes();
    assert_eq!(bytes.len(), 1088 + 32 + 48);
    let ml_kem = (0..1088).step_by(17);
    let x25519_and_sealed = 1088..bytes.len();
    for at in ml_kem.chain(x25519_and_sealed) {
        for bit in [1, 0x80] {
            let mut altered = bytes.to_vec();
            altered[at] ^= bit;
            let altered = Wrapped::from_bytes(altered).unwrap();
            assert!(opens(&id, Role::AgencyHalf, 0, &altered).is_err(), "byte {at}");
        }
    }
    // Each half from another wrap to the same key.
    let second = lock::wrap_with(
        &request_key.public_key(),
        &id,
        Role::AgencyHalf,
        0,
        &halves[0],
        &Secret::random(&mut Pinned(7)).unwrap(),
    )
    .unwrap();
    for range in [0..1088, 1088..1120, 1120..bytes.len()] {
        let mut mixed = bytes.to_vec();
        mixed[range.clone()].copy_from_slice(&second.as_bytes()[range]);
        assert!(opens(&id, Role::AgencyHalf, 0, &Wrapped::from_bytes(mixed).unwrap()).is_err());
    }
}

/// What holds seeds is written in one allocation, with little room to spare: a buffer that grows leaves copies behind.
#[test]
fn parts_are_written_in_one_allocation() {
    let mut scene = Scene::new();
    let (listed, seed) = (scene.part.ranges[0].segments[0], scene.part.ranges[0].seeds[0][0].duplicate());
    for (segments, seeds) in [(1, 1), (1, 46), (1000, 1), (70_000, 46)] {
        scene.part.ranges[0].segments = vec![listed; segments];
        scene.part.ranges[0].seeds[0] = (0..seeds).map(|_| seed.duplicate()).collect();
        let bytes = scene.part.to_bytes();
        let spare = bytes.capacity() - bytes.len();
        assert!((64..1024).contains(&spare), "{spare} bytes to spare of {}", bytes.len());
    }
}

/// P5: a custodian unwraps whatever was sealed for it, and takes the share alone that the terms commit to.
#[test]
fn p5_a_custodian_takes_only_the_share_of_the_terms() {
    let made = Scene::new().made();
    let (key, id) = (&made.expiry_keys[0], made.terms.id());
    let taken = |share: &Secret<32>| {
        let fingerprint = key.public_key().fingerprint();
        let wrap =
            lock::wrap_with(&key.public_key(), &id, Role::Share, 0, share, &Secret::random(&mut Pinned(3)).unwrap())
                .unwrap();
        Share::unwrap(&made.terms, 0, &wrap, key, &fingerprint).is_ok()
    };
    assert!(taken(&made.shares[0]));
    assert!(!taken(&made.shares[1]));
}
