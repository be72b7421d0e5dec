//! Public keys: how they compare and how they show themselves.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::common;

use std::collections::HashSet;

use common::Pinned;
use footage::crypto::{KemAlgorithm, KemPrivateKey, SigningKey, VerifyingKey, Wrapped};

#[test]
fn verifying_keys_are_equal_ordered_and_hashed_as_their_bytes_are() {
    let mut random = Pinned(7);
    let keys: Vec<VerifyingKey> = (0..20).map(|_| SigningKey::generate(&mut random).unwrap().verifying_key()).collect();
    for one in &keys {
        for other in &keys {
            assert_eq!(one.cmp(other), one.as_bytes().cmp(other.as_bytes()));
            assert_eq!(one.partial_cmp(other), Some(one.cmp(other)));
            assert_eq!(one == other, one.as_bytes() == other.as_bytes());
        }
    }
    let hash = |key: &VerifyingKey| {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        BuildHasherDefault::<DefaultHasher>::new().hash_one(key)
    };
    assert_eq!(keys.iter().map(hash).collect::<HashSet<_>>().len(), keys.len());
    assert_eq!(hash(&keys[3]), hash(&{ keys[3] }));
}

#[test]
fn a_key_to_wrap_to_shows_its_algorithm_and_its_fingerprint() {
    for (algorithm, name) in [(KemAlgorithm::XWing, "XWing"), (KemAlgorithm::X25519, "X25519")] {
        let key = KemPrivateKey::generate(algorithm, &mut Pinned(8)).unwrap().public_key();
        let fingerprint = key.fingerprint().to_string();
        assert_eq!(format!("{key:?}"), format!("KemPublicKey({name}, {fingerprint})"));
        assert_eq!(algorithm.is_post_quantum(), name == "XWing");
    }
}

#[test]
fn a_wrap_has_the_length_of_one_of_the_algorithms() {
    for length in 0..1300 {
        assert_eq!(Wrapped::from_bytes(vec![0; length]).is_ok(), length == 80 || length == 1168, "{length}");
    }
}
