use alloc::vec::Vec;

use crate::io::{Read, Seek};
use crate::record::{ClipId, Layer, Layers, Millis, SegmentKind, Timestamp, Window};

use super::error::ClipError;
use super::finished::FinishedClip;
use super::segment::{OpenHalf, SegmentRange};

/// Groups of a clip that a resident may grant, and which layers of them. Only a finished clip makes one.
///
/// So the span of time in it is the camera's:
///
/// ```compile_fail,E0451
/// # use footage::{clip::Selection, record::Window};
/// # fn f(selection: Selection, span: Window) -> Selection {
/// Selection { span, ..selection }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Selection {
    pub(crate) clip: ClipId,
    pub(crate) range: SegmentRange,
    pub(crate) layers: Layers,
    pub(crate) span: Window,
    /// The layers that every group of the range has.
    available: Layers,
    /// The first group that lacks a layer.
    lacking: u32,
}

impl Selection {
    /// The clip.
    pub const fn clip(&self) -> ClipId {
        self.clip
    }

    /// The segments, of all layers.
    pub const fn range(&self) -> SegmentRange {
        self.range
    }

    /// The layers that are granted. At first these are all that every group of the range has.
    pub const fn layers(&self) -> Layers {
        self.layers
    }

    /// The time that the range covers, in all its layers, as the camera claims it.
    pub const fn span(&self) -> Window {
        self.span
    }

    /// Chooses the layers to grant.
    ///
    /// # Errors
    /// [`ClipError::NoLayer`] if a group of the range has none of a layer.
    pub fn only(self, layers: Layers) -> Result<Self, ClipError> {
        if Layer::ALL.iter().any(|&layer| layers.has(layer) && !self.available.has(layer)) {
            return Err(ClipError::NoLayer { group: self.lacking, layers });
        }
        Ok(Self { layers, ..self })
    }

    /// The selection of a range with these open halves, and of the segment behind it where the clip goes on. It is made again
    /// from proven ones before anything is granted.
    pub(crate) fn of(
        clip: ClipId,
        base: Timestamp,
        range: SegmentRange,
        segments: &[OpenHalf],
        next: Option<&OpenHalf>,
    ) -> Result<Self, ClipError> {
        let first = segments.first().ok_or(ClipError::EmptyRange)?;
        if let Some(edge) = [Some(first), next].into_iter().flatten().find(|edge| !edge.group) {
            return Err(ClipError::NoGroup(edge.index));
        }
        let (mut pictures, mut sound, mut lacking) = (true, true, range.from());
        for group in segments.chunk_by(|_, next| !next.group) {
            let has = |layer| group.iter().any(|open| open.kind == SegmentKind::Media && open.layer == layer);
            let (has_pictures, has_sound) = (has(Layer::Pictures), has(Layer::Sound));
            if (pictures && sound) && !(has_pictures && has_sound) {
                lacking = group.first().map_or(lacking, |open| open.index);
            }
            (pictures, sound) = (pictures && has_pictures, sound && has_sound);
        }
        let available = [(pictures, Layer::Pictures), (sound, Layer::Sound)];
        let available = Layers::of(available.into_iter().filter_map(|(has, layer)| has.then_some(layer)));
        let available = available.ok_or(ClipError::NoLayer { group: lacking, layers: Layers::Both })?;
        let media = || segments.iter().filter(|open| open.kind == SegmentKind::Media);
        let start = media().map(|open| open.start).min().ok_or(ClipError::EmptyRange)?;
        // A segment that lasts no time counts as one millisecond.
        let end = media().map(|open| open.end().max(Millis(open.start.0.saturating_add(1)))).max();
        let end = end.ok_or(ClipError::EmptyRange)?;
        let at = |time: Millis| Timestamp::from_millis(base.as_millis().saturating_add(time.0));
        let span = Window::new(at(start)?, at(end)?)?;
        Ok(Self { clip, range, layers: available, span, available, lacking })
    }
}

impl<R: Read + Seek> FinishedClip<R> {
    /// Selects the groups whose media segments all lie in a window of time: the first run of them, with all layers that each
    /// group of it has.
    pub fn select(&mut self, window: Window) -> Result<Selection, ClipError> {
        let base = self.started().ok_or(ClipError::NoTime)?;
        let at = |time: Millis| Timestamp::from_millis(base.as_millis().saturating_add(time.0));
        let inside = |open: &OpenHalf| {
            let span = at(open.start).ok().zip(at(open.end()).ok());
            // A segment that lasts no time and begins at the window's end is not in the window.
            let within = |(from, to)| from >= window.from() && from < window.to() && to <= window.to();
            open.kind == SegmentKind::Init || span.is_some_and(within)
        };
        let mut index = self.group_from(window.from().since(base))?;
        let mut range: Option<(u32, u32)> = None;
        while index < self.count() {
            let (next, group) = self.group_at(index)?;
            if group.iter().all(inside) {
                range = Some((range.map_or(index, |(from, _)| from), next));
            } else if range.is_some() || group.first().is_some_and(|open| base.after(open.start) >= window.to()) {
                break;
            }
            index = next;
        }
        let (from, to) = range.ok_or(ClipError::EmptyRange)?;
        self.select_segments(from, to)
    }

