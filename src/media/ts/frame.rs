//! Frames of sound, as far as their headers tell how long they are and how they are decoded.

use adts_reader::{AdtsHeader, AdtsHeaderError};

use crate::media::codec::{Codec, Coding};
use crate::media::fragment::{UNTURNED, atom};
use crate::media::sample_entry::{sound_entry, stream_descriptor};
use crate::record::Layer;

/// How frames of sound are found in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// AAC (ISO/IEC 14496-3 section 1.A.2.2).
    Adts,
    /// MPEG audio, of which MP3 is layer III (ISO/IEC 11172-3 section 2.4.1.3).
    Mpeg,
    /// AC-3 (ETSI TS 102 366 section 4.4).
    Ac3,
}

pub(super) enum Found {
    Frame(Frame),
    /// More bytes are needed.
    Short,
    /// No frame begins here.
    Nothing,
}

pub(super) struct Frame {
    /// The bytes of its header that do not become part of the sample, and those of all of it.
    pub(super) header: usize,
    pub(super) length: usize,
    /// How long it sounds, in samples.
    pub(super) samples: u32,
    /// `None` if it cannot be put into an MP4.
    pub(super) format: Option<Format>,
}

/// How frames are decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    /// Samples a second.
    pub(super) rate: u32,
    channels: u16,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The `AudioSpecificConfig` of AAC.
    Aac([u8; 2]),
    /// The object type of MPEG audio (ISO/IEC 14496-1 table 5).
    Mpeg(u8),
    /// The content of a `dac3`.
    Ac3([u8; 3]),
}

impl Framing {
    /// Returns the first byte of a frame.
    pub(super) const fn first(self) -> u8 {
        match self {
            Self::Adts | Self::Mpeg => 0xff,
            Self::Ac3 => 0x0b,
        }
    }

    /// Looks for a frame at the beginning of these bytes.
    pub(super) fn frame(self, bytes: &[u8]) -> Found {
        if bytes.is_empty() {
            return Found::Short;
        }
        match self {
            Self::Adts => adts(bytes),
            Self::Mpeg => {
                bytes.first_chunk().map_or(Found::Short, |head| mpeg(*head).map_or(Found::Nothing, Found::Frame))
            }
            Self::Ac3 => {
                bytes.first_chunk().map_or(Found::Short, |head| ac3(*head).map_or(Found::Nothing, Found::Frame))
            }
        }
    }
}

fn adts(bytes: &[u8]) -> Found {
    let header = match AdtsHeader::from_bytes(bytes) {
        Ok(header) => header,
        Err(AdtsHeaderError::NotEnoughData { .. }) => return Found::Short,
        Err(_) => return Found::Nothing,
    };
    // Two bits of the layer are always 0; in MPEG audio they are not.
    if bytes.get(1).is_none_or(|byte| byte & 6 != 0) {
        return Found::Nothing;
    }
    let length = usize::from(header.frame_length());
    let payload = header.payload_length().map_or(0, usize::from);
    let (object, index) = bytes.get(2).map_or((0, 0), |byte| (u16::from(byte >> 6) + 1, u16::from(byte >> 2 & 15)));
    let channels = u16::from(u8::from(header.channel_configuration()));
    let configuration = object << 11 | index << 7 | channels << 3;
    let format = Format {
        rate: header.sampling_frequency().freq().unwrap_or(0),
        channels: if channels == 7 { 8 } else { channels },
        kind: Kind::Aac(configuration.to_be_bytes()),
    };
    // Without a number of channels, or with several blocks in a frame, it cannot become one sample.
    let is_plain = channels > 0 && format.rate > 0 && header.number_of_raw_data_blocks_in_frame() == 1;
    Found::Frame(Frame { header: length - payload, length, samples: 1024, format: is_plain.then_some(format) })
}

