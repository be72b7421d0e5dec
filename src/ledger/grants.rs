use std::collections::BTreeMap;

use crate::crypto::Digest;
use crate::record::{
    AgencyId, AnswerNotice, CustodianId, Epoch, Release, StatementId, Subject, Terms, Timestamp, Verified,
};
use crate::tlog::Logged;

use super::asked::{KEPT_BEYOND, LONGEST};
use super::duty::{Duty, Party, grant_due};
use super::signers::Place;

/// What the log shows of one grant that was released, and is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Released {
    /// The grant's terms.
    pub terms: StatementId,
    /// The request that it answers.
    pub request: StatementId,
    /// The agency that may open it.
    pub agency: AgencyId,
    /// The first millisecond in which it may be released.
    pub not_before: Timestamp,
    /// The last epoch in which it may be opened.
    pub not_after: Epoch,
    /// The commitment to the agency's half of the lock, by which a receipt names it.
    pub agency_half: Digest,
    /// How many custodians' notices it takes.
    pub threshold: u8,
    /// Its agency's releases, in the log's order.
    pub releases: Vec<StatementId>,
    /// The first notice of each custodian that had standing, in the log's order.
    pub(super) notices: Vec<Noticed>,
    /// Until when everything of it is kept in full.
    pub(super) kept_until: Timestamp,
}

/// A custodian's notice that it will answer, as it is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Noticed {
    /// Which custodian.
    pub custodian: CustodianId,
    /// The release that it answers.
    pub release: StatementId,
    pub(crate) place: Place,
}

impl Noticed {
    /// Its index in the log.
    pub const fn index(&self) -> u64 {
        self.place.index
    }

    /// It existed by then.
    pub const fn existed_by(&self) -> Timestamp {
        self.place.existed_by
    }
}

impl Released {
    /// The notice with which the threshold was reached: from then on the agency could open the grant.
    pub fn obtained(&self) -> Option<&Noticed> {
        self.notices().last().filter(|_| self.notices.len() >= usize::from(self.threshold))
    }

    /// The notices of distinct custodians up to the threshold, in the log's order.
    pub fn notices(&self) -> impl DoubleEndedIterator<Item = &Noticed> {
        self.notices.iter().take(self.threshold.into())
    }

    /// The agency's duty to delete what it obtained, if it could open the grant.
    pub fn duty(&self) -> Option<Duty> {
        let notice = self.obtained()?;
        Some(Duty {
            party: Party::Agency(self.agency),
            subject: Subject::Grant(self.terms),
            since: notice.existed_by(),
            due: grant_due(self.not_after),
            index: notice.index(),
        })
    }
}

/// A release as it is kept for ever.
#[derive(Debug)]
pub(crate) struct ReleaseEntry {
    pub(super) terms: StatementId,
    pub(crate) agency: AgencyId,
    pub(super) standing: bool,
    pub(crate) place: Place,
}

/// All grants that were released.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// By their terms.
    pub(super) all: BTreeMap<StatementId, Released>,
    pub(super) releases: BTreeMap<StatementId, ReleaseEntry>,
    pub(super) open: OpenGrants,
}

/// What is kept in full as long as something may be decided on it.
#[derive(Debug, Default)]
pub(super) struct OpenGrants {
    pub(super) terms: BTreeMap<StatementId, Verified<Terms>>,
    /// Those with standing.
    pub(super) releases: BTreeMap<StatementId, Logged<Release>>,
    pub(super) notices: BTreeMap<StatementId, Logged<AnswerNotice>>,
}

impl Grants {
    /// Takes in a release that proves possession of these terms.
    pub(super) fn release(&mut self, logged: Logged<Release>, place: Place, terms: Verified<Terms>, standing: bool) {
        let (id, key, stated) = (logged.id(), terms.id(), terms.statement());
        let entry = ReleaseEntry { terms: key, agency: stated.agency, standing, place };
        self.releases.insert(id, entry);
        if !standing {
            return;
        }
        let ends = stated.not_after.end().min(place.existed_by.after(LONGEST).after(LONGEST));
        let grant = self.all.entry(key).or_insert_with(|| Released {
            terms: key,
            request: stated.request,
            agency: stated.agency,
            not_before: stated.not_before,
            not_after: stated.not_after,
            agency_half: stated.agency_half,
            threshold: stated.custody.threshold(),
            releases: Vec::with_capacity(1),
            notices: Vec::new(),
            kept_until: ends.after(KEPT_BEYOND),
        });
        grant.releases.push(id);
        self.open.terms.entry(key).or_insert(terms);
        self.open.releases.insert(id, logged);
    }

    /// Takes in a notice whose custodian has standing, if it answers a release that has.
    pub(super) fn notice(&mut self, logged: Logged<AnswerNotice>, place: Place) {
        let AnswerNotice { custodian, terms, release, .. } = logged.statement();
        let known = self.releases.get(release).is_some_and(|release| release.terms == *terms && release.standing);
        let Some(grant) = self.all.get_mut(terms).filter(|_| known) else {
            return;
        };
        let stated = self.open.terms.get(terms);
        let member = stated.is_some_and(|terms| terms.statement().custody.member(custodian).is_some());
        let first = grant.notices.iter().all(|known| known.custodian != *custodian);
        // A notice after the end hands out nothing, and begins no duty.
        let in_time = logged.existed_by() < grant.not_after.end();
        if member && first && in_time {
            grant.notices.reserve_exact(1);
            grant.notices.push(Noticed { custodian: custodian.clone(), release: *release, place });
        }
        self.open.notices.insert(logged.id(), logged);
    }

    /// Forgets all but what is kept for ever of the grants that ended long ago.
    pub(super) fn forget(&mut self, time: Timestamp) {
        let open = |terms: &StatementId| self.all.get(terms).is_some_and(|grant| time <= grant.kept_until);
        self.open.terms.retain(|id, _| open(id));
        self.open.notices.retain(|_, notice| open(&notice.statement().terms));
        let releases = &self.releases;
        self.open.releases.retain(|id, _| releases.get(id).is_some_and(|release| open(&release.terms)));
    }
}
