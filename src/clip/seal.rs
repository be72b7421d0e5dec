use alloc::sync::Arc;

use thiserror::Error;

use crate::cbor::limits;
use crate::crypto::{
    BodyDigest, KemPublicKey, Label, Random, RandomError, Secret, SigningKey, Suite, TAG_LEN, expand, extract,
    seal_detached,
};
use crate::io;
use crate::record::{CameraCertificate, ClipId, Ending, Head, Millis, SegmentKind, Signed, Timestamp, Verified};

use super::file::ClipFile;
use super::header::{Header, Owners};
use super::segment::SegmentHeader;
use super::tree::{Seeds, SegmentKey, segment_key};
use super::writer::ClipWriter;

/// How often the camera signs a head while it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// With every segment, which is durable when the call returns: for live recording, so that a power cut loses at most the
    /// segment that is being written.
    EverySegment,
    /// At the end only: for sealing a file that is whole.
    AtEnd,
}

/// What a new clip needs from its camera.
pub(crate) struct NewClip<'a> {
    pub(crate) suite: Suite,
    pub(crate) started: Timestamp,
    pub(crate) certificate: Signed<CameraCertificate>,
    pub(crate) owners: &'a [KemPublicKey],
    pub(crate) root: ClipRoot,
    pub(crate) cadence: Cadence,
}

/// What the id and the secret of a new clip are derived from.
pub(crate) struct ClipRoot {
    root: Secret<32>,
    clip: ClipId,
}

impl ClipRoot {
    /// Draws the root of the clip of this number. A broken random source alone repeats neither id nor secret: device and
    /// counter keep them apart.
    pub(crate) fn random(device: &Secret<32>, counter: u64, random: &mut dyn Random) -> Result<Self, RandomError> {
        let fresh = Secret::<32>::random(random)?;
        let root = extract(Label::CLIP, &[fresh.expose(), device.expose(), &counter.to_be_bytes()]);
        let clip = ClipId::from_bytes(*expand::<16>(&root, Label::CLIP_ID, &[]).expose());
        Ok(Self { root, clip })
    }

    /// The clip's id.
    pub(crate) const fn clip(&self) -> ClipId {
        self.clip
    }

    /// The clip's secret. Nothing but the seeds of its segments is left of it afterwards.
    fn secret(self) -> Secret<32> {
        expand::<32>(&self.root, Label::CLIP_SECRET, &[])
    }
}

/// Refuses owners that no clip can have.
pub(crate) fn check_owners(owners: &[KemPublicKey]) -> Result<(), SealError> {
    let repeated =
        || owners.iter().enumerate().any(|(at, owner)| owners.iter().skip(at + 1).any(|other| other == owner));
    if owners.is_empty() || owners.len() > limits::OWNERS || repeated() {
        return Err(SealError::Owners(owners.len()));
    }
    Ok(())
}

/// Why a clip could not be sealed further.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealError {
    /// No owner, more than 32, or one twice. Give between 1 and 32 distinct owner keys.
    #[error("{0} distinct owner keys: a clip has between 1 and {max}", max = limits::OWNERS)]
    Owners(usize),
    /// No randomness. Nothing was written but perhaps a beginning; start a new clip later.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The segment holds more than 16 MiB. Cut it smaller; the clip goes on without it.
    #[error("segment {index} holds {length} bytes, more than {max}", max = limits::SEGMENT_BYTES)]
    SegmentTooLong {
        /// Which segment.
        index: u32,
        /// Its bytes.
        length: usize,
    },
    /// The clip has 2^24 segments. Finish it and start another.
    #[error("the clip is full: {max} segments", max = limits::SEGMENTS)]
    Full,
    /// The segment begins before the one before it, or lasts over 49 days. Order the segments; the clip goes on without it.
    #[error("segment {index} is out of order in time, or too long")]
    Time {
        /// Which segment.
        index: u32,
    },
    /// A clip without any segment cannot be finished. Seal something, or drop it.
    #[error("the clip has no segment")]
    Empty,
    /// The clip's file failed. What was written can be recovered.
    #[error("writing the clip failed")]
    Write(#[from] io::Error),
    /// An earlier write failed, so the clip's bytes are no longer known. Recover it.
    #[error("an earlier write of this clip failed: recover it")]
    Broken,
    /// The cipher refused. It does so only above its own limits, which the format's are below.
    #[error("the cipher refused")]
    Cipher,
}

