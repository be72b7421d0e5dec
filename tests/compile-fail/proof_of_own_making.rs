//! Only checking a signature makes a verified statement, and only the ledger makes a standing.

use footage::ledger::Standing;
use footage::record::{Request, Signed, Verified};
use footage::tlog::Logged;

fn verified(request: Signed<Request>) -> Verified<Request> {
    Verified(request)
}

fn standing(logged: Logged<Request>) -> Standing<Request> {
    Standing(logged)
}

fn main() {}
