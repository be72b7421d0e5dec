use alloc::vec::Vec;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits, record_array};
use crate::crypto::{Digest, KemPublicKey, VerifyingKey};

use super::signed::statement;
use super::{HouseholdId, StatementId};

/// The owners of a household's cameras: the keys to seal for, and the devices that may change the list.
///
/// Lists form a chain. A camera seals for the keys of the newest list that it has taken. Lists never reach the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct OwnerList {
    /// Which household.
    pub household: HouseholdId,
    /// The period of membership.
    pub period: u64,
    /// The list's number within its period, from 0.
    pub number: u64,
    /// The list before; `None` for the first list of a household.
    pub before: Option<StatementId>,
    /// The household key of the period.
    pub key: KemPublicKey,
    /// The recovery key.
    pub recovery: RecoveryKey,
    /// The devices, between 1 and [`limits::DEVICES`].
    pub devices: Vec<Device>,
    /// The digest of the entries that still count from the periods before, in a list that begins a later period.
    pub entries: Option<Digest>,
}
statement!(OwnerList, "owner-list");

/// The public halves of a household's recovery key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct RecoveryKey {
    /// The key that clips are sealed for.
    pub kem: KemPublicKey,
    /// The key that signs the list of a new period.
    pub signer: VerifyingKey,
}
record_array!(RecoveryKey { kem, signer });

/// A device of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Device {
    /// The key that it signs with.
    pub signer: VerifyingKey,
    /// The fingerprint of the key that household keys are wrapped to.
    pub fingerprint: Digest,
}
record_array!(Device { signer, fingerprint });

/// Why a list of owners cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OwnerListError {
    /// No device, or more than 32.
    #[error("{0} devices: a household has between 1 and {max}", max = limits::DEVICES)]
    Devices(usize),
    /// Two devices have a key in common.
    #[error("two devices have a key in common: every device has keys of its own")]
    DeviceTwice,
    /// The household key and the recovery key have different KEMs.
    #[error("the household key and the recovery key have different KEMs: both must have the same")]
    Kem,
    /// The household key and the recovery key are the same key.
    #[error("the household key is the recovery key: they must be different keys")]
    OneKey,
}

impl OwnerList {
    /// Checks what a list can be held against by itself. Reading a list does so.
    pub fn check(&self) -> Result<(), OwnerListError> {
        if self.devices.is_empty() || self.devices.len() > limits::DEVICES {
            return Err(OwnerListError::Devices(self.devices.len()));
        }
        let twice = self.devices.iter().enumerate().any(|(at, device)| {
            let others = self.devices.iter().skip(at + 1);
            others.into_iter().any(|other| other.signer == device.signer || other.fingerprint == device.fingerprint)
        });
        if twice {
            return Err(OwnerListError::DeviceTwice);
        }
        if self.key.algorithm() != self.recovery.kem.algorithm() {
            return Err(OwnerListError::Kem);
        }
        if self.key == self.recovery.kem { Err(OwnerListError::OneKey) } else { Ok(()) }
    }
}

impl Encode for OwnerList {
    fn encode(&self, to: &mut Writer) {
        to.array(8);
        self.household.encode(to);
        self.period.encode(to);
        self.number.encode(to);
        self.before.encode(to);
        self.key.encode(to);
        self.recovery.encode(to);
        self.devices.encode(to);
        self.entries.encode(to);
    }
}

impl Decode for OwnerList {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(8)?;
        let list = Self {
            household: HouseholdId::decode(from)?,
            period: from.uint()?,
            number: from.uint()?,
            before: Decode::decode(from)?,
            key: KemPublicKey::decode(from)?,
            recovery: RecoveryKey::decode(from)?,
            devices: from.list(limits::DEVICES)?,
            entries: Decode::decode(from)?,
        };
        list.check().map_err(|_| CborError::Value("owner list"))?;
        Ok(list)
    }
}
