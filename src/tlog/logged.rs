use core::ops::Deref;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer};
use crate::crypto::Digest;
use crate::merkle::{InclusionProof, leaf_hash};
use crate::record::{Statement, Timestamp, Verified};

use super::{LogError, Witnessed};

/// A statement that is in the log: its bytes are a leaf of the tree that a [`Witnessed`] checkpoint commits to.
///
/// Made by [`prove`](Self::prove), and by a [`Follower`](super::Follower). Whether its signer had the right to make it,
/// only the [ledger](crate::ledger) says.
///
/// Only a proof of inclusion makes one:
///
/// ```compile_fail,E0451
/// # use footage::{record::{Request, Verified}, tlog::Logged};
/// # fn f(verified: Verified<Request>, other: Logged<Request>) -> Logged<Request> {
/// Logged { verified, ..other }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Logged<T> {
    verified: Verified<T>,
    index: u64,
    existed_by: Timestamp,
    log: Digest,
}

impl<T: Statement> Logged<T> {
    /// Proves that the statement is the entry at `index` of the log that the checkpoint is of.
    ///
    /// # Errors
    /// [`LogError::Proof`].
    pub fn prove(
        verified: Verified<T>,
        index: u64,
        proof: &InclusionProof,
        checkpoint: &Witnessed,
    ) -> Result<Self, LogError> {
        let tree = checkpoint.checkpoint();
        proof.verify(leaf_hash(&verified.to_bytes()), index, tree.size(), tree.root())?;
        Ok(Self::included(verified, index, checkpoint))
    }
}

impl<T> Logged<T> {
    /// Whoever calls has seen the statement's bytes at that place of the checkpoint's tree.
    pub(super) fn included(verified: Verified<T>, index: u64, checkpoint: &Witnessed) -> Self {
        Self { verified, index, existed_by: checkpoint.existed_by(), log: checkpoint.log_digest() }
    }

    /// The same, as if it had existed by another time: for what has to hold whichever of two bounds is the true one.
    pub(crate) fn dated(self, existed_by: Timestamp) -> Self {
        Self { existed_by, ..self }
    }

    /// Which entry of the log it is, from 0 on.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The statement existed at this time: a bound by the witnesses of the checkpoint that proves it.
    pub const fn existed_by(&self) -> Timestamp {
        self.existed_by
    }

    /// The [digest](crate::record::LogRoot::digest) of the trust in the log that it is in.
    pub const fn log_digest(&self) -> Digest {
        self.log
    }

    /// The statement without its place.
    pub fn into_verified(self) -> Verified<T> {
        self.verified
    }

    /// The same statement under a narrower or a wider type, whose bytes are the same.
    pub(crate) fn try_map<U, E>(self, map: impl FnOnce(T) -> Result<U, E>) -> Result<Logged<U>, E> {
        let Self { verified, index, existed_by, log } = self;
        Ok(Logged { verified: verified.try_map(map)?, index, existed_by, log })
    }
}

// In one's own state, whose word is taken for the place; the signature is verified again.
impl<T: Statement> Encode for Logged<T> {
    fn encode(&self, to: &mut Writer) {
        to.array(4);
        self.verified.encode(to);
        self.index.encode(to);
        self.existed_by.encode(to);
        self.log.encode(to);
    }
}

impl<T: Statement> Decode for Logged<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(4)?;
        let (verified, index) = (Decode::decode(from)?, Decode::decode(from)?);
        Ok(Self { verified, index, existed_by: Decode::decode(from)?, log: Decode::decode(from)? })
    }
}

impl<T> Deref for Logged<T> {
    type Target = Verified<T>;

    fn deref(&self) -> &Verified<T> {
        &self.verified
    }
}
