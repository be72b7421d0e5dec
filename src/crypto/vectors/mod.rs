//! Test vectors from outside, held against the wrappers of this module. Where each file comes from stands in
//! `tests/vectors/outside/ORIGIN.md`.

mod aead;
mod ed25519;
mod foreign;
mod hkdf;
mod hpke;
mod ml_kem;
mod secrets;
mod share;
mod x25519;

use super::{Random, RandomError, Secret};

/// A random source that gives the bytes it holds, exactly once.
struct Pinned(Vec<u8>);

impl Random for Pinned {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        if out.len() > self.0.len() {
            return Err(RandomError);
        }
        let rest = self.0.split_off(out.len());
        out.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}

fn secret(bytes: &[u8]) -> Secret<32> {
    Secret::take(&mut bytes.try_into().unwrap())
}

fn unhex(text: &str) -> Vec<u8> {
    base16ct::lower::decode_vec(text).unwrap()
}

/// A vector as it stands in its JSON file: an object of strings in hex and of numbers.
struct Vector(serde_json::Value);

impl Vector {
    fn all(file: &str) -> Vec<Self> {
        let serde_json::Value::Array(vectors) = serde_json::from_str(file).unwrap() else { panic!("no array") };
        vectors.into_iter().map(Self).collect()
    }

    fn number(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap()
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        unhex(self.text(name))
    }

    fn inner(&self, name: &str) -> Self {
        assert_eq!(self.0[name].as_array().unwrap().len(), 1);
        Self(self.0[name][0].clone())
    }
}
