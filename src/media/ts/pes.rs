use mpeg2ts_reader::packet::Packet;
use mpeg2ts_reader::pes::{PesContents, PesHeader, PesLength, PesParsedContents, PtsDts, Timestamp, TimestampError};

use super::timeline::{Timeline, distance};
use super::track::{Elementary, Times};

/// Assembles the PES packets of a stream (ISO/IEC 13818-1 section 2.4.3.6) from transport packets.
pub(super) struct Pes {
    pub(super) pid: u16,
    /// The stream type in the PMT.
    pub(super) kind: u8,
    pub(super) elementary: Box<dyn Elementary>,
    /// The continuity counter of the last packet.
    counter: Option<u8>,
    /// The payload of the last packet.
    last: Vec<u8>,
    /// Whether the next packet may belong to another recording.
    joined: bool,
    state: State,
    /// Where the current PES packet begins in the recording.
    at: u64,
    /// Where packets were first lost since the last PES packet that was read.
    lost_at: Option<u64>,
    /// Whether a PES packet was read.
    has_read: bool,
    /// The number of encrypted PES packets.
    encrypted: u64,
}

enum State {
    /// No PES packet has begun, or a part of it is lost.
    Skip,
    /// The header is incomplete.
    Head(Vec<u8>),
    /// The payload is being read. It has so many more bytes, if its length is known.
    Body(Option<usize>),
}

impl Pes {
    pub(super) fn new(pid: u16, kind: u8, elementary: Box<dyn Elementary>) -> Self {
        Self {
            pid,
            kind,
            elementary,
            counter: None,
            last: Vec::new(),
            joined: false,
            state: State::Skip,
            at: 0,
            lost_at: None,
            has_read: false,
            encrypted: 0,
        }
    }

    /// Returns where the data begins that is known to be incomplete.
    pub(super) fn incomplete(&self) -> Option<u64> {
        match self.state {
            State::Skip => self.lost_at,
            State::Body(None | Some(0)) => None,
            State::Head(_) | State::Body(Some(_)) => Some(self.at),
        }
    }

    /// Returns whether all of it is encrypted.
    pub(super) const fn is_encrypted(&self) -> bool {
        self.encrypted > 0 && !self.has_read
    }

    /// Returns the number of samples that were left out. Of encrypted ones, PES packets are counted.
    pub(super) fn left_out(&self) -> u64 {
        self.encrypted + self.elementary.left_out()
    }

    /// Drops what is incomplete, because packets are missing before this position.
    pub(super) fn lost(&mut self, at: u64) {
        self.elementary.lost();
        self.state = State::Skip;
        self.lost_at.get_or_insert(at);
    }

    /// Skips an encrypted packet.
    pub(super) fn encrypted(&mut self, packet: &Packet<'_>, at: u64) {
        self.encrypted += u64::from(packet.payload_unit_start_indicator());
        self.lost(at);
    }

    /// Notes that another recording may follow, so that a jump of the continuity counter is no loss.
    pub(super) const fn join(&mut self) {
        self.joined = true;
    }

    /// Ends the stream, which may be cut off.
    pub(super) fn finish(&mut self, is_cut_off: bool, at: u64) {
        // Nothing tells whether the rest of a PES packet without a length is missing.
        if is_cut_off && !matches!(self.state, State::Body(Some(0))) {
            self.lost(at);
        }
        self.elementary.flush();
    }

    /// Reads the next packet, which is at this position in the recording.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, at: u64, timeline: &mut Timeline) {
        let marked = packet.adaptation_field().is_some_and(|field| field.discontinuity_indicator());
        if marked {
            self.elementary.gap();
        }
        let begins = packet.payload_unit_start_indicator();
        if packet.transport_error_indicator() {
            self.counter = None;
            return self.lost(at);
        }
        if !packet.adaptation_control().has_payload() {
            return;
        }
        let Some(payload) = packet.payload() else { return self.lost(at) };
        let counter = packet.continuity_counter().count();
        let joined = core::mem::take(&mut self.joined) || marked;
        if let Some(last) = self.counter.replace(counter)
            && (last + 1) & 15 != counter
        {
            if last == counter && !joined && payload == self.last {
                // A packet may be sent twice.
                return;
            }
            if joined && begins {
                self.elementary.flush();
                self.elementary.gap();
            } else {
                self.lost(at);
            }
        }
        self.last.clear();
        self.last.extend_from_slice(payload);
        if begins {
            self.elementary.end();
            (self.state, self.at) = (State::Head(Vec::new()), at);
        }
        self.payload(payload, at, timeline);
    }

    fn payload(&mut self, payload: &[u8], at: u64, timeline: &mut Timeline) {
        match &mut self.state {
            State::Skip => {}
            State::Head(head) => {
                head.extend_from_slice(payload);
                let head = core::mem::take(head);
                let header = PesHeader::from_bytes(&head);
                match header.as_ref().map(PesHeader::contents) {
                    Some(PesContents::Parsed(Some(contents))) => {
                        let length = header.map_or(PesLength::Unbounded, |header| header.pes_packet_length());
                        self.body(&length, &contents, head.len(), timeline);
                    }
                    _ if is_short(&head) => self.state = State::Head(head),
                    _ => self.lost(at),
                }
            }
            State::Body(left) => {
                self.elementary.data(payload);
                take(left, payload.len());
                if *left == Some(0) {
                    self.elementary.end();
                }
            }
        }
    }

    /// Reads a complete header and the beginning of the payload.
    fn body(&mut self, length: &PesLength, contents: &PesParsedContents<'_>, whole: usize, timeline: &mut Timeline) {
        let payload = contents.payload();
        let mut left = match length {
            PesLength::Unbounded => None,
            // The length counts from the end of its own field, the sixth byte.
            PesLength::Bounded(length) => Some((usize::from(length.get()) + 6).saturating_sub(whole - payload.len())),
        };
        self.elementary.begin(contents.pts_dts().ok().and_then(|times| self::times(&times, timeline)));
        self.elementary.data(payload);
        take(&mut left, payload.len());
        if left == Some(0) {
            self.elementary.end();
        }
        (self.state, self.lost_at, self.has_read) = (State::Body(left), None, true);
    }
}

/// Counts payload. Some recorders write too short a length, so everything up to the next PES packet is taken.
const fn take(left: &mut Option<usize>, count: usize) {
    if let Some(left) = left {
        *left = left.saturating_sub(count);
    }
}

/// Returns whether these bytes may be the beginning of a header.
fn is_short(head: &[u8]) -> bool {
    match head.get(8) {
        None => [0, 0, 1].starts_with(head.get(..3).unwrap_or(head)),
        Some(length) => head.starts_with(&[0, 0, 1]) && head.len() < 9 + usize::from(*length),
    }
}

/// Returns the times in a header, if it has any.
fn times(times: &PtsDts, timeline: &mut Timeline) -> Option<Times> {
    let value = |time: &Result<Timestamp, TimestampError>| time.as_ref().ok().map(|time| time.value());
    let (presented, decoded) = match times {
        PtsDts::PtsOnly(presented) => (value(presented)?, None),
        PtsDts::Both { pts, dts } => (value(pts)?, value(dts)),
        PtsDts::None | PtsDts::Invalid => return None,
    };
    let decoded = decoded.unwrap_or(presented);
    let offset = distance(decoded.cast_signed(), presented.cast_signed());
    let offset = i32::try_from(offset).unwrap_or(i32::MAX);
    Some(Times { decode: timeline.ticks(decoded), offset })
}
