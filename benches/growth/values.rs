//! Values, statements and notes.

use footage::crypto::{Digest, Secret, SigningKey};
use footage::merkle::Hash;
use footage::record::*;
use footage::tlog::{Checkpoint, Note, NoteKey, NoteKeyKind};

use super::common::{NOON, at, centre, nearest, tool};
use super::{Path, measured};

pub(super) const PATHS: &[Path] = &[
    ("read a receipt of n digests", 64, receipt),
    ("read a receipt of n digests as JSON", 64, receipt_json),
    ("compact a jurisdiction of n cells", 250, jurisdiction),
    ("read terms of n members as JSON, which are too many", 250, members),
    ("read a checkpoint of n extension lines", 500, checkpoint),
    ("read a note of n signatures, and look for one signer among them", 16, note),
];

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [seed; 32]))
}

fn receipt_of(digests: usize) -> Verified<Receipt> {
    let receipt = Receipt {
        subject: Subject::Grant(StatementId::from_bytes([1; 32])),
        keys: vec![Digest::from_bytes([2; 32]); digests],
        excerpts: vec![Digest::from_bytes([3; 32]); digests],
        method: Method::Clear,
        tool: tool(),
        backups: false,
        obtained: true,
        deadline: at(NOON),
        anchor: Anchor::from_bytes(b"nothing").unwrap(),
    };
    Verified::sign(receipt, &key(1))
}

fn receipt(digests: usize) {
    let bytes = receipt_of(digests).to_bytes();
    measured(|| Signed::<Receipt>::from_bytes(&bytes).unwrap());
}

fn receipt_json(digests: usize) {
    let text = serde_json::to_string(&receipt_of(digests)).unwrap();
    measured(|| serde_json::from_str::<Signed<Receipt>>(&text).unwrap());
}

fn jurisdiction(cells: usize) {
    let all = nearest(centre(), cells);
    measured(|| Jurisdiction::new(all).unwrap());
}

fn members(members: usize) {
    let member = |number| {
        let id = "0".repeat(64);
        format!(r#"{{"custodian":"c-{number}","expiry":"{id}","share":"{id}"}}"#)
    };
    let members: Vec<_> = (0..members).map(member).collect();
    let text = format!(r#"{{"group":"town","threshold":2,"members":[{}]}}"#, members.join(","));
    measured(|| serde_json::from_str::<Custody>(&text).unwrap_err());
}

fn checkpoint(lines: usize) {
    let checkpoint = Checkpoint::new(KeyName::new("log.example").unwrap(), 1, Hash::EMPTY);
    let text = format!("{checkpoint}{}", "an extension\n".repeat(lines));
    measured(|| text.parse::<Checkpoint>().unwrap());
}

fn note(signatures: usize) {
    let mut note = Note::new("log.example\n1\n").unwrap();
    for number in 0..signatures {
        note.sign(&KeyName::new(format!("w{number}")).unwrap(), &key(number as u8 + 1)).unwrap();
    }
    let bytes = note.to_string().into_bytes();
    let wanted =
        NoteKey { name: KeyName::new("w0").unwrap(), kind: NoteKeyKind::Ed25519, key: key(99).verifying_key() };
    measured(|| assert!(!Note::from_bytes(&bytes).unwrap().is_signed_by(&wanted)));
}
