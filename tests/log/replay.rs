//! An auditor that goes on from where it was says what a replay from the beginning says.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::common;

use common::{Granted, NOON, Rogue, World, at, deletion, large_cell, name, release};
use footage::auditor::{Auditor, overdue};
use footage::crypto::SigningKey;
use footage::ledger::{Ledger, Standing, StandingError, StateError};
use footage::policy::{Policy, Rule};
use footage::record::*;
use proptest::prelude::*;

/// A history in which agencies and custodians keep to the rules, or do not.
struct Story {
    world: World,
    rogues: Vec<Rogue>,
    requests: Vec<Standing<Request>>,
    closed: Vec<StatementId>,
    asked: Vec<StatementId>,
    granted: Vec<Granted>,
}

impl Story {
    fn new() -> Self {
        let mut world = World::new();
        let rogues = ["OH0500300", "OH0500400"].map(|id| {
            let mut rogue = Rogue { id, ..Rogue::unapproved(&mut world) };
            rogue.renew(&mut world);
            rogue
        });
        Self {
            world,
            rogues: rogues.into(),
            requests: Vec::new(),
            closed: Vec::new(),
            asked: Vec::new(),
            granted: Vec::new(),
        }
    }

    fn step(&mut self, what: u8, who: usize, how: u8) {
        let world = &mut self.world;
        let rogue = &mut self.rogues[who % 2];
        match what {
            0 | 1 => {
                let mut ask = world.ask();
                ask.case = Reference::new(&format!("C-{}", self.requests.len() / 2)).unwrap();
                self.requests.push(world.request_for(ask));
            }
            2..=4 => {
                let id = rogue.ask(world, |request| match how {
                    0 => request.offence = Offence::new("90Z").unwrap(),
                    1 => request.cells = large_cell(7),
                    2 => request.sequence = request.sequence.saturating_sub(1),
                    3 => request.sequence += 2,
                    4 => request.case = Reference::new("SAME").unwrap(),
                    5 => request.open_until = request.open_until.after(Millis::DAY.times(300)),
                    6 => request.anchor = Anchor::from_bytes(b"nothing").unwrap(),
                    _ => {}
                });
                self.asked.push(id);
            }
            5 | 6 => self.grant(how),
            7 => {
                let agency = AgencyId::new(rogue.id).unwrap();
                if let Some(request) = self.asked.get(usize::from(how) % self.asked.len().max(1)) {
                    let result = if how.is_multiple_of(2) { OutcomeResult::Charge } else { OutcomeResult::Conviction };
                    let outcome = Outcome { agency, request: *request, result };
                    world.append(Verified::sign(outcome, &rogue.key));
                }
            }
            8 => {
                let disclosure = Disclosure {
                    agency: AgencyId::new(rogue.id).unwrap(),
                    vendor: name("Cameras"),
                    incentive: Incentive::Money,
                    cents: Some(how.into()),
                    text: None,
                };
                world.append(Verified::sign(disclosure, &rogue.key));
            }
            9 => {
                if let Some(request) = self.asked.last() {
                    let epoch = world.now.epoch().plus(u32::from(how % 4));
                    release(world, rogue, *request, world.now.after(Millis::HOUR.times((how % 3).into())), epoch);
                }
            }
            10 if how < 4 => {
                let withdrawal = world.registrar.withdraw(rogue.key.verifying_key(), &world.anchor());
                world.append(withdrawal);
                rogue.key = SigningKey::generate(&mut world.random).unwrap();
            }
            10 | 11 => rogue.renew(world),
            12 => {
                for custodian in &mut world.custodians[..=who % 3] {
                    for receipt in custodian.destroy_ended(&world.ledger, world.now).unwrap() {
                        world.log.append(receipt.into_signed()).unwrap();
                    }
                }
            }
            13 => {
                if let Some(request) = self.requests.get(usize::from(how)) {
                    let anchor = world.anchor();
                    if let Ok(receipt) = world.agency.close_request(request.id(), deletion(), &anchor) {
                        world.append(receipt);
                        self.closed.push(request.id());
                    }
                }
            }
            14 => {
                if let Some(granted) = self.granted.get(usize::from(how)) {
                    let anchor = world.anchor();
                    if let Ok(receipt) = world.agency.delete(granted.id(), deletion(), &anchor) {
                        world.append(receipt);
                    }
                }
            }
            15 | 16 => {
                world.wait(Millis::DAY.times(u64::from(how) + 1));
                if how > 2 {
                    world.renew();
                }
            }
            _ => world.witness(),
        }
    }

