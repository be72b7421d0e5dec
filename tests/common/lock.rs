//! Keys, locks and excerpts once more, by the format's text alone and with nothing of this crate that makes them.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::missing_panics_doc)]

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Tag};
use footage::crypto::{BodyDigest, Digest, KemAlgorithm, KemPublicKey, Label, Random, SigningKey, Wrapped};
use footage::record::{Custody, Envelope, GrantId, Member, StatementId, Terms, Verified};
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable, OpModeS, Serializable};
use sha2::{Digest as _, Sha256};

use super::common::{Pinned, put_together, take_apart};

pub type Key = [u8; 32];

pub fn extract(label: Label, secret: &[u8]) -> Key {
    hkdf::Hkdf::<Sha256>::extract(Some(label.as_bytes()), secret).0.into()
}

pub fn expand<const N: usize>(key: &Key, label: Label, parts: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    let info = [&[label.as_bytes()], parts].concat().concat();
    hkdf::Hkdf::<Sha256>::from_prk(key).unwrap().expand(&info, &mut out).unwrap();
    out
}

pub fn digest(label: Label, parts: &[&[u8]]) -> Digest {
    Digest::from_bytes(Sha256::digest([&[label.as_bytes()], parts].concat().concat()).into())
}

/// Whose part of the lock something is.
pub const AGENCY_HALF: u8 = 1;
pub const CUSTODIAN_HALF: u8 = 2;
pub const SHARE: u8 = 3;
pub const POSSESSION: u8 = 4;

pub fn commit(part: u8, index: u8, secret: &Key) -> Digest {
    digest(Label::COMMIT, &[&[part, index], secret])
}

/// The key of the private part.
pub fn grant_key(agency: &Key, custodians: &Key, terms: &StatementId) -> Key {
    let root = extract(Label::GRANT_KEY, &[*agency, *custodians].concat());
    expand(&root, Label::GRANT_KEY, &[terms.as_bytes()])
}

/// A node of the key tree: its secret, where it stands, and the way down to it.
pub fn node(tree: &[u8], root: &Key, level: u8, index: u32) -> Key {
    (1..=level).fold(*root, |parent, at| {
        let index = index >> (level - at);
        expand(&parent, Label::NODE, &[tree, &[at], &index.to_be_bytes()])
    })
}

/// A segment's key, without its commitment.
pub fn segment_key(tree: &[u8], seed: &Key, index: u32) -> Key {
    let both: [u8; 64] = expand(seed, Label::SEGMENT, &[tree, &index.to_be_bytes()]);
    both[..32].try_into().unwrap()
}

/// What `make` draws for the lock of a grant, in its order.
pub struct Drawn {
    pub salt: Key,
    pub halves: [Key; 2],
    /// Of `x`, for a threshold of two.
    pub coefficient: Key,
    pub grant: Key,
}

impl Drawn {
    /// From a state of the source just before the grant is made.
    pub fn from(seed: u64) -> Self {
        let mut random = Pinned(seed);
        let mut draw = || {
            let mut bytes = [0; 32];
            random.fill(&mut bytes).unwrap();
            bytes
        };
        Self { salt: draw(), halves: [draw(), draw()], coefficient: draw(), grant: draw() }
    }

    /// The share of the custodian with this index.
    pub fn share(&self, index: u8) -> Key {
        let times = |mut a: u8, mut b: u8| {
            let mut product = 0;
            while b > 0 {
                product ^= if b & 1 == 1 { a } else { 0 };
                a = (a << 1) ^ if a > 127 { 0x1b } else { 0 };
                b >>= 1;
            }
            product
        };
        std::array::from_fn(|at| self.halves[1][at] ^ times(self.coefficient[at], index + 1))
    }
}

/// Opens the private part of an excerpt.
pub fn private_part(excerpt: &[u8], key: &Key) -> Vec<u8> {
    let (_, frames) = take_apart(excerpt);
    let mut sealed = frames.into_iter().find(|(kind, _)| *kind == b'P').unwrap().1;
    let tag = sealed.split_off(sealed.len() - 16);
    let tag: [u8; 16] = tag.try_into().unwrap();
    let cipher = ChaCha20Poly1305::new(key.into());
    cipher.decrypt_inout_detached(&[0; 12].into(), &[], (&mut *sealed).into(), &Tag::from(tag)).unwrap();
    sealed
}

