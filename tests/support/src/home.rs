//! A household with one device.

use footage::crypto::{KemAlgorithm, KemPrivateKey, VerifyingKey};
use footage::record::{Cell, EntryContent, HouseholdCamera, OwnerList, Timestamp, Verified};
use footage::resident::{Household, HouseholdDevice, MemoryPlace, RecoverySheet};
use footage::store::MemoryStore;

use super::common::Pinned;

/// A household, and the private halves of its keys.
#[derive(Debug)]
pub struct Home {
    pub household: Household<MemoryStore>,
    pub owner: KemPrivateKey,
    pub recovery: KemPrivateKey,
}

impl Home {
    /// The household of this seed, which has these cameras.
    pub fn new(kem: KemAlgorithm, seed: u64, cameras: &[VerifyingKey], now: Timestamp) -> Self {
        let random = &mut Pinned(seed);
        let device = HouseholdDevice::begin(MemoryStore::new(), kem, random).unwrap();
        let new = device.prepare_household(now, random).unwrap();
        let sheets: Vec<_> = new.sheets(1, 1).unwrap().iter().map(|sheet| sheet.to_text().parse().unwrap()).collect();
        let recovery = RecoverySheet::combine(&sheets).unwrap().seed().kem_key();
        let mut household = device.begin_household(&new, random).unwrap();
        let _ = household.synchronise(&mut MemoryPlace::new(), now, random).unwrap();
        let key = household.owner_lists()[0].statement().key.fingerprint();
        let key = household.key(&key).unwrap();
        let owner = KemPrivateKey::from_secret(kem, key.secret().duplicate());
        let mut home = Self { household, owner, recovery };
        for camera in cameras {
            home.add(*camera, now);
        }
        home
    }

    /// The first owner list.
    pub fn list(&self) -> Verified<OwnerList> {
        self.household.owner_lists()[0].clone()
    }

    /// Adds a camera at the door.
    pub fn add(&mut self, key: VerifyingKey, now: Timestamp) {
        self.household.write(own_camera(key), now, &mut Pinned(1)).unwrap();
    }
}

/// What a household writes down of a camera at its door, in the middle of the town.
pub fn own_camera(key: VerifyingKey) -> EntryContent {
    EntryContent::Camera(HouseholdCamera { key, cell: Some(Cell::at(41.1, -80.65).unwrap()) })
}
