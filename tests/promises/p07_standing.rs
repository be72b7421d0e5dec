//! P7, as for standing, conduct and budget: what the log says of an agency.

use footage::agency::Ask;
use footage::crypto::SigningKey;
use footage::custodian::{CustodianError, RefusedAnswer};
use footage::ledger::{Breach, Ledger, Standing, StandingError};
use footage::logkeeper::MemoryLog;
use footage::policy::Rule;
use footage::record::{
    Basis, KeyName, LogRoot, Millis, Process, Reference, Request, StatementId, TrustRoots, Verified, Window,
    Withdrawal, WithdrawalKind,
};
use footage::registrar::Registrar;
use footage::tlog::{Witness, Witnessed};

use super::common::{Pinned, World};
use super::p07_rules::{broken, numbered};

#[test]
fn p7_an_unlogged_request_has_no_standing() {
    let mut world = World::new();
    let ask = world.ask();
    let request = world.agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let not_logged = StandingError::NotLogged(request.id());
    assert_eq!(world.ledger.request(request.id()).unwrap_err(), not_logged);
    // Appended, but in no checkpoint that witnesses have seen.
    let id = world.append(request);
    assert_eq!(world.ledger.request(id).unwrap_err(), not_logged);
    world.witness();
    assert!(world.ledger.request(id).is_ok());
}

/// What a ledger says that follows a log, witnesses and a registrar of the agency's own, where this is the only request.
fn elsewhere(world: &World, request: &Verified<Request>) -> Standing<Request> {
    let mut random = Pinned(1000);
    let mut key = || SigningKey::generate(&mut random).unwrap();
    let origin = world.log.origin().clone();
    let mut log = MemoryLog::new(origin.clone(), key());
    let mut witness = Witness::new(KeyName::new("witness.example").unwrap(), key());
    witness.watch(origin.clone(), log.verifying_key());
    let registrar = Registrar::new(key());
    let root = LogRoot::new(origin, log.verifying_key(), vec![witness.key()], 1, 0).unwrap();
    let trust = TrustRoots::new(root, vec![registrar.verifying_key()], 1).unwrap();
    let approval = world.agency_approval(world.agency.id().as_str(), world.agency.verifying_key());
    log.append(registrar.approve(approval).unwrap().into_signed()).unwrap();
    log.append(request.clone().into_signed()).unwrap();
    let note = log.cosigned(&mut [witness], world.now).unwrap();
    let mut ledger = Ledger::new(trust.clone());
    ledger.advance(log.entries(0, 2).unwrap(), &Witnessed::verify(&note, trust.log()).unwrap()).unwrap();
    ledger.request(request.id()).unwrap()
}

/// A standing from a log of the agency's own counts for nothing: neither does it make an unlogged request good, nor does
/// it let a logged one look like the first.
#[test]
fn p7_standing_in_another_log_counts_for_nothing() {
    let mut world = World::new();
    let ask = world.ask();
    let unlogged = world.agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let standing = elsewhere(&world, &unlogged);
    assert!(broken(&world, &standing).contains(&Rule::Standing));

    // The 51st, logged here, but the first there.
    world.publish(unlogged);
    let last = (0..50).map(|_| world.request_for(numbered(&world))).last().unwrap();
    assert_eq!(broken(&world, &last), [Rule::Budget]);
    assert_eq!(broken(&world, &elsewhere(&world, &last)), [Rule::Budget]);
}

