//! Hostile and unusual recordings. None costs more than its length allows, and what is left out is reported.

use std::io::Cursor;

use proptest::prelude::*;

use footage::media::{CutError, Cutter, Form, MuxError};
use footage::record::{Ending, Layer, SegmentKind};

use super::boxes::{atom, file, found, fragment, ftyp, moof_of, moov, movie, samples, trak, trex, words};
use super::cut;
use super::cut_off::sealed;
use super::mp4::{cuts_of, gaps, times};
use super::muxer::muxed;
use super::tables::{Track, progressive, seconds};
use footage_support::transport::{PICTURES, SECOND, SOUND, Transport, sequence, stream};

/// A fragment of one track that begins at `time`. Its samples have these durations and sizes, and each
/// of their bytes is the second in which it begins.
fn each(track: u32, time: u64, samples: &[(u32, u32)]) -> Vec<u8> {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0020, track, if track == 1 { 1 << 16 } else { 0 }])]);
    let tfdt = atom(b"tfdt", &[&words(&[1 << 24]), &time.to_be_bytes()]);
    let listed: Vec<_> = samples.iter().flat_map(|&(duration, size)| words(&[duration, size])).collect();
    let first = if track == 1 { vec![0] } else { vec![] };
    let flags = if track == 1 { 0x305 } else { 0x301 };
    let trun = |offset| atom(b"trun", &[&words(&[flags, samples.len() as u32, offset]), &words(&first), &listed]);
    let moof = |offset| {
        let traf = atom(b"traf", &[&tfhd, &tfdt, &trun(offset)]);
        atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf])
    };
    let data: u32 = samples.iter().map(|(_, size)| size).sum();
    [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&vec![(time / 1000 % 251) as u8; data as usize]])].concat()
}

/// The layer and the kind of each cut, by group.
fn groups(cuts: &[footage::media::Cut]) -> Vec<Vec<(Layer, SegmentKind)>> {
    cuts.chunk_by(|_, next| !next.group).map(|group| group.iter().map(|cut| (cut.layer, cut.kind)).collect()).collect()
}

/// A few bytes claim a million samples of 4 MiB each.
#[test]
fn a_fragment_that_claims_terabytes_is_refused() {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, 1, 4 << 20])]);
    let traf = atom(b"traf", &[&tfhd, &atom(b"trun", &[&words(&[1, 1 << 20, 200])])]);
    let moof = atom(b"moof", &[&traf]);
    let (cuts, error) = cut(&file(&[moof]));
    assert!(cuts.is_empty() && matches!(error, Some(CutError::Truncated { .. })), "{error:?}");
}

/// Two seconds of sound alone that are larger than a segment become several groups, and all of it is sealed.
#[test]
fn sound_alone_of_any_rate_is_sealed() {
    let init = movie(&[trak(2, b"soun", &[])], &[trex(2)], &[]);
    let sound: Vec<_> = (0..40).flat_map(|at| each(2, 10 * at, &[(10, 1 << 20)])).collect();
    let recording = [ftyp(), init, sound].concat();
    let cuts = cuts_of(&recording);
    let media = cuts.iter().filter(|cut| cut.kind == SegmentKind::Media);
    assert!(media.clone().all(|cut| cut.group || cuts[0].kind == SegmentKind::Init), "one segment a group");
    assert_eq!(media.map(|cut| cut.samples).sum::<u64>(), 40);
    let (ending, contents) = sealed(&recording[..]).unwrap();
    let heard: usize = contents.iter().map(|content| samples(content, 2).len()).sum();
    assert_eq!((ending, heard), (Ending::Finished, 40));
}