/// Seals a clip while it is recorded, segment by segment.
///
/// It holds no key of what it has sealed, and none can be derived from what it holds: seized, it opens nothing.
#[must_use = "an unfinished clip can only be recovered"]
pub(crate) struct Sealer<W> {
    writer: ClipWriter<W>,
    key: Arc<SigningKey>,
    clip: ClipId,
    suite: Suite,
    cadence: Cadence,
    seeds: Seeds,
    init: Option<u32>,
    latest: Millis,
    /// Segments whose keys are handed out, and which are not written: while there are any, the clip is in pieces.
    under_way: u32,
    /// How many segments the last head signs.
    signed: u32,
}

/// The key of the next segment, and its header; nothing else seals it.
pub(crate) struct Prepared {
    suite: Suite,
    header: SegmentHeader,
    key: Secret<32>,
}

/// A segment whose content was sealed in place.
pub(crate) struct SealedSegment {
    header: SegmentHeader,
    tag: [u8; TAG_LEN],
    digest: BodyDigest,
}

impl Prepared {
    /// Seals the content in place; the digest is taken while it is in the processor's cache.
    pub(crate) fn seal(self, content: &mut [u8]) -> Result<SealedSegment, SealError> {
        let Self { suite, header, key } = self;
        let tag = seal_detached(suite, key, &header.to_bytes(), content).map_err(|_| SealError::Cipher)?;
        let digest = BodyDigest::of_sealed(content, &tag);
        Ok(SealedSegment { header, tag, digest })
    }
}

impl<W: ClipFile> Sealer<W> {
    /// Writes the beginning of a clip for these owners, and syncs it.
    pub(crate) fn begin(
        new: NewClip<'_>,
        key: Arc<SigningKey>,
        sink: W,
        random: &mut dyn Random,
    ) -> Result<Self, SealError> {
        let NewClip { suite, started, certificate, owners, root, cadence } = new;
        let clip = root.clip();
        let secret = root.secret();
        let owners = Owners::wrap(clip, &secret, owners, random)?;
        let header = Header::new(suite, clip, started, certificate, &owners);
        let writer = ClipWriter::begin(sink, &header, &owners)?;
        let seeds = Seeds::of_clip(clip, secret);
        Ok(Self { writer, key, clip, suite, cadence, seeds, init: None, latest: Millis(0), under_way: 0, signed: 0 })
    }

    /// The clip's id.
    pub(crate) const fn clip(&self) -> ClipId {
        self.clip
    }

    /// How many segments are written.
    pub(crate) fn count(&self) -> u32 {
        self.writer.count()
    }

    /// Seals the codec parameters for the media that follow. `content` is sealed in place and holds ciphertext afterwards.
    pub(crate) fn init(&mut self, content: &mut [u8]) -> Result<(), SealError> {
        self.whole()?;
        let prepared = self.prepare_init(content.len())?;
        self.seal(prepared, content)
    }

    /// Seals a media segment that begins at `start` from the beginning of the clip. `content` is sealed in place and holds
    /// ciphertext afterwards.
    pub(crate) fn media(&mut self, start: Millis, duration: Millis, content: &mut [u8]) -> Result<(), SealError> {
        self.whole()?;
        let prepared = self.prepare_media(start, duration, content.len())?;
        self.seal(prepared, content)
    }

    fn whole(&self) -> Result<(), SealError> {
        if self.under_way == 0 { Ok(()) } else { Err(SealError::Broken) }
    }

    fn seal(&mut self, prepared: Prepared, content: &mut [u8]) -> Result<(), SealError> {
        let sealed = prepared.seal(content)?;
        self.write(&sealed, content)
    }

