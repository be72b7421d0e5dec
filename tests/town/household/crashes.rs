//! A crash at every write of the store, and at every write of the place: nothing that was acknowledged is lost, and the
//! household goes on.

use std::cell::Cell;
use std::error::Error;
use std::io;

use footage::crypto::KemAlgorithm;
use footage::record::Handover;
use footage::record::Signed;
use footage::resident::{
    Household, HouseholdDevice, HouseholdError, HouseholdPlace, MemoryPlace, PeriodChange, PlaceError, Recovered,
};
use footage::store::{MemoryStore, Object, Store, StoreError, Version};

use super::{Pinned, begin, consent, consents, noon, three};
use footage_support::faults::{Crash, StoreImage};

/// A place that fails at one write, before or after it takes place.
struct Failing<'a> {
    place: MemoryPlace,
    writes: &'a Cell<u64>,
    fail: Option<(u64, bool)>,
}

impl HouseholdPlace for Failing<'_> {
    fn read(&mut self) -> Result<Option<Object>, PlaceError> {
        self.place.read()
    }

    fn replace(&mut self, read: Option<&Version>, bytes: &[u8]) -> Result<Option<Version>, PlaceError> {
        let number = self.writes.replace(self.writes.get() + 1);
        let failed = || PlaceError::new(io::Error::other("a fault of the test"));
        match self.fail {
            Some((at, false)) if at == number => Err(failed()),
            Some((at, true)) if at == number => {
                let _ = self.place.replace(read, bytes);
                Err(failed())
            }
            _ => self.place.replace(read, bytes),
        }
    }
}

const KEM: KemAlgorithm = KemAlgorithm::X25519;

/// Runs what a device does with a crash at each change of its store and each write of the place, and then again until it
/// succeeds, as an app would. `before` makes the device's store and the place; `check` looks at the end.
pub fn crash_everywhere<T, E: Error>(
    before: impl Fn() -> (StoreImage, MemoryPlace, T),
    act: impl Fn(&StoreImage, &mut dyn HouseholdPlace, &T, &mut Pinned) -> Result<(), E>,
    check: impl Fn(&StoreImage, &MemoryPlace, &T),
) {
    let (image, place, given) = before();
    let (start, writes) = (image.changes(), Cell::new(0));
    act(&image, &mut Failing { place: place.clone(), writes: &writes, fail: None }, &given, &mut Pinned(1)).unwrap();
    let (changes, writes) = (image.changes() - start, writes.get());
    assert!(changes > 0);
    check(&image, &place, &given);

    let crashes = (0..changes).flat_map(|at| Crash::ALL.map(|crash| (Some((at, crash)), None)));
    let fails = (0..writes).flat_map(|at| [false, true].map(|after| (None, Some((at, after)))));
    for (crash, fail) in crashes.chain(fails) {
        let (image, place, given) = before();
        if let Some((at, crash)) = crash {
            image.crash_at(at, crash);
        }
        let count = Cell::new(0);
        let mut failing = Failing { place: place.clone(), writes: &count, fail };
        let stopped = act(&image, &mut failing, &given, &mut Pinned(1));
        assert!(stopped.is_err(), "{crash:?} {fail:?}");
        image.power_cut();
        act(&image, &mut place.clone(), &given, &mut Pinned(2))
            .unwrap_or_else(|error| panic!("{crash:?} {fail:?}: {error}"));
        check(&image, &place, &given);
    }
}

/// Opens the household; if there is none, gives the device to `join`.
pub fn open_or<'a>(
    image: &StoreImage,
    random: &mut Pinned,
    join: impl FnOnce(
        HouseholdDevice<Box<dyn Store + 'a>>,
        &mut Pinned,
    ) -> Result<Household<Box<dyn Store + 'a>>, HouseholdError>,
) -> Result<Household<Box<dyn Store + 'a>>, HouseholdError> {
    let store = || -> Result<Box<dyn Store + 'a>, HouseholdError> {
        Ok(match image.open() {
            Ok(store) => Box::new(store),
            Err(StoreError::Missing) => Box::new(image.begin()?),
            Err(error) => return Err(error.into()),
        })
    };
    match Household::open(store()?) {
        Ok(household) => Ok(household),
        Err(HouseholdError::NoHousehold) => join(HouseholdDevice::open(store()?)?, random),
        Err(HouseholdError::NoDevice) => join(HouseholdDevice::begin(store()?, KEM, random)?, random),
        Err(error) => Err(error),
    }
}

pub fn reopened(image: &StoreImage) -> Household<Box<dyn Store>> {
    open_or(image, &mut Pinned(9), |_, _| panic!("no household")).unwrap()
}

#[test]
fn beginning_a_household() {
    crash_everywhere(
        || (StoreImage::new(), MemoryPlace::new(), ()),
        |image, place, (), random| -> Result<(), HouseholdError> {
            let mut household = open_or(image, random, |device, random| {
                let new = device.prepare_household(noon(), random)?;
                device.begin_household(&new, random)
            })?;
            let _ = household.synchronise(place, noon(), random)?;
            Ok(())
        },
        |image, place, ()| {
            let mut household = reopened(image);
            assert_eq!(household.owner_lists().len(), 1);
            let _ = household.synchronise(&mut place.clone(), noon(), &mut Pinned(3)).unwrap();
        },
    );
}

