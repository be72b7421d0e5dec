//! RFC 8949 appendix A. What is canonical and of the kinds that the codec has is read, and written to the same bytes;
//! everything else is refused. Where the file comes from stands in `tests/vectors/outside/ORIGIN.md`.

use alloc::{string::String, vec, vec::Vec};

use serde_json::Value;

use super::{CborError, Encode, Reader, Writer, decode_by};

/// The kinds that the codec has.
#[derive(Debug, Clone, PartialEq)]
enum Item {
    Uint(u64),
    Int(i64),
    Bool(bool),
    Null,
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
}

impl Encode for Item {
    fn encode(&self, to: &mut Writer) {
        match self {
            Self::Uint(value) => to.uint(*value),
            Self::Int(value) => to.int(*value),
            Self::Bool(value) => to.bool(*value),
            Self::Null => to.null(),
            Self::Bytes(bytes) => to.bytes(bytes),
            Self::Text(text) => to.text(text),
            Self::Array(items) => items.encode(to),
            Self::Map(pairs) => {
                to.map(pairs.len());
                for (key, value) in pairs {
                    key.encode(to);
                    value.encode(to);
                }
            }
        }
    }
}

/// Reads what is expected, as the records do, which know what comes next.
fn read(expected: &Item, from: &mut Reader<'_>) -> Result<Item, CborError> {
    Ok(match expected {
        Item::Uint(_) => uint(from)?,
        Item::Int(_) => int(from)?,
        Item::Bool(_) => bool(from)?,
        Item::Null => null(from)?,
        Item::Bytes(_) => bytes(from)?,
        Item::Text(_) => text(from)?,
        Item::Array(items) => {
            from.array_of(items.len())?;
            Item::Array(items.iter().map(|item| read(item, from)).collect::<Result<_, _>>()?)
        }
        Item::Map(pairs) => {
            from.map_of(pairs.len() as u64)?;
            let pairs = pairs.iter().map(|(key, value)| Ok((read(key, from)?, read(value, from)?)));
            Item::Map(pairs.collect::<Result<_, CborError>>()?)
        }
    })
}

type Door = fn(&mut Reader<'_>) -> Result<Item, CborError>;

/// All that a reader can be asked for.
const DOORS: [(&str, Door); 9] = [
    ("uint", uint),
    ("int", int),
    ("bool", bool),
    ("null", null),
    ("bytes", bytes),
    ("text", text),
    ("array", |from| from.array(usize::MAX).map(|_| Item::Array(vec![]))),
    ("map", |from| from.map_of(0).map(|()| Item::Map(vec![]))),
    ("statement", |from| from.tag(18).map(|()| Item::Null)),
];

fn uint(from: &mut Reader<'_>) -> Result<Item, CborError> {
    from.uint().map(Item::Uint)
}

fn int(from: &mut Reader<'_>) -> Result<Item, CborError> {
    from.int().map(Item::Int)
}

fn bool(from: &mut Reader<'_>) -> Result<Item, CborError> {
    from.bool().map(Item::Bool)
}

fn null(from: &mut Reader<'_>) -> Result<Item, CborError> {
    from.null()?.then_some(Item::Null).ok_or(CborError::Shape(0))
}

fn bytes(from: &mut Reader<'_>) -> Result<Item, CborError> {
    from.bytes(usize::MAX).map(|bytes| Item::Bytes(bytes.to_vec()))
}

fn text(from: &mut Reader<'_>) -> Result<Item, CborError> {
    from.text(usize::MAX).map(|text| Item::Text(text.into()))
}

/// The doors through which bytes are read, whole.
fn open_doors(encoded: &[u8]) -> Vec<&'static str> {
    let open = |door: &Door| decode_by(encoded, usize::MAX, door).is_ok();
    DOORS.iter().filter(|(_, door)| open(door)).map(|(name, _)| *name).collect()
}

