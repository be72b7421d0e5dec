use std::collections::BTreeMap;

use crate::ledger::{Ledger, LedgerError};
use crate::policy::{Policy, Rule};
use crate::record::{StatementId, Timestamp, TrustRoots};
use crate::tlog::{Archive, Fork, LogError, Witnessed};

use super::accusation::{Accusation, Exhibit, STANDS_STILL, rules_broken};
use super::charge::{Charge, charges};
use super::directory::Directory;
use super::grounds::grounds;
use super::numbers::Numbers;

/// Somebody who replays the log, and answers what it shows: numbers, a directory, accusations.
///
/// It goes on from where it stands, and every answer is the one that a replay from the beginning along the same
/// checkpoints gives. Times are those of the checkpoints that it follows, so let it follow often: an hour between two of
/// them is an hour in which all times are alike. It keeps every checkpoint, about a kilobyte each, to prove times by.
/// It can be [saved](Self::save) at any moment, and [restored](Self::restore).
#[derive(Debug)]
pub struct Auditor {
    pub(super) ledger: Ledger,
    pub(super) policy: Policy,
    /// In ascending order; of one size, at most the first and the last.
    pub(super) checkpoints: Vec<Witnessed>,
    pub(super) broken: BTreeMap<StatementId, Vec<Rule>>,
    pub(super) forks: Vec<Fork>,
    /// Pairs of checkpoints between which the log stood still.
    pub(super) still: Vec<(Witnessed, Witnessed)>,
}

impl Auditor {
    /// An auditor at the beginning of the log, who holds requests against this policy.
    pub fn new(trust: TrustRoots, policy: Policy) -> Self {
        Self {
            ledger: Ledger::new(trust),
            policy,
            checkpoints: Vec::new(),
            broken: BTreeMap::new(),
            forks: Vec::new(),
            still: Vec::new(),
        }
    }

    /// The log as far as it is replayed.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The policy that requests are held against.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Goes on with the log: `entries` are the statements' bytes from where the auditor stands up to the checkpoint's size.
    ///
    /// # Errors
    /// Then nothing has changed, but for a fork that is proven: that is charged from now on.
    pub fn advance(&mut self, entries: &[Vec<u8>], checkpoint: &Witnessed) -> Result<(), LedgerError> {
        let (from, last) = (self.ledger.size(), self.ledger.latest().cloned());
        if let Err(error) = self.ledger.advance(entries, checkpoint) {
            let LedgerError::Log(log) = &error;
            if let LogError::Forked(fork) = log {
                self.remember_fork(fork);
            }
            return Err(error);
        }
        if let Some(last) = last.filter(|last| checkpoint.not_before().since(last.existed_by()) > STANDS_STILL) {
            self.still.push((last, checkpoint.clone()));
        }
        self.remember(checkpoint);
        let new: Vec<_> = self.ledger.requests_since(from).collect();
        for request in new {
            if let Some(rules) = rules_broken(&self.policy, &request, &self.ledger) {
                self.broken.insert(request.id(), rules);
            }
        }
        Ok(())
    }

    /// Holds a checkpoint that was found elsewhere against those that were followed. If the log shows it another history,
    /// that is charged from now on, and `true` is returned.
    pub fn compare(&mut self, found: &Witnessed) -> bool {
        let at = self.checkpoints.partition_point(|known| known.checkpoint().size() < found.checkpoint().size());
        let fork = self.checkpoints.get(at).filter(|known| {
            known.checkpoint().size() == found.checkpoint().size()
                && known.checkpoint().root() != found.checkpoint().root()
        });
        let fork = fork.map(|known| Fork { known: known.to_anchor(), found: found.to_anchor(), proven: true });
        if let Some(fork) = &fork {
            self.remember_fork(fork);
        }
        fork.is_some()
    }

    /// Since when the log stands still, if by this clock it does.
    pub fn stale_since(&self, now: Timestamp) -> Option<Timestamp> {
        let last = self.ledger.latest()?.existed_by();
        (now.since(last) > STANDS_STILL).then_some(last)
    }

