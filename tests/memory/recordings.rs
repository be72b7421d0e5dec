//! Recordings of hours, whose tables are larger than what is held of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::trivially_copy_pass_by_ref)]

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use footage::media::{Cutter, Form, Layout};
use footage_support::counting::{MIB, peak};

fn atom(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&(body.len() as u32 + 8).to_be_bytes()[..], name, &body].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn table(name: &[u8; 4], entry: usize, content: &[u32]) -> Vec<u8> {
    atom(name, &[&words(&[0, (content.len() / entry) as u32]), &words(content)])
}

/// A track with so many samples a second, each second in a chunk that begins every `stride` bytes.
fn track(number: u32, seconds: u32, rate: u32, size: u32, stride: u64, begin: u64) -> Vec<u8> {
    let (handler, own) = if number == 1 { (b"vide", 78) } else { (b"soun", 28) };
    let count = seconds * rate;
    let entry = atom(b"code", &[&vec![0; own], &atom(b"codC", &[b"codec"])]);
    let runs: Vec<_> = (0..count).flat_map(|_| [1, 1000]).collect();
    let syncs: Vec<_> = (0..seconds).map(|second| second * rate + 1).collect();
    let at: Vec<_> = (0..seconds).flat_map(|second| (begin + stride * u64::from(second)).to_be_bytes()).collect();
    let tables = [
        table(b"stts", 2, &runs),
        table(b"ctts", 2, &runs),
        table(b"stss", 1, &syncs),
        table(b"stsc", 3, &[1, rate, 1]),
        atom(b"stsz", &[&words(&[0, 0, count]), &words(&vec![size; count as usize])]),
        atom(b"co64", &[&words(&[0, seconds]), &at]),
    ];
    let stbl = atom(b"stbl", &[&atom(b"stsd", &[&words(&[0, 1]), &entry]), &tables.concat()]);
    let mdhd = atom(b"mdhd", &[&words(&[0, 0, 0, 1000 * rate, 0, 0])]);
    let hdlr = atom(b"hdlr", &[&[0; 8], handler, &[0; 13]]);
    let tkhd = atom(b"tkhd", &[&words(&[3, 0, 0, number]), &[0; 68]]);
    atom(b"trak", &[&tkhd, &atom(b"mdia", &[&mdhd, &hdlr, &atom(b"minf", &[&stbl])])])
}

/// A file of zeros after what it begins with.
struct Zeros {
    head: Cursor<Vec<u8>>,
    length: u64,
    at: u64,
}

impl Read for Zeros {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.head.set_position(self.at);
        let mut read = self.head.read(to)?;
        if read == 0 {
            read = to.len().min(usize::try_from(self.length.saturating_sub(self.at)).unwrap());
            to[..read].fill(0);
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Zeros {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.checked_add_signed(by).unwrap(),
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

/// Four hours: 700 000 samples, tables of 14 MB.
#[test]
fn the_tables_of_a_long_recording_are_read_in_windows() {
    let (seconds, stride) = (4 * 3600, 15 * 4000 + 34 * 200);
    let moov = |begin: u64| {
        let traks = [track(1, seconds, 15, 4000, stride, begin), track(2, seconds, 34, 200, stride, begin + 15 * 4000)];
        atom(b"moov", &[&atom(b"mvhd", &[&words(&[0, 0, 0, 1000]), &[0; 84]]), &traks.concat()])
    };
    let ftyp = atom(b"ftyp", &[b"isom\0\0\0\0isom"]);
    let begin = (ftyp.len() + moov(0).len() + 16) as u64;
    let length = stride * u64::from(seconds);
    let mdat = [&words(&[1])[..], b"mdat", &(length + 16).to_be_bytes()].concat();
    let head = [ftyp, moov(begin), mdat].concat();
    assert!(head.len() > 12 * MIB);
    let source = Zeros { head: Cursor::new(head), length: begin + length, at: 0 };
    let (counted, needed) = peak(|| {
        let mut counted = (0, 0);
        for cut in Cutter::open(source) {
            let cut = cut.unwrap();
            counted = (counted.0 + u64::from(cut.group), counted.1 + cut.samples);
        }
        counted
    });
    assert_eq!(counted, (u64::from(seconds), u64::from(seconds) * 49));
    assert!(needed < 16 * MIB, "{needed} bytes");
}

/// Sound of which the pictures do not come: it is left out, and not kept until the end.
#[test]
fn m9_sound_without_pictures_is_not_kept() {
    let traks = [track(1, 0, 1, 0, 0, 0), track(2, 0, 1, 0, 0, 0)].concat();
    let trex = |number| atom(b"trex", &[&words(&[0, number, 1, 0, 0, 0])]);
    let moov = atom(b"moov", &[&traks, &atom(b"mvex", &[&trex(1), &trex(2)])]);
    let second = |number: u32, time: u32, size: u32| {
        let tfhd = atom(b"tfhd", &[&words(&[0x2_0038, number, 1000, size, 0])]);
        let tfdt = atom(b"tfdt", &[&words(&[0, time])]);
        let trun = |offset| atom(b"trun", &[&words(&[1, 1, offset])]);
        let moof = |offset| {
            let traf = atom(b"traf", &[&tfhd, &tfdt, &trun(offset)]);
            atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf])
        };
        [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&vec![7; size as usize]])].concat()
    };
    let sound: Vec<_> = (0..100).flat_map(|at| second(2, 1000 * at, 1 << 20)).collect();
    let recording = [moov, second(1, 0, 10), sound].concat();
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
    let trex = atom(b"trex", &[&words(&[0, 1, 1, 0, 0, 0])]);
    let moov = atom(b"moov", &[&track(1, 0, 1, 0, 0, 0), &atom(b"mvex", &[&trex])]);
    let samples: Vec<_> = (0..each).flat_map(|sample| words(&[10 + sample % 2, 1 + sample % 3, sample % 5])).collect();
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0020, 1, 1 << 16])]);
    let trun = |offset| atom(b"trun", &[&words(&[0xb05, each, offset, 0]), &samples]);
    let moof = |offset| atom(b"moof", &[&atom(b"traf", &[&tfhd, &trun(offset)])]);
    let data = vec![7; (0..each).map(|sample| 1 + sample % 3).sum::<u32>() as usize];
    let fragment = [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&data])].concat();
    let recording = [moov, fragment.repeat(groups)].concat();
    let cuts: Vec<_> = Cutter::new(&recording[..]).map(Result::unwrap).collect();
    let (samples, needed) = peak(|| {
        let mut layout = Layout::new(Form::FastStart);
        for cut in &cuts {
            layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
        }
        let _ = layout.begin(io::sink()).unwrap();
        cuts.iter().map(|cut| cut.samples as usize).sum::<usize>()
    });
    assert_eq!(samples, groups * each as usize);
    assert!(needed < 100 * samples, "{needed} bytes for {samples}");
}
