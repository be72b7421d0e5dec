//! Attacks of those who make excerpts themselves, and of those who hold a part of the lock.

use std::io::Cursor;

use crate::clip::sample::{Pinned, SampleCamera};
use crate::clip::{
    Cadence, ClipError, ClipSecret, FinishedClip, SegmentHeader, SegmentRange, cover, node, seed, segment_key,
    write_frame,
};
use crate::crypto::{
    BodyDigest, Digest, KemAlgorithm, KemPrivateKey, Label, Secret, SigningKey, Suite, Wrapped, combine, seal, split,
};
use crate::record::{
    AgencyId, CustodianId, Custody, Envelope, Epoch, GrantId, GroupId, Head, Member, SegmentKind, StatementId, Terms,
    Timestamp, Verified,
};

use super::excerpt::{BODY, ENVELOPE, MAGIC, PRIVATE, TERMS, WRAPS, Wraps, bodies_digest};
use super::lock::{self, Part, commit};
use super::make::gather;
use super::private::{Listed, Private};
use super::{Excerpt, OpenExcerpt, OpenExcerptError};

const CONTENTS: [&[u8]; 6] = [b"zero", b"one", b"two", b"three", b"four", b"five"];

/// A clip, its secret, and a private part for the media segments 2 to 4, as its owner makes it.
struct Scene {
    camera: SampleCamera,
    clip: FinishedClip<Cursor<Vec<u8>>>,
    secret: ClipSecret,
    private: Private,
    bodies: Vec<Vec<u8>>,
}

impl Scene {
    fn new() -> Self {
        let mut camera = SampleCamera::new(1);
        let file = camera.clip(&CONTENTS, Cadence::AtEnd);
        Self::of(camera, file)
    }

    fn of(camera: SampleCamera, file: Vec<u8>) -> Self {
        let mut clip = FinishedClip::open(Cursor::new(file)).unwrap();
        let secret = clip.unlock(&camera.owner).unwrap();
        let selection = clip.select_segments(2, 5).unwrap();
        let private = gather(&mut clip, &secret, selection, "At the door.", [5; 32]).unwrap();
        let bodies = [0, 2, 3, 4].map(|index| {
            let mut body = Vec::new();
            clip.stored_into(index, &mut body).unwrap();
            body
        });
        let bodies = bodies.to_vec();
        Self { camera, clip, secret, private, bodies }
    }

    /// A segment with other content, sealed under its own key and header.
    fn sealed_anew(&mut self, index: u32, header: SegmentHeader) -> (Listed, Vec<u8>) {
        let keys = segment_key(&self.clip.clip(), index, &seed(&self.clip.clip(), &self.secret.secret, index));
        let mut body = vec![b'?'; header.length as usize];
        seal(self.clip.suite(), keys.key, &header.to_bytes(), &mut body).unwrap();
        (Listed { header, body: *BodyDigest::of(&body).as_bytes() }, body)
    }
}

/// What is made of an excerpt: the file, and the secrets of its lock.
struct Made {
    file: Vec<u8>,
    id: StatementId,
    halves: [Secret<32>; 2],
    shares: Vec<Secret<32>>,
    request_key: KemPrivateKey,
    wrap: Wrapped,
}

