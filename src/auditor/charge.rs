use std::collections::BTreeMap;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer};
use crate::ledger::{Breach, Party, View, overdue};
use crate::policy::Rule;
use crate::record::{StatementId, Subject, Timestamp};

/// What somebody did, or did not do, against the rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Charge {
    /// Something was to be destroyed, and no good receipt was witnessed in time: of an agency for a grant or a request key,
    /// of a custodian for an expiry key.
    Overdue {
        /// Whose duty.
        party: Party,
        /// What was to be destroyed.
        subject: Subject,
        /// By when the receipt had to be witnessed.
        due: Timestamp,
    },
    /// A release whose signer was not approved as the agency of the terms.
    ReleaseNotApproved {
        /// The release.
        release: StatementId,
    },
    /// A release that was in the log before access began.
    ReleaseTooEarly {
        /// The release.
        release: StatementId,
    },
    /// A release that entered the log after access had ended.
    ReleaseTooLate {
        /// The release.
        release: StatementId,
    },
    /// A request that breaks the policy.
    PolicyBroken {
        /// The request.
        request: StatementId,
        /// The rules, in ascending order.
        rules: Vec<Rule>,
    },
    /// A request with the request key of an earlier one.
    RequestKeyReused {
        /// The later request.
        request: StatementId,
        /// The earlier one.
        earlier: StatementId,
    },
    /// Two requests of one agency with one sequence number, or two that do not follow each other.
    SequenceBroken {
        /// The later request.
        request: StatementId,
        /// The one that it does not fit to; nothing if it is a first request that says it follows another.
        other: Option<StatementId>,
    },
    /// Two expiry keys of one custodian for one epoch.
    SecondExpiryKey {
        /// The later statement.
        key: StatementId,
        /// The earlier one.
        earlier: StatementId,
    },
    /// The log was not witnessed for more than a day.
    StoodStill {
        /// It was last witnessed by then.
        since: Timestamp,
        /// It was witnessed again not before then.
        until: Timestamp,
    },
    /// The log signed two histories.
    Equivocation,
}

/// How much an accusation proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Weight {
    /// The statements shown prove it, unless the registrars had withdrawn a signer's key before.
    Proof,
    /// It rests on something not being in the log: whoever is accused refutes it by showing that (a receipt, an approval, a
    /// checkpoint), and whoever doubts replays the log.
    Absence,
}

impl Charge {
    /// How much an accusation of this proves.
    pub fn weight(&self) -> Weight {
        match self {
            Self::Overdue { .. } | Self::ReleaseNotApproved { .. } | Self::StoodStill { .. } => Weight::Absence,
            // Another approval might show another jurisdiction.
            Self::PolicyBroken { rules, .. } if rules.contains(&Rule::Jurisdiction) => Weight::Absence,
            _ => Weight::Proof,
        }
    }

    /// The statement that is objected to, if it is one.
    pub const fn statement(&self) -> Option<StatementId> {
        match self {
            Self::ReleaseNotApproved { release: id }
            | Self::ReleaseTooEarly { release: id }
            | Self::ReleaseTooLate { release: id }
            | Self::PolicyBroken { request: id, .. }
            | Self::RequestKeyReused { request: id, .. }
            | Self::SequenceBroken { request: id, .. }
            | Self::SecondExpiryKey { key: id, .. } => Some(*id),
            Self::Overdue { .. } | Self::StoodStill { .. } | Self::Equivocation => None,
        }
    }

    /// Whether this charge is made good by what was found: the same, or one that says more.
    pub(super) fn follows_from(&self, found: &Self) -> bool {
        match (self, found) {
            (Self::PolicyBroken { request, rules }, Self::PolicyBroken { request: same, rules: broken }) => {
                request == same && !rules.is_empty() && rules.iter().all(|rule| broken.contains(rule))
            }
            _ => self == found,
        }
    }
}

