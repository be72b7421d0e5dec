//! New periods: who was taken out opens nothing new, and nothing that counts is lost.

use footage::record::{OwnerChainError, Timestamp};
use footage::resident::{Household, HouseholdError, HouseholdFileError, MemoryPlace, PeriodChange, RecoverySheet};
use footage::store::MemoryStore;

use super::{NOON, Pinned, bytes, consent, consents, days, grant, noon, own_camera, synchronise, three};

/// Begins a period without these devices.
fn without(
    by: &mut Household<MemoryStore>,
    out: &[&Household<MemoryStore>],
    sheets: &footage::resident::Recovered,
    place: &MemoryPlace,
    random: &mut Pinned,
) {
    let take_out = out.iter().map(|household| household.device().signer).collect();
    let change = PeriodChange { take_out, ..PeriodChange::default() };
    let new = by.prepare_period(&change, sheets, noon(), random).unwrap();
    let synchronised = by.begin_period(&new, &mut place.clone(), noon(), random).unwrap();
    assert!(synchronised.period_began);
}

/// T11: who was taken out keeps what they could open, and opens nothing new.
#[test]
fn t11_a_removed_device_opens_nothing_new_and_writes_nothing_that_counts() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(1));
    let ([mut one, mut two, mut three], sheets) = three(&place, &mut random);
    three.write(consent(1), noon(), &mut random).unwrap();
    synchronise(&mut three, &place, &mut random);
    synchronise(&mut one, &place, &mut random);
    without(&mut one, &[&three], &sheets, &place, &mut random);
    one.write(consent(2), noon(), &mut random).unwrap();
    synchronise(&mut one, &place, &mut random);

    // It writes on in the period that it knows. Nothing of that comes into the file.
    three.write(consent(3), noon(), &mut random).unwrap();
    three.write(own_camera(66), noon(), &mut random).unwrap();
    let before = bytes(&place);
    let synchronised = three.synchronise(&mut place.clone(), noon(), &mut random).unwrap();
    assert!(synchronised.taken_out && three.is_member() && bytes(&place) == before);
    let list = &one.owner_lists()[0].statement().key;
    assert!(three.key(&list.fingerprint()).is_none());
    assert_eq!(consents(&three, noon()), [1, 3]);
    for household in [&mut one, &mut two] {
        synchronise(household, &place, &mut random);
        // What counted when the period began counts on.
        assert_eq!(consents(household, noon()), [1, 2]);
        assert!(household.cameras(noon()).is_empty());
        assert_eq!(household.devices().len(), 2);
    }
}

/// T32: a member adds a device of its own; both are taken out by one period.
#[test]
fn t32_a_device_that_a_removed_member_adds_is_out_too() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(2));
    let ([mut one, _, mut three], sheets) = three(&place, &mut random);
    without(&mut one, &[&three], &sheets, &place, &mut random);
    // The removed member lets another device in, in a file that it keeps for itself.
    let own = MemoryPlace::new();
    let mut four = super::add(&mut three, MemoryStore::new(), &mut own.clone(), &mut random);
    own.put(Some(bytes(&place)));
    synchronise(&mut three, &own, &mut random);
    synchronise(&mut four, &own, &mut random);
    place.put(Some(bytes(&own)));
    synchronise(&mut one, &place, &mut random);
    assert_eq!(one.devices().len(), 2);
    assert!(four.key(&one.owner_lists()[0].statement().key.fingerprint()).is_none());
}

/// T45: a phone that was offline during a removal.
#[test]
fn t45_what_a_member_wrote_offline_is_signed_anew_once() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(3));
    let ([mut one, mut two, three], sheets) = three(&place, &mut random);
    two.write(consent(1), noon(), &mut random).unwrap();
    two.write(own_camera(50), noon(), &mut random).unwrap();
    without(&mut one, &[&three], &sheets, &place, &mut random);
    synchronise(&mut two, &place, &mut random);
    synchronise(&mut one, &place, &mut random);
    let settled = bytes(&place);
    for household in [&mut one, &mut two] {
        assert_eq!(consents(household, noon()), [1]);
        assert_eq!(household.cameras(noon()).len(), 1);
        synchronise(household, &place, &mut random);
    }
    assert!(settled == bytes(&place), "synchronising again changes nothing");
}

/// An entry that another member put into the file while the period began waits for its signer.
#[test]
fn what_was_left_out_waits_in_the_file_until_its_signer_signs_it_anew() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(4));
    let ([mut one, mut two, _], sheets) = three(&place, &mut random);
    let new = one.prepare_period(&PeriodChange::default(), &sheets, noon(), &mut random).unwrap();
    two.write(consent(1), noon(), &mut random).unwrap();
    synchronise(&mut two, &place, &mut random);
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut random).unwrap();
    synchronise(&mut one, &place, &mut random);
    assert_eq!(consents(&one, noon()), [0; 0]);
    synchronise(&mut two, &place, &mut random);
    synchronise(&mut one, &place, &mut random);
    assert_eq!(consents(&one, noon()), [1]);
}

