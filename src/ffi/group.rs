use alloc::vec::Vec;

use crate::camera::{Clocks, Group, Piece, Sound};
use crate::record::Millis;

use super::argument::{InPlace, Items, check_apart};
use super::camera::time;
use super::status::Done;

/// A wall time that is not known.
pub const FOOTAGE_NO_TIME: i64 = -1;
/// The start of a next group that is not known.
pub const FOOTAGE_UNKNOWN: u64 = u64::MAX;

/// What the camera's two clocks say at one moment.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_clocks {
    /// The monotonic clock in milliseconds, from any origin. It never goes back while a clip is recorded, and is never set.
    pub monotonic: u64,
    /// The wall clock, or `FOOTAGE_NO_TIME` while it is not set.
    pub wall: i64,
}

impl footage_clocks {
    pub(super) fn read(&self) -> Done<Clocks> {
        let wall = if self.wall == FOOTAGE_NO_TIME { None } else { Some(time(self.wall)?) };
        Ok(Clocks { monotonic: Millis(self.monotonic), wall })
    }
}

/// A piece of pictures or sound. Times are in milliseconds from the beginning of the clip.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_piece {
    /// The least presentation time in it, rounded down.
    pub start: u64,
    /// The greatest presentation time plus duration in it, rounded up.
    pub end: u64,
    /// Its content, at most 16 MiB.
    pub content: *mut u8,
    /// The bytes of the content.
    pub content_length: usize,
}

impl footage_piece {
    fn in_place<'a>(&self) -> InPlace<'a> {
        // SAFETY: the caller keeps the header's rules for what the struct points to.
        unsafe { InPlace::new(self.content, self.content_length) }
    }

    fn read<'a>(&self) -> Done<Piece<'a>> {
        Ok(Piece { start: Millis(self.start), end: Millis(self.end), content: self.in_place().get()? })
    }
}

/// What is sealed and signed together: a group of pictures, with the sound from its start up to the start of the next group.
/// In a recording of sound alone it is about two seconds of sound.
///
/// All contents are sealed in place: they are ciphertext afterwards. No two of them may overlap.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_group {
    /// The codec parameters of the pictures, in the first group and whenever they change; NULL otherwise. Parameters that are
    /// in force already are not sealed again.
    pub picture_init: *mut u8,
    /// The bytes of the pictures' codec parameters.
    pub picture_init_length: usize,
    /// The codec parameters of the sound, in the same way. They belong into the first group even if nothing is heard yet: if they
    /// first come in a later one, sound is left out and counted from there on.
    pub sound_init: *mut u8,
    /// The bytes of the sound's codec parameters.
    pub sound_init_length: usize,
    /// The pictures, in order. The group begins with the first. NULL if there are none.
    pub pictures: *const footage_piece,
    /// How many pieces of pictures.
    pub pictures_count: usize,
    /// The sound, or NULL. A clip has sound if its first group has, or has codec parameters of it; it may be empty there.
    pub sound: *const footage_piece,
    /// How many samples the sound holds, to be counted if it is not taken.
    pub sound_samples: u64,
    /// When the next group begins, if it follows without a gap and with the same codec parameters; `FOOTAGE_UNKNOWN` for the
    /// last group, and before a gap. The next group is flagged unless it begins at this time.
    pub next: u64,
}

impl footage_group {
    pub(super) fn read<'a>(&self) -> Done<Group<'a>> {
        // SAFETY: the caller keeps the header's rules for what the struct points to.
        let (picture_init, sound_init, pictures, sound) = unsafe {
            (
                InPlace::new(self.picture_init, self.picture_init_length),
                InPlace::new(self.sound_init, self.sound_init_length),
                Items::new(self.pictures, self.pictures_count).get()?,
                Items::new(self.sound, usize::from(!self.sound.is_null())).get()?,
            )
        };
        let pieces = pictures.iter().chain(sound).map(footage_piece::in_place);
        check_apart(pieces.chain([picture_init, sound_init]))?;
        let init = |content: InPlace<'a>, is_null: bool| content.get().map(|content| (!is_null).then_some(content));
        let sound = sound.first().map(footage_piece::read).transpose()?;
        Ok(Group {
            picture_init: init(picture_init, self.picture_init.is_null())?,
            sound_init: init(sound_init, self.sound_init.is_null())?,
            pictures: pictures.iter().map(footage_piece::read).collect::<Done<Vec<_>>>()?,
            sound: sound.map(|piece| Sound { piece, samples: self.sound_samples }),
            next: (self.next != FOOTAGE_UNKNOWN).then_some(Millis(self.next)),
        })
    }
}
