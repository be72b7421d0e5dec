use core::fmt;
use core::str::FromStr;

use base64ct::{Base64, Encoding as _};
use thiserror::Error;

use crate::cbor::limits;
use crate::merkle::InclusionProof;
use crate::record::{LogRoot, Statement, Verified};

use super::cosigner::{decimal, hashes};
use super::{LogError, Logged, Note, NoteError, QuorumError, Witnessed};

/// Bytes that are no proof file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofFileError {
    /// Not the lines that a proof has before its checkpoint.
    #[error("not a tlog-proof of version 1")]
    Form,
    /// What should be the checkpoint is no note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// Why a proof file does not prove that a statement is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OfflineError {
    /// Its checkpoint is none that one may rely on.
    #[error(transparent)]
    Checkpoint(#[from] QuorumError),
    /// It proves something else.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// That an entry is in a log, in a file that anybody can verify offline: C2SP tlog-proof, version 1, by custom with the
/// extension `.tlog-proof`.
///
/// Its [text form](fmt::Display) is the file. [Parsing](FromStr) accepts that form only, and believes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    /// Whatever the application puts there; it is not authenticated.
    pub extra: Option<Vec<u8>>,
    /// The index of the entry.
    pub index: u64,
    /// Leads from the entry to the checkpoint's root.
    pub proof: InclusionProof,
    /// The checkpoint, with the cosignatures.
    pub checkpoint: Note,
}

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// Of a tree of 2^63 entries.
const PROOF_HASHES: usize = 63;

impl ProofFile {
    /// Verifies that the statement is in the log.
    pub fn verify<T: Statement>(&self, statement: Verified<T>, log: &LogRoot) -> Result<Logged<T>, OfflineError> {
        let checkpoint = Witnessed::verify(self.checkpoint.to_string().as_bytes(), log)?;
        Ok(Logged::prove(statement, self.index, &self.proof, &checkpoint)?)
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", Base64::encode_string(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.proof.0 {
            writeln!(f, "{}", Base64::encode_string(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for ProofFile {
    type Err = ProofFileError;

    fn from_str(text: &str) -> Result<Self, ProofFileError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofFileError::Form)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(ProofFileError::Form);
        }
        let extra = lines.next_if(|line| line.starts_with("extra ")).map(|line| {
            let base64 = &line["extra ".len()..];
            let short = base64.len() <= 2 * limits::STATEMENT_BYTES;
            let bytes = if short { Base64::decode_vec(base64).ok() } else { None };
            bytes.filter(|bytes| Base64::encode_string(bytes) == base64).ok_or(ProofFileError::Form)
        });
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        Ok(Self {
            extra: extra.transpose()?,
            index: index.ok_or(ProofFileError::Form)?,
            proof: InclusionProof(hashes(lines, PROOF_HASHES).ok_or(ProofFileError::Form)?),
            checkpoint: checkpoint.parse()?,
        })
    }
}
