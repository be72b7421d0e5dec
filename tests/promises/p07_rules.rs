//! P7: a request that is not in the log, or breaks the policy or the agency's budget, gets nothing. Against it: a signed,
//! approved agency.

use std::io::Cursor;

use footage::agency::{Agency, AgencyError, Ask};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret};
use footage::ledger::Standing;
use footage::policy::{Proposal, Rule, SparseCell};
use footage::record::{
    Anchor, Cell, Cells, CustodianApproval, Days, Epoch, ExpiryKey, Group, GroupId, Millis, Offence, Reference,
    Request, Verified, Window,
};
use footage::resident::{ConsentError, Consenting, OwnedClip, consent};

use super::common::{Pinned, World, cells, centre, large_cell, name, near, twin};

/// The rules that a request breaks, all of them.
pub fn broken(world: &World, request: &Standing<Request>) -> Vec<Rule> {
    let refusal = world.policy.check(request, &world.ledger, world.now);
    refusal.map_or_else(|refusal| refusal.broken.iter().map(|broken| broken.rule).collect(), |()| Vec::new())
}

fn asking(change: impl FnOnce(&mut Ask)) -> Vec<Rule> {
    let mut world = World::new();
    let mut ask = world.ask();
    change(&mut ask);
    // R6: the agency's own app says the same of it before it signs.
    let own = refused(&mut world, ask.clone());
    let request = world.request_for(ask);
    let found = broken(&world, &request);
    assert!(own == found, "the app finds {own:?}, and everybody else {found:?}");
    found
}

/// The rules for which the agency's app refuses to sign a request.
fn refused(world: &mut World, ask: Ask) -> Vec<Rule> {
    // With a store of its own, so that nothing is left of one that is signed.
    let (id, key) = (*world.agency.id(), twin(&world.keys.agency));
    let store = world.vaults[0].backup();
    let mut agency = world.posing(id, &key, &store);
    let secrets = store.names();
    match agency.request(ask, &world.policy, &world.ledger, &mut world.random) {
        Ok(_) => Vec::new(),
        Err(AgencyError::Refused(refusal)) => {
            assert_eq!(store.names(), secrets, "nothing was made");
            assert_eq!(agency.requests().count(), world.agency.requests().count(), "nothing was signed");
            refusal.broken.iter().map(|broken| broken.rule).collect()
        }
        Err(error) => panic!("{error}"),
    }
}

/// R6: a request is held against everything that is known of the agency before it is signed: its approval, and what it asked
/// before. Every rule that is broken is told.
#[test]
fn p7_r6_a_request_that_breaks_the_rules_is_not_signed() {
    let mut world = World::new();
    for _ in 0..2 {
        let ask = world.ask();
        assert_eq!(refused(&mut world, ask), []);
        let _ = world.request();
    }
    let ask = world.ask();
    assert_eq!(refused(&mut world, ask), [Rule::PerCase]);
    world.policy.budget = 2;
    let ask = Ask { cells: large_cell(8), ..world.ask() };
    assert_eq!(refused(&mut world, ask), [Rule::Resolution, Rule::PerCase, Rule::Budget]);
    let withdrawal = world.registrar.withdraw(world.agency.verifying_key(), world.latest.as_ref().unwrap());
    world.publish(withdrawal);
    world.policy.budget = 50;
    let ask = numbered(&world);
    assert_eq!(refused(&mut world, ask), [Rule::AgencyApproved]);
    // A key that is post-quantum, where the rules ask for one.
    let mut world = World::new();
    let (store, objects) = (world.vaults[0].clone(), world.objects[0].clone());
    let (id, key) = (*world.agency.id(), twin(&world.keys.agency));
    let mut agency = Agency::open(id, key, KemAlgorithm::X25519, store, objects, &mut world.random).unwrap();
    let error = agency.request(world.ask(), &world.policy, &world.ledger, &mut world.random).unwrap_err();
    assert!(matches!(&error, AgencyError::Refused(refusal) if refusal.breaks(Rule::PostQuantum)), "{error}");
}

