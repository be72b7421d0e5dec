//! C10, C11, T9, R6, R7: what an agency does again, what it never does again, and what it refuses to sign.

use std::sync::Arc;

use footage::agency::{Agency, AgencyError, GrantState};
use footage::crypto::KemAlgorithm;
use footage::custodian::MemoryKeyStore;
use footage::policy::Rule;
use footage::record::{Method, Millis, Subject};
use footage::store::{ObjectPath, Objects as _};

use footage_support::common::{Granted, Hoard, World, deletion, twin};

fn world() -> World {
    World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default)
}

fn granted() -> (World, Granted) {
    let mut world = world();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    (world, granted)
}

/// The agency, opened again on what it stored.
fn reopen(world: &mut World) {
    let (id, store, objects) = (*world.agency.id(), world.vaults[0].clone(), Arc::clone(&world.objects[0]));
    let key = twin(&world.keys.agency);
    world.agency = Agency::open(id, key, KemAlgorithm::X25519, store, objects, &mut world.random).unwrap();
}

fn content(world: &mut World, granted: &Granted) -> Vec<u8> {
    let mut content = Vec::new();
    world.open(granted, Vec::new()).unwrap().excerpt.open_all(&mut content, |_| {}).unwrap();
    content
}

/// C10: a deleted grant stays deleted as long as its request's key lives, and after it.
#[test]
fn c10_a_deleted_grant_is_never_taken_in_again() {
    let (mut world, granted) = granted();
    world.release(&granted);
    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    assert!(world.vaults[0].has(&format!("request-key.{}", granted.request.id())), "the request's key lives");
    for _ in 0..2 {
        let error = world.agency.take_in(&mut granted.open_file()).unwrap_err();
        assert!(matches!(error, AgencyError::TakenIn(_)), "{error}");
        assert!(world.objects[0].list(None).unwrap().is_empty(), "no copy is left");
        // The same receipt again.
        assert_eq!(world.agency.delete(granted.id(), deletion(), &anchor).unwrap(), receipt);
        world.publish(receipt.clone());
        world.agency.forget(&world.ledger).unwrap();
        reopen(&mut world);
        assert_eq!(world.agency.state(granted.id()), Some(GrantState::Deleted));
    }
    // When the request is closed and everything is over, it is forgotten, and there is no key for it.
    let receipt = world.agency.close_request(granted.request.id(), deletion(), &anchor).unwrap();
    world.publish(receipt);
    world.pass_to(granted.end().after(Millis::DAY));
    world.agency.forget(&world.ledger).unwrap();
    assert_eq!(world.agency.state(granted.id()), None);
    let error = world.agency.take_in(&mut granted.open_file()).unwrap_err();
    assert!(matches!(error, AgencyError::NoRequestKey(_)), "{error}");
    assert!(error.is_final());
}

/// C11: what was opened once opens again, also after a crash and after the end date, until the agency says that it has what it
/// wanted.
#[test]
fn c11_opening_repeats_until_finish() {
    let (mut world, granted) = granted();
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[1, 2]);
    for answer in answers {
        world.agency.take_answer(answer, &world.ledger).unwrap();
    }
    assert!(!world.vaults[0].has(&format!("one-time.{}", granted.id())), "the one-time key is gone");
    let first = content(&mut world, &granted);
    reopen(&mut world);
    assert_eq!(content(&mut world, &granted), first);
    world.pass_to(granted.end().after(Millis::HOUR));
    reopen(&mut world);
    assert_eq!(content(&mut world, &granted), first);
    world.agency.finish(granted.id()).unwrap();
    for _ in 0..2 {
        let error = world.open(&granted, Vec::new()).unwrap_err();
        assert!(matches!(error, AgencyError::Finished(_)) && error.is_final(), "{error}");
        let names = world.vaults[0].names();
        assert!(names.iter().all(|name| !name.contains(&granted.id().to_string())), "{names:?}");
        reopen(&mut world);
    }
    let error = world.agency.take_in(&mut granted.open_file()).unwrap_err();
    assert!(matches!(error, AgencyError::TakenIn(_)), "{error}");
}

/// T9: what is deleted is not released again, brought to nobody, and answers to it are refused.
#[test]
fn t9_a_deleted_grant_is_not_released_again() {
    let (mut world, granted) = granted();
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[1, 2]);
    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    world.publish(receipt);
    let World { agency, policy, ledger, now, random, .. } = &mut world;
    let errors = [
        agency.release(granted.id(), policy, ledger, *now, random).map(drop).unwrap_err(),
        agency.deliveries(granted.id()).map(drop).unwrap_err(),
        agency.take_answer(answers[0].clone(), ledger).map(drop).unwrap_err(),
        agency.open_grant(granted.id(), ledger, *now).map(drop).unwrap_err(),
        agency.finish(granted.id()).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, AgencyError::Deleted(_)) && error.is_final(), "{error}");
    }
    assert!(agency.unlogged(ledger).is_empty());
    // And no custodian answers an agency that releases it all the same.
    let delivery = world.deliveries(&granted, release)[0].clone();
    assert!(world.notice(0, &delivery).is_err());
}

