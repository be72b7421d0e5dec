use crate::crypto::{Label, Random, SigningKey};
use crate::record::{
    Device, DeviceRequest, EntryContent, Handover, HouseholdEntry, Nonce, OwnerChain, OwnerList, Signed, Timestamp,
    Verified,
};
use crate::store::Store;

use super::sealed_entry::{Opened, SealedEntry};
use super::view::View;
use super::{Household, HouseholdError, HouseholdFile, HouseholdPlace};

impl<S: Store> Household<S> {
    /// Adds a device. The list that adds it, its KEM key, and the household keys of all periods wrapped to it are in the place
    /// when this returns. The handover goes to the new device, which [joins](super::HouseholdDevice::join) with it.
    ///
    /// Show the user of both devices that `request` is the one that the new device made, for instance by a QR code.
    pub fn add_device(
        &mut self,
        request: Signed<DeviceRequest>,
        place: &mut dyn HouseholdPlace,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Verified<Handover>, HouseholdError> {
        let request = request.verify()?;
        let key = request.statement().key.clone();
        if key.algorithm() != self.state.chain.begins().statement().key.algorithm() {
            return Err(HouseholdError::Kem);
        }
        let added = Device { signer: *request.signer(), fingerprint: key.fingerprint() };
        let mut handover = None;
        let (keys, signing, own) = (self.device.duplicate(), self.device.signing.duplicate(), self.device().signer);
        let mut change = |chain: &mut OwnerChain, file: &mut HouseholdFile, view: &View, random: &mut dyn Random| {
            if !chain.has_device(&own) {
                return Err(HouseholdError::NotAMember);
            }
            let begins = chain.begins().id();
            let present = view.keys.get(&begins).ok_or(HouseholdError::MissingKey(begins))?;
            let earlier = chain.lists().iter().find(|list| list.statement().devices.contains(&added));
            // An earlier attempt may have got this far.
            let list = if let Some(list) = earlier { list.clone() } else { adding(chain, added, &signing)? };
            chain.take(list.clone())?;
            let household = chain.household();
            let time = now.as_millis().to_be_bytes();
            let context: [&[u8]; 4] = [household.as_bytes(), begins.as_bytes(), &time, added.fingerprint.as_bytes()];
            let nonce = Nonce::random(&mut keys.hedged(random, Label::HOUSEHOLD_NONCE, &context)?)?;
            let content = EntryContent::Device(key.clone());
            let written = HouseholdEntry { household, begins, written: now, nonce, content };
            let entries =
                [Opened::List(Box::new(list.clone())), Opened::Entry(Box::new(Verified::sign(written, &signing)))];
            for entry in &entries {
                file.entries.extend(SealedEntry::seal(household, begins, &present.key, entry));
            }
            // The present period's last, the others in any order.
            let after = view.looked_after(chain).ok_or(HouseholdError::Incomplete)?;
            let others = after.into_iter().filter(|id| *id != begins);
            let begins = others.chain([begins]).collect();
            handover = Some(Handover { household, device: added.signer, list: list.id(), begins });
            Ok(())
        };
        // The keys are wrapped to it when the file is completed.
        let _ = self.settle(place, now, random, &mut change)?;
        let handover = handover.ok_or(HouseholdError::Busy)?;
        Ok(Verified::sign(handover, &self.device.signing))
    }
}

/// Signs the list that adds a device.
fn adding(chain: &OwnerChain, added: Device, signing: &SigningKey) -> Result<Verified<OwnerList>, HouseholdError> {
    let mut present = chain.devices().iter();
    if present.any(|device| device.signer == added.signer || device.fingerprint == added.fingerprint) {
        return Err(HouseholdError::Present);
    }
    let newest = chain.newest();
    let mut list = newest.statement().clone();
    (list.number, list.before, list.entries) = (list.number + 1, Some(newest.id()), None);
    list.devices.push(added);
    list.check()?;
    Ok(Verified::sign(list, signing))
}
