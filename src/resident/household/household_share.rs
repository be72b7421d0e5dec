use crate::ledger::{DeletionVerdict, Ledger, NotProven, Released, verdict};
use crate::record::{Consent, Millis, Timestamp};
use crate::store::Store;

use super::Household;

/// A consent of the household, with what the log shows of its grant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HouseholdShare {
    /// The consent.
    pub consent: Consent,
    /// `true` if a device of the household has revoked the grant, even if it was too late.
    pub revoked: bool,
    /// The state of the grant.
    pub state: ShareState,
}

/// The state of a grant, by the log's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShareState {
    /// The excerpt may have been sent. The log holds no release of the grant.
    PerhapsSent,
    /// A device of the household has revoked the grant, and the log does not show that the agency could open it.
    Revoked {
        /// The number of custodians that have logged the revocation.
        custodians: usize,
        /// The number of custodians that is needed. Send the revocation again until it is reached.
        needed: usize,
        /// `true` if the agency has released the grant.
        released: bool,
    },
    /// The agency has released the grant, and too few custodians have answered so far.
    Released {
        /// The number of custodians that gave notice of an answer.
        answers: usize,
        /// The number of answers that is needed.
        needed: usize,
    },
    /// The grant has ended, and the log does not show that the agency could ever open it.
    Ended {
        /// `true` if the agency had released the grant.
        released: bool,
    },
    /// Enough custodians have answered: the agency can open the grant.
    Answered {
        /// The time at which the last answer that was needed was witnessed.
        since: Timestamp,
        /// The time by which the agency must delete what it obtained.
        due: Timestamp,
    },
    /// The agency stated in time that it deleted what it obtained.
    Deleted,
    /// The agency stated too late that it deleted what it obtained.
    Late {
        /// The time between the due date and the statement.
        by: Millis,
    },
    /// The deletion is overdue: the log holds no receipt that counts.
    Overdue {
        /// The time at which the deletion was due.
        since: Timestamp,
        /// The reason a receipt in the log does not count, or `None` if there is no receipt.
        receipt: Option<NotProven>,
    },
}

impl<S: Store> Household<S> {
    /// Returns every consent that is kept, ordered by the end of the grants, with what the log shows of each.
    ///
    /// This needs a whole ledger: the pages that a phone follows hold no releases, answers or receipts.
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

    /// Returns the state of a grant that its agency could open, or `None` if the agency could never open it.
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
