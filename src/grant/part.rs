//! The parts of a grant: the owner's words, and the clips. Each is sealed under a key of its own.

use zeroize::Zeroizing;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, decode_by, encode_within, limits};
use crate::clip::{OPEN_LEN, OpenHalf, STORED_LEN, SegmentRange, StoredSegment};
use crate::crypto::{Digest, Label, Secret};
use crate::merkle::{Hash, Run};
use crate::record::Layers;

/// A segment that is left out: the open half of its leaf, and the closed one.
pub(crate) const LEFT_OUT_LEN: usize = OPEN_LEN + 32;

/// Where a part's salt stands in its encoding: behind the heads of the array and of the byte string.
const SALT: core::ops::Range<usize> = 3..35;

/// The plaintext of a part, wiped when dropped.
pub(crate) type PartBytes = Zeroizing<Vec<u8>>;

/// Puts a salt into an encoded part, in place of the one that it has.
pub(crate) fn put_salt(part: &mut PartBytes, salt: &Secret<32>) {
    if let Some(place) = part.get_mut(SALT) {
        place.copy_from_slice(salt.expose());
    }
}

/// Returns the digest of a part's plaintext. The salt in it makes it tell nothing.
pub(crate) fn digest(part: &[u8]) -> Digest {
    Digest::of(Label::PART, &[part])
}

/// Returns the digest over the digests of all parts, which the terms name.
pub(crate) fn digest_of_all(parts: &[Digest]) -> Digest {
    let all: Vec<u8> = parts.iter().flat_map(|digest| *digest.as_bytes()).collect();
    Digest::of(Label::PARTS, &[&(parts.len() as u16).to_be_bytes(), &all])
}

/// The first part: the owner's words to the agency, which may be empty.
pub(crate) struct Words {
    pub(crate) salt: [u8; 32],
    pub(crate) words: String,
}

impl Words {
    pub(crate) fn to_bytes(&self) -> PartBytes {
        Zeroizing::new(encode_within(self, 64 + self.words.len()))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, 64 + limits::WORDS_BYTES)
    }
}

impl Encode for Words {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        to.bytes(&self.salt);
        to.text(&self.words);
    }
}

impl Decode for Words {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        Ok(Self { salt: from.bytes_of()?, words: from.text(limits::WORDS_BYTES)?.to_owned() })
    }
}

/// The part of one clip: the seeds of exactly the granted ranges and layers, and all that proves the segments to be the
/// camera's.
pub(crate) struct ClipPart {
    pub(crate) salt: [u8; 32],
    pub(crate) header: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
    /// In ascending order.
    pub(crate) ranges: Vec<RangePart>,
    /// The init segments that granted segments name and no range grants, in ascending order.
    pub(crate) inits: Vec<Init>,
    /// Proves everything that is listed, all at once.
    pub(crate) proof: Vec<Hash>,
}

/// The room for what a grant may list, or the room that is left for its next parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    ranges: usize,
    listed: usize,
}

impl Room {
    /// The room of a whole grant.
    pub(crate) const GRANT: Self = Self { ranges: limits::RANGES, listed: limits::LISTED_IN_GRANT };

    /// Returns the room that is left after a part.
    pub(crate) fn after(self, part: &ClipPart) -> Self {
        let (ranges, listed) = (part.ranges.len(), part.listed());
        Self { ranges: self.ranges.saturating_sub(ranges), listed: self.listed.saturating_sub(listed) }
    }
}

/// One range of a clip.
pub(crate) struct RangePart {
    pub(crate) range: SegmentRange,
    pub(crate) layers: Layers,
    /// The seeds of the range's canonical cover in the tree of each layer, from left to right; none of a layer that is not
    /// granted.
    pub(crate) seeds: [Vec<Secret<32>>; 2],
    /// The segments of the range, in order.
    pub(crate) segments: Vec<Listed>,
    /// The segment behind the range, where the clip has one and the next range does not begin there.
    pub(crate) end: Option<LeftOut>,
}

/// An init segment that no range grants.
pub(crate) struct Init {
    pub(crate) seed: Secret<32>,
    pub(crate) segment: StoredSegment,
}

/// A segment of a range: granted ones in full, others by the halves of their leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    Granted(StoredSegment),
    LeftOut(LeftOut),
}

/// A segment that is left out: nothing that it holds shows in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) open: OpenHalf,
    pub(crate) closed: Digest,
}

impl LeftOut {
    pub(crate) fn of(segment: &StoredSegment) -> Self {
        Self { open: segment.header.open, closed: segment.closed() }
    }

    fn leaf(&self) -> Hash {
        self.open.leaf(&self.closed)
    }

