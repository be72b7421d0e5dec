//! The double lock: one half for the agency, one for the custodians, who hold it in shares.

use core::fmt;

use zeroize::Zeroizing;

use crate::crypto::{
    Digest, KemPrivateKey, KemPublicKey, Label, OpenError, RandomError, Secret, Wrapped, expand, extract,
};
use crate::record::{GrantId, Possession, StatementId};

/// What a secret of the lock is: a byte in commitments and wraps.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Role {
    /// The agency's half.
    AgencyHalf = 1,
    /// The custodians' half.
    CustodianHalf = 2,
    /// One custodian's share of their half.
    Share = 3,
    /// The proof of possession of the agency's half.
    Possession = 4,
    /// A share on its way from a custodian to the agency.
    Answer = 5,
}

/// The commitment to a secret of the lock. What it commits to is uniform, so it hides as well as it binds.
pub(crate) fn commit(role: Role, index: u8, secret: &[u8; 32]) -> Digest {
    Digest::of(Label::COMMIT, &[&[role as u8, index], secret])
}

/// Wraps a secret of the lock with hedged randomness; the context binds terms, role, index and recipient.
pub(crate) fn wrap_with(
    key: &KemPublicKey,
    terms: &StatementId,
    role: Role,
    index: u8,
    secret: &Secret<32>,
    drawn: &Secret<64>,
) -> Result<Wrapped, RandomError> {
    key.wrap_with(&info(terms, role, index, &key.fingerprint()), secret, drawn)
}

/// Unwraps a secret of the lock.
pub(crate) fn unwrap(
    key: &KemPrivateKey,
    terms: &StatementId,
    role: Role,
    index: u8,
    wrapped: &Wrapped,
) -> Result<Secret<32>, OpenError> {
    unwrap_as(key, &key.public_key().fingerprint(), terms, role, index, wrapped)
}

/// Unwraps a secret of the lock with a key whose fingerprint is known. With a wrong fingerprint it does not open.
pub(crate) fn unwrap_as(
    key: &KemPrivateKey,
    fingerprint: &Digest,
    terms: &StatementId,
    role: Role,
    index: u8,
    wrapped: &Wrapped,
) -> Result<Secret<32>, OpenError> {
    key.unwrap(&info(terms, role, index, fingerprint), wrapped)
}

fn info(terms: &StatementId, role: Role, index: u8, recipient: &Digest) -> Vec<u8> {
    [Label::GRANT_WRAP.as_bytes(), terms.as_bytes(), &[role as u8, index], recipient.as_bytes()].concat()
}

/// What proves that the agency's half could be unwrapped, without giving it away.
pub(crate) fn possession(half: &Secret<32>, grant: &GrantId) -> Possession {
    Possession::from_bytes(*expand::<32>(half, Label::POSSESSION, &[grant.as_bytes()]).expose())
}

/// Both halves of the lock together, from which the keys of all parts come.
pub(crate) struct GrantKey {
    root: Secret<32>,
    terms: StatementId,
}

impl GrantKey {
    pub(crate) fn new(agency: &Secret<32>, custodians: &Secret<32>, terms: StatementId) -> Self {
        let both = Zeroizing::new([*agency.expose(), *custodians.expose()]);
        Self { root: extract(Label::GRANT_KEY, &[both.as_flattened()]), terms }
    }

    /// Returns the key of one part, bound to the terms. From it no other part's key can be derived.
    pub(crate) fn part(&self, index: u16) -> Secret<32> {
        expand(&self.root, Label::GRANT_KEY, &[self.terms.as_bytes(), &index.to_be_bytes()])
    }
}

impl fmt::Debug for GrantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantKey").field("terms", &self.terms).finish_non_exhaustive()
    }
}
