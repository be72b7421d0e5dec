//! Cutting fragmented MP4.

use proptest::prelude::*;

use footage::media::{Cut, CutError, Cutter};
use footage::record::{Layer, SegmentKind};

use super::boxes::{
    Found, atom, boxes, child, described, file, found, fragment, ftyp, mdat, moof, moof_of, moov, movie, samples, trak,
    trex, words,
};
use super::{cut, joined};

pub(super) fn sample() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4")).unwrap()
}

/// The media segments of a layer.
pub(super) fn media(cuts: &[Cut], layer: Layer) -> impl Iterator<Item = &Cut> {
    cuts.iter().filter(move |cut| cut.kind == SegmentKind::Media && cut.layer == layer)
}

/// The start and the duration of each media segment of a layer, in milliseconds.
pub(super) fn times(cuts: &[Cut], layer: Layer) -> Vec<(u64, u64)> {
    media(cuts, layer).map(|cut| (cut.start.0, cut.duration.0)).collect()
}

/// The samples of each segment of a layer.
fn contents(cuts: &[Cut], layer: Layer) -> Vec<Vec<Found<'_>>> {
    media(cuts, layer).map(|cut| found(&cut.bytes, track(layer))).collect()
}

/// The number of samples of each segment of a layer.
fn counts(cuts: &[Cut], layer: Layer) -> Vec<usize> {
    contents(cuts, layer).iter().map(Vec::len).collect()
}

/// The bytes of the samples of each of these fragments.
fn bytes_of(parts: &[Vec<u8>], layer: Layer) -> Vec<Vec<&[u8]>> {
    parts.iter().map(|part| samples(part, track(layer))).collect()
}

/// The bytes of the samples of each segment of a layer.
fn sealed(cuts: &[Cut], layer: Layer) -> Vec<Vec<&[u8]>> {
    media(cuts, layer).map(|cut| samples(&cut.bytes, track(layer))).collect()
}

/// The number of the track of a layer.
pub(super) const fn track(layer: Layer) -> u32 {
    match layer {
        Layer::Pictures => 1,
        Layer::Sound => 2,
    }
}

/// The cuts of a recording that is cut to its end without an error.
pub(super) fn cuts_of(recording: &[u8]) -> Vec<Cut> {
    let (cuts, error) = cut(recording);
    assert_eq!(error, None);
    cuts
}

/// For each group, whether it begins after a gap.
pub(super) fn gaps(cuts: &[Cut]) -> Vec<bool> {
    cuts.iter().filter(|cut| cut.group).map(|cut| cut.gap).collect()
}

/// The numbers of tracks and of samples that are left out.
fn left_out(recording: &[u8]) -> (u64, u64) {
    let mut cutter = Cutter::new(recording);
    cutter.by_ref().for_each(|cut| drop(cut.unwrap()));
    cutter.left_out()
}

/// The error of a recording that is refused.
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
    assert_eq!(left_out(&sample), (0, 0));
    for layer in Layer::ALL {
        // Every sample, each with the same distance to the next, decoded and presented.
        let (sealed, source) = (joined(media(&cuts, layer)), found(&sample, track(layer)));
        let sealed = found(&sealed, track(layer));
        assert_eq!(sealed.len(), source.len());
        for ((one, two), (source, next)) in sealed.iter().zip(&sealed[1..]).zip(source.iter().zip(&source[1..])) {
            assert_eq!((one.bytes, one.offset), (source.bytes, source.offset));
            assert_eq!(two.decode - one.decode, next.decode - source.decode);
        }
        let count: u64 = media(&cuts, layer).map(|cut| cut.samples).sum();
        assert_eq!(count, source.len() as u64);
        // Each segment is one fragment: its head, and samples.
        for cut in media(&cuts, layer) {
            let names: Vec<_> = boxes(&cut.bytes).into_iter().map(|(_, name, body)| (name, body.len())).collect();
            let data = samples(&cut.bytes, track(layer)).concat().len();
            assert!(
                matches!(names[..], [(moof, _), (mdat, length)] if (&moof, &mdat, length) == (b"moof", b"mdat", data))
            );
        }
    }
    // The sound of a group is what begins before the next one.
    for (sound, next) in times(&cuts, Layer::Sound).iter().zip(&pictures[1..]) {
        assert!(sound.0 < next.0 && next.0 <= sound.0 + sound.1, "{sound:?}, {next:?}");
    }
}

