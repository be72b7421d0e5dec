use crate::crypto::VerifyingKey;
use crate::record::{
    AgencyApproval, AgencyId, AnswerNotice, CustodianId, Epoch, ExpiryKey, Release, Request, StatementId, Terms,
    Timestamp, Verified,
};
use crate::tlog::Logged;

use super::approvals::Entry;
use super::breach::Breach;
use super::fold::View;

/// One approval of an agency, as the log shows it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Approved<'a> {
    /// The approval.
    pub approval: &'a AgencyApproval,
    /// The index of the statement with which a quorum of registrars had approved.
    pub index: u64,
    /// When it was withdrawn, if it was.
    pub withdrawn: Option<Timestamp>,
}

/// What the log shows of one grant that was released.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Released<'a> {
    /// The grant's terms.
    pub terms: &'a Verified<Terms>,
    /// Its agency's releases, in the log's order.
    pub releases: &'a [StatementId],
    notices: &'a [(CustodianId, Logged<AnswerNotice>)],
}

impl<'a> Released<'a> {
    /// The notice with which the threshold was reached: from then on the agency could open the grant.
    pub fn obtained(&self) -> Option<&'a Logged<AnswerNotice>> {
        self.notices().last().filter(|_| self.notices.len() >= self.threshold())
    }

    /// The notices of distinct custodians up to the threshold, in the log's order.
    pub fn notices(&self) -> impl DoubleEndedIterator<Item = &'a Logged<AnswerNotice>> + use<'a> {
        self.notices.iter().take(self.threshold()).map(|(_, notice)| notice)
    }

    fn threshold(&self) -> usize {
        self.terms.statement().custody.threshold().into()
    }
}

/// Where in the log everything stands, for whoever has to show it.
impl View {
    /// Every approval of an agency that a quorum of registrars made, in the log's order.
    pub fn approvals(&self, agency: &AgencyId) -> Vec<Approved<'_>> {
        let mut approvals: Vec<_> = self
            .agencies
            .of(agency)
            .filter_map(|entry| {
                let index = entry.since()?;
                let withdrawn = self.withdrawn.ended(&entry.approval.key, index);
                Some(Approved { approval: &entry.approval, index, withdrawn })
            })
            .collect();
        approvals.sort_by_key(|approved| approved.index);
        approvals
    }

    /// Every grant that its agency released.
    pub fn released(&self) -> impl Iterator<Item = Released<'_>> {
        let grants = self.grants.values();
        grants.map(|grant| Released { terms: &grant.terms, releases: &grant.releases, notices: &grant.notices })
    }

    /// What the log shows of the grant with these terms.
    pub fn released_grant(&self, terms: StatementId) -> Option<Released<'_>> {
        let grant = self.grants.get(&terms)?;
        Some(Released { terms: &grant.terms, releases: &grant.releases, notices: &grant.notices })
    }

    /// Every release that proves possession of terms that name an agency whose key did not sign it, or no longer.
    pub fn releases_without_standing(&self) -> impl Iterator<Item = &Logged<Release>> {
        self.releases.values().filter(|entry| !entry.standing).map(|entry| &entry.logged)
    }

    /// Where the statements are, from an index on, by which custodians, expiry keys and withdrawals stand.
    pub(super) fn of_custodians_since(&self, index: u64) -> impl Iterator<Item = u64> {
        self.custodial.range(index..).copied()
    }

    /// Where the approvals of an agency are that end after a time.
    pub(super) fn approved_beyond(&self, agency: &AgencyId, time: Timestamp) -> impl Iterator<Item = u64> {
        self.agencies.of(agency).filter(move |entry| entry.approval.validity.to() > time).flat_map(Entry::indices)
    }

    /// The requests of an agency that had standing for them, in the log's order.
    pub(crate) fn requests_of(&self, agency: &AgencyId) -> impl DoubleEndedIterator<Item = &Logged<Request>> {
        let asked = self.books.get(agency).into_iter().flat_map(|book| &book.requests);
        asked.filter_map(|asked| self.requests.get(&asked.id)).map(|entry| &entry.logged)
    }

    /// A release, whether its agency had standing for it or not.
    pub(crate) fn any_release(&self, id: StatementId) -> Option<&Logged<Release>> {
        self.releases.get(&id).map(|entry| &entry.logged)
    }

    /// A custodian's first expiry key for an epoch, even if there is a second.
    pub(crate) fn any_expiry_key(&self, custodian: &CustodianId, epoch: Epoch) -> Option<&Logged<ExpiryKey>> {
        self.expiry_keys.get(&(custodian.clone(), epoch)).map(|(logged, _)| logged)
    }

    /// A first expiry key by its statement.
    pub(crate) fn expiry_key_by_id(&self, id: StatementId) -> Option<&Logged<ExpiryKey>> {
        self.expiry_keys.values().map(|(logged, _)| logged).find(|logged| logged.id() == id)
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
        let entries = self.agencies.of(agency).filter(move |entry| {
            entry.approval.key == *key && times.iter().any(|&time| entry.holds(time, &self.withdrawn))
        });
        entries.flat_map(Entry::indices)
    }

    /// The statements by which a custodian's key was approved at one of these times.
    pub(crate) fn custodian_approved_by(
        &self,
        custodian: &CustodianId,
        key: &VerifyingKey,
        times: [Timestamp; 2],
    ) -> impl Iterator<Item = u64> {
        let entries = self.custodians.of(custodian).filter(move |entry| {
            entry.approval.key == *key && times.iter().any(|&time| entry.holds(time, &self.withdrawn))
        });
        entries.flat_map(Entry::indices)
    }
}
