use alloc::vec::Vec;

use crate::cbor::limits;
use crate::crypto::{BodyDigest, Digest, Label, OpenError, Secret, Suite, TAG_LEN, open};
use crate::merkle;
use crate::record::{Layer, Millis, SegmentKind};

use super::tree::KeyTree;

/// Bytes of the open half of a leaf.
pub(crate) const OPEN_LEN: usize = 19;

/// Bytes of what stands before a segment's body.
pub(crate) const HEADER_LEN: usize = OPEN_LEN + 40;

/// Bytes of a segment's header and the digest of its body.
pub(crate) const STORED_LEN: usize = HEADER_LEN + 32;

const NO_INIT: u32 = u32::MAX;

/// Bits of the flags.
const GROUP: u8 = 1;
const GAP: u8 = 2;

/// What everybody may see of a segment, also of one that a grant leaves out: where it stands, and when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenHalf {
    /// The segment's place in the clip, from 0.
    pub index: u32,
    /// When it begins, from the clip's start 0.
    pub start: Millis,
    /// How long it lasts; below 2^32.
    pub duration: Millis,
    /// Which layer it belongs to.
    pub layer: Layer,
    /// What it holds.
    pub kind: SegmentKind,
    /// Whether it is the first segment of a group.
    pub group: bool,
    /// Whether the recording jumped, lost something or changed its codec, before this or within its group.
    pub gap: bool,
}

impl OpenHalf {
    /// `index | start | duration | layer | kind | flags`, big-endian, in 4 + 8 + 4 + 1 + 1 + 1 bytes.
    pub(crate) fn to_bytes(self) -> [u8; OPEN_LEN] {
        let mut bytes = [0; OPEN_LEN];
        bytes[..4].copy_from_slice(&self.index.to_be_bytes());
        bytes[4..12].copy_from_slice(&self.start.0.to_be_bytes());
        bytes[12..16].copy_from_slice(&(self.duration.0 as u32).to_be_bytes());
        let flags = if self.group { GROUP } else { 0 } | if self.gap { GAP } else { 0 };
        bytes[16..].copy_from_slice(&[self.layer as u8, self.kind as u8, flags]);
        bytes
    }

    /// Reads an open half, or returns `None` if its values are impossible. Only the tree shows whether it is genuine.
    pub(crate) fn from_bytes(bytes: &[u8; OPEN_LEN]) -> Option<Self> {
        let (index, rest) = bytes.split_first_chunk()?;
        let (start, rest) = rest.split_first_chunk()?;
        let (duration, rest) = rest.split_first_chunk()?;
        let [layer, kind, flags] = *rest.first_chunk()?;
        let layer = match layer {
            0 => Layer::Pictures,
            1 => Layer::Sound,
            _ => return None,
        };
        let kind = match kind {
            0 => SegmentKind::Init,
            1 => SegmentKind::Media,
            _ => return None,
        };
        let (index, duration) = (u32::from_be_bytes(*index), u32::from_be_bytes(*duration));
        let fits = index < limits::SEGMENTS && flags & !(GROUP | GAP) == 0;
        // Codec parameters last no time, and the first segment of a clip begins its first group.
        let can_be = (kind == SegmentKind::Media || duration == 0) && (index > 0 || flags & GROUP != 0);
        (fits && can_be).then(|| Self {
            index,
            start: Millis(u64::from_be_bytes(*start)),
            duration: Millis(duration.into()),
            layer,
            kind,
            group: flags & GROUP != 0,
            gap: flags & GAP != 0,
        })
    }

    /// Returns when it ends, from the clip's start 0.
    pub fn end(&self) -> Millis {
        Millis(self.start.0.saturating_add(self.duration.0))
    }

    /// Returns the leaf in the clip's tree: the RFC 6962 leaf hash of the open and the closed half.
    pub(crate) fn leaf(self, closed: &Digest) -> merkle::Hash {
        merkle::leaf_hash_of(&[&self.to_bytes(), closed.as_bytes()])
    }
}

/// What stands before a segment's body, in the clear and signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentHeader {
    /// What everybody may see.
    pub open: OpenHalf,
    /// Bytes of its content, without the tag; at most [`limits::SEGMENT_BYTES`].
    pub length: u32,
    /// The index of the init segment that it is played with, for media of a format that has one.
    pub init: Option<u32>,
    /// The commitment to its key.
    pub(crate) commitment: [u8; 32],
}

impl SegmentHeader {
    /// The header of these values, or `None` if no segment can have them.
    fn new(open: OpenHalf, length: u32, init: Option<u32>, commitment: [u8; 32]) -> Option<Self> {
        // An init segment names none; a media segment names one before it.
        let names = init.is_none_or(|init| open.kind == SegmentKind::Media && init < open.index);
        (length <= limits::SEGMENT_BYTES && names).then_some(Self { open, length, init, commitment })
    }

    /// `open | length | init | commitment`, big-endian, in 19 + 4 + 4 + 32 bytes.
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..OPEN_LEN].copy_from_slice(&self.open.to_bytes());
        bytes[OPEN_LEN..OPEN_LEN + 8].copy_from_slice(self.sizes().as_flattened());
        bytes[OPEN_LEN + 8..].copy_from_slice(&self.commitment);
        bytes
    }

    /// Reads a header whose values are within the limits. Whether it is true, the tree says.
    pub(crate) fn from_bytes(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let (open, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (init, rest) = rest.split_first_chunk()?;
        Self::new(OpenHalf::from_bytes(open)?, u32::from_be_bytes(*length), read_init(*init), *rest.first_chunk()?)
    }

    fn sizes(&self) -> [[u8; 4]; 2] {
        [self.length.to_be_bytes(), init_bytes(self.init)]
    }

    /// Returns the bytes of its body: ciphertext and tag.
    pub(crate) const fn body_len(&self) -> usize {
        self.length as usize + TAG_LEN
    }
}