#[test]
fn the_init_and_a_run_of_a_layer_are_a_recording() {
    let cuts = cuts_of(&sample());
    for (init, layer, kind) in [(0, Layer::Pictures, "v"), (1, Layer::Sound, "a")] {
        let run: Vec<_> = media(&cuts, layer).skip(1).take(3).collect();
        let file = [&cuts[init].bytes[..], &joined(run.iter().copied())].concat();
        let again = cuts_of(&file);
        assert_eq!(again[0].bytes, cuts[init].bytes);
        let own = joined(media(&again, layer));
        assert_eq!(samples(&own, track(layer)), samples(&file, track(layer)));
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
        // The last group that is there ends where its own samples do.
        let end = |cuts: &[Cut]| {
            sealed(cuts, Layer::Pictures).into_iter().map(|samples| samples.concat()).collect::<Vec<_>>()
        };
        assert_eq!((some.len(), end(&some)), (whole, end(&cuts[..whole])));
    }
}

#[test]
fn an_ftyp_may_stand_anywhere() {
    let with = |stray: &[u8]| {
        let first = [fragment(1, 0, true), stray.to_vec(), atom(b"mdat", &[b"more"])].concat();
        file(&[first, stray.to_vec(), fragment(1, 1000, false), fragment(1, 2000, true)])
    };
    let cuts = cuts_of(&with(&ftyp()));
    assert_eq!(counts(&cuts, Layer::Pictures), [20, 10]);
    assert_eq!(cuts, cuts_of(&with(&atom(b"skip", &[&[0; 12]]))));
}

#[test]
fn positions_and_titles_stay_out() {
    let where_it_was = b"+48.8577+002.295/";
    let private = [b"udta", b"meta", b"uuid", b"free", b"skip"].map(|name| atom(name, &[where_it_was])).concat();
    let gps = atom(b"gps ", &[where_it_was]);
    let event = atom(b"emsg", &[where_it_was]);
    let inside = [private.clone(), gps.clone()].concat();
    let moof_with = moof_of(1, Some(0), true, 2, event.len() as u32 + 8, &inside);
    let data = atom(b"mdat", &[b"twenty bytes of vide", where_it_was]);
    let parts = [ftyp(), private.clone(), moov(&private), event.clone(), moof_with, event.clone()];
    let recording = [parts.concat(), data, gps, event].concat();
    let cuts = cuts_of(&recording);
    assert_eq!(joined(&cuts).windows(9).find(|bytes| where_it_was.starts_with(bytes)), None);
    // The cuts are those of a recording without any of that.
    let plain = [moof(1, Some(0), true), atom(b"mdat", &[b"twenty bytes of vide"])].concat();
    assert_eq!(cuts, cuts_of(&file(&[plain])));
    assert_eq!((cuts[3].layer, cuts[3].bytes.len(), cuts.len()), (Layer::Sound, 0, 4));
}

