//! What holds a secret says nothing of it in `Debug`, and no error does.
//!
//! The texts are those of `redacted/texts.txt`, which `FOOTAGE_WRITE_TEXTS` writes anew. A type that is public and holds a
//! secret, itself or in what it holds, has to be among them: the sources are searched for such types.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::{clips, common, evidence, live};

mod errors;
mod types;

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use common::{NOON, Pinned, World, at, begin, deletion, media, seat};
use footage::agency::Agency;
use footage::camera::{Cadence, Device};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Random as _, Secret, SigningKey, Suite};
use footage::custodian::{KeyStore as _, MemoryKeyStore, Starting};
use footage::ledger::Ledger;
use footage::logkeeper::{LogStore, LogWriter, MemoryLog};
use footage::media::{Cutter, EncodedSample, Form, Layout, Ticks};
use footage::policy::Proposal;
use footage::record::{AgencyId, CustodianId, Days, GroupId, HouseholdId, KeyName, Layer, Millis, StatementId};
use footage::registrar::Registrar;
use footage::resident::{
    Consenting, HouseholdDevice, MemoryKeeper, MemoryPlace, PeriodChange, Preview, RecoverySeed, RecoverySheet, consent,
};
use footage::store::{MemoryObjects, MemoryStore, Store as _};
use footage::tlog::{Witness, WitnessAt};

const TEXTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/project/redacted/texts.txt");

/// Public types that hold a secret, and that nobody outside can have a value of.
const INSIDE: [&str; 2] = ["AgencyHalf", "Share"];

/// The secret of everything that is made here.
fn secret() -> Secret<32> {
    Secret::take(&mut bytes())
}

fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    Pinned(77).fill(&mut bytes).unwrap();
    bytes
}

/// Every text form that bytes are likely to have.
fn forms(bytes: &[u8]) -> Vec<String> {
    let joined = |each: &dyn Fn(&u8) -> String, between: &str| bytes.iter().map(each).collect::<Vec<_>>().join(between);
    vec![
        joined(&|byte| byte.to_string(), ", "),
        joined(&|byte| byte.to_string(), ",\n        "),
        joined(&|byte| format!("{byte:02x}"), ""),
        joined(&|byte| format!("{byte:02X}"), ""),
        String::from_utf8_lossy(bytes).into_owned(),
        bytes.escape_ascii().to_string(),
    ]
}

/// Whether a text tells of secret bytes: four of them in a row, in whatever form.
fn tells(text: &str, secret: &[u8]) -> bool {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    secret.windows(4).any(|piece| forms(piece).iter().any(|form| text.contains(form)))
}

