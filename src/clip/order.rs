//! Which segments a group becomes, and in which order: the only place that decides it.

use alloc::vec::Vec;

use crate::cbor::limits;
use crate::crypto::sha256;
use crate::record::{Content, Layer, Millis, SegmentKind};

use super::error::SealError;
use super::group::Group;
use super::segment::OpenHalf;

/// A segment that is to be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) open: OpenHalf,
    pub(crate) length: u32,
    pub(crate) init: Option<u32>,
    pub(crate) source: Source,
}

/// Which content of a group a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    PictureInit,
    SoundInit,
    Picture(usize),
    Sound,
    /// None: sound that is not there.
    Silence,
}

impl Group<'_> {
    /// Returns the content of a segment.
    pub(crate) fn content(&mut self, source: Source) -> &mut [u8] {
        match source {
            Source::PictureInit => self.picture_init.as_deref_mut().unwrap_or_default(),
            Source::SoundInit => self.sound_init.as_deref_mut().unwrap_or_default(),
            Source::Picture(at) => self.pictures.get_mut(at).map_or(&mut [], |piece| &mut *piece.content),
            Source::Sound => self.sound.as_mut().map_or(&mut [], |sound| &mut *sound.piece.content),
            Source::Silence => &mut [],
        }
    }
}

/// What a clip is made of, decided by its first group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tracks {
    Pictures,
    PicturesAndSound,
    Sound,
}

/// Codec parameters in force.
#[derive(Debug, Clone, Copy)]
struct Init {
    index: u32,
    digest: [u8; 32],
}

/// Lays out groups one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    content: Content,
    tracks: Option<Tracks>,
    inits: [Option<Init>; 2],
    /// When the last group began.
    start: Millis,
    /// When the next group begins if nothing is missing.
    next: Option<Millis>,
    /// The greatest end of any segment.
    end: Millis,
    left_out: LeftOut,
}

/// What a recording had and the camera did not take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) tracks: u64,
    pub(crate) samples: u64,
    /// `true` if the sound is left out, and its track counted.
    sound: bool,
}

impl Order {
    pub(crate) const fn new(content: Content) -> Self {
        let left_out = LeftOut { tracks: 0, samples: 0, sound: false };
        Self { content, tracks: None, inits: [None; 2], start: Millis(0), next: None, end: Millis(0), left_out }
    }

    pub(crate) const fn content(&self) -> Content {
        self.content
    }

    /// Returns the greatest end of any segment.
    pub(crate) const fn end(&self) -> Millis {
        self.end
    }

    pub(crate) const fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Counts what the camera did not even see.
    pub(crate) fn leave_out(&mut self, tracks: u64, samples: u64) {
        self.left_out.tracks = self.left_out.tracks.saturating_add(tracks);
        self.left_out.samples = self.left_out.samples.saturating_add(samples);
    }

    /// Something is missing before the next group, whenever it begins.
    pub(crate) const fn break_off(&mut self) {
        self.next = None;
    }

