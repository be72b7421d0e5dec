use std::collections::VecDeque;

use super::frame::{Format, Found, Frame, Framing};
use super::track::{Elementary, Event, Times};
use crate::media::chunks::Chunk;
use crate::media::clock::Start;
use crate::media::codec::Sample;
use crate::media::grouper::Run;
use crate::record::Layer;

/// Ticks per second of the times in PES packets.
const TICKS: i128 = 90_000;
/// The number of bytes after which frames are read from a PES packet that has not ended.
const LONG: usize = 1 << 18;

/// A parser of frames of sound.
///
/// A frame lasts as long as its samples, and the next one begins when it ends. The times of PES packets are rounded to 1/90000
/// s, so a time that differs from this by less than a tick of the track is ignored.
pub(super) struct Sound {
    framing: Framing,
    /// The bytes of incomplete frames.
    bytes: Vec<u8>,
    /// The times of the last PES packet, and the offset in `bytes` at which it begins.
    packet: Option<(Times, usize)>,
    /// Whether the beginning of a frame is unknown.
    lost: bool,
    /// Whether the next frame is flagged as not continuous.
    gap: bool,
    format: Option<Format>,
    /// When the next frame begins, in 1/90000 of a tick of the track.
    next: Option<i128>,
    run: Run,
    complete: VecDeque<Event>,
    left_out: u64,
}

const fn empty() -> Run {
    Run {
        layer: Layer::Sound,
        start: None,
        samples: Vec::new(),
        data: Chunk { bytes: Vec::new(), room: 0 },
        ends: false,
    }
}

impl Sound {
    pub(super) const fn new(framing: Framing) -> Self {
        Self {
            framing,
            bytes: Vec::new(),
            packet: None,
            lost: true,
            gap: false,
            format: None,
            next: None,
            run: empty(),
            complete: VecDeque::new(),
            left_out: 0,
        }
    }

    /// Reads all frames that are complete. `last` is whether no more bytes follow.
    fn take(&mut self, last: bool) {
        let bytes = core::mem::take(&mut self.bytes);
        let mut at = 0;
        while let Some(rest) = bytes.get(at..) {
            match self.framing.frame(rest) {
                Found::Frame(frame) if !self.lost || self.is_followed(&frame, rest, last) => {
                    let Some(content) = rest.get(frame.header..frame.length) else { break };
                    self.lost = false;
                    self.frame(&frame, content, at);
                    at += frame.length.max(1);
                }
                Found::Frame(frame) if frame.length > rest.len() && !last => break,
                Found::Short if !last || rest.is_empty() => break,
                Found::Frame(_) | Found::Short | Found::Nothing => {
                    // Goes to the next byte at which a frame may begin.
                    self.gap |= !self.lost;
                    self.lost = true;
                    let after = rest.get(1..).unwrap_or_default();
                    let first = self.framing.first();
                    at += 1 + after.iter().position(|byte| *byte == first).unwrap_or(after.len());
                }
            }
        }
        let rest = bytes.get(at..).unwrap_or_default();
        if let Some((_, before)) = &mut self.packet {
            *before = before.saturating_sub(at);
        }
        self.bytes = rest.to_vec();
        self.give();
    }

    /// Returns whether another frame follows, or may follow. Otherwise these bytes only look like a frame.
    fn is_followed(&self, frame: &Frame, rest: &[u8], last: bool) -> bool {
        match rest.get(frame.length..) {
            Some([]) => true,
            Some(after) => match self.framing.frame(after) {
                Found::Frame(_) => true,
                Found::Short => !last,
                Found::Nothing => false,
            },
            None => false,
        }
    }

    /// Adds a frame that begins at this offset in `bytes`.
    fn frame(&mut self, frame: &Frame, content: &[u8], at: usize) {
        let Some(format) = frame.format.filter(|_| !content.is_empty()) else {
            self.left_out += 1;
            return;
        };
        if self.format != Some(format) {
            self.give();
            (self.format, self.next) = (Some(format), None);
            self.complete.push_back(Event::Codec(format.codec()));
        }
        if let Some((times, _)) = self.packet.take_if(|(_, before)| at >= *before) {
            let rate = i128::from(format.rate);
            let claimed = (times.decode + i128::from(times.offset)) * rate;
            if self.next.is_none_or(|next| (claimed - next).abs() > TICKS.max(rate)) {
                self.give();
                self.next = Some(claimed);
                let ticks = (2 * claimed + TICKS).div_euclid(2 * TICKS);
                self.run.start = Some(Start { ticks, narrow: false });
            }
        }
        self.next = self.next.map(|next| next + i128::from(frame.samples) * TICKS);
        let gap = core::mem::take(&mut self.gap);
        let size = content.len() as u32;
        self.run.samples.push(Sample { decode: 0, offset: 0, duration: frame.samples, size, begins: true, gap });
        self.run.data.bytes.extend_from_slice(content);
    }

    /// Completes the current run.
    fn give(&mut self) {
        if !self.run.samples.is_empty() {
            self.complete.push_back(Event::Run(core::mem::replace(&mut self.run, empty())));
        }
    }
}

impl Elementary for Sound {
    fn begin(&mut self, times: Option<Times>) {
        self.packet = times.map(|times| (times, self.bytes.len()));
    }

    fn data(&mut self, data: &[u8]) {
        self.bytes.extend_from_slice(data);
        if self.bytes.len() > LONG {
            self.take(false);
        }
    }

    fn end(&mut self) {
        self.take(false);
    }

    fn flush(&mut self) {
        self.take(true);
        self.bytes.clear();
        (self.packet, self.lost) = (None, true);
    }

    fn lost(&mut self) {
        self.take(false);
        self.bytes.clear();
        (self.packet, self.lost, self.gap) = (None, true, true);
    }

    fn gap(&mut self) {
        self.gap = true;
    }

    fn next(&mut self) -> Option<Event> {
        self.complete.pop_front()
    }

    fn left_out(&self) -> u64 {
        self.left_out
    }
}
