use std::io::Cursor;

use serde_json::{Value, json};

use super::film::{Film, Making, NOON, VIDEO, scenes};
use super::lock::{Keeper, unlock};
use super::statements::{agency, request};
use super::{Pinned, at, check, frame_list, frames, kem_name, key_name};
use crate::auditor::{AgencyStanding, ClipVerdict, Evidence, LogConfirmation, WrapStrength};
use crate::clip::Selection;
use crate::crypto::{KemAlgorithm, KemPrivateKey, SigningKey, Suite, VerifyingKey};
use crate::foreign::hex;
use crate::grant::{BodyList, Chosen, Excerpt, Grantee, Holder, OpenExcerpt, OwnedClip, join, make};
use crate::ledger::{Ledger, LogProof, ProofSource};
use crate::logkeeper::MemoryLog;
use crate::record::{
    AgencyApproval, AnswerNotice, CustodianApproval, CustodianId, ExpiryKey, Group, GroupId, Jurisdiction, Layers,
    LogRoot, MakerApproval, MakerId, Millis, Name, Release, Request, Signed, Statement, TrustRoots, Verified, Window,
};
use crate::tlog::{LogCopy, Witness, Witnessed};

/// A log with its witnesses and one registrar.
struct Town {
    log: MemoryLog,
    witnesses: Vec<Witness>,
    registrar: SigningKey,
    trust: TrustRoots,
}

impl Town {
    fn new(random: &mut Pinned) -> Self {
        let origin = key_name("log.example/footage");
        let log = MemoryLog::new(origin.clone(), random.signing_key());
        let witnesses = ["w1.example", "w2.example", "w3.example", "w4.example"].map(|name| {
            let mut witness = Witness::new(key_name(name), random.signing_key());
            witness.watch(origin.clone(), log.verifying_key());
            witness
        });
        let keys = witnesses.iter().map(Witness::key).collect();
        let root = LogRoot::new(origin, log.verifying_key(), keys, 3, 1).unwrap();
        let registrar = random.signing_key();
        let trust = TrustRoots::new(root, vec![registrar.verifying_key()], 1).unwrap();
        Self { log, witnesses: witnesses.into(), registrar, trust }
    }

    fn append<T: Statement>(&mut self, statement: Verified<T>) {
        self.log.append(statement.into_signed()).unwrap();
    }

    fn approve<T: Statement>(&mut self, approval: T) {
        self.append(Verified::sign(approval, &self.registrar));
    }

    fn witness(&mut self, time: u64) -> Witnessed {
        let note = self.log.cosigned(&mut self.witnesses, at(time)).unwrap();
        Witnessed::verify(&note, self.trust.log()).unwrap()
    }

    /// Approves everybody for a week, and logs the request and the expiry keys.
    fn begin(
        &mut self,
        request: &Verified<Request>,
        keepers: &[Keeper],
        expiries: &[Verified<ExpiryKey>],
        makers: &[(MakerId, VerifyingKey)],
    ) {
        let name = |text: &str| Name::new(text).unwrap();
        let validity = Window::new(at(NOON), at(NOON).after(Millis::DAY.times(7))).unwrap();
        let stated = request.statement();
        self.approve(AgencyApproval {
            agency: stated.agency,
            name: name("Town Police"),
            jurisdiction: Jurisdiction::new(stated.cells.iter()).unwrap(),
            key: *request.signer(),
            incentives: Vec::new(),
            validity,
        });
        for (maker, key) in makers {
            self.approve(MakerApproval { maker: maker.clone(), name: name("Acme Cameras"), key: *key, validity });
        }
        for keeper in keepers {
            self.approve(CustodianApproval {
                custodian: keeper.id.clone(),
                operator: name("A trusted operator"),
                group: Group::new(GroupId::new("town").unwrap(), 2, 3).unwrap(),
                key: keeper.key.verifying_key(),
                affiliations: Vec::new(),
                validity,
            });
        }
        for expiry in expiries {
            self.append(expiry.clone());
        }
        self.append(request.clone());
    }
}

fn statement<T: Statement>(value: &Value) -> Verified<T> {
    Signed::<T>::from_bytes(&base16ct::lower::decode_vec(value.as_str().unwrap()).unwrap()).unwrap().verify().unwrap()
}

fn verdict(clip: &ClipVerdict) -> Value {
    json!({
        "clip": hex(clip.clip.as_bytes()),
        "granted": { "pictures": clip.pictures.granted, "sound": clip.sound.granted },
        "left_out": { "pictures": clip.pictures.left_out, "sound": clip.sound.left_out },
        "outside": clip.outside,
        "gaps": clip.gaps.len(),
        "maker_approved": clip.camera.is_approved(),
    })
}