#[derive(Default)]
struct Texts(BTreeMap<&'static str, String>);

impl Texts {
    fn add(&mut self, name: &'static str, value: &impl Debug) {
        let text = format!("{value:?}\n{value:#?}");
        assert!(!tells(&text, &bytes()), "{name}: {text}");
        self.0.insert(name, text);
    }
}

fn signing_key() -> SigningKey {
    SigningKey::from_secret(&secret())
}

fn private_key() -> KemPrivateKey {
    KemPrivateKey::from_secret(KemAlgorithm::X25519, secret())
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn keys_and_logs(texts: &mut Texts) {
    texts.add("Secret", &secret());
    texts.add("SigningKey", &signing_key());
    texts.add("KemPrivateKey", &private_key());
    texts.add("Registrar", &Registrar::new(signing_key()));
    texts.add("MemoryLog", &MemoryLog::new(name("log.example"), signing_key()));
    let mut witness = Witness::new(name("witness.example"), signing_key());
    texts.add("Witness", &witness);
    texts.add("WitnessAt", &WitnessAt { witness: &mut witness, now: at(NOON) });
    let store = LogStore::new(MemoryObjects::new());
    let log = LogWriter::create(store, name("log.example"), signing_key()).unwrap();
    assert!(!tells(&format!("{log:?}{log:#?}"), &bytes()));
    // Only of its key: the store and what it keeps look otherwise every time.
    let key = format!("{log:?}").split(", ").find(|part| part.starts_with("key: ")).map(str::to_owned);
    texts.0.insert("LogWriter", key.unwrap());
}

fn roles(texts: &mut Texts) {
    let (id, objects) = (AgencyId::new("OH0500100").unwrap(), Arc::new(MemoryObjects::new()));
    let (mut store, random) = (MemoryStore::new(), &mut Pinned(1));
    store.put_secret(&"agency-half.00".parse().unwrap(), &bytes()).unwrap();
    texts.add("MemoryStore", &store);
    let agency = Agency::open(id, signing_key(), KemAlgorithm::X25519, store, objects, random).unwrap();
    texts.add("Agency", &agency);
    let mut store = MemoryKeyStore::default();
    store.put(at(NOON).epoch(), secret()).unwrap();
    texts.add("MemoryKeyStore", &store);
    let id = CustodianId::new("alpha").unwrap();
    let new = seat(id, signing_key(), KemAlgorithm::X25519);
    texts.add("NewCustodian", &new);
    let (starting, _) = Starting::begin(new, store, &mut Pinned(1)).unwrap();
    texts.add("Starting", &starting);
    let world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    texts.add("NotServing", &starting.serve(&Ledger::new(world.trust.clone()), at(NOON)).unwrap_err());
    texts.add("Custodian", &world.custodians[0]);
}

fn households(texts: &mut Texts) {
    let kem = KemAlgorithm::X25519;
    let seed = RecoverySeed::generate(kem, &mut Pinned(77)).unwrap();
    texts.add("RecoverySeed", &seed);
    let (household, list) = (HouseholdId::from_bytes([1; 16]), StatementId::from_bytes([2; 32]));
    // One sheet of one holds the seed itself.
    let sheets = RecoverySheet::split(&seed, household, list, 1, 1).unwrap();
    texts.add("RecoverySheet", &sheets[0]);
    texts.add("Recovered", &RecoverySheet::combine(&sheets).unwrap());

    let mut store = MemoryStore::new();
    let secrets = [&kem.id().to_be_bytes()[..], &bytes(), &bytes(), &bytes()].concat();
    store.put_secret(&"device".parse().unwrap(), &secrets).unwrap();
    let (device, mut random) = (HouseholdDevice::open(store).unwrap(), Pinned(1));
    texts.add("HouseholdDevice", &device);
    let new = device.prepare_household(at(NOON), &mut random).unwrap();
    texts.add("NewHousehold", &new);
    let recovered = RecoverySheet::combine(&new.sheets(1, 1).unwrap()).unwrap();
    let mut household = device.begin_household(&new, &mut random).unwrap();
    texts.add("Household", &household);
    texts.add("HouseholdKeeper", &household.keeper(&mut MemoryPlace::new(), at(NOON), &mut random));
    let change = PeriodChange { new_recovery_key: true, ..PeriodChange::default() };
    texts.add("NewPeriod", &household.prepare_period(&change, &recovered, at(NOON), &mut random).unwrap());
}

/// What a resident consents with.
fn consent_texts(texts: &mut Texts, world: &mut World, long_term: &Secret<32>) {
    let (file, request) = (world.clip(), world.request());
    let mut owned = [world.owned(&file)];
    let selections = &[owned[0].select_segments(2, 5).unwrap()];
    let group = GroupId::new("town").unwrap();
    let proposal = Proposal { request: &request, selections, group: &group, days: Days::ONE };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    texts.add("OwnedClip", &owned[0]);
    let consenting = Consenting {
        permit,
        clips: &mut owned,
        ledger: &world.ledger,
        words: "At the door.",
        now: world.now,
        long_term,
    };
    texts.add("Consenting", &consenting);
    let made = consent(consenting, &mut world.random).unwrap();
    texts.add("Consented", &made);
    texts.add("KeptGrant", &made.keep(&mut MemoryKeeper::default()).unwrap());
}

/// The content is the secret here.
fn clips_and_excerpts(texts: &mut Texts) {
    let mut store = MemoryStore::new();
    store.put_secret(&"device".parse().unwrap(), &bytes()).unwrap();
    texts.add("MemoryStore", &store);
    texts.add("Device", &Device { key: signing_key(), secret: secret(), ..clips::device(1, Suite::Aes256Gcm) });
    let owners = [private_key().public_key()];
    let mut camera = clips::camera(1, Suite::Aes256Gcm, &owners);
    texts.add("Camera", &camera);
    texts.add("OwnerList", common::list_of(&owners).statement());
    let certificate = camera.certificate().clone().into_signed();
    texts.add("Device", &Device { certificate, key: signing_key(), secret: secret(), suite: Suite::Aes256Gcm });
    let mut recording = begin(&mut camera, at(NOON), Cadence::AtEnd, &mut Pinned(1)).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis::SECOND, &mut bytes()).unwrap();
    texts.add("Recording", &recording);
    let sealed = recording.finish(&mut camera).unwrap();
    let mut live = live::begin(begin(&mut camera, at(NOON), Cadence::AtEnd, &mut Pinned(1)).unwrap());
    let (layer, picture) = (Layer::Pictures, bytes());
    let (decode, offset, duration) = (Ticks(0), Ticks(0), Ticks(1));
    let sample = EncodedSample { layer, decode, offset, duration, sync: true, bytes: &picture };
    live.push(&mut camera, live::clocks(at(NOON), 0), sample).unwrap();
    texts.add("EncodedSample", &sample);
    texts.add("Live", &live);
    texts.add("SealedClip", &sealed.manifest());
    let clip = FinishedClip::open(Cursor::new(clips::bytes(sealed))).unwrap();
    texts.add("FinishedClip", &clip);
    let secret = clip.unlock(&private_key()).unwrap();
    texts.add("ClipSecret", &secret);
    let mut world_of_consent = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let long_term = self::secret();
    consent_texts(texts, &mut world_of_consent, &long_term);
    let mut cutter = Cutter::new(Cursor::new(bytes()));
    texts.add("Cut", &cutter.next().unwrap().unwrap());
    texts.add("Cutter", &cutter);
    let layout = Layout::new(Form::Fragmented);
    texts.add("Layout", &layout);
    texts.add("Muxer", &layout.begin(Vec::new()).unwrap());

    let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let started = world.now.before(Millis::MINUTE.times(40));
    let mut recording = begin(&mut world.camera, started, Cadence::AtEnd, &mut world.random).unwrap();
    for minute in 0..6 {
        media(&mut recording, &mut world.camera, Millis::MINUTE.times(minute), Millis::MINUTE, &mut bytes()).unwrap();
    }
    let clip = clips::bytes(recording.finish(&mut world.camera).unwrap());
    let request = world.request();
    let mut owned = [world.owned(&clip)];
    let selection = owned[0].select_segments(2, 5).unwrap();
    texts.add("Preview", &Preview::new(&mut owned, &[selection]).unwrap());
    let granted = world.grant(&request, &clip);
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let mut opened = world.open(&granted, answers).unwrap();
    assert_eq!(opened.excerpt.words(), "At the door.");
    texts.add("OpenExcerpt", &opened.excerpt);
    texts.add("OpenClip", &opened.excerpt.clips()[0]);
    texts.add("OpenSegment", &opened.excerpt.next_segment().unwrap().unwrap());
    texts.add("Opened", &opened);
    let (clip, anchor) = (opened.excerpt.clips()[0].id(), world.anchor());
    let file = evidence::write(&mut world, &granted, &[clip], true, &anchor).unwrap();
    let mut evidence = evidence::verify(&file, &world.trust).unwrap();
    assert_eq!(evidence.footage().words(), Some("At the door."));
    texts.add("Evidence", &evidence);
    texts.add("OpenEvidence", evidence.footage());
    let _ = world.agency.delete(granted.id(), deletion(), &anchor).unwrap();
    assert!(texts.0.values().all(|text| !text.contains("At the door")));
}

fn texts() -> Texts {
    let mut texts = Texts::default();
    keys_and_logs(&mut texts);
    roles(&mut texts);
    households(&mut texts);
    clips_and_excerpts(&mut texts);
    texts
}

#[test]
fn what_holds_a_secret_says_nothing_of_it() {
    let mut found = String::new();
    for (name, text) in texts().0 {
        writeln!(found, "== {name}\n{text}\n").unwrap();
    }
    if std::env::var_os("FOOTAGE_WRITE_TEXTS").is_some() {
        fs::write(TEXTS, &found).unwrap();
    }
    let known = fs::read_to_string(TEXTS).unwrap();
    for (known, found) in known.lines().zip(found.lines()) {
        assert_eq!(known, found);
    }
    assert_eq!(known.len(), found.len());
}

/// The search for bytes in texts bites.
#[test]
fn bytes_in_a_text_are_found() {
    let secret = bytes();
    let hex = format!("{:?}", footage::crypto::Digest::from_bytes(secret));
    for text in [format!("{secret:?}"), format!("{secret:#?}"), format!("{:?}", Some(secret.to_vec())), hex] {
        assert!(tells(&text, &secret), "{text}");
    }
    assert!(!tells("Secret<32>(redacted)", &secret));
}

#[test]
fn every_public_type_that_holds_a_secret_is_among_them() {
    let mut shown: Vec<_> = texts().0.into_keys().chain(INSIDE).collect();
    shown.sort_unstable();
    let holding = types::holding_secrets();
    let missing: Vec<_> = holding.iter().filter(|name| !shown.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "they hold secrets: show them here: {missing:?}");
    for inside in INSIDE {
        assert!(holding.iter().any(|name| name == inside), "{inside} holds no secret any more");
    }
}
