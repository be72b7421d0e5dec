//! A household changes the KEM of its keys.

use footage::crypto::KemAlgorithm;
use footage::record::{OwnerList, Verified};
use footage::resident::{Household, HouseholdDevice, HouseholdError, MemoryPlace, PeriodChange, RecoverySheet};
use footage::store::{MemoryStore, Store};
use footage_support::faults::StoreImage;

use super::crashes::{crash_everywhere, one, open_or, reopened};
use super::{Pinned, add, consent, consents, days, noon, synchronise, three};

const NEW: KemAlgorithm = KemAlgorithm::XWing;

fn opens<S: Store>(household: &Household<S>, list: &Verified<OwnerList>) -> bool {
    household.key(&list.statement().key.fingerprint()).is_some()
}

/// T45: two devices have keys of the new KEM, and a third is too old for it.
#[test]
fn t45_a_device_of_an_older_kem_stays_out_when_the_kem_changes() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(1));
    let ([mut one, mut two, mut older], sheets) = three(&place, &mut random);
    let old = one.owner_lists()[0].clone();
    older.write(consent(1), noon(), &mut random).unwrap();
    synchronise(&mut older, &place, &mut random);
    for household in [&mut one, &mut two] {
        household.offer_key(NEW, noon(), &mut random).unwrap();
        household.offer_key(NEW, noon(), &mut random).unwrap();
        synchronise(household, &place, &mut random);
    }
    synchronise(&mut one, &place, &mut random);
    // An offer alone changes nothing, and is made once.
    synchronise(&mut older, &place, &mut random);
    assert_eq!((older.devices(), older.file().entries()), (one.devices(), one.file().entries()));
    assert!(one.devices().iter().any(|device| *device == one.device()));

    let change = PeriodChange { kem: Some(NEW), ..PeriodChange::default() };
    let refused = one.prepare_period(&change, &sheets, noon(), &mut random).unwrap_err();
    let signer = older.device().signer;
    assert!(matches!(refused, HouseholdError::NotOffered(ref device) if **device == signer), "{refused}");
    let change = PeriodChange { take_out: vec![signer], ..change };
    let new = one.prepare_period(&change, &sheets, noon(), &mut random).unwrap();
    let fresh = RecoverySheet::combine(&new.sheets(1, 1).unwrap()).unwrap();
    assert_eq!(fresh.seed().algorithm(), NEW);
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut random).unwrap();
    let list = one.owner_lists()[0].clone();
    let stated = list.statement();
    assert_eq!((stated.key.algorithm(), stated.recovery.kem.algorithm(), stated.period), (NEW, NEW, 1));
    synchronise(&mut two, &place, &mut random);
    for household in [&one, &two] {
        assert!(opens(household, &old) && opens(household, &list));
        assert!(household.is_member() && household.devices().contains(&household.device()));
        assert_eq!(consents(household, noon()), [1]);
    }
    let told = older.synchronise(&mut place.clone(), noon(), &mut random).unwrap();
    assert!(told.taken_out && !opens(&older, &list));
    // It is no device of this household before it has a key of the new KEM, and then it has the old keys, too.
    let device = HouseholdDevice::begin(MemoryStore::new(), KemAlgorithm::X25519, &mut random).unwrap();
    let request = device.request(&mut random).unwrap().into_signed();
    let refused = two.add_device(request, &mut place.clone(), noon(), &mut random).unwrap_err();
    assert!(matches!(refused, HouseholdError::Kem), "{refused}");
    let updated = add(&mut two, MemoryStore::new(), &mut place.clone(), &mut random);
    assert!(opens(&updated, &old) && opens(&updated, &list));

    // The new sheets open everything, and the old ones nothing new.
    let begin = |kem, random: &mut Pinned| HouseholdDevice::begin(MemoryStore::new(), kem, random).unwrap();
    let device = begin(KemAlgorithm::X25519, &mut random);
    let refused = device.recover(&sheets, &mut place.clone(), noon(), &mut random).map(drop).unwrap_err();
    assert!(matches!(refused, HouseholdError::OtherSheets), "{refused}");
    let recovered = begin(NEW, &mut random).recover(&fresh, &mut place.clone(), noon(), &mut random).unwrap();
    assert!(opens(&recovered, &old) && opens(&recovered, &list));
    assert_eq!(consents(&recovered, noon()), [1]);
}

/// A kill at every write while a device offers its key and the KEM changes.
#[test]
fn a_crash_at_any_write_while_the_kem_changes() {
    crash_everywhere(
        one,
        |image, place, sheets, random| -> Result<(), HouseholdError> {
            let mut household = open_or(image, random, |_, _| panic!("no household"))?;
            household.offer_key(NEW, noon(), random)?;
            let _ = household.synchronise(place, noon(), random)?;
            if household.period() == 0 {
                let change = PeriodChange { kem: Some(NEW), ..PeriodChange::default() };
                let new = household.prepare_period(&change, sheets, noon(), random)?;
                let _ = household.begin_period(&new, place, noon(), random)?;
            }
            Ok(())
        },
        |image: &StoreImage, place, _| {
            let mut household = reopened(image);
            let _ = household.synchronise(&mut place.clone(), noon(), &mut Pinned(3)).unwrap();
            let list = household.owner_lists()[0].clone();
            assert_eq!((list.statement().key.algorithm(), household.period()), (NEW, 1));
            assert!(opens(&household, &list) && household.devices() == [household.device()]);
        },
    );
}

/// Whoever changes the KEM finds the key that each device offered itself, not one that it wrote down for another.
#[test]
fn a_device_offers_its_own_key() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(2));
    let ([mut one, mut two, mut three], mut sheets) = three(&place, &mut random);
    // The first device writes down the key of another one, later than its own.
    let device = HouseholdDevice::begin(MemoryStore::new(), KemAlgorithm::X25519, &mut random).unwrap();
    let request = device.request(&mut random).unwrap().into_signed();
    let (at, signer) = (&mut place.clone(), one.device().signer);
    let handover = one.add_device(request, at, days(1), &mut random).unwrap().into_signed();
    let mut four = device.join(handover, &signer, at, days(1), &mut random).unwrap();
    // There and back. The first device still has the key that it had.
    for kem in [NEW, KemAlgorithm::X25519] {
        if kem == NEW {
            one.offer_key(kem, noon(), &mut random).unwrap();
        }
        synchronise(&mut one, &place, &mut random);
        for household in [&mut two, &mut three, &mut four] {
            household.offer_key(kem, noon(), &mut random).unwrap();
            synchronise(household, &place, &mut random);
        }
        synchronise(&mut one, &place, &mut random);
        let change = PeriodChange { kem: Some(kem), ..PeriodChange::default() };
        let new = one.prepare_period(&change, &sheets, noon(), &mut random).unwrap();
        sheets = RecoverySheet::combine(&new.sheets(1, 1).unwrap()).unwrap();
        let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut random).unwrap();
        for household in [&mut one, &mut two, &mut three, &mut four] {
            synchronise(household, &place, &mut random);
            assert!(household.devices().contains(&household.device()));
            assert!(opens(household, &household.owner_lists()[0].clone()));
        }
    }
    assert_eq!(one.period(), 2);
}
