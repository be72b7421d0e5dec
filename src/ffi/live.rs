use crate::camera::{Clocks, Live, RecordError, SealedClip};
use crate::media::{
    Companding, EncodedSample, NalUnits, PictureCodec, PictureCoding, PictureSize, SoundCodec, SoundCoding, Ticks,
};
use crate::record::Layer;

use super::argument::{Callbacks, Input, Items, Output, Place};
use super::camera::{AnyCamera, footage_camera};
use super::files::AnyFile;
use super::group::footage_clocks;
use super::handle::{Object, Ref, free, give};
use super::recording::footage_recording;
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// A recording of what encoders give, sample by sample. Freed before it is finished, the clip can only be recovered.
///
/// A group begins with a picture at which decoding can begin, and takes the sound that begins between its start and the start
/// of the next one. It is sealed when the second picture of the next group has come, and sound that begins with the next group
/// or later. Sound is waited for until pictures of two seconds or 16 MiB more have come. What comes later is left out and
/// counted. Without pictures, a group is two seconds of sound.
///
/// In memory are the group that is being gathered, twice while it is cut, and what comes before its sound: at most 80 MiB. A
/// group of more than 32 MiB goes on in another, with which decoding cannot begin.
pub struct footage_live {
    _opaque: [u8; 0],
}

impl Object for footage_live {
    const TAG: u32 = u32::from_be_bytes(*b"live");
    /// `None` once it is finished.
    type Content = Option<Live<AnyFile>>;
}

/// The pictures, and all of a file that is no video.
pub const FOOTAGE_LAYER_PICTURES: u8 = 0;
/// The sound.
pub const FOOTAGE_LAYER_SOUND: u8 = 1;

/// H.264 (AVC). `parameters` are the sequence and picture parameter sets, each after a start code, or the content of an `avcC`.
pub const FOOTAGE_H264: u8 = 1;
/// H.265 (HEVC). `parameters` are the video, sequence and picture parameter sets, each after a start code, or the content of an
/// `hvcC`.
pub const FOOTAGE_HEVC: u8 = 2;
/// AV1. `parameters` are the content of an `av1C`.
pub const FOOTAGE_AV1: u8 = 3;
/// VP9. `parameters` are the content of a `vpcC`.
pub const FOOTAGE_VP9: u8 = 4;
/// JPEG pictures. There are no `parameters`.
pub const FOOTAGE_MJPEG: u8 = 5;

/// Each NAL unit comes after a start code, 0 0 1.
pub const FOOTAGE_START_CODES: u8 = 0;
/// Each NAL unit comes after its length, which has as many bytes as `parameters` say, or four.
pub const FOOTAGE_LENGTHS: u8 = 1;

/// AAC without ADTS headers. `parameters` are the `AudioSpecificConfig`, at most 64 bytes.
pub const FOOTAGE_AAC: u8 = 1;
/// Opus, of one or two channels at 48 000 samples a second.
pub const FOOTAGE_OPUS: u8 = 2;
/// G.711, A-law.
pub const FOOTAGE_A_LAW: u8 = 3;
/// G.711, mu-law.
pub const FOOTAGE_MU_LAW: u8 = 4;

/// How an encoder codes pictures.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_picture_codec {
    /// How many ticks a second has; not 0.
    pub timescale: u32,
    /// The width of the pictures. Of H.264 and HEVC the parameter sets say it.
    pub width: u16,
    /// The height of the pictures. Of H.264 and HEVC the parameter sets say it.
    pub height: u16,
    /// The codec: `FOOTAGE_H264` and so on.
    pub coding: u8,
    /// Of H.264 and HEVC, `FOOTAGE_START_CODES` or `FOOTAGE_LENGTHS`.
    pub nal_units: u8,
    /// What a decoder has to know.
    pub parameters: *const u8,
    /// The bytes of the parameters.
    pub parameters_length: usize,
}

