use crate::crypto::{KemAlgorithm, KemPrivateKey, KemPublicKey, Label, Random, VerifyingKey};
use crate::record::{
    Device, EntryContent, HouseholdEntry, HouseholdId, Nonce, OwnerChain, OwnerList, RecoveryKey, StatementId,
    Timestamp, Verified,
};
use crate::store::Store;

use super::device_keys::DeviceKeys;
use super::household::recipients;
use super::sealed_entry::{Opened, SealedEntry, digest_of};
use super::view::View;
use super::{
    Household, HouseholdError, HouseholdFile, HouseholdFileError, HouseholdPlace, Recovered, RecoverySeed,
    RecoverySheet, Synchronised,
};

/// What a new period changes.
#[derive(Debug, Clone, Default)]
pub struct PeriodChange {
    /// The signing keys of the devices to take out.
    pub take_out: Vec<VerifyingKey>,
    /// Whether the recovery key is replaced. The old sheets open nothing of the new period.
    pub new_recovery_key: bool,
    /// The KEM of the new period's keys, or `None` to keep the present one. If it changes, the recovery key is replaced, and
    /// every device that stays must have [offered](Household::offer_key) a key of the new KEM.
    pub kem: Option<KemAlgorithm>,
}

/// A new period that nobody has seen yet.
///
/// If the recovery key is new, have the user write down the [sheets](Self::sheets) before the period
/// [begins](Household::begin_period): a period whose sheets are lost cannot be followed by another.
#[derive(Debug)]
#[must_use = "the period has not begun"]
pub struct NewPeriod {
    list: Verified<OwnerList>,
    key: KemPrivateKey,
    counting: Opened,
    recovery: Option<RecoverySeed>,
}

impl NewPeriod {
    /// Returns the sheets of a new recovery key, of which any `needed` give it back; none if the key stays.
    pub fn sheets(&self, needed: u8, sheets: u8) -> Result<Vec<RecoverySheet>, HouseholdError> {
        let Some(seed) = &self.recovery else { return Ok(Vec::new()) };
        Ok(RecoverySheet::split(seed, self.list.statement().household, self.list.id(), needed, sheets)?)
    }

    /// Signs the list that begins the next period.
    pub(super) fn make(
        (chain, view): (&OwnerChain, &View),
        devices: Vec<Device>,
        (signing, recovery): (&RecoverySeed, Option<RecoverySeed>),
        (device, now): (&DeviceKeys, Timestamp),
        random: &mut dyn Random,
    ) -> Result<Self, HouseholdError> {
        let newest = chain.newest();
        let before = newest.statement();
        view.counted_before(chain).ok_or(HouseholdError::Incomplete)?;
        let counting = view.counting(chain, now);
        let entries = digest_of(&counting);
        let id = newest.id();
        let public: RecoveryKey = recovery.as_ref().map_or_else(|| before.recovery.clone(), RecoverySeed::public);
        let kem = public.kem.algorithm();
        let members = named(&devices);
        let context: [&[u8]; 6] = [
            before.household.as_bytes(),
            id.as_bytes(),
            entries.as_bytes(),
            public.kem.as_bytes(),
            public.signer.as_bytes(),
            &members,
        ];
        let key = KemPrivateKey::generate(kem, &mut device.hedged(random, Label::HOUSEHOLD_KEY, &context)?)?;
        let list = OwnerList {
            household: before.household,
            period: before.period + 1,
            number: 0,
            before: Some(id),
            key: key.public_key(),
            recovery: public,
            devices,
            entries: Some(entries),
        };
        list.check()?;
        let list = Verified::sign(list, &signing.signing_key());
        Ok(Self { list, key, counting: Opened::Counting(counting), recovery })
    }

