use zeroize::Zeroizing;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode_within, limits};
use crate::clip::{HEADER_LEN, SegmentHeader, SegmentRange};
use crate::crypto::{Digest, Label, Secret};
use crate::merkle::Hash;

/// A granted segment as the private part lists it: its header, and the digest of its body.
pub(crate) const SEGMENT_LEN: usize = HEADER_LEN + 32;

/// What is sealed under both halves of the lock: the seeds of exactly the range, and all that proves the segments to be
/// the camera's.
pub(crate) struct Private {
    /// Makes the digest in the terms tell nothing.
    pub(crate) salt: [u8; 32],
    pub(crate) header: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
    pub(crate) range: SegmentRange,
    /// The seeds of the range's canonical cover, from left to right.
    pub(crate) seeds: Vec<Secret<32>>,
    pub(crate) segments: Vec<Listed>,
    pub(crate) proof: Vec<Hash>,
    pub(crate) init: Option<Init>,
    /// The owner's words to the agency.
    pub(crate) words: String,
}

/// The init segment that the range is played with.
pub(crate) struct Init {
    pub(crate) seed: Secret<32>,
    pub(crate) segment: Listed,
    pub(crate) proof: Vec<Hash>,
}

/// A segment's header and its body's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) header: SegmentHeader,
    pub(crate) body: [u8; 32],
}

impl Listed {
    pub(crate) fn leaf(&self) -> Hash {
        crate::merkle::leaf_hash_of(&[&self.header.to_bytes(), &self.body])
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.header.to_bytes());
        to.extend_from_slice(&self.body);
    }

    fn read(bytes: &[u8; SEGMENT_LEN]) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk::<HEADER_LEN>()?;
        Some(Self { header: SegmentHeader::from_bytes(header)?, body: *rest.first_chunk()? })
    }
}

impl Private {
    /// The plaintext, which holds seeds: written in one allocation, wiped when dropped.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let lists = self.seeds.len() * 34 + self.segments.len() * SEGMENT_LEN + (self.proof.len() + 64) * 32;
        let capacity = 1024 + self.header.len() + self.manifest.len() + lists + self.words.len();
        Zeroizing::new(encode_within(self, capacity))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, limits::PRIVATE_BYTES)
    }

    /// The bodies' digests in the order in which the excerpt has them: the init segment's first.
    pub(crate) fn bodies(&self) -> Vec<[u8; 32]> {
        let init = self.init.as_ref().map(|init| init.segment.body);
        init.into_iter().chain(self.segments.iter().map(|segment| segment.body)).collect()
    }

    pub(crate) fn digest(bytes: &[u8]) -> Digest {
        Digest::of(Label::PRIVATE, &[bytes])
    }
}

fn write_hashes(hashes: &[Hash], to: &mut Writer) {
    to.bytes(&hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>());
}

fn read_hashes(from: &mut Reader<'_>) -> Result<Vec<Hash>, CborError> {
    let bytes = from.bytes(64 * 32)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() {
        Ok(hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect())
    } else {
        Err(CborError::Value("proof"))
    }
}

fn read_secret(from: &mut Reader<'_>) -> Result<Secret<32>, CborError> {
    let bytes: &[u8; 32] = from.bytes(32)?.try_into().map_err(|_| CborError::Value("seed"))?;
    Ok(Secret::filled(|out| out.copy_from_slice(bytes)))
}

impl Encode for Private {
    fn encode(&self, to: &mut Writer) {
        to.array(10);
        to.bytes(&self.salt);
        to.bytes(&self.header);
        to.bytes(&self.manifest);
        to.uint(self.range.from().into());
        to.uint(self.range.to().into());
        to.array(self.seeds.len());
        for seed in &self.seeds {
            to.bytes(seed.expose());
        }
        let mut segments = Vec::with_capacity(self.segments.len() * SEGMENT_LEN);
        self.segments.iter().for_each(|segment| segment.write(&mut segments));
        to.bytes(&segments);
        write_hashes(&self.proof, to);
        match &self.init {
            None => to.null(),
            Some(init) => {
                to.array(3);
                to.bytes(init.seed.expose());
                let mut segment = Vec::with_capacity(SEGMENT_LEN);
                init.segment.write(&mut segment);
                to.bytes(&segment);
                write_hashes(&init.proof, to);
            }
        }
        to.text(&self.words);
    }
}

impl Decode for Private {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(10)?;
        let salt = from.bytes_of()?;
        let header = from.bytes(limits::PRIVATE_BYTES)?.to_vec();
        let manifest = from.bytes(limits::STATEMENT_BYTES)?.to_vec();
        let (first, last) = (u32::decode(from)?, u32::decode(from)?);
        let range = SegmentRange::new(first, last).ok_or(CborError::Value("range"))?;
        let seeds = from.array(64)?;
        let seeds = (0..seeds).map(|_| read_secret(from)).collect::<Result<_, _>>()?;
        let (listed, rest) = from.bytes(limits::PRIVATE_BYTES)?.as_chunks();
        if !rest.is_empty() || listed.len() as u64 != u64::from(range.count()) {
            return Err(CborError::Value("list of segments"));
        }
        let segments =
            listed.iter().map(Listed::read).collect::<Option<_>>().ok_or(CborError::Value("segment header"))?;
        let proof = read_hashes(from)?;
        let init = if from.null()? {
            None
        } else {
            from.array_of(3)?;
            let seed = read_secret(from)?;
            let segment = Listed::read(&from.bytes_of()?).ok_or(CborError::Value("segment header"))?;
            Some(Init { seed, segment, proof: read_hashes(from)? })
        };
        let words = from.text(limits::WORDS_BYTES)?.to_owned();
        Ok(Self { salt, header, manifest, range, seeds, segments, proof, init, words })
    }
}
