//! What can happen, and how bytes say so.
//!
//! Three bytes are one action: what happens, to whom or to which, and how. Any bytes are a sequence. "Which" counts from
//! the latest, so that zeros speak of what happened last; who has nothing to act on does nothing.

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

    fn of(number: u8) -> Self {
        match usize::from(number) % Self::COUNT {
            0 => Self::Resident,
            n if n <= CUSTODIANS => Self::Custodian(n - 1),
            _ => Self::Agencies,
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
    SmallArea,
    LargeArea,
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

impl Ask {
    const ALL: [Self; 22] = [
        Self::Plain,
        Self::Elsewhere,
        Self::HalfWindow,
        Self::EarlyWindow,
        Self::FutureWindow,
        Self::ShortWindow,
        Self::LongWindow,
        Self::SmallArea,
        Self::LargeArea,
        Self::OutsideJurisdiction,
        Self::AnyOffence,
        Self::SameCase,
        Self::Legal,
        Self::OpenTooLong,
        Self::KeptTooLong,
        Self::KeptBriefly,
        Self::NumberTwice,
        Self::NumberSkipped,
        Self::FalsePredecessor,
        Self::UsedKey,
        Self::WrongSigner,
        Self::NoAnchor,
    ];

    /// Most bytes ask plainly: else hardly anything would ever be granted.
    fn of(byte: u8) -> Self {
        Self::ALL.get(usize::from(byte % 64)).copied().unwrap_or(Self::Plain)
    }
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
    Swapped { part: u8, with: usize },
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

/// What an agency's vault has lost after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Nothing,
    OneTimeKeys,
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
    Witness { absent: u8, liar: i64 },
    Ask { agency: usize, ask: Ask, fate: Fate },
    /// The resident's app looks at a request.
    Check { request: usize },
    Consent { request: usize, home: usize, range: Range, days: u64, late: bool },
    TakeIn { agency: usize, grant: usize, arrival: Arrival },
    Release { agency: usize, grant: usize, fate: Fate },
    /// Another agency signs a release of its own from what a logged one shows.
    Steal { agency: usize, release: usize },
    Deliver { custodian: usize, release: usize, brought: Brought, fate: Fate },
    Answer { custodian: usize, notice: usize, handed: Handed },
    Open { agency: usize, grant: usize, answers: Answers },
    RestartAgency { agency: usize, loss: Loss },
    /// An agency states that it deleted a grant, by the first or the latest checkpoint; a custodian may carry it.
    Delete { agency: usize, grant: usize, early: bool, carrier: Option<usize>, fate: Fate },
    Close { request: usize, fate: Fate },
    Revoke { custodian: usize, grant: usize, forged: bool, fate: Fate },
    RestartCustodian { custodian: usize, restored: bool, fate: Fate },
    Serve { custodian: usize },
    Snapshot { custodian: usize },
    Destroy { custodian: usize, fate: Fate },
    PublishKeys { custodian: usize, fate: Fate },
    /// A clock is so many hours ahead of the true time from now on.
    Clock { reader: Reader, hours: i64 },
    /// From now on a reader sees nothing new of the log, or all of it again.
    Follow { reader: Reader, follows: bool },
    Renew { agencies: bool, custodians: bool, affiliated: bool },
    Withdraw { who: Who },
    Admit,
    Lie { lie: Lie },
    Show { history: History },
}

/// What there is to act on.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    /// The agency of each request.
    pub requests: Vec<usize>,
    /// The agency of each grant.
    pub grants: Vec<usize>,
    /// The agency of the grant of each release.
    pub releases: Vec<usize>,
    /// The custodian of each notice, and the agency that it is for.
    pub notices: Vec<(usize, usize)>,
}

impl Action {
    /// The name of each action, in the order of their first byte.
    pub const NAMES: [&'static str; 27] = [
        "Pass",
        "Witness",
        "Ask",
        "Check",
        "Consent",
        "TakeIn",
        "Release",
        "Steal",
        "Deliver",
        "Answer",
        "Open",
        "RestartAgency",
        "Delete",
        "Close",
        "Revoke",
        "RestartCustodian",
        "Serve",
        "Snapshot",
        "Destroy",
        "PublishKeys",
        "Clock",
        "Follow",
        "Renew",
        "Withdraw",
        "Admit",
        "Lie",
        "Show",
    ];

    /// The number of an action by its name: what the first byte is.
    pub fn number(name: &str) -> u8 {
        Self::NAMES.iter().position(|known| *known == name).unwrap_or_default() as u8
    }

    /// Its name.
    pub fn name(bytes: [u8; 3]) -> &'static str {
        Self::NAMES[usize::from(bytes[0]) % Self::NAMES.len()]
    }

    /// Reads an action; nothing if there is nothing that it could act on.
    pub fn read([what, which, how]: [u8; 3], cast: &Cast) -> Option<Self> {
        let latest = |count: usize| count.checked_sub(1).map(|last| last - usize::from(which) % count);
        let (request, grant) = (latest(cast.requests.len()), latest(cast.grants.len()));
        let (release, notice) = (latest(cast.releases.len()), latest(cast.notices.len()));
        // Whom it is meant for, or the other one.
        let one_of = |agency: usize| if how & 1 == 0 { agency } else { 1 - agency };
        let custodian = usize::from(which) % CUSTODIANS;
        let low = usize::from(how % 4);
        let high = fate(how >> 6);
        Some(match Self::NAMES[usize::from(what) % Self::NAMES.len()] {
            "Pass" => Self::Pass(span(which)),
            "Witness" => Self::Witness { absent: which % (1 << WITNESSES), liar: i64::from(how % 3) - 1 },
            "Ask" => Self::Ask { agency: usize::from(which) % AGENCIES, ask: Ask::of(how), fate: high },
            "Check" => Self::Check { request: request? },
            "Consent" => {
                let ranges = [(1, 3), (1, 2), (2, 3), (1, 5), (4, 6), (0, 1), (3, 5), (1, 9)];
                let (range, days) = (ranges[usize::from(how >> 1) % 8], [2, 1, 3, 31][usize::from(how >> 4) % 4]);
                Self::Consent { request: request?, home: low % 2, range, days, late: how >> 6 == 3 }
            }
            "TakeIn" => {
                let with = (grant? + 1) % cast.grants.len();
                let arrival = match how >> 2 & 7 {
                    1 => Arrival::Byte(how >> 5 << 5 | which),
                    2 if with != grant? => Arrival::Swapped { part: how >> 5 & 3, with },
                    2 | 3 => Arrival::CutOff,
                    4 => Arrival::BodiesSwapped,
                    _ => Arrival::Whole,
                };
                Self::TakeIn { agency: one_of(cast.grants[grant?]), grant: grant?, arrival }
            }
            "Release" => Self::Release { agency: one_of(cast.grants[grant?]), grant: grant?, fate: high },
            "Steal" => {
                let agency = if how & 1 == 0 { 1 - cast.releases[release?] } else { STRANGER };
                Self::Steal { agency, release: release? }
            }
            "Deliver" => {
                let other = usize::from(how >> 2) % cast.grants.len().max(1);
                let brought = match how >> 4 & 3 {
                    1 => Brought::OtherWrap,
                    2 => Brought::OtherEnvelope(other),
                    _ => Brought::Right,
                };
                Self::Deliver { custodian: low % CUSTODIANS, release: release?, brought, fate: high }
            }
            "Answer" => {
                let (own, agency) = cast.notices[notice?];
                let handed = match how >> 2 & 7 {
                    1 => Handed::Lost,
                    2 => Handed::Twice(agency),
                    3 => Handed::To(1 - agency),
                    _ => Handed::To(agency),
                };
                Self::Answer { custodian: (own + low) % CUSTODIANS, notice: notice?, handed }
            }
            "Open" => {
                let answers = match how >> 1 & 7 {
                    1 => Answers::Most(1),
                    2 => Answers::Most(2),
                    3 => Answers::OneTwice,
                    _ => Answers::All,
                };
                Self::Open { agency: one_of(cast.grants[grant?]), grant: grant?, answers }
            }
            "RestartAgency" => {
                let loss = [Loss::Nothing, Loss::OneTimeKeys, Loss::Everything, Loss::Nothing][low];
                Self::RestartAgency { agency: usize::from(which) % AGENCIES, loss }
            }
            "Delete" => {
                let carrier = (how >> 2 & 3 != 0).then(|| usize::from(how >> 2 & 3) - 1);
                Self::Delete { agency: one_of(cast.grants[grant?]), grant: grant?, early: how >> 4 & 3 == 3, carrier, fate: high }
            }
            "Close" => Self::Close { request: request?, fate: high },
            "Revoke" => {
                Self::Revoke { custodian: low % CUSTODIANS, grant: grant?, forged: how >> 2 & 7 == 7, fate: high }
            }
            "RestartCustodian" => Self::RestartCustodian { custodian, restored: how & 1 == 1, fate: high },
            "Serve" => Self::Serve { custodian },
            "Snapshot" => Self::Snapshot { custodian },
            "Destroy" => Self::Destroy { custodian, fate: high },
            "PublishKeys" => Self::PublishKeys { custodian, fate: high },
            "Clock" => {
                let hours = [0, 1, 25, -24, 72, 120, -720, 0][usize::from(how) % 8];
                Self::Clock { reader: Reader::of(which), hours }
            }
            "Follow" => Self::Follow { reader: Reader::of(which), follows: how & 1 == 1 },
            "Renew" => {
                let (agencies, custodians) = [(true, true), (true, false), (false, true), (true, true)][low];
                Self::Renew { agencies, custodians, affiliated: how >> 2 & 7 == 7 }
            }
            "Withdraw" => {
                let all = [Who::Agency(0), Who::Agency(1), Who::Custodian(0), Who::Custodian(1), Who::Custodian(2)];
                Self::Withdraw { who: all[usize::from(which) % all.len()] }
            }
            "Admit" => Self::Admit,
            "Lie" => Self::Lie {
                lie: match how % 6 {
                    0 => Lie::OwnApproval,
                    1 => Lie::Withdrawal,
                    2 => Lie::Notice { custodian: usize::from(how) % CUSTODIANS, release: release? },
                    3 => Lie::Revocation { custodian: usize::from(how) % CUSTODIANS, grant: grant? },
                    4 => Lie::Garbage,
                    _ => Lie::Repeat(which),
                },
            },
            _ => Self::Show {
                history: [History::Honest, History::Bribed, History::Dropped, History::Rewound][low],
            },
        })
    }
}

fn span(byte: u8) -> Span {
    match byte % 8 {
        0 => Span::Millis(MINUTE),
        1 => Span::Millis(HOUR),
        2 => Span::Millis(12 * HOUR),
        3 => Span::Millis(DAY),
        4 | 5 => Span::ToDaysEnd,
        6 => Span::Millis(3 * DAY),
        _ => Span::Millis(8 * DAY),
    }
}

fn fate(bits: u8) -> Fate {
    match bits % 4 {
        1 => Fate::Withheld,
        2 => Fate::Lost,
        _ => Fate::Logged,
    }
}