/// How an encoder codes sound. A tick is one sample of sound.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_sound_codec {
    /// Samples a second; not 0.
    pub rate: u32,
    /// How many channels; not 0.
    pub channels: u16,
    /// Of Opus, how many samples a decoder drops at the beginning.
    pub pre_skip: u16,
    /// The codec: `FOOTAGE_AAC` and so on.
    pub coding: u8,
    /// What a decoder has to know.
    pub parameters: *const u8,
    /// The bytes of the parameters.
    pub parameters_length: usize,
}

/// A sample as an encoder gives it: a picture, or a frame of sound. Times are in ticks of its codec.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_sample {
    /// When it is decoded, by the monotonic clock of `footage_clocks`.
    pub decode: i64,
    /// Added to `decode`, gives the presentation time. Fits 32 bits.
    pub offset: i64,
    /// How long it lasts, unless the next sample says something else; 0 if that is not known. Fits 32 bits.
    pub duration: i64,
    /// `FOOTAGE_LAYER_PICTURES` or `FOOTAGE_LAYER_SOUND`.
    pub layer: u8,
    /// Whether decoding can begin here. Not used for H.264 and HEVC, whose NAL units say it.
    pub sync: u8,
    /// The sample.
    pub bytes: *const u8,
    /// The bytes of the sample, at most 16 MiB less 272.
    pub bytes_length: usize,
}

impl footage_picture_codec {
    fn read<'a>(&self) -> Done<PictureCodec<'a>> {
        // SAFETY: the caller keeps the header's rules for what the struct points to.
        let parameters = unsafe { Input::new(self.parameters, self.parameters_length) }.get()?;
        let units = || match self.nal_units {
            FOOTAGE_START_CODES => Ok(NalUnits::StartCodes),
            FOOTAGE_LENGTHS => Ok(NalUnits::Lengths),
            _ => Err(Failure::new(FOOTAGE_ARGUMENT, "no such form of NAL units")),
        };
        let size = PictureSize { width: self.width, height: self.height };
        let coding = match self.coding {
            FOOTAGE_H264 => PictureCoding::H264 { parameters, units: units()? },
            FOOTAGE_HEVC => PictureCoding::Hevc { parameters, units: units()? },
            FOOTAGE_AV1 => PictureCoding::Av1 { record: parameters, size },
            FOOTAGE_VP9 => PictureCoding::Vp9 { record: parameters, size },
            FOOTAGE_MJPEG => PictureCoding::Mjpeg { size },
            _ => return Err(Failure::new(FOOTAGE_ARGUMENT, "no such codec of pictures")),
        };
        Ok(PictureCodec { timescale: self.timescale, coding })
    }
}

impl footage_sound_codec {
    fn read<'a>(&self) -> Done<SoundCodec<'a>> {
        // SAFETY: the caller keeps the header's rules for what the struct points to.
        let configuration = unsafe { Input::new(self.parameters, self.parameters_length) }.get()?;
        let coding = match self.coding {
            FOOTAGE_AAC => SoundCoding::Aac { configuration },
            FOOTAGE_OPUS => SoundCoding::Opus { pre_skip: self.pre_skip },
            FOOTAGE_A_LAW => SoundCoding::G711(Companding::A),
            FOOTAGE_MU_LAW => SoundCoding::G711(Companding::Mu),
            _ => return Err(Failure::new(FOOTAGE_ARGUMENT, "no such codec of sound")),
        };
        Ok(SoundCodec { rate: self.rate, channels: self.channels, coding })
    }
}

impl footage_sample {
    fn read<'a>(&self) -> Done<EncodedSample<'a>> {
        let layer = match self.layer {
            FOOTAGE_LAYER_PICTURES => Layer::Pictures,
            FOOTAGE_LAYER_SOUND => Layer::Sound,
            _ => return Err(Failure::new(FOOTAGE_ARGUMENT, "no such layer")),
        };
        // SAFETY: the caller keeps the header's rules for what the struct points to.
        let bytes = unsafe { Input::new(self.bytes, self.bytes_length) }.get()?;
        let (decode, offset, duration) = (Ticks(self.decode), Ticks(self.offset), Ticks(self.duration));
        Ok(EncodedSample { layer, decode, offset, duration, sync: self.sync != 0, bytes })
    }
}

