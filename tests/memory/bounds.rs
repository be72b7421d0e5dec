//! Allocation bounds: whatever an input of a few kilobytes claims to have 2^32 or 2^63 of, what reads it allocates less
//! than 1 MiB, and says what is wrong.
//!
//! A [`Row`] is a parser with an input that it takes, and the form of that input: from the form follow the inputs that
//! claim. To add a parser is to add a row. What callbacks of the C interface give is in `src/ffi/tests.rs`.
#![allow(missing_docs, clippy::unwrap_used)]

use footage_support::{claims, clips, common, counting, lock, records};

mod files;
mod log;
mod statements;

use claims::{CLAIMS, claiming};
use common::{put_together, take_apart};
use counting::{MIB, peak};

/// A parser with an input that it takes.
struct Row<'a> {
    name: String,
    form: Form,
    input: Vec<u8>,
    parse: Parse<'a>,
}

type Parse<'a> = Box<dyn FnMut(&[u8]) -> Result<(), String> + 'a>;

/// What an input consists of, from which follows where it can claim something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// CBOR: the length of every array, map and string. Every claim is refused.
    Cbor,
    /// Frames: their lengths, the numbers at the beginning of each, and the CBOR in them.
    Frames,
    /// Numbers of 2, 4 and 8 bytes anywhere.
    Numbers,
    /// Decimal numbers anywhere.
    Text,
}

/// Forms of an input that are tried at most, evenly picked; of a long one fewer.
const MOST: usize = 400;

impl<'a> Row<'a> {
    fn new<E: ToString>(
        name: impl Into<String>,
        form: Form,
        input: impl Into<Vec<u8>>,
        mut parse: impl FnMut(&[u8]) -> Result<(), E> + 'a,
    ) -> Self {
        let parse = Box::new(move |input: &[u8]| parse(input).map_err(|error| error.to_string()));
        Self { name: name.into(), form, input: input.into(), parse }
    }

    fn check(self) {
        let Self { name, form, input, mut parse } = self;
        let taken = parse(&input);
        assert_eq!(taken, Ok(()), "{name}, as it is");
        let most = MOST.min((1 << 20) / input.len()).max(1);
        let claiming = form.claiming(&input, most);
        assert!(!claiming.is_empty(), "{name} claims nothing");
        let (mut tried, mut refused) = (0, 0);
        for input in claiming.iter().step_by(claiming.len().div_ceil(most)) {
            let (result, needed) = peak(|| parse(input));
            assert!(needed < MIB, "{name}: {needed} bytes, and {result:?}, for {input:02x?}");
            assert!(form != Form::Cbor || result.is_err(), "{name} takes {input:02x?}");
            tried += 1;
            refused += usize::from(result.is_err_and(|text| text.len() > 10));
        }
        println!("{name}: {refused} of {tried} claims refused");
        // A number that is as good as another is none that anything is allocated for.
        assert!(refused > 0 && (form != Form::Cbor || refused == tried), "{name}: {refused} of {tried} refused");
    }
}

impl Form {
    fn claiming(self, input: &[u8], most: usize) -> Vec<Vec<u8>> {
        match self {
            Self::Cbor => claiming(input, most),
            Self::Frames => frames(input),
            Self::Numbers => (0..input.len()).flat_map(|at| numbers(input, at)).collect(),
            Self::Text => text(input),
        }
    }
}

/// The input with a number of each size at one place.
fn numbers(input: &[u8], at: usize) -> Vec<Vec<u8>> {
    let (half, more, most) = ((1_u32 << 31).to_be_bytes(), (1_u64 << 32).to_be_bytes(), (1_u64 << 63).to_be_bytes());
    let all = [&[0xff; 2][..], &[0xff; 4], &[0xff; 8], &half, &more, &most];
    let fitting = all.into_iter().filter(|number| number.len() <= input.len() - at);
    let written = fitting.map(|number| {
        let mut claiming = input.to_vec();
        claiming[at..at + number.len()].copy_from_slice(number);
        claiming
    });
    written.collect()
}

fn frames(input: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let (magic, frames) = take_apart(input);
    // The kinds that hold CBOR.
    let held: &[u8] = if magic.starts_with(b"footage-evidence") { b"TLC" } else { b"HODTEW" };
    let mut begin = magic.len();
    for (at, (kind, payload)) in frames.iter().enumerate() {
        for claim in [u32::MAX, 1 << 31, (1 << 31) - 1, (16 << 20) + 16, (16 << 20) + 73] {
            let mut claiming = input.to_vec();
            claiming[begin + 1..begin + 5].copy_from_slice(&claim.to_be_bytes());
            all.push(claiming);
        }
        let claiming = if held.contains(kind) {
            claiming(payload, MOST)
        } else {
            (0..payload.len().min(59)).flat_map(|at| numbers(payload, at)).collect()
        };
        for payload in claiming {
            let mut frames = frames.clone();
            frames[at].1 = payload;
            all.push(put_together(&magic, &frames));
        }
        begin += 5 + payload.len();
    }
    all
}

fn text(input: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < input.len() {
        let digits = input[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            let claims =
                CLAIMS.iter().map(|claim| [&input[..at], claim.to_string().as_bytes(), &input[at + digits..]].concat());
            all.extend(claims);
        }
        at += digits.max(1);
    }
    all
}
