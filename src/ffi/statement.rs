use core::ffi::c_char;

use crate::record::{CameraCertificate, Entry, Signed, Verified};

use super::argument::{Input, Output, Text};
use super::handle::Ref;
use super::json::{from_json, to_json};
use super::key::footage_signing_key;
use super::status::{Failure, call, footage_status, footage_status::*};

/// Bytes of a statement, at most: a buffer of so many holds each. Calls that sign one but once say that they need as many.
pub const FOOTAGE_STATEMENT_BYTES: usize = 48 << 10;

/// Signs a statement for the log, and writes its bytes. `json` is an object with one member, named by the kind of statement,
/// whose value is the statement: `{"disclosure": {...}}`.
///
/// It is for kinds that no role of this library makes: disclosures, outcomes. What an agency, a custodian or a registrar
/// signs, their own functions make.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_statement_sign(
    json: *const c_char,
    key: *const footage_signing_key,
    statement: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (json, key, output) = unsafe { (Text::new(json), Ref::new(key), Output::new(statement, capacity, length)) };
    call(|| {
        let entry: Entry = from_json(json)?;
        output.write(&Verified::sign(entry, &*key.lock()?).to_bytes())
    })
}

/// Signs a camera's certificate with its maker's key, in the factory, and writes its bytes. `json` has the members `camera`,
/// `maker`, `model`, `key` and `issued`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_certificate_sign(
    json: *const c_char,
    maker: *const footage_signing_key,
    certificate: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (json, maker, output) =
        unsafe { (Text::new(json), Ref::new(maker), Output::new(certificate, capacity, length)) };
    call(|| {
        let certificate: CameraCertificate = from_json(json)?;
        output.write(&Verified::sign(certificate, &*maker.lock()?).to_bytes())
    })
}

/// Verifies the signature of a statement of the log, under the key that it names, and writes what it says as JSON: an object
/// with one member, named by its kind. Whether that key had the right to make it, the ledger says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_statement_json(
    statement: *const u8,
    statement_length: usize,
    json: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (statement, output) = unsafe { (Input::new(statement, statement_length), Output::new(json, capacity, length)) };
    call(|| output.write(&to_json(Signed::<Entry>::from_bytes(statement.get()?)?.verify()?.statement())?))
}

/// Writes the id of a statement of the log, by which others name it: 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_statement_id(
    statement: *const u8,
    statement_length: usize,
    id: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (statement, output) = unsafe { (Input::new(statement, statement_length), Output::new(id, capacity, length)) };
    call(|| output.write(Signed::<Entry>::from_bytes(statement.get()?)?.id().as_bytes()))
}

/// An id of 32 bytes.
pub(super) fn id(bytes: Input<'_>) -> super::status::Done<crate::record::StatementId> {
    let bytes = bytes.array().map_err(|_| Failure::new(FOOTAGE_ARGUMENT, "an id has 32 bytes"))?;
    Ok(crate::record::StatementId::from_bytes(bytes))
}
