use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize as _, Zeroizing};

use crate::cbor::limits;
use crate::crypto::{BodyDigest, KemPrivateKey, Secret, Suite};
use crate::io::{Read, Seek, SeekFrom};
use crate::merkle::{self, Hash, RangeProof};
use crate::record::{CameraCertificate, ClipId, Ending, Head, Millis, SegmentKind, Timestamp, Verified, Window};

use super::error::ClipError;
use super::frame::{read_array, read_frame, read_payload_into, read_pieces};
use super::header::{Header, Owners};
use super::index::{FAN, IndexReader, Subtrees};
use super::scan::{Scan, scan};
use super::segment::{HEADER_LEN, SegmentHeader, SegmentRange, StoredSegment, open_body};
use super::start::{Start, expect_frame, read_start, verify_head};
use super::tree::seed;
use super::writer::{FOOTER, FOOTER_LEN, HEAD, SEGMENT};

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
    /// The segments do not lead to the manifest, so no index helps: what is proven still reads.
    damaged: bool,
    /// The leaves of one index block, proven under the manifest, and where it begins.
    proven: Option<(u32, Vec<Hash>)>,
    /// What ciphertext is read through.
    buffer: Vec<u8>,
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

impl<R> fmt::Debug for FinishedClip<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishedClip").field("manifest", &self.manifest).finish_non_exhaustive()
    }
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
            let Scan { found, tree, manifest, .. } = scan(&mut source, &header, &certificate, segments, None)?;
            let manifest = manifest.ok_or(ClipError::Unfinished)?;
            (manifest, IndexReader::rebuilt(found, tree))
        };
        let (damaged, proven, buffer) = (false, None, Vec::new());
        Ok(Self {
            source,
            header,
            header_bytes,
            owners,
            certificate,
            manifest,
            segments,
            index,
            damaged,
            proven,
            buffer,
        })
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
        let mut content = Zeroizing::new(Vec::new());
        let header = self.segment_into(secret, index, &mut content)?;
        Ok((header, content))
    }

    /// The plaintext of one segment, for an owner, in a buffer in the place of what it held: for many of them it is
    /// allocated once. After an error there is nothing in it.
    pub fn segment_into(
        &mut self,
        secret: &ClipSecret,
        index: u32,
        content: &mut Vec<u8>,
    ) -> Result<SegmentHeader, ClipError> {
        let opened = self.retrying(|clip| clip.read_proven(index, content)).and_then(|header| {
            let seed = seed(&self.clip(), &secret.secret, index);
            open_body(self.suite(), &self.clip(), header, &seed, content).map_err(|_| ClipError::Open(index))?;
            Ok(header)
        });
        if opened.is_err() {
            content.zeroize();
        }
        opened
    }

    /// Reads a segment's body, and proves it.
    fn read_proven(&mut self, index: u32, body: &mut Vec<u8>) -> Result<SegmentHeader, ClipError> {
        let header = self.try_header(index)?;
        let digest = BodyDigest::of_pieces(|each| self.read_body(header, body, each))?;
        self.verify(index, header.leaf(&digest))?;
        Ok(header)
    }

    /// Reads the body of a segment whose header was just read.
    pub(super) fn read_body(
        &mut self,
        header: SegmentHeader,
        body: &mut Vec<u8>,
        each: impl FnMut(&[u8]),
    ) -> Result<(), ClipError> {
        // Where it has to grow, no content of before is left behind.
        if body.capacity() < header.body_len() {
            body.zeroize();
        }
        Ok(read_payload_into(&mut self.source, header.body_len(), body, each)?)
    }

    /// Holds a segment's leaf against the manifest. What lies in one block of the index is proven together, so that the
    /// segments after it cost a comparison each.
    pub(super) fn verify(&mut self, index: u32, leaf: Hash) -> Result<(), ClipError> {
        let (place, wrong) = (index % FAN as u32, ClipError::Segment(index));
        let from = index - place;
        if let Some((_, leaves)) = self.proven.as_ref().filter(|(first, _)| *first == from)
            && let Some(proven) = leaves.get(place as usize)
        {
            return if *proven == leaf { Ok(()) } else { Err(wrong) };
        }
        let to = self.count().min(from + FAN as u32);
        let range = SegmentRange::new(from, to).ok_or(ClipError::PastTheEnd(self.count()))?;
        // The index is a hint: for the segment itself its word is not taken.
        let leaves = (from..to).map(|other| if other == index { Ok(leaf) } else { self.leaf(other) });
        let leaves = leaves.collect::<Result<Vec<_>, _>>()?;
        self.prove(range, &leaves).map_err(|error| match error {
            ClipError::Segment(_) => wrong,
            other => other,
        })?;
        self.proven = Some((from, leaves));
        Ok(())
    }

    fn leaf(&mut self, index: u32) -> Result<Hash, ClipError> {
        Ok(self.index.row(&mut self.source, index)?.root)
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
            Err(ClipError::Read(_) | ClipError::Segment(_)) if !self.index.is_rebuilt() && !self.damaged => {
                self.rebuild()?;
                attempt(self)
            }
            result => result,
        }
    }

    pub(super) fn try_header(&mut self, index: u32) -> Result<SegmentHeader, ClipError> {
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

    /// What a segment in the file is. Its body is read, and not kept.
    pub(crate) fn stored(&mut self, index: u32) -> Result<StoredSegment, ClipError> {
        let header = self.try_header(index)?;
        let (source, buffer) = (&mut self.source, &mut self.buffer);
        let digest = BodyDigest::of_pieces(|each| read_pieces(source, header.body_len(), buffer, each))?;
        Ok(StoredSegment { header, digest })
    }

    /// A segment as it lies in the file, with its body in a buffer in the place of what it held.
    pub(crate) fn stored_into(&mut self, index: u32, body: &mut Vec<u8>) -> Result<StoredSegment, ClipError> {
        let header = self.try_header(index)?;
        let digest = BodyDigest::of_pieces(|each| self.read_body(header, body, each))?;
        Ok(StoredSegment { header, digest })
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
        let Scan { found, tree, .. } = scan(&mut self.source, &self.header, &self.certificate, self.segments, None)?;
        if tree.root().as_bytes() != self.manifest.statement().root.as_bytes() {
            self.damaged = true;
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
