//! The parts of a grant by a resident who is dishonest and knows every secret of the clips: its own lock, answers to it, and
//! whatever it likes in between. What the agency opens is what the camera sealed at that place all the same.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Cursor;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload, array::Array};
use footage::agency::Excerpt;
use footage::camera::{Cadence, Clocks, Group, Piece, Sound};
use footage::crypto::{BodyDigest, KemAlgorithm, Label, SigningKey, Suite, TAG_LEN, Wrapped};
use footage::custodian::MemoryKeyStore;
use footage::ledger::Ledger;
use footage::merkle::leaf_hash;
use footage::record::*;
use hpke::aead::ChaCha20Poly1305 as HpkeCipher;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _};

use super::clips::owner;
use super::common::{Hoard, NOON, Pinned, World, at, begin, list_of, put_together, take_apart, twin};
use super::derive::{self, Clip, HEADER_LEN, OPEN_LEN, camera, digest, expand};
use super::memory::bounded;
use super::notary::Notary;
use super::recipe::Recipe;
use crate::lock::{digest_of_parts, grant_root, part_key};

/// The segments of the clip: layer, kind (0 an init), and size.
const SEGMENTS: [(u8, u8, usize); 11] = [
    (0, 0, 20),
    (1, 0, 11),
    (0, 1, 30),
    (1, 1, 5),
    (0, 1, 0),
    (1, 1, 9),
    (0, 1, 45),
    (0, 1, 7),
    (1, 1, 0),
    (0, 1, 12),
    (1, 1, 1),
];
/// Where its groups begin, and where it ends.
const GROUPS: [usize; 5] = [0, 4, 6, 9, SEGMENTS.len()];
const SUITE: Suite = Suite::ChaCha20Poly1305;
/// Bytes of a segment that is listed in full, and of one that is left out.
const FULL: usize = HEADER_LEN + 32;
const LEFT_OUT: usize = OPEN_LEN + 32;
/// The randomness of the clips, of cameras with one key.
const RANDOM: [u64; 2] = [4, 5];
/// When they began: in the window of the request.
const STARTED: u64 = NOON - 40 * 60_000;

fn content(random: u64, index: usize) -> Vec<u8> {
    vec![index as u8 + 16 * random as u8; SEGMENTS[index].2]
}

/// Whether a layer is among those with this number.
fn has(layers: u8, layer: u8) -> bool {
    layers >> layer & 1 == 1
}

