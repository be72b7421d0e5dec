//! What strangers send, replayed: for each fuzz target every input of its corpus, and variants of them.
//!
//! `fuzz/` runs the same functions under libFuzzer. An input that once found a fault stays in the corpus.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod damaged;
mod seeds;

use std::fs;
use std::path::{Path, PathBuf};

use common::Pinned;
use footage::crypto::Random as _;
use footage_support::counting::Counting;
use footage_support::hostile::{self, forge, kinds};
use footage_support::{common, model};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Where the corpus of a target lies.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name)
}

/// Says which input it was, should the target panic.
struct Named<'a>(&'a str);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input is {}", self.0);
        }
    }
}

fn replay(name: &str, variants: u64, target: fn(&[u8])) {
    let folder = folder(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("no corpus in {}: {error}", folder.display()));
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no corpus in {}", folder.display());
    let inputs: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    for (file, input) in files.iter().zip(&inputs) {
        let _named = Named(&file.display().to_string());
        target(input);
    }
    for variant in 0..variants {
        let input = vary(&inputs, &mut Pinned(variant));
        let _named = Named(&format!("variant {variant}: {input:02x?}"));
        target(&input);
    }
}

/// One of the inputs, with a few of its bytes changed, left out, or taken from another.
fn vary(inputs: &[Vec<u8>], random: &mut Pinned) -> Vec<u8> {
    let mut below = |end: usize| {
        let mut bytes = [0; 8];
        random.fill(&mut bytes).unwrap();
        (u64::from_le_bytes(bytes) % end.max(1) as u64) as usize
    };
    let mut input = inputs[below(inputs.len())].clone();
    for _ in 0..=below(4) {
        let at = below(input.len());
        match below(6) {
            0 | 1 if !input.is_empty() => input[at] ^= 1 << below(8),
            2 if !input.is_empty() => input[at] = [0, 1, 0x7f, 0x80, 0xff, b'0'][below(6)],
            3 => input.truncate(at),
            4 => drop(input.drain(at..input.len().min(at + below(16)))),
            _ => {
                let other = &inputs[below(inputs.len())];
                let from = below(other.len());
                let part = &other[from..other.len().min(from + below(40))];
                input.splice(at..at, part.iter().copied());
            }
        }
    }
    input
}

/// One target, and the test that replays its corpus with so many variants.
macro_rules! targets {
    ($($name:ident $test:ident $variants:literal;)+) => {
        $(
            #[test]
            fn $test() {
                replay(stringify!($name), $variants, hostile::$name::$name);
            }
        )+
    };
}
targets! {
    cbor whatever_cbor_is_accepted_is_canonical 4000;
    record whatever_statement_or_text_is_accepted_comes_out_again 4000;
    cells whatever_cells_are_accepted_have_one_form 4000;
    log whatever_a_log_shows_is_in_it 800;
    clip whatever_comes_out_of_a_clip_was_sealed 150;
    mp4 whatever_is_cut_is_cut_the_same_in_any_chunks 1000;
    excerpt whatever_is_opened_is_what_was_granted 300;
    evidence whatever_verifies_as_evidence_was_recorded_and_released 200;
    grant whatever_a_dishonest_resident_grants_opens_to_what_was_sealed 60;
    keys whatever_is_brought_to_a_custodian_is_the_residents 1000;
    state whatever_is_restored_or_fed_is_what_the_log_shows 60;
    differential whatever_is_made_by_other_means_is_the_same 80;
    ffi whatever_is_called_from_c_is_answered 150;
}

/// All roles together; `tests/model` has more of it.
#[test]
fn whatever_happens_is_what_the_model_allows() {
    replay("model", 20, model::play);
}

/// Begins the corpora anew: `cargo test --test hostile -- --ignored`. They grow under the fuzzer, and are made small again by
/// `cargo fuzz cmin`.
#[test]
#[ignore = "writes the corpora"]
fn the_seeds_are_put_into_the_corpora() {
    for (name, inputs) in seeds::seeds() {
        fs::create_dir_all(folder(name)).unwrap();
        for input in inputs {
            fs::write(folder(name).join(file_name(&input)), input).unwrap();
        }
    }
}

/// A name that says what is in it.
fn file_name(input: &[u8]) -> String {
    let [a, b, c, d, ..] = *footage::merkle::leaf_hash(input).as_bytes();
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}
