use core::fmt;
use core::str::FromStr;

use base64ct::{Base64, Encoding as _};
use thiserror::Error;

use crate::crypto::{VerifyingKey, sha256};
use crate::record::{KeyName, LogRoot, WitnessKey};

/// A text that is no verifier key, or one of a kind that is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a verifier key of a supported kind")]
pub struct NoteKeyError;

/// How a key of notes signs; the number is C2SP's signature type identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum NoteKeyKind {
    /// Ed25519 over the note's text (C2SP signed-note).
    Ed25519 = 0x01,
    /// Ed25519 over a time and the note's text (C2SP tlog-cosignature).
    Cosignature = 0x04,
}

/// A key that signs notes.
///
/// Its [text form](fmt::Display) is C2SP's verifier key, `name+id+base64(kind || key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    /// What it is named by.
    pub name: KeyName,
    /// How it signs.
    pub kind: NoteKeyKind,
    /// The key.
    pub key: VerifyingKey,
}

impl NoteKey {
    /// The key with which a log signs its checkpoints.
    pub fn of_log(log: &LogRoot) -> Self {
        Self { name: log.origin().clone(), kind: NoteKeyKind::Ed25519, key: *log.key() }
    }

    /// The key with which a witness cosigns.
    pub fn of_witness(witness: &WitnessKey) -> Self {
        Self { name: witness.name.clone(), kind: NoteKeyKind::Cosignature, key: witness.key }
    }

    /// The key id: `SHA-256(name || 0x0A || kind || key)[:4]` (C2SP signed-note, "Signatures").
    pub fn id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sha256(&[self.name.as_str().as_bytes(), b"\n", &[self.kind as u8], self.key.as_bytes()]);
        [a, b, c, d]
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[self.kind as u8], self.key.as_bytes().as_slice()].concat();
        let id = base16ct::lower::encode_string(&self.id());
        write!(f, "{}+{id}+{}", self.name, Base64::encode_string(&material))
    }
}

impl FromStr for NoteKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        // Base64 has plus signs of its own.
        let mut parts = text.splitn(3, '+');
        let name = parts.next().and_then(|name| KeyName::new(name).ok()).ok_or(NoteKeyError)?;
        let material = parts.nth(1).and_then(|base64| Base64::decode_vec(base64).ok()).ok_or(NoteKeyError)?;
        let (kind, key) = material.split_first().ok_or(NoteKeyError)?;
        let kind = match kind {
            0x01 => NoteKeyKind::Ed25519,
            0x04 => NoteKeyKind::Cosignature,
            _ => return Err(NoteKeyError),
        };
        let key = key.try_into().ok().and_then(|key| VerifyingKey::from_bytes(key).ok()).ok_or(NoteKeyError)?;
        let key = Self { name, kind, key };
        // The one text form, with the right id in it.
        if key.to_string() == text { Ok(key) } else { Err(NoteKeyError) }
    }
}
