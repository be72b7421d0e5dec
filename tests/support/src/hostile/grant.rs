//! The parts of a grant by a resident who is dishonest and knows every secret of the clips: its own lock, answers to it, and
//! whatever it likes in between. What the agency opens is what the camera sealed at that place all the same.

use std::cell::RefCell;
use std::io::Cursor;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, array::Array};
use footage::agency::Excerpt;
use footage::crypto::{BodyDigest, KemAlgorithm, Label, SigningKey, Wrapped};
use footage::custodian::MemoryKeyStore;
use footage::ledger::Ledger;
use footage::record::*;
use hpke::aead::ChaCha20Poly1305 as HpkeCipher;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _};

use super::common::{Hoard, NOON, Pinned, World, at, put_together, twin};
use super::derive::{digest, expand};
use super::memory::bounded;
use super::notary::Notary;
use super::part::{Chosen, GROUPS, Owned, Plan, RANDOM, SEGMENTS, content, opened};
use super::recipe::Recipe;
use crate::lock::{digest_of_parts, grant_root, part_key};

/// The log that the agency follows, and the resident with its clips.
struct Desk {
    notary: Notary,
    world: World,
    entries: Vec<Vec<u8>>,
    ledger: Vec<u8>,
    /// The agency's store before it takes anything in.
    before: Hoard,
    key: SigningKey,
    request: Verified<Request>,
    /// In the order in which a grant has them.
    owned: [Owned; 2],
}

impl Desk {
    fn new() -> Self {
        let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
        let request = world.request();
        let request = world.agency.requests().find(|(own, _)| own.id() == request.id()).unwrap().0.clone();
        let notary = Notary {
            trust: world.trust.clone(),
            log: twin(&world.keys.log),
            witnesses: world.keys.witnesses.iter().map(twin).collect(),
        };
        let mut owned = RANDOM.map(Owned::new);
        owned.sort_by_key(|owned| owned.clip.id);
        Self {
            notary,
            entries: world.log.entries(0, world.log.size()).unwrap().to_vec(),
            ledger: world.ledger.save(),
            before: world.vaults[0].backup(),
            key: SigningKey::generate(&mut Pinned(77)).unwrap(),
            request,
            owned,
            world,
        }
    }
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::new(Desk::new());
}

/// What the recipe chooses of a clip: the layers of each group. Groups that touch and have equal layers are one range.
fn choose(recipe: &mut Recipe<'_>) -> Vec<Chosen> {
    let mut chosen: Vec<Chosen> = Vec::new();
    for group in GROUPS.windows(2) {
        let layers = recipe.byte() % 4;
        match chosen.last_mut() {
            Some((_, to, same)) if *to == group[0] && *same == layers => *to = group[1],
            _ if layers > 0 => chosen.push((group[0], group[1], layers)),
            _ => {}
        }
    }
    if chosen.is_empty() { vec![(GROUPS[0], GROUPS[1], 1)] } else { chosen }
}

