use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::crypto::{Digest, KemAlgorithm, KemPrivateKey, KemPublicKey, Label, Secret, VerifyingKey, expand};
use crate::record::{
    EntryContent, HouseholdEntry, Millis, Nonce, OwnerChain, OwnerList, StatementId, Taken, Timestamp, Verified,
};

use super::sealed_entry::{Opened, SealedEntry};
use super::{HouseholdFile, KeyWrap};

/// The household key of a period, which proved itself: its public half is the one in the list that begins the period.
#[derive(Debug)]
pub(super) struct PeriodKey {
    pub(super) key: KemPrivateKey,
    pub(super) public: KemPublicKey,
    pub(super) list: Verified<OwnerList>,
}

/// Household keys by the list that begins their period.
pub(super) type PeriodKeys = BTreeMap<StatementId, PeriodKey>;

/// How many lists that begin one period apart are looked after.
const MAX_RIVALS: usize = 16;

/// The longest time ahead of the reader's clock at which the date of an entry about a camera is believed.
const MAX_AHEAD: Millis = Millis::DAY;

/// Copies keys that have proved themselves.
pub(super) fn copies(keys: &PeriodKeys) -> PeriodKeys {
    let copy = |(begins, period): (&StatementId, &PeriodKey)| {
        let PeriodKey { key, public, list } = period;
        let key = KemPrivateKey::from_secret(key.algorithm(), key.secret().duplicate());
        (*begins, PeriodKey { key, public: public.clone(), list: list.clone() })
    };
    keys.iter().map(copy).collect()
}

/// A household file as one of its recipients reads it.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) keys: PeriodKeys,
    /// The periods of which keys are wrapped to the reader, and none of them is the right one.
    pub(super) wrong: BTreeSet<StatementId>,
    pub(super) lists: BTreeMap<StatementId, Verified<OwnerList>>,
    entries: BTreeMap<StatementId, Verified<HouseholdEntry>>,
    /// Of each period after the first, the ids of the entries that counted when it began.
    counting: BTreeMap<StatementId, BTreeSet<StatementId>>,
    /// Entries that are sealed under a known key, and are not valid.
    junk: BTreeSet<SealedEntry>,
}

impl View {
    /// Reads a file with the reader's keys, and the household keys that are known already.
    pub(super) fn read(file: &HouseholdFile, readers: &[&KemPrivateKey], known: PeriodKeys) -> Self {
        let mut view = Self { keys: known, ..Self::default() };
        let readers = readers.iter().map(|reader| (reader.public_key().fingerprint(), *reader));
        let readers: BTreeMap<_, _> = readers.collect();
        for wrap in &file.wraps {
            let Some(reader) = readers.get(&wrap.recipient) else { continue };
            let Entry::Vacant(unknown) = view.keys.entry(wrap.begins) else { continue };
            match Self::prove(file, wrap, reader) {
                Some(key) => drop(unknown.insert(key)),
                None => drop(view.wrong.insert(wrap.begins)),
            }
        }
        view.wrong.retain(|begins| !view.keys.contains_key(begins));
        for entry in &file.entries {
            let Some(period) = view.keys.get(&entry.begins) else { continue };
            let opened = entry.open(file.household, period.key.secret());
            if !opened.is_some_and(|opened| view.add(file, entry, opened)) {
                view.junk.insert(entry.clone());
            }
        }
        view
    }

    /// A secret proves itself by the list that begins its period, which it opens and which names its public half.
    fn prove(file: &HouseholdFile, wrap: &KeyWrap, reader: &KemPrivateKey) -> Option<PeriodKey> {
        let secret = wrap.open(file.household, reader).ok()?;
        let entries = file.entries.iter().filter(|entry| entry.begins == wrap.begins && entry.id == wrap.begins);
        entries.into_iter().find_map(|entry| {
            let Opened::List(list) = entry.open(file.household, &secret)? else { return None };
            let stated = list.statement();
            // An earlier period may have another KEM than the reader.
            let key = KemPrivateKey::from_secret(stated.key.algorithm(), secret.duplicate());
            let public = key.public_key();
            let own = stated.begins_period() && stated.household == file.household && stated.period == wrap.period;
            (own && stated.key == public).then(|| PeriodKey { key, public, list: *list })
        })
    }

