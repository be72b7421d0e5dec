//! Cutting progressive MP4, from sources that can seek.

use std::io::{Cursor, Read, Seek, SeekFrom};

use proptest::prelude::*;

use footage::media::{Cut, CutError, Cutter, Form, Layout};
use footage::record::{Layer, SegmentKind};

use super::boxes::{atom, boxes, file, found, fragment, ftyp, moov, movie, samples, trak, trex, word, words};
use super::mp4::{cuts_of, gaps, media, sample, times, track};
use super::tables::{Order, Track, in_turn, progressive, seconds, written};
use super::{cut, joined};

/// The cuts, the error at the end if there is one, and what is left out.
fn opened_of(recording: impl Read + Seek) -> (Vec<Cut>, Option<CutError>, (u64, u64)) {
    let mut cutter = Cutter::open(recording);
    let (mut cuts, mut error) = (Vec::new(), None);
    for cut in cutter.by_ref() {
        assert_eq!(error, None, "nothing comes after an error");
        match cut {
            Ok(cut) => cuts.push(cut),
            Err(because) => error = Some(because),
        }
    }
    (cuts, error, cutter.left_out())
}

/// The cuts, and the error at the end if there is one.
fn open(recording: &[u8]) -> (Vec<Cut>, Option<CutError>) {
    let (cuts, error, _) = opened_of(Cursor::new(recording));
    (cuts, error)
}

/// The cuts of a recording that is cut to its end without an error.
fn opened(recording: &[u8]) -> Vec<Cut> {
    let (cuts, error) = open(recording);
    assert_eq!(error, None);
    cuts
}

/// The error of a recording that is refused.
fn failure(recording: &[u8]) -> CutError {
    open(recording).1.expect("refused")
}

/// Where the first box of this name begins.
fn place(recording: &[u8], name: &[u8; 4]) -> u64 {
    recording.windows(4).position(|found| found == name).unwrap() as u64 - 4
}

/// Three seconds of pictures and of sound.
fn both() -> [Track; 2] {
    [seconds(1, &[0, 1000, 2000]), seconds(2, &[0, 1000, 2000])]
}

/// The cuts of the same seconds in fragments.
fn fragmented() -> Vec<Cut> {
    let parts = [0, 1000, 2000].map(|time| [fragment(1, time, true), fragment(2, time, true)].concat());
    cuts_of(&file(&parts))
}

/// M1: wherever boxes and samples are stored, and however the tables are written.
#[test]
fn m1_a_progressive_recording_is_cut_like_a_fragmented_one() {
    let expected = fragmented();
    let [pictures, sound] = both();
    let stz2 = |bits, count: u32, bytes: usize| atom(b"stz2", &[&words(&[0, bits, count]), &vec![0x22; bytes]]);
    let listed = atom(b"stsz", &[&words(&[0, 0, 30]), &words(&[2; 30])]);
    let halves = atom(b"stz2", &[&words(&[0, 16, 30]), &[0, 2].repeat(30)]);
    let bytes = atom(b"stz2", &[&words(&[0, 8, 30]), &[2; 30]]);
    for sizes in [pictures.sizes.clone(), listed, halves, bytes, stz2(4, 30, 15)] {
        for wide in [false, true] {
            let tracks = [Track { wide, sizes: sizes.clone(), ..pictures.clone() }, Track { wide, ..sound.clone() }];
            let behind = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)];
            let backwards: Vec<_> = behind.iter().rev().copied().collect();
            for chunks in [&in_turn(&tracks)[..], &behind, &backwards] {
                for order in [Order::Front, Order::Behind, Order::BeforeAll] {
                    assert!(opened(&written(&tracks, chunks, order, &[])) == expected);
                }
            }
        }
    }
    // A sample in each chunk, and chunks of different sizes.
    let apart = |track: &Track| Track {
        chunks: track.chunks.concat().chunks(2).map(<[u8]>::to_vec).collect(),
        runs: vec![1, 1, 1],
        ..track.clone()
    };
    let uneven = |track: &Track| {
        let all = track.chunks.concat();
        let chunks = [&all[..14], &all[14..28], &all[28..32], &all[32..34], &all[34..60]].map(<[u8]>::to_vec);
        Track { chunks: chunks.to_vec(), runs: vec![1, 7, 1, 3, 2, 1, 4, 1, 1, 5, 13, 1], ..track.clone() }
    };
    assert!(opened(&progressive(&[apart(&pictures), uneven(&sound)])) == expected);
    assert!(opened(&progressive(&[uneven(&pictures), apart(&sound)])) == expected);
    assert!(joined(&expected).windows(9).all(|bytes| bytes != b"+48.8577+"));
}

