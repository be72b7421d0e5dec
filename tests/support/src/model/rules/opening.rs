//! An agency takes in, releases and opens.

use super::super::action::{Answers, Arrival, CUSTODIANS, DAY, Fate, Loss, Reader, Who};
use super::super::facts::{Agency, Fact, Model, Release, Stage};
use super::super::log::View;
use super::asking::{CLIPS, init};
use super::{Checked, Judged, Opened, Outcome, require};

impl Model {
    pub(super) fn take_in(&mut self, agency: usize, number: usize, arrival: Arrival) -> Judged {
        let grant = &self.grants[number];
        require(arrival == Arrival::Whole, "not what the resident signed")?;
        require(agency == grant.agency, "granted to another agency")?;
        let held = &self.agencies[agency];
        require(!held.grants.contains_key(&number), "taken in before")?;
        require(held.request_keys.contains(&grant.request), "no request key")?;
        self.view(Reader::Agencies).may_take_in(number)?;
        self.agencies[agency].grants.insert(number, Stage::TakenIn);
        Ok(Outcome::Done)
    }

    pub(super) fn release(&mut self, by: usize, grant: usize, fate: Fate) -> Judged {
        let release = match self.agencies[by].grants.get(&grant) {
            Some(Stage::TakenIn) => {
                let now = self.clock(Reader::Agencies);
                self.view(Reader::Agencies).may_release(grant, now)?;
                let release = self.releases.len();
                self.releases.push(Release { grant, by });
                let agency = &mut self.agencies[by];
                agency.grants.insert(grant, Stage::Released(release));
                agency.one_time.insert(grant);
                agency.ever_released.insert(grant, release);
                release
            }
            // The same once more.
            Some(Stage::Released(release)) => *release,
            Some(Stage::Answered) => return Err("answered already"),
            Some(Stage::Deleted) => return Err("deleted"),
            None => return Err("not taken in"),
        };
        self.publish(Fact::Released(release), fate);
        Ok(Outcome::Done)
    }

    /// A release is public: anybody can sign its terms and proof anew, with a one-time key of their own.
    pub(super) fn steal(&mut self, agency: usize, release: usize) {
        let grant = self.releases[release].grant;
        self.releases.push(Release { grant, by: agency });
        self.publish(Fact::Released(self.releases.len() - 1), Fate::Logged);
    }

    pub(super) fn open(&mut self, agency: usize, number: usize, answers: Answers) -> Judged {
        let held = &self.agencies[agency].answers;
        let most = match answers {
            Answers::All => held.len(),
            Answers::Most(most) => most,
            Answers::OneTwice => 1,
        };
        let brought: Vec<_> = held.iter().take(most).copied().collect();
        for answer in brought {
            self.take_answer(agency, answer);
        }
        let stage = self.agencies[agency].grants.get(&number);
        require(stage == Some(&Stage::Answered), "not taken in, too few answers, or deleted")?;
        let (grant, view) = (&self.grants[number], self.view(Reader::Agencies));
        let (from, to) = grant.range;
        let clock = self.clock(Reader::Agencies);
        // The group of the first segment begins with the init segment, if that lies before it.
        let begins = if init(grant.home, from) + 1 == from { from - 1 } else { from };
        let opened = Outcome::Opened(Opened {
            home: grant.home,
            segments: std::iter::once(init(grant.home, from)).chain(from..to).collect(),
            outside: CLIPS[grant.home].len() as u32 - (to - begins),
            pictures: (to - from, 0),
            fresh: clock.saturating_sub(view.time()) <= DAY,
            approved: view.approved(Who::Agency(grant.agency), clock.max(view.time())).is_some(),
        });
        self.opened(agency, number);
        Ok(opened)
    }

    /// Of each custodian one answer counts, and only if it is to the agency's own release and its notice is in the log. With
    /// enough of them, the one-time key is gone.
    fn take_answer(&mut self, agency: usize, number: usize) {
        let (answer, view) = (&self.answers[number], self.view(Reader::Agencies));
        let (release, custodian) = (answer.release, answer.custodian);
        let grant = self.releases[release].grant;
        let logged = view.noticed(answer.notice).is_some() && !view.has_forgotten(grant);
        let enough = self.design.answers;
        let held = &mut self.agencies[agency];
        let waits = held.grants.get(&grant) == Some(&Stage::Released(release)) && held.one_time.contains(&grant);
        if !logged || !waits {
            return;
        }
        let taken = held.taken.entry(grant).or_default();
        taken.insert(custodian);
        if taken.len() >= enough {
            held.grants.insert(grant, Stage::Answered);
            held.one_time.remove(&grant);
        }
    }

    /// What has been opened is known.
    pub fn opened(&mut self, agency: usize, grant: usize) {
        let (from, to) = self.grants[grant].range;
        self.obtained.extend((from..to).map(|segment| (agency, grant, segment)));
    }

    /// What lies in the store is there again. Without its one-time key, a grant that waits for answers is never opened.
    pub(super) fn restart_agency(&mut self, number: usize, loss: Loss) {
        let agency = &mut self.agencies[number];
        match loss {
            Loss::Nothing => {}
            Loss::OneTimeKeys => agency.one_time.clear(),
            Loss::Everything => {
                let (ever_released, answers) = (agency.ever_released.clone(), agency.answers.clone());
                *agency = Agency { ever_released, answers, ..Agency::default() };
            }
        }
    }
}

impl View<'_> {
    /// What an agency's app asks before it keeps anything: whether a release could ever be answered.
    fn may_take_in(self, number: usize) -> Checked {
        let grant = &self.model.grants[number];
        let asked = self.asked().find(|(_, request, _)| *request == grant.request);
        let (entry, _, _) = asked.ok_or("not in the log with standing")?;
        require(self.time() < grant.end, "access has ended")?;
        let times = [self.time(), entry.under.existed_by()];
        self.hold(number, &times)
    }

    /// Whether enough custodians have the keys that the grant names, and were of its group at one of these times.
    fn hold(self, number: usize, times: &[u64]) -> Checked {
        let grant = &self.model.grants[number];
        let was = |custodian: usize| times.iter().filter_map(move |at| self.approved(Who::Custodian(custodian), *at));
        let serves = |custodian: &usize| {
            was(*custodian).next().is_some()
                && self.expiry_key(*custodian, grant.epoch()) == Some(grant.keys[*custodian])
        };
        let serving = (0..CUSTODIANS).filter(serves).count();
        require(serving >= self.model.design.answers, "too few custodians have the key that they had")?;
        let affiliated = (0..CUSTODIANS).filter(|custodian| was(*custodian).any(|affiliated| affiliated)).count();
        require(grant.agency != 0 || affiliated < self.model.design.answers, "custodians affiliated with the agency")
    }

    /// What an agency's app asks before it signs a release: whether custodians would answer.
    fn may_release(self, number: usize, clock: u64) -> Checked {
        let now = clock.max(self.time());
        let grant = &self.model.grants[number];
        self.keeps_lasting_rules(grant.request, now)?;
        require(now < grant.end, "access has ended")?;
        self.hold(number, &[now])
    }
}
