use alloc::boxed::Box;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Erased, SecretState, Store, StoreError, StoreKey};

/// Implements the trait for a pointer to a store.
macro_rules! forward {
    ($pointer:ty) => {
        impl<S: Store + ?Sized> Store for $pointer {
            fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
                (**self).fact(key)
            }

            fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
                (**self).put_fact(key, value)
            }

            fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
                (**self).remove_fact(key)
            }

            fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
                (**self).facts()
            }

            fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
                (**self).secret(key)
            }

            fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
                (**self).put_secret(key, value)
            }

            fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
                (**self).erase(key)
            }

            fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
                (**self).secrets()
            }

            fn floor(&mut self) -> Result<Option<u64>, StoreError> {
                (**self).floor()
            }

            fn raise_floor(&mut self, to: u64) -> Result<(), StoreError> {
                (**self).raise_floor(to)
            }
        }
    };
}

forward!(&mut S);
forward!(Box<S>);
