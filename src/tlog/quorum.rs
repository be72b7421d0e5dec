use thiserror::Error;

use crate::cbor::limits;
use crate::crypto::Digest;
use crate::record::{Anchor, LogRoot, Millis, Timestamp};

use super::{Checkpoint, CheckpointError, Cosignature, Note, NoteError, NoteKey};

/// Why a note is not a checkpoint that one may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QuorumError {
    /// Not a signed note.
    #[error("not a signed note: {0}")]
    Note(#[from] NoteError),
    /// A note, but not of a checkpoint.
    #[error("not a checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint of another log.
    #[error("a checkpoint of another log")]
    Origin,
    /// Not signed by the log, or its signature is not valid.
    #[error("the log's signature is missing or not valid")]
    LogSignature,
    /// Fewer valid cosignatures of known witnesses than the quorum. Ask again when more witnesses have cosigned.
    #[error("cosigned by {found} known witnesses, of which {needed} are needed")]
    Quorum {
        /// How many known witnesses have cosigned.
        found: u8,
        /// How many must have.
        needed: u8,
    },
}

/// A checkpoint that the log has signed and a quorum of its witnesses has cosigned.
///
/// Only [`verify`](Self::verify) makes one. With at most `f` faulty witnesses, one of any `f + 1` that cosigned is
/// honest; that makes both bounds of time true whoever set whatever clock.
///
/// ```compile_fail,E0451
/// # use footage::tlog::{Checkpoint, Witnessed};
/// # fn f(checkpoint: Checkpoint, other: Witnessed) -> Witnessed {
/// Witnessed { checkpoint, ..other }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    note: Anchor,
    checkpoint: Checkpoint,
    log: Digest,
    not_before: Timestamp,
    existed_by: Timestamp,
}

impl Witnessed {
    /// Believes a checkpoint if it is of this log, signed by it, and validly cosigned by a quorum of its witnesses.
    ///
    /// Cosignatures that are not valid do not count, nor do those of unknown keys: one faulty witness does not silence
    /// the log (where C2SP signed-note lets a verifier choose). A signature under the log's own key must be valid. A
    /// witness counts once. If it has cosigned this checkpoint several times, each of these times is true if it is
    /// honest; the earliest then counts for [`not_before`](Self::not_before) and the latest for
    /// [`existed_by`](Self::existed_by), so that the bounds depend on no order and err to the safe side.
    pub fn verify(note: &[u8], log: &LogRoot) -> Result<Self, QuorumError> {
        let bytes = note;
        let note = Note::from_bytes(bytes)?;
        let checkpoint: Checkpoint = note.text().parse()?;
        if checkpoint.origin() != log.origin() {
            return Err(QuorumError::Origin);
        }
        if !note.is_signed_by(&NoteKey::of_log(log)) {
            return Err(QuorumError::LogSignature);
        }
        let (mut earliest, mut latest) = (Vec::new(), Vec::new());
        for witness in log.witnesses() {
            let key = NoteKey::of_witness(witness);
            let cosignatures = note.signatures().iter().filter_map(|line| Cosignature::verify(&note, line, &key));
            let times: Vec<_> = cosignatures.map(|cosignature| cosignature.time()).collect();
            earliest.extend(times.iter().min().copied());
            latest.extend(times.iter().max().copied());
        }
        earliest.sort_unstable();
        latest.sort_unstable();
        let (quorum, faulty) = (usize::from(log.quorum()), usize::from(log.faulty()));
        // A quorum is larger than `faulty`, so both are there if it is reached.
        match (earliest.iter().rev().nth(faulty), latest.get(faulty)) {
            (Some(&not_before), Some(existed_by)) if earliest.len() >= quorum => Ok(Self {
                note: Anchor::from_bytes(bytes).map_err(|_| NoteError::TooLong)?,
                checkpoint,
                log: log.digest(),
                not_before,
                existed_by: existed_by.after(Millis(999)),
            }),
            _ => Err(QuorumError::Quorum { found: earliest.len() as u8, needed: log.quorum() }),
        }
    }

    /// What the log committed to.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// What holds this checkpoint is not older than this: the `(f + 1)`-th largest time of its cosignatures.
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// What this checkpoint includes existed at this time: the `(f + 1)`-th smallest time of its cosignatures, and
    /// 999 ms, as those are whole seconds.
    pub const fn existed_by(&self) -> Timestamp {
        self.existed_by
    }

    /// The [digest](LogRoot::digest) of the trust under which it was verified.
    pub const fn log_digest(&self) -> Digest {
        self.log
    }

    /// The note, at most [`limits::CHECKPOINT_BYTES`].
    pub fn bytes(&self) -> &[u8] {
        self.note.as_bytes()
    }

    /// The note, to be put in a statement that is made from now on.
    pub fn to_anchor(&self) -> Anchor {
        self.note.clone()
    }
}

// A quorum's notes fit: 16 witnesses with the longest names stay below the limit.
const _: () = assert!((limits::WITNESSES + 2) * (limits::KEY_NAME_BYTES + 120) < limits::CHECKPOINT_BYTES);
