//! Init segments and fragments as this crate writes them (ISO/IEC 14496-12 section 8.8): of one track, with codec parameters and
//! samples and nothing else. Equal parameters and samples give equal bytes, whichever recorder wrote them.

use alloc::vec::Vec;

use super::codec::{Codec, Sample};
use crate::record::Layer;

/// Sample flags (ISO/IEC 14496-12 section 8.8.3.1): depends on no other sample.
const BEGINS: u32 = 0x0200_0000;
/// Sample flags: depends on others, no sync sample.
const DEPENDS: u32 = 0x0101_0000;

/// The most bytes that a fragment adds to its samples, besides [`PER_SAMPLE`] for each.
pub(super) const OVERHEAD: u64 = 256;
/// The most bytes that a fragment adds for each sample.
pub(super) const PER_SAMPLE: u64 = 16;

/// The number of a layer's track.
const fn track(layer: Layer) -> u32 {
    match layer {
        Layer::Pictures => 1,
        Layer::Sound => 2,
    }
}

/// Returns the init segment of a track.
pub(super) fn init(codec: &Codec) -> Vec<u8> {
    let mut init = Vec::with_capacity(512 + codec.entry.len());
    file_type(&mut init);
    atom(&mut init, *b"moov", |to| {
        movie_header(to, 1000, 0);
        track_box(to, codec, [0, 0], |_| {}, no_samples);
        atom(to, *b"mvex", |to| track_extends(to, codec.layer));
    });
    init
}

/// Writes a `ftyp`.
pub(super) fn file_type(to: &mut Vec<u8>) {
    atom(to, *b"ftyp", |to| to.extend_from_slice(b"iso6\0\0\0\0iso6mp41"));
}

/// Writes a `mvhd`.
pub(super) fn movie_header(to: &mut Vec<u8>, timescale: u32, duration: u64) {
    full(to, *b"mvhd", 1 << 24, |to| {
        words(to, &[0, 0, 0, 0, timescale]);
        to.extend_from_slice(&duration.to_be_bytes());
        words(to, &[0x1_0000, 0x0100_0000, 0, 0]);
        words(to, &UNTURNED);
        words(to, &[0, 0, 0, 0, 0, 0, u32::MAX]);
    });
}

/// Writes a `trak` that lasts so many ticks of the movie and of its own timescale, with an edit list and a table of samples.
pub(super) fn track_box(
    to: &mut Vec<u8>,
    codec: &Codec,
    [duration, own]: [u64; 2],
    edits: impl FnOnce(&mut Vec<u8>),
    samples: impl FnOnce(&mut Vec<u8>),
) {
    let pictures = codec.layer == Layer::Pictures;
    atom(to, *b"trak", |to| {
        // Enabled, and in the movie.
        full(to, *b"tkhd", 1 << 24 | 3, |to| {
            words(to, &[0, 0, 0, 0, track(codec.layer), 0]);
            to.extend_from_slice(&duration.to_be_bytes());
            words(to, &[0, 0, 0, if pictures { 0 } else { 0x0100_0000 }]);
            words(to, &codec.matrix);
            words(to, &codec.size);
        });
        edits(to);
        atom(to, *b"mdia", |to| {
            // The language is "und".
            full(to, *b"mdhd", 1 << 24, |to| {
                words(to, &[0, 0, 0, 0, codec.timescale]);
                to.extend_from_slice(&own.to_be_bytes());
                words(to, &[0x55c4_0000]);
            });
            full(to, *b"hdlr", 0, |to| {
                words(to, &[0]);
                to.extend_from_slice(if pictures { b"vide" } else { b"soun" });
                to.extend_from_slice(&[0; 13]);
            });
            atom(to, *b"minf", |to| {
                if pictures {
                    full(to, *b"vmhd", 1, |to| words(to, &[0, 0]));
                } else {
                    full(to, *b"smhd", 0, |to| words(to, &[0]));
                }
                atom(to, *b"dinf", |to| {
                    full(to, *b"dref", 0, |to| {
                        words(to, &[1]);
                        full(to, *b"url ", 1, |_| {});
                    });
                });
                atom(to, *b"stbl", |to| {
                    full(to, *b"stsd", u32::from(codec.version) << 24, |to| {
                        words(to, &[1]);
                        to.extend_from_slice(&codec.entry);
                    });
                    samples(to);
                });
            });
        });
    });
}

/// Writes the tables of a track whose samples are in fragments.
pub(super) fn no_samples(to: &mut Vec<u8>) {
    full(to, *b"stts", 0, |to| words(to, &[0]));
    full(to, *b"stsc", 0, |to| words(to, &[0]));
    full(to, *b"stsz", 0, |to| words(to, &[0, 0]));
    full(to, *b"stco", 0, |to| words(to, &[0]));
}

