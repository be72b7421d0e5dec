//! Owner lists that follow one another, of devices whose keys follow from a seed. The first is that of
//! [`list_of`](super::common::list_of).

use footage::crypto::{Digest, KemAlgorithm, KemPrivateKey, KemPublicKey, SigningKey};
use footage::record::{Device, OwnerList, Verified};

use super::common::Pinned;

/// The device of the first list.
pub const FIRST: u64 = 0xde;
/// The recovery key's signing half.
pub const RECOVERY: u64 = 0xdf;

pub fn signer(seed: u64) -> SigningKey {
    SigningKey::generate(&mut Pinned(seed)).unwrap()
}

pub fn device(seed: u64, kem: KemAlgorithm) -> Device {
    let key = KemPrivateKey::generate(kem, &mut Pinned(seed << 8 | 0x71)).unwrap();
    Device { signer: signer(seed).verifying_key(), fingerprint: key.public_key().fingerprint() }
}

/// Signs a list with the key of this device, or with the recovery key.
pub fn by(list: OwnerList, seed: u64) -> Verified<OwnerList> {
    Verified::sign(list, &signer(seed))
}

/// The list that adds this device to those of another.
pub fn adding(before: &Verified<OwnerList>, added: u64) -> OwnerList {
    let mut list = before.statement().clone();
    (list.number, list.before, list.entries) = (list.number + 1, Some(before.id()), None);
    list.devices.push(device(added, list.key.algorithm()));
    list
}

/// The list that begins the next period, with this household key and these devices.
pub fn period(before: &Verified<OwnerList>, key: &KemPublicKey, devices: &[u64]) -> OwnerList {
    OwnerList {
        period: before.statement().period + 1,
        number: 0,
        before: Some(before.id()),
        key: key.clone(),
        devices: devices.iter().map(|seed| device(*seed, key.algorithm())).collect(),
        entries: Some(Digest::from_bytes([9; 32])),
        ..before.statement().clone()
    }
}
