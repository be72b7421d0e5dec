//! The private part of a grant by a resident who is dishonest and knows every secret of the clip: its own lock, its own
//! answer, and whatever it likes in between. What the agency opens is what the camera sealed at that place all the same.

use std::cell::RefCell;
use std::io::Cursor;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload, array::Array};
use footage::agency::{Agency, Excerpt, Slot, Vault as _};
use footage::camera::{Cadence, Clocks, Group, Piece, Sound};
use footage::crypto::{BodyDigest, KemAlgorithm, KemPrivateKey, Label, Secret, SigningKey, Suite, TAG_LEN, Wrapped};
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
use super::derive::{self, Clip, HEADER_LEN, camera, digest, expand, extract};
use super::memory::bounded;
use super::notary::Notary;
use super::recipe::Recipe;

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
/// The randomness of the clip, and of another of the same camera.
const RANDOM: [u64; 2] = [4, 5];

fn content(index: usize) -> Vec<u8> {
    vec![index as u8 + 1; SEGMENTS[index].2]
}

/// Whether a layer is among those with this number.
fn has(layers: u8, layer: u8) -> bool {
    layers >> layer & 1 == 1
}

/// A clip, and all that its owner knows.
struct Owned {
    clip: Clip,
    header: Vec<u8>,
    /// Every head that the camera signed, the manifest last.
    heads: Vec<Vec<u8>>,
    segments: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Owned {
    fn new(random: u64) -> Self {
        let (owners, mut camera) = ([owner(1, KemAlgorithm::X25519).public_key()], camera(SUITE));
        let clip = Clip::first(random, SUITE, NOON, Clock::Set, list_of(&owners).statement());
        let mut random = Pinned(random);
        let mut recording = begin(&mut camera, &owners, at(NOON), Cadence::EveryGroup, &mut random).unwrap();
        assert_eq!(*recording.clip().as_bytes(), clip.id);
        let clocks = Clocks { monotonic: Millis(0), wall: None };
        for (second, group) in (0..).zip(GROUPS.windows(2)) {
            let (start, end) = (Millis::SECOND.times(second), Millis::SECOND.times(second + 1));
            let mut contents: Vec<_> = (group[0]..group[1]).map(|index| (SEGMENTS[index], content(index))).collect();
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
        let owned = Self { clip, header: frames[0].1.clone(), heads: of(b'D').collect(), segments: segments.collect() };
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

/// What the private part says.
struct Plan {
    header: Vec<u8>,
    manifest: Vec<u8>,
    range: (u32, u32),
    layers: u8,
    seeds: Vec<Vec<[u8; 32]>>,
    segments: Vec<Vec<u8>>,
    next: Option<Vec<u8>>,
    inits: Vec<([u8; 32], Vec<u8>)>,
    proof: Vec<u8>,
    bodies: Vec<Vec<u8>>,
}

impl Plan {
    /// The segments of an honest grant that are opened, in the order of their bodies.
    fn opened(from: usize, to: usize, layers: u8) -> Vec<usize> {
        let before = (0..from.min(2)).filter(|&init| has(layers, SEGMENTS[init].0));
        before.chain((from..to).filter(|&index| has(layers, SEGMENTS[index].0))).collect()
    }

    /// The honest one of a range.
    fn of(owned: &Owned, from: usize, to: usize, layers: u8) -> Self {
        let cover = derive::cover(from as u32, to as u32);
        let of_layer = |layer| cover.iter().map(|&(level, index)| owned.clip.node(layer, level, index)).collect();
        let inits: Vec<_> = (0..from.min(2)).filter(|&init| has(layers, SEGMENTS[init].0)).collect();
        let end = (to + 1).min(SEGMENTS.len());
        // What stands side by side is one range.
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for (one, after) in inits.iter().map(|&init| (init, init + 1)).chain([(from, end)]) {
            match ranges.last_mut() {
                Some((_, last)) if *last == one => *last = after,
                _ => ranges.push((one, after)),
            }
        }
        Self {
            header: owned.header.clone(),
            manifest: owned.heads[owned.heads.len() - 1].clone(),
            range: (from as u32, to as u32),
            layers,
            seeds: (0..2).filter(|&layer| has(layers, layer)).map(of_layer).collect(),
            segments: (from..to).map(|index| owned.listed(index, layers)).collect(),
            next: (to < end).then(|| owned.halves(to)),
            inits: inits.into_iter().map(|init| owned.init(init)).collect(),
            proof: owned.proof(&ranges),
            bodies: Self::opened(from, to, layers).into_iter().map(|index| owned.segments[index].1.clone()).collect(),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut to = minicbor::Encoder::new(Vec::new());
        to.array(12).unwrap().bytes(&[6; 32]).unwrap().bytes(&self.header).unwrap().bytes(&self.manifest).unwrap();
        to.u32(self.range.0).unwrap().u32(self.range.1).unwrap().u8(self.layers).unwrap();
        to.array(self.seeds.len() as u64).unwrap();
        for seeds in &self.seeds {
            to.array(seeds.len() as u64).unwrap();
            for seed in seeds {
                to.bytes(seed).unwrap();
            }
        }
        to.bytes(&self.segments.concat()).unwrap();
        match &self.next {
            None => to.null().unwrap(),
            Some(next) => to.bytes(next).unwrap(),
        };
        to.array(self.inits.len() as u64).unwrap();
        for (seed, segment) in &self.inits {
            to.array(2).unwrap().bytes(seed).unwrap().bytes(segment).unwrap();
        }
        to.bytes(&self.proof).unwrap().str("words").unwrap();
        to.into_writer()
    }

    /// Does something else than the honest resident would. Says whether anything was done.
    fn alter(&mut self, recipe: &mut Recipe<'_>, owned: &[Owned; 2]) -> bool {
        let [own, other] = owned;
        let which = recipe.below(SEGMENTS.len());
        let mut piece = Recipe(&[]);
        let what = recipe.byte() % 18;
        if matches!(what, 8..14) {
            piece = Recipe(recipe.piece());
        }
        match what {
            0 => self.range = (recipe.below(12) as u32, recipe.below(12) as u32),
            1 => self.seeds = vec![vec![own.clip.secret]; recipe.below(3)],
            2 => self.manifest.clone_from(&own.heads[which % own.heads.len()]),
            3 => (self.header, self.manifest) = (other.header.clone(), other.heads[other.heads.len() - 1].clone()),
            4 => self.inits.truncate(which % 2),
            5 => self.inits.push(own.init(which)),
            6 => return self.seal_anew(which, own),
            7 => {
                let (one, count) = (recipe.below(self.bodies.len()), self.bodies.len());
                self.bodies.swap(one, which % count);
            }
            8 => piece.alter(&mut self.header),
            9 => piece.alter(&mut self.manifest),
            10 => {
                let count = self.segments.len();
                piece.alter(&mut self.segments[which % count]);
            }
            11 => piece.alter(&mut self.proof),
            12 => {
                let at = which % self.bodies.len();
                piece.alter(&mut self.bodies[at]);
            }
            13 => {
                if let Some((_, listed)) = self.inits.first_mut() {
                    piece.alter(listed);
                }
            }
            14 => self.layers = 1 + recipe.byte() % 4,
            15 => self.next = (which != 0).then(|| own.halves(which)),
            // A segment shown though it is not granted, or hidden though it is.
            16 => {
                let (from, _) = self.range;
                let count = self.segments.len();
                let place = which % count;
                if let Some(index) = Some(from as usize + place).filter(|&index| index < SEGMENTS.len()) {
                    let shown = self.segments[place].len() > 51;
                    self.segments[place] = if shown { own.halves(index) } else { own.in_full(index) };
                }
            }
            _ => self.seeds.reverse(),
        }
        true
    }

    /// Seals a segment anew under the true key, with other content, and lists it so.
    fn seal_anew(&mut self, which: usize, own: &Owned) -> bool {
        let at = which % self.bodies.len();
        let inits = self.inits.len();
        let (from, _) = self.range;
        let range = from as usize..from as usize + self.segments.len();
        let granted = range.filter(|&index| SEGMENTS.get(index).is_some_and(|(layer, ..)| has(self.layers, *layer)));
        let granted: Vec<_> = granted.collect();
        let init = self.inits.get(at).and_then(|(_, listed)| Some(u32::from_be_bytes(*listed.first_chunk()?) as usize));
        let Some(index) = init.or_else(|| granted.get(at.checked_sub(inits)?).copied()) else { return false };
        let Some((header, _)) = own.segments.get(index) else { return false };
        let (layer, _, size) = SEGMENTS[index];
        let (key, _) = own.clip.segment_key(layer, index as u32);
        let message = Payload { msg: &vec![0xee; size], aad: header };
        let body = ChaCha20Poly1305::new(&key.into()).encrypt(&Array::default(), message).unwrap();
        let listed = match self.inits.get_mut(at) {
            Some((_, listed)) => Some(listed),
            None => self.segments.get_mut(index - from as usize),
        };
        if let Some(place) = listed.and_then(|listed| listed.get_mut(HEADER_LEN..)?.get_mut(..32)) {
            place.copy_from_slice(BodyDigest::of(&body).as_bytes());
        }
        self.bodies[at] = body;
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
        let (one, two) = (recipe.below(GROUPS.len() - 1), recipe.below(GROUPS.len() - 1));
        let (from, to) = (GROUPS[one.min(two)], GROUPS[one.max(two) + 1]);
        let layers = 1 + recipe.byte() % 3;
        let mut plan = Plan::of(&desk.owned[0], from, to, layers);
        let altered = (0..recipe.byte() % 4).fold(false, |any, _| plan.alter(&mut recipe, &desk.owned) || any);
        let mut plain = plan.to_bytes();
        let before = plain.clone();
        recipe.alter(&mut plain);
        let honest = !altered && plain == before;
        let found = desk.opened(&plain, &plan.bodies);
        if honest {
            let expected = Plan::opened(from, to, layers).into_iter().map(|index| (index as u32, content(index)));
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
        for _ in 0..=opened.range().count() + 2 {
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
