//! P7: only the policy gives permits, and nobody alters one.

use footage::policy::Permit;
use footage::record::{StatementId, Timestamp};

fn attack(own: Permit, request: StatementId, until: Timestamp) -> Permit {
    Permit { request, valid_until: until, ..own }
}

fn main() {}
