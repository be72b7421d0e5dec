//! Whom a camera seals for: the owner lists that it takes, and those that it refuses.

use std::io::Cursor;

use footage::camera::{Cadence, Camera, MemoryFiles, OpenCameraError, RecordError, TakeListError};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPublicKey};
use footage::record::{
    Clock, Ending, HouseholdId, Millis, OwnerChainError, OwnerList, OwnerListError, RecoveryKey, Signed, Taken,
    Verified,
};
use footage::store::{MemoryStore, Store};
use footage_support::clips::owner;
use footage_support::common::{NOON, Pinned, at, begin, media};
use footage_support::faults::{Crash, StoreImage};
use footage_support::lists::{self, FIRST, RECOVERY, adding, by, period, signer};

use super::state::{device, key, list_key, owners};

type MemoryCamera<'a> = Camera<&'a mut MemoryStore, MemoryFiles>;
type Clip = FinishedClip<Cursor<Vec<u8>>>;

/// A clock that is far ahead.
const FUTURE: u64 = NOON + 64 * 365 * 24 * 3_600_000;

/// The household key of a number; number 1 is that of the first list.
fn household_key(number: u64) -> KemPublicKey {
    owner(number, KemAlgorithm::X25519).public_key()
}

fn paired<'a>(store: &'a mut MemoryStore, files: &MemoryFiles) -> MemoryCamera<'a> {
    Camera::begin(device(), owners(), store, files.clone()).unwrap()
}

fn opened<'a>(store: &'a mut MemoryStore, files: &MemoryFiles) -> Result<MemoryCamera<'a>, OpenCameraError> {
    Camera::open(device(), store, files.clone())
}

fn taken<S: Store>(camera: &mut Camera<S, MemoryFiles>, list: &Verified<OwnerList>) -> Taken {
    camera.take_list((**list).clone()).unwrap()
}

/// Checks that a camera refuses a list, and that nothing of it changed.
#[track_caller]
fn refused<S: Store>(camera: &mut Camera<S, MemoryFiles>, list: &Verified<OwnerList>, expected: OwnerChainError) {
    let before = camera.owners().clone();
    match camera.take_list((**list).clone()) {
        Err(TakeListError::Refused(error)) => assert_eq!(error, expected),
        other => panic!("{other:?}"),
    }
    assert_eq!(*camera.owners(), before);
}

/// A clip of one group that begins when the clock says this.
fn clip<S: Store>(camera: &mut Camera<S, MemoryFiles>, wall: u64) -> Clip {
    let mut recording = begin(camera, at(wall), Cadence::EveryGroup, &mut Pinned(2)).unwrap();
    media(&mut recording, camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
    finished(recording.finish(camera).unwrap())
}

fn finished(sealed: footage::camera::SealedClip<footage::camera::MemoryFile>) -> Clip {
    FinishedClip::open(Cursor::new(footage_support::clips::bytes(sealed))).unwrap()
}

/// The first list, one that adds a device to it, and one that begins a new period.
pub(crate) fn chain() -> [Verified<OwnerList>; 3] {
    let added = by(adding(&owners(), 3), FIRST);
    let next = by(period(&added, &household_key(2), &[FIRST]), RECOVERY);
    [owners(), added, next]
}

/// C5: the household of the pairing owns what the camera seals, and it alone says who does from then on.
#[test]
fn c5_a_camera_follows_the_lists_of_its_household() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let [first, added, next] = chain();
    let mut camera = paired(&mut store, &files);
    assert_eq!(*camera.owners().newest(), first);
    assert_eq!(clip(&mut camera, NOON).owners().list(), first.id());
    assert_eq!(taken(&mut camera, &added), Taken::Device);
    assert_eq!(taken(&mut camera, &added), Taken::Known);
    drop(camera);

    let mut camera = opened(&mut store, &files).unwrap();
    assert_eq!((camera.owners().newest(), camera.owners().devices().len()), (&added, 2));
    let old = clip(&mut camera, NOON + 10_000);
    assert_eq!(old.owners().list(), added.id());
    assert_eq!(taken(&mut camera, &next), Taken::Period);
    drop(camera);

    let mut camera = opened(&mut store, &files).unwrap();
    assert_eq!((camera.owners().newest(), camera.owners().period()), (&next, 1));
    let new = clip(&mut camera, NOON + 20_000);
    assert_eq!(new.owners().list(), next.id());
    assert!(new.unlock(&owner(1, KemAlgorithm::X25519)).is_err());
    new.unlock(&owner(2, KemAlgorithm::X25519)).unwrap();
    drop(camera);
    // Of the earlier period one list is left, which says that its household key was used.
    let mut kept = vec![key(), list_key(&first), list_key(&next)];
    kept.sort();
    assert_eq!(store.facts().unwrap(), kept);
}

