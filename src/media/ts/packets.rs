use std::io::Read;

use mpeg2ts_reader::packet::Packet;

use crate::media::CutError;
use crate::media::source::Source;
use crate::media::sync::{HEAD, aligned};

/// Bytes read at once.
const CHUNK: u64 = 64 << 10;

/// Finds the packets of a transport stream.
#[derive(Default)]
pub(super) struct Packets {
    bytes: Vec<u8>,
    /// Where the next packet begins in `bytes`.
    next: usize,
    /// The distance between packets; 0 if it is not known.
    distance: usize,
    has_ended: bool,
}

/// A packet.
pub(super) struct Found {
    pub(super) bytes: [u8; Packet::SIZE],
    /// Where it begins in the recording.
    pub(super) at: u64,
    /// Whether bytes before it belong to no packet.
    pub(super) lost: bool,
}

impl Packets {
    /// Returns the next packet, or `None` at the end.
    pub(super) fn next<R: Read>(&mut self, source: &mut Source<R>) -> Result<Option<Found>, CutError> {
        let mut lost_at = None;
        loop {
            self.fill(source)?;
            let at = source.at() - (self.bytes.len() as u64).saturating_sub(self.next as u64);
            let rest = self.bytes.get(self.next..).unwrap_or_default();
            let truncated = CutError::Truncated { at: lost_at.unwrap_or(at), end: source.at() };
            if self.distance == 0 {
                let row = if self.has_ended { 2 } else { 3 };
                if let Some((skip, distance)) = aligned(rest, row) {
                    (self.next, self.distance) = (self.next + skip, distance);
                    continue;
                }
                if self.has_ended {
                    return if rest.is_empty() && lost_at.is_none() { Ok(None) } else { Err(truncated) };
                }
                // A packet may begin in the last bytes.
                lost_at = lost_at.or(Some(at));
                self.next = self.bytes.len().saturating_sub(HEAD).max(self.next);
                if self.bytes.len() - self.next <= HEAD {
                    self.read(source)?;
                }
                continue;
            }
            let Some(bytes) = rest.first_chunk::<{ Packet::SIZE }>() else {
                return if rest.is_empty() { Ok(None) } else { Err(truncated) };
            };
            let follows = rest.get(self.distance).is_none_or(|byte| *byte == Packet::SYNC_BYTE);
            if bytes[0] != Packet::SYNC_BYTE || !follows {
                // Bytes are missing or were inserted.
                (self.distance, self.next) = (0, self.next + 1);
                lost_at = lost_at.or(Some(at));
                continue;
            }
            let found = Found { bytes: *bytes, at, lost: lost_at.is_some() };
            self.next += self.distance;
            return Ok(Some(found));
        }
    }

    /// Reads more bytes if fewer than [`HEAD`] are left.
    fn fill<R: Read>(&mut self, source: &mut Source<R>) -> Result<(), CutError> {
        if !self.has_ended && self.bytes.len() < self.next + HEAD {
            self.read(source)?;
        }
        Ok(())
    }

    /// Drops the bytes before the next packet, and reads more.
    fn read<R: Read>(&mut self, source: &mut Source<R>) -> Result<(), CutError> {
        let done = self.next.min(self.bytes.len());
        self.bytes.drain(..done);
        self.next -= done;
        self.has_ended = source.append(CHUNK, &mut self.bytes)? < CHUNK;
        Ok(())
    }
}
