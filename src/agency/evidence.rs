use std::io::Write;

use crate::grant::{Chosen, OpenClip};
use crate::ledger::{Ledger, LogProof, ProofSource};
use crate::record::{ClipId, StatementId};
use crate::store::Store;

use super::agency::Agency;
use super::error::AgencyError;
use super::grants::Unlocked;

/// The contents of a new evidence file.
#[derive(Debug, Clone, Copy)]
pub struct NewEvidence<'a> {
    /// The clips that go in, in any order.
    pub clips: &'a [ClipId],
    /// `true` to include the owner's words.
    pub words: bool,
    /// The source of the log proof.
    pub log: ProofSource<'a>,
}

impl<S: Store> Agency<S> {
    /// Writes an evidence file of chosen clips of an open grant. Anyone can verify it offline with the trust roots alone,
    /// even after every key is destroyed, with [`auditor::Evidence::verify`](crate::auditor::Evidence::verify).
    ///
    /// The file holds no key of the grant, the owner's words only if they are chosen, and of the other clips only the
    /// digests of their parts. The duty to delete is unchanged, and covers the file.
    ///
    /// # Errors
    /// As [`open_grant`](Self::open_grant); [`AgencyError::LogProof`] if the checkpoint or the archive does not show every
    /// statement that the release rests on; [`AgencyError::Evidence`] if a clip is not in the grant, or the sink fails.
    /// Discard what the sink has received then.
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
