//! What an agency does when it is opened over a fact that cannot be read, or objects that cannot be reached: it erases nothing
//! that might be needed, says what is wrong, and goes on with the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use footage::agency::{Agency, AgencyError, GrantState, Unread};
use footage::crypto::KemAlgorithm;
use footage::custodian::MemoryKeyStore;
use footage::record::Reference;
use footage::store::{
    Erased, MemoryObjects, Object, ObjectPath, Objects, ObjectsError, SecretState, Store, StoreError, StoreKey, Version,
};
use zeroize::Zeroizing;

use footage_support::common::{Granted, Hoard, World, deletion, twin};

/// A store in which one fact is damaged.
struct Damaged {
    store: Hoard,
    fact: StoreKey,
}

impl Store for Damaged {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        if *key == self.fact { Err(StoreError::Damaged(key.to_string())) } else { self.store.fact(key) }
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.store.put_fact(key, value)
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.store.remove_fact(key)
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        self.store.facts()
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.store.secret(key)
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.store.put_secret(key, value)
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        self.store.erase(key)
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        self.store.secrets()
    }
}

/// Objects that can be reached or not.
#[derive(Debug)]
struct Remote {
    objects: Arc<MemoryObjects>,
    reached: AtomicBool,
}

impl Remote {
    fn there(&self) -> Result<&MemoryObjects, ObjectsError> {
        let gone = || ObjectsError::failed("excerpts", std::io::Error::other("no route"));
        self.reached.load(Ordering::Relaxed).then_some(&*self.objects).ok_or_else(gone)
    }
}

impl Objects for Remote {
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, ObjectsError> {
        self.there()?.get(path)
    }

    fn read_at(&self, path: &ObjectPath, at: u64, to: &mut [u8]) -> Result<Option<usize>, ObjectsError> {
        self.there()?.read_at(path, at, to)
    }

    fn put(&self, path: &ObjectPath, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.there()?.put(path, bytes)
    }

    fn put_if_absent(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        self.there()?.put_if_absent(path, bytes)
    }

    fn replace(&self, path: &ObjectPath, version: &Version, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        self.there()?.replace(path, version, bytes)
    }

    fn list(&self, folder: Option<&ObjectPath>) -> Result<Vec<ObjectPath>, ObjectsError> {
        self.there()?.list(folder)
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), ObjectsError> {
        self.there()?.delete(path)
    }
}

/// A town whose agency has released one grant, and taken in one of another request, with strays in store and objects.
fn town() -> (World, [Granted; 2]) {
    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let clip = world.clip();
    let (request, mut ask) = (world.request(), world.ask());
    ask.case = Reference::new("2026-0043").unwrap();
    let other = world.request_for(ask);
    let (first, second) = (world.grant(&request, &clip), world.grant(&other, &clip));
    world.release(&first);
    world.agency.take_in(&mut second.open_file(), &world.policy, &world.ledger).unwrap();
    world.vaults[0].put_secret(&"agency-half.00".parse().unwrap(), &[7; 32]).unwrap();
    world.objects[0].put(&stray(), b"a copy").unwrap();
    (world, [first, second])
}

fn stray() -> ObjectPath {
    "excerpts/0000/00000000".parse().unwrap()
}

fn open<S: Store>(world: &mut World, store: S, objects: Arc<dyn Objects>) -> Agency<S> {
    let (id, key) = (*world.agency.id(), twin(&world.keys.agency));
    Agency::open(id, key, KemAlgorithm::X25519, store, objects, &mut world.random).unwrap()
}

