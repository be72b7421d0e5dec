//! Cutting recordings, through the public API.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{self, Read};

use footage::media::{Bytes, Cut, CutError, Cutter};
use footage::record::{Millis, SegmentKind};
use proptest::prelude::*;

/// Everything that a cutter gives: cuts, and the error at the end if there is one.
fn cut(recording: &[u8]) -> (Vec<Cut>, Option<CutError>) {
    let (mut cuts, mut error) = (Vec::new(), None);
    for cut in Cutter::new(recording) {
        assert_eq!(error, None, "nothing comes after an error");
        match cut {
            Ok(cut) => cuts.push(cut),
            Err(because) => error = Some(because),
        }
    }
    (cuts, error)
}

fn joined<'a>(cuts: impl IntoIterator<Item = &'a Cut>) -> Vec<u8> {
    cuts.into_iter().flat_map(|cut| cut.bytes.clone()).collect()
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[test]
fn another_file_is_cut_by_size() {
    let file = vec![7; (2 << 20) + 5];
    let (cuts, error) = cut(&file);
    assert_eq!((cuts.len(), error), (3, None));
    assert_eq!(cuts[2].bytes.len(), 5);
    assert!(cuts.iter().all(|cut| (cut.kind, cut.start, cut.duration) == (SegmentKind::Media, Millis(0), Millis(0))));
    assert_eq!(joined(&cuts), file);
    assert_eq!(cut(&[]), (vec![], None));
    assert_eq!(cut(b"ftyp").0.len(), 1);
}

#[test]
fn a_piece_fits_a_segment() {
    for size in [0, (16 << 20) + 1, u64::MAX] {
        assert_eq!(Cutter::by_size(&[0][..], Bytes(size)).unwrap_err(), CutError::PieceSize { size });
    }
    assert!(Cutter::by_size(&[0][..], Bytes(16 << 20)).is_ok());
}

#[test]
fn a_reader_that_fails_is_named() {
    let mut cuts = Cutter::by_size(b"ab".chain(Failing), Bytes(2)).unwrap();
    assert_eq!(cuts.next().unwrap().unwrap().bytes, b"ab");
    assert_eq!(cuts.next(), Some(Err(CutError::Io { at: 2, kind: io::ErrorKind::PermissionDenied })));
    assert_eq!(cuts.next(), None);
}

#[test]
fn content_stays_out_of_debug() {
    let cut = Cutter::new(&b"secret words"[..]).next().unwrap().unwrap();
    let secret = format!("{:?}", b"secret words");
    assert!(!format!("{cut:?}").contains(&secret[1..20]));
    assert!(format!("{cut:?}").contains("bytes: 12"));
}

#[cfg(not(feature = "mp4"))]
#[test]
fn without_the_feature_an_mp4_is_only_cut_by_size() {
    let recording = b"\0\0\0\x08ftyp....";
    assert_eq!(cut(recording), (vec![], Some(CutError::NoMp4)));
    let pieces: Vec<_> = Cutter::by_size(&recording[..], Bytes(8)).unwrap().map(Result::unwrap).collect();
    assert_eq!(joined(&pieces), recording);
}

proptest! {
    #[test]
    fn pieces_are_the_file(file in prop::collection::vec(any::<u8>(), 0..2000), size in 1_u64..300) {
        let pieces: Vec<_> = Cutter::by_size(&file[..], Bytes(size)).unwrap().map(Result::unwrap).collect();
        prop_assert!(pieces.iter().all(|piece| !piece.bytes.is_empty() && piece.bytes.len() as u64 <= size));
        prop_assert_eq!(joined(&pieces), file);
    }
}

#[cfg(feature = "mp4")]
#[allow(clippy::trivially_copy_pass_by_ref)]
mod mp4 {
    use super::*;

    fn sample() -> Vec<u8> {
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4")).unwrap()
    }

    // A small MP4 by hand: track 1 is video, track 2 is sound, 1000 ticks a second.

    fn atom(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
        let body = parts.concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], name, &body].concat()
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn ftyp() -> Vec<u8> {
        atom(b"ftyp", &[b"iso6\0\0\0\0iso6"])
    }

    fn trak(track: u32, handler: &[u8; 4], extra: &[u8]) -> Vec<u8> {
        let own = if handler == b"vide" { 78 } else { 28 };
        described(track, handler, &atom(b"code", &[&vec![0; own], &atom(b"conf", &[b"codec"]), extra]), extra)
    }

    fn described(track: u32, handler: &[u8; 4], entry: &[u8], extra: &[u8]) -> Vec<u8> {
        let tkhd = atom(b"tkhd", &[&words(&[3, 0, 0, track]), &[0; 68]]);
        let mdhd = atom(b"mdhd", &[&words(&[0, 0, 0, 1000, 0, 0x55c4_0000])]);
        let hdlr = atom(b"hdlr", &[&[0; 8], handler, &[0; 12], b"\xff\0"]);
        let stsd = atom(b"stsd", &[&words(&[0, 1]), entry]);
        let minf = atom(b"minf", &[&atom(b"stbl", &[&stsd, extra]), extra]);
        atom(b"trak", &[&tkhd, &atom(b"mdia", &[&mdhd, &hdlr, &minf, extra]), extra])
    }

    /// With something in every box of it that may hold more.
    fn moov(extra: &[u8]) -> Vec<u8> {
        let trex = |track| atom(b"trex", &[&words(&[0, track, 1, 100, 0, 0])]);
        let mvex = atom(b"mvex", &[&trex(1), &trex(2), extra]);
        let mvhd = atom(b"mvhd", &[&[0; 100]]);
        atom(b"moov", &[&mvhd, &trak(1, b"vide", extra), &trak(2, b"soun", extra), &mvex, extra])
    }

    /// Ten samples of one track, which begin at `time`.
    fn moof(track: u32, time: Option<u32>, sync: bool) -> Vec<u8> {
        let tfhd = atom(b"tfhd", &[&words(&[0x2_0000, track])]);
        let tfdt = time.map_or(vec![], |time| atom(b"tfdt", &[&words(&[0, time])]));
        let trun = atom(b"trun", &[&words(&[4, 10, if sync { 0 } else { 1 << 16 }])]);
        atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &atom(b"traf", &[&tfhd, &tfdt, &trun])])
    }

    fn fragment(track: u32, time: u32, sync: bool) -> Vec<u8> {
        [moof(track, Some(time), sync), atom(b"mdat", &[&words(&[track, time])])].concat()
    }

    fn file(parts: &[Vec<u8>]) -> Vec<u8> {
        [ftyp(), moov(&[])].into_iter().chain(parts.iter().cloned()).flatten().collect()
    }

    fn times(cuts: &[Cut]) -> Vec<(u64, u64)> {
        cuts.iter().filter(|cut| cut.kind == SegmentKind::Media).map(|cut| (cut.start.0, cut.duration.0)).collect()
    }

    fn media(recording: &[u8]) -> Vec<Vec<u8>> {
        let (cuts, error) = cut(recording);
        assert_eq!(error, None);
        cuts.into_iter().filter(|cut| cut.kind == SegmentKind::Media).map(|cut| cut.bytes).collect()
    }

    fn failure(recording: &[u8]) -> CutError {
        cut(recording).1.expect("refused")
    }

    #[test]
    fn the_sample_has_six_seconds() {
        let sample = sample();
        let (cuts, error) = cut(&sample);
        assert_eq!(error, None);
        assert_eq!(cuts[0].kind, SegmentKind::Init);
        assert_eq!(times(&cuts), [(0, 1000), (1000, 1000), (2000, 1000), (3000, 1000), (4000, 1000), (5000, 280)]);
        // The fragments as they are, and the init without its last box, which is a `udta`.
        assert_eq!(joined(&cuts[1..]), sample[1221..446_694]);
        assert_eq!(cuts[0].bytes[36..], sample[36..1160]);
    }

    #[test]
    fn init_and_a_run_are_a_recording() {
        let (cuts, _) = cut(&sample());
        let run = joined([&cuts[0], &cuts[3], &cuts[4], &cuts[5]]);
        let (again, error) = cut(&run);
        assert_eq!(error, None);
        assert_eq!(times(&again), [(0, 1000), (1000, 1000), (2000, 1000)]);
        assert_eq!(joined(&again), run);

        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("run.mp4");
        std::fs::write(&path, run).unwrap();
        let probe = std::process::Command::new("ffprobe")
            .args(["-v", "error", "-count_frames", "-select_streams", "v", "-of", "csv=p=0"])
            .args(["-show_entries", "stream=nb_read_frames"])
            .arg(path)
            .output();
        match probe {
            Ok(said) => assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "75"),
            Err(_) => eprintln!("not checked by decoding: there is no ffprobe"),
        }
    }

    #[test]
    fn a_cut_off_recording_gives_its_whole_fragments() {
        let sample = sample();
        let (cuts, _) = cut(&sample);
        for (end, at, whole) in [(300_000, 254_853, 3), (254_855, 254_853, 3), (254_853, 254_285, 3), (80_000, 1961, 0)]
        {
            let (some, error) = cut(&sample[..end]);
            assert_eq!(error, Some(CutError::Truncated { at, end: end as u64 }));
            assert_eq!(some, cuts[..=whole]);
        }
    }

    #[test]
    fn an_ftyp_without_its_moov_begins_no_cut() {
        let with = |stray: &[u8]| {
            let first = [fragment(1, 0, true), stray.to_vec(), atom(b"mdat", &[b"more"])].concat();
            file(&[first, stray.to_vec(), fragment(1, 1000, false), fragment(1, 2000, true)])
        };
        let (cuts, error) = cut(&with(&ftyp()));
        assert_eq!((cuts.len(), error), (3, None));
        assert_eq!(cut(&with(&ftyp())), cut(&with(&atom(b"skip", &[&[0; 12]]))));
        let parted = file(&[moof(1, Some(0), true), ftyp(), atom(b"mdat", &[b"late"])]);
        assert!(matches!(failure(&parted), CutError::Malformed { .. }));
    }

    #[test]
    fn positions_and_titles_stay_out() {
        let where_it_was = b"+48.8577+002.295/";
        let private = [b"udta", b"meta", b"uuid", b"free", b"skip"].map(|name| atom(name, &[where_it_was])).concat();
        let gps = atom(b"gps ", &[where_it_was]);
        let moof = moof(1, Some(0), true);
        let moof = atom(b"moof", &[&moof[8..], &private, &gps]);
        let event = atom(b"emsg", &[where_it_was]);
        let parts = [ftyp(), private.clone(), moov(&private), event.clone(), moof, event.clone()];
        let recording = [parts.concat(), atom(b"mdat", &[b"video"]), gps, event].concat();
        let (cuts, error) = cut(&recording);
        assert_eq!(error, None);
        assert_eq!(joined(&cuts).windows(9).find(|bytes| where_it_was.starts_with(bytes)), None);
        assert_eq!(cuts[0].bytes, [ftyp(), moov(&[])].concat());
        // Offsets count from the `moof`: what was between is blank, and as long.
        let begin = recording.windows(4).position(|name| name == b"moof").unwrap() - 4;
        let end = recording.windows(5).position(|bytes| bytes == b"video").unwrap() + 5;
        assert_eq!(cuts[1].bytes.len(), end - begin);
        assert!(cuts[1].bytes.ends_with(b"mdatvideo"));
    }

    #[test]
    fn a_cut_begins_at_a_key_frame() {
        let parts = [(0, true), (1000, false), (2000, false), (3000, true), (4000, false)]
            .map(|(time, sync)| fragment(1, time, sync));
        let recording = file(&parts);
        assert_eq!(media(&recording), [parts[..3].concat(), parts[3..].concat()]);
        assert_eq!(times(&cut(&recording).0), [(0, 3000), (3000, 2000)]);
    }

    #[test]
    fn sound_goes_with_its_pictures() {
        let [v0, v1, v2] = [0, 1000, 2000].map(|time| fragment(1, time, true));
        // Sound begins a little before its pictures: frames of the two differ in length.
        let [a0, a1, a2] = [0, 980, 1960].map(|time| fragment(2, time, true));
        let pairs = |order: [[&Vec<u8>; 2]; 3]| order.map(|pair| [&pair[0][..], pair[1]].concat());
        for pairs in [pairs([[&v0, &a0], [&v1, &a1], [&v2, &a2]]), pairs([[&a0, &v0], [&a1, &v1], [&a2, &v2]])] {
            let recording = file(&pairs);
            assert_eq!(media(&recording), pairs);
            assert_eq!(times(&cut(&recording).0), [(0, 1000), (1000, 1000), (2000, 1000)]);
        }
    }

    #[test]
    fn sound_alone_is_cut_at_each_fragment() {
        let trex = atom(b"trex", &[&words(&[0, 2, 1, 100, 0, 1 << 16])]);
        let moov = atom(b"moov", &[&trak(2, b"soun", &[]), &atom(b"mvex", &[&trex])]);
        let parts = [fragment(2, 500, false), fragment(2, 1500, false)];
        let (cuts, error) = cut(&[ftyp(), moov, parts.concat()].concat());
        assert_eq!((times(&cuts), error), (vec![(0, 1000), (1000, 1000)], None));
        assert_eq!(joined(&cuts[1..]), parts.concat());
    }

    #[test]
    fn times_go_on() {
        // From the first cut on; a gap stays, an overlap does not; without `tfdt`, one after the other.
        let untimed = [moof(1, None, true), atom(b"mdat", &[])].concat();
        let recording = file(&[
            fragment(1, 7000, true),
            fragment(1, 9000, true),
            fragment(1, 9900, true),
            untimed.clone(),
            fragment(1, 0, true),
            moov(&[]),
            untimed,
        ]);
        let (cuts, error) = cut(&recording);
        let expected = [(0, 1000), (2000, 1000), (3000, 900), (3900, 1000), (4900, 1000), (5900, 1000)];
        assert_eq!((times(&cuts), error), (expected.to_vec(), None));
        let again = &cuts[6];
        assert_eq!((again.kind, again.start, again.duration), (SegmentKind::Init, Millis(5900), Millis(0)));
        assert_eq!(again.bytes, cuts[0].bytes);
    }

    #[test]
    fn a_box_may_be_long_or_endless() {
        let long = [&words(&[1])[..], b"mdat", &words(&[0, 20, 5])].concat();
        let endless = [&words(&[0])[..], b"mdat", &words(&[5])].concat();
        let parts = [[moof(1, Some(0), true), long].concat(), [moof(1, Some(1000), true), endless].concat()];
        let cuts = media(&file(&parts));
        assert_eq!(cuts[0], parts[0]);
        // Another fragment may follow it in an excerpt: it gets an end.
        assert_eq!(cuts[1], [moof(1, Some(1000), true), atom(b"mdat", &[&words(&[5])])].concat());
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
        assert_eq!(cut(&placed).0.len(), 2);
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
        // Whole fragments come before the one that is too much.
        let much = vec![0; 9 << 20];
        let parts = [true, false].map(|sync| [moof(1, None, sync), atom(b"mdat", &[&much])].concat());
        let (cuts, error) = cut(&file(&parts));
        assert!(matches!(error, Some(CutError::CutTooLarge { .. })));
        assert_eq!(joined(&cuts[1..]), parts[0]);
        assert_eq!(media(&file(&[parts[0].clone(), parts[0].clone()])).len(), 2);
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
                let media: Vec<_> = cuts.iter().filter(|cut| cut.kind == SegmentKind::Media).collect();
                prop_assert!(media.iter().all(|cut| cut.bytes.len() <= 16 << 20));
                prop_assert!(media.windows(2).all(|two| two[0].start.0.saturating_add(two[0].duration.0) <= two[1].start.0));
            }
        }

        #[test]
        fn a_recording_cut_off_anywhere_gives_a_part(end in 0_usize..447_000) {
            let sample = sample();
            let end = end.min(sample.len());
            let (whole, (part, _)) = (cut(&sample).0, cut(&sample[..end]));
            if end >= 8 {
                prop_assert_eq!(&part[..], &whole[..part.len()]);
                // The init lost a box of 61 bytes.
                let ends = whole.iter().scan(61, |at, cut| { *at += cut.bytes.len(); Some(*at) });
                prop_assert_eq!(part.len(), ends.filter(|at| *at <= end).count());
            }
        }
    }
}
