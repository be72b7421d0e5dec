//! What an app may have before its first call.
#![allow(unsafe_code)]

use footage::agency::Slot;
use footage::auditor::Auditor;
use footage::crypto::{KemAlgorithm, SigningKey};
use footage::ffi::FOOTAGE_KEM_XWING;
use footage::ledger::Feed;
use footage::record::{Entry, Signed};
use footage::tlog::LogCopy;

use super::super::common::{Disk, World, twin};
use super::super::notary::Notary;

/// What the files, the bytes and the texts are that an app may have, made once.
pub struct Shelf {
    pub notary: Notary,
    /// The log, but for the expiry keys that nobody needs.
    pub entries: Vec<Vec<u8>>,
    pub keys: Secrets,
    pub answers: Vec<Vec<u8>>,
    pub files: Vec<Vec<u8>>,
    pub bytes: Vec<Vec<u8>>,
    /// Each ends with a NUL.
    pub texts: Vec<Vec<u8>>,
}

/// Secrets and states that the town's people would have stored.
pub struct Secrets {
    pub camera: [u8; 32],
    pub owner: [u8; 32],
    pub agency: [u8; 32],
    pub custodian: [u8; 32],
    pub log: [u8; 32],
    pub witness: [u8; 32],
    pub agency_state: Vec<u8>,
    pub custodian_state: Vec<u8>,
}

/// An array of the version and of one slot or epoch for each of these, as an app stores it.
fn saved(secrets: &[(u64, Vec<u8>, [u8; 32])], of_custodian: bool) -> Vec<u8> {
    let mut to = minicbor::Encoder::new(Vec::new());
    to.array(if of_custodian { 3 } else { 2 }).unwrap().u8(1).unwrap().array(secrets.len() as u64).unwrap();
    for (kind, id, secret) in secrets {
        to.array(3).unwrap();
        if of_custodian {
            to.u64(*kind).unwrap().u8(1).unwrap();
        } else {
            to.u64(*kind).unwrap().bytes(id).unwrap();
        }
        to.bytes(secret).unwrap();
    }
    if of_custodian {
        to.array(0).unwrap();
    }
    to.into_writer()
}

impl Shelf {
    pub fn new() -> Self {
        let mut disks = Vec::new();
        let mut world = World::with(KemAlgorithm::X25519, &mut || {
            disks.push(Disk::default());
            disks[disks.len() - 1].clone()
        });
        let clip = world.clip();
        let request = world.request();
        let granted = world.grant(&request, &clip);
        let release = world.release(&granted);
        let delivery = world.deliveries(&granted, release).remove(0);
        let answers: Vec<_> =
            world.answers(&granted, release, &[0, 1]).into_iter().map(|answer| answer.to_bytes()).collect();
        let epoch = granted.excerpted.terms.statement().not_after;
        let needed = |entry: &&Vec<u8>| match Signed::<Entry>::from_bytes(entry).unwrap().statement() {
            Entry::ExpiryKey(key) => key.epoch == epoch,
            _ => true,
        };
        let entries: Vec<_> = world.log.entries(0, world.log.size()).unwrap().iter().filter(needed).cloned().collect();
        let secret = |key: &SigningKey| *key.to_secret().expose();
        let id = granted.id();
        let slots =
            [(1, Slot::Request(request.id()), request.id()), (2, Slot::Grant(id), id), (3, Slot::OneTime(id), id)];
        let slots =
            slots.map(|(kind, slot, id)| (kind, id.as_bytes().to_vec(), *world.vaults[0].ever(slot).unwrap().expose()));
        let held = disks[0].image().keys.remove(&epoch).and_then(|(_, secret)| secret).unwrap();
        let keys = Secrets {
            camera: secret(&world.keys.camera),
            owner: *world.owner.key().secret().expose(),
            agency: secret(&world.keys.agency),
            custodian: secret(&world.keys.custodians[0]),
            log: secret(&world.keys.log),
            witness: secret(&world.keys.witnesses[0]),
            agency_state: saved(&slots, false),
            custodian_state: saved(&[(epoch.number().into(), Vec::new(), held)], true),
        };
        let notary = Notary {
            trust: world.trust.clone(),
            log: twin(&world.keys.log),
            witnesses: world.keys.witnesses.iter().map(twin).collect(),
        };
        let note = notary.witnessed(&entries, 1);
        let mut auditor = Auditor::new(world.trust.clone(), world.policy.clone());
        auditor.advance(&entries, &note).unwrap();
        let mut copy = LogCopy::default();
        copy.extend(entries.iter().cloned());
        let page = Feed::new(world.trust.clone()).page(&entries, &note, &copy).unwrap().to_bytes();
        let mut delivered = minicbor::Encoder::new(Vec::new());
        let parts = [delivery.release.as_bytes(), &delivery.envelope.to_bytes()[..], delivery.wrap.as_bytes()];
        delivered.array(3).unwrap();
        for part in parts {
            delivered.bytes(part).unwrap();
        }
        let json = |value: serde_json::Value| value.to_string();
        let trust = serde_json::to_string(&world.trust).unwrap();
        let approval = world.agency_approval("OH0500300", world.agency.verifying_key());
        let texts = [
            trust,
            serde_json::to_string(&world.policy).unwrap(),
            json(serde_json::json!({ "agency-approval": approval })),
            "OH0500100".into(),
            "alpha".into(),
            "town".into(),
            "log.example/footage".into(),
            "w1.example".into(),
            r#"{"name": "shredder", "version": "1.0"}"#.into(),
            r#"{"method": "cryptographic-erase", "tool": {"name": "shredder", "version": "1.0"}, "backups": false, "obtained": true}"#.into(),
            r#"[{"camera": "07070707070707070707070707070707", "position": [-806500000, 411000000]}]"#.into(),
            "[]".into(),
            "At the door.".into(),
        ];
        let bytes = [
            vec![1; 32],
            vec![2; 32],
            auditor.ledger().save(),
            auditor.save(),
            note.bytes().to_vec(),
            page,
            delivered.into_writer(),
            answers[0].clone(),
            granted.excerpted.consent.to_bytes(),
            granted.excerpted.consent.revocation.to_bytes(),
            world.camera.certificate().to_bytes(),
            request.id().as_bytes().to_vec(),
            release.as_bytes().to_vec(),
            world.log.verifying_key().as_bytes().to_vec(),
            [&FOOTAGE_KEM_XWING.to_be_bytes()[..], world.owner.public_key().as_bytes()].concat(),
        ];
        let mut bytes = bytes.to_vec();
        // A few of the log's statements; of the expiry keys one is enough.
        bytes.extend(entries.iter().take(8).chain(entries.iter().rev().take(5)).cloned());
        let video = include_bytes!("../../../../../examples/data/sample.mp4")[..20_000].to_vec();
        let files = vec![clip, granted.excerpt, video, b"no video".to_vec()];
        let texts = texts.map(|text: String| [text.as_bytes(), &[0]].concat()).to_vec();
        Self { notary, entries, keys, answers, files, bytes, texts }
    }
}
