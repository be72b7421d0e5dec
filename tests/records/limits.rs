//! Every limit of the policy and of a custodian, at its very edge: what is named as the limit is still allowed.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::common;

use common::{NOON, Pinned, World, at, name, twin};
use footage::agency::Ask;
use footage::crypto::{Digest, KemAlgorithm, KemPrivateKey, Secret, SigningKey};
use footage::custodian::{CustodianError, EpochState, KeyStore, MemoryKeyStore, RefusedAnswer};
use footage::ledger::Standing;
use footage::policy::{Policy, Rule};
use footage::record::*;
use sha2::Digest as _;

/// The rules that a request breaks under a policy.
fn broken(policy: &Policy, world: &World, request: &Standing<Request>, now: Timestamp) -> Vec<Rule> {
    let refusal = policy.check(request, &world.ledger, now);
    refusal.map_or_else(|refusal| refusal.broken.iter().map(|broken| broken.rule).collect(), |()| Vec::new())
}

#[test]
fn what_is_exactly_at_a_limit_of_the_policy_is_allowed() {
    let mut world = World::new();
    let request = world.request();
    let (asked, now) = (request.statement(), world.now);
    let made = world.ledger.made(request.id()).unwrap();
    // Each limit as the request has it.
    let exact = Policy {
        min_window: asked.window.length(),
        max_window: asked.window.length(),
        per_case: 1,
        budget: 1,
        max_retention: asked.retention,
        max_behind: now.since(world.ledger.time()),
        ..Policy::default()
    };
    assert_eq!(broken(&exact, &world, &request, now), []);
    // And each one step tighter.
    let Millis(length) = asked.window.length();
    let tighter = [
        (Policy { min_window: Millis(length + 1), ..exact.clone() }, Rule::MinWindow),
        (Policy { max_window: Millis(length - 1), ..exact.clone() }, Rule::MaxWindow),
        (Policy { per_case: 0, ..exact.clone() }, Rule::PerCase),
        (Policy { budget: 0, ..exact.clone() }, Rule::Budget),
        (Policy { max_retention: Days::new(13).unwrap(), ..exact.clone() }, Rule::Retention),
        (Policy { max_open: Days::new(2).unwrap(), ..exact.clone() }, Rule::OpenTime),
    ];
    for (policy, rule) in tighter {
        assert_eq!(broken(&policy, &world, &request, now), [rule]);
    }
    assert!(asked.window.to() < made);
}

#[test]
fn a_log_may_be_a_day_behind_and_a_request_closes_when_it_says() {
    let mut world = World::new();
    let request = world.request();
    let day = world.ledger.time().after(Millis::DAY);
    assert_eq!(broken(&world.policy, &world, &request, day), []);
    assert_eq!(broken(&world.policy, &world, &request, day.after(Millis(1))), [Rule::FreshLog]);
    let ask = Ask { open_until: world.now.after(Millis::HOUR), ..world.ask() };
    let request = world.request_for(ask);
    let closes = request.statement().open_until;
    assert_eq!(broken(&world.policy, &world, &request, closes.before(Millis(1))), []);
    assert_eq!(broken(&world.policy, &world, &request, closes), [Rule::Open]);
}

#[test]
fn a_refusal_names_the_broken_rule_and_no_other_and_tells_windows_in_minutes() {
    let mut world = World::new();
    let ask = world.ask();
    let window = Window::new(ask.window.to().before(Millis::MINUTE.times(14)), ask.window.to()).unwrap();
    let request = world.request_for(Ask { window, ..ask });
    let refusal = world.policy.check(&request, &world.ledger, world.now).unwrap_err();
    assert!(refusal.breaks(Rule::MinWindow) && !refusal.breaks(Rule::MaxWindow) && !refusal.breaks(Rule::Standing));
    assert_eq!((&*refusal.broken[0].found, &*refusal.broken[0].allowed), ("14 minutes", "at least 15 minutes"));
    // What anybody can check who has the log alone, the review says alike.
    let review = world.policy.review(&request, &world.ledger).unwrap_err();
    assert_eq!(review.broken, refusal.broken);
}

/// The members of one group of three, who all say that it has four.
#[test]
fn a_group_that_lacks_a_member_gets_nothing() {
    let mut world = World::new();
    let clip = world.clip();
    for n in 0..3 {
        world.approve(member(&world, n, 2, 4));
    }
    let request = world.request();
    let mut clip = footage::clip::FinishedClip::open(std::io::Cursor::new(&clip)).unwrap();
    let (selections, group) = (&[clip.select_segments(2, 5).unwrap()], GroupId::new("town").unwrap());
    let proposal = footage::policy::Proposal { request: &request, selections, group: &group, days: Days::ONE };
    let refusal = world.policy.permit(&proposal, &world.ledger, world.now).unwrap_err();
    assert_eq!(refusal.broken.iter().map(|broken| broken.rule).collect::<Vec<_>>(), [Rule::Custodians]);
}

