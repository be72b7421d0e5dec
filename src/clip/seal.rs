use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::crypto::{BodyDigest, Hedge, Label, Random, RandomError, Secret, SigningKey, Suite, TAG_LEN, seal_detached};
use crate::io;
use crate::record::{
    CameraCertificate, ClipId, Clock, ClockSet, Content, End, Ending, Head, Millis, Timestamp, Verified,
};

use super::error::SealError;
use super::file::ClipFile;
use super::group::Group;
use super::header::{Header, check_value};
use super::identity::{Identity, VERSION};
use super::order::{Order, Slot, Source};
use super::owners::{Owners, SealFor};
use super::secret::{ClipSecret, LayerSeeds};
use super::segment::SegmentHeader;
use super::tree::SegmentKey;
use super::writer::ClipWriter;

/// How often the camera signs a head while it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// With every group, which is durable when the call returns: for live recording, so that a power cut loses at most the
    /// group that is being written.
    EveryGroup,
    /// At the end only: for sealing a file that is whole.
    AtEnd,
}

/// What a new clip is made from.
pub(crate) struct NewClip<'a> {
    pub(crate) suite: Suite,
    pub(crate) started: Timestamp,
    pub(crate) clock: Clock,
    pub(crate) content: Content,
    pub(crate) certificate: &'a Verified<CameraCertificate>,
    pub(crate) owners: SealFor<'a>,
    /// The clip's number among those of its camera.
    pub(crate) number: u64,
}

/// The id of a new clip, and the randomness of all that is secret of it.
pub(crate) struct ClipRoot {
    hedge: Hedge,
    clip: ClipId,
}

impl NewClip<'_> {
    /// Draws the clip's id and secrets. A broken random source alone repeats neither: device secret and number keep clips
    /// apart.
    pub(crate) fn draw(&self, device: &Secret<32>, random: &mut dyn Random) -> Result<ClipRoot, RandomError> {
        let (household, recovery) = (self.owners.household.fingerprint(), self.owners.recovery.fingerprint());
        let context: [&[u8]; 8] = [
            &self.number.to_be_bytes(),
            &self.started.as_millis().to_be_bytes(),
            &[self.clock as u8, self.suite.number()],
            self.certificate.statement().key().as_bytes(),
            household.as_bytes(),
            recovery.as_bytes(),
            &[self.content as u8],
            self.owners.list.as_bytes(),
        ];
        let hedge = Hedge::new(random, device, &context)?;
        let clip = ClipId::from_bytes(*hedge.secret::<16>(Label::CLIP_ID, 0).expose());
        Ok(ClipRoot { hedge, clip })
    }

    /// Makes header and owners, and returns the secret beside them.
    fn begin(&self, root: &ClipRoot) -> Result<(Header, Owners, ClipSecret), RandomError> {
        let Self { suite, started, clock, content, certificate, owners, number } = *self;
        let identity = Identity::of(suite, root.clip, started, clock, certificate.statement().key());
        let secret = root.hedge.secret::<32>(Label::CLIP_SECRET, 0);
        let sealed = Owners::wrap(&identity, &secret, owners, number, &root.hedge)?;
        let header = Header {
            version: VERSION,
            suite,
            clip: root.clip,
            started,
            clock,
            content,
            kem: owners.household.algorithm(),
            certificate: alloc::boxed::Box::new(certificate.clone().into_signed()),
            check: check_value(&identity, &secret),
            owners: sealed.digest(),
        };
        Ok((header, sealed, ClipSecret { identity, secret }))
    }
}

impl ClipRoot {
    /// The clip's id.
    pub(crate) const fn clip(&self) -> ClipId {
        self.clip
    }
}

/// Seals a clip while it is recorded, group by group.
///
/// It holds no key of what it has sealed, and none can be derived from what it holds: seized, it opens nothing.
#[must_use = "an unfinished clip can only be recovered"]
pub(crate) struct Sealer<W> {
    writer: ClipWriter<W>,
    key: Arc<SigningKey>,
    clip: ClipId,
    suite: Suite,
    identity: Identity,
    seeds: LayerSeeds,
    order: Order,
    set: Option<ClockSet>,
    /// Segments whose keys are handed out, and which are not written: while there are any, the clip is in pieces.
    under_way: u32,
    /// How many segments the last head signs; `None` before the first head.
    signed: Option<u32>,
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
    /// Writes the beginning of a clip, and syncs it. Of the clip's secret only the seeds of its segments are left.
    pub(crate) fn begin(new: &NewClip<'_>, root: ClipRoot, key: Arc<SigningKey>, sink: W) -> Result<Self, SealError> {
        let (header, owners, secret) = new.begin(&root)?;
        let writer = ClipWriter::begin(sink, &header, &owners)?;
        let ClipRoot { hedge, clip } = root;
        // Nothing of the clip can be drawn a second time.
        drop(hedge);
        let (suite, identity) = (new.suite, secret.identity);
        let (seeds, order) = (LayerSeeds::of(&secret), Order::new(new.content));
        Ok(Self { writer, key, clip, suite, identity, seeds, order, set: None, under_way: 0, signed: None })
    }

