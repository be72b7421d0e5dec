//! The auditor: each accusation with a proof that holds by itself, the numbers, and the directory.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::common;

use common::{NOON, Rogue, World, at, centre, deletion, large_cell, name, release};
use footage::auditor::{Accusation, AccusationError, Auditor, Charge, Weight};
use footage::crypto::{Digest, KemAlgorithm, KemPrivateKey, SigningKey};
use footage::ledger::Party;
use footage::policy::Rule;
use footage::record::*;
use footage::tlog::{LogCopy, Witnessed};

/// Replays the log along the checkpoints from `from` on.
fn follow(auditor: &mut Auditor, world: &World, from: usize) {
    for checkpoint in &world.history[from..] {
        let entries = world.log.entries(auditor.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        auditor.advance(entries, checkpoint).unwrap();
    }
}

fn audit(world: &World) -> Auditor {
    let mut auditor = Auditor::new(world.trust.clone(), world.policy.clone());
    follow(&mut auditor, world, 0);
    auditor
}

/// The one accusation of this kind, after it went through its bytes, with what it weighs.
fn accusation(world: &World, auditor: &Auditor, kind: impl Fn(&Charge) -> bool) -> (Accusation, Weight) {
    let charges: Vec<_> = auditor.charges().into_iter().filter(kind).collect();
    assert_eq!(charges.len(), 1, "{:?}", auditor.charges());
    let [accusation] = auditor.accuse(&charges[0], &world.log).try_into().unwrap();
    let read = Accusation::from_bytes(&accusation.to_bytes()).unwrap();
    assert_eq!(read, accusation);
    let weight = read.verify(&world.trust, &world.policy).unwrap();
    // Nothing can be left out of it, and nothing added.
    for n in 0..read.exhibits.len() {
        let mut less = read.clone();
        less.exhibits.remove(n);
        let found = less.verify(&world.trust, &world.policy);
        assert!(found.is_err() || weight == Weight::Absence || is_renewal(&read, n), "without exhibit {n}");
        let mut altered = read.clone();
        let last = altered.exhibits[n].entry.len() - 1;
        altered.exhibits[n].entry[last] ^= 1;
        assert!(altered.verify(&world.trust, &world.policy).is_err());
    }
    (read, weight)
}

/// Of two approvals that overlap, one is enough.
fn is_renewal(accusation: &Accusation, n: usize) -> bool {
    let entry = Signed::<Entry>::from_bytes(&accusation.exhibits[n].entry).unwrap();
    matches!(entry.statement(), Entry::AgencyApproval(_) | Entry::CustodianApproval(_))
}

#[test]
fn an_agency_that_keeps_what_it_obtained_is_overdue_by_witnessed_time() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    world.answers(&granted, release, &[0, 2]);
    let anchor = world.anchor();
    let closed = world.agency.close_request(request.id(), deletion(), &anchor).unwrap();
    world.publish(closed);
    let terms = granted.excerpted.terms.id();
    let is_grant = |charge: &Charge| matches!(charge, Charge::Overdue { party: Party::Agency(_), subject: Subject::Grant(id), .. } if *id == terms);
    let due = granted.excerpted.terms.statement().not_after.end().after(Millis::DAY);
    while world.now <= due.before(Millis::DAY) {
        assert!(!audit(&world).charges().iter().any(is_grant));
        world.wait(Millis::HOUR.times(23));
        world.renew();
    }
    world.wait(Millis::DAY.times(2));
    world.witness();
    let (accusation, weight) = accusation(&world, &audit(&world), is_grant);
    assert_eq!(weight, Weight::Absence);

    // The same exhibits accuse nobody as of an earlier checkpoint, nor of another deadline.
    let mut early = accusation.clone();
    early.notes = vec![anchor.to_anchor()];
    assert_eq!(early.verify(&world.trust, &world.policy), Err(AccusationError::NotShown));
    let mut other = accusation;
    if let Charge::Overdue { due, .. } = &mut other.charge {
        *due = due.before(Millis::DAY);
    }
    assert_eq!(other.verify(&world.trust, &world.policy), Err(AccusationError::NotShown));

    // A late receipt ends it.
    let anchor = world.anchor();
    let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    world.publish(receipt);
    assert!(!audit(&world).charges().iter().any(is_grant));
    let late = audit(&world).numbers();
    assert_eq!((late.rows[0].counts.obtained, late.rows[0].counts.late), (1, 1));
}

