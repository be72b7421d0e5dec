use core::fmt;

use super::codec::Codec;
use crate::record::Layer;

/// MPEG audio, by its object type in an `esds` (MP4RA).
const MPEG_2_AUDIO: u8 = 0x69;
const MPEG_1_AUDIO: u8 = 0x6b;

/// A track that is cut.
///
/// It is displayed like `H.264, 640x360` or `AAC, 48000 Hz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrackInfo {
    /// Pictures.
    Pictures {
        /// The codec.
        codec: CodecName,
        /// Width in pixels.
        width: u16,
        /// Height in pixels.
        height: u16,
    },
    /// Sound.
    Sound {
        /// The codec.
        codec: CodecName,
        /// Samples per second.
        rate: u32,
    },
}

/// The name of a codec: the type of its sample entry, such as `avc1`, as registered at [MP4RA](https://mp4ra.org).
///
/// MP3 is `.mp3`, also in a sample entry of type `mp4a`. Common codecs are displayed by their usual name, such as `H.264`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodecName(pub [u8; 4]);

impl TrackInfo {
    /// Returns what a sample entry says of its track (ISO/IEC 14496-12 sections 12.1.3 and 12.2.3).
    pub(super) fn of(codec: &Codec) -> Self {
        let name = match object_type(&codec.entry) {
            Some(MPEG_2_AUDIO | MPEG_1_AUDIO) => Some(b".mp3"),
            _ => codec.entry.get(4..8).and_then(|name| name.first_chunk()),
        };
        let number = |at: usize| {
            let bytes = codec.entry.get(at..).and_then(|rest| rest.first_chunk::<2>());
            bytes.map_or(0, |bytes| u16::from_be_bytes(*bytes))
        };
        let named = CodecName(name.copied().unwrap_or_default());
        match codec.layer {
            Layer::Pictures => Self::Pictures { codec: named, width: number(32), height: number(34) },
            Layer::Sound => {
                // 0 stands for a rate that does not fit 16 bits. The timescale has it.
                let rate = Some(u32::from(number(32))).filter(|rate| *rate > 0).unwrap_or(codec.timescale);
                Self::Sound { codec: named, rate }
            }
        }
    }
}

impl fmt::Display for TrackInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pictures { codec, width, height } => write!(f, "{codec}, {width}x{height}"),
            Self::Sound { codec, rate } => write!(f, "{codec}, {rate} Hz"),
        }
    }
}

impl fmt::Display for CodecName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = match &self.0 {
            b"avc1" | b"avc3" => "H.264",
            b"hvc1" | b"hev1" => "HEVC",
            b"av01" => "AV1",
            b"vp08" => "VP8",
            b"vp09" => "VP9",
            b"jpeg" | b"mjpa" | b"mjpb" | b"MJPG" => "MJPEG",
            b"mp4v" => "MPEG-4 video",
            b"mp4a" => "AAC",
            b"Opus" => "Opus",
            b"fLaC" => "FLAC",
            b"alaw" | b"ulaw" => "G.711",
            b"ac-3" | b"ec-3" => "AC-3",
            b".mp3" => "MP3",
            b"sowt" | b"twos" | b"lpcm" | b"ipcm" | b"fpcm" | b"in24" | b"in32" | b"fl32" => "PCM",
            other => return write!(f, "{}", other.escape_ascii()),
        };
        f.write_str(known)
    }
}

/// Returns the object type in the `esds` of a sample entry, or `None` if it has none.
fn object_type(entry: &[u8]) -> Option<u8> {
    let at = entry.windows(4).position(|name| name == b"esds")?;
    let esds = entry.get(at + 4..)?;
    esds.get(decoder_config(esds)?).copied()
}

/// Returns where the fields of the `DecoderConfigDescriptor` begin in the content of an `esds` (ISO/IEC 14496-1 section 7.2.6.6):
/// the object type, the stream type, buffer size and bit rates.
pub(super) fn decoder_config(esds: &[u8]) -> Option<usize> {
    let descriptor = |at: usize, tag: u8| {
        (*esds.get(at)? == tag).then_some(())?;
        let mut at = at + 1;
        while *esds.get(at)? & 0x80 != 0 {
            at += 1;
        }
        Some(at + 1)
    };
    let es = descriptor(4, 3)?;
    let flags = *esds.get(es + 2)?;
    let mut at = es + 3;
    at += if flags & 0x80 != 0 { 2 } else { 0 };
    at += if flags & 0x40 != 0 { 1 + usize::from(*esds.get(at)?) } else { 0 };
    at += if flags & 0x20 != 0 { 2 } else { 0 };
    descriptor(at, 4)
}
