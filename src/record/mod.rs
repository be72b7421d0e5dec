//! Every statement that somebody signs, and the values in it.
//!
//! A value is valid by construction: whoever holds an [`Area`] or a [`Window`] need not check it again. A statement is
//! read as [`Signed`] (not yet believed), becomes [`Verified`] under its signer's key, and is
//! [`Logged`](crate::tlog::Logged) once the log proves it. Statements are written in canonical CBOR inside a COSE_Sign1;
//! with the `serde` feature they have a JSON form for apps, which is never signed.

mod bytes;
mod signed;
mod time;

pub(crate) use bytes::bytes_form;
pub use bytes::{CameraId, ClipId, GrantId, Nonce, ParseBytesError, StatementId};
pub use signed::{Signed, Statement, StatementError, Verified};
pub use time::{Days, Epoch, Millis, TimeError, Timestamp, Window};