#[test]
fn a_custodian_that_destroys_nothing_is_overdue() {
    let mut world = World::new();
    let first = world.now.epoch();
    world.wait(Millis::DAY.times(6));
    world.witness();
    let alpha = CustodianId::new("alpha").unwrap();
    let is_alpha = |charge: &Charge| matches!(charge, Charge::Overdue { party: Party::Custodian(id), subject: Subject::Epoch(epoch), .. } if *id == alpha && *epoch == first);
    let (_, weight) = accusation(&world, &audit(&world), is_alpha);
    assert_eq!(weight, Weight::Absence);
    // Its receipts count even if nobody has approved it since.
    world.wait(Millis::DAY.times(2));
    for receipt in world.custodians[0].destroy_ended(&world.ledger, world.now).unwrap() {
        world.append(receipt);
    }
    world.witness();
    assert!(!audit(&world).charges().iter().any(is_alpha));
}

#[test]
fn a_request_that_breaks_the_policy_is_charged_with_every_rule() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    rogue.ask(&mut world, |request| {
        request.cells = large_cell(8);
        request.window = Window::new(request.window.from(), request.window.to().after(Millis::DAY)).unwrap();
        request.offence = Offence::new("90Z").unwrap();
        request.retention = Days::new(365).unwrap();
        request.open_until = request.open_until.after(Millis::DAY.times(30));
    });
    let auditor = audit(&world);
    let (accusation, weight) = accusation(&world, &auditor, |charge| matches!(charge, Charge::PolicyBroken { .. }));
    assert_eq!(weight, Weight::Proof);
    let Charge::PolicyBroken { request, rules } = &accusation.charge else { unreachable!() };
    let all = [Rule::Resolution, Rule::MaxWindow, Rule::PastWindow, Rule::Offence, Rule::Retention, Rule::OpenTime];
    assert_eq!(rules, &all);
    assert_eq!(auditor.broken(*request), all);

    // Whose policy allows it is not convinced.
    let mut lax = world.policy.clone();
    lax.max_window = Millis::DAY.times(2);
    assert_eq!(accusation.verify(&world.trust, &lax), Err(AccusationError::NotShown));
    let mut more = accusation.clone();
    more.charge = Charge::PolicyBroken { request: *request, rules: vec![Rule::Anchor] };
    assert_eq!(more.verify(&world.trust, &world.policy), Err(AccusationError::NotShown));
}

#[test]
fn cells_outside_the_jurisdiction_of_that_time() {
    let mut world = World::new();
    let mut rogue = Rogue::unapproved(&mut world);
    let mut small = world.agency_approval(rogue.id, rogue.key.verifying_key());
    small.jurisdiction = Jurisdiction::new([centre()]).unwrap();
    world.approve(small);
    world.witness();
    let first = rogue.ask(&mut world, |_| ());
    // A week later the jurisdiction is larger.
    world.wait(Millis::DAY.times(8));
    rogue.renew(&mut world);
    let second = rogue.ask(&mut world, |_| ());
    let auditor = audit(&world);
    assert_eq!((auditor.broken(first), auditor.broken(second)), ([Rule::Jurisdiction].as_slice(), [].as_slice()));
    accusation(&world, &auditor, |charge| matches!(charge, Charge::PolicyBroken { .. }));
}

