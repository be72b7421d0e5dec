//! A small MP4 by hand: track 1 is video, track 2 is sound, 1000 ticks a second. Its fragments are as the cutter
//! writes them.

pub(super) fn atom(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&(body.len() as u32 + 8).to_be_bytes()[..], name, &body].concat()
}

pub(super) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

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

/// The samples of one track, for fragments that give a size to each: read by other code than that of the cutter.
pub(super) fn samples(file: &[u8], track: u32) -> Vec<&[u8]> {
    let mut samples = Vec::new();
    for (moof, _, body) in boxes(file).into_iter().filter(|(_, name, _)| name == b"moof") {
        for (_, _, traf) in boxes(body).into_iter().filter(|(_, name, _)| name == b"traf") {
            let (head, run) = (child(traf, b"tfhd"), child(traf, b"trun"));
            let flags = word(run, 0);
            assert!(word(head, 0) & 0x2_0000 != 0 && flags & 0x201 == 0x201, "from the `moof`, with a size each");
            if word(head, 4) != track {
                continue;
            }
            let mut at = moof + word(run, 8) as usize;
            let table = 12 + if flags & 4 != 0 { 4 } else { 0 };
            let (size, step) = ((flags >> 8 & 1) as usize * 4, (flags >> 8 & 15).count_ones() as usize * 4);
            for sample in 0..word(run, 4) as usize {
                let end = at + word(run, table + sample * step + size) as usize;
                samples.push(&file[at..end]);
                at = end;
            }
        }
    }
    samples
}

/// Of a `moov`, what belongs to one track.
pub(super) fn only(moov: &[u8], track: u32) -> Vec<u8> {
    let kept = boxes(moov).into_iter().map(|(_, name, body)| match &name {
        b"trak" if word(child(body, b"tkhd"), 12) != track => Vec::new(),
        b"mvex" => {
            let kept = boxes(body).into_iter().filter(|(_, name, body)| name == b"trex" && word(body, 4) == track);
            atom(b"mvex", &[&kept.map(|(_, name, body)| atom(&name, &[body])).collect::<Vec<_>>().concat()])
        }
        b"udta" => Vec::new(),
        _ => atom(&name, &[body]),
    });
    atom(b"moov", &[&kept.collect::<Vec<_>>().concat()])
}

pub(super) fn ftyp() -> Vec<u8> {
    atom(b"ftyp", &[b"iso6\0\0\0\0iso6"])
}

pub(super) fn trak(track: u32, handler: &[u8; 4], extra: &[u8]) -> Vec<u8> {
    let own = if handler == b"vide" { 78 } else { 28 };
    described(track, handler, &atom(b"code", &[&vec![0; own], &atom(b"conf", &[b"codec"]), extra]), extra)
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
    atom(b"trex", &[&words(&[0, track, 1, 100, 0, 0])])
}

/// With something in every box of it that may hold more.
pub(super) fn movie(traks: &[Vec<u8>], trexs: &[Vec<u8>], extra: &[u8]) -> Vec<u8> {
    let mvhd = atom(b"mvhd", &[&words(&[0, 0, 0, 1000]), &[0; 84]]);
    atom(b"moov", &[&mvhd, &traks.concat(), &atom(b"mvex", &[&trexs.concat(), extra]), extra])
}

pub(super) fn moov(extra: &[u8]) -> Vec<u8> {
    movie(&[trak(1, b"vide", extra), trak(2, b"soun", extra)], &[trex(1), trex(2)], extra)
}

/// The codec parameters of the pictures and of the sound.
pub(super) fn inits() -> [Vec<u8>; 2] {
    let pictures = movie(&[trak(1, b"vide", &[])], &[trex(1)], &[]);
    let sound = movie(&[trak(2, b"soun", &[])], &[trex(2)], &[]);
    [[ftyp(), pictures].concat(), [ftyp(), sound].concat()]
}

/// Ten samples of one track, which begin at `time`, of so many bytes each. They stand so far behind the `moof`.
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
