use std::collections::BTreeMap;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits};
use crate::ledger::View;
use crate::merkle::InclusionProof;
use crate::policy::{Policy, Rule};
use crate::record::{Anchor, Entry, Millis, Signed, StatementError, StatementId, Timestamp, TrustRoots};
use crate::tlog::{Checkpoint, LogError, Logged, Note, NoteKey, QuorumError, Witnessed};

use super::charge::{Charge, Weight, charges};

/// Without a witnessed checkpoint for longer than this, a log stands still.
pub const STANDS_STILL: Millis = Millis::DAY;

/// A statement that stands in the log, with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhibit {
    /// The statement's bytes, as the log holds them.
    pub entry: Vec<u8>,
    /// Its index.
    pub index: u64,
    /// That the log holds it under `checkpoint`.
    pub proof: InclusionProof,
    /// A witnessed checkpoint that includes it: the statement existed by its time.
    pub checkpoint: Anchor,
    /// A witnessed checkpoint that does not include it yet: it was logged after its time.
    pub before: Option<Anchor>,
}

/// A charge with the proof that convinces a third party, who needs nothing but this and its own trust.
///
/// What is accused is found again from the exhibits, by the rules that the auditor itself goes by. The times of statements
/// are known within bounds only, from the checkpoint before them to the one that includes them, and whoever makes an
/// accusation chooses those; so it has to hold at either end of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accusation {
    /// What is charged.
    pub charge: Charge,
    /// What it rests on, in the log's order.
    pub exhibits: Vec<Exhibit>,
    /// The checkpoint as of which it is charged; for a charge against the log itself, the two notes that show it.
    pub notes: Vec<Anchor>,
}

