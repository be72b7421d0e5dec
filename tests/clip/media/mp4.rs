//! Cutting fragmented MP4.

use proptest::prelude::*;

use footage::media::{Cut, CutError, Cutter};
use footage::record::{Layer, SegmentKind};

use super::boxes::{
    atom, boxes, child, described, file, fragment, ftyp, inits, mdat, moof, moof_of, moov, movie, only, samples, trak,
    trex, words,
};
use super::{cut, joined};

pub(super) fn sample() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4")).unwrap()
}

fn media(cuts: &[Cut], layer: Layer) -> impl Iterator<Item = &Cut> {
    cuts.iter().filter(move |cut| cut.kind == SegmentKind::Media && cut.layer == layer)
}

pub(super) fn times(cuts: &[Cut], layer: Layer) -> Vec<(u64, u64)> {
    media(cuts, layer).map(|cut| (cut.start.0, cut.duration.0)).collect()
}

fn contents(cuts: &[Cut], layer: Layer) -> Vec<Vec<u8>> {
    media(cuts, layer).map(|cut| cut.bytes.clone()).collect()
}

/// The cuts of a recording that is cut to its end.
pub(super) fn cuts_of(recording: &[u8]) -> Vec<Cut> {
    let (cuts, error) = cut(recording);
    assert_eq!(error, None);
    cuts
}

fn pictures(recording: &[u8]) -> Vec<Vec<u8>> {
    contents(&cuts_of(recording), Layer::Pictures)
}

/// For each group, whether it begins after a gap.
pub(super) fn gaps(cuts: &[Cut]) -> Vec<bool> {
    cuts.iter().filter(|cut| cut.group).map(|cut| cut.gap).collect()
}

fn left_out(recording: &[u8]) -> (u64, u64) {
    let mut cutter = Cutter::new(recording);
    cutter.by_ref().for_each(|cut| drop(cut.unwrap()));
    cutter.left_out()
}

fn failure(recording: &[u8]) -> CutError {
    cut(recording).1.expect("refused")
}

#[test]
fn the_sample_has_six_groups() {
    let sample = sample();
    let cuts = cuts_of(&sample);
    let order = |cut: &Cut| (cut.layer, cut.kind, cut.group);
    let group = [(Layer::Pictures, SegmentKind::Media, true), (Layer::Sound, SegmentKind::Media, false)];
    let mut expected = vec![(Layer::Pictures, SegmentKind::Init, true), (Layer::Sound, SegmentKind::Init, false)];
    expected.extend([(Layer::Pictures, SegmentKind::Media, false), (Layer::Sound, SegmentKind::Media, false)]);
    expected.extend(group.repeat(5));
    assert_eq!(cuts.iter().map(order).collect::<Vec<_>>(), expected);
    assert_eq!(gaps(&cuts), [false; 6]);
    // The first picture is presented 80 ms after the first sound.
    let pictures = [(80, 1000), (1080, 1000), (2080, 1000), (3080, 1000), (4080, 1000), (5080, 280)];
    assert_eq!(times(&cuts, Layer::Pictures), pictures);
    let sound = [(0, 1019), (1018, 982), (2000, 1003), (3002, 1004), (4005, 1003), (5008, 384)];
    assert_eq!(times(&cuts, Layer::Sound), sound);
    // Every sample, and the codec parameters without the last box, which is a `udta`.
    let moov = child(&sample, b"moov");
    for (init, layer, track) in [(0, Layer::Pictures, 1), (1, Layer::Sound, 2)] {
        assert_eq!(cuts[init].bytes, [&sample[..28], &only(moov, track)].concat());
        let found = joined(media(&cuts, layer));
        assert_eq!(samples(&found, track), samples(&sample, track));
        assert!(samples(&found, 3 - track).is_empty());
        let count: u64 = media(&cuts, layer).map(|cut| cut.samples).sum();
        assert_eq!(count, samples(&sample, track).len() as u64);
        // Nothing but samples.
        let data: usize =
            boxes(&found).into_iter().filter(|(_, name, _)| name == b"mdat").map(|found| found.2.len()).sum();
        assert_eq!(data, samples(&found, track).concat().len());
    }
    assert_eq!(left_out(&sample), (0, 0));
}

