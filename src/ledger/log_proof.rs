//! The log proof of an evidence file: how it is gathered, encoded and checked.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, decode, encode, limits};
use crate::crypto::VerifyingKey;
use crate::merkle::{Hash, InclusionProof};
use crate::record::{
    Anchor, CameraCertificate, CustodianId, Entry, ExpiryKey, LogRoot, Release, Request, Signed, StatementError,
    StatementId, Terms, Timestamp, TrustRoots, Verified,
};
use crate::tlog::{Archive, Cosignature, LogError, Logged, Note, NoteError, NoteKey, QuorumError, Witnessed};

use super::approvals::{Approval, Entry as Entries, Register};
use super::camera_trust::LogPlace;
use super::fold::View;
use super::grants::Released;

/// The source of the statements of a [`LogProof`].
#[derive(Clone, Copy)]
pub struct ProofSource<'a> {
    /// The log's entries: a [`LogCopy`](crate::tlog::LogCopy), a [`MemoryLog`](crate::logkeeper::MemoryLog), or over the log's
    /// files a `RefCell` of a [`TileTree`](crate::tlog::TileTree).
    pub archive: &'a dyn Archive,
    /// The checkpoint under which all entries are proven. Standing is judged by its time, so take the first checkpoint that
    /// includes the answer notices.
    pub checkpoint: &'a Witnessed,
}

impl core::fmt::Debug for ProofSource<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ProofSource").field("checkpoint", &self.checkpoint).finish_non_exhaustive()
    }
}

