//! Devices that join, and what a household knows of clips and cameras.

use footage::crypto::{Digest, KemAlgorithm};
use footage::record::{Cell, EntryContent, HouseholdCamera, OwnerList, Verified};
use footage::resident::{
    CameraCheck, ClipOwners, Household, HouseholdDevice, HouseholdError, HouseholdPlace, MemoryPlace, OwnersCheck,
    PeriodChange, Recovered, RecoverySheet,
};
use footage::store::MemoryStore;

use super::{Pinned, begin, bytes, camera, device, noon, own_camera, porch, three};

fn owners(list: &Verified<OwnerList>) -> ClipOwners {
    let fingerprint = |key: &footage::crypto::KemPublicKey| key.fingerprint();
    let OwnerList { key, recovery, .. } = list.statement();
    ClipOwners { list: list.id(), household: fingerprint(key), recovery: fingerprint(&recovery.kem) }
}

#[test]
fn a_device_joins_only_with_a_handover_that_is_for_it_and_from_whom_it_expects() {
    let (mut place, mut random) = (footage::resident::MemoryPlace::new(), Pinned(2));
    let kem = KemAlgorithm::X25519;
    let (mut one, sheets) = begin(MemoryStore::new(), kem, &mut place, &mut random);
    let new = |random: &mut Pinned| HouseholdDevice::begin(MemoryStore::new(), kem, random).unwrap();
    let (device, signer) = (new(&mut random), one.device().signer);
    let request = device.request(&mut random).unwrap().into_signed();
    let handover = one.add_device(request.clone(), &mut place, noon(), &mut random).unwrap().into_signed();
    let join = |device: HouseholdDevice<MemoryStore>, from, random: &mut Pinned| {
        device.join(handover.clone(), from, &mut place.clone(), noon(), random).map(|_| ()).unwrap_err()
    };
    assert!(matches!(join(new(&mut random), &signer, &mut random), HouseholdError::OtherDevice));
    assert!(matches!(join(new(&mut random), &camera(9), &mut random), HouseholdError::Statement(_)));
    // Asking again for the same device gives the same list.
    let again = one.add_device(request, &mut place, noon(), &mut random).unwrap();
    assert_eq!(again.statement(), handover.statement());
    let household = device.join(handover, &signer, &mut place, noon(), &mut random).unwrap();
    assert_eq!(household.devices(), one.devices());

    // T45: a device of another KEM.
    let older = HouseholdDevice::begin(MemoryStore::new(), KemAlgorithm::XWing, &mut random).unwrap();
    let request = older.request(&mut random).unwrap().into_signed();
    let refused = one.add_device(request, &mut place, noon(), &mut random).unwrap_err();
    assert!(matches!(refused, HouseholdError::Kem));
    let refused = older.recover(&sheets, &mut place, noon(), &mut random).map(|_| ()).unwrap_err();
    assert!(matches!(refused, HouseholdError::Kem));
}

#[test]
fn a_store_tells_what_it_holds() {
    let mut random = Pinned(3);
    let open = |store: &mut MemoryStore| Household::open(store).map(|_| ()).unwrap_err();
    let mut store = MemoryStore::new();
    assert!(matches!(open(&mut store), HouseholdError::NoDevice));
    HouseholdDevice::begin(&mut store, KemAlgorithm::X25519, &mut random).unwrap();
    assert!(matches!(open(&mut store), HouseholdError::NoHousehold));
    let device = HouseholdDevice::open(&mut store).unwrap();
    let new = device.prepare_household(noon(), &mut random).unwrap();
    let household = device.begin_household(&new, &mut random).unwrap();
    // No camera gets a list whose key one device alone has.
    assert!(household.owner_lists().is_empty());
    drop(household);
    assert!(matches!(HouseholdDevice::open(&mut store).map(|_| ()).unwrap_err(), HouseholdError::HasHousehold));
    let mut household = Household::open(&mut store).unwrap();
    let _ = household.synchronise(&mut footage::resident::MemoryPlace::new(), noon(), &mut random).unwrap();
    assert_eq!(household.owner_lists().len(), 1);
}

