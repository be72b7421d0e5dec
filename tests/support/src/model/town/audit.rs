//! What the town's log shows, and what an attacker tries in the end.

use std::sync::Arc;

use footage::auditor::{Auditor, Charge, overdue};
use footage::ledger::Party;
use footage::record::{self, Signed};
use footage::store::{MemoryObjects, ObjectPath, Objects, Store, StoreKey};

use super::super::action::{CUSTODIANS, Who};
use super::super::ending::Books;
use super::super::facts::Subject;
use super::founding::{agency_id, custodian_id};
use super::{Found, Town};
use crate::common::Hoard;

impl Town {
    /// Whoever replays the log now knows what somebody knows who has followed it all along.
    pub fn replay(&self) {
        let mut replay = Auditor::new(self.founding.trust.clone(), self.founding.policy.clone());
        for checkpoint in &self.history {
            let entries = self.log.between(replay.ledger().size(), checkpoint.checkpoint().size());
            replay.advance(entries, checkpoint).unwrap();
        }
        assert!(replay.save() == self.auditor.save(), "a replay says something else");
    }

    /// What an auditor says who has followed the log.
    pub fn books(&self) -> Books {
        let overdue = overdue(self.auditor.ledger()).into_iter();
        let overdue = overdue.map(|(duty, _)| (who(&duty.party), self.subject(duty.subject)));
        let mut books = Books { overdue: overdue.collect(), ..Books::default() };
        for row in self.auditor.numbers().rows {
            let counts = row.counts;
            let sums = [
                (&mut books.requests, counts.requests),
                (&mut books.legal, counts.legal_process),
                (&mut books.obtained, counts.obtained),
                (&mut books.on_time, counts.on_time),
                (&mut books.late, counts.late),
                (&mut books.not_deleted, counts.overdue),
                (&mut books.not_proven, counts.not_proven),
                (&mut books.not_due, counts.not_due),
                (&mut books.nothing, counts.nothing),
                (&mut books.pending, counts.pending),
            ];
            for (sum, count) in sums {
                *sum += count as usize;
            }
            assert_eq!(counts.requests, counts.voluntary + counts.legal_process);
            assert_eq!(counts.requests, counts.keeping + counts.breaking);
        }
        let mut charged = Vec::new();
        for charge in self.auditor.charges() {
            match charge {
                Charge::Overdue { party, subject, .. } => charged.push((who(&party), self.subject(subject))),
                Charge::ReleaseNotApproved { .. } => books.strange_releases += 1,
                Charge::ReleaseTooLate { .. } => books.late_releases += 1,
                Charge::StoodStill { .. } => books.stood_still += 1,
                _ => {}
            }
        }
        assert_eq!(books.overdue, charged.into_iter().collect(), "charged otherwise than overdue");
        books
    }

    fn subject(&self, subject: record::Subject) -> Subject {
        match subject {
            record::Subject::Grant(terms) => {
                Subject::Grant(self.grants.iter().position(|grant| grant.terms.id() == terms).unwrap())
            }
            record::Subject::Request(id) => {
                Subject::Request(self.requests.iter().position(|request| request.id() == id).unwrap())
            }
            record::Subject::Epoch(epoch) => Subject::Epoch(epoch.number().into()),
        }
    }

    /// Tries to open a grant with every key that the agency ever had and every answer that anybody was ever given.
    pub fn attack(&mut self, agency: usize, grant: usize) -> Found {
        let as_released = self.as_released.get(&(agency, grant)).ok_or("it was never released")?;
        let (terms, mut store) = (self.grants[grant].terms.id(), Hoard::default());
        for (key, fact) in as_released {
            store.put_fact(key, fact).unwrap();
        }
        for name in [format!("agency-half.{terms}"), format!("one-time.{terms}")] {
            let secret = self.vaults[agency].ever(&name).unwrap();
            store.put_secret(&StoreKey::new(name).unwrap(), &secret).unwrap();
        }
        let objects = Arc::new(MemoryObjects::new());
        let piece = ObjectPath::new(format!("excerpts/{terms}/{:08}", 0)).unwrap();
        objects.put(&piece, &self.grants[grant].excerpt).unwrap();
        let mut attacker = self.founding.keys.agency(agency, &store, &objects, &mut self.random);
        let answers: Vec<Signed<_>> = self.answers.clone();
        self.open_with(&mut attacker, grant, answers)
    }
}

fn who(party: &Party) -> Who {
    match party {
        Party::Agency(id) => Who::Agency((0..2).find(|n| agency_id(*n) == *id).unwrap()),
        Party::Custodian(id) => Who::Custodian((0..CUSTODIANS).find(|n| custodian_id(*n) == *id).unwrap()),
    }
}
