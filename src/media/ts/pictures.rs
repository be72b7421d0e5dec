use std::collections::VecDeque;

use h264_reader::annexb::AnnexBReader;
use h264_reader::push::NalFragmentHandler;

use super::track::{Elementary, Event, Times};
use crate::cbor::limits;
use crate::media::clock::{self, Start};
use crate::media::codec::{Codec, Coding, Sample};
use crate::media::fragment;
use crate::media::grouper::Run;
use crate::media::parameters::{Parameters, TICKS};
use crate::record::Layer;

/// The most bytes of a picture.
const LARGEST: usize = limits::SEGMENT_BYTES as usize - (fragment::OVERHEAD + fragment::PER_SAMPLE) as usize;
/// The longest duration, in ticks: an hour.
const LONGEST: i128 = clock::LONGEST as i128 * TICKS as i128;

/// The pictures of an H.264 or HEVC byte stream.
pub(super) struct Pictures {
    reader: AnnexBReader<Units>,
}

/// Gathers NAL units into access units, which become samples (ISO/IEC 14496-15 section 4.3).
///
/// All NAL units stay, also access unit delimiters, filler data and parameter sets: the samples are those that `ffmpeg` writes.
struct Units {
    coding: Coding,
    unit: Unit,
    nal: Nal,
    /// The times of the PES packet, for the next access unit.
    packet: Option<Times>,
    /// Whether the next access unit has a gap before it.
    broken: bool,
    /// Whether the beginning of an access unit is being looked for.
    lost: bool,
    parameters: Parameters,
    codec: Option<Codec>,
    /// The last picture, which lasts until the next one is decoded.
    held: Option<Held>,
    /// The last duration.
    duration: u32,
    complete: VecDeque<Event>,
    left_out: u64,
}

/// The access unit that is being read.
#[derive(Default)]
struct Unit {
    /// The sample: each NAL unit has its length before it.
    data: Vec<u8>,
    /// Whether slices, and whether parameter sets are in it.
    has_slices: bool,
    has_sets: bool,
    times: Option<Times>,
    /// Whether something is missing before it.
    gap: bool,
}

/// The NAL unit that is being read.
enum Nal {
    None,
    /// It begins here in the access unit. What it is, is known after a few bytes.
    Open {
        at: usize,
        times: Option<Times>,
        is_known: bool,
    },
    Skipped,
}

struct Held {
    data: Vec<u8>,
    /// When it is decoded, if that is known, and whether its PES packet said so.
    decode: Option<i128>,
    is_timed: bool,
    offset: i32,
    gap: bool,
}

/// Whether a NAL unit begins an access unit (H.264 section 7.4.1.2.3, H.265 section 7.4.2.4.4).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    Always,
    /// If slices of another picture came before it.
    AfterSlices,
    Never,
}

impl Pictures {
    /// Returns the reader of a stream of this coding, which has lengths of four bytes.
    pub(super) fn new(coding: Coding) -> Self {
        let units = Units {
            coding,
            unit: Unit::default(),
            nal: Nal::None,
            packet: None,
            broken: false,
            lost: true,
            parameters: Parameters::default(),
            codec: None,
            held: None,
            duration: 0,
            complete: VecDeque::new(),
            left_out: 0,
        };
        Self { reader: AnnexBReader::for_fragment_handler(units) }
    }
}

impl Elementary for Pictures {
    fn begin(&mut self, times: Option<Times>) {
        self.reader.fragment_handler_mut().packet = times;
    }

    fn data(&mut self, data: &[u8]) {
        self.reader.push(data);
    }

    /// An access unit may go on in the next packet.
    fn end(&mut self) {}

    fn flush(&mut self) {
        self.reader.reset();
        let units = self.reader.fragment_handler_mut();
        units.finish();
        units.release(None);
        (units.lost, units.packet) = (true, None);
    }

    fn lost(&mut self) {
        self.reader.reset();
        let units = self.reader.fragment_handler_mut();
        units.drop_unit();
        units.packet = None;
    }

    fn gap(&mut self) {
        self.reader.fragment_handler_mut().broken = true;
    }

    fn next(&mut self) -> Option<Event> {
        self.reader.fragment_handler_mut().complete.pop_front()
    }

    fn left_out(&self) -> u64 {
        self.reader.fragment_handler_ref().left_out
    }
}

impl NalFragmentHandler for Units {
    fn nal_fragment(&mut self, fragments: &[&[u8]], end: bool) {
        if let Nal::None = self.nal {
            self.nal = Nal::Open { at: self.unit.data.len(), times: self.packet.take(), is_known: false };
            self.unit.data.extend_from_slice(&[0; 4]);
        }
        if let Nal::Open { at, is_known, .. } = self.nal {
            for fragment in fragments {
                self.unit.data.extend_from_slice(fragment);
            }
            let length = self.unit.data.len() - at - 4;
            if length == 0 && end {
                self.unit.data.truncate(at);
            } else if !is_known && (length >= 3 || end) {
                self.look();
            }
        }
        if self.unit.data.len() > LARGEST {
            self.drop_unit();
            self.nal = Nal::Skipped;
        }
        if end {
            if let Nal::Open { at, .. } = self.nal
                && let Some((prefix, nal)) =
                    self.unit.data.get_mut(at..).and_then(|nal| nal.split_first_chunk_mut::<4>())
            {
                *prefix = (nal.len() as u32).to_be_bytes();
            }
            self.nal = Nal::None;
        }
    }
}