/// C5: what is no list of this household, or was altered, is refused before anything is written.
#[test]
fn c5_a_list_that_is_not_signed_as_it_must_be_is_refused() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let nobody = Camera::begin(device(), by(owners().statement().clone(), 9), &mut store, files.clone()).map(drop);
    assert!(matches!(nobody, Err(OpenCameraError::Owners(OwnerChainError::NotADevice))));
    assert!(store.facts().unwrap().is_empty());

    let mut camera = paired(&mut store, &files);
    let added = by(adding(&owners(), 3), FIRST);
    let mut bytes = added.to_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    let altered = Signed::<OwnerList>::from_bytes(&bytes).unwrap();
    assert!(matches!(camera.take_list(altered), Err(TakeListError::Signature(_))));
    let mut twice = adding(&owners(), 3);
    twice.devices[1] = twice.devices[0];
    refused(&mut camera, &by(twice, FIRST), OwnerChainError::List(OwnerListError::DeviceTwice));
    drop(camera);
    assert_eq!(store.facts().unwrap().len(), 2);
}

/// C5: a new period ends the clips that are being recorded, whatever their cadence. A further device ends none.
#[test]
fn c5_a_new_period_ends_the_clips_that_are_being_recorded() {
    for cadence in [Cadence::EveryGroup, Cadence::AtEnd] {
        let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
        let [_, added, next] = chain();
        let mut camera = paired(&mut store, &files);
        let mut recording = begin(&mut camera, at(NOON), cadence, &mut Pinned(2)).unwrap();
        let second = |number| Millis::SECOND.times(number);
        media(&mut recording, &mut camera, second(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
        assert_eq!(taken(&mut camera, &added), Taken::Device);
        media(&mut recording, &mut camera, second(1), Millis::SECOND, &mut [1, 2, 3]).unwrap();
        assert_eq!(taken(&mut camera, &next), Taken::Period);
        let (id, mut content) = (recording.clip(), [4, 5, 6]);
        for _ in 0..2 {
            let error = media(&mut recording, &mut camera, second(2), Millis::SECOND, &mut content).unwrap_err();
            assert!(matches!(error, RecordError::OwnersChanged(clip) if clip == id), "{error}");
        }
        assert_eq!(content, [4, 5, 6], "left as it was");
        let ended = finished(recording.finish(&mut camera).unwrap());
        assert_eq!((ended.count(), ended.ending(), ended.owners().list()), (2, Ending::Finished, owners().id()));
        assert_eq!(clip(&mut camera, NOON + 10_000).owners().list(), next.id());
    }
}

/// C5: a time that was dated before a new period holds no clock back: not one that is remembered, nor one in a clip that ends
/// afterwards or that a power cut left open, nor after a restart.
#[test]
fn c5_a_new_period_forgets_what_was_dated_before() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let next = by(period(&owners(), &household_key(2), &[FIRST]), RECOVERY);
    let mut camera = paired(&mut store, &files);
    // A wrong network time. One clip is left open by a power cut, the others go on.
    let left = |camera: &mut MemoryCamera<'_>, cadence, wall: u64| {
        let mut recording = begin(camera, at(wall), cadence, &mut Pinned(2)).unwrap();
        media(&mut recording, camera, Millis(0), Millis::SECOND, &mut [1, 2, 3]).unwrap();
        recording
    };
    drop(left(&mut camera, Cadence::EveryGroup, FUTURE));
    drop(left(&mut camera, Cadence::EveryGroup, FUTURE + 5000));
    drop(camera);
    let mut camera = opened(&mut store, &files).unwrap();
    let live = left(&mut camera, Cadence::EveryGroup, FUTURE + 10_000);
    let quiet = left(&mut camera, Cadence::AtEnd, FUTURE + 20_000);
    assert_eq!(clip(&mut camera, NOON).clock(), Clock::Earlier);

    assert_eq!(taken(&mut camera, &next), Taken::Period);
    let set = |camera: &mut MemoryCamera<'_>, wall| {
        let clip = clip(camera, wall);
        assert_eq!((clip.clock(), clip.started()), (Clock::Set, Some(at(wall))));
    };
    set(&mut camera, NOON);
    for (number, recording) in (1..).zip([live, quiet]) {
        let _ = recording.finish(&mut camera).unwrap();
        set(&mut camera, NOON + 5000 * number);
    }
    let open = camera.open_clips();
    let _ = camera.recover(open[0]).unwrap();
    set(&mut camera, NOON + 20_000);
    drop(camera);
    let mut camera = opened(&mut store, &files).unwrap();
    assert_eq!(camera.open_clips(), open[1..]);
    set(&mut camera, NOON + 30_000);
    // Nor does one that cannot be read.
    files.put(open[1], b"no clip".to_vec());
    set(&mut camera, NOON + 40_000);
    // What is dated in the present period counts as ever.
    assert_eq!(clip(&mut camera, NOON).clock(), Clock::Earlier);
}

