//! Recordings of any length, which are made while they are read: of each second the pictures, in H.264, and the sound.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use super::transport::{PARAMETERS, sequence};

/// Pictures and sounds of a second.
pub const RATES: [u32; 2] = [15, 34];

/// How long it is, and what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Recorded {
    pub seconds: u32,
    /// The bytes of a picture and of a sound.
    pub sizes: [u32; 2],
}

impl Recorded {
    /// A bit more than 2 Mbit/s.
    pub const USUAL: [u32; 2] = [16_000, 250];

    /// The samples of a layer of a second.
    pub fn samples(self, second: u32, layer: usize) -> Vec<u8> {
        let (size, mut samples) = (self.sizes[layer], Vec::new());
        for number in 0..RATES[layer] {
            let end = samples.len() + size as usize;
            // One NAL unit.
            if layer == 0 {
                samples.extend((size - 4).to_be_bytes());
                samples.push(if number == 0 { 0x65 } else { 0x41 });
            }
            samples.resize(end, (second % 251) as u8);
        }
        samples
    }

    /// The bytes of a layer of a second.
    fn length(self, layer: usize) -> u32 {
        RATES[layer] * self.sizes[layer]
    }

    /// The `moov` of fragments, in which a picture or a sound lasts 1000 ticks.
    pub fn head(self) -> Vec<u8> {
        let trex = |number| atom(b"trex", &[&words(&[0, number, 1, 0, 0, 0])]);
        let none = Self { seconds: 0, ..self };
        moov(&[none.track(0, 0), none.track(1, 0), atom(b"mvex", &[&trex(1), &trex(2)])].concat())
    }

    /// As a camera writes it: a fragment of each layer each second.
    pub fn in_fragments(self) -> impl Read {
        let seconds = (0..self.seconds).map(move |second| [0, 1].map(|layer| self.fragment(second, layer)).concat());
        Parts { parts: std::iter::once(self.head()).chain(seconds), part: Cursor::default() }
    }

    /// As a recorder leaves it: an index with an entry for each sample, then all samples.
    pub fn with_index(self) -> Indexed {
        let whole = u64::from(self.length(0) + self.length(1)) * u64::from(self.seconds);
        let head = |begin: u64| {
            let tracks = [self.track(0, begin), self.track(1, begin + u64::from(self.length(0)))].concat();
            [moov(&tracks), words(&[1]), b"mdat".to_vec(), (whole + 16).to_be_bytes().to_vec()].concat()
        };
        let begin = head(0).len() as u64;
        Indexed { recorded: self, head: head(begin), at: 0, second: (0, Vec::new()), length: begin + whole }
    }

    fn fragment(self, second: u32, layer: usize) -> Vec<u8> {
        let (number, rate, size) = (layer as u32 + 1, RATES[layer], self.sizes[layer]);
        let flags = [0x101_0000, 0x200_0000][layer];
        let moof = |offset: u32| {
            let tfhd = atom(b"tfhd", &[&words(&[0x2_0038, number, 1000, size, flags])]);
            let tfdt = atom(b"tfdt", &[&words(&[0, 1000 * rate * second])]);
            let trun = atom(b"trun", &[&words(&[5, rate, offset, 0x200_0000])]);
            atom(b"moof", &[&atom(b"mfhd", &[&words(&[0, second])]), &atom(b"traf", &[&tfhd, &tfdt, &trun])])
        };
        [moof(moof(0).len() as u32 + 8), atom(b"mdat", &[&self.samples(second, layer)])].concat()
    }

