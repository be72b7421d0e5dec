use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

use crate::record::Layer;

/// The codec parameters of a track: everything that its init holds.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Codec {
    pub(super) layer: Layer,
    /// How many ticks a second has; not zero.
    pub(super) timescale: u32,
    /// Width and height of the pictures, 16.16 fixed-point numbers.
    pub(super) size: [u32; 2],
    /// How the pictures are turned (ISO/IEC 14496-12 section 6.2.2).
    pub(super) matrix: [u32; 9],
    /// The version of the table with the sample entry.
    pub(super) version: u8,
    /// The sample entry, a whole box.
    pub(super) entry: Vec<u8>,
    pub(super) coding: Coding,
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codec").field("layer", &self.layer).field("timescale", &self.timescale).finish_non_exhaustive()
    }
}

impl Codec {
    /// Returns the parameter sets in the sample entry (ISO/IEC 14496-15 sections 5.3.3 and 8.3.3).
    pub(super) fn parameter_sets(&self) -> BTreeSet<Vec<u8>> {
        let mut sets = BTreeSet::new();
        // The boxes of a sample entry of pictures begin after its fields.
        let mut rest = self.entry.get(86..).unwrap_or_default();
        while let Some((size, name)) = rest.first_chunk::<8>().map(|head| head.split_at(4)) {
            let size = size.iter().fold(0_usize, |size, byte| size << 8 | usize::from(*byte));
            let Some((own, after)) = rest.split_at_checked(size).filter(|(own, _)| own.len() >= 8) else { break };
            let body = own.get(8..).unwrap_or_default();
            let _ = match name {
                b"avcC" => avc_sets(body, &mut sets),
                b"hvcC" => hevc_sets(body, &mut sets),
                _ => Some(()),
            };
            rest = after;
        }
        sets
    }
}

/// Takes the sets of an `avcC`, up to the first that is not whole.
fn avc_sets(body: &[u8], sets: &mut BTreeSet<Vec<u8>>) -> Option<()> {
    let (count, rest) = body.get(5..)?.split_first()?;
    let rest = listed_sets(usize::from(count & 0x1f), rest, sets)?;
    let (count, rest) = rest.split_first()?;
    listed_sets(usize::from(*count), rest, sets).map(|_| ())
}

/// Takes the sets of an `hvcC`, up to the first that is not whole.
fn hevc_sets(body: &[u8], sets: &mut BTreeSet<Vec<u8>>) -> Option<()> {
    let (arrays, mut rest) = body.get(22..)?.split_first()?;
    for _ in 0..*arrays {
        let count = rest.get(1..)?.first_chunk::<2>()?;
        rest = listed_sets(u16::from_be_bytes(*count).into(), rest.get(3..)?, sets)?;
    }
    Some(())
}

/// Takes so many sets, each after its length. Returns what follows them.
fn listed_sets<'a>(count: usize, mut rest: &'a [u8], sets: &mut BTreeSet<Vec<u8>>) -> Option<&'a [u8]> {
    for _ in 0..count {
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk::<2>()?));
        let (set, after) = rest.get(2..)?.split_at_checked(length)?;
        sets.insert(set.to_vec());
        rest = after;
    }
    Some(rest)
}

/// How a sample is coded, as far as it matters for where decoding can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// H.264: NAL units, each preceded by its length in this many bytes.
    Avc(usize),
    /// HEVC, in the same form.
    Hevc(usize),
    /// Anything else: the container's flags are believed.
    Other,
}

impl Coding {
    /// Returns whether decoding can begin at a sample. For H.264 and HEVC the sample itself decides, since some recorders
    /// flag every sample, or pictures that depend on earlier ones.
    pub(super) fn begins(self, flagged: bool, sample: &[u8]) -> bool {
        match self {
            // An IDR picture (H.264 table 7-1).
            Self::Avc(length) => nals(length, sample).any(|nal| nal.first().is_some_and(|first| first & 0x1f == 5)),
            // BLA, IDR and CRA pictures (H.265 table 7-1).
            Self::Hevc(length) => nals(length, sample).any(|nal| match nal {
                // Of the base layer: two more bits of the layer's number stand in the second byte.
                [first, second, ..] => (32..44).contains(&(first & 0x7f)) && first & 1 == 0 && second >> 3 == 0,
                _ => false,
            }),
            Self::Other => flagged,
        }
    }
}

impl Coding {
    /// Returns the parameter sets of a decoder configuration record.
    pub(super) fn configured_sets(self, record: &[u8]) -> BTreeSet<Vec<u8>> {
        let mut sets = BTreeSet::new();
        let _ = match self {
            Self::Hevc(_) => hevc_sets(record, &mut sets),
            _ => avc_sets(record, &mut sets),
        };
        sets
    }

    /// Returns whether a sample has parameter sets that are not those of the sample entry.
    pub(super) fn has_other_parameter_sets(self, sample: &[u8], known: &BTreeSet<Vec<u8>>) -> bool {
        let (Self::Avc(length) | Self::Hevc(length)) = self else { return false };
        nals(length, sample).any(|nal| self.parameter_set(nal).is_some() && !known.contains(nal))
    }

    /// Returns which kind of parameter set a NAL unit is, if it is one: 0 of video, 1 of a sequence, 2 of pictures.
    pub(super) fn parameter_set(self, nal: &[u8]) -> Option<usize> {
        let first = usize::from(*nal.first()?);
        match self {
            Self::Avc(_) => (first & 0x1f).checked_sub(6).filter(|kind| (1..=2).contains(kind)),
            Self::Hevc(_) => (first >> 1 & 0x3f).checked_sub(32).filter(|kind| (0..=2).contains(kind)),
            Self::Other => None,
        }
    }
}

/// The NAL units of a sample (ISO/IEC 14496-15 section 5.3.2), up to one that is longer than the sample.
pub(super) fn nals(length: usize, sample: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = sample;
    core::iter::from_fn(move || {
        let (size, after) = rest.split_at_checked(length)?;
        let size = size.iter().fold(0_usize, |size, byte| size << 8 | usize::from(*byte));
        let (nal, after) = after.split_at_checked(size)?;
        rest = after;
        Some(nal)
    })
}

/// A sample of a track, without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// When it is decoded, in ticks.
    pub(super) decode: i64,
    /// Added to `decode`, gives the presentation time.
    pub(super) offset: i32,
    pub(super) duration: u32,
    pub(super) size: u32,
    /// Whether decoding can begin here.
    pub(super) begins: bool,
    /// Whether something is missing before it, or its time was repaired.
    pub(super) gap: bool,
}

impl Sample {
    /// When it is presented.
    pub(super) const fn start(&self) -> i64 {
        self.decode.saturating_add(self.offset as i64)
    }

    /// When its presentation ends.
    pub(super) const fn end(&self) -> i64 {
        self.start().saturating_add(self.duration as i64)
    }

    /// Returns the sample with times counted from `origin`, decoded `lift` ticks later and presented at the same time.
    pub(super) fn moved(&self, lift: i64, origin: i64) -> Self {
        let offset = i64::from(self.offset).saturating_sub(lift);
        let offset = offset.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        Self { decode: self.decode.saturating_sub(origin).saturating_add(lift), offset, ..*self }
    }
}