    fn to_bytes(self) -> [u8; LEFT_OUT_LEN] {
        let mut bytes = [0; LEFT_OUT_LEN];
        bytes[..OPEN_LEN].copy_from_slice(&self.open.to_bytes());
        bytes[OPEN_LEN..].copy_from_slice(self.closed.as_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; LEFT_OUT_LEN]) -> Option<Self> {
        let (open, closed) = bytes.split_first_chunk::<OPEN_LEN>()?;
        Some(Self { open: OpenHalf::from_bytes(open)?, closed: Digest::from_bytes(*closed.first_chunk()?) })
    }
}

impl Listed {
    /// What everybody may see of it.
    pub(crate) const fn open(&self) -> &OpenHalf {
        match self {
            Self::Granted(segment) => &segment.header.open,
            Self::LeftOut(left) => &left.open,
        }
    }

    /// The segment, if it is granted.
    pub(crate) const fn granted(&self) -> Option<&StoredSegment> {
        match self {
            Self::Granted(segment) => Some(segment),
            Self::LeftOut(_) => None,
        }
    }

    fn leaf(&self) -> Hash {
        match self {
            Self::Granted(segment) => segment.leaf(),
            Self::LeftOut(left) => left.leaf(),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Granted(segment) => to.extend_from_slice(&segment.to_bytes()),
            Self::LeftOut(left) => to.extend_from_slice(&left.to_bytes()),
        }
    }

    /// Reads one: the layer, which stands in the open half, says which form it has.
    fn read(from: &mut &[u8], layers: Layers) -> Option<Self> {
        let open = OpenHalf::from_bytes(from.first_chunk()?)?;
        if layers.has(open.layer) {
            let (bytes, rest) = from.split_first_chunk()?;
            *from = rest;
            StoredSegment::from_bytes(bytes).map(Self::Granted)
        } else {
            let (bytes, rest) = from.split_first_chunk()?;
            *from = rest;
            LeftOut::from_bytes(bytes).map(Self::LeftOut)
        }
    }
}

impl RangePart {
    /// The segments that are granted, in order.
    pub(crate) fn granted(&self) -> impl Iterator<Item = &StoredSegment> {
        self.segments.iter().filter_map(Listed::granted)
    }
}

impl ClipPart {
    /// The plaintext, which holds seeds: written in one allocation.
    pub(crate) fn to_bytes(&self) -> PartBytes {
        let ranges: usize = self.ranges.iter().map(RangePart::room).sum();
        let inits = self.inits.len() * (34 + STORED_LEN + 3);
        let capacity = 128 + self.header.len() + self.manifest.len() + ranges + inits + self.proof.len() * 32;
        Zeroizing::new(encode_within(self, capacity))
    }

    /// Reads a part that lists no more than there is room for, so that an oversized part takes no memory.
    pub(crate) fn from_bytes(bytes: &[u8], room: Room) -> Result<Self, CborError> {
        decode_by(bytes, limits::PART_BYTES, |from| Self::read(from, room))
    }

    /// How many segments it lists.
    pub(crate) fn listed(&self) -> usize {
        self.ranges.iter().map(|range| range.segments.len()).sum::<usize>() + self.inits.len()
    }

    /// The granted segments, ascending by index, as the excerpt has their bodies. None stands in it twice if the part has the
    /// [form](super::form) that it should have.
    pub(crate) fn granted(&self) -> Vec<StoredSegment> {
        let ranges = self.ranges.iter().flat_map(RangePart::granted);
        let mut all: Vec<_> = ranges.chain(self.inits.iter().map(|init| &init.segment)).copied().collect();
        all.sort_by_key(|segment| segment.header.open.index);
        all
    }

    /// The runs of leaves that are listed; `None` if one index has two different leaves.
    ///
    /// An init segment may stand in it twice: in full, and as one that is left out of a range or behind it.
    pub(crate) fn runs(&self) -> Option<Vec<Run>> {
        let ranges = self.ranges.iter().flat_map(|range| {
            let end = range.end.iter().map(|end| (end.open.index, end.leaf()));
            range.segments.iter().map(|listed| (listed.open().index, listed.leaf())).chain(end)
        });
        let inits = self.inits.iter().map(|init| (init.segment.header.open.index, init.segment.leaf()));
        let mut leaves: Vec<_> = ranges.chain(inits).collect();
        leaves.sort_by_key(|(index, _)| *index);
        leaves.dedup();
        let mut runs: Vec<Run> = Vec::new();
        for (index, leaf) in leaves {
            let index = u64::from(index);
            match runs.last_mut() {
                Some((from, run)) if *from + run.len() as u64 == index => run.push(leaf),
                // Below the end of the run before: the same index with another leaf.
                Some((from, run)) if *from + run.len() as u64 > index => return None,
                _ => runs.push((index, vec![leaf])),
            }
        }
        Some(runs)
    }
}

