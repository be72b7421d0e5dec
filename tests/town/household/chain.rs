//! Which owner lists a camera takes.

use footage::crypto::{Digest, KemAlgorithm, KemPrivateKey, KemPublicKey, SigningKey};
use footage::record::{
    Device, HouseholdId, OwnerChain, OwnerChainError, OwnerList, RecoveryKey, StatementId, Taken, Verified,
};

use super::secret;

fn kem(byte: u8) -> KemPublicKey {
    KemPrivateKey::from_secret(KemAlgorithm::X25519, secret(byte)).public_key()
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_secret(&secret(byte))
}

fn device(byte: u8) -> Device {
    Device { signer: key(byte).verifying_key(), fingerprint: kem(byte).fingerprint() }
}

/// The recovery key of a number; the signing key of the same number signs for it.
fn recovery(byte: u8) -> RecoveryKey {
    RecoveryKey { kem: kem(byte), signer: key(byte).verifying_key() }
}

const RECOVERY: u8 = 100;

/// The first list: devices 1 and 2.
fn first() -> Verified<OwnerList> {
    let list = OwnerList {
        household: HouseholdId::from_bytes([7; 16]),
        period: 0,
        number: 0,
        before: None,
        key: kem(50),
        recovery: recovery(RECOVERY),
        devices: vec![device(1), device(2)],
        entries: None,
    };
    Verified::sign(list, &key(1))
}

fn adding(before: &Verified<OwnerList>, added: u8) -> OwnerList {
    let mut list = before.statement().clone();
    (list.number, list.before, list.entries) = (list.number + 1, Some(before.id()), None);
    list.devices.push(device(added));
    list
}

fn period(before: &Verified<OwnerList>, household_key: u8, devices: &[u8]) -> OwnerList {
    OwnerList {
        period: before.statement().period + 1,
        number: 0,
        before: Some(before.id()),
        key: kem(household_key),
        devices: devices.iter().map(|byte| device(*byte)).collect(),
        entries: Some(Digest::from_bytes([9; 32])),
        ..before.statement().clone()
    }
}

fn by(list: OwnerList, signer: u8) -> Verified<OwnerList> {
    Verified::sign(list, &key(signer))
}

fn chain() -> OwnerChain {
    OwnerChain::begin(first()).unwrap()
}

#[track_caller]
fn refused(chain: &OwnerChain, list: Verified<OwnerList>, error: OwnerChainError) {
    let mut after = chain.clone();
    assert_eq!(after.take(list), Err(error));
    assert_eq!(after, *chain);
}

#[test]
fn a_camera_takes_one_more_device_from_a_device_and_a_new_period_from_the_recovery_key() {
    let mut chain = chain();
    let one = by(adding(&first(), 3), 2);
    assert_eq!(chain.take(one.clone()), Ok(Taken::Device));
    assert_eq!(chain.take(one.clone()), Ok(Taken::Known));
    // The device that was just added adds another.
    let two = by(adding(&one, 4), 3);
    assert_eq!(chain.take(two.clone()), Ok(Taken::Device));
    assert_eq!(chain.newest(), &two);
    let next = by(period(&two, 51, &[1, 4]), RECOVERY);
    assert_eq!(chain.take(next.clone()), Ok(Taken::Period));
    assert_eq!((chain.period(), chain.devices()), (1, &[device(1), device(4)][..]));
    let more = by(adding(&next, 5), 4);
    assert_eq!(chain.take(more.clone()), Ok(Taken::Device));

    let all = [first(), one, two, next, more];
    let kept: Vec<_> = chain.kept().map(|id| all.iter().find(|list| list.id() == id).unwrap().clone()).collect();
    assert_eq!(OwnerChain::restore(kept), Ok(chain));
    assert_eq!(OwnerChain::restore([]), Err(OwnerChainError::Empty));
}

