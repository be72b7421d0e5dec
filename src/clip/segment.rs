use alloc::vec::Vec;

use crate::cbor::limits;
use crate::crypto::{BodyDigest, OpenError, Secret, Suite, TAG_LEN, open};
use crate::merkle;
use crate::record::{ClipId, Millis, SegmentKind};

use super::tree::segment_key;

/// Bytes of an encoded segment header.
pub(crate) const HEADER_LEN: usize = 57;

const NO_INIT: u32 = u32::MAX;

/// What stands before a segment's body, in the clear and signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentHeader {
    /// Its place in the clip, from 0.
    pub index: u32,
    /// When it begins, from the beginning of the clip.
    pub start: Millis,
    /// How long it is.
    pub duration: Millis,
    /// What it holds.
    pub kind: SegmentKind,
    /// Bytes of its content, without the tag; at most [`limits::SEGMENT_BYTES`].
    pub length: u32,
    /// The index of the init segment that it is played with, for media of a format that has one.
    pub init: Option<u32>,
    /// The commitment to its key.
    pub(crate) commitment: [u8; 32],
}

impl SegmentHeader {
    /// `index | start | duration | kind | length | init | commitment`, big-endian, in 4 + 8 + 4 + 1 + 4 + 4 + 32 bytes.
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let fields: [&[u8]; 7] = [
            &self.index.to_be_bytes(),
            &self.start.0.to_be_bytes(),
            &(self.duration.0 as u32).to_be_bytes(),
            &[self.kind as u8],
            &self.length.to_be_bytes(),
            &self.init.unwrap_or(NO_INIT).to_be_bytes(),
            &self.commitment,
        ];
        let mut at = 0;
        for field in fields {
            bytes[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        }
        bytes
    }

    /// Reads a header whose values are within the limits; whether it is true, the tree says.
    pub(crate) fn from_bytes(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let (index, rest) = bytes.split_first_chunk()?;
        let (start, rest) = rest.split_first_chunk()?;
        let (duration, rest) = rest.split_first_chunk()?;
        let (kind, rest) = rest.split_first()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (init, rest) = rest.split_first_chunk()?;
        let commitment = *rest.first_chunk()?;
        let index = u32::from_be_bytes(*index);
        let length = u32::from_be_bytes(*length);
        let kind = match kind {
            0 => SegmentKind::Init,
            1 => SegmentKind::Media,
            _ => return None,
        };
        let init = Some(u32::from_be_bytes(*init)).filter(|&init| init != NO_INIT);
        let fits = index < limits::SEGMENTS && length <= limits::SEGMENT_BYTES;
        // An init segment names none; a media segment names one before it.
        let names = init.is_none_or(|init| kind == SegmentKind::Media && init < index);
        (fits && names).then(|| Self {
            index,
            start: Millis(u64::from_be_bytes(*start)),
            duration: Millis(u32::from_be_bytes(*duration).into()),
            kind,
            length,
            init,
            commitment,
        })
    }

    /// Bytes of its body: ciphertext and tag.
    pub(crate) const fn body_len(&self) -> usize {
        self.length as usize + TAG_LEN
    }

    /// Its leaf in the clip's tree: RFC 6962 leaf hash of the header and the body's digest.
    pub(crate) fn leaf(self, body: &BodyDigest) -> merkle::Hash {
        merkle::leaf_hash_of(&[&self.to_bytes(), body.as_bytes()])
    }

    /// When it ends, from the beginning of the clip.
    pub fn end(&self) -> Millis {
        Millis(self.start.0.saturating_add(self.duration.0))
    }
}

/// A run of segments that is not empty: from one index to before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SegmentRange {
    from: u32,
    to: u32,
}

impl SegmentRange {
    /// The segments from one index to before a later one, within [`limits::SEGMENTS`].
    pub const fn new(from: u32, to: u32) -> Option<Self> {
        if from < to && to <= limits::SEGMENTS { Some(Self { from, to }) } else { None }
    }

    /// The first.
    pub const fn from(self) -> u32 {
        self.from
    }

    /// The one after the last.
    pub const fn to(self) -> u32 {
        self.to
    }

    /// How many.
    pub const fn count(self) -> u32 {
        self.to - self.from
    }
}

/// Opens a body in place: what was ciphertext and tag becomes the content.
pub(crate) fn open_body(
    suite: Suite,
    clip: &ClipId,
    header: SegmentHeader,
    seed: &Secret<32>,
    body: &mut Vec<u8>,
) -> Result<(), OpenError> {
    let keys = segment_key(clip, header.index, seed);
    if keys.commitment != header.commitment {
        return Err(OpenError);
    }
    let length = open(suite, &keys.key, &header.to_bytes(), body)?.len();
    body.truncate(length);
    Ok(())
}

/// What a segment in a file is: its header, and the digest of its body.
pub(crate) struct StoredSegment {
    pub(crate) header: SegmentHeader,
    pub(crate) digest: BodyDigest,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever signed it: a header that cannot be is none.
    #[test]
    fn a_header_has_an_index_a_length_and_an_init_segment_that_can_be() {
        let good = SegmentHeader {
            index: 9,
            start: Millis(1),
            duration: Millis(2),
            kind: SegmentKind::Media,
            length: 3,
            init: Some(8),
            commitment: [4; 32],
        };
        let read = |header: SegmentHeader| SegmentHeader::from_bytes(&header.to_bytes());
        for fits in [
            good,
            SegmentHeader { init: None, ..good },
            SegmentHeader { init: Some(0), ..good },
            SegmentHeader { index: limits::SEGMENTS - 1, ..good },
            SegmentHeader { length: limits::SEGMENT_BYTES, ..good },
            SegmentHeader { kind: SegmentKind::Init, init: None, ..good },
        ] {
            assert_eq!(read(fits), Some(fits));
        }
        for bad in [
            SegmentHeader { index: limits::SEGMENTS, ..good },
            SegmentHeader { index: u32::MAX, ..good },
            SegmentHeader { length: limits::SEGMENT_BYTES + 1, ..good },
            SegmentHeader { init: Some(9), ..good },
            SegmentHeader { init: Some(10), ..good },
            SegmentHeader { kind: SegmentKind::Init, ..good },
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        let mut bytes = good.to_bytes();
        bytes[16] = 2;
        assert_eq!(SegmentHeader::from_bytes(&bytes), None, "a third kind");
    }

    #[test]
    fn a_range_is_not_empty_and_within_what_a_clip_may_have() {
        for (from, to, fits) in [
            (0, 1, true),
            (0, limits::SEGMENTS, true),
            (limits::SEGMENTS - 1, limits::SEGMENTS, true),
            (5, 5, false),
            (6, 5, false),
            (0, limits::SEGMENTS + 1, false),
            (limits::SEGMENTS, limits::SEGMENTS + 1, false),
        ] {
            let range = SegmentRange::new(from, to).map(|range| (range.from(), range.to(), range.count()));
            assert_eq!(range, fits.then(|| (from, to, to - from)));
        }
    }
}