#[test]
fn m1_a_source_that_cannot_seek_is_told_how() {
    for order in [Order::Front, Order::Behind] {
        let recording = written(&both(), &in_turn(&both()), order, &[]);
        assert_eq!(cut(&recording), (vec![], Some(CutError::Progressive)));
    }
    assert!(CutError::Progressive.to_string().contains("`Cutter::open`"));
}

#[test]
fn what_is_not_progressive_is_opened_too() {
    let sample = sample();
    assert!(opened(&sample) == cuts_of(&sample));
    // From its first byte.
    let mut moved = Cursor::new(&sample);
    moved.set_position(1000);
    assert!(opened_of(moved).0 == cuts_of(&sample));
    let mut bytes = Cursor::new(vec![7; (1 << 20) + 5]);
    bytes.set_position(9);
    assert_eq!(opened_of(bytes).0.iter().map(|cut| cut.bytes.len()).collect::<Vec<_>>(), [1 << 20, 5]);
    // A `moov` behind something else.
    let parts = [ftyp(), atom(b"mdat", &[&vec![7; 100_000]]), moov(&[]), fragment(1, 0, true)];
    assert!(opened(&parts.concat()) == cuts_of(&file(&[fragment(1, 0, true)])));
}

/// M1, M11: edit lists keep tracks in sync.
#[test]
fn m1_edit_lists_shift_presentations() {
    let edits = |edits: &[[u32; 3]]| {
        let entries: Vec<_> = edits.iter().flat_map(|edit| words(edit)).collect();
        atom(b"edts", &[&atom(b"elst", &[&words(&[0, edits.len() as u32]), &entries])])
    };
    let [pictures, sound] = both();
    // Sound that was decoded 40 ms before; pictures that begin 300 ms later.
    let early = Track { edits: edits(&[[3000, 40, 1 << 16]]), ..sound.clone() };
    let late = Track { edits: edits(&[[300, u32::MAX, 1 << 16], [2700, 0, 1 << 16]]), ..pictures.clone() };
    let cuts = opened(&progressive(&[late, early]));
    // The first 40 ms of the sound are before the recording's own 0.
    assert_eq!(times(&cuts, Layer::Pictures), [(300, 1000), (1300, 1000), (2300, 1000)]);
    let sounds = times(&cuts, Layer::Sound);
    assert_eq!((sounds[0].0, sounds[1].0, sounds[2].0), (0, 1360, 2360));
    let presented = |layer: Layer| {
        let all: Vec<_> = media(&cuts, layer).flat_map(|cut| found(&cut.bytes, track(layer))).collect();
        all.iter().map(|sample| sample.decode.cast_signed() + i64::from(sample.offset)).collect::<Vec<_>>()
    };
    assert_eq!(presented(Layer::Pictures), (0..30).map(|at| 300 + 100 * at).collect::<Vec<_>>());
    assert_eq!(presented(Layer::Sound), (0..30).map(|at| 100 * at - 40).collect::<Vec<_>>());
}

