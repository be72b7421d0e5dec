use crate::merkle::ConsistencyProof;
use crate::record::LogRoot;

use super::fork::{Step, forked, step};
use super::{LogError, Witnessed};

/// The last checkpoint that a client has seen of a log which it does not follow entry by entry, such as a phone.
///
/// It refuses a log that goes back or forks. Statements are then proven one by one under the [latest](Self::latest)
/// checkpoint with [`Logged::prove`](super::Logged::prove).
#[derive(Debug, Clone)]
pub struct LastSeen {
    log: LogRoot,
    latest: Option<Witnessed>,
}

impl LastSeen {
    /// Has seen nothing of the log yet: the first checkpoint is taken as it is.
    pub const fn new(log: LogRoot) -> Self {
        Self { log, latest: None }
    }

    /// The trust in the log.
    pub const fn log(&self) -> &LogRoot {
        &self.log
    }

    /// The last checkpoint that was seen.
    pub const fn latest(&self) -> Option<&Witnessed> {
        self.latest.as_ref()
    }

    /// Takes over a checkpoint that extends the last one; `proof` leads from the size of the last one to its size, and
    /// is not looked at for the first checkpoint and for one of the same size. Of two of the same size, the one with
    /// the later time is kept.
    ///
    /// # Errors
    /// Then nothing has changed. [`LogError::Rewound`] for a smaller checkpoint, [`LogError::Forked`] if the proof does
    /// not hold, [`LogError::OtherLog`].
    pub fn advance(&mut self, checkpoint: Witnessed, proof: &ConsistencyProof) -> Result<(), LogError> {
        if checkpoint.log_digest() != self.log.digest() {
            return Err(LogError::OtherLog);
        }
        if let Some(latest) = &self.latest {
            let (old, new) = (latest.checkpoint(), checkpoint.checkpoint());
            match step(latest, &checkpoint)? {
                Step::Same if latest.not_before() > checkpoint.not_before() => return Ok(()),
                Step::Same => {}
                Step::Larger => proof
                    .verify(old.size(), old.root(), new.size(), new.root())
                    .map_err(|_| forked(latest, &checkpoint))?,
            }
        }
        self.latest = Some(checkpoint);
        Ok(())
    }
}
