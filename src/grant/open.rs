use core::fmt;
use std::io::{Read, Seek};

use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::clip::{
    ClipError, Header, Seeds, SegmentHeader, SegmentRange, cover, open_body, verify_certificate, verify_head,
};
use crate::crypto::{BodyDigest, Secret, Suite, open};
use crate::merkle::RangeProof;
use crate::record::{CameraCertificate, ClipId, Ending, Head, SegmentKind, Timestamp, Verified};

use super::excerpt::{Excerpt, ExcerptError};
use super::private::{Init, Listed, Private};

/// Why an excerpt that was unlocked is not opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenExcerptError {
    /// The file cannot be read, or was altered since it was taken in.
    #[error(transparent)]
    Excerpt(#[from] ExcerptError),
    /// The private part does not open, or is not what the terms commit to.
    #[error("the private part does not open, or is not the one that was granted")]
    Private,
    /// What the camera should have signed is not signed by it.
    #[error(transparent)]
    Camera(#[from] ClipError),
    /// The range is not granted as one exact cover, with one init segment and in order.
    #[error("the grant is not of one exact range: {0}")]
    Range(&'static str),
    /// The segments are not those of the camera's manifest.
    #[error("the segments are not those that the camera signed")]
    Manifest,
    /// A segment is not the one that the camera signed, or does not open. Nothing of it was handed out.
    #[error("segment {0} is not the one that the camera signed, or does not open")]
    Segment(u32),
    /// The sink failed. What it has of the content is a beginning.
    #[error("writing the excerpt's content failed: {0}")]
    Write(std::io::Error),
}

/// An excerpt whose lock is open and whose proofs hold: its segments come out one after the other, each checked before
/// any of its plaintext leaves.
pub struct OpenExcerpt<R> {
    excerpt: Excerpt<R>,
    header: Header,
    certificate: Verified<CameraCertificate>,
    manifest: Verified<Head>,
    range: SegmentRange,
    words: String,
    pending: std::vec::IntoIter<Listed>,
    init: Option<(Listed, Secret<32>)>,
    seeds: Seeds,
}

// Without the owner's words.
impl<R> fmt::Debug for OpenExcerpt<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenExcerpt")
            .field("clip", &self.header.clip)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

/// A segment in the clear.
#[non_exhaustive]
pub struct OpenSegment {
    /// Its header, as the camera signed it.
    pub header: SegmentHeader,
    /// Its content, wiped when dropped.
    pub content: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for OpenSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header, content } = self;
        f.debug_struct("OpenSegment").field("header", header).field("content", &content.len()).finish()
    }
}

/// All that it takes to open a body that was read.
pub(super) struct SealedBody {
    suite: Suite,
    clip: ClipId,
    header: SegmentHeader,
    /// The digest that the camera signed.
    expected: [u8; 32],
    /// The digest of what was read, if it was taken on the way.
    digest: Option<BodyDigest>,
    seed: Secret<32>,
}

impl SealedBody {
    /// Opens the body in place if it is the camera's. That it was so when the excerpt was taken in is not enough: the file
    /// may have been altered since, and who has the segment's key can make another body for it that opens.
    pub(super) fn open(self, body: &mut Vec<u8>) -> Result<SegmentHeader, OpenExcerptError> {
        let Self { suite, clip, header, expected, digest, seed } = self;
        let digest = digest.unwrap_or_else(|| BodyDigest::of(body));
        if body.len() != header.body_len() || *digest.as_bytes() != expected {
            return Err(OpenExcerptError::Segment(header.index));
        }
        open_body(suite, &clip, header, &seed, body).map_err(|_| OpenExcerptError::Segment(header.index))?;
        Ok(header)
    }
}

impl<R: Read + Seek> OpenExcerpt<R> {
    /// Opens the private part and checks everything in it.
    pub(crate) fn open(mut excerpt: Excerpt<R>, key: &Secret<32>) -> Result<Self, OpenExcerptError> {
        let mut sealed = Zeroizing::new(excerpt.sealed().to_vec());
        let plain = open(Suite::ChaCha20Poly1305, key, &[], &mut sealed).map_err(|_| OpenExcerptError::Private)?;
        if Private::digest(plain) != excerpt.terms().statement().private {
            return Err(OpenExcerptError::Private);
        }
        let private = Private::from_bytes(plain).map_err(|_| OpenExcerptError::Private)?;
        let header =
            Header::from_bytes(&private.header).map_err(|error| ClipError::Malformed { part: "header", error })?;
        let certificate = verify_certificate(&header)?;
        let manifest = verify_head(&private.manifest, &header, &certificate)?;
        if manifest.statement().end.is_none() {
            return Err(ClipError::Unfinished.into());
        }
        if excerpt.count() != private.bodies().len() {
            return Err(OpenExcerptError::Range("bodies"));
        }
        let Private { range, seeds, segments, proof, init, words, .. } = private;
        check_order(range, &segments, init.as_ref())?;
        prove(&manifest, range, &segments, proof)?;
        let init = match init {
            None => None,
            Some(Init { seed, segment, proof }) => {
                let index = segment.header.index;
                let alone = SegmentRange::new(index, index + 1).ok_or(OpenExcerptError::Range("init"))?;
                prove(&manifest, alone, &[segment], proof)?;
                Some((segment, seed))
            }
        };
        let places = cover(range.from(), range.to());
        let seeds = Seeds::of_cover(header.clip, &places, seeds).ok_or(OpenExcerptError::Range("cover"))?;
        excerpt.rewind().map_err(ExcerptError::Read)?;
        let pending = segments.into_iter();
        Ok(Self { excerpt, header, certificate, manifest, range, words, pending, init, seeds })
    }

