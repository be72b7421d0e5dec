//! Recordings of hours, whose tables are larger than what is held of them.
#![allow(missing_docs, clippy::unwrap_used)]

use footage::media::{CutError, Cutter, Form, Layout};
use footage_support::counting::{MIB, peak};
use footage_support::recordings::{RATES, Recorded, atom, words};

/// Four hours: 700 000 samples, tables of 14 MB.
#[test]
fn the_tables_of_a_long_recording_are_read_in_windows() {
    let source = Recorded { seconds: 4 * 3600, sizes: [4000, 200] }.with_index();
    assert!(source.head.len() > 12 * MIB);
    let (counted, needed) = peak(|| {
        let mut counted = (0, 0);
        for cut in Cutter::open(source) {
            let cut = cut.unwrap();
            counted = (counted.0 + u64::from(cut.group), counted.1 + cut.samples);
        }
        counted
    });
    assert_eq!(counted, (4 * 3600, 4 * 3600 * u64::from(RATES[0] + RATES[1])));
    assert!(needed < 16 * MIB, "{needed} bytes");
}

/// Sound of which the pictures do not come: it is left out, and not kept until the end.
#[test]
fn m9_sound_without_pictures_is_not_kept() {
    let second = |number: u32, time: u32, size: u32| {
        let tfhd = atom(b"tfhd", &[&words(&[0x2_0038, number, 34_000, size, 0])]);
        let tfdt = atom(b"tfdt", &[&words(&[0, time])]);
        let trun = |offset| atom(b"trun", &[&words(&[1, 1, offset])]);
        let moof = |offset| {
            let traf = atom(b"traf", &[&tfhd, &tfdt, &trun(offset)]);
            atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf])
        };
        [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&vec![7; size as usize]])].concat()
    };
    let sound: Vec<_> = (0..100).flat_map(|at| second(2, 34_000 * at, 1 << 20)).collect();
    let recording = [Recorded { seconds: 0, sizes: Recorded::USUAL }.head(), second(1, 0, 10), sound].concat();
    let (samples, needed) = peak(|| {
        let mut cutter = Cutter::new(recording.as_slice());
        let cut: u64 = cutter.by_ref().map(|cut| cut.unwrap().samples).sum();
        cut + cutter.left_out().1
    });
    assert_eq!(samples, 101);
    assert!(needed < 70 * MIB, "{needed}");
}

/// An index in front is laid out in as much memory as the documentation says, for samples that have nothing in common.
#[test]
fn an_index_in_front_takes_100_bytes_a_sample() {
    let (groups, each) = (100, 1000);
    // Of a codec whose samples are not looked into.
    let mut head = Recorded { seconds: 0, sizes: Recorded::USUAL }.head();
    let at = head.windows(4).position(|name| name == b"avcC").unwrap();
    head[at..at + 4].copy_from_slice(b"codC");
    let samples: Vec<_> = (0..each).flat_map(|sample| words(&[10 + sample % 2, 1 + sample % 3, sample % 5])).collect();
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0020, 1, 1 << 16])]);
    let trun = |offset| atom(b"trun", &[&words(&[0xb05, each, offset, 0]), &samples]);
    let moof = |offset| atom(b"moof", &[&atom(b"traf", &[&tfhd, &trun(offset)])]);
    let data = vec![7; (0..each).map(|sample| 1 + sample % 3).sum::<u32>() as usize];
    let fragment = [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&data])].concat();
    let recording = [head, fragment.repeat(groups)].concat();
    let cuts: Vec<_> = Cutter::new(&recording[..]).map(Result::unwrap).collect();
    let (samples, needed) = peak(|| {
        let mut layout = Layout::new(Form::FastStart);
        for cut in &cuts {
            layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
        }
        let _ = layout.begin(std::io::sink()).unwrap();
        cuts.iter().map(|cut| cut.samples as usize).sum::<usize>()
    });
    assert_eq!(samples, groups * each as usize);
    assert!(needed < 100 * samples, "{needed} bytes for {samples}");
}

/// A few bytes claim terabytes of samples, again and again.
#[test]
fn claimed_samples_take_no_memory() {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, 1, 4 << 20])]);
    let traf = atom(b"traf", &[&tfhd, &atom(b"trun", &[&words(&[1, 1 << 20, 1 << 20])])]);
    let claims = atom(b"moof", &[&traf]).repeat(1000);
    let recording = [Recorded { seconds: 0, sizes: Recorded::USUAL }.head(), claims].concat();
    let (error, needed) = peak(|| Cutter::new(recording.as_slice()).find_map(Result::err));
    assert!(matches!(error, Some(CutError::Truncated { .. })) && needed < MIB, "{error:?}, {needed} bytes");
}