/// If any fact cannot be read, nothing is erased; what depends on the fact is refused, and everything else goes on.
#[test]
fn an_unreadable_fact_keeps_everything_and_the_rest_goes_on() {
    let names: [fn(&Granted) -> String; 3] = [
        |first| format!("request.{}", first.request.id()),
        |first| format!("grant.{}", first.id()),
        |_| "era.7".into(),
    ];
    for (at, name) in names.into_iter().enumerate() {
        let (mut world, [first, second]) = town();
        let bad: StoreKey = name(&first).parse().unwrap();
        if at == 2 {
            // Of a later version.
            world.vaults[0].put_fact(&bad, b"?").unwrap();
        }
        let before = (world.vaults[0].names(), world.objects[0].list(None).unwrap());
        let (store, objects) = (world.vaults[0].clone(), Arc::clone(&world.objects[0]));
        let mut agency = open(&mut world, Damaged { store, fact: bad.clone() }, objects);
        assert_eq!((world.vaults[0].names(), world.objects[0].list(None).unwrap()), before, "{bad}");
        assert!(matches!(agency.unread(), [Unread::Fact(key)] if *key == bad), "{bad}: {:?}", agency.unread());
        // A grant of which nothing is known any more might have been deleted.
        let error = agency.take_in(&mut first.open_file(), &world.policy, &world.ledger).unwrap_err();
        match at {
            2 => assert!(matches!(error, AgencyError::TakenIn(_)), "{bad}: {error}"),
            _ => assert!(matches!(error, AgencyError::Unread(_)) && !error.is_final(), "{bad}: {error}"),
        }
        let World { policy, ledger, now, random, .. } = &mut world;
        let _ = agency.release(second.id(), policy, ledger, *now, random).unwrap();
        let anchor = world.anchor();
        let _ = agency.delete(second.id(), deletion(), &anchor).unwrap();
        let _ = agency.close_request(second.request.id(), deletion(), &anchor).unwrap();
        // Repaired: it is opened as ever, and the strays go.
        if at == 2 {
            world.vaults[0].remove_fact(&bad).unwrap();
        }
        let (store, objects) = (world.vaults[0].clone(), Arc::clone(&world.objects[0]));
        let agency = open(&mut world, store, objects);
        assert!(agency.unread().is_empty());
        assert_eq!(agency.state(first.id()), Some(GrantState::Released));
        assert_eq!(agency.state(second.id()), Some(GrantState::Deleted));
        assert!(!world.vaults[0].has("agency-half.00"));
        assert!(world.objects[0].get(&stray()).unwrap().is_none());
    }
}

/// A request that cannot be read may have the next number, if it is not in the log.
#[test]
fn an_unreadable_request_that_is_not_logged_keeps_its_number() {
    let (mut world, _) = town();
    let ask = world.ask();
    let unlogged = world.agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap();
    let fact: StoreKey = format!("request.{}", unlogged.id()).parse().unwrap();
    let (store, objects) = (world.vaults[0].clone(), Arc::clone(&world.objects[0]));
    let mut agency = open(&mut world, Damaged { store, fact }, objects);
    let ask = world.ask();
    let error = agency.request(ask, &world.policy, &world.ledger, &mut world.random).unwrap_err();
    assert!(matches!(error, AgencyError::Unread(_)), "{error}");
}

/// A request is not forgotten as long as a grant of it may be among what cannot be read: without the request it never opens.
#[test]
fn a_request_of_an_unreadable_grant_is_not_forgotten() {
    let (mut world, [first, second]) = town();
    let anchor = world.anchor();
    for granted in [&first, &second] {
        let receipt = world.agency.close_request(granted.request.id(), deletion(), &anchor).unwrap();
        world.publish(receipt);
    }
    let fact: StoreKey = format!("grant.{}", first.id()).parse().unwrap();
    let (store, objects) = (world.vaults[0].clone(), Arc::clone(&world.objects[0]));
    let mut agency = open(&mut world, Damaged { store, fact }, objects);
    agency.forget(&world.ledger).unwrap();
    let (store, objects) = (world.vaults[0].clone(), Arc::clone(&world.objects[0]));
    let agency = open(&mut world, store, objects);
    assert_eq!(agency.state(first.id()), Some(GrantState::Released));
    assert!(agency.requests().any(|(request, _)| request.id() == first.request.id()));
}

/// Objects that cannot be reached keep nobody from opening; what was to be deleted is deleted at the next opening.
#[test]
fn unreachable_objects_are_reported_and_tried_again() {
    let (mut world, [first, second]) = town();
    let anchor = world.anchor();
    let objects = Arc::new(Remote { objects: Arc::clone(&world.objects[0]), reached: AtomicBool::new(true) });
    let store = world.vaults[0].clone();
    let mut agency = open(&mut world, store.clone(), objects.clone());
    assert!(world.objects[0].get(&stray()).unwrap().is_none());
    world.objects[0].put(&stray(), b"a copy").unwrap();
    objects.reached.store(false, Ordering::Relaxed);
    let error = agency.delete(first.id(), deletion(), &anchor).unwrap_err();
    assert!(matches!(error, AgencyError::Objects(_)) && !error.is_final(), "{error}");
    let mut agency = open(&mut world, store.clone(), objects.clone());
    assert!(matches!(agency.unread(), [Unread::Objects(_)]), "{:?}", agency.unread());
    assert_eq!(agency.state(first.id()), Some(GrantState::Deleting));
    let World { policy, ledger, now, random, .. } = &mut world;
    let _ = agency.release(second.id(), policy, ledger, *now, random).unwrap();
    objects.reached.store(true, Ordering::Relaxed);
    let agency = open(&mut world, store, objects);
    assert!(agency.unread().is_empty());
    assert_eq!(agency.state(first.id()), Some(GrantState::Deleted));
    assert_eq!(agency.state(second.id()), Some(GrantState::Released));
    assert!(world.objects[0].get(&stray()).unwrap().is_none());
}
