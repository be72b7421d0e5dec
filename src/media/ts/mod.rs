//! Reads MPEG transport streams (ISO/IEC 13818-1) in one forward pass: of the first program, the first stream of H.264 or HEVC,
//! and the first of AAC, MPEG audio or AC-3.
//!
//! Where packets are lost, what is incomplete is dropped, and what follows is flagged.

mod frame;
mod intake;
mod packets;
mod pes;
mod pictures;
mod sound;
mod tables;
mod timeline;
mod track;

use std::io::Read;

use mpeg2ts_reader::packet::Packet;

use frame::Framing;
use intake::Intake;
use packets::Packets;
use pes::Pes;
use pictures::Pictures;
use sound::Sound;
use tables::{Stream, Table};
use timeline::Timeline;
use track::Elementary;

use super::codec::Coding;
use super::source::Source;
use super::unread::{ENCRYPTED_TRANSPORT_STREAM, OTHER_TRANSPORT_STREAM};
use super::{Cut, CutError, TrackInfo};

/// A reader of a transport stream, which returns its cuts.
pub(super) struct Transport {
    packets: Packets,
    /// The program association table (PAT).
    pat: Table,
    /// The continuity counter of its last packet.
    counter: Option<u8>,
    /// The PID of the first program's map table (PMT).
    program: Option<u16>,
    pmt: Table,
    /// The streams that the PMT listed last.
    streams: Vec<Stream>,
    /// The streams that are cut: pictures and sound.
    cut: [Option<Pes>; 2],
    timeline: Timeline,
    intake: Intake,
    /// The number of streams that are left out, and of samples left out of all but the current streams.
    left_out: (u64, u64),
    end: Option<Result<(), CutError>>,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            packets: Packets::default(),
            pat: Table::new(),
            counter: None,
            program: None,
            pmt: Table::new(),
            streams: Vec::new(),
            cut: [None, None],
            timeline: Timeline::default(),
            intake: Intake::default(),
            left_out: (0, 0),
            end: None,
        }
    }
}

impl Transport {
    /// Returns the next cut. An error comes after everything that was complete before it.
    pub(super) fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Cut>, CutError> {
        loop {
            if let Some(cut) = self.intake.grouper.next() {
                return Ok(Some(cut));
            }
            if let Some(end) = &self.end {
                return end.clone().map(|()| None);
            }
            let read = self.step(source).and_then(|more| self.intake.grouper.check(source.at()).map(|()| more));
            if !matches!(read, Ok(true)) {
                let end = self.finish(read.map(|_| ()), source.at());
                self.end = Some(end);
            }
        }
    }

