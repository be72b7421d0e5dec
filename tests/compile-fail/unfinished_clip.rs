//! P8: what is selected and granted is of a finished clip. A recording is none, nor is what it becomes before it was read
//! again, nor are bytes.

use std::fs::File;

use footage::camera::{Recording, SealedClip};
use footage::clip::{ClipSecret, FinishedClip};
use footage::crypto::OsRandom;
use footage::policy::Permit;
use footage::record::Timestamp;
use footage::resident::consent;

fn grant(permit: Permit, clip: &mut FinishedClip<File>, secret: &ClipSecret, now: Timestamp) {
    let _ = consent(permit, clip, secret, "", now, &mut Vec::new(), &mut OsRandom);
}

fn recording(permit: Permit, mut clip: Recording<File>, secret: &ClipSecret, now: Timestamp) {
    grant(permit, &mut clip, secret, now);
}

fn sealed(permit: Permit, mut clip: SealedClip<File>, secret: &ClipSecret, now: Timestamp) {
    grant(permit, &mut clip, secret, now);
}

fn bytes(permit: Permit, mut clip: Vec<u8>, secret: &ClipSecret, now: Timestamp) {
    grant(permit, &mut clip, secret, now);
}

fn main() {}
