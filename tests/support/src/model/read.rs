//! How bytes say what happens.
//!
//! Three bytes are one action: what happens, to whom or to which, and how. Any bytes are a sequence. "Which" counts from
//! the latest, so that zeros speak of what happened last; who has nothing to act on does nothing.

use super::action::{
    AGENCIES, Action, Answers, Arrival, Ask, Brought, CUSTODIANS, DAY, Fate, HOUR, Handed, History, Lie, Loss, MINUTE,
    Reader, STRANGER, Span, WITNESSES, Who,
};

impl Ask {
    const ALL: [Self; 22] = [
        Self::Plain,
        Self::Elsewhere,
        Self::HalfWindow,
        Self::EarlyWindow,
        Self::FutureWindow,
        Self::ShortWindow,
        Self::LongWindow,
        Self::SmallCell,
        Self::LargeCell,
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

impl Reader {
    fn of(number: u8) -> Self {
        match usize::from(number) % Self::COUNT {
            0 => Self::Resident,
            n if n <= CUSTODIANS => Self::Custodian(n - 1),
            _ => Self::Agencies,
        }
    }
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
                Self::Delete {
                    agency: one_of(cast.grants[grant?]),
                    grant: grant?,
                    early: how >> 4 & 3 == 3,
                    carrier,
                    fate: high,
                }
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
            _ => Self::Show { history: [History::Honest, History::Bribed, History::Dropped, History::Rewound][low] },
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