/// A clip, and all that its owner knows.
struct Owned {
    random: u64,
    clip: Clip,
    header: Vec<u8>,
    /// Every head that the camera signed, the manifest last.
    heads: Vec<Vec<u8>>,
    segments: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Owned {
    fn new(random: u64) -> Self {
        let (owners, mut camera) = ([owner(1, KemAlgorithm::X25519).public_key()], camera(SUITE));
        let clip = Clip::first(random, SUITE, STARTED, Clock::Set, list_of(&owners).statement());
        let mut source = Pinned(random);
        let mut recording = begin(&mut camera, &owners, at(STARTED), Cadence::EveryGroup, &mut source).unwrap();
        assert_eq!(*recording.clip().as_bytes(), clip.id);
        let clocks = Clocks { monotonic: Millis(0), wall: None };
        for (second, group) in (0..).zip(GROUPS.windows(2)) {
            let (start, end) = (Millis::SECOND.times(second), Millis::SECOND.times(second + 1));
            let mut contents: Vec<_> =
                (group[0]..group[1]).map(|index| (SEGMENTS[index], content(random, index))).collect();
            let mut group = Group { next: Some(end), ..Group::default() };
            for ((layer, kind, _), content) in &mut contents {
                let piece = Piece { start, end, content };
                match (*layer, *kind) {
                    (0, 0) => group.picture_init = Some(piece.content),
                    (_, 0) => group.sound_init = Some(piece.content),
                    (0, _) => group.pictures.push(piece),
                    _ => group.sound = Some(Sound { piece, samples: 1 }),
                }
            }
            recording.group(&mut camera, clocks, group).unwrap();
        }
        let (_, frames) = take_apart(&recording.finish(&mut camera).unwrap().into_inner().to_bytes());
        let of = |kind: u8| frames.iter().filter(move |frame| frame.0 == kind).map(|frame| frame.1.clone());
        let segments = of(b'S').map(|segment| (segment[..HEADER_LEN].to_vec(), segment[HEADER_LEN..].to_vec()));
        let owned =
            Self { random, clip, header: frames[0].1.clone(), heads: of(b'D').collect(), segments: segments.collect() };
        let kinds = owned.segments.iter().map(|(header, body)| (header[16], header[17], body.len() - TAG_LEN));
        assert!(kinds.eq(SEGMENTS));
        owned
    }

    /// The proof of ranges, as bytes.
    fn proof(&self, ranges: &[(usize, usize)]) -> Vec<u8> {
        let leaves: Vec<_> = (0..SEGMENTS.len()).map(|index| leaf_hash(&self.halves(index))).collect();
        derive::ranges_proof(&leaves, ranges).iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    fn halves(&self, index: usize) -> Vec<u8> {
        let (header, body) = &self.segments[index];
        derive::halves(header, body)
    }

    fn in_full(&self, index: usize) -> Vec<u8> {
        let (header, body) = &self.segments[index];
        [header, &BodyDigest::of(body).as_bytes()[..]].concat()
    }

    /// A segment as a grant of these layers lists it.
    fn listed(&self, index: usize, layers: u8) -> Vec<u8> {
        if has(layers, SEGMENTS[index].0) { self.in_full(index) } else { self.halves(index) }
    }

    fn init(&self, index: usize) -> ([u8; 32], Vec<u8>) {
        let (layer, ..) = SEGMENTS[index];
        (self.clip.node(layer, 24, index as u32), self.in_full(index))
    }
}

/// What is granted of a clip: a range of segments, and the numbers of its layers, none of which is 0.
type Chosen = (usize, usize, u8);

/// One range of a part.
#[derive(Clone)]
struct RangePlan {
    range: (u32, u32),
    layers: u8,
    seeds: [Vec<[u8; 32]>; 2],
    segments: Vec<Vec<u8>>,
    end: Option<Vec<u8>>,
}

/// What the part of a clip says, and the bodies that come with it.
#[derive(Clone)]
struct Plan {
    header: Vec<u8>,
    manifest: Vec<u8>,
    ranges: Vec<RangePlan>,
    inits: Vec<([u8; 32], Vec<u8>)>,
    proof: Vec<u8>,
    bodies: Vec<Vec<u8>>,
}

/// The index of a segment that is listed.
fn index_of(listed: &[u8]) -> Option<usize> {
    Some(u32::from_be_bytes(*listed.first_chunk()?) as usize)
}

/// Whether a segment is granted.
fn is_granted(chosen: &[Chosen], index: usize) -> bool {
    chosen.iter().any(|&(from, to, layers)| (from..to).contains(&index) && has(layers, SEGMENTS[index].0))
}

/// Ranges of what is listed: what stands side by side is one.
fn ranges_of(mut indexes: Vec<usize>) -> Vec<(usize, usize)> {
    indexes.sort_unstable();
    indexes.dedup();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for index in indexes {
        match ranges.last_mut() {
            Some((_, end)) if *end == index => *end += 1,
            _ => ranges.push((index, index + 1)),
        }
    }
    ranges
}

/// What comes out of an honest grant of a clip: in each run of ranges that touch first the init segments that are needed.
fn opened(chosen: &[Chosen]) -> Vec<usize> {
    let mut runs: Vec<Vec<Chosen>> = Vec::new();
    for &(from, to, layers) in chosen {
        match runs.last_mut() {
            Some(run) if run[run.len() - 1].1 == from => run.push((from, to, layers)),
            _ => runs.push(vec![(from, to, layers)]),
        }
    }
    let of_run = |run: Vec<Chosen>| {
        let needed = (0..2).filter(|&init| run.iter().any(|(.., layers)| has(*layers, SEGMENTS[init].0)));
        let mut indexes: Vec<_> = needed.chain((0..SEGMENTS.len()).filter(|&index| is_granted(&run, index))).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    };
    runs.into_iter().flat_map(of_run).collect()
}

impl RangePlan {
    fn of(owned: &Owned, (from, to, layers): Chosen, joined: bool) -> Self {
        let cover = derive::cover(from as u32, to as u32);
        let of_layer = |layer| -> Vec<_> {
            let granted = cover.iter().filter(|_| has(layers, layer));
            granted.map(|&(level, index)| owned.clip.node(layer, level, index)).collect()
        };
        Self {
            range: (from as u32, to as u32),
            layers,
            seeds: [of_layer(0), of_layer(1)],
            segments: (from..to).map(|index| owned.listed(index, layers)).collect(),
            end: (to < SEGMENTS.len() && !joined).then(|| owned.halves(to)),
        }
    }
}

impl Plan {
    /// The honest one of what is chosen.
    fn of(owned: &Owned, chosen: &[Chosen]) -> Self {
        let next = |to: usize| chosen.iter().any(|(from, ..)| *from == to);
        let ranges = chosen.iter().map(|&range| RangePlan::of(owned, range, next(range.1)));
        let needed = |init: usize| chosen.iter().any(|(.., layers)| has(*layers, SEGMENTS[init].0));
        let inits: Vec<_> = (0..2).filter(|&init| needed(init) && !is_granted(chosen, init)).collect();
        let full = (0..SEGMENTS.len()).filter(|&index| is_granted(chosen, index) || inits.contains(&index));
        let mut plan = Self {
            header: owned.header.clone(),
            manifest: owned.heads[owned.heads.len() - 1].clone(),
            ranges: ranges.collect(),
            bodies: full.map(|index| owned.segments[index].1.clone()).collect(),
            inits: inits.into_iter().map(|init| owned.init(init)).collect(),
            proof: Vec::new(),
        };
        plan.prove(owned);
        plan
    }

    /// Proves what is listed, as far as it is of the clip.
    fn prove(&mut self, owned: &Owned) {
        let ranges = self.ranges.iter().flat_map(|range| range.segments.iter().chain(&range.end));
        let listed = ranges.chain(self.inits.iter().map(|(_, listed)| listed));
        let indexes = listed.filter_map(|listed| index_of(listed)).filter(|&index| index < SEGMENTS.len());
        self.proof = owned.proof(&ranges_of(indexes.collect()));
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut to = minicbor::Encoder::new(Vec::new());
        to.array(6).unwrap().bytes(&[6; 32]).unwrap().bytes(&self.header).unwrap().bytes(&self.manifest).unwrap();
        to.array(self.ranges.len() as u64).unwrap();
        for RangePlan { range, layers, seeds, segments, end } in &self.ranges {
            to.array(7).unwrap().u32(range.0).unwrap().u32(range.1).unwrap().u8(*layers).unwrap();
            for seeds in seeds {
                to.array(seeds.len() as u64).unwrap();
                for seed in seeds {
                    to.bytes(seed).unwrap();
                }
            }
            to.bytes(&segments.concat()).unwrap();
            match end {
                None => to.null().unwrap(),
                Some(end) => to.bytes(end).unwrap(),
            };
        }
        to.array(self.inits.len() as u64).unwrap();
        for (seed, segment) in &self.inits {
            to.array(2).unwrap().bytes(seed).unwrap().bytes(segment).unwrap();
        }
        to.bytes(&self.proof).unwrap();
        to.into_writer()
    }

    /// Does something else than the honest resident would. Says whether anything was done.
    fn alter(&mut self, recipe: &mut Recipe<'_>, owned: &[Owned; 2], own: &Owned) -> bool {
        let which = recipe.below(SEGMENTS.len());
        let what = recipe.byte() % 23;
        let mut piece = Recipe(if matches!(what, 8..14) { recipe.piece() } else { &[] });
        let at = recipe.below(self.ranges.len());
        let Some(range) = self.ranges.get_mut(at) else { return false };
        match what {
            0 => range.range = (recipe.below(12) as u32, recipe.below(12) as u32),
            1 => range.seeds[which % 2] = vec![own.clip.secret; recipe.below(3)],
            2 => self.manifest.clone_from(&own.heads[which % own.heads.len()]),
            3 => {
                let other = &owned[which % 2];
                (self.header, self.manifest) = (other.header.clone(), other.heads[other.heads.len() - 1].clone());
            }
            4 => self.inits.truncate(which % 2),
            5 => self.inits.insert(recipe.below(self.inits.len() + 1), own.init(which)),
            6 => return self.seal_anew(which, own),
            7 if !self.bodies.is_empty() => {
                let (one, count) = (recipe.below(self.bodies.len()), self.bodies.len());
                self.bodies.swap(one, which % count);
            }
            8 => piece.alter(&mut self.header),
            9 => piece.alter(&mut self.manifest),
            10 if !range.segments.is_empty() => {
                let count = range.segments.len();
                piece.alter(&mut range.segments[which % count]);
            }
            11 => piece.alter(&mut self.proof),
            12 if !self.bodies.is_empty() => {
                let at = which % self.bodies.len();
                piece.alter(&mut self.bodies[at]);
            }
            13 => {
                if let Some((_, listed)) = self.inits.first_mut() {
                    piece.alter(listed);
                }
            }
            14 => range.layers = 1 + recipe.byte() % 4,
            15 => range.end = (which != 0).then(|| own.halves(which)),
            // A segment shown though it is not granted, or hidden though it is.
            16 if !range.segments.is_empty() => {
                let place = which % range.segments.len();
                let index = range.range.0 as usize + place;
                if index < SEGMENTS.len() {
                    let shown = range.segments[place].len() > LEFT_OUT;
                    range.segments[place] = if shown { own.halves(index) } else { own.in_full(index) };
                }
            }
            17 => range.seeds.reverse(),
            // Ranges that are in another order, there twice, or not there.
            18 => {
                let other = which % self.ranges.len();
                self.ranges.swap(at, other);
            }
            19 => {
                let copy = range.clone();
                self.ranges.insert(at, copy);
            }
            20 => drop(self.ranges.remove(at)),
            // A segment more or less, with the seeds of that.
            21 => {
                let (from, to) = (range.range.0 as usize, range.range.1 as usize);
                let to = if which.is_multiple_of(2) { to + 1 } else { to.saturating_sub(1) };
                if from < to && to <= SEGMENTS.len() {
                    *range = RangePlan::of(own, (from, to, range.layers), range.end.is_none());
                }
            }
            _ => self.prove(own),
        }
        true
    }

    /// Seals a segment anew under the true key, with other content, and lists it so.
    fn seal_anew(&mut self, which: usize, own: &Owned) -> bool {
        let ranges = self.ranges.iter_mut().flat_map(|range| range.segments.iter_mut());
        let listed = ranges.chain(self.inits.iter_mut().map(|(_, listed)| listed));
        let mut full: BTreeMap<usize, &mut Vec<u8>> = BTreeMap::new();
        full.extend(listed.filter(|listed| listed.len() == FULL).filter_map(|full| Some((index_of(full)?, full))));
        let at = which % self.bodies.len().max(1);
        let Some((index, listed)) = full.into_iter().nth(at) else { return false };
        let (Some((header, _)), Some(body)) = (own.segments.get(index), self.bodies.get_mut(at)) else { return false };
        let (layer, _, size) = SEGMENTS[index];
        let (key, _) = own.clip.segment_key(layer, index as u32);
        let message = Payload { msg: &vec![0xee; size], aad: header };
        *body = ChaCha20Poly1305::new(&key.into()).encrypt(&Array::default(), message).unwrap();
        listed[HEADER_LEN..].copy_from_slice(BodyDigest::of(body).as_bytes());
        true
    }
}

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
        assert_eq!(bounded(4 * file.len(), || agency.take_in(&mut excerpt)).unwrap(), id);
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