/// The codecs of a recording, each of which may be missing.
struct Codecs<'a> {
    pictures: Items<'a, footage_picture_codec>,
    sound: Items<'a, footage_sound_codec>,
}

impl<'a> Codecs<'a> {
    /// # Safety
    /// The header's rules for pointers.
    unsafe fn new(pictures: *const footage_picture_codec, sound: *const footage_sound_codec) -> Self {
        // SAFETY: as promised.
        unsafe {
            Self {
                pictures: Items::new(pictures, usize::from(!pictures.is_null())),
                sound: Items::new(sound, usize::from(!sound.is_null())),
            }
        }
    }

    fn get(&self) -> Done<(Option<PictureCodec<'a>>, Option<SoundCodec<'a>>)> {
        let pictures = self.pictures.get()?.first().map(footage_picture_codec::read).transpose()?;
        let sound = self.sound.get()?.first().map(footage_sound_codec::read).transpose()?;
        Ok((pictures, sound))
    }
}

fn over() -> Failure {
    Failure::new(FOOTAGE_ORDER, "the recording is over")
}

/// Goes on with a recording of `FOOTAGE_CONTENT_VIDEO` in which nothing was sealed, with these codecs: NULL where the camera
/// has no pictures or no sound. Sound that first comes later is left out. `pictures` and `sound` may point to the same bytes.
///
/// The recording's handle is over, as after `footage_recording_finish`. After an error it goes on as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_new(
    recording: *const footage_recording,
    pictures: *const footage_picture_codec,
    sound: *const footage_sound_codec,
    live: *mut *mut footage_live,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (recording, codecs, live) = unsafe { (Ref::new(recording), Codecs::new(pictures, sound), Place::new(live)) };
    call(|| {
        live.check()?;
        let mut recording = recording.lock()?;
        let (pictures, sound) = codecs.get()?;
        Live::check(recording.as_ref().ok_or_else(over)?, pictures, sound)?;
        let recording = recording.take().ok_or_else(over)?;
        give(Some(Live::new(recording, pictures, sound)?), &live)
    })
}

/// Writes the clip's id, 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_clip(
    live: *const footage_live,
    clip: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (live, output) = unsafe { (Ref::new(live), Output::new(clip, capacity, length)) };
    call(|| output.write(live.lock()?.as_ref().ok_or_else(over)?.clip().as_bytes()))
}

/// Takes a sample, which stays as it is, and seals the groups that are complete with it, on the camera that started the clip.
/// `clocks` is what the camera's clocks say now. Writes how many groups were sealed. With `FOOTAGE_SIGN_EVERY_GROUP` they are
/// signed and durable when the call returns.
///
/// The samples of each track come in the order in which they are decoded, pictures and sound as they are encoded. A time that
/// jumps back, or is more than two seconds after `clocks`, is not believed: the track goes on where it was, and the group is
/// flagged.
///
/// After `FOOTAGE_ARGUMENT`, `FOOTAGE_MALFORMED` and `FOOTAGE_FULL` the clip goes on with the next sample: this one was not
/// taken, or a group ended more than a minute before `clocks`, which is counted as left out. After `FOOTAGE_CLIP_OVER`, finish
/// the clip, start another, and begin with a picture at which decoding can begin. After `FOOTAGE_IO` the clip can only be
/// recovered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_push(
    live: *const footage_live,
    camera: *const footage_camera,
    clocks: *const footage_clocks,
    sample: *const footage_sample,
    sealed: *mut u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (live, camera, clocks, sample, sealed) = unsafe {
        (Ref::new(live), Ref::new(camera), Callbacks::new(clocks), Callbacks::new(sample), Place::new(sealed))
    };
    call(|| {
        sealed.check()?;
        let (mut live, mut camera) = (live.lock()?, camera.lock()?);
        let live = live.as_mut().ok_or_else(over)?;
        let clocks = clocks.get()?.read()?;
        sealed.put(live.push(&mut camera, clocks, sample.get()?.read()?)?)
    })
}