    /// A track whose seconds are chunks, the first of which begins there.
    fn track(self, layer: usize, begin: u64) -> Vec<u8> {
        let (rate, count) = (RATES[layer], self.seconds * RATES[layer]);
        let stride = u64::from(self.length(0) + self.length(1));
        let runs: Vec<_> = (0..count).flat_map(|_| [1, 1000]).collect();
        let offsets: Vec<_> = (0..count).flat_map(|_| [1, 0]).collect();
        let syncs: Vec<_> = (0..self.seconds).map(|second| second * rate + 1).collect();
        let at: Vec<_> =
            (0..self.seconds).flat_map(|second| (begin + stride * u64::from(second)).to_be_bytes()).collect();
        let tables = [
            table(b"stts", 2, &runs),
            table(b"ctts", 2, &offsets),
            table(b"stss", 1, &syncs),
            table(b"stsc", 3, &[1, rate, 1]),
            atom(b"stsz", &[&words(&[0, 0, count]), &words(&vec![self.sizes[layer]; count as usize])]),
            atom(b"co64", &[&words(&[0, self.seconds]), &at]),
        ];
        let (handler, entry) = if layer == 0 { (b"vide", pictures()) } else { (b"soun", sound()) };
        let stbl = atom(b"stbl", &[&atom(b"stsd", &[&words(&[0, 1]), &entry]), &tables.concat()]);
        let mdhd = atom(b"mdhd", &[&words(&[0, 0, 0, 1000 * rate, 0, 0])]);
        let hdlr = atom(b"hdlr", &[&[0; 8], handler, &[0; 13]]);
        let tkhd = atom(b"tkhd", &[&words(&[3, 0, 0, layer as u32 + 1]), &[0; 68]]);
        atom(b"trak", &[&tkhd, &atom(b"mdia", &[&mdhd, &hdlr, &atom(b"minf", &[&stbl])])])
    }
}

pub fn atom(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&(body.len() as u32 + 8).to_be_bytes()[..], name, &body].concat()
}

pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn table(name: &[u8; 4], entry: usize, content: &[u32]) -> Vec<u8> {
    atom(name, &[&words(&[0, (content.len() / entry) as u32]), &words(content)])
}

fn moov(parts: &[u8]) -> Vec<u8> {
    atom(b"moov", &[&atom(b"mvhd", &[&words(&[0, 0, 0, 1000]), &[0; 84]]), parts])
}

/// A sample entry of H.264.
fn pictures() -> Vec<u8> {
    let set = sequence(4);
    let sets = [&[0xe1, 0, set.len() as u8], &set[..], &[1, 0, PARAMETERS.len() as u8], &PARAMETERS].concat();
    atom(b"avc1", &[&[0; 78], &atom(b"avcC", &[&[1, 66, 0, 10, 0xff], &sets])])
}

/// A sample entry of what nobody knows.
fn sound() -> Vec<u8> {
    atom(b"code", &[&[0; 28], &atom(b"codC", &[b"codec"])])
}

/// A source that is made part by part.
struct Parts<I> {
    parts: I,
    part: Cursor<Vec<u8>>,
}

impl<I: Iterator<Item = Vec<u8>>> Read for Parts<I> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.part.read(to)?;
            if read > 0 || to.is_empty() {
                return Ok(read);
            }
            let Some(part) = self.parts.next() else { return Ok(0) };
            self.part = Cursor::new(part);
        }
    }
}

/// A source that is made where it is read.
#[derive(Debug)]
pub struct Indexed {
    recorded: Recorded,
    /// All before the samples.
    pub head: Vec<u8>,
    at: u64,
    /// The second that was read last.
    second: (u64, Vec<u8>),
    length: u64,
}

impl Read for Indexed {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = match self.at.checked_sub(self.head.len() as u64) {
            _ if self.at >= self.length => return Ok(0),
            None => (&self.head[self.at as usize..]).read(to)?,
            Some(since) => {
                let stride = u64::from(self.recorded.length(0) + self.recorded.length(1));
                let (second, data) = &mut self.second;
                if data.is_empty() || *second != since / stride {
                    *second = since / stride;
                    *data = [0, 1].map(|layer| self.recorded.samples(*second as u32, layer)).concat();
                }
                (&data[(since % stride) as usize..]).read(to)?
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Indexed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.checked_add_signed(by).unwrap(),
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}
