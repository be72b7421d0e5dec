use thiserror::Error;

use crate::merkle::ConsistencyProof;
use crate::record::LogRoot;

use super::fork::{Step, forked, step};
use super::{LogError, QuorumError, TileError, TileReader, TileTree, Witnessed, read_checkpoint};

/// Why the latest checkpoint was not taken over.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// What was read is not believed.
    #[error(transparent)]
    Tiles(#[from] TileError),
    /// The log went back, or shows two histories.
    #[error(transparent)]
    Log(#[from] LogError),
}

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

    /// Continues from the note of the last checkpoint, which is [`Witnessed::bytes`] of [`latest`](Self::latest).
    ///
    /// Keep it where nobody else writes: who can set it back can show an older log.
    pub fn restore(log: LogRoot, note: &[u8]) -> Result<Self, QuorumError> {
        let latest = Some(Witnessed::verify(note, &log)?);
        Ok(Self { log, latest })
    }

    /// The trust in the log.
    pub const fn log(&self) -> &LogRoot {
        &self.log
    }

    /// The last checkpoint that was seen.
    pub const fn latest(&self) -> Option<&Witnessed> {
        self.latest.as_ref()
    }

    /// Reads the latest checkpoint, with the tiles that show that it extends the last one, and takes it over. What it
    /// gives back makes proofs and reads entries.
    ///
    /// # Errors
    /// Then nothing has changed: [`FetchError::Tiles`] if the reader does not give what the checkpoint commits to, or
    /// the errors of [`advance`](Self::advance).
    pub fn fetch<R: TileReader>(&mut self, mut reader: R) -> Result<TileTree<R>, FetchError> {
        let checkpoint = read_checkpoint(&mut reader, &self.log)?;
        let mut tree = TileTree::new(reader, checkpoint.checkpoint());
        let known = self.latest.as_ref().map_or(0, |latest| latest.checkpoint().size());
        // Of a smaller checkpoint there is none, and it is refused for that.
        let proof = if known <= tree.size() { tree.consistency_proof(known)? } else { ConsistencyProof::default() };
        self.advance(checkpoint, &proof)?;
        Ok(tree)
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
