use crate::media::codec::Codec;
use crate::media::grouper::Run;

/// What a stream gives, in order.
pub(super) enum Event {
    /// Codec parameters of what follows.
    Codec(Codec),
    Run(Run),
}

/// When a picture or a frame of sound is decoded and presented.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// In ticks of 1/90000 s.
    pub(super) decode: i128,
    /// Added to `decode`, gives the presentation time.
    pub(super) offset: i32,
}

/// An elementary stream, whose bytes come in PES packets.
pub(super) trait Elementary: Send + Sync {
    /// A PES packet begins. Its times are those of the first picture or frame that begins in it.
    fn begin(&mut self, times: Option<Times>);

    /// Takes the next bytes.
    fn data(&mut self, data: &[u8]);

    /// The PES packet is whole.
    fn end(&mut self);

    /// The stream ends here, or another one follows.
    fn flush(&mut self);

    /// Something is missing here: what is incomplete is dropped.
    fn lost(&mut self);

    /// What follows is flagged as not continuous.
    fn gap(&mut self);

    /// Returns what is complete.
    fn next(&mut self) -> Option<Event>;

    /// Returns how many samples were left out, because nothing says how they are decoded.
    fn left_out(&self) -> u64;
}
