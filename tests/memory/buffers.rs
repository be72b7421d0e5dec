//! Buffers that are used for many segments leave no content of one behind when they grow for another.
//!
//! The allocator looks at every block that is freed while a thread has it look.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::{clips, common};

use std::io::Cursor;

use clips::{camera, owner};
use common::{NOON, Pinned, World, at, begin, media};
use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, Suite};
use footage::custodian::MemoryKeyStore;
use footage::record::Millis;
use footage_support::looking::{CONTENT, left_behind};

/// A small segment of known content, one that is larger, and so on.
fn contents() -> [Vec<u8>; 4] {
    [vec![CONTENT; 200], vec![1; 5000], vec![CONTENT; 6000], vec![2; 90_000]]
}

#[test]
fn what_is_freed_with_content_is_found() {
    assert_eq!(left_behind(|| drop(contents())), 2);
}

#[test]
fn an_owner_reads_one_segment_after_the_other_into_one_buffer() {
    let key = owner(1, KemAlgorithm::X25519);
    let mut camera = camera(1, Suite::ChaCha20Poly1305, &[key.public_key()]);
    let mut recording = begin(&mut camera, at(NOON), Cadence::AtEnd, &mut Pinned(2)).unwrap();
    for (second, mut content) in (0..).zip(contents()) {
        media(&mut recording, &mut camera, Millis::SECOND.times(second), Millis::SECOND, &mut content).unwrap();
    }
    let file = recording.finish(&mut camera).map(clips::bytes).unwrap();
    let mut clip = FinishedClip::open(Cursor::new(file)).unwrap();
    let secret = clip.unlock(&key).unwrap();
    let (contents, mut buffer) = (contents(), Vec::new());
    let left = left_behind(|| {
        for (index, content) in (0..).zip(&contents) {
            clip.segment_into(&secret, index, &mut buffer).unwrap();
            assert!(buffer == *content);
        }
    });
    assert_eq!(left, 0);
}

#[test]
fn an_agency_reads_one_segment_after_the_other_into_one_buffer() {
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let started = world.now.before(Millis::MINUTE.times(40));
    let mut recording = begin(&mut world.camera, started, Cadence::AtEnd, &mut world.random).unwrap();
    for (minute, mut content) in (0..).zip(contents()) {
        media(&mut recording, &mut world.camera, Millis::MINUTE.times(minute), Millis::MINUTE, &mut content).unwrap();
    }
    let clip = recording.finish(&mut world.camera).map(clips::bytes).unwrap();
    let request = world.request();
    let granted = world.grant_range(&request, &clip, 0, 4, 7);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let mut opened = world.open(&granted, answers).unwrap().excerpt;
    let (contents, mut buffer) = (contents(), Vec::new());
    let left = left_behind(|| {
        for content in &contents {
            opened.next_segment_into(&mut buffer).unwrap().unwrap();
            assert!(buffer == *content);
        }
    });
    assert_eq!(left, 0);
}
