//! Time, the log and its operator, the registrar, and liars.

use footage::record::*;
use footage::registrar::Registrar;
use footage::tlog::Witnessed;

use super::super::action::{DAY, History, Lie, Reader, SECOND, Span, Who};
use super::super::rules::Outcome;
use super::founding::{agency_approval, custodian_id, origin};
use super::logbook::Logbook;
use super::{Found, Town, refused};
use crate::common::at;

impl Town {
    pub(super) fn pass(&mut self, span: Span) {
        self.now += span.from(self.now);
    }

    pub(super) fn witness(&mut self, absent: u8, liar: i64) -> Found {
        self.now += SECOND;
        let (now, last) = (self.now, self.witnesses.len() - 1);
        let lie = |n: usize| if n == last { liar * DAY.cast_signed() } else { 0 };
        let clock = |n: usize| (absent >> n & 1 == 0).then(|| at(now.saturating_add_signed(lie(n))));
        let before = self.phone.latest().unwrap().checkpoint().size();
        let note = self.log.cosigned(&mut self.witnesses, clock);
        let checkpoint = Witnessed::verify(&note, self.founding.trust.log()).map_err(refused)?;
        let proof = self.log.consistency(before);
        self.phone.advance(checkpoint.clone(), &proof).unwrap();
        self.auditor.advance(self.log.since(self.auditor.ledger().size()), &checkpoint).unwrap();
        self.history.push(checkpoint);
        Ok(Outcome::Done)
    }

    pub(super) fn follow(&mut self, reader: Reader, follows: bool) {
        let stuck = &mut self.stuck[reader.number()];
        *stuck = (!follows).then_some(stuck.unwrap_or(self.history.len()));
    }

    pub(super) fn renew(&mut self, agencies: bool, custodians: bool, affiliated: bool) {
        for approval in self.founding.keys.approvals(self.now, agencies, custodians, affiliated) {
            self.log.append(approval);
        }
    }

    pub(super) fn withdraw(&mut self, who: Who) {
        let keys = &self.founding.keys;
        let key = match who {
            Who::Agency(agency) => &keys.agencies[agency],
            Who::Custodian(custodian) => &keys.custodians[custodian],
        };
        let anchor = self.history.last().unwrap();
        let withdrawal = Registrar::new(keys.registrar.duplicate()).withdraw(key.verifying_key(), anchor);
        self.log.append(withdrawal.to_bytes());
    }

    pub(super) fn admit(&mut self) {
        for entry in std::mem::take(&mut self.withheld) {
            self.log.append(entry);
        }
    }

    pub(super) fn lie(&mut self, lie: Lie) {
        let keys = &self.founding.keys;
        let entry = match lie {
            Lie::OwnApproval => {
                let stranger = keys.agencies.last().unwrap();
                Verified::sign(agency_approval(2, stranger, self.now), stranger).to_bytes()
            }
            Lie::Withdrawal => {
                let (key, anchor) = (keys.agencies[1].verifying_key(), self.history.last().unwrap().to_anchor());
                let kind = WithdrawalKind::Approvals;
                Verified::sign(Withdrawal { kind, key, anchor }, &keys.agencies[0]).to_bytes()
            }
            Lie::Notice { custodian, release } => {
                let (terms, release) = (self.grants[self.released[release]].terms.id(), self.releases[release].id());
                let nonce = Nonce::random(&mut self.random).unwrap();
                let notice = AnswerNotice { custodian: custodian_id(custodian), terms, release, nonce };
                Verified::sign(notice, &keys.stranger).to_bytes()
            }
            Lie::Revocation { custodian, grant } => {
                let revoked = self.grants[grant].terms.statement().grant.revoked_digest();
                let notice = RevocationNotice { custodian: custodian_id(custodian), revoked };
                Verified::sign(notice, &keys.stranger).to_bytes()
            }
            Lie::Garbage => b"no statement".to_vec(),
            Lie::Repeat(which) => {
                let entries = self.log.since(0);
                entries[entries.len() - 1 - usize::from(which) % entries.len()].clone()
            }
        };
        self.log.write(entry);
    }

    /// Shows another history to somebody who has seen this one; whoever believes it is wrong.
    pub(super) fn show(&mut self, history: History) -> Found {
        let seen = self.phone.latest().unwrap().checkpoint().size();
        let mut entries = self.log.between(0, seen).to_vec();
        match history {
            History::Honest | History::Bribed => entries[seen as usize - 1] = b"another".to_vec(),
            History::Dropped => entries.truncate(seen as usize - 1),
            History::Rewound => {
                let first = self.history[0].clone();
                let proof = self.log.consistency(first.checkpoint().size());
                return self.phone.advance(first, &proof).map_err(refused).map(|()| Outcome::Done);
            }
        }
        let other = Logbook::of(self.founding.keys.log.duplicate(), &entries);
        let mut forgetful = self.founding.keys.watching();
        let witnesses = if history == History::Honest { &mut self.witnesses } else { &mut forgetful };
        // A witness that has not seen the entry in question yet would go along, and be alone with it.
        let seen_by: Vec<_> = witnesses.iter().map(|witness| witness.size(&origin())).collect();
        let asked = |n: usize| history != History::Honest || seen_by[n] == Some(seen);
        let note = other.cosigned(witnesses, |n| asked(n).then(|| at(self.now)));
        let checkpoint = Witnessed::verify(&note, self.founding.trust.log()).map_err(refused)?;
        let proof = other.consistency(seen.min(other.size()));
        self.phone.advance(checkpoint, &proof).map_err(refused)?;
        Ok(Outcome::Done)
    }
}
