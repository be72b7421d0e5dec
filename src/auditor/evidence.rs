use core::fmt;
use std::io::{Read, Seek};

use thiserror::Error;

use crate::crypto::KemAlgorithm;
use crate::grant::{EvidenceFile, EvidenceFileError, OpenClip, OpenEvidence};
use crate::ledger::{LogPlace, LogProof, LogProofError, ProvenGrant};
use crate::merkle::{ConsistencyProof, ProofError};
use crate::policy::{AgencyStanding, ClipVerdict, WrapStrength};
use crate::record::{Release, Request, Timestamp, TrustRoots};
use crate::tlog::{Logged, Witnessed};

/// Verified evidence: chosen clips of a grant that an agency opened, with the proof of where they come from.
///
/// Verification takes the trust roots alone: no key, no network and no clock. Verified footage is what the camera recorded,
/// in order and unaltered, and what the agency released.
///
/// ```no_run
/// use std::fs::File;
///
/// use footage::auditor::Evidence;
/// use footage::record::TrustRoots;
///
/// fn look(trust: &TrustRoots) -> Result<(), Box<dyn std::error::Error>> {
///     let mut evidence = Evidence::verify(File::open("evidence.footage")?, trust)?;
///     println!("{:?}", evidence.verdict());
///     for run in 0..evidence.footage().runs().len() {
///         evidence.footage().go_to(run)?;
///         evidence.footage().open_all(&mut File::create(format!("run-{run}.mp4"))?, |_| {})?;
///     }
///     Ok(())
/// }
/// ```
pub struct Evidence<R> {
    footage: OpenEvidence<R>,
    shown: ProvenGrant,
    verdict: EvidenceVerdict,
}

impl<R> fmt::Debug for Evidence<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { footage, verdict, .. } = self;
        f.debug_struct("Evidence").field("footage", footage).field("verdict", verdict).finish_non_exhaustive()
    }
}

/// The reason a file is not accepted as evidence.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The file is not an evidence file, was altered, or holds footage that no camera signed.
    #[error("the file is no evidence, or was altered")]
    File(#[from] EvidenceFileError),
    /// The file's log proof does not hold under these trust roots.
    #[error("what the evidence holds of the log proves nothing under these trust roots")]
    Log(#[from] LogProofError),
}

/// The verdicts on evidence, each independent of the others. There is none on the content: footage that is not what the
/// camera recorded does not verify.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct EvidenceVerdict {
    /// The verdict on each clip, in the order of the clips. The camera is judged just before the release.
    pub clips: Vec<ClipVerdict>,
    /// The number of clips of the grant that are not in the file. The agency that made it left them out.
    pub other_clips: usize,
    /// The log's confirmation of the evidence.
    pub log: LogConfirmation,
    /// The agency's standing for its request and its release.
    pub agency: AgencyStanding,
    /// The strength of the grant's wraps: whether recorded traffic stays sealed against a quantum computer.
    pub wrap: WrapStrength,
    /// Evidence does not show whether a resident consented.
    pub consent: NotShown,
    /// Evidence does not show whether the footage should have been deleted by now.
    pub deletion: NotShown,
}

/// A question that evidence does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum NotShown {
    /// Nothing in the file can show the answer. To learn about deletion, replay the log.
    CannotBeKnown,
}

/// The log's confirmation of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LogConfirmation {
    /// The evidence is as of the file's checkpoint, at this time, and not confirmed since. If the file leaves out a
    /// statement, such as a withdrawal, only someone who replays the log can notice.
    AsOf(Timestamp),
    /// The log that the reader knows extends the file's checkpoint.
    Confirmed,
}

impl<R: Read + Seek> Evidence<R> {
    /// Verifies an evidence file under these trust roots. The file is read once, and every segment is opened once. The parts
    /// of the clips and one segment at a time are held in memory.
    ///
    /// `Ok` says that the content is what the named cameras recorded. Whether the trusted registrars approved their maker and
    /// the agency is in the [verdict](Self::verdict). Read it before you rely on the footage.
    pub fn verify(source: R, trust: &TrustRoots) -> Result<Self, EvidenceError> {
        let file = EvidenceFile::read(source)?;
        let shown = LogProof::from_bytes(file.log())?.prove(file.terms(), trust)?;
        let footage = file.open(shown.request().statement().window)?;
        let verdict = EvidenceVerdict::of(&footage, &shown);
        Ok(Self { footage, shown, verdict })
    }

    /// Returns the clips and their segments.
    pub const fn footage(&mut self) -> &mut OpenEvidence<R> {
        &mut self.footage
    }

    /// Returns the verdicts.
    pub const fn verdict(&self) -> &EvidenceVerdict {
        &self.verdict
    }

    /// Returns the agency's request.
    pub const fn request(&self) -> &Logged<Request> {
        self.shown.request()
    }

    /// Returns the agency's release.
    pub const fn release(&self) -> &Logged<Release> {
        self.shown.release()
    }

    /// Returns the checkpoint that everything is proven under.
    pub const fn checkpoint(&self) -> &Witnessed {
        self.shown.checkpoint()
    }

    /// Confirms the evidence with a checkpoint that the reader has from elsewhere and has verified: the proof shows that
    /// this checkpoint's log extends the one in the file.
    ///
    /// # Errors
    /// Fails if the checkpoint is of another log or is older, or if the proof does not hold: then the log has shown two
    /// histories, or the proof is for other checkpoints. The verdict is unchanged.
    pub fn confirm(&mut self, known: &Witnessed, proof: &ConsistencyProof) -> Result<(), ProofError> {
        let (old, new) = (self.shown.checkpoint().checkpoint(), known.checkpoint());
        if self.shown.checkpoint().log_digest() != known.log_digest() {
            return Err(ProofError::Root);
        }
        proof.verify(old.size(), old.root(), new.size(), new.root())?;
        self.verdict.log = LogConfirmation::Confirmed;
        Ok(())
    }
}

impl EvidenceVerdict {
    fn of<R: Read + Seek>(footage: &OpenEvidence<R>, shown: &ProvenGrant) -> Self {
        let released = LogPlace::before(shown.release());
        // The weakest wrap counts: those of the clips and those of the grant, judged by the keys that they were made for.
        let expiries = shown.expiry_keys().iter().map(|key| key.statement().key.algorithm());
        let keys = [shown.request().statement().key.algorithm(), shown.release().statement().key.algorithm()];
        let strong = keys.into_iter().chain(expiries).all(KemAlgorithm::is_post_quantum)
            && footage.clips().iter().all(OpenClip::is_post_quantum);
        Self {
            clips: footage.clips().iter().map(|clip| ClipVerdict::of(clip, shown.view(), released)).collect(),
            other_clips: footage.other_clips(),
            log: LogConfirmation::AsOf(shown.checkpoint().not_before()),
            agency: AgencyStanding::of(shown.is_approved()),
            wrap: WrapStrength::of(strong),
            consent: NotShown::CannotBeKnown,
            deletion: NotShown::CannotBeKnown,
        }
    }
}
