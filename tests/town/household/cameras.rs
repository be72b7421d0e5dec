//! Which of several entries about one camera counts, when clocks are wrong.

use footage::record::{EntryContent, HouseholdCamera, Millis, Timestamp};
use footage::resident::{MemoryPlace, PeriodChange};

use super::{Pinned, camera, days, noon, own_camera, synchronise, three};

fn sold(seed: u64) -> EntryContent {
    EntryContent::Camera(HouseholdCamera { key: camera(seed), cell: None })
}

/// A member's clock is at the end of time, or somebody says so: the next word about the camera counts all the same.
#[test]
fn a_date_far_ahead_keeps_no_entry_the_latest() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(1));
    let ([mut one, mut two, mut three], _) = three(&place, &mut random);
    one.write(own_camera(50), noon(), &mut random).unwrap();
    synchronise(&mut one, &place, &mut random);
    for (at, ahead) in [Timestamp::MAX, days(365), noon().after(Millis::HOUR)].into_iter().enumerate() {
        two.write(sold(50), ahead, &mut random).unwrap();
        synchronise(&mut two, &place, &mut random);
        synchronise(&mut one, &place, &mut random);
        // What is little ahead is believed.
        assert_eq!(one.cameras(noon()).is_empty(), at == 2);
        one.write(own_camera(50), noon(), &mut random).unwrap();
        synchronise(&mut one, &place, &mut random);
        for household in [&mut one, &mut two, &mut three] {
            synchronise(household, &place, &mut random);
            assert_eq!(household.cameras(noon()).len(), 1);
        }
    }
    // When the date has come, what is written then counts.
    one.write(own_camera(50), days(365), &mut random).unwrap();
    assert_eq!(one.cameras(days(366)).len(), 1);
    // The file holds no more of them than two.
    synchronise(&mut one, &place, &mut random);
    let of_camera = |entry: &&footage::record::Verified<footage::record::HouseholdEntry>| {
        matches!(entry.statement().content, EntryContent::Camera(_))
    };
    assert!(one.entries(noon()).filter(of_camera).count() <= 2);
}

/// A device does not take over a date that it does not believe.
#[test]
fn what_replaces_a_date_far_ahead_is_dated_by_the_clock() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(5));
    let ([mut one, mut two, _], _) = three(&place, &mut random);
    two.write(own_camera(50), Timestamp::MAX, &mut random).unwrap();
    synchronise(&mut two, &place, &mut random);
    synchronise(&mut one, &place, &mut random);
    assert_eq!(one.cameras(noon()).len(), 1);
    let id = one.write(sold(50), noon(), &mut random).unwrap();
    let written = one.entries(noon()).find(|entry| entry.id() == id).unwrap().statement().written;
    assert_eq!((written, one.cameras(noon()).len()), (noon(), 0));
    // What is believed is replaced by a later date, whatever the clock says.
    let id = one.write(own_camera(50), noon().before(Millis::HOUR), &mut random).unwrap();
    let written = one.entries(noon()).find(|entry| entry.id() == id).unwrap().statement().written;
    assert_eq!((written, one.cameras(noon()).len()), (noon().after(Millis(1)), 1));
}

/// A device whose clock is behind takes nothing from the others.
#[test]
fn a_device_whose_clock_is_behind_drops_no_later_entry() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(2));
    let ([mut one, mut two, mut three], _) = three(&place, &mut random);
    one.write(own_camera(50), noon(), &mut random).unwrap();
    one.write(sold(51), noon(), &mut random).unwrap();
    synchronise(&mut one, &place, &mut random);
    synchronise(&mut two, &place, &mut random);
    one.write(sold(50), days(30), &mut random).unwrap();
    synchronise(&mut one, &place, &mut random);
    let _ = two.synchronise(&mut place.clone(), noon(), &mut random).unwrap();
    synchronise(&mut three, &place, &mut random);
    assert!(three.cameras(days(30)).is_empty() && two.cameras(days(30)).is_empty());
}

/// What was written in a later period comes after what the period found.
#[test]
fn a_period_ends_what_was_dated_ahead() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(3));
    let ([mut one, mut two, _], sheets) = three(&place, &mut random);
    two.write(sold(50), Timestamp::MAX, &mut random).unwrap();
    synchronise(&mut two, &place, &mut random);
    synchronise(&mut one, &place, &mut random);
    let new = one.prepare_period(&PeriodChange::default(), &sheets, noon(), &mut random).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut random).unwrap();
    one.write(own_camera(50), noon(), &mut random).unwrap();
    // Also for a device whose own clock is at the end of time.
    let _ = two.synchronise(&mut place.clone(), Timestamp::MAX, &mut random).unwrap();
    synchronise(&mut one, &place, &mut random);
    let _ = two.synchronise(&mut place.clone(), Timestamp::MAX, &mut random).unwrap();
    assert_eq!((one.cameras(noon()).len(), two.cameras(Timestamp::MAX).len()), (1, 1));
}

/// T45: what a device wrote offline before a period is not signed anew over what was written since.
#[test]
fn t45_an_old_word_that_is_signed_anew_does_not_become_the_latest() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(4));
    let ([mut one, mut two, _], sheets) = three(&place, &mut random);
    two.write(sold(50), noon(), &mut random).unwrap();
    two.write(own_camera(51), noon(), &mut random).unwrap();
    let new = one.prepare_period(&PeriodChange::default(), &sheets, noon(), &mut random).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut random).unwrap();
    one.write(own_camera(50), days(1), &mut random).unwrap();
    let _ = one.synchronise(&mut place.clone(), days(1), &mut random).unwrap();
    // Signed in a later period than that, the old word would rank above it.
    let new = one.prepare_period(&PeriodChange::default(), &sheets, days(1), &mut random).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), days(1), &mut random).unwrap();
    for _ in 0..2 {
        for household in [&mut one, &mut two] {
            let _ = household.synchronise(&mut place.clone(), days(2), &mut random).unwrap();
        }
    }
    assert_eq!((one.cameras(days(2)).len(), two.cameras(days(2)).len()), (2, 2));
}
