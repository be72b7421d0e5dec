//! Tracks that begin, change and end.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::{Grouper, Lane, SURPLUS};
use crate::media::chunks::Chunks;
use crate::media::clock::{Clock, Ticks};
use crate::media::codec::Codec;
use crate::media::fragment;
#[cfg(feature = "video")]
use crate::media::{CutError, unread};
use crate::record::{Layer, Millis};

/// Why no more can be grouped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failure {
    /// The recording began with sound alone.
    LatePictures,
    /// Codec parameters have more bytes than samples have.
    Parameters,
}

impl Grouper {
    /// Takes the codec parameters of the tracks that are cut: of pictures, of sound, or of both. If they are already in force,
    /// nothing changes.
    pub(in crate::media) fn begin(&mut self, codecs: &[Codec]) {
        for lane in [&mut self.pictures, &mut self.sound, &mut self.next_sound].into_iter().flatten() {
            lane.renewed = true;
        }
        if Layer::ALL.into_iter().filter_map(|layer| self.filled(layer)).map(|lane| &lane.codec).eq(codecs.iter()) {
            return;
        }
        if let Some((own, sound)) = codecs.split_first()
            && self.pictures.as_ref().is_some_and(|pictures| pictures.codec == *own)
        {
            // Pictures go on: no other group begins here.
            return sound.first().into_iter().for_each(|sound| self.change_sound(sound));
        }
        let mut next_sound = self.next_sound.take();
        self.finish();
        self.put_away();
        let has_pictures = codecs.iter().any(|codec| codec.layer == Layer::Pictures);
        if !*self.has_pictures.get_or_insert(has_pictures) && has_pictures {
            self.failed = Some(Failure::LatePictures);
            return;
        }
        self.inits.clear();
        self.group.gap = self.last.is_some();
        // Each begins when the track before it ended, not beside the other one.
        let lanes = codecs.iter().map(|codec| {
            let next = next_sound.take_if(|next| has_pictures && next.codec == *codec);
            next.unwrap_or_else(|| self.lane(codec))
        });
        for lane in lanes.collect::<Vec<_>>() {
            self.describe(&lane.codec);
            let layer = lane.codec.layer;
            *self.lane_of(layer) = Some(lane);
        }
        self.leave_out(next_sound);
    }

    /// Other sound begins with the next group, or with this one if it has none yet.
    fn change_sound(&mut self, codec: &Codec) {
        self.commit(Layer::Sound);
        let lane = self.lane(codec);
        let is_described = self.inits.iter().any(|(layer, _)| *layer == Layer::Sound);
        if is_described && self.sound.as_ref().is_some_and(|sound| sound.samples.is_empty()) {
            return self.begin_sound(lane);
        }
        let before = self.next_sound.replace(lane);
        self.leave_out(before);
    }

    /// A group begins at this time: so does the sound that changed in the one before, unless earlier sound is heard in it.
    pub(super) fn renew_sound(&mut self, start: i64) {
        if let (Some(pictures), Some(sound)) = (&self.pictures, &self.sound)
            && let Some(last) = sound.samples.back()
            && last.start() >= Ticks::new(start.into(), pictures.codec.timescale).in_timescale(sound.codec.timescale)
        {
            return;
        }
        let Some(next) = self.next_sound.take() else { return };
        self.drain(Some(start), true);
        self.drop_sound();
        self.begin_sound(next);
        self.group.gap = true;
    }

    /// The group that is being gathered begins with this sound.
    pub(super) fn begin_sound(&mut self, lane: Lane) {
        self.inits.retain(|(layer, _)| *layer != Layer::Sound);
        self.describe(&lane.codec);
        self.sound = Some(lane);
    }

    fn describe(&mut self, codec: &Codec) {
        let init = fragment::init(codec);
        self.described += init.len() as u64;
        if self.described > self.taken + SURPLUS {
            self.failed = Some(Failure::Parameters);
        }
        self.inits.push((codec.layer, init));
    }

    /// Returns the lane of a track that begins, or goes on with these codec parameters.
    fn lane(&self, codec: &Codec) -> Lane {
        let timescale = codec.timescale;
        let end = |layer: Layer| {
            let ended = self.ends.get(layer.place()).copied().flatten();
            let begun = self.filled(layer).filter(|lane| !self.live || lane.clock.has_begun());
            Some(begun.map(Lane::end).or(ended)?.in_timescale(timescale))
        };
        // The times of a live recording are its clip's.
        let others = || Layer::ALL.into_iter().filter_map(end).filter(|_| !self.live).max();
        let own = end(codec.layer).or_else(others);
        Lane {
            clock: own.map_or(Clock::begin(timescale), |next| Clock::resume(timescale, self.shift, next)),
            codec: codec.clone(),
            renewed: own.is_some(),
            run: Vec::new(),
            samples: VecDeque::new(),
            data: Chunks::default(),
            lift: self.lifts.get(codec.layer.place()).copied().flatten().map(|lift| lift.in_timescale(timescale)),
            given: Millis(0),
        }
    }

    /// Takes the lanes out, and remembers when those end that have begun.
    fn put_away(&mut self) {
        for lane in [self.pictures.take(), self.sound.take()].into_iter().flatten() {
            let place = lane.codec.layer.place();
            if let Some(end) = self.ends.get_mut(place).filter(|_| lane.clock.has_begun()) {
                *end = Some(lane.end());
            }
            if let (Some(lifted), Some(lift)) = (self.lifts.get_mut(place), lane.lift) {
                *lifted = Some(Ticks::new(lift.into(), lane.codec.timescale));
            }
        }
    }

    /// Returns whether the recording began with sound alone.
    pub(in crate::media) fn is_sound_alone(&self) -> bool {
        self.has_pictures == Some(false)
    }

    /// Returns whether a group was cut.
    #[cfg(feature = "video")]
    pub(in crate::media) const fn has_cut(&self) -> bool {
        self.last.is_some()
    }

    /// Returns whether there were codec parameters.
    pub(in crate::media) const fn has_begun(&self) -> bool {
        self.has_pictures.is_some()
    }

    /// Returns an error if no more can be grouped of a recording that was read up to here.
    #[cfg(feature = "video")]
    pub(in crate::media) fn check(&self, at: u64) -> Result<(), CutError> {
        match self.failed {
            None => Ok(()),
            Some(Failure::LatePictures) => Err(unread::LATE_PICTURES),
            Some(Failure::Parameters) => Err(CutError::Parameters { at }),
        }
    }
}
