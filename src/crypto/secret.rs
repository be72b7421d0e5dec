use alloc::boxed::Box;
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::{Random, RandomError};

/// `N` secret bytes: on the heap so that moving it copies nothing, wiped when dropped, compared in constant time and
/// redacted in [`Debug`](fmt::Debug).
///
/// It is not `Clone`: a copy is written out with [`Secret::duplicate`], where a reviewer sees it.
pub struct Secret<const N: usize>(Box<Zeroizing<[u8; N]>>);

impl<const N: usize> Secret<N> {
    /// A secret that `fill` writes in place.
    pub(crate) fn filled(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut bytes = Box::new(Zeroizing::new([0; N]));
        fill(&mut bytes);
        Self(bytes)
    }

    /// Fresh random bytes.
    pub fn random(random: &mut dyn Random) -> Result<Self, RandomError> {
        let mut bytes = Box::new(Zeroizing::new([0; N]));
        random.fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Takes the bytes over and wipes the place that they came from.
    pub fn take(source: &mut [u8; N]) -> Self {
        let secret = Self::filled(|bytes| bytes.copy_from_slice(source));
        source.zeroize();
        secret
    }

    /// A second copy of the secret.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::filled(|bytes| bytes.copy_from_slice(self.expose()))
    }

    /// The bytes themselves. Whoever copies them has to wipe the copy.
    pub fn expose(&self) -> &[u8; N] {
        self.0.as_ref()
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

impl<const N: usize> Eq for Secret<N> {}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret<{N}>(redacted)")
    }
}