/// Codec parameters that change with each sample do not make a large clip of a small recording.
#[test]
fn codec_parameters_cost_what_samples_do() {
    let entry = |byte| atom(b"code", &[&[0; 78], &atom(b"codC", &[&vec![byte; 1 << 20]])]);
    let pictures = seconds(1, &(0..100).collect::<Vec<_>>());
    let runs = (0..100).flat_map(|chunk| [chunk + 1, 10, chunk % 2 + 1]).collect();
    let recording = progressive(&[Track { entries: vec![entry(1), entry(2)], runs, ..pictures }]);
    let mut cutter = Cutter::open(Cursor::new(&recording));
    let sealed: usize = cutter.by_ref().map_while(Result::ok).map(|cut| cut.bytes.len()).sum();
    assert!(sealed < 8 << 20, "{sealed}");
    let error = Cutter::open(Cursor::new(&recording)).find_map(Result::err);
    assert!(matches!(error, Some(CutError::Parameters { .. })), "{error:?}");
    // In a transport stream, a picture replaces the sets of one kind only.
    let mut transport = Transport::new(&[(0x1b, PICTURES)]);
    let large = (0..30).map(|set| [vec![0x68, set], vec![9; 4000]].concat());
    let mut sets = vec![vec![9, 0xf0], sequence(4)];
    sets.extend(large.chain([vec![0x65, 0x80, 1, 1, 0x80]]));
    transport.pes(PICTURES, Some((0, 0)), &stream(&sets));
    for place in 1..1000 {
        let unit = [vec![9, 0xf0], sequence(4 + place as u32 % 2), vec![0x65, 0x80, 1, 1, 0x80]];
        transport.pes(PICTURES, Some((place * 3000, place * 3000)), &stream(&unit));
    }
    let (cuts, error) = cut(&transport.bytes());
    assert!(cuts.iter().map(|cut| cut.bytes.len()).sum::<usize>() < 8 << 20);
    assert!(matches!(error, Some(CutError::Parameters { .. })), "{error:?}");
}

/// Sound that is dropped takes its bytes along: what follows has its own.
#[test]
fn dropped_sound_takes_its_bytes_along() {
    let mut parts = vec![each(1, 0, &[(100, 10)])];
    parts.extend((1..40).map(|at| each(2, 1000 * at, &[(1000, 1 << 20)])));
    // Two frames with one time while there is no room.
    parts
        .extend([(40_000, 0, 3000), (40_000, 1000, 5000)].map(|(at, duration, size)| each(2, at, &[(duration, size)])));
    parts.extend((1..60).map(|at| each(1, 1000 * at, &[(1000, 10)])));
    parts.extend((41..60).map(|at| each(2, 1000 * at, &[(1000, 100)])));
    let cuts = cuts_of(&file(&parts));
    let sound = cuts.iter().filter(|cut| cut.layer == Layer::Sound && cut.kind == SegmentKind::Media);
    let heard: Vec<_> = sound.flat_map(|cut| found(&cut.bytes, 2)).collect();
    assert!(heard.iter().any(|sample| sample.decode > 40_000));
    for sample in heard {
        assert!(sample.bytes.iter().all(|byte| u64::from(*byte) == sample.decode / 1000), "{}", sample.decode);
    }
}

/// P4: sound that claims to be heard later than it is decoded carries no earlier sound into a later group.
#[test]
fn sound_with_offsets_stays_in_its_group() {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0038, 2, 100, 2, 0])]);
    let tfdt = atom(b"tfdt", &[&words(&[0, 0])]);
    let offsets: Vec<_> = (0..30).flat_map(|sample| words(&[if sample == 0 { 2500 } else { 0 }])).collect();
    let trun = |offset| atom(b"trun", &[&words(&[0x801, 30, offset]), &offsets]);
    let moof = |offset| atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &atom(b"traf", &[&tfhd, &tfdt, &trun(offset)])]);
    let sound = [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&[7; 60]])].concat();
    let recording = file(&[fragment(1, 0, true), fragment(1, 1000, true), fragment(1, 2000, true), sound]);
    let cuts = cuts_of(&recording);
    assert_eq!(times(&cuts, Layer::Sound), [(0, 1000), (1000, 1000), (2000, 1000)]);
    assert_eq!(gaps(&cuts), [false, true, false], "the first group shows at the next");
}

/// Pictures that pause go on in one file: their decode times do not run back, whatever the first presentation was.
#[test]
fn pictures_that_pause_go_on_in_one_file() {
    let composed = |time: u64, offsets: &[i32]| {
        let tfhd = atom(b"tfhd", &[&words(&[0x2_0038, 1, 100, 2, 1 << 16])]);
        let tfdt = atom(b"tfdt", &[&words(&[1 << 24]), &time.to_be_bytes()]);
        let each: Vec<_> = offsets.iter().flat_map(|offset| words(&[offset.cast_unsigned()])).collect();
        let count = offsets.len() as u32;
        let trun = |offset| atom(b"trun", &[&words(&[0x100_0805, count, offset, 0]), &each]);
        let moof =
            |offset| atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &atom(b"traf", &[&tfhd, &tfdt, &trun(offset)])]);
        [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&vec![7; 2 * offsets.len()]])].concat()
    };
    let sound = movie(&[trak(2, b"soun", &[])], &[trex(2)], &[]);
    // The first is decoded 300 ticks before it is shown.
    let recording =
        file(&[composed(0, &[300, 300, 300]), sound, fragment(2, 300, true), moov(&[]), composed(300, &[0, 0, 0])]);
    let cuts = cuts_of(&recording);
    let pictures = cuts.iter().filter(|cut| cut.layer == Layer::Pictures && cut.kind == SegmentKind::Media);
    let shown: Vec<_> = pictures.flat_map(|cut| found(&cut.bytes, 1)).collect();
    assert!(shown.len() == 6 && shown.iter().zip(&shown[1..]).all(|(one, next)| one.decode < next.decode), "{shown:?}");
}

