//! T7: parts that are not in their one form, each proven and locked as it has to be.

use std::io::Cursor;

use crate::clip::sample::SampleCamera;
use crate::clip::{Cadence, SegmentRange};
use crate::record::{End, Ending, Head, Layers, Millis, Timestamp, Verified, Window};

use super::attacks::ends;
use super::forged::{Scene, always, make, silent};
use super::part::{Init, LeftOut, Listed};
use super::{Excerpt, OpenExcerpt, OpenExcerptError};

/// The scene with these ranges and layers, as its owner makes it.
fn scene_of(mut scene: Scene, ranges: &[(u32, u32, Layers)]) -> Scene {
    scene.grant(ranges);
    scene
}

fn pictures(from: u32, to: u32) -> (u32, u32, Layers) {
    (from, to, Layers::Pictures)
}

#[test]
fn several_ranges_open_with_their_own_layers() {
    // Two init segments with the first group, then pictures and sound of each group: 4 and 5, and so on.
    let scene = scene_of(silent(), &[pictures(0, 4), (4, 6, Layers::Both), (8, 10, Layers::Sound)]);
    let contents = scene.made().contents().unwrap();
    let (init, sound) = (b"codec parameters".as_slice(), b"sound parameters".as_slice());
    let voice = b"a voice".as_slice();
    let expected = [init, sound, b"zero", b"one", voice, sound, voice];
    assert_eq!(contents, expected);
    let made = scene.made();
    let open = made_open(&made, always()).unwrap();
    let runs: Vec<_> = open.runs().iter().map(|run| (run.clip, run.range.from(), run.range.to())).collect();
    assert_eq!(runs, [(0, 0, 6), (0, 8, 10)]);
}

/// What a grant takes is counted while its parts are read, so that one that claims more costs no memory: a part that lists a
/// range too many for what is left is refused before anything else in it is looked at.
#[test]
fn what_a_grant_takes_is_counted_before_it_is_read() {
    let (first, mut second) = (scene_of(silent(), &[pictures(0, 4)]), scene_of(silent(), &[pictures(0, 4)]));
    let range = |from: u32| super::part::RangePart {
        range: SegmentRange::new(from, from + 1).unwrap(),
        layers: Layers::Pictures,
        seeds: [Vec::new(), Vec::new()],
        segments: Vec::new(),
        end: None,
    };
    // One range is taken, so that 255 are left. Both are none that any clip has.
    for (ranges, counted) in [(255, false), (256, true)] {
        second.part.ranges = (0..ranges).map(range).collect();
        let clips = [(&first.part, &first.bodies[..]), (&second.part, &second.bodies[..])];
        let error = made_open(&make(&clips), always()).unwrap_err();
        let found = matches!(error, OpenExcerptError::Form("more than one grant takes"));
        assert_eq!(found, counted, "{ranges} ranges: {error}");
    }
}

fn made_open(made: &super::forged::Made, window: Window) -> Result<OpenExcerpt<Cursor<Vec<u8>>>, OpenExcerptError> {
    OpenExcerpt::open(Excerpt::open(Cursor::new(made.file.clone())).unwrap(), &made.key(), window)
}

/// A run can be read again, by itself, and the init segments that it needs come with it.
#[test]
fn a_run_is_read_again_by_itself() {
    let scene = scene_of(Scene::new(), &[pictures(2, 3), pictures(4, 6)]);
    let made = scene.made();
    let mut open = made_open(&made, always()).unwrap();
    for _ in 0..2 {
        open.go_to(1).unwrap();
        let mut content = Vec::new();
        open.open_all(&mut content, |_| {}).unwrap();
        assert_eq!(content, b"codec parametersthreefour");
    }
    open.go_to(0).unwrap();
    assert_eq!(open.next_segment().unwrap().unwrap().content.as_slice(), b"codec parameters");
    assert_eq!(open.next_segment().unwrap().unwrap().content.as_slice(), b"one");
    assert!(open.next_segment().unwrap().is_none());
    assert!(matches!(open.go_to(2), Err(OpenExcerptError::NoRun(2))));
}

