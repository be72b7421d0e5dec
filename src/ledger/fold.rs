use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::crypto::Digest;
use crate::grant::released_terms;
use crate::record::{
    AgencyApproval, AgencyId, AnswerNotice, CustodianApproval, CustodianId, CustodianStart, Disclosure, Entry, Epoch,
    ExpiryKey, MakerApproval, Outcome, Receipt, Release, Request, Signed, Statement, StatementId, Subject, Terms,
    Timestamp, TrustRoots, Verified,
};
use crate::tlog::{Follower, LogError, Logged, Witnessed};

use super::approvals::{Register, Withdrawn};

/// Why the ledger does not go on with the log. Its state is as before.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The log rewound, forked, or does not prove what it says.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Something in the log that should not be there. It has no effect but to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breach {
    /// An entry that is no valid statement.
    Unreadable {
        /// Its index.
        index: u64,
    },
    /// A statement whose signer was not approved for it.
    NotApproved {
        /// Its index.
        index: u64,
        /// The statement.
        statement: StatementId,
    },
    /// Two requests of one agency under one number, or two that do not follow each other.
    Sequence {
        /// The later statement.
        statement: StatementId,
    },
    /// A request with the request key of an earlier one.
    RequestKeyReused {
        /// The later statement.
        statement: StatementId,
        /// The earlier one.
        earlier: StatementId,
    },
    /// A second expiry key of one custodian for one epoch.
    SecondExpiryKey {
        /// The later statement.
        statement: StatementId,
        /// The earlier one.
        earlier: StatementId,
    },
    /// A release whose terms are not the grant's own, or which does not prove possession.
    BadRelease {
        /// The release.
        statement: StatementId,
    },
}

#[derive(Debug, Default)]
pub(super) struct AgencyBook {
    /// All requests, in the log's order.
    pub(super) requests: Vec<StatementId>,
    /// Requests by number, each with the one that it says it follows.
    numbers: BTreeMap<u64, (StatementId, Option<StatementId>)>,
    /// The first number that is missing.
    pub(super) missing: u64,
    pub(super) forked: bool,
}

impl AgencyBook {
    /// Takes a request in. It fits if its number is new, and it and its neighbours follow each other.
    fn add(&mut self, id: StatementId, sequence: u64, previous: Option<StatementId>) -> bool {
        self.requests.push(id);
        let before = sequence.checked_sub(1).and_then(|number| self.numbers.get(&number));
        let follows = match before {
            Some((before, _)) => previous == Some(*before),
            // The first follows none; where the one before is missing so far, nothing can be said.
            None => sequence > 0 || previous.is_none(),
        };
        let after = sequence.checked_add(1).and_then(|number| self.numbers.get(&number));
        let followed = after.is_none_or(|(_, previous)| *previous == Some(id));
        let fits = follows && followed && !self.numbers.contains_key(&sequence);
        self.numbers.entry(sequence).or_insert((id, previous));
        while self.numbers.contains_key(&self.missing) {
            self.missing += 1;
        }
        self.forked |= !fits;
        fits
    }
}

#[derive(Debug)]
pub(super) struct RequestEntry {
    pub(super) logged: Logged<Request>,
    pub(super) standing: bool,
    /// Its number or its key was used before.
    pub(super) clean: bool,
}

#[derive(Debug)]
pub(super) struct ReleaseEntry {
    pub(super) logged: Logged<Release>,
    pub(super) terms: StatementId,
    pub(super) standing: bool,
}

/// What the log says of one grant.
#[derive(Debug)]
pub(super) struct GrantEntry {
    pub(super) terms: Verified<Terms>,
    /// The first notice of each custodian that had standing, in the log's order.
    pub(super) notices: Vec<(CustodianId, Logged<AnswerNotice>)>,
}

/// A receipt, whoever brought it to the log.
#[derive(Debug, Clone)]
pub(super) struct ReceiptEntry {
    pub(super) receipt: Verified<Receipt>,
    pub(super) index: u64,
    pub(super) existed_by: Timestamp,
}

/// Who stands how, according to the log as far as it was followed.
#[derive(Debug)]
pub struct Ledger {
    pub(super) trust: TrustRoots,
    pub(super) follower: Follower,
    pub(super) agencies: Register<AgencyApproval>,
    pub(super) custodians: Register<CustodianApproval>,
    pub(super) makers: Register<MakerApproval>,
    pub(super) withdrawn: Withdrawn,
    pub(super) books: BTreeMap<AgencyId, AgencyBook>,
    pub(super) requests: BTreeMap<StatementId, RequestEntry>,
    pub(super) request_keys: BTreeMap<Digest, StatementId>,
    pub(super) expiry_keys: BTreeMap<(CustodianId, Epoch), (Logged<ExpiryKey>, bool)>,
    pub(super) starts: BTreeMap<StatementId, Logged<CustodianStart>>,
    pub(super) releases: BTreeMap<StatementId, ReleaseEntry>,
    pub(super) grants: BTreeMap<StatementId, GrantEntry>,
    pub(super) notices: BTreeMap<StatementId, Logged<AnswerNotice>>,
    pub(super) revoked: BTreeMap<Digest, BTreeSet<CustodianId>>,
    pub(super) receipts: BTreeMap<Subject, Vec<ReceiptEntry>>,
    pub(super) outcomes: BTreeMap<StatementId, Logged<Outcome>>,
    pub(super) disclosures: Vec<Logged<Disclosure>>,
    pub(super) breaches: Vec<Breach>,
    /// Every statement so far: one that the log repeats is nothing new.
    seen: BTreeSet<StatementId>,
}