/// The `init` field: `ffffffff` for none.
fn init_bytes(init: Option<u32>) -> [u8; 4] {
    init.unwrap_or(NO_INIT).to_be_bytes()
}

fn read_init(bytes: [u8; 4]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes)).filter(|&init| init != NO_INIT)
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
    tree: KeyTree,
    header: SegmentHeader,
    seed: &Secret<32>,
    body: &mut Vec<u8>,
) -> Result<(), OpenError> {
    let keys = tree.segment_key(header.open.index, seed);
    if keys.commitment != header.commitment {
        return Err(OpenError);
    }
    let length = open(suite, &keys.key, &header.to_bytes(), body)?.len();
    body.truncate(length);
    Ok(())
}

/// What a segment in a file is: its header, and the digest of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredSegment {
    pub(crate) header: SegmentHeader,
    pub(crate) digest: BodyDigest,
}

impl StoredSegment {
    /// `header | BLAKE3(body)`, in 59 + 32 bytes.
    pub(crate) fn to_bytes(self) -> [u8; STORED_LEN] {
        let mut bytes = [0; STORED_LEN];
        bytes[..HEADER_LEN].copy_from_slice(&self.header.to_bytes());
        bytes[HEADER_LEN..].copy_from_slice(self.digest.as_bytes());
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) writes, or returns `None` if no segment can have such a header.
    pub(crate) fn from_bytes(bytes: &[u8; STORED_LEN]) -> Option<Self> {
        let (header, digest) = bytes.split_first_chunk()?;
        let header = SegmentHeader::from_bytes(header)?;
        Some(Self { header, digest: BodyDigest::from_bytes(*digest.first_chunk()?) })
    }

    /// Returns the closed half of its leaf. It reveals nothing of a segment that is left out.
    pub(crate) fn closed(&self) -> Digest {
        let Self { header, digest } = self;
        Digest::of(Label::CLOSED, &[header.sizes().as_flattened(), &header.commitment, digest.as_bytes()])
    }

    /// Returns its leaf in the clip's tree.
    pub(crate) fn leaf(&self) -> merkle::Hash {
        self.header.open.leaf(&self.closed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever signed it: a header that cannot be is none.
    #[test]
    fn a_header_has_an_index_a_length_and_an_init_segment_that_can_be() {
        let open = OpenHalf {
            index: 9,
            start: Millis(1),
            duration: Millis(2),
            layer: Layer::Sound,
            kind: SegmentKind::Media,
            group: true,
            gap: true,
        };
        let good = SegmentHeader { open, length: 3, init: Some(8), commitment: [4; 32] };
        let init = OpenHalf { kind: SegmentKind::Init, duration: Millis(0), ..open };
        let read = |header: SegmentHeader| SegmentHeader::from_bytes(&header.to_bytes());
        for fits in [
            good,
            SegmentHeader { init: None, ..good },
            SegmentHeader { init: Some(0), ..good },
            SegmentHeader { open: OpenHalf { index: limits::SEGMENTS - 1, ..open }, ..good },
            SegmentHeader { open: OpenHalf { layer: Layer::Pictures, group: false, gap: false, ..open }, ..good },
            SegmentHeader { length: limits::SEGMENT_BYTES, ..good },
            SegmentHeader { open: init, init: None, ..good },
            SegmentHeader { open: OpenHalf { index: 0, ..open }, init: None, ..good },
        ] {
            assert_eq!(read(fits), Some(fits));
        }
        for bad in [
            SegmentHeader { open: OpenHalf { index: limits::SEGMENTS, ..open }, ..good },
            SegmentHeader { open: OpenHalf { index: u32::MAX, ..open }, ..good },
            SegmentHeader { length: limits::SEGMENT_BYTES + 1, ..good },
            SegmentHeader { init: Some(9), ..good },
            SegmentHeader { init: Some(10), ..good },
            SegmentHeader { open: init, ..good },
            SegmentHeader { open: OpenHalf { duration: Millis(1), ..init }, init: None, ..good },
            SegmentHeader { open: OpenHalf { index: 0, group: false, ..open }, init: None, ..good },
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        for (at, value, what) in [(16, 2, "a third layer"), (17, 2, "a third kind"), (18, 4, "a third flag")] {
            let mut bytes = good.to_bytes();
            bytes[at] = value;
            assert_eq!(SegmentHeader::from_bytes(&bytes), None, "{what}");
        }
    }

    /// The bytes of the page, written out.
    #[test]
    fn a_header_and_its_leaf_are_those_of_the_format() {
        let open = OpenHalf {
            index: 0x0001_0203,
            start: Millis(0x0405_0607_0809_0a0b),
            duration: Millis(0x0c0d_0e0f),
            layer: Layer::Sound,
            kind: SegmentKind::Media,
            group: false,
            gap: true,
        };
        let header = SegmentHeader { open, length: 0x0010_1112, init: None, commitment: [0x13; 32] };
        let bytes = header.to_bytes();
        assert_eq!(bytes[..16], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(bytes[16..27], [1, 1, 2, 0, 0x10, 0x11, 0x12, 0xff, 0xff, 0xff, 0xff]);
        let digest = BodyDigest::of(b"body");
        let closed = crate::crypto::sha256(&[b"footage v1 closed\0", &bytes[19..], digest.as_bytes()]);
        let leaf = crate::crypto::sha256(&[&[0], &bytes[..19], &closed]);
        assert_eq!(StoredSegment { header, digest }.leaf().as_bytes(), &leaf);
    }
}
