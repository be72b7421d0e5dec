use core::ffi::c_char;

use crate::record::{Entry, Signed, TrustRoots};
use crate::tlog::{ProofFile, ProofFileError};

use super::argument::{Input, Place, Text};
use super::json::from_json;
use super::status::{call, footage_status};

/// Verifies offline that a statement is in the log, by a proof file (C2SP tlog-proof), and says at which index, and by when
/// it existed, in milliseconds since 1970, by the witnesses of the proof's checkpoint. `trust` is JSON.
///
/// Whether its signer had the right to make the statement, the ledger says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn footage_proof_verify(
    proof: *const u8,
    proof_length: usize,
    statement: *const u8,
    statement_length: usize,
    trust: *const c_char,
    index: *mut u64,
    existed_by: *mut i64,
) -> footage_status {
    // SAFETY: the caller keeps the header's rules for pointers.
    let (proof, statement, trust, index, existed_by) = unsafe {
        (
            Input::new(proof, proof_length),
            Input::new(statement, statement_length),
            Text::new(trust),
            Place::new(index),
            Place::new(existed_by),
        )
    };
    call(|| {
        index.check()?;
        existed_by.check()?;
        let trust: TrustRoots = from_json(trust)?;
        let proof = core::str::from_utf8(proof.get()?).map_err(|_| ProofFileError::Form)?;
        let statement = Signed::<Entry>::from_bytes(statement.get()?)?.verify()?;
        let logged = proof.parse::<ProofFile>()?.verify(statement, trust.log())?;
        index.put(logged.index())?;
        existed_by.put(logged.existed_by().as_millis().cast_signed())
    })
}
