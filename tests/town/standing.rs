//! Who has a say in what a ledger tells: outcomes, receipts, revocations, notices and breaches, each by those whose they
//! are and by nobody else.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::common;

use common::{Rogue, World, name, release, tool};
use footage::auditor::{Accusation, Auditor, Charge};
use footage::crypto::{KemAlgorithm, KemPrivateKey, SigningKey};
use footage::ledger::{Breach, Earlier, Feed, Ledger, Page, Party, Phone};
use footage::merkle::{Tree, leaf_hash};
use footage::record::*;
use footage::tlog::{Checkpoint, Cosignature, Note, Witnessed};

fn receipt(world: &World, subject: Subject) -> Receipt {
    Receipt {
        subject,
        keys: Vec::new(),
        excerpts: Vec::new(),
        method: Method::CryptographicErase,
        tool: tool(),
        backups: false,
        obtained: true,
        deadline: world.now,
        anchor: world.anchor().to_anchor(),
    }
}

fn signing_key(world: &mut World) -> SigningKey {
    SigningKey::generate(&mut world.random).unwrap()
}

#[test]
fn an_outcome_is_told_by_the_requests_own_agency() {
    let mut world = World::new();
    let request = world.request();
    let rogue = Rogue::new(&mut world);
    let told = |agency: AgencyId, result| Outcome { agency, request: request.id(), result };
    let (own, other) = (*world.agency.id(), AgencyId::new(rogue.id).unwrap());
    // Another agency for itself, and in the name of the request's own.
    for agency in [other, own] {
        world.publish(Verified::sign(told(agency, OutcomeResult::Conviction), &rogue.key));
        assert_eq!(world.ledger.outcome(request.id()), None);
    }
    let key = common::twin(&world.keys.agency);
    for result in [OutcomeResult::Charge, OutcomeResult::Conviction] {
        world.publish(Verified::sign(told(own, result), &key));
        assert_eq!(world.ledger.outcome(request.id()), Some(told(own, result)));
    }
}

/// An approval lapses, a duty does not: whoever signed the request or the release still signs its receipts.
#[test]
fn an_agency_whose_approval_has_lapsed_still_states_what_it_deleted() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let request = rogue.ask(&mut world, |_| ());
    // The release under a second key.
    let (first, second) = (common::twin(&rogue.key), signing_key(&mut world));
    rogue.key = common::twin(&second);
    rogue.renew(&mut world);
    let (now, epoch) = (world.now, world.now.epoch().plus(3));
    let released = release(&mut world, &rogue, request, now, epoch);
    let released = world.ledger.release(released).unwrap();
    let terms = released.statement().terms.id();
    assert_eq!(world.ledger.releases().map(|release| release.id()).collect::<Vec<_>>(), [released.id()]);
    assert_eq!(world.ledger.terms(terms).unwrap().id(), terms);
    world.pass_to(world.now.after(Millis::DAY.times(9)));
    let party = Party::Agency(AgencyId::new(rogue.id).unwrap());
    assert!(world.ledger.agency(&AgencyId::new(rogue.id).unwrap(), world.now).is_none());
    let stranger = signing_key(&mut world);
    let mut found = |subject: Subject, key: &SigningKey| {
        let before = world.ledger.receipts(&party, subject).len();
        let receipt = receipt(&world, subject);
        world.publish(Verified::sign(receipt, key));
        world.ledger.receipts(&party, subject).len() - before
    };
    let (of_request, of_grant) = (Subject::Request(request), Subject::Grant(terms));
    assert_eq!([&first, &second, &stranger].map(|key| found(of_request, key)), [1, 0, 0]);
    // Each receipt has another time and so another id.
    assert_eq!([&second, &first, &stranger].map(|key| found(of_grant, key)), [1, 1, 0]);
}

#[test]
fn a_receipt_for_an_expiry_key_is_its_custodians() {
    let mut world = World::new();
    let epoch = world.now.epoch();
    let (subject, custodian) = (Subject::Epoch(epoch), world.custodians[0].id().clone());
    let (party, own) = (Party::Custodian(custodian), common::twin(&world.keys.custodians[0]));
    let (other, stranger) = (common::twin(&world.keys.custodians[1]), signing_key(&mut world));
    world.wait(Millis::DAY.times(9));
    world.witness();
    for (key, counts) in [(&stranger, 0), (&other, 0), (&own, 1)] {
        let stated = receipt(&world, subject);
        world.publish(Verified::sign(stated, key));
        assert_eq!(world.ledger.receipts(&party, subject).len(), counts);
    }
    // For nothing else than an epoch does it sign once its approval has lapsed.
    let request = Subject::Request(StatementId::from_bytes([1; 32]));
    let stated = receipt(&world, request);
    world.publish(Verified::sign(stated, &own));
    assert!(world.ledger.receipts(&party, request).is_empty());
}