/// An excerpt with a grant key of the attacker's around whatever private part, everything in it signed and locked as it
/// has to be.
fn make(private: &Private, bodies: &[Vec<u8>]) -> Made {
    let random = &mut Pinned(1 << 40);
    let halves = [Secret::<32>::random(random).unwrap(), Secret::<32>::random(random).unwrap()];
    let shares = split(&halves[1], 2, 3, random).unwrap();
    let request_key = KemPrivateKey::generate(KemAlgorithm::XWing, random).unwrap();
    let key = SigningKey::generate(random).unwrap();
    let grant = GrantId::of(&key.verifying_key());
    let members = (0u8..).zip(&shares).map(|(index, share)| Member {
        custodian: CustodianId::new(&format!("custodian-{index}")).unwrap(),
        expiry: StatementId::from_bytes([index; 32]),
        share: commit(Part::Share, index, share.expose()),
    });
    let plain = private.to_bytes();
    let terms = Terms {
        grant,
        request: StatementId::from_bytes([1; 32]),
        agency: AgencyId::new("OH0500100").unwrap(),
        custody: Custody::new(GroupId::new("town").unwrap(), 2, members.collect()).unwrap(),
        not_before: Timestamp::default(),
        not_after: Epoch::from_number(1).unwrap(),
        agency_half: commit(Part::AgencyHalf, 0, halves[0].expose()),
        custodian_half: commit(Part::CustodianHalf, 0, halves[1].expose()),
        possession: commit(Part::Possession, 0, lock::possession(&halves[0], &grant).as_bytes()),
        private: Private::digest(&plain),
    };
    let terms = Verified::sign(terms, &key);
    let id = terms.id();
    let wrap = lock::wrap(&request_key.public_key(), &id, Part::AgencyHalf, 0, &halves[0], random).unwrap();
    let wraps = Wraps { agency: wrap.clone(), custodians: vec![wrap.clone(), wrap.clone(), wrap.clone()] };
    let mut sealed = plain.to_vec();
    seal(Suite::ChaCha20Poly1305, lock::key(&halves[0], &halves[1], &id), &[], &mut sealed).unwrap();
    let digests: Vec<_> = bodies.iter().map(|body| *BodyDigest::of(body).as_bytes()).collect();
    let envelope = Envelope {
        terms: id,
        agency_wrap: wraps.agency.digest(),
        custodian_wraps: wraps.custodians.iter().map(Wrapped::digest).collect(),
        private: Digest::of(Label::SEALED, &[&sealed]),
        bodies: bodies_digest(&id, &digests),
    };
    let envelope = Verified::sign(envelope, &key);
    let mut file = MAGIC.to_vec();
    write_frame(&mut file, TERMS, &[&terms.to_bytes()]).unwrap();
    write_frame(&mut file, ENVELOPE, &[&envelope.to_bytes()]).unwrap();
    write_frame(&mut file, WRAPS, &[&wraps.to_bytes()]).unwrap();
    write_frame(&mut file, PRIVATE, &[&sealed]).unwrap();
    for body in bodies {
        write_frame(&mut file, BODY, &[body]).unwrap();
    }
    Made { file, id, halves, shares, request_key, wrap }
}

impl Made {
    fn open_with(&self, key: &Secret<32>) -> Result<OpenExcerpt<Cursor<Vec<u8>>>, OpenExcerptError> {
        OpenExcerpt::open(Excerpt::open(Cursor::new(self.file.clone())).unwrap(), key)
    }

    /// Everything that comes out, or why nothing more does.
    fn contents(&self) -> Result<Vec<Vec<u8>>, OpenExcerptError> {
        let mut open = self.open_with(&lock::key(&self.halves[0], &self.halves[1], &self.id))?;
        let mut contents = Vec::new();
        while let Some(segment) = open.next_segment()? {
            contents.push(segment.content.to_vec());
        }
        Ok(contents)
    }
}

/// How an attack ends.
fn ends(scene: &Scene) -> OpenExcerptError {
    make(&scene.private, &scene.bodies).contents().unwrap_err()
}

#[test]
fn p6_an_honest_excerpt_opens() {
    let scene = Scene::new();
    let contents = make(&scene.private, &scene.bodies).contents().unwrap();
    assert_eq!(contents, [b"codec parameters".as_slice(), b"one", b"two", b"three"]);
}

#[test]
fn p6_a_resident_cannot_alter_a_segment() {
    // Sealed anew under the true key and header: 0 is the init segment.
    for at in 0..4 {
        let mut scene = Scene::new();
        let place = |private: &mut Private| match at {
            0 => private.init.as_mut().unwrap().segment,
            _ => private.segments[at - 1],
        };
        let header = place(&mut scene.private).header;
        let (listed, body) = scene.sealed_anew(header.index, header);
        match at {
            0 => scene.private.init.as_mut().unwrap().segment = listed,
            _ => scene.private.segments[at - 1] = listed,
        }
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
        |header| header.start.0 += 1,
        |header| header.duration.0 += 1,
        |header| header.kind = SegmentKind::Init,
        |header| header.init = None,
        |header| header.commitment[0] ^= 1,
    ];
    for change in changes {
        let mut scene = Scene::new();
        change(&mut scene.private.segments[1].header);
        // Some cannot be said, others are said in vain.
        let error = ends(&scene);
        assert!(
            matches!(error, OpenExcerptError::Manifest | OpenExcerptError::Range(_) | OpenExcerptError::Private),
            "{error}"
        );
    }
}

