//! C10, C11, T9, R6, R7: what an agency does again, what it never does again, and what it refuses to sign.

use std::sync::Arc;

use footage::agency::{Agency, AgencyError, GrantState};
use footage::crypto::{Digest, KemAlgorithm, SigningKey};
use footage::custodian::MemoryKeyStore;
use footage::policy::Rule;
use footage::record::{Envelope, Method, Millis, Subject, Verified};
use footage::store::{ObjectPath, Objects as _, Store as _};

use footage_support::common::{Granted, Hoard, Pinned, World, deletion, twin};

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
        let error = world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err();
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
    let error = world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::NoRequestKey(_)), "{error}");
    assert!(error.is_final());
}

/// C10: a grant that was only taken in is let go at once, without a receipt and without a trace; one that is released is owed.
#[test]
fn c10_a_grant_that_was_only_taken_in_is_let_go_without_a_receipt() {
    let (mut world, granted) = granted();
    let before = world.vaults[0].names();
    for _ in 0..2 {
        world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap();
        world.agency.discard(granted.id()).unwrap();
        assert_eq!(world.agency.state(granted.id()), None);
        assert_eq!(world.vaults[0].names(), before);
        assert!(world.objects[0].list(None).unwrap().is_empty(), "no copy is left");
        assert!(world.agency.unlogged(&world.ledger).is_empty(), "nothing is owed");
        reopen(&mut world);
    }
    let error = world.agency.discard(granted.id()).unwrap_err();
    assert!(matches!(error, AgencyError::NotTakenIn(_)), "{error}");
    world.release(&granted);
    let error = world.agency.discard(granted.id()).unwrap_err();
    assert!(matches!(error, AgencyError::Owed(_)), "{error}");
    let anchor = world.anchor();
    let _ = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    let error = world.agency.discard(granted.id()).unwrap_err();
    assert!(matches!(error, AgencyError::Deleted(_)), "{error}");
    let error = world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err();
    assert!(matches!(error, AgencyError::TakenIn(_)), "{error}");
}

/// Junk that passes every check: so many grants of a request, as a store has them that were taken in.
fn flood(world: &World, like: &Granted, number: usize) {
    let key = SigningKey::generate(&mut Pinned(3)).unwrap();
    let mut store = world.vaults[0].clone();
    for n in 0..number {
        let mut terms = like.excerpted.terms.statement().clone();
        terms.private = Digest::from_bytes(std::array::from_fn(|at| (n >> (8 * (at % 2))) as u8));
        let terms = Verified::sign(terms, &key);
        let envelope = Envelope { terms: terms.id(), ..like.open_file().envelope().statement().clone() };
        let envelope = Verified::sign(envelope, &key);
        let fact =
            [&[0x89, 1], &terms.to_bytes()[..], &envelope.to_bytes(), &[0x80, 0, 0xf4, 0xf6, 0xf6, 0xf6]].concat();
        store.put_fact(&format!("grant.{}", terms.id()).parse().unwrap(), &fact).unwrap();
    }
}

/// C10: anybody who knows a request can send it grants that are worth nothing. They take no place of another request's, and
/// each makes place at once when it is let go.
#[test]
fn c10_junk_for_one_request_takes_no_place_of_another() {
    let (mut world, mut granted) = granted();
    let mut ask = world.ask();
    ask.case = footage::record::Reference::new("2026-0043").unwrap();
    let (other, clip) = (world.request_for(ask), world.clip());
    let others = world.grant(&other, &clip);
    flood(&world, &granted, Agency::<Hoard>::MAX_WAITING);
    reopen(&mut world);
    assert_eq!(world.agency.grants().count(), Agency::<Hoard>::MAX_WAITING);
    let take_in = |world: &mut World, granted: &mut Granted| {
        world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger)
    };
    let error = take_in(&mut world, &mut granted).unwrap_err();
    assert!(matches!(error, AgencyError::FullRequest { request, .. } if request == granted.request.id()), "{error}");
    world.agency.take_in(&mut others.open_file(), &world.policy, &world.ledger).unwrap();
    let (junk, _) = world.agency.grants().find(|(terms, _)| *terms != others.id()).unwrap();
    world.agency.discard(junk).unwrap();
    take_in(&mut world, &mut granted).unwrap();
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
    let error = world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap_err();
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
    world.agency.take_in(&mut late.open_file(), &world.policy, &world.ledger).unwrap();
    world.pass_to(late.end());
    refused(&mut world, &late, Rule::EndDate);
    // Two of three custodians are withdrawn: one is not enough.
    let (mut world, granted) = granted();
    world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap();
    for n in 0..2 {
        let key = world.custodians[n].verifying_key();
        let withdrawal = world.registrar.withdraw(key, &world.anchor());
        world.publish(withdrawal);
    }
    refused(&mut world, &granted, Rule::Custodians);
}

