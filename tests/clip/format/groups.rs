//! The order of segments: groups, layers, codec parameters, gaps, and what is not taken.

use footage::camera::{Cadence, RecordError, SealError};
use footage::clip::ClipError;
use footage::record::{Content, Ending, Layer, Layers, Millis, SegmentKind};
use proptest::prelude::*;

use super::scenes::{Scene, clip, heads, new_camera, noon, open, pictures, seal, segments, select, start, with_sound};
use footage_support::common::{NOON, Pinned, at};

const SOUND: Layer = Layer::Sound;

fn sounds(scenes: &[Scene]) -> Vec<(u64, u64)> {
    let segments = segments(&mut clip(scenes));
    let sound = segments.iter().filter(|open| open.layer == SOUND && open.kind == SegmentKind::Media);
    sound.map(|open| (open.start.0, open.end().0)).collect()
}

/// C14, C15: a group is its new parameters, its pictures, then one sound segment; parameters in force are not sealed again.
#[test]
fn c15_a_group_has_one_order() {
    let mut clip = clip(&[
        Scene { pictures: vec![(0, 900), (900, 2000)], ..with_sound(0, 30) },
        with_sound(2000, 0),
        Scene { picture_init: Some(b"other parameters"), ..with_sound(4000, 10) },
    ]);
    let found: Vec<_> = segments(&mut clip)
        .iter()
        .map(|open| (open.layer as u8, open.kind as u8, open.group, open.gap, open.start.0, open.duration.0))
        .collect();
    assert_eq!(
        found,
        [
            (0, 0, true, false, 0, 0),
            (1, 0, false, false, 0, 0),
            (0, 1, false, false, 0, 900),
            (0, 1, false, false, 900, 1100),
            (1, 1, false, false, 0, 2000),
            (0, 1, true, false, 2000, 2000),
            (1, 1, false, false, 2000, 2000),
            // A change of the codec is a gap.
            (0, 0, true, true, 4000, 0),
            (0, 1, false, false, 4000, 2000),
            (1, 1, false, false, 4000, 2000),
        ]
    );
    let inits: Vec<_> = (0..10).map(|index| clip.header_at(index).unwrap().init).collect();
    let [p, s, q] = [Some(0), Some(1), Some(7)];
    assert_eq!(inits, [None, None, p, p, s, p, s, None, q, s], "an empty sound segment names the sound in force");
}

/// T33, T6: the times of sound are those of the groups, whether somebody speaks or not.
#[test]
fn t33_sound_that_is_heard_now_and_then_shows_in_no_time() {
    let spoken = [with_sound(0, 100), with_sound(2000, 9000), with_sound(4000, 1), with_sound(6000, 70)];
    let now_and_then = [
        with_sound(0, 0),
        Scene { sound: Some((2300, 2500, 20)), ..with_sound(2000, 0) },
        Scene { sound: None, ..pictures(4000) },
        with_sound(6000, 0),
    ];
    let times = [(0, 2000), (2000, 4000), (4000, 6000), (6000, 8000)];
    assert_eq!(sounds(&spoken), times);
    assert_eq!(sounds(&now_and_then), times);
}

/// T48: pictures that fail for five seconds while sound goes on, and sound that goes on for two hours after the last picture.
#[test]
fn t48_sound_without_pictures_stays_in_its_group() {
    let scenes = [
        Scene { sound: Some((0, 1990, 10)), next: None, ..with_sound(0, 10) },
        // From the second key frame on, five seconds later.
        Scene { next: None, sound: Some((7000, 7_209_000, 500)), ..with_sound(7000, 10) },
    ];
    let mut clip = clip(&scenes);
    assert_eq!(sounds(&scenes), [(0, 2000), (7000, 7_209_000)]);
    let gaps: Vec<_> = segments(&mut clip).iter().filter(|open| open.gap).map(|open| open.start.0).collect();
    assert_eq!(gaps, [7000], "what is missing is flagged");
    // What it holds decides: a window that ends with the pictures does not select it.
    assert_eq!(select(&mut clip, 0, 10_000).unwrap().span().to(), at(NOON + 2000));
    assert!(matches!(select(&mut clip, 5000, 10_000), Err(ClipError::EmptyRange)));
    // In the first group, what begins before the pictures.
    let first = Scene { pictures: vec![(300, 2000)], ..with_sound(0, 10) };
    assert_eq!(sounds(&[first]), [(0, 2000)]);
}

