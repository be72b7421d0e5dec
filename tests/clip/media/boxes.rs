//! A small MP4 by hand: track 1 is video, track 2 is sound, 1000 ticks a second.

pub(super) use footage_support::recordings::{atom, words};

pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(*bytes[at..].first_chunk().unwrap())
}

/// The boxes of these bytes: where each begins, its name and its content.
pub(super) fn boxes(bytes: &[u8]) -> Vec<(usize, [u8; 4], &[u8])> {
    let (mut at, mut found) = (0, Vec::new());
    while at < bytes.len() {
        let end = at + word(bytes, at) as usize;
        found.push((at, *bytes[at + 4..].first_chunk().unwrap(), &bytes[at + 8..end]));
        at = end;
    }
    found
}

pub(super) fn child<'a>(body: &'a [u8], name: &[u8; 4]) -> &'a [u8] {
    boxes(body).into_iter().find(|(_, found, _)| found == name).expect("a box").2
}

/// A sample as a fragment has it, read by other code than the cutter's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) decode: u64,
    pub(super) offset: i32,
    pub(super) duration: u32,
    /// Whether it is flagged as a sync sample.
    pub(super) begins: bool,
    pub(super) bytes: &'a [u8],
}

/// The samples of one track, in a file whose offsets count from the `moof`.
pub(super) fn found(file: &[u8], track: u32) -> Vec<Found<'_>> {
    let trex = boxes(file).into_iter().find(|(_, name, _)| name == b"moov").and_then(|(_, _, moov)| {
        let trexs = boxes(boxes(moov).into_iter().find(|(_, name, _)| name == b"mvex")?.2);
        let trex = trexs.into_iter().find(|(_, name, body)| name == b"trex" && word(body, 4) == track)?;
        Some([12, 16, 20].map(|at| word(trex.2, at)))
    });
    let trex = trex.unwrap_or_default();
    let (mut found, mut next) = (Vec::new(), 0);
    for (moof, _, body) in boxes(file).into_iter().filter(|(_, name, _)| name == b"moof") {
        for (_, _, traf) in boxes(body).into_iter().filter(|(_, name, _)| name == b"traf") {
            let head = child(traf, b"tfhd");
            if word(head, 4) != track {
                continue;
            }
            assert!(word(head, 0) & 0x2_0001 == 0x2_0000, "from the `moof`");
            let (mut defaults, mut at) = (trex, if word(head, 0) & 2 == 0 { 8 } else { 12 });
            for (bit, default) in [8, 16, 32].into_iter().zip(&mut defaults) {
                if word(head, 0) & bit != 0 {
                    *default = word(head, at);
                    at += 4;
                }
            }
            let [duration, size, flags] = defaults;
            for (_, name, body) in boxes(traf) {
                if &name == b"tfdt" {
                    let wide = word(body, 0) >> 24 == 1;
                    next = if wide {
                        u64::from(word(body, 4)) << 32 | u64::from(word(body, 8))
                    } else {
                        word(body, 4).into()
                    };
                }
                if &name != b"trun" {
                    continue;
                }
                let kinds = word(body, 0);
                assert!(kinds & 1 == 1, "with an offset");
                let mut begin = moof + word(body, 8) as usize;
                let mut at = 12;
                let mut field = |bit: u32, default: u32| {
                    if kinds & bit == 0 {
                        return default;
                    }
                    at += 4;
                    word(body, at - 4)
                };
                let first = field(4, flags);
                for sample in 0..word(body, 4) {
                    let (duration, size) = (field(0x100, duration), field(0x200, size) as usize);
                    let flags = field(0x400, if sample == 0 { first } else { flags });
                    let (decode, offset) = (next, field(0x800, 0).cast_signed());
                    let (bytes, begins) = (&file[begin..begin + size], flags & 1 << 16 == 0);
                    found.push(Found { decode, offset, duration, begins, bytes });
                    begin += size;
                    next += u64::from(duration);
                }
            }
        }
    }
    found
}

