//! The files of open clips date later clips. A spoilt file makes the camera believe its clock less, never more.

use std::iter;

use footage::camera::{Cadence, Camera, Clocks, MemoryFiles};
use footage::record::{ClipId, Clock, Content, Millis, Timestamp};
use footage::store::{MemoryStore, Store};

use super::state::{device, owners};
use footage_support::clips::{Frame, frames};
use footage_support::common::{NOON, Pinned, at, media};

/// A camera that lost its power 20 seconds into a clip, of which its state remembers two.
struct Left {
    facts: Vec<(footage::store::StoreKey, Vec<u8>)>,
    clip: ClipId,
    file: Vec<u8>,
}

impl Left {
    fn new(wall: Option<Timestamp>) -> Self {
        let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
        let mut camera = Camera::begin(device(), owners(), &mut store, files.clone()).unwrap();
        let clocks = Clocks { monotonic: Millis(0), wall };
        let mut recording = camera.start(Content::Video, Cadence::EveryGroup, clocks, &mut Pinned(2)).unwrap();
        for group in 0..10 {
            media(&mut recording, &mut camera, Millis(2000 * group), Millis(2000), &mut [7; 300]).unwrap();
        }
        let clip = recording.clip();
        drop((recording, camera));
        let keys = store.facts().unwrap();
        let facts = keys.into_iter().map(|key| (key.clone(), store.fact(&key).unwrap().unwrap())).collect();
        Self { facts, clip, file: files.bytes(clip).unwrap() }
    }

    /// The camera with this in the place of the clip's file.
    fn open(&self, file: &[u8]) -> Camera<MemoryStore, MemoryFiles> {
        let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
        for (key, fact) in &self.facts {
            store.put_fact(key, fact).unwrap();
        }
        files.put(self.clip, file.to_vec());
        Camera::open(device(), store, files).unwrap()
    }

    /// How the camera dates a clip that begins so long after noon, with this in the place of the file.
    fn dates(&self, file: &[u8], after: u64) -> Clock {
        dates(&mut self.open(file), after)
    }

    fn frames(&self, kind: u8) -> Vec<Frame> {
        frames(&self.file).into_iter().filter(|frame| frame.kind == kind).collect()
    }
}

fn dates(camera: &mut Camera<MemoryStore, MemoryFiles>, after: u64) -> Clock {
    let clocks = Clocks { monotonic: Millis(0), wall: Some(at(NOON + after)) };
    let recording = camera.start(Content::Video, Cadence::EveryGroup, clocks, &mut Pinned(3)).unwrap();
    let clip = camera.files().bytes(recording.clip()).unwrap();
    // `H`, then the array's head, version, suite, the id with its head, and the time.
    let started = u64::from_be_bytes(clip[16 + 5 + 1 + 1 + 1 + 17 + 1..][..8].try_into().unwrap());
    if started == NOON + after { clock_of(&clip) } else { panic!("raised to {started}") }
}

/// The clock of a clip whose time was set, from its header.
fn clock_of(clip: &[u8]) -> Clock {
    match clip[16 + 5 + 1 + 1 + 1 + 17 + 9] {
        1 => Clock::Set,
        2 => Clock::Earlier,
        other => panic!("clock {other}"),
    }
}

/// Kin of T37, P6: an open clip whose beginning was altered says nothing of what it dated, so that the state alone does, less a
/// minute.
#[test]
fn t37_an_open_clip_whose_header_was_spoilt_is_not_read() {
    let left = Left::new(Some(at(NOON)));
    let first = left.frames(b'S')[0].from;
    assert_eq!((left.dates(&left.file, 15_000), left.dates(&left.file, 20_000)), (Clock::Earlier, Clock::Set));
    // Every byte of magic, header and owners; among them the clock, which could say that somebody told the time.
    for place in 0..first {
        for change in [1, 2] {
            let mut file = left.file.clone();
            file[place] ^= change;
            assert_eq!(left.dates(&file, 25_000), Clock::Earlier, "byte {place}");
        }
    }
    let mut told = left.file.clone();
    told[16 + 5 + 1 + 1 + 1 + 17 + 9] = Clock::Told as u8;
    let gone = [&told[..], &left.file[..first - 1], &left.file[..20], &[], b"another file", &vec![0; 5000]];
    for file in gone {
        // Two seconds were remembered.
        for (after, clock) in [(25_000, Clock::Earlier), (61_999, Clock::Earlier), (62_000, Clock::Set)] {
            assert_eq!(left.dates(file, after), clock, "{} bytes, {after}", file.len());
        }
    }
    // Another clip of the same camera in its place.
    let other = {
        let mut camera = Camera::begin(device(), owners(), MemoryStore::new(), MemoryFiles::new()).unwrap();
        let mut recording =
            footage_support::common::begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(9)).unwrap();
        media(&mut recording, &mut camera, Millis(0), Millis(1000), &mut [1]).unwrap();
        camera.files().bytes(recording.clip()).unwrap()
    };
    assert_eq!(left.dates(&other, 25_000), Clock::Earlier);
}