    /// Selects the groups that lie in a range of the content's bytes wholly: for files.
    pub fn select_bytes(&mut self, from: u64, to: u64) -> Result<Selection, ClipError> {
        let (mut place, mut at, mut range) = (0_u64, 0, None);
        while at < self.count() {
            let (mut next, begin) = (at, place);
            loop {
                let (open, length) = self.listed_at(next)?;
                if next > at && open.group {
                    break;
                }
                place = place.saturating_add(length.into());
                next += 1;
                if next == self.count() {
                    break;
                }
            }
            if from <= begin && place <= to {
                range = Some((range.map_or(at, |(from, _)| from), next));
            } else if range.is_some() {
                break;
            }
            at = next;
        }
        let (from, to) = range.ok_or(ClipError::EmptyRange)?;
        self.select_segments(from, to)
    }

    /// Selects the segments from one index to before another, which both begin a group.
    pub fn select_segments(&mut self, from: u32, to: u32) -> Result<Selection, ClipError> {
        let base = self.started().ok_or(ClipError::NoTime)?;
        if to > self.count() {
            return Err(ClipError::PastTheEnd(self.count()));
        }
        let range = SegmentRange::new(from, to).ok_or(ClipError::EmptyRange)?;
        let open = (from..to).map(|index| Ok(self.listed_at(index)?.0)).collect::<Result<Vec<_>, ClipError>>()?;
        let next = if to < self.count() { Some(self.listed_at(to)?.0) } else { None };
        Selection::of(self.clip(), base, range, &open, next.as_ref())
    }

    /// The segments of the group that begins here, and where the next one begins.
    fn group_at(&mut self, from: u32) -> Result<(u32, Vec<OpenHalf>), ClipError> {
        let mut group = Vec::new();
        for index in from..self.count() {
            let open = self.listed_at(index)?.0;
            if index > from && open.group {
                break;
            }
            group.push(open);
        }
        Ok((from.saturating_add(group.len() as u32), group))
    }

    /// The first group that begins at this time or later: groups never begin before the ones before them. The index's answer is tried
    /// first.
    fn group_from(&mut self, time: Millis) -> Result<u32, ClipError> {
        let hint = self.hinted_group(time).ok().map(|hint| hint.min(self.count()));
        if let Some(hint) = hint {
            let begins = hint == self.count() || {
                let open = self.listed_at(hint)?.0;
                open.group && open.start >= time
            };
            let first = hint == 0 || {
                let before = self.begin_of_group(hint - 1, 0)?;
                self.listed_at(before)?.0.start < time
            };
            if begins && first {
                return Ok(hint);
            }
        }
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let group = self.begin_of_group(low + (high - low) / 2, low)?;
            if self.listed_at(group)?.0.start < time {
                low = self.group_at(group)?.0;
            } else {
                high = group;
            }
        }
        Ok(low)
    }

    /// The first segment of the group that a segment belongs to, no further back than `from`.
    fn begin_of_group(&mut self, index: u32, from: u32) -> Result<u32, ClipError> {
        let mut at = index;
        while at > from && !self.listed_at(at)?.0.group {
            at -= 1;
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture that lasts no time, at the end of a range: the range does not fit a window that ends there.
    #[test]
    fn what_lasts_no_time_takes_a_millisecond() {
        let base = Timestamp::from_millis(1_780_315_200_000).unwrap();
        let first = OpenHalf {
            index: 0,
            start: Millis(0),
            duration: Millis(1000),
            layer: Layer::Pictures,
            kind: SegmentKind::Media,
            group: true,
            gap: false,
        };
        let last = OpenHalf { index: 1, start: Millis(1000), duration: Millis(0), ..first };
        let (clip, range) = (ClipId::from_bytes([1; 16]), SegmentRange::new(0, 2).unwrap());
        let selection = Selection::of(clip, base, range, &[first, last], None).unwrap();
        assert_eq!(selection.span(), Window::new(base, base.after(Millis(1001))).unwrap());
    }
}