/// Takes the codecs of the samples that follow, as `footage_live_new` does. Writes how many groups were sealed. Codecs that are in
/// force already change nothing; NULL ends a track. Where the codec of the pictures changes, what came before is sealed. Where only
/// that of the sound changes, the next group begins with it. That group is flagged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_codecs(
    live: *const footage_live,
    camera: *const footage_camera,
    clocks: *const footage_clocks,
    pictures: *const footage_picture_codec,
    sound: *const footage_sound_codec,
    sealed: *mut u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (live, camera, clocks, codecs, sealed) = unsafe {
        (Ref::new(live), Ref::new(camera), Callbacks::new(clocks), Codecs::new(pictures, sound), Place::new(sealed))
    };
    call(|| {
        sealed.check()?;
        let (mut live, mut camera) = (live.lock()?, camera.lock()?);
        let live = live.as_mut().ok_or_else(over)?;
        let (clocks, (pictures, sound)) = (clocks.get()?.read()?, codecs.get()?);
        sealed.put(live.codecs(&mut camera, clocks, pictures, sound)?)
    })
}

/// Seals everything that waits: because the encoder pauses, or the power is about to fail. Writes how many groups were sealed. What
/// follows before the next picture at which decoding can begin is a group by itself, which is flagged. Sound that comes later and
/// begins before the end of what was sealed is left out, and counted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_flush(
    live: *const footage_live,
    camera: *const footage_camera,
    clocks: *const footage_clocks,
    sealed: *mut u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (live, camera, clocks, sealed) =
        unsafe { (Ref::new(live), Ref::new(camera), Callbacks::new(clocks), Place::new(sealed)) };
    call(|| {
        sealed.check()?;
        let (mut live, mut camera) = (live.lock()?, camera.lock()?);
        let live = live.as_mut().ok_or_else(over)?;
        sealed.put(live.flush(&mut camera, clocks.get()?.read()?)?)
    })
}

/// Counts tracks and samples that the camera has and that are not pushed. The clip says so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_leave_out(
    live: *const footage_live,
    tracks: u64,
    samples: u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for handles.
    let live = unsafe { Ref::new(live) };
    call(|| {
        live.lock()?.as_mut().ok_or_else(over)?.leave_out(tracks, samples);
        Ok(())
    })
}

/// Seals what waits, and closes the clip as `footage_recording_finish` does. What can no longer be sealed in this clip is
/// counted as left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_finish(
    live: *const footage_live,
    camera: *const footage_camera,
    clocks: *const footage_clocks,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (live, camera, clocks) = unsafe { (Ref::new(live), Ref::new(camera), Callbacks::new(clocks)) };
    call(|| end(&live, &camera, &clocks, Live::finish))
}

/// Closes the clip like `footage_live_finish`, and says that the source broke off: there was more to record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_cut_off(
    live: *const footage_live,
    camera: *const footage_camera,
    clocks: *const footage_clocks,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and handles.
    let (live, camera, clocks) = unsafe { (Ref::new(live), Ref::new(camera), Callbacks::new(clocks)) };
    call(|| end(&live, &camera, &clocks, Live::cut_off))
}

fn end(
    live: &Ref<'_, footage_live>,
    camera: &Ref<'_, footage_camera>,
    clocks: &Callbacks<'_, footage_clocks>,
    end: impl FnOnce(Live<AnyFile>, &mut AnyCamera, Clocks) -> Result<SealedClip<AnyFile>, RecordError>,
) -> Done {
    let clocks = clocks.get()?.read()?;
    let (mut live, mut camera) = (live.lock()?, camera.lock()?);
    let _sealed = end(live.take().ok_or_else(over)?, &mut camera, clocks)?;
    Ok(())
}

/// Frees a live recording, and closes its file. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_live_free(live: *mut footage_live) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(live) });
}
