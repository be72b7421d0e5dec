use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::crypto::sha256;

use super::StoreKey;

/// `footage` and the version.
const MAGIC: [u8; 8] = *b"footage\x01";
const PREFIX: usize = MAGIC.len() + 1 + 4;

/// The bytes before the value.
pub(super) const HEADER: usize = PREFIX + 32;

/// Whether a value is a fact or a secret, as the header says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Fact = 1,
    Secret = 2,
}

impl Value {
    fn check(prefix: &[u8], key: &StoreKey, value: &[u8]) -> [u8; 32] {
        let key = key.as_str().as_bytes();
        sha256(&[prefix, &[key.len() as u8], key, value])
    }

    /// The bytes of the file that holds this value.
    pub(super) fn to_bytes(self, key: &StoreKey, value: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(HEADER + value.len()));
        bytes.extend(MAGIC);
        bytes.push(self as u8);
        bytes.extend((value.len() as u32).to_be_bytes());
        let check = Self::check(&bytes, key, value);
        bytes.extend(check);
        bytes.extend_from_slice(value);
        bytes
    }

    /// The value that a file holds, or `None` if it was not written by a store as this kind of value, under this key.
    pub(super) fn read(self, key: &StoreKey, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (header, value) = bytes.split_at_checked(HEADER)?;
        let (prefix, check) = header.split_at(PREFIX);
        let length = u32::from_be_bytes(prefix[MAGIC.len() + 1..].try_into().ok()?);
        let good = prefix[..MAGIC.len()] == MAGIC
            && prefix[MAGIC.len()] == self as u8
            && length as usize == value.len()
            && check == Self::check(prefix, key, value);
        good.then(|| Zeroizing::new(value.to_vec()))
    }
}