    /// The whole way of a grant, with as many notices as it comes to.
    fn grant(&mut self, how: u8) {
        let world = &mut self.world;
        world.renew();
        // Its agency has no key any more for a request that it closed.
        let open = self.requests.last().filter(|request| !self.closed.contains(&request.id()));
        let Some(request) = open else { return };
        for n in 0..world.custodians.len() {
            for key in world.custodians[n].publish_keys(&world.ledger, 45, &mut world.random).unwrap() {
                world.append(key);
            }
        }
        world.witness();
        if world.policy.check(request, &world.ledger, world.now).is_err() {
            return;
        }
        let to = request.statement().window.to();
        let clip = world.clip_from(to.before(Millis::MINUTE.times(20)), &common::SIZES);
        let granted = world.grant(request, &clip);
        let release = world.release(&granted);
        world.answers(&granted, release, [&[][..], &[1], &[0, 2], &[0, 1, 2]][usize::from(how % 4)]);
        self.granted.push(granted);
    }
}

/// Goes on to the next checkpoint.
fn follow(auditor: &mut Auditor, world: &World, at: usize) {
    let checkpoint = &world.history[at];
    let entries = world.log.entries(auditor.ledger().size(), checkpoint.checkpoint().size()).unwrap();
    auditor.advance(entries, checkpoint).unwrap();
}

fn replay(world: &World, checkpoints: usize) -> Auditor {
    let mut auditor = Auditor::new(world.trust.clone(), world.policy.clone());
    (0..checkpoints).for_each(|at| follow(&mut auditor, world, at));
    auditor
}

fn compare(going: &Auditor, full: &Auditor, world: &World) {
    assert_eq!(going.numbers(), full.numbers());
    for time in [world.now, world.now.before(Millis::DAY.times(9))] {
        assert_eq!(going.directory(time), full.directory(time));
    }
    assert_eq!(overdue(going.ledger()), overdue(full.ledger()));
    assert_eq!(going.ledger().breaches(), full.ledger().breaches());
    assert!(going.ledger().asked().eq(full.ledger().asked()));
    assert!(going.ledger().requests().eq(full.ledger().requests()));
    let charges = full.charges();
    assert_eq!(going.charges(), charges);
    for charge in charges.iter().step_by(charges.len().div_ceil(4).max(1)) {
        assert_eq!(going.accuse(charge, &world.log), full.accuse(charge, &world.log));
    }
    // And all that it may be asked later.
    assert!(going.save() == full.save());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whoever_goes_on_says_what_a_replay_says(
        steps in proptest::collection::vec((0_u8..19, 0_usize..3, 0_u8..12), 1..40),
        saved in proptest::collection::vec(any::<bool>(), 64),
        middle in any::<proptest::sample::Index>(),
    ) {
        let mut story = Story::new();
        for (what, who, how) in steps {
            story.step(what, who, how);
        }
        let world = &mut story.world;
        world.witness();
        // One more checkpoint, that adds nothing.
        world.witness();
        let middle = middle.index(world.history.len());
        let mut going = Auditor::new(world.trust.clone(), world.policy.clone());
        for at in 0..world.history.len() {
            if saved[at % saved.len()] {
                going = Auditor::restore(&going.save(), world.trust.clone(), world.policy.clone()).unwrap();
            }
            follow(&mut going, world, at);
            if at == middle {
                compare(&going, &replay(world, at + 1), world);
            }
        }
        compare(&going, &replay(world, world.history.len()), world);
    }
}

/// A year in which everything happens that the auditor charges, so that all of it is saved at least once.
fn year() -> Story {
    let mut story = Story::new();
    for how in 0..8 {
        for what in [11, 0, 5, 2, 3, 7, 8, 9, 13, 14, 12, 16, 18] {
            story.step(what, usize::from(how), how);
        }
        story.world.pass_to(story.world.now.after(Millis::DAY.times(20)));
    }
    story
}

