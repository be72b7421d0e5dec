//! The log as the model has it: a list of facts, of which a reader knows a beginning. Every question is answered by looking
//! through it from the start.

use std::collections::BTreeSet;

use super::action::{Ask, CUSTODIANS, DAY, HOUR, Reader, Who};
use super::facts::{Fact, Model, Notice, Request, Subject};

/// A checkpoint that a quorum has cosigned.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoint {
    pub size: usize,
    /// What names it is not older, in whole seconds.
    pub not_before: u64,
}

impl Checkpoint {
    /// What it includes existed by then.
    pub fn existed_by(self) -> u64 {
        self.not_before + 999
    }
}

#[derive(Debug, Clone, Default)]
pub struct Log {
    pub facts: Vec<Fact>,
    pub checkpoints: Vec<Checkpoint>,
}

impl Log {
    /// A statement that is there keeps its place.
    pub fn append(&mut self, fact: Fact) {
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }
}

/// A fact, its place, and when it existed.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub index: usize,
    pub fact: &'a Fact,
    /// The checkpoint that included it first.
    pub under: Checkpoint,
}

/// A duty to delete.
#[derive(Debug, Clone, Copy)]
pub struct Duty {
    pub party: Who,
    pub subject: Subject,
    pub due: u64,
    /// The entry with which it began.
    pub index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    OnTime,
    Late,
    NotDue,
    Overdue,
    NotProven,
}

/// The log as far as somebody has followed it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub model: &'a Model,
    pub checkpoints: usize,
}

impl Model {
    /// What a reader sees of the log.
    pub fn view(&self, reader: Reader) -> View<'_> {
        let all = self.log.checkpoints.len();
        View { model: self, checkpoints: self.stuck[reader.number()].unwrap_or(all) }
    }

    /// What everybody sees who follows it.
    pub fn whole(&self) -> View<'_> {
        View { model: self, checkpoints: self.log.checkpoints.len() }
    }
}

impl<'a> View<'a> {
    /// The witnessed time.
    pub fn time(self) -> u64 {
        self.model.log.checkpoints[self.checkpoints - 1].not_before
    }

