use zeroize::Zeroizing;

#[cfg(feature = "video")]
use crate::clip::PlayableRangeError;
use crate::clip::{ClipSecret, FinishedClip, SegmentHeader, SegmentRange};
#[cfg(feature = "video")]
use crate::media::{Form, MuxError};
use crate::record::{Clock, Content, Ending, Layer, SegmentKind, Window};

use super::argument::{Callbacks, Output, Place};
use super::camera::time;
use super::group::FOOTAGE_NO_TIME;
use super::handle::{Object, Ref, free, give};
use super::key::footage_owner;
use super::live::{FOOTAGE_LAYER_PICTURES, FOOTAGE_LAYER_SOUND};
use super::recording::{FOOTAGE_CONTENT_ANY_FILE, FOOTAGE_CONTENT_VIDEO};
use super::sink::{Sink, footage_sink};
use super::source::{Source, footage_source};
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// A finished clip that is read: anybody who has the file can read what stands in the open, and an owner's key unlocks the
/// content.
pub struct footage_clip {
    _opaque: [u8; 0],
}

impl Object for footage_clip {
    const TAG: u32 = u32::from_be_bytes(*b"clip");
    type Content = Reading;
}

/// Codec parameters.
pub const FOOTAGE_SEGMENT_INIT: u8 = 0;
/// Pictures or sound, or a piece of another file.
pub const FOOTAGE_SEGMENT_MEDIA: u8 = 1;
/// A flag of a segment: it is the first one of a group.
pub const FOOTAGE_SEGMENT_GROUP: u8 = 1;
/// A flag of a segment: the recording jumped, lost something or changed its codec, before it or within its group.
pub const FOOTAGE_SEGMENT_GAP: u8 = 2;
/// The `init` of a `footage_segment` that needs none.
pub const FOOTAGE_NO_INIT: u32 = u32::MAX;

/// What the camera signed of a segment besides its content. Times are in milliseconds from the beginning of the clip.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct footage_segment {
    /// When it begins.
    pub start: u64,
    /// How long it lasts.
    pub duration: u64,
    /// The bytes of its content.
    pub length: u32,
    /// The index of the init segment that it needs, or `FOOTAGE_NO_INIT`.
    pub init: u32,
    /// `FOOTAGE_SEGMENT_INIT` or `FOOTAGE_SEGMENT_MEDIA`.
    pub kind: u8,
    /// `FOOTAGE_LAYER_PICTURES` or `FOOTAGE_LAYER_SOUND`.
    pub layer: u8,
    /// The sum of its flags, `FOOTAGE_SEGMENT_GROUP` and `FOOTAGE_SEGMENT_GAP`.
    pub flags: u8,
}

impl From<&SegmentHeader> for footage_segment {
    fn from(header: &SegmentHeader) -> Self {
        let open = header.open;
        let group = if open.group { FOOTAGE_SEGMENT_GROUP } else { 0 };
        let gap = if open.gap { FOOTAGE_SEGMENT_GAP } else { 0 };
        Self {
            start: open.start.0,
            duration: open.duration.0,
            length: header.length,
            init: header.init.unwrap_or(FOOTAGE_NO_INIT),
            kind: match open.kind {
                SegmentKind::Init => FOOTAGE_SEGMENT_INIT,
                SegmentKind::Media => FOOTAGE_SEGMENT_MEDIA,
            },
            layer: match open.layer {
                Layer::Pictures => FOOTAGE_LAYER_PICTURES,
                Layer::Sound => FOOTAGE_LAYER_SOUND,
            },
            flags: group | gap,
        }
    }
}

/// The camera closed the clip: its count is exact.
pub const FOOTAGE_ENDING_FINISHED: u8 = 1;
/// A power cut ended the clip, and the camera closed what it had signed: all its counts are lower bounds.
pub const FOOTAGE_ENDING_RECOVERED: u8 = 2;
/// The source of the recording ended in the middle: the count is exact, and there was more.
pub const FOOTAGE_ENDING_CUT_OFF: u8 = 3;

/// The camera's clock was not set when the clip began. The clip has a time if it was set later.
pub const FOOTAGE_CLOCK_NOT_SET: u8 = 0;
/// The camera's clock was set.
pub const FOOTAGE_CLOCK_SET: u8 = 1;
/// The camera's clock was set to a time before something that the camera had dated: it is not believed.
pub const FOOTAGE_CLOCK_EARLIER: u8 = 2;
/// The time is one that was told when a file was sealed.
pub const FOOTAGE_CLOCK_TOLD: u8 = 3;
/// A file without a time.
pub const FOOTAGE_CLOCK_NONE: u8 = 4;

