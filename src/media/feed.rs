use alloc::vec::Vec;

use super::Cut;
use super::clock::Start;
use super::codec::{Codec, Coding, Sample, nals};
use super::division::floored;
use super::encoded::{
    CodecError, Companding, EncodedSample, NalUnits, PictureCodec, PictureCoding, SampleError, SoundCodec, SoundCoding,
};
use super::fragment::{UNTURNED, atom};
use super::grouper::{Grouper, Run};
use super::nal_units::with_lengths;
use super::parameters::Parameters;
use super::sample_entry::{CONFIGURATION, picture_entry, sound_entry, stream_descriptor};
use crate::record::{Layer, Millis};

/// Cuts what an encoder gives, as it comes.
pub(crate) struct Feed {
    grouper: Grouper,
    /// What the monotonic clock says at the beginning of the clip.
    origin: Millis,
    /// Of pictures and sound.
    tracks: [Option<Track>; 2],
}

#[derive(Clone, Copy)]
struct Track {
    timescale: u32,
    form: Form,
    /// When the last sample was decoded, and how long after the one before.
    last: Option<i64>,
    distance: u32,
}

/// How the bytes of a sample come.
#[derive(Clone, Copy)]
enum Form {
    /// NAL units after start codes.
    StartCodes,
    /// NAL units after lengths of so many bytes.
    Lengths(usize),
    /// Frames of AAC, which have no ADTS header.
    Aac,
    Whole,
}

impl Feed {
    /// Begins a clip whose time 0 is at `origin` by the monotonic clock.
    pub(crate) fn new(
        origin: Millis,
        pictures: Option<PictureCodec<'_>>,
        sound: Option<SoundCodec<'_>>,
    ) -> Result<Self, CodecError> {
        let mut feed = Self { grouper: Grouper::live(), origin, tracks: [None; 2] };
        feed.codecs(pictures, sound)?;
        Ok(feed)
    }

    /// Takes the codecs of what follows, unless they are in force already. Where those of the pictures change, what came before
    /// is cut.
    pub(crate) fn codecs(
        &mut self,
        pictures: Option<PictureCodec<'_>>,
        sound: Option<SoundCodec<'_>>,
    ) -> Result<(), CodecError> {
        let pictures = pictures.as_ref().map(picture_codec).transpose()?;
        let sound = sound.as_ref().map(sound_codec).transpose()?;
        if pictures.is_none() && sound.is_none() {
            return Err(CodecError::Nothing);
        }
        if pictures.is_some() && self.grouper.is_sound_alone() {
            return Err(CodecError::LatePictures);
        }
        let track =
            |(codec, form): &(Codec, Form)| Track { timescale: codec.timescale, form: *form, last: None, distance: 0 };
        self.tracks = [pictures.as_ref().map(track), sound.as_ref().map(track)];
        let codecs: Vec<_> = [pictures, sound].into_iter().flatten().map(|(codec, _)| codec).collect();
        self.grouper.begin(&codecs);
        Ok(())
    }

