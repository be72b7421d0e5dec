//! Statements as they travel, in CBOR and JSON, and the texts and ids within them. What is accepted comes out again as it
//! went in, and JSON makes nothing that CBOR would refuse.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use footage::record::*;

use super::kinds::{KINDS, Look, at_kind, is_entry};
use super::memory::bounded;
use super::records::Record;

/// One byte says what the others are.
pub fn record(data: &[u8]) {
    let Some((&kind, bytes)) = data.split_first() else { return };
    let count = KINDS.len() as u8;
    match kind {
        _ if kind < count => at_kind(kind, &mut Cbor(bytes)),
        _ if kind < 2 * count => at_kind(kind - count, &mut Json(bytes)),
        _ if kind == 2 * count => entry(bytes),
        _ if kind == 2 * count + 1 => entry_json(bytes),
        _ if kind == 2 * count + 2 => {
            if let Ok(anchor) = Anchor::from_bytes(bytes) {
                assert_eq!(anchor.as_bytes(), bytes);
            }
        }
        _ => {
            if let Ok(text) = core::str::from_utf8(bytes) {
                texts(text);
            }
        }
    }
}

struct Cbor<'a>(&'a [u8]);

impl Look for Cbor<'_> {
    fn at<T: Record>(&mut self, name: &'static str) {
        let Ok(read) = bounded(self.0.len(), || Signed::<T>::from_bytes(self.0)) else { return };
        assert_eq!(read.to_bytes(), self.0);
        assert_eq!(read.statement().content_type(), format!("application/vnd.footage.v1.{name}+cbor"));
        let entry = Signed::<Entry>::from_bytes(self.0);
        assert_eq!(entry.is_ok(), is_entry(name), "{name}");
        if let Ok(entry) = entry {
            assert_eq!((entry.id(), entry.to_bytes()), (read.id(), read.to_bytes()));
            assert_eq!(entry.verify().is_ok(), read.clone().verify().is_ok());
        }
        same_in_json(&read);
        // A valid signature is one over these very bytes: the next id or the next statement does not have it.
        if let Ok(verified) = read.clone().verify() {
            let mut other = self.0.to_vec();
            let last = other.len() - 1;
            other[last] ^= 1;
            assert!(Signed::<T>::from_bytes(&other).and_then(Signed::verify).is_err());
            assert_eq!(verified.verify_by_own(), verified.id());
        }
    }
}

trait VerifyByOwn {
    fn verify_by_own(&self) -> StatementId;
}

impl<T: Record> VerifyByOwn for Verified<T> {
    /// The id, once the statement was verified under the key that it names.
    fn verify_by_own(&self) -> StatementId {
        Signed::<T>::from_bytes(&self.to_bytes()).unwrap().verify_by(self.signer()).unwrap().id()
    }
}

struct Json<'a>(&'a [u8]);

impl Look for Json<'_> {
    fn at<T: Record>(&mut self, name: &'static str) {
        if let Ok(read) = bounded(self.0.len(), || serde_json::from_slice::<Signed<T>>(self.0)) {
            let bytes = read.to_bytes();
            // JSON has no limit of its own to the length of what it says.
            if bytes.len() <= footage::cbor::limits::STATEMENT_BYTES {
                let again = Signed::<T>::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!((again.statement(), again.id()), (read.statement(), read.id()));
            }
            same_in_json(&read);
        }
    }
}

fn same_in_json<T: Record>(read: &Signed<T>) {
    let text = serde_json::to_vec(read).unwrap();
    let again: Signed<T> = serde_json::from_slice(&text).unwrap();
    assert_eq!((again.statement(), again.id(), again.to_bytes()), (read.statement(), read.id(), read.to_bytes()));
}

fn entry(bytes: &[u8]) {
    if let Ok(read) = bounded(bytes.len(), || Signed::<Entry>::from_bytes(bytes)) {
        assert_eq!(read.to_bytes(), bytes);
        same_in_json(&read);
    }
    let all = read_all::<Entry, _>(&[bytes, bytes]);
    let alone = Signed::<Entry>::from_bytes(bytes).and_then(Signed::verify);
    assert!(all.iter().all(|one| *one == alone));
}

fn entry_json(bytes: &[u8]) {
    if let Ok(read) = bounded(bytes.len(), || serde_json::from_slice::<Signed<Entry>>(bytes)) {
        same_in_json(&read);
    }
}

/// Every text type reads the same text, each by its own rules.
fn texts(text: &str) {
    same::<Name>(text);
    same::<Word>(text);
    same::<Reference>(text);
    same::<CustodianId>(text);
    same::<GroupId>(text);
    same::<MakerId>(text);
    same::<KeyName>(text);
    same::<AgencyId>(text);
    same::<Offence>(text);
    same::<StatementId>(text);
    same::<GrantId>(text);
    same::<ClipId>(text);
    same::<CameraId>(text);
    same::<Nonce>(text);
    same::<Possession>(text);
    same::<footage::crypto::Digest>(text);
    same::<footage::crypto::VerifyingKey>(text);
    same::<footage::crypto::Signature>(text);
    assert_eq!(KeyName::new(text).is_ok(), text.parse::<KeyName>().is_ok());
}

/// What is accepted is the one form of what it means, and JSON accepts just the same.
fn same<T: FromStr + Display + PartialEq + Debug + serde::Serialize + serde::de::DeserializeOwned>(text: &str) {
    let read = text.parse::<T>().ok();
    let json = serde_json::Value::String(text.to_owned());
    assert_eq!(serde_json::from_value::<T>(json.clone()).ok(), read);
    if let Some(value) = read {
        assert_eq!(value.to_string(), text);
        assert_eq!(serde_json::to_value(&value).unwrap(), json);
    }
}