    /// Keeps the buffer of a cut for a later one.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        self.intake.grouper.buffers.give_back(buffer);
    }

    /// Returns the tracks that are cut.
    pub(super) fn tracks(&self) -> Vec<TrackInfo> {
        self.intake.grouper.tracks()
    }

    /// Returns the number of streams that are left out, and the number of samples left out so far. Of other streams, PES
    /// packets are counted.
    pub(super) fn left_out(&self) -> (u64, u64) {
        let samples: u64 = self.cut.iter().flatten().map(Pes::left_out).sum();
        (self.left_out.0, self.left_out.1 + samples + self.intake.grouper.left_out())
    }

    /// Reads a packet. Returns `false` at the end.
    fn step<R: Read>(&mut self, source: &mut Source<R>) -> Result<bool, CutError> {
        let Some(found) = self.packets.next(source)? else { return Ok(false) };
        let Some(packet) = Packet::try_new(&found.bytes) else { return Ok(true) };
        if found.lost {
            self.cut.iter_mut().flatten().for_each(|pes| pes.lost(found.at));
        }
        let pid = u16::from(packet.pid());
        let has_error = packet.transport_error_indicator();
        if pid == 0 && !has_error {
            self.join(&packet);
            if let Some(program) = self.pat.program(&packet)
                && self.program != Some(program)
            {
                (self.program, self.pmt) = (Some(program), Table::new());
            }
        } else if Some(pid) == self.program && !has_error {
            if let Some(streams) = self.pmt.streams(&packet)
                && self.streams != streams
            {
                self.select(streams);
            }
        } else if let Some(pes) = self.cut.iter_mut().flatten().find(|pes| pes.pid == pid) {
            read(pes, &packet, found.at, &mut self.timeline);
            take(pes, &mut self.intake);
        } else if packet.payload_unit_start_indicator() && self.streams.iter().any(|stream| stream.pid == pid) {
            self.left_out.1 += 1;
        }
        Ok(true)
    }

    /// Detects where another recording was appended: the continuity counter of the PAT, which comes first, restarts.
    fn join(&mut self, packet: &Packet<'_>) {
        let counter = packet.continuity_counter().count();
        if self.counter.replace(counter).is_some_and(|last| counter == 0 && last != 15) {
            self.timeline.renew();
            self.cut.iter_mut().flatten().for_each(Pes::join);
        }
    }

    /// Selects the streams to cut from those of the program.
    fn select(&mut self, streams: Vec<Stream>) {
        let pictures = streams.iter().find_map(|stream| {
            coding(stream).map(|coding| (stream, Box::new(Pictures::new(coding)) as Box<dyn Elementary>))
        });
        let sound = streams.iter().find_map(|stream| {
            framing(stream).map(|framing| (stream, Box::new(Sound::new(framing)) as Box<dyn Elementary>))
        });
        let expected = [pictures.is_some(), sound.is_some()];
        for (pes, new) in self.cut.iter_mut().zip([pictures, sound]) {
            let is_same = |pes: &Pes| new.as_ref().is_some_and(|(new, _)| (new.pid, new.kind) == (pes.pid, pes.kind));
            if let Some(mut old) = pes.take_if(|pes| !is_same(pes)) {
                old.elementary.flush();
                take(&mut old, &mut self.intake);
                self.left_out.1 += old.left_out();
                self.timeline.renew();
            }
            if let (None, Some((stream, elementary))) = (&pes, new) {
                *pes = Some(Pes::new(stream.pid, stream.kind, elementary));
            }
        }
        let cut = expected.into_iter().filter(|expected| *expected).count();
        self.left_out.0 = self.left_out.0.max((streams.len() - cut) as u64);
        self.streams = streams;
        self.intake.expect(expected);
    }

    /// Ends the recording, or what can be read of it. Returns how it ends.
    fn finish(&mut self, read: Result<(), CutError>, at: u64) -> Result<(), CutError> {
        let incomplete = self.cut.iter().flatten().filter_map(Pes::incomplete).min();
        let cut_off = incomplete.map_or(Ok(()), |begin| Err(CutError::Truncated { at: begin, end: at }));
        let is_encrypted = self.cut.iter().flatten().any(Pes::is_encrypted);
        let end = read.and(if is_encrypted { Err(ENCRYPTED_TRANSPORT_STREAM) } else { cut_off });
        for pes in self.cut.iter_mut().flatten() {
            pes.finish(end.is_err(), at);
            take(pes, &mut self.intake);
        }
        self.intake.finish();
        end.and_then(|()| self.intake.grouper.check(at))?;
        if self.intake.is_empty() {
            return Err(OTHER_TRANSPORT_STREAM);
        }
        if self.intake.grouper.has_cut() { Ok(()) } else { Err(CutError::Empty) }
    }
}

/// Passes a packet to its stream.
fn read(pes: &mut Pes, packet: &Packet<'_>, at: u64, timeline: &mut Timeline) {
    if packet.transport_scrambling_control().is_scrambled() {
        return pes.encrypted(packet, at);
    }
    if packet.adaptation_field().is_some_and(|field| field.discontinuity_indicator()) {
        timeline.renew();
    }
    pes.packet(packet, at, timeline);
}

/// Passes complete samples of a stream on.
fn take(pes: &mut Pes, intake: &mut Intake) {
    while let Some(event) = pes.elementary.next() {
        intake.take(event);
    }
}

/// Returns the coding of a stream of pictures that is read, by its type (ISO/IEC 13818-1 table 2-34).
const fn coding(stream: &Stream) -> Option<Coding> {
    match stream.kind {
        0x1b => Some(Coding::Avc(4)),
        0x24 => Some(Coding::Hevc(4)),
        _ => None,
    }
}

/// Returns the framing of a stream of sound that is read.
const fn framing(stream: &Stream) -> Option<Framing> {
    match stream.kind {
        0x0f => Some(Framing::Adts),
        0x03 | 0x04 => Some(Framing::Mpeg),
        0x81 => Some(Framing::Ac3),
        0x06 if stream.is_ac3 => Some(Framing::Ac3),
        _ => None,
    }
}
