//! The one form that the part of a clip has. The resident checks what it made by it, and the agency what it is shown.

use crate::clip::{ClipError, Header, OpenHalf, Selection, StoredSegment, base};
use crate::merkle::RangeProof;
use crate::record::{Content, Head, Layer, SegmentKind, Timestamp, Verified, Window};

use super::part::{ClipPart, LeftOut, Listed, RangePart};

/// Why the part of a clip is not in its one form.
#[derive(Debug)]
pub(crate) enum FormError {
    /// The segments of a range cannot be granted: edges, layers, or time.
    Clip(ClipError),
    /// A rule of the form.
    Rule(&'static str),
    /// What is listed does not stand under the manifest's root.
    Manifest,
}

impl From<ClipError> for FormError {
    fn from(error: ClipError) -> Self {
        Self::Clip(error)
    }
}

/// What the part of a clip shows, once it has its form and its proof holds.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The wall time of the clip's start 0.
    pub(crate) base: Timestamp,
    /// The time of each range, in all its layers.
    pub(crate) spans: Vec<Window>,
    /// Media segments that are granted, by layer.
    pub(crate) granted: [u32; 2],
    /// Media segments in the ranges that are left out, by layer.
    pub(crate) left_out: [u32; 2],
    /// Segments of the clip that are neither.
    pub(crate) outside: u32,
}

impl Shown {
    /// Checks a part against the header and the manifest that it brings. Everything is decided by what the part shows.
    pub(crate) fn check(header: &Header, manifest: &Verified<Head>, part: &ClipPart) -> Result<Self, FormError> {
        let shown = Self::check_form(header, manifest, part)?;
        let Head { count, root, .. } = manifest.statement();
        let runs = part.runs().ok_or(FormError::Rule("two leaves for one segment"))?;
        match RangeProof(part.proof.clone()).root_of_runs(&runs, (*count).into()) {
            Ok(found) if found.as_bytes() == root.as_bytes() => Ok(shown),
            _ => Err(FormError::Manifest),
        }
    }

    /// Checks everything of a part but its proof.
    pub(crate) fn check_form(header: &Header, manifest: &Verified<Head>, part: &ClipPart) -> Result<Self, FormError> {
        let Head { count, set, .. } = manifest.statement();
        let base = base(header, *set).ok_or(ClipError::NoTime)?;
        if part.ranges.is_empty() {
            return Err(FormError::Rule("no range"));
        }
        let mut spans = Vec::with_capacity(part.ranges.len());
        for (at, range) in part.ranges.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| part.ranges.get(before));
            let span = check_range(header, base, *count, before, range, part.ranges.get(at + 1))?;
            spans.push(span);
        }
        check_inits(part)?;
        check_content(header, base, part)?;
        let counted = |granted: bool| {
            let mut counts = [0; 2];
            for listed in part.ranges.iter().flat_map(|range| &range.segments) {
                let open = listed.open();
                if open.kind == SegmentKind::Media
                    && listed.granted().is_some() == granted
                    && let Some(count) = counts.get_mut(open.layer.place())
                {
                    *count += 1;
                }
            }
            counts
        };
        let within = |index: u32| part.ranges.iter().any(|part| (part.range.from()..part.range.to()).contains(&index));
        let inits = part.inits.iter().filter(|init| !within(init.segment.header.open.index)).count() as u32;
        let inside: u32 = part.ranges.iter().map(|range| range.range.count()).sum();
        let outside = count.saturating_sub(inside).saturating_sub(inits);
        Ok(Self { base, spans, granted: counted(true), left_out: counted(false), outside })
    }

    /// Returns whether all of it lies in a window.
    pub(crate) fn lies_in(&self, window: Window) -> bool {
        self.spans.iter().all(|span| window.covers(*span))
    }
}

