use std::collections::BTreeMap;
use std::fmt;

use crate::crypto::{KemAlgorithm, Label, Random, VerifyingKey};
use crate::record::{Device, DeviceRequest, Handover, Nonce, OwnerChain, OwnerList, Signed, Timestamp, Verified};
use crate::store::Store;

use super::device_keys::DeviceKeys;
use super::new_period::{NewHousehold, NewPeriod, device_entry};
use super::sealed_entry::{Opened, SealedEntry};
use super::state::State;
use super::view::{PeriodKeys, View};
use super::{
    Household, HouseholdError, HouseholdFile, HouseholdFileError, HouseholdPlace, Recovered, SheetFingerprint,
};

/// A device that belongs to no household yet: it begins one, or joins one.
///
/// If a method that consumes the device fails, open the store again: as a [`Household`] if it holds one, otherwise as a
/// device.
pub struct HouseholdDevice<S> {
    store: S,
    keys: DeviceKeys,
}

impl<S: Store> HouseholdDevice<S> {
    /// Begins a device: draws its keys, and stores them. All devices of a household have keys of one KEM.
    pub fn begin(mut store: S, kem: KemAlgorithm, random: &mut dyn Random) -> Result<Self, HouseholdError> {
        let keys = DeviceKeys::begin(&mut store, kem, random)?;
        Ok(Self { store, keys })
    }

    /// Opens a device that has begun, and has joined no household.
    ///
    /// # Errors
    /// [`HasHousehold`](HouseholdError::HasHousehold) if it has: open the [`Household`].
    pub fn open(mut store: S) -> Result<Self, HouseholdError> {
        let keys = DeviceKeys::open(&mut store)?;
        if State::load(&mut store)?.is_some() { Err(HouseholdError::HasHousehold) } else { Ok(Self { store, keys }) }
    }

    /// Returns this device as owner lists name it.
    pub fn device(&self) -> Device {
        self.keys.public()
    }

    /// Makes a new household with this device in it. Nothing is stored: write down its sheets first.
    pub fn prepare_household(&self, now: Timestamp, random: &mut dyn Random) -> Result<NewHousehold, HouseholdError> {
        NewHousehold::make(&self.keys, now, random)
    }

    /// Begins a household. It is in this device's store when this returns, and in the place once the household
    /// [synchronises](Household::synchronise); cameras get no list before that.
    pub fn begin_household(
        mut self,
        new: &NewHousehold,
        random: &mut dyn Random,
    ) -> Result<Household<S>, HouseholdError> {
        let (household, begins) = (new.list.statement().household, new.list.id());
        let mut file = HouseholdFile::empty(household);
        for entry in [Opened::List(Box::new(new.list.clone())), Opened::Entry(Box::new(new.entry.clone()))] {
            file.entries.extend(SealedEntry::seal(household, begins, &new.key, &entry));
        }
        let chain = OwnerChain::begin(new.list.clone())?;
        if !chain.has_device(&self.keys.public().signer) {
            return Err(HouseholdError::OtherDevice);
        }
        // The key is lost with the process unless it is wrapped to this device here.
        let to = self.keys.kem.public_key();
        file.wraps.insert(self.keys.wrap(household, (begins, 0), &new.key, &to, random)?);
        let mut state = State { chain, file, placed: false, generation: 0 };
        state.save(&mut self.store, &BTreeMap::new())?;
        Ok(Household::of(self.store, self.keys, state))
    }

    /// Asks a device of the household to add this one.
    pub fn request(&self, random: &mut dyn Random) -> Result<Verified<DeviceRequest>, HouseholdError> {
        let key = self.keys.kem.public_key();
        let mut hedged = self.keys.hedged(random, Label::HOUSEHOLD_NONCE, &[key.fingerprint().as_bytes()])?;
        let nonce = Nonce::random(&mut hedged)?;
        Ok(Verified::sign(DeviceRequest { key, nonce }, &self.keys.signing))
    }

