//! The part of a clip as its owner makes it, honestly or not, with other crates and by the format's text.

use std::collections::BTreeMap;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload, array::Array};
use footage::camera::{Cadence, Group, Piece, Sound};
use footage::crypto::{BodyDigest, KemAlgorithm, Suite, TAG_LEN};
use footage::merkle::leaf_hash;
use footage::record::{Clock, Millis};

use super::clips::owner;
use super::common::{NOON, Pinned, at, begin, clocks_at, list_of, take_apart};
use super::derive::{self, Clip, HEADER_LEN, OPEN_LEN, camera};
use super::recipe::Recipe;

/// The segments of the clip: layer, kind (0 an init), and size.
pub(super) const SEGMENTS: [(u8, u8, usize); 11] = [
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
pub(super) const GROUPS: [usize; 5] = [0, 4, 6, 9, SEGMENTS.len()];
const SUITE: Suite = Suite::ChaCha20Poly1305;
/// Bytes of a segment that is listed in full, and of one that is left out.
const FULL: usize = HEADER_LEN + 32;
const LEFT_OUT: usize = OPEN_LEN + 32;
/// The randomness of the clips, of cameras with one key.
pub(super) const RANDOM: [u64; 2] = [4, 5];
/// When they began: in the window of the request.
const STARTED: u64 = NOON - 40 * 60_000;

pub(super) fn content(random: u64, index: usize) -> Vec<u8> {
    vec![index as u8 + 16 * random as u8; SEGMENTS[index].2]
}

/// Whether a layer is among those with this number.
fn has(layers: u8, layer: u8) -> bool {
    layers >> layer & 1 == 1
}

/// A clip, and all that its owner knows.
pub(super) struct Owned {
    pub(super) random: u64,
    pub(super) clip: Clip,
    header: Vec<u8>,
    /// Every head that the camera signed, the manifest last.
    heads: Vec<Vec<u8>>,
    segments: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Owned {
    pub(super) fn new(random: u64) -> Self {
        let (owners, mut camera) = ([owner(1, KemAlgorithm::X25519).public_key()], camera(SUITE));
        let clip = Clip::first(random, SUITE, STARTED, Clock::Set, &list_of(&owners));
        let mut source = Pinned(random);
        let mut recording = begin(&mut camera, at(STARTED), Cadence::EveryGroup, &mut source).unwrap();
        assert_eq!(*recording.clip().as_bytes(), clip.id);
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
            recording.group(&mut camera, clocks_at(end), group).unwrap();
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
pub(super) type Chosen = (usize, usize, u8);

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
pub(super) struct Plan {
    header: Vec<u8>,
    manifest: Vec<u8>,
    ranges: Vec<RangePlan>,
    inits: Vec<([u8; 32], Vec<u8>)>,
    proof: Vec<u8>,
    pub(super) bodies: Vec<Vec<u8>>,
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
pub(super) fn opened(chosen: &[Chosen]) -> Vec<usize> {
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
    pub(super) fn of(owned: &Owned, chosen: &[Chosen]) -> Self {
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

    pub(super) fn to_bytes(&self) -> Vec<u8> {
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
    pub(super) fn alter(&mut self, recipe: &mut Recipe<'_>, owned: &[Owned; 2], own: &Owned) -> bool {
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
