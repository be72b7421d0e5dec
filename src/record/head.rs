use crate::cbor::{record_array, record_number};
use crate::crypto::{Digest, Suite};

use super::signed::statement;
use super::{ClipId, Timestamp};

/// What a camera signs of a clip as it grows: the first `count` segments have this root. The last head of a clip, the one
/// with an `end`, is its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Head {
    /// Which clip.
    pub clip: ClipId,
    /// The cipher of its segments.
    pub suite: Suite,
    /// The digest of its header.
    pub header: Digest,
    /// How many segments are signed here.
    pub count: u32,
    /// The RFC 6962 root over their leaves.
    pub root: Digest,
    /// The wall time of the clip's beginning, if the clock was not set then and has been set since.
    pub set: Option<ClockSet>,
    /// How the clip ended, in the manifest.
    pub end: Option<End>,
}
record_array!(Head { clip, suite, header, count, root, set, end });
statement!(Head, "head");

/// The setting of a clock that was not set when a clip began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ClockSet {
    /// The wall time at the clip's beginning.
    pub wall: Timestamp,
    /// Whether that is earlier than something that the camera dated before. It is not believed then.
    pub earlier: bool,
}
record_array!(ClockSet { wall, earlier });

/// The end of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct End {
    /// How the clip ended.
    pub how: Ending,
    /// How many tracks the recording had that the camera did not take; at least so many if the clip was recovered.
    pub tracks: u64,
    /// How many samples of all tracks the camera did not take, as far as it has seen them; at least so many if the clip was
    /// recovered.
    pub samples: u64,
}
record_array!(End { how, tracks, samples });

/// How a clip ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Ending {
    /// The camera closed it: the count is exact.
    Finished,
    /// A power cut ended it and the camera closed what it could still vouch for: every count is a lower bound.
    Recovered,
    /// The source of the recording ended in the middle: the count is exact, and there was more.
    CutOff,
}
record_number!(Ending { Finished = 1, Recovered = 2, CutOff = 3 });