/// What stands in the open of a clip, as its camera signed it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct footage_clip_info {
    /// The clip's id.
    pub clip: [u8; 16],
    /// The camera's id, of its certificate. Whether its maker is an approved one, the certificate alone does not say.
    pub camera: [u8; 16],
    /// The camera's public key, of its certificate.
    pub camera_key: [u8; 32],
    /// The fingerprint of the household key that it is sealed for.
    pub household: [u8; 32],
    /// The fingerprint of the recovery key that it is sealed for.
    pub recovery: [u8; 32],
    /// The id of the owner list that names both keys.
    pub owner_list: [u8; 32],
    /// The clip's number among those of its camera.
    pub number: u64,
    /// When the recording began, by the camera's clock, or `FOOTAGE_NO_TIME` if it has no time that is believed.
    pub started: i64,
    /// How many tracks the recording had that the camera did not take.
    pub tracks_left_out: u64,
    /// How many samples it had, of the tracks that were taken, that the camera did not take.
    pub samples_left_out: u64,
    /// How many segments it has.
    pub count: u32,
    /// `FOOTAGE_SUITE_AES_256_GCM` or `FOOTAGE_SUITE_CHACHA20_POLY1305`.
    pub suite: u8,
    /// `FOOTAGE_ENDING_FINISHED`, `FOOTAGE_ENDING_RECOVERED` or `FOOTAGE_ENDING_CUT_OFF`.
    pub ending: u8,
    /// One of the constants that begin with `FOOTAGE_CLOCK_`.
    pub clock: u8,
    /// `FOOTAGE_CONTENT_VIDEO` or `FOOTAGE_CONTENT_ANY_FILE`.
    pub content: u8,
}

pub(crate) struct Reading {
    clip: FinishedClip<Source>,
    /// Once it is unlocked.
    secret: Option<ClipSecret>,
    /// The segment that was opened last. Its length is asked for first, and then its content.
    opened: Option<(u32, Zeroizing<Vec<u8>>)>,
}

impl Reading {
    /// The content of a segment.
    fn content(&mut self, index: u32) -> Done<&[u8]> {
        let secret = self.secret.as_ref();
        let secret = secret.ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the clip is not unlocked"))?;
        let (at, mut content) = self.opened.take().unwrap_or_default();
        if at != index || content.is_empty() {
            self.clip.segment_into(secret, index, &mut content)?;
        }
        Ok(&self.opened.insert((index, content)).1)
    }
}

/// Opens a clip: reads its beginning and its end, and verifies the camera's signatures.
///
/// Returns `FOOTAGE_ORDER` if the clip was never finished: its camera has to recover it first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_open(
    source: *const footage_source,
    clip: *mut *mut footage_clip,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and callbacks.
    let (source, clip) = unsafe { (Callbacks::new(source), Place::new(clip)) };
    call(|| {
        clip.check()?;
        let source = Source::seekable(&source)?;
        give(Reading { clip: FinishedClip::open(source)?, secret: None, opened: None }, &clip)
    })
}

/// Unlocks the clip with the household key or the recovery key. Returns `FOOTAGE_LOCKED` if the clip is not sealed for the key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_unlock(clip: *const footage_clip, owner: *const footage_owner) -> footage_status {
    // SAFETY: the caller keeps the header's rules for handles.
    let (clip, owner) = unsafe { (Ref::new(clip), Ref::new(owner)) };
    call(|| {
        let (mut clip, owner) = (clip.lock()?, owner.lock()?);
        clip.secret = Some(clip.clip.unlock(&owner)?);
        Ok(())
    })
}

/// Writes what stands in the open of the clip.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_describe(
    clip: *const footage_clip,
    info: *mut footage_clip_info,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (clip, info) = unsafe { (Ref::new(clip), Place::new(info)) };
    call(|| {
        let clip = &clip.lock()?.clip;
        let certificate = clip.certificate().statement();
        let (tracks_left_out, samples_left_out) = clip.left_out();
        info.put(footage_clip_info {
            clip: *clip.clip().as_bytes(),
            camera: *certificate.camera().as_bytes(),
            camera_key: *certificate.key().as_bytes(),
            household: *clip.owners().household().as_bytes(),
            recovery: *clip.owners().recovery().as_bytes(),
            owner_list: *clip.owners().list().as_bytes(),
            number: clip.owners().number(),
            started: clip.started().map_or(FOOTAGE_NO_TIME, |started| started.as_millis().cast_signed()),
            tracks_left_out,
            samples_left_out,
            count: clip.count(),
            suite: clip.suite().number(),
            ending: match clip.ending() {
                Ending::Finished => FOOTAGE_ENDING_FINISHED,
                Ending::Recovered => FOOTAGE_ENDING_RECOVERED,
                Ending::CutOff => FOOTAGE_ENDING_CUT_OFF,
            },
            clock: match clip.clock() {
                Clock::NotSet => FOOTAGE_CLOCK_NOT_SET,
                Clock::Set => FOOTAGE_CLOCK_SET,
                Clock::Earlier => FOOTAGE_CLOCK_EARLIER,
                Clock::Told => FOOTAGE_CLOCK_TOLD,
                Clock::None => FOOTAGE_CLOCK_NONE,
            },
            content: match clip.content() {
                Content::Video => FOOTAGE_CONTENT_VIDEO,
                Content::AnyFile => FOOTAGE_CONTENT_ANY_FILE,
            },
        })
    })
}

