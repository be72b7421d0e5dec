//! Attacks that need the parts of a household file.

use super::sealed_entry::{Opened, SealedEntry};
use super::*;
use crate::crypto::{Digest, KemAlgorithm, KemPrivateKey, Random, RandomError, Secret, SigningKey};
use crate::record::{
    AgencyId, ClipId, Consent, CustodianId, Custody, DeletionNote, Device, EntryConsent, EntryContent, GrantId,
    GroupId, HouseholdEntry, Member, OwnerList, Revocation, StatementId, Terms, Timestamp, Verified,
};
use crate::resident::ConsentKeeper as _;
use crate::store::MemoryStore;

struct Counting(u64);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for byte in out {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 33) as u8;
        }
        Ok(())
    }
}

const KEM: KemAlgorithm = KemAlgorithm::X25519;

fn noon() -> Timestamp {
    Timestamp::from_millis(1_780_315_200_000).unwrap()
}

fn device(seed: u64) -> HouseholdDevice<MemoryStore> {
    HouseholdDevice::begin(MemoryStore::new(), KEM, &mut Counting(seed)).unwrap()
}

fn begin(place: &MemoryPlace) -> (Household<MemoryStore>, Recovered) {
    let (device, mut random) = (device(1), Counting(2));
    let new = device.prepare_household(noon(), &mut random).unwrap();
    let recovered = RecoverySheet::combine(&new.sheets(1, 1).unwrap()).unwrap();
    let mut household = device.begin_household(&new, &mut random).unwrap();
    synchronise(&mut household, place);
    (household, recovered)
}

fn synchronise(household: &mut Household<MemoryStore>, place: &MemoryPlace) {
    let _ = household.synchronise(&mut place.clone(), noon(), &mut Counting(3)).unwrap();
}

fn file(place: &MemoryPlace) -> HouseholdFile {
    HouseholdFile::from_bytes(&place.clone().read().unwrap().unwrap().bytes).unwrap()
}

fn put(place: &MemoryPlace, file: &HouseholdFile) {
    place.put(Some(file.to_bytes().unwrap()));
}

fn consent(seed: u8) -> EntryContent {
    let key = SigningKey::from_secret(&Secret::take(&mut [seed; 32]));
    let (grant, half) = (GrantId::of(&key.verifying_key()), Digest::from_bytes([seed; 32]));
    let (request, custodian) = (StatementId::from_bytes([seed; 32]), CustodianId::new("alpha").unwrap());
    let member = Member { custodian, expiry: request, share: half };
    let terms = Terms {
        grant,
        request,
        agency: AgencyId::new("OH0500100").unwrap(),
        custody: Custody::new(GroupId::new("town").unwrap(), 1, vec![member]).unwrap(),
        not_before: noon(),
        not_after: noon().epoch().plus(7),
        agency_half: half,
        custodian_half: half,
        possession: half,
        private: half,
    };
    EntryContent::Consent(EntryConsent::of(Consent {
        terms: Box::new(Verified::sign(terms, &key).into_signed()),
        clips: Vec::new(),
        given: noon(),
        revocation: Box::new(Verified::sign(Revocation { grant }, &key).into_signed()),
    }))
}

fn revocable(household: &Household<MemoryStore>) -> Vec<u8> {
    let consents = household.consents(noon()).into_iter();
    let mut seeds: Vec<_> = consents.map(|(kept, _)| kept.consent.terms.statement().private.as_bytes()[0]).collect();
    seeds.sort_unstable();
    seeds
}

