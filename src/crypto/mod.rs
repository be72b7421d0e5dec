//! The only door to the cryptographic crates.
//!
//! Nothing above this module names an algorithm's crate. What is offered here is as narrow as the format needs: one
//! signature rule, one key derivation, ciphers whose keys seal once, key wrapping of 32-byte secrets, and one table of
//! domain-separation [labels](Label).

mod aead;
mod hash;
mod hedge;
mod kdf;
mod kem;
mod label;
mod point;
mod random;
mod secret;
#[cfg(feature = "std")]
mod share;
mod sign;
#[cfg(test)]
mod vectors;

pub use aead::{OpenError, Suite, TAG_LEN};
pub(crate) use aead::{open, seal, seal_detached};
pub use hash::{BodyDigest, Digest};
pub(crate) use hash::{sha256, sha256_pair};
pub(crate) use hedge::Hedge;
pub(crate) use kdf::{expand, extract};
pub use kem::{KemAlgorithm, KemPrivateKey, KemPublicKey, Wrapped};
pub use label::Label;
#[cfg(feature = "std")]
pub use random::OsRandom;
pub use random::{Random, RandomError};
pub use secret::Secret;
#[cfg(feature = "std")]
pub(crate) use share::{combine, split};
pub use sign::{KeyError, Signature, SignatureError, SigningKey, VerifyingKey};