    /// Takes a sample, which comes `now`. No time after `latest` is believed.
    pub(crate) fn push(&mut self, sample: &EncodedSample<'_>, now: Millis, latest: Millis) -> Result<(), SampleError> {
        let EncodedSample { layer, decode, offset, duration, sync, bytes } = *sample;
        let track = self.tracks.get_mut(layer.place()).and_then(Option::as_mut).ok_or(SampleError::NoCodec(layer))?;
        let offset = i32::try_from(offset.0).map_err(|_| SampleError::Times)?;
        let mut duration = u32::try_from(duration.0).map_err(|_| SampleError::Times)?;
        if bytes.is_empty() {
            return Err(SampleError::Empty);
        }
        let since = i128::from(track.timescale) * i128::from(self.origin.0);
        let ticks = i128::from(decode.0) - floored(since, 1000);
        let end = ticks + i128::from(offset) + i128::from(duration);
        if end < 0 && !self.grouper.has_begun_in(layer) {
            return Err(SampleError::Early);
        }
        if bytes.len() > SampleError::LARGEST {
            return Err(SampleError::TooLarge { size: bytes.len() });
        }
        let mut data = self.grouper.buffers.take(bytes.len());
        data.clear();
        match track.form {
            Form::StartCodes => with_lengths(bytes, &mut data).ok_or(SampleError::NalUnits)?,
            Form::Lengths(length) => {
                let units: usize = nals(length, bytes).map(|unit| length + unit.len()).sum();
                if units != bytes.len() {
                    return Err(SampleError::NalUnits);
                }
                data.extend_from_slice(bytes);
            }
            Form::Aac if matches!(bytes, [0xff, second, ..] if second & 0xf6 == 0xf0) => return Err(SampleError::Adts),
            Form::Aac | Form::Whole => data.extend_from_slice(bytes),
        }
        if data.len() > SampleError::LARGEST {
            return Err(SampleError::TooLarge { size: data.len() });
        }
        let distance = track.last.and_then(|last| u32::try_from(decode.0.checked_sub(last)?).ok());
        track.distance = distance.filter(|distance| *distance <= track.timescale).unwrap_or(track.distance);
        track.last = Some(decode.0);
        // Until the next sample says when it begins.
        duration = if duration == 0 { track.distance } else { duration };
        let size = data.len() as u32;
        let samples = Vec::from([Sample { decode: 0, offset, duration, size, begins: sync, gap: false }]);
        let start = Some(Start { ticks, narrow: false });
        self.grouper.push_live(Run { layer, start, samples, data: data.into(), ends: false }, now, latest);
        Ok(())
    }

    /// Cuts everything that waits.
    pub(crate) fn finish(&mut self) {
        self.grouper.finish();
    }

    /// Cuts everything that waits. More may follow.
    pub(crate) fn flush(&mut self) {
        self.grouper.flush();
    }

    /// Returns when the last picture of the next group came, for each group once.
    pub(crate) fn given(&mut self) -> Option<Millis> {
        self.grouper.given()
    }

    /// Returns the next cut.
    pub(crate) fn next(&mut self) -> Option<Cut> {
        self.grouper.next()
    }

    /// Returns when the group after the last cut begins, if that is known, and nothing is missing before it.
    pub(crate) fn next_group(&self) -> Option<Millis> {
        self.grouper.next_group()
    }

    /// Returns how many samples of sound belong to no group.
    pub(crate) const fn left_out(&self) -> u64 {
        self.grouper.left_out()
    }
}

fn picture_codec(codec: &PictureCodec<'_>) -> Result<(Codec, Form), CodecError> {
    let timescale = codec.timescale;
    if timescale == 0 {
        return Err(CodecError::Timescale);
    }
    let plain = |name, configuration: Option<([u8; 4], &[u8])>, size: super::PictureSize| {
        let mut entry = Vec::new();
        picture_entry(&mut entry, name, [size.width, size.height], |to| {
            if let Some((name, content)) = configuration {
                atom(to, name, |to| to.extend_from_slice(content));
            }
        });
        let size = [size.width, size.height].map(|side| u32::from(side) << 16);
        let (layer, coding) = (Layer::Pictures, Coding::Other);
        (Codec { layer, timescale, size, matrix: UNTURNED, version: 0, entry, coding }, Form::Whole)
    };
    match codec.coding {
        PictureCoding::H264 { parameters, units } => with_parameters(timescale, Coding::Avc(4), parameters, units),
        PictureCoding::Hevc { parameters, units } => with_parameters(timescale, Coding::Hevc(4), parameters, units),
        PictureCoding::Av1 { record, size } if record.len() >= 4 && record.first() == Some(&0x81) => {
            Ok(plain(*b"av01", Some((*b"av1C", record)), size))
        }
        PictureCoding::Av1 { .. } => Err(CodecError::Configuration("AV1CodecConfigurationRecord")),
        PictureCoding::Vp9 { record, size } if record.len() >= 12 && record.first() == Some(&1) => {
            Ok(plain(*b"vp09", Some((*b"vpcC", record)), size))
        }
        PictureCoding::Vp9 { .. } => Err(CodecError::Configuration("vpcC")),
        PictureCoding::Mjpeg { size } => Ok(plain(*b"jpeg", None, size)),
    }
}