/// Writes a `trex` whose defaults no fragment uses.
pub(super) fn track_extends(to: &mut Vec<u8>, layer: Layer) {
    full(to, *b"trex", 0, |to| words(to, &[track(layer), 1, 0, 0, 0]));
}

/// A matrix that turns nothing.
pub(super) const UNTURNED: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// Splits samples where something is missing between them. Each part becomes a fragment.
pub(super) fn parts(samples: &[Sample]) -> impl Iterator<Item = &[Sample]> {
    samples.chunk_by(|one, next| one.decode.saturating_add(i64::from(one.duration)) == next.decode)
}

/// Writes a fragment up to its data, and returns how many bytes of data have to follow.
pub(super) fn head(layer: Layer, number: u32, samples: &[Sample], to: &mut Vec<u8>) -> u64 {
    let Some((first, others)) = samples.split_first() else { return 0 };
    let flags = |sample: &Sample| if sample.begins { BEGINS } else { DEPENDS };
    // A field that is the same in all samples is written once. Flags in which only the first sample differs are written as
    // the first sample's flags.
    let last = others.last().unwrap_or(first);
    let same = |field: fn(&Sample) -> u32| others.iter().all(|other| field(other) == field(first));
    let same_duration = same(|sample| sample.duration);
    // Samples without bytes are listed one by one, so that there are not more of them than bytes.
    let same_size = same(|sample| sample.size) && (first.size > 0 || others.is_empty());
    let same_flags = others.iter().all(|other| flags(other) == flags(last));
    let no_offsets = samples.iter().all(|sample| sample.offset == 0);
    let own_first = same_flags && flags(first) != flags(last);
    let length: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();

    let (begin, mut place) = (to.len(), 0);
    atom(to, *b"moof", |to| {
        full(to, *b"mfhd", 0, |to| words(to, &[number]));
        atom(to, *b"traf", |to| {
            // Offsets count from the `moof`.
            let bit = |same: bool, bit: u32| if same { bit } else { 0 };
            let defaults = 0x2_0000 | bit(same_duration, 8) | bit(same_size, 16) | bit(same_flags, 32);
            full(to, *b"tfhd", defaults, |to| {
                words(to, &[track(layer)]);
                for (same, word) in
                    [(same_duration, first.duration), (same_size, first.size), (same_flags, flags(last))]
                {
                    if same {
                        words(to, &[word]);
                    }
                }
            });
            full(to, *b"tfdt", 1 << 24, |to| to.extend_from_slice(&first.decode.max(0).to_be_bytes()));
            let fields = [same_duration, same_size, same_flags, no_offsets];
            let each = (0..4).zip(fields).fold(0, |each, (field, same)| each | bit(!same, 0x100 << field));
            full(to, *b"trun", 1 << 24 | 1 | bit(own_first, 4) | each, |to| {
                words(to, &[samples.len() as u32]);
                place = to.len();
                words(to, &[0]);
                if own_first {
                    words(to, &[flags(first)]);
                }
                for sample in samples {
                    let own = [sample.duration, sample.size, flags(sample), sample.offset.cast_unsigned()];
                    for (same, word) in fields.into_iter().zip(own) {
                        if !same {
                            words(to, &[word]);
                        }
                    }
                }
            });
        });
    });
    // The data begins after the header of the `mdat`.
    let offset = (to.len() - begin + 8) as u32;
    put(to, place, offset);
    // No segment is as long as 4 GiB.
    words(to, &[u32::try_from(length + 8).unwrap_or(u32::MAX)]);
    to.extend_from_slice(b"mdat");
    length
}

/// Returns the number of bytes that [`head`] writes for these samples.
pub(super) fn head_length(layer: Layer, samples: &[Sample]) -> usize {
    let mut bytes = Vec::new();
    head(layer, 1, samples, &mut bytes);
    bytes.len()
}

/// Writes a box.
pub(super) fn atom(to: &mut Vec<u8>, name: [u8; 4], content: impl FnOnce(&mut Vec<u8>)) {
    let begin = to.len();
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(&name);
    content(to);
    let size = (to.len() - begin) as u32;
    put(to, begin, size);
}

/// Overwrites four bytes that were reserved.
fn put(to: &mut [u8], place: usize, word: u32) {
    if let Some(place) = to.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *place = word.to_be_bytes();
    }
}

/// Writes a box with a version (in the first byte) and flags.
pub(super) fn full(to: &mut Vec<u8>, name: [u8; 4], flags: u32, content: impl FnOnce(&mut Vec<u8>)) {
    atom(to, name, |to| {
        words(to, &[flags]);
        content(to);
    });
}

pub(super) fn words(to: &mut Vec<u8>, words: &[u32]) {
    for word in words {
        to.extend_from_slice(&word.to_be_bytes());
    }
}