/// Why an accusation convinces nobody. It may be true all the same.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AccusationError {
    /// Not the canonical bytes of an accusation.
    #[error("not an accusation: {0}")]
    Form(#[from] CborError),
    /// A note is missing, is superfluous, or is no witnessed checkpoint of the trusted log.
    #[error("a note is no witnessed checkpoint of the trusted log: {0}")]
    Note(#[from] QuorumError),
    /// Other notes than the charge needs.
    #[error("the notes do not show the charge")]
    Notes,
    /// An exhibit is no statement.
    #[error("an exhibit is no statement: {0}")]
    Statement(#[from] StatementError),
    /// An exhibit is not proven to be in the log.
    #[error("an exhibit is not proven: {0}")]
    Log(#[from] LogError),
    /// The exhibits stand in another order than the log's, or the checkpoint before one includes it.
    #[error("the exhibits are not in order")]
    Order,
    /// The exhibits do not show what is charged.
    #[error("the exhibits do not show what is charged")]
    NotShown,
}

/// A statement that is proven, and the time after which it was logged.
struct Proven {
    logged: Logged<Entry>,
    since: Timestamp,
}

impl Accusation {
    /// Reads an accusation from its canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AccusationError> {
        Ok(decode(bytes, limits::ACCUSATION_BYTES)?)
    }

    /// Its canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Checks the accusation from its bytes alone, under one's own trust and policy, and says how much it proves.
    pub fn verify(&self, trust: &TrustRoots, policy: &Policy) -> Result<Weight, AccusationError> {
        match (&self.charge, self.notes.as_slice()) {
            (Charge::Equivocation, [one, other]) => equivocation(one, other, trust)?,
            (Charge::StoodStill { since, until }, [last, next]) => {
                let last = Witnessed::verify(last.as_bytes(), trust.log())?.existed_by();
                let next = Witnessed::verify(next.as_bytes(), trust.log())?.not_before();
                if (last, next) != (*since, *until) || next.since(last) <= STANDS_STILL {
                    return Err(AccusationError::NotShown);
                }
            }
            (Charge::Equivocation | Charge::StoodStill { .. }, _) => return Err(AccusationError::Notes),
            (_, [as_of]) => self.replay(&Witnessed::verify(as_of.as_bytes(), trust.log())?, trust, policy)?,
            _ => return Err(AccusationError::Notes),
        }
        Ok(self.charge.weight())
    }

    fn replay(&self, as_of: &Witnessed, trust: &TrustRoots, policy: &Policy) -> Result<(), AccusationError> {
        let mut proven: Vec<Proven> = Vec::with_capacity(self.exhibits.len());
        for exhibit in &self.exhibits {
            let next = exhibit.prove(trust)?;
            if proven.last().is_some_and(|last| last.logged.index() >= next.logged.index()) {
                return Err(AccusationError::Order);
            }
            proven.push(next);
        }
        let accused = self.charge.statement();
        // As late as can be, as early as can be, and with the accused late and all others early, so that no choice of
        // checkpoints crowds statements into a span.
        let datings: [fn(bool) -> bool; 3] = [|_| true, |_| false, |accused| accused];
        let holds = datings.iter().all(|late| {
            let entries = proven.iter().map(|Proven { logged, since }| {
                let late = late(Some(logged.id()) == accused);
                if late { logged.clone() } else { logged.clone().dated(*since) }
            });
            let view = View::of(trust.clone(), entries, as_of.clone());
            charges(&view, &broken(&view, policy)).iter().any(|found| self.charge.follows_from(found))
        });
        if holds { Ok(()) } else { Err(AccusationError::NotShown) }
    }
}

impl Exhibit {
    fn prove(&self, trust: &TrustRoots) -> Result<Proven, AccusationError> {
        let checkpoint = Witnessed::verify(self.checkpoint.as_bytes(), trust.log())?;
        let verified = Signed::<Entry>::from_bytes(&self.entry)?.verify()?;
        let logged = Logged::prove(verified, self.index, &self.proof, &checkpoint)?;
        let since = match &self.before {
            None => Timestamp::default(),
            Some(before) => {
                let before = Witnessed::verify(before.as_bytes(), trust.log())?;
                if before.checkpoint().size() > self.index {
                    return Err(AccusationError::Order);
                }
                before.not_before()
            }
        };
        Ok(Proven { logged, since })
    }
}

/// The log's own signature under two roots of one size is enough: no witness has to have been fooled.
fn equivocation(one: &Anchor, other: &Anchor, trust: &TrustRoots) -> Result<(), AccusationError> {
    let signed = |note: &Anchor| -> Result<Checkpoint, AccusationError> {
        let note = Note::from_bytes(note.as_bytes()).map_err(QuorumError::from)?;
        let checkpoint: Checkpoint = note.text().parse().map_err(QuorumError::from)?;
        let by_log = checkpoint.origin() == trust.log().origin() && note.is_signed_by(&NoteKey::of_log(trust.log()));
        if by_log { Ok(checkpoint) } else { Err(QuorumError::LogSignature.into()) }
    };
    let (one, other) = (signed(one)?, signed(other)?);
    let forked = one.size() == other.size() && one.root() != other.root();
    if forked { Ok(()) } else { Err(AccusationError::NotShown) }
}

/// The requests of a view that break the policy, and the rules that they break.
fn broken(view: &View, policy: &Policy) -> BTreeMap<StatementId, Vec<Rule>> {
    view.requests().filter_map(|request| Some((request.id(), rules_broken(policy, &request, view)?))).collect()
}

/// The rules that a request breaks, in ascending order; nothing if it breaks none.
pub(super) fn rules_broken(
    policy: &Policy,
    request: &crate::ledger::Standing<crate::record::Request>,
    view: &View,
) -> Option<Vec<Rule>> {
    let refusal = policy.review(request, view).err()?;
    let mut rules: Vec<_> = refusal.broken.iter().map(|broken| broken.rule).collect();
    rules.sort_unstable();
    Some(rules)
}

impl Encode for Exhibit {
    fn encode(&self, to: &mut Writer) {
        to.array(5);
        to.bytes(&self.entry);
        self.index.encode(to);
        self.proof.0.encode(to);
        self.checkpoint.encode(to);
        self.before.encode(to);
    }
}

impl Decode for Exhibit {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(5)?;
        Ok(Self {
            entry: from.bytes(limits::STATEMENT_BYTES)?.to_vec(),
            index: Decode::decode(from)?,
            proof: InclusionProof(Decode::decode(from)?),
            checkpoint: Decode::decode(from)?,
            before: Decode::decode(from)?,
        })
    }
}

impl Encode for Accusation {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        self.charge.encode(to);
        self.exhibits.encode(to);
        self.notes.encode(to);
    }
}

impl Decode for Accusation {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        Ok(Self { charge: Decode::decode(from)?, exhibits: from.list(limits::EXHIBITS)?, notes: from.list(2)? })
    }
}