/// A device with a household of one in a store that crashes.
pub fn one() -> (StoreImage, MemoryPlace, Recovered) {
    let (image, place) = (StoreImage::new(), MemoryPlace::new());
    let (household, sheets) = begin(image.begin().unwrap(), KEM, &mut place.clone(), &mut Pinned(5));
    drop(household);
    image.power_cut();
    (image, place, sheets)
}

#[test]
fn a_consent_that_was_acknowledged() {
    crash_everywhere(
        one,
        |image, place, _, random| -> Result<(), HouseholdError> {
            let mut household = open_or(image, random, |_, _| panic!("no household"))?;
            if household.consents(noon()).is_empty() {
                household.write(consent(1), noon(), random)?;
            }
            let _ = household.synchronise(place, noon(), random)?;
            Ok(())
        },
        |image, place, sheets| {
            assert_eq!(consents(&reopened(image), noon()), [1]);
            // And the place has it, for whoever comes after.
            let device = HouseholdDevice::begin(MemoryStore::new(), KEM, &mut Pinned(7)).unwrap();
            let recovered = device.recover(sheets, &mut place.clone(), noon(), &mut Pinned(8)).unwrap();
            assert_eq!(consents(&recovered, noon()), [1]);
        },
    );
}

#[test]
fn adding_a_device() {
    let new = || HouseholdDevice::begin(MemoryStore::new(), KEM, &mut Pinned(6)).unwrap();
    crash_everywhere(
        one,
        |image, place, _, random| {
            let mut household = open_or(image, random, |_, _| panic!("no household"))?;
            let request = new().request(&mut Pinned(6))?.into_signed();
            household.add_device(request, place, noon(), random).map(|_| ())
        },
        |image, place, _| {
            let mut household = reopened(image);
            assert_eq!(household.devices().len(), 2);
            let request = new().request(&mut Pinned(6)).unwrap().into_signed();
            let handover = household.add_device(request, &mut place.clone(), noon(), &mut Pinned(7)).unwrap();
            let signer = household.device().signer;
            let joined =
                new().join(handover.into_signed(), &signer, &mut place.clone(), noon(), &mut Pinned(8)).unwrap();
            assert_eq!(joined.devices().len(), 2);
        },
    );
}

#[test]
fn joining() {
    let before = || -> (StoreImage, MemoryPlace, (Signed<Handover>, footage::crypto::VerifyingKey)) {
        let (image, place) = (StoreImage::new(), MemoryPlace::new());
        let (mut household, _) = begin(MemoryStore::new(), KEM, &mut place.clone(), &mut Pinned(5));
        household.write(consent(1), noon(), &mut Pinned(6)).unwrap();
        let device = HouseholdDevice::begin(image.begin().unwrap(), KEM, &mut Pinned(7)).unwrap();
        let request = device.request(&mut Pinned(8)).unwrap().into_signed();
        let handover = household.add_device(request, &mut place.clone(), noon(), &mut Pinned(9)).unwrap();
        image.power_cut();
        (image, place, (handover.into_signed(), household.device().signer))
    };
    crash_everywhere(
        before,
        |image, place, (handover, signer), random| {
            open_or(image, random, |device, random| device.join(handover.clone(), signer, place, noon(), random))
                .map(|_| ())
        },
        |image, _, _| assert_eq!(consents(&reopened(image), noon()), [1]),
    );
}

#[test]
fn beginning_a_period_and_recovering() {
    crash_everywhere(
        || {
            let (image, place, sheets) = one();
            let mut household = reopened(&image);
            household.write(consent(1), noon(), &mut Pinned(6)).unwrap();
            let _ = household.synchronise(&mut place.clone(), noon(), &mut Pinned(6)).unwrap();
            drop(household);
            image.power_cut();
            (image, place, sheets)
        },
        |image, place, sheets, random| -> Result<(), HouseholdError> {
            let mut household = open_or(image, random, |_, _| panic!("no household"))?;
            let _ = household.synchronise(place, noon(), random)?;
            if household.period() == 0 {
                let new = household.prepare_period(&PeriodChange::default(), sheets, noon(), random)?;
                let _ = household.begin_period(&new, place, noon(), random)?;
            }
            Ok(())
        },
        |image, _, _| {
            let household = reopened(image);
            assert_eq!((household.period(), consents(&household, noon())), (1, vec![1]));
            // The private key of every list is in the store.
            let list = household.owner_lists()[0].statement();
            assert!(household.key(&list.key.fingerprint()).is_some());
        },
    );
    crash_everywhere(
        || {
            let place = MemoryPlace::new();
            let ([mut household, ..], sheets) = three(&place, &mut Pinned(4));
            household.write(consent(1), noon(), &mut Pinned(6)).unwrap();
            let _ = household.synchronise(&mut place.clone(), noon(), &mut Pinned(6)).unwrap();
            (StoreImage::new(), place, sheets)
        },
        |image, place, sheets, random| {
            open_or(image, random, |device, random| device.recover(sheets, place, noon(), random)).map(|_| ())
        },
        |image, _, _| {
            let household = reopened(image);
            assert_eq!((household.devices().len(), consents(&household, noon())), (1, vec![1]));
        },
    );
}
