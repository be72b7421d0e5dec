use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{StoreError, StoreKey};

/// The limits of a store.
pub mod limits {
    /// The most bytes of a fact.
    pub const FACT_BYTES: usize = 1 << 20;
    /// The most bytes of a secret.
    pub const SECRET_BYTES: usize = 1 << 10;

    use super::{StoreError, StoreKey};

    /// Refuses a value that is longer than `max`. Every implementation does so before it changes anything.
    pub fn check(key: &StoreKey, value: &[u8], max: usize) -> Result<(), StoreError> {
        let length = value.len();
        if length <= max { Ok(()) } else { Err(StoreError::TooLong { key: key.clone(), length, max }) }
    }
}

/// The durable state of one role: facts that are replaced, and secrets that are erased.
///
/// What every implementation keeps, and the contract suite checks:
/// - Each change is durable when the call returns. After a power cut at any instant, a fact has its old value or the new
///   one, never half; a secret is there whole, or not at all.
/// - A secret is put once and never overwritten: while it is there, whole or half erased, another is refused.
/// - After any error the store is poisoned: every further call fails with [`StoreError::Poisoned`] until the store is opened
///   again. Three answers do not poison, because they leave nothing in doubt: [`SecretExists`](StoreError::SecretExists),
///   [`TooLong`](StoreError::TooLong), and [`Damaged`](StoreError::Damaged), so that one bad value keeps nobody from the
///   others.
/// - A damaged value is an error, never an empty value and never a missing one. A damaged secret can be erased.
/// - Opening finishes what an interrupted erasure left, and removes what an interrupted write left. What it cannot erase
///   stays listed as half erased, and does not keep the store from opening.
/// - A value that was read after opening is durable: no later power cut undoes it.
/// - One process has it open at a time. Beginning a store and opening one are different calls of the implementation, so a
///   directory that failed to mount is never taken for a new store.
///
/// There are no batches: each call is one change. Values that have to change together are one fact, or are written in
/// such an order that the first write contains everything that is needed to redo the rest.
pub trait Store {
    /// Returns the value of a fact, or `None` if there is none.
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError>;

    /// Puts a fact of at most [`FACT_BYTES`](limits::FACT_BYTES), in place of the value before.
    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError>;

    /// Removes a fact. It is no error if there is none.
    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError>;

    /// Lists the keys of all facts, in order.
    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError>;

    /// Returns a secret, or `None` if there is none or it is half erased.
    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError>;

    /// Puts a secret of at most [`SECRET_BYTES`](limits::SECRET_BYTES).
    ///
    /// # Errors
    /// [`StoreError::SecretExists`] if one exists under this key, or a half erased one is left.
    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError>;

    /// Erases a secret, and reads back whether anything is left of it. Erasing one that does not exist is no error, and
    /// erasing one again finishes what was interrupted. A secret that could not be erased is never readable again once
    /// its erasure was begun durably.
    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError>;

    /// Lists all secrets in the order of their keys, half erased ones included.
    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError>;

    /// Returns the monotonic floor: a number that the hardware keeps and never lowers, or `None` if this store has none.
    fn floor(&mut self) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }

    /// Raises the monotonic floor. A lower number changes nothing; a store without a floor ignores the call.
    fn raise_floor(&mut self, _to: u64) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Whether a listed secret can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretState {
    /// It was put, and nothing of it was erased.
    Whole,
    /// Its erasure was begun and not finished: it is never readable again. [Erase](Store::erase) it once more.
    HalfErased,
}

/// How a store erases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErasureMethod {
    /// The bytes of a file were overwritten in place, and the file was removed. What the medium below keeps of the old bytes
    /// (wear levelling, snapshots, backups) is not known.
    OverwrittenFile,
    /// The memory was overwritten. The secret was never written anywhere else.
    OverwrittenMemory,
    /// The key that the secret was stored under was destroyed in hardware.
    HardwareKey,
    /// Another method, which the deployment documents.
    Other,
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "it says whether anything is left"]
pub struct Erased {
    /// How the store erases.
    pub method: ErasureMethod,
    /// Whether reading back found that nothing is left under this key. If not, the secret stays listed as half erased.
    pub nothing_left: bool,
}