/// M10: every sample is flagged, or those at which decoding cannot begin.
#[test]
fn m10_samples_say_where_decoding_can_begin() {
    // A configuration with NAL units' lengths of four bytes; NAL units of two bytes, which are their header in HEVC. One of them
    // is of an enhancement layer.
    let avc = atom(b"avc1", &[&[0; 78], &atom(b"avcC", &[&[1, 66, 0, 30, 0xff, 0xe0, 0]])]);
    let hevc = atom(b"hev1", &[&[0; 78], &atom(b"hvcC", &[&[0; 21], &[3], &[0]])]);
    let avc_types = [5, 1, 1, 0x65, 7, 1].map(|kind| [kind, 0]);
    let hevc_types = [[19 << 1, 1], [2, 1], [19 << 1, 9], [21 << 1, 1], [32 << 1, 1], [19 << 1 | 1, 1]];
    for (entry, types) in [(avc, avc_types), (hevc, hevc_types)] {
        let data: Vec<_> = types.iter().flat_map(|[kind, layer]| [0, 0, 0, 2, *kind, *layer]).collect();
        for flags in [0, 1 << 16] {
            let tfhd = atom(b"tfhd", &[&words(&[0x2_0030, 1, 6, flags])]);
            let trun = |offset| atom(b"trun", &[&words(&[1, 6, offset])]);
            let moof = |offset| atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &atom(b"traf", &[&tfhd, &trun(offset)])]);
            let fragment = [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&data])].concat();
            let moov = movie(&[described(1, b"vide", &entry, &[])], &[trex(1)], &[]);
            let cuts = cuts_of(&[ftyp(), moov, fragment].concat());
            assert_eq!(counts(&cuts, Layer::Pictures), [3, 3]);
            let flagged: Vec<_> =
                contents(&cuts, Layer::Pictures).concat().iter().map(|sample| sample.begins).collect();
            assert_eq!(flagged, [true, false, false, true, false, false]);
        }
    }
}

/// An init tells nothing of its recording but the codec.
#[test]
fn inits_of_one_codec_are_equal() {
    let named = |name: &[u8], times: u32, language: u32| {
        let entry = [&[0; 78][..], &atom(b"codC", &[b"codec"])].concat();
        let mut entry = entry;
        // The name of the encoder, and a vendor.
        entry[42..42 + name.len()].copy_from_slice(name);
        entry[12..12 + 4].copy_from_slice(&name[..4]);
        let rates = atom(b"btrt", &[&words(&[times, times, times])]);
        let tkhd = atom(b"tkhd", &[&words(&[3, times, times, 1, 0, times]), &[0; 60]]);
        let mdhd = atom(b"mdhd", &[&words(&[0, times, times, 1000, times, language])]);
        let hdlr = atom(b"hdlr", &[&[0; 8], b"vide", &[0; 12], name]);
        let stsd = atom(b"stsd", &[&words(&[0, 1]), &atom(b"code", &[&entry, &rates])]);
        let minf = atom(b"minf", &[&atom(b"stbl", &[&stsd])]);
        let trak = atom(b"trak", &[&tkhd, &atom(b"mdia", &[&mdhd, &hdlr, &minf])]);
        let mvhd = atom(b"mvhd", &[&words(&[0, times, times, 1000, times]), &[0; 80]]);
        let moov = atom(b"moov", &[&mvhd, &trak, &atom(b"mvex", &[&trex(1)])]);
        let cuts = cuts_of(&[atom(b"ftyp", &[name]), moov, fragment(1, 0, true)].concat());
        cuts[0].bytes.clone()
    };
    let one = named(b"GPS 48.8584N SN-A1B2C3\0", 7, 0x15c7_0000);
    assert_eq!(one, named(b"another camera\0", 9, 0x55c4_0000));
    assert!(!one.windows(6).any(|bytes| bytes == b"A1B2C3"));

    // AAC's `esds` has a buffer size and two rates between its object type and its own configuration.
    let sound = |rates: [u8; 11]| {
        let config = [&[5, 2, 0x11, 0x90][..]].concat();
        let decoder = [&[4, 0x80, 0x80, 13 + 4, 0x40, 0x15][..], &rates, &config].concat();
        let esds = [&[0; 4][..], &[3, 0x80, 3 + decoder.len() as u8, 0, 2, 0], &decoder].concat();
        let entry = atom(b"mp4a", &[&[0; 28], &atom(b"esds", &[&esds])]);
        let moov = movie(&[described(2, b"soun", &entry, &[])], &[trex(2)], &[]);
        let cuts = cuts_of(&[ftyp(), moov, fragment(2, 0, true)].concat());
        cuts[0].bytes.clone()
    };
    let one = sound([7; 11]);
    assert_eq!(one, sound([9; 11]));
    assert!(one.windows(17).any(|bytes| bytes == b"\x40\x15\0\0\0\0\0\0\0\0\0\0\0\x05\x02\x11\x90"));
}

