use alloc::vec::Vec;

use crate::cbor::{CborError, decode, encode, record_array};
use crate::crypto::{Digest, Hedge, KemPrivateKey, KemPublicKey, Label, OpenError, RandomError, Secret, Wrapped};
use crate::record::StatementId;

use super::identity::Identity;

/// Bytes of the encoded owners, at most.
pub(crate) const OWNERS_BYTES: usize = 2600;

/// Whom a clip is sealed for: the clip's secret, wrapped to the household key and to the recovery key.
///
/// It stands in the clear, for the household and for whoever hosts the clip, and never in an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owners {
    pub(crate) household: OwnerWrap,
    pub(crate) recovery: OwnerWrap,
    pub(crate) number: u64,
    pub(crate) list: StatementId,
}
record_array!(Owners { household, recovery, number, list });

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnerWrap {
    pub(crate) fingerprint: Digest,
    pub(crate) wrap: Wrapped,
}
record_array!(OwnerWrap { fingerprint, wrap });

/// Whose wrap it is: a byte of its context, and the call of the randomness that it draws.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Whose {
    Household = 1,
    Recovery = 2,
}

/// The keys that a clip is sealed for, and what names them.
#[derive(Clone, Copy)]
pub(crate) struct SealFor<'a> {
    pub(crate) household: &'a KemPublicKey,
    pub(crate) recovery: &'a KemPublicKey,
    pub(crate) list: StatementId,
}

impl Owners {
    /// Wraps a clip's secret.
    pub(crate) fn wrap(
        identity: &Identity,
        secret: &Secret<32>,
        keys: SealFor<'_>,
        number: u64,
        hedge: &Hedge,
    ) -> Result<Self, RandomError> {
        let wrap = |key: &KemPublicKey, whose: Whose| {
            let fingerprint = key.fingerprint();
            let drawn = hedge.secret(Label::WRAP, whose as u32);
            let wrap = key.wrap_with(&info(identity, whose, &fingerprint), secret, &drawn)?;
            Ok(OwnerWrap { fingerprint, wrap })
        };
        Ok(Self {
            household: wrap(keys.household, Whose::Household)?,
            recovery: wrap(keys.recovery, Whose::Recovery)?,
            number,
            list: keys.list,
        })
    }

    /// Returns the fingerprint of the household key.
    pub const fn household(&self) -> Digest {
        self.household.fingerprint
    }

    /// Returns the fingerprint of the recovery key.
    pub const fn recovery(&self) -> Digest {
        self.recovery.fingerprint
    }

    /// Returns the clip's number among those of its camera.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the id of the owner list that names both keys.
    pub const fn list(&self) -> StatementId {
        self.list
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        decode(bytes, OWNERS_BYTES)
    }

    /// Returns the digest that the header names them by.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(Label::OWNERS, &[&self.to_bytes()])
    }

    /// Unwraps what is wrapped to this key, the household's wrap first. Whether it is the clip's secret, its check value
    /// says.
    pub(crate) fn unwrap(&self, identity: &Identity, key: &KemPrivateKey) -> Result<Secret<32>, OpenError> {
        let fingerprint = key.public_key().fingerprint();
        let both = [(Whose::Household, &self.household), (Whose::Recovery, &self.recovery)];
        let own = both.into_iter().find(|(_, wrap)| wrap.fingerprint == fingerprint);
        let (whose, own) = own.ok_or(OpenError)?;
        key.unwrap(&info(identity, whose, &fingerprint), &own.wrap)
    }
}

fn info(identity: &Identity, whose: Whose, fingerprint: &Digest) -> Vec<u8> {
    [Label::CLIP_WRAP.as_bytes(), identity.as_bytes(), &[whose as u8], fingerprint.as_bytes()].concat()
}
