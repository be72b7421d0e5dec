/// The bits of a parameter set, without the bytes that keep start codes out of it (H.264 section 7.3.1, H.265 section 7.3.1.1).
///
/// `h264-reader` needs `std`, and a camera's firmware reads parameter sets too. Every function is told the name of what it
/// reads, and returns `None` at the end.
pub(super) struct Bits<'a> {
    rest: &'a [u8],
    /// How many zero bytes were read last.
    zeros: usize,
    byte: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, zeros: 0, byte: 0, left: 0 }
    }

    fn byte(&mut self) -> Option<u8> {
        let (mut byte, mut rest) = self.rest.split_first()?;
        if self.zeros >= 2 && *byte == 3 {
            self.zeros = 0;
            (byte, rest) = rest.split_first()?;
        }
        self.zeros = if *byte == 0 { self.zeros + 1 } else { 0 };
        self.rest = rest;
        Some(*byte)
    }

    fn bit(&mut self) -> Option<bool> {
        if self.left == 0 {
            (self.byte, self.left) = (self.byte()?, 8);
        }
        self.left -= 1;
        Some(self.byte >> self.left & 1 == 1)
    }

    pub(super) fn read_bit(&mut self, _: &str) -> Option<bool> {
        self.bit()
    }

    /// Reads a number of up to 32 bits.
    pub(super) fn read(&mut self, bits: u32, _: &str) -> Option<u32> {
        (0..bits).try_fold(0, |number: u32, _| Some(number << 1 | u32::from(self.bit()?)))
    }

    pub(super) fn skip(&mut self, bits: u32, _: &str) -> Option<()> {
        (0..bits).try_for_each(|_| self.bit().map(|_| ()))
    }

    /// Reads an `ue(v)`: an Exp-Golomb code (H.264 section 9.1), of at most 63 bits.
    pub(super) fn read_ue(&mut self, _: &str) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.read(zeros, "")?)
    }

    /// Reads an `se(v)`.
    pub(super) fn read_se(&mut self, name: &str) -> Option<i32> {
        let code = i64::from(self.read_ue(name)?);
        i32::try_from(if code % 2 == 0 { -(code / 2) } else { (code + 1) / 2 }).ok()
    }
}