    /// The next segment in the clear: the init segment first, if there is one, then the range in order.
    pub fn next_segment(&mut self) -> Result<Option<OpenSegment>, OpenExcerptError> {
        let mut content = Zeroizing::new(Vec::new());
        Ok(self.next_segment_into(&mut content)?.map(|header| OpenSegment { header, content }))
    }

    /// The [next segment](Self::next_segment) in a buffer in the place of what it held: for many of them it is allocated
    /// once. After an error there is nothing in it.
    pub fn next_segment_into(&mut self, content: &mut Vec<u8>) -> Result<Option<SegmentHeader>, OpenExcerptError> {
        let opened = match self.next_sealed(content, true) {
            Ok(Some(sealed)) => sealed.open(content).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        if opened.is_err() {
            content.zeroize();
        }
        opened
    }

    /// Reads the next segment's body, and takes its digest on the way or leaves that for later.
    pub(super) fn next_sealed(
        &mut self,
        body: &mut Vec<u8>,
        digest: bool,
    ) -> Result<Option<SealedBody>, OpenExcerptError> {
        let (Listed { header, body: expected }, seed) = match self.init.take() {
            Some(init) => init,
            None => match self.pending.next() {
                None => return Ok(None),
                Some(listed) => {
                    let seed = self.seeds.next().ok_or(OpenExcerptError::Range("cover"))?;
                    (listed, seed)
                }
            },
        };
        let mut there = false;
        let digest = if digest {
            Some(BodyDigest::of_pieces(|each| self.excerpt.body(body, each).map(|is| there = is))?)
        } else {
            there = self.excerpt.body(body, |_| {})?;
            None
        };
        if !there {
            return Err(OpenExcerptError::Segment(header.index));
        }
        let (suite, clip) = (self.header.suite, self.header.clip);
        Ok(Some(SealedBody { suite, clip, header, expected, digest, seed }))
    }

    /// The clip's id.
    pub const fn clip(&self) -> ClipId {
        self.header.clip
    }

    /// When the recording began, as the camera claims.
    pub const fn started(&self) -> Timestamp {
        self.header.started
    }

    /// The camera's certificate; its maker's standing, the ledger knows.
    pub const fn certificate(&self) -> &Verified<CameraCertificate> {
        &self.certificate
    }

    /// The media segments that were granted.
    pub const fn range(&self) -> SegmentRange {
        self.range
    }

    /// How many segments the clip has; a lower bound if it was recovered.
    pub fn count(&self) -> u32 {
        self.manifest.statement().count
    }

    /// How the clip ended.
    pub fn ending(&self) -> Ending {
        self.manifest.statement().end.unwrap_or(Ending::Recovered)
    }

    /// The owner's words.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The excerpt that it came from.
    pub const fn excerpt(&self) -> &Excerpt<R> {
        &self.excerpt
    }
}

/// The listed segments are exactly the range, all media, all played with exactly the init segment that is there.
fn check_order(range: SegmentRange, segments: &[Listed], init: Option<&Init>) -> Result<(), OpenExcerptError> {
    let named = init.map(|init| init.segment.header.index);
    let indices = segments.iter().map(|segment| segment.header.index);
    if !indices.eq(range.from()..range.to()) {
        return Err(OpenExcerptError::Range("order"));
    }
    if segments.iter().any(|segment| segment.header.kind != SegmentKind::Media || segment.header.init != named) {
        return Err(OpenExcerptError::Range("init"));
    }
    if init.is_some_and(|init| init.segment.header.kind != SegmentKind::Init) {
        return Err(OpenExcerptError::Range("init"));
    }
    Ok(())
}

fn prove(
    manifest: &Verified<Head>,
    range: SegmentRange,
    segments: &[Listed],
    proof: Vec<crate::merkle::Hash>,
) -> Result<(), OpenExcerptError> {
    let Head { root, count, .. } = manifest.statement();
    let leaves: Vec<_> = segments.iter().map(Listed::leaf).collect();
    let found = RangeProof(proof).root(range.from().into(), &leaves, (*count).into());
    match found {
        Ok(found) if found.as_bytes() == root.as_bytes() => Ok(()),
        _ => Err(OpenExcerptError::Manifest),
    }
}
