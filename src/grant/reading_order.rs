use std::collections::VecDeque;

use zeroize::{Zeroize as _, Zeroizing};

use crate::clip::{KeyTree, Seeds, SegmentHeader, StoredSegment, open_body};
use crate::crypto::{BodyDigest, Secret, Suite};
use crate::record::Layer;

use super::open_clip::{OpenClip, PlayableRun};
use super::open_error::OpenExcerptError;
use super::open_segment::OpenSegment;

/// Everything needed to open a body that was read.
pub(super) struct SealedBody {
    /// The index of the clip in the file.
    pub(super) clip: usize,
    suite: Suite,
    tree: KeyTree,
    /// The segment that the camera signed.
    expected: StoredSegment,
    /// The digest of the body, if it was taken while reading.
    pub(super) digest: Option<BodyDigest>,
    seed: Secret<32>,
}

impl SealedBody {
    /// Returns the length of the body in bytes.
    pub(super) const fn body_len(&self) -> usize {
        self.expected.header.body_len()
    }

    /// Opens the body in place if it is the one that the camera signed. It is checked again because the file may have been
    /// altered since it was opened, and anyone who has the key of the segment can make another body that opens.
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

/// The seeds that were used last, by layer, so that the seeds of a range are derived from its cover only once.
pub(super) struct HeldSeeds([Option<(usize, usize, Seeds)>; 2]);

impl HeldSeeds {
    pub(super) const fn new() -> Self {
        Self([None, None])
    }

    /// Returns what is needed to open a granted segment, by the index of its clip and its place among the granted segments. The
    /// segments of a range must be requested in ascending order.
    pub(super) fn sealed(
        &mut self,
        number: usize,
        clip: &OpenClip,
        place: usize,
    ) -> Result<SealedBody, OpenExcerptError> {
        let expected = *clip.full().get(place).ok_or(OpenExcerptError::Form("bodies"))?;
        let open = expected.header.open;
        let seed = self.seed(number, clip, open.index, open.layer).ok_or(OpenExcerptError::Segment(open.index))?;
        let (suite, tree) = (clip.suite(), clip.tree(open.layer));
        Ok(SealedBody { clip: number, suite, tree, expected, digest: None, seed })
    }

    fn seed(&mut self, number: usize, clip: &OpenClip, index: u32, layer: Layer) -> Option<Secret<32>> {
        let Some(range) = clip.range_of(index, layer) else { return clip.init_seed(index) };
        let held = self.0.get_mut(layer.place())?;
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
}

/// The clips of a file, and the order in which their segments are read: run by run.
pub(super) struct ReadingOrder {
    clips: Vec<OpenClip>,
    runs: Vec<PlayableRun>,
    /// The run that is being read, and the end of the runs to read.
    reading: (usize, usize),
    /// The places of the segments that are to be read of this run.
    pending: VecDeque<usize>,
    seeds: HeldSeeds,
}

impl ReadingOrder {
    /// Returns the order that begins with the first run of these clips and reads all runs.
    pub(super) fn new(clips: Vec<OpenClip>) -> Self {
        let runs: Vec<_> = clips.iter().enumerate().flat_map(|(place, clip)| clip.runs(place)).collect();
        let reading = (0, runs.len());
        let mut order = Self { clips, runs, reading, pending: VecDeque::new(), seeds: HeldSeeds::new() };
        order.begin_run();
        order
    }

    /// Goes to the beginning of a run, and reads only this run.
    pub(super) fn go_to(&mut self, run: usize) -> Result<(), OpenExcerptError> {
        if run >= self.runs.len() {
            return Err(OpenExcerptError::NoRun(run));
        }
        self.reading = (run, run + 1);
        self.begin_run();
        Ok(())
    }

    fn begin_run(&mut self) {
        self.seeds = HeldSeeds::new();
        let run = self.runs.get(self.reading.0).filter(|_| self.reading.0 < self.reading.1);
        let places = run.and_then(|run| Some(self.clips.get(run.clip)?.places(run.range)));
        self.pending = places.unwrap_or_default().into();
    }

    /// Returns the place of the next segment among the granted segments of its clip, and what is needed to open it; `None` at
    /// the end.
    pub(super) fn next(&mut self) -> Result<Option<(usize, SealedBody)>, OpenExcerptError> {
        while self.pending.is_empty() && self.reading.0 + 1 < self.reading.1 {
            self.reading.0 += 1;
            self.begin_run();
        }
        let Some(place) = self.pending.pop_front() else { return Ok(None) };
        let run = self.runs.get(self.reading.0).ok_or(OpenExcerptError::NoRun(self.reading.0))?;
        let clip = self.clips.get(run.clip).ok_or(OpenExcerptError::Form("clip"))?;
        Ok(Some((place, self.seeds.sealed(run.clip, clip, place)?)))
    }

    pub(super) fn clips(&self) -> &[OpenClip] {
        &self.clips
    }

    pub(super) fn runs(&self) -> &[PlayableRun] {
        &self.runs
    }
}

/// A source of granted segments, which are read one after the other.
pub(super) trait Footage {
    /// Returns the order in which the segments are read.
    fn order(&mut self) -> &mut ReadingOrder;

    /// Reads the body of a granted segment into a buffer, replacing its content, and passes each piece to `each` as it is read.
    /// `clip` is the index of the clip, `number` the place of the segment among its granted segments.
    fn read(
        &mut self,
        clip: usize,
        number: usize,
        body: &mut Vec<u8>,
        each: impl FnMut(&[u8]),
    ) -> Result<(), OpenExcerptError>;

    /// Reads the body of the next segment, and computes its digest while reading if `digest` is `true`.
    fn next_sealed(&mut self, body: &mut Vec<u8>, digest: bool) -> Result<Option<SealedBody>, OpenExcerptError> {
        let Some((number, mut sealed)) = self.order().next()? else { return Ok(None) };
        if digest {
            sealed.digest = Some(BodyDigest::of_pieces(|each| self.read(sealed.clip, number, body, each))?);
        } else {
            self.read(sealed.clip, number, body, |_| {})?;
        }
        Ok(Some(sealed))
    }

    /// Returns the next segment in the clear, or `None` at the end.
    fn open_next(&mut self) -> Result<Option<OpenSegment>, OpenExcerptError> {
        let mut content = Zeroizing::new(Vec::new());
        let Some(sealed) = self.next_sealed(&mut content, true)? else { return Ok(None) };
        let clip = sealed.clip;
        let header = sealed.open(&mut content)?;
        Ok(Some(OpenSegment { clip, header, content }))
    }

    /// Opens the next segment into a buffer, replacing its content. After an error the buffer is erased.
    fn open_next_into(&mut self, content: &mut Vec<u8>) -> Result<Option<SegmentHeader>, OpenExcerptError> {
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
}