#[test]
fn t7_a_clip_without_a_range_is_refused() {
    let mut scene = silent();
    scene.part.ranges.clear();
    scene.part.inits.clear();
    scene.bodies.clear();
    assert!(matches!(ends(&scene), OpenExcerptError::Form("no range")));
}

#[test]
fn t7_an_end_that_is_not_due_is_refused() {
    // Where the next range begins, and where the clip ends.
    let mut scene = scene_of(silent(), &[pictures(0, 4), (4, 6, Layers::Both)]);
    let segment = scene.clip.listed(SegmentRange::new(4, 5).unwrap()).unwrap()[0];
    scene.part.ranges[0].end = Some(LeftOut::of(&segment));
    assert!(matches!(ends(&scene), OpenExcerptError::Form("the end of a range")));
    let mut scene = scene_of(silent(), &[pictures(12, 14)]);
    let mut end = LeftOut::of(&segment);
    end.open.index = 14;
    scene.part.ranges[0].end = Some(end);
    assert!(matches!(ends(&scene), OpenExcerptError::Form(_)));
}

#[test]
fn t7_an_init_segment_is_listed_once() {
    const INITS: &str = "the init segments";
    // One that a range grants is listed once more.
    let mut scene = scene_of(silent(), &[(0, 4, Layers::Both)]);
    assert!(scene.part.inits.is_empty());
    let segment = *scene.part.ranges[0].segments[0].granted().unwrap();
    scene.part.inits.push(Init { seed: scene.secret.seed(segment.header.open.layer, 0), segment });
    scene.fetch();
    assert!(matches!(ends(&scene), OpenExcerptError::Form(INITS)));
    // With another leaf than the one that stands left out.
    let mut scene = scene_of(silent(), &[(0, 4, Layers::Pictures), (4, 6, Layers::Both)]);
    assert_eq!(scene.part.inits.len(), 1, "the sound's, which is left out of the first range");
    let Listed::LeftOut(left) = &mut scene.part.ranges[0].segments[1] else { panic!("granted") };
    left.open.gap = !left.open.gap;
    assert!(matches!(ends(&scene), OpenExcerptError::Form("two leaves for one segment")));
}

#[test]
fn t7_one_clip_by_two_manifests_is_refused() {
    let opened = |scenes: &[&Scene]| {
        let clips: Vec<_> = scenes.iter().map(|scene| (&scene.part, scene.bodies.as_slice())).collect();
        make(&clips).contents()
    };
    // One clip by two manifests of its camera: the second says that it was recovered, and has fewer segments.
    let mut second = Scene::new();
    let first = Scene::new();
    let head = first.clip.manifest().statement().clone();
    let recovered = End { how: Ending::Recovered, tracks: 0, samples: 0 };
    let manifest = Verified::sign(Head { end: Some(recovered), ..head }, &second.camera.key);
    second.part.manifest = manifest.to_bytes();
    assert!(opened(&[&second]).is_ok(), "a camera could have signed it");
    assert!(matches!(opened(&[&first, &second]), Err(OpenExcerptError::Form(_))));
}

/// P8, R6: what lies outside of the window by a millisecond is refused, also where it is left out.
#[test]
fn a_clip_outside_of_the_window_is_refused() {
    let scene = scene_of(silent(), &[pictures(4, 8)]);
    let made = scene.made();
    let window = |from: u64, to: u64| {
        Window::new(Timestamp::from_millis(from).unwrap(), Timestamp::from_millis(to).unwrap()).unwrap()
    };
    // The groups of the second and third second.
    let second = Millis::SECOND.0;
    assert!(made_open(&made, window(second, 3 * second)).is_ok());
    for window in [window(second + 1, 3 * second), window(second, 3 * second - 1)] {
        assert!(matches!(made_open(&made, window), Err(OpenExcerptError::Window(_))));
    }
}

