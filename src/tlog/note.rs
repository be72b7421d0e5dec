use core::fmt;
use core::str::FromStr;

use base64ct::{Base64, Encoding as _};
use thiserror::Error;

use crate::cbor::limits;
use crate::crypto::SigningKey;
use crate::record::KeyName;

use super::{NoteKey, NoteKeyKind};

/// Why bytes are no signed note, or a text cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Longer than [`limits::CHECKPOINT_BYTES`].
    #[error("longer than a signed note may be")]
    TooLong,
    /// More signature lines than [`limits::NOTE_SIGNATURES`].
    #[error("more signatures than a note may have")]
    TooManySignatures,
    /// Not UTF-8, empty, not ended by a newline, or with control characters.
    #[error("not the text of a note")]
    Text,
    /// No blank line with signatures after it, or a line there that is no signature.
    #[error("not the signature lines of a note")]
    SignatureLine,
}

/// A signed note: a text, and signatures of which nothing is believed yet (C2SP signed-note).
///
/// Its [text form](fmt::Display) is the note as it travels. [Parsing](FromStr) accepts that form only, so that both are
/// each other's inverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

const LINE_START: &str = "\u{2014} ";

impl Note {
    /// A text that nobody has signed yet. It ends with a newline, and has no control characters but newlines.
    pub fn new(text: impl Into<String>) -> Result<Self, NoteError> {
        let text = text.into();
        if !text.ends_with('\n') || text.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::Text);
        }
        if text.len() > limits::CHECKPOINT_BYTES {
            return Err(NoteError::TooLong);
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Reads a note: at most [`limits::CHECKPOINT_BYTES`], with 1 to [`limits::NOTE_SIGNATURES`] signatures.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > limits::CHECKPOINT_BYTES {
            return Err(NoteError::TooLong);
        }
        let note = core::str::from_utf8(bytes).map_err(|_| NoteError::Text)?;
        // "The text is separated from the signatures by the last empty line in the note."
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::SignatureLine)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::SignatureLine)?;
        let mut note = Self::new(format!("{text}\n"))?;
        for line in lines.split('\n') {
            if note.signatures.len() == limits::NOTE_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            note.signatures.push(line.parse()?);
        }
        Ok(note)
    }

    /// The signed text, which ends with a newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature line, unless the note would grow beyond its limits.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.len() == limits::NOTE_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        self.signatures.push(signature);
        if self.to_string().len() > limits::CHECKPOINT_BYTES {
            self.signatures.pop();
            return Err(NoteError::TooLong);
        }
        Ok(())
    }

    /// Signs the text with Ed25519 under a key name (C2SP signed-note, "Ed25519 signatures").
    pub fn sign(&mut self, name: &KeyName, key: &SigningKey) -> Result<(), NoteError> {
        let note_key = NoteKey { name: name.clone(), kind: NoteKeyKind::Ed25519, key: key.verifying_key() };
        self.add(NoteSignature::new(&note_key, key.sign(self.text.as_bytes()).as_bytes().to_vec()))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        Self::from_bytes(note.as_bytes())
    }
}

impl NoteSignature {
    pub(super) fn new(key: &NoteKey, signature: Vec<u8>) -> Self {
        Self { name: key.name.to_string(), key_id: key.id(), signature }
    }

    /// The name of the key that is said to have signed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of that key.
    pub const fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// What stands behind the key id: the signature itself, in the form of the key's kind.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether it is said to be by this key. Verifiers ignore what is not.
    pub fn is_by(&self, key: &NoteKey) -> bool {
        self.name == key.name.as_str() && self.key_id == key.id()
    }
}

/// The line without its newline.
impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.signature].concat();
        write!(f, "{LINE_START}{} {}", self.name, Base64::encode_string(&bytes))
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Self, NoteError> {
        let parts = line.strip_prefix(LINE_START).and_then(|rest| rest.split_once(' '));
        let (name, base64) = parts.filter(|(name, _)| KeyName::allows(name)).ok_or(NoteError::SignatureLine)?;
        let bytes = Base64::decode_vec(base64).map_err(|_| NoteError::SignatureLine)?;
        match bytes.split_first_chunk() {
            Some((key_id, signature)) if !signature.is_empty() && Base64::encode_string(&bytes) == base64 => {
                Ok(Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
            }
            _ => Err(NoteError::SignatureLine),
        }
    }
}
