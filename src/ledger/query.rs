use std::collections::{BTreeMap, BTreeSet};

use crate::crypto::{Digest, VerifyingKey};
use crate::record::{
    AgencyApproval, AgencyId, Answer, AnswerNotice, Basis, CustodianApproval, CustodianId, CustodianStart, Disclosure,
    Epoch, ExpiryKey, GrantId, GroupId, Outcome, Release, Request, Signed, StatementId, Subject, Terms, Timestamp,
    TrustRoots, Verified,
};
use crate::tlog::{Logged, Witnessed};

use super::asked::{Asked, Case};
use super::breach::Breach;
use super::counts::{BUDGET_SPAN, Counted};
use super::duty::{Duty, Party, epoch_due, request_due};
use super::fold::{Made, ReceiptEntry, View};
use super::grants::Released;
use super::standing::{Standing, StandingError};

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
    /// Who signed it.
    pub signer: VerifyingKey,
    /// The fingerprints of what was destroyed, as it names them.
    pub keys: Vec<Digest>,
    /// The index of the statement that brought it, where all else that it says can be read.
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
    pub fn agency(&self, agency: &AgencyId, time: Timestamp) -> Option<AgencyApproval> {
        self.agencies.at(agency, time, &self.withdrawn)
    }

    /// The approval under which an agency's key signs at a time.
    pub fn agency_by_key(&self, agency: &AgencyId, key: &VerifyingKey, time: Timestamp) -> Option<AgencyApproval> {
        self.agencies.key_at(agency, key, time, &self.withdrawn)
    }

    /// Every agency approved at a time.
    pub fn agencies(&self, time: Timestamp) -> impl Iterator<Item = AgencyApproval> {
        self.agencies.all_at(time, &self.withdrawn)
    }

    /// The custodian's approval at a time.
    pub fn custodian(&self, custodian: &CustodianId, time: Timestamp) -> Option<CustodianApproval> {
        self.custodians.at(custodian, time, &self.withdrawn)
    }

    /// Every custodian approved at a time.
    pub fn custodians(&self, time: Timestamp) -> impl Iterator<Item = CustodianApproval> {
        self.custodians.all_at(time, &self.withdrawn)
    }

    /// The members of a group at a time.
    pub fn group(&self, group: &GroupId, time: Timestamp) -> Vec<CustodianApproval> {
        self.custodians(time).filter(|approval| approval.group.id() == group).collect()
    }

    /// A request whose agency had standing for it, as long as something may be decided on it: four days longer than the
    /// last grant lasts that can be made of it.
    pub fn request(&self, id: StatementId) -> Result<Standing<Request>, StandingError> {
        let asked = self.requests.get(id).ok_or(StandingError::NotLogged(id))?;
        standing(id, asked.standing, asked.index(), &self.requests.open)
    }

    /// When a request was made at the earliest, by its anchor; nothing if that is no witnessed checkpoint of this log.
    pub fn made(&self, request: StatementId) -> Option<Timestamp> {
        self.requests.get(request)?.made
    }

    /// Every request whose agency had standing for it and that is not [past](StandingError::Past), in the log's order.
    pub fn requests(&self) -> impl Iterator<Item = Standing<Request>> {
        self.requests_since(0)
    }

    /// The same from an index on.
    pub fn requests_since(&self, index: u64) -> impl Iterator<Item = Standing<Request>> {
        self.requests.since(index).filter_map(|asked| self.request(asked.id).ok())
    }

    /// Every request whose agency had standing for it, past ones too, in the log's order.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.requests.since(0)
    }

    /// The last request of an agency and its number.
    pub fn last_asked(&self, agency: &AgencyId) -> Option<(u64, StatementId)> {
        self.requests.last_of(agency)
    }

    /// A release whose agency had standing for it, until four days after the grant's end.
    pub fn release(&self, id: StatementId) -> Result<Standing<Release>, StandingError> {
        let entry = self.grants.releases.get(&id).ok_or(StandingError::NotLogged(id))?;
        standing(id, entry.standing, entry.place.index, &self.grants.open.releases)
    }

    /// Every release whose agency had standing for it and that is not [past](StandingError::Past).
    pub fn releases(&self) -> impl Iterator<Item = Standing<Release>> {
        self.grants.open.releases.values().cloned().map(Standing::new)
    }

    /// An answer notice whose custodian had standing for it, until four days after the grant's end.
    pub fn notice(&self, id: StatementId) -> Result<Standing<AnswerNotice>, StandingError> {
        self.grants.open.notices.get(&id).cloned().map(Standing::new).ok_or(StandingError::NotLogged(id))
    }

    /// A custodian's start.
    pub fn start(&self, id: StatementId) -> Result<Standing<CustodianStart>, StandingError> {
        self.starts.get(&id).cloned().map(Standing::new).ok_or(StandingError::NotLogged(id))
    }

    /// A custodian's expiry key for an epoch, if it published one and no second, until four days after the epoch's end.
    pub fn expiry_key(&self, custodian: &CustodianId, epoch: Epoch) -> Option<Standing<ExpiryKey>> {
        let whose = (custodian.clone(), epoch);
        self.expiry_keys.get(&whose).filter(|entry| entry.usable)?;
        self.open_expiry_keys.get(&whose).cloned().map(Standing::new)
    }

    /// The fingerprint of a custodian's expiry key for an epoch, past ones too, if it published one and no second.
    pub fn expiry_fingerprint(&self, custodian: &CustodianId, epoch: Epoch) -> Option<Digest> {
        self.any_expiry_key(custodian, epoch).filter(|entry| entry.usable).map(|entry| entry.key)
    }

    /// The terms of a grant that was released, until four days after its end.
    pub fn terms(&self, id: StatementId) -> Option<&Verified<Terms>> {
        self.grants.open.terms.get(&id)
    }

    /// How much a request's agency had asked for when it made it.
    pub fn usage(&self, request: &Standing<Request>) -> Usage {
        let own = request.statement();
        if let Some(Counted { recent, case }) = self.requests.counted(request.id()) {
            return Usage { in_30_days: recent as usize, for_the_case: case as usize };
        }
        // Without standing here, or not here at all: what is here up to then.
        let known = self.requests.get(request.id());
        let (index, at) =
            known.map_or((request.index(), request.existed_by()), |asked| (asked.index(), asked.existed_by()));
        let case = Case::from(&own.case);
        let mut usage = Usage { in_30_days: 0, for_the_case: 0 };
        for other in self.requests.of(&own.agency).filter(|other| other.index() <= index) {
            let recent = at.since(other.existed_by()) < BUDGET_SPAN;
            usage.in_30_days += usize::from(recent && other.voluntary);
            usage.for_the_case += usize::from(other.case == case);
        }
        usage
    }

    /// Returns how much an agency will have asked for if this request is logged now.
    pub fn usage_with(&self, request: &Request) -> Usage {
        let case = Case::from(&request.case);
        let mut usage = Usage { in_30_days: usize::from(request.basis == Basis::Voluntary), for_the_case: 1 };
        for other in self.requests.of(&request.agency) {
            let recent = self.time().since(other.existed_by()) < BUDGET_SPAN;
            usage.in_30_days += usize::from(recent && other.voluntary);
            usage.for_the_case += usize::from(other.case == case);
        }
        usage
    }

    /// How a request's agency kept to the form of its requests.
    pub fn conduct(&self, request: &Standing<Request>) -> Conduct {
        let asked = request.statement();
        let book = self.requests.books.get(&asked.agency);
        let one_chain = book.is_some_and(|book| !book.forked && asked.sequence < book.missing());
        let fresh = self.requests.get(request.id()).is_some_and(|asked| asked.clean);
        Conduct { one_chain, fresh }
    }

    /// How many custodians have the grant's revocation.
    pub fn revocations(&self, grant: &GrantId) -> usize {
        self.revoked.get(&grant.revoked_digest()).map_or(0, BTreeSet::len)
    }

    /// Whether a custodian has logged that a grant is revoked.
    pub fn has_revoked(&self, custodian: &CustodianId, revoked: &Digest) -> bool {
        self.revoked.get(revoked).is_some_and(|custodians| custodians.contains(custodian))
    }

    /// The distinct custodians that gave notice for a grant in time, in the log's order.
    pub fn answered(&self, terms: StatementId) -> impl Iterator<Item = &CustodianId> {
        self.released_grant(terms).into_iter().flat_map(|grant| grant.notices.iter().map(|notice| &notice.custodian))
    }

    /// The receipts for a subject that are signed by the party, in the log's order.
    pub fn receipts(&self, party: &Party, subject: Subject) -> Vec<ReceiptFound> {
        let mut entries = self.receipts.range((subject, 0)..=(subject, u64::MAX)).peekable();
        let lasting = if entries.peek().is_some() { self.lasting_signers(party, subject) } else { BTreeSet::new() };
        let found = entries.filter_map(|((_, index), entry)| {
            let signer = self.signers.key(entry.signer)?;
            let approved = || match party {
                Party::Agency(agency) => {
                    self.agencies.key_at(agency, signer, entry.existed_by, &self.withdrawn).is_some()
                }
                Party::Custodian(custodian) => {
                    self.custodians.key_at(custodian, signer, entry.existed_by, &self.withdrawn).is_some()
                }
            };
            let signed = lasting.contains(&entry.signer) || approved();
            let ReceiptEntry { keys, existed_by, made, .. } = entry;
            let (signer, keys, existed_by, made) = (*signer, keys.clone(), *existed_by, *made);
            signed.then_some(ReceiptFound { signer, keys, index: *index, existed_by, made })
        });
        found.collect()
    }

    /// A duty outlives the approval: the keys that signed an agency's requests or its releases of the grant may sign its
    /// receipts later, too, and so may the key that signed a custodian's expiry key.
    fn lasting_signers(&self, party: &Party, subject: Subject) -> BTreeSet<u32> {
        match (party, subject) {
            (Party::Agency(agency), _) => {
                let asked = self.requests.books.get(agency).into_iter().flat_map(|book| book.signers.iter().copied());
                let grant = if let Subject::Grant(terms) = subject { self.released_grant(terms) } else { None };
                let releases = grant.into_iter().flat_map(|grant| &grant.releases);
                let releases = releases.filter_map(|id| self.grants.releases.get(id));
                asked.chain(releases.map(|release| release.place.signer)).collect()
            }
            (Party::Custodian(custodian), Subject::Epoch(epoch)) => {
                self.any_expiry_key(custodian, epoch).map(|entry| entry.place.signer).into_iter().collect()
            }
            (Party::Custodian(_), _) => BTreeSet::new(),
        }
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

    /// Every duty to delete that the log shows: for grants, for requests in the log's order, and for expiry keys.
    pub fn duties(&self) -> Vec<Duty> {
        self.every_duty().collect()
    }

    pub(crate) fn every_duty(&self) -> impl Iterator<Item = Duty> {
        let grants = self.released().filter_map(Released::duty);
        let requests = self.asked().map(|asked| Duty {
            party: Party::Agency(asked.agency),
            subject: Subject::Request(asked.id),
            since: asked.existed_by(),
            due: request_due(asked.open_until),
            index: asked.index(),
        });
        let epochs = self.expiry_keys.iter().map(|((custodian, epoch), entry)| Duty {
            party: Party::Custodian(custodian.clone()),
            subject: Subject::Epoch(*epoch),
            since: entry.place.existed_by,
            due: epoch_due(*epoch),
            index: entry.place.index,
        });
        grants.chain(requests).chain(epochs)
    }

    /// What became of a request, as its agency reported last.
    pub fn outcome(&self, request: StatementId) -> Option<Outcome> {
        let asked = self.requests.get(request)?;
        asked.outcome.map(|result| Outcome { agency: asked.agency, request, result })
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

/// A statement that the log holds, if it had standing and is kept in full.
fn standing<T: Clone>(
    id: StatementId,
    had_standing: bool,
    index: u64,
    open: &BTreeMap<StatementId, Logged<T>>,
) -> Result<Standing<T>, StandingError> {
    if !had_standing {
        return Err(StandingError::NotApproved(id));
    }
    open.get(&id).cloned().map(Standing::new).ok_or(StandingError::Past { statement: id, index })
}