impl RangePart {
    /// Bytes that its encoding has, at most.
    fn room(&self) -> usize {
        let seeds: usize = self.seeds.iter().map(Vec::len).sum();
        40 + seeds * 34 + self.segments.iter().map(Listed::room).sum::<usize>() + LEFT_OUT_LEN
    }
}

impl Listed {
    const fn room(&self) -> usize {
        match self {
            Self::Granted(_) => STORED_LEN,
            Self::LeftOut(_) => LEFT_OUT_LEN,
        }
    }
}

fn read_secret(from: &mut Reader<'_>) -> Result<Secret<32>, CborError> {
    let bytes: &[u8; 32] = from.bytes(32)?.try_into().map_err(|_| CborError::Value("seed"))?;
    Ok(Secret::filled(|out| out.copy_from_slice(bytes)))
}

fn write_seeds(seeds: &[Secret<32>], to: &mut Writer) {
    to.array(seeds.len());
    for seed in seeds {
        to.bytes(seed.expose());
    }
}

/// The seeds of a layer; their number is that of a cover if the layer is granted, and nothing else if it is not.
fn read_seeds(from: &mut Reader<'_>) -> Result<Vec<Secret<32>>, CborError> {
    let seeds = from.array(64)?;
    (0..seeds).map(|_| read_secret(from)).collect()
}

impl Encode for RangePart {
    fn encode(&self, to: &mut Writer) {
        to.array(7);
        to.uint(self.range.from().into());
        to.uint(self.range.to().into());
        self.layers.encode(to);
        let [pictures, sound] = &self.seeds;
        write_seeds(pictures, to);
        write_seeds(sound, to);
        // They hold no secret, and are written once more so that their length is known.
        let mut segments = Vec::with_capacity(self.segments.iter().map(Listed::room).sum());
        self.segments.iter().for_each(|segment| segment.write(&mut segments));
        to.bytes(&segments);
        match self.end {
            None => to.null(),
            Some(end) => to.bytes(&end.to_bytes()),
        }
    }
}

impl RangePart {
    /// Reads a range that lists at most so many segments.
    fn read(from: &mut Reader<'_>, most: usize) -> Result<Self, CborError> {
        from.array_of(7)?;
        let (first, last) = (u32::decode(from)?, u32::decode(from)?);
        let range = SegmentRange::new(first, last).ok_or(CborError::Value("range"))?;
        let layers = Layers::decode(from)?;
        let seeds = [read_seeds(from)?, read_seeds(from)?];
        let mut listed = from.bytes(limits::PART_BYTES)?;
        let mut segments = Vec::new();
        while !listed.is_empty() {
            if segments.len() >= most {
                return Err(CborError::TooLong(most));
            }
            // Nothing is allocated for a range of a length that is not there.
            let segment = Listed::read(&mut listed, layers).ok_or(CborError::Value("segment"))?;
            segments.push(segment);
        }
        let end = if from.null()? {
            None
        } else {
            Some(LeftOut::from_bytes(&from.bytes_of()?).ok_or(CborError::Value("segment"))?)
        };
        Ok(Self { range, layers, seeds, segments, end })
    }
}

impl Encode for Init {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        to.bytes(self.seed.expose());
        to.bytes(&self.segment.to_bytes());
    }
}

impl Decode for Init {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        let seed = read_secret(from)?;
        let segment = StoredSegment::from_bytes(&from.bytes_of()?).ok_or(CborError::Value("segment"))?;
        Ok(Self { seed, segment })
    }
}

impl Encode for ClipPart {
    fn encode(&self, to: &mut Writer) {
        to.array(6);
        to.bytes(&self.salt);
        to.bytes(&self.header);
        to.bytes(&self.manifest);
        self.ranges.encode(to);
        self.inits.encode(to);
        to.bytes(&self.proof.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>());
    }
}

impl ClipPart {
    fn read(from: &mut Reader<'_>, room: Room) -> Result<Self, CborError> {
        from.array_of(6)?;
        let salt = from.bytes_of()?;
        let header = from.bytes(limits::PART_BYTES)?.to_vec();
        let manifest = from.bytes(limits::STATEMENT_BYTES)?.to_vec();
        let (mut ranges, mut left) = (Vec::new(), room.listed.min(limits::LISTED));
        for _ in 0..from.array(room.ranges)? {
            let range = RangePart::read(from, left)?;
            left -= range.segments.len();
            ranges.push(range);
        }
        let inits = from.list(left)?;
        let (proof, rest) = from.bytes(limits::PART_BYTES)?.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(CborError::Value("proof"));
        }
        let proof = proof.iter().map(|hash| Hash::from_bytes(*hash)).collect();
        Ok(Self { salt, header, manifest, ranges, inits, proof })
    }
}
