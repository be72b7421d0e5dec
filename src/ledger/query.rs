use crate::crypto::{Digest, VerifyingKey};
use crate::record::{
    AgencyApproval, AgencyId, Answer, AnswerNotice, CustodianApproval, CustodianId, CustodianStart, Disclosure, Epoch,
    ExpiryKey, GrantId, GroupId, MakerApproval, MakerId, Millis, Outcome, Receipt, Release, Request, Signed,
    StatementId, Subject, Terms, Timestamp, TrustRoots, Verified,
};
use crate::tlog::{Logged, Witnessed};

use super::breach::Breach;
use super::duty::{Duty, Party, epoch_due, grant_due, request_due};
use super::fold::{Made, ReceiptEntry, View};
use super::standing::{Standing, StandingError};

/// The span over which an agency's requests are counted.
const BUDGET_SPAN: Millis = Millis::DAY.times(30);

/// How much an agency has asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Usage {
    /// Its voluntary requests in the 30 days up to and including the one in question.
    pub in_30_days: usize,
    /// Its requests for the same case up to and including the one in question.
    pub for_the_case: usize,
}

/// How a request's agency kept to the form of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Conduct {
    /// The agency's requests up to this one form one chain: none is missing, and no two have one number.
    pub one_chain: bool,
    /// This request's number and key were not used before it.
    pub fresh: bool,
}

/// A receipt in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiptFound {
    /// The receipt.
    pub receipt: Verified<Receipt>,
    /// The index of the statement that brought it.
    pub index: u64,
    /// It existed by then.
    pub existed_by: Timestamp,
    /// What its anchor says of it; nothing if that is no witnessed checkpoint of this log.
    pub made: Option<Made>,
}

impl View {
    /// The roots that it trusts.
    pub const fn trust(&self) -> &TrustRoots {
        &self.trust
    }

    /// The checkpoint up to which the log is known.
    pub const fn latest(&self) -> Option<&Witnessed> {
        self.latest.as_ref()
    }

    /// The witnessed time: it is not earlier than this.
    pub fn time(&self) -> Timestamp {
        self.latest().map_or(Timestamp::default(), Witnessed::not_before)
    }

    /// The agency's approval at a time.
    pub fn agency(&self, agency: &AgencyId, time: Timestamp) -> Option<&AgencyApproval> {
        self.agencies.at(agency, time, &self.withdrawn)
    }

    /// The approval under which an agency's key signs at a time.
    pub fn agency_by_key(&self, agency: &AgencyId, key: &VerifyingKey, time: Timestamp) -> Option<&AgencyApproval> {
        self.agencies.key_at(agency, key, time, &self.withdrawn)
    }

    /// Every agency approved at a time.
    pub fn agencies(&self, time: Timestamp) -> impl Iterator<Item = &AgencyApproval> {
        self.agencies.all_at(time, &self.withdrawn)
    }

    /// The custodian's approval at a time.
    pub fn custodian(&self, custodian: &CustodianId, time: Timestamp) -> Option<&CustodianApproval> {
        self.custodians.at(custodian, time, &self.withdrawn)
    }

    /// Every custodian approved at a time.
    pub fn custodians(&self, time: Timestamp) -> impl Iterator<Item = &CustodianApproval> {
        self.custodians.all_at(time, &self.withdrawn)
    }

    /// The members of a group at a time.
    pub fn group(&self, group: &GroupId, time: Timestamp) -> Vec<&CustodianApproval> {
        self.custodians(time).filter(|approval| approval.group.id() == group).collect()
    }

    /// The maker's approval with this key at a time.
    pub fn maker(&self, maker: &MakerId, key: &VerifyingKey, time: Timestamp) -> Option<&MakerApproval> {
        self.makers.key_at(maker, key, time, &self.withdrawn)
    }

    /// A request whose agency had standing for it.
    pub fn request(&self, id: StatementId) -> Result<Standing<Request>, StandingError> {
        let entry = self.requests.get(&id).ok_or(StandingError::NotLogged(id))?;
        if entry.standing { Ok(Standing::new(entry.logged.clone())) } else { Err(StandingError::NotApproved(id)) }
    }

    /// When a request was made at the earliest, by its anchor; nothing if that is no witnessed checkpoint of this log.
    pub fn made(&self, request: StatementId) -> Option<Timestamp> {
        Some(self.requests.get(&request)?.made?.not_before)
    }