/// A grant of two clips, opened by its agency, and evidence of some of them.
fn case(seed: u64, kem: KemAlgorithm, suite: Suite, chosen: &[usize], words: bool) -> Value {
    let films = [seed + 50, seed + 60].map(|seed| Film::seal(seed, Making { suite, kem, ..VIDEO }, scenes()));
    let random = &mut Pinned::new(seed);
    let mut town = Town::new(random);
    let (agency_key, request_key): (_, KemPrivateKey) = (random.signing_key(), random.kem_key(kem));
    let keepers = ["alpha", "beta", "gamma"].map(|id| Keeper {
        id: CustodianId::new(id).unwrap(),
        key: random.signing_key(),
        expiry: random.kem_key(kem),
    });
    let epoch = at(NOON).epoch().plus(7);
    let expiries = keepers.each_ref().map(|keeper| {
        let key = ExpiryKey { custodian: keeper.id.clone(), epoch, key: keeper.expiry.public_key() };
        Verified::sign(key, &keeper.key)
    });
    let window = Window::new(at(NOON), at(NOON).after(Millis::HOUR)).unwrap();
    let anchor = town.witness(NOON + 3_600_000).to_anchor();
    let asked = Request { window, ..request(request_key.public_key(), anchor) };
    let asked = Verified::sign(asked, &agency_key);

    let holders = [0, 1, 2].map(|n: usize| Holder {
        custodian: keepers[n].id.clone(),
        expiry: expiries[n].id(),
        key: keepers[n].expiry.public_key(),
    });
    let key = request_key.public_key();
    let grantee = Grantee {
        request: asked.id(),
        agency: agency(),
        key: &key,
        group: GroupId::new("town").unwrap(),
        threshold: 2,
        custodians: &holders,
        not_before: at(NOON),
        not_after: epoch,
    };
    let mut clips = films.each_ref().map(|film| OwnedClip { clip: film.open(), secret: film.secret.duplicate() });
    let mut select = |clip: usize, from, to, layers| -> Selection {
        clips[clip].clip.select_segments(from, to).unwrap().only(layers).unwrap()
    };
    let selections = [select(0, 5, 7, Layers::Pictures), select(0, 7, 10, Layers::Both), select(1, 0, 5, Layers::Both)];
    let made = make(&mut clips, &selections, &grantee, "At the door.", &random.secret(), random).unwrap();
    let (mut file, list) = (Vec::new(), BodyList::of(&made.bodies));
    join(&made.beginning().unwrap(), &list, &mut films.each_ref().map(Film::open), &mut file).unwrap();
    file.extend(made.end().unwrap());

    let excerpt = Excerpt::open(Cursor::new(file)).unwrap();
    let (key, unlocking) = unlock(&excerpt, &request_key, &agency_key, &keepers, &[2, 0], random);
    let mut opened = OpenExcerpt::open(excerpt, &key, window).unwrap();
    let makers: Vec<_> =
        opened.clips().iter().map(|clip| (MakerId::new("acme").unwrap(), *clip.certificate().signer())).collect();
    town.begin(&asked, &keepers, &expiries, &makers);
    let release = statement::<Release>(&unlocking["release"]);
    town.append(release.clone());
    for answer in unlocking["answers"].as_array().unwrap() {
        town.append(statement::<AnswerNotice>(&answer["notice"]));
    }
    let checkpoint = town.witness(NOON + 7_200_000);
    let entries = town.log.entries(0, town.log.size()).unwrap().to_vec();
    let mut ledger = Ledger::new(town.trust.clone());
    ledger.advance(&entries, &checkpoint).unwrap();
    let mut archive = LogCopy::default();
    archive.extend(entries);

    let ids: Vec<_> = chosen.iter().map(|clip| opened.clips()[*clip].id()).collect();
    let cameras: Vec<_> = chosen.iter().map(|clip| opened.clips()[*clip].certificate()).collect();
    let source = ProofSource { archive: &archive, checkpoint: &checkpoint };
    let log = LogProof::gather(&ledger, opened.excerpt().terms(), &cameras, source).unwrap().to_bytes();
    let mut file = Vec::new();
    opened.write_evidence(&key, &Chosen { clips: &ids, words, log: &log }, &mut file).unwrap();

    let mut evidence = Evidence::verify(Cursor::new(&file), &town.trust).unwrap();
    assert_eq!((evidence.request().id(), evidence.release().id()), (asked.id(), release.id()));
    let mut segments = Vec::new();
    while let Some(segment) = evidence.footage().next_segment().unwrap() {
        let index = segment.header.open.index;
        segments.push(json!({ "clip": segment.clip, "index": index, "content": hex(&segment.content) }));
    }
    let words = evidence.footage().words().map(str::to_owned);
    let (existed_by, found) = (evidence.checkpoint().existed_by(), evidence.verdict());
    let LogConfirmation::AsOf(as_of) = found.log else { panic!("confirmed by nobody") };
    json!({
        "kem": kem_name(kem),
        "trust": serde_json::to_value(&town.trust).unwrap(),
        "evidence": hex(&file),
        "frames": frame_list(&frames(&file)),
        "request_id": hex(asked.id().as_bytes()),
        "release_id": hex(release.id().as_bytes()),
        "existed_by": existed_by.as_millis(),
        "as_of": as_of.as_millis(),
        "agency_approved": found.agency == AgencyStanding::Approved,
        "post_quantum": found.wrap == WrapStrength::PostQuantum,
        "other_clips": found.other_clips,
        "words": words,
        "clips": found.clips.iter().map(verdict).collect::<Vec<_>>(),
        "segments": segments,
    })
}

#[test]
fn evidence() {
    let cases = [
        case(71, KemAlgorithm::XWing, Suite::Aes256Gcm, &[0], false),
        case(72, KemAlgorithm::X25519, Suite::ChaCha20Poly1305, &[1, 0], true),
    ];
    check("evidence.json", json!({ "cases": cases }));
}
