//! A small MPEG-TS by hand: pictures of H.264 with the PID 0x100, AAC with 0x101, other streams as said.

use std::collections::BTreeMap;

pub const PICTURES: u16 = 0x100;
pub const SOUND: u16 = 0x101;
const PROGRAM: u16 = 0x1000;

/// Ticks of 1024 ms: eight frames of sound.
pub const SECOND: u64 = 92_160;

#[derive(Default, Clone)]
pub struct Transport {
    pub packets: Vec<[u8; 188]>,
    counters: BTreeMap<u16, u8>,
    /// The next packet has a discontinuity indicator.
    pub discontinuous: bool,
}

impl Transport {
    /// With tables that list streams by type and PID.
    pub fn new(streams: &[(u8, u16)]) -> Self {
        let mut transport = Self::default();
        transport.tables(streams);
        transport
    }

    /// With pictures and sound.
    pub fn both() -> Self {
        Self::new(&[(0x1b, PICTURES), (0x0f, SOUND)])
    }

    pub fn tables(&mut self, streams: &[(u8, u16)]) {
        self.section(0, 0, &[0, 1, 0xe0 | (PROGRAM >> 8) as u8, PROGRAM as u8]);
        let mut table = vec![0xe1, 0, 0xf0, 0];
        for (kind, pid) in streams {
            table.extend([*kind, 0xe0 | (pid >> 8) as u8, *pid as u8, 0xf0, 0]);
        }
        self.section(PROGRAM, 2, &table);
    }

    fn section(&mut self, pid: u16, table: u8, content: &[u8]) {
        let length = content.len() as u16 + 9;
        let mut section = vec![table, 0xb0 | (length >> 8) as u8, length as u8, 0, 1, 0xc1, 0, 0];
        section.extend_from_slice(content);
        section.extend(checksum(&section).to_be_bytes());
        section.insert(0, 0);
        section.resize(184, 0xff);
        self.packet(pid, true, &section);
    }

    /// A packet with up to 184 bytes.
    pub fn packet(&mut self, pid: u16, begins: bool, payload: &[u8]) {
        let next = self.counters.entry(pid).or_default();
        let mut packet = [0xff; 188];
        let free = 184 - payload.len();
        let marked = std::mem::take(&mut self.discontinuous);
        let field = if free > 0 { 0x30 } else { 0x10 };
        packet[..4].copy_from_slice(&[0x47, u8::from(begins) << 6 | (pid >> 8) as u8, pid as u8, field | *next]);
        if free > 0 {
            packet[4] = free as u8 - 1;
        }
        if free > 1 {
            packet[5] = u8::from(marked) << 7;
        }
        packet[4 + free..].copy_from_slice(payload);
        *next = (*next + 1) & 15;
        self.packets.push(packet);
    }

    /// A PES packet that says its length if it is short.
    pub fn pes(&mut self, pid: u16, times: Option<(u64, u64)>, payload: &[u8]) {
        let stamps =
            times.map_or(vec![], |(presented, decoded)| [stamp(0x31, presented), stamp(0x11, decoded)].concat());
        let length = u16::try_from(payload.len() + stamps.len() + 3).unwrap_or(0);
        let length = if pid == SOUND { length } else { 0 };
        let flags = if times.is_some() { 0xc0 } else { 0 };
        let mut pes = vec![0, 0, 1, if pid == SOUND { 0xc0 } else { 0xe0 }];
        pes.extend(length.to_be_bytes());
        pes.extend([0x80, flags, stamps.len() as u8]);
        pes.extend(stamps);
        pes.extend_from_slice(payload);
        self.raw(pid, &pes);
    }

    /// Bytes in as many packets as they take; 100 bytes in the last one at most, so that any can be marked.
    pub fn raw(&mut self, pid: u16, bytes: &[u8]) {
        let size = if self.discontinuous { 100 } else { 184 };
        let (first, rest) = bytes.split_at(bytes.len().min(size));
        self.packet(pid, true, first);
        rest.chunks(184).for_each(|part| self.packet(pid, false, part));
    }

    /// 1024 ms: five pictures of which the first begins, and eight frames of sound in two PES packets.
    pub fn second(&mut self, second: u64, at: u64) {
        self.pictures(second, at);
        self.sound(second, at);
    }

    pub fn pictures(&mut self, second: u64, at: u64) {
        for place in 0..5 {
            let time = at + place * SECOND / 5;
            self.pes(PICTURES, Some((time, time)), &picture(place == 0, [second as u8, place as u8]));
        }
    }