    /// Hands out the key of codec parameters of this length, like [`prepare_media`](Self::prepare_media).
    pub(crate) fn prepare_init(&mut self, length: usize) -> Result<Prepared, SealError> {
        let prepared = self.prepare(SegmentKind::Init, self.latest, Millis(0), length)?;
        self.init = Some(prepared.header.index);
        Ok(prepared)
    }

    /// Hands out the key of the next media segment. From here on it is used up: if the segment is not written, the clip can
    /// only be recovered.
    pub(crate) fn prepare_media(
        &mut self,
        start: Millis,
        duration: Millis,
        length: usize,
    ) -> Result<Prepared, SealError> {
        self.prepare(SegmentKind::Media, start, duration, length)
    }

    fn prepare(
        &mut self,
        kind: SegmentKind,
        start: Millis,
        duration: Millis,
        length: usize,
    ) -> Result<Prepared, SealError> {
        let index = self.count() + self.under_way;
        let Some(length) = u32::try_from(length).ok().filter(|&length| length <= limits::SEGMENT_BYTES) else {
            return Err(SealError::SegmentTooLong { index, length });
        };
        if start < self.latest || u32::try_from(duration.0).is_err() {
            return Err(SealError::Time { index });
        }
        if index == limits::SEGMENTS {
            return Err(SealError::Full);
        }
        let seed = self.seeds.next().ok_or(SealError::Full)?;
        self.under_way += 1;
        self.latest = start;
        let init = self.init.filter(|_| kind == SegmentKind::Media);
        let SegmentKey { key, commitment } = segment_key(&self.clip, index, &seed);
        let header = SegmentHeader { index, start, duration, kind, length, init, commitment };
        Ok(Prepared { suite: self.suite, header, key })
    }

    /// Writes the next segment.
    pub(crate) fn write(&mut self, sealed: &SealedSegment, ciphertext: &[u8]) -> Result<(), SealError> {
        let SealedSegment { header, tag, digest } = sealed;
        self.writer.segment(*header, ciphertext, tag, digest)?;
        if self.cadence == Cadence::EverySegment {
            self.sign()?;
        }
        self.under_way -= 1;
        Ok(())
    }

    /// Signs what is written, and syncs it.
    fn sign(&mut self) -> Result<(), SealError> {
        let head = Verified::sign(self.writer.state(None), &self.key);
        self.writer.head(&head)?;
        self.writer.sync()?;
        self.signed = self.count();
        Ok(())
    }

    /// Writes the last head, if it is not written yet, and returns what the manifest will say: to be remembered before it is
    /// signed, so that the clip can have no other.
    pub(crate) fn end(&mut self) -> Result<Head, SealError> {
        self.whole()?;
        if self.count() == 0 {
            return Err(SealError::Empty);
        }
        if self.signed != self.count() {
            self.sign()?;
        }
        Ok(self.writer.state(Some(Ending::Finished)))
    }

    /// Signs the manifest, which [`end`](Self::end) returned, and closes the clip.
    pub(crate) fn finish(self, manifest: Head) -> Result<SealedClip<W>, SealError> {
        let manifest = Verified::sign(manifest, &self.key);
        Ok(SealedClip { file: self.writer.finish(&manifest)?, manifest })
    }
}

impl<W> core::fmt::Debug for Sealer<W> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sealer").field("clip", &self.clip).field("suite", &self.suite).finish_non_exhaustive()
    }
}

/// A clip that is whole and signed: its file, and its manifest.
#[derive(Debug)]
#[must_use]
pub struct SealedClip<F> {
    file: F,
    manifest: Verified<Head>,
}

impl<F> SealedClip<F> {
    pub(crate) const fn new(file: F, manifest: Verified<Head>) -> Self {
        Self { file, manifest }
    }

    /// The last head of the clip.
    pub const fn manifest(&self) -> &Verified<Head> {
        &self.manifest
    }

    /// Returns the clip's file.
    pub fn into_inner(self) -> F {
        self.file
    }

    /// Makes the file durable.
    pub(crate) fn sync(&mut self) -> io::Result<()>
    where
        F: ClipFile,
    {
        self.file.sync()
    }
}