#[test]
fn a_household_tells_its_clips_from_others() {
    let (mut place, mut random) = (footage::resident::MemoryPlace::new(), Pinned(4));
    let (mut one, sheets) = begin(MemoryStore::new(), KemAlgorithm::X25519, &mut place, &mut random);
    one.write(own_camera(50), noon(), &mut random).unwrap();
    one.write(own_camera(51), noon(), &mut random).unwrap();
    // Sold, by a device whose clock is behind.
    let sold = EntryContent::Camera(HouseholdCamera { key: camera(51), cell: None });
    one.write(sold, noon().before(footage::record::Millis::DAY), &mut random).unwrap();
    let list = one.owner_lists()[0].clone();
    let new = one.prepare_period(&PeriodChange::default(), &sheets, noon(), &mut random).unwrap();
    let _ = one.begin_period(&new, &mut place, noon(), &mut random).unwrap();
    let present = one.owner_lists()[0].clone();
    let stranger = Digest::from_bytes([1; 32]);
    let unknown = footage::record::StatementId::from_bytes([1; 32]);
    let check = |owners: ClipOwners, seed| one.check(&owners, &camera(seed), noon());
    let (old, now) = (owners(&list), owners(&present));
    assert_eq!(check(now, 50).camera, CameraCheck::Own(porch()));
    assert_eq!(check(now, 51).camera, CameraCheck::Former);
    assert_eq!(check(now, 52).camera, CameraCheck::Unknown);
    let stranger_of = |household, recovery| OwnersCheck::Stranger { household, recovery };
    for (owners, expected) in [
        (now, OwnersCheck::Present),
        (old, OwnersCheck::Ended { period: 0 }),
        (ClipOwners { list: unknown, ..old }, OwnersCheck::UnknownList { period: 0 }),
        (ClipOwners { list: unknown, ..now }, OwnersCheck::UnknownList { period: 1 }),
        (ClipOwners { household: stranger, ..now }, stranger_of(true, false)),
        (ClipOwners { recovery: stranger, ..now }, stranger_of(false, true)),
        // A key of another period than the list's.
        (ClipOwners { household: old.household, ..now }, stranger_of(true, false)),
        (ClipOwners { list: unknown, recovery: stranger, ..now }, stranger_of(false, true)),
        (ClipOwners { list: unknown, household: stranger, ..now }, stranger_of(true, false)),
        (ClipOwners { list: unknown, household: stranger, recovery: stranger }, OwnersCheck::OtherHousehold),
    ] {
        assert_eq!(check(owners, 50).owners, expected);
    }
    assert!(matches!(
        one.write(EntryContent::Camera(HouseholdCamera { key: camera(1), cell: Some(large()) }), noon(), &mut random),
        Err(HouseholdError::Content)
    ));
}

/// A cell of resolution 7.
fn large() -> Cell {
    "872830828ffffff".parse().unwrap()
}

/// T36 with one sheet, and a device whose household file is gone.
#[test]
fn sheets_are_told_apart() {
    let mut random = Pinned(5);
    let kem = KemAlgorithm::X25519;
    let (mut place, mut other) = (footage::resident::MemoryPlace::new(), footage::resident::MemoryPlace::new());
    let (mut one, sheets) = begin(MemoryStore::new(), kem, &mut place, &mut random);
    let (_, others) = begin(MemoryStore::new(), kem, &mut other, &mut random);
    let recover = |sheets: &Recovered, place: &mut dyn HouseholdPlace, random: &mut Pinned| {
        let device = HouseholdDevice::begin(MemoryStore::new(), kem, random).unwrap();
        device.recover(sheets, place, noon(), random)
    };
    assert!(matches!(recover(&others, &mut place, &mut random), Err(HouseholdError::OtherSheets)));
    let nowhere = &mut footage::resident::MemoryPlace::new();
    assert!(matches!(recover(&sheets, nowhere, &mut random), Err(HouseholdError::NoFile)));
    let other = one.prepare_period(&PeriodChange::default(), &others, noon(), &mut random);
    assert!(matches!(other, Err(HouseholdError::OtherSheets)));

    // T32: a photo of the old sheet, after a new period with a new recovery key.
    let change = PeriodChange { new_recovery_key: true, ..PeriodChange::default() };
    let new = one.prepare_period(&change, &sheets, noon(), &mut random).unwrap();
    let fresh = RecoverySheet::combine(&new.sheets(1, 1).unwrap()).unwrap();
    let _ = one.begin_period(&new, &mut place, noon(), &mut random).unwrap();
    assert!(matches!(recover(&sheets, &mut place, &mut random), Err(HouseholdError::OtherSheets)));
    let old = one.prepare_period(&PeriodChange::default(), &sheets, noon(), &mut random);
    assert!(matches!(old, Err(HouseholdError::OldSheets)));
    let recovered = recover(&fresh, &mut place, &mut random).unwrap();
    assert_eq!(recovered.period(), 2);
}

/// T32: a phone that was taken out synchronises once more. What it remembers of ended periods lets no old sheet recover.
#[test]
fn t32_a_device_that_was_taken_out_brings_no_old_sheet_back() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(6));
    let ([mut one, mut two, _], sheets) = three(&place, &mut random);
    let take_out = vec![two.device().signer];
    let change = PeriodChange { take_out, new_recovery_key: true, ..PeriodChange::default() };
    let new = one.prepare_period(&change, &sheets, noon(), &mut random).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut random).unwrap();
    let before = bytes(&place);
    assert!(two.synchronise(&mut place.clone(), noon(), &mut random).unwrap().taken_out);
    assert!(bytes(&place) == before, "the place is as it was");
    let phone = device(MemoryStore::new(), KemAlgorithm::X25519, &mut random);
    let refused = phone.recover(&sheets, &mut place.clone(), noon(), &mut random).map(drop).unwrap_err();
    assert!(matches!(refused, HouseholdError::OtherSheets | HouseholdError::OldSheets), "{refused}");
}
