//! A household keeps its consents: none is lost, any device revokes any of them, and what was revoked is not sent.

use std::cell::RefCell;
use std::io;

use footage::record::{Consent, EntryContent, GrantId, Millis, Verified};
use footage::resident::{
    ConsentKeeper, HouseholdDevice, HouseholdError, HouseholdPlace, KeepError, MemoryPlace, PeriodChange, PlaceError,
    SendError,
};
use footage::store::{MemoryStore, Object, Version};

use super::asked::Asked;
use super::crashes::{crash_everywhere, one, open_or, reopened};
use super::{Pinned, consent, consents, days, noon, own_camera, signing, synchronise, three};

/// Whether a consent can be revoked: its revocation is the grant's own.
fn revokes(consent: &Consent, grant: GrantId) -> bool {
    let revocation = consent.revocation.clone().verify().unwrap();
    revocation.statement().grant == grant && GrantId::of(revocation.signer()) == grant
}

fn cause(error: &KeepError) -> &HouseholdError {
    error.0.downcast_ref().unwrap()
}

/// R9: a kill at every write of the store, and a failure at every write of the place. Whatever was sent is known to the
/// device, and to the place alone.
#[test]
fn r9_a_crash_at_any_write_leaves_no_grant_that_nobody_can_revoke() {
    let asked = RefCell::new(Asked::new());
    let now = asked.borrow().world.now;
    crash_everywhere(
        || {
            let (image, place, sheets) = one();
            (image, place, (sheets, RefCell::new(Vec::new())))
        },
        |image, place, (_, sent), random| -> Result<(), Stopped> {
            let mut household = open_or(image, random, |_, _| panic!("no household"))?;
            let made = asked.borrow_mut().consented();
            let grant = made.consent().grant();
            let kept = made.keep(&mut household.keeper(place, now, random))?;
            let wraps = kept.end(&mut household.keeper(place, now, random), now)?;
            assert!(!wraps.is_empty());
            sent.borrow_mut().push(grant);
            Ok(())
        },
        |image, place, (sheets, sent)| {
            let mut household = reopened(image);
            let device =
                HouseholdDevice::begin(MemoryStore::new(), super::KemAlgorithm::X25519, &mut Pinned(7)).unwrap();
            let mut alone = device.recover(sheets, &mut place.clone(), now, &mut Pinned(8)).unwrap();
            assert_eq!(sent.borrow().len(), 1);
            for grant in sent.borrow().iter() {
                assert!(revokes(&household.revoke(grant, now, &mut Pinned(9)).unwrap(), *grant));
                assert!(revokes(&alone.revoke(grant, now, &mut Pinned(9)).unwrap(), *grant));
            }
        },
    );
}

/// C17: a kill at every write while a device revokes. What it said is revoked stays so, for every device.
#[test]
fn c17_a_crash_at_any_write_forgets_no_revocation() {
    let grant = super::grant(1);
    let now = super::noon();
    crash_everywhere(
        || {
            let (image, place, sheets) = one();
            let mut household = reopened(&image);
            household.write(consent(1), now, &mut Pinned(6)).unwrap();
            let _ = household.synchronise(&mut place.clone(), now, &mut Pinned(6)).unwrap();
            drop(household);
            image.power_cut();
            (image, place, sheets)
        },
        |image, place, _, random| -> Result<(), HouseholdError> {
            let mut household = open_or(image, random, |_, _| panic!("no household"))?;
            let consent = household.revoke(&grant, now, random)?;
            assert!(revokes(&consent, grant));
            let _ = household.synchronise(place, now, random)?;
            Ok(())
        },
        |image, place, sheets| {
            assert!(reopened(image).consents(now)[0].1);
            let device =
                HouseholdDevice::begin(MemoryStore::new(), super::KemAlgorithm::X25519, &mut Pinned(7)).unwrap();
            let recovered = device.recover(sheets, &mut place.clone(), now, &mut Pinned(8)).unwrap();
            assert!(recovered.consents(now)[0].1);
        },
    );
}