    /// Joins the household whose device `from` added this one. Every key proves itself against the list of its period.
    ///
    /// `from` is the signing key of that device (the `signer` of its [`Household::device`]), as its user shows it, for instance
    /// by a QR code: it stands for the household.
    ///
    /// # Errors
    /// [`WrongKey`](HouseholdError::WrongKey) if a key that was handed over is not the right one.
    pub fn join(
        self,
        handover: Signed<Handover>,
        from: &VerifyingKey,
        place: &mut dyn HouseholdPlace,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Household<S>, HouseholdError> {
        let handover = handover.verify_by(from)?;
        let handover = handover.statement();
        if handover.device != self.keys.public().signer {
            return Err(HouseholdError::OtherDevice);
        }
        let file = read(place)?;
        if file.household() != handover.household {
            return Err(HouseholdFileError::Household.into());
        }
        let view = View::read(&file, &self.keys.readers(), PeriodKeys::new());
        for begins in &handover.begins {
            if view.wrong.contains(begins) {
                return Err(HouseholdError::WrongKey(*begins));
            }
            if !view.keys.contains_key(begins) {
                return Err(HouseholdError::MissingKey(*begins));
            }
        }
        let begins = handover.begins.last().and_then(|begins| view.keys.get(begins));
        let mut chain = OwnerChain::begin(begins.ok_or(HouseholdError::Incomplete)?.list.clone())?;
        let list = view.lists.get(&handover.list).ok_or(HouseholdError::Incomplete)?;
        if !list.statement().devices.contains(&self.keys.public()) {
            return Err(HouseholdError::OtherDevice);
        }
        view.follow(&mut chain);
        view.counted_before(&chain).ok_or(HouseholdError::Incomplete)?;
        if !chain.has_device(&handover.device) {
            return Err(HouseholdError::NotAMember);
        }
        self.settle(chain, file, place, now, random)
    }

    /// Joins a household with the sheets of its recovery key alone, for when no device is left: begins a new period with this
    /// device as its only one. Every device that was in the household is out, wherever it is.
    ///
    /// The recovery key stays. Calling this again after it failed does no harm.
    ///
    /// Use the newest sheets only. Sheets that were replaced open nothing, unless a device that was taken out has brought the old
    /// keys back into the file: then they begin a period apart, which the cameras refuse that know the present one.
    ///
    /// # Errors
    /// [`OtherSheets`](HouseholdError::OtherSheets) if the file holds nothing that the sheets open,
    /// [`OldSheets`](HouseholdError::OldSheets) if it shows that they were replaced, [`NoFile`](HouseholdError::NoFile) if
    /// there is no file at this place.
    pub fn recover(
        self,
        recovered: &Recovered,
        place: &mut dyn HouseholdPlace,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Household<S>, HouseholdError> {
        let seed = recovered.seed();
        if seed.algorithm() != self.keys.kem.algorithm() {
            return Err(HouseholdError::Kem);
        }
        let mut file = read(place)?;
        let household = file.household();
        let view = View::read(&file, &[&seed.kem_key()], PeriodKeys::new());
        if let Some(wrong) = view.wrong.first().filter(|_| view.keys.is_empty()) {
            return Err(HouseholdError::WrongKey(*wrong));
        }
        // The sheet names the list that introduced its key; later lists are signed by that key.
        let public = seed.public();
        let introduces = |list: &&Verified<OwnerList>| {
            list.statement().recovery == public
                && SheetFingerprint::of(&public, household, list.id()) == recovered.fingerprint()
        };
        let first =
            view.keys.values().map(|period| &period.list).find(introduces).ok_or(HouseholdError::OtherSheets)?;
        let mut chain = OwnerChain::begin(first.clone())?;
        view.follow(&mut chain);
        if chain.begins().statement().recovery != public {
            return Err(HouseholdError::OldSheets);
        }
        // An earlier attempt may have got as far as the place.
        if !chain.has_device(&self.keys.public().signer) {
            let parties = (&self.keys, now);
            let new = NewPeriod::make((&chain, &view), vec![self.keys.public()], (seed, None), parties, random)?;
            let begins = new.list().id();
            let recipients = [self.keys.kem.public_key(), public.kem.clone()];
            new.add_to(&mut file, &recipients, &self.keys, random)?;
            for (begins, period) in &view.keys {
                let period_of = (*begins, period.list.statement().period);
                for to in &recipients {
                    let wrap = self.keys.wrap(household, period_of, &period.key, to, random)?;
                    file.wraps.insert(wrap);
                }
            }
            let (own, time) = (self.keys.public().fingerprint, now.as_millis().to_be_bytes());
            let context: [&[u8]; 4] = [household.as_bytes(), begins.as_bytes(), &time, own.as_bytes()];
            let mut hedged = self.keys.hedged(random, Label::HOUSEHOLD_NONCE, &context)?;
            let entry = device_entry(&self.keys, (household, begins), now, Nonce::random(&mut hedged)?);
            file.entries.extend(SealedEntry::seal(household, begins, new.key(), &Opened::Entry(Box::new(entry))));
            chain.take(new.list().clone())?;
        }
        self.settle(chain, file, place, now, random)
    }

    /// Brings what it joined into the place, and then into its store.
    fn settle(
        self,
        chain: OwnerChain,
        file: HouseholdFile,
        place: &mut dyn HouseholdPlace,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Household<S>, HouseholdError> {
        let state = State { chain, file, placed: false, generation: 0 };
        let mut household = Household::of(self.store, self.keys, state);
        let _ = household.synchronise(place, now, random)?;
        Ok(household)
    }
}

fn read(place: &mut dyn HouseholdPlace) -> Result<HouseholdFile, HouseholdError> {
    let bytes = place.read()?.ok_or(HouseholdError::NoFile)?.bytes;
    Ok(HouseholdFile::from_bytes(&bytes)?)
}

impl<S> fmt::Debug for HouseholdDevice<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HouseholdDevice").field("device", &self.keys.public()).finish_non_exhaustive()
    }
}