/// T21, R3: the next number is given only when the request before is in the log, or can never count there any more. Then it is
/// over: its key goes and its fact, without a receipt, and its number is free.
#[test]
fn t21_a_request_that_was_never_logged_blocks_the_next_for_a_day() {
    let mut world = world();
    let ask = world.ask();
    let first = world.agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let key = format!("request-key.{}", first.id());
    let next = |world: &mut World| {
        let ask = world.ask();
        world.agency.request(ask, &world.policy, &world.ledger, &mut world.random)
    };
    let made = world.anchor().not_before();
    world.pass_to(made.after(Millis::DAY).before(Millis::HOUR));
    world.agency.forget(&world.ledger).unwrap();
    let error = next(&mut world).unwrap_err();
    assert!(matches!(error, AgencyError::Unlogged(id) if id == first.id()) && !error.is_final(), "{error}");
    assert_eq!(world.agency.unlogged(&world.ledger).len(), 1, "it is sent again and again");
    assert!(world.vaults[0].has(&key));
    // A day of log time past its anchor, whatever any clock says.
    world.pass_to(made.after(Millis::DAY).after(Millis::HOUR));
    assert!(world.agency.unlogged(&world.ledger).is_empty());
    let second = next(&mut world).unwrap();
    assert_eq!((second.statement().sequence, second.statement().previous), (0, None));
    world.agency.forget(&world.ledger).unwrap();
    assert!(!world.vaults[0].has(&key));
    assert_eq!(world.agency.requests().count(), 1);
    assert_eq!(world.agency.unlogged(&world.ledger).len(), 1, "the second, and no receipt");
    let id = world.publish(second);
    let standing = world.ledger.request(id).unwrap();
    assert!(world.policy.check(&standing, &world.ledger, world.now).is_ok());
}

/// Logs a withdrawal of the agency's key, then these statements, and then an approval of the key.
fn in_a_gap(world: &mut World, statements: impl FnOnce(&mut World)) {
    let withdrawal = world.registrar.withdraw(world.agency.verifying_key(), world.latest.as_ref().unwrap());
    world.publish(withdrawal);
    statements(world);
    world.wait(Millis::HOUR);
    world.renew();
}

/// T20: a request that came to the log in a gap of approval never counts: it is made again with its number, and is over a day
/// later, without a receipt.
#[test]
fn t20_a_request_in_a_gap_of_approval_is_made_again() {
    let mut world = world();
    let ask = world.ask();
    let first = world.agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let logged = first.clone();
    in_a_gap(&mut world, |world| {
        world.publish(logged);
    });
    assert!(world.ledger.request(first.id()).is_err());
    assert!(world.agency.unlogged(&world.ledger).is_empty(), "no statement is taken twice");
    let again = world.request();
    assert_eq!(again.statement().sequence, first.statement().sequence);
    assert!(world.policy.check(&again, &world.ledger, world.now).is_ok());
    assert_eq!(world.agency.requests().count(), 2);
    world.pass_to(world.now.after(Millis::DAY.times(2)));
    world.agency.forget(&world.ledger).unwrap();
    assert_eq!(world.agency.requests().map(|(request, _)| request.id()).collect::<Vec<_>>(), [again.id()]);
    assert!(!world.vaults[0].has(&format!("request-key.{}", first.id())));
    assert!(world.agency.unlogged(&world.ledger).is_empty());
}

