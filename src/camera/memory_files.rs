use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::clip::ClipFile;
use crate::io::{self, Read, Seek, SeekFrom, Write};
use crate::record::ClipId;

use super::ClipFiles;

type Bytes = Rc<RefCell<Vec<u8>>>;

/// Files in memory: the reference, and for tests. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles(Rc<RefCell<BTreeMap<ClipId, Bytes>>>);

/// A file of [`MemoryFiles`]. Clones share the bytes, and each has its own position.
#[derive(Debug, Clone, Default)]
pub struct MemoryFile {
    bytes: Bytes,
    position: u64,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Returns the bytes of a clip's file, or `None` if there is none.
    pub fn bytes(&self, clip: ClipId) -> Option<Vec<u8>> {
        self.0.borrow().get(&clip).map(|bytes| bytes.borrow().clone())
    }

    /// Puts these bytes in the place of a clip's file.
    pub fn put(&self, clip: ClipId, bytes: Vec<u8>) {
        self.0.borrow_mut().insert(clip, Rc::new(RefCell::new(bytes)));
    }
}

impl ClipFiles for MemoryFiles {
    type File = MemoryFile;

    fn create(&mut self, clip: ClipId) -> io::Result<MemoryFile> {
        match self.0.borrow_mut().entry(clip) {
            Entry::Occupied(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Entry::Vacant(place) => Ok(MemoryFile { bytes: Rc::clone(place.insert(Bytes::default())), position: 0 }),
        }
    }

    fn open(&mut self, clip: ClipId) -> io::Result<Option<MemoryFile>> {
        let files = self.0.borrow();
        Ok(files.get(&clip).map(|bytes| MemoryFile { bytes: Rc::clone(bytes), position: 0 }))
    }

    fn remove(&mut self, clip: ClipId) -> io::Result<()> {
        self.0.borrow_mut().remove(&clip);
        Ok(())
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        let files = self.0.borrow();
        Ok(files.iter().filter(|(_, bytes)| bytes.borrow().is_empty()).map(|(clip, _)| *clip).collect())
    }
}

impl MemoryFile {
    /// Returns the bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.borrow().clone()
    }

    fn at(&self) -> io::Result<usize> {
        usize::try_from(self.position).map_err(|_| io::ErrorKind::InvalidInput.into())
    }
}

impl ClipFile for MemoryFile {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.bytes.borrow_mut().truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }
}

impl Read for MemoryFile {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let at = self.at()?;
        let bytes = self.bytes.borrow();
        let left = bytes.get(at..).unwrap_or_default();
        let read = left.len().min(to.len());
        to.get_mut(..read).unwrap_or_default().copy_from_slice(left.get(..read).unwrap_or_default());
        self.position += read as u64;
        Ok(read)
    }
}

impl Write for MemoryFile {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let at = self.at()?;
        let mut bytes = self.bytes.borrow_mut();
        if bytes.len() < at {
            bytes.resize(at, 0);
        }
        let over = from.len().min(bytes.len() - at);
        let (replaced, appended) = from.split_at(over);
        bytes.get_mut(at..at + over).unwrap_or_default().copy_from_slice(replaced);
        bytes.extend_from_slice(appended);
        self.position += from.len() as u64;
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for MemoryFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.bytes.borrow().len() as u64;
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::End(by) => length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = to.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
