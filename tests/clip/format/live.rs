//! The times of a live recording are those of the camera's monotonic clock: an encoder that dates footage otherwise moves it
//! into no window.

use footage::camera::{Cadence, RecordError};
use footage::clip::ClipError;
use footage::record::{Clock, Content, Millis};

use super::scenes::{Scene, clocks, keys, new_camera, noon, open, pictures, seal, segments, select, start, with_sound};
use footage_support::common::{NOON, Pinned, at};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// P8, T4: an encoder dates footage ahead of now, so that it lies in a window that has not begun. Two seconds are the encoder's
/// rounding.
#[test]
fn p8_a_live_group_cannot_end_in_the_future() {
    let ahead = [
        Scene { pictures: vec![(0, 4001)], ..pictures(0) },
        Scene { pictures: vec![(0, 100), (100, 4001)], ..pictures(0) },
        Scene { pictures: vec![(4001, 4001)], next: None, ..pictures(0) },
        pictures(HOUR),
        // Sound, or the next group, whose start ends the sound.
        Scene { sound: Some((0, 4001, 10)), next: None, ..with_sound(0, 10) },
        Scene { next: Some(4001), ..with_sound(0, 10) },
    ];
    for scene in ahead {
        let mut camera = new_camera();
        let mut recording = start(&mut camera, noon(0));
        let refused = seal(&mut recording, &mut camera, noon(2000), &scene);
        match refused {
            Err(RecordError::Ahead { end, now }) => assert_eq!((end >= Millis(4001), now), (true, Millis(2000))),
            other => panic!("{scene:?}: {other:?}"),
        }
        // The clip goes on as if nothing had been given.
        seal(&mut recording, &mut camera, noon(2000), &Scene { pictures: vec![(0, 4000)], ..pictures(0) }).unwrap();
        let mut clip = open(recording.finish(&mut camera).unwrap());
        assert_eq!(segments(&mut clip).iter().map(|open| open.end().0).max(), Some(4000));
        let secret = clip.unlock(&keys()[0]).unwrap();
        assert_eq!(*clip.segment(&secret, 1).unwrap().1, b"pictures");
    }
}

/// P8: clips that follow one another, each with an encoder two seconds ahead, do not add these up: none dates anything more
/// than two seconds after the wall clock, which stays believed.
#[test]
fn p8_encoders_that_are_ahead_do_not_add_up() {
    let mut camera = new_camera();
    for begins in [0, 1000, 2000] {
        let mut recording = start(&mut camera, clocks(begins, Some(NOON + begins)));
        let now = clocks(begins + 500, Some(NOON + begins + 500));
        let most = (1..=2500).rev().find(|end| {
            let scene = Scene { pictures: vec![(0, *end)], next: None, ..pictures(0) };
            seal(&mut recording, &mut camera, now, &scene).is_ok()
        });
        let mut clip = open(recording.finish(&mut camera).unwrap());
        assert_eq!(clip.clock(), Clock::Set);
        let ends = clip.started().unwrap().as_millis() + most.unwrap();
        assert_eq!(ends, NOON + begins + 2500, "what began at {begins}");
        assert_eq!(segments(&mut clip).iter().map(|open| open.end().0).max(), most);
    }
}

/// P8, T5: footage of now is dated into the past, into a window that was over when a request was made.
#[test]
fn p8_a_live_group_cannot_have_ended_long_ago() {
    let mut camera = new_camera();
    let mut recording = start(&mut camera, noon(0));
    seal(&mut recording, &mut camera, noon(2000), &pictures(0)).unwrap();
    // A request asks for the first ten minutes. An hour later somebody is at the door.
    let now = noon(HOUR);
    for scene in [
        pictures(2000),
        Scene { pictures: vec![(HOUR - MINUTE - 2, HOUR - MINUTE - 1)], next: None, ..pictures(0) },
        // What only seems to end now: sound that the clip does not take.
        Scene { sound: Some((2000, HOUR, 10)), next: Some(HOUR), ..pictures(2000) },
    ] {
        let refused = seal(&mut recording, &mut camera, now, &scene);
        match refused {
            Err(RecordError::Behind { end, now }) => {
                assert_eq!((end < Millis(HOUR - MINUTE), now), (true, Millis(HOUR)));
            }
            other => panic!("{scene:?}: {other:?}"),
        }
    }
    seal(&mut recording, &mut camera, now, &pictures(HOUR - MINUTE - 2000)).unwrap();
    let mut clip = open(recording.finish(&mut camera).unwrap());
    assert_eq!(select(&mut clip, 0, 10 * MINUTE).unwrap().span().to(), at(NOON + 2000));
    let last = segments(&mut clip).into_iter().next_back().unwrap();
    assert_eq!((last.start, last.end(), last.gap), (Millis(HOUR - MINUTE - 2000), Millis(HOUR - MINUTE), true));
}

