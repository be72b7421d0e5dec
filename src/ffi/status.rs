use core::error::Error;
use core::ffi::{CStr, c_char};
use core::fmt::Display;

/// What became of a call. The numbers are never used again for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum footage_status {
    /// The call succeeded.
    FOOTAGE_OK = 0,
    /// There is nothing more.
    FOOTAGE_END = 1,
    /// A pointer is NULL that may not be.
    FOOTAGE_NULL = 16,
    /// An argument has a value that it cannot have, or a required callback is NULL.
    FOOTAGE_ARGUMENT = 17,
    /// The buffer is too small. The length that is needed was written, and nothing else.
    FOOTAGE_TOO_SMALL = 18,
    /// The handle is of another type.
    FOOTAGE_HANDLE = 19,
    /// The handle is in use: by another thread, or by the call whose callback made this one.
    FOOTAGE_BUSY = 20,
    /// The call comes too early or too late: what it needs has not been done, or is over.
    FOOTAGE_ORDER = 21,
    /// The bytes are malformed, damaged, or exceed a limit.
    FOOTAGE_MALFORMED = 32,
    /// A signature is not valid, or is by another key than it should be.
    FOOTAGE_SIGNATURE = 33,
    /// It does not open: the key is wrong, or it was altered. Which of the two is never said.
    FOOTAGE_LOCKED = 34,
    /// There is no such thing.
    FOOTAGE_NOT_FOUND = 35,
    /// There is such a thing already.
    FOOTAGE_EXISTS = 36,
    /// A limit is reached: the clip or the segment is full, or too many clips are open.
    FOOTAGE_FULL = 37,
    /// Nothing of the clip can be recovered: its camera signed none of it.
    FOOTAGE_LOST = 38,
    /// The camera's clock was set, or its household has new keys. Finish the clip and start another; the group was not sealed.
    FOOTAGE_CLIP_OVER = 39,
    /// The camera does not take the owner list. Nothing was changed.
    FOOTAGE_REFUSED = 40,
    /// The codec parameters change: the rest is another file.
    FOOTAGE_CODEC = 41,
    /// The store failed, or one of its callbacks did.
    FOOTAGE_STORE = 48,
    /// A file failed, or a callback of a source, of a sink or of the clip files did.
    FOOTAGE_IO = 49,
    /// The random source failed. Nothing was made.
    FOOTAGE_RANDOM = 50,
    /// A bug of this library. The handles of this call can only be freed.
    FOOTAGE_INTERNAL = 64,
}

use footage_status::*;

impl footage_status {
    const fn text(self) -> &'static CStr {
        match self {
            FOOTAGE_OK => c"the call succeeded",
            FOOTAGE_END => c"there is nothing more",
            FOOTAGE_NULL => c"a pointer is NULL that may not be",
            FOOTAGE_ARGUMENT => c"an argument has a value that it cannot have",
            FOOTAGE_TOO_SMALL => c"the buffer is too small",
            FOOTAGE_HANDLE => c"the handle is of another type",
            FOOTAGE_BUSY => c"the handle is in use",
            FOOTAGE_ORDER => c"the call comes too early or too late",
            FOOTAGE_MALFORMED => c"the bytes are malformed, damaged, or exceed a limit",
            FOOTAGE_SIGNATURE => c"a signature is not valid",
            FOOTAGE_LOCKED => c"it does not open: wrong key, or altered",
            FOOTAGE_NOT_FOUND => c"there is no such thing",
            FOOTAGE_EXISTS => c"there is such a thing already",
            FOOTAGE_FULL => c"a limit is reached",
            FOOTAGE_LOST => c"nothing of the clip can be recovered",
            FOOTAGE_CLIP_OVER => c"the clock was set, or the household has new keys: finish the clip and start another",
            FOOTAGE_REFUSED => c"the camera does not take the owner list",
            FOOTAGE_CODEC => c"the codec parameters change: the rest is another file",
            FOOTAGE_STORE => c"the store failed",
            FOOTAGE_IO => c"reading or writing failed",
            FOOTAGE_RANDOM => c"the random source failed",
            FOOTAGE_INTERNAL => c"a bug of this library",
        }
    }
}

