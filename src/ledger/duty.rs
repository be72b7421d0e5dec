use crate::cbor::{CborError, Decode, Encode, Reader, Writer};
use crate::record::{AgencyId, CustodianId, Epoch, Millis, Subject, Timestamp};

/// What a signer of receipts has for writing one after the moment at which something had to be destroyed.
pub const RECEIPT_GRACE: Millis = Millis::DAY;

/// How long a custodian waits for witnessed time at most before it destroys the key of an ended epoch.
pub const DESTRUCTION_WAIT: Millis = Millis::HOUR.times(72);

/// Who has to delete something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Party {
    /// An agency.
    Agency(AgencyId),
    /// A custodian.
    Custodian(CustodianId),
}

// The kind's number, then which one.
impl Encode for Party {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        match self {
            Self::Agency(agency) => {
                to.uint(1);
                agency.encode(to);
            }
            Self::Custodian(custodian) => {
                to.uint(2);
                custodian.encode(to);
            }
        }
    }
}

impl Decode for Party {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        match from.uint()? {
            1 => Decode::decode(from).map(Self::Agency),
            2 => Decode::decode(from).map(Self::Custodian),
            _ => Err(CborError::Value("Party")),
        }
    }
}

/// A duty to destroy something and to state it by a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Duty {
    /// Whose duty.
    pub party: Party,
    /// What is to be destroyed.
    pub subject: Subject,
    /// Since when: for a grant, since the answer notice with which the threshold was reached was witnessed.
    pub since: Timestamp,
    /// By when the receipt has to be witnessed.
    pub due: Timestamp,
    /// The entry of the log with which it began: a receipt that does not know of it yet proves nothing.
    pub index: u64,
}

/// By when an agency's receipt for a grant has to be witnessed.
pub fn grant_due(not_after: Epoch) -> Timestamp {
    not_after.end().after(RECEIPT_GRACE)
}

/// By when an agency's receipt for a request key has to be witnessed.
pub fn request_due(open_until: Timestamp) -> Timestamp {
    open_until.after(RECEIPT_GRACE)
}

/// By when a custodian's receipt for an expiry key has to be witnessed.
pub fn epoch_due(epoch: Epoch) -> Timestamp {
    epoch.end().after(DESTRUCTION_WAIT).after(RECEIPT_GRACE)
}
