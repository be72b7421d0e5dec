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
    /// The period of membership, below [`limits::PERIODS`].
    pub period: u64,
    /// The list's number within its period, from 0. It is less than the number of its devices, as each list adds one.
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

/// Why an owner list is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OwnerListError {
    /// No device, or more than 32.
    #[error("{0} devices: a household has between 1 and {max}", max = limits::DEVICES)]
    Devices(usize),
    /// Two devices have a key in common.
    #[error("two devices have a key in common: every device has keys of its own")]
    DeviceTwice,
    /// The period, the number, the list before and the digest of the entries do not fit together.
    #[error("the list's period, number, list before and digest of entries do not fit together")]
    Place,
    /// A device has the recovery key.
    #[error("a device has the recovery key: every device has keys of its own")]
    RecoveryDevice,
    /// The household key and the recovery key have different KEMs.
    #[error("the household key and the recovery key have different KEMs: both must have the same")]
    Kem,
    /// The household key and the recovery key are the same key.
    #[error("the household key is the recovery key: they must be different keys")]
    OneKey,
}

impl OwnerList {
    /// Returns whether this list begins a period.
    pub const fn begins_period(&self) -> bool {
        self.number == 0
    }

    /// Returns whether a device of this list has this signing key.
    pub fn has_device(&self, signer: &VerifyingKey) -> bool {
        self.devices.iter().any(|device| device.signer == *signer)
    }

    /// Checks everything that a list shows by itself. Reading a list does this, too.
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
        let first = self.period == 0 && self.number == 0;
        let begins = self.number == 0 && self.period > 0;
        if self.before.is_some() == first
            || self.entries.is_some() != begins
            || self.period >= limits::PERIODS
            || self.number >= self.devices.len() as u64
        {
            return Err(OwnerListError::Place);
        }
        let recovery = (self.recovery.signer, self.recovery.kem.fingerprint());
        if self.devices.iter().any(|device| device.signer == recovery.0 || device.fingerprint == recovery.1) {
            return Err(OwnerListError::RecoveryDevice);
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::crypto::{KemAlgorithm, KemPrivateKey, Secret, SigningKey};
    use crate::record::{Signed, Verified};

    fn kem(byte: u8) -> KemPublicKey {
        KemPrivateKey::from_secret(KemAlgorithm::X25519, Secret::take(&mut [byte; 32])).public_key()
    }

    fn signing(byte: u8) -> SigningKey {
        SigningKey::from_secret(&Secret::take(&mut [byte; 32]))
    }

    fn device(byte: u8) -> Device {
        Device { signer: signing(byte).verifying_key(), fingerprint: kem(byte).fingerprint() }
    }

    fn first() -> OwnerList {
        OwnerList {
            household: HouseholdId::from_bytes([7; 16]),
            period: 0,
            number: 0,
            before: None,
            key: kem(1),
            recovery: RecoveryKey { kem: kem(2), signer: signing(2).verifying_key() },
            devices: vec![device(3)],
            entries: None,
        }
    }

    fn sid(byte: u8) -> StatementId {
        StatementId::from_bytes([byte; 32])
    }

    #[test]
    fn a_list_of_owners_is_read_as_it_was_written() {
        let (digest, many) = (Some(Digest::from_bytes([9; 32])), (3..35).map(device).collect::<Vec<_>>());
        let lists = [
            first(),
            OwnerList { number: 1, before: Some(sid(4)), devices: vec![device(3), device(4)], ..first() },
            OwnerList { period: 255, before: Some(sid(4)), entries: digest, ..first() },
            OwnerList { number: 31, before: Some(sid(4)), devices: many, ..first() },
        ];
        for list in lists {
            let signed = Verified::sign(list, &signing(3));
            let read = Signed::<OwnerList>::from_bytes(&signed.to_bytes()).unwrap();
            assert_eq!(read.verify().unwrap(), signed);
        }
    }

    #[test]
    fn a_list_that_cannot_be_is_refused_when_it_is_read() {
        let (digest, other) = (Some(Digest::from_bytes([9; 32])), KemAlgorithm::XWing);
        let x_wing = KemPrivateKey::from_secret(other, Secret::take(&mut [2; 32])).public_key();
        let recovery = first().recovery;
        let twice = Device { signer: signing(4).verifying_key(), ..device(3) };
        let wrong = [
            (OwnerList { devices: vec![], ..first() }, OwnerListError::Devices(0)),
            (OwnerList { devices: (3..36).map(device).collect(), ..first() }, OwnerListError::Devices(33)),
            (OwnerList { devices: vec![device(3), twice], ..first() }, OwnerListError::DeviceTwice),
            (OwnerList { devices: vec![device(2)], ..first() }, OwnerListError::RecoveryDevice),
            (OwnerList { before: Some(sid(1)), ..first() }, OwnerListError::Place),
            (OwnerList { entries: digest, ..first() }, OwnerListError::Place),
            (OwnerList { period: 1, before: Some(sid(1)), ..first() }, OwnerListError::Place),
            (OwnerList { period: 1, entries: digest, ..first() }, OwnerListError::Place),
            (OwnerList { period: 256, before: Some(sid(1)), entries: digest, ..first() }, OwnerListError::Place),
            (OwnerList { number: 1, before: Some(sid(1)), ..first() }, OwnerListError::Place),
            (OwnerList { recovery: RecoveryKey { kem: x_wing, ..recovery.clone() }, ..first() }, OwnerListError::Kem),
            (OwnerList { recovery: RecoveryKey { kem: kem(1), ..recovery }, ..first() }, OwnerListError::OneKey),
        ];
        for (list, error) in wrong {
            assert_eq!(list.check(), Err(error));
            let bytes = Verified::sign(list, &signing(3)).to_bytes();
            assert!(Signed::<OwnerList>::from_bytes(&bytes).is_err(), "{error}");
        }
    }
}
