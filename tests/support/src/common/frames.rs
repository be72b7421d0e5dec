//! Files taken apart and put together.

use std::io::Cursor;

use footage::agency::{Excerpt, ExcerptError};

pub fn read_excerpt(bytes: &[u8]) -> Result<Excerpt<Cursor<Vec<u8>>>, ExcerptError> {
    Excerpt::open(Cursor::new(bytes.to_vec()))
}

/// Takes a clip or an excerpt apart: the line that it begins with, then its frames of kind and payload.
pub fn take_apart(file: &[u8]) -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
    let line = file.iter().position(|byte| *byte == b'\n').unwrap();
    let (magic, mut rest) = file.split_at(line + 1);
    let mut frames = Vec::new();
    while let [kind, a, b, c, d, after @ ..] = rest {
        let (payload, next) = after.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        frames.push((*kind, payload.to_vec()));
        rest = next;
    }
    (magic.to_vec(), frames)
}

/// Puts a clip or an excerpt together.
pub fn put_together(magic: &[u8], frames: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = magic.to_vec();
    for (kind, payload) in frames {
        file.push(*kind);
        file.extend_from_slice(&(payload.len() as u32).to_be_bytes());
        file.extend_from_slice(payload);
    }
    file
}
