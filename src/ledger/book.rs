use std::collections::BTreeMap;

use crate::record::{Basis, Reference, Request, StatementId, Timestamp};
use crate::tlog::Logged;

/// The requests of one agency.
#[derive(Debug, Default)]
pub(super) struct AgencyBook {
    /// All requests, in the log's order.
    pub(super) requests: Vec<Asked>,
    /// Requests by number, each with the one that it says it follows.
    numbers: BTreeMap<u64, (StatementId, Option<StatementId>)>,
    /// The first number that is missing.
    pub(super) missing: u64,
    pub(super) forked: bool,
}

/// What the budgets count of a request: every later one of the agency is held against it, so it stands together.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: StatementId,
    pub(super) index: u64,
    pub(super) existed_by: Timestamp,
    pub(super) voluntary: bool,
    pub(super) case: Reference,
}

/// A request that does not fit to the others, and the one of them that shows it.
pub(super) struct Misfit(pub(super) Option<StatementId>);

impl AgencyBook {
    /// A book that begins at a number, because what was before is not known.
    pub(super) fn from_number(missing: u64) -> Self {
        Self { missing, ..Self::default() }
    }

    /// Takes a request in. It fits if its number is new, and it and its neighbours follow each other.
    pub(super) fn add(&mut self, logged: &Logged<Request>) -> Option<Misfit> {
        let (id, request) = (logged.id(), logged.statement());
        let (sequence, previous) = (request.sequence, request.previous);
        self.requests.push(Asked {
            id,
            index: logged.index(),
            existed_by: logged.existed_by(),
            voluntary: request.basis == Basis::Voluntary,
            case: request.case.clone(),
        });
        let misfit = self.misfit(id, sequence, previous);
        self.numbers.entry(sequence).or_insert((id, previous));
        while self.numbers.contains_key(&self.missing) {
            self.missing += 1;
        }
        self.forked |= misfit.is_some();
        misfit
    }

    fn misfit(&self, id: StatementId, sequence: u64, previous: Option<StatementId>) -> Option<Misfit> {
        if let Some((same, _)) = self.numbers.get(&sequence) {
            return Some(Misfit(Some(*same)));
        }
        match sequence.checked_sub(1).map(|number| self.numbers.get(&number)) {
            // The first follows none.
            None if previous.is_some() => return Some(Misfit(None)),
            Some(Some((before, _))) if previous != Some(*before) => return Some(Misfit(Some(*before))),
            // Where the one before is missing so far, nothing can be said.
            _ => {}
        }
        let after = sequence.checked_add(1).and_then(|number| self.numbers.get(&number));
        after.filter(|(_, follows)| *follows != Some(id)).map(|(after, _)| Misfit(Some(*after)))
    }
}