/// T20: a release that came to the log in a gap of approval is signed anew, with another one-time key, and is answered.
#[test]
fn t20_a_release_that_is_void_is_signed_anew() {
    let (mut world, granted) = granted();
    let take =
        |world: &mut World| world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap();
    let terms = take(&mut world);
    let release = |world: &mut World| {
        let World { agency, policy, ledger, now, random, .. } = world;
        agency.release(terms, policy, ledger, *now, random).unwrap()
    };
    let first = release(&mut world);
    let logged = first.clone();
    in_a_gap(&mut world, |world| {
        world.publish(logged);
    });
    assert!(world.ledger.release(first.id()).is_err());
    let second = release(&mut world);
    assert_ne!(second.statement().key, first.statement().key);
    assert_eq!(release(&mut world), second, "the same bytes until they count");
    assert_eq!(world.agency.unlogged(&world.ledger).len(), 1);
    reopen(&mut world);
    let id = world.publish(second);
    let answers = world.answers(&granted, id, &[0, 1]);
    world.open(&granted, answers).unwrap();
}

/// R7: "not yet" and "never" are different answers.
#[test]
fn r7_not_yet_and_never_are_told_apart() {
    let (mut world, granted) = granted();
    let error = world.open(&granted, Vec::new()).unwrap_err();
    assert!(matches!(error, AgencyError::NotTakenIn(_)) && !error.is_final(), "{error}");
    world.agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap();
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

/// P3: keys end by date, by the later of the clock and the log, and not a moment before; the app is told what is left to do.
#[test]
fn p3_keys_end_by_date_and_not_before() {
    let (mut world, granted) = granted();
    world.release(&granted);
    let (request, terms) = (granted.request.id(), granted.id());
    let (closes, ends) = (granted.request.statement().open_until.after(Millis::HOUR.times(12)), granted.end());
    let names =
        |world: &World| world.vaults[0].names().into_iter().filter(|name| !name.starts_with("ratchet.")).count();
    assert_eq!(names(&world), 3, "request key, half, one-time key");
    let end = |world: &mut World, now| world.agency.end(&world.ledger, now).unwrap();
    let ended = end(&mut world, closes.before(Millis(1)));
    assert!(ended.to_delete.is_empty() && ended.to_close.is_empty());
    assert_eq!((ended.next, names(&world)), (Some(closes), 3));
    let ended = end(&mut world, closes);
    assert_eq!((ended.to_close, ended.next, names(&world)), (vec![request], Some(ends), 2));
    // A clock that was set back for ever keeps nothing: the log shows the time.
    world.pass_to(ends);
    let ended = end(&mut world, granted.request.statement().window.from());
    assert_eq!((ended.to_delete, ended.next, names(&world)), (vec![terms], None, 0));
    let anchor = world.anchor();
    let receipt = world.agency.delete(terms, deletion(), &anchor).unwrap();
    world.publish(receipt);
    let receipt = world.agency.close_request(request, deletion(), &anchor).unwrap();
    world.publish(receipt);
    let now = world.now;
    let ended = end(&mut world, now);
    assert!(ended.to_delete.is_empty() && ended.to_close.is_empty() && ended.next.is_none());
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

/// What no fact accounts for goes when the store is opened: secrets and excerpts.
#[test]
fn strays_are_erased_at_opening() {
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
    let mut keys = Vec::new();
    for case in ["1", "2", "3"] {
        let mut ask = world.ask();
        ask.case = footage::record::Reference::new(case).unwrap();
        let request = world.agency.request(ask, &world.policy, &world.ledger, &mut Stuck).unwrap();
        keys.push(request.statement().key.fingerprint());
        world.publish(request);
        let ratchets = world.vaults[0].names().into_iter().filter(|name| name.starts_with("ratchet.")).count();
        assert_eq!(ratchets, 1, "the one before is erased");
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
}
