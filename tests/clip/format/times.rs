//! When a clip was recorded: what a camera believes of its clock, and what it signs.

use std::io::Cursor;

use footage::camera::{Camera, MemoryFiles, RecordError, SealError};
use footage::clip::{ClipError, FinishedClip};
use footage::crypto::Suite;
use footage::media::{Bytes, Cutter};
use footage::record::{Clock, ClockSet, Ending, Millis, Window};
use footage::store::{MemoryStore, Store};

use super::scenes::{Clip, after_noon, clocks, heads, new_camera, noon, open, owners, pictures, seal, select, start};
use footage_support::clips::{device, frames};
use footage_support::common::{NOON, Pinned, at};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// A clip of one group, whose clocks say this at its beginning.
fn one<S: Store>(camera: &mut Camera<S, MemoryFiles>, monotonic: u64, wall: Option<u64>) -> Clip {
    let mut recording = start(camera, clocks(monotonic, wall));
    seal(&mut recording, camera, clocks(monotonic + 2000, wall.map(|wall| wall + 2000)), &pictures(0)).unwrap();
    open(recording.finish(camera).unwrap())
}

fn cutter() -> Cutter<&'static [u8]> {
    Cutter::by_size(&b"a file without any times in it"[..], Bytes(8)).unwrap()
}

/// T4, C8: a file without times lasts as long as whoever had it sealed says. It lies in no shorter window, and in none if
/// nobody said.
#[test]
fn t4_a_file_without_times_lies_in_no_shorter_window() {
    let mut camera = new_camera();
    let eight_hours = Window::new(at(NOON), at(NOON + 8 * HOUR)).unwrap();
    let sealed = camera.seal(cutter(), Some(eight_hours), |_| {}, &mut Pinned(1)).unwrap();
    let mut clip = open(sealed);
    assert_eq!((clip.clock(), clip.started(), clip.count()), (Clock::Told, Some(at(NOON)), 4));
    assert_eq!(select(&mut clip, 0, 8 * HOUR).unwrap().range().count(), 4);
    for (from, to) in [(0, 8 * HOUR - 1), (1, 8 * HOUR), (0, 1), (HOUR, 2 * HOUR)] {
        assert!(matches!(select(&mut clip, from, to), Err(ClipError::EmptyRange)), "{from}..{to}");
    }
    // A single piece of it has the same times.
    let piece = clip.select_segments(1, 2).unwrap();
    assert_eq!(piece.span(), eight_hours);

    let mut clip = open(camera.seal(cutter(), None, |_| {}, &mut Pinned(2)).unwrap());
    assert_eq!((clip.clock(), clip.started()), (Clock::None, None));
    assert!(matches!(select(&mut clip, 0, 8 * HOUR), Err(ClipError::NoTime)));
    assert!(matches!(clip.select_segments(0, 4), Err(ClipError::NoTime)));
    // What was told is not the camera's clock: it dates nothing for the clips after it.
    assert_eq!(one(&mut camera, 0, Some(NOON)).clock(), Clock::Set);
}

/// C8: a live piece without times lasts from the sealing of the piece before it to its own.
#[test]
fn c8_a_live_piece_lies_between_two_readings_of_the_clock() {
    use footage::camera::Cadence;
    use footage::record::Content;
    let mut camera = new_camera();
    let mut recording = camera.start(Content::AnyFile, Cadence::EveryGroup, noon(0), &mut Pinned(3)).unwrap();
    for now in [1500, 1500, 9000] {
        recording.piece(&mut camera, noon(now), &mut b"piece".to_vec()).unwrap();
    }
    let mut clip = open(recording.finish(&mut camera).unwrap());
    let times: Vec<_> = super::scenes::segments(&mut clip).iter().map(|open| (open.start.0, open.end().0)).collect();
    assert_eq!(times, [(0, 1500), (1500, 1500), (1500, 9000)]);
    assert!(super::scenes::segments(&mut clip).iter().all(|open| open.group));
}

/// C16: a clock that is set during the clip dates all of it, and every head from then on says so.
#[test]
fn c16_a_clock_that_is_set_later_dates_the_whole_clip() {
    let mut camera = new_camera();
    let mut recording = start(&mut camera, clocks(500, None));
    seal(&mut recording, &mut camera, clocks(2500, None), &pictures(0)).unwrap();
    // Four seconds after start 0 it is noon.
    seal(&mut recording, &mut camera, clocks(4500, Some(NOON)), &pictures(2000)).unwrap();
    seal(&mut recording, &mut camera, clocks(6500, Some(NOON + 2000)), &pictures(4000)).unwrap();
    let file = recording.finish(&mut camera).unwrap().into_inner().to_bytes();
    let set = ClockSet { wall: at(NOON - 4000), earlier: false };
    let found: Vec<_> = heads(&file).iter().map(|head| head.set).collect();
    assert_eq!(found, [None, Some(set), Some(set), Some(set)]);
    let mut clip = FinishedClip::open(Cursor::new(file)).unwrap();
    assert_eq!((clip.clock(), clip.started()), (Clock::NotSet, Some(at(NOON - 4000))));
    let window = Window::new(at(NOON - 4000), at(NOON)).unwrap();
    assert_eq!(clip.select(window).unwrap().span(), window);

    // Never set: no time.
    let mut camera = new_camera();
    let mut clip = one(&mut camera, 0, None);
    assert_eq!((clip.clock(), clip.started()), (Clock::NotSet, None));
    assert!(matches!(select(&mut clip, 0, HOUR), Err(ClipError::NoTime)));
}