#[test]
fn composition_offsets_and_sync_samples_are_read() {
    let [pictures, sound] = both();
    let offsets = vec![10, 200, 10, 0, 10, (-100_i32).cast_unsigned()];
    let pictures = Track { offsets: Some(offsets), syncs: Some(vec![1, 6, 21]), ..pictures };
    let cuts = opened(&progressive(&[pictures.clone(), sound.clone()]));
    let groups: Vec<_> = media(&cuts, Layer::Pictures).map(|cut| found(&cut.bytes, 1)).collect();
    assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [5, 15, 10]);
    let all = groups.concat();
    let starts: Vec<_> = all.iter().map(|sample| sample.decode.cast_signed() + i64::from(sample.offset)).collect();
    let offset = |at: i64| [200, 0, -100][usize::try_from(at / 10).unwrap()];
    // The recording begins with the sound, at 0.
    assert_eq!(starts, (0..30).map(|at| 100 * at + offset(at)).collect::<Vec<_>>());
    // Without a table of them, every sample is a sync sample.
    let cuts = opened(&progressive(&[Track { syncs: None, ..pictures }, sound]));
    assert_eq!(times(&cuts, Layer::Pictures).len(), 30);
}

#[test]
fn other_tracks_are_left_out_and_counted() {
    let [pictures, sound] = both();
    let other = |number, handler| Track { number, handler, ..seconds(2, &[0, 1000, 2000]) };
    let tracks = [other(3, b"text"), pictures, other(4, b"meta"), sound, other(5, b"soun")];
    let (cuts, error, left_out) = opened_of(Cursor::new(progressive(&tracks)));
    assert!(cuts == fragmented());
    assert_eq!((error, left_out), (None, (3, 90)));
}

/// Another sample entry is a change of codec parameters.
#[test]
fn a_sample_entry_may_change() {
    let entry = |config: &[u8]| atom(b"code", &[&[0; 78], &atom(b"codC", &[config])]);
    let [pictures, _] = both();
    let entries = vec![entry(b"one"), entry(b"two")];
    let tracks = [Track { entries: entries.clone(), runs: vec![1, 10, 2, 2, 10, 1], ..pictures.clone() }];
    let cuts = opened(&progressive(&tracks));
    let init = |config: &[u8]| {
        let own = Track { entries: vec![entry(config)], ..pictures.clone() };
        opened(&progressive(&[own]))[0].bytes.clone()
    };
    let inits: Vec<_> = cuts.iter().filter(|cut| cut.kind == SegmentKind::Init).collect();
    assert_eq!(inits.iter().map(|cut| &cut.bytes).collect::<Vec<_>>(), [&init(b"two"), &init(b"one")]);
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000), (1000, 1000), (2000, 1000)]);
    assert_eq!(gaps(&cuts), [false, true, false]);
    // The samples before one with an entry that does not exist, or that is encrypted, are cut.
    let encrypted = vec![entry(b"one"), atom(b"encv", &[&[0; 78]])];
    for (entries, runs) in [(entries, vec![1, 10, 1, 2, 10, 3]), (encrypted, vec![1, 10, 1, 2, 10, 2])] {
        let (cuts, error) = open(&progressive(&[Track { entries, runs, ..pictures.clone() }]));
        assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000)]);
        assert!(matches!(error, Some(CutError::Malformed { .. } | CutError::Unread { .. })), "{error:?}");
    }
}

/// Fragments that follow samples which the `moov` lists.
#[test]
fn a_hybrid_recording_has_both() {
    let mvex = atom(b"mvex", &[&trex(1), &trex(2)]);
    let [pictures, sound] = [seconds(1, &[0]), seconds(2, &[0])];
    let rest = [1000, 2000].map(|time| [fragment(1, time, true), fragment(2, time, true)].concat()).concat();
    for order in [Order::Front, Order::Behind] {
        let tracks = [pictures.clone(), sound.clone()];
        let begin = written(&tracks, &in_turn(&tracks), order, &mvex);
        assert!(opened(&[begin, rest.clone()].concat()) == fragmented());
    }
    // Sound that is in fragments only.
    let silent = Track {
        durations: vec![],
        syncs: None,
        runs: vec![],
        sizes: atom(b"stsz", &[&words(&[0, 0, 0])]),
        chunks: vec![],
        ..sound
    };
    let tracks = [pictures, silent];
    let begin = written(&tracks, &in_turn(&tracks), Order::Front, &mvex);
    let cuts = opened(&[begin, rest].concat());
    let heard = media(&cuts, Layer::Sound);
    assert_eq!(heard.map(|cut| cut.samples).collect::<Vec<_>>(), [0, 10, 10]);
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000), (1000, 1000), (2000, 1000)]);
}