/// The excerpt with another private part, and all of it signed and locked as it has to be by whoever made the grant.
/// `keys` are the request key and the members' expiry keys, all X25519.
pub fn regranted(excerpt: &[u8], terms: &Terms, private: &[u8], drawn: &Drawn, keys: &[KemPublicKey]) -> Vec<u8> {
    let signer = SigningKey::from_secret(&footage::crypto::Secret::take(&mut { drawn.grant }));
    assert_eq!(GrantId::of(&signer.verifying_key()), terms.grant);
    let custody = &terms.custody;
    let members = (0..).zip(custody.members());
    let members =
        members.map(|(index, member)| Member { share: commit(SHARE, index, &drawn.share(index)), ..member.clone() });
    let custody = Custody::new(custody.group().clone(), custody.threshold(), members.collect()).unwrap();
    assert_eq!(custody, terms.custody, "the shares are those that were granted");
    let terms = Verified::sign(Terms { private: digest(Label::PRIVATE, &[private]), ..terms.clone() }, &signer);
    let id = terms.id();
    let (request, expiry) = keys.split_first().unwrap();
    let agency = wrap(request, &id, AGENCY_HALF, 0, &drawn.halves[0]);
    let custodians = (0..).zip(expiry).map(|(index, key)| wrap(key, &id, SHARE, index, &drawn.share(index)));
    let custodians: Vec<_> = custodians.collect();
    let sealed = {
        let mut sealed = private.to_vec();
        let cipher = ChaCha20Poly1305::new((&grant_key(&drawn.halves[0], &drawn.halves[1], &id)).into());
        let tag = cipher.encrypt_inout_detached(&[0; 12].into(), &[], (&mut *sealed).into()).unwrap();
        sealed.extend_from_slice(&tag);
        sealed
    };
    let (magic, mut frames) = take_apart(excerpt);
    let bodies = frames.iter().filter(|(kind, _)| *kind == b'B').flat_map(|(_, body)| *BodyDigest::of(body).as_bytes());
    let envelope = Envelope {
        terms: id,
        agency_wrap: agency.digest(),
        custodian_wraps: custodians.iter().map(Wrapped::digest).collect(),
        private: digest(Label::SEALED, &[&sealed]),
        bodies: digest(Label::BODIES, &[id.as_bytes(), &bodies.collect::<Vec<_>>()]),
    };
    let mut wraps = minicbor::Encoder::new(Vec::new());
    wraps.array(2).unwrap().bytes(agency.as_bytes()).unwrap().array(custodians.len() as u64).unwrap();
    for custodian in &custodians {
        wraps.bytes(custodian.as_bytes()).unwrap();
    }
    let wraps = wraps.into_writer();
    for (kind, payload) in &mut frames {
        match kind {
            b'T' => *payload = terms.to_bytes(),
            b'E' => *payload = Verified::sign(envelope.clone(), &signer).to_bytes(),
            b'W' => payload.clone_from(&wraps),
            b'P' => payload.clone_from(&sealed),
            _ => {}
        }
    }
    put_together(&magic, &frames)
}

fn wrap(key: &KemPublicKey, terms: &StatementId, part: u8, index: u8, secret: &Key) -> Wrapped {
    assert_eq!(key.algorithm(), KemAlgorithm::X25519);
    let recipient = key.fingerprint();
    let info = [Label::GRANT_WRAP.as_bytes(), terms.as_bytes(), &[part, index], recipient.as_bytes()].concat();
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(key.as_bytes()).unwrap();
    let (encapsulation, sealed) =
        hpke::single_shot_seal_with_rng::<hpke::aead::ChaCha20Poly1305, hpke::kdf::HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &key,
            &info,
            secret,
            &[],
            &mut Source(Pinned(u64::from(part) << 8 | u64::from(index))),
        )
        .unwrap();
    Wrapped::from_bytes([encapsulation.to_bytes().to_vec(), sealed].concat()).unwrap()
}

struct Source(Pinned);

impl rand_core::TryRng for Source {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut word = [0; 4];
        self.try_fill_bytes(&mut word)?;
        Ok(u32::from_le_bytes(word))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut word = [0; 8];
        self.try_fill_bytes(&mut word)?;
        Ok(u64::from_le_bytes(word))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(out).unwrap();
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Source {}
