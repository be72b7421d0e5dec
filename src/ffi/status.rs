use core::error::Error;
use core::ffi::{CStr, c_char};
use core::fmt::Display;

/// What became of a call. The numbers are never used again for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum footage_status {
    /// Done.
    FOOTAGE_OK = 0,
    /// Not done yet: one of the streams needs the app. Serve it (`footage_stream_wanted`, `footage_stream_take`) and make
    /// the same call again.
    FOOTAGE_WANT = 1,
    /// Not done yet: store what the handle's `_save` function gives, and make the same call again.
    FOOTAGE_UNSAVED = 2,
    /// There is nothing more.
    FOOTAGE_END = 3,
    /// A pointer is NULL that may not be.
    FOOTAGE_NULL = 16,
    /// A number, a length or a text that this argument cannot be.
    FOOTAGE_ARGUMENT = 17,
    /// The buffer is too small. The length that is needed has been written, and nothing else.
    FOOTAGE_TOO_SMALL = 18,
    /// The handle is not of this type.
    FOOTAGE_HANDLE = 19,
    /// The handle is in use: by another thread, or by the very call that called back.
    FOOTAGE_BUSY = 20,
    /// The call comes too early or too late: what it needs has not been done, or is over, or another one has to be finished.
    FOOTAGE_ORDER = 21,
    /// Two buffers overlap that may not.
    FOOTAGE_OVERLAP = 22,
    /// Bytes that are not what they should be: not of the format, damaged, or over a limit.
    FOOTAGE_MALFORMED = 32,
    /// A signature is not valid, or by another key than it should be.
    FOOTAGE_SIGNATURE = 33,
    /// It does not open: the wrong key, or altered. It never says which.
    FOOTAGE_LOCKED = 34,
    /// There is no such thing: the log, the clip or the vault does not hold it.
    FOOTAGE_NOT_FOUND = 35,
    /// The rules refuse it. The message lists each that is broken.
    FOOTAGE_REFUSED = 36,
    /// The log rewound, forked, stands still or is not witnessed.
    FOOTAGE_LOG = 37,
    /// More than fits: a clip, a batch or a statement is full.
    FOOTAGE_FULL = 38,
    /// It is too late, or too early, by witnessed time.
    FOOTAGE_TIME = 39,
    /// A stream was failed by the app, or a store failed.
    FOOTAGE_STORE = 48,
    /// The random source gave nothing. Nothing was made.
    FOOTAGE_RANDOM = 49,
    /// A bug of this library. The handles of this call can only be freed.
    FOOTAGE_INTERNAL = 64,
}

use footage_status::*;

impl footage_status {
    const fn text(self) -> &'static CStr {
        match self {
            FOOTAGE_OK => c"done",
            FOOTAGE_WANT => c"a stream needs the app: serve it, and call again",
            FOOTAGE_UNSAVED => c"the state has changed: save it, and call again",
            FOOTAGE_END => c"there is nothing more",
            FOOTAGE_NULL => c"a pointer is NULL that may not be",
            FOOTAGE_ARGUMENT => c"an argument has a value that it cannot have",
            FOOTAGE_TOO_SMALL => c"the buffer is too small",
            FOOTAGE_HANDLE => c"the handle is of another type",
            FOOTAGE_BUSY => c"the handle is in use",
            FOOTAGE_ORDER => c"the call comes too early or too late",
            FOOTAGE_OVERLAP => c"two buffers overlap that may not",
            FOOTAGE_MALFORMED => c"the bytes are not what they should be",
            FOOTAGE_SIGNATURE => c"a signature is not valid",
            FOOTAGE_LOCKED => c"does not open: wrong key, or altered",
            FOOTAGE_NOT_FOUND => c"there is no such thing",
            FOOTAGE_REFUSED => c"the rules refuse it",
            FOOTAGE_LOG => c"the log is not to be relied on",
            FOOTAGE_FULL => c"more than fits",
            FOOTAGE_TIME => c"too early or too late",
            FOOTAGE_STORE => c"a stream or a store failed",
            FOOTAGE_RANDOM => c"the random source gave nothing",
            FOOTAGE_INTERNAL => c"a bug of this library",
        }
    }
}

/// Why a call is not done. Without `std` there are no words for it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: footage_status,
    #[cfg(feature = "std")]
    pub(super) message: String,
    /// Each rule that is broken, as JSON.
    #[cfg(feature = "serde")]
    pub(super) broken: Vec<Vec<u8>>,
}

impl Failure {
    pub(super) fn new(status: footage_status, message: impl Display) -> Self {
        #[cfg(not(feature = "std"))]
        let _ = message;
        Self {
            status,
            #[cfg(feature = "std")]
            message: message.to_string(),
            #[cfg(feature = "serde")]
            broken: Vec::new(),
        }
    }

    /// With the error's own words, and those of what caused it.
    #[cfg(feature = "std")]
    pub(super) fn of(status: footage_status, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            // Transparent errors repeat the words of their cause.
            let cause_says = cause.to_string();
            if !message.ends_with(&cause_says) {
                message = format!("{message}: {cause_says}");
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

/// What is not an error of Rust's has the words of its status.
impl From<footage_status> for Failure {
    fn from(status: footage_status) -> Self {
        Self::new(status, status.text().to_str().unwrap_or_default())
    }
}

/// What functions of this border give inside.
pub(super) type Done<T = ()> = Result<T, Failure>;

#[cfg(feature = "std")]
std::thread_local! {
    static LAST: core::cell::RefCell<Option<Failure>> = const { core::cell::RefCell::new(None) };
}

/// Runs the body of a function of the border: no panic leaves it, and an error is remembered for this thread.
#[cfg(feature = "std")]
pub(super) fn call(body: impl FnOnce() -> Done) -> footage_status {
    let Err(failure) = caught(body) else { return FOOTAGE_OK };
    let status = failure.status;
    // A thread that is ending has no place for it any more.
    let _ = LAST.try_with(|last| last.replace(Some(failure)));
    status
}

/// The same for a function that tells of the last error, and so must not become it.
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

/// Runs the body of a function of the border. What panics ends on the board.
#[cfg(not(feature = "std"))]
pub(super) fn call(body: impl FnOnce() -> Done) -> footage_status {
    body().map_or_else(|failure| failure.status, |()| FOOTAGE_OK)
}

/// What a status means, in English: a text that ends with a NUL, is never freed, and is the same for a status that is none.
#[unsafe(no_mangle)]
pub extern "C" fn footage_status_message(status: i32) -> *const c_char {
    let known = ALL.iter().find(|known| **known as i32 == status);
    known.map_or(c"no status of this library", |known| known.text()).as_ptr()
}

const ALL: [footage_status; 22] = [
    FOOTAGE_OK,
    FOOTAGE_WANT,
    FOOTAGE_UNSAVED,
    FOOTAGE_END,
    FOOTAGE_NULL,
    FOOTAGE_ARGUMENT,
    FOOTAGE_TOO_SMALL,
    FOOTAGE_HANDLE,
    FOOTAGE_BUSY,
    FOOTAGE_ORDER,
    FOOTAGE_OVERLAP,
    FOOTAGE_MALFORMED,
    FOOTAGE_SIGNATURE,
    FOOTAGE_LOCKED,
    FOOTAGE_NOT_FOUND,
    FOOTAGE_REFUSED,
    FOOTAGE_LOG,
    FOOTAGE_FULL,
    FOOTAGE_TIME,
    FOOTAGE_STORE,
    FOOTAGE_RANDOM,
    FOOTAGE_INTERNAL,
];
