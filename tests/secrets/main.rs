//! Secrets do not stay: after the roles are gone, no key is anywhere on the heap, in use or freed.
//!
//! The allocator keeps every block that was freed, as it was left. Whatever a test draws is known from its pinned source,
//! and whatever is derived from that is derived once more by `lock.rs` of `tests/support`; half a key is enough to be found. Of the
//! stack, only what ciphers leave is looked at; registers are out of scope.
#![allow(missing_docs, clippy::unwrap_used)]

mod clip;
mod grant;
mod keys;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::Pinned;
use footage::crypto::{Label, Random, Secret};
use footage_support::{clips, common, lock, quarantine};
use quarantine::{PIECE, Quarantine, Wanted, own};

#[global_allocator]
static ALLOCATOR: Quarantine = Quarantine;

/// One test at a time has the heap.
static HEAP: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    HEAP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What may stay, and why. Whatever else is found is new, and fails.
const KNOWN: [(&str, &str); 0] = [];

/// Holds what is found of the secrets against what is known to stay.
fn assert_gone(wanted: &Wanted) {
    let found = wanted.find();
    let new: BTreeMap<_, _> = found.iter().filter(|(name, _)| !KNOWN.iter().any(|(known, _)| known == name)).collect();
    println!("{} pieces looked for in {} bytes", wanted.len(), quarantine::held());
    assert!(new.is_empty(), "left in use, and in freed memory: {new:#?}");
}

/// Everything that a pinned source has given between two states, under one name. It is not known what of it is a secret.
fn drawn(wanted: &mut Wanted, name: &str, from: u64, to: u64) {
    own(|| {
        let (mut source, mut last) = (Pinned(from), None);
        while source.0 != to {
            let mut word = [0; 8];
            source.fill(&mut word).unwrap();
            if let Some(last) = last.replace(word) {
                wanted.add(name, &[last, word].concat());
            }
        }
    });
}

/// The search bites: it finds what is dropped, moved and left behind by what grows, and nothing of a [`Secret`].
#[test]
fn what_is_left_behind_is_found() {
    let _alone = alone();
    let secret = |n: u8| -> [u8; 32] { std::array::from_fn(|at| (at as u8).wrapping_mul(73) ^ n.wrapping_mul(151)) };
    let names = ["dropped", "grown", "moved out of a box", "odd", "half", "in use", "kept well"];
    let mut wanted = Wanted::default();
    for (n, name) in (1..).zip(names) {
        wanted.add(name, &secret(n));
    }
    assert!(wanted.find().is_empty());

    drop(secret(1).to_vec());
    let mut grown = secret(2).to_vec();
    grown.reserve(1 << 10);
    grown.fill(0);
    let mut moved = *Box::new(secret(3));
    moved.fill(0);
    drop([&[0; 3][..], &secret(4)].concat());
    drop(secret(5)[PIECE..].to_vec());
    let in_use = Box::new(secret(6));
    let well = Secret::take(&mut secret(7));
    let duplicates: Vec<_> = (0..9).map(|_| well.duplicate()).collect();
    let found = wanted.find();
    assert_eq!(found["kept well"], [20, 0]);
    drop((well, duplicates));

    let found = wanted.find();
    let counted = names.map(|name| found.get(name).copied().unwrap_or_default());
    assert_eq!(counted, [[0, 2], [0, 2], [0, 2], [0, 2], [0, 1], [2, 0], [0, 0]]);
    drop(in_use);
    own(|| drop((grown, moved)));
}
