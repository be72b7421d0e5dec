//! Keys, locks and excerpts once more, by the format's text alone and with nothing of this crate that makes them.

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

/// The root of the keys of all parts, out of both halves.
pub fn grant_root(halves: &[Key; 2]) -> Key {
    extract(Label::GRANT_KEY, &halves.concat())
}

/// The key of one part.
pub fn part_key(root: &Key, terms: &StatementId, index: u16) -> Key {
    expand(root, Label::GRANT_KEY, &[terms.as_bytes(), &index.to_be_bytes()])
}

/// What the terms name of the parts: the digest over the digest of each.
pub fn digest_of_parts(parts: &[Vec<u8>]) -> Digest {
    let digests: Vec<_> = parts.iter().flat_map(|part| *digest(Label::PART, &[part]).as_bytes()).collect();
    digest(Label::PARTS, &[&(parts.len() as u16).to_be_bytes(), &digests])
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

/// What `make` draws for a grant: all of it from one hedge.
pub struct Drawn {
    /// The key that everything is derived from.
    pub hedge: Key,
    /// The salt of each part.
    pub salts: Vec<Key>,
    pub halves: [Key; 2],
    /// Of `x`, for a threshold of two.
    pub coefficient: Key,
    pub grant: Key,
    /// For the encapsulation of each wrap, the agency's first.
    pub wraps: Vec<[u8; 64]>,
}

impl Drawn {
    /// From a state of the source just before the grant is made, the secret that the device keeps, and everything public
    /// that the grant is made of: `keys` are the request key and the members' expiry keys.
    pub fn of(seed: u64, long_term: &Key, terms: &Terms, keys: &[KemPublicKey], parts: &[Vec<u8>]) -> Self {
        let mut fresh = [0; 32];
        Pinned(seed).fill(&mut fresh).unwrap();
        let (request, expiry) = keys.split_first().unwrap();
        let members = terms.custody.members();
        let mut context = [*terms.request.as_bytes(), *request.fingerprint().as_bytes()].concat();
        context.extend([terms.custody.threshold(), members.len() as u8]);
        for (member, key) in members.iter().zip(expiry) {
            context.extend_from_slice(member.expiry.as_bytes());
            context.extend_from_slice(key.fingerprint().as_bytes());
        }
        context.extend(terms.not_after.number().to_be_bytes());
        context.extend((parts.len() as u16).to_be_bytes());
        for part in parts {
            context.extend_from_slice(digest(Label::PART, &[&salted(part, &[0; 32])]).as_bytes());
        }
        context.extend(terms.not_before.as_millis().to_be_bytes());
        let names = members.iter().map(|member| member.custodian.as_str());
        for name in [terms.agency.as_str(), terms.custody.group().as_str()].into_iter().chain(names) {
            context.push(name.len() as u8);
            context.extend_from_slice(name.as_bytes());
        }
        let (hedge, context) = (extract(Label::HEDGE, &[fresh, *long_term].concat()), Sha256::digest(context));
        let draw = |purpose, call: u32| expand::<32>(&hedge, purpose, &[&context, &call.to_be_bytes()]);
        let wrap = |call: u32| expand::<64>(&hedge, Label::WRAP, &[&context, &call.to_be_bytes()]);
        Self {
            salts: (0..parts.len() as u32).map(|call| draw(Label::SALT, call)).collect(),
            halves: [draw(Label::AGENCY_HALF, 0), draw(Label::CUSTODIAN_HALF, 0)],
            coefficient: draw(Label::COEFFICIENT, 1),
            grant: draw(Label::GRANT_SIGNING_KEY, 0),
            wraps: (0..keys.len() as u32).map(wrap).collect(),
            hedge,
        }
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

/// A part with another salt, which stands behind the heads of the array and of the byte string.
pub fn salted(part: &[u8], salt: &Key) -> Vec<u8> {
    assert_eq!(part[1..3], [0x58, 32]);
    [&part[..3], salt, &part[35..]].concat()
}

/// The salt of a part.
pub fn salt_of(part: &[u8]) -> Key {
    part[3..35].try_into().unwrap()
}

/// Opens all parts of an excerpt, and holds them against its terms.
pub fn parts(excerpt: &[u8], terms: &Verified<Terms>, halves: &[Key; 2]) -> Vec<Vec<u8>> {
    let (_, frames) = take_apart(excerpt);
    let root = grant_root(halves);
    let sealed = frames.into_iter().filter(|(kind, _)| *kind == b'P').map(|(_, sealed)| sealed);
    let parts = (0..).zip(sealed).map(|(index, mut sealed)| {
        let tag = sealed.split_off(sealed.len() - 16);
        let tag: [u8; 16] = tag.try_into().unwrap();
        let cipher = ChaCha20Poly1305::new((&part_key(&root, &terms.id(), index)).into());
        cipher.decrypt_inout_detached(&[0; 12].into(), &[], (&mut *sealed).into(), &Tag::from(tag)).unwrap();
        sealed
    });
    let parts: Vec<_> = parts.collect();
    assert_eq!(digest_of_parts(&parts), terms.statement().private);
    parts
}

/// The excerpt with other parts, and all of it signed and locked as it has to be by whoever made the grant. `keys` are the
/// request key and the members' expiry keys, all X25519.
pub fn regranted(excerpt: &[u8], terms: &Terms, parts: &[Vec<u8>], drawn: &Drawn, keys: &[KemPublicKey]) -> Vec<u8> {
    let signer = SigningKey::from_secret(&footage::crypto::Secret::take(&mut { drawn.grant }));
    assert_eq!(GrantId::of(&signer.verifying_key()), terms.grant);
    let custody = &terms.custody;
    let members = (0..).zip(custody.members());
    let members =
        members.map(|(index, member)| Member { share: commit(SHARE, index, &drawn.share(index)), ..member.clone() });
    let custody = Custody::new(custody.group().clone(), custody.threshold(), members.collect()).unwrap();
    assert_eq!(custody, terms.custody, "the shares are those that were granted");
    let terms = Verified::sign(Terms { private: digest_of_parts(parts), ..terms.clone() }, &signer);
    let id = terms.id();
    let (request, expiry) = keys.split_first().unwrap();
    let agency = wrap(request, &id, AGENCY_HALF, 0, &drawn.halves[0]);
    let custodians = (0..).zip(expiry).map(|(index, key)| wrap(key, &id, SHARE, index, &drawn.share(index)));
    let custodians: Vec<_> = custodians.collect();
    let root = grant_root(&drawn.halves);
    let sealed = (0..).zip(parts).map(|(index, part)| {
        let mut sealed = part.clone();
        let cipher = ChaCha20Poly1305::new((&part_key(&root, &id, index)).into());
        let tag = cipher.encrypt_inout_detached(&[0; 12].into(), &[], (&mut *sealed).into()).unwrap();
        sealed.extend_from_slice(&tag);
        sealed
    });
    let sealed: Vec<_> = sealed.collect();
    let (magic, frames) = take_apart(excerpt);
    // The number of each clip's bodies, and those.
    let footage: Vec<_> = frames.into_iter().filter(|(kind, _)| matches!(kind, b'N' | b'B')).collect();
    let clips = footage.split(|(kind, _)| *kind == b'N').skip(1);
    let bodies = clips.map(|bodies| {
        let digests: Vec<_> = bodies.iter().flat_map(|(_, body)| *BodyDigest::of(body).as_bytes()).collect();
        digest(Label::BODIES, &[id.as_bytes(), &digests])
    });
    let envelope = Envelope {
        terms: id,
        agency_wrap: agency.digest(),
        custodian_wraps: custodians.iter().map(Wrapped::digest).collect(),
        parts: sealed.iter().map(|sealed| digest(Label::SEALED, &[sealed])).collect(),
        bodies: bodies.collect(),
    };
    let mut wraps = minicbor::Encoder::new(Vec::new());
    wraps.array(2).unwrap().bytes(agency.as_bytes()).unwrap().array(custodians.len() as u64).unwrap();
    for custodian in &custodians {
        wraps.bytes(custodian.as_bytes()).unwrap();
    }
    let mut frames = vec![(b'T', terms.to_bytes()), (b'E', Verified::sign(envelope, &signer).to_bytes())];
    frames.extend(sealed.into_iter().map(|sealed| (b'P', sealed)));
    frames.extend(footage);
    frames.push((b'W', wraps.into_writer()));
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
