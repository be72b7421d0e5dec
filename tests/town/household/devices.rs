//! The household survives the loss of any device, through files and stores on a disk.

use std::fs;
use std::path::{Path, PathBuf};

use footage::crypto::{Digest, KemAlgorithm};
use footage::record::{Cell, EntryContent, HouseholdCamera, OwnerList, Verified};
use footage::resident::{
    CameraCheck, ClipOwners, Household, HouseholdDevice, HouseholdError, HouseholdPlace, OwnersCheck, PeriodChange,
    PlaceError, Recovered, RecoverySheet,
};
use footage::store::{DirectoryStore, MemoryStore, Object, Store, Version};

use super::{Pinned, add, begin, camera, consent, consents, grant, noon, own_camera, porch};

/// The household file as a file.
struct File(PathBuf);

impl HouseholdPlace for File {
    fn read(&mut self) -> Result<Option<Object>, PlaceError> {
        if !self.0.exists() {
            return Ok(None);
        }
        let bytes = fs::read(&self.0).map_err(PlaceError::new)?;
        let version = Version::new(blake(&bytes));
        Ok(Some(Object { bytes, version }))
    }

    fn replace(&mut self, read: Option<&Version>, bytes: &[u8]) -> Result<Option<Version>, PlaceError> {
        let present = self.read()?.map(|file| file.version);
        if present.as_ref() != read {
            return Ok(None);
        }
        fs::write(&self.0, bytes).map_err(PlaceError::new)?;
        Ok(Some(Version::new(blake(bytes))))
    }
}

fn blake(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_string()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("household-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether a household has the private key of this list, and so opens the clips that are sealed for it.
fn opens<S: Store>(household: &Household<S>, list: &Verified<OwnerList>) -> bool {
    let key = &list.statement().key;
    household.key(&key.fingerprint()).is_some_and(|private| private.public_key() == *key)
}

fn owners(list: &Verified<OwnerList>) -> ClipOwners {
    let fingerprint = |key: &footage::crypto::KemPublicKey| key.fingerprint();
    let OwnerList { key, recovery, .. } = list.statement();
    ClipOwners { list: list.id(), household: fingerprint(key), recovery: fingerprint(&recovery.kem) }
}

/// Three devices, a period in which one was taken out and came back as a new one, consents by each, and then losses.
#[test]
fn t36_any_two_devices_are_lost_and_then_all_three() {
    let folder = folder("losses");
    let at = |name: &str| folder.join(name);
    let (mut place, mut random) = (File(at("file")), Pinned(1));
    let store = |name: &str| DirectoryStore::begin(at(name)).unwrap();
    let mut lists = Vec::new();
    let sheets;
    {
        let (mut one, recovered) = begin(store("one"), KemAlgorithm::XWing, &mut place, &mut random);
        sheets = recovered;
        one.write(own_camera(50), noon(), &mut random).unwrap();
        let mut two = add(&mut one, store("two"), &mut place, &mut random);
        two.write(consent(1), noon(), &mut random).unwrap();
        let _ = two.synchronise(&mut place, noon(), &mut random).unwrap();
        lists.extend(two.owner_lists().to_vec());
        // A new period, with the same recovery key.
        let new = two.prepare_period(&PeriodChange::default(), &sheets, noon(), &mut random).unwrap();
        let _ = two.begin_period(&new, &mut place, noon(), &mut random).unwrap();
        two.write(consent(2), noon(), &mut random).unwrap();
        let mut three = add(&mut two, store("three"), &mut place, &mut random);
        three.write(consent(3), noon(), &mut random).unwrap();
        let _ = three.synchronise(&mut place, noon(), &mut random).unwrap();
        lists.extend(three.owner_lists().to_vec());
        // The first device was offline all the while; what it writes meanwhile is kept.
        one.write(consent(4), noon(), &mut random).unwrap();
        let synchronised = one.synchronise(&mut place, noon(), &mut random).unwrap();
        assert!(synchronised.period_began && !synchronised.taken_out);
    }
    assert_eq!(lists.len(), 4);
    // Any one device is left.
    let open = |name: &str| Household::open(DirectoryStore::open(at(name)).unwrap()).unwrap();
    for left in ["one", "two", "three"] {
        let mut household = open(left);
        let _ = household.synchronise(&mut place, noon(), &mut random).unwrap();
        assert!(lists.iter().all(|list| opens(&household, list)), "{left}");
        assert_eq!(consents(&household, noon()), [1, 2, 3, 4], "{left}");
        assert_eq!(household.cameras(noon()), [HouseholdCamera { key: camera(50), cell: Some(porch()) }]);
        assert_eq!(household.devices().len(), 3);
        let checks = lists.iter().map(|list| household.check(&owners(list), &camera(50), noon()));
        let ended = OwnersCheck::Ended { period: 0 };
        let expected = [ended, ended, OwnersCheck::Present, OwnersCheck::Present];
        assert_eq!(checks.map(|check| check.owners).collect::<Vec<_>>(), expected, "{left}");
    }
    // T36, T45: all are lost; sheets and file alone give everything back.
    let device = HouseholdDevice::begin(store("four"), KemAlgorithm::XWing, &mut random).unwrap();
    let mut four = device.recover(&sheets, &mut place, noon(), &mut random).unwrap();
    assert_eq!((four.period(), four.devices().len()), (2, 1));
    assert!(lists.iter().all(|list| opens(&four, list)));
    assert_eq!(consents(&four, noon()), [1, 2, 3, 4]);
    // The lost devices open nothing new.
    for lost in ["one", "two", "three"] {
        let mut household = open(lost);
        let synchronised = household.synchronise(&mut place, noon(), &mut random).unwrap();
        assert!(synchronised.taken_out && !opens(&household, &four.owner_lists()[0]), "{lost}");
        assert_eq!(household.period(), 1, "{lost}");
    }
    // Every open grant is revoked, and the others of the household see it.
    for seed in 1..=4 {
        four.revoke(&grant(seed), noon(), &mut random).unwrap();
    }
    let _ = four.synchronise(&mut place, noon(), &mut random).unwrap();
    let five = add(&mut four, store("five"), &mut place, &mut random);
    assert!(five.consents(noon()).iter().all(|(_, revoked)| *revoked) && lists.iter().all(|list| opens(&five, list)));
    drop((four, five));
    assert_eq!(consents(&open("five"), noon()), [1, 2, 3, 4]);
    fs::remove_dir_all(folder).unwrap();
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