#[test]
fn other_tracks_are_left_out_and_counted() {
    let traks = [
        trak(1, b"vide", &[]),
        trak(2, b"soun", &[]),
        trak(3, b"soun", &[]),
        trak(4, b"vide", &[]),
        trak(5, b"meta", &[]),
    ];
    let moov = movie(&traks, &[1, 2, 3, 4, 5].map(trex), &[]);
    let parts = [1, 4, 2, 3, 5].map(|track| fragment(track, 0, true));
    let recording = [ftyp(), moov, parts.concat(), fragment(3, 1000, true)].concat();
    let cuts = cuts_of(&recording);
    assert_eq!(cuts, cuts_of(&file(&[fragment(1, 0, true), fragment(2, 0, true)])));
    assert_eq!(left_out(&recording), (3, 40));
    // Sound without pictures belongs to no group.
    let sound = file(&[fragment(2, 0, true)]);
    let mut cutter = Cutter::new(&sound[..]);
    assert_eq!((cutter.next(), cutter.left_out()), (Some(Err(CutError::Empty)), (0, 10)));
}

#[test]
fn tracks_in_one_fragment_are_separated() {
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
    let apart = cuts_of(&file(&[fragment(1, 0, true), fragment(2, 0, true)]));
    for (pictures, sound, parts) in [(begin, begin + 20, [1, 2]), (begin + 20, begin, [2, 1])] {
        let data = atom(b"mdat", &[&data(parts[0]), &data(parts[1])]);
        assert_eq!(cuts_of(&file(&[both(pictures, sound), data])), apart);
    }
}

/// M2: positions in the file, several fragments before their data, data in several boxes.
#[test]
fn m2_samples_are_found_wherever_they_are_stored() {
    let apart = cuts_of(&file(&[fragment(1, 0, true), fragment(1, 1000, true)]));
    let head = file(&[]).len() as u64;
    // Two fragments whose positions count from the beginning of the recording, before all data.
    let placed = |time: u32, sync: bool, base: u64| {
        let tfhd = atom(b"tfhd", &[&words(&[0x11, 1, (base >> 32) as u32, base as u32, 2])]);
        let tfdt = atom(b"tfdt", &[&words(&[0, time])]);
        let trun = atom(b"trun", &[&words(&[5, 10, 0, if sync { 0 } else { 1 << 16 }])]);
        atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &atom(b"traf", &[&tfhd, &tfdt, &trun])])
    };
    let size = placed(0, true, 0).len() as u64;
    for order in [[0, 1], [1, 0]] {
        let at = |which: u64| head + 2 * size + 8 + 20 * which;
        let moofs = [placed(0, true, at(order[0])), placed(1000, true, at(order[1]))].concat();
        let mut data = [words(&[1, 0, 1, 0, 1]), words(&[1, 1000, 1, 1000, 1])];
        if order[0] == 1 {
            data.reverse();
        }
        assert_eq!(cuts_of(&file(&[moofs.clone(), atom(b"mdat", &[&data.concat()])])), apart);
    }
    // Each in a box of its own, with another between them.
    let at = |which: u64| head + 2 * size + 8 + 44 * which;
    let moofs = [placed(0, true, at(0)), placed(1000, true, at(1))].concat();
    let data = [mdat(1, 0), atom(b"free", &[&[0; 8]]), mdat(1, 1000)].concat();
    assert_eq!(cuts_of(&file(&[moofs, data])), apart);
}

#[test]
fn a_cut_begins_at_a_key_frame() {
    let parts = [(0, true), (1000, false), (2000, false), (3000, true), (4000, false)]
        .map(|(time, sync)| fragment(1, time, sync));
    let recording = file(&parts);
    let cuts = cuts_of(&recording);
    assert_eq!(counts(&cuts, Layer::Pictures), [30, 20]);
    assert_eq!(sealed(&cuts, Layer::Pictures).concat(), bytes_of(&parts, Layer::Pictures).concat());
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 3000), (3000, 2000)]);
    assert_eq!(media(&cuts, Layer::Sound).map(|cut| cut.bytes.len()).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(times(&cuts, Layer::Sound), [(0, 0), (3000, 0)]);
}

