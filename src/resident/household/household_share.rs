use crate::ledger::{DeletionVerdict, Ledger, NotProven, Released, verdict};
use crate::record::{Consent, Millis, Timestamp};
use crate::store::Store;

use super::Household;

/// A consent of the household, and what the log shows of its grant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HouseholdShare {
    /// The consent.
    pub consent: Consent,
    /// Whether a device of the household has revoked the grant, be it too late or not.
    pub revoked: bool,
    /// How far the grant has come.
    pub state: ShareState,
}

/// How far a grant has come, by the log's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShareState {
    /// The excerpt was perhaps sent: the log holds no release of the grant.
    PerhapsSent,
    /// A device of the household has revoked the grant, and the log does not show that the agency could open it.
    Revoked {
        /// How many custodians have logged that they know.
        custodians: usize,
        /// How many it takes. As long as fewer know, send the revocation again.
        needed: usize,
        /// Whether the agency has released the grant.
        released: bool,
    },
    /// The agency has released the grant, and too few custodians have answered so far.
    Released {
        /// How many custodians gave notice that they answer.
        answers: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The grant has ended, and the log does not show that the agency could ever open it.
    Ended {
        /// Whether the agency had released the grant.
        released: bool,
    },
    /// Enough custodians have answered: the agency can open the grant.
    Answered {
        /// When the last answer that it took was witnessed.
        since: Timestamp,
        /// By when the agency has to delete what it obtained.
        due: Timestamp,
    },
    /// The agency has stated in time that it deleted what it obtained.
    Deleted,
    /// The agency has stated that it deleted what it obtained, and was late.
    Late {
        /// How late the statement was.
        by: Millis,
    },
    /// The agency should have deleted what it obtained, and has not stated in time that it did.
    Overdue {
        /// When it was due.
        since: Timestamp,
        /// Why a receipt that the log holds does not count; `None` if there is no receipt.
        receipt: Option<NotProven>,
    },
}

impl<S: Store> Household<S> {
    /// Returns every consent that is kept, in the order in which the grants end, and what the log shows of it.
    ///
    /// It takes a whole ledger: the pages that a phone follows hold no releases, no answers and no receipts.
    pub fn shares(&self, ledger: &Ledger, now: Timestamp) -> Vec<HouseholdShare> {
        let consents = self.consents(now).into_iter();
        let shares = consents.map(|(kept, revoked)| {
            let state = ShareState::of(&kept.consent, revoked, ledger);
            HouseholdShare { consent: kept.consent.clone(), revoked, state }
        });
        shares.collect()
    }
}

impl ShareState {
    fn of(consent: &Consent, revoked: bool, ledger: &Ledger) -> Self {
        let released = ledger.released_grant(consent.terms.id());
        if let Some(obtained) = released.and_then(|grant| Self::obtained(grant, ledger)) {
            return obtained;
        }
        let custody = &consent.terms.statement().custody;
        if revoked {
            let needed = custody.members().len() + 1 - usize::from(custody.threshold());
            let custodians = ledger.revocations(&consent.grant());
            return Self::Revoked { custodians, needed, released: released.is_some() };
        }
        if ledger.time() >= consent.not_after().end() {
            return Self::Ended { released: released.is_some() };
        }
        released.map_or(Self::PerhapsSent, |grant| Self::Released {
            answers: grant.notices().count(),
            needed: custody.threshold().into(),
        })
    }

    /// What became of a grant that its agency could open.
    fn obtained(grant: &Released, ledger: &Ledger) -> Option<Self> {
        let duty = grant.duty()?;
        let answered = Self::Answered { since: duty.since, due: duty.due };
        Some(match verdict(&duty, ledger) {
            DeletionVerdict::OnTime => Self::Deleted,
            DeletionVerdict::LateBy(by) => Self::Late { by },
            DeletionVerdict::OverdueSince(since) => Self::Overdue { since, receipt: None },
            DeletionVerdict::NotProven(reason) if ledger.time() > duty.due => {
                Self::Overdue { since: duty.due, receipt: Some(reason) }
            }
            DeletionVerdict::NotDue | DeletionVerdict::NotProven(_) => answered,
        })
    }
}
