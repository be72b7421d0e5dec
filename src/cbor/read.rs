use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use minicbor::{Decoder, data::Type};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Encode, limits, write::encode_within};

/// What is wrong with bytes that should be a value's canonical form. Nothing of them was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CborError {
    /// More bytes, or more elements, than the format allows.
    #[error("longer than the limit of {0}")]
    TooLong(usize),
    /// Not CBOR of the expected shape, or cut off.
    #[error("not of the expected shape at byte {0}")]
    Shape(usize),
    /// Not the one canonical form (RFC 8949 section 4.2.1).
    #[error("not in canonical form")]
    NotCanonical,
    /// A value that the named type does not have.
    #[error("not a valid {0}")]
    Value(&'static str),
}

/// What can be read from its canonical CBOR form.
pub trait Decode: Sized {
    /// Reads it; the caller sees to it that the form was canonical.
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError>;
}

/// Reads CBOR item by item, allocating no more than the input holds.
#[derive(Debug)]
pub struct Reader<'a>(Decoder<'a>, usize);

/// Reads a value from its canonical bytes, the whole of them.
pub(crate) fn decode<T: Encode + Decode>(bytes: &[u8], limit: usize) -> Result<T, CborError> {
    decode_by(bytes, limit, T::decode)
}

/// Reads a value from its canonical bytes, the whole of them, by what the caller knows besides.
pub(crate) fn decode_by<'a, T: Encode>(
    bytes: &'a [u8],
    limit: usize,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, CborError>,
) -> Result<T, CborError> {
    if bytes.len() > limit {
        return Err(CborError::TooLong(limit));
    }
    let value = read(&mut Reader::new(bytes))?;
    let again = Zeroizing::new(encode_within(&value, bytes.len()));
    if bytes == again.as_slice() { Ok(value) } else { Err(CborError::NotCanonical) }
}

impl<'a> Reader<'a> {
    /// Begins at the first byte of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Decoder::new(bytes), limits::LIST)
    }

    /// From here on a list may be as long as it is: what follows is no statement.
    pub(crate) fn lift_list_limit(&mut self) {
        self.1 = usize::MAX;
    }

    fn shape<T>(&self, result: Result<T, minicbor::decode::Error>) -> Result<T, CborError> {
        result.map_err(|_| CborError::Shape(self.0.position()))
    }

    /// The head of an array of at most `limit` elements; they follow.
    pub fn array(&mut self, limit: usize) -> Result<usize, CborError> {
        let length = self.0.array();
        let length = self.shape(length)?.ok_or(CborError::NotCanonical)?;
        usize::try_from(length).ok().filter(|&length| length <= limit).ok_or(CborError::TooLong(limit))
    }

    /// The head of an array of exactly `length` elements; they follow.
    pub fn array_of(&mut self, length: usize) -> Result<(), CborError> {
        let at = self.0.position();
        if self.array(usize::MAX)? == length { Ok(()) } else { Err(CborError::Shape(at)) }
    }

    /// The head of a map of exactly `length` pairs; they follow.
    pub(crate) fn map_of(&mut self, length: u64) -> Result<(), CborError> {
        let at = self.0.position();
        let found = self.0.map();
        if self.shape(found)? == Some(length) { Ok(()) } else { Err(CborError::Shape(at)) }
    }

    /// The tag `tag`; its content follows.
    pub(crate) fn tag(&mut self, tag: u64) -> Result<(), CborError> {
        let at = self.0.position();
        let found = self.0.tag();
        if self.shape(found)?.as_u64() == tag { Ok(()) } else { Err(CborError::Shape(at)) }
    }

    /// An unsigned integer.
    pub fn uint(&mut self) -> Result<u64, CborError> {
        let value = self.0.u64();
        self.shape(value)
    }

    /// An integer.
    pub fn int(&mut self) -> Result<i64, CborError> {
        let value = self.0.i64();
        self.shape(value)
    }

    /// `true` or `false`.
    pub fn bool(&mut self) -> Result<bool, CborError> {
        let value = self.0.bool();
        self.shape(value)
    }

    /// Whether `null` comes next; if so it is taken.
    pub fn null(&mut self) -> Result<bool, CborError> {
        let next = self.0.datatype();
        if self.shape(next)? != Type::Null {
            return Ok(false);
        }
        let null = self.0.null();
        self.shape(null).map(|()| true)
    }

    /// A byte string of at most `limit` bytes.
    pub fn bytes(&mut self, limit: usize) -> Result<&'a [u8], CborError> {
        let bytes = self.0.bytes();
        let bytes = self.shape(bytes)?;
        if bytes.len() <= limit { Ok(bytes) } else { Err(CborError::TooLong(limit)) }
    }

    /// A byte string of exactly `N` bytes.
    pub fn bytes_of<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let at = self.0.position();
        self.bytes(usize::MAX)?.try_into().map_err(|_| CborError::Shape(at))
    }

    /// A text string of at most `limit` bytes.
    pub fn text(&mut self, limit: usize) -> Result<&'a str, CborError> {
        let text = self.0.str();
        let text = self.shape(text)?;
        if text.len() <= limit { Ok(text) } else { Err(CborError::TooLong(limit)) }
    }

    /// A list of at most `limit` values.
    pub fn list<T: Decode>(&mut self, limit: usize) -> Result<Vec<T>, CborError> {
        let length = self.array(limit)?;
        // Grows with what is really there, whatever the head claims.
        let mut values = Vec::with_capacity(length.min(16));
        for _ in 0..length {
            values.push(T::decode(self)?);
        }
        Ok(values)
    }
}

impl Decode for bool {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.bool()
    }
}

macro_rules! decode_uint {
    ($($type:ty),+) => {
        $(impl Decode for $type {
            fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
                from.uint()?.try_into().map_err(|_| CborError::Value(stringify!($type)))
            }
        })+
    };
}
decode_uint!(u8, u16, u32, u64);

impl<T: Decode> Decode for Option<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        if from.null()? { Ok(None) } else { T::decode(from).map(Some) }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.list(from.1)
    }
}

impl<A: Decode, B: Decode> Decode for (A, B) {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.array_of(2)?;
        Ok((A::decode(from)?, B::decode(from)?))
    }
}

// As whoever called compares the encoding with what came in, the order was ascending and nothing stood there twice.
impl<T: Decode + Ord> Decode for BTreeSet<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Vec::decode(from).map(Self::from_iter)
    }
}

impl<K: Decode + Ord, V: Decode> Decode for BTreeMap<K, V> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Vec::decode(from).map(Self::from_iter)
    }
}
