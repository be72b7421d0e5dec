//! The frames of clips and excerpts: as long as the format allows, of the kind that has to come next, and nothing else.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::{clips, common};

use std::io::Cursor;

use clips::Piece::{Init, Media};
use clips::{camera, frames, owner, seal};
use common::{Pinned, World, begin, media};
use footage::agency::{Excerpt, ExcerptError};
use footage::camera::Cadence;
use footage::cbor::{CborError, limits};
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::{KemAlgorithm, Suite};
use footage::custodian::MemoryKeyStore;
use footage::record::Millis;

/// The file with another length, or another kind, at the frame that begins there.
fn claiming(file: &[u8], frame: usize, length: u64) -> Vec<u8> {
    let mut altered = file.to_vec();
    altered[frame + 1..frame + 5].copy_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
    altered
}

fn of_kind(file: &[u8], frame: usize, kind: u8) -> Vec<u8> {
    let mut altered = file.to_vec();
    altered[frame] = kind;
    altered
}

fn world() -> World {
    World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default)
}

#[test]
fn an_excerpts_frames_have_a_kind_and_a_longest_length() {
    let mut world = world();
    let clip = world.clip();
    let request = world.request();
    let file = world.grant(&request, &clip).excerpt;
    let error = |bytes: Vec<u8>| Excerpt::open(Cursor::new(bytes)).map(drop).unwrap_err();
    let parts = frames(&file);
    let wraps = parts.len() - 1;
    let longest = [
        ("terms", limits::STATEMENT_BYTES),
        ("envelope", limits::STATEMENT_BYTES),
        ("part", limits::PART_BYTES + 16),
        ("part", limits::PART_BYTES + 16),
        ("footage", 4),
        ("footage", limits::SEGMENT_BYTES as usize + 16),
        ("wraps", (limits::CUSTODIANS + 1) * 1200),
    ];
    // Terms, envelope, words and clip, the number of bodies and the first of them; then the wraps.
    let shown = [0, 1, 2, 3, 4, 5, wraps].map(|at| parts[at]);
    for (frame, (name, longest)) in shown.iter().zip(longest) {
        // The longest is read on, as far as the file goes. A number has one length.
        let part = match error(claiming(&file, frame.from, if longest == 4 { 3 } else { longest as u64 })) {
            ExcerptError::Malformed { error: CborError::TooLong(_), .. } => unreachable!("{name}"),
            // Where more follows than is claimed, what is read is no such part.
            ExcerptError::Ends(part) | ExcerptError::Signature { part, .. } | ExcerptError::Malformed { part, .. } => {
                part
            }
            other => unreachable!("{other}"),
        };
        assert_eq!(part, name);
        for longer in [longest as u64 + 1, longest as u64 + 2, u64::from(u32::MAX)] {
            let error = error(claiming(&file, frame.from, longer));
            let told = matches!(error, ExcerptError::Malformed { part, error: CborError::TooLong(limit) }
                if part == name && limit == longest);
            assert!(told, "{name}: {error}");
        }
        for altered in
            [of_kind(&file, frame.from, b'X'), of_kind(&claiming(&file, frame.from, 0xffff_ffff), frame.from, b'X')]
        {
            let error = error(altered);
            let told = matches!(error, ExcerptError::Malformed { part, error: CborError::Shape(0) } if part == name);
            assert!(told, "{name}: {error}");
        }
    }
    // No body is shorter than a tag.
    let body = parts[5].from;
    let short = error(claiming(&file, body, 15));
    assert!(matches!(short, ExcerptError::Malformed { part: "footage", error: CborError::Shape(0) }), "{short}");
    assert!(matches!(error(claiming(&file, body, 16)), ExcerptError::Malformed { .. } | ExcerptError::Ends(_)));
}

#[test]
fn a_clips_frames_have_a_kind_and_a_longest_length() {
    let owners = [owner(1, KemAlgorithm::X25519).public_key()];
    let file =
        seal(&mut camera(1, Suite::Aes256Gcm, &owners), Cadence::AtEnd, &[Init(3), Media(90_000)], &mut Pinned(2));
    let error = |bytes: Vec<u8>| FinishedClip::open(Cursor::new(bytes)).map(drop).unwrap_err();
    let longest = [("header", limits::STATEMENT_BYTES + 1024), ("owners", 2600)];
    for (frame, (name, longest)) in frames(&file).into_iter().zip(longest) {
        let at_most = error(claiming(&file, frame.from, longest as u64));
        let read = matches!(at_most, ClipError::Malformed { part, error: CborError::Shape(_) | CborError::NotCanonical }
            if part == name);
        assert!(read, "{name}: {at_most}");
        for longer in [longest as u64 + 1, u64::from(u32::MAX)] {
            let error = error(claiming(&file, frame.from, longer));
            let told = matches!(error, ClipError::Malformed { part, error: CborError::TooLong(limit) }
                if part == name && limit == longest);
            assert!(told, "{name}: {error}");
        }
        for altered in
            [of_kind(&file, frame.from, b'X'), of_kind(&claiming(&file, frame.from, 0xffff_ffff), frame.from, b'X')]
        {
            let error = error(altered);
            let told = matches!(error, ClipError::Malformed { part, error: CborError::Shape(0) } if part == name);
            assert!(told, "{name}: {error}");
        }
    }
}

/// The longest segment that a camera seals is granted and opened like any other.
#[test]
fn the_longest_segment_is_granted_and_opened() {
    let mut world = world();
    let started = world.now.before(Millis::MINUTE.times(40));
    let mut recording = begin(&mut world.camera, started, Cadence::AtEnd, &mut world.random).unwrap();
    let longest = common::content(0, limits::SEGMENT_BYTES as usize);
    media(&mut recording, &mut world.camera, Millis(0), Millis::MINUTE, &mut longest.clone()).unwrap();
    let clip = recording.finish(&mut world.camera).unwrap().into_inner().to_bytes();
    let request = world.request();
    let granted = world.grant_range(&request, &clip, 0, 1, 7);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let mut opened = world.open(&granted, answers).unwrap().excerpt;
    assert_eq!(opened.clips()[0].started(), started);
    assert!(*opened.next_segment().unwrap().unwrap().content == longest);
}