impl Ledger {
    /// An empty ledger for the log that these roots name.
    pub fn new(trust: TrustRoots) -> Self {
        let follower = Follower::new(trust.log().clone());
        Self {
            trust,
            follower,
            agencies: Register::default(),
            custodians: Register::default(),
            makers: Register::default(),
            withdrawn: Withdrawn::default(),
            books: BTreeMap::new(),
            requests: BTreeMap::new(),
            request_keys: BTreeMap::new(),
            expiry_keys: BTreeMap::new(),
            starts: BTreeMap::new(),
            releases: BTreeMap::new(),
            grants: BTreeMap::new(),
            notices: BTreeMap::new(),
            revoked: BTreeMap::new(),
            receipts: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            disclosures: Vec::new(),
            breaches: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Goes on with the log: `entries` are the statements' bytes from where the ledger stands up to the checkpoint's size.
    pub fn advance(&mut self, entries: &[Vec<u8>], checkpoint: &Witnessed) -> Result<(), LedgerError> {
        for followed in self.follower.follow::<Entry>(entries, checkpoint)? {
            match followed {
                Ok(entry) => self.fold(entry),
                Err(entry) => self.breaches.push(Breach::Unreadable { index: entry.index }),
            }
        }
        Ok(())
    }

    fn fold(&mut self, entry: Logged<Entry>) {
        let (index, statement) = (entry.index(), entry.id());
        if !self.seen.insert(statement) {
            return;
        }
        // Each kind takes its own; what has no standing is kept as a breach.
        let taken = match entry.statement() {
            Entry::AgencyApproval(_) => narrow(entry).map(|approval| self.agencies.add(&approval, &self.trust)),
            Entry::CustodianApproval(_) => narrow(entry).map(|approval| self.custodians.add(&approval, &self.trust)),
            Entry::MakerApproval(_) => narrow(entry).map(|approval| self.makers.add(&approval, &self.trust)),
            Entry::Withdrawal(withdrawal) => {
                let registrar = self.trust.registrars().contains(entry.signer());
                if registrar {
                    // It counts for whoever sees it, whose time is this at least.
                    self.withdrawn.add(withdrawal.key, index, entry.existed_by().min(self.time()));
                }
                Some(registrar)
            }
            Entry::Request(_) => narrow(entry).map(|request| self.fold_request(request)),
            Entry::Release(_) => narrow(entry).map(|release| self.fold_release(release)),
            Entry::ExpiryKey(_) => narrow(entry).map(|key| self.fold_expiry_key(key)),
            Entry::CustodianStart(_) => narrow(entry).map(|start| self.fold_start(start)),
            Entry::AnswerNotice(_) => narrow(entry).map(|notice| self.fold_notice(notice)),
            Entry::RevocationNotice(notice) => {
                let standing = self.custodian_signs(&notice.custodian, &entry);
                if standing {
                    self.revoked.entry(notice.revoked).or_default().insert(notice.custodian.clone());
                }
                Some(standing)
            }
            Entry::Receipt(_) => narrow::<Receipt>(entry).map(|logged| {
                let (existed_by, receipt) = (logged.existed_by(), Verified::clone(&logged));
                self.fold_receipt(ReceiptEntry { receipt, index, existed_by })
            }),
            Entry::CarriedReceipt(carried) => {
                let standing = self.custodian_signs(&carried.custodian, &entry);
                match Signed::clone(&carried.receipt).verify() {
                    Ok(receipt) if standing => {
                        Some(self.fold_receipt(ReceiptEntry { receipt, index, existed_by: entry.existed_by() }))
                    }
                    _ => Some(false),
                }
            }
            Entry::Outcome(_) => narrow(entry).map(|outcome| self.fold_outcome(outcome)),
            Entry::Disclosure(_) => narrow(entry).map(|disclosure| self.fold_disclosure(disclosure)),
        };
        if taken != Some(true) {
            self.breaches.push(Breach::NotApproved { index, statement });
        }
    }

    fn fold_request(&mut self, logged: Logged<Request>) -> bool {
        let (id, request) = (logged.id(), logged.statement());
        let standing = self.agency_signs(&request.agency, &logged);
        let mut clean = true;
        // A stranger's statement must not spoil an agency's numbers.
        if standing {
            let fingerprint = request.key.fingerprint();
            if let Some(&earlier) = self.request_keys.get(&fingerprint) {
                self.breaches.push(Breach::RequestKeyReused { statement: id, earlier });
                clean = false;
            } else {
                self.request_keys.insert(fingerprint, id);
            }
            let book = self.books.entry(request.agency).or_default();
            if !book.add(id, request.sequence, request.previous) {
                self.breaches.push(Breach::Sequence { statement: id });
                clean = false;
            }
        }
        self.requests.insert(id, RequestEntry { logged, standing, clean });
        standing
    }

    fn fold_release(&mut self, logged: Logged<Release>) -> bool {
        let id = logged.id();
        let Some(terms) = released_terms(logged.statement()) else {
            self.breaches.push(Breach::BadRelease { statement: id });
            return true;
        };
        let standing = self.agency_signs(&terms.statement().agency, &logged);
        let key = terms.id();
        if standing {
            self.grants.entry(key).or_insert(GrantEntry { terms, notices: Vec::new() });
        }
        self.releases.entry(id).or_insert(ReleaseEntry { logged, terms: key, standing });
        standing
    }

    fn fold_expiry_key(&mut self, logged: Logged<ExpiryKey>) -> bool {
        let ExpiryKey { custodian, epoch, .. } = logged.statement();
        if !self.custodian_signs(custodian, &logged) {
            return false;
        }
        match self.expiry_keys.get_mut(&(custodian.clone(), *epoch)) {
            // Neither is used any more: nobody knows which of them would be destroyed.
            Some((earlier, usable)) => {
                *usable = false;
                let earlier = earlier.id();
                self.breaches.push(Breach::SecondExpiryKey { statement: logged.id(), earlier });
            }
            None => {
                self.expiry_keys.insert((custodian.clone(), *epoch), (logged, true));
            }
        }
        true
    }

    fn fold_start(&mut self, logged: Logged<CustodianStart>) -> bool {
        let standing = self.custodian_signs(&logged.statement().custodian, &logged);
        if standing {
            self.starts.insert(logged.id(), logged);
        }
        standing
    }

    fn fold_notice(&mut self, logged: Logged<AnswerNotice>) -> bool {
        let AnswerNotice { custodian, terms, release, .. } = logged.statement();
        let standing = self.custodian_signs(custodian, &logged);
        let known = self.releases.get(release).is_some_and(|release| release.terms == *terms && release.standing);
        if standing && known {
            if let Some(grant) = self.grants.get_mut(terms) {
                let member = grant.terms.statement().custody.member(custodian).is_some();
                let first = grant.notices.iter().all(|(known, _)| known != custodian);
                // A notice after the end hands out nothing, and begins no duty.
                let in_time = logged.existed_by() < grant.terms.statement().not_after.end();
                if member && first && in_time {
                    grant.notices.push((custodian.clone(), logged.clone()));
                }
            }
            self.notices.insert(logged.id(), logged);
        }
        standing
    }

    fn fold_receipt(&mut self, entry: ReceiptEntry) -> bool {
        self.receipts.entry(entry.receipt.statement().subject).or_default().push(entry);
        true
    }

    fn fold_outcome(&mut self, logged: Logged<Outcome>) -> bool {
        let Outcome { agency, request, .. } = logged.statement();
        let own = self.requests.get(request).is_some_and(|known| known.logged.statement().agency == *agency);
        let standing = own && self.agency_signs(agency, &logged);
        if standing {
            // The latest report counts: a charge may become a conviction.
            self.outcomes.insert(*request, logged);
        }
        standing
    }

    fn fold_disclosure(&mut self, logged: Logged<Disclosure>) -> bool {
        let agency = self.agency_signs(&logged.statement().agency, &logged);
        let standing = agency || self.trust.registrars().contains(logged.signer());
        if standing {
            self.disclosures.push(logged);
        }
        standing
    }

    /// Whether the statement is signed by the key that the agency was approved with when it was witnessed.
    pub(super) fn agency_signs<T>(&self, agency: &AgencyId, logged: &Logged<T>) -> bool {
        self.agencies.signs(agency, logged.signer(), logged.existed_by(), &self.withdrawn)
    }

    /// Whether the statement is signed by the key that the custodian was approved with when it was witnessed.
    pub(super) fn custodian_signs<T>(&self, custodian: &CustodianId, logged: &Logged<T>) -> bool {
        self.custodians.signs(custodian, logged.signer(), logged.existed_by(), &self.withdrawn)
    }
}

/// The entry as what it is.
fn narrow<T: Statement + TryFrom<Entry>>(entry: Logged<Entry>) -> Option<Logged<T>> {
    entry.try_map(T::try_from).ok()
}
