//! Runs as files that players open: what the resident sees before consenting, what the agency opens, what the owner plays.

use std::cell::RefCell;
use std::io::Cursor;
use std::rc::Rc;

use footage::agency::PlayableRunError;
use footage::clip::{ClipError, FinishedClip, PlayableRangeError, SegmentRange};
use footage::media::{Bytes, Cutter, Form};
use footage::record::{Layers, Window};
use footage::resident::Preview;

use super::clips::open;
use super::phone::Remote;
use footage_support::common::World;

const SAMPLE: &[u8] = include_bytes!("../../../examples/data/sample.mp4");
const FORMS: [Form; 2] = [Form::Fragmented, Form::FastStart];

/// Seals a recording within the window of the request.
fn sealed(world: &mut World, recording: Cutter<&[u8]>, window: Window) -> Vec<u8> {
    world.camera.seal(recording, Some(window), |_| {}, &mut world.random).unwrap().into_inner().to_bytes()
}

/// The sample, and once more with pictures that another codec made.
fn two_codecs() -> Vec<u8> {
    let mut recording = SAMPLE.to_vec();
    let entry = SAMPLE.windows(4).position(|name| name == b"avc1").unwrap();
    recording.extend_from_slice(SAMPLE);
    // The width.
    recording[SAMPLE.len() + entry + 29] ^= 1;
    recording
}

/// A resident sees before consenting exactly the files that the agency opens, in both forms, also where ranges of different layers
/// touch, and where the recording changes its codec.
#[test]
fn m3_the_preview_is_the_file_that_the_agency_opens() {
    let mut world = World::new();
    let request = world.request();
    let recording = two_codecs();
    let clip = sealed(&mut world, Cutter::new(&recording), request.statement().window);
    // Two groups, two without sound, and three of which the last two have the second codec.
    let ranges = [(0, 6, Layers::Both), (6, 10, Layers::Pictures), (12, 19, Layers::Both)];
    let mut owned = [world.owned(&clip)];
    let selections = ranges.map(|(from, to, layers)| owned[0].select_segments(from, to).unwrap().only(layers).unwrap());
    let mut preview = Preview::new(&mut owned, &selections).unwrap();
    let previewed: Vec<Vec<Vec<u8>>> = (0..preview.runs().len())
        .map(|run| {
            FORMS.map(|form| {
                let mut file = Vec::new();
                preview.write_playable(run, form, &mut file).unwrap();
                file
            })
        })
        .map(Vec::from)
        .collect();
    let runs = preview.runs().to_vec();
    let ends: Vec<_> = runs.iter().map(|run| (run.range.from(), run.range.to())).collect();
    assert_eq!(ends, [(0, 10), (12, 14), (14, 19)]);
    assert_eq!(runs[0].layers, Layers::Both);

    let granted = world.grant_all(&request, &[(&clip, &ranges)], 7);
    let mut opened = open(&mut world, &granted);
    assert_eq!(opened.excerpt.runs(), runs);
    for (run, forms) in previewed.iter().enumerate() {
        for (form, file) in FORMS.into_iter().zip(forms) {
            let mut own = Vec::new();
            opened.excerpt.write_playable(run, form, &mut own).unwrap();
            assert!(own == *file, "run {run}");
        }
    }
    // What is not granted is in no file: the third file has the second codec, and none has all of the sound.
    assert!(previewed.iter().flatten().all(|file| file.len() < SAMPLE.len()));
    assert!(matches!(opened.excerpt.write_playable(3, Form::FastStart, Vec::new()), Err(PlayableRunError::Open(_))));
}

#[test]
fn a_preview_of_what_cannot_be_granted_is_refused() {
    let mut world = World::new();
    let request = world.request();
    let clip = sealed(&mut world, Cutter::new(SAMPLE), request.statement().window);
    let mut owned = [world.owned(&clip)];
    let selection = owned[0].select_segments(4, 6).unwrap();
    // Twice the same, and none at all.
    assert!(Preview::new(&mut owned, &[selection, selection]).is_err());
    assert!(Preview::new(&mut owned, &[]).is_err());
}

#[test]
fn a_file_that_is_no_video_is_written_as_it_is() {
    let mut world = World::new();
    let request = world.request();
    let file = b"eight or ten bytes at a time";
    let clip = sealed(&mut world, Cutter::by_size(&file[..], Bytes(8)).unwrap(), request.statement().window);
    let mut owned = [world.owned(&clip)];
    let selection = owned[0].select_segments(1, 3).unwrap();
    let mut preview = Preview::new(&mut owned, &[selection]).unwrap();
    let refused = preview.write_playable(0, Form::Fragmented, Vec::new());
    assert!(matches!(refused, Err(PlayableRunError::NotVideo)));
    let (mut content, mut told) = (Vec::new(), 0);
    preview.go_to(0).unwrap();
    preview.open_all(&mut content, |bytes| told = bytes).unwrap();
    assert_eq!((content.as_slice(), told), (&file[8..24], 16));
    let mut clip = FinishedClip::open(Cursor::new(&clip)).unwrap();
    let secret = clip.unlock(&world.owner).unwrap();
    let refused = clip.write_playable(&secret, SegmentRange::new(0, 1).unwrap(), Form::Fragmented, Vec::new());
    assert!(matches!(refused, Err(PlayableRangeError::NotVideo)));
}

/// An owner plays a range of a clip that lies elsewhere: of the segments only those of the range are read, and their inits.
#[test]
fn an_owner_plays_a_range_without_the_whole_file() {
    let mut world = World::new();
    let request = world.request();
    let recording = two_codecs();
    let sealed = sealed(&mut world, Cutter::new(&recording), request.statement().window);
    let read = Rc::new(RefCell::new(0));
    let mut clip = FinishedClip::open_remote(Remote { clip: Cursor::new(&sealed), read: Rc::clone(&read) }).unwrap();
    let secret = clip.unlock(&world.owner).unwrap();
    let mut playable = |from, to, form| {
        let mut file = Vec::new();
        let range = SegmentRange::new(from, to).unwrap();
        clip.write_playable(&secret, range, form, &mut file).map(|()| file)
    };
    let mut owned = [world.owned(&sealed)];
    for (from, to) in [(4, 8), (17, 21)] {
        let selection = owned[0].select_segments(from, to).unwrap();
        let mut preview = Preview::new(&mut owned, &[selection]).unwrap();
        for form in FORMS {
            *read.borrow_mut() = 0;
            let file = playable(from, to, form).unwrap();
            let length = file.len() as u64;
            assert!(*read.borrow() < 2 * length + 30_000, "{} bytes for {length}", read.borrow());
            let mut granted = Vec::new();
            preview.write_playable(0, form, &mut granted).unwrap();
            assert!(file == granted);
        }
    }
    let refused = playable(4, 17, Form::Fragmented);
    assert!(matches!(refused, Err(PlayableRangeError::Codec(14))), "{refused:?}");
    for (from, to, border) in [(5, 8, 5), (0, 1, 1), (4, 7, 7)] {
        let refused = playable(from, to, Form::Fragmented);
        assert!(
            matches!(refused, Err(PlayableRangeError::Clip(ClipError::NoGroup(at))) if at == border),
            "{refused:?}"
        );
    }
}