/// T12: a wrong secret that is handed to a new device is told apart, even with the right list beside it, and hides no right
/// one.
#[test]
fn t12_a_wrong_secret_is_no_household_key() {
    let place = MemoryPlace::new();
    let (mut one, _) = begin(&place);
    let new = device(4);
    let request = new.request(&mut Counting(5)).unwrap().into_signed();
    let signer = one.device().signer;
    let handover = one.add_device(request, &mut place.clone(), noon(), &mut Counting(6)).unwrap().into_signed();

    let (mut altered, begins) = (file(&place), one.state.chain.begins().clone());
    let wrong = KemPrivateKey::from_secret(KEM, Secret::take(&mut [9; 32]));
    let to = new.request(&mut Counting(5)).unwrap().statement().key.clone();
    let period = (begins.id(), 0);
    let right: Vec<_> = altered.wraps.iter().filter(|wrap| wrap.recipient == to.fingerprint()).cloned().collect();
    altered.wraps.insert(KeyWrap::seal(one.id(), period, &wrong, &to, &mut Counting(7)).unwrap());
    let list = Opened::List(Box::new(begins.clone()));
    altered.entries.extend(SealedEntry::seal(one.id(), begins.id(), &wrong, &list));
    // Beside the right one it does no harm.
    put(&place, &altered);
    assert!(device(4).join(handover.clone(), &signer, &mut place.clone(), noon(), &mut Counting(8)).is_ok());
    // Alone it is told.
    altered.wraps.retain(|wrap| !right.contains(wrap));
    put(&place, &altered);
    let refused = device(4).join(handover.clone(), &signer, &mut place.clone(), noon(), &mut Counting(8)).unwrap_err();
    assert!(matches!(refused, HouseholdError::WrongKey(wrong) if wrong == begins.id()), "{refused}");
    // None at all is told otherwise.
    altered.wraps.retain(|wrap| wrap.recipient != to.fingerprint());
    put(&place, &altered);
    let refused = device(4).join(handover.clone(), &signer, &mut place.clone(), noon(), &mut Counting(8)).unwrap_err();
    assert!(matches!(refused, HouseholdError::MissingKey(missing) if missing == begins.id()), "{refused}");
    // The device that has the right key puts it there again.
    synchronise(&mut one, &place);
    assert!(device(4).join(handover, &signer, &mut place.clone(), noon(), &mut Counting(8)).is_ok());
}

/// C17: a host makes up a key of a later period, so that a device takes itself for taken out. Consents can be kept again as
/// soon as the place shows an honest file, at another host or at this one.
#[test]
fn c17_keys_that_a_host_makes_up_end_no_consent_for_ever() {
    let place = MemoryPlace::new();
    let (mut one, recovered) = begin(&place);
    one.write(consent(1), noon(), &mut Counting(4)).unwrap();
    synchronise(&mut one, &place);
    let grant = one.consents(noon())[0].0.consent.grant();
    let honest = file(&place);
    let wrong = KemPrivateKey::from_secret(KEM, Secret::take(&mut [9; 32]));
    let begins = StatementId::from_bytes([9; 32]);
    let to_recovery = recovered.seed().kem_key().public_key();
    let stranger = KeyWrap::seal(one.id(), (begins, 7), &wrong, &to_recovery, &mut Counting(7)).unwrap();
    let own = honest.wraps.iter().find(|wrap| wrap.recipient != to_recovery.fingerprint());
    let mut moved = own.unwrap().clone();
    (moved.begins, moved.period) = (begins, u64::MAX);
    for made_up in [stranger, moved] {
        let mut lying = honest.clone();
        lying.wraps.insert(made_up);
        put(&place, &lying);
        let refused = one.keeper(&mut place.clone(), noon(), &mut Counting(5)).is_revoked(&grant);
        assert!(refused.is_err(), "it may be true");
        put(&place, &honest);
        assert!(!one.synchronise(&mut place.clone(), noon(), &mut Counting(6)).unwrap().taken_out);
        assert!(!one.keeper(&mut place.clone(), noon(), &mut Counting(5)).is_revoked(&grant).unwrap());
        assert_eq!(file(&place), honest);
    }
}

/// A host spoils what is wrapped to the recovery key: the next device that synchronises sees and mends it.
#[test]
fn a_spoilt_wrap_to_the_recovery_key_is_replaced() {
    let place = MemoryPlace::new();
    let (mut one, recovered) = begin(&place);
    let mut spoilt = file(&place);
    let wrong = KemPrivateKey::from_secret(KEM, Secret::take(&mut [9; 32]));
    let to = recovered.seed().kem_key().public_key();
    spoilt.wraps.retain(|wrap| wrap.recipient != to.fingerprint());
    let period = (one.state.chain.begins().id(), 0);
    spoilt.wraps.insert(KeyWrap::seal(one.id(), period, &wrong, &to, &mut Counting(7)).unwrap());
    put(&place, &spoilt);
    let recover = |seed| device(seed).recover(&recovered, &mut place.clone(), noon(), &mut Counting(8));
    assert!(matches!(recover(10), Err(HouseholdError::WrongKey(_))));
    synchronise(&mut one, &place);
    assert_eq!(file(&place).wraps(), 2);
    assert!(recover(11).is_ok());
}

