use crate::cbor::{encode, record_array};
use crate::crypto::{Digest, Label};
use crate::record::{Days, Millis, SquareMeters};

/// The rules that a request and a grant have to keep. Each can be set.
///
/// The limits of area, window and requests for one case are those that the maker of Ring cameras set itself when it made
/// the requests of police public: Ring, "Request for Assistance - Policy", help.publicsafety.ring.com, article
/// 1500012585181. Where no such rule existed, the default is this crate's own, and says so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Policy {
    /// The smallest area, so that a request points at no single home: 0.025 square miles by default (Ring's rule 3).
    pub min_area: SquareMeters,
    /// The largest area: 0.5 square miles by default (Ring's rule 3).
    pub max_area: SquareMeters,
    /// The shortest window: 15 minutes by default (Ring's rule 3).
    pub min_window: Millis,
    /// The longest window: 12 hours by default (Ring's rule 3).
    pub max_window: Millis,
    /// How many requests one case may have: 2 by default (Ring's rule 5).
    pub per_case: u32,
    /// How many voluntary requests an agency has in 30 days: 50 by default. Ring counted none, so this is our own.
    pub budget: u32,
    /// The longest retention: 30 days by default. What police downloaded from Ring they could keep for ever, so this is our
    /// own.
    pub max_retention: Days,
    /// How long a request may be open: 7 days by default, our own, so that request keys are short-lived.
    pub max_open: Days,
    /// Whether every wrap has to be post-quantum: yes by default. A deployment that may only use published standards says no,
    /// and what it opens then says so.
    pub post_quantum: bool,
    /// How long a permit holds: one hour by default, our own, after which the ledger is to be asked again.
    pub permit: Millis,
    /// How far the checkpoint that a decision rests on may be behind the device's clock: 24 hours by default, our own.
    pub max_behind: Millis,
}
record_array!(Policy {
    min_area,
    max_area,
    min_window,
    max_window,
    per_case,
    budget,
    max_retention,
    max_open,
    post_quantum,
    permit,
    max_behind
});

impl Default for Policy {
    fn default() -> Self {
        let days = |days| Days::new(days).unwrap_or(Days::ONE);
        Self {
            min_area: SquareMeters(64_750),
            max_area: SquareMeters(1_294_994),
            min_window: Millis::MINUTE.times(15),
            max_window: Millis::HOUR.times(12),
            per_case: 2,
            budget: 50,
            max_retention: days(30),
            max_open: days(7),
            post_quantum: true,
            permit: Millis::HOUR,
            max_behind: Millis::DAY,
        }
    }
}

impl Policy {
    /// Its digest, which permits are bound to.
    pub fn digest(&self) -> Digest {
        Digest::of(Label::POLICY, &[&encode(self)])
    }
}
