use crate::clip::{
    ClipError, Header, KeyTree, Seeds, SegmentRange, StoredSegment, cover, verify_certificate, verify_head,
};
use crate::crypto::{Secret, Suite};
use crate::record::{
    CameraCertificate, ClipId, Clock, Content, End, Ending, Head, Layer, Layers, Millis, SegmentKind, Timestamp,
    Verified, Window,
};

use super::form::Shown;
use super::open_error::OpenExcerptError;
use super::part::{ClipPart, Init, Listed, RangePart};

/// One clip of an opened excerpt: what is granted of it, and what its camera says.
pub struct OpenClip {
    header: Header,
    certificate: Verified<CameraCertificate>,
    manifest: Verified<Head>,
    shown: Shown,
    ranges: Vec<RangePart>,
    inits: Vec<Init>,
    /// The granted segments, ascending: the excerpt has their bodies in this order.
    full: Vec<StoredSegment>,
}

/// A range that is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrantedRange {
    /// The segments, of all layers.
    pub range: SegmentRange,
    /// The layers that are granted.
    pub layers: Layers,
    /// The time that it covers, in all its layers, as the camera claims.
    pub span: Window,
}

/// Granted segments of one clip that follow each other and have the same codec parameters: one playable recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlayableRun {
    /// The place of the clip among the clips of the excerpt.
    pub clip: usize,
    /// The segments, of all layers.
    pub range: SegmentRange,
    /// The layers that are granted of any of it.
    pub layers: Layers,
    /// The time that it covers, as the camera claims.
    pub span: Window,
}

/// A flagged place inside a granted range: before it, or in the group that begins there, the recording jumped, lost
/// something, or changed its codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Gap {
    /// The flagged segment: the first one of its group.
    pub segment: u32,
    /// When the flagged segment begins, as the camera claims.
    pub at: Timestamp,
    /// The time between the end of the pictures before the flagged segment (of the sound, in a recording of sound alone) and
    /// `at`, as the camera claims. It does not cover what is missing inside the group. For a file it is what the file says: zero if its clock jumped back, in which case nobody knows how
    /// much is missing.
    pub length: Millis,
}

impl core::fmt::Debug for OpenClip {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OpenClip").field("clip", &self.header.clip).finish_non_exhaustive()
    }
}

impl OpenClip {
    /// Checks everything that the part of a clip says.
    pub(super) fn new(part: ClipPart) -> Result<Self, OpenExcerptError> {
        let header =
            Header::from_bytes(&part.header).map_err(|error| ClipError::Malformed { part: "header", error })?;
        let certificate = verify_certificate(&header)?;
        let manifest = verify_head(&part.manifest, &header, &certificate)?;
        if manifest.statement().end.is_none() {
            return Err(ClipError::Unfinished.into());
        }
        let shown = Shown::check(&header, &manifest, &part)?;
        for RangePart { range, layers, seeds, .. } in &part.ranges {
            let nodes = cover(range.from(), range.to()).len();
            let granted = Layer::ALL.map(|layer| if layers.has(layer) { nodes } else { 0 });
            if !seeds.iter().map(Vec::len).eq(granted) {
                return Err(OpenExcerptError::Form("the cover of a range"));
            }
        }
        let full = part.granted();
        let ClipPart { ranges, inits, .. } = part;
        Ok(Self { header, certificate, manifest, shown, ranges, inits, full })
    }

    /// Returns the clip's id.
    pub const fn id(&self) -> ClipId {
        self.header.clip
    }

    /// Returns the wall time of the clip's start 0, as the camera claims.
    pub const fn started(&self) -> Timestamp {
        self.shown.base
    }

    /// Returns how the clip is dated.
    pub const fn clock(&self) -> Clock {
        self.header.clock
    }

    /// Returns what the clip holds.
    pub const fn content(&self) -> Content {
        self.header.content
    }

    /// Returns the camera's certificate; its maker's standing, the ledger knows.
    pub const fn certificate(&self) -> &Verified<CameraCertificate> {
        &self.certificate
    }

    /// Returns whether the wraps of the clip's secret stay sealed against a later quantum computer.
    pub const fn is_post_quantum(&self) -> bool {
        self.header.kem.is_post_quantum()
    }

    /// Returns how many segments the clip has; a lower bound if it was recovered.
    pub fn count(&self) -> u32 {
        self.manifest.statement().count
    }

    /// Returns how the clip ended, and what the camera did not take.
    pub fn end(&self) -> End {
        self.manifest.statement().end.unwrap_or(End { how: Ending::Recovered, tracks: 0, samples: 0 })
    }

    /// Returns the ranges that are granted, in ascending order.
    pub fn ranges(&self) -> impl Iterator<Item = GrantedRange> {
        let spans = self.shown.spans.iter();
        self.ranges.iter().zip(spans).map(|(part, span)| GrantedRange {
            range: part.range,
            layers: part.layers,
            span: *span,
        })
    }

    /// Returns the gaps inside the granted ranges, in ascending order. Footage before a range, or between two ranges that do
    /// not touch, is not a gap. The flag of the first segment of a range is not listed, unless the range before touches it.
    pub fn gaps(&self) -> Vec<Gap> {
        // The ends of the preceding range, of its pictures and of its sound.
        let mut before: Option<(u32, [Option<Millis>; 2])> = None;
        let mut gaps = Vec::new();
        for part in &self.ranges {
            let mut ends = before.filter(|(next, _)| *next == part.range.from()).map_or([None; 2], |(_, ends)| ends);
            for open in part.segments.iter().map(Listed::open) {
                let [pictures, sound] = ends;
                if let Some(end) = pictures.or(sound).filter(|_| open.gap) {
                    let length = Millis(open.start.0.saturating_sub(end.0));
                    gaps.push(Gap { segment: open.index, at: self.shown.base.after(open.start), length });
                }
                if let Some(end) = ends.get_mut(open.layer.place()).filter(|_| open.kind == SegmentKind::Media) {
                    *end = (*end).max(Some(open.end()));
                }
            }
            before = Some((part.range.to(), ends));
        }
        gaps
    }

