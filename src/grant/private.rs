use zeroize::Zeroizing;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode_within, limits};
use crate::clip::{HEADER_LEN, OPEN_LEN, OpenHalf, SegmentHeader, SegmentRange, StoredSegment};
use crate::crypto::{BodyDigest, Digest, Label, Secret};
use crate::merkle::{Hash, Run};
use crate::record::{Layer, Layers};

/// A granted segment as the private part lists it: its header, and the digest of its body.
pub(crate) const SEGMENT_LEN: usize = HEADER_LEN + 32;

/// A segment that is left out: the open half of its leaf, and the closed one.
pub(crate) const LEFT_OUT_LEN: usize = OPEN_LEN + 32;

/// Hashes of a proof: two a level for the range, and one a level for each init segment.
const PROOF_HASHES: usize = 48 + 24 * limits::LIST;

/// What is sealed under both halves of the lock: the seeds of exactly the range and layers, and all that proves the segments
/// to be the camera's.
pub(crate) struct Private {
    /// Makes the digest in the terms tell nothing.
    pub(crate) salt: [u8; 32],
    pub(crate) header: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
    pub(crate) range: SegmentRange,
    pub(crate) layers: Layers,
    /// For each granted layer, the seeds of the range's canonical cover in its tree, from left to right.
    pub(crate) seeds: Vec<Vec<Secret<32>>>,
    /// The segments of the range, in order.
    pub(crate) segments: Vec<Listed>,
    /// The segment at the range's end, where the clip goes on.
    pub(crate) next: Option<LeftOut>,
    /// The init segments before the range that granted segments name, in order.
    pub(crate) inits: Vec<Init>,
    pub(crate) proof: Vec<Hash>,
    /// The owner's words to the agency.
    pub(crate) words: String,
}

/// An init segment that the range is played with.
pub(crate) struct Init {
    pub(crate) seed: Secret<32>,
    pub(crate) segment: StoredSegment,
}

/// A segment of the range: granted ones in full, others by the halves of their leaf.
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
        Self { open: segment.header.open, closed: segment.header.closed(&segment.digest) }
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.open.to_bytes());
        to.extend_from_slice(self.closed.as_bytes());
    }

    fn read(bytes: &[u8; LEFT_OUT_LEN]) -> Option<Self> {
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

    pub(crate) fn leaf(&self) -> Hash {
        match self {
            Self::Granted(segment) => segment.header.leaf(&segment.digest),
            Self::LeftOut(left) => left.open.leaf(&left.closed),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Granted(segment) => write_segment(segment, to),
            Self::LeftOut(left) => left.write(to),
        }
    }

    /// Reads one: the layer, which stands in the open half, says which form it has.
    fn read(from: &mut &[u8], layers: Layers) -> Option<Self> {
        let open = OpenHalf::from_bytes(from.first_chunk()?)?;
        if layers.has(open.layer) {
            let (bytes, rest) = from.split_first_chunk()?;
            *from = rest;
            read_segment(bytes).map(Self::Granted)
        } else {
            let (bytes, rest) = from.split_first_chunk()?;
            *from = rest;
            LeftOut::read(bytes).map(Self::LeftOut)
        }
    }
}

fn write_segment(segment: &StoredSegment, to: &mut Vec<u8>) {
    to.extend_from_slice(&segment.header.to_bytes());
    to.extend_from_slice(segment.digest.as_bytes());
}

fn read_segment(bytes: &[u8; SEGMENT_LEN]) -> Option<StoredSegment> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_LEN>()?;
    Some(StoredSegment {
        header: SegmentHeader::from_bytes(header)?,
        digest: BodyDigest::from_bytes(*rest.first_chunk()?),
    })
}

impl Private {
    /// The plaintext, which holds seeds: written in one allocation, wiped when dropped.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let seeds: usize = self.seeds.iter().map(Vec::len).sum();
        let lists = (seeds + self.inits.len()) * 34 + self.inits.len() * (SEGMENT_LEN + 8);
        let segments = self.segments.len() * SEGMENT_LEN + (self.proof.len() + 64) * 32;
        let capacity = 1024 + self.header.len() + self.manifest.len() + lists + segments + self.words.len();
        Zeroizing::new(encode_within(self, capacity))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, limits::PRIVATE_BYTES)
    }

    /// The segments that are granted, in the order in which the excerpt has their bodies: the init segments first.
    pub(crate) fn granted(&self) -> impl Iterator<Item = &StoredSegment> {
        let range = self.segments.iter().filter_map(|listed| match listed {
            Listed::Granted(segment) => Some(segment),
            Listed::LeftOut(_) => None,
        });
        self.inits.iter().map(|init| &init.segment).chain(range)
    }

    /// The bodies' digests in the order in which the excerpt has them.
    pub(crate) fn bodies(&self) -> Vec<[u8; 32]> {
        self.granted().map(|segment| *segment.digest.as_bytes()).collect()
    }

    /// All leaves that are listed, in runs without a gap.
    pub(crate) fn runs(&self) -> Vec<Run> {
        let inits = self.inits.iter().map(|init| Listed::Granted(init.segment));
        let next = self.next.map(Listed::LeftOut);
        let mut runs: Vec<Run> = Vec::new();
        for listed in inits.chain(self.segments.iter().copied()).chain(next) {
            let index = u64::from(listed.open().index);
            match runs.last_mut().filter(|(from, leaves)| from + leaves.len() as u64 == index) {
                Some((_, leaves)) => leaves.push(listed.leaf()),
                None => runs.push((index, vec![listed.leaf()])),
            }
        }
        runs
    }

    pub(crate) fn digest(bytes: &[u8]) -> Digest {
        Digest::of(Label::PRIVATE, &[bytes])
    }
}

