//! The way of a grant, from the request to the destruction of the last key.

use std::cell::RefCell;
use std::io::Cursor;
use std::rc::Rc;
use std::sync::Arc;

use footage::agency::Agency;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPublicKey, SigningKey};
use footage::custodian::MemoryKeyStore;
use footage::record::{AgencyId, Millis};
use footage::store::{Erased, MemoryObjects, MemoryStore, SecretState, Store, StoreError, StoreKey};
use zeroize::Zeroizing;

use super::clip::{Made, derived as clip_secrets, draw};
use super::common::{Granted, Pinned, World, deletion};
use super::lock::{Drawn, extract, grant_root, part_key, parts, salt_of};
use super::quarantine::{Wanted, own, stack};
use super::{Label, alone, assert_gone, drawn};

/// What the device of a household of the town keeps for grants.
const LONG_TERM: [u8; 32] = [8; 32];

/// A store in memory that erases, and into which the test looks.
#[derive(Default, Clone)]
struct Shown(Rc<RefCell<MemoryStore>>);

impl Store for Shown {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.borrow_mut().fact(key)
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.0.borrow_mut().put_fact(key, value)
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.0.borrow_mut().remove_fact(key)
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        self.0.borrow_mut().facts()
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.0.borrow_mut().secret(key)
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.0.borrow_mut().put_secret(key, value)
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        self.0.borrow_mut().erase(key)
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        self.0.borrow_mut().secrets()
    }
}

impl Shown {
    /// The secret whose name begins so; there is one. What is called by this runs in `own`.
    fn get(&mut self, begin: &str) -> [u8; 32] {
        let names = self.secrets().unwrap();
        let mut found = names.iter().filter(|(name, _)| name.as_str().starts_with(begin));
        let (name, _) = found.next().unwrap();
        assert!(found.next().is_none());
        self.secret(name).unwrap().unwrap().as_slice().try_into().unwrap()
    }

    /// Looks for everything that is in it now.
    fn want(&mut self, wanted: &mut Wanted) {
        own(|| {
            for (name, _) in self.secrets().unwrap() {
                let (kind, _) = name.as_str().split_once('.').unwrap();
                wanted.add(&format!("the agency's {kind}"), &self.secret(&name).unwrap().unwrap());
            }
        });
    }

    /// Looks for what the next key is made from, with the source in this state.
    fn want_next(&mut self, wanted: &mut Wanted, from: u64) {
        own(|| {
            let hedge = extract(Label::HEDGE, &[draw(&mut Pinned(from)), self.get("ratchet.")].concat());
            wanted.add("what a key of an agency is made from", &hedge);
        });
    }
}

/// What follows from what was drawn for a grant: `keys` are the request key and the members' expiry keys.
fn derived(wanted: &mut Wanted, from: u64, halves: &[[u8; 32]; 2], granted: &Granted, keys: &[KemPublicKey]) {
    own(|| {
        let terms = &granted.excerpted.terms;
        let parts = parts(&granted.excerpt, terms, halves);
        let drawn = Drawn::of(from, &LONG_TERM, terms.statement(), keys, &parts);
        assert_eq!(drawn.halves, *halves, "the lock is the one that was drawn");
        wanted.add("agency's half", &drawn.halves[0]);
        wanted.add("custodians' half", &drawn.halves[1]);
        wanted.add("coefficients", &drawn.coefficient);
        wanted.add("grant key", &drawn.grant);
        wanted.add("what a grant is made from", &drawn.hedge);
        for (part, salt) in parts.iter().zip(&drawn.salts) {
            assert_eq!(salt_of(part), *salt);
            wanted.add("salt of a part", salt);
        }
        for wrap in &drawn.wraps {
            wanted.add("randomness of a wrap", wrap);
        }
        for index in 0..3 {
            wanted.add("share", &drawn.share(index));
        }
        let root = grant_root(halves);
        wanted.add("root of a lock", &root);
        for index in 0..2 {
            wanted.add("key of a part", &part_key(&root, &terms.id(), index));
        }
    });
}

/// Ciphers leave no segment key on the stack. From there one gets onto the heap, with the unused bytes of what is moved there.
fn assert_off_stack(wanted: &Wanted) {
    let left = stack();
    assert!(!wanted.within(&left).contains(&"segment key"));
    own(|| drop(left));
}

/// Reads a segment as its owner does.
fn read(clip: &[u8], world: &World, wanted: &Wanted) {
    let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
    let secret = clip.unlock(&world.recovery).unwrap();
    clip.segment(&secret, 2).unwrap();
    assert_off_stack(wanted);
}

