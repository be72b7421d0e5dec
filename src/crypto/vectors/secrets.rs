//! Secrets show nothing, and compare by all of their bytes.

use super::super::{KemAlgorithm, KemPrivateKey, Secret, SigningKey};
use super::secret;

#[test]
fn debug_of_every_secret_type_is_redacted() {
    assert_eq!(format!("{:?}", secret(&[0x5a; 32])), "Secret<32>(redacted)");
    assert_eq!(format!("{:?}", Secret::<64>::take(&mut [0x5a; 64])), "Secret<64>(redacted)");
    assert_eq!(format!("{:?}", SigningKey::from_secret(&secret(&[0x5a; 32]))), "SigningKey(redacted)");
    for algorithm in [KemAlgorithm::XWing, KemAlgorithm::X25519] {
        assert_eq!(
            format!("{:?}", KemPrivateKey::from_secret(algorithm, secret(&[0x5a; 32]))),
            format!("KemPrivateKey {{ algorithm: {algorithm:?}, secret: Secret<32>(redacted) }}")
        );
    }
}

#[test]
fn secrets_are_equal_only_if_every_bit_is() {
    let one = secret(&[0x5a; 32]);
    assert_eq!(one, one.duplicate());
    for bit in 0..256 {
        let mut other = [0x5a; 32];
        other[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(one, secret(&other));
    }
}

#[test]
fn taking_a_secret_wipes_its_source() {
    let mut source = [0x5a; 32];
    let taken = Secret::take(&mut source);
    assert_eq!(source, [0; 32]);
    assert_eq!(*taken.expose(), [0x5a; 32]);
}