    /// Returns how many media segments of a layer are granted.
    pub fn granted(&self, layer: Layer) -> u32 {
        self.shown.granted.get(layer.place()).copied().unwrap_or(0)
    }

    /// Returns how many media segments of a layer the ranges have that are left out by choice.
    pub fn left_out(&self, layer: Layer) -> u32 {
        self.shown.left_out.get(layer.place()).copied().unwrap_or(0)
    }

    /// Returns how many segments of the clip lie outside of the ranges, of all layers and kinds; a lower bound if it was
    /// recovered.
    pub const fn outside(&self) -> u32 {
        self.shown.outside
    }

    pub(super) const fn order(&self) -> (Timestamp, ClipId) {
        super::make::order(&self.header)
    }

    pub(super) fn lies_in(&self, window: Window) -> bool {
        self.shown.lies_in(window)
    }

    pub(super) const fn suite(&self) -> Suite {
        self.header.suite
    }

    pub(super) fn tree(&self, layer: Layer) -> KeyTree {
        KeyTree::new(self.header.identity(), layer)
    }

    pub(super) fn full(&self) -> &[StoredSegment] {
        &self.full
    }

    /// The runs: of ranges that touch, parted where the codec parameters of a granted layer change.
    pub(super) fn runs(&self, clip: usize) -> Vec<PlayableRun> {
        let (mut runs, mut inits): (Vec<PlayableRun>, _) = (Vec::new(), [None; 2]);
        for (RangePart { layers, segments, .. }, GrantedRange { span, .. }) in self.ranges.iter().zip(self.ranges()) {
            for group in segments.chunk_by(|_, next| !next.open().group) {
                let Some((range, span)) = self.extent(group, span) else { continue };
                let own = Layer::ALL.map(|layer| {
                    let granted = group.iter().filter_map(Listed::granted).find(|segment| {
                        segment.header.open.layer == layer && segment.header.open.kind == SegmentKind::Media
                    });
                    granted.and_then(|segment| segment.header.init)
                });
                let changes = inits.iter().zip(own).any(|(init, own)| init.is_some() && own.is_some() && *init != own);
                if let Some(run) = runs.last_mut().filter(|run| run.range.to() == range.from() && !changes)
                    && let Some(joined) = SegmentRange::new(run.range.from(), range.to())
                    && let Ok(covered) = Window::new(run.span.from().min(span.from()), run.span.to().max(span.to()))
                {
                    (run.range, run.span) = (joined, covered);
                    let all = Layer::ALL.into_iter().filter(|&layer| run.layers.has(layer) || layers.has(layer));
                    run.layers = Layers::of(all).unwrap_or(*layers);
                    inits.iter_mut().zip(own).for_each(|(init, own)| *init = own.or(*init));
                    continue;
                }
                inits = own;
                runs.push(PlayableRun { clip, range, layers: *layers, span });
            }
        }
        runs
    }

    /// The segments of a group of a range, and the time that they cover.
    fn extent(&self, group: &[Listed], range: Window) -> Option<(SegmentRange, Window)> {
        let (first, last) = (group.first()?.open(), group.last()?.open());
        let media = || group.iter().map(Listed::open).filter(|open| open.kind == SegmentKind::Media);
        let start = self.shown.base.after(media().map(|open| open.start).min()?);
        // What lasts no time takes a millisecond.
        let end = media().map(|open| open.end().max(Millis(open.start.0.saturating_add(1)))).max()?;
        let span = Window::new(start, self.shown.base.after(end)).unwrap_or(range);
        Some((SegmentRange::new(first.index, last.index.saturating_add(1))?, span))
    }

    /// The places of a run's segments among the granted ones, ascending: what is granted of it, and the init segments that
    /// this is played with.
    pub(super) fn places(&self, run: SegmentRange) -> Vec<usize> {
        let first = |index: u32| self.full.partition_point(|segment| segment.header.open.index < index);
        let (from, to) = (first(run.from()), first(run.to()));
        let mut places = Vec::new();
        for (place, segment) in (from..).zip(self.full.get(from..to).unwrap_or_default()) {
            let open = segment.header.open;
            if self.range_of(open.index, open.layer).is_some() {
                places.push(place);
                places.extend(segment.header.init.map(first));
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The range that grants a segment.
    pub(super) fn range_of(&self, index: u32, layer: Layer) -> Option<usize> {
        let place = self.ranges.partition_point(|part| part.range.to() <= index);
        let part = self.ranges.get(place)?;
        (part.range.from() <= index && part.layers.has(layer)).then_some(place)
    }

    /// The seeds of a layer of a range, from its beginning on.
    pub(super) fn seeds(&self, range: usize, layer: Layer) -> Option<Seeds> {
        let RangePart { range, seeds, .. } = self.ranges.get(range)?;
        let seeds = seeds.get(layer.place())?.iter().map(Secret::duplicate).collect();
        Seeds::of_cover(self.tree(layer), &cover(range.from(), range.to()), seeds)
    }

    /// The seed of an init segment that no range grants.
    pub(super) fn init_seed(&self, index: u32) -> Option<Secret<32>> {
        let place = self.inits.binary_search_by_key(&index, |init| init.segment.header.open.index).ok()?;
        self.inits.get(place).map(|init| init.seed.duplicate())
    }
}
