use std::io::Cursor;

use serde_json::{Value, json};

use super::film::{Film, Making, NOON, VIDEO, scenes};
use super::lock::{Keeper, info, unlock, wrap};
use super::statements::{agency, anchor, request};
use super::{Pinned, at, check, frame_list, frames, hashes, kem_name, secret};
use crate::clip::StoredSegment;
use crate::crypto::{Digest, KemAlgorithm, KemPrivateKey, Label, Secret, SigningKey, Suite, Wrapped, open};
use crate::foreign::hex;
use crate::grant::{Excerpt, Grantee, Holder, LeftOut, Listed, Made, OpenExcerpt, Private, make};
use crate::record::{CustodianId, ExpiryKey, GroupId, Layers, Request, Terms, Verified};

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

/// The values that making a grant drew, in the order in which it draws them.
struct Drawn {
    salt: Vec<u8>,
    agency_half: Secret<32>,
    custodian_half: Secret<32>,
    coefficients: Vec<u8>,
    grant_key: SigningKey,
    encapsulations: Vec<Vec<u8>>,
}

impl Drawn {
    fn new(drawn: &[Vec<u8>]) -> Self {
        let [salt, agency_half, custodian_half, coefficients, seed, encapsulations @ ..] = drawn else {
            panic!("fewer values drawn")
        };
        Self {
            salt: salt.clone(),
            agency_half: secret(agency_half),
            custodian_half: secret(custodian_half),
            coefficients: coefficients.clone(),
            grant_key: SigningKey::from_secret(&secret(seed)),
            encapsulations: encapsulations.to_vec(),
        }
    }

    /// The wrap of the agency's half, and those of the shares with the shares in them.
    fn wraps(&self, excerpt: &Excerpt<Cursor<Vec<u8>>>, parties: &Parties) -> (Value, Vec<Value>) {
        let terms = excerpt.terms().id();
        let context = info(terms, AGENCY_HALF, 0, &parties.request_key);
        let [first, rest @ ..] = self.encapsulations.as_slice() else { panic!("no wrap") };
        let agency = wrap(excerpt.agency_wrap(), &context, &parties.request_key, &self.agency_half, first);
        let members = excerpt.terms().statement().custody.members();
        let share = |(index, keeper): (u8, &Keeper)| {
            let place = usize::from(index);
            let context = info(terms, SHARE, index, &keeper.expiry);
            let wrapped: &Wrapped = &excerpt.custodian_wraps()[place];
            let share = keeper.expiry.unwrap(&context, wrapped).unwrap();
            let mut value = wrap(wrapped, &context, &keeper.expiry, &share, &rest[place]);
            value["custodian"] = keeper.id.as_str().into();
            value["index"] = index.into();
            value["share"] = hex(share.expose()).into();
            value["commitment"] = hex(members[place].share.as_bytes()).into();
            value
        };
        (agency, (0u8..).zip(&parties.keepers).map(share).collect())
    }

