use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize as _, Zeroizing};

use crate::cbor::limits;
use crate::crypto::{BodyDigest, KemPrivateKey, Suite};
use crate::io::{self, Read, Seek, SeekFrom};
use crate::merkle::{self, Hash, RangeProof, Run};
use crate::record::{CameraCertificate, ClipId, Clock, Content, End, Ending, Head, Millis, Timestamp, Verified};

use super::error::ClipError;
use super::frame::{read_array, read_frame, read_payload_into};
use super::header::{Header, check_value};
use super::index::{FAN, IndexReader};
use super::owners::Owners;
use super::proof::Proving;
use super::scan::{Scan, scan};
use super::secret::ClipSecret;
use super::segment::{HEADER_LEN, OpenHalf, SegmentHeader, SegmentRange, StoredSegment, open_body};
use super::start::{Start, base, expect_frame, read_start, verify_head};
use super::writer::{FOOTER, FOOTER_LEN, HEAD, SEGMENT};

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
    /// The index is not made anew where it is wrong: the segments do not lead to the manifest, so that no index helps, or the
    /// file lies elsewhere. What is proven still reads.
    damaged: bool,
    /// The leaves of one index block, proven under the manifest, and where it begins.
    proven: Option<(u32, Vec<Hash>)>,
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
        let (damaged, proven) = (false, None);
        Ok(Self { source, header, header_bytes, owners, certificate, manifest, segments, index, damaged, proven })
    }

    /// Opens a finished clip that lies elsewhere, of which no more is read than what is asked for: header, owners, manifest, and
    /// the blocks of the index.
    ///
    /// Where the index is missing or wrong, the file is not read as a whole: what is asked for fails.
    pub fn open_remote(mut source: R) -> Result<Self, ClipError> {
        source.seek(SeekFrom::Start(0))?;
        let Start { header, header_bytes, owners, certificate, segments } = read_start(&mut source)?;
        let (manifest, top) = read_footer(&mut source, &header, &certificate)?;
        let index = IndexReader::stored(top, manifest.statement().count);
        let (damaged, proven) = (true, None);
        Ok(Self { source, header, header_bytes, owners, certificate, manifest, segments, index, damaged, proven })
    }

    /// The clip's id.
    pub const fn clip(&self) -> ClipId {
        self.header.clip
    }

    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    /// The cipher of its segments.
    pub const fn suite(&self) -> Suite {
        self.header.suite
    }

    /// Returns the wall time of the clip's start 0, as the camera claims, or `None` if the clip has no time that is believed.
    /// Nothing of such a clip can be granted.
    pub fn started(&self) -> Option<Timestamp> {
        base(&self.header, self.manifest.statement().set)
    }

    /// Returns how the clip is dated.
    pub const fn clock(&self) -> Clock {
        self.header.clock
    }

    /// Returns what the clip holds.
    pub const fn content(&self) -> Content {
        self.header.content
    }

    /// Returns whom the clip is sealed for. The household compares it with its own lists.
    pub const fn owners(&self) -> &Owners {
        &self.owners
    }

    /// Returns whether the wraps of the clip's secret stay sealed against a later quantum computer.
    pub const fn is_post_quantum(&self) -> bool {
        self.header.kem.is_post_quantum()
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
        self.end().how
    }

    /// Returns how many tracks and samples the recording had that the camera did not take; lower bounds if the clip was
    /// recovered.
    pub fn left_out(&self) -> (u64, u64) {
        let End { tracks, samples, .. } = self.end();
        (tracks, samples)
    }

    fn end(&self) -> End {
        let recovered = End { how: Ending::Recovered, tracks: 0, samples: 0 };
        self.manifest.statement().end.unwrap_or(recovered)
    }

    pub(crate) fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }

    /// The clip's secret, for the household or its recovery key.
    ///
    /// # Errors
    /// [`ClipError::Secret`] if the clip is not sealed for the key, [`ClipError::WrongKey`] if what is wrapped to it is not
    /// the clip's secret.
    pub fn unlock(&self, owner: &KemPrivateKey) -> Result<ClipSecret, ClipError> {
        let identity = self.header.identity();
        let secret = self.owners.unwrap(&identity, owner)?;
        let secret = ClipSecret { identity, secret };
        self.check(&secret).map(|()| secret)
    }

    /// Refuses a secret that is not this clip's.
    pub(crate) fn check(&self, secret: &ClipSecret) -> Result<(), ClipError> {
        let own = secret.identity == self.header.identity();
        // The check value is public.
        if own && check_value(&secret.identity, &secret.secret) == self.header.check {
            Ok(())
        } else {
            Err(ClipError::WrongKey)
        }
    }

    /// What the index says of where the first group that begins at this time stands.
    pub(super) fn hinted_group(&mut self, time: Millis) -> io::Result<u32> {
        self.index.first_group_from(&mut self.source, time.0)
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

    /// Opens one segment for an owner, and writes its plaintext into `content`, replacing what it held. The buffer can
    /// be reused for many segments. After an error it is empty.
    pub fn segment_into(
        &mut self,
        secret: &ClipSecret,
        index: u32,
        content: &mut Vec<u8>,
    ) -> Result<SegmentHeader, ClipError> {
        self.check(secret)?;
        let opened = self.retrying(|clip| clip.read_proven(index, content)).and_then(|header| {
            let (tree, seed) = (secret.tree(header.open.layer), secret.seed(header.open.layer, index));
            open_body(self.suite(), tree, header, &seed, content).map_err(|_| ClipError::Open(index))?;
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
        self.verify(index, StoredSegment { header, digest }.leaf())?;
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
        // The index is a hint: for the segment itself its word is not taken.
        let mut leaves = self.index.leaves(&mut self.source, from.into(), to.into())?;
        let own = leaves.get_mut(place as usize).ok_or(ClipError::PastTheEnd(self.count()))?;
        *own = leaf;
        let runs = [(from.into(), leaves)];
        self.prove(&runs).map_err(|error| match error {
            ClipError::Segment(_) => wrong,
            other => other,
        })?;
        let [(_, leaves)] = runs;
        self.proven = Some((from, leaves));
        Ok(())
    }

    /// A segment's header as it lies in the file.
    pub fn header_at(&mut self, index: u32) -> Result<SegmentHeader, ClipError> {
        self.retrying(|clip| clip.try_header(index))
    }

    /// Returns the open half of a segment and the length of its content, from the segment itself or, if the file lies
    /// elsewhere, from the index. Not proven.
    pub(super) fn listed_at(&mut self, index: u32) -> Result<(OpenHalf, u32), ClipError> {
        if !self.damaged {
            return self.header_at(index).map(|header| (header.open, header.length));
        }
        if index >= self.count() {
            return Err(ClipError::PastTheEnd(self.count()));
        }
        self.retrying(|clip| {
            let row = clip.index.row(&mut clip.source, index.into())?;
            if row.open().index == index {
                Ok((row.open(), row.segment.header.length))
            } else {
                Err(ClipError::Segment(index))
            }
        })
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
        let offset = self.index.offset(&mut self.source, index)?;
        self.source.seek(SeekFrom::Start(offset))?;
        let (kind, length) = read_frame(&mut self.source)?.ok_or(ClipError::Segment(index))?;
        let header = SegmentHeader::from_bytes(&read_array(&mut self.source)?).ok_or(ClipError::Segment(index))?;
        let whole = kind == SEGMENT && length as usize == HEADER_LEN + header.body_len();
        if whole && header.open.index == index { Ok(header) } else { Err(ClipError::Segment(index)) }
    }

    /// What the index says of the segments of a range. Nothing of it is believed before it is [proven](Self::prove).
    pub(crate) fn listed(&mut self, range: SegmentRange) -> Result<Vec<StoredSegment>, ClipError> {
        let listed = (range.from()..range.to()).map(|index| self.index.row(&mut self.source, index.into()));
        let listed = listed.map(|row| Ok(row?.segment)).collect::<io::Result<Vec<_>>>()?;
        let indices = listed.iter().map(|segment| segment.header.open.index);
        if indices.eq(range.from()..range.to()) { Ok(listed) } else { Err(ClipError::Segment(range.from())) }
    }

    /// A segment as it lies in the file, with its body in a buffer in the place of what it held.
    pub(crate) fn stored_into(&mut self, index: u32, body: &mut Vec<u8>) -> Result<StoredSegment, ClipError> {
        let header = self.try_header(index)?;
        let digest = BodyDigest::of_pieces(|each| self.read_body(header, body, each))?;
        Ok(StoredSegment { header, digest })
    }

    /// Reads a segment's body as it lies in the file into a buffer, replacing what it held, and passes on each piece. Nothing of
    /// it is proven.
    #[cfg(feature = "std")]
    pub(crate) fn body_into(
        &mut self,
        index: u32,
        body: &mut Vec<u8>,
        each: impl FnMut(&[u8]),
    ) -> Result<(), ClipError> {
        let header = self.retrying(|clip| clip.try_header(index))?;
        self.read_body(header, body, each)
    }

    /// The proof that these are leaves under the manifest's root; checked.
    pub(crate) fn prove(&mut self, runs: &[Run]) -> Result<RangeProof, ClipError> {
        let count = self.count().into();
        let ranges: Vec<_> = runs.iter().map(|(from, leaves)| (*from, from + leaves.len() as u64)).collect();
        let mut subtrees = Proving { index: &mut self.index, source: &mut self.source };
        let proof = merkle::ranges_proof(&mut subtrees, &ranges, count).map_err(|error| ClipError::Read(error.0))?;
        let root = Hash::from_bytes(*self.manifest.statement().root.as_bytes());
        match proof.root_of_runs(runs, count) {
            Ok(found) if found == root => Ok(proof),
            _ => Err(ClipError::Segment(ranges.first().map_or(0, |(from, _)| *from as u32))),
        }
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
