use alloc::boxed::Box;
use core::fmt;
use core::hash::{Hash, Hasher};

use ed25519_dalek::Signer as _;
use thiserror::Error;

use super::point::is_canonical;
use super::{Random, RandomError, Secret};

/// The signature is not valid under that key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("signature not valid under this key")]
pub struct SignatureError;

/// Bytes that are no public key one may use: not a point, not its canonical form, or of small order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a usable public key")]
pub struct KeyError;

/// An Ed25519 signature (RFC 8032), 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature with these bytes; whether it is valid is seen when it is verified.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// An Ed25519 private key: on the heap so that moving it copies nothing, wiped when dropped, redacted in `Debug`.
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// A fresh key.
    pub fn generate(random: &mut dyn Random) -> Result<Self, RandomError> {
        Ok(Self::from_secret(&Secret::random(random)?))
    }

    /// The key whose RFC 8032 seed this is.
    pub fn from_secret(seed: &Secret<32>) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(seed.expose())))
    }

    /// Its RFC 8032 seed, to be stored by the caller.
    pub fn to_secret(&self) -> Secret<32> {
        Secret::filled(|bytes| bytes.copy_from_slice(self.0.as_bytes()))
    }

    /// A second copy of the key.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// Its public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs a message (RFC 8032 section 5.1.6).
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(redacted)")
    }
}

/// An Ed25519 public key: a canonical point that is not of small order.
#[derive(Clone, Copy)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        // The top bit is the sign of `x`. Where `x` is zero and has no sign the point is weak, so one form is left.
        let mut y = *bytes;
        y[31] &= 0x7f;
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError)?;
        if key.is_weak() || !is_canonical(&y) {
            return Err(KeyError);
        }
        Ok(Self(key))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Verifies a signature: the one rule of the format, `verify_strict` (RFC 8032 section 5.1.7 without cofactor,
    /// canonical `R` and `S`, no key or `R` of small order).
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        self.0.verify_strict(message, &signature).map_err(|_| SignatureError)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for VerifyingKey {}

impl PartialOrd for VerifyingKey {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for VerifyingKey {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for VerifyingKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}