/// R6: what no custodian would answer is not signed.
#[test]
fn r6_a_release_that_nobody_would_answer_is_not_signed() {
    let refused = |world: &mut World, granted: &Granted, rule: Rule| {
        let World { agency, policy, ledger, now, random, .. } = world;
        let error = agency.release(granted.id(), policy, ledger, *now, random).unwrap_err();
        let AgencyError::Refused(refusal) = error else { panic!("{error}") };
        assert!(refusal.breaks(rule), "{refusal}");
        assert_eq!(agency.state(granted.id()), Some(GrantState::TakenIn), "nothing was signed");
        assert!(!world.vaults[0].has(&format!("one-time.{}", granted.id())));
    };
    // After the end date.
    let (mut world, late) = granted();
    world.agency.take_in(&mut late.open_file()).unwrap();
    world.pass_to(late.end());
    refused(&mut world, &late, Rule::EndDate);
    // Two of three custodians are withdrawn: one is not enough.
    let (mut world, granted) = granted();
    world.agency.take_in(&mut granted.open_file()).unwrap();
    for n in 0..2 {
        let key = world.custodians[n].verifying_key();
        let withdrawal = world.registrar.withdraw(key, &world.anchor());
        world.publish(withdrawal);
    }
    refused(&mut world, &granted, Rule::Custodians);
}

/// R7: "not yet" and "never" are different answers.
#[test]
fn r7_not_yet_and_never_are_told_apart() {
    let (mut world, granted) = granted();
    let error = world.open(&granted, Vec::new()).unwrap_err();
    assert!(matches!(error, AgencyError::NotTakenIn(_)) && !error.is_final(), "{error}");
    world.agency.take_in(&mut granted.open_file()).unwrap();
    let error = world.open(&granted, Vec::new()).unwrap_err();
    assert!(matches!(error, AgencyError::NotReleased(_)) && !error.is_final(), "{error}");
    let World { agency, policy, ledger, now, random, .. } = &mut world;
    let release = agency.release(granted.id(), policy, ledger, *now, random).unwrap();
    // The same release, as often as it is asked for.
    assert_eq!(agency.release(granted.id(), policy, ledger, *now, random).unwrap(), release);
    assert_eq!(agency.unlogged(ledger).len(), 1);
    let release = world.publish(release);
    assert!(world.agency.unlogged(&world.ledger).is_empty());
    let one = world.answers(&granted, release, &[1]);
    let error = world.open(&granted, one).unwrap_err();
    assert!(matches!(error, AgencyError::NotYet { found: 1, needed: 2 }) && !error.is_final(), "{error}");
    world.pass_to(granted.end().after(Millis::HOUR));
    let error = world.open(&granted, Vec::new()).unwrap_err();
    assert!(matches!(error, AgencyError::Ended(_)) && error.is_final(), "{error}");
}

/// The receipt says how the store erased, and nothing of how many clips there were.
#[test]
fn a_receipt_has_the_method_of_the_store() {
    let (mut world, granted) = granted();
    world.release(&granted);
    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    let stated = receipt.statement();
    assert_eq!((stated.method, stated.excerpts.len()), (Method::Clear, 1));
    assert_eq!(stated.subject, Subject::Grant(granted.id()));
}

/// If any fact cannot be read, nothing is erased.
#[test]
fn an_unreadable_fact_keeps_everything() {
    use footage::store::Store as _;
    let (mut world, granted) = granted();
    world.release(&granted);
    let mut store = world.vaults[0].clone();
    let request = format!("request.{}", granted.request.id()).parse().unwrap();
    let fact = store.fact(&request).unwrap().unwrap();
    // The fact that accounts for the request's key is damaged; another is of a later version.
    for (key, bytes) in [(request.clone(), b"?".to_vec()), ("era.7".parse().unwrap(), Vec::new())] {
        let before = (world.vaults[0].names(), world.objects[0].list(None).unwrap());
        store.put_fact(&key, &bytes).unwrap();
        let (id, key_of, objects) = (*world.agency.id(), twin(&world.keys.agency), Arc::clone(&world.objects[0]));
        let store_again: Hoard = world.vaults[0].clone();
        let error =
            Agency::open(id, key_of, KemAlgorithm::X25519, store_again, objects, &mut world.random).unwrap_err();
        assert!(matches!(error, AgencyError::Fact(_)), "{error}");
        assert_eq!((world.vaults[0].names(), world.objects[0].list(None).unwrap()), before);
        store.put_fact(&request, &fact).unwrap();
    }
}

/// What no fact accounts for goes when the store is opened: secrets and excerpts.
#[test]
fn strays_are_erased_at_opening() {
    use footage::store::Store as _;
    let (mut world, granted) = granted();
    world.release(&granted);
    let mut store = world.vaults[0].clone();
    let kept = world.vaults[0].names();
    for stray in ["agency-half.00", "custodian-half.11", "ratchet.00000000000000000000", "other"] {
        store.put_secret(&stray.parse().unwrap(), &[7; 32]).unwrap();
    }
    let stray: ObjectPath = "excerpts/0000/00000000".parse().unwrap();
    world.objects[0].put(&stray, b"a copy").unwrap();
    reopen(&mut world);
    assert_eq!(world.vaults[0].names(), kept);
    assert!(world.objects[0].get(&stray).unwrap().is_none());
}

/// A random source that repeats itself, as after a snapshot of a virtual machine was put back.
struct Stuck;

impl footage::crypto::Random for Stuck {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), footage::crypto::RandomError> {
        out.fill(7);
        Ok(())
    }
}

/// T10: keys are made from a ratchet, so that a source that repeats itself gives no key twice; and none of what is left in the
/// store gives a key that was made before.
#[test]
fn t10_a_source_that_repeats_gives_no_key_twice() {
    let mut world = world();
    let anchor = world.anchor();
    let mut keys = Vec::new();
    for case in ["1", "2", "3"] {
        let mut ask = world.ask();
        ask.case = footage::record::Reference::new(case).unwrap();
        let request = world.agency.request(ask, &world.ledger, &anchor, &mut Stuck).unwrap();
        keys.push(request.statement().key.fingerprint());
        let ratchets = world.vaults[0].names().into_iter().filter(|name| name.starts_with("ratchet.")).count();
        assert_eq!(ratchets, 1, "the one before is erased");
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
}
