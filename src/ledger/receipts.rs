use crate::record::{Millis, Subject, Timestamp};

use super::duty::Duty;
use super::fold::View;
use super::query::ReceiptFound;

/// Whether a duty to delete was kept, by witnessed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum DeletionVerdict {
    /// A good receipt was witnessed in time.
    OnTime,
    /// A good receipt was witnessed so long after it was due.
    LateBy(Millis),
    /// It is not due yet.
    NotDue,
    /// It is due since then, and the log as far as it is witnessed holds no receipt.
    OverdueSince(Timestamp),
    /// There is a receipt, but it proves nothing.
    NotProven(NotProven),
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum NotProven {
    /// Its anchor is no witnessed checkpoint of this log.
    Anchor,
    /// Its anchor is later than the log shows the receipt itself.
    AnchorAfterReceipt,
    /// Its anchor does not hold the statement with which the duty began: it was made before there was anything to delete.
    BeforeDuty,
    /// It names other keys than the ones that had to be destroyed.
    OtherKeys,
}

/// Whether a duty was kept, from the receipts that the log holds.
///
/// The earliest good receipt counts. Time is the log's witnessed time, and nobody's clock.
pub fn verdict(duty: &Duty, ledger: &View) -> DeletionVerdict {
    let mut flawed = None;
    for found in ledger.receipts(&duty.party, duty.subject) {
        match proves(&found, duty, ledger) {
            Ok(()) if found.existed_by <= duty.due => return DeletionVerdict::OnTime,
            Ok(()) => return DeletionVerdict::LateBy(found.existed_by.since(duty.due)),
            Err(reason) => flawed = flawed.or(Some(reason)),
        }
    }
    match flawed {
        Some(reason) => DeletionVerdict::NotProven(reason),
        None if ledger.time() <= duty.due => DeletionVerdict::NotDue,
        None => DeletionVerdict::OverdueSince(duty.due),
    }
}

/// Every duty that is overdue, or whose receipt proves nothing although it is due.
pub fn overdue(ledger: &View) -> Vec<(Duty, DeletionVerdict)> {
    let judged = ledger.every_duty().map(|duty| {
        let verdict = verdict(&duty, ledger);
        (duty, verdict)
    });
    judged
        .filter(|(duty, verdict)| match verdict {
            DeletionVerdict::OverdueSince(_) => true,
            DeletionVerdict::NotProven(_) => ledger.time() > duty.due,
            _ => false,
        })
        .collect()
}

fn proves(found: &ReceiptFound, duty: &Duty, ledger: &View) -> Result<(), NotProven> {
    let made = found.made.ok_or(NotProven::Anchor)?;
    if made.not_before > found.existed_by {
        return Err(NotProven::AnchorAfterReceipt);
    }
    if made.size <= duty.index {
        return Err(NotProven::BeforeDuty);
    }
    let key = match duty.subject {
        Subject::Grant(terms) => ledger.released_grant(terms).map(|grant| grant.agency_half),
        Subject::Request(request) => ledger.asked_as(request).map(|asked| asked.key),
        // A key that was destroyed by a crash of its store may be named by nobody any more.
        Subject::Epoch(_) => return Ok(()),
    };
    let named = key.is_some_and(|key| found.keys.contains(&key));
    if named { Ok(()) } else { Err(NotProven::OtherKeys) }
}