/// Sound over 16 MiB, sound of a clip that began without, and tracks that nobody takes are counted.
#[test]
fn what_is_not_taken_is_counted() {
    let mut camera = new_camera();
    let mut recording = start(&mut camera, noon(0));
    seal(&mut recording, &mut camera, noon(2000), &pictures(0)).unwrap();
    seal(&mut recording, &mut camera, noon(4000), &with_sound(2000, 10)).unwrap();
    seal(&mut recording, &mut camera, noon(6000), &with_sound(4000, 10)).unwrap();
    recording.leave_out(1, 5);
    let mut clip = open(recording.cut_off(&mut camera).unwrap());
    assert_eq!((clip.ending(), clip.left_out()), (Ending::CutOff, (2, 2 * 94 + 5)));
    assert!(segments(&mut clip).iter().all(|open| open.layer == Layer::Pictures));

    let mut recording = start(&mut camera, noon(60_000));
    seal(&mut recording, &mut camera, noon(62_000), &with_sound(0, (16 << 20) + 1)).unwrap();
    seal(&mut recording, &mut camera, noon(64_000), &with_sound(2000, 16 << 20)).unwrap();
    let mut clip = open(recording.finish(&mut camera).unwrap());
    assert_eq!((clip.ending(), clip.left_out()), (Ending::Finished, (0, 94)));
    let lengths: Vec<_> = (0..clip.count())
        .map(|index| clip.header_at(index).unwrap())
        .filter(|header| header.open.layer == SOUND && header.open.kind == SegmentKind::Media)
        .map(|header| header.length)
        .collect();
    assert_eq!(lengths, [0, 16 << 20]);
}

/// Nothing is sealed out of order, and what is refused costs nothing: the clip goes on.
#[test]
fn a_group_out_of_order_is_refused_whole() {
    let mut camera = new_camera();
    let mut recording = start(&mut camera, noon(0));
    seal(&mut recording, &mut camera, noon(2000), &with_sound(0, 10)).unwrap();
    let refused = [
        Scene { pictures: vec![], ..with_sound(2000, 10) },
        with_sound(1000, 10),
        Scene { pictures: vec![(3000, 4000), (2000, 3000)], ..with_sound(3000, 10) },
        Scene { pictures: vec![(3000, 2999)], ..with_sound(3000, 10) },
        Scene { pictures: vec![(3000, 3000 + (1 << 32))], ..with_sound(3000, 10) },
        Scene { next: Some(2500), ..with_sound(3000, 10) },
    ];
    for scene in refused {
        let error = seal(&mut recording, &mut camera, noon(scene.end()), &scene).unwrap_err();
        assert!(matches!(error, RecordError::Seal(SealError::Time { .. } | SealError::Group(_))), "{error}");
    }
    seal(&mut recording, &mut camera, noon(4000), &with_sound(2000, 10)).unwrap();
    let mut clip = open(recording.finish(&mut camera).unwrap());
    assert_eq!(clip.count(), 2 + 2 + 2);
    let secret = clip.unlock(&super::scenes::keys()[0]).unwrap();
    for index in 0..clip.count() {
        clip.segment(&secret, index).unwrap();
    }
}