/// The doors of a value that holds no others.
fn own_doors(item: &Item) -> Vec<&'static str> {
    match item {
        Item::Uint(value) if i64::try_from(*value).is_ok() => vec!["uint", "int"],
        Item::Uint(_) => vec!["uint"],
        Item::Int(_) => vec!["int"],
        Item::Bool(_) => vec!["bool"],
        Item::Null => vec!["null"],
        Item::Bytes(_) => vec!["bytes"],
        Item::Text(_) => vec!["text"],
        Item::Array(items) if items.is_empty() => vec!["array"],
        Item::Map(pairs) if pairs.is_empty() => vec!["map"],
        Item::Array(_) | Item::Map(_) => vec![],
    }
}

/// A vector's value, if the codec has its kind.
fn value(vector: &Value) -> Option<Item> {
    match vector["diagnostic"].as_str() {
        None => decoded(&vector["decoded"]),
        Some("h''") => Some(Item::Bytes(vec![])),
        Some("h'01020304'") => Some(Item::Bytes(vec![1, 2, 3, 4])),
        Some("(_ h'0102', h'030405')") => Some(Item::Bytes(vec![1, 2, 3, 4, 5])),
        Some("{1: 2, 3: 4}") => Some(Item::Map(vec![(Item::Uint(1), Item::Uint(2)), (Item::Uint(3), Item::Uint(4))])),
        Some(_) => None,
    }
}

fn decoded(value: &Value) -> Option<Item> {
    Some(match value {
        Value::Null => Item::Null,
        Value::Bool(value) => Item::Bool(*value),
        Value::Number(number) => match number.as_u64() {
            Some(number) => Item::Uint(number),
            None => Item::Int(number.as_i64()?),
        },
        Value::String(text) => Item::Text(text.clone()),
        Value::Array(items) => Item::Array(items.iter().map(decoded).collect::<Option<_>>()?),
        Value::Object(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| Some((Item::Text(key.clone()), decoded(value)?)));
            Item::Map(pairs.collect::<Option<_>>()?)
        }
    })
}

#[test]
fn rfc_8949_appendix_a() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../../tests/vectors/outside/rfc8949.json")).unwrap();
    let (mut accepted, mut not_canonical, mut other_kinds) = (0, 0, 0);
    for vector in &vectors {
        let hex = vector["hex"].as_str().unwrap();
        let encoded = base16ct::lower::decode_vec(hex).unwrap();
        // A string in pieces comes back out of a codec that remembers the pieces, so the file has it as a round trip.
        let in_pieces = matches!(encoded[0], 0x5f | 0x7f);
        let canonical = vector["roundtrip"] == true && !in_pieces;
        match value(vector) {
            Some(value) if canonical => {
                let found = decode_by(&encoded, encoded.len(), |from| read(&value, from));
                assert_eq!(found, Ok(value.clone()), "{hex}");
                assert_eq!(super::encode(&value), encoded, "{hex}");
                assert_eq!(open_doors(&encoded), own_doors(&value), "{hex}");
                for length in 0..encoded.len() {
                    assert!(decode_by(&encoded[..length], usize::MAX, |from| read(&value, from)).is_err(), "{hex}");
                }
                let longer = [&encoded[..], &[0]].concat();
                let found = decode_by(&longer, usize::MAX, |from| read(&value, from));
                assert_eq!(found, Err(CborError::NotCanonical), "{hex}");
                accepted += 1;
            }
            Some(value) => {
                assert!(decode_by(&encoded, usize::MAX, |from| read(&value, from)).is_err(), "{hex}");
                assert_eq!(open_doors(&encoded), [""; 0], "{hex}");
                not_canonical += 1;
            }
            None => {
                assert_eq!(open_doors(&encoded), [""; 0], "{hex}");
                other_kinds += 1;
            }
        }
    }
    assert_eq!((accepted, not_canonical, other_kinds), (36, 11, 34));
}
