//! The beginning of a clip, and the signatures that everything else is held against.

use alloc::vec::Vec;

use crate::cbor::{CborError, limits};
use crate::io::{self, Read};
use crate::record::{CameraCertificate, Clock, ClockSet, Head, Signed, Timestamp, Verified};

use super::error::ClipError;
use super::frame::{FRAME_LEN, read_array, read_frame, read_payload};
use super::header::{HEADER_BYTES, Header};
use super::owners::{OWNERS_BYTES, Owners};
use super::writer::{HEADER, MAGIC, OWNERS};

/// What a clip begins with.
pub(crate) struct Start {
    pub(crate) header: Header,
    pub(crate) header_bytes: Vec<u8>,
    pub(crate) owners: Owners,
    pub(crate) certificate: Verified<CameraCertificate>,
    pub(crate) segments: u64,
}

/// Reads a clip's beginning and checks that its parts belong together.
pub(crate) fn read_start(source: &mut impl Read) -> Result<Start, ClipError> {
    match read_array::<16>(source) {
        Ok(magic) if magic == *MAGIC => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
        _ => return Err(ClipError::NotAClip),
    }
    let header_bytes = expect_frame(source, HEADER, HEADER_BYTES, "header")?;
    let header = Header::from_bytes(&header_bytes).map_err(|error| ClipError::Malformed { part: "header", error })?;
    let owners_bytes = expect_frame(source, OWNERS, OWNERS_BYTES, "owners")?;
    let owners = Owners::from_bytes(&owners_bytes).map_err(|error| ClipError::Malformed { part: "owners", error })?;
    if header.owners != owners.digest() {
        return Err(ClipError::Altered("its owners are not those that its header names"));
    }
    let wrapped = [&owners.household.wrap, &owners.recovery.wrap];
    if wrapped.iter().any(|wrap| wrap.algorithm() != header.kem) {
        return Err(ClipError::Altered("its secret is wrapped in another way than its header names"));
    }
    let certificate = verify_certificate(&header)?;
    let segments = MAGIC.len() as u64 + 2 * FRAME_LEN + (header_bytes.len() + owners_bytes.len()) as u64;
    Ok(Start { header, header_bytes, owners, certificate, segments })
}

pub(crate) fn verify_certificate(header: &Header) -> Result<Verified<CameraCertificate>, ClipError> {
    let certificate = Signed::clone(&header.certificate);
    certificate.verify().map_err(|error| ClipError::Signature { part: "certificate", error })
}

/// The payload of the next frame, which has to be of this kind.
pub(super) fn expect_frame(
    source: &mut impl Read,
    kind: u8,
    limit: usize,
    part: &'static str,
) -> Result<Vec<u8>, ClipError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ClipError::Ends(part),
        _ => error.into(),
    };
    let error = |error| ClipError::Malformed { part, error };
    match read_frame(source).map_err(failed)? {
        Some((found, length)) if found == kind && length as usize <= limit => {
            read_payload(source, length as usize).map_err(failed)
        }
        Some((found, _)) if found == kind => Err(error(CborError::TooLong(limit))),
        Some(_) => Err(error(CborError::Shape(0))),
        None => Err(ClipError::Ends(part)),
    }
}

/// A head that is this clip's: signed by the camera of its certificate, over this header.
pub(crate) fn verify_head(
    bytes: &[u8],
    header: &Header,
    certificate: &Verified<CameraCertificate>,
) -> Result<Verified<Head>, ClipError> {
    let head = Signed::<Head>::from_bytes(bytes)
        .and_then(|head| head.verify_by(certificate.statement().key()))
        .map_err(|error| ClipError::Signature { part: "head", error })?;
    let Head { clip, suite, header: digest, count, set, .. } = head.statement();
    if (*clip, *suite, *digest) != (header.clip, header.suite, header.digest()) || *count > limits::SEGMENTS {
        return Err(ClipError::Altered("its head belongs to another clip"));
    }
    if set.is_some() && header.clock != Clock::NotSet {
        return Err(ClipError::Altered("its head sets a clock that was set"));
    }
    Ok(head)
}

/// The wall time of a clip's start 0, or `None` if the clip has no time that is believed. `set` is the one of its head.
pub(crate) fn base(header: &Header, set: Option<ClockSet>) -> Option<Timestamp> {
    match header.clock {
        Clock::Set | Clock::Told => Some(header.started),
        Clock::NotSet => set.filter(|set| !set.earlier).map(|set| set.wall),
        Clock::Earlier | Clock::None => None,
    }
}
