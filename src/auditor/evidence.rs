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

/// Evidence that verifies: chosen clips of a grant that an agency opened, with everything that shows what they are.
///
/// It takes the trust roots and nothing else: no key, no network and no clock. What is in it is what the camera recorded, in
/// order and unaltered, and what the agency released; what is not so does not verify.
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

/// Why a file is not believed to be evidence.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The file is none, was altered, or holds what no camera signed.
    #[error("the file is no evidence, or was altered")]
    File(#[from] EvidenceFileError),
    /// What it holds of the log proves nothing under these trust roots.
    #[error("what the evidence holds of the log proves nothing under these trust roots")]
    Log(#[from] LogProofError),
}

/// What is known of evidence, each by itself. That the content is what the camera recorded needs no verdict, as for an opened
/// excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct EvidenceVerdict {
    /// What is known of each clip, in their order. Its camera is judged just before the release.
    pub clips: Vec<ClipVerdict>,
    /// Clips of the grant that are not in the file: whoever made it left them out.
    pub other_clips: usize,
    /// How the log stands behind it.
    pub log: LogConfirmation,
    /// Whether the agency had standing for its request and its release.
    pub agency: AgencyStanding,
    /// Whether recorded traffic of the grant stays sealed against a quantum computer.
    pub wrap: WrapStrength,
    /// Whether a resident consented.
    pub consent: NotShown,
    /// Whether the footage should have been deleted by now.
    pub deletion: NotShown,
}

/// A question that evidence does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum NotShown {
    /// Nothing in the file can show it. For deletion, replay the log.
    CannotBeKnown,
}

/// How the log stands behind evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LogConfirmation {
    /// As the log was at the time of the file's checkpoint, not confirmed since. What the file left out, such as a withdrawal,
    /// only someone who replays the log would miss.
    AsOf(Timestamp),
    /// The log as the reader knows it goes on from the file's checkpoint.
    Confirmed,
}

impl<R: Read + Seek> Evidence<R> {
    /// Verifies an evidence file under these trust roots. It is read once, and every segment is opened once; in memory are the
    /// parts of the clips and one segment at a time.
    ///
    /// `Ok` says that the content is what the named cameras recorded. Whether the trusted registrars approved their maker and
    /// the agency is in the [verdict](Self::verdict), which is to be read before the footage is relied on.
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

    /// Returns what is known of it.
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

    /// Confirms the evidence by a checkpoint that the reader knows from elsewhere, verified under its own roots: the proof shows
    /// that the log of this checkpoint goes on from the one in the file.
    ///
    /// # Errors
    /// If it does not, the log has shown two histories, or the proof is of something else. The verdict stays as it was.
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
        // The weakest link: the clips' own wraps, and those of the grant, by the keys that they were made for.
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