/// C16: a step of more than two seconds ends the clip; a drift of two does not.
#[test]
fn c16_a_clock_that_is_moved_ends_the_clip() {
    for step in [2001_i64, -2001, 86_400_000, -86_400_000] {
        let mut camera = new_camera();
        let mut recording = start(&mut camera, noon(0));
        seal(&mut recording, &mut camera, noon(2000), &pictures(0)).unwrap();
        let moved = |elapsed: u64| clocks(elapsed, Some((NOON + elapsed).checked_add_signed(step).unwrap()));
        let refused = seal(&mut recording, &mut camera, moved(4000), &pictures(2000));
        assert!(matches!(refused, Err(RecordError::Seal(SealError::ClockSet))));
        // Also if it is moved back: the clip is over.
        let refused = seal(&mut recording, &mut camera, noon(4000), &pictures(2000));
        assert!(matches!(refused, Err(RecordError::Seal(SealError::ClockSet))));
        let clip = open(recording.finish(&mut camera).unwrap());
        assert_eq!((clip.count(), clip.ending(), clip.started()), (2, Ending::Finished, Some(at(NOON))));
    }
    let mut camera = new_camera();
    let mut recording = start(&mut camera, noon(0));
    for wall in [NOON + 4000, NOON + 2000, NOON + 2000 - 2000] {
        let time = recording.clip();
        seal(&mut recording, &mut camera, clocks(2000, Some(wall)), &pictures(0))
            .map_err(drop)
            .unwrap_or_else(|()| panic!("{time}"));
        let finished = open(recording.finish(&mut camera).unwrap());
        assert_eq!(finished.ending(), Ending::Finished);
        camera = new_camera();
        recording = start(&mut camera, noon(0));
    }
}

/// T5, T4: a clock that is set back, by the network or anybody, dates nothing: what was dated stays before what comes after.
#[test]
fn t5_a_clock_set_back_gives_a_clip_without_a_time() {
    let mut camera = new_camera();
    assert_eq!(one(&mut camera, 0, Some(NOON)).clock(), Clock::Set);
    // Two seconds were dated. A request's window lies a day before.
    for wall in [NOON - DAY, NOON, NOON - 1] {
        let mut clip = one(&mut camera, 0, Some(wall));
        assert_eq!(
            (clip.clock(), clip.started()),
            if wall == NOON { (Clock::Set, Some(at(NOON + 2000))) } else { (Clock::Earlier, None) }
        );
        if wall != NOON {
            assert!(matches!(clip.select_segments(0, 2), Err(ClipError::NoTime)));
        }
    }
    // A clock that is a little behind is raised to what was dated: no two clips overlap.
    let clip = one(&mut camera, 0, Some(NOON + 2500));
    assert_eq!(after_noon(clip.started()), Some(4000));
    // It was not set at the start, and is set to a time before: flagged in the heads.
    let mut recording = start(&mut camera, clocks(0, None));
    seal(&mut recording, &mut camera, clocks(2000, Some(NOON - DAY)), &pictures(0)).unwrap();
    let file = recording.finish(&mut camera).unwrap().into_inner().to_bytes();
    let earlier = ClockSet { wall: at(NOON - DAY - 2000), earlier: true };
    assert!(heads(&file).iter().all(|head| head.set == Some(earlier)));
    assert_eq!(FinishedClip::open(Cursor::new(file)).unwrap().started(), None);
}

/// T46: the network says 2090 and then the right time. What comes after has no time, and once the clock is past what was
/// dated, clips have times again.
#[test]
fn t46_a_wrong_time_in_the_future_and_then_the_right_one() {
    let future = NOON + 64 * 365 * DAY;
    let mut camera = new_camera();
    let mut recording = start(&mut camera, clocks(0, Some(future)));
    seal(&mut recording, &mut camera, clocks(2000, Some(future + 2000)), &pictures(0)).unwrap();
    let refused = seal(&mut recording, &mut camera, clocks(4000, Some(NOON)), &pictures(2000));
    assert!(matches!(refused, Err(RecordError::Seal(SealError::ClockSet))));
    recording.finish(&mut camera).map(drop).unwrap();
    let clip = one(&mut camera, 4000, Some(NOON));
    assert_eq!((clip.clock(), clip.started()), (Clock::Earlier, None));
    // A flagged clip ends as soon as the clock is believed again.
    let mut recording = start(&mut camera, clocks(0, Some(NOON)));
    seal(&mut recording, &mut camera, clocks(2000, Some(NOON + 2000)), &pictures(0)).unwrap();
    let later = future + HOUR;
    let refused = seal(&mut recording, &mut camera, clocks(later - NOON, Some(later)), &pictures(2000));
    assert!(matches!(refused, Err(RecordError::Seal(SealError::ClockSet))));
    recording.finish(&mut camera).map(drop).unwrap();
    assert_eq!(one(&mut camera, later - NOON, Some(later)).started(), Some(at(later)));
}

