use core::fmt;

use thiserror::Error;

use crate::cbor::record_number;

/// A rule of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Rule {
    /// The request is in the log, signed by the agency's approved key.
    Standing,
    /// The agency is approved now.
    AgencyApproved,
    /// The checkpoint that the decision rests on is recent.
    FreshLog,
    /// The request's anchor is a witnessed checkpoint of this log.
    Anchor,
    /// The cells have the resolution that the rules set for that place.
    Resolution,
    /// The cells lie in the agency's jurisdiction.
    Jurisdiction,
    /// The window is long enough.
    MinWindow,
    /// The window is no longer than allowed.
    MaxWindow,
    /// The window was past when the request was made, by witnessed time.
    PastWindow,
    /// The offence is a real one, not the code for everything else.
    Offence,
    /// No more requests for one case than allowed.
    PerCase,
    /// No more voluntary requests in 30 days than allowed.
    Budget,
    /// The requests of the agency form one chain, and this one's key is fresh.
    Conduct,
    /// The retention is no longer than allowed.
    Retention,
    /// The request is open no longer than allowed.
    OpenTime,
    /// The request is open now.
    Open,
    /// Request key and expiry keys stay sealed against a later quantum computer.
    PostQuantum,
    /// The granted range lies inside the request's window.
    RangeInWindow,
    /// Access ends at least one whole epoch ahead, and no later than the request asked.
    EndDate,
    /// The custodians form an approved group with their keys for the last epoch.
    Custodians,
    /// The custodians who are affiliated with the agency do not reach the threshold.
    Affiliation,
}

record_number!(Rule {
    Standing = 1,
    AgencyApproved = 2,
    FreshLog = 3,
    Anchor = 4,
    Resolution = 5,
    Jurisdiction = 6,
    MinWindow = 7,
    MaxWindow = 8,
    PastWindow = 9,
    Offence = 10,
    PerCase = 11,
    Budget = 12,
    Conduct = 13,
    Retention = 14,
    OpenTime = 15,
    Open = 16,
    RangeInWindow = 17,
    EndDate = 18,
    Custodians = 19,
    Affiliation = 20,
    PostQuantum = 21
});

/// A rule that was broken: what was found, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Broken {
    /// The rule.
    pub rule: Rule,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: found {}, allowed {}", self.rule, self.found, self.allowed)
    }
}

/// The policy refuses: every rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("refused by the policy: {}", .broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
#[non_exhaustive]
pub struct Refusal {
    /// At least one.
    pub broken: Vec<Broken>,
}

impl Refusal {
    /// Whether this rule is among the broken ones.
    pub fn breaks(&self, rule: Rule) -> bool {
        self.broken.iter().any(|broken| broken.rule == rule)
    }
}

/// Gathers what is broken.
#[derive(Default)]
pub(super) struct Findings(Vec<Broken>);

impl Findings {
    /// Keeps a rule, or notes how it is broken.
    pub(super) fn require(&mut self, rule: Rule, kept: bool, found: impl fmt::Display, allowed: impl fmt::Display) {
        if !kept {
            self.0.push(Broken { rule, found: found.to_string(), allowed: allowed.to_string() });
        }
    }

    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal { broken: self.0 }) }
    }
}