#[test]
fn two_lists_that_name_one_list_both_hold() {
    let (left, right) = (by(adding(&first(), 3), 1), by(adding(&first(), 4), 2));
    let (mut one, mut other) = (chain(), chain());
    one.take(left.clone()).unwrap();
    one.take(right.clone()).unwrap();
    other.take(right.clone()).unwrap();
    other.take(left.clone()).unwrap();
    assert_eq!(one.newest(), other.newest());
    let devices = |chain: &OwnerChain| {
        let mut devices: Vec<_> = chain.devices().iter().map(|device| device.signer).collect();
        devices.sort();
        devices
    };
    assert_eq!(devices(&one), devices(&other));
    // Either branch goes on, also by a device of the other one, and one device in both is one.
    assert_eq!(one.take(by(adding(&left, 5), 4)), Ok(Taken::Device));
    assert_eq!(one.take(by(adding(&right, 5), 3)), Ok(Taken::Device));
    assert_eq!(one.devices().len(), 5);
}

/// T11: neither a stranger, nor a member alone, changes who owns the clips.
#[test]
fn t11_no_member_takes_out_another_and_no_stranger_adds_one() {
    let chain = chain();
    refused(&chain, by(adding(&first(), 3), 9), OwnerChainError::NotADevice);
    let two = OwnerList { devices: vec![device(1), device(2), device(3), device(4)], ..adding(&first(), 3) };
    refused(&chain, by(two, 1), OwnerChainError::NotOneDevice(2));
    let evicts = OwnerList { devices: vec![device(1), device(3)], ..adding(&first(), 3) };
    refused(&chain, by(evicts, 1), OwnerChainError::DeviceRemoved);
    let same = OwnerList { devices: first().statement().devices.clone(), ..adding(&first(), 3) };
    refused(&chain, by(same, 1), OwnerChainError::NotOneDevice(0));
    refused(&chain, by(OwnerList { key: kem(51), ..adding(&first(), 3) }, 1), OwnerChainError::KeyChanged);
    let own = OwnerList { recovery: recovery(101), ..adding(&first(), 3) };
    refused(&chain, by(own, 1), OwnerChainError::KeyChanged);
    let twin = Device { fingerprint: kem(9).fingerprint(), ..device(3) };
    let mut known = chain.clone();
    known.take(by(adding(&first(), 3), 1)).unwrap();
    let mut twice = adding(&first(), 3);
    twice.devices[2] = twin;
    refused(&known, by(twice, 1), OwnerChainError::DeviceTwice);

    // A period by a member, who evicts all others.
    refused(&chain, by(period(&first(), 51, &[1]), 1), OwnerChainError::NotTheRecoveryKey);
    // Another household, whose recovery key is the attacker's.
    let other = OwnerList { household: HouseholdId::from_bytes([8; 16]), ..period(&first(), 51, &[1]) };
    refused(&chain, by(other, RECOVERY), OwnerChainError::Household);
}

/// T11: who was taken out adds nobody where the new period is known. A camera that missed it goes on for the old one.
#[test]
fn t11_a_removed_member_signs_no_next_list() {
    let (mut knows, mut missed) = (chain(), chain());
    let next = by(period(&first(), 51, &[1]), RECOVERY);
    knows.take(next.clone()).unwrap();
    let old = by(adding(&first(), 3), 2);
    refused(&knows, old.clone(), OwnerChainError::Ended { period: 0, present: 1 });
    refused(&knows, by(adding(&next, 3), 2), OwnerChainError::NotADevice);
    assert_eq!(missed.take(old), Ok(Taken::Device));
    // The new period is taken nevertheless, once the camera hears of it.
    assert_eq!(missed.take(next), Ok(Taken::Period));
    assert_eq!(missed.devices(), [device(1)]);
}

/// T32: a member adds a device of its own, and both try to remove the others.
#[test]
fn t32_two_devices_of_one_member_remove_nobody() {
    let mut chain = chain();
    let added = by(adding(&first(), 3), 1);
    chain.take(added.clone()).unwrap();
    let evicts = OwnerList { devices: vec![device(1), device(3), device(4)], ..adding(&added, 4) };
    for signer in [1, 3] {
        refused(&chain, by(evicts.clone(), signer), OwnerChainError::DeviceRemoved);
        refused(&chain, by(period(&added, 51, &[1, 3]), signer), OwnerChainError::NotTheRecoveryKey);
    }
}