    fn entries(self) -> impl DoubleEndedIterator<Item = Entry<'a>> {
        let log = &self.model.log;
        let known = &log.checkpoints[..self.checkpoints];
        let facts = &log.facts[..known[self.checkpoints - 1].size];
        facts.iter().enumerate().map(|(index, fact)| {
            let under = known[known.partition_point(|checkpoint| checkpoint.size <= index)];
            Entry { index, fact, under }
        })
    }

    fn find(self, wanted: &Fact) -> Option<Entry<'a>> {
        self.entries().find(|entry| entry.fact == wanted)
    }

    /// Whether somebody is approved at a time, and if so, whether as affiliated with the first agency.
    pub fn approved(self, who: Who, at: u64) -> Option<bool> {
        let withdrawn = |after: usize| {
            let by = |entry: Entry<'_>| entry.index > after && entry.under.not_before <= at;
            self.entries().any(|entry| entry.fact.withdraws(who) && by(entry))
        };
        self.entries().rev().find_map(|entry| match *entry.fact {
            Fact::Approved { who: of, from, to, affiliated } if of == who && from <= at && at < to => {
                (!withdrawn(entry.index)).then_some(affiliated)
            }
            _ => None,
        })
    }

    /// Whether somebody's signature has standing at a place of the log: approved before it, and not withdrawn in between.
    fn signs(self, who: Who, at: Entry<'_>) -> bool {
        let before = || self.entries().take(at.index);
        let withdrawn = before().filter(|entry| entry.fact.withdraws(who)).last();
        let since = withdrawn.map_or(0, |entry| entry.index);
        let time = at.under.existed_by();
        before().skip(since).any(|entry| {
            matches!(*entry.fact, Fact::Approved { who: of, from, to, .. } if of == who && from <= time && time < to)
        })
    }

    /// The requests with standing, each with its place.
    pub fn asked(self) -> impl Iterator<Item = (Entry<'a>, usize, &'a Request)> {
        self.entries().filter_map(move |entry| match *entry.fact {
            Fact::Asked(number) => {
                let request = &self.model.requests[number];
                let standing = request.ask != Ask::WrongSigner && self.signs(Who::Agency(request.agency), entry);
                standing.then_some((entry, number, request))
            }
            _ => None,
        })
    }

    /// A release of which the log shows that the grant's own agency had standing for it.
    pub fn released(self, release: usize) -> Option<Entry<'a>> {
        let entry = self.find(&Fact::Released(release))?;
        self.own(release, entry).then_some(entry)
    }

    fn own(self, release: usize, entry: Entry<'_>) -> bool {
        let release = &self.model.releases[release];
        let agency = self.model.grants[release.grant].agency;
        (release.by == agency || !self.model.design.own_release) && self.signs(Who::Agency(release.by), entry)
    }

    /// How many releases are in the log that the grant's agency had no standing for, or that came after the end.
    pub fn bad_releases(self) -> (usize, usize) {
        let releases = self.entries().filter_map(|entry| match *entry.fact {
            Fact::Released(release) => Some((entry, release)),
            _ => None,
        });
        releases.fold((0, 0), |(strange, late), (entry, release)| {
            let end = self.model.grants[self.model.releases[release].grant].end;
            let own = self.own(release, entry);
            (strange + usize::from(!own), late + usize::from(own && entry.under.existed_by() >= end))
        })
    }

    /// A notice of which the log shows that its custodian had standing for it.
    pub fn noticed(self, notice: usize) -> Option<Entry<'a>> {
        let entry = self.find(&Fact::Noticed(notice))?;
        let Notice { custodian, release } = self.model.notices[notice].clone();
        let known = self.released(release).is_some_and(|release| release.index < entry.index);
        (known && self.signs(Who::Custodian(custodian), entry)).then_some(entry)
    }

    /// Whether this reader has forgotten the notices for a grant: those on which nothing could be decided any more by the
    /// checkpoint before the last, four days after the end.
    pub fn has_forgotten(self, grant: usize) -> bool {
        let before = self.checkpoints.checked_sub(2).map(|before| self.model.log.checkpoints[before].not_before);
        before.is_some_and(|before| before > self.model.grants[grant].end + 4 * DAY)
    }

    /// The first key that a custodian published for a day, if there is no second.
    pub fn expiry_key(self, custodian: usize, epoch: u64) -> Option<usize> {
        let mut keys = self.published(custodian, epoch);
        keys.next().filter(|_| keys.next().is_none()).map(|(_, key)| key)
    }

    fn published(self, custodian: usize, epoch: u64) -> impl Iterator<Item = (Entry<'a>, usize)> {
        self.entries().filter_map(move |entry| match *entry.fact {
            Fact::Key { custodian: of, epoch: day, key } if (of, day) == (custodian, epoch) => {
                self.signs(Who::Custodian(custodian), entry).then_some((entry, key))
            }
            _ => None,
        })
    }

    pub fn started(self, custodian: usize, start: usize) -> bool {
        let entry = self.find(&Fact::Started { custodian, start });
        entry.is_some_and(|entry| self.signs(Who::Custodian(custodian), entry))
    }

    pub fn revoked(self, custodian: usize, grant: usize) -> bool {
        let entry = self.find(&Fact::Revoked { custodian, grant });
        entry.is_some_and(|entry| self.signs(Who::Custodian(custodian), entry))
    }

    /// The receipts of whoever has to delete something.
    pub fn receipts(self, party: Who, of: Subject) -> impl Iterator<Item = (Entry<'a>, usize)> {
        self.entries().filter_map(move |entry| match *entry.fact {
            Fact::Receipt { by, subject, anchor, carrier } if (by, subject) == (party, of) => {
                let carried = carrier.is_none_or(|carrier| self.signs(Who::Custodian(carrier), entry));
                (carried && self.may_state(party, of, entry)).then_some((entry, anchor))
            }
            _ => None,
        })
    }

    /// Whose key was good for what there is to delete may state its deletion for ever; others while they are approved.
    fn may_state(self, party: Who, subject: Subject, at: Entry<'_>) -> bool {
        let was_good = match (party, subject) {
            (Who::Agency(agency), _) => self.asked().any(|(_, _, request)| request.agency == agency),
            (Who::Custodian(custodian), Subject::Epoch(epoch)) => self.published(custodian, epoch).next().is_some(),
            _ => false,
        };
        was_good || self.approved(party, at.under.existed_by()).is_some()
    }

    /// Every duty to delete.
    pub fn duties(self) -> Vec<Duty> {
        let grants = (0..self.model.grants.len()).filter_map(|grant| self.duty(grant));
        let requests = self.asked().map(|(entry, number, request)| Duty {
            party: Who::Agency(request.agency),
            subject: Subject::Request(number),
            due: request.open_until + self.model.design.grace,
            index: entry.index,
        });
        let days = self.entries().filter_map(|entry| match *entry.fact {
            Fact::Key { custodian, epoch, .. } => Some((custodian, epoch)),
            _ => None,
        });
        let keys = days.collect::<BTreeSet<_>>().into_iter().filter_map(|(custodian, epoch)| {
            let (entry, _) = self.published(custodian, epoch).next()?;
            let due = (epoch + 1) * DAY + 72 * HOUR + DAY;
            Some(Duty { party: Who::Custodian(custodian), subject: Subject::Epoch(epoch), due, index: entry.index })
        });
        grants.chain(requests).chain(keys).collect()
    }

    /// The duty to delete a grant begins with the notice with which enough custodians have given one in time.
    fn duty(self, number: usize) -> Option<Duty> {
        let grant = &self.model.grants[number];
        let notices = self.entries().filter_map(|entry| match *entry.fact {
            Fact::Noticed(notice) if self.of(notice) == number => {
                let in_time = entry.under.existed_by() < grant.end || !self.model.design.notice_in_time;
                let counts = in_time && self.noticed(notice).is_some();
                counts.then(|| (self.model.notices[notice].custodian, entry.index))
            }
            _ => None,
        });
        let mut custodians = BTreeSet::new();
        let mut new = notices.filter(|(custodian, _)| custodians.insert(*custodian));
        let (_, index) = new.nth(self.model.design.answers - 1)?;
        let due = grant.end + self.model.design.grace;
        Some(Duty { party: Who::Agency(grant.agency), subject: Subject::Grant(number), due, index })
    }

    /// The grant that a notice is about.
    fn of(self, notice: usize) -> usize {
        self.model.releases[self.model.notices[notice].release].grant
    }

    pub fn deletion(self, duty: Duty) -> Deletion {
        let mut stated = false;
        for (entry, anchor) in self.receipts(duty.party, duty.subject) {
            stated = true;
            let knew = self.model.log.checkpoints[anchor].size;
            if knew > duty.index || !self.model.design.receipt_after_duty {
                return if entry.under.existed_by() <= duty.due { Deletion::OnTime } else { Deletion::Late };
            }
        }
        match (stated, self.time() <= duty.due) {
            (true, _) => Deletion::NotProven,
            (false, true) => Deletion::NotDue,
            (false, false) => Deletion::Overdue,
        }
    }

    /// Who is overdue with what.
    pub fn overdue(self) -> BTreeSet<(Who, Subject)> {
        let overdue = self.duties().into_iter().filter(|duty| match self.deletion(*duty) {
            Deletion::Overdue => true,
            Deletion::NotProven => self.time() > duty.due,
            _ => false,
        });
        overdue.map(|duty| (duty.party, duty.subject)).collect()
    }

    /// The grants that the log shows released, each with how its deletion stands; nothing for one that was not obtained.
    pub fn grants(self) -> impl Iterator<Item = (usize, Option<Deletion>)> {
        (0..self.model.grants.len()).filter_map(move |number| {
            let mut releases = (0..self.model.releases.len()).filter(|&n| self.model.releases[n].grant == number);
            releases.any(|release| self.released(release).is_some()).then_some(())?;
            Some((number, self.duty(number).map(|duty| self.deletion(duty))))
        })
    }

    /// How many times the log stood still for more than a day.
    pub fn stood_still(self) -> usize {
        let pairs = self.model.log.checkpoints[..self.checkpoints].windows(2);
        pairs.filter(|pair| pair[1].not_before.saturating_sub(pair[0].existed_by()) > DAY).count()
    }

    /// How many custodians are approved at a time, and how many of them are affiliated with the first agency.
    pub fn group(self, at: u64) -> (usize, usize) {
        let members = (0..CUSTODIANS).filter_map(|custodian| self.approved(Who::Custodian(custodian), at));
        members.fold((0, 0), |(all, affiliated), is| (all + 1, affiliated + usize::from(is)))
    }
}
