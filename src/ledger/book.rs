use std::collections::BTreeMap;

use crate::record::StatementId;

/// The requests of one agency, by their places among all requests.
#[derive(Debug, Default)]
pub(super) struct AgencyBook {
    /// All of them, in the log's order.
    pub(super) requests: Vec<u32>,
    /// Whoever signed them.
    pub(super) signers: Vec<u32>,
    /// The number that the chain begins with.
    pub(super) first: u64,
    /// What the first of the chain says it follows.
    pub(super) follows: Option<StatementId>,
    /// The requests from the first number on, without a gap.
    pub(super) chain: Vec<u32>,
    /// Requests by number that stand beyond a gap, each with the one that it says it follows.
    pub(super) apart: BTreeMap<u64, (u32, Option<StatementId>)>,
    pub(super) forked: bool,
}

/// A request that does not fit to the others, and the one of them that shows it.
pub(super) struct Misfit(pub(super) Option<StatementId>);

impl AgencyBook {
    /// A book that begins at a number, because what was before is not known.
    pub(super) fn from_number(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    /// The first number that is missing.
    pub(super) fn missing(&self) -> u64 {
        self.first.saturating_add(self.chain.len() as u64)
    }

    /// Takes a request in. It fits if its number is new, and it and its neighbours follow each other.
    pub(super) fn add(
        &mut self,
        at: u32,
        (sequence, id, previous): (u64, StatementId, Option<StatementId>),
        id_of: impl Fn(u32) -> Option<StatementId>,
    ) -> Option<Misfit> {
        self.requests.push(at);
        let misfit = self.misfit(sequence, id, previous, id_of);
        if self.numbered(sequence).is_none() {
            self.apart.insert(sequence, (at, previous));
        }
        while let Some((next, previous)) = self.apart.remove(&self.missing()) {
            if self.chain.is_empty() {
                self.follows = previous;
            }
            self.chain.push(next);
        }
        self.forked |= misfit.is_some();
        misfit
    }

    fn misfit(
        &self,
        sequence: u64,
        id: StatementId,
        previous: Option<StatementId>,
        id_of: impl Fn(u32) -> Option<StatementId>,
    ) -> Option<Misfit> {
        if let Some(same) = self.numbered(sequence) {
            return Some(Misfit(id_of(same)));
        }
        match sequence.checked_sub(1).map(|number| self.numbered(number)) {
            // The first follows none.
            None if previous.is_some() => return Some(Misfit(None)),
            Some(Some(before)) if previous != id_of(before) => return Some(Misfit(id_of(before))),
            // Where the one before is missing so far, nothing can be said.
            _ => {}
        }
        let (after, follows) = sequence.checked_add(1).and_then(|number| self.after_gap(number))?;
        (follows != Some(id)).then(|| Misfit(id_of(after)))
    }

    /// The request with a number.
    fn numbered(&self, number: u64) -> Option<u32> {
        let chained = number.checked_sub(self.first).and_then(|at| self.chain.get(usize::try_from(at).ok()?));
        chained.or_else(|| self.apart.get(&number).map(|(at, _)| at)).copied()
    }

    /// The request with a number before which one is missing, and what it says it follows.
    fn after_gap(&self, number: u64) -> Option<(u32, Option<StatementId>)> {
        let begins = self.chain.first().filter(|_| number == self.first);
        begins.map(|&at| (at, self.follows)).or_else(|| self.apart.get(&number).copied())
    }
}
