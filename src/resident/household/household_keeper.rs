use std::collections::BTreeSet;
use std::fmt;

use crate::crypto::Random;
use crate::record::{Consent, EntryConsent, EntryContent, EntryRevocation, GrantId, Timestamp};
use crate::resident::{ConsentKeeper, KeepError};
use crate::store::Store;

use super::{Household, HouseholdError, HouseholdPlace};

/// A keeper of consents: a device of the household with access to the place of the household file.
///
/// A kept consent is durable on this device and at the place, so every device can revoke the grant, and so can a new device
/// with the recovery sheets. Just before the wraps leave the device, the keeper reads the place again and looks for a
/// revocation.
pub struct HouseholdKeeper<'a, S> {
    household: &'a mut Household<S>,
    place: &'a mut dyn HouseholdPlace,
    now: Timestamp,
    random: &'a mut dyn Random,
}

impl<S: Store> ConsentKeeper for HouseholdKeeper<'_, S> {
    fn keep(&mut self, consent: &Consent) -> Result<(), KeepError> {
        let known = self.household.kept(&consent.grant(), self.now).is_some();
        if !known {
            let content = EntryContent::Consent(EntryConsent::of(consent.clone()));
            self.household.write(content, self.now, self.random).map_err(KeepError::new)?;
        }
        self.is_revoked(&consent.grant()).map(|_| ())
    }

    fn is_revoked(&mut self, grant: &GrantId) -> Result<bool, KeepError> {
        let Self { household, place, now, random } = self;
        household.look(grant, *place, *now, *random).map_err(KeepError::new)
    }
}

impl<S: Store> Household<S> {
    /// Returns a keeper of consents for this household. `now` is the device's clock.
    pub fn keeper<'a>(
        &'a mut self,
        place: &'a mut dyn HouseholdPlace,
        now: Timestamp,
        random: &'a mut dyn Random,
    ) -> HouseholdKeeper<'a, S> {
        HouseholdKeeper { household: self, place, now, random }
    }

    /// Revokes a grant, no matter which device consented to it. The revocation is durable on this device when the call
    /// returns.
    ///
    /// [Synchronise](Self::synchronise) next, so that a device that is about to send the grant stops. Then send the
    /// revocation of the returned consent to every custodian of the grant. Send it again, from any device, until
    /// the log shows that enough custodians have it. Calling this again is harmless.
    ///
    /// # Errors
    /// [`NotKept`](HouseholdError::NotKept) if the household keeps no consent to this grant, or no longer keeps it.
    pub fn revoke(
        &mut self,
        grant: &GrantId,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Consent, HouseholdError> {
        let consent = self.kept(grant, now).ok_or(HouseholdError::NotKept)?.consent.clone();
        if !self.is_revoked(grant, now) {
            let sent = EntryRevocation { grant: *grant, ends: consent.not_after().end() };
            self.write(EntryContent::Revocation(sent), now, random)?;
        }
        Ok(consent)
    }

    /// Returns the consents that are kept, ordered by the end of their grants, and for each whether it was revoked.
    ///
    /// The grant of a kept consent may have been sent or not. [`shares`](Self::shares) returns what the log shows of each.
    pub fn consents(&self, now: Timestamp) -> Vec<(&EntryConsent, bool)> {
        let revoked = self.revoked(now);
        let mut consents: Vec<_> =
            self.kept_consents(now).map(|kept| (kept, revoked.contains(&kept.consent.grant()))).collect();
        // Two devices may each sign the same consent anew after a period began. Of these, the entry that is kept longest
        // counts.
        consents
            .sort_by_key(|(kept, _)| (kept.consent.not_after(), kept.consent.grant(), std::cmp::Reverse(kept.keep)));
        consents.dedup_by_key(|(kept, _)| kept.consent.grant());
        consents
    }

    fn kept_consents(&self, now: Timestamp) -> impl Iterator<Item = &EntryConsent> {
        self.entries(now).filter_map(|entry| match &entry.statement().content {
            EntryContent::Consent(kept) => Some(kept),
            _ => None,
        })
    }

    fn kept(&self, grant: &GrantId, now: Timestamp) -> Option<&EntryConsent> {
        self.kept_consents(now).find(|kept| kept.consent.grant() == *grant)
    }

    fn revoked(&self, now: Timestamp) -> BTreeSet<GrantId> {
        let revoked = self.entries(now).filter_map(|entry| match &entry.statement().content {
            EntryContent::Revocation(sent) => Some(sent.grant),
            _ => None,
        });
        revoked.collect()
    }

    fn is_revoked(&self, grant: &GrantId, now: Timestamp) -> bool {
        self.revoked(now).contains(grant)
    }

    /// Synchronises with the place, and returns whether a grant is revoked. Fails unless both the device and the place hold
    /// its consent.
    fn look(
        &mut self,
        grant: &GrantId,
        place: &mut dyn HouseholdPlace,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<bool, HouseholdError> {
        let synchronised = self.synchronise(place, now, random)?;
        // Other devices do not read the entries of a device that was taken out.
        if synchronised.taken_out || !self.is_member() {
            return Err(HouseholdError::NotAMember);
        }
        let mut entries = self.entries(now);
        let kept = entries.any(|entry| {
            let consent =
                matches!(&entry.statement().content, EntryContent::Consent(kept) if kept.consent.grant() == *grant);
            consent && self.is_acknowledged(&entry.id())
        });
        if kept { Ok(self.is_revoked(grant, now)) } else { Err(HouseholdError::NotKept) }
    }
}

impl<S: Store> fmt::Debug for HouseholdKeeper<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HouseholdKeeper")
            .field("household", &self.household)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
