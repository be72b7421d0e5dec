use std::io::{self, Read, Seek, SeekFrom};
use std::mem;
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
    /// The bytes that were read last, and where they begin.
    held: (u64, Vec<u8>),
}

impl ExcerptReader {
    pub(super) const fn new(objects: Arc<dyn Objects>, terms: StatementId, length: u64) -> Self {
        Self { objects, terms, length, at: 0, held: (0, Vec::new()) }
    }

    /// Returns what is held from the present place on.
    fn held(&self) -> &[u8] {
        let (begins, held) = &self.held;
        let place = self.at.checked_sub(*begins).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| held.get(place..)).unwrap_or_default()
    }

    /// Reads into `to` from byte `at` on, up to the end of the piece, and returns how many bytes were read. It is
    /// an error if the object is shorter.
    fn fill(&self, at: u64, to: &mut [u8]) -> io::Result<usize> {
        let path = piece(self.terms, at / PIECE).map_err(io::Error::other)?;
        let left = self.length.saturating_sub(at).min(PIECE - at % PIECE);
        let room = to.len().min(left as usize);
        let to = &mut to[..room];
        let read = self.objects.read_at(&path, at % PIECE, to).map_err(io::Error::other)?;
        if read == Some(to.len()) { Ok(to.len()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl Read for ExcerptReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || to.is_empty() {
            return Ok(0);
        }
        let size = self.objects.read_size().clamp(1, PIECE as usize);
        let read = if self.held().is_empty() && to.len() >= size {
            self.fill(self.at, to)?
        } else {
            if self.held().is_empty() {
                let mut held = mem::take(&mut self.held.1);
                held.resize(size, 0);
                let read = self.fill(self.at, &mut held)?;
                held.truncate(read);
                self.held = (self.at, held);
            }
            self.held().read(to)?
        };
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
