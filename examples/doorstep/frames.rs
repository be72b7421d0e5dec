//! Clips and excerpts as an attacker sees them: a line, then frames of one byte kind, four bytes length, and payload.

use std::io::{self, BufRead, Read};

/// Bytes of a segment's header, which stands before its ciphertext in a clip.
pub(crate) const SEGMENT_HEADER_LEN: usize = 59;

pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; 5];
        if from.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        from.read_exact(&mut head[1..])?;
        let [kind, length @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes(length) as usize];
        from.read_exact(&mut payload)?;
        Ok(Some(Self { kind, payload }))
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.push(self.kind);
        to.extend_from_slice(&(self.payload.len() as u32).to_be_bytes());
        to.extend_from_slice(&self.payload);
    }
}

/// What the file begins with.
pub(crate) fn read_magic(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut magic = Vec::new();
    from.read_until(b'\n', &mut magic)?;
    Ok(magic)
}

/// A whole file in the memory of an attacker.
pub(crate) struct Frames {
    magic: Vec<u8>,
    pub(crate) frames: Vec<Frame>,
}

impl Frames {
    pub(crate) fn read(mut bytes: &[u8]) -> io::Result<Self> {
        let magic = read_magic(&mut bytes)?;
        let mut frames = Vec::new();
        while let Some(frame) = Frame::read(&mut bytes)? {
            frames.push(frame);
        }
        Ok(Self { magic, frames })
    }

    /// Puts another payload into the first frame of a kind.
    pub(crate) fn replace(&mut self, kind: u8, payload: Vec<u8>) {
        if let Some(frame) = self.frames.iter_mut().find(|frame| frame.kind == kind) {
            frame.payload = payload;
        }
    }

    /// Swaps two frames of a kind, counted from 0.
    pub(crate) fn swap(&mut self, kind: u8, first: usize, second: usize) {
        let places = self.frames.iter().enumerate().filter(|(_, frame)| frame.kind == kind);
        let places: Vec<_> = places.map(|(place, _)| place).collect();
        if let (Some(&first), Some(&second)) = (places.get(first), places.get(second)) {
            self.frames.swap(first, second);
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.magic.clone();
        self.frames.iter().for_each(|frame| frame.write(&mut bytes));
        bytes
    }
}
