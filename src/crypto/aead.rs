use alloc::vec::Vec;

use thiserror::Error;

use super::Secret;

/// Bytes that sealing adds: the authentication tag.
pub const TAG_LEN: usize = 16;

/// The cipher of a clip's segments. The camera picks one; every reader has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Suite {
    /// AES-256-GCM (NIST SP 800-38D), where the processor has AES.
    Aes256Gcm = 1,
    /// ChaCha20-Poly1305 (RFC 8439), everywhere else.
    ChaCha20Poly1305 = 2,
}

impl Suite {
    /// The suite with this number in the format.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Aes256Gcm),
            2 => Some(Self::ChaCha20Poly1305),
            _ => None,
        }
    }

    /// Its number in the format.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// The ciphertext does not open: wrong key, or altered. It never says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("does not open: wrong key, or altered")]
pub struct OpenError;

/// The nonce of the one message that a key seals.
const NONCE: [u8; 12] = [0; 12];

/// Seals `body` in place under a key that is used up by it, and gives the tag.
///
/// The nonce is zero, which is safe because the key is consumed: no key seals twice.
#[allow(clippy::needless_pass_by_value, reason = "the key is used up")]
pub(crate) fn seal_detached(
    suite: Suite,
    key: Secret<32>,
    aad: &[u8],
    body: &mut [u8],
) -> Result<[u8; TAG_LEN], OpenError> {
    backend::seal(suite, &key, NONCE, aad, body)
}

/// Seals `body` in place like [`seal_detached`], and appends the tag.
pub(crate) fn seal(suite: Suite, key: Secret<32>, aad: &[u8], body: &mut Vec<u8>) -> Result<(), OpenError> {
    let tag = seal_detached(suite, key, aad, body)?;
    body.reserve_exact(TAG_LEN);
    body.extend_from_slice(&tag);
    Ok(())
}

/// Opens `body` (ciphertext and tag) in place and returns the plaintext within it.
pub(crate) fn open<'a>(
    suite: Suite,
    key: &Secret<32>,
    aad: &[u8],
    body: &'a mut [u8],
) -> Result<&'a mut [u8], OpenError> {
    backend::open(suite, key, NONCE, aad, body)
}

#[cfg(feature = "ring")]
pub(super) mod backend {
    use core::hint::black_box;

    use ring::aead::{AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

    use super::{OpenError, Secret, Suite, TAG_LEN};

    fn key(suite: Suite, key: &Secret<32>) -> Result<LessSafeKey, OpenError> {
        let algorithm = match suite {
            Suite::Aes256Gcm => &AES_256_GCM,
            Suite::ChaCha20Poly1305 => &CHACHA20_POLY1305,
        };
        UnboundKey::new(algorithm, key.expose()).map(LessSafeKey::new).map_err(|_| OpenError)
    }

    pub(in crate::crypto) fn seal(
        suite: Suite,
        secret: &Secret<32>,
        nonce: [u8; 12],
        aad: &[u8],
        body: &mut [u8],
    ) -> Result<[u8; TAG_LEN], OpenError> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = wiped(|| {
            key(suite, secret)?.seal_in_place_separate_tag(nonce, Aad::from(aad), body).map_err(|_| OpenError)
        })?;
        tag.as_ref().try_into().map_err(|_| OpenError)
    }

    pub(in crate::crypto) fn open<'a>(
        suite: Suite,
        secret: &Secret<32>,
        nonce: [u8; 12],
        aad: &[u8],
        body: &'a mut [u8],
    ) -> Result<&'a mut [u8], OpenError> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        wiped(|| key(suite, secret)?.open_in_place(nonce, Aad::from(aad), body).map_err(|_| OpenError))
    }

    /// Calls a function that uses a key of `ring`, which leaves its keys on the stack, and overwrites the stack that it used:
    /// 8 KiB, and 16 KiB without optimisation. From the stack, a key gets onto the heap with the unused bytes of whatever is
    /// moved there next.
    fn wiped<T>(work: impl FnOnce() -> T) -> T {
        // Neither is inlined: both have their frames at the same place.
        #[inline(never)]
        fn call<T>(work: impl FnOnce() -> T) -> T {
            work()
        }
        #[inline(never)]
        fn wipe() {
            const WORDS: usize = if cfg!(debug_assertions) { 1 << 11 } else { 1 << 10 };
            black_box(&mut [0_u64; WORDS]);
        }
        let result = call(work);
        wipe();
        result
    }
}

#[cfg(not(feature = "ring"))]
pub(super) use portable as backend;

/// The same ciphers in pure Rust: the build without `ring`, and the second opinion of the tests.
#[cfg(any(not(feature = "ring"), test))]
pub(super) mod portable {
    use aes_gcm::Aes256Gcm;
    use chacha20poly1305::{
        ChaCha20Poly1305,
        aead::{AeadInOut, KeyInit},
    };

    use super::{OpenError, Secret, Suite, TAG_LEN};

    pub(in crate::crypto) fn seal(
        suite: Suite,
        key: &Secret<32>,
        nonce: [u8; 12],
        aad: &[u8],
        body: &mut [u8],
    ) -> Result<[u8; TAG_LEN], OpenError> {
        let nonce = nonce.into();
        let key = key.expose().into();
        let tag = match suite {
            Suite::Aes256Gcm => Aes256Gcm::new(key).encrypt_inout_detached(&nonce, aad, body.into()),
            Suite::ChaCha20Poly1305 => ChaCha20Poly1305::new(key).encrypt_inout_detached(&nonce, aad, body.into()),
        };
        tag.map(Into::into).map_err(|_| OpenError)
    }

