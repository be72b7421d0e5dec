//! An agency takes in, releases and opens.

use std::collections::BTreeSet;

use super::super::action::{Answers, Arrival, DAY, Fate, Loss, Reader, Who};
use super::super::facts::{Fact, Model, Release};
use super::asking::{CLIPS, init};
use super::{Judged, Opened, Outcome, Verdict, require};

impl Model {
    pub(super) fn take_in(&mut self, agency: usize, number: usize, arrival: Arrival) -> Judged {
        let grant = &self.grants[number];
        require(arrival == Arrival::Whole, "not what the resident signed")?;
        require(agency == grant.agency, "granted to another agency")?;
        let agency = &mut self.agencies[agency];
        require(agency.request_keys.contains(&grant.request), "no request key")?;
        agency.halves.insert(number);
        agency.ever_halves.insert(number);
        Ok(Outcome::Done)
    }

    pub(super) fn release(&mut self, agency: usize, grant: usize, fate: Fate) -> Judged {
        let by = agency;
        let agency = &mut self.agencies[agency];
        require(agency.halves.contains(&grant), "not taken in")?;
        let release = self.releases.len();
        agency.one_time.insert(grant, release);
        agency.ever_one_time.insert(grant, release);
        self.releases.push(Release { grant, by });
        self.publish(Fact::Released(release), fate);
        Ok(Outcome::Done)
    }

    /// A release is public: anybody can sign its terms and proof anew, with a one-time key of their own.
    pub(super) fn steal(&mut self, agency: usize, release: usize) {
        let grant = self.releases[release].grant;
        self.releases.push(Release { grant, by: agency });
        self.publish(Fact::Released(self.releases.len() - 1), Fate::Logged);
    }

    pub(super) fn open(&mut self, agency: usize, number: usize, answers: Answers) -> Verdict {
        let grant = &self.grants[number];
        let held = &self.agencies[agency];
        let Some(&release) = held.one_time.get(&number).filter(|_| held.halves.contains(&number)) else {
            return Verdict::Refuse("no half of the lock, or no one-time key");
        };
        // Of each custodian one answer counts, and only if it is to this very release and its notice is in the log.
        let view = self.view(Reader::Agencies);
        let good = |answer: &usize| {
            let answer = &self.answers[*answer];
            answer.release == release && view.noticed(answer.notice).is_some()
        };
        let brought = match answers {
            Answers::All => held.answers.clone(),
            Answers::Most(most) => held.answers.iter().take(most).copied().collect(),
            Answers::OneTwice => held.answers.iter().take(1).copied().collect(),
        };
        let custodians: BTreeSet<_> = brought.iter().filter(|n| good(n)).map(|n| self.answers[*n].custodian).collect();
        if custodians.len() < self.design.answers {
            return Verdict::Refuse("too few answers");
        }
        let (from, to) = grant.range;
        let clock = self.clock(Reader::Agencies);
        let opened = Outcome::Opened(Opened {
            home: grant.home,
            segments: std::iter::once(init(grant.home, from)).chain(from..to).collect(),
            left_out: (from - 1, CLIPS[grant.home].len() as u32 - to),
            fresh: clock.saturating_sub(view.time()) <= DAY,
            approved: view.approved(Who::Agency(grant.agency), clock.max(view.time())).is_some(),
        });
        // Four days after the end, a reader of the log may have forgotten the notices.
        if view.time() > grant.end + 4 * DAY {
            return Verdict::Either(opened);
        }
        self.opened(agency, number);
        Verdict::Accept(opened)
    }

    /// What has been opened is known, and its one-time key is gone.
    pub fn opened(&mut self, agency: usize, grant: usize) {
        self.agencies[agency].one_time.remove(&grant);
        let (from, to) = self.grants[grant].range;
        self.obtained.extend((from..to).map(|segment| (agency, grant, segment)));
    }

    pub(super) fn restart_agency(&mut self, number: usize, loss: Loss) {
        let requests = self.whole().asked().filter(|(_, _, request)| request.agency == number);
        // The first of those with the highest number.
        let last = requests.map(|(_, _, request)| request).reduce(|a, b| if b.number > a.number { b } else { a });
        let next = last.map_or((0, None), |last| (last.number + 1, Some(last.id)));
        let agency = &mut self.agencies[number];
        agency.next = next;
        if loss != Loss::Nothing {
            agency.one_time.clear();
        }
        if loss == Loss::Everything {
            agency.halves.clear();
            agency.request_keys.clear();
        }
    }
}
