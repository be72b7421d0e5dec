//! The private part of a grant by a resident who is dishonest and knows every secret of the clip: its own lock, its own
//! answer, and whatever it likes in between. What the agency opens is what the camera sealed at that place all the same.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate
)]

use std::cell::RefCell;
use std::io::Cursor;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload, array::Array};
use crate::common::{begin, media};
use footage::agency::{Agency, Excerpt, Slot, Vault as _};
use footage::camera::Cadence;
use footage::crypto::{BodyDigest, KemAlgorithm, KemPrivateKey, Label, Secret, SigningKey, Suite, Wrapped};
use footage::custodian::MemoryKeyStore;
use footage::ledger::Ledger;
use footage::merkle::{Hash, Tree, leaf_hash_of};
use footage::record::*;
use hpke::aead::ChaCha20Poly1305 as HpkeCipher;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _};

use super::clips::owner;
use super::common::{Hoard, NOON, Pinned, World, at, put_together, take_apart, twin};
use super::derive::{self, camera, digest, expand, extract};
use super::memory::bounded;
use super::notary::Notary;
use super::recipe::Recipe;

/// The segments of the clip: an init, and media of a second each.
const SIZES: [usize; 7] = [20, 30, 0, 45, 7, 12, 1];
const SUITE: Suite = Suite::ChaCha20Poly1305;
const HEADER_LEN: usize = 57;
/// The randomness of the clip, and of another of the same camera.
const RANDOM: [u64; 2] = [4, 5];

fn content(index: usize) -> Vec<u8> {
    vec![index as u8 + 1; SIZES[index]]
}