/// Sound alone: each segment is a group, in its own layer.
#[test]
fn sound_alone_is_recorded_in_groups_of_its_own() {
    let sound = |from: u64| Scene { pictures: vec![], picture_init: None, ..with_sound(from, 50) };
    let mut clip = clip(&[sound(0), sound(2000), Scene { sound_init: Some(b"other"), ..sound(4000) }]);
    let found: Vec<_> =
        segments(&mut clip).iter().map(|open| (open.layer as u8, open.kind as u8, open.group)).collect();
    assert_eq!(found, [(1, 0, true), (1, 1, false), (1, 1, true), (1, 0, true), (1, 1, false)]);
    assert_eq!(clip.select_segments(2, 3).unwrap().layers(), Layers::Sound);
}

/// T13: a range begins and ends with a group, and layers are chosen that every group of it has.
#[test]
fn t13_a_range_begins_and_ends_where_groups_do() {
    let mut clip = clip(&[with_sound(0, 10), with_sound(2000, 10), with_sound(4000, 10)]);
    // Two parameters, then pictures and sound of each group.
    for (from, to, ends) in
        [(0, 4, None), (4, 6, None), (0, 8, None), (1, 4, Some(1)), (2, 4, Some(2)), (4, 7, Some(7)), (5, 8, Some(5))]
    {
        match (clip.select_segments(from, to), ends) {
            (Ok(selection), None) => assert_eq!(selection.layers(), Layers::Both),
            (Err(ClipError::NoGroup(found)), Some(wanted)) => assert_eq!(found, wanted),
            (other, _) => panic!("{from}..{to}: {other:?}"),
        }
    }
    let whole = clip.select_segments(0, 8).unwrap();
    assert_eq!(whole.only(Layers::Pictures).unwrap().layers(), Layers::Pictures);
    let mut silent = super::scenes::clip(&[pictures(0), pictures(2000)]);
    let selection = silent.select_segments(0, 3).unwrap();
    assert!(matches!(selection.only(Layers::Both), Err(ClipError::NoLayer { group: 0, .. })));
}

/// T13, C8: only groups whose segments all lie in the window are selected, also where sound is wider than the pictures.
#[test]
fn c8_a_window_selects_the_groups_that_lie_in_it() {
    let mut clip = clip(&[with_sound(0, 10), with_sound(2000, 10), with_sound(4000, 10), with_sound(6000, 10)]);
    for (from, to, range) in [
        (0, 8000, Some((0, 10))),
        (1, 8000, Some((4, 10))),
        (2000, 6000, Some((4, 8))),
        (2000, 5999, Some((4, 6))),
        (1999, 6001, Some((4, 8))),
        (2001, 4999, None),
        (6000, 8000, Some((8, 10))),
        (6000, 7999, None),
        (8000, 9000, None),
    ] {
        let found = select(&mut clip, from, to).map(|selection| (selection.range().from(), selection.range().to()));
        assert_eq!(found.ok(), range, "{from}..{to}");
    }
}

/// An end without a group signs a count of zero, and everybody can read it.
#[test]
fn a_clip_that_ended_before_its_first_group_is_empty() {
    let mut camera = new_camera();
    let recording = start(&mut camera, noon(0));
    let file = recording.finish(&mut camera).unwrap().into_inner().to_bytes();
    assert_eq!(
        heads(&file).iter().map(|head| (head.count, head.end.is_some())).collect::<Vec<_>>(),
        [(0, false), (0, true)]
    );
    let mut clip = footage::clip::FinishedClip::open(std::io::Cursor::new(file)).unwrap();
    assert_eq!((clip.count(), clip.ending()), (0, Ending::Finished));
    assert!(matches!(select(&mut clip, 0, 1000), Err(ClipError::EmptyRange)));
    clip.unlock(&super::scenes::keys()[0]).unwrap();
    assert!(camera.open_clips().is_empty());
}

