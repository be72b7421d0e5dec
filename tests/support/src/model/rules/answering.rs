//! A custodian gives notice, answers, and is told of revocations.

use super::super::action::{Brought, Fate, Handed, Reader, Who};
use super::super::facts::{Answer, Fact, Model, Notice};
use super::super::log::View;
use super::{Checked, Judged, Outcome, require};

impl Model {
    pub(super) fn deliver(&mut self, custodian: usize, release: usize, brought: Brought, fate: Fate) -> Judged {
        self.may_answer(custodian, release)?;
        let right = match brought {
            Brought::Right => true,
            Brought::OtherWrap => false,
            Brought::OtherEnvelope(grant) => grant == self.releases[release].grant,
        };
        require(right, "not what the resident wrapped for this custodian")?;
        self.custodians[custodian].pending.insert(self.notices.len());
        self.notices.push(Notice { custodian, release });
        self.publish(Fact::Noticed(self.notices.len() - 1), fate);
        Ok(Outcome::Done)
    }

    pub(super) fn answer(&mut self, custodian: usize, notice: usize, handed: Handed) -> Judged {
        let Notice { release, .. } = self.notices[notice];
        self.may_answer(custodian, release)?;
        require(self.custodians[custodian].pending.contains(&notice), "no such notice since its start")?;
        let logged = self.view(Reader::Custodian(custodian)).noticed(notice);
        require(logged.is_some() || !self.design.notice_logged, "the notice is not in the log")?;
        let end = self.grants[self.releases[release].grant].end;
        let in_time = logged.is_none_or(|logged| logged.under.existed_by() < end);
        require(in_time || !self.design.notice_in_time, "the notice was witnessed after the end")?;

        self.custodians[custodian].pending.remove(&notice);
        let answer = self.answers.len();
        self.answers.push(Answer { custodian, release, notice });
        let (agency, copies) = match handed {
            Handed::To(agency) => (agency, 1),
            Handed::Twice(agency) => (agency, 2),
            Handed::Lost => (0, 0),
        };
        self.agencies[agency].answers.extend([answer, answer].iter().take(copies));
        Ok(Outcome::Done)
    }

    /// All that a custodian asks before it gives notice, and again before it answers.
    fn may_answer(&self, custodian: usize, number: usize) -> Checked {
        require(self.custodians[custodian].starting.is_none(), "it does not serve")?;
        let (view, clock) = (self.view(Reader::Custodian(custodian)), self.clock(Reader::Custodian(custodian)));
        require(clock.saturating_sub(view.time()) <= self.design.behind, "its clock is ahead of the log")?;
        let now = clock.max(view.time());
        let release = &self.releases[number];
        let grant = &self.grants[release.grant];
        require(view.released(number).is_some(), "the release is not in the log with standing")?;
        view.agency_may_have(grant.request, now)?;
        let epoch = grant.epoch();
        let key = grant.keys[custodian];
        require(view.expiry_key(custodian, epoch) == Some(key), "not the one key that it published for that day")?;
        require(view.approved(Who::Custodian(custodian), now).is_some(), "the custodian is not approved")?;
        let mut receipts = view.receipts(Who::Agency(grant.agency), super::super::facts::Subject::Grant(release.grant));
        require(receipts.next().is_none() || !self.design.deleted, "the agency said that it is deleted")?;
        let store = &self.custodians[custodian].store;
        let revoked = store.revoked.contains(&release.grant) || view.revoked(custodian, release.grant);
        require(!revoked || !self.design.revocation, "revoked")?;
        require(now < grant.end || !self.design.destroys, "access has ended")?;
        require(store.held.get(&epoch) == Some(&key), "the key is not there any more")
    }

    pub(super) fn revoke(&mut self, custodian: usize, grant: usize, forged: bool, fate: Fate) -> Judged {
        require(self.custodians[custodian].starting.is_none(), "it does not serve")?;
        require(!forged, "not signed by the grant's own key")?;
        self.custodians[custodian].store.revoked.insert(grant);
        self.publish(Fact::Revoked { custodian, grant }, fate);
        Ok(Outcome::Done)
    }
}

impl View<'_> {
    /// What a custodian asks about the agency and its request.
    fn agency_may_have(self, number: usize, now: u64) -> Checked {
        let found = self.asked().find(|(_, of, _)| *of == number);
        let (entry, _, request) = found.ok_or("the request is not in the log with standing")?;
        let approved = self.approved(Who::Agency(request.agency), now).is_some();
        require(approved || !self.model.design.approved_now, "the agency is not approved any more")?;
        self.conduct(entry, request).or_else(|reason| require(!self.model.design.conduct, reason))?;
        self.in_budget(entry, request, self.model.design.custodians_budget)
    }
}
