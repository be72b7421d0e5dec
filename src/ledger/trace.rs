use crate::crypto::VerifyingKey;
use crate::record::{AgencyId, CustodianId, Epoch, StatementId, Timestamp, Window};

use super::approvals::Entry;
use super::asked::Asked;
use super::breach::Breach;
use super::fold::{ExpiryEntry, View};
use super::grants::{ReleaseEntry, Released};
use super::signers::Place;

/// One approval of an agency's key, as the log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Approved {
    /// The key.
    pub key: VerifyingKey,
    /// When it was approved for.
    pub validity: Window,
    /// The index of the statement with which a quorum of registrars had approved.
    pub index: u64,
    /// When it was withdrawn, if it was.
    pub withdrawn: Option<Timestamp>,
}

/// Where in the log everything stands, for whoever has to show it.
impl View {
    /// Every approval of an agency that a quorum of registrars made, in the log's order.
    pub fn approvals(&self, agency: &AgencyId) -> Vec<Approved> {
        let approved = self.agencies.of(agency).filter_map(|entry| {
            let (index, key) = (entry.since()?, *entry.key());
            Some(Approved { key, validity: entry.validity(), index, withdrawn: self.withdrawn.ended(&key, index) })
        });
        let mut approvals: Vec<_> = approved.collect();
        approvals.sort_by_key(|approved| approved.index);
        approvals
    }

    /// Every grant that its agency released.
    pub fn released(&self) -> impl Iterator<Item = &Released> {
        self.grants.all.values()
    }

    /// What the log shows of the grant with these terms.
    pub fn released_grant(&self, terms: StatementId) -> Option<&Released> {
        self.grants.all.get(&terms)
    }

    /// Every release that proves possession of terms that name an agency whose key did not sign it, or no longer.
    pub fn releases_without_standing(&self) -> impl Iterator<Item = StatementId> {
        self.grants.releases.iter().filter(|(_, entry)| !entry.standing).map(|(id, _)| *id)
    }

    /// Returns the indices, from an index on, of the statements that decide the standing of custodians, makers, expiry keys
    /// and withdrawals.
    pub(super) fn of_custodians_since(&self, index: u64) -> impl Iterator<Item = u64> {
        self.custodial.range(index..).copied()
    }

    /// Where the approvals of an agency are that end after a time.
    pub(super) fn approved_beyond(&self, agency: &AgencyId, time: Timestamp) -> impl Iterator<Item = u64> {
        self.agencies.of(agency).filter(move |entry| entry.validity().to() > time).flat_map(Entry::indices)
    }

    /// A request that had standing.
    pub(crate) fn asked_as(&self, id: StatementId) -> Option<&Asked> {
        self.requests.get(id).filter(|asked| asked.standing)
    }

    /// The requests of an agency that had standing for them, in the log's order.
    pub(crate) fn asked_by(&self, agency: &AgencyId) -> impl DoubleEndedIterator<Item = &Asked> {
        self.requests.of(agency)
    }

    /// A release, whether its agency had standing for it or not.
    pub(crate) fn any_release(&self, id: StatementId) -> Option<&ReleaseEntry> {
        self.grants.releases.get(&id)
    }

    /// Who signed the statement at a place.
    pub(crate) fn signer(&self, place: &Place) -> Option<&VerifyingKey> {
        self.signers.key(place.signer)
    }

    /// A custodian's first expiry key for an epoch, even if there is a second.
    pub(crate) fn any_expiry_key(&self, custodian: &CustodianId, epoch: Epoch) -> Option<&ExpiryEntry> {
        self.expiry_keys.get(&(custodian.clone(), epoch))
    }

    /// A first expiry key by its statement, and whose it is.
    pub(crate) fn expiry_key_by_id(&self, id: StatementId) -> Option<(&CustodianId, &ExpiryEntry)> {
        let found = self.expiry_keys.iter().find(|(_, entry)| entry.id == id);
        found.map(|((custodian, _), entry)| (custodian, entry))
    }

    /// The index of a second expiry key.
    pub(crate) fn second_expiry_key(&self, id: StatementId) -> Option<u64> {
        self.breaches.iter().find_map(|breach| match breach {
            Breach::SecondExpiryKey { index, statement, .. } if *statement == id => Some(*index),
            _ => None,
        })
    }

    /// The statements by which an agency's key was approved at one of these times.
    pub(crate) fn agency_approved_by(
        &self,
        agency: &AgencyId,
        key: &VerifyingKey,
        times: [Timestamp; 2],
    ) -> impl Iterator<Item = u64> {
        let entries = self
            .agencies
            .of(agency)
            .filter(move |entry| *entry.key() == *key && times.iter().any(|&time| entry.holds(time, &self.withdrawn)));
        entries.flat_map(Entry::indices)
    }

    /// The statements by which a custodian's key was approved at one of these times.
    pub(crate) fn custodian_approved_by(
        &self,
        custodian: &CustodianId,
        key: &VerifyingKey,
        times: [Timestamp; 2],
    ) -> impl Iterator<Item = u64> {
        let entries = self
            .custodians
            .of(custodian)
            .filter(move |entry| *entry.key() == *key && times.iter().any(|&time| entry.holds(time, &self.withdrawn)));
        entries.flat_map(Entry::indices)
    }
}
