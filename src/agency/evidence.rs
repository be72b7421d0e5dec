use std::io::Write;

use crate::grant::{Chosen, OpenClip};
use crate::ledger::{Ledger, LogProof, ProofSource};
use crate::record::{ClipId, StatementId};
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::grants::Unlocked;

/// What evidence is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewEvidence<'a> {
    /// The clips that go in, in any order.
    pub clips: &'a [ClipId],
    /// Whether the owner's words go in, too.
    pub words: bool,
    /// Where what the log shows comes from.
    pub log: ProofSource<'a>,
}

impl<S: Store> Agency<S> {
    /// Writes an evidence file of chosen clips of a grant that is open. Anyone verifies it offline with the trust roots and
    /// nothing else, long after every key is gone, by [`auditor::Evidence::verify`](crate::auditor::Evidence::verify).
    ///
    /// It holds nothing of the other clips but the digests of their parts, nor the owner's words unless they are chosen, nor any
    /// key of the grant. The duty to delete stays as it was, and covers the file.
    ///
    /// # Errors
    /// As [`open_grant`](Self::open_grant); [`AgencyError::LogProof`] if the checkpoint or the archive does not show all that the
    /// release rests on; [`AgencyError::Evidence`] if a clip is not of the grant, or the sink fails. What the sink has then is
    /// to be thrown away.
    pub fn write_evidence(
        &mut self,
        terms: StatementId,
        new: &NewEvidence<'_>,
        ledger: &Ledger,
        sink: &mut impl Write,
    ) -> Result<(), AgencyError> {
        let Unlocked { mut excerpt, key, .. } = self.unlocked(terms, ledger)?;
        let chosen = excerpt.clips().iter().filter(|clip| new.clips.contains(&clip.id()));
        let cameras: Vec<_> = chosen.map(OpenClip::certificate).collect();
        let log = LogProof::gather(ledger, excerpt.excerpt().terms(), &cameras, new.log)?.to_bytes();
        let chosen = Chosen { clips: new.clips, words: new.words, log: &log };
        Ok(excerpt.write_evidence(&key, &chosen, sink)?)
    }
}
