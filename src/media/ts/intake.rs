use std::collections::VecDeque;

use super::track::Event;
use crate::cbor::limits;
use crate::media::codec::Codec;
use crate::media::grouper::{Grouper, Run};
use crate::record::Layer;

/// The most bytes that wait for the codec parameters of the other stream.
const HELD: u64 = limits::SEGMENT_BYTES as u64;
/// The bytes of memory that a sample takes besides its data, at most.
const SAMPLE: u64 = 256;

/// Passes samples of the streams to the grouper once all codec parameters are known.
///
/// Pictures and sound begin together, and change together. After a change in one stream, samples wait until the other has shown
/// whether it changes too.
#[derive(Default)]
pub(super) struct Intake {
    pub(super) grouper: Grouper,
    /// The codec parameters of pictures and sound.
    codecs: [Option<Codec>; 2],
    /// Whether pictures and sound are awaited: nothing has come of them since the last change.
    missing: [bool; 2],
    /// Whether samples go to the grouper at once.
    is_open: bool,
    /// Samples that wait.
    held: VecDeque<Run>,
    /// The bytes of memory that they take.
    bytes: u64,
}

impl Intake {
    /// Returns whether there were no pictures and no sound.
    pub(super) fn is_empty(&self) -> bool {
        !self.grouper.has_begun()
    }

    /// Sets which streams there are: pictures and sound.
    pub(super) fn expect(&mut self, expected: [bool; 2]) {
        let ends = |(codec, expected): (&Option<Codec>, bool)| codec.is_some() && !expected;
        if self.codecs.iter().zip(expected).any(ends) {
            self.open();
            (self.is_open, self.missing) = (false, expected);
        }
        for ((codec, missing), expected) in self.codecs.iter_mut().zip(&mut self.missing).zip(expected) {
            if !expected {
                *codec = None;
            }
            *missing = expected && (*missing || codec.is_none());
        }
    }

    /// Takes the next event of a stream.
    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Codec(codec) => self.codec(codec),
            Event::Run(run) => {
                *self.missing_of(run.layer) = false;
                if self.is_open {
                    self.grouper.push(run);
                    return;
                }
                self.bytes += run.data.samples().len() as u64 + SAMPLE * run.samples.len() as u64;
                self.held.push_back(run);
            }
        }
        if !self.is_open && !self.held.is_empty() && (self.missing == [false; 2] || self.bytes > HELD) {
            self.open();
        }
    }

    /// Passes on everything that waits, and ends the last group.
    pub(super) fn finish(&mut self) {
        self.open();
        self.grouper.finish();
    }

    fn missing_of(&mut self, layer: Layer) -> &mut bool {
        let [pictures, sound] = &mut self.missing;
        if layer == Layer::Pictures { pictures } else { sound }
    }

    fn codec(&mut self, codec: Codec) {
        let layer = codec.layer;
        if self.codecs.iter().flatten().all(|known| *known != codec) {
            if self.is_open || self.held.iter().any(|run| run.layer == layer) {
                self.open();
                self.is_open = false;
                self.missing = [0, 1].map(|other| self.codecs.get(other).is_some_and(Option::is_some));
            }
            if let Some(known) = self.codecs.get_mut(layer.place()) {
                *known = Some(codec);
            }
        }
        *self.missing_of(layer) = false;
    }

    /// Passes on what waits, with the codec parameters that are known.
    fn open(&mut self) {
        if self.is_open || self.held.is_empty() {
            return;
        }
        let codecs: Vec<_> = self.codecs.iter().flatten().cloned().collect();
        self.grouper.begin(&codecs);
        (self.is_open, self.bytes) = (true, 0);
        while let Some(run) = self.held.pop_front() {
            self.grouper.push(run);
        }
    }
}
