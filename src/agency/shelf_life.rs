//! The shelf life of a signed statement: the time in which it may still reach the log.

use crate::ledger::{Ledger, StandingError};
use crate::record::{Millis, Request, Verified};
use crate::tlog::Witnessed;

/// The longest time past its anchor in which a statement may reach the log.
const SHELF_LIFE: Millis = Millis::DAY;

/// Returns whether a request would be void if it reached the log now, by the time of the newest tree seen and never by a
/// clock.
pub(super) fn is_stale(request: &Verified<Request>, ledger: &Ledger) -> bool {
    let anchor = Witnessed::verify(request.statement().anchor.as_bytes(), ledger.trust().log());
    anchor.is_ok_and(|anchor| ledger.time() > anchor.not_before().after(SHELF_LIFE))
}

/// Returns whether the log does not hold a statement. A statement that it holds without standing is not sent again.
pub(super) fn is_missing<T>(found: &Result<T, StandingError>) -> bool {
    matches!(found, Err(StandingError::NotLogged(_)))
}
