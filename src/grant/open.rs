use core::fmt;
use std::collections::VecDeque;
use std::io::{Read, Seek};

use zeroize::{Zeroize as _, Zeroizing};

use crate::cbor::CborError;
use crate::clip::{KeyTree, Seeds, SegmentHeader, StoredSegment, open_body};
use crate::crypto::{BodyDigest, Secret, Suite, open};
use crate::record::{Layer, Window};

use super::excerpt::{Excerpt, Place};
use super::lock::GrantKey;
use super::open_clip::{OpenClip, PlayableRun};
use super::open_error::OpenExcerptError;
use super::part::{ClipPart, Room, Words, digest, digest_of_all};

/// An excerpt whose lock is open and whose proofs hold: its segments come out one after the other, each checked before
/// any of its plaintext leaves.
pub struct OpenExcerpt<R> {
    excerpt: Excerpt<R>,
    words: String,
    clips: Vec<OpenClip>,
    runs: Vec<PlayableRun>,
    /// The run that is read, and the one after the last that is read.
    reading: (usize, usize),
    /// The places of the run's segments that were not read yet.
    pending: VecDeque<usize>,
    /// The seeds of the clip, range and layer that were used last.
    seeds: [Option<(usize, usize, Seeds)>; 2],
}

// Without the owner's words.
impl<R> fmt::Debug for OpenExcerpt<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenExcerpt").field("clips", &self.clips).field("runs", &self.runs).finish_non_exhaustive()
    }
}

/// A segment in the clear.
#[non_exhaustive]
pub struct OpenSegment {
    /// The place of its clip among the clips of the excerpt.
    pub clip: usize,
    /// Its header, as the camera signed it.
    pub header: SegmentHeader,
    /// Its content, wiped when dropped.
    pub content: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for OpenSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clip, header, content } = self;
        f.debug_struct("OpenSegment")
            .field("clip", clip)
            .field("header", header)
            .field("content", &content.len())
            .finish()
    }
}

/// All that it takes to open a body that was read.
pub(super) struct SealedBody {
    clip: usize,
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
        let Self { suite, tree, expected: StoredSegment { header, digest: expected }, digest, seed, .. } = self;
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
    /// Opens all parts and checks everything in them; all clips have to lie in `window`, by the same function as on the
    /// resident's device.
    pub(crate) fn open(mut excerpt: Excerpt<R>, key: &GrantKey, window: Window) -> Result<Self, OpenExcerptError> {
        let count = excerpt.envelope().statement().parts.len();
        let (mut words, mut clips, mut digests) = (String::new(), Vec::new(), Vec::with_capacity(count));
        let mut room = Room::GRANT;
        for (index, place) in (0..count).zip(0u16..) {
            let mut sealed = Zeroizing::new(excerpt.sealed(index)?);
            let plain = open(Suite::ChaCha20Poly1305, &key.part(place), &[], &mut sealed);
            let plain = plain.map_err(|_| OpenExcerptError::Part)?;
            digests.push(digest(plain));
            if index == 0 {
                words = Words::from_bytes(plain).map_err(|_| OpenExcerptError::Part)?.words;
            } else {
                let part = ClipPart::from_bytes(plain, room).map_err(|error| match error {
                    CborError::TooLong(_) => OpenExcerptError::Form("more than one grant takes"),
                    _ => OpenExcerptError::Part,
                })?;
                room = room.after(&part);
                clips.push(OpenClip::new(part)?);
            }
        }
        if digest_of_all(&digests) != excerpt.terms().statement().private {
            return Err(OpenExcerptError::Part);
        }
        check_clips(&clips, &excerpt, window)?;
        let runs: Vec<_> = clips.iter().enumerate().flat_map(|(place, clip)| clip.runs(place)).collect();
        let mut open = Self {
            excerpt,
            words,
            clips,
            reading: (0, runs.len()),
            runs,
            pending: VecDeque::new(),
            seeds: [None, None],
        };
        open.begin_run();
        Ok(open)
    }