/// The bytes say how the resident departs from what is honest.
pub fn grant(data: &[u8]) {
    DESK.with_borrow_mut(|desk| {
        let mut recipe = Recipe(data);
        let clips = match recipe.byte() % 3 {
            0 => 0..1,
            1 => 1..2,
            _ => 0..2,
        };
        let chosen: Vec<_> = clips.map(|clip| (clip, choose(&mut recipe))).collect();
        let mut plans: Vec<_> = chosen.iter().map(|(clip, chosen)| Plan::of(&desk.owned[*clip], chosen)).collect();
        let mut altered = false;
        for _ in 0..recipe.byte() % 4 {
            let (one, other) = (recipe.below(plans.len()), recipe.below(plans.len()));
            altered |= match recipe.byte() % 12 {
                // Clips that are in another order, there twice, or have each other's bodies.
                0 => {
                    plans.swap(one, other);
                    one != other
                }
                1 => {
                    plans.insert(one, plans[other].clone());
                    true
                }
                2 => {
                    let bodies = plans[one].bodies.clone();
                    let others = std::mem::replace(&mut plans[other].bodies, bodies);
                    plans[one].bodies = others;
                    one != other
                }
                _ => {
                    let own = chosen.get(one).map_or(0, |(clip, _)| *clip);
                    plans[one].alter(&mut recipe, &desk.owned, &desk.owned[own])
                }
            };
        }
        let mut words = minicbor::Encoder::new(Vec::new());
        words.array(2).unwrap().bytes(&[5; 32]).unwrap().str("words").unwrap();
        let mut parts: Vec<_> = [words.into_writer()].into_iter().chain(plans.iter().map(Plan::to_bytes)).collect();
        let before = parts.clone();
        let place = recipe.below(parts.len());
        recipe.alter(&mut parts[place]);
        let honest = !altered && parts == before;
        let bodies: Vec<_> = plans.into_iter().map(|plan| plan.bodies).collect();
        let found = desk.opened(&parts, &bodies);
        if honest {
            let expected = chosen.iter().flat_map(|(clip, chosen)| {
                let random = desk.owned[*clip].random;
                opened(chosen).into_iter().map(move |index| (random, index))
            });
            assert_eq!(found.unwrap(), expected.collect::<Vec<_>>());
        }
    });
}

impl Desk {
    /// What the agency opens of a grant with these parts and these bodies of each clip: clip and index of each segment.
    fn opened(&mut self, parts: &[Vec<u8>], bodies: &[Vec<Vec<u8>>]) -> Option<Vec<(u64, usize)>> {
        let grant = GrantId::of(&self.key.verifying_key());
        let halves = [[1; 32], [2; 32]];
        let [a, c] = halves;
        let possession = Possession::from_bytes(expand(&a, Label::POSSESSION, grant.as_bytes()));
        let commit = |part: u8, index: u8, secret: &[u8; 32]| digest(Label::COMMIT, &[&[part, index], secret]);
        let custodian = |n: usize| CustodianId::new(["alpha", "beta", "gamma"][n]).unwrap();
        let not_after = at(NOON).epoch().plus(7);
        // With a coefficient of zero each share is the half itself.
        let members = (0..3).map(|n| Member {
            custodian: custodian(n),
            expiry: self.world.ledger.expiry_key(&custodian(n), not_after).unwrap().id(),
            share: commit(3, n as u8, &c),
        });
        let request = self.request.statement();
        let terms = Terms {
            grant,
            request: self.request.id(),
            agency: request.agency,
            custody: Custody::new(GroupId::new("town").unwrap(), 2, members.collect()).unwrap(),
            not_before: at(NOON),
            not_after,
            agency_half: commit(1, 0, &a),
            custodian_half: commit(2, 0, &c),
            possession: commit(4, 0, possession.as_bytes()),
            private: digest_of_parts(parts),
        };
        let terms = Verified::sign(terms, &self.key);
        let id = terms.id();
        let root = grant_root(&halves);
        let sealed = (0..).zip(parts).map(|(index, part)| {
            let cipher = ChaCha20Poly1305::new(&part_key(&root, &id, index).into());
            cipher.encrypt(&Array::default(), part.as_slice()).unwrap()
        });
        let half = wrap_for(&request.key, &id, [1, 0], &a);
        let file = excerpt(&terms, &self.key, &half, sealed.collect(), bodies);
        let mut excerpt = bounded(file.len(), || Excerpt::open(Cursor::new(&file)).ok())?;

        // The agency takes it in and releases it, and two custodians answer.
        let now = at(NOON).after(Millis::HOUR);
        let mut ledger = Ledger::restore(&self.ledger, self.notary.trust.clone()).unwrap();
        self.world.set_back(&self.before);
        let (policy, custodians) = (&self.world.policy, &self.world.keys.custodians);
        let agency = &mut self.world.agency;
        assert_eq!(bounded(4 * file.len(), || agency.take_in(&mut excerpt, policy, &ledger)).unwrap(), id);
        let release = agency.release(id, policy, &ledger, now, &mut Pinned(5)).unwrap();
        let notices = [0, 1].map(|n| {
            let nonce = Nonce::from_bytes([4; 32]);
            let notice = AnswerNotice { custodian: custodian(n), terms: id, release: release.id(), nonce };
            Verified::sign(notice, &custodians[n])
        });
        let new = [release.to_bytes(), notices[0].to_bytes(), notices[1].to_bytes()];
        let all = [&self.entries[..], &new].concat();
        ledger.advance(&new, &self.notary.witnessed(&all, 1)).unwrap();
        for (n, notice) in notices.iter().enumerate() {
            let share = wrap_for(&release.statement().key, &id, [5, n as u8], &c);
            let answer =
                Answer { custodian: custodian(n), terms: id, release: release.id(), notice: notice.id(), share };
            let progress = agency.take_answer(Verified::sign(answer, &custodians[n]).into_signed(), &ledger);
            assert_eq!(progress.unwrap().is_enough(), n == 1);
        }
        let opened = bounded(4 * file.len(), || agency.open_grant(id, &ledger, now));

        let mut opened = opened.ok()?.excerpt;
        let mut found = Vec::new();
        // What is granted of a clip lies in the window that was asked for, whatever the parts say.
        assert!(opened.runs().iter().all(|run| request.window.covers(run.span)));
        for _ in 0..=bodies.len() * 2 * SEGMENTS.len() {
            let Ok(Some(segment)) = opened.next_segment() else { break };
            let clip = opened.clips()[segment.clip].id();
            let owned = self.owned.iter().find(|owned| owned.clip.id == *clip.as_bytes()).unwrap();
            let index = segment.header.open.index as usize;
            assert_eq!(*segment.content, content(owned.random, index), "segment {index}");
            found.push((owned.random, index));
        }
        Some(found)
    }
}