/// C17: the device that consented has not sent it yet; another one revokes it.
#[test]
fn c17_any_device_revokes_and_what_was_revoked_is_not_sent() {
    let (mut asked, place, mut random) = (Asked::new(), MemoryPlace::new(), Pinned(1));
    let ([mut one, mut two, mut three], _) = three(&place, &mut random);
    let (now, at) = (asked.world.now, &mut place.clone());
    let made = asked.consented();
    let grant = made.consent().grant();
    let kept = made.keep(&mut one.keeper(at, now, &mut random)).unwrap();
    assert!(matches!(two.revoke(&grant, now, &mut random), Err(HouseholdError::NotKept)));
    synchronise(&mut two, &place, &mut random);
    let consent = two.revoke(&grant, now, &mut random).unwrap();
    assert!(asked.world.custodians[0].revoke(*consent.revocation).is_ok());
    // Only the second device knows yet.
    assert!(!kept.end(&mut one.keeper(at, now, &mut random), now).unwrap().is_empty());
    synchronise(&mut two, &place, &mut random);
    let refused = kept.end(&mut one.keeper(at, now, &mut random), now).unwrap_err();
    assert!(matches!(refused, SendError::Revoked), "{refused}");
    let mut sink = Vec::new();
    let refused = kept.write(&mut asked.owned(), &mut one.keeper(at, now, &mut random), now, &mut sink).unwrap_err();
    assert!(matches!(refused, SendError::Revoked), "{refused}");
    synchronise(&mut three, &place, &mut random);
    assert!(three.consents(now)[0].1);
    // Again, by a third: the same revocation, and no second entry.
    let entries = three.entries(now).count();
    assert_eq!(three.revoke(&grant, now, &mut random).unwrap().revocation, one.consents(now)[0].0.consent.revocation);
    assert_eq!(three.entries(now).count(), entries);
}

/// A place that is not reached.
struct Unreached;

impl HouseholdPlace for Unreached {
    fn read(&mut self) -> Result<Option<Object>, PlaceError> {
        Err(PlaceError::new(io::Error::other("no network")))
    }

    fn replace(&mut self, _: Option<&Version>, _: &[u8]) -> Result<Option<Version>, PlaceError> {
        Err(PlaceError::new(io::Error::other("no network")))
    }
}

/// R9: nothing is sent on this device's word alone, nor without having looked at the place.
#[test]
fn r9_without_the_place_nothing_is_sent() {
    let (mut asked, place, mut random) = (Asked::new(), MemoryPlace::new(), Pinned(2));
    let ([mut one, ..], _) = three(&place, &mut random);
    let now = asked.world.now;
    let refused = asked.consented().keep(&mut one.keeper(&mut Unreached, now, &mut random)).unwrap_err();
    assert!(matches!(cause(&refused), HouseholdError::Place(_)), "{refused}");
    let kept = asked.consented().keep(&mut one.keeper(&mut place.clone(), now, &mut random)).unwrap();
    let refused = kept.end(&mut one.keeper(&mut Unreached, now, &mut random), now).unwrap_err();
    assert!(matches!(refused, SendError::Keeper(_)), "{refused}");
    // Nor does another household's word send it.
    let elsewhere = MemoryPlace::new();
    let ([mut other, ..], _) = three(&elsewhere, &mut random);
    let refused = kept.end(&mut other.keeper(&mut elsewhere.clone(), now, &mut random), now).unwrap_err();
    let SendError::Keeper(refused) = refused else { panic!("{refused}") };
    assert!(matches!(cause(&refused), HouseholdError::NotKept), "{refused}");
    // The same one is kept once.
    let entries = one.entries(now).count();
    one.keeper(&mut place.clone(), now, &mut random).keep(kept.consent()).unwrap();
    assert_eq!(one.entries(now).count(), entries);
}

