//! CBOR that claims to be longer than it is: of a value that is as it should be, every form in which one array, map or
//! string claims to have so many elements or bytes, and all around it fits.

/// What inputs claim to have of something.
pub const CLAIMS: [u64; 4] = [(1 << 32) - 1, 1 << 32, 1 << 63, u64::MAX];

/// Forms of a value in which one length is a claim: each length with each claim, or so many of them, evenly picked.
pub fn claiming(value: &[u8], most: usize) -> Vec<Vec<u8>> {
    let item = Item::whole(value).unwrap();
    let mut left = Some((usize::MAX, 0));
    assert_eq!(item.written(&mut left), value);
    let all = left.map_or(0, |(left, _)| usize::MAX - left) * CLAIMS.len();
    let picked = (0..all).step_by(all.div_ceil(most).max(1));
    let forms = picked.map(|n| {
        let at = n / CLAIMS.len();
        item.written(&mut Some((at, CLAIMS[(n + at) % CLAIMS.len()])))
    });
    forms.collect()
}

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// A value in pieces (RFC 8949 section 3).
enum Item {
    /// Without anything after its head.
    Plain(Vec<u8>),
    String(u8, Vec<u8>),
    /// A byte string that holds a value.
    Holder(Box<Item>),
    Several(u8, Vec<Item>),
    Tagged(Vec<u8>, Box<Item>),
}

impl Item {
    fn whole(mut bytes: &[u8]) -> Option<Self> {
        let item = Self::read(&mut bytes)?;
        bytes.is_empty().then_some(item)
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let begin = *from;
        let (first, rest) = from.split_first()?;
        let (major, short) = (first >> 5, first & 31);
        let width = match short {
            0..=23 => 0,
            24..=27 => 1 << (short - 24),
            _ => return None,
        };
        let (argument, rest) = rest.split_at_checked(width)?;
        let argument = argument.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let argument = if width == 0 { short.into() } else { argument };
        let head = &begin[..=width];
        *from = rest;
        Some(match major {
            BYTES | TEXT => {
                let (string, rest) = rest.split_at_checked(usize::try_from(argument).ok()?)?;
                *from = rest;
                match Self::whole(string).filter(|item| matches!(item, Self::Several(..) | Self::Tagged(..))) {
                    Some(item) if major == BYTES => Self::Holder(Box::new(item)),
                    _ => Self::String(major, string.to_vec()),
                }
            }
            ARRAY | MAP => {
                let count = if major == MAP { argument.checked_mul(2)? } else { argument };
                Self::Several(major, (0..count).map(|_| Self::read(from)).collect::<Option<_>>()?)
            }
            TAG => Self::Tagged(head.to_vec(), Box::new(Self::read(from)?)),
            _ => Self::Plain(head.to_vec()),
        })
    }

    /// Writes it; the length that comes after so many others is the claim, which is then taken.
    fn written(&self, claim: &mut Option<(usize, u64)>) -> Vec<u8> {
        match self {
            Self::Plain(head) => head.clone(),
            Self::String(major, string) => [head(*major, string.len(), claim), string.clone()].concat(),
            Self::Holder(item) => {
                // Whether this very length is the claim is known before what it is the length of is written.
                let own = matches!(claim, Some((0, _)));
                let begun = if own { head(BYTES, 0, claim) } else { Vec::new() };
                if let Some((left, _)) = claim {
                    *left -= 1;
                }
                let inner = item.written(claim);
                let begun = if own { begun } else { head(BYTES, inner.len(), &mut None) };
                [begun, inner].concat()
            }
            Self::Several(major, items) => {
                let count = if *major == MAP { items.len() / 2 } else { items.len() };
                let mut bytes = head(*major, count, claim);
                for item in items {
                    bytes.extend(item.written(claim));
                }
                bytes
            }
            Self::Tagged(tag, item) => [tag.clone(), item.written(claim)].concat(),
        }
    }
}

fn head(major: u8, length: usize, claim: &mut Option<(usize, u64)>) -> Vec<u8> {
    let length = match claim {
        Some((0, claimed)) => {
            let claimed = *claimed;
            *claim = None;
            claimed
        }
        Some((left, _)) => {
            *left -= 1;
            length as u64
        }
        None => length as u64,
    };
    let (info, width) = match length {
        0..24 => (length as u8, 0),
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    [&[major << 5 | info], &length.to_be_bytes()[8 - width..]].concat()
}