fn member(world: &World, n: usize, threshold: u8, size: u8) -> CustodianApproval {
    CustodianApproval {
        custodian: world.custodians[n].id().clone(),
        operator: name("A trusted operator"),
        group: Group::new(GroupId::new("town").unwrap(), threshold, size).unwrap(),
        key: world.custodians[n].verifying_key(),
        affiliations: Vec::new(),
        validity: world.week(),
    }
}

fn refused(result: Result<Verified<AnswerNotice>, CustodianError>) -> RefusedAnswer {
    match result.map(drop).unwrap_err() {
        CustodianError::Refused(refused) => refused,
        error => unreachable!("{error}"),
    }
}

/// A custodian answers from the first moment of access on, and while its clock is a day ahead of the log.
#[test]
fn a_custodian_answers_at_the_edges_of_its_time() {
    let mut world = World::new();
    let clip = world.clip();
    // All of it happens at the time of the request's anchor.
    let first = world.now;
    let stay = |world: &mut World| world.now = first.before(Millis::SECOND);
    stay(&mut world);
    let request = world.request();
    let granted = world.grant(&request, &clip);
    stay(&mut world);
    let release = world.release(&granted);
    assert_eq!((granted.excerpted.terms.statement().not_before, world.ledger.time()), (first, first));
    let delivery = world.deliveries(&granted, release)[0].clone();
    let _ = world.notice(0, &delivery).unwrap();
    world.now = first.after(Millis::DAY);
    let _ = world.notice(0, &delivery).unwrap();
    world.now = first.after(Millis(Millis::DAY.0 + 1));
    assert!(matches!(world.notice(0, &delivery), Err(CustodianError::Stale { .. })));
}

/// Members with the same name of a group and another threshold than the grant has.
#[test]
fn a_custodian_answers_for_its_group_as_it_is_approved_only() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[0].clone();
    let _ = world.notice(0, &delivery).unwrap();
    world.wait(Millis::SECOND);
    world.approve(member(&world, 0, 3, 3));
    world.witness();
    let refused = refused(world.notice(0, &delivery));
    assert!(matches!(refused, RefusedAnswer::Mismatch(what) if what.contains("group")), "{refused}");
}

/// Terms that the agency makes itself, with the true keys of all custodians for an epoch.
fn own_terms(world: &mut World, request: &Standing<Request>, epoch: Epoch) -> StatementId {
    let grant = SigningKey::generate(&mut world.random).unwrap();
    let digest = Digest::from_bytes([9; 32]);
    let members = world.custodians.iter().map(|custodian| {
        let expiry = world.ledger.expiry_key(custodian.id(), epoch).unwrap().id();
        Member { custodian: custodian.id().clone(), expiry, share: digest }
    });
    let possession = Possession::from_bytes([8; 32]);
    // The commitment of the format: label, part, index, secret.
    let commitment = [b"footage v1 commit\0".as_slice(), &[4, 0], possession.as_bytes()].concat();
    let terms = Terms {
        grant: GrantId::of(&grant.verifying_key()),
        request: request.id(),
        agency: request.statement().agency,
        custody: Custody::new(GroupId::new("town").unwrap(), 2, members.collect()).unwrap(),
        not_before: at(NOON),
        not_after: epoch,
        agency_half: digest,
        custodian_half: digest,
        possession: Digest::from_bytes(sha2::Sha256::digest(commitment).into()),
        private: digest,
    };
    let terms = Box::new(Verified::sign(terms, &grant).into_signed());
    let key = KemPrivateKey::generate(KemAlgorithm::X25519, &mut world.random).unwrap().public_key();
    let agency = twin(&world.keys.agency);
    world.publish(Verified::sign(Release { terms, possession, key }, &agency))
}

#[test]
fn no_custodian_answers_for_longer_than_the_request_asked() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let asked = request.statement();
    let last = asked.open_until.epoch().plus(asked.retention.number());
    for (epoch, longer) in [(last, false), (last.plus(1), true), (last.plus(2), true)] {
        let release = own_terms(&mut world, &request, epoch);
        let delivery = world.deliveries(&granted, release)[0].clone();
        let refused = refused(world.notice(0, &delivery));
        // What is not too long is refused for the next reason: no resident made it.
        match refused {
            RefusedAnswer::Mismatch(what) => assert!(longer && what.contains("longer time"), "{what}"),
            other => assert!(!longer && other == RefusedAnswer::Share, "{other}"),
        }
    }
}

/// The wrap of one custodian under the envelope that names it, and brought to another.
#[test]
fn a_custodian_takes_no_wrap_but_its_own() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let deliveries = world.deliveries(&granted, release);
    let swapped = Delivery { wrap: deliveries[1].wrap.clone(), ..deliveries[0].clone() };
    assert_eq!(refused(world.notice(0, &swapped)), RefusedAnswer::Share);
    let other = world.grant(&request, &clip);
    let again = world.release(&other);
    let foreign = Delivery { release, ..world.deliveries(&other, again)[0].clone() };
    assert_eq!(refused(world.notice(0, &foreign)), RefusedAnswer::Share);
}

