//! Recordings that are cut off anywhere, and whose lengths, counts and times are what no writer writes.

use std::io::Read;

use footage::crypto::Random as _;
use footage_support::common::Pinned;
use footage_support::hostile::mp4::mp4;
use footage_support::recordings::Recorded;

use super::{Named, seeds};

/// Boxes that hold boxes.
const HOLDERS: [&[u8; 4]; 11] =
    [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf", b"dinf", b"udta"];
const VALUES: [u64; 5] = [0, 1, 1 << 31, u32::MAX as u64, 1 << 63];

/// Where boxes begin and end.
fn boxes(recording: &[u8], mut at: usize, end: usize, found: &mut Vec<(usize, usize)>) {
    while let Some([a, b, c, d, name @ ..]) = recording.get(at..end.min(at + 8)).and_then(<[u8]>::first_chunk::<8>) {
        let next = (at + u32::from_be_bytes([*a, *b, *c, *d]) as usize).clamp(at + 8, end);
        found.push((at, next));
        if HOLDERS.contains(&name) {
            boxes(recording, at + 8, next, found);
        }
        at = next;
    }
}

/// The recording with a number written over what is there.
fn with_number(recording: &[u8], at: usize, value: u64) -> Vec<u8> {
    let mut damaged = recording.to_vec();
    let long = value.to_be_bytes();
    let bytes = if value >> 32 == 0 { &long[4..] } else { &long[..] };
    let place = &mut damaged[at..recording.len().min(at + bytes.len())];
    place.copy_from_slice(&bytes[..place.len()]);
    damaged
}

/// A long length: 1 in its place, and the length behind the name.
fn with_long_length(recording: &[u8], at: usize, value: u64) -> Vec<u8> {
    let mut damaged = with_number(recording, at, 1);
    damaged.splice(at + 8..at + 8, value.to_be_bytes());
    damaged
}

/// The recording cut off at each of these places and at 200 others.
fn cut_off(recording: &[u8], borders: &[usize]) -> impl Iterator<Item = Vec<u8>> {
    let mut random = Pinned(recording.len() as u64);
    let anywhere = (0..200).map(move |_| {
        let mut bytes = [0; 8];
        random.fill(&mut bytes).unwrap();
        (u64::from_le_bytes(bytes) % recording.len() as u64) as usize
    });
    borders.iter().copied().chain(anywhere).map(|end| recording[..end].to_vec())
}

/// Every damage of an MP4: each length of a box, and each number of 32 bits in a box that holds none, but samples.
fn damaged_boxes(recording: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    boxes(recording, 0, recording.len(), &mut found);
    let borders: Vec<_> = found.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let mut damaged: Vec<_> = cut_off(recording, &borders).collect();
    for (from, to) in found {
        damaged.extend(VALUES.map(|value| with_long_length(recording, from, value)));
        let name = recording[from + 4..].first_chunk().unwrap();
        let numbers = if HOLDERS.contains(&name) || name == b"mdat" { from..from + 4 } else { from..to };
        for at in numbers.step_by(4).filter(|at| *at != from + 4) {
            damaged.extend(VALUES.map(|value| with_number(recording, at, value)));
        }
    }
    damaged
}

/// Every damage of a transport stream: each byte at the beginning of a packet, where it has lengths, flags and times.
fn damaged_packets(recording: &[u8], size: usize) -> Vec<Vec<u8>> {
    let borders: Vec<_> = (0..recording.len()).step_by(size).collect();
    let mut damaged: Vec<_> = cut_off(recording, &borders).collect();
    for at in borders.iter().flat_map(|border| *border..border + 32) {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut packet = recording.to_vec();
            packet[at] = value;
            damaged.push(packet);
        }
    }
    damaged
}

fn each_is_refused_or_cut(damaged: &[Vec<u8>]) {
    assert!(damaged.len() > 500);
    for (number, recording) in damaged.iter().enumerate() {
        let _named = Named(&format!("damage {number}"));
        mp4(&[&[2, 9], &recording[..]].concat());
    }
}

fn whole(mut source: impl Read) -> Vec<u8> {
    let mut recording = Vec::new();
    source.read_to_end(&mut recording).unwrap();
    recording
}

/// With a table entry for each sample.
const RECORDED: Recorded = Recorded { seconds: 2, sizes: [20, 4] };

#[test]
fn a_damaged_fragmented_recording_is_refused_or_cut() {
    each_is_refused_or_cut(&damaged_boxes(&whole(RECORDED.in_fragments())));
}

#[test]
fn a_damaged_progressive_recording_is_refused_or_cut() {
    each_is_refused_or_cut(&damaged_boxes(&whole(RECORDED.with_index())));
}

#[test]
fn a_damaged_transport_stream_is_refused_or_cut() {
    let [plain, _, stamped, mp3, ac3] = seeds::transports().try_into().unwrap();
    for (stream, size) in [(plain, 188), (stamped, 192), (mp3, 188), (ac3, 188)] {
        each_is_refused_or_cut(&damaged_packets(&stream, size));
    }
}