/// T32: a photo of an old sheet, and an old list signed by it.
#[test]
fn t32_an_old_recovery_key_begins_nothing_and_an_old_list_is_not_taken_again() {
    let mut chain = chain();
    let one = by(OwnerList { recovery: recovery(101), ..period(&first(), 51, &[1]) }, RECOVERY);
    chain.take(one.clone()).unwrap();
    refused(&chain, by(period(&one, 52, &[2]), RECOVERY), OwnerChainError::NotTheRecoveryKey);
    // As high as it likes.
    let higher = OwnerList { period: 200, ..period(&one, 52, &[2]) };
    refused(&chain, by(higher, RECOVERY), OwnerChainError::NotTheRecoveryKey);
    refused(&chain, by(period(&first(), 53, &[2]), RECOVERY), OwnerChainError::AnotherBeginning);
    assert_eq!(chain.take(first()), Ok(Taken::Known));

    let two = by(period(&one, 54, &[1]), 101);
    chain.take(two.clone()).unwrap();
    // The list of the period before is replayed: it changes nothing.
    assert_eq!(chain.take(one.clone()), Ok(Taken::Known));
    assert_eq!(chain.period(), 2);
    let replayed = by(OwnerList { recovery: recovery(102), ..period(&first(), 51, &[1]) }, RECOVERY);
    refused(&chain, replayed, OwnerChainError::Ended { period: 1, present: 2 });
}

#[test]
fn a_new_period_has_a_household_key_that_was_never_used() {
    let mut chain = chain();
    refused(&chain, by(period(&first(), 50, &[1]), RECOVERY), OwnerChainError::KeyUsed);
    let one = by(period(&first(), 51, &[1]), RECOVERY);
    chain.take(one.clone()).unwrap();
    for used in [50, 51] {
        refused(&chain, by(period(&one, used, &[1]), RECOVERY), OwnerChainError::KeyUsed);
    }
}

#[test]
fn lists_are_taken_in_their_order() {
    let (mut chain, one) = (chain(), by(adding(&first(), 3), 1));
    let two = by(adding(&one, 4), 1);
    refused(&chain, two.clone(), OwnerChainError::Before);
    let unknown = OwnerList { before: Some(StatementId::from_bytes([1; 32])), ..adding(&first(), 3) };
    refused(&chain, by(unknown, 1), OwnerChainError::Before);
    let next = by(period(&first(), 51, &[1]), RECOVERY);
    refused(&chain, by(adding(&next, 3), 1), OwnerChainError::NotBegun);
    refused(&chain, by(OwnerList { number: 2, ..adding(&first(), 3) }, 1), OwnerChainError::Number);
    chain.take(one).unwrap();
    assert_eq!(chain.take(two), Ok(Taken::Device));
    // A period may be skipped if the recovery key is the same.
    let later = by(period(&next, 52, &[1]), RECOVERY);
    assert_eq!(chain.take(later), Ok(Taken::Period));
    assert_eq!(chain.period(), 2);
}

#[test]
fn a_chain_begins_with_a_list_of_one_of_its_devices() {
    assert_eq!(OwnerChain::begin(by(first().statement().clone(), 9)), Err(OwnerChainError::NotADevice));
    assert_eq!(OwnerChain::begin(by(adding(&first(), 3), 9)), Err(OwnerChainError::NotADevice));
    // At pairing with a later period, no earlier list is there to name the recovery key.
    assert!(OwnerChain::begin(by(period(&first(), 51, &[1]), RECOVERY)).is_ok());
}

#[test]
fn a_period_has_32_devices_and_64_lists_at_most() {
    let mut chain = chain();
    let mut last = first();
    for added in 3..=32 {
        last = by(adding(&last, added), 1);
        chain.take(last.clone()).unwrap();
    }
    refused(&chain, by(adding(&first(), 33), 1), OwnerChainError::Full);
    // The same device once more, in many lists.
    let mut taken = chain.lists().len();
    for added in 4..=32 {
        taken += 1;
        assert_eq!(chain.take(by(adding(&first(), added), 1)), Ok(Taken::Device));
    }
    for signer in 2..=32 {
        let list = by(adding(&first(), 3), signer);
        // An id names the signer too.
        if taken < OwnerChain::MAX_LISTS {
            taken += 1;
            assert_eq!(chain.take(list), Ok(Taken::Device));
        } else {
            refused(&chain, list, OwnerChainError::Full);
        }
    }
    assert_eq!(chain.lists().len(), OwnerChain::MAX_LISTS);
}