    fn describe(&self, terms: &Terms) -> Value {
        assert_eq!(crate::record::GrantId::of(&self.grant_key.verifying_key()), terms.grant);
        json!({
            "salt": hex(&self.salt),
            "agency_half": hex(self.agency_half.expose()),
            "agency_half_commitment": hex(terms.agency_half.as_bytes()),
            "custodian_half": hex(self.custodian_half.expose()),
            "custodian_half_commitment": hex(terms.custodian_half.as_bytes()),
            "coefficients": self.coefficients.chunks(32).map(hex).collect::<Vec<_>>(),
            "possession_commitment": hex(terms.possession.as_bytes()),
            "grant_key_seed": hex(self.grant_key.to_secret().expose()),
            "grant_key": hex(self.grant_key.verifying_key().as_bytes()),
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

/// The private part, opened and taken apart.
fn private(excerpt: &Excerpt<Cursor<Vec<u8>>>, key: &Secret<32>, salt: &[u8]) -> Value {
    let mut sealed = excerpt.sealed().to_vec();
    let plain = open(Suite::ChaCha20Poly1305, key, &[], &mut sealed).unwrap();
    let digest = Private::digest(plain);
    assert_eq!(digest, excerpt.terms().statement().private);
    let Private { salt: read, header, manifest, range, layers, seeds, segments, next, inits, proof, words } =
        Private::from_bytes(plain).unwrap();
    assert_eq!((&read[..], words.as_str()), (salt, WORDS));
    let inits: Vec<_> = inits
        .iter()
        .map(|init| json!({ "seed": hex(init.seed.expose()), "segment": segment(&init.segment) }))
        .collect();
    let seeds: Vec<Vec<_>> = seeds.iter().map(|seeds| seeds.iter().map(|seed| hex(seed.expose())).collect()).collect();
    let sealed_digest = Digest::of(Label::SEALED, &[excerpt.sealed()]);
    assert_eq!(sealed_digest, excerpt.envelope().statement().private);
    json!({
        "plaintext": hex(plain),
        "digest": hex(digest.as_bytes()),
        "ciphertext": hex(excerpt.sealed()),
        "ciphertext_digest": hex(sealed_digest.as_bytes()),
        "fields": {
            "salt": hex(&read),
            "header": hex(&header),
            "manifest": hex(&manifest),
            "from": range.from(),
            "to": range.to(),
            "layers": layers as u8 + 1,
            "seeds": seeds,
            "segments": segments.iter().map(listed).collect::<Vec<_>>(),
            "next": next.as_ref().map(left_out),
            "inits": inits,
            "proof": hashes(&proof),
            "words": words,
        },
    })
}

/// Opens the excerpt and takes its segments out.
fn segments(file: &[u8], key: &Secret<32>, film: &Film) -> Vec<Value> {
    let excerpt = Excerpt::open(Cursor::new(file.to_vec())).unwrap();
    let mut opened = OpenExcerpt::open(excerpt, key).unwrap();
    let mut found = Vec::new();
    while let Some(segment) = opened.next_segment().unwrap() {
        let index = segment.header.open.index;
        assert_eq!(*segment.content, film.contents[index as usize]);
        found.push(json!({ "index": index, "content": hex(&segment.content) }));
    }
    found
}

fn case(seed: u64, kem: KemAlgorithm, suite: Suite, layers: Layers) -> Value {
    let film = Film::seal(seed + 50, Making { suite, ..VIDEO }, scenes());
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
    let mut clip = film.open();
    // The second group: its init segments stand before it, and the third begins where it ends.
    let selection = clip.select_segments(5, 7).unwrap().only(layers).unwrap();
    let mut file = Vec::new();
    random.drawn();
    let Made { terms, revocation } =
        make(&mut clip, &film.secret, selection, &grantee, WORDS, &mut file, random).unwrap();
    let drawn = Drawn::new(&random.drawn());

    let excerpt = Excerpt::open(Cursor::new(file.clone())).unwrap();
    assert_eq!(*excerpt.terms(), terms);
    let (key, unlocking) = unlock(&excerpt, &parties.request_key, &parties.agency, &parties.keepers, &[2, 0], random);
    let (agency_wrap, custodian_wraps) = drawn.wraps(&excerpt, &parties);
    let grant = terms.statement().grant;
    assert_eq!(revocation.statement().grant, grant);
    json!({
        "kem": kem_name(kem),
        "clip": {
            "file": hex(&film.file),
            "clip": film.given["clip"],
            "clip_secret": film.given["clip_secret"],
            "owner_private": film.given["owners"][0]["private"],
        },
        "parties": parties.describe(),
        "threshold": grantee.threshold,
        "not_before": grantee.not_before.as_millis(),
        "not_after": grantee.not_after.number(),
        "lock": drawn.describe(terms.statement()),
        "terms": hex(&terms.to_bytes()),
        "terms_id": hex(terms.id().as_bytes()),
        "agency_wrap": agency_wrap,
        "custodian_wraps": custodian_wraps,
        "private_part": private(&excerpt, &key, &drawn.salt),
        "bodies_digest": hex(excerpt.envelope().statement().bodies.as_bytes()),
        "envelope": hex(&excerpt.envelope().to_bytes()),
        "excerpt": hex(&file),
        "frames": frame_list(&frames(&file)),
        "unlocking": unlocking,
        "segments": segments(&file, &key, &film),
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
