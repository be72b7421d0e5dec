//! What the model knows: plain data, and nothing of the crate.
//!
//! Times are milliseconds since 1970; everything that there are several of has a number, from 0 on in the order in which it
//! was made.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{AGENCIES, Ask, CUSTODIANS, DAY, Fate, HOUR, Range, Reader, Who};
use super::log::Log;

/// What the design says. A test that changes one of these has a wrong model, which must be found out.
#[derive(Debug, Clone)]
pub struct Design {
    /// How many custodians' answers open a grant, and how many notices make it obtained.
    pub answers: usize,
    /// A notice has to be witnessed before the end of access.
    pub notice_in_time: bool,
    /// A notice has to be in the log before its answer leaves.
    pub notice_logged: bool,
    /// A key that was erased is gone, and a restored one is erased before anything is served.
    pub destroys: bool,
    /// A release has to be the named agency's own.
    pub own_release: bool,
    /// The agency has to be approved when a custodian answers.
    pub approved_now: bool,
    /// A revoked grant is not answered for.
    pub revocation: bool,
    /// Nor is one of which the agency said that it is deleted.
    pub deleted: bool,
    /// What is granted lies in the request's window.
    pub range_in_window: bool,
    /// Voluntary requests of one agency in 30 days, as residents have it and as custodians do.
    pub budget: usize,
    pub custodians_budget: usize,
    /// Custodians look at the chain of an agency's requests, too.
    pub conduct: bool,
    /// Requests for one case.
    pub per_case: usize,
    /// How far the log may be behind a clock.
    pub behind: u64,
    /// What an agency has for writing a receipt.
    pub grace: u64,
    /// A receipt that was made before there was anything to delete proves nothing.
    pub receipt_after_duty: bool,
}

impl Default for Design {
    fn default() -> Self {
        Self {
            answers: 2,
            notice_in_time: true,
            notice_logged: true,
            destroys: true,
            own_release: true,
            approved_now: true,
            revocation: true,
            deleted: true,
            range_in_window: true,
            budget: 5,
            custodians_budget: 4,
            conduct: true,
            per_case: 2,
            behind: 24 * HOUR,
            grace: DAY,
            receipt_after_duty: true,
        }
    }
}

/// What is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Grant(usize),
    Request(usize),
    Epoch(u64),
}

/// A statement in the log, for what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Approved {
        who: Who,
        from: u64,
        to: u64,
        affiliated: bool,
    },
    Withdrawn {
        who: Who,
        anchor: Option<(usize, u64)>,
    },
    Asked(usize),
    Released(usize),
    Key {
        custodian: usize,
        epoch: u64,
        key: usize,
    },
    Started {
        custodian: usize,
        start: usize,
    },
    Noticed(usize),
    Revoked {
        custodian: usize,
        grant: usize,
    },
    /// The anchor is the checkpoint of this number.
    Receipt {
        by: Who,
        subject: Subject,
        anchor: usize,
        carrier: Option<usize>,
    },
}

impl Fact {
    pub fn withdraws(&self, who: Who) -> bool {
        matches!(*self, Self::Withdrawn { who: of, .. } if of == who)
    }
}

#[derive(Debug, Clone)]
pub struct Request {
    pub agency: usize,
    pub ask: Ask,
    pub window: (u64, u64),
    pub retention: u64,
    pub open_until: u64,
    /// Requests of one case have one number here.
    pub case: usize,
    pub key: usize,
    /// Whose place among the agency's it takes, what it is known by, and what it says it follows.
    pub number: u64,
    pub id: usize,
    pub follows: Option<usize>,
    /// The time of its anchor.
    pub made: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct Grant {
    pub agency: usize,
    pub request: usize,
    pub home: usize,
    pub range: Range,
    /// The first millisecond after its access.
    pub end: u64,
    /// The expiry key of each custodian that a share is locked to.
    pub keys: [usize; CUSTODIANS],
}

impl Grant {
    /// The last day of access.
    pub fn epoch(&self) -> u64 {
        self.end / DAY - 1
    }
}

#[derive(Debug, Clone)]
pub struct Release {
    pub grant: usize,
    /// Who signed it.
    pub by: usize,
}

#[derive(Debug, Clone)]
pub struct Notice {
    pub custodian: usize,
    pub release: usize,
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub custodian: usize,
    pub release: usize,
    pub notice: usize,
}

/// How far a grant has come at its agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    TakenIn,
    /// By this release.
    Released(usize),
    /// Enough custodians have answered.
    Answered,
    Deleted,
}

#[derive(Debug, Clone, Default)]
pub struct Agency {
    /// The last request that its store knows: its number, and what it is known by.
    pub last: Option<(u64, usize)>,
    /// The requests that its store knows, and those of them whose keys are held.
    pub requests: BTreeSet<usize>,
    pub request_keys: BTreeSet<usize>,
    /// How far each grant has come that was taken in.
    pub grants: BTreeMap<usize, Stage>,
    /// The grants whose one-time keys are held.
    pub one_time: BTreeSet<usize>,
    /// The custodians whose answers were taken, by grant.
    pub taken: BTreeMap<usize, BTreeSet<usize>>,
    /// The release of each grant that was ever released: a dishonest agency would have its keys still.
    pub ever_released: BTreeMap<usize, usize>,
    /// The answers that it was handed.
    pub answers: Vec<usize>,
}

/// A custodian's key store: the keys that it holds, those that it destroyed, and the grants that it was told are revoked.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub held: BTreeMap<u64, usize>,
    pub destroyed: BTreeSet<u64>,
    pub revoked: BTreeSet<usize>,
}

#[derive(Debug, Clone, Default)]
pub struct Custodian {
    pub store: Store,
    /// An earlier state of its store.
    pub image: Store,
    /// The start that is not in the log yet, as far as it knows; nothing if it serves.
    pub starting: Option<usize>,
    /// What it gave notice of and has not answered, in memory only.
    pub pending: BTreeSet<usize>,
}

/// Everything that the model knows.
#[derive(Debug, Clone)]
pub struct Model {
    pub design: Design,
    pub now: u64,
    pub log: Log,
    pub withheld: Vec<Fact>,
    /// By how much each reader's clock is ahead, in milliseconds.
    pub clocks: [i64; Reader::COUNT],
    /// How many checkpoints those know who do not follow the log.
    pub stuck: [Option<usize>; Reader::COUNT],
    pub requests: Vec<Request>,
    pub grants: Vec<Grant>,
    pub releases: Vec<Release>,
    pub notices: Vec<Notice>,
    pub answers: Vec<Answer>,
    pub agencies: [Agency; AGENCIES],
    pub custodians: [Custodian; CUSTODIANS],
    /// How many names were given: to requests, keys and starts.
    pub names: usize,
    /// Which second of which home's clip which agency has seen: by agency, grant, and segment.
    pub obtained: BTreeSet<(usize, usize, u32)>,
}

impl Model {
    /// A name that nothing has.
    pub fn name(&mut self) -> usize {
        self.names += 1;
        self.names
    }

    pub fn publish(&mut self, fact: Fact, fate: Fate) {
        match fate {
            Fate::Logged => self.log.append(fact),
            Fate::Withheld => self.withheld.push(fact),
            Fate::Lost => {}
        }
    }

    pub fn clock(&self, reader: Reader) -> u64 {
        self.now.saturating_add_signed(self.clocks[reader.number()])
    }
}