    /// Every request whose agency had standing for it, in the log's order.
    pub fn requests(&self) -> impl Iterator<Item = Standing<Request>> {
        self.requests_since(0)
    }

    /// The requests from an index on whose agency had standing for them, in the log's order.
    pub fn requests_since(&self, index: u64) -> impl Iterator<Item = Standing<Request>> {
        self.request_order.range(index..).filter_map(|(_, id)| self.request(*id).ok())
    }

    /// A release whose agency had standing for it.
    pub fn release(&self, id: StatementId) -> Result<Standing<Release>, StandingError> {
        let entry = self.releases.get(&id).ok_or(StandingError::NotLogged(id))?;
        if entry.standing { Ok(Standing::new(entry.logged.clone())) } else { Err(StandingError::NotApproved(id)) }
    }

    /// Every release whose agency had standing for it.
    pub fn releases(&self) -> impl Iterator<Item = Standing<Release>> {
        self.releases.values().filter(|entry| entry.standing).map(|entry| Standing::new(entry.logged.clone()))
    }

    /// An answer notice whose custodian had standing for it.
    pub fn notice(&self, id: StatementId) -> Result<Standing<AnswerNotice>, StandingError> {
        self.notices.get(&id).cloned().map(Standing::new).ok_or(StandingError::NotLogged(id))
    }

    /// A custodian's start.
    pub fn start(&self, id: StatementId) -> Result<Standing<CustodianStart>, StandingError> {
        self.starts.get(&id).cloned().map(Standing::new).ok_or(StandingError::NotLogged(id))
    }

    /// A custodian's expiry key for an epoch, if it published one and no second.
    pub fn expiry_key(&self, custodian: &CustodianId, epoch: Epoch) -> Option<Standing<ExpiryKey>> {
        let (logged, usable) = self.expiry_keys.get(&(custodian.clone(), epoch))?;
        usable.then(|| Standing::new(logged.clone()))
    }

    /// The terms of a grant that was released.
    pub fn terms(&self, id: StatementId) -> Option<&Verified<Terms>> {
        self.grants.get(&id).map(|grant| &grant.terms)
    }

    /// How much a request's agency had asked for when it made it.
    pub fn usage(&self, request: &Standing<Request>) -> Usage {
        // Where this log has it, whatever log the standing is from.
        let logged = self.requests.get(&request.id()).map_or(&**request, |entry| &entry.logged);
        let (own, at) = (logged.statement(), logged.existed_by());
        let book = self.books.get(&own.agency);
        let asked = book.into_iter().flat_map(|book| &book.requests);
        let mut usage = Usage { in_30_days: 0, for_the_case: 0 };
        for other in asked.filter(|other| other.index <= logged.index()) {
            let recent = at.since(other.existed_by) < BUDGET_SPAN;
            usage.in_30_days += usize::from(recent && other.voluntary);
            usage.for_the_case += usize::from(other.case == own.case);
        }
        usage
    }

    /// How a request's agency kept to the form of its requests.
    pub fn conduct(&self, request: &Standing<Request>) -> Conduct {
        let asked = request.statement();
        let book = self.books.get(&asked.agency);
        let one_chain = book.is_some_and(|book| !book.forked && asked.sequence < book.missing);
        let fresh = self.requests.get(&request.id()).is_some_and(|entry| entry.clean);
        Conduct { one_chain, fresh }
    }

    /// How many custodians have the grant's revocation.
    pub fn revocations(&self, grant: &GrantId) -> usize {
        self.revoked.get(&grant.revoked_digest()).map_or(0, std::collections::BTreeSet::len)
    }

    /// Whether a custodian has logged that a grant is revoked.
    pub fn has_revoked(&self, custodian: &CustodianId, revoked: &Digest) -> bool {
        self.revoked.get(revoked).is_some_and(|custodians| custodians.contains(custodian))
    }

    /// The distinct custodians that gave notice for a grant in time, in the log's order.
    pub fn answered(&self, terms: StatementId) -> impl Iterator<Item = &CustodianId> {
        self.grants.get(&terms).into_iter().flat_map(|grant| grant.notices.iter().map(|(custodian, _)| custodian))
    }

