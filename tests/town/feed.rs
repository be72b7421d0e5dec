//! The feed for phones: what they know from it is what a replay of the whole log gives.
#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

use footage_support::common;

use common::{Pinned, World, at, cells, centre, name, nearest, town};
use footage::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, Secret, SigningKey};
use footage::ledger::{Feed, FeedError, Ledger, Page, Phone};
use footage::logkeeper::MemoryLog;
use footage::policy::{Policy, Proposal};
use footage::record::*;
use footage::resident::{Consenting, consent};
use footage::tlog::{LogError, Witness, Witnessed};
use proptest::prelude::*;

/// The pages that the checkpoints of a world make.
fn pages(world: &World) -> Vec<Page> {
    let mut feed = Feed::new(world.trust.clone());
    let pages = world.history.iter().map(|checkpoint| {
        let entries = world.log.entries(feed.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        feed.page(entries, checkpoint, &world.log).unwrap()
    });
    pages.collect()
}

fn phone(world: &World) -> Phone {
    let mut phone = Phone::new(world.trust.clone());
    for page in pages(world) {
        phone.take(&Page::from_bytes(&page.to_bytes()).unwrap()).unwrap();
    }
    phone
}

#[test]
fn a_phone_consents_from_the_feed_alone() {
    let mut world = World::new();
    let clip = world.clip();
    let id = world.request().id();
    let phone = phone(&world);
    let request = phone.request(id).unwrap();
    let mut owned = [world.owned(&clip)];
    let selections = &[owned[0].select_segments(2, 5).unwrap()];
    let group = GroupId::new("town").unwrap();
    let proposal = Proposal { request: &request, selections, group: &group, days: Days::new(7).unwrap() };
    let permit = world.policy.permit(&proposal, &phone, world.now).unwrap();
    let (clips, long_term) = (&mut owned[..], &Secret::take(&mut [8; 32]));
    let consenting = Consenting { permit, clips, ledger: &phone, words: "", now: world.now, long_term };
    let made = consent(consenting, &mut world.random).unwrap();
    assert_eq!(made.consent().request(), id);
    // It knows nothing of the agency that has asked for nothing.
    assert!(phone.agency(world.agency.id(), world.now).is_some());
    assert!(phone.agency(world.other.id(), world.now).is_none());
}

#[test]
fn a_page_that_leaves_out_alters_or_forks_is_refused() {
    let mut world = World::new();
    let _ = world.request();
    world.renew();
    let _ = world.request();
    let pages = pages(&world);
    let mut phone = Phone::new(world.trust.clone());
    let (last, before) = pages.split_last().unwrap();
    for page in before {
        phone.take(page).unwrap();
    }
    let size = phone.size().unwrap();
    assert_eq!(phone.take(&pages[0]), Err(FeedError::Gap(size)));
    assert!(!last.entries.is_empty());

    let mut less = last.clone();
    less.entries.pop();
    assert!(matches!(phone.take(&less), Err(FeedError::Log(_))));
    let mut moved = last.clone();
    moved.entries[0].0 += 1;
    assert!(phone.take(&moved).is_err());
    let mut altered = last.clone();
    altered.entries[0].1[200] ^= 1;
    assert!(matches!(phone.take(&altered), Err(FeedError::Log(LogError::Forked(_)))));
    let mut more = last.clone();
    more.skipped.push(more.edge[0]);
    assert!(phone.take(&more).is_err());
    let mut bare = last.clone();
    bare.checkpoint = Anchor::from_bytes(world.log.checkpoint().unwrap().to_string().as_bytes()).unwrap();
    assert!(matches!(phone.take(&bare), Err(FeedError::Checkpoint(_))));
    assert_eq!(phone.size(), Some(size));
    phone.take(last).unwrap();

    // The edge of another tree does not lead a new phone to the checkpoint.
    let mut edge = last.clone();
    edge.edge.reverse();
    let mut new = Phone::new(world.trust.clone());
    assert!(new.take(&edge).is_err() || edge.edge.len() == 1);
    // Another log with the same keys.
    let mut other = World::new();
    let mut ask = other.ask();
    ask.case = Reference::new("OTHER").unwrap();
    let _ = other.request_for(ask);
    other.renew();
    let _ = other.request();
    let forked = self::pages(&other).pop().unwrap();
    let mut follower = Phone::new(world.trust.clone());
    for page in before {
        follower.take(page).unwrap();
    }
    assert!(matches!(follower.take(&forked), Err(FeedError::Log(LogError::Forked(_)))));
}

#[test]
fn an_omitted_request_shows_as_a_gap() {
    let mut world = World::new();
    let mut file = |case: &str| {
        let mut ask = world.ask();
        ask.case = Reference::new(case).unwrap();
        world.request_for(ask).id()
    };
    let requests = ["ONE", "TWO", "THREE"].map(&mut file);
    // Somebody who makes pages by hand leaves the second request out, and proves all the same.
    let mut phone = Phone::new(world.trust.clone());
    for mut page in pages(&world) {
        let omitted = world.log.index(requests[1]).unwrap();
        if let Some(at) = page.entries.iter().position(|(index, _)| *index == omitted) {
            let (_, entry) = page.entries.remove(at);
            assert!(page.entries.is_empty() && page.skipped.is_empty());
            page.skipped = vec![footage::merkle::leaf_hash(&entry)];
        }
        phone.take(&page).unwrap();
    }
    assert!(phone.request(requests[1]).is_err());
    let last = phone.request(requests[2]).unwrap();
    assert!(!phone.conduct(&last).one_chain);
    assert!(world.policy.check(&last, &phone, world.now).is_err());
    assert!(world.policy.check(&last, &world.ledger, world.now).is_ok());
}

#[test]
fn a_phone_begins_at_any_page() {
    let mut world = World::new();
    for _ in 0..3 {
        let _ = world.request();
    }
    let from = world.history.len();
    world.wait(Millis::DAY.times(8));
    world.renew();
    let last = world.request().id();
    let mut phone = Phone::new(world.trust.clone());
    for page in &pages(&world)[from..] {
        phone.take(page).unwrap();
    }
    let request = phone.request(last).unwrap();
    assert_eq!(request.statement().sequence, 3);
    assert!(phone.conduct(&request).one_chain);
    assert_eq!((phone.usage(&request).in_30_days, world.ledger.usage(&request).in_30_days), (1, 4));
}

/// A town in which anything happens.
struct Chaos {
    random: Pinned,
    now: Timestamp,
    log: MemoryLog,
    witnesses: Vec<Witness>,
    trust: TrustRoots,
    registrars: Vec<SigningKey>,
    agencies: Vec<(AgencyId, SigningKey)>,
    custodians: Vec<(CustodianId, SigningKey)>,
    full: Ledger,
    feed: Feed,
    phone: Phone,
    latest: Option<Witnessed>,
    chains: Vec<(u64, Option<StatementId>)>,
    keys: Vec<KemPublicKey>,
    requests: Vec<StatementId>,
}

impl Chaos {
    fn new() -> Self {
        let mut random = Pinned(5);
        let mut key = || SigningKey::generate(&mut random).unwrap();
        let origin = KeyName::new("log.example").unwrap();
        let log = MemoryLog::new(origin.clone(), key());
        let mut witnesses: Vec<_> =
            (1..=4).map(|n| Witness::new(KeyName::new(format!("w{n}.example")).unwrap(), key())).collect();
        for witness in &mut witnesses {
            witness.watch(origin.clone(), log.verifying_key());
        }
        let root =
            LogRoot::new(origin, log.verifying_key(), witnesses.iter().map(Witness::key).collect(), 3, 1).unwrap();
        let registrars = vec![key(), key(), key()];
        let trust = TrustRoots::new(root, registrars.iter().map(SigningKey::verifying_key).collect(), 2).unwrap();
        let agencies = (1..=3).map(|n| (AgencyId::new(&format!("OH05{n}0000")).unwrap(), key())).collect();
        let custodians = ["alpha", "beta"].map(|id| (CustodianId::new(id).unwrap(), key())).into();
        let mut chaos = Self {
            now: at(common::NOON),
            log,
            witnesses,
            registrars,
            agencies,
            custodians,
            full: Ledger::new(trust.clone()),
            feed: Feed::new(trust.clone()),
            phone: Phone::new(trust.clone()),
            trust,
            latest: None,
            chains: vec![(0, None); 3],
            keys: Vec::new(),
            requests: Vec::new(),
            random,
        };
        chaos.checkpoint();
        chaos
    }

    fn append<T: Statement>(&mut self, statement: T, key: &SigningKey) -> StatementId {
        let statement = Verified::sign(statement, key);
        let id = statement.id();
        self.log.append(statement.into_signed()).unwrap();
        id
    }

    fn kem(&mut self) -> KemPublicKey {
        KemPrivateKey::generate(KemAlgorithm::X25519, &mut self.random).unwrap().public_key()
    }

    fn step(&mut self, what: u8, who: usize, how: u8) {
        let (agency, key) = (self.agencies[who].0, SigningKey::from_secret(&self.agencies[who].1.to_secret()));
        let registrars: Vec<_> = self.registrars.iter().map(|key| SigningKey::from_secret(&key.to_secret())).collect();
        let from = self.now.before(Millis::HOUR);
        let days = u64::from(how % 8) + 1;
        let validity = Window::new(from, from.after(Millis::DAY.times(days))).unwrap();
        match what {
            0..=3 => {
                let approval = AgencyApproval {
                    agency,
                    name: name("Police"),
                    jurisdiction: town(if how.is_multiple_of(3) { 8 } else { 6 }),
                    key: key.verifying_key(),
                    incentives: Vec::new(),
                    validity,
                };
                for registrar in registrars.iter().skip(usize::from(how == 7)).take(1 + usize::from(how % 4)) {
                    self.append(approval.clone(), registrar);
                }
            }
            4 => {
                let kind = if how % 4 == 3 { WithdrawalKind::Camera } else { WithdrawalKind::Approvals };
                let anchor = self.latest.as_ref().unwrap().to_anchor();
                self.append(
                    Withdrawal { kind, key: key.verifying_key(), anchor },
                    if how < 2 { &key } else { &registrars[0] },
                );
            }
            5..=9 => {
                let (sequence, previous) = self.chains[who];
                let fresh = self.kem();
                let kem = if how == 1 { self.keys.last().cloned().unwrap_or(fresh) } else { fresh };
                let to = self.now.before(Millis::HOUR);
                let request = Request {
                    agency,
                    cells: cells(3),
                    window: Window::new(to.before(Millis::HOUR), to).unwrap(),
                    offence: Offence::new("220").unwrap(),
                    case: Reference::new(&format!("C-{}", how % 4)).unwrap(),
                    basis: Basis::Voluntary,
                    retention: Days::new(14).unwrap(),
                    open_until: self.now.after(Millis::DAY.times(days)),
                    key: kem.clone(),
                    sequence: if how == 2 { sequence.saturating_sub(1) } else { sequence + u64::from(how == 3) },
                    previous,
                    anchor: self.latest.as_ref().unwrap().to_anchor(),
                };
                self.keys.push(kem);
                let id = self.append(request, &key);
                self.requests.push(id);
                self.chains[who] = (sequence + 1, Some(id));
            }
            10 | 11 => {
                let (custodian, key) = &self.custodians[who % 2];
                let (custodian, key) = (custodian.clone(), SigningKey::from_secret(&key.to_secret()));
                let group = Group::new(GroupId::new("town").unwrap(), 1 + how % 2, 2).unwrap();
                let approval = CustodianApproval {
                    custodian: custodian.clone(),
                    operator: name("Operator"),
                    group,
                    key: key.verifying_key(),
                    affiliations: Vec::new(),
                    validity,
                };
                for registrar in &registrars[..2] {
                    self.append(approval.clone(), registrar);
                }
                let public = self.kem();
                let epoch = self.now.epoch().plus(u32::from(how % 3));
                self.append(ExpiryKey { custodian, epoch, key: public }, &key);
            }
            12 => {
                let disclosure = Disclosure {
                    agency,
                    vendor: name("Cameras"),
                    incentive: Incentive::Money,
                    cents: Some(how.into()),
                    text: None,
                };
                self.append(disclosure, &key);
            }
            13 => self.now = self.now.after(Millis::DAY.times(days)),
            _ => self.checkpoint(),
        }
    }

    fn checkpoint(&mut self) {
        self.now = self.now.after(Millis::SECOND);
        let note = self.log.cosigned(&mut self.witnesses, self.now).unwrap();
        let witnessed = Witnessed::verify(&note, self.trust.log()).unwrap();
        let entries = self.log.entries(self.full.size(), self.log.size()).unwrap().to_vec();
        self.full.advance(&entries, &witnessed).unwrap();
        let page = self.feed.page(&entries, &witnessed, &self.log).unwrap();
        self.phone.take(&page).unwrap();
        self.latest = Some(witnessed);
    }

    fn compare(&self) {
        let (full, phone, policy) = (&self.full, &self.phone, Policy::default());
        assert_eq!(full.time(), phone.time());
        assert_eq!(full.requests().count(), phone.requests().count());
        for id in &self.requests {
            let (known, seen) = (full.request(*id).ok(), phone.request(*id).ok());
            assert_eq!(known, seen);
            let Some(request) = known else { continue };
            assert_eq!(full.usage(&request), phone.usage(&request));
            assert_eq!(full.conduct(&request), phone.conduct(&request));
            for now in [self.now, self.now.after(Millis::HOUR)] {
                let open = now < request.statement().open_until;
                let agency = &request.statement().agency;
                if open {
                    assert_eq!(full.agency(agency, now), phone.agency(agency, now));
                    assert_eq!(policy.check(&request, full, now), policy.check(&request, phone, now));
                } else {
                    assert!(policy.check(&request, phone, now).is_err());
                }
            }
        }
        let group = GroupId::new("town").unwrap();
        assert_eq!(full.group(&group, self.now), phone.group(&group, self.now));
        for (custodian, _) in &self.custodians {
            for epoch in (0..5).map(|days| self.now.epoch().plus(days)) {
                assert_eq!(full.expiry_key(custodian, epoch), phone.expiry_key(custodian, epoch));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever stands in the log, a phone knows of requests what a replay gives.
    #[test]
    fn a_phone_knows_what_a_replay_gives(steps in proptest::collection::vec((0_u8..17, 0_usize..3, 0_u8..12), 1..60)) {
        let mut chaos = Chaos::new();
        for (what, who, how) in steps {
            chaos.step(what, who, how);
            if what > 13 {
                chaos.compare();
            }
        }
        chaos.checkpoint();
        chaos.compare();
    }
}

/// What a phone downloads in a month, at 25 000 requests a year and 18 000 approved agencies: a hundredth of that country
/// for twelve days, a page a day, with a tenth of the agencies asking.
#[test]
fn a_month_of_the_feed_is_small() {
    const SHARE: usize = 100;
    const AGENCIES: usize = 18_000 / SHARE;
    const DAYS: usize = 12;
    let mut world = World::new();
    let keys: Vec<_> = (0..AGENCIES).map(|_| SigningKey::generate(&mut world.random).unwrap()).collect();
    let id = |n: usize| AgencyId::new(&format!("OH{n:05}00")).unwrap();
    let jurisdiction = Jurisdiction::new(nearest(centre(), 127)).unwrap();
    let public = KemPrivateKey::generate(KemAlgorithm::XWing, &mut world.random).unwrap().public_key();
    let mut chains = vec![(0_u64, None); AGENCIES];
    let (mut filed, mut last) = (0, [0; 4]);
    let mut feed = Feed::new(world.trust.clone());
    let mut phone = Phone::new(world.trust.clone());
    for checkpoint in &world.history {
        let entries = world.log.entries(feed.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        phone.take(&feed.page(entries, checkpoint, &world.log).unwrap()).unwrap();
    }
    for day in 0..DAYS {
        // Every agency is approved anew once a week.
        for n in (0..AGENCIES).filter(|n| day == 0 || (n + day) % 6 == 0) {
            let mut approval = world.agency_approval(id(n).as_str(), keys[n].verifying_key());
            approval.jurisdiction = jurisdiction.clone();
            world.approve(approval);
        }
        for _ in 0..5 {
            let disclosure = Disclosure {
                agency: id(0),
                vendor: name("Cameras"),
                incentive: Incentive::Money,
                cents: Some(world.log.size()),
                text: None,
            };
            world.append(Verified::sign(disclosure, &keys[0]));
        }
        world.witness();
        // 0.685 a day.
        while filed * 365 < (day + 1) * 25_000 / SHARE {
            let n = filed * 7 % (AGENCIES / 10);
            let ask = world.ask();
            let request = Request {
                agency: id(n),
                cells: ask.cells,
                window: ask.window,
                offence: ask.offence,
                case: Reference::new(&format!("2026-{filed:08}")).unwrap(),
                basis: ask.basis,
                retention: ask.retention,
                open_until: world.now.after(Millis::DAY.times(7)),
                key: public.clone(),
                sequence: chains[n].0,
                previous: chains[n].1,
                anchor: world.anchor().to_anchor(),
            };
            let id = world.append(Verified::sign(request, &keys[n]));
            chains[n] = (chains[n].0 + 1, Some(id));
            filed += 1;
        }
        world.wait(Millis::DAY);
        world.witness();
        let checkpoint = world.anchor();
        let entries = world.log.entries(feed.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        let page = feed.page(entries, &checkpoint, &world.log).unwrap();
        phone.take(&page).unwrap();
        if day >= DAYS - 6 {
            let proof = page.skipped.len() * 34;
            let (mut requests, mut approvals) = (0, 0);
            for (_, entry) in &page.entries {
                let statement = Signed::<Entry>::from_bytes(entry).unwrap();
                let kind =
                    if matches!(statement.statement(), Entry::Request(_)) { &mut requests } else { &mut approvals };
                *kind += entry.len();
            }
            approvals +=
                page.earlier.iter().map(|earlier| earlier.entry.len() + earlier.proof.0.len() * 34).sum::<usize>();
            let fixed = page.checkpoint.as_bytes().len() + page.edge.len() * 34;
            last = [last[0] + requests, last[1] + approvals, last[2] + proof, last[3] + fixed];
        }
    }
    let month = |bytes: usize| bytes as f64 / 6.0 * 30.4 / 1e6;
    let country = SHARE as f64;
    let [requests, approvals, proofs, fixed] = last.map(month);
    let total = (requests + approvals + proofs) * country + fixed * 24.0;
    println!(
        "a month, in MB: requests {:.2}, approvals {:.2}, proofs {:.2}, checkpoints of hourly pages {:.2}; in all {total:.1}",
        requests * country,
        approvals * country,
        proofs * country,
        fixed * 24.0
    );
    let key = Verified::sign(
        ExpiryKey { custodian: CustodianId::new("alpha").unwrap(), epoch: world.now.epoch(), key: public },
        &keys[0],
    );
    println!("and for each custodian, keys {:.3}", key.to_bytes().len() as f64 * 30.4 / 1e6);
    assert!(total < 25.0, "{total} MB");
}