/// Every charge that a view of the log shows, but for those against the log itself; `broken` are the requests that break the
/// policy.
pub(super) fn charges(view: &View, broken: &BTreeMap<StatementId, Vec<Rule>>) -> Vec<Charge> {
    let overdue = overdue(view).into_iter();
    let overdue = overdue.map(|(duty, _)| Charge::Overdue { party: duty.party, subject: duty.subject, due: duty.due });
    let strangers = view.releases_without_standing().map(|release| Charge::ReleaseNotApproved { release });
    let outside = view.released().flat_map(|grant| {
        grant.releases.iter().filter_map(|&release| {
            let time = view.any_release(release)?.place.existed_by;
            if time < grant.not_before {
                Some(Charge::ReleaseTooEarly { release })
            } else {
                (time >= grant.not_after.end()).then_some(Charge::ReleaseTooLate { release })
            }
        })
    });
    let policy = broken.iter().map(|(request, rules)| Charge::PolicyBroken { request: *request, rules: rules.clone() });
    let breaches = view.breaches().iter().filter_map(|breach| match *breach {
        Breach::RequestKeyReused { statement: request, earlier, .. } => {
            Some(Charge::RequestKeyReused { request, earlier })
        }
        Breach::Sequence { statement: request, other, .. } => Some(Charge::SequenceBroken { request, other }),
        Breach::SecondExpiryKey { statement: key, earlier, .. } => Some(Charge::SecondExpiryKey { key, earlier }),
        // What has no standing, and accuses nobody who has.
        _ => None,
    });
    let mut charges: Vec<_> = overdue.chain(strangers).chain(outside).chain(policy).chain(breaches).collect();
    charges.sort();
    charges.dedup();
    charges
}

// The kind's number, then what it says.
impl Encode for Charge {
    fn encode(&self, to: &mut Writer) {
        to.array(match self {
            Self::Equivocation => 1,
            Self::ReleaseNotApproved { .. } | Self::ReleaseTooEarly { .. } | Self::ReleaseTooLate { .. } => 2,
            Self::Overdue { .. } => 4,
            _ => 3,
        });
        match self {
            Self::Overdue { party, subject, due } => {
                to.uint(1);
                party.encode(to);
                subject.encode(to);
                due.encode(to);
            }
            Self::ReleaseNotApproved { release } => {
                to.uint(2);
                release.encode(to);
            }
            Self::ReleaseTooEarly { release } => {
                to.uint(3);
                release.encode(to);
            }
            Self::PolicyBroken { request, rules } => {
                to.uint(4);
                request.encode(to);
                rules.encode(to);
            }
            Self::RequestKeyReused { request, earlier } => {
                to.uint(5);
                request.encode(to);
                earlier.encode(to);
            }
            Self::SequenceBroken { request, other } => {
                to.uint(6);
                request.encode(to);
                other.encode(to);
            }
            Self::SecondExpiryKey { key, earlier } => {
                to.uint(7);
                key.encode(to);
                earlier.encode(to);
            }
            Self::StoodStill { since, until } => {
                to.uint(8);
                since.encode(to);
                until.encode(to);
            }
            Self::Equivocation => to.uint(9),
            Self::ReleaseTooLate { release } => {
                to.uint(10);
                release.encode(to);
            }
        }
    }
}

impl Decode for Charge {
    // The caller compares what is read with its encoding, so the array's length is checked with it.
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array(4)?;
        Ok(match from.uint()? {
            1 => Self::Overdue {
                party: Decode::decode(from)?,
                subject: Decode::decode(from)?,
                due: Decode::decode(from)?,
            },
            2 => Self::ReleaseNotApproved { release: Decode::decode(from)? },
            3 => Self::ReleaseTooEarly { release: Decode::decode(from)? },
            4 => Self::PolicyBroken { request: Decode::decode(from)?, rules: Decode::decode(from)? },
            5 => Self::RequestKeyReused { request: Decode::decode(from)?, earlier: Decode::decode(from)? },
            6 => Self::SequenceBroken { request: Decode::decode(from)?, other: Decode::decode(from)? },
            7 => Self::SecondExpiryKey { key: Decode::decode(from)?, earlier: Decode::decode(from)? },
            8 => Self::StoodStill { since: Decode::decode(from)?, until: Decode::decode(from)? },
            9 => Self::Equivocation,
            10 => Self::ReleaseTooLate { release: Decode::decode(from)? },
            _ => return Err(CborError::Value("charge")),
        })
    }
}
