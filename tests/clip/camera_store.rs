//! What a camera remembers over a power cut.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use footage_support::{clips, common};

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use clips::camera_with;
use common::{NOON, Pinned, at};
use footage::camera::{Cadence, CameraStore, DirectoryStore, MemoryStore, RecoverError};
use footage::crypto::{Digest, KemAlgorithm, Suite};
use footage::record::{ClipId, Ending, Head, Millis};

/// A fresh place, empty whatever an earlier run left.
fn place(name: &str) -> PathBuf {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("camera-store").join(name);
    if place.exists() {
        fs::remove_dir_all(&place).unwrap();
    }
    place
}

fn clip(number: u8) -> ClipId {
    ClipId::from_bytes([number; 16])
}

fn manifest(number: u8) -> Head {
    let digest = Digest::from_bytes([number; 32]);
    let (suite, end) = (Suite::Aes256Gcm, Some(Ending::Finished));
    Head { clip: clip(number), suite, header: digest, count: u32::from(number), root: digest, end }
}

#[test]
fn the_counter_is_never_given_twice() {
    let place = place("counter").join("below").join("that is not there yet");
    let mut last = 0;
    for _ in 0..3 {
        let mut store = DirectoryStore::open(&place).unwrap();
        for _ in 0..3 {
            let next = store.next_counter().unwrap();
            assert!(next > last);
            last = next;
        }
    }
    // A second hand on the same directory goes on after the first.
    let (mut one, mut two) = (DirectoryStore::open(&place).unwrap(), DirectoryStore::open(&place).unwrap());
    assert!(one.next_counter().unwrap() < two.next_counter().unwrap());
    assert!(two.next_counter().unwrap() < one.next_counter().unwrap());

    let mut memory = MemoryStore::default();
    assert!(memory.next_counter().unwrap() < memory.next_counter().unwrap());
}

#[test]
fn a_counter_that_cannot_be_read_or_counted_up_is_an_error_that_says_where() {
    let place = place("no counter");
    for content in ["", "x", "-1", "18446744073709551615", "18446744073709551616", "1 2", "\u{feff}1"] {
        let mut store = DirectoryStore::open(&place).unwrap();
        fs::write(place.join("counter"), content).unwrap();
        let error = store.next_counter().unwrap_err().to_string();
        assert!(error.contains("counter") && error.contains("no counter"), "{error}");
        assert_eq!(fs::read_to_string(place.join("counter")).unwrap(), content, "nothing changed");
    }
}

#[test]
fn a_closed_clip_stays_closed() {
    let place = place("closed");
    let mut store = DirectoryStore::open(&place).unwrap();
    assert_eq!(store.closed(clip(1)).unwrap(), None);
    store.close(&manifest(1)).unwrap();
    store.close(&manifest(1)).unwrap();
    for _ in 0..2 {
        let store = DirectoryStore::open(&place).unwrap();
        assert_eq!(store.closed(clip(1)).unwrap(), Some(manifest(1)));
        assert_eq!(store.closed(clip(2)).unwrap(), None);
    }
}

#[test]
fn what_a_power_cut_left_half_written_is_harmless() {
    let place = place("leftover");
    let mut store = DirectoryStore::open(&place).unwrap();
    let first = store.next_counter().unwrap();
    store.close(&manifest(1)).unwrap();
    for leftover in ["", "999", "garbage"] {
        fs::write(place.join("counter.new"), leftover).unwrap();
        fs::write(place.join(format!("{}.new", clip(2))), leftover).unwrap();
        let mut store = DirectoryStore::open(&place).unwrap();
        assert_eq!(store.closed(clip(1)).unwrap(), Some(manifest(1)));
        assert_eq!(store.closed(clip(2)).unwrap(), None);
        let next = store.next_counter().unwrap();
        assert!(first < next && next < 10);
        assert!(!place.join("counter.new").exists());
    }
}

#[test]
fn a_camera_remembers_what_it_closed() {
    let place = place("camera");
    let owners = [clips::owner(1, KemAlgorithm::X25519).public_key()];
    let restarted = || camera_with(1, Suite::Aes256Gcm, DirectoryStore::open(&place).unwrap());
    let record = |finish: bool| {
        let (mut camera, mut bytes) = (restarted(), Vec::new());
        let mut recording = camera.start(&owners, at(NOON), Cadence::EverySegment, &mut bytes, &mut Pinned(2)).unwrap();
        recording.media(Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
        let clip = recording.clip();
        if finish {
            let _ = recording.finish().unwrap();
        } else {
            drop(recording);
        }
        (clip, bytes)
    };
    // The power failed while the manifest was written: the clip gets the very one that it was about to have.
    let (finished, bytes) = record(true);
    let frames = clips::frames(&bytes);
    let head = frames.iter().find(|frame| frame.kind == b'D').unwrap();
    let sealed = restarted().recover(Cursor::new(&bytes[..head.to]), Vec::new()).unwrap();
    let manifest = sealed.manifest().statement();
    assert_eq!((manifest.clip, manifest.count, manifest.end), (finished, 1, Some(Ending::Finished)));
    // Anything else under its id is refused.
    let error = restarted().recover(Cursor::new(&bytes[..head.from - 1]), Vec::new()).map(drop).unwrap_err();
    assert!(matches!(error, RecoverError::Closed(clip) if clip == finished), "{error}");
    // Unfinished: recovered, and from then on the same.
    let (open, bytes) = record(false);
    assert_ne!(open, finished, "the same randomness, another clip");
    for _ in 0..2 {
        let sealed = restarted().recover(Cursor::new(&bytes), Vec::new()).unwrap();
        let manifest = sealed.manifest().statement();
        assert_eq!((manifest.clip, manifest.count, manifest.end), (open, 1, Some(Ending::Recovered)));
    }
}

#[test]
fn a_place_that_is_no_directory_is_refused() {
    let place = place("file");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, "a file").unwrap();
    let opened = DirectoryStore::open(&place).and_then(|mut store| store.next_counter());
    assert!(opened.is_err());
    fs::remove_file(&place).unwrap();
}
