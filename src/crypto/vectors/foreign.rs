//! Key wrapping and segment ciphers against foreign implementations, in both directions.

use serde_json::json;

use super::super::{BodyDigest, KemAlgorithm, KemPrivateKey, OsRandom, Suite, Wrapped, open, seal};
use super::secret;
use crate::foreign::{ask, bytes, hex};

fn check_wraps(algorithm: KemAlgorithm, name: &str) {
    let private = KemPrivateKey::generate(algorithm, &mut OsRandom).unwrap();
    let info = b"footage v1 grant wrap\0 and all the rest of the context";
    let wrapped = private.public_key().wrap(info, &secret(&[0x5a; 32]), &mut OsRandom).unwrap();
    let given = json!({
        "kem": name,
        "private": hex(private.secret().expose()),
        "info": hex(info),
        "secret": hex(&[0x5a; 32]),
        "wrapped": hex(wrapped.as_bytes()),
    });
    if let Some(answer) = ask("hpke", &given) {
        let wrapped = Wrapped::from_bytes(bytes(&answer, "wrapped")).unwrap();
        assert_eq!(private.unwrap(info, &wrapped).unwrap(), secret(&bytes(&answer, "secret")));
        assert!(private.unwrap(b"another context", &wrapped).is_err());
    }
}

#[test]
fn x_wing_wraps_with_cryptography() {
    check_wraps(KemAlgorithm::XWing, "x-wing");
}

#[test]
fn x25519_wraps_with_cryptography() {
    check_wraps(KemAlgorithm::X25519, "x25519");
}

fn check_segment(suite: Suite) {
    let (key, aad, text) = ([0x5a; 32], b"segment header", b"one group of pictures".to_vec());
    let mut body = text.clone();
    seal(suite, secret(&key), aad, &mut body).unwrap();
    let given = json!({
        "suite": suite.number(),
        "key": hex(&key),
        "aad": hex(aad),
        "text": hex(&text),
        "body": hex(&body),
        "digest": hex(BodyDigest::of(&body).as_bytes()),
    });
    if let Some(answer) = ask("segment", &given) {
        let mut body = bytes(&answer, "body");
        assert_eq!(BodyDigest::of(&body).as_bytes()[..], bytes(&answer, "digest"));
        let reversed: Vec<_> = text.iter().rev().copied().collect();
        assert_eq!(open(suite, &secret(&key), aad, &mut body).unwrap(), reversed);
    }
}

#[test]
fn aes_256_gcm_segment_with_cryptography_and_blake3() {
    check_segment(Suite::Aes256Gcm);
}

#[test]
fn chacha20_poly1305_segment_with_cryptography_and_blake3() {
    check_segment(Suite::ChaCha20Poly1305);
}