/// A range lists exactly its segments, shows what comes behind it, follows the range before it, and can be granted. Returns
/// its time.
fn check_range(
    header: &Header,
    base: Timestamp,
    count: u32,
    before: Option<&RangePart>,
    part: &RangePart,
    next: Option<&RangePart>,
) -> Result<Window, FormError> {
    let RangePart { range, layers, segments, end, .. } = part;
    if range.to() > count {
        return Err(ClipError::PastTheEnd(count).into());
    }
    let open: Vec<OpenHalf> = segments.iter().map(|listed| *listed.open()).collect();
    if !open.iter().map(|open| open.index).eq(range.from()..range.to()) {
        return Err(FormError::Rule("the segments of a range"));
    }
    if segments.iter().any(|listed| listed.granted().is_some() != layers.has(listed.open().layer)) {
        return Err(FormError::Rule("the layers of a range"));
    }
    let follows = |before: &RangePart| {
        before.range.to() < range.from() || (before.range.to() == range.from() && before.layers != *layers)
    };
    if !before.is_none_or(follows) {
        return Err(FormError::Rule("the order of the ranges"));
    }
    let joined = next.filter(|next| next.range.from() == range.to()).and_then(|next| next.segments.first());
    let behind = match (joined, end) {
        (Some(next), None) => Some(next.open()),
        (None, Some(LeftOut { open, .. })) if range.to() < count && open.index == range.to() => Some(open),
        (None, None) if range.to() == count => None,
        _ => return Err(FormError::Rule("the end of a range")),
    };
    let selection = Selection::of(header.clip, base, *range, &open, behind)?.only(*layers)?;
    Ok(selection.span())
}

/// Exactly the init segments are listed that granted segments name and no range grants; whatever is named is one, of the same
/// layer.
fn check_inits(part: &ClipPart) -> Result<(), FormError> {
    const WRONG: FormError = FormError::Rule("the init segments");
    let index = |segment: &StoredSegment| segment.header.open.index;
    let listed: Vec<u32> = part.inits.iter().map(|init| index(&init.segment)).collect();
    let mut named = Vec::new();
    for segment in part.ranges.iter().flat_map(RangePart::granted) {
        let Some(init) = segment.header.init else { continue };
        let granted = part.in_ranges(init).and_then(Listed::granted);
        let found = granted.or_else(|| {
            named.push(init);
            let place = listed.binary_search(&init).ok()?;
            part.inits.get(place).map(|init| &init.segment)
        });
        // A header names only what stands before it.
        let found = found.ok_or(WRONG)?.header.open;
        if found.kind != SegmentKind::Init || found.layer != segment.header.open.layer {
            return Err(WRONG);
        }
    }
    named.sort_unstable();
    named.dedup();
    if named == listed { Ok(()) } else { Err(WRONG) }
}

/// A file that is no video has media of one layer alone, which name nothing; and no granted segment lies past what a
/// timestamp can say.
fn check_content(header: &Header, base: Timestamp, part: &ClipPart) -> Result<(), FormError> {
    let inits = part.inits.iter().map(|init| &init.segment.header.open);
    if header.content == Content::AnyFile {
        let segments = || part.ranges.iter().flat_map(|range| &range.segments);
        let ends = part.ranges.iter().filter_map(|range| range.end.as_ref().map(|end| &end.open));
        let plain = |open: &OpenHalf| open.layer == Layer::Pictures && open.kind == SegmentKind::Media;
        let open = segments().map(Listed::open).chain(ends).chain(inits.clone()).all(plain);
        let names = segments().filter_map(Listed::granted).any(|segment| segment.header.init.is_some());
        if !open || names {
            return Err(FormError::Rule("a file's segments"));
        }
    }
    let granted = part.ranges.iter().flat_map(RangePart::granted).map(|segment| &segment.header.open);
    let last = granted.chain(inits).map(|open| open.end().0).max().unwrap_or(0);
    Timestamp::from_millis(base.as_millis().saturating_add(last)).map_err(ClipError::from)?;
    Ok(())
}

impl ClipPart {
    /// What a range lists of a segment.
    pub(crate) fn in_ranges(&self, index: u32) -> Option<&Listed> {
        let place = self.ranges.partition_point(|part| part.range.to() <= index);
        let part = self.ranges.get(place)?;
        part.segments.get(index.checked_sub(part.range.from())? as usize)
    }
}