#[test]
fn p7_a_good_request_breaks_nothing() {
    assert_eq!(asking(|_| ()), []);
}

/// L4: a request names cells of one size, which nobody can aim at a porch nor stretch over a city.
#[test]
fn p7_l4_cells() {
    let child = || Cells::new(vec![centre().children().next().unwrap()]).unwrap();
    let outside = || near(Cell::at(42.1, -80.65).unwrap(), 2);
    assert_eq!(asking(|ask| ask.cells = cells(12)), []);
    assert_eq!(asking(|ask| ask.cells = child()), [Rule::Resolution]);
    assert_eq!(asking(|ask| ask.cells = large_cell(8)), [Rule::Resolution]);
    assert_eq!(asking(|ask| ask.cells = outside()), [Rule::Jurisdiction]);
    assert_eq!(asking(|ask| ask.cells = large_cell(3)), [Rule::Resolution, Rule::Jurisdiction]);
}

/// L4: where homes are far apart, requests name larger cells, and no others.
#[test]
fn p7_l4_sparse_cells() {
    let mut world = World::new();
    let sparse = SparseCell::new(large_cell(6).iter().next().unwrap(), 7).unwrap();
    world.policy.sparse = vec![sparse];
    let ask = world.ask();
    assert_eq!(refused(&mut world, ask), [Rule::Resolution]);
    for (resolution, broken) in [(8, &[Rule::Resolution][..]), (7, &[]), (6, &[Rule::Resolution])] {
        let ask = Ask { cells: large_cell(resolution), ..world.ask() };
        assert_eq!(refused(&mut world, ask), broken, "{resolution}");
    }
    // A neighbour of the sparse cell is as any other.
    let beside = sparse_neighbour(&large_cell(6));
    let ask = Ask { cells: near(beside, 1), ..world.ask() };
    assert_eq!(refused(&mut world, ask), []);
    let cell = |resolution| large_cell(resolution).iter().next().unwrap();
    assert!(SparseCell::new(cell(4), 7).is_err() && SparseCell::new(centre(), 8).is_err());
    assert!(SparseCell::new(cell(7), 6).is_err() && SparseCell::new(cell(6), 9).is_err());
}

/// A cell of resolution 9 beside a larger one.
fn sparse_neighbour(cells: &Cells) -> Cell {
    let beside = cells.iter().next().unwrap().neighbours().next().unwrap();
    beside.children().next().unwrap().children().next().unwrap().children().next().unwrap()
}

#[test]
fn p7_window() {
    let ending = |ask: &Ask, length| Window::new(ask.window.to().before(length), ask.window.to()).unwrap();
    assert_eq!(asking(|ask| ask.window = ending(ask, Millis::MINUTE.times(14))), [Rule::MinWindow]);
    assert_eq!(asking(|ask| ask.window = ending(ask, Millis(12 * 3_600_000 + 1))), [Rule::MaxWindow]);
    assert_eq!(asking(|ask| ask.window = ending(ask, Millis::HOUR.times(12))), []);
}

#[test]
fn p7_offence_retention_and_time() {
    assert_eq!(asking(|ask| ask.offence = Offence::new("90Z").unwrap()), [Rule::Offence]);
    assert_eq!(asking(|ask| ask.retention = Days::new(31).unwrap()), [Rule::Retention]);
    assert_eq!(asking(|ask| ask.open_until = ask.open_until.after(Millis::DAY.times(5))), [Rule::OpenTime]);
    assert_eq!(asking(|ask| ask.open_until = ask.window.to()), [Rule::Open]);
}