/// The codec with parameter sets after start codes, or with a configuration record.
fn with_parameters(
    timescale: u32,
    four: Coding,
    parameters: &[u8],
    units: NalUnits,
) -> Result<(Codec, Form), CodecError> {
    let is_record = parameters.first() == Some(&1);
    let (codec, length) = if is_record {
        // The length of lengths stands in two bits.
        let at = if let Coding::Hevc(_) = four { 21 } else { 4 };
        let mut record = parameters.to_vec();
        let byte = record.get_mut(at).ok_or(CodecError::ParameterSets)?;
        let length = match units {
            NalUnits::StartCodes => {
                *byte |= 3;
                4
            }
            NalUnits::Lengths => usize::from(*byte & 3) + 1,
        };
        let coding = if let Coding::Hevc(_) = four { Coding::Hevc(length) } else { Coding::Avc(length) };
        let sets = Parameters::default().renewed(four, &listed(four, &record));
        (sets.and_then(|sets| sets.codec_with(coding, &record)), length)
    } else {
        let mut sets = Vec::new();
        with_lengths(parameters, &mut sets).ok_or(CodecError::ParameterSets)?;
        (Parameters::default().renewed(four, &sets).and_then(|sets| sets.codec(four)), 4)
    };
    let codec = Codec { timescale, ..codec.ok_or(CodecError::ParameterSets)? };
    let form = match units {
        NalUnits::StartCodes => Form::StartCodes,
        NalUnits::Lengths => Form::Lengths(length),
    };
    Ok((codec, form))
}

/// The parameter sets of a configuration record, each after its length of four bytes.
fn listed(coding: Coding, record: &[u8]) -> Vec<u8> {
    let mut list = Vec::new();
    for set in coding.configured_sets(record) {
        list.extend_from_slice(&(set.len() as u32).to_be_bytes());
        list.extend_from_slice(&set);
    }
    list
}

fn sound_codec(codec: &SoundCodec<'_>) -> Result<(Codec, Form), CodecError> {
    let SoundCodec { rate, channels, coding } = *codec;
    if rate == 0 {
        return Err(CodecError::Timescale);
    }
    let is_possible = match coding {
        SoundCoding::Opus { .. } => rate == 48_000 && (1..=2).contains(&channels),
        _ => channels > 0,
    };
    if !is_possible {
        return Err(CodecError::Sound { channels, rate });
    }
    let mut entry = Vec::new();
    match coding {
        SoundCoding::Aac { configuration } => {
            if configuration.len() < 2 || configuration.len() > CONFIGURATION {
                return Err(CodecError::Configuration("AudioSpecificConfig"));
            }
            sound_entry(&mut entry, *b"mp4a", channels, rate, |to| stream_descriptor(to, 0x40, configuration));
        }
        SoundCoding::Opus { pre_skip } => sound_entry(&mut entry, *b"Opus", channels, rate, |to| {
            // Version 0; channels; what is dropped; the rate; no gain; the mapping of one or two channels.
            atom(to, *b"dOps", |to| {
                to.extend_from_slice(&[0, channels as u8]);
                to.extend_from_slice(&pre_skip.to_be_bytes());
                to.extend_from_slice(&rate.to_be_bytes());
                to.extend_from_slice(&[0, 0, 0]);
            });
        }),
        SoundCoding::G711(law) => {
            let name = if law == Companding::A { *b"alaw" } else { *b"ulaw" };
            sound_entry(&mut entry, name, channels, rate, |_| {});
        }
    }
    let codec = Codec {
        layer: Layer::Sound,
        timescale: rate,
        size: [0; 2],
        matrix: UNTURNED,
        version: 0,
        entry,
        coding: Coding::Other,
    };
    let form = if matches!(coding, SoundCoding::Aac { .. }) { Form::Aac } else { Form::Whole };
    Ok((codec, form))
}
