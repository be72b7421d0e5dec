//! The status of each error of the other roles' calls.

use crate::ledger::StandingError;
use crate::media::CutError;
use crate::policy::Refusal;
use crate::resident::ConsentError;

use super::failing::{Failing, always};
use super::json::to_json;
use super::status::{footage_status, footage_status::*};

always! {
    crate::record::AgencyIdError => FOOTAGE_ARGUMENT,
    crate::record::NameError => FOOTAGE_ARGUMENT,
    crate::ledger::LedgerError => FOOTAGE_LOG,
    crate::ledger::FeedError => FOOTAGE_LOG,
    crate::tlog::QuorumError => FOOTAGE_LOG,
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
