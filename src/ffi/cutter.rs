use core::ptr;

use crate::camera::{Cuts, Group, Groups, Piece};
use crate::media::{Bytes, CutError, Cutter};

use super::argument::{Callbacks, Place};
use super::group::{FOOTAGE_UNKNOWN, footage_group, footage_piece};
use super::handle::{Object, Ref, free, give};
use super::recording::{FOOTAGE_CONTENT_ANY_FILE, FOOTAGE_CONTENT_VIDEO};
use super::source::{LastFailure, Source, footage_source};
use super::status::{Done, Failure, call, footage_status, footage_status::*};

/// Cuts a recording into groups that can be sealed, in one pass through a source.
///
/// It holds the group that it reads, at most 32 MiB of pictures, up to 32 MiB of samples that are stored before earlier
/// ones, and about 16 MiB of pictures that wait for their sound. After an error it gives nothing more.
pub struct footage_cutter {
    _opaque: [u8; 0],
}

impl Object for footage_cutter {
    const TAG: u32 = u32::from_be_bytes(*b"cutr");
    type Content = Cutting;
}

pub(crate) struct Cutting {
    groups: Groups<Source>,
    failed: LastFailure,
    /// The group that was given last.
    cuts: Cuts,
    /// Its pieces, which point into it.
    pieces: Pieces,
}

struct Pieces(Vec<footage_piece>);

// SAFETY: they point into the group beside them, which belongs to the cutter and is only sent along with it.
unsafe impl Send for Pieces {}

impl Cutting {
    fn new(source: Source, cutter: impl FnOnce(Source) -> Result<Cutter<Source>, CutError>) -> Done<Self> {
        let failed = source.last_failure();
        let groups = Groups::new(cutter(source)?, None);
        Ok(Self { groups, failed, cuts: Cuts::default(), pieces: Pieces(Vec::new()) })
    }

    fn failure(&self, error: CutError) -> Failure {
        let callback = self.failed.take().filter(|_| matches!(error, CutError::Io { .. }));
        callback.map_or_else(|| error.into(), |callback| Failure::of(FOOTAGE_IO, &callback))
    }

    /// Goes on to the next group. What was given before is over.
    fn next(&mut self) -> Done<footage_group> {
        self.pieces.0.clear();
        self.cuts = Cuts::default();
        let next = self.groups.next_group().map_err(|error| self.failure(error))?;
        self.cuts = next.ok_or_else(|| Failure::from(FOOTAGE_END))?;
        Ok(lend(self.cuts.group(), &mut self.pieces.0))
    }

    fn content(&mut self) -> Done<u8> {
        let is_video = self.groups.cutter.is_video().map_err(|error| self.failure(error))?;
        Ok(if is_video { FOOTAGE_CONTENT_VIDEO } else { FOOTAGE_CONTENT_ANY_FILE })
    }
}

/// The group as C has it, with its pieces in a place that stays.
fn lend(group: Group<'_>, pieces: &mut Vec<footage_piece>) -> footage_group {
    let bytes =
        |bytes: Option<&mut [u8]>| bytes.map_or((ptr::null_mut(), 0), |bytes| (bytes.as_mut_ptr(), bytes.len()));
    let piece = |Piece { start, end, content }: Piece<'_>| footage_piece {
        start: start.0,
        end: end.0,
        content: content.as_mut_ptr(),
        content_length: content.len(),
    };
    let (picture_init, picture_init_length) = bytes(group.picture_init);
    let (sound_init, sound_init_length) = bytes(group.sound_init);
    let pictures_count = group.pictures.len();
    let (sound, sound_samples) = group.sound.map(|sound| (sound.piece, sound.samples)).unzip();
    pieces.extend(group.pictures.into_iter().chain(sound).map(piece));
    footage_group {
        picture_init,
        picture_init_length,
        sound_init,
        sound_init_length,
        pictures: if pictures_count == 0 { ptr::null() } else { pieces.as_ptr() },
        pictures_count,
        sound: pieces.get(pictures_count).map_or(ptr::null(), ptr::from_ref),
        sound_samples: sound_samples.unwrap_or(0),
        next: group.next.map_or(FOOTAGE_UNKNOWN, |next| next.0),
    }
}

/// Makes a cutter of a source. MP4 and MPEG-TS are cut into groups that begin where decoding can begin; other tracks and metadata
/// are left out. Any other recording that is known to be video or sound is refused. Any other file is cut into pieces of 1 MiB,
/// whose times are 0.
///
/// If the source has `size`, the MP4 may be fragmented or progressive, and is read at any place. Otherwise it must be fragmented,
/// and is read from the beginning to the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_new(
    source: *const footage_source,
    cutter: *mut *mut footage_cutter,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and callbacks.
    let (source, cutter) = unsafe { (Callbacks::new(source), Place::new(cutter)) };
    call(|| {
        let cut = |source: Source| Ok(if source.can_seek() { Cutter::open(source) } else { Cutter::new(source) });
        give(Cutting::new(Source::forward(&source)?, cut)?, &cutter)
    })
}

/// Makes a cutter that cuts any source into pieces of `size` bytes, 1 to 16 MiB, the last one shorter. Their times are 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_new_by_size(
    source: *const footage_source,
    size: u64,
    cutter: *mut *mut footage_cutter,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and callbacks.
    let (source, cutter) = unsafe { (Callbacks::new(source), Place::new(cutter)) };
    call(|| {
        let by_size = |source| Cutter::by_size(source, Bytes(size));
        give(Cutting::new(Source::forward(&source)?, by_size)?, &cutter)
    })
}

/// Writes what the recording is, by its first bytes: `FOOTAGE_CONTENT_VIDEO` or `FOOTAGE_CONTENT_ANY_FILE`. It may be called
/// before the first group only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_content(cutter: *const footage_cutter, content: *mut u8) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (cutter, content) = unsafe { (Ref::new(cutter), Place::new(content)) };
    call(|| {
        content.check()?;
        content.put(cutter.lock()?.content()?)
    })
}

/// Goes on to the next group. What the group points to belongs to the cutter: it may be sealed in place, and is valid until
/// the next call with this cutter, or until it is freed. Returns `FOOTAGE_END` after the last group.
///
/// If the recording cannot be cut further, the groups that are whole before that are given first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_next(
    cutter: *const footage_cutter,
    group: *mut footage_group,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (cutter, group) = unsafe { (Ref::new(cutter), Place::new(group)) };
    call(|| {
        group.check()?;
        group.put(cutter.lock()?.next()?)
    })
}

/// Writes how many tracks are left out, and how many samples have been left out so far, for
/// `footage_recording_leave_out`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_left_out(
    cutter: *const footage_cutter,
    tracks: *mut u64,
    samples: *mut u64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (cutter, tracks, samples) = unsafe { (Ref::new(cutter), Place::new(tracks), Place::new(samples)) };
    call(|| {
        tracks.check()?;
        samples.check()?;
        let left_out = cutter.lock()?.groups.cutter.left_out();
        tracks.put(left_out.0)?;
        samples.put(left_out.1)
    })
}

/// Frees a cutter. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_cutter_free(cutter: *mut footage_cutter) {
    // SAFETY: the caller keeps the header's rules for handles.
    call(|| unsafe { free(cutter) });
}