/// T2: a camera whose list was removed or altered is paired still: it neither opens without one nor begins anew.
#[test]
fn t2_a_camera_whose_list_is_gone_is_not_unpaired() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let [first, added, _] = chain();
    let mut camera = paired(&mut store, &files);
    assert_eq!(taken(&mut camera, &added), Taken::Device);
    drop(camera);
    for list in [&first, &added] {
        let (id, fact) = (list.id(), list_key(list));
        store.remove_fact(&fact).unwrap();
        let error = opened(&mut store, &files).map(drop).unwrap_err();
        assert!(matches!(error, OpenCameraError::MissingList(missing) if missing == id), "{error}");
        let error = Camera::begin(device(), owners(), &mut store, files.clone()).map(drop).unwrap_err();
        assert!(matches!(error, OpenCameraError::Exists), "{error}");

        let bytes = list.to_bytes();
        let own = by(list.statement().clone(), 9).to_bytes();
        let other = if list == &first { &added } else { &first }.to_bytes();
        let altered = (0..bytes.len()).step_by(7).map(|at| {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            altered
        });
        for wrong in altered.chain([own, other, Vec::new(), bytes[1..].to_vec()]) {
            store.put_fact(&fact, &wrong).unwrap();
            let error = opened(&mut store, &files).map(drop).unwrap_err();
            assert!(matches!(error, OpenCameraError::DamagedList(damaged) if damaged == id), "{error}");
            assert_eq!(store.fact(&fact).unwrap().unwrap(), wrong, "left as it was");
        }
        store.put_fact(&fact, &bytes).unwrap();
        assert_eq!(*opened(&mut store, &files).unwrap().owners().newest(), added);
    }
}

/// T2: lists that somebody puts into the store, also good ones of another device, count for nothing and are removed.
#[test]
fn t2_a_list_that_the_state_does_not_name_is_removed() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    drop(paired(&mut store, &files));
    let mut other = owners().statement().clone();
    other.household = HouseholdId::from_bytes([9; 16]);
    let [_, added, next] = chain();
    for list in [by(other, FIRST), added, next] {
        store.put_fact(&list_key(&list), &list.to_bytes()).unwrap();
    }
    store.put_fact(&"owner-list.x".parse().unwrap(), b"x").unwrap();
    store.put_fact(&"other".parse().unwrap(), b"not the camera's").unwrap();
    assert_eq!(*opened(&mut store, &files).unwrap().owners().newest(), owners());
    let facts = store.facts().unwrap();
    assert_eq!(facts.len(), 3, "{facts:?}");
    assert!(facts.contains(&list_key(&owners())) && facts.contains(&"other".parse().unwrap()));
}