#[test]
fn the_init_and_a_run_of_a_layer_are_a_recording() {
    let cuts = cuts_of(&sample());
    for (init, layer, kind) in [(0, Layer::Pictures, "v"), (1, Layer::Sound, "a")] {
        let run: Vec<_> = media(&cuts, layer).skip(1).take(3).collect();
        let file = [&cuts[init].bytes[..], &joined(run.iter().copied())].concat();
        let again = cuts_of(&file);
        assert_eq!(joined(&again), file);
        let (first, last) = (run[0], run[2]);
        let length = last.start.0 + last.duration.0 - first.start.0;
        let spans = times(&again, layer);
        let end = spans.last().map(|(start, duration)| start + duration).unwrap();
        assert!(spans[0].0 == 0 && end.abs_diff(length) <= 1, "{spans:?}");

        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("run-{kind}.mp4"));
        std::fs::write(&path, file).unwrap();
        let probe = std::process::Command::new("ffprobe")
            .args(["-v", "error", "-count_frames", "-of", "csv=p=0"])
            .args(["-show_entries", "stream=codec_type,nb_read_frames"])
            .arg(path)
            .output();
        let frames: u64 = run.iter().map(|cut| cut.samples).sum();
        let kind = if layer == Layer::Pictures { "video" } else { "audio" };
        match probe {
            Ok(said) => assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), format!("{kind},{frames}")),
            Err(_) => eprintln!("not checked by decoding: there is no ffprobe"),
        }
    }
}

#[test]
fn a_cut_off_recording_gives_its_whole_groups() {
    let sample = sample();
    let (cuts, _) = cut(&sample);
    for (end, at, whole) in [(300_000, 254_853, 8), (254_855, 254_853, 8), (254_853, 254_285, 8), (80_000, 1961, 0)] {
        let (some, error) = cut(&sample[..end]);
        assert_eq!(error, Some(CutError::Truncated { at, end: end as u64 }));
        assert_eq!(some, cuts[..whole]);
    }
}

#[test]
fn an_ftyp_without_its_moov_begins_no_cut() {
    let with = |stray: &[u8]| {
        let first = [fragment(1, 0, true), stray.to_vec(), atom(b"mdat", &[b"more"])].concat();
        file(&[first, stray.to_vec(), fragment(1, 1000, false), fragment(1, 2000, true)])
    };
    let (cuts, error) = cut(&with(&ftyp()));
    assert_eq!((cuts.len(), error), (6, None));
    assert_eq!(contents(&cuts, Layer::Pictures)[0], [fragment(1, 0, true), fragment(1, 1000, false)].concat());
    assert_eq!(cut(&with(&ftyp())), cut(&with(&atom(b"skip", &[&[0; 12]]))));
    let parted = file(&[moof(1, Some(0), true), ftyp(), atom(b"mdat", &[b"late"])]);
    assert!(matches!(failure(&parted), CutError::Malformed { .. }));
}

#[test]
fn positions_and_titles_stay_out() {
    let where_it_was = b"+48.8577+002.295/";
    let private = [b"udta", b"meta", b"uuid", b"free", b"skip"].map(|name| atom(name, &[where_it_was])).concat();
    let gps = atom(b"gps ", &[where_it_was]);
    let event = atom(b"emsg", &[where_it_was]);
    let inside = [private.clone(), gps.clone()].concat();
    let moof_with = moof_of(1, Some(0), true, 2, event.len() as u32 + 8, &inside);
    let data = atom(b"mdat", &[b"twenty bytes of video", where_it_was]);
    let parts = [ftyp(), private.clone(), moov(&private), event.clone(), moof_with, event.clone()];
    let recording = [parts.concat(), data, gps, event].concat();
    let cuts = cuts_of(&recording);
    assert_eq!(joined(&cuts).windows(9).find(|bytes| where_it_was.starts_with(bytes)), None);
    assert_eq!([cuts[0].bytes.clone(), cuts[1].bytes.clone()], inits());
    assert_eq!(cuts[2].bytes, [moof(1, Some(0), true), atom(b"mdat", &[b"twenty bytes of vide"])].concat());
    assert_eq!((cuts[3].layer, cuts[3].bytes.len(), cuts.len()), (Layer::Sound, 0, 4));
}

