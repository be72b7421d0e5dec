use std::collections::BTreeMap;

use crate::crypto::Digest;
use crate::record::{AgencyId, Basis, Millis, Offence, OutcomeResult, Reference, Request, StatementId, Timestamp};
use crate::tlog::Logged;

use super::book::{AgencyBook, Misfit};
use super::breach::Breach;
use super::counts::{Counted, Counts};
use super::signers::Place;

/// What is kept of a request for ever: what later requests are counted against, and receipts, outcomes and numbers refer
/// to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// The request.
    pub id: StatementId,
    /// Who asked.
    pub agency: AgencyId,
    /// For which offence.
    pub offence: Offence,
    /// Without legal process.
    pub voluntary: bool,
    /// It is not older than this, by its anchor; nothing if that is no witnessed checkpoint of this log.
    pub made: Option<Timestamp>,
    /// Until when it was open.
    pub open_until: Timestamp,
    /// The fingerprint of its request key.
    pub key: Digest,
    /// What became of it, as its agency reported last.
    pub outcome: Option<OutcomeResult>,
    pub(super) case: Case,
    pub(crate) place: Place,
    pub(super) standing: bool,
    /// Neither its number nor its key was used before.
    pub(super) clean: bool,
}

impl Asked {
    /// Its index in the log.
    pub const fn index(&self) -> u64 {
        self.place.index
    }

    /// It existed by then.
    pub const fn existed_by(&self) -> Timestamp {
        self.place.existed_by
    }

    /// Whether both are of one incident.
    pub(crate) fn shares_case(&self, other: &Self) -> bool {
        self.case == other.case
    }
}

/// A case number, with zeros behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case(pub(super) [u8; Reference::MAX_BYTES]);

impl From<&Reference> for Case {
    fn from(case: &Reference) -> Self {
        let mut bytes = [0; Reference::MAX_BYTES];
        bytes.iter_mut().zip(case.as_str().bytes()).for_each(|(to, byte)| *to = byte);
        Self(bytes)
    }
}

/// No policy can allow a longer time, be it to be open or to keep what was obtained.
pub(super) const LONGEST: Millis = Millis::DAY.times(366);

/// How long statements are kept in full beyond the moment from which on nothing can be decided on them: more than clocks
/// of witnesses differ.
pub(super) const KEPT_BEYOND: Millis = Millis::DAY.times(4);

/// Until when a request is kept in full: until the last grant that can be made of it has ended.
fn kept_until(request: &Logged<Request>) -> Timestamp {
    let asked = request.statement();
    let open = asked.open_until.min(request.existed_by().after(LONGEST));
    open.after(asked.retention.millis()).after(KEPT_BEYOND)
}

/// All requests.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// In the log's order.
    all: Vec<Asked>,
    /// Of each, what is counted of its agency, as far as it has standing.
    counted: Vec<Counted>,
    counts: BTreeMap<AgencyId, Counts>,
    by_id: BTreeMap<StatementId, u32>,
    /// The first with each request key.
    by_key: BTreeMap<Digest, u32>,
    pub(super) books: BTreeMap<AgencyId, AgencyBook>,
    /// Those with standing, in full, as long as something may be decided on them.
    pub(super) open: BTreeMap<StatementId, Logged<Request>>,
}

impl Requests {
    /// What was there; the rest follows from it.
    pub(super) fn restored(
        all: Vec<Asked>,
        books: BTreeMap<AgencyId, AgencyBook>,
        open: BTreeMap<StatementId, Logged<Request>>,
    ) -> Self {
        let mut requests = Self { books, open, ..Self::default() };
        for asked in all {
            requests.push(asked);
        }
        requests
    }

