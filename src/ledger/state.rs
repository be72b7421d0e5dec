use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode_by, encode, limits, record_array, record_number};
use crate::crypto::{Digest, sha256};
use crate::record::{Anchor, TrustRoots};
use crate::tlog::{Follower, Witnessed};

use super::approvals::{Approval, Held, Holding, Register, Withdrawn};
use super::asked::{Asked, Case, Requests};
use super::book::AgencyBook;
use super::breach::Breach;
use super::fold::{ExpiryEntry, Made, ReceiptEntry, View};
use super::full::Ledger;
use super::grants::{Grants, Noticed, OpenGrants, ReleaseEntry, Released};
use super::signers::{Place, Signers};

/// Why bytes are no state to go on from. Replay the log from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StateError {
    /// The bytes are not those that were saved.
    #[error("not the bytes that were saved")]
    Damaged,
    /// Not the state of the expected kind, or saved by another version of this library.
    #[error("not such a state, or one of another version")]
    Kind,
    /// Saved under other trust roots.
    #[error("saved under other trust roots")]
    OtherTrust,
    /// Saved under another policy.
    #[error("saved under another policy")]
    OtherPolicy,
    /// Not the canonical bytes of a state.
    #[error("not a state: {0}")]
    Form(#[from] CborError),
}

/// What is changed with any change of what a state holds.
const VERSION: u64 = 1;

/// Whose state it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StateKind {
    Ledger,
    Auditor,
}
record_number!(StateKind { Ledger = 1, Auditor = 2 });

/// What every state begins with, so that none is taken for one's own that is not.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    version: u64,
    kind: StateKind,
    trust: Digest,
}
record_array!(Head { version, kind, trust });

struct State<T> {
    head: Head,
    content: T,
}

impl<T: Encode> Encode for State<T> {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        self.head.encode(to);
        self.content.encode(to);
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, to: &mut Writer) {
        (**self).encode(to);
    }
}

/// The canonical bytes of a state, and their SHA-256.
pub(crate) fn write_state(kind: StateKind, trust: Digest, content: &impl Encode) -> Vec<u8> {
    let head = Head { version: VERSION, kind, trust };
    let mut bytes = encode(&State { head, content });
    let digest = sha256(&[&bytes]);
    bytes.extend_from_slice(&digest);
    bytes
}

/// Reads a state of this kind that was saved under these roots.
pub(crate) fn read_state<T: Encode>(
    kind: StateKind,
    trust: Digest,
    bytes: &[u8],
    content: impl FnOnce(&mut Reader<'_>) -> Result<T, CborError>,
) -> Result<T, StateError> {
    let (bytes, digest) = bytes.split_last_chunk::<32>().ok_or(StateError::Damaged)?;
    if sha256(&[bytes]) != *digest {
        return Err(StateError::Damaged);
    }
    let mut from = Reader::new(bytes);
    from.array_of(2)?;
    let head = Head::decode(&mut from).map_err(|_| StateError::Kind)?;
    if (head.version, head.kind) != (VERSION, kind) {
        return Err(StateError::Kind);
    }
    if head.trust != trust {
        return Err(StateError::OtherTrust);
    }
    let state = decode_by(bytes, limits::STATE_BYTES, |from| {
        from.array_of(2)?;
        from.lift_list_limit();
        Ok(State { head: Head::decode(from)?, content: content(from)? })
    })?;
    Ok(state.content)
}

impl Ledger {
    /// Its whole state, to be [restored](Self::restore) later: where the log was followed to, and all that is known from it.
    pub fn save(&self) -> Vec<u8> {
        write_state(StateKind::Ledger, self.trust().digest(), self)
    }

    /// The ledger where it was when it was [saved](Self::save).
    ///
    /// What it says of the log is believed, as nothing proves it: keep it where nobody else writes. It is read as strictly
    /// as all else, the checkpoint and the statements that are kept in full are verified again, and it says by a digest if
    /// its medium did not keep it well.
    pub fn restore(bytes: &[u8], trust: TrustRoots) -> Result<Self, StateError> {
        read_state(StateKind::Ledger, trust.digest(), bytes, |from| Self::decode(from, trust))
    }

    pub(crate) fn decode(from: &mut Reader<'_>, trust: TrustRoots) -> Result<Self, CborError> {
        from.array_of(4)?;
        let (size, edge) = (from.uint()?, from.list(64)?);
        let latest = Option::<Anchor>::decode(from)?;
        let latest = latest.map(|note| Witnessed::verify(note.as_bytes(), trust.log())).transpose();
        let follower = latest.ok().and_then(|latest| Follower::restore(trust.log().clone(), size, edge, latest).ok());
        let follower = follower.ok_or(CborError::Value("place in the log"))?;
        let mut view = View::decode(from, trust)?;
        view.latest = follower.latest().cloned();
        Ok(Self { follower, view })
    }
}

impl Encode for Ledger {
    fn encode(&self, to: &mut Writer) {
        to.array(4);
        self.follower.size().encode(to);
        self.follower.edge().encode(to);
        self.follower.latest().map(Witnessed::to_anchor).encode(to);
        self.view.encode(to);
    }
}

/// Writes the state of a view as the array of these fields. The rest is given, or found again.
macro_rules! view {
    ($($field:ident),+ $(,)?) => {
        impl Encode for View {
            fn encode(&self, to: &mut Writer) {
                to.array([$(stringify!($field)),+].len());
                $(self.$field.encode(to);)+
            }
        }

        impl View {
            fn decode(from: &mut Reader<'_>, trust: TrustRoots) -> Result<Self, CborError> {
                from.array_of([$(stringify!($field)),+].len())?;
                let mut view = Self::new(trust);
                $(view.$field = Decode::decode(from)?;)+
                Ok(view)
            }
        }
    };
}
view! {
    agencies, custodians, makers, withdrawn, signers, requests, custodial, expiry_keys, open_expiry_keys, starts, grants, revoked, receipts,
    disclosures, breaches, seen
}

record_array!(Place { index, existed_by, signer });
record_array!(Asked { id, agency, offence, voluntary, made, open_until, key, outcome, case, place, standing, clean });
record_array!(AgencyBook { requests, signers, first, follows, chain, apart, forked });
record_array!(Held { content, validity, registrars, since });
record_array!(Noticed { custodian, release, place });
record_array!(Released {
    terms,
    request,
    agency,
    not_before,
    not_after,
    agency_half,
    threshold,
    releases,
    notices,
    kept_until
});
record_array!(ReleaseEntry { terms, agency, standing, place });
record_array!(OpenGrants { terms, releases, notices });
record_array!(Grants { all, releases, open });
record_array!(ExpiryEntry { id, key, usable, place });
record_array!(ReceiptEntry { signer, keys, existed_by, made });
record_array!(Made { not_before, size });

impl<T: Encode> Encode for Holding<T> {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        self.contents.encode(to);
        self.times.encode(to);
    }
}

