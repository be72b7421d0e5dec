//! What is stored and read again, and what a log feeds to those who follow it: states, entries, pages, accusations.
//! Whatever is restored is saved as the same bytes and answers every question; a ledger that was stored in between knows
//! what one knows that was not; and a page or an accusation shows nothing that the log does not.

use std::cell::RefCell;

use footage::auditor::{Accusation, Auditor, Charge, Exhibit, Weight, overdue, verdict};
use footage::crypto::{KemAlgorithm, SigningKey};
use footage::custodian::MemoryKeyStore;
use footage::ledger::{Feed, Ledger, Page, Phone, View};
use footage::policy::Policy;
use footage::record::{Basis, Entry, Offence, OutcomeResult, Signed, Verified};
use footage::tlog::{Archive, LogCopy};
use sha2::{Digest as _, Sha256};

use super::common::{NOON, Rogue, World, at, deletion, twin};
use super::forge;
use super::memory::bounded;
use super::notary::Notary;
use super::recipe::Recipe;

/// The history of a small town, in a log that its keeper and its witnesses can sign anew.
struct Town {
    notary: Notary,
    policy: Policy,
    /// Whoever signs statements.
    signers: Vec<SigningKey>,
    entries: Vec<Vec<u8>>,
    /// How many of them were followed before the states were saved.
    followed: usize,
    ledger: Vec<u8>,
    auditor: Vec<u8>,
    /// Two pages of the feed, and what it makes known.
    pages: [Vec<u8>; 2],
    /// What the log's end knows, and who is accused of what.
    end: Ledger,
    charges: Vec<Charge>,
    accusations: Vec<Vec<u8>>,
}

impl Town {
    fn new() -> Self {
        let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
        let clip = world.clip();
        let request = world.request();
        let granted = world.grant(&request, &clip);
        let release = world.release(&granted);
        let _ = world.answers(&granted, release, &[0, 1]);
        let mut rogue = Rogue::new(&mut world);
        rogue.ask(&mut world, |request| request.offence = Offence::new("90Z").unwrap());
        rogue.ask(&mut world, |request| request.sequence = 0);
        rogue.ask(&mut world, |request| request.basis = Basis::Voluntary);
        let outcome = footage::record::Outcome {
            agency: *world.agency.id(),
            request: request.id(),
            result: OutcomeResult::Charge,
        };
        world.publish(Verified::sign(outcome, &world.keys.agency));
        let notice = world.custodians[2].revoke((*granted.excerpted.consent.revocation).clone()).unwrap();
        world.publish(notice);
        let anchor = world.anchor();
        let receipt = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
        world.publish(receipt);
        let receipt = world.agency.close_request(request.id(), deletion(), &anchor).unwrap();
        let carried = world.custodians[0].carry(receipt.into_signed());
        world.publish(carried);
        let withdrawal = world.registrar.withdraw(rogue.key.verifying_key(), &world.anchor());
        world.publish(withdrawal);

        // Of the many expiry keys only those of the grant's last epoch.
        let epoch = granted.excerpted.terms.statement().not_after;
        let needed = |entry: &&Vec<u8>| match Signed::<Entry>::from_bytes(entry).unwrap().statement() {
            Entry::ExpiryKey(key) => key.epoch == epoch,
            _ => true,
        };
        let entries: Vec<_> = world.log.entries(0, world.log.size()).unwrap().iter().filter(needed).cloned().collect();
        let signers = [&world.keys.agency, &world.keys.other, &rogue.key].into_iter().chain(&world.keys.custodians);
        let mut town = Self {
            end: Ledger::new(world.trust.clone()),
            notary: Notary { trust: world.trust, log: world.keys.log, witnesses: world.keys.witnesses },
            policy: world.policy,
            signers: signers.map(twin).collect(),
            followed: entries.len() / 2,
            entries,
            ledger: Vec::new(),
            auditor: Vec::new(),
            pages: [Vec::new(), Vec::new()],
            charges: Vec::new(),
            accusations: Vec::new(),
        };
        town.follow();
        town
    }

    /// Follows the log in two steps, and keeps what is known between them and at the end.
    fn follow(&mut self) {
        let (before, after) = self.entries.split_at(self.followed);
        let notes = [self.notary.witnessed(before, 1), self.notary.witnessed(&self.entries, 2)];
        let mut auditor = Auditor::new(self.notary.trust.clone(), self.policy.clone());
        let mut copy = LogCopy::default();
        copy.extend(self.entries.iter().cloned());
        let mut feed = Feed::new(self.notary.trust.clone());
        for (n, (entries, note)) in [before, after].into_iter().zip(&notes).enumerate() {
            auditor.advance(entries, note).unwrap();
            self.end.advance(entries, note).unwrap();
            self.pages[n] = feed.page(entries, note, &copy).unwrap().to_bytes();
            if n == 0 {
                (self.ledger, self.auditor) = (self.end.save(), auditor.save());
            }
        }
        self.charges = auditor.charges();
        let accusations = self.charges.iter().flat_map(|charge| auditor.accuse(charge, &copy));
        self.accusations = accusations.map(|accusation| accusation.to_bytes()).collect();
        assert!(self.charges.len() >= 2 && self.accusations.len() >= 2);
    }
}

