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
pub(crate) const PART: u8 = b'P';
pub(crate) const NUMBER: u8 = b'N';
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
    #[error("not a footage excerpt: it does not begin with the magic bytes")]
    NotAnExcerpt,
    /// A piece is not what the format says.
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

/// An excerpt as it came in: its public pieces are read and held against the grant key's signatures; what is sealed stays
/// so.
#[derive(Debug, Clone)]
pub struct Excerpt<R> {
    source: R,
    terms: Verified<Terms>,
    envelope: Verified<Envelope>,
    wraps: Wraps,
    /// Where the ciphertext of each part lies, and how long it is.
    parts: Vec<Place>,
    /// Where the body of each granted segment lies, by clip.
    bodies: Vec<Vec<Place>>,
    length: u64,
}

/// Where a frame's payload lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    at: u64,
    length: u32,
}

impl<R: Read + Seek> Excerpt<R> {
    /// Reads an excerpt and checks that each of its pieces is the one that was granted, the segments' ciphertext included.
    pub fn open(mut source: R) -> Result<Self, ExcerptError> {
        source.seek(SeekFrom::Start(0))?;
        match read_array::<{ MAGIC.len() }>(&mut source) {
            Ok(magic) if magic == *MAGIC => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
            _ => return Err(ExcerptError::NotAnExcerpt),
        }
        let mut from = Counting { source, at: MAGIC.len() as u64 };
        let (terms, envelope) = (read_terms(&mut from)?, read_envelope(&mut from)?);
        let envelope = check_statements(&terms, envelope)?;
        let mut parts = Vec::new();
        for expected in &envelope.statement().parts {
            let sealed = frame(&mut from, PART, limits::PART_BYTES + TAG_LEN, "part")?;
            if Digest::of(Label::SEALED, &[&sealed]) != *expected {
                return Err(ExcerptError::Altered("part"));
            }
            parts.push(from.place(sealed.len()));
        }
        let (mut bodies, mut left) = (Vec::new(), limits::LISTED_IN_GRANT);
        for expected in &envelope.statement().bodies {
            let places = read_bodies(&mut from, terms.id(), *expected, left)?;
            left -= places.len();
            bodies.push(places);
        }
        let wraps = frame(&mut from, WRAPS, WRAPS_BYTES, "wraps")?;
        let wraps: Wraps =
            decode(&wraps, WRAPS_BYTES).map_err(|error| ExcerptError::Malformed { part: "wraps", error })?;
        check_wraps(&terms, &envelope, &wraps)?;
        if read_frame(&mut from).map_err(|error| failed(error, "wraps"))?.is_some() {
            return Err(ExcerptError::Malformed { part: "end", error: CborError::Shape(0) });
        }
        let Counting { source, at: length } = from;
        Ok(Self { source, terms, envelope, wraps, parts, bodies, length })
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

    /// How many clips it has.
    pub fn clips(&self) -> usize {
        self.bodies.len()
    }

    /// How many bytes it has.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Reads the ciphertext of a part once more, and checks it.
    pub(crate) fn sealed(&mut self, part: usize) -> Result<Vec<u8>, ExcerptError> {
        const ALTERED: ExcerptError = ExcerptError::Altered("part");
        let Place { at, length } = *self.parts.get(part).ok_or(ALTERED)?;
        self.source.seek(SeekFrom::Start(at))?;
        let sealed = read_payload(&mut self.source, length as usize).map_err(|error| failed(error, "part"))?;
        let expected = self.envelope.statement().parts.get(part);
        if expected == Some(&Digest::of(Label::SEALED, &[&sealed])) { Ok(sealed) } else { Err(ALTERED) }
    }

    /// Where the bodies of a clip lie, in the order of its granted segments.
    pub(crate) fn bodies(&self, clip: usize) -> &[Place] {
        self.bodies.get(clip).map_or(&[], Vec::as_slice)
    }

    /// Reads a body into a buffer, replacing its content, and passes on each piece.
    pub(crate) fn body(
        &mut self,
        place: Place,
        body: &mut Vec<u8>,
        each: impl FnMut(&[u8]),
    ) -> Result<(), ExcerptError> {
        read_body(&mut self.source, place, body, each)
    }

    /// The source.
    pub fn into_inner(self) -> R {
        self.source
    }

    /// The source, from its beginning.
    pub(crate) fn rewound(&mut self) -> io::Result<&mut R> {
        self.source.seek(SeekFrom::Start(0))?;
        Ok(&mut self.source)
    }
}

/// Reads a body into a buffer, replacing its content, and passes on each piece.
pub(super) fn read_body<R: Read + Seek>(
    source: &mut R,
    place: Place,
    body: &mut Vec<u8>,
    each: impl FnMut(&[u8]),
) -> Result<(), ExcerptError> {
    // If the buffer has to grow, its earlier content is wiped first.
    if body.capacity() < place.length as usize {
        body.zeroize();
    }
    source.seek(SeekFrom::Start(place.at))?;
    let read = read_payload_into(source, place.length as usize, body, each);
    read.map_err(|error| failed(error, "footage"))
}

/// A source that knows how far it was read.
#[derive(Debug)]
pub(super) struct Counting<R> {
    source: R,
    at: u64,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(to)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R> Counting<R> {
    pub(super) const fn new(source: R, at: u64) -> Self {
        Self { source, at }
    }

    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// The place of a payload that was just read.
    pub(super) const fn place(&self, length: usize) -> Place {
        Place { at: self.at - length as u64, length: length as u32 }
    }
}

/// Reads the terms, and checks that their own grant key signed them.
pub(super) fn read_terms(from: &mut impl Read) -> Result<Verified<Terms>, ExcerptError> {
    let terms = frame(from, TERMS, limits::STATEMENT_BYTES, "terms")?;
    let terms = Signed::<Terms>::from_bytes(&terms)
        .and_then(Signed::verify)
        .map_err(|error| ExcerptError::Signature { part: "terms", error })?;
    if terms.statement().grant == GrantId::of(terms.signer()) {
        Ok(terms)
    } else {
        Err(ExcerptError::Altered("grant id"))
    }
}

pub(super) fn read_envelope(from: &mut impl Read) -> Result<Signed<Envelope>, ExcerptError> {
    let envelope = frame(from, ENVELOPE, limits::STATEMENT_BYTES, "envelope")?;
    Signed::from_bytes(&envelope).map_err(|error| ExcerptError::Signature { part: "envelope", error })
}

/// The envelope belongs to the terms, and is signed by the same key.
pub(super) fn check_statements(
    terms: &Verified<Terms>,
    envelope: Signed<Envelope>,
) -> Result<Verified<Envelope>, ExcerptError> {
    let envelope = envelope.verify_by(terms.signer());
    let envelope = envelope.map_err(|error| ExcerptError::Signature { part: "envelope", error })?;
    if envelope.statement().terms == terms.id() { Ok(envelope) } else { Err(ExcerptError::Altered("terms")) }
}

fn check_wraps(terms: &Verified<Terms>, envelope: &Verified<Envelope>, wraps: &Wraps) -> Result<(), ExcerptError> {
    let Envelope { agency_wrap, custodian_wraps, .. } = envelope.statement();
    if *agency_wrap != wraps.agency.digest() {
        return Err(ExcerptError::Altered("agency's wrap"));
    }
    let custodians = wraps.custodians.iter().map(Wrapped::digest);
    let members = terms.statement().custody.members().len();
    if members == custodian_wraps.len() && custodians.eq(custodian_wraps.iter().copied()) {
        Ok(())
    } else {
        Err(ExcerptError::Altered("custodians' wraps"))
    }
}

/// Reads the bodies of one clip, no more than are `left`, and holds them against the envelope.
fn read_bodies<R: Read>(
    from: &mut Counting<R>,
    terms: StatementId,
    expected: Digest,
    left: usize,
) -> Result<Vec<Place>, ExcerptError> {
    let part = "footage";
    let number = frame(from, NUMBER, 4, part)?;
    let number = number.try_into().map(u32::from_be_bytes);
    let number = number.map_err(|_| ExcerptError::Malformed { part, error: CborError::Shape(0) })?;
    let limit = limits::LISTED.min(left);
    if number as usize > limit {
        return Err(ExcerptError::Malformed { part, error: CborError::TooLong(limit) });
    }
    let (mut places, mut digests, mut buffer) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..number {
        let length = next_body(from)?;
        let digest = BodyDigest::of_pieces(|each| read_pieces(from, length, &mut buffer, each));
        digests.push(*digest.map_err(|error| failed(error, part))?.as_bytes());
        places.push(from.place(length));
    }
    if bodies_digest(&terms, &digests) == expected { Ok(places) } else { Err(ExcerptError::Altered(part)) }
}

/// The length of the next body.
pub(super) fn next_body(from: &mut impl Read) -> Result<usize, ExcerptError> {
    let part = "footage";
    let limit = limits::SEGMENT_BYTES as usize + TAG_LEN;
    match read_frame(from).map_err(|error| failed(error, part))? {
        None => Err(ExcerptError::Ends(part)),
        // Not even a tag's length: no body, and a file full of such would cost more memory than it is long.
        Some((kind, length)) if kind != BODY || (length as usize) < TAG_LEN => {
            Err(ExcerptError::Malformed { part, error: CborError::Shape(0) })
        }
        Some((_, length)) if length as usize > limit => {
            Err(ExcerptError::Malformed { part, error: CborError::TooLong(limit) })
        }
        Some((_, length)) => Ok(length as usize),
    }
}

fn failed(error: io::Error, part: &'static str) -> ExcerptError {
    if error.kind() == io::ErrorKind::UnexpectedEof { ExcerptError::Ends(part) } else { error.into() }
}

pub(super) fn frame(
    source: &mut impl Read,
    kind: u8,
    limit: usize,
    part: &'static str,
) -> Result<Vec<u8>, ExcerptError> {
    match read_frame(source).map_err(|error| failed(error, part))? {
        Some((found, length)) if found == kind && length as usize <= limit => {
            read_payload(source, length as usize).map_err(|error| failed(error, part))
        }
        Some((found, _)) if found == kind => Err(ExcerptError::Malformed { part, error: CborError::TooLong(limit) }),
        Some(_) => Err(ExcerptError::Malformed { part, error: CborError::Shape(0) }),
        None => Err(ExcerptError::Ends(part)),
    }
}

/// The digest that an envelope names the bodies of a clip by: over the terms and the BLAKE3 digests of all of them, in their
/// order. The terms are in it so that two grants of one range do not look alike.
pub(super) fn bodies_digest(terms: &StatementId, bodies: &[[u8; 32]]) -> Digest {
    Digest::of(Label::BODIES, &[terms.as_bytes(), bodies.as_flattened()])
}