#[test]
fn p6_a_resident_cannot_reorder_drop_or_add() {
    // Swapped, with the old and with new numbers.
    let mut scene = Scene::new();
    scene.private.segments.swap(0, 1);
    scene.bodies.swap(1, 2);
    assert!(matches!(ends(&scene), OpenExcerptError::Range("order")));
    scene.private.segments[0].header.index = 2;
    scene.private.segments[1].header.index = 3;
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
    // The one in the middle left out: under the same range, and as a shorter one.
    let mut scene = Scene::new();
    scene.private.segments.remove(1);
    scene.bodies.remove(2);
    assert!(matches!(ends(&scene), OpenExcerptError::Private), "the list does not fill the range");
    scene.private.range = SegmentRange::new(2, 4).unwrap();
    assert!(matches!(ends(&scene), OpenExcerptError::Range("order")));
    scene.private.segments[1].header.index = 3;
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
    // One twice.
    let mut scene = Scene::new();
    scene.private.segments[1] = scene.private.segments[0];
    scene.bodies[2] = scene.bodies[1].clone();
    scene.private.segments[1].header.index = 3;
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
    // Said to stand elsewhere in the clip.
    let mut scene = Scene::new();
    scene.private.range = SegmentRange::new(3, 6).unwrap();
    (0..3).for_each(|at| scene.private.segments[at].header.index += 1);
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
    // A body less, a body more than are listed.
    let mut scene = Scene::new();
    scene.bodies.pop();
    assert!(matches!(ends(&scene), OpenExcerptError::Range("bodies")));
    let mut scene = Scene::new();
    scene.bodies.push(scene.bodies[0].clone());
    assert!(matches!(ends(&scene), OpenExcerptError::Range("bodies")));
}

#[test]
fn p6_a_resident_cannot_change_the_init_segment() {
    // None, a media segment in its place, and one that the media do not name.
    let mut scene = Scene::new();
    scene.private.init = None;
    scene.bodies.remove(0);
    assert!(matches!(ends(&scene), OpenExcerptError::Range("init")));
    let mut scene = Scene::new();
    let media = scene.private.segments[0];
    scene.private.init.as_mut().unwrap().segment = media;
    assert!(matches!(ends(&scene), OpenExcerptError::Range("init")));
    let mut scene = Scene::new();
    scene.private.init.as_mut().unwrap().segment.header.index = 1;
    assert!(matches!(ends(&scene), OpenExcerptError::Range("init")));
}

#[test]
fn p6_a_resident_cannot_splice_clips_of_one_camera() {
    let mut camera = SampleCamera::new(1);
    let (one, two) = (camera.clip(&CONTENTS, Cadence::AtEnd), camera.clip(&CONTENTS, Cadence::EverySegment));
    let mut scene = Scene::of(camera, one.clone());
    let other = Scene::of(SampleCamera::new(1), two.clone());
    assert_ne!(scene.clip.clip(), other.clip.clip());

    // The manifest of the other clip, the header of the other, or both; its segment; its proof.
    scene.private.manifest.clone_from(&other.private.manifest);
    assert!(matches!(ends(&scene), OpenExcerptError::Camera(ClipError::Altered(_))));
    scene.private.header.clone_from(&other.private.header);
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
    let mut scene = Scene::of(SampleCamera::new(1), one.clone());
    scene.private.header.clone_from(&other.private.header);
    assert!(matches!(ends(&scene), OpenExcerptError::Camera(ClipError::Altered(_))));
    let mut scene = Scene::of(SampleCamera::new(1), one.clone());
    (scene.private.segments[1], scene.bodies[2]) = (other.private.segments[1], other.bodies[2].clone());
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));
    let mut scene = Scene::of(SampleCamera::new(1), one);
    scene.private.proof.clone_from(&other.private.proof);
    assert!(matches!(ends(&scene), OpenExcerptError::Manifest));

    // A head from the middle of the clip is no manifest, and another camera's is not this clip's.
    let mut scene = Scene::of(SampleCamera::new(1), two);
    let head = scene.clip.manifest().statement().clone();
    let camera_key = &scene.camera.key;
    scene.private.manifest = Verified::sign(Head { end: None, ..head.clone() }, camera_key).to_bytes();
    assert!(matches!(ends(&scene), OpenExcerptError::Camera(ClipError::Unfinished)));
    scene.private.manifest = Verified::sign(head, &SampleCamera::new(2).key).to_bytes();
    assert!(matches!(ends(&scene), OpenExcerptError::Camera(ClipError::Signature { .. })));
}