thread_local! {
    static TOWN: RefCell<Town> = RefCell::new(Town::new());
}

/// One byte says how the others are used.
pub fn state(data: &[u8]) {
    let Some((&what, bytes)) = data.split_first() else { return };
    TOWN.with_borrow(|town| match what % 6 {
        0 => restored(town, &sealed(bytes.to_vec())),
        1 => {
            let mut recipe = Recipe(bytes);
            let saved = if recipe.byte().is_multiple_of(2) { &town.ledger } else { &town.auditor };
            let mut content = saved[..saved.len() - 32].to_vec();
            recipe.alter(&mut content);
            restored(town, &sealed(content));
        }
        2 | 3 => entries(town, Recipe(bytes)),
        4 => page(town, Recipe(bytes)),
        _ => accusation(town, Recipe(bytes)),
    });
}

/// A state with the digest that says that its medium kept it well.
fn sealed(mut content: Vec<u8>) -> Vec<u8> {
    let digest = Sha256::digest(&content);
    content.extend_from_slice(&digest);
    content
}

/// Somebody altered what was stored: it is refused, or is a state, whatever it says.
fn restored(town: &Town, bytes: &[u8]) {
    let rest = &town.entries[town.followed..];
    if let Ok(mut ledger) = bounded(bytes.len(), || Ledger::restore(bytes, town.notary.trust.clone())) {
        assert_eq!(ledger.save(), bytes);
        look(&ledger, false);
        if ledger.advance(rest, &town.notary.witnessed(&town.entries, 2)).is_ok() {
            look(&ledger, false);
        }
    }
    if let Ok(mut auditor) =
        bounded(bytes.len(), || Auditor::restore(bytes, town.notary.trust.clone(), town.policy.clone()))
    {
        assert_eq!(auditor.save(), bytes);
        let _ = auditor.advance(rest, &town.notary.witnessed(&town.entries, 2));
        let mut copy = LogCopy::default();
        copy.extend(town.entries.iter().cloned());
        for charge in auditor.charges() {
            let _ = auditor.accuse(&charge, &copy);
        }
        let numbers = auditor.numbers();
        let _ = (numbers.rows_csv(), numbers.totals_csv(), numbers.incentives_csv());
        let directory = auditor.directory(at(NOON));
        assert!(directory.named("Town").count() <= directory.listings.len());
    }
}

/// Asks a view everything that can be asked. Of the log itself the answers fit together; of a state that somebody made up
/// they are only answers.
fn look(view: &View, true_to_the_log: bool) {
    let time = view.time();
    for request in view.requests() {
        let found = view.request(request.id()).map(|request| request.id());
        assert!(!true_to_the_log || found == Ok(request.id()));
        let (_, _) = (view.usage(&request), view.conduct(&request));
        let _ = (view.outcome(request.id()), view.last_asked(&request.statement().agency), view.made(request.id()));
    }
    for duty in view.duties() {
        let _ = (verdict(&duty, view), view.receipts(&duty.party, duty.subject));
    }
    for grant in view.released() {
        let _ = (grant.obtained(), grant.duty(), grant.notices().count(), view.answered(grant.terms).count());
    }
    for custodian in view.custodians(time) {
        let _ = view.expiry_key(&custodian.custodian, time.epoch());
        let group = view.group(custodian.group.id(), time);
        assert!(!true_to_the_log || group.iter().any(|member| member.custodian == custodian.custodian));
    }
    for agency in view.agencies(time) {
        let found = view.agency(&agency.agency, time);
        assert!(!true_to_the_log || found.as_ref() == Some(&agency));
        let _ = view.approvals(&agency.agency);
    }
    let _ = (overdue(view), view.breaches().len(), view.disclosures().count(), view.releases().count());
}

