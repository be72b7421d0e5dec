use serde_json::{Value, json};

use super::film::NOON;
use super::proofs::{entries, proofs};
use super::{Pinned, at, check, key_name};
use crate::cbor::encode;
use crate::crypto::{Signature, SigningKey};
use crate::foreign::hex;
use crate::logkeeper::MemoryLog;
use crate::merkle::leaf_hash;
use crate::record::{KeyName, LogRoot, Timestamp, WitnessKey};
use crate::tlog::{Cosignature, Logged, Note, NoteKey, NoteSignature, Witnessed};

struct Signer {
    name: KeyName,
    key: SigningKey,
}

impl Signer {
    fn new(name: &str, random: &mut Pinned) -> Self {
        Self { name: key_name(name), key: random.signing_key() }
    }

    fn witness(&self) -> WitnessKey {
        WitnessKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    fn describe(&self, key: &NoteKey) -> Value {
        json!({
            "name": self.name.as_str(),
            "seed": hex(self.key.to_secret().expose()),
            "key": hex(self.key.verifying_key().as_bytes()),
            "kind": key.kind as u8,
            "key_id": hex(&key.id()),
            "verifier_key": key.to_string(),
        })
    }

    fn cosign(&self, text: &str, seconds: u64) -> NoteSignature {
        let time = Timestamp::from_seconds(seconds).unwrap();
        Cosignature::sign(text, &self.key, time).to_line(&self.name, &self.key)
    }
}

/// A cosignature line taken apart, and the message that its signature is valid for.
fn cosignature(text: &str, seconds: u64, by: &Signer) -> Value {
    let line = by.cosign(text, seconds);
    let message = format!("cosignature/v1\ntime {seconds}\n{text}");
    let (time, signature) = line.signature().split_first_chunk().unwrap();
    assert_eq!(u64::from_be_bytes(*time), seconds);
    let signature = Signature::from_bytes(signature.try_into().unwrap());
    by.key.verifying_key().verify(message.as_bytes(), &signature).unwrap();
    json!({
        "witness": by.name.as_str(),
        "seconds": seconds,
        "message": message,
        "signature": hex(signature.as_bytes()),
        "line": line.to_string(),
    })
}

/// The checkpoint with cosignatures of these witnesses at these seconds after noon, and what it says of time.
fn quorum(about: &str, note: &Note, root: &LogRoot, witnesses: &[Signer], cosigned: &[(usize, u64)]) -> Value {
    let mut note = note.clone();
    for &(witness, seconds) in cosigned {
        let line = witnesses[witness].cosign(note.text(), NOON / 1000 + seconds);
        note.add(line).unwrap();
    }
    let note = note.to_string();
    let mut value = json!({ "about": about, "note": note });
    match Witnessed::verify(note.as_bytes(), root) {
        Ok(witnessed) => {
            value["not_before"] = witnessed.not_before().as_millis().into();
            value["existed_by"] = witnessed.existed_by().as_millis().into();
        }
        Err(error) => value["refused"] = error.to_string().into(),
    }
    value
}

#[test]
fn log() {
    let random = &mut Pinned::new(41);
    let log = Signer::new("log.example/footage", random);
    // The last is no witness of the log.
    let names = ["w1.example", "w2.example", "w3.example", "w4.example", "stranger.example"];
    let witnesses = names.map(|name| Signer::new(name, random));
    let trusted = witnesses[..4].iter().map(Signer::witness).collect();
    let root = LogRoot::new(log.name.clone(), log.key.verifying_key(), trusted, 3, 1).unwrap();

    let entries = entries(random);
    let mut memory = MemoryLog::new(log.name.clone(), SigningKey::from_secret(&log.key.to_secret()));
    for entry in &entries {
        memory.append(entry.clone().into_signed()).unwrap();
    }
    let note = memory.checkpoint().unwrap();

    // Every entry is proven as a client does it.
    let mut cosigned = note.clone();
    for witness in &witnesses[..3] {
        cosigned.add(witness.cosign(note.text(), NOON / 1000)).unwrap();
    }
    let witnessed = Witnessed::verify(cosigned.to_string().as_bytes(), &root).unwrap();
    for (index, entry) in (0..).zip(&entries) {
        let proof = memory.inclusion_proof(index, 7).unwrap();
        let logged = Logged::prove(entry.clone(), index, &proof, &witnessed).unwrap();
        assert_eq!((logged.index(), logged.existed_by()), (index, at(NOON + 999)));
    }
    let bytes: Vec<_> = entries.iter().map(|entry| entry.to_bytes()).collect();
    let leaves: Vec<_> = bytes.iter().map(|entry| leaf_hash(entry)).collect();
    assert_eq!(leaves.iter().copied().collect::<crate::merkle::Frontier>().root(), witnessed.checkpoint().root());

    let describe = |witness: &Signer| witness.describe(&NoteKey::of_witness(&witness.witness()));
    let case = |about: &str, cosigned: &[(usize, u64)]| quorum(about, &note, &root, &witnesses, cosigned);
    let found = json!({
        "log": log.describe(&NoteKey::of_log(&root)),
        "witnesses": witnesses.iter().map(describe).collect::<Vec<_>>(),
        "log_root": {
            "quorum": root.quorum(),
            "faulty": root.faulty(),
            "witnesses": names[..4],
            "cbor": hex(&encode(&root)),
            "digest": hex(root.digest().as_bytes()),
        },
        "entries": bytes.iter().map(|entry| hex(entry)).collect::<Vec<_>>(),
        "checkpoint": { "text": note.text(), "note": note.to_string() },
        "cosignatures": [
            cosignature(note.text(), NOON / 1000, &witnesses[0]),
            cosignature(note.text(), NOON / 1000 + 3, &witnesses[1]),
        ],
        "quorums": [
            case("three of four", &[(0, 0), (1, 30), (3, 10)]),
            case("all four, in another order", &[(2, 40), (0, 0), (1, 30), (3, 10)]),
            case("one is far ahead", &[(0, 0), (1, 10), (2, 1_000_000)]),
            case("a witness twice: its earliest and its latest time", &[(0, 0), (1, 30), (2, 20), (1, 5)]),
            case("a stranger does not count", &[(0, 0), (1, 30), (4, 10)]),
            case("two are too few", &[(0, 0), (1, 30)]),
            case("nobody", &[]),
        ],
        "proofs": proofs(&leaves),
    });
    check("log.json", found);
}