#[test]
fn a_grant_that_is_made_released_answered_opened_and_destroyed() {
    let _alone = alone();
    for kem in [KemAlgorithm::XWing, KemAlgorithm::X25519] {
        let mut wanted = Wanted::default();
        let mut world = World::with(kem, &mut MemoryKeyStore::default);
        drawn(&mut wanted, "drawn for a town", 1, world.random.0);

        // An agency with a store that erases; the town's own has one that hoards.
        let from = world.random.0;
        let key = SigningKey::generate(&mut world.random).unwrap();
        let id = AgencyId::new("OH0500300").unwrap();
        let approval = world.agency_approval("OH0500300", key.verifying_key());
        world.approve(approval);
        world.witness();
        let (mut store, objects) = (Shown::default(), Arc::new(MemoryObjects::new()));
        let mut agency = Agency::open(id, key, kem, store.clone(), objects, &mut world.random).unwrap();
        store.want(&mut wanted);
        store.want_next(&mut wanted, world.random.0);
        let ask = world.ask();
        let request = agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
        store.want(&mut wanted);
        let request = world.publish(request);
        let request = world.ledger.request(request).unwrap();
        drawn(&mut wanted, "drawn for an agency and its request", from, world.random.0);

        let from = world.random.0;
        let clip = world.clip();
        drawn(&mut wanted, "drawn for a clip", from, world.random.0);
        // The device secret of the camera that recorded it, and what the clip drew.
        let list = world.household();
        let made = Made {
            suite: 1,
            number: 1,
            started: world.now.before(Millis::MINUTE.times(40)).as_millis(),
            clock: 1,
            camera: *world.keys.camera.verifying_key().as_bytes(),
            owners: [&list.statement().key, &list.statement().recovery.kem].map(|key| *key.fingerprint().as_bytes()),
            content: 1,
            list: *list.id().as_bytes(),
        };
        own(|| {
            let mut drawn = Pinned(from);
            let device = draw(&mut drawn);
            clip_secrets(&mut wanted, &draw(&mut drawn), &device, &made, 7);
        });

        let from = world.random.0;
        let granted = world.grant(&request, &clip);
        drawn(&mut wanted, "drawn for a grant", from, world.random.0);
        let drawn_for_grant = from;

        let from = world.random.0;
        let terms = agency.take_in(&mut granted.open_file(), &world.policy, &world.ledger).unwrap();
        store.want(&mut wanted);
        store.want_next(&mut wanted, world.random.0);
        let release = agency.release(terms, &world.policy, &world.ledger, world.now, &mut world.random).unwrap();
        store.want(&mut wanted);
        world.publish(release);
        let deliveries: Vec<_> = agency.deliveries(terms).unwrap().into_iter().map(|(_, delivery)| delivery).collect();
        let notices: Vec<_> = (0..2).map(|n| world.notice(n, &deliveries[n]).unwrap()).collect();
        let notices: Vec<_> = notices.into_iter().map(|notice| world.append(notice)).collect();
        world.witness();
        for (n, notice) in (0..).zip(notices) {
            let answer = world.answer(n, notice).unwrap();
            let progress = agency.take_answer(answer, &world.ledger).unwrap();
            assert_eq!(progress.is_enough(), n == 1);
        }
        store.want(&mut wanted);
        drawn(&mut wanted, "drawn for a release and its answers", from, world.random.0);
        let stated = granted.excerpted.terms.statement();
        let expiry = |member: &footage::record::Member| {
            world.ledger.expiry_key(&member.custodian, stated.not_after).unwrap().statement().key.clone()
        };
        let request_key = request.statement().key.clone();
        let keys: Vec<_> = [request_key].into_iter().chain(stated.custody.members().iter().map(expiry)).collect();
        own(|| {
            let halves = [store.get("agency-half."), store.get("custodian-half.")];
            derived(&mut wanted, drawn_for_grant, &halves, &granted, &keys);
        });
        let mut opened = agency.open_grant(terms, &world.ledger, world.now).unwrap();
        let held = wanted.find();
        let _ = opened.excerpt.next_segment().unwrap().unwrap();
        assert_off_stack(&wanted);
        opened.excerpt.open_all(&mut std::io::sink(), |_| {}).unwrap();
        drop(opened);

        // The owner reads the clip as well, and everything ends.
        read(&clip, &world, &wanted);
        let anchor = world.anchor();
        let _ = agency.close_request(request.id(), deletion(), &anchor).unwrap();
        let _ = agency.delete(terms, deletion(), &anchor).unwrap();
        world.pass_to(granted.end().after(Millis::DAY.times(2)));
        for custodian in &mut world.custodians {
            let receipts = custodian.destroy_ended(&world.ledger, world.now).unwrap();
            assert!(!receipts.is_empty());
        }

        // Nothing that was drawn is shown to everybody, not even as a nonce.
        let size = world.log.size();
        let log = own(|| world.log.entries(0, size).unwrap().concat());
        let public = log.windows(super::PIECE).filter(|piece| wanted.remove(piece)).count();
        assert_eq!(public, 0, "what is public comes out of the hedge");
        assert!(held.contains_key("drawn for a town") && held.contains_key("agency's half"), "{held:?}");
        assert!(held.contains_key("custodians' half") && held.contains_key("the agency's ratchet"), "{held:?}");
        // What the opened excerpt hands seeds out of: the clip was the one that was meant.
        assert!(held.contains_key("node of a key tree"), "{held:?}");
        own(|| drop((held, log)));
        drop((world, agency, store, granted, clip));
        assert_gone(&wanted);
    }
}
