use crate::cbor::{encode, record_array};
use crate::crypto::{Digest, Label};
use crate::record::{Days, Millis, SquareMeters};

/// The rules that a request and a grant have to keep. Each default is the design's, and each can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Policy {
    /// The smallest area, so that a request never points at one home: 0.025 square miles by default, the least that Ring's
    /// request tool allowed.
    pub min_area: SquareMeters,
    /// The largest area: 0.5 square miles by default, the most that Ring's request tool allowed.
    pub max_area: SquareMeters,
    /// The shortest window: 15 minutes by default.
    pub min_window: Millis,
    /// The longest window: 12 hours by default, the most that Ring's request tool allowed.
    pub max_window: Millis,
    /// How many requests one case may have: 2 by default.
    pub per_case: u32,
    /// How many voluntary requests an agency has in 30 days: 50 by default.
    pub budget: u32,
    /// The longest retention: 30 days by default.
    pub max_retention: Days,
    /// How long a request may be open: 7 days by default.
    pub max_open: Days,
    /// How long a permit holds: one hour by default, after which the ledger is to be asked again.
    pub permit: Millis,
    /// How far the checkpoint that a decision rests on may be behind the device's clock: 24 hours by default.
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
