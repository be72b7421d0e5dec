//! Sound that is left out of a grant does not show when somebody spoke.

use footage::clip::OpenHalf;
use footage::record::{Ending, Layer, SegmentKind};
use proptest::prelude::*;

use super::scenes::{Scene, clip, keys, new_camera, noon, open, pictures, seal, segments, start, with_sound};

/// The pictures of a group: how many pieces, how long until the next group begins, and whether that is known.
type Shape = (u64, u64, bool);

/// What the microphone hears in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// The group has no sound.
    Absent,
    /// The group has sound that is empty.
    Nothing,
    /// Somebody speaks, for so many milliseconds, and so many bytes.
    Somebody(u64, usize),
}

/// When the codec parameters of the sound are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parameters {
    /// With the first group, and again whenever somebody speaks.
    AtFirst,
    /// Whenever somebody speaks, but not with the first group.
    WhenSpoken,
    /// Never: a codec without any.
    Never,
}

fn scenes(shapes: &[Shape], heard: &[Heard], parameters: Parameters) -> Vec<Scene> {
    let mut from = 0;
    let scene = |(group, (&(pieces, wait, follows), &heard)): (usize, (&Shape, &Heard))| {
        let pictures: Vec<_> = (0..pieces).map(|piece| (from + 500 * piece, from + 500 * piece + 500)).collect();
        let (begin, end) = (from, from + 500 * pieces);
        from = end + wait;
        let spoken = matches!(heard, Heard::Somebody(..));
        let given = match parameters {
            Parameters::AtFirst => group == 0 || spoken,
            Parameters::WhenSpoken => group > 0 && spoken,
            Parameters::Never => false,
        };
        Scene {
            picture_init: Some(b"codec parameters"),
            sound_init: given.then_some(b"sound parameters"),
            pictures,
            sound: match heard {
                Heard::Absent => None,
                Heard::Nothing => Some((begin, begin, 0)),
                Heard::Somebody(long, bytes) => Some((begin + 100, (begin + 100 + long).min(end), bytes)),
            },
            next: follows.then_some(end + wait),
        }
    };
    shapes.iter().zip(heard).enumerate().map(scene).collect()
}

/// What everybody sees of a recording's segments.
fn seen(shapes: &[Shape], heard: &[Heard], parameters: Parameters) -> Vec<OpenHalf> {
    segments(&mut clip(&scenes(shapes, heard, parameters)))
}

fn heard() -> impl Strategy<Value = Heard> {
    prop_oneof![
        Just(Heard::Absent),
        Just(Heard::Nothing),
        (0_u64..3000, 1_usize..50).prop_map(|(long, bytes)| Heard::Somebody(long, bytes)),
    ]
}

proptest! {
    /// T33, C14: two recordings with the same pictures, of which one hears somebody and the other nobody, or others: what a
    /// grant shows of sound that it leaves out is equal.
    #[test]
    fn t33_sound_that_is_left_out_is_equal_whatever_was_spoken(
        groups in prop::collection::vec(((1_u64..4, 0_u64..3000, any::<bool>()), heard(), heard()), 1..10),
        parameters in prop_oneof![Just(Parameters::AtFirst), Just(Parameters::WhenSpoken), Just(Parameters::Never)],
        with_sound in any::<bool>(),
    ) {
        let shapes: Vec<_> = groups.iter().map(|group| group.0).collect();
        let [one, other] = [|group: &(_, Heard, Heard)| group.1, |group: &(_, Heard, Heard)| group.2].map(|pick| {
            let mut heard: Vec<_> = groups.iter().map(pick).collect();
            // The first group decides whether the clip has sound.
            heard[0] = match heard[0] {
                _ if !with_sound && parameters != Parameters::AtFirst => Heard::Absent,
                Heard::Absent => Heard::Nothing,
                heard => heard,
            };
            seen(&shapes, &heard, parameters)
        });
        prop_assert_eq!(&one, &other);
        let sound = one.iter().filter(|open| open.layer == Layer::Sound && open.kind == SegmentKind::Media).count();
        let has = with_sound || parameters == Parameters::AtFirst;
        prop_assert_eq!(sound, if has { shapes.len() } else { 0 });
        prop_assert!(one.iter().all(|open| open.layer == Layer::Pictures || !open.gap));
    }
}

/// T33: a microphone whose codec parameters come when somebody first speaks. The clip shows nothing of it but the count.
#[test]
fn t33_parameters_that_come_when_somebody_speaks_are_not_taken() {
    let quiet = Scene { sound_init: None, ..with_sound(0, 0) };
    let later = [
        quiet.clone(),
        Scene { sound_init: None, ..with_sound(2000, 0) },
        with_sound(4000, 50),
        Scene { sound_init: None, ..with_sound(6000, 70) },
    ];
    let mut camera = new_camera();
    let mut recording = start(&mut camera, noon(0));
    for scene in &later {
        seal(&mut recording, &mut camera, noon(scene.end()), scene).unwrap();
    }
    let mut clip = open(recording.finish(&mut camera).unwrap());
    assert_eq!((clip.ending(), clip.left_out()), (Ending::Finished, (1, 2 * 94)));
    let silent: Vec<_> = (0..4).map(|n| Scene { sound_init: None, ..with_sound(2000 * n, 0) }).collect();
    assert_eq!(segments(&mut clip), segments(&mut super::scenes::clip(&silent)));
    let secret = clip.unlock(&keys()[0]).unwrap();
    for index in 0..clip.count() {
        let (header, content) = clip.segment(&secret, index).unwrap();
        assert!(header.open.layer == Layer::Pictures || content.is_empty());
    }
    // Parameters alone, of a track in which nobody speaks, are sound.
    let declared = Scene { sound: None, ..with_sound(0, 0) };
    let spoken = [declared, with_sound(2000, 50), pictures(4000)];
    let all = [with_sound(0, 10), with_sound(2000, 50), with_sound(4000, 20)];
    assert_eq!(segments(&mut super::scenes::clip(&spoken)), segments(&mut super::scenes::clip(&all)));
}

/// T33: parameters that really change are new ones, and a gap, also if nobody speaks.
#[test]
fn new_parameters_of_the_sound_are_a_gap_whatever_is_heard() {
    let seen = |bytes: usize| {
        let changed = Scene { sound_init: Some(b"other parameters"), ..with_sound(2000, bytes) };
        segments(&mut super::scenes::clip(&[with_sound(0, 10), changed, with_sound(4000, 10)]))
    };
    assert_eq!(seen(0), seen(40));
    let gaps: Vec<_> = seen(0).iter().map(|open| open.gap).collect();
    // The inits, pictures and sound of the first group; then an init, pictures and sound; the parameters of before are new.
    assert_eq!(gaps, [false, false, false, false, true, false, false, true, false, false]);
}