#[test]
fn nothing_of_other_tracks_goes_out_and_it_is_counted() {
    let traks = [trak(1, b"vide", &[]), trak(2, b"soun", &[]), trak(3, b"soun", &[]), trak(4, b"vide", &[])];
    let moov = movie(&traks, &[trex(1), trex(2), trex(3), trex(4)], &[]);
    let parts = [1, 4, 2, 3].map(|track| fragment(track, 0, true));
    let recording = [ftyp(), moov, parts.concat(), fragment(3, 1000, true)].concat();
    let cuts = cuts_of(&recording);
    let [pictures, sound] = inits();
    assert_eq!(
        cuts.iter().map(|cut| cut.bytes.clone()).collect::<Vec<_>>(),
        [pictures, sound, fragment(1, 0, true), fragment(2, 0, true)]
    );
    assert_eq!(left_out(&recording), (2, 30));
    // Sound has no group to go into where there are no pictures.
    assert_eq!((left_out(&file(&[fragment(2, 0, true)])), cut(&file(&[fragment(2, 0, true)])).0.len()), ((0, 10), 0));
}

#[test]
fn both_tracks_of_a_fragment_are_parted() {
    let [one, two] = [moof(1, Some(0), true), moof(2, Some(0), true)];
    let traf = |moof: &[u8], offset: u32| {
        let body = child(&moof[8..], b"traf");
        let mut traf = atom(b"traf", &[body]);
        let place = traf.len() - 8;
        traf[place..place + 4].copy_from_slice(&offset.to_be_bytes());
        traf
    };
    let both =
        |pictures, sound| atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf(&one, pictures), &traf(&two, sound)]);
    let begin = both(0, 0).len() as u32 + 8;
    let data = |track| words(&[track, 0, track, 0, track]);
    for (pictures, sound, parts) in [(begin, begin + 20, [1, 2]), (begin + 20, begin, [2, 1])] {
        let data = atom(b"mdat", &[&data(parts[0]), &data(parts[1])]);
        let cuts = cuts_of(&file(&[both(pictures, sound), data]));
        assert_eq!(contents(&cuts, Layer::Pictures), [fragment(1, 0, true)]);
        assert_eq!(contents(&cuts, Layer::Sound), [fragment(2, 0, true)]);
    }
}

#[test]
fn a_cut_begins_at_a_key_frame() {
    let parts = [(0, true), (1000, false), (2000, false), (3000, true), (4000, false)]
        .map(|(time, sync)| fragment(1, time, sync));
    let recording = file(&parts);
    let cuts = cuts_of(&recording);
    assert_eq!(contents(&cuts, Layer::Pictures), [parts[..3].concat(), parts[3..].concat()]);
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 3000), (3000, 2000)]);
    assert_eq!(contents(&cuts, Layer::Sound), [[0; 0]; 2]);
    assert_eq!(times(&cuts, Layer::Sound), [(0, 0), (3000, 0)]);
}

#[test]
fn sound_goes_with_its_pictures() {
    let [v0, v1, v2] = [0, 1000, 2000].map(|time| fragment(1, time, true));
    // Sound begins a little before its pictures: frames of the two differ in length.
    let [a0, a1, a2] = [0, 980, 1960].map(|time| fragment(2, time, true));
    for order in [[&v0, &a0, &v1, &a1, &v2, &a2], [&a0, &v0, &a1, &v1, &a2, &v2]] {
        let cuts = cuts_of(&file(&order.map(Clone::clone)));
        assert_eq!(contents(&cuts, Layer::Pictures), [v0.clone(), v1.clone(), v2.clone()]);
        assert_eq!(contents(&cuts, Layer::Sound), [a0.clone(), a1.clone(), a2.clone()]);
        assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000), (1000, 1000), (2000, 1000)]);
        assert_eq!(times(&cuts, Layer::Sound), [(0, 1000), (980, 1000), (1960, 1000)]);
    }
}