#[test]
fn an_epochs_key_is_destroyed_when_its_end_is_witnessed() {
    let mut world = World::new();
    let epoch = world.now.epoch();
    world.pass_to(epoch.end().before(Millis::SECOND.times(5)));
    world.now = epoch.end().before(Millis::SECOND.times(2));
    world.witness();
    assert!(world.custodians[0].destroy_ended(&world.ledger, world.now).unwrap().is_empty());
    world.witness();
    assert_eq!(world.ledger.time(), epoch.end());
    let receipts = world.custodians[0].destroy_ended(&world.ledger, world.now).unwrap();
    // It names the key by its fingerprint.
    let key = world.ledger.expiry_key(world.custodians[0].id(), epoch).unwrap().statement().key.fingerprint();
    assert_eq!(receipts.iter().map(|receipt| receipt.statement().keys.as_slice()).collect::<Vec<_>>(), [[key]]);
    assert_eq!(world.ledger.expiry_fingerprint(world.custodians[0].id(), epoch), Some(key));
    assert_eq!(world.ledger.expiry_fingerprint(world.custodians[0].id(), epoch.plus(1000)), None);
    // A receipt that was lost before it was logged is made again, until the log holds it.
    let again = world.custodians[0].destroy_ended(&world.ledger, world.now).unwrap();
    assert_eq!(again, receipts);
    for receipt in again {
        world.publish(receipt);
    }
    assert!(world.custodians[0].destroy_ended(&world.ledger, world.now).unwrap().is_empty());
}

#[test]
fn an_expiry_key_whose_statement_was_lost_is_published_again_and_no_other_key_is() {
    let mut world = World::new();
    world.pass_to(world.now.after(Millis::DAY.times(2)));
    let publish = |world: &mut World| {
        let keys = world.custodians[0].publish_keys(&world.ledger, 45, &mut world.random).unwrap();
        keys.into_iter().map(Verified::into_signed).collect::<Vec<_>>()
    };
    let lost = publish(&mut world);
    assert!(!lost.is_empty());
    let again = publish(&mut world);
    assert_eq!(again, lost);
    for key in again {
        world.publish(key.verify().unwrap());
    }
    assert_eq!(publish(&mut world), []);
}

#[test]
fn the_store_in_memory_keeps_what_a_key_store_promises() {
    let mut store = MemoryKeyStore::default();
    let epoch = at(NOON).epoch();
    let secret = Secret::random(&mut Pinned(5)).unwrap();
    assert!(store.state(epoch).unwrap().is_none() && store.get(epoch).unwrap().is_none());
    store.put(epoch, secret.duplicate()).unwrap();
    assert_eq!((store.state(epoch).unwrap(), store.get(epoch).unwrap()), (Some(EpochState::Held), Some(secret)));
    store.mark(epoch).unwrap();
    assert_eq!(store.state(epoch).unwrap(), Some(EpochState::Destroying));
    assert!(store.get(epoch).unwrap().is_some());
    store.erase(epoch).unwrap();
    assert!(store.get(epoch).unwrap().is_none());
    store.mark(epoch).unwrap();
    assert_eq!(store.epochs().unwrap(), [(epoch, EpochState::Destroyed)]);
    let grant = Digest::from_bytes([1; 32]);
    assert!(!store.is_revoked(&grant).unwrap());
    store.revoke(grant).unwrap();
    assert!(store.is_revoked(&grant).unwrap() && !store.is_revoked(&Digest::from_bytes([2; 32])).unwrap());
}

/// R6: an agency signs no release of terms that do not belong to its request, or last longer than it asked.
#[test]
fn r6_terms_are_held_against_their_request() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let terms = granted.excerpted.terms.statement();
    let asked = request.statement();
    let judged = |terms: &Terms| {
        let refusal = world.policy.check_release(terms, &request, &world.ledger, world.now);
        refusal.map_or_else(|refusal| refusal.broken.iter().map(|broken| broken.rule).collect(), |()| Vec::new())
    };
    assert_eq!(judged(terms), []);
    let other = Terms { request: StatementId::from_bytes([1; 32]), ..terms.clone() };
    assert_eq!(judged(&other), [Rule::Standing]);
    assert_eq!(judged(&Terms { agency: *world.other.id(), ..terms.clone() }), [Rule::Standing]);
    // As far as the last day on which it could be granted allows. No custodian has a key for so late an epoch.
    let last = asked.open_until.epoch().plus(asked.retention.number());
    assert!(!judged(&Terms { not_after: last, ..terms.clone() }).contains(&Rule::EndDate));
    assert!(judged(&Terms { not_after: last.plus(1), ..terms.clone() }).contains(&Rule::EndDate));
}

/// A custodian that was told of a revocation answers no more from then on, whether the log shows it or not.
#[test]
fn a_revocation_holds_before_it_is_logged() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[0].clone();
    let _ = world.notice(0, &delivery).unwrap();
    let _not_logged = world.custodians[0].revoke((*granted.excerpted.consent.revocation).clone()).unwrap();
    assert_eq!(refused(world.notice(0, &delivery)), RefusedAnswer::Revoked);
}
