use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits};
use crate::crypto::{Digest, KemPrivateKey, Label, Secret, Suite, TAG_LEN, expand, open, seal, sha256};
use crate::record::{HouseholdEntry, HouseholdId, OwnerList, Signed, StatementId, Verified};

/// An entry of a household file, sealed under a key that is derived from a household key.
///
/// The nonce is made from what is sealed, so that devices that seal the same entry write the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SealedEntry {
    /// The list that begins the period whose key seals the entry.
    pub(super) begins: StatementId,
    /// The statement's id, or the digest of a set of ids.
    pub(super) id: StatementId,
    nonce: Digest,
    sealed: Vec<u8>,
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opened {
    List(Box<Verified<OwnerList>>),
    Entry(Box<Verified<HouseholdEntry>>),
    /// The ids of the entries that count when a period begins.
    Counting(BTreeSet<StatementId>),
}

/// The most bytes of an entry: the set of all ids.
const MAX_BYTES: usize = 1 + limits::HOUSEHOLD_ENTRIES * 32 + TAG_LEN;

impl SealedEntry {
    /// `None` if the entry is longer than the file takes.
    pub(super) fn seal(
        household: HouseholdId,
        begins: StatementId,
        key: &KemPrivateKey,
        entry: &Opened,
    ) -> Option<Self> {
        let (id, mut text) = (entry.id(), entry.to_bytes());
        let nonce = nonce(household, begins, id, &text, key.secret());
        let cipher = expand(key.secret(), Label::HOUSEHOLD_ENTRY_KEY, &[nonce.as_bytes()]);
        seal(Suite::ChaCha20Poly1305, cipher, &[], &mut text).ok()?;
        (text.len() <= MAX_BYTES).then(|| Self { begins, id, nonce, sealed: std::mem::take(&mut *text) })
    }

    /// Opens the entry with the household key's secret. Returns `None` unless it holds a statement with the right id and
    /// signature, or a set of ids.
    pub(super) fn open(&self, household: HouseholdId, secret: &Secret<32>) -> Option<Opened> {
        let cipher = expand(secret, Label::HOUSEHOLD_ENTRY_KEY, &[self.nonce.as_bytes()]);
        let mut sealed = Zeroizing::new(self.sealed.clone());
        let text = open(Suite::ChaCha20Poly1305, &cipher, &[], &mut sealed).ok()?;
        if nonce(household, self.begins, self.id, text, secret) != self.nonce {
            return None;
        }
        let opened = Opened::from_bytes(text)?;
        (opened.id() == self.id).then_some(opened)
    }
}

fn nonce(household: HouseholdId, begins: StatementId, id: StatementId, text: &[u8], secret: &Secret<32>) -> Digest {
    let text = sha256(&[text]);
    let parts: [&[u8]; 4] = [household.as_bytes(), begins.as_bytes(), id.as_bytes(), &text];
    Digest::from_bytes(*expand::<32>(secret, Label::HOUSEHOLD_ENTRY, &parts).expose())
}

impl Opened {
    pub(super) fn id(&self) -> StatementId {
        match self {
            Self::List(list) => list.id(),
            Self::Entry(entry) => entry.id(),
            Self::Counting(ids) => StatementId::from_bytes(*digest_of(ids).as_bytes()),
        }
    }

    // The kind's number, then the statement, or the ids in ascending order.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (kind, bytes) = match self {
            Self::List(list) => (1, list.to_bytes()),
            Self::Entry(entry) => (2, entry.to_bytes()),
            Self::Counting(ids) => (3, concatenated(ids)),
        };
        // With room for the tag, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(1 + bytes.len() + TAG_LEN));
        text.push(kind);
        text.extend_from_slice(&Zeroizing::new(bytes));
        text
    }

    fn from_bytes(text: &[u8]) -> Option<Self> {
        let (kind, bytes) = text.split_first()?;
        match kind {
            1 => Signed::from_bytes(bytes).ok()?.verify().ok().map(Box::new).map(Self::List),
            2 => Signed::from_bytes(bytes).ok()?.verify().ok().map(Box::new).map(Self::Entry),
            3 => {
                let (ids, rest) = bytes.as_chunks::<32>();
                let ids: BTreeSet<_> = ids.iter().map(|id| StatementId::from_bytes(*id)).collect();
                (rest.is_empty() && concatenated(&ids) == bytes).then_some(Self::Counting(ids))
            }
            _ => None,
        }
    }
}

fn concatenated(ids: &BTreeSet<StatementId>) -> Vec<u8> {
    ids.iter().flat_map(|id| *id.as_bytes()).collect()
}

/// The digest of the entries that count, as the list that begins the next period names it.
pub(super) fn digest_of(ids: &BTreeSet<StatementId>) -> Digest {
    Digest::of(Label::HOUSEHOLD_ENTRIES, &[&concatenated(ids)])
}

impl Encode for SealedEntry {
    fn encode(&self, to: &mut Writer) {
        to.array(4);
        self.begins.encode(to);
        self.id.encode(to);
        self.nonce.encode(to);
        to.bytes(&self.sealed);
    }
}

impl Decode for SealedEntry {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(4)?;
        let (begins, id, nonce) = (Decode::decode(from)?, Decode::decode(from)?, Decode::decode(from)?);
        Ok(Self { begins, id, nonce, sealed: from.bytes(MAX_BYTES)?.to_vec() })
    }
}
