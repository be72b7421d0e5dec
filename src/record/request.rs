use crate::cbor::{CborError, Decode, Encode, Reader, Writer, record_array, record_number};
use crate::crypto::KemPublicKey;

use super::signed::statement;
use super::{AgencyId, Anchor, Cells, Days, Offence, Reference, StatementId, Timestamp, Window};

/// A request of an agency to the residents of some cells, for footage of a time in the past.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Request {
    /// Who asks.
    pub agency: AgencyId,
    /// The cells whose residents are asked.
    pub cells: Cells,
    /// Of which time.
    pub window: Window,
    /// For which offence.
    pub offence: Offence,
    /// Under which case number; requests of one case are requests of one incident.
    pub case: Reference,
    /// On what basis.
    pub basis: Basis,
    /// How long it wants to keep what it obtains, at most.
    pub retention: Days,
    /// Until when it takes grants; then it destroys the request key.
    pub open_until: Timestamp,
    /// The request key: fresh for this request, every grant of it is locked to it.
    pub key: KemPublicKey,
    /// The number of this request among the agency's, from 0.
    pub sequence: u64,
    /// The agency's request before this one.
    pub previous: Option<StatementId>,
    /// A witnessed checkpoint that the request is not older than.
    pub anchor: Anchor,
}
record_array!(Request {
    agency,
    cells,
    window,
    offence,
    case,
    basis,
    retention,
    open_until,
    key,
    sequence,
    previous,
    anchor
});
statement!(Request, "request");

/// On what basis an agency asks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Basis {
    /// It asks, and the resident is free.
    Voluntary,
    /// It has legal process against the resident. Counted apart, exempt from the budget and from nothing else, and opens
    /// nothing by itself.
    LegalProcess {
        /// Which process.
        process: Process,
        /// The court that issued it.
        court: Reference,
        /// The court's reference.
        reference: Reference,
    },
}

/// A kind of legal process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Process {
    /// A search warrant.
    Warrant,
    /// A subpoena.
    Subpoena,
    /// Another order of a court.
    CourtOrder,
}
record_number!(Process { Warrant = 1, Subpoena = 2, CourtOrder = 3 });

// `null`, or the process with court and reference.
impl Encode for Basis {
    fn encode(&self, to: &mut Writer) {
        match self {
            Self::Voluntary => to.null(),
            Self::LegalProcess { process, court, reference } => {
                to.array(3);
                process.encode(to);
                court.encode(to);
                reference.encode(to);
            }
        }
    }
}

impl Decode for Basis {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        if from.null()? {
            return Ok(Self::Voluntary);
        }
        from.array_of(3)?;
        let (process, court) = (Decode::decode(from)?, Decode::decode(from)?);
        Ok(Self::LegalProcess { process, court, reference: Decode::decode(from)? })
    }
}

/// What became of a request, as its agency reports it. The latest counts; one that was reported before, word for word, is
/// the same statement again, and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Outcome {
    /// The agency that asked.
    pub agency: AgencyId,
    /// Its request.
    pub request: StatementId,
    /// What became of it.
    pub result: OutcomeResult,
}
record_array!(Outcome { agency, request, result });
statement!(Outcome, "outcome");

/// What can become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum OutcomeResult {
    /// Nothing.
    None,
    /// An arrest.
    Arrest,
    /// A charge.
    Charge,
    /// A conviction.
    Conviction,
    /// Somebody was cleared.
    Exoneration,
}
record_number!(OutcomeResult { None = 0, Arrest = 1, Charge = 2, Conviction = 3, Exoneration = 4 });
