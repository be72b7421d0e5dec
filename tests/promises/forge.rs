//! What attackers make for themselves.

use footage::crypto::{BodyDigest, Digest, KemAlgorithm, KemPrivateKey, Label, SigningKey, Wrapped};
use footage::record::{Delivery, Envelope, GrantId, Possession, Release, Signed, StatementId, Terms, Verified};
use sha2::{Digest as _, Sha256};

use super::common::{Granted, Pinned, put_together, take_apart};

/// Terms that no resident made, with a proof of possession that fits them.
pub struct Forged {
    pub terms: Verified<Terms>,
    pub proof: Possession,
    pub key: SigningKey,
}

/// Terms like a resident's, changed and signed by a grant key of the attacker's.
pub fn terms(like: &Terms, change: impl FnOnce(&mut Terms)) -> Forged {
    let key = SigningKey::generate(&mut Pinned(404)).unwrap();
    let proof = Possession::from_bytes([4; 32]);
    let possession: [u8; 32] = Sha256::new()
        .chain_update(Label::COMMIT.as_bytes())
        .chain_update([4, 0])
        .chain_update([4; 32])
        .finalize()
        .into();
    let mut terms = like.clone();
    (terms.grant, terms.possession) = (GrantId::of(&key.verifying_key()), Digest::from_bytes(possession));
    change(&mut terms);
    Forged { terms: Verified::sign(terms, &key), proof, key }
}

impl Forged {
    /// A release of them, signed by the agency.
    pub fn release(&self, agency: &SigningKey) -> Verified<Release> {
        let one_time = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(405)).unwrap();
        let terms = Box::new(self.terms.clone().into_signed());
        Verified::sign(Release { terms, possession: self.proof, key: one_time.public_key() }, agency)
    }

    /// An envelope that puts a resident's wraps and ciphertext under these terms.
    pub fn envelope(&self, of: &Granted) -> Signed<Envelope> {
        let mut envelope = of.open_file().envelope().statement().clone();
        let mut bodies = Sha256::new().chain_update(Label::BODIES.as_bytes()).chain_update(self.terms.id().as_bytes());
        for (_, body) in take_apart(&of.excerpt).1.iter().filter(|(kind, _)| *kind == b'B') {
            bodies.update(BodyDigest::of(body).as_bytes());
        }
        (envelope.terms, envelope.bodies) = (self.terms.id(), vec![Digest::from_bytes(bodies.finalize().into())]);
        Verified::sign(envelope, &self.key).into_signed()
    }

    /// What the agency brings to a custodian: the resident's wrap under these terms.
    pub fn delivery(&self, release: StatementId, of: &Granted, wrap: &Wrapped) -> Delivery {
        Delivery { release, envelope: Box::new(self.envelope(of)), wrap: wrap.clone() }
    }

    /// The resident's excerpt with these terms in the place of its own.
    pub fn excerpt(&self, of: &Granted) -> Vec<u8> {
        let (magic, mut frames) = take_apart(&of.excerpt);
        frames[0].1 = self.terms.to_bytes();
        frames[1].1 = self.envelope(of).to_bytes();
        put_together(&magic, &frames)
    }
}

/// Every way to alter one byte of some bytes, one bit of each.
pub fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).map(|at| {
        let mut altered = bytes.to_vec();
        altered[at] ^= 1 << (at % 8);
        (at, altered)
    })
}
