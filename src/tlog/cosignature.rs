use crate::crypto::{Signature, SigningKey};
use crate::record::{KeyName, Timestamp};

use super::{Note, NoteKey, NoteKeyKind, NoteSignature};

/// A witness's signature under a checkpoint, with the time at which it was made (C2SP tlog-cosignature, v1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature {
    time: Timestamp,
    signature: Signature,
}

impl Cosignature {
    /// Cosigns the text of a checkpoint at a time, of which the whole seconds count.
    pub fn sign(text: &str, key: &SigningKey, now: Timestamp) -> Self {
        let seconds = now.as_millis() / 1000;
        // Not after the time that was valid, so valid as well.
        let time = Timestamp::from_seconds(seconds).unwrap_or(now);
        Self { time, signature: key.sign(&message(text, seconds)) }
    }

    /// Believes a signature line if it is said to be by `key`, a [cosignature](NoteKeyKind::Cosignature) key, is valid,
    /// and names no time after [`Timestamp::MAX`].
    pub fn verify(note: &Note, line: &NoteSignature, key: &NoteKey) -> Option<Self> {
        if key.kind != NoteKeyKind::Cosignature || !line.is_by(key) {
            return None;
        }
        // `struct { u64 timestamp; opaque ed25519_signature[64]; }`
        let (seconds, signature) = line.signature().split_first_chunk()?;
        let seconds = u64::from_be_bytes(*seconds);
        let time = Timestamp::from_seconds(seconds).ok()?;
        let signature = Signature::from_bytes(signature.try_into().ok()?);
        key.key.verify(&message(note.text(), seconds), &signature).ok()?;
        Some(Self { time, signature })
    }

    /// When it was made, as the witness says: a whole second.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// The signature line that it stands in, by the witness of this name and key.
    pub fn to_line(self, name: &KeyName, key: &SigningKey) -> NoteSignature {
        let key = NoteKey { name: name.clone(), kind: NoteKeyKind::Cosignature, key: key.verifying_key() };
        let seconds = self.time.as_millis() / 1000;
        NoteSignature::new(&key, [seconds.to_be_bytes().as_slice(), self.signature.as_bytes()].concat())
    }
}

/// "Two newline terminated lines followed by the whole note body of the cosigned checkpoint."
fn message(text: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

impl Note {
    /// Whether this key has signed the note: there is a signature by it, and no such one is invalid. What other keys are
    /// said to have signed is ignored.
    pub fn is_signed_by(&self, key: &NoteKey) -> bool {
        let mut lines = self.signatures().iter().filter(|line| line.is_by(key)).peekable();
        lines.peek().is_some()
            && lines.all(|line| match key.kind {
                NoteKeyKind::Ed25519 => <[u8; 64]>::try_from(line.signature()).is_ok_and(|signature| {
                    key.key.verify(self.text().as_bytes(), &Signature::from_bytes(signature)).is_ok()
                }),
                NoteKeyKind::Cosignature => Cosignature::verify(self, line, key).is_some(),
            })
    }
}