/// T2: the state is copied before a new period and put back after it. With a floor it is refused; without one the camera goes
/// on for the old household key, which its clips show, and takes the new period again.
#[test]
fn t2_a_state_that_was_put_back_does_not_lose_the_household() {
    let [_, added, next] = chain();
    for floor in [true, false] {
        let image = if floor { StoreImage::with_floor() } else { StoreImage::new() };
        let files = MemoryFiles::new();
        let open = || Camera::open(device(), image.open().unwrap(), files.clone());
        let mut camera = Camera::begin(device(), owners(), image.begin().unwrap(), files.clone()).unwrap();
        let _ = taken(&mut camera, &added);
        let before = image.snapshot();
        assert_eq!(taken(&mut camera, &next), Taken::Period);
        drop(camera);
        image.restore(&before);
        if floor {
            assert!(matches!(open().map(drop), Err(OpenCameraError::Older { .. })));
            continue;
        }
        let mut camera = open().unwrap();
        assert_eq!(clip(&mut camera, NOON).owners().list(), added.id());
        assert_eq!(taken(&mut camera, &next), Taken::Period);
    }
    // The state alone: a list that it names is gone.
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let mut camera = paired(&mut store, &files);
    let _ = taken(&mut camera, &added);
    drop(camera);
    let before = store.fact(&key()).unwrap().unwrap();
    let _ = taken(&mut opened(&mut store, &files).unwrap(), &next);
    store.put_fact(&key(), &before).unwrap();
    let error = opened(&mut store, &files).map(drop).unwrap_err();
    assert!(matches!(error, OpenCameraError::MissingList(id) if id == added.id()), "{error}");
}

/// T11: a removed member reaches a camera that missed the removal. The camera goes on for the old period until it hears of the
/// new one, which it then takes; from there on it refuses the removed member.
#[test]
fn t11_a_removed_member_holds_a_camera_only_until_it_hears_of_the_new_period() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let [_, added, next] = chain();
    let mut camera = paired(&mut store, &files);
    let _ = taken(&mut camera, &added);
    // Device 3 was taken out, and lets in one of its own.
    let own = by(adding(&added, 4), 3);
    assert_eq!(taken(&mut camera, &own), Taken::Device);
    let old = clip(&mut camera, NOON);
    assert_eq!(old.owners().household(), household_key(1).fingerprint(), "the key stays");
    assert_eq!(taken(&mut camera, &next), Taken::Period);
    drop(camera);
    let mut camera = opened(&mut store, &files).unwrap();
    assert_eq!(camera.owners().devices().len(), 1);
    for seed in [3, 4] {
        refused(&mut camera, &by(adding(&own, 5), seed), OwnerChainError::Ended { period: 0, present: 1 });
        refused(&mut camera, &by(adding(&next, 5), seed), OwnerChainError::NotADevice);
        let evicts = by(period(&next, &household_key(3), &[seed]), seed);
        refused(&mut camera, &evicts, OwnerChainError::NotTheRecoveryKey);
    }
    assert_eq!(clip(&mut camera, NOON).owners().household(), household_key(2).fingerprint());
    assert_eq!(taken(&mut camera, &by(adding(&next, 5), FIRST)), Taken::Device);
}

