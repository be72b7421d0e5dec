//! CBOR: the payload of every kind of statement, and the records that nobody signs. What is accepted is in the one
//! canonical form, by a second opinion, and comes out again as it went in.

use footage::auditor::Accusation;
use footage::crypto::{Secret, SigningKey};
use footage::ledger::Page;
use footage::record::{Consent, Signed, Verified};

use super::forge::statement;
use super::kinds::{KINDS, Look, at_kind};
use super::memory::bounded;
use super::records::Record;

/// One byte says which record the others are.
pub fn cbor(data: &[u8]) {
    let Some((&kind, payload)) = data.split_first() else { return };
    match usize::from(kind).checked_sub(KINDS.len()) {
        None => at_kind(kind, &mut Payload(payload)),
        Some(0) => unsigned(payload, |bytes| Consent::from_bytes(bytes).ok(), Consent::to_bytes),
        Some(1) => unsigned(payload, |bytes| Page::from_bytes(bytes).ok(), Page::to_bytes),
        Some(_) => unsigned(payload, |bytes| Accusation::from_bytes(bytes).ok(), Accusation::to_bytes),
    }
}

fn unsigned<T>(bytes: &[u8], read: impl FnOnce(&[u8]) -> Option<T>, write: impl FnOnce(&T) -> Vec<u8>) {
    if let Some(value) = bounded(bytes.len(), || read(bytes)) {
        assert_eq!(write(&value), bytes);
        assert_eq!(after_item(bytes), Some(&[][..]), "not canonical");
    }
}

struct Payload<'a>(&'a [u8]);

impl Look for Payload<'_> {
    fn at<T: Record>(&mut self, name: &'static str) {
        let key = SigningKey::from_secret(&Secret::take(&mut [7; 32]));
        let bytes = statement(name, self.0, &key);
        let Ok(read) = bounded(bytes.len(), || Signed::<T>::from_bytes(&bytes)) else { return };
        assert_eq!(after_item(self.0), Some(&[][..]), "not canonical");
        assert_eq!(read.to_bytes(), bytes);
        // Made anew from what was read, and signed as it was: the same, as the signature is over the same bytes.
        let again = Verified::sign(read.statement().clone(), &key);
        assert_eq!((again.to_bytes(), again.id()), (bytes, read.id()));
        assert_eq!(read.verify().unwrap(), again);
    }
}

/// What follows the first item, if that is in the form that section 2 of the format demands.
fn after_item(bytes: &[u8]) -> Option<&[u8]> {
    let (&first, rest) = bytes.split_first()?;
    let (major, info) = (first >> 5, first & 0x1f);
    let (argument, mut rest) = match info {
        0..24 => (u64::from(info), rest),
        24..28 => {
            let width = 1 << (info - 24);
            let (argument, rest) = rest.split_at_checked(width)?;
            let value = argument.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
            // The next shorter form would not have held it.
            let least = if width == 1 { 24 } else { 1 << (4 * width) };
            (value >= least).then_some((value, rest))?
        }
        _ => return None,
    };
    match major {
        0 | 1 => Some(rest),
        2 => Some(rest.split_at_checked(argument.try_into().ok()?)?.1),
        3 => {
            let (text, rest) = rest.split_at_checked(argument.try_into().ok()?)?;
            core::str::from_utf8(text).ok().map(|_| rest)
        }
        4 => {
            for _ in 0..argument {
                rest = after_item(rest)?;
            }
            Some(rest)
        }
        7 if matches!(first, 0xf4..=0xf6) => Some(rest),
        _ => None,
    }
}