/// T11: who was taken out has nothing kept by the household, and sends nothing in its name.
#[test]
fn t11_a_removed_device_keeps_nothing_and_sends_nothing() {
    let (mut asked, place, mut random) = (Asked::new(), MemoryPlace::new(), Pinned(3));
    let ([mut one, _, mut three], sheets) = three(&place, &mut random);
    let (now, at) = (asked.world.now, &mut place.clone());
    let kept = asked.consented().keep(&mut three.keeper(at, now, &mut random)).unwrap();
    synchronise(&mut one, &place, &mut random);
    let change = PeriodChange { take_out: vec![three.device().signer], ..PeriodChange::default() };
    let new = one.prepare_period(&change, &sheets, now, &mut random).unwrap();
    let _ = one.begin_period(&new, at, now, &mut random).unwrap();
    let refused = kept.end(&mut three.keeper(at, now, &mut random), now).unwrap_err();
    let SendError::Keeper(refused) = refused else { panic!("{refused}") };
    assert!(matches!(cause(&refused), HouseholdError::NotAMember), "{refused}");
    let refused = asked.consented().keep(&mut three.keeper(at, now, &mut random)).unwrap_err();
    assert!(matches!(cause(&refused), HouseholdError::NotAMember), "{refused}");
    // The others can revoke what was perhaps sent.
    assert!(one.revoke(&kept.consent().grant(), now, &mut random).is_ok());
}

/// What is no consent of the grant that it names is not kept: nothing could be revoked by it.
#[test]
fn a_consent_with_the_revocation_of_another_grant_is_refused() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(4));
    let ([mut one, ..], _) = three(&place, &mut random);
    let EntryContent::Consent(good) = consent(1) else { unreachable!() };
    let EntryContent::Consent(other) = consent(2) else { unreachable!() };
    let revocation = good.consent.revocation.statement().clone();
    let stranger = Box::new(Verified::sign(revocation, &signing(77)).into_signed());
    for revocation in [other.consent.revocation, stranger] {
        let mut wrong = good.clone();
        wrong.consent.revocation = revocation;
        let refused = one.write(EntryContent::Consent(wrong), super::noon(), &mut random).unwrap_err();
        assert!(matches!(refused, HouseholdError::Content), "{refused}");
    }
}

#[test]
fn a_kept_grant_is_not_sent_once_its_permit_ran_out() {
    let (mut asked, place, mut random) = (Asked::new(), MemoryPlace::new(), Pinned(5));
    let ([mut one, ..], _) = three(&place, &mut random);
    let (now, at) = (asked.world.now, &mut place.clone());
    let kept = asked.consented().keep(&mut one.keeper(at, now, &mut random)).unwrap();
    let until = kept.valid_until();
    assert!(until > now);
    for late in [until, until.after(Millis::DAY.times(3))] {
        let refused = kept.end(&mut one.keeper(at, late, &mut random), late).unwrap_err();
        assert!(matches!(refused, SendError::PermitExpired(at) if at == until), "{refused}");
    }
    let just = until.before(Millis(1));
    assert!(kept.end(&mut one.keeper(at, just, &mut random), just).is_ok());
    let mut sink = Vec::new();
    let late = kept.write(&mut asked.owned(), &mut one.keeper(at, until, &mut random), until, &mut sink).unwrap_err();
    assert!(matches!(late, SendError::PermitExpired(_)), "{late}");
}

/// What stops a test's run.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Household(#[from] HouseholdError),
    #[error(transparent)]
    Keep(#[from] KeepError),
    #[error(transparent)]
    Send(#[from] SendError),
}

/// C17: a phone whose clock is years ahead synchronises once. No consent is lost, so that every grant can still be revoked.
#[test]
fn c17_a_clock_that_is_ahead_loses_no_consent() {
    let (place, mut random) = (MemoryPlace::new(), Pinned(7));
    let ([mut one, mut two, mut three], _) = three(&place, &mut random);
    one.write(consent(1), noon(), &mut random).unwrap();
    synchronise(&mut one, &place, &mut random);
    synchronise(&mut two, &place, &mut random);
    // Not even with what it writes then.
    two.write(own_camera(50), days(1000), &mut random).unwrap();
    let _ = two.synchronise(&mut place.clone(), days(1000), &mut random).unwrap();
    synchronise(&mut three, &place, &mut random);
    for household in [&one, &two, &three] {
        assert_eq!(consents(household, noon()), [1]);
    }
    // Once the others have seen the time pass, it goes.
    for household in [&mut one, &mut three] {
        household.write(own_camera(51), days(1000), &mut random).unwrap();
        let _ = household.synchronise(&mut place.clone(), days(1000), &mut random).unwrap();
    }
    assert_eq!(consents(&three, noon()), [0; 0]);
}