    /// Takes up what was opened, if it belongs under the key that opened it.
    fn add(&mut self, file: &HouseholdFile, sealed: &SealedEntry, opened: Opened) -> bool {
        let Some(period) = self.keys.get(&sealed.begins) else { return false };
        match opened {
            Opened::List(list) => {
                let own = list.statement().household == file.household && list.statement().key == period.public;
                if own {
                    self.lists.insert(list.id(), *list);
                }
                own
            }
            Opened::Entry(entry) => {
                let own = entry.statement().household == file.household && entry.statement().begins == sealed.begins;
                if own {
                    self.entries.insert(entry.id(), *entry);
                }
                own
            }
            Opened::Counting(ids) => {
                let named = period.list.statement().entries == Some(Digest::from_bytes(*sealed.id.as_bytes()));
                if named {
                    self.counting.insert(sealed.begins, ids);
                }
                named
            }
        }
    }

    /// Has a chain take every list of the file that it takes, in an order that depends on the lists alone.
    pub(super) fn follow(&self, chain: &mut OwnerChain) {
        let mut lists: Vec<_> = self.lists.values().collect();
        lists.sort_by_key(|list| (list.statement().period, list.statement().number, list.id()));
        let mut moved = true;
        while moved {
            moved = false;
            for list in &lists {
                // Anybody who has a period's key can name it in a list: only those that count use it up.
                let used = self.lists(chain).any(|known| known.statement().key == list.statement().key);
                if list.statement().begins_period() && used {
                    continue;
                }
                let taken = chain.take((*list).clone());
                moved |= matches!(taken, Ok(Taken::Device | Taken::Period));
            }
        }
    }

    /// Returns the ids that counted when the chain's period began; `None` if the file does not hold them.
    pub(super) fn counted_before(&self, chain: &OwnerChain) -> Option<&BTreeSet<StatementId>> {
        static NONE: BTreeSet<StatementId> = BTreeSet::new();
        if chain.period() == 0 { Some(&NONE) } else { self.counting.get(&chain.begins().id()) }
    }

    fn counted(&self, chain: &OwnerChain, id: &StatementId) -> bool {
        self.counted_before(chain).is_some_and(|ids| ids.contains(id))
    }

    /// Returns whether an entry counts: its signer is a device of the present period, in which it was signed, or it counted
    /// when that period began. A device's key is checked by its fingerprint; a key of another KEM counts only as an offer by
    /// the device itself.
    fn counts(&self, chain: &OwnerChain, entry: &Verified<HouseholdEntry>, now: Timestamp) -> bool {
        let content = &entry.statement().content;
        let present = entry.statement().begins == chain.begins().id();
        let signed = || if present { chain.has_device(entry.signer()) } else { self.counted(chain, &entry.id()) };
        if let EntryContent::Device(key) = content {
            let named = chain.devices().iter().any(|device| device.fingerprint == key.fingerprint());
            let offer = || key.algorithm() != chain.begins().statement().key.algorithm();
            return named || (offer() && chain.has_device(entry.signer()) && signed());
        }
        content.keep().is_none_or(|keep| now < keep) && signed()
    }

