//! Trust in a log, its witnesses' quorums, and clients and witnesses that refuse a log which goes back or forks.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use footage::crypto::{Secret, SigningKey};
use footage::merkle::{ConsistencyProof, Hash, Tree, leaf_hash};
use footage::record::{Anchor, KeyName, LogRoot, Millis, Timestamp, TrustError, TrustRoots, WitnessKey};
use footage::tlog::{
    Checkpoint, Cosignature, Fork, LastSeen, LogError, Note, NoteError, NoteKey, QuorumError, Witness, WitnessError,
    Witnessed,
};
use proptest::prelude::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [seed; 32]))
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn seconds(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

// ---- trust -----------------------------------------------------------------------------------------------------------

const ORIGIN: &str = "log.example/1";

fn witness_keys(count: u8) -> Vec<WitnessKey> {
    (1..=count).map(|i| WitnessKey { name: name(&format!("w{i}.example")), key: key(i).verifying_key() }).collect()
}

fn log_root(count: u8, quorum: u8, faulty: u8) -> Result<LogRoot, TrustError> {
    LogRoot::new(name(ORIGIN), key(100).verifying_key(), witness_keys(count), quorum, faulty)
}

fn default_root() -> LogRoot {
    log_root(4, LogRoot::DEFAULT_QUORUM, LogRoot::DEFAULT_FAULTY).unwrap()
}

#[test]
fn a_quorum_holds_only_if_any_two_share_an_honest_witness() {
    for count in 1..=16_u8 {
        for quorum in 0..=18 {
            for faulty in 0..=18 {
                let holds = quorum <= count && 2 * quorum > count + faulty && quorum > faulty;
                assert_eq!(log_root(count, quorum, faulty).is_ok(), holds, "{count} {quorum} {faulty}");
            }
        }
    }
    assert!(log_root(1, 255, 255).is_err());
    assert_eq!(log_root(0, 0, 0), Err(TrustError::Count(0, 16)));
    assert_eq!(log_root(17, 17, 0), Err(TrustError::Count(17, 16)));
}

#[test]
fn witnesses_are_counted_by_key() {
    let mut witnesses = witness_keys(4);
    witnesses[3].key = witnesses[0].key;
    let refused = LogRoot::new(name(ORIGIN), key(100).verifying_key(), witnesses, 3, 1);
    assert_eq!(refused, Err(TrustError::SameKey));
    let refused = LogRoot::new(name(ORIGIN), key(2).verifying_key(), witness_keys(4), 3, 1);
    assert_eq!(refused, Err(TrustError::SameKey));
    let mut witnesses = witness_keys(4);
    for witness in &mut witnesses {
        witness.name = name("one");
    }
    assert!(LogRoot::new(name(ORIGIN), key(100).verifying_key(), witnesses, 3, 1).is_ok());
}

#[test]
fn trust_roots_are_checked_and_have_a_digest() {
    let registrars = vec![key(50).verifying_key(), key(51).verifying_key()];
    let roots = TrustRoots::new(default_root(), registrars.clone(), 2).unwrap();
    assert_eq!(roots.digest(), TrustRoots::new(default_root(), registrars.clone(), 2).unwrap().digest());
    assert_ne!(roots.digest(), TrustRoots::new(default_root(), registrars.clone(), 1).unwrap().digest());
    assert_ne!(roots.digest(), TrustRoots::new(log_root(4, 4, 1).unwrap(), registrars.clone(), 2).unwrap().digest());
    assert_ne!(roots.digest(), roots.log().digest());
    assert!(TrustRoots::new(default_root(), registrars.clone(), 0).is_err());
    assert!(TrustRoots::new(default_root(), registrars.clone(), 3).is_err());
    assert_eq!(TrustRoots::new(default_root(), Vec::new(), 1), Err(TrustError::Count(0, 16)));
    let twice = vec![registrars[0], registrars[0]];
    assert_eq!(TrustRoots::new(default_root(), twice, 1), Err(TrustError::SameKey));
}

#[test]
fn trust_roots_have_a_json_form_that_is_checked() {
    let roots = TrustRoots::new(default_root(), vec![key(50).verifying_key()], 1).unwrap();
    let json = serde_json::to_string(&roots).unwrap();
    assert!(json.starts_with(r#"{"log":{"origin":"log.example/1","key":""#));
    assert_eq!(serde_json::from_str::<TrustRoots>(&json).unwrap(), roots);
    for bad in [
        json.replace(r#""quorum":3"#, r#""quorum":2"#),
        json.replace(r#""faulty":1"#, r#""faulty":2"#),
        json.replace(r#""registrar_quorum":1"#, r#""registrar_quorum":2"#),
        json.replace("log.example/1", "log example"),
        json.replacen('{', r#"{"more":1,"#, 1),
    ] {
        assert!(serde_json::from_str::<TrustRoots>(&bad).is_err(), "{bad}");
    }
}

// ---- quorums ---------------------------------------------------------------------------------------------------------

/// A signed checkpoint of so many leaves, with cosignatures by `(witness, second)`.
fn cosigned(size: u64, cosignatures: &[(u8, u64)]) -> Note {
    let tree: Tree = (0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect();
    let checkpoint = Checkpoint::new(name(ORIGIN), size, tree.root());
    let mut note = Note::new(checkpoint.to_string()).unwrap();
    note.sign(&name(ORIGIN), &key(100)).unwrap();
    for &(witness, second) in cosignatures {
        let line = Cosignature::sign(note.text(), &key(witness), seconds(second))
            .to_line(&name(&format!("w{witness}.example")), &key(witness));
        note.add(line).unwrap();
    }
    note
}

fn verify(note: &Note) -> Result<Witnessed, QuorumError> {
    Witnessed::verify(note.to_string().as_bytes(), &default_root())
}

const MISSING: [QuorumError; 3] = [
    QuorumError::Quorum { found: 0, needed: 3 },
    QuorumError::Quorum { found: 1, needed: 3 },
    QuorumError::Quorum { found: 2, needed: 3 },
];

#[test]
fn a_quorum_bounds_the_time_from_both_sides() {
    let witnessed = verify(&cosigned(5, &[(1, 100), (2, 300), (4, 200)])).unwrap();
    assert_eq!((witnessed.checkpoint().size(), witnessed.not_before()), (5, seconds(200)));
    assert_eq!(witnessed.existed_by(), Timestamp::from_millis(200_999).unwrap());
    let witnessed = verify(&cosigned(5, &[(3, 400), (1, 100), (2, 300), (4, 200)])).unwrap();
    assert_eq!((witnessed.not_before(), witnessed.existed_by()), (seconds(300), seconds(200).after(Millis(999))));
    assert_eq!(witnessed.log_digest(), default_root().digest());
}

#[test]
fn one_liar_moves_neither_bound_past_the_honest_times() {
    for lie in [0, 1, 999, 1_000_000, 253_402_300_799] {
        let witnessed = verify(&cosigned(5, &[(1, 1000), (2, 1010), (3, lie)])).unwrap();
        assert!(witnessed.not_before() <= seconds(1010));
        assert!(witnessed.existed_by() >= seconds(1000).after(Millis(999)));
    }
}

#[test]
fn a_cosignature_counts_whole_seconds() {
    let line = |millis: u64| {
        let cosignature = Cosignature::sign("text\n", &key(1), Timestamp::from_millis(millis).unwrap());
        (cosignature.time(), cosignature.to_line(&name("w1.example"), &key(1)))
    };
    assert_eq!(line(1999), line(1000));
    assert_eq!(line(1999).0, seconds(1));
}

#[test]
fn what_is_no_quorum_is_refused() {
    assert_eq!(verify(&cosigned(5, &[])), Err(MISSING[0]));
    assert_eq!(verify(&cosigned(5, &[(1, 100)])), Err(MISSING[1]));
    assert_eq!(verify(&cosigned(5, &[(1, 100), (2, 300)])), Err(MISSING[2]));
    // Unknown witnesses do not count.
    assert_eq!(verify(&cosigned(5, &[(1, 100), (2, 300), (5, 100), (6, 100)])), Err(MISSING[2]));
    // One witness counts once, however often it cosigns.
    assert_eq!(verify(&cosigned(5, &[(1, 100), (2, 300), (2, 301), (1, 100), (2, 299)])), Err(MISSING[2]));
    // Nor under another's name.
    let mut note = cosigned(5, &[(1, 100), (2, 300)]);
    note.add(Cosignature::sign(note.text(), &key(1), seconds(100)).to_line(&name("w3.example"), &key(1))).unwrap();
    note.add(Cosignature::sign(note.text(), &key(3), seconds(100)).to_line(&name("w1.example"), &key(3))).unwrap();
    assert_eq!(verify(&note), Err(MISSING[2]));
    // Nor for another checkpoint.
    let mut note = cosigned(5, &[(1, 100), (2, 300)]);
    note.add(cosigned(6, &[(3, 100)]).signatures()[1].clone()).unwrap();
    assert_eq!(verify(&note), Err(MISSING[2]));
    // The log's own kind of signature is no cosignature.
    let mut note = cosigned(5, &[(1, 100), (2, 300)]);
    note.sign(&name("w3.example"), &key(3)).unwrap();
    assert_eq!(verify(&note), Err(MISSING[2]));
}

#[test]
fn a_time_after_the_year_9999_is_no_time() {
    let note = cosigned(5, &[(1, 100), (2, 100), (3, 100)]).to_string();
    assert!(Witnessed::verify(note.as_bytes(), &default_root()).is_ok());
    for second in [253_402_300_800_u64, u64::MAX / 1000 + 1, i64::MAX as u64, u64::MAX] {
        // Signed by hand, as the library signs no such time.
        let note = cosigned(5, &[(1, 100), (2, 100)]);
        let message = format!("cosignature/v1\ntime {second}\n{}", note.text());
        let w3 = NoteKey::of_witness(&witness_keys(3)[2]);
        let signature = key(3).sign(message.as_bytes());
        let bytes = [w3.id().as_slice(), &second.to_be_bytes(), signature.as_bytes()].concat();
        let text = format!("{note}— w3.example {}\n", base64(&bytes));
        assert_eq!(Witnessed::verify(text.as_bytes(), &default_root()), Err(MISSING[2]));
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = u32::from_be_bytes([0, chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)]);
        for i in 0..4 {
            let letter = ALPHABET[(word >> (18 - 6 * i)) as usize & 63];
            text.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[test]
fn a_bad_cosignature_does_not_silence_the_log() {
    let mut note = cosigned(5, &[(1, 100), (2, 300), (4, 200)]);
    note.add(cosigned(6, &[(3, 100)]).signatures()[1].clone()).unwrap();
    assert!(verify(&note).is_ok());
}

#[test]
fn of_several_cosignatures_of_one_witness_the_safe_one_counts_in_any_order() {
    for second in [[(1, 100), (1, 900)], [(1, 900), (1, 100)]] {
        let witnessed = verify(&cosigned(5, &[second[0], (2, 500), second[1], (3, 500)])).unwrap();
        assert_eq!(witnessed.not_before(), seconds(500));
        assert_eq!(witnessed.existed_by(), seconds(500).after(Millis(999)));
        let both = verify(&cosigned(5, &[second[0], second[1], (2, 100), (3, 900)])).unwrap();
        assert_eq!((both.not_before(), both.existed_by()), (seconds(100), seconds(900).after(Millis(999))));
    }
}

#[test]
fn the_log_itself_must_have_signed() {
    let good = cosigned(5, &[(1, 100), (2, 300), (4, 200)]);
    let with = |origin: &str, signer: u8| {
        let mut note = Note::new(good.text()).unwrap();
        note.sign(&name(origin), &key(signer)).unwrap();
        good.signatures()[1..].iter().for_each(|line| note.add(line.clone()).unwrap());
        note
    };
    assert!(verify(&with(ORIGIN, 100)).is_ok());
    assert_eq!(verify(&with(ORIGIN, 101)), Err(QuorumError::LogSignature));
    assert_eq!(verify(&with("other.example", 100)), Err(QuorumError::LogSignature));
    // A second signature under the log's key that is not valid.
    let mut note = good.clone();
    note.add(cosigned(6, &[]).signatures()[0].clone()).unwrap();
    assert_eq!(verify(&note), Err(QuorumError::LogSignature));
    let elsewhere = LogRoot::new(name("log.example/2"), key(100).verifying_key(), witness_keys(4), 3, 1).unwrap();
    assert_eq!(Witnessed::verify(good.to_string().as_bytes(), &elsewhere), Err(QuorumError::Origin));
}

#[test]
fn an_anchor_is_the_note() {
    let note = cosigned(5, &[(1, 100), (2, 300), (4, 200)]).to_string();
    let witnessed = Witnessed::verify(note.as_bytes(), &default_root()).unwrap();
    assert_eq!(witnessed.bytes(), note.as_bytes());
    let anchor = witnessed.to_anchor();
    assert_eq!(Witnessed::verify(anchor.as_bytes(), &default_root()), Ok(witnessed));
    assert!(Anchor::from_bytes(&[b'a'; 8192]).is_ok());
    assert!(Anchor::from_bytes(&[b'a'; 8193]).is_err());
    assert!(Anchor::from_bytes(b"\xff").is_err());
    {
        let json = serde_json::to_string(&anchor).unwrap();
        assert_eq!(json, serde_json::to_string(&note).unwrap());
        assert_eq!(serde_json::from_str::<Anchor>(&json).unwrap(), anchor);
        assert!(serde_json::from_str::<Anchor>(&format!("\"{}\"", "a".repeat(8193))).is_err());
    }
}

// ---- phones and witnesses --------------------------------------------------------------------------------------------

fn tree(size: u64, fork: Option<u64>) -> Tree {
    (0..size).map(|index| leaf_hash(&[&index.to_be_bytes()[..], &[u8::from(fork == Some(index))]].concat())).collect()
}

fn signed(tree: &Tree) -> Note {
    let mut note = Note::new(Checkpoint::new(name(ORIGIN), tree.size(), tree.root()).to_string()).unwrap();
    note.sign(&name(ORIGIN), &key(100)).unwrap();
    note
}

fn witnessed(tree: &Tree, second: u64) -> Witnessed {
    let mut note = signed(tree);
    for i in 1..=3 {
        let line = Cosignature::sign(note.text(), &key(i), seconds(second));
        note.add(line.to_line(&name(&format!("w{i}.example")), &key(i))).unwrap();
    }
    verify(&note).unwrap()
}

#[test]
fn a_phone_goes_forward_only() {
    let none = ConsistencyProof::default();
    let log = tree(9, None);
    let mut phone = LastSeen::new(default_root());
    phone.advance(witnessed(&tree(5, None), 100), &none).unwrap();
    phone.advance(witnessed(&log, 200), &log.consistency_proof(5, 9).unwrap()).unwrap();
    assert_eq!(phone.latest().unwrap().checkpoint().size(), 9);
    // The same size again, later and then earlier.
    phone.advance(witnessed(&log, 300), &none).unwrap();
    phone.advance(witnessed(&log, 250), &none).unwrap();
    assert_eq!(phone.latest().unwrap().not_before(), seconds(300));
    let rewound = phone.advance(witnessed(&tree(5, None), 400), &none);
    assert_eq!(rewound, Err(LogError::Rewound { known: 9, found: 5 }));
    assert_eq!(phone.latest().unwrap().not_before(), seconds(300));
}

#[test]
fn a_phone_keeps_the_evidence_of_a_fork() {
    let mut phone = LastSeen::new(default_root());
    let known = witnessed(&tree(5, None), 100);
    phone.advance(known.clone(), &ConsistencyProof::default()).unwrap();
    for (size, proven) in [(5, true), (9, false)] {
        let fork = tree(size, Some(3));
        let found = witnessed(&fork, 200);
        let evidence = Fork { known: known.to_anchor(), found: found.to_anchor(), proven };
        let proof = fork.consistency_proof(5, size).unwrap();
        assert_eq!(phone.advance(found, &proof), Err(LogError::Forked(Box::new(evidence))));
        assert_eq!(phone.latest(), Some(&known));
    }
}

#[test]
fn a_phone_takes_no_checkpoint_of_another_trust() {
    let mut phone = LastSeen::new(log_root(4, 4, 1).unwrap());
    let refused = phone.advance(witnessed(&tree(5, None), 100), &ConsistencyProof::default());
    assert_eq!(refused, Err(LogError::OtherLog));
}

#[test]
fn a_witness_cosigns_what_extends_what_it_has_seen() {
    let mut witness = Witness::new(name("w1.example"), key(1));
    let none = ConsistencyProof::default();
    let (five, nine) = (tree(5, None), tree(9, None));
    let bytes = |tree: &Tree| signed(tree).to_string().into_bytes();
    let cosign = |witness: &mut Witness, tree: &Tree, old, proof: &ConsistencyProof| {
        witness.cosign(&bytes(tree), old, proof, seconds(7))
    };
    assert_eq!(cosign(&mut witness, &five, 0, &none), Err(WitnessError::UnknownLog));
    witness.watch(name(ORIGIN), key(100).verifying_key());
    assert_eq!(witness.size(&name(ORIGIN)), Some(0));
    let line = cosign(&mut witness, &five, 0, &none).unwrap();
    let mut note = signed(&five);
    note.add(line).unwrap();
    assert!(note.is_signed_by(&NoteKey::of_witness(&witness.key())));

    let proof = nine.consistency_proof(5, 9).unwrap();
    assert_eq!(cosign(&mut witness, &nine, 0, &none), Err(WitnessError::Conflict { size: 5 }));
    assert_eq!(cosign(&mut witness, &nine, 5, &none), Err(WitnessError::NotConsistent));
    let fork = tree(9, Some(3));
    let forked = fork.consistency_proof(5, 9).unwrap();
    assert_eq!(cosign(&mut witness, &fork, 5, &forked), Err(WitnessError::NotConsistent));
    assert_eq!(cosign(&mut witness, &fork, 5, &proof), Err(WitnessError::NotConsistent));
    assert_eq!(witness.size(&name(ORIGIN)), Some(5));
    assert!(cosign(&mut witness, &nine, 5, &proof).is_ok());
    // The same again is cosigned anew: it shows that the log is alive.
    assert!(cosign(&mut witness, &nine, 9, &none).is_ok());
    // Never smaller, and never another tree of the same size.
    assert_eq!(cosign(&mut witness, &five, 9, &none), Err(WitnessError::Smaller));
    assert_eq!(cosign(&mut witness, &fork, 9, &none), Err(WitnessError::Forked));
    // Watching it again forgets nothing.
    witness.watch(name(ORIGIN), key(100).verifying_key());
    assert_eq!(witness.size(&name(ORIGIN)), Some(9));
}

#[test]
fn a_witness_cosigns_nothing_that_the_log_has_not_signed() {
    let mut witness = Witness::new(name("w1.example"), key(1));
    witness.watch(name(ORIGIN), key(100).verifying_key());
    let checkpoint = Checkpoint::new(name(ORIGIN), 1, Hash::EMPTY).to_string();
    let mut note = Note::new(checkpoint).unwrap();
    note.sign(&name(ORIGIN), &key(101)).unwrap();
    let refused = witness.cosign(note.to_string().as_bytes(), 0, &ConsistencyProof::default(), seconds(7));
    assert_eq!(refused, Err(WitnessError::LogSignature));
    let refused = witness.cosign(b"nothing", 0, &ConsistencyProof::default(), seconds(7));
    assert_eq!(refused, Err(WitnessError::Note(NoteError::SignatureLine)));
}

// ---- properties ------------------------------------------------------------------------------------------------------

proptest! {
    #[test]
    fn an_altered_byte_leaves_no_quorum_of_exactly_its_size(at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        let good = cosigned(5, &[(1, 100), (2, 300), (4, 200)]).to_string().into_bytes();
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= flip;
        prop_assert!(Witnessed::verify(&good, &default_root()).is_ok());
        prop_assert!(Witnessed::verify(&bad, &default_root()).is_err());
    }

    #[test]
    fn truncated_notes_are_refused(at in any::<prop::sample::Index>()) {
        let good = cosigned(5, &[(1, 100), (2, 300), (4, 200)]).to_string().into_bytes();
        prop_assert!(Witnessed::verify(&good[..at.index(good.len())], &default_root()).is_err());
    }

}

/// The log's key signs a checkpoint of another log, and every witness cosigns it: it is that other log's all the same.
#[test]
fn a_checkpoint_of_another_origin_is_none_of_this_log() {
    let tree: Tree = (0..5_u64).map(|index| leaf_hash(&index.to_be_bytes())).collect();
    let text = Checkpoint::new(name("other.example/log"), 5, tree.root()).to_string();
    let mut note = Note::new(text).unwrap();
    note.sign(&name(ORIGIN), &key(100)).unwrap();
    for witness in 1..=3 {
        let line = Cosignature::sign(note.text(), &key(witness), seconds(100))
            .to_line(&name(&format!("w{witness}.example")), &key(witness));
        note.add(line).unwrap();
    }
    assert_eq!(verify(&note), Err(QuorumError::Origin));
}