/// Groups of hardly any bytes cost what samples do.
#[test]
fn groups_cost_what_samples_do() {
    // Samples of one byte, each of which begins, and lasts for hours.
    let count = 300_000;
    let recording = progressive(&[Track {
        durations: vec![count, 7_200_000],
        syncs: None,
        sizes: atom(b"stsz", &[&words(&[0, 1, count])]),
        runs: vec![1, count, 1],
        chunks: vec![vec![7; count as usize]],
        ..seconds(1, &[0])
    }]);
    let cuts: Vec<_> = Cutter::open(Cursor::new(&recording)).map(Result::unwrap).collect();
    assert_eq!(cuts.iter().map(|cut| cut.samples).sum::<u64>(), u64::from(count));
    let groups = cuts.iter().filter(|cut| cut.group).count();
    assert!((16_000..19_000).contains(&groups), "{groups}");
    // Samples without bytes do not outnumber bytes.
    let count = 50_000;
    let recording = progressive(&[Track {
        durations: vec![count, 7_200_000],
        syncs: None,
        sizes: atom(b"stz2", &[&words(&[0, 4, count]), &vec![0; count as usize / 2]]),
        runs: vec![1, count, 1],
        chunks: vec![vec![7; 10]],
        ..seconds(1, &[0])
    }]);
    let error = Cutter::open(Cursor::new(&recording)).find_map(Result::err);
    assert!(matches!(error, Some(CutError::Malformed { .. })), "{error:?}");
}

/// Times beyond any real one would make a fragment of each sample.
#[test]
fn times_at_the_end_of_the_clock_are_refused() {
    let cuts = cuts_of(&file(&[each(1, 0, &[(10, 5); 100])]));
    let run: Vec<_> = cuts.iter().collect();
    let mut far = cuts.iter().find(|cut| cut.kind == SegmentKind::Media).unwrap().clone();
    let at = far.bytes.windows(4).position(|name| name == b"tfdt").unwrap() + 8;
    far.bytes[at..at + 8].copy_from_slice(&((1_u64 << 60) - 1).to_be_bytes());
    for form in [Form::Fragmented, Form::FastStart] {
        muxed(&run, form).unwrap();
        assert!(matches!(muxed(&[run[0], &far], form), Err(MuxError::Segment(_))));
    }
}

/// M13: a pause that no index can hold is refused, and written in fragments.
#[test]
fn m13_a_pause_is_as_long_in_both_forms() {
    let mut recording = file(&[each(1, 0, &[(100, 5)]), each(1, 1 << 33, &[(100, 5)])]);
    let at = recording.windows(4).position(|name| name == b"mdhd").unwrap() + 16;
    recording[at..at + 4].copy_from_slice(&10_000_000_u32.to_be_bytes());
    let cuts = cuts_of(&recording);
    let run: Vec<_> = cuts.iter().collect();
    let file = muxed(&run, Form::Fragmented).unwrap();
    assert_eq!(found(&file, 1).iter().map(|sample| sample.decode).collect::<Vec<_>>(), [0, 1 << 33]);
    assert!(matches!(muxed(&run, Form::FastStart), Err(MuxError::Pause)));
}

/// Equal sample entries are no change.
#[test]
fn equal_sample_entries_are_one() {
    let entry = atom(b"code", &[&[0; 78], &atom(b"codC", &[b"one"])]);
    let pictures = seconds(1, &[0, 1000, 2000]);
    let runs = vec![1, 10, 1, 2, 10, 2, 3, 10, 1];
    let recording = progressive(&[Track { entries: vec![entry.clone(), entry], runs, ..pictures }]);
    let cuts: Vec<_> = Cutter::open(Cursor::new(&recording)).map(Result::unwrap).collect();
    assert_eq!((gaps(&cuts), cuts.iter().filter(|cut| cut.kind == SegmentKind::Init).count()), (vec![false; 3], 1));
}

