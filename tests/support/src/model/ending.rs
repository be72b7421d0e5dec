//! What must hold in the end, whatever happened.

use std::collections::BTreeSet;

use super::action::{Action, CUSTODIANS, DAY, Fate, Reader, Span, Who};
use super::facts::{Model, Subject};
use super::log::{Deletion, View};
use super::rules::Outcome;
use super::{Disagreement, Game};

/// What anybody reads in the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Books {
    pub overdue: BTreeSet<(Who, Subject)>,
    pub requests: usize,
    pub legal: usize,
    /// Grants that were obtained, and how their deletion stands.
    pub obtained: usize,
    pub on_time: usize,
    pub late: usize,
    pub not_deleted: usize,
    pub not_proven: usize,
    pub not_due: usize,
    /// Grants that were released and not obtained: for good, or so far.
    pub nothing: usize,
    pub pending: usize,
    /// Releases by somebody else than the grant's agency, and such after the end.
    pub strange_releases: usize,
    pub late_releases: usize,
    pub stood_still: usize,
}

impl View<'_> {
    pub fn books(self) -> Books {
        let mut books = Books { overdue: self.overdue(), stood_still: self.stood_still(), ..Books::default() };
        for (_, _, request) in self.asked() {
            books.requests += 1;
            books.legal += usize::from(request.ask == super::action::Ask::Legal);
        }
        for (grant, deletion) in self.grants() {
            books.obtained += usize::from(deletion.is_some());
            *match deletion {
                Some(Deletion::OnTime) => &mut books.on_time,
                Some(Deletion::Late) => &mut books.late,
                Some(Deletion::Overdue) => &mut books.not_deleted,
                Some(Deletion::NotProven) => &mut books.not_proven,
                Some(Deletion::NotDue) => &mut books.not_due,
                None if self.time() >= self.model.grants[grant].end => &mut books.nothing,
                None => &mut books.pending,
            } += 1;
        }
        (books.strange_releases, books.late_releases) = self.bad_releases();
        books
    }
}

impl Model {
    /// Whether an agency that kept every key it ever had, with every answer that was ever given to whomever, could open a
    /// grant.
    fn could_open(&self, agency: usize, grant: usize) -> bool {
        let held = &self.agencies[agency];
        let Some(release) = held.ever_released.get(&grant) else {
            return false;
        };
        let answers = self.answers.iter().filter(|answer| answer.release == *release);
        let whole = self.whole();
        let good = answers.filter(|answer| whole.noticed(answer.notice).is_some() && !whole.has_forgotten(grant));
        good.map(|answer| answer.custodian).collect::<BTreeSet<_>>().len() >= self.design.answers
    }

    /// Whether what was obtained was granted: to this agency, for a request in the log that asked for it, released by that
    /// agency, and answered by enough custodians whose notices were witnessed before the end.
    fn was_granted(&self, &(agency, number, segment): &(usize, usize, u32)) -> bool {
        let (view, grant) = (self.whole(), &self.grants[number]);
        let request = view.asked().find(|(_, request, _)| *request == grant.request);
        let asked = request.is_some_and(|(entry, _, request)| {
            let past = request.made.is_some_and(|made| request.window.1 <= made);
            past && request.agency == agency && view.in_budget(entry, request, self.design.budget).is_ok()
        });
        let given = self.answers.iter().filter(|answer| self.releases[answer.release].grant == number);
        let noticed = given.filter(|answer| {
            let notice = view.noticed(answer.notice);
            let own = self.releases[answer.release].by == agency;
            own && notice.is_some_and(|notice| notice.under.existed_by() < grant.end)
        });
        let custodians: BTreeSet<_> = noticed.map(|answer| answer.custodian).collect();
        let range = grant.range.0..grant.range.1;
        grant.agency == agency && range.contains(&segment) && asked && custodians.len() >= 2
    }
}

impl Game {
    /// Holds the books against each other, tries whatever an attacker could still try, and the same long after everything has
    /// ended and was destroyed.
    pub fn end(&mut self) -> Result<(), Disagreement> {
        for reader in
            [Reader::Resident, Reader::Custodian(0), Reader::Custodian(1), Reader::Custodian(2), Reader::Agencies]
        {
            let _ = self.step(Action::Follow { reader, follows: true })?;
            let _ = self.step(Action::Clock { reader, hours: 0 })?;
        }
        self.compare_books()?;
        self.last_stand()?;
        self.after_the_end()?;
        self.compare_books()?;
        self.town.replay();
        for obtained in &self.model.obtained {
            assert!(self.model.was_granted(obtained), "{obtained:?} was not granted, after {:?}", self.story);
        }
        Ok(())
    }

    pub fn compare_books(&self) -> Result<(), Disagreement> {
        let (expected, found) = (self.model.whole().books(), self.town.books());
        if expected == found { Ok(()) } else { Err(self.disagreement(&expected, &found)) }
    }

    /// Every agency brings back every key that it erased, and has every answer that was ever given.
    pub fn last_stand(&mut self) -> Result<(), Disagreement> {
        for grant in 0..self.model.grants.len() {
            for agency in 0..2 {
                let possible = self.model.could_open(agency, grant);
                let found = self.town.attack(agency, grant);
                match &found {
                    Ok(Outcome::Opened(_)) if possible => self.model.opened(agency, grant),
                    Err(_) if !possible => {}
                    _ => return Err(self.disagreement(&possible, &found)),
                }
            }
        }
        Ok(())
    }

    /// Every custodian is started from an old image, with its clock set back. None gives notice of anything.
    fn after_the_end(&mut self) -> Result<(), Disagreement> {
        let _ = self.step(Action::Pass(Span::Millis(45 * DAY)))?;
        let _ = self.step(Action::Renew { agencies: true, custodians: true, affiliated: false })?;
        for custodian in 0..CUSTODIANS {
            let _ = self.step(Action::RestartCustodian { custodian, restored: true, fate: Fate::Logged })?;
            let _ = self.step(Action::Clock { reader: Reader::Custodian(custodian), hours: -45 * 24 })?;
        }
        let _ = self.step(Action::Witness { absent: 0, liar: 0 })?;
        for custodian in 0..CUSTODIANS {
            let _ = self.step(Action::Serve { custodian })?;
            for release in 0..self.model.releases.len() {
                let brought = super::action::Brought::Right;
                let given = self.step(Action::Deliver { custodian, release, brought, fate: Fate::Logged })?;
                assert!(given.is_err(), "a notice long after the end, after {:?}", self.story);
            }
        }
        let _ = self.step(Action::Witness { absent: 0, liar: 0 })?;
        Ok(())
    }
}
