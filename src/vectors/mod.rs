//! The format's own test vectors: one generator for each file of `tests/vectors`.
//!
//! A generator makes its objects with the code that cameras, residents, agencies and logs run, from pinned randomness,
//! opens them again with the code that reads them, and writes down every step between. The result is the committed file,
//! byte for byte; with `FOOTAGE_WRITE_VECTORS` set the file is written anew. `tests/vectors/README.md` describes them.

mod clip;
#[cfg(feature = "serde")]
mod evidence;
mod film;
mod grant;
mod index;
mod key_tree;
mod lock;
mod log;
mod pinned;
mod proofs;
mod refused;
mod shares;
mod statements;

use std::io::Cursor;
use std::path::PathBuf;

use serde_json::Value;

use crate::clip::{read_frame, read_payload};
use crate::crypto::{KemAlgorithm, KemPrivateKey, Secret};
use crate::foreign::hex;
use crate::merkle::Hash;
use crate::record::{KeyName, Timestamp};
use pinned::Pinned;

const FORMAT: &str = "footage format version 1, draft";

/// Holds a file against what its generator gives, or writes it.
fn check(file: &str, found: Value) {
    let found = text(found);
    if std::env::var_os("FOOTAGE_WRITE_VECTORS").is_some() {
        std::fs::write(path(file), &found).unwrap();
    }
    assert_same(file, &committed(file), &found);
}

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "vectors", file].iter().collect()
}

fn committed(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}

/// The one text of a value, in whatever order its maps were made.
fn text(mut value: Value) -> String {
    value["format"] = FORMAT.into();
    value.sort_all_objects();
    serde_json::to_string_pretty(&value).unwrap() + "\n"
}

fn assert_same(file: &str, committed: &str, found: &str) {
    let differs = committed.lines().zip(found.lines()).zip(1..).find(|((committed, found), _)| committed != found);
    if let Some(((committed, found), line)) = differs {
        panic!("tests/vectors/{file}, line {line}\ncommitted: {committed}\nfound:     {found}");
    }
    assert_eq!(committed.len(), found.len(), "tests/vectors/{file} has another length");
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn key_name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn secret(bytes: &[u8]) -> Secret<32> {
    Secret::take(&mut bytes.try_into().unwrap())
}

const fn kem_name(algorithm: KemAlgorithm) -> &'static str {
    match algorithm {
        KemAlgorithm::XWing => "x-wing",
        KemAlgorithm::X25519 => "x25519",
    }
}

/// A key to wrap to, with its private half.
fn kem_key(key: &KemPrivateKey) -> Value {
    let public = key.public_key();
    serde_json::json!({
        "kem": kem_name(key.algorithm()),
        "private": hex(key.secret().expose()),
        "public": hex(public.as_bytes()),
        "fingerprint": hex(public.fingerprint().as_bytes()),
    })
}

fn hashes(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| hex(hash.as_bytes())).collect()
}

/// A frame of a clip or an excerpt.
struct Frame {
    kind: char,
    offset: u64,
    payload: Vec<u8>,
}

/// The frames after the line that a file begins with.
fn frames(file: &[u8]) -> Vec<Frame> {
    let mut source = Cursor::new(file);
    let line = file.iter().position(|byte| *byte == b'\n').unwrap();
    source.set_position(line as u64 + 1);
    let mut frames = Vec::new();
    loop {
        let offset = source.position();
        let Some((kind, length)) = read_frame(&mut source).unwrap() else { return frames };
        let payload = read_payload(&mut source, length as usize).unwrap();
        frames.push(Frame { kind: kind.into(), offset, payload });
    }
}

/// Where each frame stands.
fn frame_list(frames: &[Frame]) -> Vec<Value> {
    let place = |frame: &Frame| serde_json::json!({ "kind": frame.kind.to_string(), "offset": frame.offset, "length": frame.payload.len() });
    frames.iter().map(place).collect()
}
