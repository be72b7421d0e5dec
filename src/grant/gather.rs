//! What is granted of one clip, put together by an owner.

use std::io::{Read, Seek};

use crate::cbor::limits;
use crate::clip::{ClipError, ClipSecret, FinishedClip, SegmentRange, Selection, StoredSegment, cover};
use crate::record::{Layer, SegmentKind};

use super::form::{FormError, Shown};
use super::part::{ClipPart, Init, LeftOut, Listed, RangePart};

/// Puts the part of a clip together from what its index says of the selected segments, and proves it under the manifest: a
/// resident hands out nothing that the camera did not sign. No body is read, and whether the seeds open the segments is not
/// checked. Its salt is missing yet.
///
/// The selections are of this clip, in ascending order, and disjoint.
pub(crate) fn gather<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    secret: &ClipSecret,
    selections: &[Selection],
) -> Result<ClipPart, FormError> {
    let part = clip.retrying(|clip| try_gather(clip, secret, selections))?;
    // By the agency's rules; `try_gather` has proved the part.
    let shown = Shown::check_form(clip.header(), clip.manifest(), &part)?;
    // The permit was given for what the file said then: it is proven only now.
    if shown.spans.iter().eq(selections.iter().map(|selection| &selection.span)) {
        Ok(part)
    } else {
        Err(ClipError::Altered("since its segments were selected").into())
    }
}

fn try_gather<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    secret: &ClipSecret,
    selections: &[Selection],
) -> Result<ClipPart, ClipError> {
    let mut ranges = Vec::with_capacity(selections.len());
    for (at, selection) in selections.iter().enumerate() {
        let Selection { range, layers, .. } = *selection;
        let joined = selections.get(at + 1).is_some_and(|next| next.range.from() == range.to());
        let all = clip.listed(range)?;
        let end = if joined { None } else { one(clip, range.to())? };
        let places = cover(range.from(), range.to());
        let seeds = Layer::ALL.map(|layer| {
            let (tree, granted) = (secret.tree(layer), layers.has(layer));
            places.iter().filter(|_| granted).map(|&place| tree.node(&secret.secret, place)).collect()
        });
        let segments = all.iter().map(|segment| {
            let granted = layers.has(segment.header.open.layer);
            if granted { Listed::Granted(*segment) } else { Listed::LeftOut(LeftOut::of(segment)) }
        });
        let (segments, end) = (segments.collect(), end.as_ref().map(LeftOut::of));
        ranges.push(RangePart { range, layers, seeds, segments, end });
    }
    let mut part = ClipPart {
        salt: [0; 32],
        header: clip.header_bytes().to_vec(),
        manifest: clip.manifest().to_bytes(),
        ranges,
        inits: Vec::new(),
        proof: Vec::new(),
    };
    part.inits = named(clip, secret, &part)?;
    let runs = part.runs().ok_or(ClipError::Altered("its index lists a segment twice"))?;
    part.proof = clip.prove(&runs)?.0;
    Ok(part)
}

/// The init segments that granted segments name and no range grants, in ascending order.
fn named<R: Read + Seek>(
    clip: &mut FinishedClip<R>,
    secret: &ClipSecret,
    part: &ClipPart,
) -> Result<Vec<Init>, ClipError> {
    let granted = part.ranges.iter().flat_map(RangePart::granted);
    let mut named: Vec<_> = granted.filter_map(|segment| segment.header.init).collect();
    named.sort_unstable();
    named.dedup();
    let mut inits = Vec::new();
    for index in named {
        if part.in_ranges(index).and_then(Listed::granted).is_some() {
            continue;
        }
        let segment = one(clip, index)?.ok_or(ClipError::Segment(index))?;
        // A row that lies about it would have a seed handed out that opens something else.
        if segment.header.open.kind != SegmentKind::Init || inits.len() >= limits::LISTED {
            return Err(ClipError::Segment(index));
        }
        inits.push(Init { seed: secret.seed(segment.header.open.layer, index), segment });
    }
    Ok(inits)
}

/// What the index says of one segment; `None` behind the last.
fn one<R: Read + Seek>(clip: &mut FinishedClip<R>, index: u32) -> Result<Option<StoredSegment>, ClipError> {
    if index >= clip.count() {
        return Ok(None);
    }
    let alone = SegmentRange::new(index, index + 1).ok_or(ClipError::EmptyRange)?;
    Ok(clip.listed(alone)?.first().copied())
}