    /// The rules that a request breaks, in ascending order; none if it breaks none.
    pub fn broken(&self, request: StatementId) -> &[Rule] {
        self.broken.get(&request).map_or(&[], Vec::as_slice)
    }

    /// Everything that is to be charged, by witnessed time.
    pub fn charges(&self) -> Vec<Charge> {
        let still = self.still.iter().map(|(last, next)| still(last, next));
        let forks = self.forks.iter().map(|_| Charge::Equivocation);
        charges(&self.ledger, &self.broken).into_iter().chain(still).chain(forks).collect()
    }

    /// The accusations of a charge, each of which [verifies](Accusation::verify).
    ///
    /// There is none if the archive does not hold the entries, or if the times are not known well enough to convince a
    /// third party; there are several for a log that forked several times.
    pub fn accuse(&self, charge: &Charge, archive: &dyn Archive) -> Vec<Accusation> {
        let against_log = |notes| Accusation { charge: charge.clone(), exhibits: Vec::new(), notes };
        let accusations: Vec<_> = match charge {
            Charge::Equivocation => {
                self.forks.iter().map(|fork| against_log(vec![fork.known.clone(), fork.found.clone()])).collect()
            }
            Charge::StoodStill { .. } => {
                let pairs = self.still.iter().filter(|(last, next)| still(last, next) == *charge);
                pairs.map(|(last, next)| against_log(vec![last.to_anchor(), next.to_anchor()])).collect()
            }
            _ => self.accuse_from_log(charge, archive).into_iter().collect(),
        };
        let convinces = |accusation: &Accusation| accusation.verify(self.ledger.trust(), &self.policy).is_ok();
        accusations.into_iter().filter(convinces).collect()
    }

    /// What is counted.
    pub fn numbers(&self) -> Numbers {
        Numbers::count(&self.ledger, &self.broken)
    }

    /// The agencies that were approved at a time.
    pub fn directory(&self, time: Timestamp) -> Directory {
        Directory::at(&self.ledger, time)
    }

    fn accuse_from_log(&self, charge: &Charge, archive: &dyn Archive) -> Option<Accusation> {
        let bounds = |index| {
            let (before, after) = self.around(index);
            [
                before.map_or(Timestamp::default(), Witnessed::not_before),
                after.map_or(Timestamp::MAX, Witnessed::existed_by),
            ]
        };
        let indices = grounds(charge, &self.ledger, &self.policy, &bounds);
        let exhibits = indices.into_iter().map(|index| {
            let (before, after) = self.around(index);
            let checkpoint = after?;
            Some(Exhibit {
                entry: archive.entry(index)?,
                index,
                proof: archive.inclusion(index, checkpoint.checkpoint().size())?,
                checkpoint: checkpoint.to_anchor(),
                before: before.map(Witnessed::to_anchor),
            })
        });
        let notes = vec![self.ledger.latest()?.to_anchor()];
        Some(Accusation { charge: charge.clone(), exhibits: exhibits.collect::<Option<_>>()?, notes })
    }

    /// The last checkpoint that does not include the entry at an index, and the first that does.
    fn around(&self, index: u64) -> (Option<&Witnessed>, Option<&Witnessed>) {
        let at = self.checkpoints.partition_point(|known| known.checkpoint().size() <= index);
        (at.checked_sub(1).and_then(|before| self.checkpoints.get(before)), self.checkpoints.get(at))
    }

    fn remember(&mut self, checkpoint: &Witnessed) {
        let size = |known: &Witnessed| known.checkpoint().size();
        if let [.., first, last] = self.checkpoints.as_slice()
            && size(first) == size(last)
            && size(last) == size(checkpoint)
        {
            self.checkpoints.pop();
        }
        self.checkpoints.push(checkpoint.clone());
    }

    fn remember_fork(&mut self, fork: &Fork) {
        if fork.proven && !self.forks.contains(fork) {
            self.forks.push(fork.clone());
        }
    }
}

const fn still(last: &Witnessed, next: &Witnessed) -> Charge {
    Charge::StoodStill { since: last.existed_by(), until: next.not_before() }
}
