use std::io::Cursor;

use serde_json::{Value, json};

use super::film::{Film, Making, NOON, VIDEO, scenes};
use super::lock::{Keeper, info, unlock, wrap};
use super::statements::{agency, anchor, request};
use super::{Pinned, at, check, frame_list, frames, hashes, kem_name};
use crate::clip::{Selection, StoredSegment};
use crate::crypto::{
    Digest, KemAlgorithm, KemPrivateKey, Label, Secret, SigningKey, Suite, Wrapped, expand, extract, open, sha256,
};
use crate::foreign::hex;
use crate::grant::{
    BodyList, ClipPart, Excerpt, GrantKey, Grantee, Holder, LeftOut, Listed, OpenExcerpt, OwnedClip, Room, Words,
    digest, join, make,
};
use crate::record::{CustodianId, ExpiryKey, GroupId, Layers, Millis, Request, Terms, Verified, Window};

const AGENCY_HALF: u8 = 1;
const SHARE: u8 = 3;
const WORDS: &str = "At the door.";

/// The parties of a grant, with their keys.
struct Parties {
    agency: SigningKey,
    request_key: KemPrivateKey,
    request: Verified<Request>,
    keepers: Vec<Keeper>,
    expiries: Vec<Verified<ExpiryKey>>,
}

impl Parties {
    fn new(kem: KemAlgorithm, random: &mut Pinned) -> Self {
        let anchor = anchor(random);
        let (agency, request_key) = (random.signing_key(), random.kem_key(kem));
        let request = Verified::sign(request(request_key.public_key(), anchor), &agency);
        let keepers: Vec<_> = ["alpha", "beta", "gamma"]
            .map(|id| Keeper {
                id: CustodianId::new(id).unwrap(),
                key: random.signing_key(),
                expiry: random.kem_key(kem),
            })
            .into();
        let expiry = |keeper: &Keeper| {
            let epoch = at(NOON).epoch().plus(7);
            let expiry = ExpiryKey { custodian: keeper.id.clone(), epoch, key: keeper.expiry.public_key() };
            Verified::sign(expiry, &keeper.key)
        };
        let expiries = keepers.iter().map(expiry).collect();
        Self { agency, request_key, request, keepers, expiries }
    }

    fn holders(&self) -> Vec<Holder> {
        let holder = |expiry: &Verified<ExpiryKey>| {
            let ExpiryKey { custodian, key, .. } = expiry.statement();
            Holder { custodian: custodian.clone(), expiry: expiry.id(), key: key.clone() }
        };
        self.expiries.iter().map(holder).collect()
    }

    fn describe(&self) -> Value {
        let custodians = self.keepers.iter().zip(&self.expiries).map(|(keeper, expiry)| {
            json!({
                "custodian": keeper.id.as_str(),
                "seed": hex(keeper.key.to_secret().expose()),
                "expiry_private": hex(keeper.expiry.secret().expose()),
                "expiry_fingerprint": hex(keeper.expiry.public_key().fingerprint().as_bytes()),
                "expiry_key": hex(&expiry.to_bytes()),
                "expiry_key_id": hex(expiry.id().as_bytes()),
            })
        });
        json!({
            "agency_seed": hex(self.agency.to_secret().expose()),
            "request": hex(&self.request.to_bytes()),
            "request_id": hex(self.request.id().as_bytes()),
            "request_private": hex(self.request_key.secret().expose()),
            "request_fingerprint": hex(self.request_key.public_key().fingerprint().as_bytes()),
            "custodians": custodians.collect::<Vec<_>>(),
        })
    }
}

/// What the hedge of a grant gave, found again from what went into it.
struct Drawn {
    prk: Secret<32>,
    context: Vec<u8>,
    threshold: u8,
}