/// Bit rates of MPEG audio in kbit/s: MPEG-1 layers I, II, III; MPEG-2 layer I, layers II and III.
const BIT_RATES: [[u32; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

fn mpeg([sync, kind, rates, mode]: [u8; 4]) -> Option<Frame> {
    let (version, layer) = (kind >> 3 & 3, 4 - (kind >> 1 & 3));
    if sync != 0xff || kind & 0xe0 != 0xe0 || version == 1 || layer == 4 {
        return None;
    }
    let is_first = version == 3;
    let table = match (is_first, layer) {
        (true, layer) => usize::from(layer) - 1,
        (false, 1) => 3,
        (false, _) => 4,
    };
    let bits = BIT_RATES.get(table)?.get(usize::from(rates >> 4).checked_sub(1)?)? * 1000;
    let halved = match version {
        3 => 0,
        2 => 1,
        _ => 2,
    };
    let rate = [44_100, 48_000, 32_000].get(usize::from(rates >> 2 & 3))? >> halved;
    let padding = u32::from(rates >> 1 & 1);
    let (samples, length) = match layer {
        1 => (384, (12 * bits / rate + padding) * 4),
        3 if !is_first => (576, 72 * bits / rate + padding),
        _ => (1152, 144 * bits / rate + padding),
    };
    let channels = if mode >> 6 == 3 { 1 } else { 2 };
    let kind = Kind::Mpeg(if is_first { 0x6b } else { 0x69 });
    Some(Frame { header: 0, length: length as usize, samples, format: Some(Format { rate, channels, kind }) })
}

/// Bit rates of AC-3 in kbit/s.
const AC3_RATES: [u32; 19] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];

fn ac3([one, two, _, _, size, stream, mode]: [u8; 7]) -> Option<Frame> {
    let (frequency, size, version) = (size >> 6, size & 63, stream >> 3);
    if [one, two] != [0x0b, 0x77] || version > 8 {
        return None;
    }
    let bits = AC3_RATES.get(usize::from(size >> 1))?;
    let (rate, words) = match frequency {
        0 => (48_000, bits * 2),
        1 => (44_100, bits * 320 / 147 + u32::from(size & 1)),
        2 => (32_000, bits * 3),
        _ => return None,
    };
    // Levels of centre, surround and Dolby Surround stand before the bit of the low frequency channel.
    let channels = mode >> 5;
    let before =
        2 * (u8::from(channels & 1 != 0 && channels != 1) + u8::from(channels & 4 != 0) + u8::from(channels == 2));
    let low = mode >> (4 - before) & 1;
    let packed = u32::from(frequency) << 22
        | u32::from(version) << 17
        | u32::from(stream & 7) << 14
        | u32::from(channels) << 11
        | u32::from(low) << 10
        | u32::from(size >> 1) << 5;
    let [_, kind @ ..] = packed.to_be_bytes();
    let count = [2, 1, 2, 3, 3, 4, 4, 5].get(usize::from(channels)).copied().unwrap_or(2);
    let format = Format { rate, channels: count + u16::from(low), kind: Kind::Ac3(kind) };
    Some(Frame { header: 0, length: words as usize * 2, samples: 1536, format: Some(format) })
}

impl Format {
    /// Returns the codec parameters. A tick is one sample.
    pub(super) fn codec(&self) -> Codec {
        let mut entry = Vec::new();
        let name = if let Kind::Ac3(_) = self.kind { *b"ac-3" } else { *b"mp4a" };
        sound_entry(&mut entry, name, self.channels, self.rate, |to| match &self.kind {
            Kind::Aac(configuration) => stream_descriptor(to, 0x40, configuration),
            Kind::Mpeg(object) => stream_descriptor(to, *object, &[]),
            Kind::Ac3(configuration) => atom(to, *b"dac3", |to| to.extend_from_slice(configuration)),
        });
        Codec {
            layer: Layer::Sound,
            timescale: self.rate,
            size: [0; 2],
            matrix: UNTURNED,
            version: 0,
            entry,
            coding: Coding::Other,
        }
    }
}