/// A household whose second period has another recovery key.
struct Rotated {
    one: Household<MemoryStore>,
    /// What the sheets of the first period give back.
    old: Recovered,
    /// The list that began the first period.
    first: Verified<OwnerList>,
    new: NewPeriod,
    /// What the sheets of the second period give back.
    sheet: Recovered,
}

fn rotated(place: &MemoryPlace) -> Rotated {
    let (mut one, old) = begin(place);
    let first = one.state.chain.begins().clone();
    let change = PeriodChange { new_recovery_key: true, ..PeriodChange::default() };
    let new = one.prepare_period(&change, &old, noon(), &mut Counting(4)).unwrap();
    let sheet = RecoverySheet::combine(&new.sheets(1, 1).unwrap()).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut Counting(5)).unwrap();
    Rotated { one, old, first, new, sheet }
}

/// T32: somebody with a photo of the old sheet makes a branch of later periods that names the new recovery key, and wraps its
/// keys to it. The new sheet does not follow that branch, and no device does.
#[test]
fn t32_a_forged_branch_leads_neither_sheet_nor_device_astray() {
    let place = MemoryPlace::new();
    let Rotated { mut one, old, first, new, sheet } = rotated(&place);
    one.write(consent(1), noon(), &mut Counting(6)).unwrap();
    synchronise(&mut one, &place);

    let mallory = SigningKey::from_secret(&Secret::take(&mut [66; 32]));
    let own = |byte| KemPrivateKey::from_secret(KEM, Secret::take(&mut [byte; 32]));
    let devices = vec![Device { signer: mallory.verifying_key(), fingerprint: own(66).public_key().fingerprint() }];
    let bridge = RecoverySeed::generate(KEM, &mut Counting(7)).unwrap();
    let mut forged = file(&place);
    let (mut before, mut signing) = (first.clone(), old.seed().signing_key());
    let none = Opened::Counting(std::collections::BTreeSet::new());
    for (period, recovery) in [(1, bridge.public()), (2, sheet.seed().public()), (3, sheet.seed().public())] {
        let key = own(period as u8);
        let list = OwnerList {
            period,
            number: 0,
            before: Some(before.id()),
            key: key.public_key(),
            recovery,
            devices: devices.clone(),
            entries: Some(Digest::from_bytes(*none.id().as_bytes())),
            ..first.statement().clone()
        };
        // The third would need the new sheet itself.
        let list = Verified::sign(list, &signing);
        signing = bridge.signing_key();
        for entry in [&Opened::List(Box::new(list.clone())), &none] {
            forged.entries.extend(SealedEntry::seal(one.id(), list.id(), &key, entry));
        }
        let device = one.device.kem.public_key();
        for to in [sheet.seed().kem_key().public_key(), device] {
            forged.wraps.insert(KeyWrap::seal(one.id(), (list.id(), period), &key, &to, &mut Counting(8)).unwrap());
        }
        before = list;
    }
    put(&place, &forged);
    synchronise(&mut one, &place);
    assert_eq!((one.period(), revocable(&one)), (1, vec![1]));
    put(&place, &forged);
    let recovered = device(9).recover(&sheet, &mut place.clone(), noon(), &mut Counting(10)).unwrap();
    assert_eq!((recovered.period(), revocable(&recovered)), (2, vec![1]));
    assert_eq!(recovered.state.chain.begins().statement().before, Some(new.list().id()));
    // The photo itself opens the branch that it made, and nothing of the household's.
    put(&place, &forged);
    let photo = device(11).recover(&old, &mut place.clone(), noon(), &mut Counting(12)).map(|_| ()).unwrap_err();
    assert!(matches!(photo, HouseholdError::OtherSheets), "{photo}");
}

