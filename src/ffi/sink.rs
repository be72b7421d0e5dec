use core::ffi::c_void;
use std::io::{self, Write};

use super::argument::Callbacks;
use super::callback::{User, required, returned};
use super::source::LastFailure;
use super::status::Done;

/// A file of the app's that the library writes during one call, from its beginning to its end.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct footage_sink {
    /// Passed to the callback.
    pub user: *mut c_void,
    /// Required. Writes all of these bytes behind those that were written before.
    pub write: Option<unsafe extern "C" fn(user: *mut c_void, bytes: *const u8, length: usize) -> i32>,
}

type WriteBytes = unsafe extern "C" fn(*mut c_void, *const u8, usize) -> i32;

/// A sink as a writer.
pub(super) struct Sink {
    user: User,
    write: WriteBytes,
    failed: LastFailure,
}

impl Sink {
    pub(super) fn new(sink: &Callbacks<'_, footage_sink>) -> Done<Self> {
        let sink = sink.get()?;
        Ok(Self { user: User(sink.user), write: required("write", sink.write)?, failed: LastFailure::default() })
    }

    #[cfg(feature = "video")]
    pub(super) fn last_failure(&self) -> LastFailure {
        self.failed.clone()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        // SAFETY: the app's own function and pointer, and as many bytes as it is told.
        let code = unsafe { (self.write)(self.user.0, bytes.as_ptr(), bytes.len()) };
        returned("write", code).inspect_err(|error| self.failed.set(error))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