/// T11: no member takes out the others, and no other household takes the camera.
#[test]
fn t11_without_the_recovery_key_nobody_is_taken_out() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let [_, added, _] = chain();
    let mut camera = paired(&mut store, &files);
    let _ = taken(&mut camera, &added);
    let alone = period(&added, &household_key(3), &[3]);
    refused(&mut camera, &by(alone.clone(), 3), OwnerChainError::NotTheRecoveryKey);
    let mut evicts = adding(&added, 4);
    evicts.devices[0] = lists::device(5, KemAlgorithm::X25519);
    refused(&mut camera, &by(evicts, 3), OwnerChainError::DeviceRemoved);
    let key_changed = OwnerList { key: household_key(3), ..adding(&added, 4) };
    refused(&mut camera, &by(key_changed, 3), OwnerChainError::KeyChanged);
    refused(&mut camera, &by(adding(&added, 4), 9), OwnerChainError::NotADevice);
    // Another household, with the same keys or with its own.
    let household = HouseholdId::from_bytes([8; 16]);
    for seed in [RECOVERY, FIRST, 9] {
        let theirs = OwnerList { household, ..alone.clone() };
        refused(&mut camera, &by(theirs, seed), OwnerChainError::Household);
        let theirs = OwnerList { household, ..owners().statement().clone() };
        refused(&mut camera, &by(theirs, seed), OwnerChainError::Household);
    }
    assert_eq!(clip(&mut camera, NOON).owners().list(), added.id());
}

/// T32: an old list that the recovery key signed is replayed, and a photo of an old sheet is used after a new period.
#[test]
fn t32_an_old_list_and_an_old_recovery_key_change_nothing() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let mut camera = paired(&mut store, &files);
    let kem = household_key(50);
    let renewed = RecoveryKey { kem, signer: signer(70).verifying_key() };
    let one = by(OwnerList { recovery: renewed, ..period(&owners(), &household_key(2), &[FIRST]) }, RECOVERY);
    let two = by(period(&one, &household_key(3), &[FIRST]), 70);
    // The same period, made by who has a photo of the first sheet.
    let rival = by(period(&owners(), &household_key(4), &[9]), RECOVERY);
    assert_eq!(taken(&mut camera, &one), Taken::Period);
    for restarted in [false, true] {
        if restarted {
            drop(camera);
            camera = opened(&mut store, &files).unwrap();
        }
        refused(&mut camera, &rival, OwnerChainError::AnotherBeginning);
        let later = by(period(&one, &household_key(4), &[9]), RECOVERY);
        refused(&mut camera, &later, OwnerChainError::NotTheRecoveryKey);
    }
    assert_eq!(taken(&mut camera, &two), Taken::Period);
    for restarted in [false, true] {
        if restarted {
            drop(camera);
            camera = opened(&mut store, &files).unwrap();
        }
        refused(&mut camera, &rival, OwnerChainError::Ended { period: 1, present: 2 });
        for old in [&owners(), &one] {
            assert_eq!(taken(&mut camera, old), Taken::Known);
        }
        assert_eq!((camera.owners().newest(), camera.owners().period()), (&two, 2));
        // Nor is a household key that somebody who left still has used again.
        let used = by(period(&two, &household_key(1), &[FIRST]), 70);
        refused(&mut camera, &used, OwnerChainError::KeyUsed);
    }
}

/// T45: two lists that were made apart both hold, in either order, and over a restart.
#[test]
fn t45_two_lists_that_were_made_apart_both_hold() {
    let [_, left, _] = chain();
    let right = by(adding(&owners(), 4), FIRST);
    let mut newest = Vec::new();
    for order in [[&left, &right], [&right, &left]] {
        let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
        let mut camera = paired(&mut store, &files);
        for list in order {
            assert_eq!(taken(&mut camera, list), Taken::Device);
        }
        drop(camera);
        let mut camera = opened(&mut store, &files).unwrap();
        newest.push(clip(&mut camera, NOON).owners().list());
        assert_eq!(taken(&mut camera, &by(adding(&left, 5), 4)), Taken::Device);
        assert_eq!(taken(&mut camera, &by(adding(&right, 6), 3)), Taken::Device);
    }
    assert_eq!(newest[0], newest[1]);
}

