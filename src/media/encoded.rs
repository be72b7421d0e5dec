use core::fmt;

use thiserror::Error;

use crate::cbor::limits;
use crate::record::Layer;

/// A time or a difference of times, in ticks of a codec's timescale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ticks(pub i64);

/// A sample as an encoder gives it: a picture, or a frame of sound.
///
/// It is kept as it is. Of H.264 and HEVC, start codes become lengths.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EncodedSample<'a> {
    /// What it is a sample of.
    pub layer: Layer,
    /// When it is decoded, by the camera's monotonic clock.
    pub decode: Ticks,
    /// Added to `decode`, gives the presentation time; 0 for sound, and for pictures that are encoded in the order in which
    /// they are shown. Fits 32 bits.
    pub offset: Ticks,
    /// How long it lasts, unless the next sample says something else; 0 if that is not known. Fits 32 bits.
    pub duration: Ticks,
    /// Whether decoding can begin here. Not used for H.264 and HEVC, whose NAL units say it.
    pub sync: bool,
    /// The sample.
    pub bytes: &'a [u8],
}

/// Without the content, which is footage.
impl fmt::Debug for EncodedSample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, decode, offset, duration, sync, bytes } = self;
        f.debug_struct("EncodedSample")
            .field("layer", layer)
            .field("decode", decode)
            .field("offset", offset)
            .field("duration", duration)
            .field("sync", sync)
            .field("bytes", &bytes.len())
            .finish()
    }
}

/// How an encoder codes pictures.
///
/// ```
/// use footage::media::{NalUnits, PictureCodec, PictureCoding};
///
/// let parameters = b"\0\0\0\x01\x67\x42\xc0\x1e...\0\0\0\x01\x68...";
/// let coding = PictureCoding::H264 { parameters, units: NalUnits::StartCodes };
/// let codec = PictureCodec { timescale: 90_000, coding };
/// # let _ = codec;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureCodec<'a> {
    /// How many ticks a second has; not 0.
    pub timescale: u32,
    /// The codec and its parameters.
    pub coding: PictureCoding<'a>,
}

/// A codec of pictures, with what a decoder has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PictureCoding<'a> {
    /// H.264 (AVC).
    H264 {
        /// The sequence and picture parameter sets, each after a start code, or an `AVCDecoderConfigurationRecord` (the content
        /// of an `avcC`), which begins with 1.
        parameters: &'a [u8],
        /// How NAL units stand in samples.
        units: NalUnits,
    },
    /// H.265 (HEVC).
    Hevc {
        /// The video, sequence and picture parameter sets, each after a start code, or an `HEVCDecoderConfigurationRecord` (the
        /// content of an `hvcC`), which begins with 1.
        parameters: &'a [u8],
        /// How NAL units stand in samples.
        units: NalUnits,
    },
    /// AV1.
    Av1 {
        /// An `AV1CodecConfigurationRecord`: the content of an `av1C`.
        record: &'a [u8],
        /// The size of the pictures.
        size: PictureSize,
    },
    /// VP9.
    Vp9 {
        /// The content of a `vpcC`, which begins with its version, 1.
        record: &'a [u8],
        /// The size of the pictures.
        size: PictureSize,
    },
    /// JPEG pictures.
    Mjpeg {
        /// The size of the pictures.
        size: PictureSize,
    },
}

/// The size of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PictureSize {
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// How the NAL units of a sample are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NalUnits {
    /// Each comes after a start code, 0 0 1 (annex B of H.264 and H.265). They are stored after lengths of four bytes.
    StartCodes,
    /// Each comes after its length, which has as many bytes as the configuration record says, or four.
    Lengths,
}

/// How an encoder codes sound. A tick is one sample of sound: the timescale is the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundCodec<'a> {
    /// Samples a second; not 0.
    pub rate: u32,
    /// How many channels; not 0.
    pub channels: u16,
    /// The codec and its parameters.
    pub coding: SoundCoding<'a>,
}

/// A codec of sound, with what a decoder has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SoundCoding<'a> {
    /// AAC. Frames have no ADTS header.
    Aac {
        /// The `AudioSpecificConfig`, at most 64 bytes.
        configuration: &'a [u8],
    },
    /// Opus, of one or two channels at 48 000 samples a second.
    Opus {
        /// How many samples a decoder drops at the beginning.
        pre_skip: u16,
    },
    /// G.711. A frame has one byte for each sample and channel.
    G711(Companding),
}

/// The two laws of G.711.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Companding {
    /// A-law.
    A,
    /// Mu-law.
    Mu,
}

/// A codec that is not taken. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Neither pictures nor sound.
    #[error("neither pictures nor sound")]
    Nothing,
    /// Pictures in a clip that began with sound alone.
    #[error("the clip began with sound alone: start another one for pictures")]
    LatePictures,
    /// A timescale or rate of 0.
    #[error("a second must have ticks: neither timescale nor rate can be 0")]
    Timescale,
    /// Parameter sets that are missing or cannot be read.
    #[error(
        "the parameter sets cannot be read: give all of them, each after a start code, or the configuration record"
    )]
    ParameterSets,
    /// A configuration that is none of its codec.
    #[error("the {0} is malformed")]
    Configuration(&'static str),
    /// A number of channels, or a rate, that the codec does not have.
    #[error("{channels} channels at {rate} samples a second are not possible with this codec")]
    Sound {
        /// How many channels.
        channels: u16,
        /// Samples a second.
        rate: u32,
    },
}

/// A sample that is not taken. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// No codec was given for its layer.
    #[error("a sample of {0:?}, of which no codec was given")]
    NoCodec(Layer),
    /// It has no bytes.
    #[error("the sample is empty")]
    Empty,
    /// The first samples of a track, from before the clip began.
    #[error("the sample is from before the clip began: its time must be that of the monotonic clock")]
    Early,
    /// It does not fit a segment.
    #[error("the sample has {size} bytes: at most {} fit a segment", Self::LARGEST)]
    TooLarge {
        /// Its bytes.
        size: usize,
    },
    /// A frame of AAC with an ADTS header.
    #[error("the frame has an ADTS header: remove its 7 or 9 bytes")]
    Adts,
    /// Its NAL units are not told apart as the codec says.
    #[error("the sample does not consist of NAL units as the codec says")]
    NalUnits,
    /// A duration that is negative, or a duration or an offset that needs more than 32 bits.
    #[error("the duration is negative, or more than 32 bits are needed for it or for the offset")]
    Times,
}

impl SampleError {
    /// The most bytes of a sample.
    pub(super) const LARGEST: usize =
        limits::SEGMENT_BYTES as usize - (super::fragment::OVERHEAD + super::fragment::PER_SAMPLE) as usize;
}
