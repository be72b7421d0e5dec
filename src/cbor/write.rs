use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use minicbor::Encoder;

/// What has one canonical CBOR form.
pub trait Encode {
    /// Writes it.
    fn encode(&self, to: &mut Writer);
}

/// Writes canonical CBOR into memory.
#[derive(Debug)]
pub struct Writer(Encoder<Vec<u8>>);

/// The canonical bytes of a value.
pub(crate) fn encode<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    encode_within(value, 0)
}

/// The canonical bytes of a value, in one allocation if they fit into `capacity`: what holds secrets must not leave
/// copies behind as it grows.
pub(crate) fn encode_within<T: Encode + ?Sized>(value: &T, capacity: usize) -> Vec<u8> {
    let mut to = Writer(Encoder::new(Vec::with_capacity(capacity)));
    value.encode(&mut to);
    to.0.into_writer()
}

// Writing to memory cannot fail, so the encoder's results say nothing.
impl Writer {
    /// The head of an array of `length` elements, which follow.
    pub fn array(&mut self, length: usize) {
        let _ = self.0.array(length as u64);
    }

    /// The head of a map of `length` pairs, which follow in canonical order.
    pub(crate) fn map(&mut self, length: usize) {
        let _ = self.0.map(length as u64);
    }

    /// A tag, whose content follows.
    pub(crate) fn tag(&mut self, tag: u64) {
        let _ = self.0.tag(minicbor::data::Tag::new(tag));
    }

    /// An unsigned integer.
    pub fn uint(&mut self, value: u64) {
        let _ = self.0.u64(value);
    }

    /// An integer.
    pub fn int(&mut self, value: i64) {
        let _ = self.0.i64(value);
    }

    /// `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        let _ = self.0.bool(value);
    }

    /// `null`.
    pub fn null(&mut self) {
        let _ = self.0.null();
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.0.bytes(bytes);
    }

    /// A text string.
    pub fn text(&mut self, text: &str) {
        let _ = self.0.str(text);
    }
}

impl Encode for bool {
    fn encode(&self, to: &mut Writer) {
        to.bool(*self);
    }
}

macro_rules! encode_uint {
    ($($type:ty),+) => {
        $(impl Encode for $type {
            fn encode(&self, to: &mut Writer) {
                to.uint(u64::from(*self));
            }
        })+
    };
}
encode_uint!(u8, u16, u32, u64);

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, to: &mut Writer) {
        match self {
            Some(value) => value.encode(to),
            None => to.null(),
        }
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, to: &mut Writer) {
        to.array(self.len());
        for value in self {
            value.encode(to);
        }
    }
}

impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        self.0.encode(to);
        self.1.encode(to);
    }
}

// In ascending order.
impl<T: Encode> Encode for BTreeSet<T> {
    fn encode(&self, to: &mut Writer) {
        to.array(self.len());
        for value in self {
            value.encode(to);
        }
    }
}

// As pairs, in the ascending order of their keys.
impl<K: Encode, V: Encode> Encode for BTreeMap<K, V> {
    fn encode(&self, to: &mut Writer) {
        to.array(self.len());
        for (key, value) in self {
            to.array(2);
            key.encode(to);
            value.encode(to);
        }
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, to: &mut Writer) {
        self.as_slice().encode(to);
    }
}