/// M7: complete samples are cut, wherever the file ends.
#[test]
fn m7_what_is_whole_is_cut_wherever_a_progressive_file_ends() {
    let recording = progressive(&both());
    let data = place(&recording, b"mdat") as usize + 8;
    for end in data..recording.len() {
        let (cuts, error) = open(&recording[..end]);
        assert!(matches!(error, Some(CutError::Truncated { end: at, .. }) if at == end as u64), "{error:?}");
        for layer in Layer::ALL {
            let read: Vec<_> = media(&cuts, layer).flat_map(|cut| samples(&cut.bytes, track(layer))).collect();
            // Chunks of 20 bytes, in turn.
            let (turns, rest) = ((end - data) / 40, (end - data) % 40);
            let rest = if layer == Layer::Pictures { rest.min(20) } else { rest.saturating_sub(20) };
            let whole = if cuts.is_empty() { 0 } else { 10 * turns + rest / 2 };
            assert_eq!(read.len(), whole, "{end}");
            let all: Vec<_> = both()[layer as usize].chunks.concat();
            assert!(read.concat() == all[..2 * whole]);
        }
    }
    // Without its tables, nothing is known.
    let behind = written(&both(), &in_turn(&both()), Order::Behind, &[]);
    let at = place(&behind, b"moov");
    for end in [at + 9, at + 500] {
        assert_eq!(open(&behind[..end as usize]), (vec![], Some(CutError::Truncated { at, end })));
    }
    assert_eq!(failure(&behind[..at as usize]), CutError::NoInit);
}

#[test]
fn tables_that_contradict_each_other_are_named() {
    let [pictures, sound] = both();
    let check = |name: &[u8; 4], track: Track, whole: usize| {
        let recording = progressive(&[track, sound.clone()]);
        let (cuts, error) = open(&recording);
        assert!(matches!(error, Some(CutError::Malformed { at, .. }) if at == place(&recording, name)), "{error:?}");
        assert_eq!(times(&cuts, Layer::Pictures).len(), whole, "{error:?}");
    };
    let own = || pictures.clone();
    check(b"stts", Track { durations: vec![20, 100], ..own() }, 2);
    check(b"ctts", Track { offsets: Some(vec![9, 0]), ..own() }, 1);
    check(b"stsc", Track { runs: vec![2, 10, 1], ..own() }, 0);
    check(b"stsc", Track { runs: vec![], ..own() }, 0);
    check(b"stsc", Track { runs: vec![1, 10, 1, 1, 10, 1], ..own() }, 0);
    check(b"stco", Track { runs: vec![1, 10, 1, 2, 9, 1], ..own() }, 3);
    check(b"stco", Track { runs: vec![1, 0, 1], ..own() }, 0);
    check(b"stz2", Track { sizes: atom(b"stz2", &[&words(&[0, 5, 30]), &[0; 30]]), ..own() }, 0);
    check(b"stsz", Track { sizes: atom(b"stsz", &[&words(&[0, 0, 31]), &words(&[2; 30])]), ..own() }, 0);
    // A sample outside of a file that is complete.
    check(
        b"stco",
        Track { sizes: atom(b"stsz", &[&words(&[0, 0, 30]), &words(&[[2; 29].as_slice(), &[999]].concat())]), ..own() },
        3,
    );
    for missing in [b"stts", b"stsc", b"stco"] {
        let mut recording = progressive(&[own(), sound.clone()]);
        let at = place(&recording, missing) as usize;
        recording[at + 4..at + 8].copy_from_slice(b"free");
        assert!(matches!(failure(&recording), CutError::Malformed { .. }));
    }
    // The position of an error in a box that follows boxes that are not read.
    let mut recording = progressive(&[own(), sound.clone()]);
    let at = place(&recording, b"mdhd");
    recording[at as usize + 20..at as usize + 24].fill(0);
    assert_eq!(failure(&recording), CutError::Malformed { at, what: "a timescale of zero" });
}