/// M5: key frames within a fragment.
#[test]
fn m5_a_group_may_begin_within_a_fragment() {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, 1, 2])]);
    let flags: Vec<_> = (0..12).flat_map(|sample| words(&[if sample % 4 == 0 { 0 } else { 1 << 16 }])).collect();
    let trun = |offset| atom(b"trun", &[&words(&[0x401, 12, offset]), &flags]);
    let traf = |offset| atom(b"traf", &[&tfhd, &atom(b"tfdt", &[&words(&[0, 0])]), &trun(offset)]);
    let moof = |offset| atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf(offset)]);
    let data: Vec<u8> = (0..24).collect();
    let recording = file(&[[moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&data])].concat()]);
    let cuts = cuts_of(&recording);
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 400), (400, 400), (800, 400)]);
    assert_eq!(sealed(&cuts, Layer::Pictures).concat().concat(), data);
}

#[test]
fn sound_goes_with_its_pictures() {
    let [v0, v1, v2] = [0, 1000, 2000].map(|time| fragment(1, time, true));
    // Sound begins a little before its pictures: frames of the two differ in length.
    let [a0, a1, a2] = [0, 980, 1960].map(|time| fragment(2, time, true));
    let orders = [[&v0, &a0, &v1, &a1, &v2, &a2], [&a0, &v0, &a1, &v1, &a2, &v2], [&v0, &v1, &v2, &a0, &a1, &a2]];
    for order in orders {
        let cuts = cuts_of(&file(&order.map(Clone::clone)));
        assert_eq!(sealed(&cuts, Layer::Pictures), bytes_of(&[v0.clone(), v1.clone(), v2.clone()], Layer::Pictures));
        assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000), (1000, 1000), (2000, 1000)]);
        // Each sample with the pictures that are shown when it begins: that at 980 with the first, that at 1960 with the second.
        assert_eq!(counts(&cuts, Layer::Sound), [11, 10, 9]);
        assert_eq!(times(&cuts, Layer::Sound), [(0, 1080), (1080, 980), (2060, 900)]);
    }
}

/// M9: sound that is stored late does not go out with other seconds.
#[test]
fn m9_late_sound_goes_into_its_group() {
    let pictures: Vec<_> = (0..10).map(|second| fragment(1, 1000 * second, true)).collect();
    let sound: Vec<_> = (0..10).map(|second| fragment(2, 1000 * second, true)).collect();
    let beside =
        cuts_of(&file(&pictures.iter().zip(&sound).flat_map(|(a, b)| [a.clone(), b.clone()]).collect::<Vec<_>>()));
    let behind = cuts_of(&file(&[pictures, sound].concat()));
    assert_eq!(counts(&behind, Layer::Sound), [10; 10]);
    assert_eq!(behind, beside);
}

/// A fragment of one sample that has `size` bytes and lasts a second.
fn second(track: u32, time: u32, size: u32) -> Vec<u8> {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0018, track, 1000, size])]);
    let trun = |offset| atom(b"trun", &[&words(&[5, 1, offset, 0])]);
    let traf = |offset| atom(b"traf", &[&tfhd, &atom(b"tfdt", &[&words(&[0, time])]), &trun(offset)]);
    let moof = |offset| atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf(offset)]);
    [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&vec![7; size as usize]])].concat()
}