/// T8: the key of one part opens no other part: no other clip, and not the words.
#[test]
fn t8_the_key_of_one_part_opens_no_other() {
    let mut camera = SampleCamera::new(1);
    let scenes = [(); 2].map(|()| {
        let file = camera.clip(&[b"a", b"b"], Cadence::AtEnd);
        Scene::granting(SampleCamera::new(1), file, pictures(0, 2))
    });
    let clips: Vec<_> = scenes.iter().map(|scene| (&scene.part, scene.bodies.as_slice())).collect();
    let made = make(&clips);
    let mut excerpt = Excerpt::open(Cursor::new(made.file.clone())).unwrap();
    let key = made.key();
    for part in 0..3 {
        for other in 0..3_u16 {
            let mut sealed = excerpt.sealed(part).unwrap();
            let suite = crate::crypto::Suite::ChaCha20Poly1305;
            let opened = crate::crypto::open(suite, &key.part(other), &[], &mut sealed);
            assert_eq!(opened.is_ok(), part == usize::from(other), "part {part} with the key of {other}");
        }
    }
    // What one clip's part holds is nothing of the other clip, and not the words.
    let plain = scenes[0].part.to_bytes();
    let holds = |bytes: &[u8]| plain.windows(bytes.len()).any(|window| window == bytes);
    assert!(!holds(b"At the door."));
    assert!(!holds(scenes[1].clip.clip().as_bytes()) && !holds(scenes[1].part.ranges[0].seeds[0][0].expose()));
}

/// A file that somebody else alters while it is read.
#[derive(Clone)]
struct Shared(std::rc::Rc<std::cell::RefCell<Cursor<Vec<u8>>>>);

impl std::io::Read for Shared {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().read(to)
    }
}

impl std::io::Seek for Shared {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}

/// P4, P6: a file that changes while it is open yields what was granted, and nothing of a body that was altered.
#[test]
fn a_file_that_changes_while_it_is_open_yields_no_other_content() {
    let scene = Scene::new();
    let made = scene.made();
    let expected = made.contents().unwrap();
    for (place, body) in scene.bodies.iter().enumerate() {
        let at = made.file.windows(body.len()).position(|window| window == body.as_slice()).unwrap();
        for at in [at, at + body.len() - 1] {
            let file = Shared(std::rc::Rc::new(std::cell::RefCell::new(Cursor::new(made.file.clone()))));
            let excerpt = Excerpt::open(file.clone()).unwrap();
            let mut open = OpenExcerpt::open(excerpt, &made.key(), always()).unwrap();
            file.0.borrow_mut().get_mut()[at] ^= 1;
            for (number, content) in expected.iter().enumerate() {
                match open.next_segment() {
                    Ok(segment) => assert!(number != place && *segment.unwrap().content == *content),
                    Err(error) => {
                        assert!(number == place && matches!(error, OpenExcerptError::Segment(_)), "{error}");
                    }
                }
            }
        }
    }
}

/// P6: who has a segment's key makes another body for it, under its own header, and puts it into the file while it is open.
#[test]
fn p6_a_body_that_is_sealed_anew_while_the_file_is_open_is_refused() {
    let mut scene = Scene::new();
    let made = scene.made();
    let header = super::forged::granted(&mut scene.part, 0).header;
    let other = scene.sealed_anew(2, header).1;
    let at = made.file.windows(other.len()).position(|window| window == scene.bodies[1].as_slice()).unwrap();
    let file = Shared(std::rc::Rc::new(std::cell::RefCell::new(Cursor::new(made.file.clone()))));
    let mut open = OpenExcerpt::open(Excerpt::open(file.clone()).unwrap(), &made.key(), always()).unwrap();
    file.0.borrow_mut().get_mut()[at..at + other.len()].copy_from_slice(&other);
    assert!(open.next_segment().is_ok(), "the init segment");
    assert!(matches!(open.next_segment(), Err(OpenExcerptError::Segment(2))));
}

/// P5: a part is held against the envelope again when it is opened.
#[test]
fn p5_a_part_that_changes_after_it_was_taken_in_is_refused() {
    let made = Scene::new().made();
    let file = Shared(std::rc::Rc::new(std::cell::RefCell::new(Cursor::new(made.file.clone()))));
    let mut excerpt = Excerpt::open(file.clone()).unwrap();
    let sealed = excerpt.sealed(1).unwrap();
    let at = made.file.windows(sealed.len()).position(|window| window == sealed.as_slice()).unwrap();
    file.0.borrow_mut().get_mut()[at] ^= 1;
    assert!(matches!(excerpt.sealed(1), Err(super::ExcerptError::Altered("part"))));
}