/// T4: the same holds while the wall clock is not set, at either cadence, and of a file without times.
#[test]
fn t4_times_are_held_against_the_clock_that_nobody_sets() {
    for cadence in [Cadence::EveryGroup, Cadence::AtEnd] {
        for content in [Content::Video, Content::AnyFile] {
            let mut camera = new_camera();
            let mut recording = camera.start(content, cadence, clocks(7000, None), &mut Pinned(7)).unwrap();
            let scene = |from| Scene { picture_init: None, ..pictures(from) };
            // The origin of the clock is not that of the clip.
            let refused = seal(&mut recording, &mut camera, clocks(9000, None), &scene(5000));
            assert!(matches!(refused, Err(RecordError::Ahead { end: Millis(7000), now: Millis(2000) })));
            let refused = seal(&mut recording, &mut camera, clocks(7000 + 2001 + MINUTE, None), &scene(0));
            assert!(matches!(refused, Err(RecordError::Behind { end: Millis(2000), .. })));
            // A clock that goes back says that nothing has passed.
            let refused = seal(&mut recording, &mut camera, clocks(0, None), &scene(1));
            assert!(matches!(refused, Err(RecordError::Ahead { now: Millis(0), .. })));
            seal(&mut recording, &mut camera, clocks(7000 + 2000 + MINUTE, None), &scene(0)).unwrap();
            assert_eq!(open(recording.finish(&mut camera).unwrap()).count(), 1);
        }
    }
}

/// What a doorbell kept in memory until it was rung: the clip begins when that began, and its times are true.
#[test]
fn what_was_kept_in_memory_is_recorded_with_its_own_times() {
    let mut camera = new_camera();
    // The button is pressed 10 seconds after the first frame that is still there.
    let (began, pressed) = (noon(5000), 15_000);
    let mut recording = start(&mut camera, began);
    for from in [0, 2000, 4000, 6000, 8000] {
        seal(&mut recording, &mut camera, noon(pressed), &pictures(from)).unwrap();
    }
    seal(&mut recording, &mut camera, noon(pressed + 2000), &pictures(10_000)).unwrap();
    let mut clip = open(recording.finish(&mut camera).unwrap());
    assert_eq!(clip.started(), Some(at(NOON + 5000)));
    assert_eq!(select(&mut clip, 5000, 17_000).unwrap().range().count(), 7);
    assert!(matches!(select(&mut clip, 15_001, 16_999), Err(ClipError::EmptyRange)));
}

/// T48: sound that goes on without pictures ends now, whenever the pictures ended.
#[test]
fn t48_sound_that_goes_on_is_sealed_when_it_ends() {
    let mut camera = new_camera();
    let mut recording = start(&mut camera, noon(0));
    let scene = Scene { sound: Some((0, 2 * HOUR, 500)), next: None, ..with_sound(0, 10) };
    seal(&mut recording, &mut camera, noon(2 * HOUR), &scene).unwrap();
    let mut clip = open(recording.finish(&mut camera).unwrap());
    assert!(matches!(select(&mut clip, 0, 2 * HOUR - 1), Err(ClipError::EmptyRange)));
    assert_eq!(select(&mut clip, 0, 2 * HOUR).unwrap().span().to(), at(NOON + 2 * HOUR));
}
