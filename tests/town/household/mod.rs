//! The household: its devices, its recovery sheets, and the file that the devices share through a host.
#![allow(unreachable_pub)]

mod chain;
mod clips;
mod crashes;
mod devices;
mod hostile;
mod merging;
mod periods;
mod sheets;

use footage::crypto::{KemAlgorithm, Secret, SigningKey, VerifyingKey};
use footage::record::{Cell, EntryConsent, EntryContent, GrantId, HouseholdCamera, Timestamp};
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

fn consent(seed: u8) -> EntryContent {
    EntryContent::Consent(EntryConsent {
        grant: GrantId::from_bytes([seed; 32]),
        ends: days(14),
        keep: days(200),
        terms: vec![seed; 900],
        revocation: vec![seed ^ 0xff; 200],
    })
}

/// The seeds of the consents that a household can still revoke, in order.
fn consents<S: Store>(household: &Household<S>, now: Timestamp) -> Vec<u8> {
    let consents = household.consents(now).into_iter();
    let seeds = consents.map(|(consent, _)| {
        let seed = consent.grant.as_bytes()[0];
        assert_eq!((&consent.terms, &consent.revocation), (&vec![seed; 900], &vec![seed ^ 0xff; 200]));
        seed
    });
    seeds.collect()
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