/// P4, P6: anything but the one cover of exactly the range is refused, or opens nothing.
#[test]
fn p4_only_the_exact_cover_is_taken() {
    let duplicate = |scene: &Scene| scene.private.seeds.iter().map(Secret::duplicate).collect::<Vec<_>>();
    let scene = Scene::new();
    assert_eq!(scene.private.seeds.len(), cover(2, 5).len());
    // One more, one less, in another order, of a wider range, and the clip's secret itself.
    let (id, root) = (scene.clip.clip(), scene.secret.secret.duplicate());
    let wider = || cover(2, 6).into_iter().map(|place| node(&id, &root, place)).collect::<Vec<_>>();
    let attempts: [Vec<Secret<32>>; 5] = [
        duplicate(&scene).into_iter().chain([root.duplicate()]).collect(),
        duplicate(&scene).into_iter().skip(1).collect(),
        duplicate(&scene).into_iter().rev().collect(),
        wider(),
        vec![root.duplicate()],
    ];
    for seeds in attempts {
        let mut scene = Scene::new();
        scene.private.seeds = seeds;
        assert!(matches!(ends(&scene), OpenExcerptError::Range("cover") | OpenExcerptError::Segment(_)));
    }
}

/// P1, P2: who holds one half of the lock, or one half and too few shares of the other, opens nothing.
#[test]
fn p1_p2_one_half_of_the_lock_opens_nothing() {
    let scene = Scene::new();
    let made = make(&scene.private, &scene.bodies);
    let refused = |agency: &Secret<32>, custodians: &Secret<32>| {
        let opened = made.open_with(&lock::key(agency, custodians, &made.id));
        assert!(matches!(opened, Err(OpenExcerptError::Private)));
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
    let other = lock::key(agency, custodians, &StatementId::from_bytes([2; 32]));
    assert!(matches!(made.open_with(&other), Err(OpenExcerptError::Private)));
    assert!(made.open_with(&lock::key(agency, custodians, &made.id)).is_ok());
}

/// P5, P15: a wrap opens under its own terms, part, index and key alone, and whichever half of its encapsulation is
/// altered, it does not open: neither ML-KEM nor X25519 alone gives the key.
#[test]
fn p15_both_halves_of_a_wrap_are_needed() {
    let scene = Scene::new();
    let Made { id, halves, request_key, wrap, .. } = make(&scene.private, &scene.bodies);
    let opens = |id: &StatementId, part, index, wrap: &Wrapped| lock::unwrap(&request_key, id, part, index, wrap);
    assert_eq!(opens(&id, Part::AgencyHalf, 0, &wrap).unwrap(), halves[0]);
    assert!(opens(&StatementId::from_bytes([2; 32]), Part::AgencyHalf, 0, &wrap).is_err());
    assert!(opens(&id, Part::Share, 0, &wrap).is_err());
    assert!(opens(&id, Part::AgencyHalf, 1, &wrap).is_err());
    let bytes = wrap.as_bytes();
    assert_eq!(bytes.len(), 1088 + 32 + 48);
    let ml_kem = (0..1088).step_by(17);
    let x25519_and_sealed = 1088..bytes.len();
    for at in ml_kem.chain(x25519_and_sealed) {
        for bit in [1, 0x80] {
            let mut altered = bytes.to_vec();
            altered[at] ^= bit;
            let altered = Wrapped::from_bytes(altered).unwrap();
            assert!(opens(&id, Part::AgencyHalf, 0, &altered).is_err(), "byte {at}");
        }
    }
    // Each half from another wrap to the same key.
    let second = lock::wrap(&request_key.public_key(), &id, Part::AgencyHalf, 0, &halves[0], &mut Pinned(7)).unwrap();
    for range in [0..1088, 1088..1120, 1120..bytes.len()] {
        let mut mixed = bytes.to_vec();
        mixed[range.clone()].copy_from_slice(&second.as_bytes()[range]);
        assert!(opens(&id, Part::AgencyHalf, 0, &Wrapped::from_bytes(mixed).unwrap()).is_err());
    }
}

/// What holds seeds is written in one allocation, with little room to spare: a buffer that grows leaves copies behind.
#[test]
fn the_private_part_is_written_in_one_allocation() {
    let mut scene = Scene::new();
    let (listed, seed) = (scene.private.segments[0], scene.private.seeds[0].duplicate());
    for (segments, seeds, words) in [(1, 1, 0), (1, 46, 4096), (1000, 1, 0), (70_000, 46, 4096)] {
        scene.private.segments = vec![listed; segments];
        scene.private.seeds = (0..seeds).map(|_| seed.duplicate()).collect();
        scene.private.words = "w".repeat(words);
        let bytes = scene.private.to_bytes();
        let spare = bytes.capacity() - bytes.len();
        assert!((1024..4096).contains(&spare), "{spare} bytes to spare of {}", bytes.len());
    }
}
