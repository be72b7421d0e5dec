use std::collections::BTreeSet;
use std::fmt;

use crate::cbor::encode;
use crate::crypto::{Digest, KemPublicKey, Label, Random};
use crate::record::{
    Device, EntryContent, HouseholdCamera, HouseholdEntry, HouseholdId, Millis, Nonce, OwnerChain, OwnerList,
    StatementId, Timestamp, Verified,
};
use crate::store::Store;

use super::device_keys::DeviceKeys;
use super::sealed_entry::{Opened, SealedEntry};
use super::state::State;
use super::view::{PeriodKeys, View, copies, is_believed};
use super::{HouseholdError, HouseholdFile, HouseholdPlace};

/// A household, as one of its devices knows it.
///
/// What the household knows lies in the household file, which its devices share through a [`HouseholdPlace`]. Each device
/// keeps a copy in its [`Store`]: [`write`](Self::write) adds to that copy, and [`synchronise`](Self::synchronise) brings
/// both together. A device begins as a [`HouseholdDevice`](super::HouseholdDevice), which begins a household or joins one.
pub struct Household<S> {
    pub(super) store: S,
    pub(super) device: DeviceKeys,
    pub(super) state: State,
    pub(super) view: View,
    /// What the place held when it was last read or written.
    acknowledged: BTreeSet<StatementId>,
}

/// What synchronising brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Synchronised {
    /// Whether a period began that replaces the one before: cameras are to be given the new lists.
    pub period_began: bool,
    /// Whether the file holds a key of a later period that this device cannot open: the device was taken out, or the host
    /// made the key up. This says what the place holds now. The device does not store such keys.
    pub taken_out: bool,
}

/// How often a file that other devices keep changing is merged again.
const ATTEMPTS: usize = 16;

/// A change that is made to what the file gives, once it is merged.
pub(super) type Change<'a> =
    &'a mut dyn FnMut(&mut OwnerChain, &mut HouseholdFile, &View, &mut dyn Random) -> Result<(), HouseholdError>;

impl<S: Store> Household<S> {
    /// Opens the household of a device that has one.
    ///
    /// # Errors
    /// [`NoDevice`](HouseholdError::NoDevice) or [`NoHousehold`](HouseholdError::NoHousehold) if this is not the store of a
    /// device that has joined.
    pub fn open(mut store: S) -> Result<Self, HouseholdError> {
        let device = DeviceKeys::open(&mut store)?;
        let state = State::load(&mut store)?.ok_or(HouseholdError::NoHousehold)?;
        Ok(Self::of(store, device, state))
    }

    pub(super) fn of(store: S, mut device: DeviceKeys, state: State) -> Self {
        device.follow(&state.chain);
        let view = View::read(&state.file, &device.readers(), PeriodKeys::new());
        Self { store, device, state, view, acknowledged: BTreeSet::new() }
    }

    /// Returns the household's id.
    pub fn id(&self) -> HouseholdId {
        self.state.chain.household()
    }

    /// Returns this device as owner lists name it: its signing key, and the fingerprint of its KEM key.
    pub fn device(&self) -> Device {
        self.device.public()
    }

    /// Returns the devices of the present period.
    pub fn devices(&self) -> &[Device] {
        self.state.chain.devices()
    }

    /// Returns whether this device is in the present period, as far as it could follow. A device that was taken out cannot
    /// read the list that says so: look at [`Synchronised::taken_out`].
    pub fn is_member(&self) -> bool {
        self.state.chain.has_device(&self.device.public().signer)
    }

    /// Returns the number of the present period.
    pub fn period(&self) -> u64 {
        self.state.chain.period()
    }

    /// Returns the lists of the present period, for cameras to take in this order, or nothing before the place has taken the
    /// household file: a camera must not seal for a key that only one device has.
    pub fn owner_lists(&self) -> &[Verified<OwnerList>] {
        if self.state.placed { self.state.chain.lists() } else { &[] }
    }

    /// Returns the lists that begin the present period other than the one that this device follows. There are such
    /// lists if two devices began the period independently. To bring the household together, begin another period with
    /// the recovery sheets.
    pub fn rival_lists(&self) -> Vec<StatementId> {
        self.view.rivals(&self.state.chain)
    }