#[test]
fn a_budget_that_is_used_up_is_proven_and_cannot_be_by_crowding_requests_together() {
    let mut world = World::new();
    world.policy.budget = 3;
    let mut rogue = Rogue::new(&mut world);
    for _ in 0..3 {
        rogue.ask(&mut world, |_| ());
    }
    // 31 days on the first three count no longer.
    world.wait(Millis::DAY.times(31));
    rogue.renew(&mut world);
    let fourth = rogue.ask(&mut world, |_| ());
    assert_eq!(audit(&world).broken(fourth), []);
    for _ in 0..3 {
        rogue.ask(&mut world, |_| ());
    }
    let auditor = audit(&world);
    let (honest, weight) = accusation(&world, &auditor, |charge| matches!(charge, Charge::PolicyBroken { .. }));
    assert_eq!((honest.exhibits.len(), weight), (5, Weight::Proof));

    // The first three with the fourth, all shown under the latest checkpoint as if they were of one day.
    let latest = world.anchor();
    let ids = world.ledger.requests().take(4).map(|request| request.index());
    let approvals: Vec<_> = world.ledger.approvals(&AgencyId::new(rogue.id).unwrap()).iter().map(|a| a.index).collect();
    let mut indices: Vec<_> = ids.chain(approvals).collect();
    indices.sort_unstable();
    let exhibits = indices.into_iter().map(|index| footage::auditor::Exhibit {
        entry: world.log.entries(index, index + 1).unwrap()[0].clone(),
        index,
        proof: world.log.inclusion_proof(index, latest.checkpoint().size()).unwrap(),
        checkpoint: latest.to_anchor(),
        before: None,
    });
    let charge = Charge::PolicyBroken { request: fourth, rules: vec![Rule::Budget] };
    let mut forged = Accusation { charge, exhibits: exhibits.collect(), notes: vec![latest.to_anchor()] };
    assert_eq!(forged.verify(&world.trust, &world.policy), Err(AccusationError::NotShown));
    // Nor with checkpoints before that are true, but long before.
    for exhibit in &mut forged.exhibits {
        let before = world.history.iter().rev().find(|known| known.checkpoint().size() <= exhibit.index);
        exhibit.before = before.map(Witnessed::to_anchor);
    }
    assert_eq!(forged.verify(&world.trust, &world.policy), Err(AccusationError::NotShown));
}

#[test]
fn a_case_with_too_many_requests() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    for _ in 0..3 {
        rogue.ask(&mut world, |request| request.case = Reference::new("ONE").unwrap());
    }
    let (accusation, _) = accusation(&world, &audit(&world), |charge| matches!(charge, Charge::PolicyBroken { .. }));
    assert!(matches!(accusation.charge, Charge::PolicyBroken { rules, .. } if rules == [Rule::PerCase]));
}

#[test]
fn a_request_key_used_twice() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let request = rogue.draft(&mut world);
    rogue.file(&mut world, request.clone());
    rogue.ask(&mut world, |again| again.key = request.key);
    let (_, weight) = accusation(&world, &audit(&world), |charge| matches!(charge, Charge::RequestKeyReused { .. }));
    assert_eq!(weight, Weight::Proof);
}

#[test]
fn two_requests_with_one_number() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    rogue.ask(&mut world, |_| ());
    rogue.ask(&mut world, |request| (request.sequence, request.previous) = (0, None));
    let (accusation, weight) =
        accusation(&world, &audit(&world), |charge| matches!(charge, Charge::SequenceBroken { .. }));
    assert!(matches!(accusation.charge, Charge::SequenceBroken { other: Some(_), .. }));
    assert_eq!(weight, Weight::Proof);
}