    /// Adds to the file what begins the period: the list, the entries that count, and its key for each recipient.
    pub(super) fn add_to(
        &self,
        file: &mut HouseholdFile,
        recipients: &[KemPublicKey],
        device: &DeviceKeys,
        random: &mut dyn Random,
    ) -> Result<(), HouseholdError> {
        let (household, begins) = (self.list.statement().household, self.list.id());
        for entry in [&Opened::List(Box::new(self.list.clone())), &self.counting] {
            let sealed = SealedEntry::seal(household, begins, &self.key, entry);
            file.entries.insert(sealed.ok_or(HouseholdFileError::Full)?);
        }
        for to in recipients {
            let period = (begins, self.list.statement().period);
            file.wraps.insert(device.wrap(household, period, &self.key, to, random)?);
        }
        Ok(())
    }

    pub(super) const fn list(&self) -> &Verified<OwnerList> {
        &self.list
    }

    pub(super) const fn key(&self) -> &KemPrivateKey {
        &self.key
    }
}

/// A household that nobody has seen yet: have the user write down its [sheets](Self::sheets), then
/// [begin](super::HouseholdDevice::begin_household) it.
#[derive(Debug)]
#[must_use = "the household has not begun"]
pub struct NewHousehold {
    pub(super) list: Verified<OwnerList>,
    pub(super) key: KemPrivateKey,
    recovery: RecoverySeed,
    pub(super) entry: Verified<HouseholdEntry>,
}

impl NewHousehold {
    /// Returns the sheets of the recovery key, of which any `needed` give it back.
    pub fn sheets(&self, needed: u8, sheets: u8) -> Result<Vec<RecoverySheet>, HouseholdError> {
        Ok(RecoverySheet::split(&self.recovery, self.list.statement().household, self.list.id(), needed, sheets)?)
    }

    pub(super) fn make(device: &DeviceKeys, now: Timestamp, random: &mut dyn Random) -> Result<Self, HouseholdError> {
        let (public, kem): (_, KemAlgorithm) = (device.public(), device.kem.algorithm());
        let (members, written) = (named(&[public]), now.as_millis().to_be_bytes());
        let mut hedged = device.hedged(random, Label::HOUSEHOLD_KEY, &[b"new", &written, &members])?;
        let household = HouseholdId::random(&mut hedged)?;
        let key = KemPrivateKey::generate(kem, &mut hedged)?;
        let recovery = RecoverySeed::generate(kem, &mut hedged)?;
        let list = OwnerList {
            household,
            period: 0,
            number: 0,
            before: None,
            key: key.public_key(),
            recovery: recovery.public(),
            devices: vec![public],
            entries: None,
        };
        list.check()?;
        let list = Verified::sign(list, &device.signing);
        let entry = device_entry(device, (household, list.id()), now, Nonce::random(&mut hedged)?);
        Ok(Self { list, key, recovery, entry })
    }
}

/// Returns the bytes of a list's devices, which bind what is made for the list to them.
fn named(devices: &[Device]) -> Vec<u8> {
    let devices = devices.iter().flat_map(|device| [*device.signer.as_bytes(), *device.fingerprint.as_bytes()]);
    devices.flatten().collect()
}

/// Writes down a device's own KEM key.
pub(super) fn device_entry(
    device: &DeviceKeys,
    (household, begins): (HouseholdId, StatementId),
    written: Timestamp,
    nonce: Nonce,
) -> Verified<HouseholdEntry> {
    let content = EntryContent::Device(device.kem.public_key());
    Verified::sign(HouseholdEntry { household, begins, written, nonce, content }, &device.signing)
}