/// The bytes of the samples of one track.
pub(super) fn samples(file: &[u8], track: u32) -> Vec<&[u8]> {
    found(file, track).into_iter().map(|sample| sample.bytes).collect()
}

pub(super) fn ftyp() -> Vec<u8> {
    atom(b"ftyp", &[b"iso6\0\0\0\0iso6"])
}

pub(super) fn trak(track: u32, handler: &[u8; 4], extra: &[u8]) -> Vec<u8> {
    let own = if handler == b"vide" { 78 } else { 28 };
    described(track, handler, &atom(b"code", &[&vec![0; own], &atom(b"codC", &[b"codec"]), extra]), extra)
}

pub(super) fn described(track: u32, handler: &[u8; 4], entry: &[u8], extra: &[u8]) -> Vec<u8> {
    let tkhd = atom(b"tkhd", &[&words(&[3, 0, 0, track]), &[0; 68]]);
    let mdhd = atom(b"mdhd", &[&words(&[0, 0, 0, 1000, 0, 0x55c4_0000])]);
    let hdlr = atom(b"hdlr", &[&[0; 8], handler, &[0; 12], b"\xff\0"]);
    let stsd = atom(b"stsd", &[&words(&[0, 1]), entry]);
    let minf = atom(b"minf", &[&atom(b"stbl", &[&stsd, extra]), extra]);
    atom(b"trak", &[&tkhd, &atom(b"mdia", &[&mdhd, &hdlr, &minf, extra]), extra])
}

pub(super) fn trex(track: u32) -> Vec<u8> {
    atom(b"trex", &[&words(&[0, track, 1, 100, 0, 1 << 16])])
}

/// With something in every box of it that may hold more.
pub(super) fn movie(traks: &[Vec<u8>], trexs: &[Vec<u8>], extra: &[u8]) -> Vec<u8> {
    let mvhd = atom(b"mvhd", &[&words(&[0, 0, 0, 1000]), &[0; 84]]);
    atom(b"moov", &[&mvhd, &traks.concat(), &atom(b"mvex", &[&trexs.concat(), extra]), extra])
}

pub(super) fn moov(extra: &[u8]) -> Vec<u8> {
    movie(&[trak(1, b"vide", extra), trak(2, b"soun", extra)], &[trex(1), trex(2)], extra)
}

/// Ten samples of one track of 100 ticks each, which begin at `time`, of so many bytes each. They stand so far behind the `moof`.
/// The first is a sync sample if `sync` says so.
pub(super) fn moof_of(track: u32, time: Option<u32>, sync: bool, size: u32, behind: u32, extra: &[u8]) -> Vec<u8> {
    let tfhd = atom(b"tfhd", &[&words(&[0x2_0010, track, size])]);
    let tfdt = time.map_or(vec![], |time| atom(b"tfdt", &[&words(&[0, time])]));
    let trun = |offset| atom(b"trun", &[&words(&[5, 10, offset, if sync { 0 } else { 1 << 16 }])]);
    let moof = |offset| {
        let traf = atom(b"traf", &[&tfhd, &tfdt, &trun(offset)]);
        atom(b"moof", &[&atom(b"mfhd", &[&[0; 8]]), &traf, extra])
    };
    moof(moof(0).len() as u32 + behind)
}

pub(super) fn moof(track: u32, time: Option<u32>, sync: bool) -> Vec<u8> {
    moof_of(track, time, sync, 2, 8, &[])
}

pub(super) fn mdat(track: u32, time: u32) -> Vec<u8> {
    atom(b"mdat", &[&words(&[track, time, track, time, track])])
}

pub(super) fn fragment(track: u32, time: u32, sync: bool) -> Vec<u8> {
    [moof(track, Some(time), sync), mdat(track, time)].concat()
}

pub(super) fn file(parts: &[Vec<u8>]) -> Vec<u8> {
    [ftyp(), moov(&[])].into_iter().chain(parts.iter().cloned()).flatten().collect()
}
