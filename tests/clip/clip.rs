//! Sealed clips that nobody tampered with: whatever was sealed comes out again, in any segmentation, and by any way in.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use footage_support::{clips, common};

use std::io::Cursor;

use clips::Piece::{self, Init, Media};
use clips::{Metered, camera, owner, read, record, seal};
use common::{NOON, Pinned, at, begin, list_of, media, media_with};
use footage::camera::{Cadence, Camera, MemoryFiles, OpenCameraError, RecordError, SealError};
use footage::clip::{ClipError, FinishedClip, SegmentRange};
use footage::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, Suite};
use footage::record::{Ending, Millis, OwnerChainError, OwnerListError, SegmentKind, Timestamp, Window};
use footage::store::{MemoryStore, Store as _};
use proptest::prelude::*;

const SUITES: [Suite; 2] = [Suite::Aes256Gcm, Suite::ChaCha20Poly1305];
const CADENCES: [Cadence; 2] = [Cadence::EveryGroup, Cadence::AtEnd];
const KEMS: [KemAlgorithm; 2] = [KemAlgorithm::X25519, KemAlgorithm::XWing];

fn one_owner() -> (KemPrivateKey, [KemPublicKey; 1]) {
    let key = owner(1, KemAlgorithm::X25519);
    let public = [key.public_key()];
    (key, public)
}

/// A clip for one owner.
fn small(pieces: &[Piece]) -> Vec<u8> {
    seal(&mut camera(1, Suite::Aes256Gcm, &one_owner().1), Cadence::AtEnd, pieces, &mut Pinned(2))
}

fn open(bytes: &[u8]) -> FinishedClip<Cursor<&[u8]>> {
    FinishedClip::open(Cursor::new(bytes)).unwrap()
}