/// The reason a log proof cannot be gathered, or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LogProofError {
    /// The ledger does not know the grant's release, or a statement that it rests on. Follow the log.
    #[error("the ledger does not know the release of {0}, or a statement that it rests on: follow the log")]
    Unknown(StatementId),
    /// The checkpoint does not include the entry, or the archive does not hold it. Take a later checkpoint, or another
    /// archive.
    #[error("entry {0} is not in the checkpoint or not in the archive: take a later checkpoint, or another archive")]
    Missing(u64),
    /// The bytes are not those of a canonical log proof.
    #[error("the bytes are not those of a canonical log proof")]
    Form(#[from] CborError),
    /// The checkpoint is not signed by the trusted log and a quorum of its witnesses.
    #[error("the checkpoint is not signed by the trusted log and a quorum of its witnesses")]
    Checkpoint(#[from] QuorumError),
    /// The checkpoint does not have exactly the signature lines of the log and of a quorum.
    #[error("the checkpoint does not have exactly the signature lines of the log and of a quorum")]
    Lines,
    /// An entry is not a valid statement.
    #[error("an entry is not a valid statement")]
    Statement(#[from] StatementError),
    /// An entry is not proven to be in the log.
    #[error("an entry is not proven to be in the log")]
    Log(#[from] LogError),
    /// The entries do not ascend.
    #[error("the entries are not in the order of the log")]
    Order,
    /// There is no proof of the grant's request, with the agency and the id that the terms name.
    #[error("there is no proof of the request that the terms name")]
    Request,
    /// There is no proof of a release of these terms.
    #[error("there is no proof of a release of these terms")]
    Release,
    /// There is no proof of the expiry key that the terms name for a member.
    #[error("there is no proof of the expiry key that the terms name for {0}")]
    ExpiryKey(CustodianId),
    /// The agency's approval no longer holds at the time of the checkpoint. Take an earlier checkpoint: the first that
    /// includes the answer notices.
    #[error("the agency's approval no longer holds at the time of the checkpoint: take an earlier one")]
    Lapsed,
    /// The release, and the makers of the clips' cameras, rest on more statements than an evidence file holds. Take clips of
    /// fewer cameras.
    #[error("the grant rests on more statements of the log than an evidence file holds: take clips of fewer cameras")]
    TooMuch,
    /// Too few members of the custody with standing gave notice of an answer before the end date.
    #[error("{found} custodians with standing gave notice in time, {needed} are needed")]
    Notices {
        /// The number of custodians that did.
        found: usize,
        /// The number that is needed.
        needed: usize,
    },
}

impl From<NoteError> for LogProofError {
    fn from(error: NoteError) -> Self {
        Self::Checkpoint(error.into())
    }
}

/// The log entries that a released grant rests on, each with its inclusion proof under one checkpoint: the request, the
/// releases that custodians answered, their notices, the members' expiry keys, the approvals of the keys that signed these
/// and of the cameras' makers, and the withdrawals of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    checkpoint: Anchor,
    /// The entries, in the log's order.
    entries: Vec<ProvenEntry>,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ProvenEntry {
    index: u64,
    entry: Vec<u8>,
    proof: InclusionProof,
}

/// The statements that a checked [`LogProof`] shows.
#[derive(Debug)]
pub struct ProvenGrant {
    checkpoint: Witnessed,
    request: Logged<Request>,
    release: Logged<Release>,
    approved: bool,
    expiry_keys: Vec<Logged<ExpiryKey>>,
    /// A ledger of the proven entries alone.
    view: View,
}

impl LogProof {
    /// Gathers the proof of a grant whose release enough custodians have answered.
    ///
    /// `cameras` are the certificates of the clips' cameras.
    pub fn gather(
        ledger: &View,
        terms: &Verified<Terms>,
        cameras: &[&Verified<CameraCertificate>],
        source: ProofSource<'_>,
    ) -> Result<Self, LogProofError> {
        let ProofSource { archive, checkpoint } = source;
        let size = checkpoint.checkpoint().size();
        let indices = needed(ledger, terms, cameras, checkpoint).ok_or(LogProofError::Unknown(terms.id()))?;
        let entries = indices.into_iter().map(|index| {
            let found = archive.entry(index).zip(archive.inclusion(index, size)).filter(|_| index < size);
            let (entry, proof) = found.ok_or(LogProofError::Missing(index))?;
            Ok::<_, LogProofError>(ProvenEntry { index, entry, proof })
        });
        let log = ledger.trust().log();
        let proof =
            Self { checkpoint: quorum_note(checkpoint.bytes(), log)?, entries: entries.collect::<Result<_, _>>()? };
        if Self::from_bytes(&proof.to_bytes()).is_err() {
            return Err(LogProofError::TooMuch);
        }
        // Check it with the same function as every reader.
        let proven = proof.prove(terms, ledger.trust())?;
        if proven.is_approved() { Ok(proof) } else { Err(LogProofError::Lapsed) }
    }

    /// Reads a proof from its canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LogProofError> {
        Ok(decode(bytes, limits::LOG_PROOF_BYTES)?)
    }

    /// Returns the proof's canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Checks the proof of a grant's release under these roots, from its bytes alone.
    pub fn prove(&self, terms: &Verified<Terms>, trust: &TrustRoots) -> Result<ProvenGrant, LogProofError> {
        let checkpoint = Witnessed::verify(self.checkpoint.as_bytes(), trust.log())?;
        if !has_quorum_lines(&Note::from_bytes(self.checkpoint.as_bytes())?, trust.log()) {
            return Err(LogProofError::Lines);
        }
        if !self.entries.is_sorted_by(|one, next| one.index < next.index) {
            return Err(LogProofError::Order);
        }
        let mut logged = Vec::with_capacity(self.entries.len());
        for ProvenEntry { index, entry, proof } in &self.entries {
            let verified = Signed::<Entry>::from_bytes(entry)?.verify()?;
            logged.push(Logged::prove(verified, *index, proof, &checkpoint)?);
        }
        ProvenGrant::find(&logged, terms, trust, checkpoint)
    }
}

impl ProvenGrant {
    fn find(
        entries: &[Logged<Entry>],
        terms: &Verified<Terms>,
        trust: &TrustRoots,
        checkpoint: Witnessed,
    ) -> Result<Self, LogProofError> {
        let stated = terms.statement();
        let of = |id: StatementId| entries.iter().find(|entry| entry.id() == id).cloned();
        let request = of(stated.request).and_then(|entry| entry.try_map(Request::try_from).ok());
        let request = request.filter(|request| request.statement().agency == stated.agency);
        let request = request.ok_or(LogProofError::Request)?;
        let members = stated.custody.members().iter();
        let expiry_keys = members.map(|member| {
            let key = of(member.expiry).and_then(|entry| entry.try_map(ExpiryKey::try_from).ok());
            let own = |key: &Logged<ExpiryKey>| {
                let ExpiryKey { custodian, epoch, .. } = key.statement();
                (custodian, *epoch) == (&member.custodian, stated.not_after)
            };
            key.filter(own).ok_or_else(|| LogProofError::ExpiryKey(member.custodian.clone()))
        });
        let expiry_keys = expiry_keys.collect::<Result<_, _>>()?;
        let view = View::of(trust.clone(), entries.iter().cloned(), checkpoint.clone());
        let released = view.released_grant(terms.id());
        // The release that was answered first. If the agency had no standing, any release that names the terms.
        let answered = released.and_then(|grant| grant.notices().next().map(|notice| notice.release));
        let release = match answered {
            Some(id) => of(id),
            None => entries.iter().find(|entry| is_release_of(entry, terms.id())).cloned(),
        };
        let release = release.and_then(|entry| entry.try_map(Release::try_from).ok()).ok_or(LogProofError::Release)?;
        // The view holds no release without a proof of possession of its terms.
        let shown = view.any_release(release.id()).ok_or(LogProofError::Release)?;
        let approved = shown.standing && view.asked_as(stated.request).is_some();
        let (found, needed) = (released.map_or(0, |grant| grant.notices().count()), stated.custody.threshold().into());
        if approved && found < needed {
            return Err(LogProofError::Notices { found, needed });
        }
        Ok(Self { checkpoint, request, release, approved, expiry_keys, view })
    }

    /// Returns the checkpoint under which all entries are proven.
    pub const fn checkpoint(&self) -> &Witnessed {
        &self.checkpoint
    }

    /// Returns the grant's request.
    pub const fn request(&self) -> &Logged<Request> {
        &self.request
    }

    /// Returns the release that custodians answered.
    pub const fn release(&self) -> &Logged<Release> {
        &self.release
    }

    /// Returns whether the agency had standing for the request and for the release.
    pub const fn is_approved(&self) -> bool {
        self.approved
    }

    /// Returns the members' expiry keys, in the order of the members.
    pub fn expiry_keys(&self) -> &[Logged<ExpiryKey>] {
        &self.expiry_keys
    }

    /// Returns a ledger of the proven entries alone.
    pub const fn view(&self) -> &View {
        &self.view
    }
}

fn is_release_of(entry: &Logged<Entry>, terms: StatementId) -> bool {
    matches!(entry.statement(), Entry::Release(release) if release.terms.id() == terms)
}

/// Returns the indices of all entries that a proof needs, or `None` if the ledger lacks one.
fn needed(
    ledger: &View,
    terms: &Verified<Terms>,
    cameras: &[&Verified<CameraCertificate>],
    checkpoint: &Witnessed,
) -> Option<BTreeSet<u64>> {
    let (stated, time) = (terms.statement(), checkpoint.existed_by());
    let mut found = BTreeSet::new();
    let mut signers: BTreeSet<VerifyingKey> = BTreeSet::new();
    let released: &Released = ledger.released_grant(terms.id())?;
    for notice in released.notices() {
        let release = ledger.any_release(notice.release)?;
        for place in [&notice.place, &release.place] {
            found.insert(place.index);
            signers.insert(*ledger.signer(place)?);
        }
        found.extend(approved(&ledger.custodians, &notice.custodian, ledger.signer(&notice.place)?, time));
    }
    let asked = ledger.asked_as(stated.request)?;
    found.insert(asked.index());
    signers.insert(*ledger.signer(&asked.place)?);
    for key in &signers {
        found.extend(approved(&ledger.agencies, &stated.agency, key, time));
    }
    for member in stated.custody.members() {
        let (_, key) = ledger.expiry_key_by_id(member.expiry)?;
        found.insert(key.place.index);
    }
    let first = released.notices().next().and_then(|notice| ledger.any_release(notice.release))?.place.index;
    let released_at = LogPlace::new(first, time);
    for certificate in cameras {
        found.extend(ledger.withdrawn.camera(certificate.statement().key()));
        for entry in ledger.deciding(certificate, released_at) {
            signers.insert(*entry.key());
            found.extend(entry.indices());
        }
    }
    // A withdrawal counts for the entries after it.
    let withdrawals =
        signers.iter().filter_map(|key| ledger.withdrawn.keys.get(key)).flat_map(|all| all.keys().copied());
    found.extend(withdrawals);
    // Entries past the checkpoint do not count yet. The last notice is kept, so that its absence is reported.
    let size = checkpoint.checkpoint().size();
    let last = released.notices().map(|notice| notice.place.index).max()?;
    found.retain(|index| *index < size || *index == last);
    Some(found)
}

/// Returns the indices of the approvals of a holder's key that are valid at a time, withdrawn since or not.
fn approved<'a, T: Approval>(
    register: &'a Register<T>,
    holder: &'a T::Holder,
    key: &'a VerifyingKey,
    time: Timestamp,
) -> impl Iterator<Item = u64> {
    let own = register.of(holder).filter(move |entry| entry.key() == key && entry.validity().contains(time));
    own.flat_map(Entries::indices)
}

/// Returns a checkpoint's note with the log's line and the lines of exactly a quorum, in the order of the trust roots, so
/// that no line can be exchanged for another. The lines are the earliest, so `existed_by` is the same as under
/// the whole note; `not_before` may be earlier.
fn quorum_note(note: &[u8], log: &LogRoot) -> Result<Anchor, LogProofError> {
    let whole = Note::from_bytes(note)?;
    let mut least = Note::new(whole.text())?;
    let by_log = whole.signatures().iter().find(|line| line.is_by(&NoteKey::of_log(log)));
    let witnesses = (0..).zip(log.witnesses()).filter_map(|(place, witness)| {
        let key = NoteKey::of_witness(witness);
        let lines = whole.signatures().iter();
        let valid = lines.filter_map(|line| Some((Cosignature::verify(&whole, line, &key)?.time(), line)));
        // Of several lines of a witness, the latest counts.
        valid.max_by_key(|(time, _)| *time).map(|(time, line)| (time, place, line))
    });
    let mut quorum: Vec<(Timestamp, u8, _)> = witnesses.collect();
    quorum.sort_by_key(|(time, place, _)| (*time, *place));
    quorum.truncate(log.quorum().into());
    quorum.sort_by_key(|(_, place, _)| *place);
    for line in by_log.into_iter().chain(quorum.into_iter().map(|(_, _, line)| line)) {
        least.add(line.clone())?;
    }
    Anchor::from_bytes(least.to_string().as_bytes()).map_err(|_| NoteError::TooLong.into())
}

/// Returns whether a witnessed note has only the lines that [`quorum_note`] takes, so that each of them had to be valid.
fn has_quorum_lines(note: &Note, log: &LogRoot) -> bool {
    let Some((first, witnesses)) = note.signatures().split_first() else { return false };
    let mut keys = log.witnesses().iter().map(NoteKey::of_witness);
    first.is_by(&NoteKey::of_log(log))
        && witnesses.len() == usize::from(log.quorum())
        && witnesses.iter().all(|line| keys.any(|key| line.is_by(&key)))
}

impl Encode for ProvenEntry {
    fn encode(&self, to: &mut Writer) {
        to.array(3);
        self.index.encode(to);
        to.bytes(&self.entry);
        to.bytes(&self.proof.0.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>());
    }
}

impl Decode for ProvenEntry {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(3)?;
        let (index, entry) = (from.uint()?, from.bytes(limits::STATEMENT_BYTES)?.to_vec());
        let (proof, rest) = from.bytes(64 * 32)?.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(CborError::Value("proof"));
        }
        let proof = InclusionProof(proof.iter().map(|hash| Hash::from_bytes(*hash)).collect());
        Ok(Self { index, entry, proof })
    }
}

impl Encode for LogProof {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        self.checkpoint.encode(to);
        self.entries.encode(to);
    }
}

impl Decode for LogProof {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        Ok(Self { checkpoint: Decode::decode(from)?, entries: from.list(limits::EXHIBITS)? })
    }
}
