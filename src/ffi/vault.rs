//! The vault of an agency whose state the app stores.

use std::collections::BTreeMap;

use crate::agency::{Agency, Slot, Vault, VaultError};
use crate::cbor::{CborError, Decode, Encode, Reader, Writer};
use crate::crypto::Secret;

use super::camera::{STATE_VERSION, check_version};
use super::state::{State, Stateful, Stored, read_secret};
use super::status::Done;

/// An agency's secrets, by slot.
#[derive(Debug, Default)]
pub(crate) struct Slots(BTreeMap<Slot, Secret<32>>);

/// Bytes of an encoded slot, at most.
const SLOT_BYTES: usize = 72;

const REQUEST: u64 = 1;
const GRANT: u64 = 2;
const ONE_TIME: u64 = 3;

impl Encode for Slots {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        to.uint(STATE_VERSION);
        to.array(self.0.len());
        for (slot, secret) in &self.0 {
            let (kind, id) = match slot {
                Slot::Request(id) => (REQUEST, id),
                Slot::Grant(id) => (GRANT, id),
                Slot::OneTime(id) => (ONE_TIME, id),
            };
            to.array(3);
            to.uint(kind);
            id.encode(to);
            to.bytes(secret.expose());
        }
    }
}

impl Decode for Slots {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        check_version(from)?;
        let mut slots = BTreeMap::new();
        for _ in 0..from.array(usize::MAX)? {
            from.array_of(3)?;
            let (kind, id) = (from.uint()?, Decode::decode(from)?);
            let slot = match kind {
                REQUEST => Slot::Request(id),
                GRANT => Slot::Grant(id),
                ONE_TIME => Slot::OneTime(id),
                _ => return Err(CborError::Value("slot of an agency's state")),
            };
            slots.insert(slot, read_secret(from)?);
        }
        Ok(Self(slots))
    }
}

impl State for Slots {
    fn room(&self) -> usize {
        16 + self.0.len() * SLOT_BYTES
    }
}

impl Vault for Stored<Slots> {
    fn put(&mut self, slot: Slot, secret: Secret<32>) -> Result<(), VaultError> {
        if self.get().0.get(&slot) != Some(&secret) {
            self.change().0.insert(slot, secret);
        }
        Ok(())
    }

    fn get(&self, slot: Slot) -> Result<Option<Secret<32>>, VaultError> {
        Ok(self.get().0.get(&slot).map(Secret::duplicate))
    }

    fn erase(&mut self, slot: Slot) -> Result<(), VaultError> {
        if self.get().0.contains_key(&slot) {
            self.change().0.remove(&slot);
        }
        Ok(())
    }
}

impl Stateful for Agency<Stored<Slots>> {
    type State = Slots;

    fn state(&mut self) -> Done<&mut Stored<Slots>> {
        Ok(self.vault())
    }
}