#[test]
fn every_custodian_that_revokes_or_gives_notice_is_counted_once() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answered = |world: &World| world.ledger.answered(granted.id()).cloned().collect::<Vec<_>>();
    assert!(answered(&world).is_empty());
    world.answers(&granted, release, &[2, 0]);
    world.answers(&granted, release, &[2]);
    assert_eq!(answered(&world), [world.custodians[2].id().clone(), world.custodians[0].id().clone()]);
    let grant = granted.excerpted.terms.statement().grant;
    let revocation = (*granted.excerpted.consent.revocation).clone();
    for (n, count) in [(1, 1), (0, 2), (1, 2), (2, 3)] {
        let notice = world.custodians[n].revoke(revocation.clone()).unwrap();
        world.publish(notice);
        assert_eq!(world.ledger.revocations(&grant), count);
    }
}

/// A notice counts for the grant of the release that it names, if that had standing.
#[test]
fn a_notice_counts_for_its_own_grant_only() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let (granted, other) = (world.grant(&request, &clip), world.grant(&request, &clip));
    let (own, foreign) = (world.release(&granted), world.release(&other));
    // The same release, signed by somebody who is no agency.
    let released = world.ledger.release(own).unwrap().statement().clone();
    let stranger = signing_key(&mut world);
    let unsigned = world.publish(Verified::sign(released, &stranger));
    assert!(world.ledger.release(unsigned).is_err());
    let (custodian, key) = (world.custodians[0].id().clone(), common::twin(&world.keys.custodians[0]));
    for (release, count) in [(foreign, 0), (unsigned, 0), (own, 1)] {
        let nonce = Nonce::random(&mut world.random).unwrap();
        let notice = AnswerNotice { custodian: custodian.clone(), terms: granted.id(), release, nonce };
        world.publish(Verified::sign(notice, &key));
        assert_eq!(world.ledger.answered(granted.id()).count(), count);
        assert_eq!(world.ledger.answered(other.id()).count(), 0);
    }
}

/// A checkpoint of whatever entries, which the log signs and its witnesses cosign.
fn witnessed(world: &World, entries: &[Vec<u8>]) -> Witnessed {
    let tree: Tree = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let origin = world.log.origin().clone();
    let mut note = Note::new(Checkpoint::new(origin.clone(), tree.size(), tree.root()).to_string()).unwrap();
    note.sign(&origin, &world.keys.log).unwrap();
    for (witness, key) in world.witnesses.iter().zip(&world.keys.witnesses) {
        note.add(Cosignature::sign(note.text(), key, world.now).to_line(&witness.key().name, key)).unwrap();
    }
    Witnessed::verify(note.to_string().as_bytes(), world.trust.log()).unwrap()
}

fn second_expiry_key(world: &mut World, n: usize) -> StatementId {
    let key = KemPrivateKey::generate(KemAlgorithm::X25519, &mut world.random).unwrap().public_key();
    let second = ExpiryKey { custodian: world.custodians[n].id().clone(), epoch: world.now.epoch().plus(3), key };
    let signer = common::twin(&world.keys.custodians[n]);
    world.publish(Verified::sign(second, &signer))
}

/// Every kind of breach is kept with a ledger's state.
#[test]
fn a_ledger_that_is_restored_knows_every_breach() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let draft = rogue.draft(&mut world);
    rogue.file(&mut world, draft.clone());
    rogue.ask(&mut world, |again| again.key.clone_from(&draft.key));
    let id = rogue.ask(&mut world, |request| request.sequence = 0);
    second_expiry_key(&mut world, 0);
    let (now, epoch) = (world.now, world.now.epoch().plus(3));
    let released = release(&mut world, &rogue, id, now, epoch);
    let released = world.ledger.release(released).unwrap().statement().clone();
    let possession = Possession::from_bytes([1; 32]);
    world.publish(Verified::sign(Release { possession, ..released }, &rogue.key));
    let stranger = signing_key(&mut world);
    world.publish(Verified::sign(draft, &stranger));
    let mut entries = world.log.entries(0, world.log.size()).unwrap().to_vec();
    entries.push(b"nothing".to_vec());
    let mut ledger = Ledger::new(world.trust.clone());
    ledger.advance(&entries, &witnessed(&world, &entries)).unwrap();
    let kind = |breach: &Breach| match breach {
        Breach::Unreadable { .. } => 1,
        Breach::NotApproved { .. } => 2,
        Breach::Sequence { .. } => 3,
        Breach::RequestKeyReused { .. } => 4,
        Breach::SecondExpiryKey { .. } => 5,
        Breach::BadRelease { .. } => 6,
        _ => 7,
    };
    let mut kinds: Vec<_> = ledger.breaches().iter().map(kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [1, 2, 3, 4, 5, 6]);
    let restored = Ledger::restore(&ledger.save(), world.trust.clone()).unwrap();
    assert_eq!(restored.breaches(), ledger.breaches());
}