#[test]
fn two_expiry_keys_for_one_epoch() {
    let mut world = World::new();
    let key = SigningKey::generate(&mut world.random).unwrap();
    let approval = CustodianApproval {
        custodian: CustodianId::new("delta").unwrap(),
        operator: name("Another operator"),
        group: Group::new(GroupId::new("other").unwrap(), 1, 1).unwrap(),
        key: key.verifying_key(),
        affiliations: Vec::new(),
        validity: world.week(),
    };
    world.approve(approval);
    world.witness();
    for _ in 0..2 {
        let public = KemPrivateKey::generate(KemAlgorithm::X25519, &mut world.random).unwrap().public_key();
        let expiry =
            ExpiryKey { custodian: CustodianId::new("delta").unwrap(), epoch: world.now.epoch().plus(3), key: public };
        world.publish(Verified::sign(expiry, &key));
    }
    let (_, weight) = accusation(&world, &audit(&world), |charge| matches!(charge, Charge::SecondExpiryKey { .. }));
    assert_eq!(weight, Weight::Proof);
}

#[test]
fn a_release_outside_its_dates() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let request = rogue.ask(&mut world, |_| ());
    let (now, epoch) = (world.now, world.now.epoch());
    let good = release(&mut world, &rogue, request, now, epoch.plus(3));
    assert!(world.ledger.release(good).is_ok());
    assert_eq!(audit(&world).charges(), []);
    let early = release(&mut world, &rogue, request, now.after(Millis::DAY), epoch.plus(3));
    let is_release = |charge: &Charge| matches!(charge, Charge::ReleaseTooEarly { .. });
    let (first, weight) = accusation(&world, &audit(&world), is_release);
    assert_eq!((first.charge, weight), (Charge::ReleaseTooEarly { release: early }, Weight::Proof));
    world.wait(Millis::DAY);
    world.witness();
    let late = release(&mut world, &rogue, request, now, epoch);
    let is_late = |charge: &Charge| *charge == Charge::ReleaseTooLate { release: late };
    accusation(&world, &audit(&world), is_late);

    // The good release, shown under a checkpoint after its end, is no late one.
    world.wait(Millis::DAY.times(4));
    world.witness();
    let auditor = audit(&world);
    let mut forged = accusation(&world, &auditor, is_late).0;
    let index = world.ledger.release(good).unwrap().index();
    let latest = world.anchor();
    let exhibit = forged.exhibits.last_mut().unwrap();
    exhibit.entry = world.log.entries(index, index + 1).unwrap()[0].clone();
    exhibit.proof = world.log.inclusion_proof(index, latest.checkpoint().size()).unwrap();
    exhibit.checkpoint = latest.to_anchor();
    (exhibit.index, exhibit.before) = (index, Some(world.history[2].to_anchor()));
    for charge in [Charge::ReleaseTooLate { release: good }, Charge::ReleaseTooEarly { release: good }] {
        forged.charge = charge;
        assert_eq!(forged.verify(&world.trust, &world.policy), Err(AccusationError::NotShown));
    }
}

#[test]
fn a_release_by_an_agency_that_was_not_approved() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let request = rogue.ask(&mut world, |_| ());
    world.wait(Millis::DAY.times(8));
    world.witness();
    let (now, epoch) = (world.now, world.now.epoch());
    let release = release(&mut world, &rogue, request, now, epoch.plus(3));
    let (accusation, weight) =
        accusation(&world, &audit(&world), |charge| matches!(charge, Charge::ReleaseNotApproved { .. }));
    assert_eq!((accusation.charge, weight), (Charge::ReleaseNotApproved { release }, Weight::Absence));
}

#[test]
fn a_log_that_stands_still() {
    let mut world = World::new();
    let before = audit(&world);
    assert_eq!(before.stale_since(world.now.after(Millis::HOUR)), None);
    world.wait(Millis::DAY.times(2));
    // While it stands still, only the clock tells.
    assert_eq!(before.stale_since(world.now), Some(world.anchor().existed_by()));
    world.witness();
    let (_, weight) = accusation(&world, &audit(&world), |charge| matches!(charge, Charge::StoodStill { .. }));
    assert_eq!(weight, Weight::Absence);
}

