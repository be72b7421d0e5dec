//! Key wrapping: RFC 9180 appendix A.2.1, draft-ietf-hpke-pq-04 appendix A.5 and the X-Wing draft's appendix, with the
//! encapsulation pinned through [`Random`](super::Random), so that `enc` and ciphertext come out byte for byte.

use super::super::aead::portable;
use super::super::kdf::{expand_info, extract_salted};
use super::super::{KemAlgorithm, KemPrivateKey, KemPublicKey, OpenError, Secret, Suite};
use super::{Pinned, Vector, secret};

/// HPKE above its KEM, written down a second time (RFC 9180 sections 4, 4.1 and 5.1), for vectors that end at the KEM.
pub(super) struct Schedule {
    key: Secret<32>,
    nonce: [u8; 12],
}

impl Schedule {
    pub(super) fn of(algorithm: KemAlgorithm, shared_secret: &[u8], info: &[u8]) -> Self {
        let [high, low] = algorithm.id().to_be_bytes();
        let suite = [b'H', b'P', b'K', b'E', high, low, 0, 1, 0, 3];
        let psk_id_hash = labeled_extract(&suite, &[], b"psk_id_hash", &[]);
        let info_hash = labeled_extract(&suite, &[], b"info_hash", info);
        let context = [&[0], &psk_id_hash.expose()[..], info_hash.expose()].concat();
        let prk = labeled_extract(&suite, shared_secret, b"secret", &[]);
        let key = labeled_expand(&suite, &prk, b"key", &context);
        let nonce = *labeled_expand::<12>(&suite, &prk, b"base_nonce", &context).expose();
        Self { key, nonce }
    }

    /// `ExtractAndExpand` of DHKEM(X25519, HKDF-SHA256).
    pub(super) fn dhkem_secret(dh: &[u8], encapsulation: &[u8], public: &[u8]) -> Secret<32> {
        let suite = [b'K', b'E', b'M', 0, 0x20];
        let prk = labeled_extract(&suite, &[], b"eae_prk", dh);
        labeled_expand(&suite, &prk, b"shared_secret", &[encapsulation, public].concat())
    }

    pub(super) fn seal(&self, aad: &[u8], text: &[u8]) -> Vec<u8> {
        let mut sealed = text.to_vec();
        let tag = portable::seal(Suite::ChaCha20Poly1305, &self.key, self.nonce, aad, &mut sealed).unwrap();
        [&sealed[..], &tag].concat()
    }
}

fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Secret<32> {
    extract_salted(salt, &[b"HPKE-v1", suite, label, ikm])
}

fn labeled_expand<const N: usize>(suite: &[u8], prk: &Secret<32>, label: &[u8], info: &[u8]) -> Secret<N> {
    let length = u16::try_from(N).unwrap().to_be_bytes();
    expand_info(prk, &length, &[b"HPKE-v1", suite, label, info])
}

/// One vector of an HPKE file: both directions, and the second key schedule against the intermediate values.
fn check_suite(algorithm: KemAlgorithm, vector: &Vector) {
    assert_eq!(
        ["mode", "kem_id", "kdf_id", "aead_id"].map(|name| vector.number(name)),
        [0, u64::from(algorithm.id()), 1, 3]
    );
    let message = vector.inner("encryptions");
    let (info, aad, text) = (vector.bytes("info"), message.bytes("aad"), message.bytes("pt"));
    let expected = [vector.bytes("enc"), message.bytes("ct")].concat();

    let public = KemPublicKey::from_bytes(algorithm, &vector.bytes("pkRm")).unwrap();
    let mut random = Pinned(vector.bytes("ikmE"));
    assert_eq!(public.seal(&info, &aad, &text, &mut random).unwrap(), expected);
    assert!(random.0.is_empty(), "all of ikmE is drawn, once");

    let private = KemPrivateKey::from_secret(algorithm, secret(&vector.bytes("skRm")));
    assert_eq!(private.public_key(), public);
    assert_eq!(*private.open(&info, &aad, &expected).unwrap(), text);

    let schedule = Schedule::of(algorithm, &vector.bytes("shared_secret"), &info);
    assert_eq!(schedule.key.expose()[..], vector.bytes("key"));
    assert_eq!(schedule.nonce[..], vector.bytes("base_nonce"));
    assert_eq!(schedule.seal(&aad, &text), message.bytes("ct"));

    check_refusals(&private, &info, &aad, &expected);
}