    /// Takes a request in. One without standing must not spoil an agency's numbers. `joined` if what was before is not
    /// known.
    pub(super) fn add(
        &mut self,
        logged: Logged<Request>,
        place: Place,
        standing: bool,
        made: Option<Timestamp>,
        joined: bool,
    ) -> Vec<Breach> {
        let (index, id, request) = (logged.index(), logged.id(), logged.statement());
        let mut asked = Asked {
            id,
            agency: request.agency,
            offence: request.offence,
            voluntary: request.basis == Basis::Voluntary,
            made,
            open_until: request.open_until,
            key: request.key.fingerprint(),
            outcome: None,
            case: Case::from(&request.case),
            place,
            standing,
            clean: true,
        };
        let mut breaches = Vec::new();
        if standing {
            let earlier = self.by_key.get(&asked.key).and_then(|&at| self.at(at));
            breaches.extend(earlier.map(|earlier| Breach::RequestKeyReused {
                index,
                statement: id,
                earlier: earlier.id,
            }));
            let (sequence, previous) = (request.sequence, request.previous);
            let first = if joined { sequence } else { 0 };
            let book = self.books.entry(request.agency).or_insert_with(|| AgencyBook::from_number(first));
            if !book.signers.contains(&place.signer) {
                book.signers.push(place.signer);
            }
            let all = &self.all;
            let id_of = |at: u32| all.get(at as usize).map(|asked: &Asked| asked.id);
            let misfit = book.add(all.len() as u32, (sequence, id, previous), id_of);
            breaches.extend(misfit.map(|Misfit(other)| Breach::Sequence { index, statement: id, other }));
            asked.clean = breaches.is_empty();
            self.open.insert(id, logged);
        }
        self.push(asked);
        breaches
    }

    fn push(&mut self, asked: Asked) {
        let at = self.all.len() as u32;
        self.by_id.insert(asked.id, at);
        let mut counted = None;
        if asked.standing {
            self.by_key.entry(asked.key).or_insert(at);
            let counts = self.counts.entry(asked.agency).or_default();
            counted = Some(counts.add(asked.case.0, asked.voluntary, asked.existed_by()));
        }
        self.counted.push(counted.unwrap_or_default());
        self.all.push(asked);
    }

    /// Forgets all but what is kept for ever of the requests on which nothing can be decided any more.
    pub(super) fn forget(&mut self, time: Timestamp) {
        self.open.retain(|_, request| time <= kept_until(request));
    }

    /// How often the agency had asked when it made this request, if it had standing.
    pub(super) fn counted(&self, id: StatementId) -> Option<Counted> {
        let at = *self.by_id.get(&id)?;
        let standing = self.at(at)?.standing;
        self.counted.get(at as usize).copied().filter(|_| standing)
    }

    fn at(&self, at: u32) -> Option<&Asked> {
        self.all.get(at as usize)
    }

    pub(super) fn get(&self, id: StatementId) -> Option<&Asked> {
        self.by_id.get(&id).and_then(|&at| self.at(at))
    }

    pub(super) fn get_mut(&mut self, id: StatementId) -> Option<&mut Asked> {
        self.by_id.get(&id).and_then(|&at| self.all.get_mut(at as usize))
    }

    /// Every request, in the log's order.
    pub(super) fn all(&self) -> &[Asked] {
        &self.all
    }

    /// The requests with standing, from an index on, in the log's order.
    pub(super) fn since(&self, index: u64) -> impl Iterator<Item = &Asked> {
        let from = self.all.partition_point(|asked| asked.index() < index);
        self.all.iter().skip(from).filter(|asked| asked.standing)
    }

    /// An agency's requests with standing, in the log's order.
    pub(super) fn of(&self, agency: &AgencyId) -> impl DoubleEndedIterator<Item = &Asked> {
        self.books.get(agency).into_iter().flat_map(|book| &book.requests).filter_map(|&at| self.at(at))
    }

    /// The last of an agency's requests by number, and its number.
    pub(super) fn last_of(&self, agency: &AgencyId) -> Option<(u64, StatementId)> {
        let book = self.books.get(agency)?;
        let apart = book.apart.last_key_value().map(|(number, (at, _))| (*number, *at));
        let chained = book.chain.last().map(|at| (book.missing().saturating_sub(1), *at));
        let (number, at) = apart.max(chained)?;
        Some((number, self.at(at)?.id))
    }
}