    /// Two pictures of HEVC, the first of which begins.
    pub fn hevc(&mut self, at: u64) {
        let sets = HEVC_SETS.map(<[u8]>::to_vec);
        let first = [vec![vec![0x46, 1, 0x50]], sets.to_vec(), vec![vec![0x26, 1, 0x80, 7]]].concat();
        self.pes(PICTURES, Some((at, at)), &stream(&first));
        let time = at + SECOND / 2;
        let next = [vec![0x46, 1, 0x50], vec![2, 1, 0x80, 8], vec![2, 1, 0, 9]];
        self.pes(PICTURES, Some((time, time)), &stream(&next));
    }

    pub fn sound(&mut self, second: u64, at: u64) {
        for half in 0..2 {
            let frames: Vec<u8> = (0..4).flat_map(|place| adts([second as u8, 4 * half as u8 + place])).collect();
            let time = at + half * SECOND / 2;
            self.pes(SOUND, Some((time, time)), &frames);
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.packets.concat()
    }
}

fn stamp(marker: u8, time: u64) -> Vec<u8> {
    let part = |shift: u32, bits: u64| (time >> shift & bits) as u8;
    vec![
        marker & 0xf0 | part(30, 7) << 1 | 1,
        part(22, 0xff),
        part(15, 0x7f) << 1 | 1,
        part(7, 0xff),
        part(0, 0x7f) << 1 | 1,
    ]
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte) << 24,
            |sum, _| {
                if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 }
            },
        )
    })
}

/// A sequence parameter set of H.264: so many blocks of 16 wide, one high.
pub fn sequence(blocks: u32) -> Vec<u8> {
    let golomb = |value: u32| {
        let bits = format!("{:b}", value + 1);
        "0".repeat(bits.len() - 1) + &bits
    };
    let start = format!("1{}{}{}0", golomb(0), golomb(2), golomb(1));
    let mut bits = format!("{start}{}{}11001", golomb(blocks - 1), golomb(0));
    bits += &"0".repeat(bits.len().next_multiple_of(8) - bits.len());
    let bytes =
        bits.as_bytes().chunks(8).map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap());
    [0x67, 66, 0, 10].into_iter().chain(bytes).collect()
}

pub const PARAMETERS: [u8; 4] = [0x68, 0xce, 0x38, 0x80];

/// Parameter sets of HEVC, as an encoder writes them: 64 by 48.
pub const HEVC_SETS: [&[u8]; 3] = [
    b"\x40\x01\x0c\x01\xff\xff\x01\x60\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x1e\x95\x94\x09",
    b"\x42\x01\x01\x01\x60\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x1e\xa0\x20\x83\x16\x59\x59\x52\x93\x0b\xc0\x5a\x02\0\0\x03\0\x02\0\0\x03\0\x0a\x10",
    b"\x44\x01\xc0\x73\xc0\x89",
];

/// A frame of MP3, 128 kbit/s at 44 100 samples a second, and one of AC-3, 32 kbit/s at 48 000.
pub fn mp3() -> Vec<u8> {
    [&[0xff, 0xfb, 0x90, 0xc0][..], &[1; 413]].concat()
}

pub fn ac3() -> Vec<u8> {
    [&[0x0b, 0x77, 0, 0, 0, 0x40, 0x20][..], &[1; 121]].concat()
}

/// The NAL units of a picture.
pub fn nals(begins: bool, content: [u8; 2]) -> Vec<Vec<u8>> {
    let slice = vec![if begins { 0x65 } else { 0x41 }, 0x80, content[0], content[1], 0x80];
    let sets = if begins { vec![sequence(4), PARAMETERS.to_vec()] } else { vec![] };
    [vec![vec![9, 0xf0]], sets, vec![slice]].concat()
}

/// A picture as a byte stream.
pub fn picture(begins: bool, content: [u8; 2]) -> Vec<u8> {
    stream(&nals(begins, content))
}

pub fn stream(nals: &[Vec<u8>]) -> Vec<u8> {
    nals.iter().flat_map(|nal| [&[0, 0, 0, 1], &nal[..]].concat()).collect()
}

/// NAL units as a sample has them.
pub fn sample(nals: &[Vec<u8>]) -> Vec<u8> {
    nals.iter().flat_map(|nal| [&(nal.len() as u32).to_be_bytes(), &nal[..]].concat()).collect()
}

/// A frame of AAC at 8000 samples a second: eight of them last 1024 ms.
pub fn adts(content: [u8; 2]) -> Vec<u8> {
    let length = 7 + content.len() as u8;
    let head = [0xff, 0xf1, 0x40 | 11 << 2, 0x40, length >> 3, length << 5 | 0x1f, 0xfc];
    [&head[..], &content].concat()
}