#[test]
fn sound_alone_is_cut_every_two_seconds() {
    let trex = atom(b"trex", &[&words(&[0, 2, 1, 100, 0, 1 << 16])]);
    let moov = movie(&[trak(2, b"soun", &[])], &[trex], &[]);
    let parts = [500, 1500, 2500, 3500, 4500].map(|time| fragment(2, time, false));
    let cuts = cuts_of(&[ftyp(), moov, parts.concat()].concat());
    assert_eq!(times(&cuts, Layer::Sound), [(0, 2000), (2000, 2000), (4000, 1000)]);
    assert_eq!(contents(&cuts, Layer::Sound), [parts[..2].concat(), parts[2..4].concat(), parts[4].clone()]);
    assert!(cuts.iter().all(|cut| cut.layer == Layer::Sound));
    assert_eq!(gaps(&cuts), [false; 3]);
}

#[test]
fn a_box_may_be_long_or_endless() {
    let data = words(&[1, 2, 3, 4, 5]);
    let long = [&words(&[1])[..], b"mdat", &words(&[0, 36]), &data].concat();
    let endless = [&words(&[0])[..], b"mdat", &data].concat();
    let parts = [[moof_of(1, Some(0), true, 2, 16, &[]), long].concat(), [moof(1, Some(1000), true), endless].concat()];
    // Another fragment may follow it in an excerpt: it gets an end.
    let whole = [0, 1000].map(|time| [moof(1, Some(time), true), atom(b"mdat", &[&data])].concat());
    assert_eq!(pictures(&file(&parts)), whole);
}

#[test]
fn what_cannot_be_cut_is_refused() {
    let mdat = atom(b"mdat", &[&[0; 100]]);
    let unfragmented = atom(b"moov", &[&trak(1, b"vide", &[])]);
    assert_eq!(failure(&[ftyp(), unfragmented].concat()), CutError::Progressive);
    assert_eq!(failure(&[ftyp(), mdat.clone()].concat()), CutError::Progressive);
    assert_eq!(failure(&[ftyp(), moov(&[]), mdat].concat()), CutError::Progressive);
    assert!(CutError::Progressive.to_string().contains("frag_keyframe+empty_moov+default_base_moof"));
    for headless in [moof(1, Some(0), true), [ftyp(), moof(1, None, true)].concat(), atom(b"styp", &[])] {
        assert_eq!(failure(&headless), CutError::NoInit);
    }
    let placed = atom(b"traf", &[&atom(b"tfhd", &[&words(&[1, 1, 0, 0])])]);
    let placed = file(&[fragment(1, 0, true), atom(b"moof", &[&placed])]);
    let at = (placed.len() - 40) as u64;
    assert_eq!(failure(&placed), CutError::BaseDataOffset { at });
    assert_eq!(cut(&placed).0.len(), 4);
    let located = atom(b"moov", &[&trak(1, b"vide", &[]), &trak(7, b"meta", &[]), &atom(b"mvex", &[])]);
    assert_eq!(failure(&[ftyp(), located].concat()), CutError::Track { track: 7 });
    let nowhere = file(&[fragment(9, 0, true)]);
    assert!(matches!(failure(&nowhere), CutError::Malformed { .. }));
}

#[test]
fn sizes_are_limited_and_not_believed() {
    let claims = |name: &[u8; 4], size: u64| [&words(&[1])[..], name, &size.to_be_bytes()].concat();
    for (name, limit) in [("moov", 4 << 20), ("moof", 1 << 20), ("ftyp", 4 << 10), ("styp", 4 << 10)] {
        let recording = file(&[claims(name.as_bytes().try_into().unwrap(), limit + 1)]);
        let at = recording.len() as u64 - 16;
        assert_eq!(failure(&recording), CutError::BoxTooLarge { name, at, limit });
    }
    let head = file(&[moof(1, Some(0), true)]);
    let at = head.len() as u64;
    for (size, error) in [
        (u64::MAX, CutError::CutTooLarge { at }),
        (16 << 20, CutError::CutTooLarge { at }),
        (15 << 20, CutError::Truncated { at, end: at + 16 }),
        (15, CutError::Malformed { at, what: "a box smaller than its header" }),
    ] {
        assert_eq!(failure(&[head.clone(), claims(b"mdat", size)].concat()), error);
    }
    // Whole groups come before the one that is too much.
    let size = (9 << 20) / 10;
    let much = vec![0; 10 * size as usize];
    let parts = [true, false].map(|sync| [moof_of(1, None, sync, size, 8, &[]), atom(b"mdat", &[&much])].concat());
    let (cuts, error) = cut(&file(&parts));
    assert!(matches!(error, Some(CutError::CutTooLarge { .. })));
    assert_eq!(contents(&cuts, Layer::Pictures), parts[..1]);
    assert_eq!(pictures(&file(&[parts[0].clone(), parts[0].clone()])).len(), 2);
}