impl Units {
    /// Looks at the beginning of a NAL unit, which may begin another access unit.
    fn look(&mut self) {
        let Nal::Open { at, times, .. } = core::mem::replace(&mut self.nal, Nal::Skipped) else { return };
        let head = self.unit.data.get(at + 4..).unwrap_or_default();
        let (begins, is_slice, is_set) = match self.coding {
            Coding::Hevc(_) => hevc(head),
            _ => avc(head),
        };
        if self.lost && begins == Begins::Never {
            self.unit.data.truncate(at);
            self.packet = self.packet.or(times);
            return;
        }
        // The two fields of a picture have one time.
        let may_begin = times.is_some() || !self.parameters.has_fields();
        let begins = at == 0
            || may_begin
                && match begins {
                    Begins::Always => true,
                    Begins::AfterSlices => self.unit.has_slices,
                    Begins::Never => false,
                };
        let mut place = at;
        if begins {
            let data = self.unit.data.split_off(at);
            self.finish();
            self.unit = Unit { data, times, gap: core::mem::take(&mut self.broken), ..Unit::default() };
            (self.lost, place) = (false, 0);
        } else {
            self.packet = self.packet.or(times);
        }
        self.unit.has_slices |= is_slice;
        self.unit.has_sets |= is_set;
        self.nal = Nal::Open { at: place, times: None, is_known: true };
    }

    /// Drops the access unit that is being read, of which something is missing.
    fn drop_unit(&mut self) {
        (self.unit, self.nal) = (Unit::default(), Nal::None);
        (self.lost, self.broken) = (true, true);
    }

    /// The access unit that is being read is complete.
    fn finish(&mut self) {
        let Unit { data, has_slices, has_sets, times, gap } = core::mem::take(&mut self.unit);
        if has_sets {
            self.set_parameters(&data);
        }
        if !has_slices {
            self.broken |= gap;
            return;
        }
        if self.codec.is_none() {
            self.left_out += 1;
            return;
        }
        let last = self.held.as_ref().map(|held| (held.decode, held.offset));
        let (before, offset) = last.unwrap_or_default();
        self.release(times.map(|times| times.decode));
        self.held = Some(Held {
            data,
            decode: times.map(|times| times.decode).or(before.map(|before| before + i128::from(self.duration))),
            is_timed: times.is_some(),
            offset: times.map_or(offset, |times| times.offset),
            gap,
        });
    }

    /// Takes the parameter sets of an access unit. They are in force from where decoding can begin.
    fn set_parameters(&mut self, unit: &[u8]) {
        if self.codec.is_some() && !self.coding.begins(false, unit) {
            return;
        }
        let Some(parameters) = self.parameters.renewed(self.coding, unit) else { return };
        if let Some(codec) = parameters.codec(self.coding)
            && self.codec.as_ref() != Some(&codec)
        {
            self.release(None);
            self.codec = Some(codec.clone());
            self.complete.push_back(Event::Codec(codec));
        }
        self.parameters = parameters;
    }

    /// Gives the last picture. `next` is when the one after it is decoded.
    fn release(&mut self, next: Option<i128>) {
        let Some(Held { data, decode, is_timed, offset, gap }) = self.held.take() else { return };
        let distance = next.zip(decode).map(|(next, decode)| next - decode);
        if let Some(distance) = distance.filter(|distance| (1..=LONGEST).contains(distance)) {
            self.duration = u32::try_from(distance).unwrap_or(0);
        }
        let start = decode.filter(|_| is_timed).map(|ticks| Start { ticks, narrow: false });
        let (duration, size) = (self.duration, data.len() as u32);
        let (samples, data) = (vec![Sample { decode: 0, offset, duration, size, begins: false, gap }], data.into());
        self.complete.push_back(Event::Run(Run { layer: Layer::Pictures, start, samples, data, ends: false }));
    }
}

/// What an H.264 NAL unit is: whether it begins an access unit, is a slice, is a parameter set (table 7-1).
fn avc(head: &[u8]) -> (Begins, bool, bool) {
    let first = head.get(1).is_some_and(|byte| byte & 0x80 != 0);
    match head.first().map_or(0, |byte| byte & 0x1f) {
        1 | 2 | 5 => (if first { Begins::AfterSlices } else { Begins::Never }, true, false),
        3 | 4 => (Begins::Never, true, false),
        9 => (Begins::Always, false, false),
        7 | 8 => (Begins::AfterSlices, false, true),
        6 | 15..=18 => (Begins::AfterSlices, false, false),
        _ => (Begins::Never, false, false),
    }
}

/// The same of an HEVC NAL unit (H.265 table 7-1). Only the base layer has access units.
fn hevc(head: &[u8]) -> (Begins, bool, bool) {
    let (kind, next) = (head.first().map_or(0, |byte| byte >> 1 & 0x3f), head.get(1).copied().unwrap_or(0));
    let is_base = head.first().is_some_and(|byte| byte & 1 == 0) && next >> 3 == 0;
    let first = head.get(2).is_some_and(|byte| byte & 0x80 != 0);
    match kind {
        _ if !is_base => (Begins::Never, false, false),
        0..=31 => (if first { Begins::AfterSlices } else { Begins::Never }, true, false),
        32..=34 => (Begins::AfterSlices, false, true),
        35 => (Begins::Always, false, false),
        39 | 41..=44 | 48..=55 => (Begins::AfterSlices, false, false),
        _ => (Begins::Never, false, false),
    }
}
