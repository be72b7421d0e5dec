//! The contract, kept by every store that is shipped and by the one that fails.

use std::cell::RefCell;
use std::rc::Rc;

use footage::store::contract::{Opening, check, check_half_erased, check_poisoned};
use footage::store::{
    DirectoryStore, Erased, FileStore, MemoryStore, SecretState, Store, StoreError, StoreKey, limits,
};
use zeroize::Zeroizing;

use crate::contents::key;
use crate::directory::Folder;
use crate::faults::{Crash, FaultDisk, FaultFiles, StoreImage};

/// A store that goes back home when it is dropped: what "opening again" is for one that lasts as long as the value.
pub(crate) struct Lent<S: Store> {
    store: Option<S>,
    home: Rc<RefCell<Option<S>>>,
}

impl<S: Store> Lent<S> {
    pub(crate) fn take(home: &Rc<RefCell<Option<S>>>) -> Result<Self, StoreError> {
        let store = home.borrow_mut().take().ok_or(StoreError::InUse)?;
        Ok(Self { store: Some(store), home: home.clone() })
    }

    fn inner(&mut self) -> &mut S {
        self.store.as_mut().unwrap()
    }
}

impl<S: Store> Drop for Lent<S> {
    fn drop(&mut self) {
        *self.home.borrow_mut() = self.store.take();
    }
}

impl<S: Store> Store for Lent<S> {
    fn fact(&mut self, key: &StoreKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner().fact(key)
    }

    fn put_fact(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.inner().put_fact(key, value)
    }

    fn remove_fact(&mut self, key: &StoreKey) -> Result<(), StoreError> {
        self.inner().remove_fact(key)
    }

    fn facts(&mut self) -> Result<Vec<StoreKey>, StoreError> {
        self.inner().facts()
    }

    fn secret(&mut self, key: &StoreKey) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.inner().secret(key)
    }

    fn put_secret(&mut self, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        self.inner().put_secret(key, value)
    }

    fn erase(&mut self, key: &StoreKey) -> Result<Erased, StoreError> {
        self.inner().erase(key)
    }

    fn secrets(&mut self) -> Result<Vec<(StoreKey, SecretState)>, StoreError> {
        self.inner().secrets()
    }
}

#[test]
fn a_store_in_memory_keeps_the_contract() {
    let home = Rc::new(RefCell::new(None));
    let mut begun = false;
    check(&mut |opening| {
        match opening {
            Opening::Begin if begun => return Err(StoreError::Exists),
            Opening::Begin => *home.borrow_mut() = Some(MemoryStore::new()),
            Opening::Open if !begun => return Err(StoreError::Missing),
            Opening::Open => {}
        }
        begun = true;
        Ok(Box::new(Lent::take(&home)?))
    })
    .unwrap();
}

#[test]
fn a_store_in_a_directory_keeps_the_contract() {
    let folder = Folder::new("contract");
    check(&mut |opening| {
        Ok(Box::new(match opening {
            Opening::Begin => DirectoryStore::begin(&folder.0)?,
            Opening::Open => DirectoryStore::open(&folder.0)?,
        }))
    })
    .unwrap();
}

#[test]
fn a_store_on_another_disk_keeps_the_contract() {
    let files = FaultFiles::new();
    check(&mut |opening| {
        let disk = FaultDisk::new(&files);
        Ok(Box::new(match opening {
            Opening::Begin => FileStore::begin_on(disk)?,
            Opening::Open => FileStore::open_on(disk)?,
        }))
    })
    .unwrap();
}

#[test]
fn a_store_that_fails_keeps_the_contract() {
    for image in [StoreImage::new(), StoreImage::with_floor()] {
        check(&mut |opening| {
            Ok(Box::new(match opening {
                Opening::Begin => image.begin()?,
                Opening::Open => image.open()?,
            }))
        })
        .unwrap();
    }
}

#[test]
fn a_store_that_fails_is_poisoned_and_holds_the_one_state_or_the_other() {
    for crash in Crash::ALL {
        let image = StoreImage::new();
        let mut store = image.begin().unwrap();
        store.put_secret(&key("s"), b"secret").unwrap();
        let before = image.snapshot();
        image.crash_at(1, crash);
        store.put_fact(&key("a"), b"1").unwrap();
        assert!(matches!(store.erase(&key("s")), Err(StoreError::Io { .. })));
        assert!(image.crashed());
        check_poisoned(&mut store).unwrap();
        let mut store = image.open().unwrap();
        assert_eq!(store.fact(&key("a")).unwrap().unwrap(), b"1");
        assert_eq!(store.secret(&key("s")).unwrap().is_some(), crash == Crash::Before);
        image.restore(&before);
        assert!(matches!(store.facts(), Err(StoreError::Poisoned)));
        let mut store = image.open().unwrap();
        assert!(store.secret(&key("s")).unwrap().is_some());
        assert_eq!(image.ever(&key("s")), [b"secret".to_vec()]);
    }
}

#[test]
fn a_secret_that_a_store_cannot_erase_is_half_erased() {
    let image = StoreImage::new();
    let mut store = image.begin().unwrap();
    store.put_secret(&key("s"), b"secret").unwrap();
    image.stick(&key("s"));
    store.erase(&key("s")).unwrap_err();
    check_poisoned(&mut store).unwrap();
    drop(store);
    let mut store = image.open().unwrap();
    image.unstick(&key("s"));
    check_half_erased(&mut store, &key("s")).unwrap();
}

#[test]
fn what_is_too_long_is_refused_before_anything_is_written() {
    let files = FaultFiles::new();
    let mut store = FileStore::begin_on(FaultDisk::new(&files)).unwrap();
    let steps = files.steps();
    let too_long = store.put_fact(&key("a"), &vec![0; limits::FACT_BYTES + 1]).unwrap_err();
    assert!(matches!(too_long, StoreError::TooLong { .. }));
    store.put_secret(&key("a"), &[0; limits::SECRET_BYTES + 1]).unwrap_err();
    assert_eq!(files.steps(), steps);
    store.put_fact(&key("a"), b"short").unwrap();
}