#[test]
fn a_log_that_equivocates() {
    let mut world = World::new();
    let mut auditor = audit(&world);
    // A second world with the same keys, whose log goes another way: the witnesses have been set back.
    let mut other = World::new();
    let _ = world.request();
    let mut ask = other.ask();
    ask.case = Reference::new("OTHER").unwrap();
    let _ = other.request_for(ask);
    let known = auditor.ledger().size();
    follow(&mut auditor, &world, world.history.len() - 1);
    assert_eq!(auditor.ledger().size(), known + 1);
    assert!(!auditor.compare(world.history.last().unwrap()));
    assert!(auditor.compare(other.history.last().unwrap()));
    let (accusation, weight) = accusation(&world, &auditor, |charge| *charge == Charge::Equivocation);
    assert_eq!(weight, Weight::Proof);
    // The log's own signature is enough.
    let mut bare = accusation.clone();
    bare.notes[1] = Anchor::from_bytes(other.log.checkpoint().unwrap().to_string().as_bytes()).unwrap();
    assert_eq!(bare.verify(&world.trust, &world.policy), Ok(Weight::Proof));
    bare.notes[0] = bare.notes[1].clone();
    assert_eq!(bare.verify(&world.trust, &world.policy), Err(AccusationError::NotShown));
}

#[test]
fn numbers_of_a_scripted_history() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let other = world.grant(&request, &clip);
    let first = world.release(&granted);
    world.answers(&granted, first, &[0, 2]);
    world.release(&other);
    let mut rogue = Rogue::new(&mut world);
    for n in 0..6 {
        let id = rogue.ask(&mut world, |request| {
            if n == 5 {
                request.offence = Offence::new("90Z").unwrap();
            }
        });
        if n < 2 {
            let agency = AgencyId::new(rogue.id).unwrap();
            for result in [OutcomeResult::Charge, OutcomeResult::Conviction] {
                world.publish(Verified::sign(Outcome { agency, request: id, result }, &rogue.key));
            }
        }
    }
    for cents in [Some(125), None] {
        let disclosure = Disclosure {
            agency: AgencyId::new(rogue.id).unwrap(),
            vendor: name("=Cameras, Inc"),
            incentive: Incentive::Equipment,
            cents,
            text: cents.map(|_| Digest::from_bytes([1; 32])),
        };
        world.publish(Verified::sign(disclosure, &rogue.key));
    }
    let numbers = audit(&world).numbers();
    assert_eq!(numbers.rows.len(), 3);
    let own = &numbers.rows[0];
    assert_eq!(
        (own.agency.as_str(), own.offence.code(), own.month.to_string()),
        ("OH0500100", "220", "2026-06".into())
    );
    let counts = own.counts;
    assert_eq!((counts.requests, counts.obtained, counts.pending, counts.not_due, counts.keeping), (1, 1, 1, 1, 1));
    let rogues = numbers.rows[1].counts;
    assert_eq!((rogues.requests, rogues.conviction, rogues.unreported, rogues.charge), (5, 2, 3, 0));
    assert_eq!((numbers.rows[2].counts.requests, numbers.rows[2].counts.breaking), (1, 1));

    let total = &numbers.totals()[1];
    assert_eq!((total.agency.as_str(), total.counts.requests, total.counts.conviction), (rogue.id, 6, 2));
    // Small numbers are shown too.
    let csv = numbers.rows_csv();
    assert!(csv.starts_with("agency,offence,month,requests,"));
    assert!(csv.contains("\r\nOH0500100,220,2026-06,1,1,0,1,"), "{csv}");
    assert!(numbers.totals_csv().contains("\r\nOH0500100,1,1,0,1,"));
    assert_eq!(
        numbers.incentives_csv(),
        "agency,vendor,incentive,disclosures,cents\r\nOH0500300,\"'=Cameras, Inc\",equipment,2,125\r\n"
    );
    let json = serde_json::to_value(&numbers).unwrap();
    assert_eq!(
        (&json["rows"][0]["counts"]["requests"], &json["rows"][1]["counts"]["requests"]),
        (&1.into(), &5.into())
    );
}