/// Every rule that is broken is told, with what was found and what is allowed.
#[test]
fn p7_a_refusal_lists_everything() {
    let mut world = World::new();
    let ask = Ask {
        cells: large_cell(3),
        window: Window::new(world.now.after(Millis::HOUR), world.now.after(Millis::HOUR.times(20))).unwrap(),
        offence: Offence::new("90Z").unwrap(),
        retention: Days::new(40).unwrap(),
        open_until: world.now.after(Millis::DAY.times(9)),
        ..world.ask()
    };
    let request = world.request_for(ask);
    let refusal = world.policy.check(&request, &world.ledger, world.now).unwrap_err();
    let rules = [
        Rule::Resolution,
        Rule::Jurisdiction,
        Rule::MaxWindow,
        Rule::PastWindow,
        Rule::OpenTime,
        Rule::Offence,
        Rule::Retention,
    ];
    assert_eq!(refusal.broken.iter().map(|broken| broken.rule).collect::<Vec<_>>(), rules);
    assert!(refusal.broken.iter().all(|broken| !broken.found.is_empty() && !broken.allowed.is_empty()));
    assert!(refusal.to_string().contains("of resolution 3, allowed resolution 9"), "{refusal}");
}

#[test]
fn p7_an_anchor_that_proves_nothing() {
    let mut world = World::new();
    let request = world.rogue_request(|request| request.anchor = Anchor::from_bytes(b"yesterday").unwrap());
    assert_eq!(broken(&world, &request), [Rule::Anchor]);
    // A checkpoint that the log signed and no witness.
    let note = world.log.checkpoint().unwrap().to_string();
    let request = world.rogue_request(|request| request.anchor = Anchor::from_bytes(note.as_bytes()).unwrap());
    assert!(broken(&world, &request).contains(&Rule::Anchor));
}

#[test]
fn p7_a_log_that_stands_still() {
    let mut world = World::new();
    let request = world.request();
    world.wait(Millis::DAY.times(2));
    assert_eq!(broken(&world, &request), [Rule::FreshLog]);
}

/// A request with a case of its own.
pub fn numbered(world: &World) -> Ask {
    Ask { case: Reference::new(&format!("2026-{}", world.log.size())).unwrap(), ..world.ask() }
}

/// The rules about the grant: range, end date, custodians.
fn permitting(world: &mut World, clip: &[u8], from: u32, days: u64, group: &str) -> Vec<Rule> {
    let request = world.request_for(numbered(world));
    let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
    // The first group begins with the init segment.
    let selections = &[clip.select_segments(if from == 1 { 0 } else { from }, 5).unwrap()];
    let group = GroupId::new(group).unwrap();
    let proposal = Proposal { request: &request, selections, group: &group, days: Days::new(days).unwrap() };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now);
    permit.map_or_else(|refusal| refusal.broken.iter().map(|broken| broken.rule).collect(), |_| Vec::new())
}

#[test]
fn p7_range_end_date_and_custodians() {
    let mut world = World::new();
    let clip = world.clip();
    assert_eq!(permitting(&mut world, &clip, 2, 7, "town"), []);
    assert_eq!(permitting(&mut world, &clip, 2, 15, "town"), [Rule::EndDate]);
    assert_eq!(permitting(&mut world, &clip, 2, 7, "nobody"), [Rule::Custodians]);
    // Begins before the window, ends after it.
    for started in [world.now.before(Millis::MINUTE.times(76)), world.now.before(Millis::MINUTE.times(17))] {
        let clip = world.clip_from(started, &[10; 6]);
        assert_eq!(permitting(&mut world, &clip, 1, 7, "town"), [Rule::RangeInWindow]);
    }
}

fn member(world: &World, n: usize, size: u8, affiliated: bool) -> CustodianApproval {
    CustodianApproval {
        custodian: world.custodians[n].id().clone(),
        operator: name("A trusted operator"),
        group: Group::new(GroupId::new("town").unwrap(), 2, size).unwrap(),
        key: world.custodians[n].verifying_key(),
        affiliations: if affiliated { vec![*world.agency.id()] } else { Vec::new() },
        validity: world.week(),
    }
}