#[test]
fn overlapping_samples_are_refused() {
    // Chunks, a thousand or two, that have the same bytes, alternate between two places, or overlap by half.
    for (count, places) in [(1000, [0, 0]), (1000, [10_000, 0]), (1000, [0, 5000]), (2, [0, 0]), (2, [0, 5000])] {
        let track = Track {
            durations: vec![count, 100],
            syncs: None,
            runs: vec![1, 1, 1],
            sizes: atom(b"stsz", &[&words(&[0, 10_000, count])]),
            chunks: vec![vec![]; count as usize],
            ..seconds(1, &[])
        };
        let mut recording = progressive(&[track]);
        let (at, end) = (place(&recording, b"stco"), recording.len() as u32);
        recording.extend(atom(b"free", &[&vec![0; 50_000]]));
        for (chunk, place) in places.iter().cycle().take(count as usize).enumerate() {
            recording[at as usize + 16 + 4 * chunk..][..4].copy_from_slice(&(end + place).to_be_bytes());
        }
        let (cuts, error) = open(&recording);
        let Some(CutError::Malformed { at: found, what }) = error else { panic!("{error:?}") };
        assert!(found == at && what.starts_with("samples that overlap"), "{what}");
        assert!(joined(&cuts).len() < 2 * recording.len());
    }
}

/// QuickTime writes a sample size of 1 for all uncompressed sound.
#[test]
fn uncompressed_sound_has_whole_frames() {
    let sound = |name: &[u8; 4]| {
        // Two channels of 16 bits.
        let entry = atom(name, &[&[0, 0, 0, 0, 0, 0, 0, 1], &[0; 8], &[0, 2, 0, 16, 0, 0, 0, 0, 0x1f, 0x40, 0, 0]]);
        Track {
            entries: vec![entry],
            durations: vec![5, 1],
            syncs: None,
            runs: vec![1, 5, 1],
            sizes: atom(b"stsz", &[&words(&[0, 1, 5])]),
            chunks: vec![(0..20).collect()],
            ..seconds(2, &[])
        }
    };
    let cuts = opened(&progressive(&[sound(b"twos")]));
    let frames: Vec<_> = (0..20).collect();
    assert_eq!(samples(&cuts[1].bytes, 2), frames.chunks(4).collect::<Vec<_>>());
    let packed = progressive(&[sound(b"ima4")]);
    assert!(matches!(failure(&packed), CutError::Malformed { at, .. } if at == place(&packed, b"stsz")));
}

/// Tables of more than one window.
#[test]
fn long_tables_are_read_in_windows() {
    let count = 70_000_u32;
    let sizes: Vec<_> = (0..count).map(|sample| 1 + sample % 5).collect();
    let chunks: Vec<Vec<u8>> = sizes.iter().zip(0_u32..).map(|(size, at)| vec![at as u8; *size as usize]).collect();
    let all = chunks.concat();
    let track = Track {
        durations: (0..count).flat_map(|sample| [1, 40 + sample % 2]).collect(),
        offsets: Some((0..count).flat_map(|sample| [1, sample % 3]).collect()),
        syncs: Some((0..count).step_by(7).map(|sample| sample + 1).collect()),
        runs: vec![1, 1, 1],
        sizes: atom(b"stsz", &[&words(&[0, 0, count]), &words(&sizes)]),
        chunks,
        ..seconds(1, &[])
    };
    let cuts = opened(&progressive(&[track]));
    let media: Vec<_> = cuts.iter().filter(|cut| cut.kind == SegmentKind::Media).collect();
    assert_eq!((media.len(), gaps(&cuts).contains(&true)), (10_000, false));
    let found: Vec<_> = media.iter().flat_map(|cut| found(&cut.bytes, 1)).collect();
    assert!(found.iter().flat_map(|sample| sample.bytes).eq(&all));
    for (sample, at) in found.iter().zip(0_u64..) {
        let decode = 40 * at + at / 2;
        assert_eq!((sample.decode, sample.begins), (decode, at % 7 == 0));
        assert_eq!(u64::try_from(sample.offset).unwrap(), at % 3);
    }
}