/// T45: two devices begin a period at once. The second is told; if both got through, the sheets bring them together.
#[test]
fn t45_two_periods_made_apart_are_told_and_brought_together() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(5));
    let ([mut one, mut two, mut three], sheets) = three(&place, &mut random);
    let new = |by: &Household<MemoryStore>, random: &mut Pinned| {
        by.prepare_period(&PeriodChange::default(), &sheets, noon(), random).unwrap()
    };
    let (first, second) = (new(&one, &mut random), new(&two, &mut random));
    let apart = MemoryPlace::new();
    apart.put(Some(bytes(&place)));
    let _ = one.begin_period(&first, &mut place.clone(), noon(), &mut random).unwrap();
    let told = two.begin_period(&second, &mut place.clone(), noon(), &mut random).unwrap_err();
    assert!(matches!(told, HouseholdError::Chain(OwnerChainError::AnotherBeginning)), "{told}");
    assert_eq!(two.period(), 0);

    // A host shows both an older file, so that both succeed.
    let _ = two.begin_period(&second, &mut apart.clone(), noon(), &mut random).unwrap();
    one.write(consent(1), noon(), &mut random).unwrap();
    two.write(consent(2), noon(), &mut random).unwrap();
    for household in [&mut one, &mut two] {
        synchronise(household, &place, &mut random);
    }
    for household in [&mut one, &mut two] {
        synchronise(household, &place, &mut random);
        assert_eq!((household.period(), household.rival_lists().len()), (1, 1));
    }
    // Each has the key of both.
    assert!(one.key(&two.owner_lists()[0].statement().key.fingerprint()).is_some());
    let both = new(&one, &mut random);
    let _ = one.begin_period(&both, &mut place.clone(), noon(), &mut random).unwrap();
    for _ in 0..2 {
        for household in [&mut one, &mut two, &mut three] {
            synchronise(household, &place, &mut random);
        }
    }
    for household in [&one, &two, &three] {
        assert_eq!((household.period(), household.rival_lists().len()), (2, 0));
        assert_eq!(consents(household, noon()), [1, 2]);
    }
}

#[test]
fn two_devices_added_at_once_are_both_in() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(6));
    let ([mut one, mut two, _], _) = three(&place, &mut random);
    let apart = MemoryPlace::new();
    apart.put(Some(bytes(&place)));
    let mut four = super::add(&mut one, MemoryStore::new(), &mut place.clone(), &mut random);
    let mut five = super::add(&mut two, MemoryStore::new(), &mut apart.clone(), &mut random);
    for _ in 0..2 {
        for household in [&mut one, &mut two, &mut four, &mut five] {
            synchronise(household, &place, &mut random);
        }
    }
    for household in [&one, &two, &four, &five] {
        assert_eq!(household.devices().len(), 5);
        assert_eq!(household.owner_lists().len(), 5);
    }
}

#[test]
fn entries_go_when_they_are_over() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(7));
    let (mut devices, _) = three(&place, &mut random);
    let entry = devices[0].write(consent(1), noon(), &mut random).unwrap();
    assert!(!devices[0].is_acknowledged(&entry));
    synchronise(&mut devices[0], &place, &mut random);
    assert!(devices[0].is_acknowledged(&entry));
    devices[0].revoke(&grant(1), noon(), &mut random).unwrap();
    synchronise(&mut devices[0], &place, &mut random);
    // The entries of a device in its first moment of a day, for which the others have written something, too.
    let mut at = |devices: &mut [Household<MemoryStore>; 3], which: usize, day| {
        let now = Timestamp::from_millis(NOON + day * super::DAY - 1).unwrap();
        for (other, device) in (0..).zip(devices.iter_mut()).filter(|(other, _)| *other != which as u64) {
            device.write(own_camera(60 + other), now, &mut random).unwrap();
            let _ = device.synchronise(&mut place.clone(), now, &mut random).unwrap();
        }
        let _ = devices[which].synchronise(&mut place.clone(), now, &mut random).unwrap();
        devices[which].file().entries()
    };
    // It ends at the midnight after day 13.
    at(&mut devices, 0, 18);
    let count = at(&mut devices, 1, 19);
    assert_eq!((at(&mut devices, 1, 20), devices[1].consents(days(20))[0].1), (count, true));
    assert_eq!(at(&mut devices, 1, 21), count - 1);
    // As long as a preservation may run.
    assert_eq!(at(&mut devices, 1, 125), count - 1);
    assert_eq!(at(&mut devices, 1, 126), count - 2);
    // A device that was away does not bring them back.
    assert_eq!(at(&mut devices, 0, 127), count - 2);
}

#[test]
fn a_device_can_take_itself_out() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(8));
    let ([mut one, mut two, _], sheets) = three(&place, &mut random);
    let own = PeriodChange { take_out: vec![one.device().signer], new_recovery_key: true, ..PeriodChange::default() };
    let new = one.prepare_period(&own, &sheets, noon(), &mut random).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut random).unwrap();
    assert!(!one.is_member());
    assert!(matches!(one.write(consent(1), noon(), &mut random), Err(HouseholdError::NotAMember)));
    synchronise(&mut two, &place, &mut random);
    assert_eq!((two.period(), two.devices().len()), (1, 2));
    let absent = PeriodChange { take_out: vec![one.device().signer], ..PeriodChange::default() };
    let sheets = RecoverySheet::combine(&new.sheets(1, 2).unwrap()[1..]).unwrap();
    assert!(matches!(two.prepare_period(&absent, &sheets, noon(), &mut random), Err(HouseholdError::Absent)));
    let all = PeriodChange { take_out: two.devices().iter().map(|device| device.signer).collect(), ..absent };
    assert!(matches!(two.prepare_period(&all, &sheets, noon(), &mut random), Err(HouseholdError::List(_))));
}

#[test]
fn a_file_of_another_household_is_refused() {
    let (place, other, mut random) = (MemoryPlace::new(), MemoryPlace::new(), Pinned(9));
    let ([mut one, ..], _) = three(&place, &mut random);
    let ([mut stranger, ..], _) = three(&other, &mut random);
    let refused = one.synchronise(&mut other.clone(), noon(), &mut random).unwrap_err();
    assert!(matches!(refused, HouseholdError::File(HouseholdFileError::Household)));
    let before = bytes(&other);
    synchronise(&mut stranger, &other, &mut random);
    assert_eq!(bytes(&other), before);
}