#[test]
fn samples_do_not_have_the_same_bytes() {
    // A thousand runs of the same megabyte.
    let run = atom(b"trun", &[&words(&[1, 1, 40_000])]);
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, 1, 1 << 20])]);
    let traf = atom(b"traf", &[&tfhd, &run.repeat(1000)]);
    let moof = atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf]);
    let recording = file(&[moof, atom(b"mdat", &[&vec![0; 2 << 20]])]);
    let (cuts, error) = cut(&recording);
    assert!(matches!(error, Some(CutError::Malformed { .. })), "{error:?}");
    assert_eq!(cuts, []);
    let outside = file(&[moof_of(1, Some(0), true, 2, 9, &[]), mdat(1, 0)]);
    assert!(matches!(cut(&outside), (cuts, Some(CutError::Malformed { .. })) if cuts.is_empty()));
}

#[test]
fn boxes_in_boxes_end() {
    // Sample entries named like containers, each in the other.
    let mut deep = Vec::new();
    for _ in 0..40_000 {
        let size = (deep.len() as u32 + 86).to_be_bytes();
        deep.extend([&[0; 78][..], b"dsts", &[size[3], size[2], size[1], size[0]]].concat());
    }
    deep.reverse();
    let trak = described(1, b"vide", &deep, &[]);
    let (_, error) = cut(&[ftyp(), atom(b"moov", &[&trak, &atom(b"mvex", &[])])].concat());
    assert_eq!(error, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn strange_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        cut(&bytes);
        cut(&[ftyp(), bytes.clone()].concat());
        cut(&file(&[bytes]));
    }

    #[test]
    fn an_altered_recording_never_panics(changes in prop::collection::vec((0_usize..2000, any::<u8>()), 1..8)) {
        let (mut sample, mut small) = (sample(), file(&[fragment(1, 0, true), fragment(2, 0, true)]));
        for (place, byte) in changes {
            let length = small.len();
            small[place % length] = byte;
            sample[place] = byte;
        }
        for (cuts, _) in [cut(&sample), cut(&small)] {
            prop_assert!(cuts.iter().all(|cut| cut.bytes.len() <= 16 << 20));
            prop_assert!(cuts.first().is_none_or(|cut| cut.group && !cut.gap));
            let groups: Vec<_> = cuts.iter().filter(|cut| cut.group).collect();
            prop_assert!(groups.windows(2).all(|two| two[0].start <= two[1].start));
            // Each has the main layer, and the other one after it.
            for group in cuts.chunk_by(|_, next| !next.group) {
                let media: Vec<_> = group.iter().filter(|cut| cut.kind == SegmentKind::Media).collect();
                prop_assert!(!media.is_empty() && media.len() <= 2);
                prop_assert!(media.windows(2).all(|two| two[0].layer < two[1].layer));
                prop_assert_eq!(media[0].start, group[0].start);
            }
        }
    }

    #[test]
    fn a_recording_cut_off_anywhere_gives_a_part(end in 0_usize..447_000) {
        let sample = sample();
        let end = end.min(sample.len());
        let (whole, (part, _)) = (cut(&sample).0, cut(&sample[..end]));
        if end >= 8 {
            prop_assert_eq!(&part[..], &whole[..part.len()]);
            // Each group is there as soon as its last byte is.
            let ends = boxes(&sample).into_iter().filter(|(_, name, _)| name == b"mdat");
            let groups = ends.filter(|(at, _, data)| at + 8 + data.len() <= end).count();
            prop_assert_eq!(part.len(), if groups == 0 { 0 } else { 2 + 2 * groups });
        }
    }
}