/// M1: sound is found wherever it is stored, although the pictures that wait for it are limited.
#[test]
fn m1_pictures_wait_for_no_sound_that_is_stored_behind_them() {
    let count = 40;
    let large = Track {
        durations: vec![count, 1000],
        syncs: None,
        runs: vec![1, 1, 1],
        sizes: atom(b"stsz", &[&words(&[0, 1 << 20, count])]),
        chunks: vec![vec![7; 1 << 20]; count as usize],
        ..seconds(1, &[])
    };
    let sound = seconds(2, &(0..count).map(|second| 1000 * second).collect::<Vec<_>>());
    let tracks = [large, sound];
    let behind: Vec<_> = [0, 1].into_iter().flat_map(|track| (0..count as usize).map(move |at| (track, at))).collect();
    let (cuts, error, left_out) = opened_of(Cursor::new(written(&tracks, &behind, Order::Front, &[])));
    assert_eq!((error, left_out), (None, (0, 0)));
    let heard = media(&cuts, Layer::Sound);
    assert_eq!(heard.map(|cut| cut.samples).collect::<Vec<_>>(), [10; 40]);
    assert_eq!(gaps(&cuts), [false; 40]);
}

/// A sample that lasts longer than all others is a gap, and tracks stay in sync after it.
#[test]
fn m8_a_pause_between_samples_is_a_gap() {
    let [pictures, sound] = both();
    let pause = |track: Track| Track { durations: vec![19, 100, 1, 60_100, 10, 100], ..track };
    let cuts = opened(&progressive(&[pause(pictures.clone()), pause(sound.clone())]));
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 1000), (1000, 1000), (62_000, 1000)]);
    assert_eq!(times(&cuts, Layer::Sound), [(0, 1000), (1000, 1000), (62_000, 1000)]);
    assert_eq!(gaps(&cuts), [false, true, true]);
    // A picture every half minute is no pause.
    let cuts = opened(&progressive(&[Track { durations: vec![30, 30_000], ..pictures.clone() }]));
    assert_eq!(times(&cuts, Layer::Pictures), [(0, 300_000), (300_000, 300_000), (600_000, 300_000)]);
    assert_eq!(gaps(&cuts), [false; 3]);
    // A difference below zero is taken back by the samples after it.
    let back = (-50_i32).cast_unsigned();
    let cuts = opened(&progressive(&[Track { durations: vec![5, 100, 1, back, 24, 100], ..pictures }, sound]));
    let all = media(&cuts, Layer::Pictures).flat_map(|cut| found(&cut.bytes, 1));
    let decodes: Vec<_> = all.map(|sample| sample.decode).collect();
    assert_eq!(decodes[4..9], [400, 500, 500, 550, 650]);
}

/// The cuts of a fragmented recording, and of the progressive file that is made from them.
#[test]
fn a_recording_that_becomes_progressive_has_the_same_cuts() {
    for source in
        [sample(), file(&[0, 1000, 2000].map(|time| [fragment(1, time, true), fragment(2, time, true)].concat()))]
    {
        let cuts = cuts_of(&source);
        let mut layout = Layout::new(Form::FastStart);
        for cut in &cuts {
            layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
        }
        let mut muxer = layout.begin(Vec::new()).unwrap();
        for cut in &cuts {
            muxer.add(cut.layer, cut.kind, &cut.bytes).unwrap();
        }
        let again = opened(&muxer.finish().unwrap());
        assert_eq!(again.len(), cuts.len());
        for (one, two) in cuts.iter().zip(&again) {
            assert_eq!((one.layer, one.kind, one.group, one.samples), (two.layer, two.kind, two.group, two.samples));
            assert_eq!((one.start, one.duration, one.gap), (two.start, two.duration, two.gap));
            assert!(one.bytes == two.bytes, "{one:?}");
        }
    }
}