/// Whatever is altered, it does not open.
fn check_refusals(private: &KemPrivateKey, info: &[u8], aad: &[u8], sealed: &[u8]) {
    assert_eq!(private.open(b"another context", aad, sealed), Err(OpenError));
    assert_eq!(private.open(info, b"another aad", sealed), Err(OpenError));
    for length in [0, 31, 32, sealed.len() - 1] {
        assert_eq!(private.open(info, aad, &sealed[..length]), Err(OpenError));
    }
    for position in (0..sealed.len()).step_by(7) {
        let mut altered = sealed.to_vec();
        altered[position] ^= 1;
        assert_eq!(private.open(info, aad, &altered), Err(OpenError));
    }
}

#[test]
fn rfc_9180_appendix_a_2_1_dhkem_x25519_chacha20_poly1305_base() {
    let vectors = Vector::all(include_str!("../../../tests/vectors/outside/rfc9180.json"));
    assert_eq!(vectors.len(), 1);
    check_suite(KemAlgorithm::X25519, &vectors[0]);
}

#[test]
fn draft_ietf_hpke_pq_04_appendix_a_5_x_wing_chacha20_poly1305_base() {
    let vectors = Vector::all(include_str!("../../../tests/vectors/outside/hpke-pq.json"));
    assert_eq!(vectors.len(), 1);
    check_suite(KemAlgorithm::XWing, &vectors[0]);
}

/// Seed to public key, and encapsulation seed to ciphertext and shared secret; the secret shows in what it seals.
fn check_x_wing(index: usize) {
    let vectors = Vector::all(include_str!("../../../tests/vectors/outside/x-wing.json"));
    assert_eq!(vectors.len(), 3);
    let vector = &vectors[index];
    let private = KemPrivateKey::from_secret(KemAlgorithm::XWing, secret(&vector.bytes("seed")));
    let public = private.public_key();
    assert_eq!(public.as_bytes(), vector.bytes("pk"));
    assert_eq!(KemPublicKey::from_bytes(KemAlgorithm::XWing, &vector.bytes("pk")).as_ref(), Ok(&public));

    let schedule = Schedule::of(KemAlgorithm::XWing, &vector.bytes("ss"), b"info");
    let expected = [vector.bytes("ct"), schedule.seal(b"", &[7; 32])].concat();
    let wrapped = public.wrap(b"info", &secret(&[7; 32]), &mut Pinned(vector.bytes("eseed"))).unwrap();
    assert_eq!(wrapped.as_bytes(), expected);
    assert_eq!(private.unwrap(b"info", &wrapped).unwrap(), secret(&[7; 32]));
}

#[test]
fn x_wing_draft_vector_1() {
    check_x_wing(0);
}

#[test]
fn x_wing_draft_vector_2() {
    check_x_wing(1);
}

#[test]
fn x_wing_draft_vector_3() {
    check_x_wing(2);
}

/// FIPS 203 section 7.2, the modulus check: a coefficient of q or more is no encapsulation key.
#[test]
fn x_wing_key_with_an_ml_kem_coefficient_out_of_range_is_refused() {
    let public = KemPrivateKey::from_secret(KemAlgorithm::XWing, secret(&[1; 32])).public_key();
    // 384 coefficients of 12 bits, two in three bytes, in each of the three polynomials of 384 bytes.
    for offset in [0, 381, 384, 768, 1149] {
        let mut bytes = public.as_bytes().to_vec();
        bytes[offset..offset + 3].copy_from_slice(&[0x01, 0x0d, 0x00]); // 3329, 0
        assert!(KemPublicKey::from_bytes(KemAlgorithm::XWing, &bytes).is_err(), "q at {offset}");
        bytes[offset..offset + 3].copy_from_slice(&[0x00, 0x0d, 0x00]); // 3328, 0
        assert!(KemPublicKey::from_bytes(KemAlgorithm::XWing, &bytes).is_ok(), "q - 1 at {offset}");
    }
}

#[test]
fn a_source_of_too_little_randomness_wraps_nothing() {
    for (algorithm, drawn) in [(KemAlgorithm::XWing, 64), (KemAlgorithm::X25519, 32)] {
        let public = KemPrivateKey::from_secret(algorithm, secret(&[1; 32])).public_key();
        assert!(public.wrap(b"", &secret(&[7; 32]), &mut Pinned(vec![3; drawn - 1])).is_err());
        assert!(public.wrap(b"", &secret(&[7; 32]), &mut Pinned(vec![3; drawn])).is_ok());
    }
}