impl<T: Decode> Decode for Holding<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        Ok(Self { contents: Decode::decode(from)?, times: Decode::decode(from)? })
    }
}

impl<T: Approval<Holder: Encode> + Encode> Encode for Register<T> {
    fn encode(&self, to: &mut Writer) {
        self.holders.encode(to);
    }
}

impl<T: Approval<Holder: Decode> + Decode> Decode for Register<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Ok(Self { holders: Decode::decode(from)? })
    }
}

impl Encode for Withdrawn {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        self.keys.encode(to);
        self.cameras.encode(to);
    }
}

impl Decode for Withdrawn {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        Ok(Self { keys: Decode::decode(from)?, cameras: Decode::decode(from)? })
    }
}

impl Encode for Signers {
    fn encode(&self, to: &mut Writer) {
        self.keys().encode(to);
    }
}

impl Decode for Signers {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Vec::decode(from).map(Self::from_iter)
    }
}

impl Encode for Requests {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        self.all().encode(to);
        self.books.encode(to);
        self.open.encode(to);
    }
}

impl Decode for Requests {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        let (all, books) = (Decode::decode(from)?, Decode::decode(from)?);
        Ok(Self::restored(all, books, Decode::decode(from)?))
    }
}

impl Encode for Case {
    fn encode(&self, to: &mut Writer) {
        to.bytes(&self.0);
    }
}

impl Decode for Case {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.bytes_of().map(Self)
    }
}

// The kind's number, the index, then whichever statements the kind names.
impl Encode for Breach {
    fn encode(&self, to: &mut Writer) {
        let (kind, index, statement, other) = match *self {
            Self::Unreadable { index } => (1, index, None, None),
            Self::NotApproved { index, statement } => (2, index, Some(statement), None),
            Self::Sequence { index, statement, other } => (3, index, Some(statement), other),
            Self::RequestKeyReused { index, statement, earlier } => (4, index, Some(statement), Some(earlier)),
            Self::SecondExpiryKey { index, statement, earlier } => (5, index, Some(statement), Some(earlier)),
            Self::BadRelease { index, statement } => (6, index, Some(statement), None),
        };
        to.array(4);
        to.uint(kind);
        index.encode(to);
        statement.encode(to);
        other.encode(to);
    }
}

impl Decode for Breach {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(4)?;
        let (kind, index) = (from.uint()?, from.uint()?);
        let (statement, other) = (Decode::decode(from)?, Decode::decode(from)?);
        Ok(match (kind, statement, other) {
            (1, None, None) => Self::Unreadable { index },
            (2, Some(statement), None) => Self::NotApproved { index, statement },
            (3, Some(statement), other) => Self::Sequence { index, statement, other },
            (4, Some(statement), Some(earlier)) => Self::RequestKeyReused { index, statement, earlier },
            (5, Some(statement), Some(earlier)) => Self::SecondExpiryKey { index, statement, earlier },
            (6, Some(statement), None) => Self::BadRelease { index, statement },
            _ => return Err(CborError::Value("breach")),
        })
    }
}
