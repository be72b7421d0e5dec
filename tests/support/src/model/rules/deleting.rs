//! Custodians and agencies delete, and say so.

use super::super::action::{DAY, Fate, HOUR, Reader, Who};
use super::super::facts::{Fact, Model, Stage, Subject};
use super::{Checked, Judged, Outcome, require};

/// How many days ahead custodians publish keys.
pub const AHEAD: u64 = 4;

impl Model {
    pub(super) fn delete(
        &mut self,
        agency: usize,
        grant: usize,
        early: bool,
        carrier: Option<usize>,
        fate: Fate,
    ) -> Judged {
        if let Some(carrier) = carrier {
            require(self.custodians[carrier].starting.is_none(), "the custodian does not serve")?;
        }
        // An agency can say of anything that it deleted it. Its app does so of what it took in.
        let held = &mut self.agencies[agency];
        let had = held.grants.get_mut(&grant).map(|stage| *stage = Stage::Deleted).is_some();
        held.one_time.remove(&grant);
        let anchor = if early { 0 } else { self.log.checkpoints.len() - 1 };
        let (by, subject) = (Who::Agency(agency), Subject::Grant(grant));
        self.publish(Fact::Receipt { by, subject, anchor, carrier }, fate);
        Ok(Outcome::Deleted(had))
    }

    pub(super) fn close(&mut self, request: usize, fate: Fate) -> Outcome {
        let agency = self.requests[request].agency;
        let had = self.agencies[agency].requests.contains(&request);
        self.agencies[agency].request_keys.remove(&request);
        let (by, subject) = (Who::Agency(agency), Subject::Request(request));
        let anchor = self.log.checkpoints.len() - 1;
        self.publish(Fact::Receipt { by, subject, anchor, carrier: None }, fate);
        Outcome::Deleted(had)
    }

    /// What has ended by witnessed time is destroyed, or by the custodian's own clock after 72 hours; what is destroyed is
    /// stated until the log shows it.
    pub(super) fn destroy(&mut self, custodian: usize, fate: Fate) -> Outcome {
        let reader = Reader::Custodian(custodian);
        let (view, clock) = (self.view(reader), self.clock(reader));
        let (time, anchor) = (view.time(), view.checkpoints - 1);
        let by = Who::Custodian(custodian);
        let ended = |epoch: u64| (epoch + 1) * DAY <= time || (epoch + 1) * DAY + 72 * HOUR <= clock;
        let store = &self.custodians[custodian].store;
        let mut stated = Vec::new();
        stated.extend(store.held.keys().filter(|epoch| ended(**epoch)));
        let unknown = |epoch: &&u64| view.receipts(by, Subject::Epoch(**epoch)).next().is_none();
        stated.extend(store.destroyed.iter().filter(unknown));
        stated.sort_unstable();

        let store = &mut self.custodians[custodian].store;
        for epoch in &stated {
            store.held.remove(epoch);
            store.destroyed.insert(*epoch);
        }
        for epoch in &stated {
            self.publish(Fact::Receipt { by, subject: Subject::Epoch(*epoch), anchor, carrier: None }, fate);
        }
        Outcome::Statements(stated.len())
    }

    /// It makes the keys that it does not have, and publishes once more those that the log does not show.
    pub(super) fn publish_keys(&mut self, custodian: usize, fate: Fate) -> Judged {
        self.serves(custodian)?;
        let view = self.view(Reader::Custodian(custodian));
        let days = view.time() / DAY..=view.time() / DAY + AHEAD;
        let store = &self.custodians[custodian].store;
        let missing = |epoch: &u64| {
            let known = store.held.contains_key(epoch) || store.destroyed.contains(epoch);
            !known || store.held.contains_key(epoch) && view.expiry_key(custodian, *epoch).is_none()
        };
        let missing: Vec<_> = days.filter(missing).collect();
        for &epoch in &missing {
            let new = self.name();
            let key = *self.custodians[custodian].store.held.entry(epoch).or_insert(new);
            self.publish(Fact::Key { custodian, epoch, key }, fate);
        }
        Ok(Outcome::Statements(missing.len()))
    }

    fn serves(&self, custodian: usize) -> Checked {
        require(self.custodians[custodian].starting.is_none(), "it does not serve")
    }

    pub(super) fn restart(&mut self, number: usize, restored: bool, fate: Fate) {
        let start = self.name();
        let custodian = &mut self.custodians[number];
        custodian.starting = Some(start);
        custodian.pending.clear();
        if restored {
            custodian.store = custodian.image.clone();
        }
        self.publish(Fact::Started { custodian: number, start }, fate);
    }

    /// It serves when the log shows its start, and has destroyed by then what has ended.
    pub(super) fn serve(&mut self, custodian: usize) -> Judged {
        let start = self.custodians[custodian].starting.ok_or("it serves already")?;
        let started = self.view(Reader::Custodian(custodian)).started(custodian, start);
        require(started, "its start is not in the log")?;
        self.custodians[custodian].starting = None;
        Ok(self.destroy(custodian, Fate::Logged))
    }

    pub(super) fn snapshot(&mut self, custodian: usize) {
        let custodian = &mut self.custodians[custodian];
        custodian.image = custodian.store.clone();
    }
}
