use std::io::{self, Read, Seek, SeekFrom};

use thiserror::Error;
use zeroize::Zeroize as _;

use crate::cbor::{CborError, decode, encode, limits, record_array};
use crate::clip::{read_array, read_frame, read_payload, read_payload_into, read_pieces};
use crate::crypto::{BodyDigest, Digest, Label, TAG_LEN, Wrapped};
use crate::record::{Envelope, GrantId, Signed, StatementError, StatementId, Terms, Verified};

/// What an excerpt begins with.
pub(crate) const MAGIC: &[u8; 19] = b"footage-excerpt-v1\n";

/// Kinds of frames.
pub(crate) const TERMS: u8 = b'T';
pub(crate) const ENVELOPE: u8 = b'E';
pub(crate) const WRAPS: u8 = b'W';
pub(crate) const PRIVATE: u8 = b'P';
pub(crate) const BODY: u8 = b'B';

/// Bytes of the encoded wraps, at most.
const WRAPS_BYTES: usize = (limits::CUSTODIANS + 1) * 1200;

/// Why a file is no excerpt that can be taken in.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExcerptError {
    /// The source failed, or the file ends early.
    #[error("reading the excerpt failed: {0}")]
    Read(#[from] io::Error),
    /// Not an excerpt of this format.
    #[error("not a footage excerpt: it does not begin as one")]
    NotAnExcerpt,
    /// A part is not what the format says.
    #[error("the excerpt's {part} is malformed: {error}")]
    Malformed {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        error: CborError,
    },
    /// The file ends before a part is whole.
    #[error("the excerpt ends within its {0}: it was cut off")]
    Ends(&'static str),
    /// A part is not signed by the grant key.
    #[error("the excerpt's {part} is not signed by its grant: {error}")]
    Signature {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        error: StatementError,
    },
    /// A part is not the one that the resident signed.
    #[error("the excerpt was altered: its {0} is not the one that was granted")]
    Altered(&'static str),
}

/// The secrets of the lock, wrapped to those who hold its halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wraps {
    pub(crate) agency: Wrapped,
    pub(crate) custodians: Vec<Wrapped>,
}
record_array!(Wraps { agency, custodians });

impl Wraps {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

/// An excerpt as it came in: its public parts are read and held against the grant key's signatures; what is sealed stays
/// so.
#[derive(Debug, Clone)]
pub struct Excerpt<R> {
    source: R,
    terms: Verified<Terms>,
    envelope: Verified<Envelope>,
    wraps: Wraps,
    sealed: Vec<u8>,
    /// Where the first body's frame begins, and how many bodies there are.
    bodies: u64,
    count: usize,
}

impl<R: Read + Seek> Excerpt<R> {
    /// Reads an excerpt and checks that each of its parts is the one that was granted, the segments' ciphertext included.
    pub fn open(mut source: R) -> Result<Self, ExcerptError> {
        source.seek(SeekFrom::Start(0))?;
        match read_array::<{ MAGIC.len() }>(&mut source) {
            Ok(magic) if magic == *MAGIC => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
            _ => return Err(ExcerptError::NotAnExcerpt),
        }
        let terms = frame(&mut source, TERMS, limits::STATEMENT_BYTES, "terms")?;
        let terms = Signed::<Terms>::from_bytes(&terms)
            .and_then(Signed::verify)
            .map_err(|error| ExcerptError::Signature { part: "terms", error })?;
        if terms.statement().grant != GrantId::of(terms.signer()) {
            return Err(ExcerptError::Altered("grant id"));
        }
        let envelope = frame(&mut source, ENVELOPE, limits::STATEMENT_BYTES, "envelope")?;
        let envelope = Signed::<Envelope>::from_bytes(&envelope)
            .and_then(|envelope| envelope.verify_by(terms.signer()))
            .map_err(|error| ExcerptError::Signature { part: "envelope", error })?;
        let wraps = frame(&mut source, WRAPS, WRAPS_BYTES, "wraps")?;
        let wraps: Wraps =
            decode(&wraps, WRAPS_BYTES).map_err(|error| ExcerptError::Malformed { part: "wraps", error })?;
        let sealed = frame(&mut source, PRIVATE, limits::PRIVATE_BYTES + TAG_LEN, "private part")?;
        let bodies = source.stream_position()?;
        let mut excerpt = Self { source, terms, envelope, wraps, sealed, bodies, count: 0 };
        excerpt.check()?;
        Ok(excerpt)
    }

    fn check(&mut self) -> Result<(), ExcerptError> {
        let Envelope { terms, agency_wrap, custodian_wraps, private, .. } = self.envelope.statement();
        let custodians = self.wraps.custodians.iter().map(Wrapped::digest);
        let members = self.terms.statement().custody.members().len();
        let own = [
            (*terms == self.terms.id(), "terms"),
            (*agency_wrap == self.wraps.agency.digest(), "agency's wrap"),
            (members == custodian_wraps.len() && custodians.eq(custodian_wraps.iter().copied()), "custodians' wraps"),
            (*private == Digest::of(Label::SEALED, &[&self.sealed]), "private part"),
        ];
        if let Some((_, part)) = own.into_iter().find(|(own, _)| !own) {
            return Err(ExcerptError::Altered(part));
        }
        let (mut digests, mut buffer) = (Vec::new(), Vec::new());
        while let Some(length) = self.next_body()? {
            if digests.len() > limits::SEGMENTS as usize {
                let error = CborError::TooLong(limits::SEGMENTS as usize);
                return Err(ExcerptError::Malformed { part: "footage", error });
            }
            let digest = BodyDigest::of_pieces(|each| read_pieces(&mut self.source, length, &mut buffer, each));
            digests.push(*digest.map_err(|error| failed(error, "footage"))?.as_bytes());
        }
        self.count = digests.len();
        let found = bodies_digest(&self.terms.id(), &digests);
        if found == self.envelope.statement().bodies { Ok(()) } else { Err(ExcerptError::Altered("footage")) }
    }

    /// The grant's terms, signed by its grant key.
    pub const fn terms(&self) -> &Verified<Terms> {
        &self.terms
    }

    /// The grant's envelope, signed by its grant key.
    pub const fn envelope(&self) -> &Verified<Envelope> {
        &self.envelope
    }

    /// The wrap of the agency's half.
    pub(crate) const fn agency_wrap(&self) -> &Wrapped {
        &self.wraps.agency
    }

    /// The wrap of each custodian's share, in the order of the members.
    pub fn custodian_wraps(&self) -> &[Wrapped] {
        &self.wraps.custodians
    }

    /// Whether every wrap stays sealed against a later quantum computer.
    pub fn is_post_quantum(&self) -> bool {
        self.wraps.custodians.iter().chain([&self.wraps.agency]).all(|wrap| wrap.algorithm().is_post_quantum())
    }

    pub(crate) fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    /// How many bodies there are.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Goes to the first body.
    pub(crate) fn rewind(&mut self) -> io::Result<()> {
        self.source.seek(SeekFrom::Start(self.bodies)).map(|_| ())
    }

    /// Reads the next body into a buffer in the place of what it held, and hands its pieces on; says whether there was one.
    pub(crate) fn body(&mut self, body: &mut Vec<u8>, each: impl FnMut(&[u8])) -> Result<bool, ExcerptError> {
        let Some(length) = self.next_body()? else { return Ok(false) };
        // Where it has to grow, no content of before is left behind.
        if body.capacity() < length {
            body.zeroize();
        }
        let read = read_payload_into(&mut self.source, length, body, each);
        read.map(|()| true).map_err(|error| failed(error, "footage"))
    }

    /// The length of the next body; nothing after the last.
    fn next_body(&mut self) -> Result<Option<usize>, ExcerptError> {
        let part = "footage";
        let limit = limits::SEGMENT_BYTES as usize + TAG_LEN;
        match read_frame(&mut self.source).map_err(|error| failed(error, part))? {
            None => Ok(None),
            // Not even a tag's length: no body, and a file full of such would cost more memory than it is long.
            Some((kind, length)) if kind != BODY || (length as usize) < TAG_LEN => {
                Err(ExcerptError::Malformed { part, error: CborError::Shape(0) })
            }
            Some((_, length)) if length as usize > limit => {
                Err(ExcerptError::Malformed { part, error: CborError::TooLong(limit) })
            }
            Some((_, length)) => Ok(Some(length as usize)),
        }
    }

    /// The source.
    pub fn into_inner(self) -> R {
        self.source
    }
}

fn failed(error: io::Error, part: &'static str) -> ExcerptError {
    if error.kind() == io::ErrorKind::UnexpectedEof { ExcerptError::Ends(part) } else { error.into() }
}

fn frame(source: &mut impl Read, kind: u8, limit: usize, part: &'static str) -> Result<Vec<u8>, ExcerptError> {
    match read_frame(source).map_err(|error| failed(error, part))? {
        Some((found, length)) if found == kind && length as usize <= limit => {
            read_payload(source, length as usize).map_err(|error| failed(error, part))
        }
        Some((found, _)) if found == kind => Err(ExcerptError::Malformed { part, error: CborError::TooLong(limit) }),
        Some(_) => Err(ExcerptError::Malformed { part, error: CborError::Shape(0) }),
        None => Err(ExcerptError::Ends(part)),
    }
}

/// The digest that an envelope names the bodies by: over the terms and the BLAKE3 digests of all of them, in their order.
/// The terms are in it because receipts carry it to the log: two grants of one range must not look alike there.
pub(super) fn bodies_digest(terms: &StatementId, bodies: &[[u8; 32]]) -> Digest {
    Digest::of(Label::BODIES, &[terms.as_bytes(), bodies.as_flattened()])
}
