//! What can happen.

/// How many agencies there are. The third is approved by nobody.
pub const AGENCIES: usize = 3;
/// The one that nobody approved.
pub const STRANGER: usize = 2;
/// How many custodians the group has.
pub const CUSTODIANS: usize = 3;
/// How many witnesses the log has. The last one lies about the time if it likes.
pub const WITNESSES: u8 = 4;

pub const SECOND: u64 = 1000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

/// Whoever follows the log and has a clock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Resident,
    Custodian(usize),
    Agencies,
}

impl Reader {
    pub const COUNT: usize = CUSTODIANS + 2;

    pub fn number(self) -> usize {
        match self {
            Self::Resident => 0,
            Self::Custodian(n) => 1 + n,
            Self::Agencies => 1 + CUSTODIANS,
        }
    }
}

/// How far time goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    Millis(u64),
    /// To two seconds before the day is over, so that what is witnessed next still belongs to it.
    ToDaysEnd,
}

/// Whom a registrar speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Agency(usize),
    Custodian(usize),
}

/// What becomes of a statement on its way to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Logged,
    /// The operator holds it back, until it admits it.
    Withheld,
    Lost,
}

/// What is special about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Plain,
    /// About the other home.
    Elsewhere,
    /// Its window ends after the first two seconds of the first clip.
    HalfWindow,
    /// Its window ends before any clip begins.
    EarlyWindow,
    FutureWindow,
    ShortWindow,
    LongWindow,
    SmallCell,
    LargeCell,
    OutsideJurisdiction,
    AnyOffence,
    /// Under the case number that all of this kind have.
    SameCase,
    Legal,
    OpenTooLong,
    KeptTooLong,
    /// It asks for one day only.
    KeptBriefly,
    NumberTwice,
    NumberSkipped,
    FalsePredecessor,
    /// With the request key of whoever asked last.
    UsedKey,
    WrongSigner,
    NoAnchor,
}

/// Segments of a clip, from one to before another.
pub type Range = (u32, u32);

/// What an excerpt looks like when it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    Whole,
    /// One byte is another; which, in 256ths of the file.
    Byte(u8),
    /// One of its parts is another excerpt's.
    Swapped {
        part: u8,
        with: usize,
    },
    BodiesSwapped,
    CutOff,
}

/// What an agency brings to a custodian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    Right,
    /// The wrap for another custodian.
    OtherWrap,
    /// The envelope of another grant.
    OtherEnvelope(usize),
}

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    To(usize),
    Twice(usize),
    Lost,
}

/// How an agency comes to its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    All,
    /// The first so many.
    Most(usize),
    /// The first, and the same under another custodian's name.
    OneTwice,
}

/// What an agency's store has lost after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Nothing,
    OneTimeKeys,
    /// Facts, too.
    Everything,
}

/// What is said by somebody who has no say in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// An agency approves itself.
    OwnApproval,
    /// An agency withdraws another.
    Withdrawal,
    /// A stranger gives notice in a custodian's name.
    Notice { custodian: usize, release: usize },
    /// A stranger says that a custodian was told of a revocation.
    Revocation { custodian: usize, grant: usize },
    /// Bytes that are no statement.
    Garbage,
    /// An entry once more.
    Repeat(u8),
}

/// Another history that the log's operator shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// With another entry in the place of a witnessed one, to witnesses who have seen that.
    Honest,
    /// The same, cosigned by witnesses who forgot everything, to whoever has seen the one.
    Bribed,
    /// One entry less than was witnessed, likewise cosigned.
    Dropped,
    /// A checkpoint from the beginning.
    Rewound,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Pass(Span),
    /// The log is witnessed by all but these, the last of whose clocks is so many days ahead.
    Witness {
        absent: u8,
        liar: i64,
    },
    Ask {
        agency: usize,
        ask: Ask,
        fate: Fate,
    },
    /// The resident's app looks at a request.
    Check {
        request: usize,
    },
    Consent {
        request: usize,
        home: usize,
        range: Range,
        days: u64,
        late: bool,
    },
    TakeIn {
        agency: usize,
        grant: usize,
        arrival: Arrival,
    },
    Release {
        agency: usize,
        grant: usize,
        fate: Fate,
    },
    /// Another agency signs a release of its own from what a logged one shows.
    Steal {
        agency: usize,
        release: usize,
    },
    Deliver {
        custodian: usize,
        release: usize,
        brought: Brought,
        fate: Fate,
    },
    Answer {
        custodian: usize,
        notice: usize,
        handed: Handed,
    },
    Open {
        agency: usize,
        grant: usize,
        answers: Answers,
    },
    RestartAgency {
        agency: usize,
        loss: Loss,
    },
    /// An agency states that it deleted a grant, by the first or the latest checkpoint; a custodian may carry it.
    Delete {
        agency: usize,
        grant: usize,
        early: bool,
        carrier: Option<usize>,
        fate: Fate,
    },
    Close {
        request: usize,
        fate: Fate,
    },
    Revoke {
        custodian: usize,
        grant: usize,
        forged: bool,
        fate: Fate,
    },
    RestartCustodian {
        custodian: usize,
        restored: bool,
        fate: Fate,
    },
    Serve {
        custodian: usize,
    },
    Snapshot {
        custodian: usize,
    },
    Destroy {
        custodian: usize,
        fate: Fate,
    },
    PublishKeys {
        custodian: usize,
        fate: Fate,
    },
    /// A clock is so many hours ahead of the true time from now on.
    Clock {
        reader: Reader,
        hours: i64,
    },
    /// From now on a reader sees nothing new of the log, or all of it again.
    Follow {
        reader: Reader,
        follows: bool,
    },
    Renew {
        agencies: bool,
        custodians: bool,
        affiliated: bool,
    },
    Withdraw {
        who: Who,
    },
    Admit,
    Lie {
        lie: Lie,
    },
    Show {
        history: History,
    },
}
