use thiserror::Error;

use crate::cbor::record_array;
use crate::merkle::ProofError;
use crate::record::Anchor;

use super::Witnessed;

/// Two checkpoints of one log that do not belong to one history, to be shown to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The checkpoint that was known.
    pub known: Anchor,
    /// The checkpoint that does not extend it.
    pub found: Anchor,
    /// Whether both are of one size, so that the two notes alone prove the fork. If not, the entries or the proof that
    /// should lead from one to the other may have been altered on the way: get them elsewhere before accusing.
    pub proven: bool,
}

record_array!(Fork { known, found, proven });

/// Why what a log shows is not taken over. What was known before stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LogError {
    /// The checkpoint was verified under another trust.
    #[error("the checkpoint was verified under another trust in a log")]
    OtherLog,
    /// The proof does not lead to the checkpoint's root.
    #[error("not proven to be in the log: {0}")]
    Proof(#[from] ProofError),
    /// The checkpoint is older than the last one. The log was set back, or an old copy was served: ask elsewhere.
    #[error("the log went back from {known} entries to {found}")]
    Rewound {
        /// How many entries were known.
        known: u64,
        /// How many the checkpoint has.
        found: u64,
    },
    /// The checkpoint does not extend the last one.
    #[error("the log shows two histories")]
    Forked(Box<Fork>),
    /// The entries are not those that lead to the checkpoint. Fetch them again.
    #[error("the entries are not those of the checkpoint")]
    Entries,
}

/// What a new checkpoint is to the one before it.
pub(super) enum Step {
    Same,
    Larger,
}

/// Refuses a checkpoint that is smaller than the known one, or of the same size with another root.
pub(super) fn step(known: &Witnessed, found: &Witnessed) -> Result<Step, LogError> {
    let (old, new) = (known.checkpoint(), found.checkpoint());
    if known.log_digest() != found.log_digest() {
        Err(LogError::OtherLog)
    } else if new.size() < old.size() {
        Err(LogError::Rewound { known: old.size(), found: new.size() })
    } else if new.size() > old.size() {
        Ok(Step::Larger)
    } else if new.root() == old.root() {
        Ok(Step::Same)
    } else {
        Err(forked(known, found))
    }
}

pub(super) fn forked(known: &Witnessed, found: &Witnessed) -> LogError {
    let proven = known.checkpoint().size() == found.checkpoint().size();
    LogError::Forked(Box::new(Fork { known: known.to_anchor(), found: found.to_anchor(), proven }))
}
