use std::collections::VecDeque;

use super::frame::{Format, Found, Frame, Framing};
use super::track::{Elementary, Event, Times};
use crate::media::clock::Start;
use crate::media::codec::Sample;
use crate::media::grouper::Run;
use crate::record::Layer;

/// Ticks of a second in PES packets.
const TICKS: i128 = 90_000;
/// Bytes after which frames are taken from a PES packet that has not ended.
const LONG: usize = 1 << 18;

/// The frames of a stream of sound.
///
/// Frames follow each other by their number of samples. The times of PES packets are rounded to 1/90000 s: a time that differs
/// from that by less than a tick of the track is no other time.
pub(super) struct Sound {
    framing: Framing,
    /// Bytes whose frames are not complete.
    bytes: Vec<u8>,
    /// The times of a PES packet, and how many bytes before it belong to others.
    packet: Option<(Times, usize)>,
    /// Whether the beginning of a frame is being looked for.
    lost: bool,
    gap: bool,
    format: Option<Format>,
    /// When the next frame begins, in parts of a tick: 1/90000 of it.
    next: Option<i128>,
    run: Run,
    complete: VecDeque<Event>,
    left_out: u64,
}

const fn empty() -> Run {
    Run { layer: Layer::Sound, start: None, samples: Vec::new(), data: Vec::new(), ends: false }
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

    /// Takes all frames that are complete. `last` says that no more bytes come.
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
                    // The next place at which a frame may begin.
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

    /// Returns whether another frame follows, or may follow. Bytes within a frame may look like the beginning of one.
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

    /// Takes a frame that begins at this place in the bytes that have come.
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
        self.run.data.extend_from_slice(content);
    }

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