/// Heads stand at the ends of groups only.
#[test]
fn heads_stand_only_at_the_end_of_a_group() {
    for cadence in [Cadence::EveryGroup, Cadence::AtEnd] {
        let mut camera = new_camera();
        let mut recording = camera.start(Content::Video, cadence, noon(0), &mut Pinned(3)).unwrap();
        for group in 0..3 {
            seal(&mut recording, &mut camera, noon(2000 * group + 2000), &with_sound(2000 * group, 10)).unwrap();
        }
        let file = recording.finish(&mut camera).unwrap().into_inner().to_bytes();
        let counts: Vec<_> = heads(&file).iter().map(|head| head.count).collect();
        assert_eq!(counts, if cadence == Cadence::EveryGroup { vec![4, 6, 8, 8] } else { vec![8, 8] });
    }
}

proptest! {
    /// Whatever groups a recording has: the invariants of the format, from what everybody sees.
    #[test]
    fn every_recording_is_in_groups(
        shapes in prop::collection::vec((1_usize..4, prop::option::of(0_usize..40), any::<bool>(), 0_u64..3000, any::<bool>()), 1..12),
        cadence in prop_oneof![Just(Cadence::EveryGroup), Just(Cadence::AtEnd)],
    ) {
        let mut camera = new_camera();
        let mut recording = camera.start(Content::Video, cadence, noon(0), &mut Pinned(3)).unwrap();
        let with_sound = shapes[0].1.is_some();
        let mut time = 0;
        for (pieces, sound, other_init, wait, follows) in &shapes {
            let pieces: Vec<_> = (0..*pieces as u64).map(|at| (time + at * 500, time + at * 500 + 500)).collect();
            let end = pieces[pieces.len() - 1].1;
            let scene = Scene {
                picture_init: Some(if *other_init { b"one" } else { b"two" }),
                sound_init: sound.is_some().then_some(b"sound"),
                sound: sound.map(|bytes| (time, end, bytes)),
                next: follows.then_some(end + wait),
                pictures: pieces,
            };
            seal(&mut recording, &mut camera, noon(scene.end()), &scene).unwrap();
            time = end + wait;
        }
        let mut clip = open(recording.finish(&mut camera).unwrap());
        let secret = clip.unlock(&super::scenes::keys()[0]).unwrap();
        let found = segments(&mut clip);
        let groups: Vec<_> = found.chunk_by(|_, next| !next.group).collect();
        prop_assert_eq!(groups.len(), shapes.len());
        prop_assert!(found[0].group && !found[0].gap);
        let mut before = Millis(0);
        for (group, shape) in groups.iter().zip(&shapes) {
            let count = |layer, kind| group.iter().filter(|open| (open.layer, open.kind) == (layer, kind)).count();
            prop_assert_eq!(count(Layer::Pictures, SegmentKind::Media), shape.0);
            prop_assert_eq!(count(SOUND, SegmentKind::Media), usize::from(with_sound));
            let media = group.iter().position(|open| open.kind == SegmentKind::Media).unwrap();
            prop_assert!(group[media..].iter().all(|open| open.kind == SegmentKind::Media));
            prop_assert!(group[1..].iter().all(|open| !open.gap && !open.group));
            prop_assert!(group[0].start >= before);
            before = group[0].start;
        }
        for (index, open) in (0..).zip(&found) {
            let (header, _) = clip.segment(&secret, index).unwrap();
            prop_assert_eq!(header.open, *open);
            if let Some(init) = header.init {
                prop_assert_eq!((found[init as usize].layer, found[init as usize].kind), (open.layer, SegmentKind::Init));
            }
        }
        // Every run of groups can be granted, and nothing else.
        let edges: Vec<_> = (0..).zip(&found).filter(|(_, open)| open.group).map(|(index, _)| index).chain([clip.count()]).collect();
        for from in 0..=clip.count() {
            for to in from + 1..=clip.count() {
                let selected = clip.select_segments(from, to);
                prop_assert_eq!(selected.is_ok(), edges.contains(&from) && edges.contains(&to));
            }
        }
    }
}