    /// The receipts for a subject that are signed by the party, in the log's order.
    pub fn receipts(&self, party: &Party, subject: Subject) -> Vec<ReceiptFound> {
        let signed = self.receipts.get(&subject).into_iter().flatten().filter(|entry| match party {
            Party::Agency(agency) => {
                let signer = entry.receipt.signer();
                self.agencies.key_at(agency, signer, entry.existed_by, &self.withdrawn).is_some()
                    || self.was_key(agency, subject, signer)
            }
            Party::Custodian(custodian) => {
                let signer = entry.receipt.signer();
                self.custodians.key_at(custodian, signer, entry.existed_by, &self.withdrawn).is_some()
                    || self.published(custodian, subject, signer)
            }
        });
        signed
            .cloned()
            .map(|ReceiptEntry { receipt, index, existed_by, made }| ReceiptFound { receipt, index, existed_by, made })
            .collect()
    }

    /// A duty outlives the approval: the key that signed an agency's requests or its releases of the grant may sign its
    /// receipts later, too.
    fn was_key(&self, agency: &AgencyId, subject: Subject, key: &VerifyingKey) -> bool {
        let book = self.books.get(agency);
        let mut requests =
            book.into_iter().flat_map(|book| &book.requests).filter_map(|asked| self.requests.get(&asked.id));
        let mut releases = match subject {
            Subject::Grant(terms) => self.grants.get(&terms).map(|grant| &grant.releases),
            _ => None,
        }
        .into_iter()
        .flatten()
        .filter_map(|id| self.releases.get(id));
        releases.any(|release| release.logged.signer() == key) || requests.any(|request| request.logged.signer() == key)
    }

    /// So may the key that signed a custodian's expiry key.
    fn published(&self, custodian: &CustodianId, subject: Subject, key: &VerifyingKey) -> bool {
        let Subject::Epoch(epoch) = subject else {
            return false;
        };
        self.expiry_keys.get(&(custodian.clone(), epoch)).is_some_and(|(logged, _)| logged.signer() == key)
    }

    /// Whether a grant's agency has stated that it is deleted: then nobody answers for it again.
    pub fn is_deleted(&self, terms: &Verified<Terms>) -> bool {
        let party = Party::Agency(terms.statement().agency);
        !self.receipts(&party, Subject::Grant(terms.id())).is_empty()
    }

    /// The answer of a custodian, if it follows a notice in the log and is signed by the key that gave the notice.
    pub fn answer(&self, answer: Signed<Answer>) -> Result<Verified<Answer>, StandingError> {
        let Answer { custodian, terms, release, notice, .. } = answer.statement();
        let logged = self.notice(*notice)?;
        let given = logged.statement();
        if (&given.custodian, &given.terms, &given.release) != (custodian, terms, release) {
            return Err(StandingError::NotLogged(*notice));
        }
        let id = answer.id();
        answer.verify_by(logged.signer()).map_err(|_| StandingError::NotApproved(id))
    }

    /// Every duty to delete that the log shows.
    pub fn duties(&self) -> Vec<Duty> {
        let grants = self.released().filter_map(|grant| {
            let (subject, terms) = (Subject::Grant(grant.terms.id()), grant.terms.statement());
            let notice = grant.obtained()?;
            let (since, due, index) = (notice.existed_by(), grant_due(terms), notice.index());
            Some(Duty { party: Party::Agency(terms.agency), subject, since, due, index })
        });
        let requests = self.requests.iter().filter(|(_, entry)| entry.standing).map(|(id, entry)| Duty {
            party: Party::Agency(entry.logged.statement().agency),
            subject: Subject::Request(*id),
            since: entry.logged.existed_by(),
            due: request_due(entry.logged.statement()),
            index: entry.logged.index(),
        });
        let epochs = self.expiry_keys.iter().map(|((custodian, epoch), (logged, _))| Duty {
            party: Party::Custodian(custodian.clone()),
            subject: Subject::Epoch(*epoch),
            since: logged.existed_by(),
            due: epoch_due(*epoch),
            index: logged.index(),
        });
        grants.chain(requests).chain(epochs).collect()
    }

    /// What became of a request, as its agency reported last.
    pub fn outcome(&self, request: StatementId) -> Option<&Outcome> {
        self.outcomes.get(&request).map(|logged| logged.statement())
    }

    /// Every disclosure.
    pub fn disclosures(&self) -> impl Iterator<Item = &Logged<Disclosure>> {
        self.disclosures.iter()
    }

    /// What stands in the log and should not.
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }
}
