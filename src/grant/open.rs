use core::fmt;
use std::io::{Read, Seek};

use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::clip::{
    ClipError, Header, KeyTree, OpenHalf, Seeds, SegmentHeader, SegmentRange, Selection, StoredSegment, base, cover,
    open_body, verify_certificate, verify_head,
};
use crate::crypto::{BodyDigest, Secret, Suite, open};
use crate::merkle::RangeProof;
use crate::record::{CameraCertificate, ClipId, Ending, Head, Layer, Layers, SegmentKind, Timestamp, Verified, Window};

use super::excerpt::{Excerpt, ExcerptError};
use super::private::{Init, LeftOut, Listed, Private};

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
    /// The range is not granted in its one form: exact covers, the init segments that it names, in order.
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
    layers: Layers,
    span: Window,
    started: Timestamp,
    /// Media segments of the range that were left out, by layer.
    left_out: [u32; 2],
    words: String,
    inits: std::vec::IntoIter<Init>,
    pending: std::vec::IntoIter<StoredSegment>,
    /// The seeds of the granted layers.
    seeds: Vec<(Layer, Seeds)>,
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
    tree: KeyTree,
    /// The segment that the camera signed.
    expected: StoredSegment,
    /// The digest of what was read, if it was taken on the way.
    digest: Option<BodyDigest>,
    seed: Secret<32>,
}

impl SealedBody {
    /// Opens the body in place if it is the camera's. That it was so when the excerpt was taken in is not enough: the file
    /// may have been altered since, and who has the segment's key can make another body for it that opens.
    pub(super) fn open(self, body: &mut Vec<u8>) -> Result<SegmentHeader, OpenExcerptError> {
        let Self { suite, tree, expected: StoredSegment { header, digest: expected }, digest, seed } = self;
        let wrong = OpenExcerptError::Segment(header.open.index);
        let digest = digest.unwrap_or_else(|| BodyDigest::of(body));
        if body.len() != header.body_len() || digest != expected {
            return Err(wrong);
        }
        open_body(suite, tree, header, &seed, body).map_err(|_| wrong)?;
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
        let started = base(&header, manifest.statement().set).ok_or(ClipError::NoTime)?;
        prove(&manifest, &private)?;
        let span = check_range(&header, &manifest, started, &private)?;
        let left_out = Layer::ALL.map(|layer| {
            let left = |listed: &&Listed| {
                let open = listed.open();
                open.layer == layer && open.kind == SegmentKind::Media && matches!(listed, Listed::LeftOut(_))
            };
            private.segments.iter().filter(left).count() as u32
        });
        let Private { range, layers, seeds, segments, inits, words, .. } = private;
        let (identity, places) = (header.identity(), cover(range.from(), range.to()));
        let granted = Layer::ALL.into_iter().filter(|&layer| layers.has(layer));
        let seeds = granted.zip(seeds).map(|(layer, seeds)| {
            let seeds = Seeds::of_cover(KeyTree::new(identity, layer), &places, seeds)?;
            Some((layer, seeds))
        });
        let seeds = seeds.collect::<Option<_>>().ok_or(OpenExcerptError::Range("cover"))?;
        excerpt.rewind().map_err(ExcerptError::Read)?;
        let pending = segments.into_iter().filter_map(|listed| match listed {
            Listed::Granted(segment) => Some(segment),
            Listed::LeftOut(_) => None,
        });
        let (pending, inits) = (pending.collect::<Vec<_>>().into_iter(), inits.into_iter());
        Ok(Self {
            excerpt,
            header,
            certificate,
            manifest,
            range,
            layers,
            span,
            started,
            left_out,
            words,
            inits,
            pending,
            seeds,
        })
    }