/// A source that counts what is done with it.
struct Counted {
    bytes: Cursor<Vec<u8>>,
    read: u64,
    seeks: u64,
}

impl Read for Counted {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let read = self.bytes.read(to)?;
        self.read += read as u64;
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.seeks += 1;
        self.bytes.seek(to)
    }
}

/// Where the chunks of tracks alternate, each byte is read once, without seeking between chunks.
#[test]
fn each_byte_is_read_once() {
    let times: Vec<_> = (0..2000).map(|second| 1000 * second).collect();
    let tracks = [seconds(1, &times), seconds(2, &times)];
    let recording = progressive(&tracks);
    let length = recording.len() as u64;
    let mut source = Counted { bytes: Cursor::new(recording), read: 0, seeks: 0 };
    let (cuts, error, _) = opened_of(&mut source);
    assert_eq!((times.len(), error), (gaps(&cuts).len(), None));
    assert!(source.read < length + length / 10 && source.seeks < 40, "{} of {length}, {}", source.read, source.seeks);
    // A large `mdat` in front of the tables is sought over.
    let track = Track {
        runs: vec![1, 1, 1],
        durations: vec![1, 100],
        syncs: None,
        sizes: atom(b"stsz", &[&words(&[0, 10, 1])]),
        chunks: vec![vec![7; 10], vec![0; 4 << 20]],
        ..seconds(1, &[])
    };
    let recording = written(&[track], &[(0, 0), (0, 1)], Order::Behind, &[]);
    let mut source = Counted { bytes: Cursor::new(recording), read: 0, seeks: 0 };
    assert_eq!(opened_of(&mut source).0.len(), 2);
    assert!(source.read < 10_000, "{}", source.read);
}

/// Values at which arithmetic goes wrong.
const EDGES: &[u32] = &[0, 1, 2, 9, 0x7fff_ffff, 0x8000_0000, u32::MAX];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Altered tables give an error, or cuts that are not longer than the file.
    #[test]
    fn altered_tables_never_panic(
        words in prop::collection::vec((0_usize..1000, prop::sample::select(EDGES)), 1..4),
        bytes in prop::collection::vec((0_usize..4000, any::<u8>()), 0..3),
        end in 0_usize..4000,
        front in any::<bool>(),
    ) {
        let [pictures, sound] = both();
        let pictures = Track {
            sizes: atom(b"stsz", &[&super::boxes::words(&[0, 0, 30]), &super::boxes::words(&[2; 30])]),
            offsets: Some(vec![30, 0]),
            ..pictures
        };
        let tracks = [pictures, Track { wide: true, ..sound }];
        let order = if front { Order::Front } else { Order::Behind };
        let mut recording = written(&tracks, &in_turn(&tracks), order, &[]);
        let begin = place(&recording, b"moov") as usize;
        let length = word(&recording, begin) as usize;
        for (at, value) in words {
            let at = begin + 4 * (at % (length / 4));
            recording[at..at + 4].copy_from_slice(&value.to_be_bytes());
        }
        for (at, byte) in bytes {
            let length = recording.len();
            recording[at % length] = byte;
        }
        for end in [recording.len(), recording.len().min(end)] {
            let recording = &recording[..end];
            let (cuts, _) = open(recording);
            let samples: u64 = cuts.iter().map(|cut| cut.samples).sum();
            prop_assert!(joined(&cuts).len() <= 2 * recording.len() + 1024 * cuts.len() + 16 * samples as usize);
            let groups: Vec<_> = cuts.iter().filter(|cut| cut.group).collect();
            prop_assert!(groups.windows(2).all(|two| two[0].start <= two[1].start));
        }
    }
}

#[test]
fn a_movie_without_samples_is_refused() {
    let none = movie(&[trak(1, b"vide", &[])], &[], &[]);
    let at = ftyp().len() as u64;
    let body = boxes(&none)[0].2.to_vec();
    let moov = atom(b"moov", &[&body[..body.len() - 8]]);
    assert!(matches!(failure(&[ftyp(), moov].concat()), CutError::Malformed { at: found, .. } if found == at));
}