/// A text whose fifth to eighth bytes are the name of a box is a text.
#[test]
fn a_text_is_no_recording() {
    for text in ["The free press and what follows it.", "My, meta matters are these."] {
        let cuts = cuts_of(text.as_bytes());
        assert_eq!(cuts[0].bytes, text.as_bytes());
    }
}

/// Marks the packets of a stream as scrambled, from this packet on.
fn scrambled(transport: &mut Transport, from: usize, pid: u16) {
    for packet in transport.packets.iter_mut().skip(from) {
        if u16::from_be_bytes([packet[1], packet[2]]) & 0x1fff == pid {
            packet[3] |= 0x80;
        }
    }
}

/// M7: if pictures are encrypted or damaged up to the end, the clip is marked as cut off, and they are counted.
#[test]
fn m7_pictures_that_end_early_are_told() {
    let recording = || {
        let mut transport = Transport::both();
        (0..2).for_each(|second| transport.second(second, second * SECOND));
        let whole = transport.packets.len();
        (2..5).for_each(|second| transport.second(second, second * SECOND));
        (transport, whole)
    };
    let (mut transport, whole) = recording();
    scrambled(&mut transport, whole, PICTURES);
    let bytes = transport.bytes();
    let mut cutter = Cutter::new(&bytes[..]);
    let error = cutter.by_ref().find_map(Result::err);
    let (at, end) = (188 * whole as u64, bytes.len() as u64);
    assert_eq!((error, cutter.left_out().1), (Some(CutError::Truncated { at, end }), 15));
    assert_eq!(sealed(&bytes[..]).unwrap().0, Ending::CutOff);
    // All packets are damaged, including the last.
    let (mut transport, whole) = recording();
    transport.packets.iter_mut().skip(whole).for_each(|packet| packet[1] |= 0x80);
    assert_eq!(sealed(&transport.bytes()[..]).unwrap().0, Ending::CutOff);
    // A recording with a stream of which nothing can be read is refused.
    for pid in [PICTURES, SOUND] {
        let (mut transport, _) = recording();
        scrambled(&mut transport, 0, pid);
        let error = cut(&transport.bytes()).1;
        assert!(matches!(error, Some(CutError::Unread { .. })), "{error:?}");
    }
}

/// If pictures pause or end, the sound of that time is left out, and nothing else.
#[test]
fn a_stretch_of_sound_alone_costs_that_sound() {
    for returns in [false, true] {
        let mut transport = Transport::both();
        transport.second(0, 0);
        transport.tables(&[(0x0f, SOUND)]);
        transport.sound(1, SECOND);
        if returns {
            transport.tables(&[(0x1b, PICTURES), (0x0f, SOUND)]);
            transport.second(2, 2 * SECOND);
        }
        let bytes = transport.bytes();
        let mut cutter = Cutter::new(&bytes[..]);
        let cuts: Vec<_> = cutter.by_ref().map(Result::unwrap).collect();
        let expected = if returns { vec![(0, 1024), (2048, 1024)] } else { vec![(0, 1024)] };
        assert_eq!(times(&cuts, Layer::Pictures), expected);
        assert_eq!(times(&cuts, Layer::Sound), expected);
        assert_eq!(cutter.left_out().1, 8, "{returns}");
        assert_eq!(gaps(&cuts), [&[false][..], &vec![true; usize::from(returns)]].concat());
        sealed(&bytes[..]).unwrap();
    }
    // Without any streams.
    let mut transport = Transport::both();
    transport.second(0, 0);
    transport.tables(&[]);
    assert_eq!(sealed(&transport.bytes()[..]).unwrap().0, Ending::Finished);
    // The other way round.
    let mut transport = Transport::new(&[(0x0f, SOUND)]);
    (0..3).for_each(|second| transport.sound(second, second * SECOND));
    transport.tables(&[(0x1b, PICTURES), (0x0f, SOUND)]);
    transport.second(3, 3 * SECOND);
    let error = cut(&transport.bytes()).1;
    assert!(matches!(error, Some(CutError::Unread { .. })), "{error:?}");
}

