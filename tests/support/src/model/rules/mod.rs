//! What must happen: for each action, whether it is accepted, with what outcome, and what it changes.

mod answering;
mod asking;
mod deleting;
mod logging;
mod opening;

pub use asking::{CLIPS, NOON, STARTED};
pub use deleting::AHEAD;

use std::collections::{BTreeMap, BTreeSet};

use super::action::{AGENCIES, Action, CUSTODIANS, DAY, HOUR, MINUTE, Reader, Who};
use super::facts::{Agency, Custodian, Design, Fact, Model, Store};
use super::log::{Checkpoint, Log};
use super::read::Cast;

/// What comes of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// The homes that a request matches.
    Matches(Vec<usize>),
    Opened(Opened),
    /// How many statements were made.
    Statements(usize),
    /// Whether the agency had what it says that it deleted.
    Deleted(bool),
}

/// An excerpt that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub home: usize,
    /// The segments of the home's clip that came out, in their order.
    pub segments: Vec<u32>,
    /// How many segments of the clip lie outside of what is granted, and how many of its pictures are granted and left out.
    pub outside: u32,
    pub pictures: (u32, u32),
    /// Whether the log is up to date, and the agency still approved.
    pub fresh: bool,
    pub approved: bool,
}

/// What the design says of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Accept(Outcome),
    /// For this reason; an action may have several, of which this is one.
    Refuse(&'static str),
}

/// A refusal with its reason, or nothing.
pub type Checked = Result<(), &'static str>;
/// An outcome, or why there is none.
type Judged = Result<Outcome, &'static str>;

/// Refuses for a reason unless something holds.
pub fn require(holds: bool, reason: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(reason) }
}

impl Model {
    /// Where every sequence begins: everybody is approved for a week, and every custodian serves and has published its keys
    /// for these days.
    pub fn found(design: Design) -> Self {
        let first = NOON - MINUTE;
        let mut model = Self {
            design,
            now: NOON,
            log: Log::default(),
            withheld: Vec::new(),
            clocks: [0; Reader::COUNT],
            stuck: [None; Reader::COUNT],
            requests: Vec::new(),
            grants: Vec::new(),
            releases: Vec::new(),
            notices: Vec::new(),
            answers: Vec::new(),
            agencies: [const { Agency::new() }; AGENCIES],
            custodians: [const { Custodian::new() }; CUSTODIANS],
            names: 0,
            obtained: BTreeSet::new(),
        };
        model.renew(true, true, false, first);
        model.begin(first);
        for custodian in 0..CUSTODIANS {
            let start = model.name();
            model.log.append(Fact::Started { custodian, start });
        }
        model.begin(first + 1000);
        for custodian in 0..CUSTODIANS {
            for epoch in (0..=AHEAD).map(|day| first / DAY + day) {
                let key = model.name();
                model.custodians[custodian].store.held.insert(epoch, key);
                model.log.append(Fact::Key { custodian, epoch, key });
            }
            model.custodians[custodian].image = model.custodians[custodian].store.clone();
        }
        model.begin(first + 2000);
        model
    }

    fn begin(&mut self, time: u64) {
        let size = self.log.facts.len();
        self.log.checkpoints.push(Checkpoint { size, not_before: time / 1000 * 1000 });
    }

    fn renew(&mut self, agencies: bool, custodians: bool, affiliated: bool, now: u64) {
        let (from, to) = (now - MINUTE, now - MINUTE + 7 * DAY);
        let agencies = (0..2).filter(|_| agencies).map(|agency| (Who::Agency(agency), false));
        // Two of three, as many as it takes to open a grant.
        let custodians = (0..CUSTODIANS).filter(|_| custodians).map(|n| (Who::Custodian(n), affiliated && n < 2));
        for (who, affiliated) in agencies.chain(custodians) {
            self.log.append(Fact::Approved { who, from, to, affiliated });
        }
    }