#[test]
fn a_replay_gives_the_same_answer() {
    let mut world = World::new();
    let mut going = audit(&world);
    let mut rogue = Rogue::new(&mut world);
    for n in 0..8 {
        let seen = world.history.len();
        rogue.ask(&mut world, |request| {
            if n % 3 == 0 {
                request.offence = Offence::new("90Z").unwrap();
            }
        });
        if n == 4 {
            world.wait(Millis::DAY.times(2));
            world.renew();
        }
        if n == 6 {
            world.wait(Millis::DAY.times(5));
            rogue.renew(&mut world);
        }
        let seen = if n == 0 { seen.min(going_from(&going, &world)) } else { seen };
        follow(&mut going, &world, seen);
    }
    let full = audit(&world);
    assert_eq!(going.charges(), full.charges());
    assert_eq!(going.numbers(), full.numbers());
    assert_eq!(going.directory(world.now), full.directory(world.now));
    assert!(!full.charges().is_empty());
}

/// The first checkpoint that an auditor has not followed.
fn going_from(auditor: &Auditor, world: &World) -> usize {
    world.history.iter().position(|known| known.checkpoint().size() > auditor.ledger().size()).unwrap()
}

#[test]
fn the_directory_lists_who_is_approved_by_name_and_place() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let auditor = audit(&world);
    let directory = auditor.directory(world.now);
    assert_eq!(directory.listings.len(), 3);
    assert_eq!(directory.named("town POLICE").count(), 3);
    assert_eq!(directory.reaching(centre()).count(), 3);
    assert_eq!(directory.reaching(large_cell(3).iter().next().unwrap()).count(), 3);
    assert_eq!(directory.reaching(Cell::at(41.1, -70.0).unwrap()).count(), 0);
    {
        let json = serde_json::to_value(&directory).unwrap();
        assert_eq!(json["type"], "FeatureCollection");
        let feature = &json["features"][2];
        assert_eq!((&feature["type"], &feature["id"]), (&"Feature".into(), &rogue.id.into()));
        assert_eq!(feature["geometry"]["type"], "MultiPolygon");
        assert_eq!(feature["properties"]["keys"].as_array().unwrap().len(), 1);
    }

    // Withdrawn, its key history still stands; a week on nobody is listed.
    let withdrawal = world.registrar.withdraw(rogue.key.verifying_key(), &world.anchor());
    world.publish(withdrawal);
    let id = AgencyId::new(rogue.id).unwrap();
    let then = world.now;
    world.wait(Millis::SECOND);
    assert!(audit(&world).directory(world.now).agency(&id).is_none());
    let before = audit(&world).directory(then.before(Millis::SECOND));
    assert_eq!(before.agency(&id).unwrap().keys.len(), 1);
    rogue.key = SigningKey::generate(&mut world.random).unwrap();
    rogue.renew(&mut world);
    world.wait(Millis::SECOND);
    let keys = &audit(&world).directory(world.now).agency(&id).unwrap().keys.clone();
    assert_eq!((keys.len(), keys[0].withdrawn.is_some(), keys[1].withdrawn.is_some()), (2, true, false));
    assert!(audit(&world).directory(at(NOON).after(Millis::DAY.times(9))).listings.is_empty());
}

#[test]
fn a_copy_of_the_log_is_an_archive() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    rogue.ask(&mut world, |request| request.offence = Offence::new("90Z").unwrap());
    let mut copy = LogCopy::default();
    copy.extend(world.log.entries(0, world.log.size()).unwrap().to_vec());
    let auditor = audit(&world);
    let charge = &auditor.charges()[0];
    assert_eq!(auditor.accuse(charge, &copy), auditor.accuse(charge, &world.log));
    assert!(auditor.accuse(charge, &LogCopy::default()).is_empty());
}
