//! What a ledger makes of a log: who is approved by enough registrars, how requests follow each other, and what phones
//! are given of it.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::common;

use common::{Rogue, World, name};
use footage::agency::Ask;
use footage::auditor::{Accusation, Auditor, Charge};
use footage::crypto::SigningKey;
use footage::ledger::{Breach, Feed, Ledger, Page, Phone};
use footage::merkle::{Hash, Tree, leaf_hash};
use footage::policy::Rule;
use footage::record::*;
use footage::registrar::Registrar;
use footage::tlog::{Checkpoint, Cosignature, MemoryWitnessStore, Note, Seen, WitnessStore, Witnessed};

/// A checkpoint of whatever entries, which the log signs and its witnesses cosign.
fn witnessed(world: &World, entries: &[Vec<u8>], time: Timestamp) -> Witnessed {
    let tree: Tree = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let origin = world.log.origin().clone();
    let mut note = Note::new(Checkpoint::new(origin.clone(), tree.size(), tree.root()).to_string()).unwrap();
    note.sign(&origin, &world.keys.log).unwrap();
    for (witness, key) in world.witnesses.iter().zip(&world.keys.witnesses) {
        note.add(Cosignature::sign(note.text(), key, time).to_line(&witness.key().name, key)).unwrap();
    }
    Witnessed::verify(note.to_string().as_bytes(), world.trust.log()).unwrap()
}

/// The same registrar twice is one: not even a log that holds its approval twice makes it two.
#[test]
fn an_approval_needs_as_many_registrars_as_are_trusted_for_it() {
    let mut world = World::new();
    let registrars: Vec<_> = (0..3).map(|_| Registrar::new(SigningKey::generate(&mut world.random).unwrap())).collect();
    let keys = registrars.iter().map(Registrar::verifying_key).collect();
    let trust = TrustRoots::new(world.trust.log().clone(), keys, 2).unwrap();
    let approval = world.agency_approval("OH0500100", world.agency.verifying_key());
    let approve =
        |n: usize, approval: &AgencyApproval| registrars[n].approve(approval.clone()).unwrap().into_signed().to_bytes();
    // Another text is another approval, and so is another time.
    let renamed = AgencyApproval { name: name("County Police"), ..approval.clone() };
    let shorter = Window::new(approval.validity.from(), approval.validity.to().before(Millis::HOUR)).unwrap();
    let shorter = AgencyApproval { validity: shorter, ..approval.clone() };
    let alone = approve(0, &approval);
    for (more, approved) in [
        (vec![], false),
        (vec![alone.clone()], false),
        (vec![alone.clone(), alone.clone(), approve(1, &renamed)], false),
        (vec![approve(1, &shorter)], false),
        (vec![approve(2, &approval)], true),
        (vec![approve(2, &renamed), approve(1, &approval)], true),
    ] {
        let entries = [vec![alone.clone()], more].concat();
        let mut ledger = Ledger::new(trust.clone());
        ledger.advance(&entries, &witnessed(&world, &entries, world.now)).unwrap();
        let found = ledger.agency(&approval.agency, world.now);
        assert_eq!(found, approved.then(|| approval.clone()), "{} entries", entries.len());
    }
}

#[test]
fn the_last_request_of_an_agency_is_known_by_its_number() {
    let mut world = World::new();
    let agency = *world.agency.id();
    assert_eq!(world.ledger.last_asked(&agency), None);
    for number in 0..3 {
        let request = world.request();
        assert_eq!(world.ledger.last_asked(&agency), Some((number, request.id())));
    }
    assert_eq!(world.ledger.last_asked(world.other.id()), None);
    // Where numbers are missing, the highest counts.
    let mut rogue = Rogue::new(&mut world);
    rogue.ask(&mut world, |_| ());
    let last = rogue.ask(&mut world, |request| request.sequence = 7);
    let agency = AgencyId::new(rogue.id).unwrap();
    assert_eq!(world.ledger.last_asked(&agency), Some((7, last)));
}

/// Once its chain is broken it stays so, however often it is broken again.
#[test]
fn an_agency_whose_requests_fork_has_no_chain_again() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let first = rogue.ask(&mut world, |_| ());
    for (n, sequence) in (1..).zip([0, 0, 1, 1]) {
        rogue.ask(&mut world, |request| request.sequence = sequence);
        assert!(world.ledger.breaches().len() >= n.min(2));
        let request = world.ledger.request(first).unwrap();
        assert!(!world.ledger.conduct(&request).one_chain, "after {n}");
    }
}

#[test]
fn the_first_request_follows_none() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let first = rogue.ask(&mut world, |request| request.previous = Some(StatementId::from_bytes([3; 32])));
    let index = world.log.size() - 1;
    assert_eq!(world.ledger.breaches(), [Breach::Sequence { index, statement: first, other: None }]);
}

/// Thirty days to the second are no longer within 30 days.
#[test]
fn a_request_counts_for_thirty_days() {
    for (less, counted) in [(Millis(0), 1), (Millis::SECOND, 2)] {
        let mut world = World::new();
        let first = world.request();
        let last = first.existed_by().after(Millis::DAY.times(30)).before(less);
        world.pass_to(last.before(Millis::MINUTE));
        // The checkpoint that holds the second is witnessed then.
        world.now = Timestamp::from_seconds(last.as_millis() / 1000 - 1).unwrap();
        let ask = Ask { case: Reference::new("LATER").unwrap(), ..world.ask() };
        let second = world.request_for(ask);
        assert_eq!(second.existed_by(), last);
        assert_eq!(world.ledger.usage(&second).in_30_days, counted);
    }
}