    /// Goes to the beginning of a run, so that [`next_segment`](Self::next_segment) and [`open_all`](Self::open_all) give this
    /// run and nothing else. A run may be read again and again.
    pub fn go_to(&mut self, run: usize) -> Result<(), OpenExcerptError> {
        if run >= self.runs.len() {
            return Err(OpenExcerptError::NoRun(run));
        }
        self.reading = (run, run + 1);
        self.begin_run();
        Ok(())
    }

    fn begin_run(&mut self) {
        self.seeds = [None, None];
        let run = self.runs.get(self.reading.0).filter(|_| self.reading.0 < self.reading.1);
        let places = run.and_then(|run| Some(self.clips.get(run.clip)?.places(run.range)));
        self.pending = places.unwrap_or_default().into();
    }

    /// The next segment in the clear. All runs come one after the other, in each the init segments that lie before it first,
    /// then what is granted of it in order.
    pub fn next_segment(&mut self) -> Result<Option<OpenSegment>, OpenExcerptError> {
        let mut content = Zeroizing::new(Vec::new());
        let Some(sealed) = self.next_sealed(&mut content, true)? else { return Ok(None) };
        let clip = sealed.clip;
        let header = sealed.open(&mut content)?;
        Ok(Some(OpenSegment { clip, header, content }))
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
        while self.pending.is_empty() && self.reading.0 + 1 < self.reading.1 {
            self.reading.0 += 1;
            self.begin_run();
        }
        let Some(place) = self.pending.pop_front() else { return Ok(None) };
        let run = self.runs.get(self.reading.0).ok_or(OpenExcerptError::NoRun(self.reading.0))?;
        let (number, clip) = (run.clip, self.clips.get(run.clip).ok_or(OpenExcerptError::Form("clip"))?);
        let expected = *clip.full().get(place).ok_or(OpenExcerptError::Form("bodies"))?;
        let (suite, tree) = (clip.suite(), clip.tree(expected.header.open.layer));
        let at: Place = *self.excerpt.bodies(number).get(place).ok_or(OpenExcerptError::Form("bodies"))?;
        let digest = if digest {
            Some(BodyDigest::of_pieces(|each| self.excerpt.body(at, body, each))?)
        } else {
            self.excerpt.body(at, body, |_| {})?;
            None
        };
        let open = expected.header.open;
        let seed = self.seed(number, open.index, open.layer).ok_or(OpenExcerptError::Segment(open.index))?;
        Ok(Some(SealedBody { clip: number, suite, tree, expected, digest, seed }))
    }

    /// The seed of a granted segment. Those of a range come in ascending order.
    fn seed(&mut self, number: usize, index: u32, layer: Layer) -> Option<Secret<32>> {
        let clip = self.clips.get(number)?;
        let Some(range) = clip.range_of(index, layer) else { return clip.init_seed(index) };
        let held = self.seeds.get_mut(super::part::layer_index(layer))?;
        if let Some((clip, of, seeds)) = held
            && (*clip, *of) == (number, range)
        {
            return seeds.take(index);
        }
        let mut seeds = clip.seeds(range, layer)?;
        let seed = seeds.take(index);
        *held = Some((number, range, seeds));
        seed
    }

    /// The clips, in the order in which they began.
    pub fn clips(&self) -> &[OpenClip] {
        &self.clips
    }

    /// The runs of granted segments, each of which is one playable recording.
    pub fn runs(&self) -> &[PlayableRun] {
        &self.runs
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

/// The clips ascend, each once, have their bodies, and lie in the window.
fn check_clips<R: Read + Seek>(
    clips: &[OpenClip],
    excerpt: &Excerpt<R>,
    window: Window,
) -> Result<(), OpenExcerptError> {
    if !clips.is_sorted_by(|one, next| one.order() < next.order()) {
        return Err(OpenExcerptError::Form("the order of the clips"));
    }
    let mut ids: Vec<_> = clips.iter().map(OpenClip::id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() != clips.len() {
        return Err(OpenExcerptError::Form("a clip twice"));
    }
    if clips.iter().enumerate().any(|(place, clip)| excerpt.bodies(place).len() != clip.full().len()) {
        return Err(OpenExcerptError::Form("bodies"));
    }
    match clips.iter().find(|clip| !clip.lies_in(window)) {
        Some(outside) => Err(OpenExcerptError::Window(outside.id())),
        None => Ok(()),
    }
}