/// M9: pictures wait for their sound up to a limit. Sound that comes later is left out and counted, and its group is flagged.
#[test]
fn m9_sound_that_comes_too_late_is_left_out() {
    let pictures: Vec<_> = (0..30).map(|at| second(1, 1000 * at, 2 << 20)).collect();
    let sound: Vec<_> = (0..30).map(|at| second(2, 1000 * at, 10)).collect();
    // A second of sound at first, so that it is known to be there.
    let recording = file(&[sound[..1].to_vec(), pictures, sound[1..].to_vec()].concat());
    let cuts = cuts_of(&recording);
    let groups: Vec<_> = cuts.chunk_by(|_, next| !next.group).collect();
    assert_eq!(groups.len(), 30);
    for (second, group) in (0..).zip(&groups) {
        let sound: Vec<_> = media(group, Layer::Sound).flat_map(|cut| found(&cut.bytes, 2)).collect();
        assert!(sound.iter().all(|sample| sample.decode / 1000 == second), "{second}: {sound:?}");
    }
    let heard: usize = counts(&cuts, Layer::Sound).iter().sum();
    let (tracks, samples) = left_out(&recording);
    assert_eq!((tracks, samples as usize + heard), (0, 30));
    assert!(samples > 10 && gaps(&cuts).contains(&true));
}

/// M9, P4: sound that was heard before a change of codec parameters, and is stored after it, goes out with no later group.
#[test]
fn m9_sound_that_comes_after_a_change_of_codec_is_left_out() {
    let moov = |codec| movie(&[trak(1, b"vide", codec), trak(2, b"soun", &[])], &[trex(1), trex(2)], &[]);
    let pictures = |seconds: std::ops::Range<u32>| seconds.flat_map(|at| second(1, 1000 * at, 10)).collect::<Vec<_>>();
    let sound = |seconds: std::ops::Range<u32>| seconds.flat_map(|at| second(2, 1000 * at, 10)).collect::<Vec<_>>();
    let before = [moov(&[]), pictures(0..10), sound(0..2)].concat();
    let other = atom(b"othC", &[b"other"]);
    let recording = [ftyp(), before, moov(&other), sound(2..10), pictures(10..12), sound(10..12)].concat();
    let cuts = cuts_of(&recording);
    let groups: Vec<_> = cuts.chunk_by(|_, next| !next.group).collect();
    for (at, group) in (0..).zip(&groups) {
        let heard: Vec<_> = media(group, Layer::Sound).flat_map(|cut| found(&cut.bytes, 2)).collect();
        assert!(heard.iter().all(|sample| sample.decode / 1000 == at), "{at}: {heard:?}");
    }
    assert_eq!((groups.len(), left_out(&recording)), (12, (0, 8)));
}

#[test]
fn sound_without_pictures_is_counted_and_not_kept() {
    let sound: Vec<_> = (0..100).map(|at| second(2, 1000 * at, 1 << 20)).collect();
    let recording = file(&[vec![second(1, 0, 10)], sound].concat());
    let cuts = cuts_of(&recording);
    let heard: usize = counts(&cuts, Layer::Sound).iter().sum();
    assert!(heard <= 16, "{heard}");
    assert_eq!(left_out(&recording), (0, 100 - heard as u64));
}

/// One fragment that is larger than what is held at once, with places to cut.
#[test]
fn a_long_fragment_is_cut_as_it_comes() {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0038, 1, 1000, 1 << 20, 0])]);
    let trun = |offset| atom(b"trun", &[&words(&[1, 50, offset])]);
    let moof = |offset| atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &atom(b"traf", &[&tfhd, &trun(offset)])]);
    let data = vec![7; 50 << 20];
    let cuts = cuts_of(&file(&[[moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&data])].concat()]));
    assert_eq!(times(&cuts, Layer::Pictures), (0..50).map(|second| (1000 * second, 1000)).collect::<Vec<_>>());
}

#[test]
fn sound_alone_is_cut_every_two_seconds() {
    let moov = movie(&[trak(2, b"soun", &[])], &[trex(2)], &[]);
    let parts = [500, 1500, 2500, 3500, 4500].map(|time| fragment(2, time, false));
    let cuts = cuts_of(&[ftyp(), moov, parts.concat()].concat());
    assert_eq!(times(&cuts, Layer::Sound), [(0, 2000), (2000, 2000), (4000, 1000)]);
    assert_eq!(counts(&cuts, Layer::Sound), [20, 20, 10]);
    assert!(cuts.iter().all(|cut| cut.layer == Layer::Sound));
    assert_eq!(gaps(&cuts), [false; 3]);
}