impl Drawn {
    /// The context as the format has it: request, keys, end, the digests of the parts without their salts, and who takes
    /// part.
    fn new(fresh: &[u8], long_term: &Secret<32>, grantee: &Grantee<'_>, unsalted: &[Vec<u8>]) -> Self {
        let mut context = Vec::new();
        context.extend_from_slice(grantee.request.as_bytes());
        context.extend_from_slice(grantee.key.fingerprint().as_bytes());
        context.extend_from_slice(&[grantee.threshold, grantee.custodians.len() as u8]);
        for holder in grantee.custodians {
            context.extend_from_slice(holder.expiry.as_bytes());
            context.extend_from_slice(holder.key.fingerprint().as_bytes());
        }
        context.extend_from_slice(&grantee.not_after.number().to_be_bytes());
        context.extend_from_slice(&(unsalted.len() as u16).to_be_bytes());
        for part in unsalted {
            context.extend_from_slice(digest(part).as_bytes());
        }
        context.extend_from_slice(&grantee.not_before.as_millis().to_be_bytes());
        let mut name = |name: &str| {
            context.push(name.len() as u8);
            context.extend_from_slice(name.as_bytes());
        };
        name(grantee.agency.as_str());
        name(grantee.group.as_str());
        grantee.custodians.iter().for_each(|holder| name(holder.custodian.as_str()));
        let prk = extract(Label::HEDGE, &[fresh, long_term.expose()]);
        Self { prk, context, threshold: grantee.threshold }
    }

    fn draw<const N: usize>(&self, purpose: Label, call: u32) -> Secret<N> {
        expand(&self.prk, purpose, &[&sha256(&[&self.context]), &call.to_be_bytes()])
    }

    /// The wrap of the agency's half, and those of the shares with the shares in them.
    fn wraps(&self, excerpt: &Excerpt<Cursor<Vec<u8>>>, parties: &Parties) -> (Value, Vec<Value>) {
        let terms = excerpt.terms().id();
        let drawn = |key: &KemPrivateKey, call| {
            let all = self.draw::<64>(Label::WRAP, call);
            let length = if key.algorithm().is_post_quantum() { 64 } else { 32 };
            all.expose()[..length].to_vec()
        };
        let context = info(terms, AGENCY_HALF, 0, &parties.request_key);
        let half = self.draw(Label::AGENCY_HALF, 0);
        let first = drawn(&parties.request_key, 0);
        let agency = wrap(excerpt.agency_wrap(), &context, &parties.request_key, &half, &first);
        let members = excerpt.terms().statement().custody.members();
        let share = |(index, keeper): (u8, &Keeper)| {
            let place = usize::from(index);
            let context = info(terms, SHARE, index, &keeper.expiry);
            let wrapped: &Wrapped = &excerpt.custodian_wraps()[place];
            let share = keeper.expiry.unwrap(&context, wrapped).unwrap();
            let mut value =
                wrap(wrapped, &context, &keeper.expiry, &share, &drawn(&keeper.expiry, u32::from(index) + 1));
            value["custodian"] = keeper.id.as_str().into();
            value["index"] = index.into();
            value["share"] = hex(share.expose()).into();
            value["commitment"] = hex(members[place].share.as_bytes()).into();
            value
        };
        (agency, (0u8..).zip(&parties.keepers).map(share).collect())
    }

    fn describe(&self, terms: &Terms, parts: usize) -> Value {
        let key = SigningKey::from_secret(&self.draw(Label::GRANT_SIGNING_KEY, 0));
        assert_eq!(crate::record::GrantId::of(&key.verifying_key()), terms.grant);
        let coefficients = (1..self.threshold).map(|power| self.draw::<32>(Label::COEFFICIENT, power.into()));
        let salts = (0..parts as u32).map(|part| self.draw::<32>(Label::SALT, part));
        json!({
            "prk": hex(self.prk.expose()),
            "context": hex(&self.context),
            "salts": salts.map(|salt| hex(salt.expose())).collect::<Vec<_>>(),
            "agency_half": hex(self.draw::<32>(Label::AGENCY_HALF, 0).expose()),
            "agency_half_commitment": hex(terms.agency_half.as_bytes()),
            "custodian_half": hex(self.draw::<32>(Label::CUSTODIAN_HALF, 0).expose()),
            "custodian_half_commitment": hex(terms.custodian_half.as_bytes()),
            "coefficients": coefficients.map(|power| hex(power.expose())).collect::<Vec<_>>(),
            "possession_commitment": hex(terms.possession.as_bytes()),
            "grant_key_seed": hex(key.to_secret().expose()),
            "grant_key": hex(key.verifying_key().as_bytes()),
            "grant": hex(terms.grant.as_bytes()),
        })
    }
}