/// A member who has the key of a new period names it in a list that nobody else signed: the period begins all the same, for the
/// other devices and for the sheets.
#[test]
fn a_list_that_does_not_count_uses_no_key_up() {
    let place = MemoryPlace::new();
    let (mut one, recovered) = begin(&place);
    let request = device(4).request(&mut Counting(5)).unwrap().into_signed();
    let signer = one.device().signer;
    let handover = one.add_device(request, &mut place.clone(), noon(), &mut Counting(6)).unwrap().into_signed();
    let mut two = device(4).join(handover, &signer, &mut place.clone(), noon(), &mut Counting(7)).unwrap();
    let first = one.state.chain.newest().clone();
    let new = one.prepare_period(&PeriodChange::default(), &recovered, noon(), &mut Counting(8)).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut Counting(9)).unwrap();

    let mallory = SigningKey::from_secret(&Secret::take(&mut [66; 32]));
    for period in [0, 1, 2] {
        let mut list = OwnerList { period, ..new.list().statement().clone() };
        if period == 0 {
            (list.before, list.entries) = (None, None);
        }
        let list = Verified::sign(list, &mallory);
        let mut forged = file(&place);
        let entry = Opened::List(Box::new(list.clone()));
        forged.entries.extend(SealedEntry::seal(one.id(), list.id(), new.key(), &entry));
        for to in [two.device.kem.public_key(), recovered.seed().kem_key().public_key()] {
            let wrap = KeyWrap::seal(one.id(), (list.id(), period), new.key(), &to, &mut Counting(10)).unwrap();
            forged.wraps.insert(wrap);
        }
        put(&place, &forged);
    }
    let copy = file(&place);
    synchronise(&mut two, &place);
    assert_eq!((two.period(), two.state.chain.begins().id()), (1, new.list().id()));
    put(&place, &copy);
    let sheets = device(11).recover(&recovered, &mut place.clone(), noon(), &mut Counting(12)).unwrap();
    assert_eq!(sheets.state.chain.begins().statement().before, Some(new.list().id()), "not {}", first.id());
}

/// Somebody with the sheets of a recovery key that was replaced periods ago makes a list of the present period: it is no rival
/// of the list that began it, and no clip that is sealed for its keys is the household's.
#[test]
fn an_old_recovery_key_makes_no_list_of_a_later_period() {
    let place = MemoryPlace::new();
    let Rotated { mut one, old, first, sheet, .. } = rotated(&place);
    let new = one.prepare_period(&PeriodChange::default(), &sheet, noon(), &mut Counting(6)).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut Counting(7)).unwrap();

    let mallory = SigningKey::from_secret(&Secret::take(&mut [66; 32]));
    let (key, kem) = (KemPrivateKey::from_secret(KEM, Secret::take(&mut [67; 32])), Digest::from_bytes([68; 32]));
    let recovery = RecoverySeed::generate(KEM, &mut Counting(8)).unwrap().public();
    let list = OwnerList {
        before: Some(first.id()),
        key: key.public_key(),
        recovery: recovery.clone(),
        devices: vec![Device { signer: mallory.verifying_key(), fingerprint: kem }],
        ..new.list().statement().clone()
    };
    let list = Verified::sign(list, &old.seed().signing_key());
    let mut forged = file(&place);
    forged.entries.extend(SealedEntry::seal(one.id(), list.id(), &key, &Opened::List(Box::new(list.clone()))));
    let to = one.device.kem.public_key();
    forged.wraps.insert(KeyWrap::seal(one.id(), (list.id(), 2), &key, &to, &mut Counting(9)).unwrap());
    put(&place, &forged);
    synchronise(&mut one, &place);
    assert_eq!((one.period(), one.rival_lists()), (2, Vec::new()));
    let household = list.statement().key.fingerprint();
    let owners = ClipOwners { list: list.id(), household, recovery: recovery.kem.fingerprint() };
    assert_eq!(one.check(&owners, &mallory.verifying_key(), noon()).owners, OwnersCheck::OtherHousehold);
    // Nor does it count from the next period on.
    let new = one.prepare_period(&PeriodChange::default(), &sheet, noon(), &mut Counting(10)).unwrap();
    let _ = one.begin_period(&new, &mut place.clone(), noon(), &mut Counting(11)).unwrap();
    assert_eq!(one.check(&owners, &mallory.verifying_key(), noon()).owners, OwnersCheck::OtherHousehold);
}

