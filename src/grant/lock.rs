//! The double lock: one half for the agency, one for the custodians, who hold it in shares.

use zeroize::Zeroizing;

use crate::crypto::{
    Digest, KemPrivateKey, KemPublicKey, Label, OpenError, Random, RandomError, Secret, Wrapped, expand, extract,
};
use crate::record::{GrantId, Possession, StatementId};

/// Whose part of the lock something is: a byte in commitments and wraps.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Part {
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
pub(crate) fn commit(part: Part, index: u8, secret: &[u8; 32]) -> Digest {
    Digest::of(Label::COMMIT, &[&[part as u8, index], secret])
}

/// Wraps a part of the lock; the context binds terms, part, index and recipient.
pub(crate) fn wrap(
    key: &KemPublicKey,
    terms: &StatementId,
    part: Part,
    index: u8,
    secret: &Secret<32>,
    random: &mut dyn Random,
) -> Result<Wrapped, RandomError> {
    key.wrap(&info(terms, part, index, &key.fingerprint()), secret, random)
}

/// Unwraps a part of the lock.
pub(crate) fn unwrap(
    key: &KemPrivateKey,
    terms: &StatementId,
    part: Part,
    index: u8,
    wrapped: &Wrapped,
) -> Result<Secret<32>, OpenError> {
    unwrap_as(key, &key.public_key().fingerprint(), terms, part, index, wrapped)
}

/// Unwraps a part of the lock with a key whose fingerprint is known. With a wrong fingerprint it does not open.
pub(crate) fn unwrap_as(
    key: &KemPrivateKey,
    fingerprint: &Digest,
    terms: &StatementId,
    part: Part,
    index: u8,
    wrapped: &Wrapped,
) -> Result<Secret<32>, OpenError> {
    key.unwrap(&info(terms, part, index, fingerprint), wrapped)
}

fn info(terms: &StatementId, part: Part, index: u8, recipient: &Digest) -> Vec<u8> {
    [Label::GRANT_WRAP.as_bytes(), terms.as_bytes(), &[part as u8, index], recipient.as_bytes()].concat()
}

/// What proves that the agency's half could be unwrapped, without giving it away.
pub(crate) fn possession(half: &Secret<32>, grant: &GrantId) -> Possession {
    Possession::from_bytes(*expand::<32>(half, Label::POSSESSION, &[grant.as_bytes()]).expose())
}

/// The key of the private part, out of both halves, bound to the terms.
pub(crate) fn key(agency: &Secret<32>, custodians: &Secret<32>, terms: &StatementId) -> Secret<32> {
    let both = Zeroizing::new([*agency.expose(), *custodians.expose()]);
    let root = extract(Label::GRANT_KEY, &[both.as_flattened()]);
    expand(&root, Label::GRANT_KEY, &[terms.as_bytes()])
}