/// The file with these parts, signed by the grant's key.
fn excerpt(
    terms: &Verified<Terms>,
    key: &SigningKey,
    half: &Wrapped,
    sealed: Vec<Vec<u8>>,
    bodies: &[Vec<Vec<u8>>],
) -> Vec<u8> {
    let shares = [(); 3].map(|()| Wrapped::from_bytes(vec![8; KemAlgorithm::X25519.wrapped_len()]).unwrap());
    let digest_of = |bodies: &Vec<Vec<u8>>| {
        let digests: Vec<u8> = bodies.iter().flat_map(|body| *BodyDigest::of(body).as_bytes()).collect();
        digest(Label::BODIES, &[terms.id().as_bytes(), &digests])
    };
    let envelope = Envelope {
        terms: terms.id(),
        agency_wrap: half.digest(),
        custodian_wraps: shares.iter().map(Wrapped::digest).collect(),
        parts: sealed.iter().map(|sealed| digest(Label::SEALED, &[sealed])).collect(),
        bodies: bodies.iter().map(digest_of).collect(),
    };
    let mut wraps = minicbor::Encoder::new(Vec::new());
    wraps.array(2).unwrap().bytes(half.as_bytes()).unwrap().array(3).unwrap();
    for share in &shares {
        wraps.bytes(share.as_bytes()).unwrap();
    }
    let mut frames = vec![(b'T', terms.to_bytes()), (b'E', Verified::sign(envelope, key).to_bytes())];
    frames.extend(sealed.into_iter().map(|sealed| (b'P', sealed)));
    for bodies in bodies {
        frames.push((b'N', (bodies.len() as u32).to_be_bytes().to_vec()));
        frames.extend(bodies.iter().map(|body| (b'B', body.clone())));
    }
    frames.push((b'W', wraps.into_writer()));
    put_together(b"footage-excerpt-v1\n", &frames)
}

/// A secret of the lock, wrapped to somebody.
fn wrap_for(key: &footage::crypto::KemPublicKey, terms: &StatementId, part: [u8; 2], secret: &[u8; 32]) -> Wrapped {
    let recipient = key.fingerprint();
    let info = [Label::GRANT_WRAP.as_bytes(), terms.as_bytes(), &part, recipient.as_bytes()].concat();
    wrap(key.as_bytes(), &info, secret)
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