/// A host, or somebody who was in the household, fills the file up: that is dropped, and what counts stays.
#[test]
fn a_file_that_is_filled_up_loses_nothing_that_counts() {
    let place = MemoryPlace::new();
    let (mut one, recovered) = begin(&place);
    one.write(consent(1), noon(), &mut Counting(4)).unwrap();
    synchronise(&mut one, &place);
    let (size, mut filled) = (one.file().to_bytes().unwrap().len(), file(&place));
    let key = KemPrivateKey::from_secret(KEM, Secret::take(&mut [9; 32]));
    // A period that nobody signed, with its key for the device: it is not looked after.
    let list = OwnerList { key: key.public_key(), ..one.state.chain.begins().statement().clone() };
    let list = Verified::sign(list, &SigningKey::from_secret(&Secret::take(&mut [66; 32])));
    filled.entries.extend(SealedEntry::seal(one.id(), list.id(), &key, &Opened::List(Box::new(list.clone()))));
    let to = one.device.kem.public_key();
    filled.wraps.insert(KeyWrap::seal(one.id(), (list.id(), 0), &key, &to, &mut Counting(5)).unwrap());
    put(&place, &filled);
    synchronise(&mut one, &place);
    assert_eq!(file(&place).wraps(), 3, "it is wrapped to nobody else");
    assert!(one.rival_lists().is_empty());
    // Nor is it handed to a new device.
    let request = device(12).request(&mut Counting(5)).unwrap().into_signed();
    let (signer, mut other) = (one.device().signer, MemoryPlace::new());
    let mut apart = Household::of(MemoryStore::new(), one.device.duplicate(), one.state.clone());
    let handover = apart.add_device(request, &mut other, noon(), &mut Counting(6)).unwrap().into_signed();
    assert!(device(12).join(handover, &signer, &mut other, noon(), &mut Counting(7)).is_ok());

    // Nearly as long as a file may be.
    let ids = |from: u64| {
        let ids = (from..from + 16_000).map(|number| Digest::of(crate::crypto::Label::TEXT, &[&number.to_be_bytes()]));
        Opened::Counting(ids.map(|id| crate::record::StatementId::from_bytes(*id.as_bytes())).collect())
    };
    for number in 0..32 {
        filled.entries.extend(SealedEntry::seal(one.id(), list.id(), &key, &ids(number * 16_000)));
    }
    put(&place, &filled);
    assert!(file(&place).to_bytes().unwrap().len() > 16_000_000);
    let (clip, keep) = (ClipId::from_bytes([1; 16]), Timestamp::MAX);
    for copy in 2..122 {
        let note = EntryContent::Deletion(DeletionNote { clip, keep, note: vec![copy; 4000] });
        one.write(note, noon(), &mut Counting(copy.into())).unwrap();
    }
    synchronise(&mut one, &place);
    assert_eq!((revocable(&one), one.entries(noon()).count()), (vec![1], 122));
    assert!(one.file().to_bytes().unwrap().len() < size + 600_000);
    assert!(device(9).recover(&recovered, &mut place.clone(), noon(), &mut Counting(10)).is_ok());
}

/// What is sealed for one period, or as one entry, is not taken for another.
#[test]
fn sealed_entries_cannot_be_moved() {
    let place = MemoryPlace::new();
    let (mut one, _) = begin(&place);
    one.write(consent(1), noon(), &mut Counting(4)).unwrap();
    let key = &one.view.keys.values().next().unwrap().key;
    for entry in &one.state.file.entries {
        assert!(entry.open(one.id(), key.secret()).is_some());
        let other = crate::record::StatementId::from_bytes([1; 32]);
        let (mut renamed, mut moved) = (entry.clone(), entry.clone());
        (renamed.id, moved.begins) = (other, other);
        assert!(renamed.open(one.id(), key.secret()).is_none() && moved.open(one.id(), key.secret()).is_none());
        assert!(entry.open(crate::record::HouseholdId::from_bytes([1; 16]), key.secret()).is_none());
    }
}

/// Who has the household key and is no device of the period writes nothing that counts.
#[test]
fn an_entry_of_no_device_of_the_period_does_not_count() {
    let place = MemoryPlace::new();
    let (mut one, _) = begin(&place);
    one.write(consent(1), noon(), &mut Counting(4)).unwrap();
    let mallory = SigningKey::from_secret(&Secret::take(&mut [66; 32]));
    let mut entry =
        one.entries(noon()).find(|entry| entry.statement().content == consent(1)).unwrap().statement().clone();
    entry.content = consent(2);
    let key = &one.view.keys.values().next().unwrap().key;
    let sealed = SealedEntry::seal(
        one.id(),
        one.state.chain.begins().id(),
        key,
        &Opened::Entry(Box::new(Verified::sign(entry, &mallory))),
    );
    let mut forged = one.file().clone();
    forged.entries.extend(sealed);
    put(&place, &forged);
    synchronise(&mut one, &place);
    assert_eq!(revocable(&one), [1]);
    assert_eq!(file(&place).entries(), forged.entries() - 1);
}