    /// The next segment in the clear: the init segments before the range first, then what is granted of it in order.
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
        let (expected, seed) = match self.inits.next() {
            Some(Init { segment, seed }) => (segment, seed),
            None => match self.pending.next() {
                None => return Ok(None),
                Some(segment) => {
                    let OpenHalf { layer, index, .. } = segment.header.open;
                    let seeds = self.seeds.iter_mut().find(|(granted, _)| *granted == layer);
                    let seed = seeds.and_then(|(_, seeds)| seeds.take(index));
                    (segment, seed.ok_or(OpenExcerptError::Range("cover"))?)
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
            return Err(OpenExcerptError::Segment(expected.header.open.index));
        }
        let (suite, tree) = (self.header.suite, KeyTree::new(self.header.identity(), expected.header.open.layer));
        Ok(Some(SealedBody { suite, tree, expected, digest, seed }))
    }

    /// The clip's id.
    pub const fn clip(&self) -> ClipId {
        self.header.clip
    }

    /// When the recording began, as the camera claims.
    pub const fn started(&self) -> Timestamp {
        self.started
    }

    /// The time that the range covers, in all its layers, as the camera claims.
    pub const fn span(&self) -> Window {
        self.span
    }

    /// The layers that were granted.
    pub const fn layers(&self) -> Layers {
        self.layers
    }

    /// How many media segments of a layer the range has that were left out by choice.
    pub const fn left_out(&self, layer: Layer) -> u32 {
        let [pictures, sound] = self.left_out;
        match layer {
            Layer::Pictures => pictures,
            Layer::Sound => sound,
        }
    }

    /// The camera's certificate; its maker's standing, the ledger knows.
    pub const fn certificate(&self) -> &Verified<CameraCertificate> {
        &self.certificate
    }

    /// The segments of the range, of all layers.
    pub const fn range(&self) -> SegmentRange {
        self.range
    }

    /// How many segments the clip has; a lower bound if it was recovered.
    pub fn count(&self) -> u32 {
        self.manifest.statement().count
    }

    /// How the clip ended.
    pub fn ending(&self) -> Ending {
        self.manifest.statement().end.map_or(Ending::Recovered, |end| end.how)
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

/// The listed segments are exactly the range, in order; it begins and ends where groups do; every granted layer has media in
/// every group; and exactly the init segments that granted segments name are there. Returns the time of the range.
fn check_range(
    header: &Header,
    manifest: &Verified<Head>,
    started: Timestamp,
    private: &Private,
) -> Result<Window, OpenExcerptError> {
    let Private { range, layers, segments, next, inits, .. } = private;
    let open: Vec<_> = segments.iter().map(|listed| *listed.open()).collect();
    if !open.iter().map(|open| open.index).eq(range.from()..range.to()) {
        return Err(OpenExcerptError::Range("order"));
    }
    let end = (range.to() < manifest.statement().count).then_some(range.to());
    if next.as_ref().map(|next| next.open.index) != end {
        return Err(OpenExcerptError::Range("end"));
    }
    // By the same function as the resident.
    let selection = Selection::of(header.clip, started, *range, &open, next.as_ref().map(|LeftOut { open, .. }| open));
    let selection = selection.and_then(|selection| selection.only(*layers))?;

    let mut named = Vec::new();
    for segment in private.granted() {
        let Some(init) = segment.header.init else { continue };
        let found = if init < range.from() {
            named.push(init);
            inits.iter().map(|init| &init.segment.header.open).find(|open| open.index == init)
        } else {
            open.get((init - range.from()) as usize)
        };
        // A header names only what stands before it.
        if found.is_none_or(|found| found.kind != SegmentKind::Init || found.layer != segment.header.open.layer) {
            return Err(OpenExcerptError::Range("init"));
        }
    }
    named.sort_unstable();
    named.dedup();
    if named.into_iter().eq(inits.iter().map(|init| init.segment.header.open.index)) {
        Ok(selection.span())
    } else {
        Err(OpenExcerptError::Range("init"))
    }
}

/// All that is listed stands under the manifest's root.
fn prove(manifest: &Verified<Head>, private: &Private) -> Result<(), OpenExcerptError> {
    let Head { root, count, .. } = manifest.statement();
    match RangeProof(private.proof.clone()).root_of_runs(&private.runs(), (*count).into()) {
        Ok(found) if found.as_bytes() == root.as_bytes() => Ok(()),
        _ => Err(OpenExcerptError::Manifest),
    }
}