    /// What there is to act on.
    pub fn cast(&self) -> Cast {
        let agency_of = |grant: usize| self.grants[grant].agency;
        let of_release = |release: usize| agency_of(self.releases[release].grant);
        Cast {
            requests: self.requests.iter().map(|request| request.agency).collect(),
            grants: self.grants.iter().map(|grant| grant.agency).collect(),
            releases: self.releases.iter().map(|release| agency_of(release.grant)).collect(),
            notices: self.notices.iter().map(|notice| (notice.custodian, of_release(notice.release))).collect(),
        }
    }

    /// Judges an action. If it is accepted, its changes are made; answers are taken also if they do not suffice.
    pub fn step(&mut self, action: &Action) -> Verdict {
        let judged = match *action {
            Action::Open { agency, grant, answers } => self.open(agency, grant, answers),
            Action::Witness { absent, .. } => self.witness(absent),
            Action::Check { request } => self.check(request),
            Action::Consent { request, home, range, days, late } => self.consent(request, home, range, days, late),
            Action::TakeIn { agency, grant, arrival } => self.take_in(agency, grant, arrival),
            Action::Release { agency, grant, fate } => self.release(agency, grant, fate),
            Action::Deliver { custodian, release, brought, fate } => self.deliver(custodian, release, brought, fate),
            Action::Answer { custodian, notice, handed } => self.answer(custodian, notice, handed),
            Action::Delete { agency, grant, early, carrier, fate } => self.delete(agency, grant, early, carrier, fate),
            Action::Close { request, fate } => Ok(self.close(request, fate)),
            Action::Revoke { custodian, grant, forged, fate } => self.revoke(custodian, grant, forged, fate),
            Action::Serve { custodian } => self.serve(custodian),
            Action::Destroy { custodian, fate } => Ok(self.destroy(custodian, fate)),
            Action::PublishKeys { custodian, fate } => self.publish_keys(custodian, fate),
            Action::Show { .. } => Err("another history than the one that was witnessed"),
            _ => {
                self.do_freely(action);
                Ok(Outcome::Done)
            }
        };
        judged.map_or_else(Verdict::Refuse, Verdict::Accept)
    }

    /// What nobody can refuse.
    fn do_freely(&mut self, action: &Action) {
        match *action {
            Action::Pass(span) => self.now += span.from(self.now),
            Action::Ask { agency, ask, fate } => self.ask(agency, ask, fate),
            Action::Steal { agency, release } => self.steal(agency, release),
            Action::RestartAgency { agency, loss } => self.restart_agency(agency, loss),
            Action::RestartCustodian { custodian, restored, fate } => self.restart(custodian, restored, fate),
            Action::Snapshot { custodian } => self.snapshot(custodian),
            Action::Clock { reader, hours } => self.clocks[reader.number()] = hours * HOUR.cast_signed(),
            Action::Follow { reader, follows } => self.follow(reader, follows),
            Action::Renew { agencies, custodians, affiliated } => {
                self.renew(agencies, custodians, affiliated, self.now);
            }
            Action::Withdraw { who } => {
                // A second one with the same anchor is the same statement.
                let anchor = self.log.checkpoints.last().map(|latest| (latest.size, latest.not_before));
                self.log.append(Fact::Withdrawn { who, anchor });
            }
            Action::Admit => self.admit(),
            // What somebody says who has no say in it takes a place in the log, and does nothing.
            _ => {}
        }
    }
}

impl Agency {
    const fn new() -> Self {
        Self {
            last: None,
            requests: BTreeSet::new(),
            request_keys: BTreeSet::new(),
            grants: BTreeMap::new(),
            one_time: BTreeSet::new(),
            taken: BTreeMap::new(),
            ever_released: BTreeMap::new(),
            answers: Vec::new(),
        }
    }
}

impl Custodian {
    const fn new() -> Self {
        Self { store: Store::new(), image: Store::new(), starting: None, pending: BTreeSet::new() }
    }
}

impl Store {
    const fn new() -> Self {
        Self { held: BTreeMap::new(), destroyed: BTreeSet::new(), revoked: BTreeSet::new() }
    }
}
