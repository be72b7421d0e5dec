//! Two kinds of statement that only unit tests know.

use crate::cbor::record_array;

use super::signed::statement;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) number: u64,
    pub(crate) padding: Vec<u64>,
}
record_array!(Sample { number, padding });
statement!(Sample, "sample");

/// What those who look for samples cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherSample {
    pub(crate) number: u64,
}
record_array!(OtherSample { number });
statement!(OtherSample, "other-sample");