#[test]
fn a_box_may_be_long_or_endless() {
    let data = words(&[1, 2, 3, 4, 5]);
    let long = [&words(&[1])[..], b"mdat", &words(&[0, 36]), &data].concat();
    let endless = [&words(&[0])[..], b"mdat", &data].concat();
    let parts = [[moof_of(1, Some(0), true, 2, 16, &[]), long].concat(), [moof(1, Some(1000), true), endless].concat()];
    let whole = [0, 1000].map(|time| [moof(1, Some(time), true), atom(b"mdat", &[&data])].concat());
    assert_eq!(cuts_of(&file(&parts)), cuts_of(&file(&whole)));
}

/// M6: a recording may begin with any box.
#[test]
fn m6_boxes_may_precede_the_init() {
    let plain = cuts_of(&file(&[fragment(1, 0, true)]));
    let rest = [moov(&[]), fragment(1, 0, true)].concat();
    for first in [vec![], atom(b"free", &[&[0; 30]]), atom(b"styp", &[b"msdh"]), atom(b"sidx", &[&[0; 30]])] {
        assert_eq!(cuts_of(&[first, rest.clone()].concat()), plain);
    }
}

#[test]
fn what_cannot_be_cut_is_refused() {
    let mdat = atom(b"mdat", &[&[0; 100]]);
    let unfragmented = atom(b"moov", &[&trak(1, b"vide", &[])]);
    assert_eq!(failure(&[ftyp(), unfragmented].concat()), CutError::Progressive);
    assert_eq!(failure(&[ftyp(), mdat].concat()), CutError::Progressive);
    for headless in [moof(1, Some(0), true), [ftyp(), moof(1, None, true)].concat(), atom(b"styp", &[]), ftyp()] {
        assert_eq!(failure(&headless), CutError::NoInit);
    }
    let without = atom(b"moov", &[&trak(7, b"meta", &[]), &atom(b"mvex", &[])]);
    assert!(matches!(failure(&[ftyp(), without].concat()), CutError::Malformed { .. }));
    assert!(matches!(failure(&file(&[fragment(9, 0, true)])), CutError::Malformed { .. }));
    // Samples that the index of the whole file lists, before the fragments.
    let sized = atom(b"stsz", &[&words(&[0, 0, 3, 5, 5, 5])]);
    let listed = movie(&[trak(1, b"vide", &sized)], &[trex(1)], &[]);
    assert_eq!(failure(&[ftyp(), listed, fragment(1, 0, true)].concat()), CutError::Progressive);
    // An encrypted track.
    let entry = atom(b"encv", &[&[0; 78]]);
    let encrypted = atom(b"moov", &[&described(1, b"vide", &entry, &[]), &atom(b"mvex", &[&trex(1)])]);
    assert!(matches!(failure(&[ftyp(), encrypted].concat()), CutError::Unread { .. }));
}

#[test]
fn sizes_are_limited_and_not_believed() {
    let claims = |name: &[u8; 4], size: u64| [&words(&[1])[..], name, &size.to_be_bytes()].concat();
    for (name, limit) in [("moov", 4 << 20), ("moof", 1 << 20)] {
        let recording = file(&[claims(name.as_bytes().try_into().unwrap(), limit + 1)]);
        let at = recording.len() as u64 - 16;
        assert_eq!(failure(&recording), CutError::BoxTooLarge { name, at, limit });
    }
    // The `mdat` claims more than there is, and what the fragment claims of it is not there.
    let head = file(&[moof_of(1, Some(0), true, 2, 16, &[])]);
    let at = head.len() as u64;
    let end = at + 16;
    for size in [u64::MAX, 16 << 20, 100] {
        assert_eq!(failure(&[head.clone(), claims(b"mdat", size)].concat()), CutError::Truncated { at, end });
    }
    let small = CutError::Malformed { at, what: "a box smaller than its header" };
    assert_eq!(failure(&[head, claims(b"mdat", 15)].concat()), small);
    // A sample that is larger than a segment, and a run that is larger than a group.
    let claimed = |size: u32| file(&[moof_of(1, Some(0), true, size, 8, &[]), mdat(1, 0)]);
    assert!(matches!(failure(&claimed(16 << 20)), CutError::SampleTooLarge { .. }));
    assert!(matches!(failure(&claimed(1 << 20)), CutError::Malformed { .. }));
    let many = atom(b"trun", &[&words(&[1, u32::MAX, 8])]);
    let traf = atom(b"traf", &[&atom(b"tfhd", &[&words(&[0x2_0010, 1, 0])]), &many]);
    assert!(matches!(failure(&file(&[atom(b"moof", &[&traf])])), CutError::Malformed { .. }));
}