fn window(from: u64, to: u64) -> Window {
    Window::new(at(NOON + from), at(NOON + to)).unwrap()
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let size = prop_oneof![3 => 0usize..40, 2 => 0usize..5000, 1 => 60_000usize..300_000];
    let group = (prop::option::weighted(0.2, size.clone()), size)
        .prop_map(|(init, media)| init.map(Init).into_iter().chain([Media(media)]).collect::<Vec<_>>());
    prop::collection::vec(group, 1..10).prop_map(|groups| groups.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn seal_then_open_is_the_identity(
        pieces in pieces(),
        suite in prop::sample::select(&SUITES),
        cadence in prop::sample::select(&CADENCES),
        kem in prop::sample::select(&KEMS),
        seed in any::<u64>(),
    ) {
        let owners = [owner(10, kem), owner(11, kem)];
        let public = owners.each_ref().map(KemPrivateKey::public_key);
        let clip = seal(&mut camera(1, suite, &public), cadence, &pieces, &mut Pinned(seed));
        for owner in &owners {
            let found = read(&clip, owner).unwrap();
            prop_assert_eq!(found.len(), pieces.len());
            let (mut init, mut second) = (None, 0);
            for (index, (piece, (header, content))) in (0..).zip(pieces.iter().zip(&found)) {
                prop_assert_eq!(content, &piece.content(index.into()));
                prop_assert_eq!((header.open.index, header.open.kind), (index, piece.kind()));
                prop_assert_eq!(header.length as usize, content.len());
                match piece {
                    Init(_) => init = Some(index),
                    Media(_) | Piece::Sound(_) => {
                        prop_assert_eq!((header.init, header.open.start), (init, Millis::SECOND.times(second)));
                        second += 1;
                    }
                }
            }
        }
        for kem in KEMS {
            let stranger = owner(99, kem);
            prop_assert!(matches!(read(&clip, &stranger), Err(ClipError::Secret(_))));
        }
        let clip = open(&clip);
        prop_assert_eq!((clip.suite(), clip.ending(), clip.started()), (suite, Ending::Finished, Some(at(NOON))));
        prop_assert_eq!(clip.count() as usize, pieces.len());
    }

    #[test]
    fn a_selection_holds_exactly_what_lies_in_the_window(
        durations in prop::collection::vec((0u64..50, 0u64..50), 1..40),
        from in 0u64..1500, length in 1u64..1500,
    ) {
        // Segments with gaps between them, and some without length.
        let (key, public) = one_owner();
        let mut camera = camera(1, Suite::Aes256Gcm, &public);
        let mut recording = begin(&mut camera, at(NOON), Cadence::AtEnd, &mut Pinned(2)).unwrap();
        let mut spans = Vec::new();
        let mut start = 0;
        for (gap, duration) in durations {
            start += gap;
            media(&mut recording, &mut camera, Millis(start), Millis(duration), &mut b"content".to_vec()).unwrap();
            spans.push((start, start + duration));
            start += duration;
        }
        let bytes = clips::bytes(recording.finish(&mut camera).unwrap());
        let mut clip = open(&bytes);
        let inside = |&(begins, ends): &(u64, u64)| from <= begins && begins < from + length && ends <= from + length;
        let first = spans.iter().position(inside);
        match clip.select(window(from, from + length)) {
            Err(ClipError::EmptyRange) => prop_assert_eq!(first, None),
            Ok(selection) => {
                let first = first.unwrap();
                let count = spans[first..].iter().take_while(|span| inside(span)).count();
                let range = SegmentRange::new(first as u32, (first + count) as u32).unwrap();
                prop_assert_eq!(selection.range(), range);
                prop_assert_eq!(selection.span().from(), at(NOON + spans[first].0));
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
        drop(key);
    }
}

#[test]
fn a_clip_opens_for_the_household_and_for_its_recovery_key() {
    for kem in KEMS {
        let owners = [owner(10, kem), owner(11, kem)];
        let public = owners.each_ref().map(KemPrivateKey::public_key);
        let clip = seal(&mut camera(1, SUITES[0], &public), Cadence::AtEnd, &[Media(5)], &mut Pinned(1));
        for owner in &owners {
            assert_eq!(read(&clip, owner).unwrap()[0].1, Media(5).content(0));
        }
    }
    // Lists that no household can have; what else a list can be is tested where it is read.
    let one = [owner(10, KEMS[0]).public_key(), owner(10, KEMS[0]).public_key()];
    let mixed = [owner(50, KEMS[0]).public_key(), owner(50, KEMS[1]).public_key()];
    for (owners, expected) in [(one, OwnerListError::OneKey), (mixed, OwnerListError::Kem)] {
        let (mut store, device) = (MemoryStore::new(), clips::device(1, SUITES[0]));
        let paired = Camera::begin(device, list_of(&owners), &mut store, MemoryFiles::new()).map(drop);
        assert!(matches!(paired, Err(OpenCameraError::Owners(OwnerChainError::List(error))) if error == expected));
        assert!(store.facts().unwrap().is_empty(), "something was written");
    }
}

#[test]
fn what_cannot_be_sealed_is_refused_and_the_clip_goes_on() {
    let (key, public) = one_owner();
    let mut camera = camera(1, Suite::Aes256Gcm, &public);
    let empty = begin(&mut camera, at(NOON), Cadence::AtEnd, &mut Pinned(1)).unwrap();
    assert_eq!(empty.finish(&mut camera).unwrap().manifest().statement().count, 0);

    let mut recording = record(&mut camera, Cadence::EveryGroup, &[Media(3)], &mut Pinned(2));
    let mut content = vec![7; (16 << 20) + 1];
    let refused = media(&mut recording, &mut camera, Millis(1005), Millis(5), &mut content).unwrap_err();
    assert!(
        matches!(refused, RecordError::Seal(SealError::SegmentTooLong { index: 1, length }) if length == content.len())
    );
    assert_eq!((content[0], content.len()), (7, (16 << 20) + 1), "left as it was");
    let refused = media_with(&mut recording, &mut camera, Some(&mut content), Millis(1005), Millis(5), &mut [1]);
    assert!(matches!(refused, Err(RecordError::Seal(SealError::SegmentTooLong { index: 1, .. }))));

    let refused = media(&mut recording, &mut camera, Millis(1005), Millis(1 << 32), &mut [1]);
    assert!(matches!(refused, Err(RecordError::Seal(SealError::Time { index: 1 }))));

    let second = &mut [1, 2];
    media(&mut recording, &mut camera, Millis(u64::MAX - 5), Millis(5), &mut [2]).unwrap();
    assert!(matches!(
        media(&mut recording, &mut camera, Millis(4), Millis(5), second),
        Err(RecordError::Seal(SealError::Time { index: 2 }))
    ));
    let latest = Millis(u64::MAX - 5);
    media(&mut recording, &mut camera, latest, Millis((1 << 32) - 1), second).unwrap();
    content.pop();
    let longest = content.clone();
    media(&mut recording, &mut camera, Millis(u64::MAX), Millis(0), &mut content).unwrap();

    let bytes = clips::bytes(recording.finish(&mut camera).unwrap());
    let found = read(&bytes, &key).unwrap();
    assert_eq!(found[0].1, Media(3).content(0));
    assert_eq!((&found[1].1, &found[2].1), (&vec![2], &vec![1, 2]));
    assert!(found[3].1 == longest, "the longest segment");
    // Times beyond the calendar select nothing, and panic nowhere.
    let mut clip = open(&bytes);
    let all = Window::new(at(0), Timestamp::MAX).unwrap();
    assert_eq!(clip.select(all).unwrap().range(), SegmentRange::new(0, 1).unwrap());
    assert!(matches!(clip.select_segments(1, 2), Err(ClipError::Time(_))));
}

#[test]
fn by_time() {
    let clip = small(&[Init(9), Media(1), Media(2), Media(3), Init(9), Media(4)]);
    let mut clip = open(&clip);
    let mut range =
        |from, to| clip.select(window(from, to)).map(|selection| (selection.range().from(), selection.range().to()));
    assert_eq!(range(0, 3000).unwrap(), (0, 4));
    assert_eq!(range(1, 3000).unwrap(), (2, 4));
    assert_eq!(range(0, 2999).unwrap(), (0, 3));
    assert_eq!(range(3000, 4000).unwrap(), (4, 6));
    assert_eq!(range(0, 4000).unwrap(), (0, 6), "over a change of the codec parameters");
    assert!(matches!(range(0, 999), Err(ClipError::EmptyRange)));
    assert!(matches!(range(1, 1999), Err(ClipError::EmptyRange)));
    assert!(matches!(range(4000, 90_000), Err(ClipError::EmptyRange)));
    let before = Window::new(at(0), at(NOON)).unwrap();
    assert!(matches!(clip.select(before), Err(ClipError::EmptyRange)));
    let from_the_beginning_of_time = Window::new(at(0), at(NOON + 2000)).unwrap();
    let selection = clip.select(from_the_beginning_of_time).unwrap();
    assert_eq!((selection.range(), selection.span()), (SegmentRange::new(0, 3).unwrap(), window(0, 2000)));
    assert_eq!(selection.clip(), clip.clip());
}

#[test]
fn by_bytes() {
    let clip = small(&[Media(10), Media(10), Media(0), Media(10)]);
    let mut clip = open(&clip);
    let mut range =
        |from, to| clip.select_bytes(from, to).map(|selection| (selection.range().from(), selection.range().to()));
    assert_eq!(range(0, 30).unwrap(), (0, 4));
    assert_eq!(range(0, u64::MAX).unwrap(), (0, 4));
    assert_eq!(range(1, 29).unwrap(), (1, 3));
    assert_eq!(range(10, 20).unwrap(), (1, 3));
    for (from, to) in [(1, 19), (30, 40), (20, 10), (u64::MAX, u64::MAX), (u64::MAX, 0), (5, 5)] {
        assert!(matches!(range(from, to), Err(ClipError::EmptyRange)), "{from} to {to}");
    }
}

#[test]
fn by_index() {
    let clip = small(&[Init(9), Media(1), Media(2), Init(9), Media(4)]);
    let mut clip = open(&clip);
    let mut range = |from, to| clip.select_segments(from, to).map(|selection| selection.range().count());
    assert_eq!(range(0, 3).unwrap(), 3);
    assert_eq!(range(2, 5).unwrap(), 3);
    assert_eq!(range(3, 5).unwrap(), 2);
    assert!(matches!(range(2, 2), Err(ClipError::EmptyRange)));
    assert!(matches!(range(3, 1), Err(ClipError::EmptyRange)));
    assert!(matches!(range(4, 6), Err(ClipError::PastTheEnd(5))));
    assert!(matches!(range(u32::MAX, u32::MAX), Err(ClipError::PastTheEnd(5))));
    assert!(matches!(range(1, 3), Err(ClipError::NoGroup(1))));
    assert!(matches!(range(0, 4), Err(ClipError::NoGroup(4))));
    assert!(matches!(range(0, 1), Err(ClipError::NoGroup(1))));
    let secret = clip.unlock(&one_owner().0).unwrap();
    for index in [5, 1 << 24, u32::MAX] {
        assert!(matches!(clip.header_at(index), Err(ClipError::PastTheEnd(5))));
        assert!(matches!(clip.segment(&secret, index), Err(ClipError::PastTheEnd(5))), "{index}");
    }
}

/// Around every border where an index block is full, and where one more level begins.
#[test]
fn many_segments() {
    let (key, public) = one_owner();
    for count in [1, 2, 255, 256, 257, 511, 512, 513, 66_000_u32] {
        let pieces = vec![Media(2); count as usize];
        let bytes = seal(&mut camera(1, Suite::Aes256Gcm, &public), Cadence::AtEnd, &pieces, &mut Pinned(3));
        for index in [0, 1, 254, 255, 256, 257, 511, 512, 30_000, 65_535, 65_536, 65_791, 65_792, count - 1] {
            if index >= count {
                continue;
            }
            let mut clip = FinishedClip::open(Metered::new(Cursor::new(&bytes))).unwrap();
            let secret = clip.unlock(&key).unwrap();
            let (header, content) = clip.segment(&secret, index).unwrap();
            assert_eq!((header.open.index, &*content), (index, &Media(2).content(index.into())));
            assert!(clip.into_inner().read < 64 << 10, "segment {index} of {count}");
        }
        let mut clip = FinishedClip::open(Metered::new(Cursor::new(&bytes))).unwrap();
        let middle = u64::from(count / 2);
        let selection = clip.select(window(middle * 1000, (middle + 3) * 1000)).unwrap();
        assert_eq!((selection.range().from(), selection.range().to()), (count / 2, (count / 2 + 3).min(count)));
        assert!(clip.into_inner().read < 64 << 10, "selecting within {count}");
    }
}

/// A clip whose index is lost is read at the same cost, once it has been gone through.
#[test]
fn without_an_index() {
    let (key, public) = one_owner();
    let pieces = vec![Media(1); 5000];
    let mut bytes = seal(&mut camera(1, Suite::Aes256Gcm, &public), Cadence::AtEnd, &pieces, &mut Pinned(3));
    bytes.truncate(bytes.len() - 1);
    let mut clip = open(&bytes);
    let secret = clip.unlock(&key).unwrap();
    for index in 0..5000 {
        assert_eq!(*clip.segment(&secret, index).unwrap().1, Media(1).content(index.into()));
    }
    let selection = clip.select(window(2_500_000, 2_503_000)).unwrap();
    assert_eq!(selection.range(), SegmentRange::new(2500, 2503).unwrap());
}

#[test]
fn a_broken_random_source_repeats_neither_id_nor_ciphertext() {
    let (_, public) = one_owner();
    let mut camera = camera(1, Suite::Aes256Gcm, &public);
    let first = seal(&mut camera, Cadence::AtEnd, &[Media(100)], &mut Pinned(3));
    let second = seal(&mut camera, Cadence::AtEnd, &[Media(100)], &mut Pinned(3));
    assert_ne!(open(&first).clip(), open(&second).clip());
    let body = |clip: &[u8]| {
        let frame = clips::frames(clip).into_iter().find(|frame| frame.kind == b'S').unwrap();
        clip[frame.to - 116..frame.to].to_vec()
    };
    assert_ne!(body(&first), body(&second));
    assert_eq!(open(&first).header_at(0).unwrap().open.kind, SegmentKind::Media);
}
