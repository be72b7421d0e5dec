use std::io::{self, Read, Seek, SeekFrom};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::cbor::{CborError, limits};
use crate::crypto::{BodyDigest, KemPrivateKey, OpenError, Secret, Suite, open};
use crate::merkle::{self, Hash, RangeProof};
use crate::record::{
    CameraCertificate, ClipId, Ending, Head, Millis, SegmentKind, Signed, StatementError, TimeError, Timestamp,
    Verified, Window,
};

use super::frame::{FRAME_LEN, read_array, read_frame, read_payload};
use super::header::{HEADER_BYTES, Header, OWNERS_BYTES, Owners};
use super::index::{IndexReader, Subtrees};
use super::scan::{Scan, scan};
use super::segment::{HEADER_LEN, SegmentHeader, SegmentRange};
use super::tree::{seed, segment_key};
use super::writer::{FOOTER, FOOTER_LEN, HEAD, HEADER, MAGIC, OWNERS, SEGMENT};

/// Why a clip, or a part of it, cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClipError {
    /// The source failed, or the file ends early.
    #[error("reading the clip failed: {0}")]
    Read(#[from] io::Error),
    /// Not a clip of this format.
    #[error("not a footage clip: it does not begin as one")]
    NotAClip,
    /// The clip's beginning is not what the format says.
    #[error("the clip's {part} is malformed: {error}")]
    Malformed {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        error: CborError,
    },
    /// The camera never closed the clip. Recover it first: only finished clips are read.
    #[error("the clip has no manifest: it was never finished, and has to be recovered by its camera")]
    Unfinished,
    /// The file ends before the clip's beginning is whole.
    #[error("the clip ends within its {0}: it was cut off")]
    Ends(&'static str),
    /// A signature in the clip is not its camera's.
    #[error("the clip's {part} is not signed as it must be: {error}")]
    Signature {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        error: StatementError,
    },
    /// A part is not the one that the camera signed.
    #[error("the clip was altered: {0}")]
    Altered(&'static str),
    /// A segment is not the one that the camera signed.
    #[error("segment {0} was altered, or is not this clip's")]
    Segment(u32),
    /// No segment lies in the range wholly.
    #[error("no segment lies in that range as a whole")]
    EmptyRange,
    /// The range reaches past the last segment.
    #[error("the range reaches past the clip's {0} segments")]
    PastTheEnd(u32),
    /// Within the range the codec parameters change. Grant the parts before and after each by itself.
    #[error("the codec parameters change at segment {0}: grant what lies before and after it separately")]
    InitChanges(u32),
    /// The key is no owner's, or the wrap was altered.
    #[error("the clip's secret does not open with this key")]
    Secret(#[from] OpenError),
    /// The segment does not open.
    #[error("segment {0} does not open")]
    Open(u32),
    /// The camera's times cannot be.
    #[error("the clip's times cannot be: {0}")]
    Time(#[from] TimeError),
}

/// The secret of a clip: whoever has it opens every segment. Only owners ever do.
#[derive(Debug)]
pub struct ClipSecret {
    pub(crate) clip: ClipId,
    pub(crate) secret: Secret<32>,
}

/// A clip that its camera has closed, read from `R` at random.
///
/// Opening one checks header, owners, certificate and manifest; segments are checked against the manifest when they are
/// read.
#[derive(Debug)]
pub struct FinishedClip<R> {
    source: R,
    header: Header,
    header_bytes: Vec<u8>,
    owners: Owners,
    certificate: Verified<CameraCertificate>,
    manifest: Verified<Head>,
    /// Where the first segment's frame begins.
    segments: u64,
    index: IndexReader,
}

/// Segments that a resident may grant: a run of media that is played with one init segment. Only a finished clip makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Selection {
    pub(crate) clip: ClipId,
    pub(crate) range: SegmentRange,
    pub(crate) init: Option<u32>,
    pub(crate) span: Window,
}

impl Selection {
    /// The clip.
    pub const fn clip(&self) -> ClipId {
        self.clip
    }

    /// The media segments.
    pub const fn range(&self) -> SegmentRange {
        self.range
    }

    /// The time that they cover, as the camera claims it.
    pub const fn span(&self) -> Window {
        self.span
    }
}

/// A segment as it lies in the file, with its leaf.
pub(crate) struct StoredSegment {
    pub(crate) header: SegmentHeader,
    pub(crate) body: Vec<u8>,
    pub(crate) digest: BodyDigest,
}

impl<R: Read + Seek> FinishedClip<R> {
    /// Opens a finished clip.
    pub fn open(mut source: R) -> Result<Self, ClipError> {
        source.seek(SeekFrom::Start(0))?;
        let Start { header, header_bytes, owners, certificate, segments } = read_start(&mut source)?;
        let (manifest, index) = if let Ok((manifest, top)) = read_footer(&mut source, &header, &certificate) {
            let index = IndexReader::stored(top, manifest.statement().count);
            (manifest, index)
        } else {
            // The footer is a hint: without it the manifest is found by reading on from the beginning.
            let Scan { found, tree, head } = scan(&mut source, &header, &certificate, segments)?;
            let manifest = head.filter(|head| head.statement().end.is_some()).ok_or(ClipError::Unfinished)?;
            (manifest, IndexReader::rebuilt(found, tree))
        };
        Ok(Self { source, header, header_bytes, owners, certificate, manifest, segments, index })
    }

    /// The clip's id.
    pub const fn clip(&self) -> ClipId {
        self.header.clip
    }

    /// The cipher of its segments.
    pub const fn suite(&self) -> Suite {
        self.header.suite
    }

    /// When the recording began, as the camera claims.
    pub const fn started(&self) -> Timestamp {
        self.header.started
    }

    /// The camera's certificate. It is valid under the maker's key that it names; whether that key is an approved maker's,
    /// the ledger says.
    pub const fn certificate(&self) -> &Verified<CameraCertificate> {
        &self.certificate
    }

    /// The manifest.
    pub const fn manifest(&self) -> &Verified<Head> {
        &self.manifest
    }

    /// How many segments it has; a lower bound if the clip was recovered.
    pub fn count(&self) -> u32 {
        self.manifest.statement().count
    }

    /// How it ended.
    pub fn ending(&self) -> Ending {
        self.manifest.statement().end.unwrap_or(Ending::Recovered)
    }

    pub(crate) fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }

    /// The clip's secret, for one of its owners.
    pub fn unlock(&self, owner: &KemPrivateKey) -> Result<ClipSecret, ClipError> {
        let secret = self.owners.unwrap(self.clip(), owner)?;
        Ok(ClipSecret { clip: self.clip(), secret })
    }

    /// The media segments that lie in a window of time wholly.
    pub fn select(&mut self, window: Window) -> Result<Selection, ClipError> {
        let from = window.from().since(self.started());
        let first = self.first_from(from)?;
        let mut range = None;
        for index in first..self.count() {
            let header = self.header_at(index)?;
            let begins = self.started().after(header.start);
            if begins >= window.to() {
                break;
            }
            let inside = begins >= window.from() && self.started().after(header.end()) <= window.to();
            if header.kind == SegmentKind::Media && inside {
                let (first, _) = range.unwrap_or((index, index));
                range = Some((first, index + 1));
            } else if range.is_some() && !inside {
                break;
            }
        }
        let (from, to) = range.ok_or(ClipError::EmptyRange)?;
        self.select_segments(from, to)
    }

    /// The first segment that begins at this time or later: starts never decrease. The index's answer is tried first.
    fn first_from(&mut self, time: Millis) -> Result<u32, ClipError> {
        let (mut low, mut high) = (0, self.count());
        if let Ok(hint) = self.index.first_from(&mut self.source, time.0) {
            let hint = hint.min(high);
            let begins = hint == high || self.header_at(hint)?.start >= time;
            let first = hint == 0 || self.header_at(hint - 1)?.start < time;
            if begins && first {
                return Ok(hint);
            }
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.header_at(middle)?.start < time { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    /// The media segments that lie in a range of the content's bytes wholly: for files that have no times.
    pub fn select_bytes(&mut self, from: u64, to: u64) -> Result<Selection, ClipError> {
        let mut at = 0;
        let mut range = None;
        for index in 0..self.count() {
            let header = self.header_at(index)?;
            let end = at + u64::from(header.length);
            if header.kind == SegmentKind::Media && from <= at && end <= to {
                let (first, _) = range.unwrap_or((index, index));
                range = Some((first, index + 1));
            }
            at = end;
        }
        let (from, to) = range.ok_or(ClipError::EmptyRange)?;
        self.select_segments(from, to)
    }

    /// The segments from one index to before another.
    pub fn select_segments(&mut self, from: u32, to: u32) -> Result<Selection, ClipError> {
        if to > self.count() {
            return Err(ClipError::PastTheEnd(self.count()));
        }
        let range = SegmentRange::new(from, to).ok_or(ClipError::EmptyRange)?;
        let headers = (from..to).map(|index| self.header_at(index)).collect::<Result<Vec<_>, _>>()?;
        self.selection(range, headers)
    }

    /// The selection of a range with these headers. It is made again from proven ones before anything is granted.
    pub(crate) fn selection(
        &self,
        range: SegmentRange,
        headers: impl IntoIterator<Item = SegmentHeader>,
    ) -> Result<Selection, ClipError> {
        let mut headers = headers.into_iter();
        let first = headers.next().ok_or(ClipError::EmptyRange)?;
        let mut end = first.end();
        for header in [first].into_iter().chain(headers) {
            if header.kind != SegmentKind::Media || header.init != first.init {
                return Err(ClipError::InitChanges(header.index));
            }
            end = end.max(header.end());
        }
        let begins = self.started().after(first.start);
        let ends = self.started().after(end).max(begins.after(Millis(1)));
        Ok(Selection { clip: self.clip(), range, init: first.init, span: Window::new(begins, ends)? })
    }

    /// The plaintext of one segment, for an owner.
    pub fn segment(
        &mut self,
        secret: &ClipSecret,
        index: u32,
    ) -> Result<(SegmentHeader, Zeroizing<Vec<u8>>), ClipError> {
        let past = ClipError::PastTheEnd(self.count());
        let range = index.checked_add(1).and_then(|to| SegmentRange::new(index, to)).ok_or(past)?;
        let StoredSegment { header, body, .. } = self.retrying(|clip| {
            let stored = clip.stored(index)?;
            clip.prove(range, &[stored.header.leaf(&stored.digest)])?;
            Ok(stored)
        })?;
        let keys = segment_key(&self.clip(), index, &seed(&self.clip(), &secret.secret, index));
        if keys.commitment != header.commitment {
            return Err(ClipError::Open(index));
        }
        let mut body = Zeroizing::new(body);
        let opened = open(self.suite(), &keys.key, &header.to_bytes(), &mut body).map(|plain| plain.len());
        body.truncate(opened.map_err(|_| ClipError::Open(index))?);
        Ok((header, body))
    }

    /// A segment's header as it lies in the file.
    pub fn header_at(&mut self, index: u32) -> Result<SegmentHeader, ClipError> {
        self.retrying(|clip| clip.try_header(index))
    }

    /// Tries something that trusts the index, and once more with the index made anew if it fails.
    pub(crate) fn retrying<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<T, ClipError>,
    ) -> Result<T, ClipError> {
        match attempt(self) {
            Err(ClipError::Read(_) | ClipError::Segment(_)) if !self.index.is_rebuilt() => {
                self.rebuild()?;
                attempt(self)
            }
            result => result,
        }
    }

    fn try_header(&mut self, index: u32) -> Result<SegmentHeader, ClipError> {
        if index >= self.count() {
            return Err(ClipError::PastTheEnd(self.count()));
        }
        let row = self.index.row(&mut self.source, index)?;
        self.source.seek(SeekFrom::Start(row.offset))?;
        let (kind, length) = read_frame(&mut self.source)?.ok_or(ClipError::Segment(index))?;
        let header = SegmentHeader::from_bytes(&read_array(&mut self.source)?).ok_or(ClipError::Segment(index))?;
        let whole = kind == SEGMENT && length as usize == HEADER_LEN + header.body_len();
        if whole && header.index == index { Ok(header) } else { Err(ClipError::Segment(index)) }
    }

    /// A segment as it lies in the file.
    pub(crate) fn stored(&mut self, index: u32) -> Result<StoredSegment, ClipError> {
        let header = self.try_header(index)?;
        let body = read_payload(&mut self.source, header.body_len())?;
        let digest = BodyDigest::of(&body);
        Ok(StoredSegment { header, body, digest })
    }

    /// The proof that these are the leaves of a range under the manifest's root; checked.
    pub(crate) fn prove(&mut self, range: SegmentRange, leaves: &[Hash]) -> Result<RangeProof, ClipError> {
        let (from, to, count) = (range.from().into(), range.to().into(), self.count().into());
        let mut subtrees = Subtrees { index: &mut self.index, source: &mut self.source };
        let proof = merkle::range_proof(&mut subtrees, from, to, count).map_err(|error| ClipError::Read(error.0))?;
        let root = Hash::from_bytes(*self.manifest.statement().root.as_bytes());
        proof.verify(from, leaves, count, root).map_err(|_| ClipError::Segment(range.from()))?;
        Ok(proof)
    }

    /// Makes the index anew from the segments themselves, and holds it against the manifest.
    fn rebuild(&mut self) -> Result<(), ClipError> {
        let Scan { found, tree, .. } = scan(&mut self.source, &self.header, &self.certificate, self.segments)?;
        if tree.root().as_bytes() != self.manifest.statement().root.as_bytes() {
            return Err(ClipError::Altered("its segments are not those of its manifest"));
        }
        self.index = IndexReader::rebuilt(found, tree);
        Ok(())
    }

    /// The source.
    pub fn into_inner(self) -> R {
        self.source
    }
}

/// What a clip begins with.
pub(crate) struct Start {
    pub(crate) header: Header,
    pub(crate) header_bytes: Vec<u8>,
    pub(crate) owners: Owners,
    pub(crate) certificate: Verified<CameraCertificate>,
    pub(crate) segments: u64,
}

/// Reads a clip's beginning and checks that its parts belong together.
pub(crate) fn read_start(source: &mut impl Read) -> Result<Start, ClipError> {
    match read_array::<16>(source) {
        Ok(magic) if magic == *MAGIC => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
        _ => return Err(ClipError::NotAClip),
    }
    let header_bytes = expect_frame(source, HEADER, HEADER_BYTES, "header")?;
    let header = Header::from_bytes(&header_bytes).map_err(|error| ClipError::Malformed { part: "header", error })?;
    let owners_bytes = expect_frame(source, OWNERS, OWNERS_BYTES, "owners")?;
    let owners = Owners::from_bytes(&owners_bytes).map_err(|error| ClipError::Malformed { part: "owners", error })?;
    if !header.names(&owners) {
        return Err(ClipError::Altered("its owners are not those that its header names"));
    }
    let certificate = verify_certificate(&header)?;
    let segments = MAGIC.len() as u64 + 2 * FRAME_LEN + (header_bytes.len() + owners_bytes.len()) as u64;
    Ok(Start { header, header_bytes, owners, certificate, segments })
}

pub(crate) fn verify_certificate(header: &Header) -> Result<Verified<CameraCertificate>, ClipError> {
    let certificate = Signed::clone(&header.certificate);
    certificate.verify().map_err(|error| ClipError::Signature { part: "certificate", error })
}

fn expect_frame(source: &mut impl Read, kind: u8, limit: usize, part: &'static str) -> Result<Vec<u8>, ClipError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ClipError::Ends(part),
        _ => error.into(),
    };
    let error = |error| ClipError::Malformed { part, error };
    match read_frame(source).map_err(failed)? {
        Some((found, length)) if found == kind && length as usize <= limit => {
            read_payload(source, length as usize).map_err(failed)
        }
        Some((found, _)) if found == kind => Err(error(CborError::TooLong(limit))),
        Some(_) => Err(error(CborError::Shape(0))),
        None => Err(ClipError::Ends(part)),
    }
}

/// A head that is this clip's: signed by the camera of its certificate, over this header.
pub(crate) fn verify_head(
    bytes: &[u8],
    header: &Header,
    certificate: &Verified<CameraCertificate>,
) -> Result<Verified<Head>, ClipError> {
    let head = Signed::<Head>::from_bytes(bytes)
        .and_then(|head| head.verify_by(&certificate.statement().key))
        .map_err(|error| ClipError::Signature { part: "head", error })?;
    let Head { clip, suite, header: digest, count, .. } = head.statement();
    let own = (*clip, *suite, *digest) == (header.clip, header.suite, header.digest());
    if own && (1..=limits::SEGMENTS).contains(count) {
        Ok(head)
    } else {
        Err(ClipError::Altered("its head belongs to another clip"))
    }
}

/// Manifest and top index block as the footer says.
fn read_footer(
    source: &mut (impl Read + Seek),
    header: &Header,
    certificate: &Verified<CameraCertificate>,
) -> Result<(Verified<Head>, u64), ClipError> {
    source.seek(SeekFrom::End(-FOOTER_LEN))?;
    if read_frame(source)? != Some((FOOTER, 16)) {
        return Err(ClipError::Unfinished);
    }
    let (at, top) = (u64::from_be_bytes(read_array(source)?), u64::from_be_bytes(read_array(source)?));
    source.seek(SeekFrom::Start(at))?;
    let bytes = expect_frame(source, HEAD, limits::STATEMENT_BYTES, "manifest")?;
    let manifest = verify_head(&bytes, header, certificate)?;
    if manifest.statement().end.is_some() { Ok((manifest, top)) } else { Err(ClipError::Unfinished) }
}