/// T45: a member adds a device of another KEM, past the check of its own app: nobody wraps a key to it.
#[test]
fn t45_no_key_is_wrapped_to_a_device_of_another_kem() {
    let place = MemoryPlace::new();
    let (mut one, _) = begin(&place);
    let older = HouseholdDevice::begin(MemoryStore::new(), KemAlgorithm::XWing, &mut Counting(4)).unwrap();
    let (mut forged, begins) = (file(&place), one.state.chain.begins().clone());
    let mut list = begins.statement().clone();
    (list.number, list.before) = (1, Some(begins.id()));
    list.devices.push(older.device());
    let list = Verified::sign(list, &one.device.signing);
    let content = EntryContent::Device(older.request(&mut Counting(5)).unwrap().statement().key.clone());
    let (household, written, nonce) = (one.id(), noon(), crate::record::Nonce::from_bytes([1; 32]));
    let entry = HouseholdEntry { household, begins: begins.id(), written, nonce, content };
    let entry = Verified::sign(entry, &one.device.signing);
    let key = &one.view.keys.values().next().unwrap().key;
    for entry in [Opened::List(Box::new(list)), Opened::Entry(Box::new(entry))] {
        forged.entries.extend(SealedEntry::seal(household, begins.id(), key, &entry));
    }
    put(&place, &forged);
    synchronise(&mut one, &place);
    assert_eq!((one.devices().len(), file(&place).wraps()), (2, forged.wraps()));
    assert!(file(&place).wraps.iter().all(|wrap| wrap.recipient != older.device().fingerprint));
}

/// A random source that is none.
struct Zero;

impl Random for Zero {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(0);
        Ok(())
    }
}

/// T10: with a source that gives zeros for ever, whatever differs in a household or a period makes other keys; and with the
/// same inputs on another device nothing is the same (C3).
#[test]
fn t10_no_two_households_or_periods_have_one_key() {
    let key = |new: NewHousehold| *new.list.statement().key.fingerprint().as_bytes();
    let new = |seed: u64, now: Timestamp| device(seed).prepare_household(now, &mut Zero).unwrap();
    let later = noon().after(crate::record::Millis(1));
    let (one, two, other) = (new(1, noon()), new(1, later), new(2, noon()));
    let ids = [&one, &two, &other].map(|new| *new.list.statement().household.as_bytes());
    assert!(ids[0] != ids[1] && ids[0] != ids[2]);
    let sheets = [&one, &two, &other].map(|new| new.sheets(1, 1).unwrap()[0].to_text().to_string());
    assert!(sheets[0] != sheets[1] && sheets[0] != sheets[2]);
    let keys = [key(one), key(two), key(other)];
    assert!(keys[0] != keys[1] && keys[0] != keys[2]);

    let place = MemoryPlace::new();
    let (mut household, recovered) = begin(&place);
    for seed in [4, 5] {
        let request = device(seed).request(&mut Counting(6)).unwrap().into_signed();
        let _ = household.add_device(request, &mut place.clone(), noon(), &mut Counting(7)).unwrap();
    }
    let [.., fourth, fifth] = household.state.chain.devices() else { panic!() };
    let takes_out = [vec![], vec![fourth.signer], vec![fifth.signer]];
    let mut seen = std::collections::BTreeSet::new();
    for take_out in takes_out {
        for new_recovery_key in [false, true] {
            let change = PeriodChange { take_out: take_out.clone(), new_recovery_key, ..PeriodChange::default() };
            let new = household.prepare_period(&change, &recovered, noon(), &mut Zero).unwrap();
            let list = new.list().statement();
            assert!(seen.insert(*list.key.fingerprint().as_bytes()), "one key for two periods");
            if new_recovery_key {
                assert!(seen.insert(*list.recovery.kem.fingerprint().as_bytes()), "one recovery key for two periods");
            }
        }
    }
}

/// T10: entries of one moment have nonces of their own.
#[test]
fn t10_no_two_entries_have_one_nonce() {
    let (mut household, _) = begin(&MemoryPlace::new());
    for seed in [1, 2] {
        household.write(consent(seed), noon(), &mut Zero).unwrap();
    }
    let consents =
        household.entries(noon()).filter(|entry| matches!(entry.statement().content, EntryContent::Consent(_)));
    let nonces: Vec<_> = consents.map(|entry| entry.statement().nonce).collect();
    assert_eq!(nonces.len(), 2);
    assert_ne!(nonces[0], nonces[1]);
}
