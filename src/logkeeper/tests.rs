//! A log from end to end, with statements that only tests know.
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::cbor::CborError;
use crate::crypto::{Secret, SigningKey};
use crate::merkle::{InclusionProof, ProofError};
use crate::record::sample::{OtherSample, Sample};
use crate::record::{KeyName, LogRoot, Signed, StatementError, Timestamp, Verified};
use crate::tlog::{Follower, LogError, Logged, Unreadable, Witness, Witnessed};

use super::{AppendError, MemoryLog};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [seed; 32]))
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn seconds(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

fn note(number: u64) -> Verified<Sample> {
    Verified::sign(Sample { number, padding: Vec::new() }, &key(1))
}

fn log(entries: u64) -> MemoryLog {
    let mut log = MemoryLog::new(name("log.example"), key(100));
    for number in 0..entries {
        assert_eq!(log.append(note(number).into_signed()), Ok(number));
    }
    log
}

fn witnesses() -> Vec<Witness> {
    let witness = |seed: u8| {
        let mut witness = Witness::new(name(&format!("w{seed}.example")), key(seed));
        witness.watch(name("log.example"), key(100).verifying_key());
        witness
    };
    [10, 11, 12, 13].map(witness).into()
}

fn root() -> LogRoot {
    let keys = witnesses().iter().map(Witness::key).collect();
    LogRoot::new(name("log.example"), key(100).verifying_key(), keys, 3, 1).unwrap()
}

fn cosigned(log: &MemoryLog, witnesses: &mut [Witness], second: u64) -> Witnessed {
    Witnessed::verify(&log.cosigned(witnesses, seconds(second)).unwrap(), &root()).unwrap()
}

/// What a fresh set of witnesses would cosign: a log that has bribed them all.
fn bribed(log: &MemoryLog, second: u64) -> Witnessed {
    cosigned(log, &mut witnesses(), second)
}

fn entries(log: &MemoryLog, from: u64) -> &[Vec<u8>] {
    log.entries(from, log.size()).unwrap()
}

#[test]
fn a_statement_is_taken_in_once() {
    let mut log = log(3);
    assert_eq!(log.append(note(1).into_signed()), Ok(1));
    assert_eq!((log.size(), log.index(note(2).id())), (3, Some(2)));
    assert_eq!(entries(&log, 1), [note(1).to_bytes(), note(2).to_bytes()]);
    assert_eq!(log.entries(1, 4), None);
    assert_eq!(log.entries(2, 1), None);
}

#[test]
fn what_is_not_validly_signed_is_not_taken_in() {
    let mut bytes = note(7).to_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    let mut log = log(3);
    let refused = log.append(Signed::<Sample>::from_bytes(&bytes).unwrap());
    assert_eq!(refused, Err(AppendError::Statement(StatementError::Signature)));
    let long = Verified::sign(Sample { number: 7, padding: vec![u64::MAX; 6000] }, &key(1));
    assert_eq!(log.append(long.into_signed()), Err(AppendError::TooLong));
    assert_eq!(log.size(), 3);
}

#[test]
fn witnesses_follow_the_log_that_grows() {
    let (mut log, mut witnesses) = (log(0), witnesses());
    for size in 0..20 {
        let witnessed = cosigned(&log, &mut witnesses, 100 + size);
        assert_eq!((witnessed.checkpoint().size(), witnessed.not_before()), (size, seconds(100 + size)));
        log.append(note(size).into_signed()).unwrap();
    }
    // Two that are gone leave no quorum; one does.
    assert!(Witnessed::verify(&log.cosigned(&mut witnesses[..2], seconds(1)).unwrap(), &root()).is_err());
    assert!(Witnessed::verify(&log.cosigned(&mut witnesses[..3], seconds(1)).unwrap(), &root()).is_ok());
}

#[test]
fn a_statement_is_logged_when_it_is_proven() {
    let log = log(9);
    let checkpoint = bribed(&log, 100);
    for index in 0..9 {
        let proof = log.inclusion_proof(index, 9).unwrap();
        let logged = Logged::prove(note(index), index, &proof, &checkpoint).unwrap();
        assert_eq!((logged.index(), logged.existed_by()), (index, checkpoint.existed_by()));
        assert_eq!((logged.statement().number, logged.id()), (index, note(index).id()));
        assert_eq!(logged.log_digest(), root().digest());
        assert_eq!(logged.clone().into_verified(), note(index));

        let other = Logged::prove(note(index + 1), index, &proof, &checkpoint);
        assert_eq!(other, Err(LogError::Proof(ProofError::Root)));
        let nowhere = Logged::prove(note(index), 9, &proof, &checkpoint);
        assert_eq!(nowhere, Err(LogError::Proof(ProofError::Bounds)));
        let short = InclusionProof(proof.0[1..].to_vec());
        assert!(Logged::prove(note(index), index, &short, &checkpoint).is_err());
        let elsewhere = Logged::prove(note(index), index, &proof, &bribed(&self::log(8), 100));
        assert!(elsewhere.is_err());
    }
}

#[test]
fn a_logged_statement_keeps_its_place_under_another_type() {
    let log = log(1);
    let logged = Logged::prove(note(0), 0, &InclusionProof::default(), &bribed(&log, 100)).unwrap();
    let narrow = logged.try_map(|note| Ok::<_, ()>(OtherSample { number: note.number })).unwrap();
    assert_eq!((narrow.index(), narrow.id()), (0, note(0).id()));
    assert_eq!(narrow.try_map(|_| Err::<Sample, _>("another kind")), Err("another kind"));
}

#[test]
fn a_follower_sees_every_entry_with_the_time_of_its_checkpoint() {
    let (mut log, mut witnesses, mut follower) = (log(2), witnesses(), Follower::new(root()));
    follower.follow::<Sample>(entries(&log, 0), &cosigned(&log, &mut witnesses, 100)).unwrap();
    log.append(Verified::sign(OtherSample { number: 5 }, &key(1)).into_signed()).unwrap();
    log.append(note(3).into_signed()).unwrap();
    let checkpoint = cosigned(&log, &mut witnesses, 200);
    let followed = follower.follow::<Sample>(entries(&log, 2), &checkpoint).unwrap();
    let [Err(Unreadable { index: 2, error }), Ok(logged)] = &followed[..] else {
        panic!("{followed:?}");
    };
    assert_eq!(*error, StatementError::Form(CborError::Value("content type of a sample")));
    assert_eq!((logged.index(), logged.existed_by()), (3, checkpoint.existed_by()));
    assert_eq!(*logged, Logged::prove(note(3), 3, &log.inclusion_proof(3, 4).unwrap(), &checkpoint).unwrap());
    assert_eq!((follower.size(), follower.latest()), (4, Some(&checkpoint)));
}

#[test]
fn a_log_that_stands_still_shows_in_the_time_of_its_latest_checkpoint() {
    let (log, mut witnesses, mut follower) = (log(2), witnesses(), Follower::new(root()));
    follower.follow::<Sample>(entries(&log, 0), &cosigned(&log, &mut witnesses, 100)).unwrap();
    assert_eq!(follower.follow::<Sample>(&[], &cosigned(&log, &mut witnesses, 300)), Ok(Vec::new()));
    assert_eq!(follower.follow::<Sample>(&[], &cosigned(&log, &mut witnesses, 200)), Ok(Vec::new()));
    assert_eq!(follower.latest().unwrap().not_before(), seconds(300));
}

#[test]
fn a_follower_refuses_and_stays_as_it_was() {
    let log = log(5);
    let mut follower = Follower::new(root());
    let first = bribed(&self::log(3), 100);
    follower.follow::<Sample>(&entries(&log, 0)[..3], &first).unwrap();
    let mut fork = self::log(2);
    for number in 12..15 {
        fork.append(note(number).into_signed()).unwrap();
    }
    let last = bribed(&log, 200);
    let mut altered = entries(&log, 3).to_vec();
    altered[0][20] ^= 1;
    let refused = |follower: &mut Follower, entries: &[Vec<u8>], checkpoint: &Witnessed| {
        let error = follower.follow::<Sample>(entries, checkpoint).unwrap_err();
        assert_eq!((follower.size(), follower.latest()), (3, Some(&first)));
        error
    };
    // Too few, too many, or others.
    assert_eq!(refused(&mut follower, entries(&log, 4), &last), LogError::Entries);
    assert_eq!(refused(&mut follower, entries(&log, 2), &last), LogError::Entries);
    assert!(matches!(refused(&mut follower, &altered, &last), LogError::Forked(fork) if !fork.proven));
    // Dropped, and put elsewhere.
    let swapped = [entries(&log, 4), &entries(&log, 3)[..1]].concat();
    assert!(matches!(refused(&mut follower, &swapped, &last), LogError::Forked(_)));
    // Back, forked at the same size, forked further on.
    let rewound = LogError::Rewound { known: 3, found: 2 };
    assert_eq!(refused(&mut follower, &[], &bribed(&self::log(2), 300)), rewound);
    let mut same_size = self::log(2);
    same_size.append(note(12).into_signed()).unwrap();
    let found = bribed(&same_size, 300);
    let LogError::Forked(evidence) = refused(&mut follower, &[], &found) else { panic!("not a fork") };
    assert!(evidence.proven);
    assert_eq!((&evidence.known, &evidence.found), (&first.to_anchor(), &found.to_anchor()));
    assert!(Witnessed::verify(evidence.found.as_bytes(), &root()).is_ok());
    let forked = refused(&mut follower, entries(&fork, 3), &bribed(&fork, 300));
    assert!(matches!(forked, LogError::Forked(fork) if !fork.proven));
    // Another trust in the same log.
    let keys = witnesses().iter().map(Witness::key).collect();
    let strict = LogRoot::new(name("log.example"), key(100).verifying_key(), keys, 4, 1).unwrap();
    let note = log.cosigned(&mut witnesses(), seconds(200)).unwrap();
    let other = Witnessed::verify(&note, &strict).unwrap();
    assert_eq!(refused(&mut follower, entries(&log, 3), &other), LogError::OtherLog);
    // And then goes on.
    assert_eq!(follower.follow::<Sample>(entries(&log, 3), &last).unwrap().len(), 2);
    // Nothing is known before the first checkpoint, so other entries are no fork.
    let mut fresh = Follower::new(root());
    assert_eq!(fresh.follow::<Sample>(entries(&fork, 0), &last), Err(LogError::Entries));
}

#[test]
fn honest_witnesses_leave_a_forked_log_without_a_quorum() {
    let (log, mut witnesses) = (log(5), witnesses());
    cosigned(&log, &mut witnesses, 100);
    let mut fork = self::log(4);
    fork.append(note(12).into_signed()).unwrap();
    fork.append(note(13).into_signed()).unwrap();
    let note = fork.cosigned(&mut witnesses, seconds(200)).unwrap();
    assert!(Witnessed::verify(&note, &root()).is_err());
    let rewound = self::log(3).cosigned(&mut witnesses, seconds(200)).unwrap();
    assert!(Witnessed::verify(&rewound, &root()).is_err());
}