    /// Writes an entry into this device's copy of the file. It lasts when this returns, and reaches the others when this
    /// device [synchronises](Self::synchronise); until the place has [taken](Self::is_acknowledged) it, it may be lost with the
    /// device.
    pub fn write(
        &mut self,
        content: EntryContent,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<StatementId, HouseholdError> {
        if !content.is_valid() {
            return Err(HouseholdError::Content);
        }
        let begins = self.state.chain.begins().id();
        if !self.is_member() {
            return Err(HouseholdError::NotAMember);
        }
        let key = self.view.keys.get(&begins).ok_or(HouseholdError::MissingKey(begins))?;
        // The date is later than that of the entry it replaces, even if the clock is behind. A date that is not believed
        // need not be exceeded.
        let written = match &content {
            EntryContent::Camera(camera) => {
                let before = self.view.cameras(&self.state.chain, now).get(&camera.key).map(|e| e.statement().written);
                let before = before.filter(|before| is_believed(*before, now));
                before.map_or(now, |before| now.max(before.after(Millis(1))))
            }
            _ => now,
        };
        let household = self.id();
        let (time, said) = (written.as_millis().to_be_bytes(), encode(&content));
        let context: [&[u8]; 4] = [household.as_bytes(), begins.as_bytes(), &time, &said];
        let nonce = Nonce::random(&mut self.device.hedged(random, Label::HOUSEHOLD_NONCE, &context)?)?;
        let entry = HouseholdEntry { household, begins, written, nonce, content };
        let entry = Verified::sign(entry, &self.device.signing);
        let id = entry.id();
        let sealed = SealedEntry::seal(household, begins, &key.key, &Opened::Entry(Box::new(entry)));
        let mut state = self.state.clone();
        state.file.entries.insert(sealed.ok_or(HouseholdError::Content)?);
        state.save(&mut self.store, &self.view.lists)?;
        self.set(state);
        Ok(id)
    }

    /// Returns whether the place held the entry when this device last synchronised. It is `false` if the device has not
    /// synchronised since it was opened.
    pub fn is_acknowledged(&self, entry: &StatementId) -> bool {
        self.acknowledged.contains(entry)
    }

    /// Brings this device's copy and the place's file together: merges them, takes the lists that follow, signs anew what this
    /// device wrote and a new period left out, wraps keys to devices that lack one, drops what is over, and stores the
    /// result in the place and then in the device's store.
    pub fn synchronise(
        &mut self,
        place: &mut dyn HouseholdPlace,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Synchronised, HouseholdError> {
        self.settle(place, now, random, &mut |_, _, _, _| Ok(()))
    }

    /// The same, with a change of this device's own in the same write.
    pub(super) fn settle(
        &mut self,
        place: &mut dyn HouseholdPlace,
        now: Timestamp,
        random: &mut dyn Random,
        change: Change<'_>,
    ) -> Result<Synchronised, HouseholdError> {
        for _ in 0..ATTEMPTS {
            let read = place.read()?;
            let mut state = self.state.clone();
            let theirs = read.as_ref().map(|file| HouseholdFile::from_bytes(&file.bytes)).transpose()?;
            if let Some(theirs) = &theirs {
                state.file.merge(theirs)?;
            }
            let view = self.read(&state.file);
            let before = state.chain.begins().id();
            view.follow(&mut state.chain);
            change(&mut state.chain, &mut state.file, &view, random)?;
            let view = View::read(&state.file, &self.device.readers(), view.keys);
            let taken_out = is_taken_out(&state, &view);
            self.complete(&mut state, &view, now, random)?;
            // A device that was taken out adds nothing: the wraps that it remembers would let old sheets recover.
            if !taken_out && theirs.as_ref() != Some(&state.file) {
                let bytes = state.file.to_bytes()?;
                if place.replace(read.as_ref().map(|file| &file.version), &bytes)?.is_none() {
                    continue;
                }
            }
            if taken_out {
                // The host may have made these keys up. They are not stored, so the device counts as taken out only while the
                // place shows them.
                let period = state.chain.period();
                state.file.wraps.retain(|wrap| wrap.period <= period);
            } else {
                state.placed = true;
            }
            if state != self.state {
                state.save(&mut self.store, &view.lists)?;
            }
            let period_began = state.chain.begins().id() != before;
            let placed = theirs.as_ref().filter(|_| taken_out).unwrap_or(&state.file);
            self.acknowledged = placed.entries.iter().map(|entry| entry.id).collect();
            self.state = state;
            self.device.follow(&self.state.chain);
            self.view = View::read(&self.state.file, &self.device.readers(), view.keys);
            return Ok(Synchronised { period_began, taken_out });
        }
        Err(HouseholdError::Busy)
    }

    /// Does what is due in a merged file.
    fn complete(
        &self,
        state: &mut State,
        view: &View,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<(), HouseholdError> {
        let chain = &state.chain;
        let household = chain.household();
        if let Some(present) = view.keys.get(&chain.begins().id()).filter(|_| chain.has_device(&self.device().signer)) {
            for entry in view.left_out(chain, &self.device().signer, now) {
                let entry = Opened::Entry(Box::new(Verified::sign(entry, &self.device.signing)));
                state.file.entries.extend(SealedEntry::seal(household, chain.begins().id(), &present.key, &entry));
            }
            let recipients = recipients(chain, view);
            // What is no wrap by somebody who had the key, or to nobody who is present, goes; of several, one stays.
            let mut kept = BTreeSet::new();
            let present: BTreeSet<_> = recipients.iter().map(KemPublicKey::fingerprint).collect();
            let after = view.looked_after(chain).unwrap_or_default();
            let looked_after = |begins: &StatementId| view.keys.get(begins).filter(|_| after.contains(begins));
            state.file.wraps.retain(|wrap| match looked_after(&wrap.begins) {
                None => true,
                Some(period) => {
                    let wanted = present.contains(&wrap.recipient) || is_named(chain, &wrap.recipient);
                    let good = wrap.period == period.list.statement().period && wrap.is_of(household, &period.key);
                    wanted && good && kept.insert((wrap.begins, wrap.recipient))
                }
            });
            for begins in &after {
                let Some(period) = looked_after(begins) else { continue };
                for to in recipients.iter().filter(|to| !kept.contains(&(*begins, to.fingerprint()))) {
                    let number = period.list.statement().period;
                    let wrap = self.device.wrap(household, (*begins, number), &period.key, to, random)?;
                    state.file.wraps.insert(wrap);
                }
            }
            // With what was signed anew.
            let again = View::read(&state.file, &self.device.readers(), copies(&view.keys));
            for over in again.over(chain, &state.file, now) {
                state.file.entries.remove(&over);
            }
            if state.file.to_bytes().is_err() {
                // What this device does not look after is the first to go: a host can make up any amount of it.
                state.file.entries.retain(|entry| after.contains(&entry.begins));
                state.file.wraps.retain(|wrap| after.contains(&wrap.begins));
            }
        }
        Ok(())
    }

    fn read(&self, file: &HouseholdFile) -> View {
        View::read(file, &self.device.readers(), copies(&self.view.keys))
    }

    pub(super) fn set(&mut self, state: State) {
        self.view = self.read(&state.file);
        self.state = state;
    }

    /// Returns the cameras that are the household's.
    pub fn cameras(&self, now: Timestamp) -> Vec<HouseholdCamera> {
        let cameras = self.view.cameras(&self.state.chain, now).into_values();
        let cameras = cameras.filter_map(|entry| match &entry.statement().content {
            EntryContent::Camera(camera) if camera.cell.is_some() => Some(*camera),
            _ => None,
        });
        cameras.collect()
    }

    /// Returns every entry that counts, in the order of their ids.
    pub fn entries(&self, now: Timestamp) -> impl Iterator<Item = &Verified<HouseholdEntry>> {
        self.view.entries(&self.state.chain, now)
    }

    /// Returns this device's copy of the household file.
    pub const fn file(&self) -> &HouseholdFile {
        &self.state.file
    }
}

/// Returns whether the file has a wrap of a later period whose key this device does not know. It does not count to whom the
/// wrap says that it is: anybody can copy a fingerprint.
fn is_taken_out(state: &State, view: &View) -> bool {
    let period = state.chain.period();
    state.file.wraps.iter().any(|wrap| wrap.period > period && !view.keys.contains_key(&wrap.begins))
}

/// Returns the present devices whose keys are known and have the household's KEM, and the recovery key.
pub(super) fn recipients(chain: &OwnerChain, view: &View) -> Vec<KemPublicKey> {
    let recovery = &chain.begins().statement().recovery.kem;
    let devices = chain.devices().iter().filter_map(|device| view.device_key(&device.fingerprint));
    // A list names only the fingerprint of a device's key. A key of a weaker KEM would weaken every key that is wrapped to
    // it.
    devices.filter(|key| key.algorithm() == recovery.algorithm()).chain([recovery]).cloned().collect()
}

fn is_named(chain: &OwnerChain, fingerprint: &Digest) -> bool {
    chain.devices().iter().any(|device| device.fingerprint == *fingerprint)
}

impl<S: Store> fmt::Debug for Household<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Household")
            .field("device", &self.device.public())
            .field("id", &self.id())
            .field("period", &self.period())
            .finish_non_exhaustive()
    }
}