/// What a power cut leaves is read: a file that only ends early.
#[test]
fn an_open_clip_that_ends_early_is_read() {
    let left = Left::new(Some(at(NOON)));
    let heads = left.frames(b'D');
    for (number, head) in (1..).zip(&heads) {
        for to in [head.to, head.to + 3, head.to + 30, head.to + 200] {
            let file = &left.file[..to.min(left.file.len())];
            assert_eq!(left.dates(file, 2000 * number), Clock::Set, "{to}");
            if number > 1 {
                assert_eq!(left.dates(file, 2000 * number - 2001), Clock::Earlier, "{to}");
            }
        }
    }
    // A clock that was never set dates nothing, and hides nothing.
    let unset = Left::new(None);
    assert_eq!(unset.dates(&unset.file, 0), Clock::Set);
}

/// Frames that are no heads of the camera, and heads of it in another place, hide none of those before them.
#[test]
fn heads_that_are_not_the_cameras_hide_none() {
    let left = Left::new(Some(at(NOON)));
    let heads = left.frames(b'D');
    let [first, last] = [heads[0], heads[9]].map(|head| left.file[head.from..head.to].to_vec());
    let mut altered = last.clone();
    let end = altered.len() - 1;
    altered[end] ^= 1;
    for (what, frame) in [("empty", b"D\0\0\0\0".to_vec()), ("altered", altered), ("replayed", first)] {
        for count in [1, 2, 5, 40] {
            let behind = iter::repeat_n(&frame[..], count).flatten();
            let file: Vec<u8> = left.file.iter().chain(behind).copied().collect();
            assert_eq!(left.dates(&file, 61_999), Clock::Earlier, "{what}, {count}: it was altered");
            // The 20 seconds are known, also once the clip is closed.
            let mut camera = left.open(&file);
            camera.recover(left.clip).map(drop).unwrap();
            assert_eq!(dates(&mut camera, 17_999), Clock::Earlier, "{what}, {count}");
            assert_eq!(dates(&mut camera, 20_000), Clock::Set, "{what}, {count}");
        }
    }
    // A frame that makes no sense, with heads behind it.
    let at = heads[4].to;
    let file = [&left.file[..at], b"?\0\0\0\0", &left.file[at..]].concat();
    assert_eq!(left.dates(&file, 61_999), Clock::Earlier);
    let mut file = left.file.clone();
    let segment = left.frames(b'S')[5].from + 5;
    file[segment + 3] ^= 1;
    assert_eq!(left.dates(&file, 61_999), Clock::Earlier, "a segment of another index");
}

/// A head without a time that is replayed does not unset the clock.
#[test]
fn a_head_from_before_the_clock_was_set_unsets_nothing() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let mut camera = Camera::begin(device(), owners(), &mut store, files.clone()).unwrap();
    let clocks = |monotonic, wall: Option<u64>| Clocks { monotonic: Millis(monotonic), wall: wall.map(at) };
    let mut recording = camera.start(Content::Video, Cadence::EveryGroup, clocks(0, None), &mut Pinned(2)).unwrap();
    for group in 0..10 {
        let (start, end) = (2000 * group, 2000 * group + 2000);
        let mut content = [7; 30];
        let piece = footage::camera::Piece { start: Millis(start), end: Millis(end), content: &mut content };
        let group = footage::camera::Group { pictures: vec![piece], next: Some(Millis(end)), ..Default::default() };
        recording.group(&mut camera, clocks(end, (start > 0).then_some(NOON + end)), group).unwrap();
    }
    let clip = recording.clip();
    drop((recording, camera));
    let keys = store.facts().unwrap();
    let facts = keys.into_iter().map(|key| (key.clone(), store.fact(&key).unwrap().unwrap())).collect();
    let left = Left { facts, clip, file: files.bytes(clip).unwrap() };
    let first = left.frames(b'D')[0];
    let unset = &left.file[first.from..first.to];
    for count in [1, 4, 9] {
        let file = [&left.file[..], &unset.repeat(count)].concat();
        assert_eq!(left.dates(&file, 15_000), Clock::Earlier, "{count}");
        assert_eq!(left.dates(&file, 61_999), Clock::Earlier, "{count}");
    }
}