/// If the codec of the sound changes within a group, the new sound begins with the next group, which begins where decoding can
/// begin.
#[test]
fn a_change_of_the_sound_does_not_part_pictures() {
    let other = atom(b"othC", &[b"other"]);
    let changed = movie(&[trak(1, b"vide", &[]), trak(2, b"soun", &other)], &[trex(1), trex(2)], &[]);
    let recording = file(&[
        fragment(1, 0, true),
        fragment(2, 0, true),
        fragment(1, 1000, false),
        changed,
        fragment(2, 1000, true),
        fragment(1, 2000, false),
        fragment(2, 2000, true),
        fragment(1, 3000, true),
        fragment(2, 3000, true),
    ]);
    let mut cutter = Cutter::new(&recording[..]);
    let cuts: Vec<_> = cutter.by_ref().map(Result::unwrap).collect();
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 3000), (3000, 1000)]);
    assert_eq!(times(&cuts, Layer::Sound), [(0, 1000), (3000, 1000)]);
    assert_eq!((gaps(&cuts), cutter.left_out()), (vec![false, true], (0, 20)));
    let (init, media) = (SegmentKind::Init, SegmentKind::Media);
    let (pictures, sound) = (Layer::Pictures, Layer::Sound);
    assert_eq!(groups(&cuts)[0], [(pictures, init), (sound, init), (pictures, media), (sound, media)]);
    assert_eq!(groups(&cuts)[1], [(sound, init), (pictures, media), (sound, media)]);
    sealed(&recording[..]).unwrap();
}

/// A change at the beginning of a group leaves no sound out, whichever track comes first.
#[test]
fn a_change_at_the_beginning_of_a_group_costs_nothing() {
    let other = atom(b"othC", &[b"other"]);
    let changed = |both: bool| {
        let pictures = trak(1, b"vide", if both { &other } else { &[] });
        movie(&[pictures, trak(2, b"soun", &other)], &[trex(1), trex(2)], &[])
    };
    for (both, first, second) in [(false, 1, 2), (false, 2, 1), (true, 1, 2), (true, 2, 1)] {
        let recording = file(&[
            fragment(1, 0, true),
            fragment(2, 0, true),
            changed(both),
            fragment(first, 1000, true),
            fragment(second, 1000, true),
        ]);
        let mut cutter = Cutter::new(&recording[..]);
        let cuts: Vec<_> = cutter.by_ref().map(Result::unwrap).collect();
        assert_eq!(times(&cuts, Layer::Sound), [(0, 1000), (1000, 1000)], "{both} {first}");
        assert_eq!((gaps(&cuts), cutter.left_out()), (vec![false, true], (0, 0)));
    }
}

/// M8: a clock of nanoseconds, in which a picture of three seconds has over 2^31 ticks.
#[test]
fn m8_durations_are_believed_in_any_timescale() {
    let mut recording =
        [ftyp(), moov(&[]), each(1, 0, &[(3_000_000_000, 9)]), each(1, 3_000_000_000, &[(1, 9)])].concat();
    let mut listed = progressive(&[Track {
        durations: vec![1, 3_000_000_000, 1, 3_000_000_000, 8, 1],
        chunks: vec![vec![7; 20]],
        ..seconds(1, &[0])
    }]);
    for bytes in [&mut recording, &mut listed] {
        let at = bytes.windows(4).position(|name| name == b"mdhd").unwrap() + 16;
        bytes[at..at + 4].copy_from_slice(&1_000_000_000_u32.to_be_bytes());
    }
    assert_eq!(times(&cuts_of(&recording), Layer::Pictures)[0], (0, 3000));
    let cuts: Vec<_> = Cutter::open(Cursor::new(&listed)).map(Result::unwrap).collect();
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 6001)]);
}

/// M6: whichever box comes first, a recording is cut as a recording.
#[test]
fn m6_a_recording_may_begin_with_any_box() {
    let plain = cuts_of(&file(&[fragment(1, 0, true)]));
    let names =
        [b"uuid", b"emsg", b"prft", b"pdin", b"pnot", b"udta", b"meta", b"mfra", b"junk", b"ssix", b"styp", b"free"];
    for name in names {
        let recording = [atom(name, &[&[0; 40]]), file(&[fragment(1, 0, true)])].concat();
        assert!(cuts_of(&recording) == plain, "{}", String::from_utf8_lossy(name));
    }
}

/// Sound that goes on for months after the pictures.
#[test]
fn sound_may_go_on_for_longer_than_a_segment_lasts() {
    let hours = 20 * 3_600_000;
    let sound = (1..80).map(|at| each(2, at * hours, &[(100, 2)]));
    let recording = file(&[vec![each(1, 0, &[(100, 2)])], sound.collect()].concat());
    assert_eq!(sealed(&recording[..]).unwrap().0, Ending::Finished);
}