fn segment(StoredSegment { header, digest }: &StoredSegment) -> Value {
    json!({ "header": hex(&header.to_bytes()), "blake3": hex(digest.as_bytes()) })
}

fn left_out(left: &LeftOut) -> Value {
    json!({ "open": hex(&left.open.to_bytes()), "closed": hex(left.closed.as_bytes()) })
}

fn listed(listed: &Listed) -> Value {
    match listed {
        Listed::Granted(granted) => segment(granted),
        Listed::LeftOut(left) => left_out(left),
    }
}

fn seeds(seeds: &[Secret<32>]) -> Vec<String> {
    seeds.iter().map(|seed| hex(seed.expose())).collect()
}

/// The fields of a part.
fn fields(index: usize, plain: &[u8]) -> Value {
    if index == 0 {
        let Words { salt, words } = Words::from_bytes(plain).unwrap();
        assert_eq!(words, WORDS);
        return json!({ "salt": hex(&salt), "words": words });
    }
    let ClipPart { salt, header, manifest, ranges, inits, proof } = ClipPart::from_bytes(plain, Room::GRANT).unwrap();
    let ranges = ranges.iter().map(|part| {
        let [pictures, sound] = &part.seeds;
        json!({
            "from": part.range.from(),
            "to": part.range.to(),
            "layers": part.layers as u8 + 1,
            "pictures": seeds(pictures),
            "sound": seeds(sound),
            "segments": part.segments.iter().map(listed).collect::<Vec<_>>(),
            "end": part.end.as_ref().map(left_out),
        })
    });
    let inits = inits.iter().map(|init| json!({ "seed": hex(init.seed.expose()), "segment": segment(&init.segment) }));
    json!({
        "salt": hex(&salt),
        "header": hex(&header),
        "manifest": hex(&manifest),
        "ranges": ranges.collect::<Vec<_>>(),
        "inits": inits.collect::<Vec<_>>(),
        "proof": hashes(&proof),
    })
}

/// The parts, opened and taken apart, and their plaintexts without salts.
fn parts(excerpt: &mut Excerpt<Cursor<Vec<u8>>>, key: &GrantKey) -> (Vec<Value>, Vec<Vec<u8>>) {
    let count = excerpt.envelope().statement().parts.len();
    let (mut values, mut unsalted) = (Vec::new(), Vec::new());
    for index in 0..count {
        let sealed = excerpt.sealed(index).unwrap();
        let mut opened = sealed.clone();
        let plain = open(Suite::ChaCha20Poly1305, &key.part(index as u16), &[], &mut opened).unwrap().to_vec();
        values.push(json!({
            "plaintext": hex(&plain),
            "digest": hex(digest(&plain).as_bytes()),
            "ciphertext": hex(&sealed),
            "ciphertext_digest": hex(Digest::of(Label::SEALED, &[&sealed]).as_bytes()),
            "fields": fields(index, &plain),
        }));
        let mut plain = plain;
        plain[3..35].fill(0);
        unsalted.push(plain);
    }
    (values, unsalted)
}

/// Opens the excerpt and takes its segments out.
fn segments(file: &[u8], key: &GrantKey, window: Window, films: &[Film]) -> Vec<Value> {
    let excerpt = Excerpt::open(Cursor::new(file.to_vec())).unwrap();
    let mut opened = OpenExcerpt::open(excerpt, key, window).unwrap();
    let mut found = Vec::new();
    while let Some(segment) = opened.next_segment().unwrap() {
        let index = segment.header.open.index;
        let clip = opened.clips()[segment.clip].id();
        let film = films.iter().find(|film| film.open().clip() == clip).unwrap();
        assert_eq!(*segment.content, film.contents[index as usize]);
        found.push(json!({ "clip": segment.clip, "index": index, "content": hex(&segment.content) }));
    }
    found
}

