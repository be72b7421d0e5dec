use core::ffi::c_void;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use super::argument::Callbacks;
use super::callback::{CallbackError, User, at_most, required, returned};
use super::status::Done;

/// A file of the app's that the library reads. The struct is copied; `user` must stay valid until the handle that was made
/// from it is freed.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_source {
    /// Passed to each callback.
    pub user: *mut c_void,
    /// Required. Reads at most `capacity` bytes from `offset` on, and writes how many to `length`: fewer than `capacity` are
    /// no error, and 0 says that the file ends before `offset`.
    pub read: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            offset: u64,
            bytes: *mut u8,
            capacity: usize,
            length: *mut usize,
        ) -> i32,
    >,
    /// Writes the length of the file. Required by `footage_clip_open`, and by `footage_cutter_new` for progressive MP4. A cutter
    /// of a source without it reads from the beginning to the end.
    pub size: Option<unsafe extern "C" fn(user: *mut c_void, size: *mut u64) -> i32>,
}

type ReadAt = unsafe extern "C" fn(*mut c_void, u64, *mut u8, usize, *mut usize) -> i32;
type Size = unsafe extern "C" fn(*mut c_void, *mut u64) -> i32;

/// A source as a reader.
pub(crate) struct Source {
    user: User,
    read: ReadAt,
    size: Option<Size>,
    at: u64,
    failed: LastFailure,
}

/// The failure of the callback of a source or a sink, for errors that do not carry their cause.
#[derive(Clone, Default)]
pub(super) struct LastFailure(Arc<Mutex<Option<CallbackError>>>);

impl LastFailure {
    pub(super) fn take(&self) -> Option<CallbackError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn set(&self, error: &CallbackError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
    }
}

impl Source {
    /// A source that is read from its beginning to its end.
    pub(super) fn forward(source: &Callbacks<'_, footage_source>) -> Done<Self> {
        let source = source.get()?;
        let read = required("read", source.read)?;
        Ok(Self { user: User(source.user), read, size: source.size, at: 0, failed: LastFailure::default() })
    }

    /// A source that is read at any place.
    pub(super) fn seekable(source: &Callbacks<'_, footage_source>) -> Done<Self> {
        let source = Self::forward(source)?;
        required("size", source.size)?;
        Ok(source)
    }

    /// Returns whether it can be read at any place.
    pub(super) const fn can_seek(&self) -> bool {
        self.size.is_some()
    }

    pub(super) fn last_failure(&self) -> LastFailure {
        self.failed.clone()
    }

    fn read_at(&self, to: &mut [u8]) -> Result<usize, CallbackError> {
        let mut length = 0;
        // SAFETY: the app's own function and pointer, and room for as many bytes as it is told.
        let code = unsafe { (self.read)(self.user.0, self.at, to.as_mut_ptr(), to.len(), &raw mut length) };
        returned("read", code)?;
        at_most("read", length, to.len())
    }
}

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        let read = self.read_at(to).inspect_err(|error| self.failed.set(error))?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => {
                let size = self.size.ok_or(io::ErrorKind::Unsupported)?;
                let mut length = 0;
                // SAFETY: the app's own function and pointer, and a place for a number.
                returned("size", unsafe { size(self.user.0, &raw mut length) })?;
                length.checked_add_signed(by)
            }
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
