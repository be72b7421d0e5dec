//! P7: a grant takes a permit; a request, however well it stands, is none.

use std::fs::File;

use footage::clip::{ClipSecret, FinishedClip};
use footage::crypto::OsRandom;
use footage::ledger::Standing;
use footage::policy::{Permit, Proposal};
use footage::record::{Request, Timestamp};
use footage::resident::consent;

fn grant(permit: Permit, clip: &mut FinishedClip<File>, secret: &ClipSecret, now: Timestamp) {
    let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom);
}

fn attack(
    request: Standing<Request>,
    proposal: Proposal<'_>,
    clip: &mut FinishedClip<File>,
    secret: &ClipSecret,
    now: Timestamp,
) {
    grant(request, clip, secret, now);
    grant(proposal, clip, secret, now);
    grant((), clip, secret, now);
}

fn main() {}
