use core::fmt::Write as _;

use base64ct::{Base64, Encoding as _};
use thiserror::Error;

use crate::merkle::{ConsistencyProof, Hash};

use super::{Note, NoteError, NoteSignature};

/// How many hashes a consistency proof has at most (C2SP tlog-witness, "add-checkpoint").
const PROOF_HASHES: usize = 63;

/// Bytes that are no request of a witness, or no answer of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddCheckpointError {
    /// Not "old", a size, and the lines of a proof.
    #[error("not a size and a consistency proof, followed by a checkpoint")]
    Form,
    /// What should be the checkpoint is no note, or a line of the answer is no signature.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// What a log asks a witness: to cosign a checkpoint, with the proof that it extends the one that the witness has seen
/// last (C2SP tlog-witness, "add-checkpoint").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness has seen last.
    pub old: u64,
    /// Leads from there to the checkpoint.
    pub proof: ConsistencyProof,
    /// The checkpoint, signed by the log.
    pub note: Note,
}

impl AddCheckpoint {
    /// The body of the HTTP request.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.proof.0 {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", Base64::encode_string(hash.as_bytes()));
        }
        format!("{text}\n{}", self.note).into_bytes()
    }

    /// Reads the body of the HTTP request; if it fails, the status is 400.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AddCheckpointError> {
        let text = core::str::from_utf8(bytes).map_err(|_| AddCheckpointError::Form)?;
        let (head, note) = text.split_once("\n\n").ok_or(AddCheckpointError::Form)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or(AddCheckpointError::Form)?;
        let proof = hashes(lines, PROOF_HASHES).ok_or(AddCheckpointError::Form)?;
        Ok(Self { old, proof: ConsistencyProof(proof), note: note.parse()? })
    }
}

/// A number in decimal without leading zeroes.
pub(super) fn decimal(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// Lines of one hash in base64 each.
pub(super) fn hashes<'a>(lines: impl Iterator<Item = &'a str>, limit: usize) -> Option<Vec<Hash>> {
    let mut hashes = Vec::new();
    for line in lines {
        let bytes: [u8; 32] = Base64::decode_vec(line).ok()?.try_into().ok()?;
        if hashes.len() == limit || Base64::encode_string(&bytes) != line {
            return None;
        }
        hashes.push(Hash::from_bytes(bytes));
    }
    Some(hashes)
}

/// The body of a witness's answer that cosigns.
pub fn cosignatures_to_bytes(lines: &[NoteSignature]) -> Vec<u8> {
    let mut text = String::new();
    for line in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    }
    text.into_bytes()
}

/// Reads the body of a witness's answer that cosigns. Of which keys and kinds the lines are is not looked at.
pub fn cosignatures_from_bytes(bytes: &[u8]) -> Result<Vec<NoteSignature>, AddCheckpointError> {
    let text = core::str::from_utf8(bytes).map_err(|_| AddCheckpointError::Form)?;
    let lines = text.strip_suffix('\n').ok_or(AddCheckpointError::Form)?.split('\n');
    let lines: Vec<_> = lines.take(crate::cbor::limits::NOTE_SIGNATURES + 1).collect();
    if lines.len() > crate::cbor::limits::NOTE_SIGNATURES {
        return Err(NoteError::TooManySignatures.into());
    }
    Ok(lines.into_iter().map(str::parse).collect::<Result<_, NoteError>>()?)
}

/// Why a log got no cosignature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CosignError {
    /// The witness has seen another size last: ask again with a proof from there.
    #[error("the proof must begin at size {size}")]
    Conflict {
        /// That size.
        size: u64,
    },
    /// The witness refuses, or does not answer.
    #[error("the witness gives no cosignature: {0}")]
    Refused(String),
}

/// A witness as the log reaches it: in the same program, or over HTTP, which is the caller's.
pub trait Cosigner {
    /// Asks for cosignatures: of one witness, perhaps under several keys.
    fn cosign(&mut self, request: &AddCheckpoint) -> Result<Vec<NoteSignature>, CosignError>;
}
