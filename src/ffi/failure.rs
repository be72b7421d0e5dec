//! The status of each error of the other roles' calls.

use crate::agency::AgencyError;
use crate::auditor::AccusationError;
use crate::custodian::{CustodianError, RefusedAnswer};
use crate::grant::{ExcerptError, OpenExcerptError, UnlockError};
use crate::ledger::{StandingError, StateError};
use crate::logkeeper::AppendError;
use crate::media::CutError;
use crate::policy::Refusal;
use crate::resident::ConsentError;
use crate::tlog::{NoteError, TileError, WitnessError};

use super::failing::{Failing, always};
use super::json::to_json;
use super::key_store::Unsaved;
use super::status::{footage_status, footage_status::*};

always! {
    crate::record::AgencyIdError => FOOTAGE_ARGUMENT,
    crate::record::NameError => FOOTAGE_ARGUMENT,
    crate::ledger::LedgerError => FOOTAGE_LOG,
    crate::ledger::FeedError => FOOTAGE_LOG,
    crate::tlog::QuorumError => FOOTAGE_LOG,
    crate::record::AreaError => FOOTAGE_ARGUMENT,
    crate::record::KeyNameError => FOOTAGE_ARGUMENT,
    crate::tlog::AddCheckpointError => FOOTAGE_MALFORMED,
    crate::tlog::CheckpointError => FOOTAGE_MALFORMED,
    crate::tlog::ProofFileError => FOOTAGE_MALFORMED,
    crate::tlog::OfflineError => FOOTAGE_LOG,
    crate::tlog::TileReadError => FOOTAGE_STORE,
    crate::tlog::WitnessStoreError => FOOTAGE_STORE,
    crate::ledger::PageError => FOOTAGE_LOG,
    crate::agency::VaultError => FOOTAGE_STORE,
    crate::registrar::ApprovalTooLong => FOOTAGE_ARGUMENT,
}

#[cfg(feature = "logkeeper")]
always! {
    crate::store::ObjectsError => FOOTAGE_STORE,
}

impl Failing for NoteError {
    fn status(&self) -> footage_status {
        match self {
            Self::TooLong | Self::TooManySignatures => FOOTAGE_FULL,
            _ => FOOTAGE_MALFORMED,
        }
    }
}

impl Failing for TileError {
    fn status(&self) -> footage_status {
        match self {
            Self::Read(_) => FOOTAGE_STORE,
            Self::Missing(_) | Self::Proof(_) => FOOTAGE_NOT_FOUND,
            Self::Altered(_) => FOOTAGE_MALFORMED,
            Self::Checkpoint(error) => error.status(),
        }
    }
}

impl Failing for WitnessError {
    fn status(&self) -> footage_status {
        match self {
            Self::Note(error) => error.status(),
            Self::Checkpoint(error) => error.status(),
            Self::UnknownLog => FOOTAGE_NOT_FOUND,
            Self::LogSignature => FOOTAGE_SIGNATURE,
            Self::Smaller => FOOTAGE_MALFORMED,
            Self::Conflict { .. } => FOOTAGE_ORDER,
            Self::Forked | Self::NotConsistent => FOOTAGE_LOG,
            Self::Store(error) => error.status(),
        }
    }
}

impl Failing for StateError {
    fn status(&self) -> footage_status {
        match self {
            Self::OtherTrust | Self::OtherPolicy => FOOTAGE_ARGUMENT,
            Self::Damaged | Self::Kind | Self::Form(_) => FOOTAGE_MALFORMED,
        }
    }
}

impl Failing for AccusationError {
    fn status(&self) -> footage_status {
        match self {
            Self::Form(_) | Self::Notes | Self::Order => FOOTAGE_MALFORMED,
            Self::Statement(error) => error.status(),
            Self::Note(_) | Self::Log(_) => FOOTAGE_LOG,
            Self::NotShown => FOOTAGE_REFUSED,
        }
    }
}

#[cfg(feature = "logkeeper")]
impl Failing for crate::logkeeper::OpenError {
    fn status(&self) -> footage_status {
        match self {
            Self::NoLog => FOOTAGE_NOT_FOUND,
            Self::Exists => FOOTAGE_ORDER,
            Self::OtherLog => FOOTAGE_ARGUMENT,
            Self::Damaged(_) => FOOTAGE_MALFORMED,
            Self::Busy => FOOTAGE_STORE,
            Self::Store(error) => error.status(),
            Self::Note(error) => error.status(),
        }
    }
}

#[cfg(feature = "logkeeper")]
impl Failing for crate::logkeeper::FlushError {
    fn status(&self) -> footage_status {
        match self {
            Self::Superseded => FOOTAGE_ORDER,
            Self::Store(error) => error.status(),
            Self::Quorum(error) => error.status(),
            Self::Note(error) => error.status(),
            Self::Tiles(error) => error.status(),
        }
    }
}