    /// Returns the entry by which a present device offers its key of another KEM than the household's.
    fn offer<'a>(
        &'a self,
        chain: &'a OwnerChain,
        signer: &VerifyingKey,
        kem: KemAlgorithm,
        now: Timestamp,
    ) -> Option<(StatementId, &'a KemPublicKey)> {
        let lists: Vec<_> = self.lists(chain).map(|list| list.statement()).collect();
        let offers = self.entries(chain, now).filter(|entry| entry.signer() == signer).filter_map(|entry| {
            let EntryContent::Device(key) = &entry.statement().content else { return None };
            // The entry may hold the key of another device, which this device added.
            let fingerprint = key.fingerprint();
            let mut devices = lists.iter().flat_map(|list| &list.devices);
            let own = devices.all(|device| device.fingerprint != fingerprint || device.signer == *signer);
            (own && key.algorithm() == kem).then_some((self.order(entry), entry.id(), key))
        });
        offers.max_by_key(|(order, ..)| *order).map(|(_, id, key)| (id, key))
    }

    /// Returns the key of this KEM that a present device has offered.
    pub(super) fn offered<'a>(
        &'a self,
        chain: &'a OwnerChain,
        signer: &VerifyingKey,
        kem: KemAlgorithm,
        now: Timestamp,
    ) -> Option<&'a KemPublicKey> {
        self.offer(chain, signer, kem, now).map(|(_, key)| key)
    }

    /// Returns the rank of an entry among those about one subject: by period, then by date, then by id.
    fn order(&self, entry: &Verified<HouseholdEntry>) -> (u64, Timestamp, StatementId) {
        let HouseholdEntry { begins, written, .. } = entry.statement();
        let period = self.keys.get(begins).map_or(0, |period| period.list.statement().period);
        (period, *written, entry.id())
    }

    /// Returns the entries that count, in the order of their ids.
    pub(super) fn entries<'a>(
        &'a self,
        chain: &'a OwnerChain,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Verified<HouseholdEntry>> {
        self.entries.values().filter(move |entry| self.counts(chain, entry, now))
    }

    /// Returns the lists that count: those of the present period, and those that counted when it began.
    pub(super) fn lists<'a>(&'a self, chain: &'a OwnerChain) -> impl Iterator<Item = &'a Verified<OwnerList>> {
        let past = self.lists.values().filter(move |list| self.counted(chain, &list.id()));
        chain.lists().iter().chain(past)
    }

    /// Returns lists that begin the present period beside the one that the chain took: they follow a list of the period before
    /// that counts, and are signed by its recovery key. A recovery key that was replaced earlier makes none.
    pub(super) fn rivals(&self, chain: &OwnerChain) -> Vec<StatementId> {
        let known: BTreeMap<_, _> = self.lists(chain).map(|list| (list.id(), list.statement())).collect();
        let rivals = self.keys.iter().filter(|(begins, period)| {
            let list = period.list.statement();
            let before = list.before.and_then(|before| known.get(&before));
            list.period == chain.period()
                && !known.contains_key(*begins)
                && before.is_some_and(|before| {
                    before.period + 1 == list.period && before.recovery.signer == *period.list.signer()
                })
        });
        rivals.map(|(begins, _)| *begins).take(MAX_RIVALS).collect()
    }

    /// Returns the lists that begin the periods whose keys and entries this device looks after; `None` if the file does not
    /// say which they are. Anybody who was in the household can make up other periods.
    pub(super) fn looked_after(&self, chain: &OwnerChain) -> Option<BTreeSet<StatementId>> {
        self.counted_before(chain)?;
        let known = self.lists(chain).map(|list| list.id()).filter(|id| self.keys.contains_key(id));
        Some(known.chain(self.rivals(chain)).collect())
    }

    /// Returns what counts when the next period begins.
    pub(super) fn counting(&self, chain: &OwnerChain, now: Timestamp) -> BTreeSet<StatementId> {
        let entries = self.entries(chain, now).map(|entry| entry.id());
        self.lists(chain).map(|list| list.id()).chain(self.rivals(chain)).chain(entries).collect()
    }

    /// Returns whether an entry was signed in a period that has ended, and was left out when the next period began, so that
    /// it has to be signed anew. An entry about a camera need not be if a later entry about the camera counts: signed anew,
    /// it would become the latest.
    fn is_left_out(
        &self,
        chain: &OwnerChain,
        cameras: &Cameras<'_>,
        entry: &Verified<HouseholdEntry>,
        now: Timestamp,
    ) -> bool {
        let HouseholdEntry { begins, content, written, .. } = entry.statement();
        let dated = |written: &Timestamp| (is_believed(*written, now), *written);
        let missed = match content {
            EntryContent::Device(_) => false,
            EntryContent::Camera(camera) => {
                cameras.get(&camera.key).is_none_or(|newest| dated(&newest.statement().written) < dated(written))
            }
            _ => true,
        };
        missed
            && *begins != chain.begins().id()
            && !self.counted(chain, &entry.id())
            && content.keep().is_none_or(|keep| now < keep)
    }

    /// Returns the entries of a device that were left out.
    pub(super) fn left_out(&self, chain: &OwnerChain, signer: &VerifyingKey, now: Timestamp) -> Vec<HouseholdEntry> {
        let cameras = self.cameras(chain, now);
        let own = self.entries.values().filter(|entry| entry.signer() == signer);
        let left = own.filter(|entry| self.is_left_out(chain, &cameras, entry, now));
        left.filter_map(|entry| self.anew(chain, entry)).collect()
    }

    /// Returns the statement by which an entry that was left out is signed anew; always the same one, so that it is signed
    /// once. `None` if the present period's key is not known.
    fn anew(&self, chain: &OwnerChain, entry: &Verified<HouseholdEntry>) -> Option<HouseholdEntry> {
        let begins = chain.begins().id();
        let key = self.keys.get(&begins)?;
        let nonce: Secret<32> = expand(key.key.secret(), Label::HOUSEHOLD_NONCE, &[entry.id().as_bytes()]);
        Some(HouseholdEntry { begins, nonce: Nonce::from_bytes(*nonce.expose()), ..entry.statement().clone() })
    }

    /// Returns the KEM key with this fingerprint, whoever wrote it down.
    pub(super) fn device_key(&self, fingerprint: &Digest) -> Option<&KemPublicKey> {
        self.entries.values().find_map(|entry| match &entry.statement().content {
            EntryContent::Device(key) if key.fingerprint() == *fingerprint => Some(key),
            _ => None,
        })
    }

    /// Returns what can be dropped from the file.
    pub(super) fn over(&self, chain: &OwnerChain, file: &HouseholdFile, now: Timestamp) -> Vec<SealedEntry> {
        // Without the set of what counted, nothing else can be judged.
        let Some(after) = self.looked_after(chain) else { return self.junk.iter().cloned().collect() };
        let passed = self.passed(chain, now);
        let cameras = self.cameras(chain, now);
        // A device with a wrong clock must not drop an entry that the others take for the latest.
        let by_date = self.latest_by(chain, now, |entry| self.order(entry));
        let lists: BTreeSet<_> = self.lists(chain).map(|list| list.id()).collect();
        let signed: BTreeSet<_> =
            self.entries.values().map(|entry| (*entry.signer(), entry.statement().nonce)).collect();
        let waits = |entry: &Verified<HouseholdEntry>| {
            let anew = self.anew(chain, entry).is_some_and(|anew| signed.contains(&(*entry.signer(), anew.nonce)));
            self.is_left_out(chain, &cameras, entry, now) && chain.has_device(entry.signer()) && !anew
        };
        let is_over = |sealed: &&SealedEntry| {
            if self.junk.contains(*sealed) {
                return true;
            }
            // Others may know the period.
            if !after.contains(&sealed.begins) {
                return false;
            }
            if let Some(entry) = self.entries.get(&sealed.id) {
                let replaced = match &entry.statement().content {
                    EntryContent::Camera(camera) => [&cameras, &by_date]
                        .iter()
                        .all(|latest| latest.get(&camera.key).is_some_and(|newest| newest.id() != entry.id())),
                    EntryContent::Device(key) => {
                        let offer = self.offer(chain, entry.signer(), key.algorithm(), now);
                        let named = chain.devices().iter().any(|device| device.fingerprint == key.fingerprint());
                        !named && offer.is_some_and(|(newest, _)| newest != entry.id())
                    }
                    _ => false,
                };
                return !waits(entry) && (replaced || !self.counts(chain, entry, passed));
            }
            if self.lists.contains_key(&sealed.id) {
                // A list that begins a period proves the period's key.
                return sealed.id != sealed.begins && !lists.contains(&sealed.id);
            }
            // The set of an earlier period.
            sealed.begins != chain.begins().id()
        };
        file.entries.iter().filter(is_over).cloned().collect()
    }

    /// Returns the time that has passed for certain: the reader's, but no later than the entries show. Where there are several
    /// devices, it takes the dates of two of them, so that no clock that is ahead drops what has to be kept.
    fn passed(&self, chain: &OwnerChain, now: Timestamp) -> Timestamp {
        let mut latest: BTreeMap<VerifyingKey, Timestamp> = BTreeMap::new();
        for entry in self.entries.values().filter(|entry| chain.has_device(entry.signer())) {
            let newest = latest.entry(*entry.signer()).or_default();
            *newest = (*newest).max(entry.statement().written);
        }
        let mut dates: Vec<_> = latest.into_values().collect();
        dates.sort_unstable();
        if chain.devices().len() > 1 {
            dates.pop();
        }
        dates.pop().unwrap_or_default().min(now)
    }

    /// Returns of each camera the latest entry that counts.
    ///
    /// The greatest counts by period, then by date, then by id. One that is dated more than a day ahead of the reader's
    /// clock ranks below all others, so that no clock that is ahead keeps an entry the latest for ever.
    pub(super) fn cameras(&self, chain: &OwnerChain, now: Timestamp) -> Cameras<'_> {
        self.latest_by(chain, now, |entry| (is_believed(entry.statement().written, now), self.order(entry)))
    }

    fn latest_by<K: Ord>(
        &self,
        chain: &OwnerChain,
        now: Timestamp,
        order: impl Fn(&Verified<HouseholdEntry>) -> K,
    ) -> Cameras<'_> {
        let mut cameras: Cameras<'_> = BTreeMap::new();
        for entry in self.entries.values().filter(|entry| self.counts(chain, entry, now)) {
            if let EntryContent::Camera(camera) = &entry.statement().content {
                let newest = cameras.entry(camera.key).or_insert(entry);
                if order(entry) > order(newest) {
                    *newest = entry;
                }
            }
        }
        cameras
    }
}

/// The entry that counts for each camera.
type Cameras<'a> = BTreeMap<VerifyingKey, &'a Verified<HouseholdEntry>>;

/// Returns whether a date is plausible by the reader's clock.
pub(super) fn is_believed(written: Timestamp, now: Timestamp) -> bool {
    written <= now.after(MAX_AHEAD)
}
