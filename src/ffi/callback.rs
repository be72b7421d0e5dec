//! What all callbacks of the app have in common.

use core::ffi::c_void;

use thiserror::Error;

use crate::io;

use super::status::{Done, Failure, footage_status::*};

/// A callback failed, or broke its contract.
#[derive(Debug, Clone, Error)]
pub(super) enum CallbackError {
    #[error("the callback `{name}` returned {code}")]
    Failed { name: &'static str, code: i32 },
    #[error("the callback `{name}` gave {found} bytes, more than {most}")]
    TooMuch { name: &'static str, found: usize, most: usize },
    #[error("the callback `{name}` gave {what}")]
    Invalid { name: &'static str, what: &'static str },
}

impl From<CallbackError> for io::Error {
    fn from(error: CallbackError) -> Self {
        Self::other(error)
    }
}

/// Checks what a callback returned.
pub(super) fn returned(name: &'static str, code: i32) -> Result<(), CallbackError> {
    if code == 0 { Ok(()) } else { Err(CallbackError::Failed { name, code }) }
}

/// Checks a length that a callback wrote.
pub(super) fn at_most(name: &'static str, found: usize, most: usize) -> Result<usize, CallbackError> {
    if found <= most { Ok(found) } else { Err(CallbackError::TooMuch { name, found, most }) }
}

/// A callback that the app has to supply.
pub(super) fn required<F>(name: &'static str, callback: Option<F>) -> Done<F> {
    callback.ok_or_else(|| Failure::new(FOOTAGE_ARGUMENT, format_args!("the callback `{name}` is NULL")))
}

/// The pointer that the app gets back in each of its callbacks.
#[derive(Clone, Copy)]
pub(super) struct User(pub(super) *mut c_void);

// SAFETY: the library only hands it back to the app's callbacks, which the header says may run on any thread that calls the
// library, one at a time.
unsafe impl Send for User {}