#[test]
fn p7_the_budget() {
    let mut world = World::new();
    let clip = world.clip();
    let requests: Vec<_> = (0..50).map(|_| world.request_for(numbered(&world))).collect();
    let first = world.grant(&requests[0], &clip);
    let fiftieth = world.grant(&requests[49], &clip);
    let over = world.request_for(numbered(&world));
    assert_eq!(broken(&world, &over), [Rule::Budget]);
    // The fifty before stay good, with residents and custodians.
    for granted in [&first, &fiftieth] {
        assert_eq!(broken(&world, &granted.request), []);
        let release = world.release(granted);
        world.answers(granted, release, &[0, 1]);
    }
    // Legal process is counted apart, and uses nothing up.
    let court = Reference::new("COURT-1").unwrap();
    let basis = Basis::LegalProcess { process: Process::Warrant, court: court.clone(), reference: court };
    let ask = Ask { basis, ..numbered(&world) };
    let legal = world.request_for(ask);
    assert_eq!(broken(&world, &legal), []);
    assert_eq!(world.ledger.usage(&legal).in_30_days, 51);
    // The other agency has its own.
    let ask = numbered(&world);
    let other = world.other.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let other = world.publish(other);
    let other = world.ledger.request(other).unwrap();
    assert_eq!(broken(&world, &other), []);
    // Thirty days later it may ask again.
    world.pass_to(world.now.after(Millis::DAY.times(31)));
    let later = world.request_for(numbered(&world));
    assert_eq!(broken(&world, &later), []);
}

/// A custodian counts for itself, with a policy of its own, whatever the resident's app overlooked.
#[test]
fn p7_a_custodian_counts_too() {
    let mut world = World::new();
    let clip = world.clip();
    let _ = world.request_for(numbered(&world));
    let second = world.request_for(numbered(&world));
    let granted = world.grant(&second, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[0].clone();
    world.policy.budget = 1;
    let error = world.notice(0, &delivery).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Budget)), "{error}");
}

#[test]
fn p7_the_third_request_of_a_case() {
    let mut world = World::new();
    let requests: Vec<_> = (0..3).map(|_| world.request()).collect();
    let found: Vec<_> = requests.iter().map(|request| broken(&world, request)).collect();
    assert_eq!(found, [vec![], vec![], vec![Rule::PerCase]]);
}

#[test]
fn p7_a_forked_sequence() {
    let mut world = World::new();
    let clip = world.clip();
    let first = world.request();
    let granted = world.grant(&first, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[0].clone();
    let second = world.rogue_request(|request| (request.sequence, request.previous) = (0, None));
    assert_eq!(broken(&world, &second), [Rule::Conduct]);
    assert!(world.ledger.breaches().iter().any(|breach| matches!(breach, Breach::Sequence { .. })));
    // From then on the first gets nothing either.
    assert_eq!(broken(&world, &first), [Rule::Conduct]);
    let error = world.notice(0, &delivery).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Conduct)), "{error}");
}

#[test]
fn p7_a_gap_and_a_false_predecessor() {
    let mut world = World::new();
    let _ = world.request();
    let gap = world.rogue_request(|request| (request.sequence, request.previous) = (5, None));
    assert_eq!(broken(&world, &gap), [Rule::Conduct]);
    let mut world = World::new();
    let _ = world.request();
    let other = world.rogue_request(|request| request.previous = Some(StatementId::from_bytes([3; 32])));
    assert_eq!(broken(&world, &other), [Rule::Conduct]);
}

#[test]
fn p7_a_request_key_used_twice() {
    let mut world = World::new();
    let first = world.request();
    let key = first.statement().key.clone();
    let second = world.rogue_request(|request| request.key = key);
    assert_eq!(broken(&world, &second), [Rule::Conduct]);
    assert!(world.ledger.breaches().iter().any(|breach| matches!(breach, Breach::RequestKeyReused { .. })));
}

#[test]
fn p7_an_agency_without_approval() {
    let mut world = World::new();
    let stranger = SigningKey::generate(&mut Pinned(31)).unwrap();
    let ask = world.ask();
    let request = world.agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    // Signed by a key that is not the agency's.
    let forged = Verified::sign(request.statement().clone(), &stranger);
    let id = world.publish(forged);
    assert_eq!(world.ledger.request(id).unwrap_err(), StandingError::NotApproved(id));
    // An approval that no registrar signed, or that holds for longer than seven days, or is not of today.
    let approval = world.agency_approval("OH0500300", stranger.verifying_key());
    world.publish(Verified::sign(approval.clone(), &stranger));
    assert!(world.ledger.agency(&approval.agency, world.now).is_none());
    let mut long = approval.clone();
    long.validity = Window::new(world.now, world.now.after(Millis::DAY.times(8))).unwrap();
    assert!(world.registrar.approve(long).is_err());
    let mut old = approval;
    old.validity = Window::new(world.now.before(Millis::DAY.times(3)), world.now.before(Millis::DAY)).unwrap();
    world.approve(old.clone());
    world.witness();
    assert!(world.ledger.agency(&old.agency, world.now).is_none());
}

