use alloc::vec::Vec;
use core::fmt;

use crate::record::Millis;

/// A group of a recording: what is sealed and signed together, and what a grant begins and ends at.
///
/// In a recording with pictures it is a group of pictures, with the sound from its start up to the start of the next group.
/// In a recording of sound alone it is about two seconds of sound. All contents are sealed in place and hold ciphertext
/// afterwards.
///
/// ```
/// use footage::camera::{Group, Piece, Sound};
/// use footage::record::Millis;
///
/// let (mut pictures, mut sound) = (*b"pictures", *b"sound");
/// let group = Group {
///     pictures: vec![Piece { start: Millis(0), end: Millis(2000), content: &mut pictures }],
///     sound: Some(Sound { piece: Piece { start: Millis(0), end: Millis(1996), content: &mut sound }, samples: 94 }),
///     next: Some(Millis(2000)),
///     ..Group::default()
/// };
/// assert_eq!(group.pictures.len(), 1);
/// ```
#[derive(Default)]
pub struct Group<'a> {
    /// The codec parameters of the pictures, in the first group and whenever they change. Parameters that are in force already
    /// are not sealed again.
    pub picture_init: Option<&'a mut [u8]>,
    /// The codec parameters of the sound, in the same way. They belong in the first group even if nothing is heard yet. If
    /// they first come in a later group, sound is left out and counted from there on, since the clip would otherwise show
    /// when somebody began to speak.
    pub sound_init: Option<&'a mut [u8]>,
    /// The pictures, in order. The group begins with the first.
    pub pictures: Vec<Piece<'a>>,
    /// The sound. A clip has sound if its first group has sound (which may be empty) or codec parameters of sound.
    pub sound: Option<Sound<'a>>,
    /// When the next group begins, if it follows without a gap and with the same codec parameters; `None` for the last group,
    /// and before a gap. The next group is flagged unless it begins at this time.
    pub next: Option<Millis>,
}

/// A piece of pictures or sound, and its time from the start of the clip.
pub struct Piece<'a> {
    /// The least presentation time in it, rounded down.
    pub start: Millis,
    /// The greatest presentation time plus duration in it, rounded up.
    pub end: Millis,
    /// Its content; at most 16 MiB.
    pub content: &'a mut [u8],
}

/// The sound of a group.
pub struct Sound<'a> {
    /// Its time and content. What is empty has no time.
    pub piece: Piece<'a>,
    /// How many samples it holds, to be counted if it is not taken.
    pub samples: u64,
}

// Without the contents, which are footage.
impl fmt::Debug for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("pictures", &self.pictures)
            .field("sound", &self.sound)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end, content } = self;
        f.debug_struct("Piece").field("start", start).field("end", end).field("content", &content.len()).finish()
    }
}

impl fmt::Debug for Sound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sound").field("piece", &self.piece).field("samples", &self.samples).finish()
    }
}
