use crate::record::LogRoot;

use super::tile::grouped;
use super::{TileError, TileReader, Witnessed};

/// Where a log keeps the checkpoint that it published as number so and so, from 0 on: `checkpoints/x001/x234/067`.
pub fn checkpoint_path(number: u64) -> String {
    format!("checkpoints/{}", grouped(number))
}

/// The checkpoints that a log has published, in order, each believed only if its quorum of witnesses has cosigned it.
///
/// It ends where a number is not there, and may be asked again later: numbers have no gaps. The last may be one that the
/// log did not come to publish, and is as good as the others. That none is left out at the end only
/// [`read_checkpoint`](super::read_checkpoint) shows, and that they are of one history only who
/// [follows](super::Follower) them.
///
/// What cannot be read is asked for again. A checkpoint that is not believed, for instance as it is older than the present
/// witnesses, is passed over with its error; but not the last, before which it ends: that may be torn, and its number is
/// used again.
///
/// ```
/// use footage::record::LogRoot;
/// use footage::tlog::{Checkpoints, TileError, TileReader, Witnessed};
///
/// /// Those since the last time, and the number to go on from the next time.
/// fn news(files: impl TileReader, log: LogRoot, from: u64) -> Result<(Vec<Witnessed>, u64), TileError> {
///     let mut checkpoints = Checkpoints::new(files, log, from);
///     let new = checkpoints.by_ref().collect::<Result<_, _>>()?;
///     Ok((new, checkpoints.number()))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Checkpoints<R> {
    reader: R,
    log: LogRoot,
    number: u64,
}

impl<R: TileReader> Checkpoints<R> {
    /// Those from this number on.
    pub const fn new(reader: R, log: LogRoot, from: u64) -> Self {
        Self { reader, log, number: from }
    }

    /// The number of the next one.
    pub const fn number(&self) -> u64 {
        self.number
    }

    fn read(&mut self) -> Result<Option<Witnessed>, TileError> {
        let Some(note) = self.reader.read(&checkpoint_path(self.number))? else { return Ok(None) };
        let checkpoint = Witnessed::verify(&note, &self.log);
        if checkpoint.is_err() && self.reader.read(&checkpoint_path(self.number + 1))?.is_none() {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(checkpoint?))
    }
}

impl<R: TileReader> Iterator for Checkpoints<R> {
    type Item = Result<Witnessed, TileError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
