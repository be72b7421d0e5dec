//! Small progressive MP4s, made by hand, with tables of any content.

use super::boxes::{atom, child, ftyp, trak, words};

/// A track of a progressive file: the content of its tables.
#[derive(Clone)]
pub(super) struct Track {
    pub(super) number: u32,
    pub(super) handler: &'static [u8; 4],
    /// The sample entries; by default one as in fragments.
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) edits: Vec<u8>,
    pub(super) durations: Vec<u32>,
    pub(super) offsets: Option<Vec<u32>>,
    pub(super) syncs: Option<Vec<u32>>,
    /// First chunk, samples of a chunk, sample entry.
    pub(super) runs: Vec<u32>,
    /// A whole `stsz` or `stz2`.
    pub(super) sizes: Vec<u8>,
    pub(super) wide: bool,
    pub(super) chunks: Vec<Vec<u8>>,
}

/// A table, as a box. `entry` is the number of words in an entry.
pub(super) fn table(name: &[u8; 4], entry: usize, content: &[u32]) -> Vec<u8> {
    atom(name, &[&words(&[0, (content.len() / entry) as u32]), &words(content)])
}

/// A track of the seconds that `fragment` writes, each in a chunk: ten samples of two bytes.
pub(super) fn seconds(number: u32, times: &[u32]) -> Track {
    let count = 10 * times.len() as u32;
    Track {
        number,
        handler: if number == 1 { b"vide" } else { b"soun" },
        entries: Vec::new(),
        edits: Vec::new(),
        durations: vec![count, 100],
        offsets: None,
        syncs: Some((0..count).step_by(10).map(|sample| sample + 1).collect()),
        runs: vec![1, 10, 1],
        sizes: atom(b"stsz", &[&words(&[0, 2, count])]),
        wide: false,
        chunks: times.iter().map(|&time| words(&[number, time, number, time, number])).collect(),
    }
}

impl Track {
    fn trak(&self, at: &[u64]) -> Vec<u8> {
        let positions = if self.wide {
            let at: Vec<_> = at.iter().flat_map(|at| at.to_be_bytes()).collect();
            atom(b"co64", &[&words(&[0, self.chunks.len() as u32]), &at])
        } else {
            table(b"stco", 1, &at.iter().map(|at| *at as u32).collect::<Vec<_>>())
        };
        let mut tables = [table(b"stts", 2, &self.durations), table(b"stsc", 3, &self.runs)].concat();
        tables.extend(self.offsets.iter().flat_map(|offsets| table(b"ctts", 2, offsets)));
        tables.extend(self.syncs.iter().flat_map(|syncs| table(b"stss", 1, syncs)));
        tables.extend([&self.sizes[..], &positions].concat());
        // Like `trak`, with tables and edits.
        let plain = trak(self.number, self.handler, &[]);
        let own = child(child(child(child(&plain, b"trak"), b"mdia"), b"minf"), b"stbl");
        let stsd = match &self.entries[..] {
            [] => own.to_vec(),
            entries => atom(b"stsd", &[&words(&[0, entries.len() as u32]), &entries.concat()]),
        };
        let [tkhd, mdhd] = [b"tkhd", b"mdhd"].map(|name| {
            let body = if name == b"tkhd" { child(&plain, b"trak") } else { child(child(&plain, b"trak"), b"mdia") };
            atom(name, &[child(body, name)])
        });
        let hdlr = atom(b"hdlr", &[child(child(child(&plain, b"trak"), b"mdia"), b"hdlr")]);
        let names = atom(b"udta", &[b"+48.8577+002.295/"]);
        let minf = atom(b"minf", &[&names, &atom(b"stbl", &[&tables, &stsd])]);
        atom(b"trak", &[&names, &tkhd, &self.edits, &atom(b"mdia", &[&mdhd, &hdlr, &minf])])
    }
}

/// The order of the boxes of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// `ftyp`, `moov`, `mdat`.
    Front,
    /// `ftyp`, `mdat`, `moov`.
    Behind,
    /// `moov`, `ftyp`, `mdat`.
    BeforeAll,
}

/// A file with these chunks in this order: the index of the track, and the index of the chunk in it.
pub(super) fn written(tracks: &[Track], chunks: &[(usize, usize)], order: Order, mvex: &[u8]) -> Vec<u8> {
    let head = |at: &[Vec<u64>]| {
        let traks: Vec<_> = tracks.iter().zip(at).flat_map(|(track, at)| track.trak(at)).collect();
        let mvhd = atom(b"mvhd", &[&words(&[0, 0, 0, 1000]), &[0; 84]]);
        atom(b"moov", &[&mvhd, &atom(b"udta", &[b"+48.8577+002.295/"]), &traks, mvex, &[0; 4]])
    };
    let mut at: Vec<_> = tracks.iter().map(|track| vec![0; track.chunks.len()]).collect();
    let mut next = ftyp().len() as u64 + 8 + if order == Order::Behind { 0 } else { head(&at).len() as u64 };
    let mut data = Vec::new();
    for &(track, chunk) in chunks {
        at[track][chunk] = next;
        next += tracks[track].chunks[chunk].len() as u64;
        data.extend_from_slice(&tracks[track].chunks[chunk]);
    }
    let (moov, mdat) = (head(&at), atom(b"mdat", &[&data]));
    match order {
        Order::Front => [ftyp(), moov, mdat],
        Order::Behind => [ftyp(), mdat, moov],
        Order::BeforeAll => [moov, ftyp(), mdat],
    }
    .concat()
}

/// The chunks of all tracks, alternating.
pub(super) fn in_turn(tracks: &[Track]) -> Vec<(usize, usize)> {
    let most = tracks.iter().map(|track| track.chunks.len()).max().unwrap_or(0);
    let turn = |chunk| (0..tracks.len()).map(move |track| (track, chunk));
    (0..most).flat_map(turn).filter(|&(track, chunk)| chunk < tracks[track].chunks.len()).collect()
}

/// A file whose `moov` precedes its data, with alternating chunks.
pub(super) fn progressive(tracks: &[Track]) -> Vec<u8> {
    written(tracks, &in_turn(tracks), Order::Front, &[])
}
