//! Keys on their own, wherever they are moved.

use footage::crypto::{KemAlgorithm, KemPrivateKey, SigningKey};
use footage::custodian::{MemoryKeyStore, Starting};
use footage::ledger::Ledger;
use footage::record::CustodianId;

use super::common::{NOON, Pinned, World, at, seat};
use super::quarantine::Wanted;
use super::{alone, assert_gone, drawn};

#[test]
fn keys_that_are_moved_and_dropped() {
    let _alone = alone();
    let mut random = Pinned(1 << 32);
    let (from, mut wanted) = (random.0, Wanted::default());
    {
        // A list that grows, a box that is emptied, and what travels between threads.
        let mut signing = Vec::new();
        let mut kem = Vec::new();
        for algorithm in [KemAlgorithm::XWing, KemAlgorithm::X25519].into_iter().cycle().take(9) {
            signing.push(SigningKey::generate(&mut random).unwrap());
            kem.push(KemPrivateKey::generate(algorithm, &mut random).unwrap());
        }
        for key in &signing {
            let _ = (key.sign(b"message"), key.verifying_key(), key.duplicate());
            let stored = key.to_secret();
            let restored = Box::new(SigningKey::from_secret(&stored));
            let moved = *restored;
            let _ = std::thread::spawn(move || moved.sign(b"message")).join().unwrap();
        }
        for key in &kem {
            let restored = Box::new(KemPrivateKey::from_secret(key.algorithm(), key.secret().duplicate()));
            let moved = *restored;
            assert_eq!(moved.public_key(), key.public_key());
        }
        assert!(wanted_is_there(from, random.0));
    }
    drawn(&mut wanted, "keys", from, random.0);
    assert_gone(&wanted);
}

/// That the keys are found while they are in use.
fn wanted_is_there(from: u64, to: u64) -> bool {
    let mut wanted = Wanted::default();
    drawn(&mut wanted, "keys", from, to);
    wanted.find().contains_key("keys")
}

/// A role that is moved with its key in it: into a box with an error, and out again.
#[test]
fn roles_that_are_moved_and_dropped() {
    let _alone = alone();
    let mut random = Pinned(2 << 32);
    let (from, mut wanted) = (random.0, Wanted::default());
    {
        let key = SigningKey::generate(&mut random).unwrap();
        drawn(&mut wanted, "a custodian's key", from, random.0);
        let (id, store) = (CustodianId::new("alpha").unwrap(), MemoryKeyStore::default());
        let (starting, _) = Starting::begin(seat(id, key, KemAlgorithm::XWing), store, &mut random).unwrap();
        let refused = starting.serve(&Ledger::new(World::new().trust), at(NOON)).unwrap_err();
        let starting = *refused.starting;
        assert_eq!(wanted.find()["a custodian's key"][0], 3);
        drop(starting);
    }
    assert_gone(&wanted);
}
