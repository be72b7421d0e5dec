use core::fmt;

use super::codec::Codec;
use crate::record::Layer;

/// A track that is cut.
///
/// It is shown in words: `H.264, 640x360`, or `AAC, 48000 Hz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrackInfo {
    /// Pictures.
    Pictures {
        /// How they are coded.
        codec: CodecName,
        /// Pixels in a row.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// Sound.
    Sound {
        /// How it is coded.
        codec: CodecName,
        /// Samples a second.
        rate: u32,
    },
}

/// The registered name of a codec's sample entry ([MP4RA](https://mp4ra.org)), such as `avc1`.
///
/// It is shown by the name under which people know the codec, if it is a common one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodecName(pub [u8; 4]);

impl TrackInfo {
    /// Reads what a sample entry says (ISO/IEC 14496-12 sections 12.1.3 and 12.2.3).
    pub(super) fn of(codec: &Codec) -> Self {
        let name = codec.entry.get(4..8).and_then(|name| name.first_chunk());
        let number = |at: usize| {
            let bytes = codec.entry.get(at..).and_then(|rest| rest.first_chunk::<2>());
            bytes.map_or(0, |bytes| u16::from_be_bytes(*bytes))
        };
        let named = CodecName(name.copied().unwrap_or_default());
        match codec.layer {
            Layer::Pictures => Self::Pictures { codec: named, width: number(32), height: number(34) },
            Layer::Sound => {
                // 16.16 bits, too few for some rates: the timescale has these.
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
