use std::io::{Read, Seek};

use crate::clip::{ClipError, ClipSecret, FinishedClip, Selection};
use crate::record::Window;

/// A clip of a household, with its secret.
///
/// Only a [household](crate::resident::Household::own) can make one, from a clip that one of its cameras sealed for it:
///
/// ```compile_fail,E0451
/// # use footage::{clip::{ClipSecret, FinishedClip}, resident::OwnedClip};
/// # fn f(clip: FinishedClip<std::fs::File>, secret: ClipSecret) -> OwnedClip<std::fs::File> {
/// OwnedClip { clip, secret }
/// # }
/// ```
#[derive(Debug)]
pub struct OwnedClip<R> {
    pub(crate) clip: FinishedClip<R>,
    pub(crate) secret: ClipSecret,
}

impl<R> OwnedClip<R> {
    /// Returns the clip.
    pub const fn clip(&self) -> &FinishedClip<R> {
        &self.clip
    }
}

impl<R: Read + Seek> OwnedClip<R> {
    /// [Selects](FinishedClip::select) the groups whose media segments all lie in a window of time.
    pub fn select(&mut self, window: Window) -> Result<Selection, ClipError> {
        self.clip.select(window)
    }

    /// [Selects](FinishedClip::select_bytes) the groups that lie wholly in a byte range of the content, which suits files
    /// that are no video.
    pub fn select_bytes(&mut self, from: u64, to: u64) -> Result<Selection, ClipError> {
        self.clip.select_bytes(from, to)
    }

    /// [Selects](FinishedClip::select_segments) the segments from one index up to, but not including, another. Both must
    /// begin a group.
    pub fn select_segments(&mut self, from: u32, to: u32) -> Result<Selection, ClipError> {
        self.clip.select_segments(from, to)
    }
}