fn case(seed: u64, kem: KemAlgorithm, suite: Suite, layers: Layers) -> Value {
    let films = [seed + 50, seed + 60].map(|seed| Film::seal(seed, Making { suite, ..VIDEO }, scenes()));
    let random = &mut Pinned::new(seed);
    let parties = Parties::new(kem, random);
    let holders = parties.holders();
    let request_key = parties.request_key.public_key();
    let grantee = Grantee {
        request: parties.request.id(),
        agency: agency(),
        key: &request_key,
        group: GroupId::new("town").unwrap(),
        threshold: 2,
        custodians: &holders,
        not_before: at(NOON),
        not_after: at(NOON).epoch().plus(7),
    };
    let long_term = random.secret();
    let mut clips = films.each_ref().map(|film| OwnedClip { clip: film.open(), secret: film.secret.duplicate() });
    // Of the first clip the second group, whose init segments stand before it and behind which the third begins; of the other
    // all but the second, with one layer each.
    let mut select = |clip: usize, from, to, layers| -> Selection {
        clips[clip].clip.select_segments(from, to).unwrap().only(layers).unwrap()
    };
    let selections = [select(0, 5, 7, layers), select(1, 0, 5, Layers::Both), select(1, 7, 10, Layers::Pictures)];
    random.drawn();
    let made = make(&mut clips, &selections, &grantee, WORDS, &long_term, random).unwrap();
    let fresh = random.drawn().concat();
    let (mut file, list) = (Vec::new(), BodyList::of(&made.bodies));
    let mut finished = films.each_ref().map(Film::open);
    join(&made.beginning().unwrap(), &list, &mut finished, &mut file).unwrap();
    file.extend(made.end().unwrap());
    let (terms, revocation) = (&made.terms, made.consent(at(NOON)).revocation);

    let mut excerpt = Excerpt::open(Cursor::new(file.clone())).unwrap();
    assert_eq!(excerpt.terms(), terms);
    let (key, unlocking) = unlock(&excerpt, &parties.request_key, &parties.agency, &parties.keepers, &[2, 0], random);
    let (parts, unsalted) = parts(&mut excerpt, &key);
    let drawn = Drawn::new(&fresh, &long_term, &grantee, &unsalted);
    let (agency_wrap, custodian_wraps) = drawn.wraps(&excerpt, &parties);
    let grant = terms.statement().grant;
    assert_eq!(revocation.statement().grant, grant);
    let window = Window::new(at(NOON), at(NOON).after(Millis::HOUR)).unwrap();
    let clips = films.iter().map(|film| {
        json!({
            "file": hex(&film.file),
            "clip": film.given["clip"],
            "clip_secret": film.given["clip_secret"],
            "owner_private": film.given["owners"][0]["private"],
        })
    });
    let bodies = &excerpt.envelope().statement().bodies;
    json!({
        "kem": kem_name(kem),
        "clips": clips.collect::<Vec<_>>(),
        "parties": parties.describe(),
        "threshold": grantee.threshold,
        "not_before": grantee.not_before.as_millis(),
        "not_after": grantee.not_after.number(),
        "fresh": hex(&fresh),
        "long_term": hex(long_term.expose()),
        "lock": drawn.describe(terms.statement(), parts.len()),
        "terms": hex(&terms.to_bytes()),
        "terms_id": hex(terms.id().as_bytes()),
        "agency_wrap": agency_wrap,
        "custodian_wraps": custodian_wraps,
        "parts": parts,
        "private": hex(terms.statement().private.as_bytes()),
        "bodies_digests": bodies.iter().map(|digest| hex(digest.as_bytes())).collect::<Vec<_>>(),
        "body_list": hex(&list.to_bytes()),
        "envelope": hex(&excerpt.envelope().to_bytes()),
        "excerpt": hex(&file),
        "frames": frame_list(&frames(&file)),
        "unlocking": unlocking,
        "window": [window.from().as_millis(), window.to().as_millis()],
        "segments": segments(&file, &key, window, &films),
        "revocation": hex(&revocation.clone().verify_by(terms.signer()).unwrap().to_bytes()),
        "revoked_digest": hex(grant.revoked_digest().as_bytes()),
    })
}

#[test]
fn grant() {
    let cases = [
        case(51, KemAlgorithm::XWing, Suite::Aes256Gcm, Layers::Both),
        case(52, KemAlgorithm::X25519, Suite::ChaCha20Poly1305, Layers::Pictures),
    ];
    check("grant.json", json!({ "cases": cases }));
}