/// The first two requests of an agency come into the log in the wrong order: that is no breach if the second names the
/// first, and one if it names another.
#[test]
fn requests_may_be_logged_in_another_order_than_they_were_made() {
    for fits in [true, false] {
        let mut world = World::new();
        let rogue = Rogue::new(&mut world);
        let first = Verified::sign(rogue.draft(&mut world), &rogue.key);
        let other =
            Verified::sign(Request { case: Reference::new("X").unwrap(), ..rogue.draft(&mut world) }, &rogue.key);
        let previous = if fits { first.id() } else { other.id() };
        let second = Request { sequence: 1, previous: Some(previous), ..rogue.draft(&mut world) };
        let second = world.publish(Verified::sign(second, &rogue.key));
        assert_eq!(world.ledger.breaches(), []);
        let first = world.publish(first);
        let index = world.log.size() - 1;
        let breaches = [Breach::Sequence { index, statement: first, other: Some(second) }];
        assert_eq!(world.ledger.breaches(), if fits { &[] } else { &breaches[..] });
        let request = world.ledger.request(second).unwrap();
        assert_eq!(world.ledger.conduct(&request).one_chain, fits);
    }
}

/// An accusation of too many requests for a case shows those of this case, whatever was asked for between them.
#[test]
fn too_many_requests_of_a_case_are_proven_by_those_of_that_case() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    for case in ["ONE", "TWO", "ONE", "THREE", "ONE"] {
        rogue.ask(&mut world, |request| request.case = Reference::new(case).unwrap());
    }
    let mut auditor = Auditor::new(world.trust.clone(), world.policy.clone());
    for checkpoint in &world.history {
        let entries = world.log.entries(auditor.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        auditor.advance(entries, checkpoint).unwrap();
    }
    let charges = auditor.charges();
    let broken = |charge: &&Charge| matches!(charge, Charge::PolicyBroken { rules, .. } if *rules == [Rule::PerCase]);
    let [charge] = charges.iter().filter(broken).collect::<Vec<_>>().try_into().unwrap();
    let accusations = auditor.accuse(charge, &world.log);
    assert!(!accusations.is_empty());
    for accusation in accusations {
        let read = Accusation::from_bytes(&accusation.to_bytes()).unwrap();
        read.verify(&world.trust, &world.policy).unwrap();
    }
}

fn pages(world: &World) -> Vec<Page> {
    let mut feed = Feed::new(world.trust.clone());
    let pages = world.history.iter().map(|checkpoint| {
        let entries = world.log.entries(feed.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        feed.page(entries, checkpoint, &world.log).unwrap()
    });
    pages.collect()
}

/// While a request is open, phones are given the renewed approvals of its agency, and afterwards no longer.
#[test]
fn a_phone_knows_the_standing_of_an_agency_while_a_request_of_it_is_open() {
    let mut world = World::new();
    let ask = Ask { open_until: world.now.after(Millis::DAY.times(20)), ..world.ask() };
    let open_until = ask.open_until;
    let request = world.request_for(ask);
    let mut phone = Phone::new(world.trust.clone());
    let mut taken = 0;
    let mut follow = |world: &World, phone: &mut Phone| {
        for page in &pages(world)[taken..] {
            phone.take(page).unwrap();
        }
        taken = world.history.len();
    };
    for _ in 0..6 {
        world.pass_to(world.now.after(Millis::DAY.times(3)));
        follow(&world, &mut phone);
        let approval = phone.agency(world.agency.id(), world.now).unwrap();
        assert_eq!(approval.key, *request.signer());
    }
    world.pass_to(open_until.after(Millis::DAY.times(10)));
    follow(&world, &mut phone);
    assert!(phone.agency(world.agency.id(), world.now).is_none());
    assert!(world.ledger.agency(world.agency.id(), world.now).is_some());
}

/// Between the statements of a page there may be many subtrees of the log.
#[test]
fn a_page_may_skip_as_much_as_the_log_is_long() {
    let mut world = World::new();
    let _ = world.request();
    let page = pages(&world).pop().unwrap();
    for count in [0, 16_449, 40_000] {
        let mut page = page.clone();
        page.skipped = vec![Hash::EMPTY; count];
        assert!(Page::from_bytes(&page.to_bytes()).unwrap() == page);
    }
}

#[test]
fn the_witness_store_in_memory_keeps_what_was_saved_last_of_each_log() {
    let mut store = MemoryWitnessStore::default();
    let (one, two) = (KeyName::new("one.example").unwrap(), KeyName::new("two.example").unwrap());
    assert_eq!(store.load(&one).unwrap(), None);
    for size in [1, 2] {
        let seen = Seen { size, root: leaf_hash(b"root") };
        store.save(&one, seen).unwrap();
        assert_eq!((store.load(&one).unwrap(), store.load(&two).unwrap()), (Some(seen), None));
    }
}

/// Whoever has the log's key and its witnesses shows a request twice: it is counted once, and burdens nobody.
#[test]
fn an_entry_that_the_log_repeats_counts_once() {
    let mut world = World::new();
    let request = world.request();
    let mut entries = world.log.entries(0, world.log.size()).unwrap().to_vec();
    entries.push(request.to_bytes());
    let checkpoint = witnessed(&world, &entries, world.now);
    let mut ledger = Ledger::new(world.trust.clone());
    ledger.advance(&entries, &checkpoint).unwrap();
    let request = ledger.request(request.id()).unwrap();
    assert_eq!(ledger.usage(&request).in_30_days, 1);
    let conduct = ledger.conduct(&request);
    assert!(conduct.fresh && conduct.one_chain);
    assert_eq!(ledger.breaches(), []);
}
