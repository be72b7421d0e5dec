use crate::media::codec::Codec;
use crate::media::grouper::Run;

/// What a stream consists of, in order.
pub(super) enum Event {
    /// The codec parameters of the samples that follow.
    Codec(Codec),
    /// Samples.
    Run(Run),
}

/// The times of a picture or a frame of sound, in ticks of 1/90000 s.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// The decode time.
    pub(super) decode: i128,
    /// The presentation time minus the decode time.
    pub(super) offset: i32,
}

/// A parser of an elementary stream, whose bytes come in PES packets.
pub(super) trait Elementary: Send + Sync {
    /// Begins a PES packet. Its times are those of the first picture or frame that begins in it.
    fn begin(&mut self, times: Option<Times>);

    /// Adds the next bytes.
    fn data(&mut self, data: &[u8]);

    /// Ends a PES packet.
    fn end(&mut self);

    /// Ends the stream. Another one may follow.
    fn flush(&mut self);

    /// Drops what is incomplete, because data is missing here.
    fn lost(&mut self);

    /// Flags what follows as not continuous.
    fn gap(&mut self);

    /// Returns the next event that is complete.
    fn next(&mut self) -> Option<Event>;

    /// Returns the number of samples that were left out because their codec parameters are missing.
    fn left_out(&self) -> u64;
}