impl Failing for StandingError {
    fn status(&self) -> footage_status {
        match self {
            Self::NotApproved(_) => FOOTAGE_REFUSED,
            _ => FOOTAGE_NOT_FOUND,
        }
    }
}

impl Failing for Refusal {
    fn status(&self) -> footage_status {
        FOOTAGE_REFUSED
    }

    fn broken(&self) -> Vec<Vec<u8>> {
        self.broken.iter().filter_map(|broken| to_json(broken).ok()).collect()
    }
}

impl Failing for CutError {
    fn status(&self) -> footage_status {
        match self {
            Self::Io { .. } => FOOTAGE_STORE,
            Self::PieceSize { .. } => FOOTAGE_ARGUMENT,
            Self::CutTooLarge { .. } => FOOTAGE_FULL,
            _ => FOOTAGE_MALFORMED,
        }
    }
}

impl Failing for ConsentError {
    fn status(&self) -> footage_status {
        use crate::grant::GrantError;

        match self {
            Self::PermitExpired(_) => FOOTAGE_TIME,
            Self::Grant(GrantError::Clip(error)) => error.status(),
            Self::Grant(GrantError::Random(error)) => error.status(),
            Self::Grant(GrantError::Write(_)) => FOOTAGE_STORE,
            Self::Grant(GrantError::TooLong) => FOOTAGE_FULL,
            Self::Grant(GrantError::OtherClip | GrantError::Words(_) | GrantError::Custody(_)) => FOOTAGE_ARGUMENT,
        }
    }
}

impl Failing for ExcerptError {
    fn status(&self) -> footage_status {
        match self {
            Self::Read(_) => FOOTAGE_STORE,
            Self::Signature { error, .. } => error.status(),
            Self::NotAnExcerpt | Self::Malformed { .. } | Self::Ends(_) | Self::Altered(_) => FOOTAGE_MALFORMED,
        }
    }
}

impl Failing for OpenExcerptError {
    fn status(&self) -> footage_status {
        match self {
            Self::Write(_) => FOOTAGE_STORE,
            Self::Excerpt(error) => error.status(),
            Self::Camera(error) => error.status(),
            Self::Private => FOOTAGE_LOCKED,
            Self::Range(_) | Self::Manifest | Self::Segment(_) => FOOTAGE_MALFORMED,
        }
    }
}

impl Failing for UnlockError {
    fn status(&self) -> footage_status {
        match self {
            Self::Half => FOOTAGE_LOCKED,
            Self::Answers { .. } => FOOTAGE_ORDER,
        }
    }
}

impl Failing for AgencyError {
    fn status(&self) -> footage_status {
        match self {
            Self::Vault(error) => error.status(),
            Self::Random(error) => error.status(),
            Self::Unlock(error) => error.status(),
            Self::Open(error) => error.status(),
            Self::OtherAgency(_) => FOOTAGE_ARGUMENT,
            Self::NoRequestKey(_) | Self::NotTakenIn(_) | Self::NotReleased(_) => FOOTAGE_NOT_FOUND,
        }
    }
}

impl Failing for RefusedAnswer {
    fn status(&self) -> footage_status {
        match self {
            Self::Standing(error) => error.status(),
            Self::NoNotice => FOOTAGE_NOT_FOUND,
            Self::NotYet(_) | Self::Expired(_) | Self::NoticeTooLate => FOOTAGE_TIME,
            Self::Share => FOOTAGE_LOCKED,
            Self::Terms
            | Self::Mismatch(_)
            | Self::AgencyNotApproved
            | Self::Conduct
            | Self::Budget
            | Self::Revoked
            | Self::Deleted => FOOTAGE_REFUSED,
        }
    }
}

impl Failing for CustodianError {
    fn status(&self) -> footage_status {
        match self {
            Self::Store(error) if error.0.is::<Unsaved>() => FOOTAGE_UNSAVED,
            Self::Store(_) | Self::NotErased(_) => FOOTAGE_STORE,
            Self::Random(error) => error.status(),
            Self::Refused(error) => error.status(),
            Self::Stale { .. } => FOOTAGE_LOG,
            Self::Revocation => FOOTAGE_SIGNATURE,
            Self::NotStarted | Self::NoCheckpoint => FOOTAGE_ORDER,
        }
    }
}

impl Failing for AppendError {
    fn status(&self) -> footage_status {
        match self {
            Self::Statement(error) => error.status(),
            Self::TooLong | Self::Full => FOOTAGE_FULL,
            Self::Index => FOOTAGE_STORE,
        }
    }
}
