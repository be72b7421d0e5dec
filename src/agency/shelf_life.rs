//! How long a statement that was signed may still come to the log.

use crate::ledger::{Ledger, StandingError};
use crate::record::{Millis, Request, Verified};
use crate::tlog::Witnessed;

/// How far past its anchor a statement may come to the log.
const SHELF_LIFE: Millis = Millis::DAY;

/// Whether a request is void if it comes to the log now: by log time at the newest tree seen, and never by a clock.
pub(super) fn is_stale(request: &Verified<Request>, ledger: &Ledger) -> bool {
    let anchor = Witnessed::verify(request.statement().anchor.as_bytes(), ledger.trust().log());
    anchor.is_ok_and(|anchor| ledger.time() > anchor.not_before().after(SHELF_LIFE))
}

/// Whether the log does not hold a statement. One that it holds without standing is not sent again.
pub(super) fn is_missing<T>(found: &Result<T, StandingError>) -> bool {
    matches!(found, Err(StandingError::NotLogged(_)))
}
