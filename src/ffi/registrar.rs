use core::ffi::c_char;

use crate::crypto::VerifyingKey;
use crate::record::Entry;
use crate::registrar::Registrar;

use super::argument::{Input, Output, Text};
use super::handle::Ref;
use super::json::from_json;
use super::key::footage_signing_key;
use super::random::SystemRandom;
use super::status::{Failure, call, footage_status, footage_status::*};

/// Approves an agency, a custodian or a maker with a registrar's key, for at most seven days, and writes the statement, which
/// is to be logged.
///
/// `json` is an object with one member, `agency-approval`, `custodian-approval` or `maker-approval`, whose value is the approval.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_registrar_approve(
    registrar: *const footage_signing_key,
    json: *const c_char,
    approval: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (registrar, json, output) =
        unsafe { (Ref::new(registrar), Text::new(json), Output::new(approval, capacity, length)) };
    call(|| {
        let registrar = Registrar::new(registrar.lock()?.duplicate());
        output.write(&match from_json(json)? {
            Entry::AgencyApproval(approval) => registrar.approve(*approval)?.to_bytes(),
            Entry::CustodianApproval(approval) => registrar.approve(*approval)?.to_bytes(),
            Entry::MakerApproval(approval) => registrar.approve(*approval)?.to_bytes(),
            _ => return Err(Failure::new(FOOTAGE_ARGUMENT, "not an approval")),
        })
    })
}

/// Ends every approval of a public key of 32 bytes that was logged before, and writes the statement, which is to be logged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_registrar_withdraw(
    registrar: *const footage_signing_key,
    key: *const u8,
    key_length: usize,
    withdrawal: *mut u8,
    capacity: usize,
    length: *mut usize,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers and buffers.
    let (registrar, key, output) =
        unsafe { (Ref::new(registrar), Input::new(key, key_length), Output::new(withdrawal, capacity, length)) };
    call(|| {
        let key = VerifyingKey::from_bytes(&key.array()?)?;
        output.write(&Registrar::new(registrar.lock()?.duplicate()).withdraw(key, &mut SystemRandom)?.to_bytes())
    })
}