impl<S: Store> Household<S> {
    /// Offers a key of another KEM for this device. Once every device has offered one and this device has seen the offers, a
    /// [period](Self::prepare_period) can begin in which all keys have that KEM. The key and the offer are durable when this
    /// returns; other devices see the offer once this device [synchronises](Self::synchronise).
    ///
    /// A device that cannot offer a key of the new KEM cannot stay. Take it out when the period begins; it can join again as
    /// a new device with another store.
    pub fn offer_key(
        &mut self,
        kem: KemAlgorithm,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<(), HouseholdError> {
        if !self.is_member() {
            return Err(HouseholdError::NotAMember);
        }
        if kem == self.state.chain.begins().statement().key.algorithm() {
            return Ok(());
        }
        let key = self.device.add_kem(&mut self.store, kem, random)?;
        let offered = self.view.offered(&self.state.chain, &self.device().signer, kem, now);
        if offered != Some(&key) {
            self.write(EntryContent::Device(key), now, random)?;
        }
        Ok(())
    }

    /// Prepares a new period with the sheets of the recovery key. Synchronise before, so that every entry that others wrote
    /// counts on.
    ///
    /// # Errors
    /// [`OldSheets`](HouseholdError::OldSheets) or [`OtherSheets`](HouseholdError::OtherSheets) if the sheets are not those
    /// of the present recovery key, [`NotOffered`](HouseholdError::NotOffered) if the KEM changes and a device that stays
    /// has not offered a key of the new KEM.
    pub fn prepare_period(
        &self,
        change: &PeriodChange,
        recovered: &Recovered,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<NewPeriod, HouseholdError> {
        let (chain, view) = (&self.state.chain, &self.view);
        let given = recovered.seed().public();
        if given != chain.begins().statement().recovery {
            let known = view.keys.values().any(|period| period.list.statement().recovery == given);
            return Err(if known { HouseholdError::OldSheets } else { HouseholdError::OtherSheets });
        }
        if !self.is_member() {
            return Err(HouseholdError::NotAMember);
        }
        if !change.take_out.iter().all(|signer| chain.has_device(signer)) {
            return Err(HouseholdError::Absent);
        }
        let devices = chain.devices().iter().filter(|device| !change.take_out.contains(&device.signer));
        let present = recovered.seed().algorithm();
        let kem = change.kem.unwrap_or(present);
        // In one list all keys have one KEM.
        let in_kem = |device: &Device| {
            if kem == present {
                return Ok(*device);
            }
            let key = view
                .offered(chain, &device.signer, kem, now)
                .ok_or_else(|| HouseholdError::NotOffered(Box::new(device.signer)))?;
            Ok(Device { signer: device.signer, fingerprint: key.fingerprint() })
        };
        let devices: Vec<_> = devices.map(in_kem).collect::<Result<_, HouseholdError>>()?;
        let (household, newest) = (chain.household(), chain.newest().id());
        let recovery = if change.new_recovery_key || kem != present {
            let (members, entries) = (named(&devices), digest_of(&view.counting(chain, now)));
            let context: [&[u8]; 4] = [household.as_bytes(), newest.as_bytes(), entries.as_bytes(), &members];
            let mut hedged = self.device.hedged(random, Label::RECOVERY_SHEET, &context)?;
            Some(RecoverySeed::generate(kem, &mut hedged)?)
        } else {
            None
        };
        NewPeriod::make((chain, view), devices, (recovered.seed(), recovery), (&self.device, now), random)
    }

    /// Begins a period: its list, its key for every device and the recovery key, and the entries that count are in the place
    /// when this returns, and the cameras may be given the [lists](Self::owner_lists).
    ///
    /// # Errors
    /// [`Chain`](HouseholdError::Chain) if another device began a period meanwhile: prepare this one again.
    pub fn begin_period(
        &mut self,
        new: &NewPeriod,
        place: &mut dyn HouseholdPlace,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Synchronised, HouseholdError> {
        let device = self.device.duplicate();
        self.settle(place, now, random, &mut |chain, file, view, random| {
            chain.take(new.list.clone())?;
            let recipients = recipients(chain, view);
            // The devices and the recovery key.
            if recipients.len() != chain.devices().len() + 1 {
                return Err(HouseholdError::UnknownDeviceKey);
            }
            new.add_to(file, &recipients, &device, random)
        })
    }
}