/// A log whose keeper puts in whatever it likes. Whoever stores a ledger on the way knows the same at the end.
fn entries(town: &Town, mut recipe: Recipe<'_>) {
    let mut new = Vec::new();
    for _ in 0..6 {
        if recipe.is_over() {
            break;
        }
        let how = recipe.byte();
        let mut entry = town.entries[recipe.below(town.entries.len())].clone();
        if how & 1 != 0 {
            let signer = &town.signers[usize::from(recipe.byte()) % town.signers.len()];
            let Some((name, mut payload)) = forge::parts(&entry) else { continue };
            let mut piece = Recipe(recipe.piece());
            piece.alter(&mut payload);
            entry = forge::statement(&name, &payload, signer);
        } else if how & 2 != 0 {
            let mut piece = Recipe(recipe.piece());
            piece.alter(&mut entry);
        }
        new.push(entry);
    }
    let all = [&town.entries[..town.followed], &new].concat();
    let witnessed = town.notary.witnessed(&all, 2 + u64::from(recipe.byte()) * 24);
    let length: usize = new.iter().map(Vec::len).sum();
    let mut ledger = Ledger::restore(&town.ledger, town.notary.trust.clone()).unwrap();
    // Other entries than the checkpoint's are refused, and leave no trace.
    let more = [&new[..], &[b"one more".to_vec()]].concat();
    assert!(ledger.advance(&more, &witnessed).is_err());
    bounded(length + town.ledger.len(), || ledger.advance(&new, &witnessed)).unwrap();
    look(&ledger, true);
    let saved = ledger.save();
    if recipe.byte().is_multiple_of(2) {
        assert_eq!(Ledger::restore(&saved, town.notary.trust.clone()).unwrap().save(), saved);
    } else {
        let mut auditor = Auditor::restore(&town.auditor, town.notary.trust.clone(), town.policy.clone()).unwrap();
        auditor.advance(&new, &witnessed).unwrap();
        assert_eq!(auditor.ledger().save(), saved);
        let _ = (auditor.charges(), auditor.numbers(), auditor.directory(ledger.time()));
    }
}

/// A page that somebody altered on its way to a phone makes nothing known that is not in the log.
fn page(town: &Town, mut recipe: Recipe<'_>) {
    let mut phone = Phone::new(town.notary.trust.clone());
    let mut page = town.pages[0].clone();
    if recipe.byte().is_multiple_of(2) {
        let page = Page::from_bytes(&page).unwrap();
        phone.take(&page).unwrap();
    } else {
        recipe.alter(&mut page);
    }
    let mut second = town.pages[1].clone();
    recipe.alter(&mut second);
    for bytes in [page, second] {
        let Ok(page) = bounded(bytes.len(), || Page::from_bytes(&bytes)) else { continue };
        assert_eq!(page.to_bytes(), bytes);
        let before = phone.size();
        let taken = bounded(bytes.len(), || phone.take(&page));
        assert!(taken.is_ok() || phone.size() == before);
    }
    look(&phone, true);
    for request in phone.requests() {
        let known = town.end.request(request.id()).unwrap();
        assert_eq!((known.to_bytes(), known.index()), (request.to_bytes(), request.index()));
    }
}

/// An accusation that somebody altered accuses nobody of what the log does not show.
fn accusation(town: &Town, mut recipe: Recipe<'_>) {
    let mut bytes = town.accusations[recipe.below(town.accusations.len())].clone();
    if recipe.byte().is_multiple_of(2) {
        recipe.alter(&mut bytes);
    } else {
        // Exhibits of others, left out, or in another order.
        let mut accusation = Accusation::from_bytes(&bytes).unwrap();
        let other = Accusation::from_bytes(&town.accusations[recipe.below(town.accusations.len())]).unwrap();
        for _ in 0..4 {
            let (what, at) = (recipe.byte(), recipe.below(accusation.exhibits.len()));
            match what % 4 {
                1 if !accusation.exhibits.is_empty() => drop(accusation.exhibits.remove(at)),
                2 => accusation.exhibits.extend(other.exhibits.get(at).cloned()),
                3 => accusation.charge = other.charge.clone(),
                _ => accusation.exhibits.sort_by_key(|exhibit: &Exhibit| exhibit.index),
            }
        }
        bytes = accusation.to_bytes();
    }
    let Ok(accusation) = bounded(bytes.len(), || Accusation::from_bytes(&bytes)) else { return };
    assert_eq!(accusation.to_bytes(), bytes);
    if let Ok(Weight::Proof) = bounded(4 * bytes.len(), || accusation.verify(&town.notary.trust, &town.policy)) {
        let accused = accusation.charge.statement();
        assert!(town.charges.iter().any(|charge| charge.statement() == accused), "{:?}", accusation.charge);
    }
    for exhibit in &accusation.exhibits {
        let entry = Signed::<Entry>::from_bytes(&exhibit.entry);
        assert!(entry.is_err() || !exhibit.entry.is_empty());
    }
    let _: Option<Vec<u8>> = LogCopy::default().entry(0);
}
