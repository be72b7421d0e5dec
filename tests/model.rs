//! A town played at random against a model of it: see [`model`].
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub)]

mod common;
#[path = "model/mod.rs"]
mod model;

use common::Pinned;
use footage::crypto::Random as _;
use model::action::Action;
use model::facts::Design;
use model::{Report, play, run};

/// What often follows each other: an action's name, which, and how.
type Phrase = &'static [(&'static str, u8, u8)];

const PHRASES: [Phrase; 14] = [
    &[("Ask", 0, 0), ("Witness", 0, 0), ("Check", 0, 0)],
    &[("Consent", 0, 0), ("TakeIn", 0, 0), ("Release", 0, 0), ("Witness", 0, 0)],
    &[("Deliver", 0, 0), ("Deliver", 0, 1), ("Witness", 0, 0), ("Answer", 0, 0), ("Answer", 1, 0), ("Open", 0, 0)],
    &[("Ask", 1, 0), ("Witness", 0, 0)],
    &[("Consent", 0, 0), ("TakeIn", 0, 0), ("Release", 0, 0), ("Witness", 0, 0)],
    &[("Deliver", 0, 2), ("Witness", 0, 0), ("Answer", 0, 0), ("Open", 0, 0)],
    &[("Deliver", 0, 1), ("Witness", 0, 0), ("Answer", 0, 0)],
    &[("Pass", 4, 0), ("Witness", 0, 0), ("Pass", 0, 0), ("Witness", 0, 0)],
    &[("Pass", 6, 0), ("Renew", 0, 0), ("Witness", 0, 0)],
    &[("RestartCustodian", 0, 0), ("Witness", 0, 0), ("Serve", 0, 0)],
    &[("RestartCustodian", 1, 1), ("Witness", 0, 0), ("Serve", 1, 0), ("PublishKeys", 1, 0)],
    &[("Delete", 0, 0), ("Close", 0, 0), ("Destroy", 0, 0), ("Witness", 0, 0)],
    &[("RestartAgency", 0, 0), ("Ask", 0, 0), ("Witness", 0, 0)],
    &[("Revoke", 0, 0), ("Witness", 0, 0)],
];

/// Bytes that follow from a seed: phrases, in which now and then something is another, and now and then anything at all.
fn eventful(seed: u64, actions: usize) -> Vec<u8> {
    let mut random = Pinned(seed);
    let mut dice = || {
        let mut byte = [0; 8];
        random.fill(&mut byte).unwrap();
        byte
    };
    let mut bytes = Vec::new();
    let mut story = 0..;
    while bytes.len() < 3 * actions {
        let [anything, phrase, what, which, how, on, ..] = dice();
        if anything < 80 {
            bytes.extend([what, if phrase < 160 { which % 4 } else { which }, how]);
            continue;
        }
        // As the story goes, or another part of it.
        let phrase = if on < 150 { story.next().unwrap_or_default() } else { phrase.into() };
        for (name, which, how) in PHRASES[phrase % PHRASES.len()] {
            let [skip, other, how_else, far, which_else, ..] = dice();
            if skip < 12 {
                continue;
            }
            let how = if other < 40 { how_else } else { *how };
            bytes.extend([Action::number(name), if far < 40 { which_else % 4 } else { *which }, how]);
        }
    }
    bytes
}

#[test]
fn nothing_happens() {
    play(&[]);
}

#[test]
fn random_sequences() {
    let mut report = Report::default();
    let start = std::time::Instant::now();
    let n: u64 = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(50);
    for seed in 0..n {
        match run(&eventful(seed, 30 + (seed % 31) as usize), Design::default()) {
            Ok(of) => report.add(&of),
            Err(disagreement) => panic!("seed {seed}: {disagreement}"),
        }
    }
    println!("{report}{:?}", start.elapsed());
}