/// Whatever happens in a period, a camera keeps a bounded number of lists, and one of each earlier period.
#[test]
fn a_camera_keeps_a_bounded_number_of_lists() {
    let (mut store, files) = (MemoryStore::new(), MemoryFiles::new());
    let mut camera = paired(&mut store, &files);
    let mut last = owners();
    for number in 1..5 {
        for added in 0..10 {
            last = by(adding(&last, 100 * number + added), FIRST);
            assert_eq!(taken(&mut camera, &last), Taken::Device);
        }
        last = by(period(&last, &household_key(10 + number), &[FIRST]), RECOVERY);
        assert_eq!(taken(&mut camera, &last), Taken::Period);
    }
    let mut refusals = 0;
    for added in 0..80 {
        let list = by(adding(&last, 1000 + added % 40), FIRST);
        match camera.take_list((*list).clone()) {
            Ok(_) => {}
            Err(TakeListError::Refused(OwnerChainError::Full)) => refusals += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((refusals, camera.owners().devices().len()), (18, 32));
    drop(camera);
    assert_eq!(store.facts().unwrap().len(), 1 + 4 + 32);
    assert_eq!(opened(&mut store, &files).unwrap().owners().lists().len(), 32);
}

/// The floor and the lists: wherever the store fails, the camera opens with the list before or the new one.
#[test]
fn a_store_that_fails_while_a_list_is_taken_leaves_one_list_or_the_other() {
    let [first, added, next] = chain();
    for crash in Crash::ALL {
        for change in 0.. {
            let (image, files) = (StoreImage::with_floor(), MemoryFiles::new());
            let mut camera = Camera::begin(device(), owners(), image.begin().unwrap(), files.clone()).unwrap();
            image.crash_at(change, crash);
            let told = [&added, &next].into_iter().take_while(|list| camera.take_list((***list).clone()).is_ok());
            let told = told.count();
            let crashed = image.crashed();
            assert_eq!(told < 2, crashed);
            drop(camera);
            image.power_cut();
            let mut camera = Camera::open(device(), image.open().unwrap(), files.clone()).unwrap();
            let lists = [&first, &added, &next];
            let found = lists.iter().position(|list| *list == camera.owners().newest()).unwrap();
            assert!(found == told || found == told + 1, "{crash:?} at {change}: {found} after {told}");
            for list in &lists[1..] {
                assert!(matches!(
                    camera.take_list((***list).clone()),
                    Ok(_) | Err(TakeListError::Refused(OwnerChainError::Ended { .. }))
                ));
            }
            assert_eq!(clip(&mut camera, NOON).owners().list(), next.id());
            if !crashed {
                break;
            }
        }
    }
}

/// A camera is paired once: an attempt that failed leaves no list behind it.
#[test]
fn a_pairing_that_failed_can_be_made_again() {
    let mut other = owners().statement().clone();
    other.household = HouseholdId::from_bytes([9; 16]);
    let other = by(other, FIRST);
    for crash in Crash::ALL {
        for change in 0.. {
            let (image, files) = (StoreImage::new(), MemoryFiles::new());
            drop(image.begin().unwrap());
            image.power_cut();
            image.crash_at(change, crash);
            let paired = Camera::begin(device(), owners(), image.open().unwrap(), files.clone()).map(drop);
            let crashed = image.crashed();
            assert_eq!(paired.is_err(), crashed);
            image.power_cut();
            match Camera::open(device(), image.open().unwrap(), files.clone()) {
                Ok(camera) => assert_eq!(*camera.owners().newest(), owners()),
                Err(OpenCameraError::Missing) => {
                    image.power_cut();
                    let camera = Camera::begin(device(), other.clone(), image.open().unwrap(), files).unwrap();
                    assert_eq!(*camera.owners().newest(), other);
                    drop(camera);
                    image.power_cut();
                    let facts = image.open().unwrap().facts().unwrap();
                    assert_eq!(facts, [key(), list_key(&other)]);
                }
                Err(error) => panic!("{error}"),
            }
            if !crashed {
                break;
            }
        }
    }
}