#[test]
fn p7_custodians_of_the_agencys_own() {
    let mut world = World::new();
    let clip = world.clip();
    for (affiliated, rules) in [(1, vec![]), (2, vec![Rule::Affiliation])] {
        world.wait(Millis::SECOND);
        for n in 0..affiliated {
            let approval = member(&world, n, 3, true);
            world.approve(approval);
        }
        world.witness();
        assert_eq!(permitting(&mut world, &clip, 2, 7, "town"), rules);
    }
    // A group that is not of one mind, and one whose member published two keys for the last epoch.
    let mut world = World::new();
    let approval = member(&world, 0, 4, false);
    world.approve(approval);
    world.witness();
    assert_eq!(permitting(&mut world, &clip, 2, 7, "town"), [Rule::Custodians]);
    let mut world = World::new();
    let epoch: Epoch = world.now.epoch().plus(7);
    let key = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(32)).unwrap().public_key();
    let second = footage::record::ExpiryKey { custodian: world.custodians[0].id().clone(), epoch, key };
    world.publish(Verified::sign(second, &world.keys.custodians[0]));
    assert_eq!(permitting(&mut world, &clip, 2, 7, "town"), [Rule::Custodians]);
    assert_eq!(permitting(&mut world, &clip, 2, 6, "town"), []);
}

/// A permit is for one request, one clip, and an hour.
#[test]
fn p7_a_permit_for_another_request_gives_nothing_to_this_one() {
    let mut world = World::new();
    let (clip, other) = (world.clip(), world.clip());
    let (good, bad) = (world.request(), world.request_for(Ask { cells: large_cell(8), ..numbered(&world) }));
    assert_eq!(broken(&world, &bad), [Rule::Resolution]);
    let group = GroupId::new("town").unwrap();
    let (mut own, foreign) = (world.owned(&clip), world.owned(&other));
    let selections = &[own.select_segments(2, 5).unwrap()];
    let proposal = Proposal { request: &good, selections, group: &group, days: Days::ONE };
    let permit = || world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    let (first, third) = (permit(), permit());
    assert_eq!(first.request(), good.id());
    let long_term = &Secret::take(&mut [8; 32]);
    let mut given = |permit, owned: OwnedClip<_>, now| {
        let clips = &mut [owned][..];
        let ledger = &world.ledger;
        consent(Consenting { permit, clips, ledger, words: "", now, long_term }, &mut world.random).map(drop)
    };
    // Another clip.
    assert!(given(first, foreign, world.now).is_err());
    // Too late.
    let late = third.valid_until();
    let error = given(third, own, late).unwrap_err();
    assert!(matches!(error, ConsentError::PermitExpired(time) if time == late), "{error}");
    // What comes out names the request of the permit, so the other agency's request gets nothing by it.
    let granted = world.grant(&good, &clip);
    assert_eq!(granted.excerpted.terms.statement().request, good.id());
}

/// A custodian that published two keys for an epoch has none: nobody knows which of them would be destroyed.
#[test]
fn p7_a_member_without_a_key_for_the_last_epoch() {
    let mut world = World::new();
    let clip = world.clip();
    let custodian = world.custodians[0].id().clone();
    let epoch = world.now.epoch().plus(7);
    assert_eq!(permitting(&mut world, &clip, 2, 7, "town"), []);
    let secret = Secret::random(&mut world.random).unwrap();
    let key = KemPrivateKey::from_secret(KemAlgorithm::XWing, secret).public_key();
    let second = ExpiryKey { custodian: custodian.clone(), epoch, key };
    world.publish(Verified::sign(second, &twin(&world.keys.custodians[0])));
    assert!(world.ledger.expiry_key(&custodian, epoch).is_none());
    assert_eq!(permitting(&mut world, &clip, 2, 7, "town"), [Rule::Custodians]);
    assert_eq!(permitting(&mut world, &clip, 2, 6, "town"), []);
}
