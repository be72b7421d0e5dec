//! A stranger's bytes, read as choices: what to alter, where, and with what.

/// Bytes that are taken from the front. When there are none left, every number is zero and every piece empty.
#[derive(Debug, Clone, Copy)]
pub struct Recipe<'a>(pub &'a [u8]);

impl<'a> Recipe<'a> {
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// At most so many bytes.
    pub fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Exactly `N` bytes, with zeroes where there are none left.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.take(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub fn short(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    /// A number below another, of two bytes.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.short()) % end.max(1)
    }

    /// As many bytes as the next one says.
    pub fn piece(&mut self) -> &'a [u8] {
        let most = self.byte();
        self.take(most.into())
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }

    /// A place in something so long: from its beginning or, as often, from its end.
    fn place(&mut self, length: usize) -> usize {
        let at = self.below(length);
        if self.byte().is_multiple_of(2) { at } else { length.saturating_sub(1 + at) }
    }

    /// Alters bytes as the recipe says until it is over, at most eight times.
    pub fn alter(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..8 {
            if self.is_over() {
                break;
            }
            let (what, at) = (self.byte(), self.place(bytes.len()));
            match what % 6 {
                0 => {
                    let bits = self.byte();
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= bits;
                    }
                }
                1 => {
                    let piece = self.piece();
                    let to = bytes.len().min(at + piece.len());
                    bytes[at..to].copy_from_slice(&piece[..to - at]);
                }
                2 => drop(bytes.splice(at..at, self.piece().iter().copied())),
                3 => {
                    let to = bytes.len().min(at + usize::from(self.byte()));
                    bytes.drain(at..to);
                }
                4 => bytes.truncate(at),
                _ => {
                    // A part of itself, in another place.
                    let from = self.place(bytes.len());
                    let part = bytes[from..bytes.len().min(from + usize::from(self.byte()))].to_vec();
                    let to = bytes.len().min(at + part.len());
                    bytes.splice(at..if self.byte().is_multiple_of(2) { to } else { at }, part);
                }
            }
        }
    }
}