/// T35: a power cut takes the clip in which the clock was set. What it had dated is read from its own heads.
#[test]
fn t35_what_a_lost_recording_dated_is_not_forgotten() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let own = || device(1, Suite::Aes256Gcm);
    let mut camera = Camera::begin(own(), owners(), &mut store, files.clone()).unwrap();
    let mut recording = start(&mut camera, clocks(0, None));
    seal(&mut recording, &mut camera, clocks(2000, Some(NOON + 2000)), &pictures(0)).unwrap();
    for group in 1..10 {
        let now = 2000 * (group + 1);
        seal(&mut recording, &mut camera, clocks(now, Some(NOON + now)), &pictures(2000 * group)).unwrap();
    }
    let lost = recording.clip();
    drop((recording, camera));

    // 20 seconds were dated, less than a minute past what the state remembers.
    let mut camera = Camera::open(own(), &mut store, files.clone()).unwrap();
    let clip = one(&mut camera, 0, Some(NOON + 10_000));
    assert_eq!((clip.clock(), clip.started()), (Clock::Earlier, None));
    let recovered = open(camera.recover(lost).unwrap());
    assert_eq!((recovered.started(), recovered.count(), recovered.ending()), (Some(at(NOON)), 11, Ending::Recovered));
    assert_eq!(one(&mut camera, 0, Some(NOON + 20_000)).started(), Some(at(NOON + 20_000)));

    // The file cannot be found: what begins less than a minute after what the state knows is not believed.
    let mut recording = start(&mut camera, clocks(0, Some(NOON + 30_000)));
    seal(&mut recording, &mut camera, clocks(2000, Some(NOON + 32_000)), &pictures(0)).unwrap();
    let lost = recording.clip();
    drop((recording, camera));
    let bytes = files.bytes(lost).unwrap();
    footage::camera::ClipFiles::remove(&mut files.clone(), lost).unwrap();
    let mut camera = Camera::open(own(), &mut store, files.clone()).unwrap();
    let clip = one(&mut camera, 0, Some(NOON + 50_000));
    assert_eq!(clip.clock(), Clock::Earlier);
    assert_eq!(one(&mut camera, 0, Some(NOON + 5 * 60_000)).clock(), Clock::Set);
    // The card is mounted a minute late.
    files.put(lost, bytes);
    assert_eq!(open(camera.recover(lost).unwrap()).started(), Some(at(NOON + 30_000)));
}

/// Whoever writes the file of an open clip moves no clock: times past what the state remembers count only under a head that
/// stands.
#[test]
fn an_altered_open_clip_dates_nothing_in_the_future() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let own = || device(1, Suite::Aes256Gcm);
    let mut camera = Camera::begin(own(), owners(), &mut store, files.clone()).unwrap();
    let mut recording = start(&mut camera, clocks(0, Some(NOON)));
    for group in 0..3 {
        let now = 2000 * (group + 1);
        seal(&mut recording, &mut camera, clocks(now, Some(NOON + now)), &pictures(2000 * group)).unwrap();
    }
    let lost = recording.clip();
    drop((recording, camera));

    let mut bytes = files.bytes(lost).unwrap();
    let segment = frames(&bytes).into_iter().rfind(|frame| frame.kind == b'S').unwrap();
    let start_at = segment.from + 5 + 4;
    bytes[start_at..start_at + 8].copy_from_slice(&(20 * 365 * DAY).to_be_bytes());
    files.put(lost, bytes);
    for _ in 0..3 {
        let mut camera = Camera::open(own(), &mut store, files.clone()).unwrap();
        // What was dated within a minute past the state cannot be told any more.
        assert_eq!(one(&mut camera, 0, Some(NOON + 30_000)).clock(), Clock::Earlier);
    }
    let mut camera = Camera::open(own(), &mut store, files.clone()).unwrap();
    assert_eq!(one(&mut camera, 0, Some(NOON + 5 * 60_000)).clock(), Clock::Set);
}

/// C16: while the clock is believed, clips of one camera never overlap, whatever small jumps it makes.
#[test]
fn clips_of_one_camera_follow_one_another() {
    let mut camera = new_camera();
    let mut end = 0;
    for wall in [0, 1000, 3500, 9000, 9100] {
        let mut clip = one(&mut camera, 0, Some(NOON + wall));
        let began = after_noon(clip.started()).unwrap();
        assert!(began >= end, "{wall}");
        end = began + select(&mut clip, began, began + 2000).unwrap().span().to().since(at(NOON + began)).0;
    }
    assert_eq!(Millis(end), Millis(9000 + 2000 + 2000));
}