/// Two custodians with two keys each: each accusation shows the keys of its own.
#[test]
fn each_second_expiry_key_is_accused_by_itself() {
    let mut world = World::new();
    let mut keys = [0, 1].map(|n| second_expiry_key(&mut world, n));
    keys.sort_unstable();
    let mut auditor = Auditor::new(world.trust.clone(), world.policy.clone());
    for checkpoint in &world.history {
        let entries = world.log.entries(auditor.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        auditor.advance(entries, checkpoint).unwrap();
    }
    let charges = auditor.charges();
    let mut accused: Vec<_> = charges
        .iter()
        .filter_map(|charge| match charge {
            Charge::SecondExpiryKey { key, .. } => Some((charge, *key)),
            _ => None,
        })
        .collect();
    accused.sort_unstable_by_key(|(_, key)| *key);
    assert_eq!(accused.iter().map(|(_, key)| *key).collect::<Vec<_>>(), keys);
    for (charge, _) in accused {
        let accusations = auditor.accuse(charge, &world.log);
        assert!(!accusations.is_empty());
        for accusation in accusations {
            let read = Accusation::from_bytes(&accusation.to_bytes()).unwrap();
            read.verify(&world.trust, &world.policy).unwrap();
        }
    }
}

/// A page with more in it than phones need changes nothing of what they know.
#[test]
fn a_phone_takes_from_a_page_what_phones_need_and_nothing_else() {
    let mut world = World::new();
    let disclosure = |world: &World| Disclosure {
        agency: *world.agency.id(),
        vendor: name("Cameras"),
        incentive: Incentive::Money,
        cents: Some(world.log.size()),
        text: None,
    };
    let key = common::twin(&world.keys.agency);
    let first = disclosure(&world);
    world.publish(Verified::sign(first, &key));
    let earlier = world.request();
    let mut pages: Vec<Page> = Vec::new();
    let mut feed = Feed::new(world.trust.clone());
    for checkpoint in &world.history {
        let entries = world.log.entries(feed.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        pages.push(feed.page(entries, checkpoint, &world.log).unwrap());
    }
    let mut phone = Phone::new(world.trust.clone());
    for page in &pages {
        phone.take(page).unwrap();
    }
    // The next page shows every statement, and all of before once more.
    let second = disclosure(&world);
    let request = world.agency.request(world.ask(), &world.policy, &world.ledger, &mut world.random).unwrap();
    let id = request.id();
    world.append(Verified::sign(second, &key));
    world.publish(request);
    let checkpoint = world.anchor();
    let size = checkpoint.checkpoint().size();
    let from = feed.ledger().size();
    let new = world.log.entries(from, size).unwrap().to_vec();
    let mut page = feed.page(&new, &checkpoint, &world.log).unwrap();
    page.entries = (from..).zip(new).collect();
    page.skipped = Vec::new();
    page.earlier = (0..from)
        .map(|index| {
            let entry = world.log.entries(index, index + 1).unwrap()[0].clone();
            Earlier { index, entry, proof: world.log.inclusion_proof(index, size).unwrap() }
        })
        .collect();
    phone.take(&page).unwrap();
    assert!(phone.request(id).is_ok());
    assert_eq!((phone.disclosures().count(), world.ledger.disclosures().count()), (0, 2));
    // Who begins with this page knows nothing of requests before it.
    let mut late = Phone::new(world.trust.clone());
    late.take(&page).unwrap();
    assert!(late.request(id).is_ok() && late.request(earlier.id()).is_err());
    // A request that is shown twice is one.
    let conduct = phone.conduct(&phone.request(earlier.id()).unwrap());
    assert!(conduct.fresh && conduct.one_chain);
    assert_eq!((phone.breaches(), phone.asked().count()), (&[][..], 2));
    assert_eq!(phone.usage(&phone.request(id).unwrap()), world.ledger.usage(&world.ledger.request(id).unwrap()));
}

/// A phone that has followed from the beginning knows that the first number is zero.
#[test]
fn a_phone_that_was_there_from_the_beginning_takes_no_later_number_for_the_first() {
    let mut world = World::new();
    let mut rogue = Rogue::new(&mut world);
    let id = rogue.ask(&mut world, |request| request.sequence = 2);
    let mut feed = Feed::new(world.trust.clone());
    let mut phone = Phone::new(world.trust.clone());
    let mut late = Phone::new(world.trust.clone());
    for (n, checkpoint) in world.history.iter().enumerate() {
        let entries = world.log.entries(feed.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        let page = feed.page(entries, checkpoint, &world.log).unwrap();
        phone.take(&page).unwrap();
        if n + 1 == world.history.len() {
            late.take(&page).unwrap();
        }
    }
    let chain = |phone: &Phone| phone.conduct(&phone.request(id).unwrap()).one_chain;
    assert!(!chain(&phone) && chain(&late));
}
