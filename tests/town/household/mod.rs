//! The household: its devices, its recovery sheets, and the file that the devices share through a host.
#![allow(unreachable_pub)]

mod asked;
mod cameras;
mod chain;
mod clips;
mod crashes;
mod devices;
mod hostile;
mod keeping;
mod kems;
mod merging;
mod periods;
mod processes;
mod shares;
mod sheets;

use footage::crypto::{Digest, KemAlgorithm, Secret, SigningKey, VerifyingKey};
use footage::record::{
    AgencyId, Cell, Consent, CustodianId, Custody, EntryConsent, EntryContent, GrantId, GroupId, HouseholdCamera,
    Member, Revocation, StatementId, Terms, Timestamp, Verified,
};
use footage::resident::{Household, HouseholdDevice, HouseholdPlace, MemoryPlace, Recovered, RecoverySheet};
use footage::store::{MemoryStore, Store};
use footage_support::common::{NOON, Pinned};

const DAY: u64 = 86_400_000;

fn noon() -> Timestamp {
    Timestamp::from_millis(NOON).unwrap()
}

fn days(count: u64) -> Timestamp {
    Timestamp::from_millis(NOON + count * DAY).unwrap()
}

fn signing(seed: u64) -> SigningKey {
    SigningKey::generate(&mut Pinned(seed)).unwrap()
}

fn camera(seed: u64) -> VerifyingKey {
    signing(seed).verifying_key()
}

fn porch() -> Cell {
    Cell::at(41.1, -80.65).unwrap()
}

fn own_camera(seed: u64) -> EntryContent {
    EntryContent::Camera(HouseholdCamera { key: camera(seed), cell: Some(porch()) })
}

/// A consent that nobody gave, to tell by its seed.
fn consent(seed: u8) -> EntryContent {
    let key = signing(1000 + u64::from(seed));
    let (grant, half) = (GrantId::of(&key.verifying_key()), Digest::from_bytes([seed; 32]));
    let (request, custodian) = (StatementId::from_bytes([seed; 32]), CustodianId::new("alpha").unwrap());
    let member = Member { custodian, expiry: request, share: half };
    let terms = Terms {
        grant,
        request,
        agency: AgencyId::new("OH0500100").unwrap(),
        custody: Custody::new(GroupId::new("town").unwrap(), 1, vec![member]).unwrap(),
        not_before: noon(),
        not_after: days(13).epoch(),
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

/// The grant of such a consent.
fn grant(seed: u8) -> GrantId {
    GrantId::of(&camera(1000 + u64::from(seed)))
}

/// The seeds of the consents that a household can still revoke, in order.
fn consents<S: Store>(household: &Household<S>, now: Timestamp) -> Vec<u8> {
    let consents = household.consents(now).into_iter();
    let seeds = consents.map(|(kept, _)| {
        let seed = kept.consent.terms.statement().private.as_bytes()[0];
        assert_eq!(consent(seed), EntryContent::Consent(kept.clone()));
        seed
    });
    let mut seeds: Vec<_> = seeds.collect();
    seeds.sort_unstable();
    seeds
}

/// A new device.
fn device<S: Store>(store: S, kem: KemAlgorithm, random: &mut Pinned) -> HouseholdDevice<S> {
    HouseholdDevice::begin(store, kem, random).unwrap()
}

/// A household with one device, and its recovery key from two of three sheets.
fn begin<S: Store>(
    store: S,
    kem: KemAlgorithm,
    place: &mut dyn HouseholdPlace,
    random: &mut Pinned,
) -> (Household<S>, Recovered) {
    let device = device(store, kem, random);
    let new = device.prepare_household(noon(), random).unwrap();
    let sheets = new.sheets(2, 3).unwrap();
    let texts: Vec<_> = sheets[1..].iter().map(RecoverySheet::to_text).collect();
    let sheets: Vec<RecoverySheet> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let mut household = device.begin_household(&new, random).unwrap();
    let _ = household.synchronise(place, noon(), random).unwrap();
    (household, RecoverySheet::combine(&sheets).unwrap())
}

/// Adds a device that `from` lets in.
fn add<S: Store, T: Store>(
    from: &mut Household<T>,
    store: S,
    place: &mut dyn HouseholdPlace,
    random: &mut Pinned,
) -> Household<S> {
    let kem = from.owner_lists()[0].statement().key.algorithm();
    let device = device(store, kem, random);
    let request = device.request(random).unwrap().into_signed();
    let handover = from.add_device(request, place, noon(), random).unwrap();
    let (handover, signer) = (handover.into_signed(), from.device().signer);
    device.join(handover, &signer, place, noon(), random).unwrap()
}

fn synchronise<S: Store>(household: &mut Household<S>, place: &MemoryPlace, random: &mut Pinned) {
    let _ = household.synchronise(&mut place.clone(), noon(), random).unwrap();
}

/// The bytes at a place.
fn bytes(place: &MemoryPlace) -> Vec<u8> {
    place.clone().read().unwrap().unwrap().bytes
}

/// Three devices with X25519, which is quick, and their sheets.
fn three(place: &MemoryPlace, random: &mut Pinned) -> ([Household<MemoryStore>; 3], Recovered) {
    let mut at = place.clone();
    let (mut one, sheets) = begin(MemoryStore::new(), KemAlgorithm::X25519, &mut at, random);
    let mut two = add(&mut one, MemoryStore::new(), &mut at, random);
    let mut three = add(&mut two, MemoryStore::new(), &mut at, random);
    for household in [&mut one, &mut two, &mut three] {
        synchronise(household, place, random);
    }
    ([one, two, three], sheets)
}

fn secret(byte: u8) -> Secret<32> {
    Secret::take(&mut [byte; 32])
}