/// Why a call failed. Without `std` there is no message.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: footage_status,
    #[cfg(feature = "std")]
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(status: footage_status, message: impl Display) -> Self {
        #[cfg(not(feature = "std"))]
        let _ = message;
        Self {
            status,
            #[cfg(feature = "std")]
            message: message.to_string(),
        }
    }

    /// A failure with the message of the error and those of its causes.
    #[cfg(feature = "std")]
    pub(super) fn of(status: footage_status, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            // The message of a transparent error repeats that of its cause.
            let words = cause.to_string();
            if !message.ends_with(&words) {
                message = format!("{message}: {words}");
            }
            source = cause.source();
        }
        Self::new(status, message)
    }

    #[cfg(not(feature = "std"))]
    pub(super) fn of(status: footage_status, _: &dyn Error) -> Self {
        Self { status }
    }
}

/// A failure that has the message of its status.
impl From<footage_status> for Failure {
    fn from(status: footage_status) -> Self {
        Self::new(status, status.text().to_str().unwrap_or_default())
    }
}

/// The result of functions inside this module.
pub(super) type Done<T = ()> = Result<T, Failure>;

#[cfg(feature = "std")]
std::thread_local! {
    static LAST: core::cell::RefCell<Option<Failure>> = const { core::cell::RefCell::new(None) };
}

/// Runs the body of a C function: no panic leaves it, and a failure is remembered for this thread.
#[cfg(feature = "std")]
pub(super) fn call(body: impl FnOnce() -> Done) -> footage_status {
    let Err(failure) = caught(body) else { return FOOTAGE_OK };
    let status = failure.status;
    // A thread that is ending has no place for it any more.
    let _ = LAST.try_with(|last| last.replace(Some(failure)));
    status
}

/// Runs the body of a C function that reads the last failure, and so must not replace it.
#[cfg(feature = "std")]
pub(super) fn call_about_last(body: impl FnOnce(Option<&Failure>) -> Done) -> footage_status {
    let done = caught(|| LAST.with_borrow(|last| body(last.as_ref())));
    done.map_or_else(|failure| failure.status, |()| FOOTAGE_OK)
}

#[cfg(feature = "std")]
fn caught(body: impl FnOnce() -> Done) -> Done {
    let body = std::panic::AssertUnwindSafe(body);
    std::panic::catch_unwind(body).unwrap_or_else(|_| Err(FOOTAGE_INTERNAL.into()))
}

/// Runs the body of a C function. A panic ends in `footage_board_panic`.
#[cfg(not(feature = "std"))]
pub(super) fn call(body: impl FnOnce() -> Done) -> footage_status {
    body().map_or_else(|failure| failure.status, |()| FOOTAGE_OK)
}

/// Returns what a status means, in English. The text is static: it is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn footage_status_message(status: i32) -> *const c_char {
    let known = ALL.iter().find(|known| **known as i32 == status);
    known.map_or(c"not a status of this library", |known| known.text()).as_ptr()
}

const ALL: [footage_status; 22] = [
    FOOTAGE_OK,
    FOOTAGE_END,
    FOOTAGE_NULL,
    FOOTAGE_ARGUMENT,
    FOOTAGE_TOO_SMALL,
    FOOTAGE_HANDLE,
    FOOTAGE_BUSY,
    FOOTAGE_ORDER,
    FOOTAGE_MALFORMED,
    FOOTAGE_SIGNATURE,
    FOOTAGE_LOCKED,
    FOOTAGE_NOT_FOUND,
    FOOTAGE_EXISTS,
    FOOTAGE_FULL,
    FOOTAGE_LOST,
    FOOTAGE_CLIP_OVER,
    FOOTAGE_REFUSED,
    FOOTAGE_CODEC,
    FOOTAGE_STORE,
    FOOTAGE_IO,
    FOOTAGE_RANDOM,
    FOOTAGE_INTERNAL,
];