    /// Lays out the next group, whose first segment has this index. After an error nothing has changed.
    pub(crate) fn group(&mut self, group: &Group<'_>, index: u32) -> Result<Vec<Slot>, SealError> {
        let first = self.tracks.is_none();
        let has_sound = group.sound.is_some() || group.sound_init.is_some();
        let tracks = match self.tracks {
            Some(tracks) => tracks,
            None if self.content == Content::AnyFile => Tracks::Pictures,
            None if group.pictures.is_empty() => Tracks::Sound,
            None if has_sound => Tracks::PicturesAndSound,
            None => Tracks::Pictures,
        };
        let (mut left_out, mut inits) = (self.left_out, self.inits);
        let mut sound = group.sound.as_ref().filter(|sound| !sound.piece.content.is_empty());
        // Parameters that first appear when somebody speaks would show when that was.
        let known = inits.get(Layer::Sound as usize).is_some_and(Option::is_some);
        let late = tracks == Tracks::PicturesAndSound && !first && !known && group.sound_init.is_some();
        if !left_out.sound && (late || (tracks == Tracks::Pictures && sound.is_some())) {
            left_out.sound = true;
            left_out.tracks = left_out.tracks.saturating_add(1);
        }
        if let Some(taken) = sound {
            let fits = taken.piece.content.len() <= limits::SEGMENT_BYTES as usize;
            if left_out.sound || !fits {
                left_out.samples = left_out.samples.saturating_add(taken.samples);
                sound = None;
            }
        }
        let main = group.pictures.first().map(|piece| piece.start);
        let start = match tracks {
            Tracks::Sound if !group.pictures.is_empty() => {
                return Err(SealError::Group("pictures in a clip that began with sound alone"));
            }
            Tracks::Sound => sound.ok_or(SealError::Group("neither pictures nor sound"))?.piece.start,
            Tracks::Pictures | Tracks::PicturesAndSound => main.ok_or(SealError::Group("no pictures"))?,
        };
        if start < self.start || self.next.is_some_and(|next| start < next) {
            return Err(SealError::Time { index });
        }

        // Codec parameters that are not in force already. New ones are a gap, the first ones are none.
        let takes_sound = tracks != Tracks::Pictures && !left_out.sound;
        let mut changed = false;
        let mut slots = Layout { slots: Vec::new(), index };
        let given = [
            (Layer::Pictures, group.picture_init.as_deref(), Source::PictureInit, tracks != Tracks::Sound),
            (Layer::Sound, group.sound_init.as_deref(), Source::SoundInit, takes_sound),
        ];
        for (layer, init, source, taken) in given {
            let (Some(init), Some(place)) = (init.filter(|_| taken), inits.get_mut(layer.place())) else { continue };
            let digest = sha256(&[init]);
            if place.is_some_and(|known| known.digest == digest) {
                continue;
            }
            changed |= place.is_some();
            *place = Some(Init { index: slots.next(), digest });
            slots.push(layer, SegmentKind::Init, (start, start), init.len(), None, source)?;
        }
        let init = |layer: Layer| inits.get(layer.place()).copied().flatten().map(|init| init.index);

        let mut end = start;
        let mut before = start;
        for (at, piece) in group.pictures.iter().enumerate() {
            if piece.start < before {
                return Err(SealError::Time { index: slots.next() });
            }
            before = piece.start;
            end = end.max(piece.end);
            let span = (piece.start, piece.end);
            let (length, source) = (piece.content.len(), Source::Picture(at));
            slots.push(Layer::Pictures, SegmentKind::Media, span, length, init(Layer::Pictures), source)?;
        }
        if tracks != Tracks::Pictures {
            let held = sound.map(|sound| (sound.piece.start, sound.piece.end));
            let span = match (tracks, held) {
                (Tracks::Sound, Some(held)) => held,
                // From the start of the group to the start of the next one, whatever the sound holds, so that the times
                // do not show when somebody spoke. Only the first and the last segment are as long as what they hold.
                (_, held) => {
                    let from = held.filter(|_| first).map_or(start, |(from, _)| from.min(start));
                    let to = group.next.unwrap_or_else(|| held.map_or(end, |(_, to)| to.max(end)));
                    // A segment lasts 49 days at most.
                    (from, to.clamp(from, Millis(from.0.saturating_add(u32::MAX.into()))))
                }
            };
            let length = sound.map_or(0, |sound| sound.piece.content.len());
            let source = if sound.is_some() { Source::Sound } else { Source::Silence };
            slots.push(Layer::Sound, SegmentKind::Media, span, length, init(Layer::Sound), source)?;
            end = end.max(span.1);
        }
        if group.next.is_some_and(|next| next < start) {
            return Err(SealError::Time { index });
        }
        let gap = !first && (changed || self.next != Some(start));
        slots.flag(gap && self.content == Content::Video);
        *self =
            Self { tracks: Some(tracks), inits, start, next: group.next, end: self.end.max(end), left_out, ..*self };
        Ok(slots.slots)
    }
}

/// The segments of one group so far.
struct Layout {
    slots: Vec<Slot>,
    /// The index of the first.
    index: u32,
}

impl Layout {
    fn next(&self) -> u32 {
        self.index.saturating_add(self.slots.len() as u32)
    }

    fn push(
        &mut self,
        layer: Layer,
        kind: SegmentKind,
        (start, end): (Millis, Millis),
        length: usize,
        init: Option<u32>,
        source: Source,
    ) -> Result<(), SealError> {
        let index = self.next();
        if index >= limits::SEGMENTS {
            return Err(SealError::Full);
        }
        let fits = u32::try_from(length).ok().filter(|&length| length <= limits::SEGMENT_BYTES);
        let length = fits.ok_or(SealError::SegmentTooLong { index, length })?;
        let duration = end.0.checked_sub(start.0).filter(|&duration| u32::try_from(duration).is_ok());
        let duration = Millis(duration.ok_or(SealError::Time { index })?);
        let open = OpenHalf { index, start, duration, layer, kind, group: self.slots.is_empty(), gap: false };
        self.slots.push(Slot { open, length, init, source });
        Ok(())
    }

    /// Flags the first segment.
    fn flag(&mut self, gap: bool) {
        if let Some(slot) = self.slots.first_mut() {
            slot.open.gap = gap;
        }
    }
}