/// A group of more than 16 MiB goes on in another segment.
#[test]
fn a_long_group_has_several_segments() {
    let size = (9 << 20) / 10;
    let much = vec![7; 10 * size as usize];
    let part = |time, sync| [moof_of(1, Some(time), sync, size, 8, &[]), atom(b"mdat", &[&much])].concat();
    let cuts = cuts_of(&file(&[part(0, true), part(1000, false), part(2000, true)]));
    assert!(cuts.iter().all(|cut| cut.bytes.len() <= 16 << 20));
    assert_eq!(counts(&cuts, Layer::Pictures), [17, 3, 10]);
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 1700), (1700, 300), (2000, 1000)]);
    assert_eq!(gaps(&cuts), [false; 2]);
    // Beyond 32 MiB it goes on in another group, which is no gap.
    let endless: Vec<_> = (0..5).map(|second| part(1000 * second, second < 2)).collect();
    let cuts = cuts_of(&file(&endless));
    assert_eq!(counts(&cuts, Layer::Pictures), [10, 17, 17, 1, 5]);
    assert_eq!(gaps(&cuts), [false; 3]);
}

#[test]
fn overlapping_samples_are_refused() {
    // A thousand runs of the same megabyte.
    let run = atom(b"trun", &[&words(&[1, 1, 40_000])]);
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, 1, 1 << 20])]);
    let traf = atom(b"traf", &[&tfhd, &run.repeat(1000)]);
    let moof = atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf]);
    let (_, error) = cut(&file(&[moof, atom(b"mdat", &[&vec![0; 2 << 20]])]));
    assert!(matches!(error, Some(CutError::Malformed { .. })), "{error:?}");
    let outside = file(&[moof_of(1, Some(0), true, 2, 9, &[]), mdat(1, 0)]);
    assert!(matches!(cut(&outside), (cuts, Some(CutError::Malformed { .. })) if cuts.is_empty()));
}

#[test]
fn deeply_nested_boxes_do_not_overflow_the_stack() {
    // Sample entries named like containers, each in the other.
    let mut deep = Vec::new();
    for _ in 0..40_000 {
        let size = (deep.len() as u32 + 86).to_be_bytes();
        deep.extend([&[0; 78][..], b"dsts", &[size[3], size[2], size[1], size[0]]].concat());
    }
    deep.reverse();
    let trak = described(1, b"vide", &deep, &[]);
    let (_, error) = cut(&[ftyp(), atom(b"moov", &[&trak, &atom(b"mvex", &[])])].concat());
    assert_eq!(error, Some(CutError::Empty));
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
            // Each group is there as soon as its last byte is; the sound of the last ends with what is there.
            let ends = boxes(&sample).into_iter().filter(|(_, name, _)| name == b"mdat");
            let groups = ends.filter(|(at, _, data)| at + 8 + data.len() <= end).count();
            prop_assert_eq!(part.len(), if groups == 0 { 0 } else { 2 + 2 * groups });
            let but_last = part.len().saturating_sub(1);
            prop_assert_eq!(&part[..but_last], &whole[..but_last]);
        }
    }
}