/// A clip, and all that its owner knows.
struct Owned {
    clip: [u8; 16],
    secret: [u8; 32],
    header: Vec<u8>,
    /// Every head that the camera signed, the manifest last.
    heads: Vec<Vec<u8>>,
    segments: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Owned {
    fn new(random: u64) -> Self {
        let (clip, secret) = derive::clip(random);
        let (owners, mut camera) = ([owner(1, KemAlgorithm::X25519).public_key()], camera(SUITE));
        let mut random = Pinned(random);
        let mut recording = begin(&mut camera, &owners, at(NOON), Cadence::EveryGroup, &mut random).unwrap();
        assert_eq!(*recording.clip().as_bytes(), clip);
        recording.init(&mut content(0)).unwrap();
        for index in 1..SIZES.len() {
            let start = Millis::SECOND.times(index as u64 - 1);
            media(&mut recording, &mut camera, start, Millis::SECOND, &mut content(index)).unwrap();
        }
        let (_, frames) = take_apart(&recording.finish(&mut camera).unwrap().into_inner().to_bytes());
        let of = |kind: u8| frames.iter().filter(move |frame| frame.0 == kind).map(|frame| frame.1.clone());
        let segments = of(b'S').map(|segment| (segment[..HEADER_LEN].to_vec(), segment[HEADER_LEN..].to_vec()));
        Self { clip, secret, header: frames[0].1.clone(), heads: of(b'D').collect(), segments: segments.collect() }
    }

    /// The proof of a range, as bytes.
    fn proof(&self, from: usize, to: usize) -> Vec<u8> {
        let leaf = |(header, body): &(Vec<u8>, Vec<u8>)| leaf_hash_of(&[header, BodyDigest::of(body).as_bytes()]);
        let tree: Tree = self.segments.iter().map(leaf).collect();
        let proof = tree.range_proof(from as u64, to as u64, SIZES.len() as u64).unwrap();
        proof.0.iter().flat_map(|hash: &Hash| *hash.as_bytes()).collect()
    }

    fn listed(&self, index: usize) -> Vec<u8> {
        let (header, body) = &self.segments[index];
        [header, &BodyDigest::of(body).as_bytes()[..]].concat()
    }
}

/// What the private part says.
struct Plan {
    header: Vec<u8>,
    manifest: Vec<u8>,
    range: (u32, u32),
    seeds: Vec<[u8; 32]>,
    segments: Vec<u8>,
    proof: Vec<u8>,
    init: Option<([u8; 32], Vec<u8>, Vec<u8>)>,
    bodies: Vec<Vec<u8>>,
}

impl Plan {
    /// The honest one of a range.
    fn of(owned: &Owned, from: usize, to: usize) -> Self {
        let node = |(level, index)| derive::node(&owned.clip, owned.secret, level, index);
        let all = [0].into_iter().chain(from..to);
        Self {
            header: owned.header.clone(),
            manifest: owned.heads[owned.heads.len() - 1].clone(),
            range: (from as u32, to as u32),
            seeds: derive::cover(from as u32, to as u32).into_iter().map(node).collect(),
            segments: (from..to).flat_map(|index| owned.listed(index)).collect(),
            proof: owned.proof(from, to),
            init: Some((node((24, 0)), owned.listed(0), owned.proof(0, 1))),
            bodies: all.map(|index| owned.segments[index].1.clone()).collect(),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut to = minicbor::Encoder::new(Vec::new());
        to.array(10).unwrap().bytes(&[6; 32]).unwrap().bytes(&self.header).unwrap().bytes(&self.manifest).unwrap();
        to.u32(self.range.0).unwrap().u32(self.range.1).unwrap().array(self.seeds.len() as u64).unwrap();
        for seed in &self.seeds {
            to.bytes(seed).unwrap();
        }
        to.bytes(&self.segments).unwrap().bytes(&self.proof).unwrap();
        match &self.init {
            None => to.null().unwrap(),
            Some((seed, segment, proof)) => {
                to.array(3).unwrap().bytes(seed).unwrap().bytes(segment).unwrap().bytes(proof).unwrap()
            }
        };
        to.str("words").unwrap();
        to.into_writer()
    }

    /// Does something else than the honest resident would. Says whether anything was done.
    fn alter(&mut self, recipe: &mut Recipe<'_>, owned: &[Owned; 2]) -> bool {
        let [own, other] = owned;
        let which = recipe.below(SIZES.len());
        let mut piece = Recipe(&[]);
        let what = recipe.byte() % 14;
        if matches!(what, 8..) {
            piece = Recipe(recipe.piece());
        }
        match what {
            0 => self.range = (recipe.below(9) as u32, recipe.below(9) as u32),
            1 => self.seeds = vec![own.secret],
            2 => self.manifest.clone_from(&own.heads[which % own.heads.len()]),
            3 => (self.header, self.manifest) = (other.header.clone(), other.heads[SIZES.len()].clone()),
            4 => self.init = None,
            5 => {
                self.init = Some((
                    derive::node(&own.clip, own.secret, 24, which as u32),
                    own.listed(which),
                    own.proof(which, which + 1),
                ));
            }
            6 => {
                // Sealed anew under the true key, with other content, and listed so.
                let (from, _) = self.range;
                let at = which % self.bodies.len();
                let index = if at == 0 { 0 } else { from as usize + at - 1 };
                let Some((header, _)) = own.segments.get(index) else { return false };
                let (key, _) = derive::segment_key(&own.clip, own.secret, index as u32);
                let message = Payload { msg: &vec![0xee; SIZES[index]], aad: header };
                let body = ChaCha20Poly1305::new(&key.into()).encrypt(&Array::default(), message).unwrap();
                let digest = *BodyDigest::of(&body).as_bytes();
                let place = match (&mut self.init, at) {
                    (Some((_, listed, _)), 0) => listed.get_mut(HEADER_LEN..),
                    _ => self.segments.get_mut((at.max(1) - 1) * 89 + HEADER_LEN..),
                };
                if let Some(place) = place.and_then(|place| place.get_mut(..32)) {
                    place.copy_from_slice(&digest);
                }
                self.bodies[at] = body;
            }
            7 => {
                let (one, count) = (recipe.below(self.bodies.len()), self.bodies.len());
                self.bodies.swap(one, which % count);
            }
            8 => piece.alter(&mut self.header),
            9 => piece.alter(&mut self.manifest),
            10 => piece.alter(&mut self.segments),
            11 => piece.alter(&mut self.proof),
            12 => {
                let at = which % self.bodies.len();
                piece.alter(&mut self.bodies[at]);
            }
            _ => {
                if let Some((_, listed, proof)) = &mut self.init {
                    piece.alter(if which.is_multiple_of(2) { listed } else { proof });
                }
            }
        }
        true
    }
}

/// The log that the agency follows, and the resident with its clips.
struct Desk {
    notary: Notary,
    entries: Vec<Vec<u8>>,
    ledger: Vec<u8>,
    agency: Agency<Hoard>,
    vault: Hoard,
    keys: [SigningKey; 3],
    request: StatementId,
    not_before: Timestamp,
    owned: [Owned; 2],
}

impl Desk {
    fn new() -> Self {
        let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
        let request = world.request();
        let all = world.log.entries(0, world.log.size()).unwrap();
        let needed =
            |entry: &&Vec<u8>| !matches!(Signed::<Entry>::from_bytes(entry).unwrap().statement(), Entry::ExpiryKey(_));
        let entries: Vec<_> = all.iter().filter(needed).cloned().collect();
        let grant = SigningKey::generate(&mut Pinned(77)).unwrap();
        let notary = Notary { trust: world.trust, log: world.keys.log, witnesses: world.keys.witnesses };
        let mut ledger = Ledger::new(notary.trust.clone());
        ledger.advance(&entries, &notary.witnessed(&entries, 1)).unwrap();
        Self {
            ledger: ledger.save(),
            notary,
            entries,
            vault: world.vaults[0].clone(),
            agency: world.agency,
            keys: [world.keys.agency, twin(&world.keys.custodians[0]), grant],
            request: request.id(),
            not_before: at(NOON),
            owned: RANDOM.map(Owned::new),
        }
    }
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::new(Desk::new());
}

/// The bytes say how the resident departs from what is honest.
pub fn grant(data: &[u8]) {
    DESK.with_borrow_mut(|desk| {
        let mut recipe = Recipe(data);
        let (one, two) = (1 + recipe.below(SIZES.len() - 1), 1 + recipe.below(SIZES.len() - 1));
        let mut plan = Plan::of(&desk.owned[0], one.min(two), one.max(two) + 1);
        let range = plan.range;
        let altered = (0..recipe.byte() % 4).fold(false, |any, _| plan.alter(&mut recipe, &desk.owned) || any);
        let mut plain = plan.to_bytes();
        let before = plain.clone();
        recipe.alter(&mut plain);
        let honest = !altered && plain == before;
        let found = desk.opened(&plain, &plan.bodies);
        if honest {
            let expected = [0].into_iter().chain(range.0..range.1).map(|index| (index, content(index as usize)));
            assert!(found.unwrap().into_iter().eq(expected));
        }
    });
}

impl Desk {
    /// What the agency opens of a grant with this private part and these bodies, each by its index.
    fn opened(&mut self, plain: &[u8], bodies: &[Vec<u8>]) -> Option<Vec<(u32, Vec<u8>)>> {
        let [agency, custodian, key] = &self.keys;
        let (a, c, grant) = ([1; 32], [2; 32], GrantId::of(&key.verifying_key()));
        let possession = Possession::from_bytes(expand(&a, Label::POSSESSION, grant.as_bytes()));
        let commit = |part: u8, secret: &[u8; 32]| digest(Label::COMMIT, &[&[part, 0], secret]);
        let alpha = || CustodianId::new("alpha").unwrap();
        let member = Member { custodian: alpha(), expiry: self.request, share: commit(3, &c) };
        let terms = Terms {
            grant,
            request: self.request,
            agency: *self.agency.id(),
            custody: Custody::new(GroupId::new("town").unwrap(), 1, vec![member]).unwrap(),
            not_before: self.not_before,
            not_after: at(NOON).epoch().plus(7),
            agency_half: commit(1, &a),
            custodian_half: commit(2, &c),
            possession: commit(4, possession.as_bytes()),
            private: digest(Label::PRIVATE, &[plain]),
        };
        let terms = Verified::sign(terms, key);
        let id = terms.id();
        let root = extract(Label::GRANT_KEY, &[a, c].concat());
        let lock: [u8; 32] = expand(&root, Label::GRANT_KEY, id.as_bytes());
        let sealed = ChaCha20Poly1305::new(&lock.into()).encrypt(&Array::default(), plain).unwrap();
        let file = excerpt(&terms, key, sealed, bodies);
        let excerpt = bounded(file.len(), || Excerpt::open(Cursor::new(&file)).ok())?;

        // The agency has its half, and a one-time key; the custodian's answer is wrapped to that.
        let one_time = KemPrivateKey::from_secret(KemAlgorithm::X25519, Secret::take(&mut [3; 32]));
        self.vault.put(Slot::Grant(id), Secret::take(&mut { a })).unwrap();
        self.vault.put(Slot::OneTime(id), one_time.secret().duplicate()).unwrap();
        let release = Release { terms: Box::new(terms.into_signed()), possession, key: one_time.public_key() };
        let release = Verified::sign(release, agency);
        let nonce = Nonce::from_bytes([4; 32]);
        let notice = AnswerNotice { custodian: alpha(), terms: id, release: release.id(), nonce };
        let notice = Verified::sign(notice, custodian);
        let new = [release.to_bytes(), notice.to_bytes()];
        let mut ledger = Ledger::restore(&self.ledger, self.notary.trust.clone()).unwrap();
        let all = [&self.entries[..], &new].concat();
        ledger.advance(&new, &self.notary.witnessed(&all, 2)).unwrap();
        let fingerprint = one_time.public_key().fingerprint();
        let info = [Label::GRANT_WRAP.as_bytes(), id.as_bytes(), &[5, 0], fingerprint.as_bytes()].concat();
        let share = wrap(one_time.public_key().as_bytes(), &info, &c);
        let answer = Answer { custodian: alpha(), terms: id, release: release.id(), notice: notice.id(), share };
        let answers = vec![Verified::sign(answer, custodian).into_signed()];
        let opened = bounded(4 * file.len(), || self.agency.open(excerpt, answers, &ledger, at(NOON)));
        self.vault = Hoard::default();
        self.agency = Agency::new(*self.agency.id(), twin(&self.keys[0]), KemAlgorithm::X25519, self.vault.clone());

        let mut opened = opened.ok()?.excerpt;
        let mut found = Vec::new();
        for _ in 0..=opened.range().count() {
            let Ok(Some(segment)) = opened.next_segment() else { break };
            let index = segment.header.open.index;
            assert_eq!(*segment.content, content(index as usize), "segment {index}");
            found.push((index, segment.content.to_vec()));
        }
        Some(found)
    }
}

/// The file with these parts, signed by the grant's key.
fn excerpt(terms: &Verified<Terms>, key: &SigningKey, sealed: Vec<u8>, bodies: &[Vec<u8>]) -> Vec<u8> {
    let wrap = Wrapped::from_bytes(vec![8; KemAlgorithm::X25519.wrapped_len()]).unwrap();
    let digests: Vec<u8> = bodies.iter().flat_map(|body| *BodyDigest::of(body).as_bytes()).collect();
    let envelope = Envelope {
        terms: terms.id(),
        agency_wrap: wrap.digest(),
        custodian_wraps: vec![wrap.digest()],
        private: digest(Label::SEALED, &[&sealed]),
        bodies: digest(Label::BODIES, &[terms.id().as_bytes(), &digests]),
    };
    let mut wraps = minicbor::Encoder::new(Vec::new());
    wraps.array(2).unwrap().bytes(wrap.as_bytes()).unwrap().array(1).unwrap().bytes(wrap.as_bytes()).unwrap();
    let mut frames = vec![
        (b'T', terms.to_bytes()),
        (b'E', Verified::sign(envelope, key).to_bytes()),
        (b'W', wraps.into_writer()),
        (b'P', sealed),
    ];
    frames.extend(bodies.iter().map(|body| (b'B', body.clone())));
    put_together(b"footage-excerpt-v1\n", &frames)
}

/// HPKE's single-shot seal (RFC 9180 section 6.1) to an X25519 key.
fn wrap(key: &[u8], info: &[u8], secret: &[u8; 32]) -> Wrapped {
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(key).unwrap();
    let (encapsulation, sealed) = hpke::single_shot_seal_with_rng::<HpkeCipher, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        info,
        secret,
        &[],
        &mut Constant,
    )
    .unwrap();
    Wrapped::from_bytes([&encapsulation.to_bytes()[..], &sealed].concat()).unwrap()
}

/// No randomness: nobody keeps a secret here.
struct Constant;

impl rand_core::TryRng for Constant {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.fill(7);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Constant {}