    /// The clip's id.
    pub(crate) const fn clip(&self) -> ClipId {
        self.clip
    }

    pub(crate) const fn content(&self) -> Content {
        self.order.content()
    }

    /// How many segments are written.
    pub(crate) fn count(&self) -> u32 {
        self.writer.count()
    }

    /// The greatest end of any segment that was handed out.
    pub(crate) const fn end_of_media(&self) -> Millis {
        self.order.end()
    }

    /// Returns the greatest end of the segments that a group would become.
    pub(crate) fn end_of(&self, group: &Group<'_>) -> Result<Millis, SealError> {
        let slots = self.order.clone().group(group, self.count() + self.under_way)?;
        Ok(slots.iter().map(|slot| slot.open.end()).max().unwrap_or_default())
    }

    /// Counts tracks and samples that the recording had and the camera did not take.
    pub(crate) fn leave_out(&mut self, tracks: u64, samples: u64) {
        self.order.leave_out(tracks, samples);
    }

    /// Sets the clock that was not set when the clip began. It is signed with every head from now on.
    pub(crate) fn set_clock(&mut self, set: ClockSet) {
        self.set.get_or_insert(set);
    }

    /// Something is missing before the next group, whenever it begins.
    pub(crate) const fn break_off(&mut self) {
        self.order.break_off();
    }

    /// Seals a group, and writes it.
    pub(crate) fn group(&mut self, group: &mut Group<'_>) -> Result<(), SealError> {
        self.whole()?;
        for (source, prepared) in self.prepare(group)? {
            let content = group.content(source);
            let sealed = prepared.seal(content)?;
            self.write(&sealed, content)?;
        }
        Ok(())
    }

    /// Hands out the keys of the segments of a group, in their order. From here on they are used up: if one is not written, the
    /// clip can only be recovered.
    pub(crate) fn prepare(&mut self, group: &Group<'_>) -> Result<Vec<(Source, Prepared)>, SealError> {
        let first = self.count() + self.under_way;
        let slots = self.order.group(group, first)?;
        if first == 0 {
            // The first group has all layers that the clip will have.
            self.seeds.keep(|layer| slots.iter().any(|slot| slot.open.layer == layer));
        }
        let mut prepared = Vec::with_capacity(slots.len());
        for Slot { open, length, init, source } in slots {
            let seed = self.seeds.take(open.layer, open.index).ok_or(SealError::Full)?;
            self.under_way += 1;
            let tree = super::tree::KeyTree::new(self.identity, open.layer);
            let SegmentKey { key, commitment } = tree.segment_key(open.index, &seed);
            let header = SegmentHeader { open, length, init, commitment };
            prepared.push((source, Prepared { suite: self.suite, header, key }));
        }
        Ok(prepared)
    }

    /// Writes the next segment.
    pub(crate) fn write(&mut self, sealed: &SealedSegment, ciphertext: &[u8]) -> Result<(), SealError> {
        let SealedSegment { header, tag, digest } = sealed;
        self.writer.segment(*header, ciphertext, tag, digest)?;
        self.under_way -= 1;
        Ok(())
    }

    /// Refuses while a segment that was handed out is not written.
    pub(crate) fn whole(&self) -> Result<(), SealError> {
        if self.under_way == 0 { Ok(()) } else { Err(SealError::Broken) }
    }

    /// Signs what is written, which ends with a group, and syncs it.
    pub(crate) fn sign(&mut self) -> Result<(), SealError> {
        self.whole()?;
        let head = Verified::sign(self.writer.state(self.set, None), &self.key);
        // A head that is not written whole leaves the clip in pieces, too.
        self.under_way += 1;
        self.writer.head(&head)?;
        self.writer.sync()?;
        self.under_way -= 1;
        self.signed = Some(self.count());
        Ok(())
    }

    /// Writes the last head, if it is not written yet, and returns what the manifest will say: to be remembered before it is
    /// signed, so that the clip can have no other.
    pub(crate) fn end(&mut self, how: Ending) -> Result<Head, SealError> {
        self.whole()?;
        if self.signed != Some(self.count()) {
            self.sign()?;
        }
        let left_out = self.order.left_out();
        let end = End { how, tracks: left_out.tracks, samples: left_out.samples };
        Ok(self.writer.state(self.set, Some(end)))
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
