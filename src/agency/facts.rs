use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits, record_array, record_number};
use crate::crypto::Wrapped;
use crate::record::{Anchor, Envelope, Receipt, Release, Request, StatementId, Terms, Tool, Verified};
use crate::store;

/// How far an own request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum RequestState {
    /// It was made: its key is here.
    Asked,
    /// The request is closed: its key is erased, and no receipt is signed yet.
    Closed,
    /// Its key is being destroyed.
    Destroying,
    /// Its key is destroyed, and the receipt is signed.
    Destroyed,
}
record_number!(RequestState { Asked = 1, Destroying = 2, Destroyed = 3, Closed = 4 });

/// How far a grant has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum GrantState {
    /// It was taken in: the agency's half of the lock and the excerpt are here.
    TakenIn,
    /// Its release is signed.
    Released,
    /// Enough custodians have answered: both halves are here, and it can be opened again and again.
    Answered,
    /// The agency has what it wanted: the keys are erased.
    Finished,
    /// It is being deleted.
    Deleting,
    /// It is deleted, and the receipt is signed. It never comes back.
    Deleted,
}
record_number!(GrantState { TakenIn = 1, Released = 2, Answered = 3, Finished = 4, Deleting = 5, Deleted = 6 });

/// What was ordered to be deleted: all that signing the receipt takes once it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ordered {
    pub(super) tool: Tool,
    pub(super) backups: bool,
    pub(super) obtained: bool,
    pub(super) anchor: Anchor,
}
record_array!(Ordered { tool, backups, obtained, anchor });

/// A request, as its fact has it.
#[derive(Debug, Clone)]
pub(super) struct RequestFact {
    pub(super) state: RequestState,
    pub(super) request: Verified<Request>,
    pub(super) ordered: Option<Ordered>,
    pub(super) receipt: Option<Verified<Receipt>>,
}
record_array!(RequestFact { state, request, ordered, receipt });

/// A grant, as its fact has it.
#[derive(Debug, Clone)]
pub(super) struct GrantFact {
    pub(super) state: GrantState,
    pub(super) terms: Verified<Terms>,
    pub(super) envelope: Verified<Envelope>,
    /// The wraps of the custodians' shares, which they are brought.
    pub(super) wraps: Vec<Wrapped>,
    /// Bytes of the excerpt.
    pub(super) length: u64,
    /// `true` if every expiry key that the terms name was known when the grant was taken in, and is X-Wing.
    pub(super) strong: bool,
    pub(super) release: Option<Verified<Release>>,
    pub(super) ordered: Option<Ordered>,
    pub(super) receipt: Option<Verified<Receipt>>,
}

impl RequestFact {
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let fact: Self = decode(bytes, store::limits::FACT_BYTES)?;
        let fits = match fact.state {
            RequestState::Asked | RequestState::Closed => fact.ordered.is_none() && fact.receipt.is_none(),
            RequestState::Destroying => fact.ordered.is_some() && fact.receipt.is_none(),
            RequestState::Destroyed => fact.receipt.is_some(),
        };
        if fits { Ok(fact) } else { Err(CborError::Value("RequestFact")) }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

impl GrantFact {
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let fact: Self = decode(bytes, store::limits::FACT_BYTES)?;
        let fits = match fact.state {
            GrantState::TakenIn => fact.release.is_none() && fact.ordered.is_none() && fact.receipt.is_none(),
            GrantState::Released | GrantState::Answered | GrantState::Finished => {
                fact.release.is_some() && fact.ordered.is_none() && fact.receipt.is_none()
            }
            GrantState::Deleting => fact.ordered.is_some() && fact.receipt.is_none(),
            GrantState::Deleted => fact.receipt.is_some(),
        };
        if fits { Ok(fact) } else { Err(CborError::Value("GrantFact")) }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Returns whether this is a grant of the request that is taken in and not released.
    pub(super) fn is_waiting_for(&self, request: StatementId) -> bool {
        self.state == GrantState::TakenIn && self.terms.statement().request == request
    }

    /// Whether the excerpt lies in the objects.
    pub(super) const fn has_copy(&self) -> bool {
        !matches!(self.state, GrantState::Deleting | GrantState::Deleted)
    }
}

impl Encode for GrantFact {
    fn encode(&self, to: &mut Writer) {
        to.array(9);
        self.state.encode(to);
        self.terms.encode(to);
        self.envelope.encode(to);
        self.wraps.encode(to);
        self.length.encode(to);
        self.strong.encode(to);
        self.release.encode(to);
        self.ordered.encode(to);
        self.receipt.encode(to);
    }
}

impl Decode for GrantFact {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(9)?;
        let (state, terms, envelope) = (Decode::decode(from)?, Decode::decode(from)?, Decode::decode(from)?);
        let wraps = from.list(limits::CUSTODIANS)?;
        let (length, strong, release) = (Decode::decode(from)?, Decode::decode(from)?, Decode::decode(from)?);
        let (ordered, receipt) = (Decode::decode(from)?, Decode::decode(from)?);
        Ok(Self { state, terms, envelope, wraps, length, strong, release, ordered, receipt })
    }
}
