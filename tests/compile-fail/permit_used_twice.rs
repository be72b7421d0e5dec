//! P7: a permit is good for one grant.

use std::fs::File;

use footage::clip::{ClipSecret, FinishedClip};
use footage::crypto::OsRandom;
use footage::policy::Permit;
use footage::record::Timestamp;
use footage::resident::consent;

fn grant(permit: Permit, clip: &mut FinishedClip<File>, secret: &ClipSecret, now: Timestamp) {
    let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom);
}

fn attack(permit: Permit, clip: &mut FinishedClip<File>, secret: &ClipSecret, now: Timestamp) {
    grant(permit, clip, secret, now);
    grant(permit, clip, secret, now);
}

fn cloned(permit: &Permit) -> Permit {
    Clone::clone(permit)
}

fn main() {}
