//! A town played against a model of it: see [`model`]. At random, in all ways to a small depth, and as stories.

mod stories;
mod wrong;

use common::Pinned;
use footage::crypto::Random as _;
use footage_support::{common, model};
use model::action::Action;
use model::facts::Design;
use model::rules::Verdict;
use model::{Game, Report, run};

/// Actions by name, which, and how.
type Phrase<'a> = &'a [(&'a str, u8, u8)];

fn bytes(phrases: &[Phrase<'_>]) -> Vec<u8> {
    phrases.concat().into_iter().flat_map(|(name, which, how)| [Action::number(name), which, how]).collect()
}

const ASKED: Phrase<'_> = &[("Ask", 0, 0), ("Witness", 0, 0)];
const GRANTED: Phrase<'_> = &[("Consent", 0, 0), ("TakeIn", 0, 0)];
const RELEASED: Phrase<'_> = &[("Release", 0, 0), ("Witness", 0, 0)];
const NOTICED: Phrase<'_> = &[("Deliver", 0, 0), ("Deliver", 0, 1), ("Witness", 0, 0)];
const ANSWERED: Phrase<'_> = &[("Answer", 0, 0), ("Answer", 1, 0)];
const OPENED: Phrase<'_> = &[("Open", 0, 0)];
/// Two nights pass, in which access by the grant ends.
const ENDED: Phrase<'_> =
    &[("Pass", 3, 0), ("Witness", 0, 0), ("Pass", 3, 0), ("Witness", 0, 0), ("Pass", 3, 0), ("Witness", 0, 0)];

/// What sequences are made of that follow from a seed.
const PHRASES: [Phrase<'_>; 16] = [
    ASKED,
    &[("Check", 0, 0), ("Consent", 0, 0), ("TakeIn", 0, 0)],
    RELEASED,
    NOTICED,
    &[("Answer", 0, 0), ("Answer", 1, 0), ("Open", 0, 0)],
    &[("Ask", 1, 0), ("Witness", 0, 0), ("Check", 0, 0)],
    &[("Consent", 0, 0), ("TakeIn", 0, 0), ("Release", 0, 0), ("Witness", 0, 0)],
    &[("Deliver", 0, 2), ("Witness", 0, 0), ("Answer", 0, 0), ("Open", 0, 0)],
    &[("Deliver", 0, 1), ("Witness", 0, 0), ("Answer", 0, 0), ("Open", 0, 0)],
    &[("Pass", 4, 0), ("Witness", 0, 0), ("Pass", 0, 0), ("Witness", 0, 0)],
    &[("Pass", 6, 0), ("Renew", 0, 0), ("Witness", 0, 0)],
    &[("RestartCustodian", 0, 0), ("Witness", 0, 0), ("Serve", 0, 0)],
    &[("RestartCustodian", 1, 1), ("Witness", 0, 0), ("Serve", 1, 0), ("PublishKeys", 1, 0)],
    &[("Delete", 0, 0), ("Close", 0, 0), ("Destroy", 0, 0), ("Witness", 0, 0)],
    &[("RestartAgency", 0, 0), ("Ask", 0, 0), ("Witness", 0, 0)],
    &[("Revoke", 0, 0), ("Witness", 0, 0), ("RestartCustodian", 0, 1), ("Witness", 0, 0), ("Serve", 0, 0)],
];

/// Bytes that follow from a seed: phrases, in which now and then something is another, and now and then anything at all.
fn eventful(seed: u64) -> Vec<u8> {
    let mut random = Pinned(seed);
    let mut dice = || {
        let mut dice = [0; 8];
        random.fill(&mut dice).unwrap();
        dice
    };
    let (mut bytes, mut story) = (Vec::new(), 0);
    if seed.is_multiple_of(2) {
        // Half of them begin well.
        (bytes, story) = (self::bytes(&[ASKED, GRANTED, RELEASED]), 3);
    }
    while bytes.len() < 3 * (30 + seed as usize % 31) {
        let [anything, other, goes_on, what, which, how, ..] = dice();
        if anything < 80 {
            bytes.extend([what, if other < 160 { which % 4 } else { which }, how]);
            continue;
        }
        // As the story goes, or another part of it.
        let phrase = if goes_on < 150 { story } else { other.into() };
        story += usize::from(goes_on < 150);
        for (name, which, how) in PHRASES[phrase % PHRASES.len()] {
            let [left_out, how_else, which_else, another, one, ..] = dice();
            if left_out > 12 {
                let which = if which_else < 40 { one % 4 } else { *which };
                let how_else = how_else < if *name == "Ask" { 100 } else { 30 };
                bytes.extend([Action::number(name), which, if how_else { another } else { *how }]);
            }
        }
    }
    bytes
}

/// Plays sequences from seeds on two threads.
fn play_seeds(seeds: std::ops::Range<u64>) -> Report {
    let play = |odd: u64| {
        let mut report = Report::default();
        for seed in seeds.clone().filter(|seed| seed % 2 == odd) {
            match run(&eventful(seed), Design::default()) {
                Ok(found) => report.add(&found),
                Err(disagreement) => panic!("seed {seed}: {disagreement}"),
            }
        }
        report
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| play(1));
        let mut report = play(0);
        report.add(&other.join().unwrap());
        report
    })
}

/// The crate does what the model says in some hundred sequences, in which every action is accepted and refused that can be.
#[test]
fn in_random_sequences_crate_and_model_agree() {
    let report = play_seeds(0..200);
    println!("{report}");
    let never_refused = [
        "Pass",
        "Ask",
        "Steal",
        "RestartAgency",
        "Close",
        "RestartCustodian",
        "Snapshot",
        "Destroy",
        "Clock",
        "Follow",
        "Renew",
        "Withdraw",
        "Admit",
        "Lie",
    ];
    for (n, name) in Action::NAMES.iter().enumerate() {
        assert_eq!(report.accepted[n] == 0, *name == "Show", "{name} is accepted {} times", report.accepted[n]);
        assert_eq!(
            report.refused[n] == 0,
            never_refused.contains(name),
            "{name} is refused {} times",
            report.refused[n]
        );
    }
}

/// Any bytes are a sequence.
#[test]
fn in_sequences_of_any_bytes_crate_and_model_agree() {
    for seed in 0..20 {
        let mut bytes = vec![0; 3 * 40 + seed % 3];
        Pinned(seed as u64).fill(&mut bytes).unwrap();
        model::play(&bytes);
    }
}

/// Plays every sequence of letters up to a length, after a beginning: those that are refused change nothing, and are
/// tried one after the other; with each of the others it goes on. Gives the number of sequences.
fn explore(beginning: &[u8], letters: Phrase<'_>, length: usize) -> usize {
    let mut game = Game::new(Design::default());
    for bytes in beginning.as_chunks::<3>().0 {
        let action = Action::read(*bytes, &game.model.cast()).expect("something to act on");
        game.step(action).unwrap_or_else(|disagreement| panic!("{disagreement}")).expect("accepted");
    }
    let (mut sequences, mut further) = (0, Vec::new());
    for (name, which, how) in letters {
        let bytes = [Action::number(name), *which, *how];
        let Some(action) = Action::read(bytes, &game.model.cast()) else { continue };
        if matches!(game.model.clone().step(&action), Verdict::Refuse(_)) {
            sequences += 1;
            let _ = game.step(action).unwrap_or_else(|disagreement| panic!("{disagreement}"));
        } else if length > 0 {
            further.push([beginning, bytes.as_slice()].concat());
        }
    }
    game.compare_books().and_then(|()| game.last_stand()).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    sequences + further.iter().map(|beginning| 1 + explore(beginning, letters, length - 1)).sum::<usize>()
}

#[test]
fn everything_that_can_happen_after_a_request() {
    let letters = [
        ("Consent", 0, 0),
        ("TakeIn", 0, 0),
        ("Release", 0, 0),
        ("Witness", 0, 0),
        ("Ask", 0, 16),
        ("Withdraw", 0, 0),
        ("Close", 0, 0),
        ("RestartAgency", 0, 2),
        ("Follow", 0, 0),
        ("Pass", 6, 0),
    ];
    println!("{} sequences", explore(&bytes(&[ASKED]), &letters, 3));
}

#[test]
fn everything_that_can_happen_after_a_release() {
    let letters = [
        ("Witness", 0, 0),
        ("Release", 0, 0),
        ("Deliver", 0, 0),
        ("Deliver", 0, 1),
        ("Answer", 0, 0),
        ("Answer", 1, 0),
        ("Open", 0, 0),
        ("Steal", 0, 0),
        ("Revoke", 0, 0),
        ("Delete", 0, 0),
        ("Pass", 3, 0),
    ];
    println!("{} sequences", explore(&bytes(&[ASKED, GRANTED, RELEASED]), &letters, 3));
}

#[test]
fn everything_that_can_happen_after_notices() {
    let letters = [
        ("Witness", 0, 0),
        ("Answer", 0, 0),
        ("Answer", 1, 0),
        ("Open", 0, 0),
        ("RestartAgency", 0, 1),
        ("RestartCustodian", 0, 0),
        ("Serve", 0, 0),
        ("Revoke", 0, 0),
        ("Withdraw", 0, 0),
        ("Pass", 3, 0),
    ];
    println!("{} sequences", explore(&bytes(&[ASKED, GRANTED, RELEASED, NOTICED]), &letters, 3));
}