/// A group may have nothing but samples without bytes.
#[test]
fn samples_without_bytes_are_read_again() {
    let cuts = cuts_of(&file(&[each(1, 0, &[(10, 0); 300])]));
    let run: Vec<_> = cuts.iter().collect();
    assert_eq!(cuts.iter().map(|cut| cut.samples).sum::<u64>(), 300);
    for form in [Form::Fragmented, Form::FastStart] {
        muxed(&run, form).unwrap();
    }
}

/// Samples without bytes are refused if the file does not list each of them, so that they are not more than its length allows.
#[test]
fn samples_without_bytes_that_are_not_listed_are_refused() {
    let (cuts, error) = cut(&file(&[moof_of(1, Some(0), true, 0, 8, &[])]));
    assert!(cuts.is_empty() && matches!(error, Some(CutError::Malformed { .. })), "{error:?}");
}

/// Which tracks a second has, whether other parameters of pictures and of sound come with it, whether decoding can begin in it,
/// and whether its sound comes first.
type Second = (bool, bool, bool, bool, bool, bool);

/// A recording of such seconds, and how many samples it has.
fn changing(seconds: &[Second]) -> (Vec<u8>, u64) {
    let (mut recording, mut count, mut before, mut shown) = (ftyp(), 0, None, None);
    for (time, &(pictures, sound, other_pictures, other_sound, sync, first)) in (0..).zip(seconds) {
        // Pictures of other parameters begin with one at which decoding can begin.
        let sync = sync || shown != Some(other_pictures);
        shown = pictures.then_some(other_pictures);
        let codec = |other| if other { atom(b"othC", &[b"other"]) } else { Vec::new() };
        let tracks = [
            (pictures, trak(1, b"vide", &codec(other_pictures)), fragment(1, 1000 * time, sync)),
            (sound || !pictures, trak(2, b"soun", &codec(other_sound)), fragment(2, 1000 * time, true)),
        ];
        let present = || tracks.iter().filter(|(present, ..)| *present);
        let init = movie(&present().map(|(_, trak, _)| trak.clone()).collect::<Vec<_>>(), &[trex(1), trex(2)], &[]);
        if before.as_ref() != Some(&init) {
            recording.extend_from_slice(&init);
            before = Some(init);
        }
        let mut fragments: Vec<_> = present().map(|(_, _, fragment)| fragment.clone()).collect();
        if first {
            fragments.reverse();
        }
        count += 10 * fragments.len() as u64;
        recording.extend(fragments.concat());
    }
    (recording, count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Tracks and codecs that come and go: every sample is sealed or counted, sound lies in its group, and no group but the first
    /// begins where decoding cannot begin.
    #[test]
    fn whatever_changes_no_sample_is_lost(seconds in prop::collection::vec(any::<Second>(), 1..12)) {
        let (recording, count) = changing(&seconds);
        let mut cutter = Cutter::new(&recording[..]);
        let (mut cuts, mut error) = (Vec::new(), None);
        for cut in cutter.by_ref() {
            match cut {
                Ok(cut) => cuts.push(cut),
                Err(because) => error = Some(because),
            }
        }
        if let Some(error) = error {
            let late = seconds.iter().skip_while(|second| !second.0).count() < seconds.len();
            prop_assert!(matches!(error, CutError::Unread { .. }) && late, "{error:?}");
            return Ok(());
        }
        let sealed: u64 = cuts.iter().map(|cut| cut.samples).sum();
        prop_assert_eq!(sealed + cutter.left_out().1, count);
        let groups: Vec<_> = cuts.chunk_by(|_, next| !next.group).collect();
        for (at, group) in groups.iter().enumerate() {
            let of = |layer: Layer| {
                let media = group.iter().filter(move |cut| cut.layer == layer && cut.kind == SegmentKind::Media);
                media.flat_map(move |cut| found(&cut.bytes, 1 + layer as u32)).collect::<Vec<_>>()
            };
            let (shown, heard) = (of(Layer::Pictures), of(Layer::Sound));
            prop_assert!(at == 0 || shown.first().is_none_or(|first| first.begins));
            let next = groups.get(at + 1).map(|next| next[0].start.0);
            if !shown.is_empty() && at > 0 {
                prop_assert!(heard.iter().all(|sample| group[0].start.0 <= sample.decode && next.is_none_or(|next| sample.decode < next)));
            }
        }
        let sealed = super::cut_off::sealed(&recording[..]);
        prop_assert!(sealed.is_ok(), "{:?}", sealed.err());
    }
}