#[test]
fn p7_an_approval_that_ran_out() {
    let mut world = World::new();
    let clip = world.clip();
    let ask = Ask { open_until: world.now.after(Millis::DAY.times(7)), ..world.ask() };
    let request = world.request_for(ask);
    let granted = world.grant_range(&request, &clip, 2, 5, 14);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[0].clone();
    // Seven days pass, in which the registrar renews all but the agency.
    world.wait(Millis(Millis::DAY.times(7).0 - Millis::SECOND.times(30).0));
    world.witness();
    assert_eq!(broken(&world, &request), [Rule::AgencyApproved]);
    let error = world.notice(0, &delivery).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::AgencyNotApproved)), "{error}");
    // A request that is made now has no standing at all.
    let ask = numbered(&world);
    let late = world.forged_request(ask);
    let late = world.publish(late);
    assert_eq!(world.ledger.request(late).unwrap_err(), StandingError::NotApproved(late));
}

#[test]
fn p7_a_withdrawn_agency() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let deliveries = world.deliveries(&granted, release);
    let notice = world.notice(1, &deliveries[1]).unwrap();
    let notice = world.append(notice);
    let withdrawal = world.registrar.withdraw(world.agency.verifying_key(), &world.anchor());
    world.publish(withdrawal);
    // From the checkpoint on that shows it, and with a clock that was set back, too.
    for back in [Millis(0), Millis::DAY] {
        let now = world.now.before(back);
        let refusal = world.policy.check(&request, &world.ledger, now).unwrap_err();
        assert!(refusal.breaks(Rule::AgencyApproved), "{refusal}");
        let custodian = &mut world.custodians[0];
        let error = custodian.notice(&deliveries[0], &world.policy, &world.ledger, now, &mut world.random).unwrap_err();
        assert!(matches!(error, CustodianError::Refused(RefusedAnswer::AgencyNotApproved)), "{error}");
        // What notice was given of is not handed out any more.
        let custodian = &mut world.custodians[1];
        let error = custodian.answer(notice, &world.policy, &world.ledger, now, &mut world.random).unwrap_err();
        assert!(matches!(error, CustodianError::Refused(RefusedAnswer::AgencyNotApproved)), "{error}");
    }
    let ask = numbered(&world);
    let late = world.forged_request(ask);
    let late = world.publish(late);
    assert_eq!(world.ledger.request(late).unwrap_err(), StandingError::NotApproved(late));
    // Only a registrar can withdraw.
    let withdrawal = Withdrawal {
        kind: WithdrawalKind::Approvals,
        key: world.other.verifying_key(),
        anchor: world.anchor().to_anchor(),
    };
    let by_other = Verified::sign(withdrawal, &world.keys.agency);
    world.publish(by_other);
    assert!(world.ledger.agency(world.other.id(), world.now).is_some());
}

/// Withdrawn by mistake and approved again with the same key, an agency can be withdrawn once more.
#[test]
fn p7_an_agency_that_is_withdrawn_again() {
    let mut world = World::new();
    for _ in 0..2 {
        assert!(world.ledger.agency(world.agency.id(), world.now).is_some());
        let withdrawal = world.registrar.withdraw(world.agency.verifying_key(), &world.anchor());
        world.publish(withdrawal);
        assert!(world.ledger.agency(world.agency.id(), world.now).is_none());
        world.wait(Millis::HOUR);
        world.renew();
    }
}

/// What a phone may not have seen, a custodian has: it answers no agency whose requests fork.
#[test]
fn p7_a_custodian_looks_for_forks() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release)[0].clone();
    let _ = world.notice(0, &delivery).unwrap();
    // A second request with the first one's number.
    let number = request.statement().sequence;
    let _ = world.rogue_request(|twice| (twice.sequence, twice.previous) = (number, None));
    let error = world.notice(0, &delivery).unwrap_err();
    assert!(matches!(error, CustodianError::Refused(RefusedAnswer::Conduct)), "{error}");
}