fn read_secret(from: &mut Reader<'_>) -> Result<Secret<32>, CborError> {
    let bytes: &[u8; 32] = from.bytes(32)?.try_into().map_err(|_| CborError::Value("seed"))?;
    Ok(Secret::filled(|out| out.copy_from_slice(bytes)))
}

impl Encode for Private {
    fn encode(&self, to: &mut Writer) {
        to.array(12);
        to.bytes(&self.salt);
        to.bytes(&self.header);
        to.bytes(&self.manifest);
        to.uint(self.range.from().into());
        to.uint(self.range.to().into());
        self.layers.encode(to);
        to.array(self.seeds.len());
        for seeds in &self.seeds {
            to.array(seeds.len());
            seeds.iter().for_each(|seed| to.bytes(seed.expose()));
        }
        let mut segments = Vec::with_capacity(self.segments.len() * SEGMENT_LEN);
        self.segments.iter().for_each(|segment| segment.write(&mut segments));
        to.bytes(&segments);
        match &self.next {
            None => to.null(),
            Some(next) => {
                let mut bytes = Vec::with_capacity(LEFT_OUT_LEN);
                next.write(&mut bytes);
                to.bytes(&bytes);
            }
        }
        to.array(self.inits.len());
        for Init { seed, segment } in &self.inits {
            to.array(2);
            to.bytes(seed.expose());
            let mut bytes = Vec::with_capacity(SEGMENT_LEN);
            write_segment(segment, &mut bytes);
            to.bytes(&bytes);
        }
        to.bytes(&self.proof.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>());
        to.text(&self.words);
    }
}

impl Decode for Private {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(12)?;
        let salt = from.bytes_of()?;
        let header = from.bytes(limits::PRIVATE_BYTES)?.to_vec();
        let manifest = from.bytes(limits::STATEMENT_BYTES)?.to_vec();
        let (first, last) = (u32::decode(from)?, u32::decode(from)?);
        let range = SegmentRange::new(first, last).filter(|range| range.count() <= limits::LISTED);
        let range = range.ok_or(CborError::Value("range"))?;
        let layers = Layers::decode(from)?;
        let granted = Layer::ALL.iter().filter(|layer| layers.has(**layer)).count();
        from.array_of(granted)?;
        let mut seeds = Vec::with_capacity(granted);
        for _ in 0..granted {
            let count = from.array(64)?;
            seeds.push((0..count).map(|_| read_secret(from)).collect::<Result<Vec<_>, _>>()?);
        }
        let mut listed = from.bytes(limits::PRIVATE_BYTES)?;
        let mut segments = Vec::new();
        while !listed.is_empty() {
            segments.push(Listed::read(&mut listed, layers).ok_or(CborError::Value("list of segments"))?);
        }
        if segments.len() as u64 != u64::from(range.count()) {
            return Err(CborError::Value("list of segments"));
        }
        let next = if from.null()? {
            None
        } else {
            Some(LeftOut::read(&from.bytes_of()?).ok_or(CborError::Value("segment at the end"))?)
        };
        let count = from.array(limits::LIST)?;
        let mut inits = Vec::with_capacity(count.min(16));
        for _ in 0..count {
            from.array_of(2)?;
            let seed = read_secret(from)?;
            let segment = read_segment(&from.bytes_of()?).ok_or(CborError::Value("segment header"))?;
            inits.push(Init { seed, segment });
        }
        let (hashes, rest) = from.bytes(PROOF_HASHES * 32)?.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(CborError::Value("proof"));
        }
        let proof = hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect();
        let words = from.text(limits::WORDS_BYTES)?.to_owned();
        Ok(Self { salt, header, manifest, range, layers, seeds, segments, next, inits, proof, words })
    }
}
