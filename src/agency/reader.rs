use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::record::StatementId;
use crate::store::{InvalidPath, ObjectPath, Objects};

/// Bytes of each object that a copy of an excerpt consists of, but for the last.
pub(super) const PIECE: u64 = 4 << 20;

/// The folder of all copies.
const FOLDER: &str = "excerpts";

/// The folder of all copies.
pub(super) fn folder() -> Result<ObjectPath, InvalidPath> {
    ObjectPath::new(FOLDER)
}

/// The folder of the copy of one grant.
pub(super) fn folder_of(terms: StatementId) -> Result<ObjectPath, InvalidPath> {
    ObjectPath::new(format!("{FOLDER}/{terms}"))
}

pub(super) fn piece(terms: StatementId, number: u64) -> Result<ObjectPath, InvalidPath> {
    ObjectPath::new(format!("{FOLDER}/{terms}/{number:08}"))
}

/// The grant that an object belongs to.
pub(super) fn grant_of(path: &ObjectPath) -> Option<StatementId> {
    let (folder, rest) = path.as_str().split_once('/')?;
    let (terms, _) = rest.split_once('/')?;
    terms.parse().ok().filter(|_| folder == FOLDER)
}

/// An excerpt as it lies in the agency's objects, read piece by piece.
#[derive(Debug, Clone)]
pub struct ExcerptReader {
    objects: Arc<dyn Objects>,
    terms: StatementId,
    length: u64,
    at: u64,
    /// The piece that was read last.
    held: Option<(u64, Vec<u8>)>,
}

impl ExcerptReader {
    pub(super) const fn new(objects: Arc<dyn Objects>, terms: StatementId, length: u64) -> Self {
        Self { objects, terms, length, at: 0, held: None }
    }
}

impl Read for ExcerptReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || to.is_empty() {
            return Ok(0);
        }
        let number = self.at / PIECE;
        if self.held.as_ref().is_none_or(|(held, _)| *held != number) {
            let path = piece(self.terms, number).map_err(io::Error::other)?;
            let expected = (self.length - number * PIECE).min(PIECE);
            let bytes = self.objects.get_range(&path, 0..expected).map_err(io::Error::other)?;
            let bytes = bytes.filter(|bytes| bytes.len() as u64 == expected);
            self.held = Some((number, bytes.ok_or(io::ErrorKind::UnexpectedEof)?));
        }
        let place = (self.at % PIECE) as usize;
        let bytes = self.held.as_ref().and_then(|(_, bytes)| bytes.get(place..)).unwrap_or_default();
        let read = bytes.len().min(to.len());
        to[..read].copy_from_slice(&bytes[..read]);
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for ExcerptReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