#[test]
fn what_is_past_is_counted_and_charged_all_the_same() {
    let Story { world, requests, asked, granted, .. } = year();
    let auditor = replay(&world, world.history.len());
    let ledger = auditor.ledger();
    let first = &requests[0];
    let past = StandingError::Past { statement: first.id(), index: first.index() };
    assert_eq!(ledger.request(first.id()), Err(past));
    assert!(ledger.requests().all(|request| request.id() != first.id()));
    assert!(ledger.terms(granted[0].id()).is_none());
    let released = ledger.released_grant(granted[0].id()).unwrap();
    assert!(matches!(ledger.release(released.releases[0]), Err(StandingError::Past { .. })));
    // It stands where it is said to.
    let entry = &world.log.entries(past_index(past), past_index(past) + 1).unwrap()[0];
    assert_eq!(Signed::<Entry>::from_bytes(entry).unwrap().id(), first.id());

    assert_eq!(ledger.asked().count(), requests.len() + asked.len());
    let counted: u64 = auditor.numbers().rows.iter().map(|row| row.counts.requests).sum();
    assert_eq!(usize::try_from(counted).unwrap(), requests.len() + asked.len());
    assert_eq!(ledger.usage(requests.last().unwrap()).for_the_case, 2);
    assert!(auditor.broken(asked[0]).contains(&Rule::Offence));
    let charges = auditor.charges();
    for charge in &charges {
        let old = charge.statement().is_some_and(|id| id == asked[0]);
        assert!(!old || auditor.accuse(charge, &world.log).len() == 1, "{charge:?}");
    }
    assert!(charges.iter().any(|charge| charge.statement() == Some(asked[0])));
}

fn past_index(error: StandingError) -> u64 {
    if let StandingError::Past { index, .. } = error { index } else { u64::MAX }
}

#[test]
fn a_saved_state_is_ones_own_and_whole() {
    let Story { world, .. } = year();
    let auditor = replay(&world, world.history.len());
    let (trust, policy) = (&world.trust, &world.policy);
    let bytes = auditor.save();
    let restored = Auditor::restore(&bytes, trust.clone(), policy.clone()).unwrap();
    compare(&restored, &auditor, &world);
    println!("{} bytes for {} statements", bytes.len(), world.log.size());

    let refused = |bytes: &[u8]| Auditor::restore(bytes, trust.clone(), policy.clone()).unwrap_err();
    let other = TrustRoots::new(trust.log().clone(), vec![world.keys.agency.verifying_key()], 1).unwrap();
    assert_eq!(Auditor::restore(&bytes, other, policy.clone()).unwrap_err(), StateError::OtherTrust);
    let lax = Policy { budget: policy.budget + 1, ..policy.clone() };
    assert_eq!(Auditor::restore(&bytes, trust.clone(), lax).unwrap_err(), StateError::OtherPolicy);
    assert_eq!(refused(b""), StateError::Damaged);
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        assert_eq!(refused(&bytes[..at]), StateError::Damaged);
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        assert_eq!(refused(&altered), StateError::Damaged);
    }
    // A ledger's state is no auditor's, and the other way round.
    let ledger = auditor.ledger().save();
    assert_eq!(refused(&ledger), StateError::Kind);
    assert_eq!(Ledger::restore(&bytes, trust.clone()).unwrap_err(), StateError::Kind);
    assert_eq!(Ledger::restore(&ledger, trust.clone()).unwrap().save(), ledger);
}

/// Whoever makes a digest for what they altered gets an error or a state, and no panic.
#[test]
fn an_altered_state_harms_nobody_but_its_owner() {
    let mut story = Story::new();
    for (what, how) in [(0, 0), (5, 2), (2, 0), (2, 2), (7, 1), (9, 1), (12, 0), (18, 0)] {
        story.step(what, 0, how);
    }
    let world = &story.world;
    let saved = replay(world, world.history.len()).save();
    let (content, _) = saved.split_at(saved.len() - 32);
    for at in (0..content.len()).step_by(content.len() / 300) {
        for bit in [0, 5, 7] {
            let mut altered = content.to_vec();
            altered[at] ^= 1 << bit;
            let digest = <sha2::Sha256 as sha2::Digest>::digest(&altered);
            altered.extend_from_slice(&digest);
            if let Ok(auditor) = Auditor::restore(&altered, world.trust.clone(), world.policy.clone()) {
                let _ = (auditor.numbers(), auditor.charges(), auditor.directory(at_noon()));
                assert_eq!(auditor.save(), altered);
            }
        }
    }
}

fn at_noon() -> Timestamp {
    at(NOON)
}
