//! One strict, deterministic codec (RFC 8949 section 4.2.1), and every size limit of the format.
//!
//! What is read is accepted in its one canonical form only: after decoding, a value is encoded again and compared with
//! what came in, so that long integers, indefinite lengths, floats, tags out of place, duplicate keys and trailing bytes
//! are all one kind of error. Records are arrays of their fields, in order; an absent field is `null`.

mod read;
#[cfg(test)]
mod rfc8949;
mod write;

pub use read::{CborError, Decode, Reader};
pub(crate) use read::{decode, decode_by};
pub use write::{Encode, Writer};
pub(crate) use write::{encode, encode_within};

/// Every limit of the format. Passing one is an error, never a large allocation.
pub mod limits {
    /// Segments of a clip.
    pub const SEGMENTS: u32 = 1 << 24;
    /// Bytes of a segment's content.
    pub const SEGMENT_BYTES: u32 = 16 << 20;
    /// Bytes of an encoded statement.
    pub const STATEMENT_BYTES: usize = 48 << 10;
    /// Cells of a request.
    pub const REQUEST_CELLS: usize = 12;
    /// Cells of a jurisdiction.
    pub const JURISDICTION_CELLS: usize = 2048;
    /// Custodians of a group.
    pub const CUSTODIANS: usize = 16;
    /// Devices of a household.
    pub const DEVICES: usize = 32;
    /// Periods of membership of a household.
    pub const PERIODS: u64 = 256;
    /// Bytes of a household file.
    pub const HOUSEHOLD_BYTES: usize = 16 << 20;
    /// Entries of a household file, and wraps in it.
    pub const HOUSEHOLD_ENTRIES: usize = 1 << 14;
    /// Bytes of a consent in a household file.
    pub const KEPT_CONSENT_BYTES: usize = 24 << 10;
    /// Bytes of a host's note in a household file.
    pub const KEPT_NOTE_BYTES: usize = 4 << 10;
    /// Bytes of a cosigned checkpoint, as an anchor or by itself.
    pub const CHECKPOINT_BYTES: usize = 8 << 10;
    /// Signature lines of a signed note.
    pub const NOTE_SIGNATURES: usize = 64;
    /// Bytes of a log's origin or a witness's name.
    pub const KEY_NAME_BYTES: usize = 100;
    /// Witnesses of a log.
    pub const WITNESSES: usize = 16;
    /// Registrars that a client trusts.
    pub const REGISTRARS: usize = 16;
    /// Bytes of the owner's words to the agency.
    pub const WORDS_BYTES: usize = 4 << 10;
    /// Ranges of a grant, of all clips together.
    pub const RANGES: usize = 256;
    /// Parts of a grant: the owner's words, and its clips.
    pub const PARTS: usize = RANGES + 1;
    /// Segments that a grant lists of one clip.
    pub const LISTED: usize = 1 << 19;
    /// Segments that a grant lists of all clips together.
    pub const LISTED_IN_GRANT: usize = 1 << 20;
    /// Bytes of one part of a grant: two statements, the segments of the ranges, and their proof.
    pub const PART_BYTES: usize = 64 << 20;
    /// Bytes of the log proof of an evidence file.
    pub const LOG_PROOF_BYTES: usize = 8 << 20;
    /// Statements that an accusation rests on, or that the log proof of an evidence file holds.
    pub const EXHIBITS: usize = 512;
    /// Bytes of an accusation.
    pub const ACCUSATION_BYTES: usize = 8 << 20;
    /// Statements of a page of the feed.
    pub const PAGE_ENTRIES: usize = 1 << 14;
    /// Bytes of a page of the feed.
    pub const PAGE_BYTES: usize = 64 << 20;
    /// Bytes of a ledger's or an auditor's own state.
    pub const STATE_BYTES: usize = (1 << 31) - 1;
    /// Elements of any other list in a statement.
    pub const LIST: usize = 256;
}

/// Writes [`Encode`] and [`Decode`] for a struct as the array of its fields, in the order given.
macro_rules! record_array {
    ($type:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::cbor::Encode for $type {
            fn encode(&self, to: &mut $crate::cbor::Writer) {
                to.array([$(stringify!($field)),+].len());
                $($crate::cbor::Encode::encode(&self.$field, to);)+
            }
        }

        impl $crate::cbor::Decode for $type {
            fn decode(from: &mut $crate::cbor::Reader<'_>) -> Result<Self, $crate::cbor::CborError> {
                from.array_of([$(stringify!($field)),+].len())?;
                $(let $field = $crate::cbor::Decode::decode(from)?;)+
                Ok(Self { $($field),+ })
            }
        }
    };
}
pub(crate) use record_array;

/// Writes [`Encode`] and [`Decode`] for a field-less enum as its number.
macro_rules! record_number {
    ($type:ident { $($variant:ident = $number:literal),+ $(,)? }) => {
        impl $crate::cbor::Encode for $type {
            fn encode(&self, to: &mut $crate::cbor::Writer) {
                to.uint(match self { $(Self::$variant => $number),+ });
            }
        }

        impl $crate::cbor::Decode for $type {
            fn decode(from: &mut $crate::cbor::Reader<'_>) -> Result<Self, $crate::cbor::CborError> {
                match from.uint()? {
                    $($number => Ok(Self::$variant),)+
                    _ => Err($crate::cbor::CborError::Value(concat!("number of a ", stringify!($type)))),
                }
            }
        }
    };
}
pub(crate) use record_number;