/// Finds the groups that lie wholly between two times, by the camera's clock, and writes the index of their first segment and
/// the index after their last one. Returns `FOOTAGE_NOT_FOUND` if there are none, or if the clip has no time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_select(
    clip: *const footage_clip,
    from: i64,
    to: i64,
    first: *mut u32,
    end: *mut u32,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (clip, first, end) = unsafe { (Ref::new(clip), Place::new(first), Place::new(end)) };
    call(|| {
        first.check()?;
        end.check()?;
        let window = Window::new(time(from)?, time(to)?)?;
        let range = clip.lock()?.clip.select(window)?.range();
        first.put(range.from())?;
        end.put(range.to())
    })
}

/// Writes what the camera signed of a segment. Returns `FOOTAGE_NOT_FOUND` past the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_segment_info(
    clip: *const footage_clip,
    index: u32,
    segment: *mut footage_segment,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (clip, segment) = unsafe { (Ref::new(clip), Place::new(segment)) };
    call(|| {
        segment.check()?;
        segment.put((&clip.lock()?.clip.header_at(index)?).into())
    })
}

/// Opens a segment of an unlocked clip, and writes its content, at most 16 MiB. Nothing is written unless all of it is what
/// the camera signed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_segment(
    clip: *const footage_clip,
    index: u32,
    content: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (clip, output) = unsafe { (Ref::new(clip), Output::new(content, capacity, length)) };
    call(|| output.write(clip.lock()?.content(index)?))
}

/// A fragmented MP4, which plays while it comes.
pub const FOOTAGE_FORM_FRAGMENTED: u8 = 0;
/// An MP4 with its index in front, which every player opens.
pub const FOOTAGE_FORM_FAST_START: u8 = 1;

/// Writes the segments from `first` to before `end` of an unlocked clip as one file that players open: it begins at 0, and lasts as
/// long as what it shows. The first segment must begin a group. `form` is `FOOTAGE_FORM_FRAGMENTED` or `FOOTAGE_FORM_FAST_START`.
///
/// Returns `FOOTAGE_CODEC` if the codec parameters change in between, with the segment at which the next file has to begin in
/// `*next`. Otherwise `*next` becomes `end`. Nothing is written before every segment was read once. If the call fails later, what
/// was written is a beginning of the file. Returns `FOOTAGE_ARGUMENT` if the clip is no video, and in a library without the feature
/// `video`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_write_playable(
    clip: *const footage_clip,
    first: u32,
    end: u32,
    form: u8,
    sink: *const footage_sink,
    next: *mut u32,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and callbacks.
    let (clip, sink, next) = unsafe { (Ref::new(clip), Callbacks::new(sink), Place::new(next)) };
    call(|| {
        next.check()?;
        let sink = Sink::new(&sink)?;
        let range = SegmentRange::new(first, end);
        let range = range.ok_or_else(|| Failure::new(FOOTAGE_ARGUMENT, "the range is empty"))?;
        let mut reading = clip.lock()?;
        write_playable(&mut reading, range, form, sink, &next)
    })
}

#[cfg(feature = "video")]
fn write_playable(reading: &mut Reading, range: SegmentRange, form: u8, sink: Sink, next: &Place<'_, u32>) -> Done {
    let form = match form {
        FOOTAGE_FORM_FRAGMENTED => Form::Fragmented,
        FOOTAGE_FORM_FAST_START => Form::FastStart,
        _ => return Err(Failure::new(FOOTAGE_ARGUMENT, format_args!("there is no form {form}"))),
    };
    let secret = reading.secret.as_ref();
    let secret = secret.ok_or_else(|| Failure::new(FOOTAGE_ORDER, "the clip is not unlocked"))?;
    let failed = sink.last_failure();
    match reading.clip.write_playable(secret, range, form, sink) {
        Ok(()) => next.put(range.to()),
        Err(PlayableRangeError::Mux(MuxError::Write(error))) => {
            Err(failed.take().map_or_else(|| Failure::of(FOOTAGE_IO, &error), |error| Failure::of(FOOTAGE_IO, &error)))
        }
        Err(error) => {
            if let PlayableRangeError::Codec(segment) = &error {
                next.put(*segment)?;
            }
            Err(error.into())
        }
    }
}

#[cfg(not(feature = "video"))]
fn write_playable(_: &mut Reading, _: SegmentRange, _: u8, _: Sink, _: &Place<'_, u32>) -> Done {
    Err(Failure::new(FOOTAGE_ARGUMENT, "this library was built without the feature `video`"))
}

/// Frees a clip, and wipes its secret and the content that it opened. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_clip_free(clip: *mut footage_clip) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(clip) });
}
