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
    /// The place of the clip among the clips of the file.
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
    /// Returns the number of bytes of the body.
    pub(super) const fn body_len(&self) -> usize {
        self.expected.header.body_len()
    }

    /// Opens the body in place if it is the camera's. The check when the file was opened is not enough: the file may have
    /// been altered since, and anyone who has the segment's key can make another body that opens.
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

    /// Returns what opens the granted segment at a place of a clip. The segments of a range must be asked for in ascending
    /// order.
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
    /// The run that is being read, and the one after the last that will be read.
    reading: (usize, usize),
    /// The places of the run's segments that are still to be read.
    pending: VecDeque<usize>,
    seeds: HeldSeeds,
}

impl ReadingOrder {
    /// Begins at the first run of these clips, and reads all runs.
    pub(super) fn new(clips: Vec<OpenClip>) -> Self {
        let runs: Vec<_> = clips.iter().enumerate().flat_map(|(place, clip)| clip.runs(place)).collect();
        let reading = (0, runs.len());
        let mut runs = Self { clips, runs, reading, pending: VecDeque::new(), seeds: HeldSeeds::new() };
        runs.begin_run();
        runs
    }

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

    /// Returns the place of the next segment among the bodies of its clip, and what opens it; `None` at the end.
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

/// A file that gives its granted segments one after the other.
pub(super) trait Footage {
    /// Returns the order in which its segments are read.
    fn order(&mut self) -> &mut ReadingOrder;

    /// Reads the body of a granted segment, by the places of the clip and of the segment, into a buffer, replacing its content.
    /// Passes on each piece as it is read.
    fn read(
        &mut self,
        clip: usize,
        number: usize,
        body: &mut Vec<u8>,
        each: impl FnMut(&[u8]),
    ) -> Result<(), OpenExcerptError>;

    /// Reads the next segment's body, and takes its digest while reading if `digest` is `true`.
    fn next_sealed(&mut self, body: &mut Vec<u8>, digest: bool) -> Result<Option<SealedBody>, OpenExcerptError> {
        let Some((number, mut sealed)) = self.order().next()? else { return Ok(None) };
        if digest {
            sealed.digest = Some(BodyDigest::of_pieces(|each| self.read(sealed.clip, number, body, each))?);
        } else {
            self.read(sealed.clip, number, body, |_| {})?;
        }
        Ok(Some(sealed))
    }

    fn open_next(&mut self) -> Result<Option<OpenSegment>, OpenExcerptError> {
        let mut content = Zeroizing::new(Vec::new());
        let Some(sealed) = self.next_sealed(&mut content, true)? else { return Ok(None) };
        let clip = sealed.clip;
        let header = sealed.open(&mut content)?;
        Ok(Some(OpenSegment { clip, header, content }))
    }

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