    pub(in crate::crypto) fn open<'a>(
        suite: Suite,
        key: &Secret<32>,
        nonce: [u8; 12],
        aad: &[u8],
        body: &'a mut [u8],
    ) -> Result<&'a mut [u8], OpenError> {
        let length = body.len().checked_sub(TAG_LEN).ok_or(OpenError)?;
        let (text, tag) = body.split_at_mut(length);
        let tag: [u8; TAG_LEN] = (&*tag).try_into().map_err(|_| OpenError)?;
        let nonce = nonce.into();
        let key = key.expose().into();
        match suite {
            Suite::Aes256Gcm => {
                Aes256Gcm::new(key).decrypt_inout_detached(&nonce, aad, (&mut *text).into(), &tag.into())
            }
            Suite::ChaCha20Poly1305 => {
                ChaCha20Poly1305::new(key).decrypt_inout_detached(&nonce, aad, (&mut *text).into(), &tag.into())
            }
        }
        .map_err(|_| OpenError)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes around which the implementations go another way: a block of AES and of ChaCha20, and the strides of several
    /// blocks at once.
    const BORDERS: [usize; 14] = [0, 16, 32, 64, 96, 128, 192, 256, 320, 512, 1024, 4096, 1 << 16, 1 << 18];

    fn key() -> Secret<32> {
        Secret::filled(|key| key.iter_mut().zip(0x40..).for_each(|(byte, value)| *byte = value))
    }

    /// Each opens what the other sealed, and neither opens it altered.
    fn check(suite: Suite, aad: &[u8], length: usize) {
        let text: Vec<u8> = (0..length).map(|at| (at.wrapping_mul(31) >> 3) as u8).collect();
        let case = format!("{suite:?}: {length} bytes with {} beside", aad.len());
        let mut sealed = [text.clone(), text.clone()];
        let tags = [backend::seal, portable::seal]
            .iter()
            .zip(&mut sealed)
            .map(|(seal, body)| seal(suite, &key(), NONCE, aad, body).unwrap());
        let tags: Vec<_> = tags.collect();
        // Without `assert_eq`, which would print all of it.
        assert!(tags[0] == tags[1] && sealed[0] == sealed[1], "{case}");
        let sealed = [sealed[0].as_slice(), &tags[0]].concat();
        let altered = |at: usize| {
            let mut altered = sealed.clone();
            altered[at] ^= 0x80;
            altered
        };
        for open in [backend::open, portable::open] {
            assert!(open(suite, &key(), NONCE, aad, &mut sealed.clone()).unwrap() == text, "{case}");
            for at in [0, length / 2, length.saturating_sub(1), length, length + TAG_LEN - 1] {
                assert_eq!(
                    open(suite, &key(), NONCE, aad, &mut altered(at)),
                    Err(OpenError),
                    "{case}, altered at {at}"
                );
            }
            assert_eq!(open(suite, &key(), NONCE, b"another", &mut sealed.clone()), Err(OpenError), "{case}");
            let mut shorter = sealed[..sealed.len() - 1].to_vec();
            assert_eq!(open(suite, &key(), NONCE, aad, &mut shorter), Err(OpenError), "{case}");
        }
    }

    #[test]
    fn both_implementations_agree_around_every_border() {
        let aad: Vec<u8> = (0..=100).collect();
        for suite in [Suite::Aes256Gcm, Suite::ChaCha20Poly1305] {
            for border in BORDERS {
                for length in [border.saturating_sub(1), border, border + 1] {
                    check(suite, &aad[..44], length);
                }
            }
            for length in [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100] {
                check(suite, &aad[..length], 100);
            }
        }
    }

    #[test]
    fn neither_implementation_opens_what_has_no_room_for_a_tag() {
        for suite in [Suite::Aes256Gcm, Suite::ChaCha20Poly1305] {
            for open in [backend::open, portable::open] {
                for length in 0..TAG_LEN {
                    assert_eq!(open(suite, &key(), NONCE, b"", &mut [0; TAG_LEN][..length]), Err(OpenError));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn both_implementations_give_the_same_bytes(
            key in any::<[u8; 32]>(), aad in proptest::collection::vec(any::<u8>(), 0..64),
            text in proptest::collection::vec(any::<u8>(), 0..2000), aes in any::<bool>(),
        ) {
            let suite = if aes { Suite::Aes256Gcm } else { Suite::ChaCha20Poly1305 };
            let mut sealed = text.clone();
            seal(suite, Secret::take(&mut { key }), &aad, &mut sealed).unwrap();
            let mut other = text.clone();
            let tag = portable::seal(suite, &Secret::take(&mut { key }), NONCE, &aad, &mut other).unwrap();
            other.extend_from_slice(&tag);
            prop_assert_eq!(&sealed, &other);
            let key = Secret::take(&mut { key });
            prop_assert_eq!(&*portable::open(suite, &key, NONCE, &aad, &mut other).unwrap(), &text[..]);
            prop_assert_eq!(&*open(suite, &key, &aad, &mut sealed).unwrap(), &text[..]);
        }
    }
}
