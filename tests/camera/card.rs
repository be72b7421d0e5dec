//! A card that loses what was not synced, as the place of a camera's clips.

use std::io::{self, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};

use footage::camera::{Camera, ClipFile, ClipFiles};
use footage::record::ClipId;

use super::faults::{FaultFile, FaultFiles, FaultStore, StoreImage};

/// The files of clips among others.
#[derive(Debug, Clone)]
pub(crate) struct Card(pub(crate) FaultFiles);

/// A camera on a store and a card that fail.
pub(crate) type FaultCamera = Camera<FaultStore, Card>;

#[derive(Debug)]
pub(crate) struct CardFile(FaultFile);

pub(crate) fn file_name(clip: ClipId) -> String {
    format!("{clip}.footage")
}

impl Card {
    /// The bytes of a clip's file.
    pub(crate) fn bytes(&self, clip: ClipId) -> Option<Vec<u8>> {
        self.0.read(&file_name(clip)).ok()
    }

    /// Puts these bytes in the place of a clip's file.
    pub(crate) fn put(&self, clip: ClipId, bytes: &[u8]) {
        let name = file_name(clip);
        if !self.0.exists(&name).unwrap() {
            self.0.create(&name).unwrap();
        }
        self.0.truncate(&name, 0).unwrap();
        self.0.write_at(&name, 0, bytes).unwrap();
        self.0.sync(&name).unwrap();
        self.0.sync_names().unwrap();
    }
}

impl ClipFiles for Card {
    type File = CardFile;

    fn create(&mut self, clip: ClipId) -> io::Result<CardFile> {
        let file = self.0.create(&file_name(clip))?;
        self.0.sync_names()?;
        Ok(CardFile(file))
    }

    fn open(&mut self, clip: ClipId) -> io::Result<Option<CardFile>> {
        match self.0.open(&file_name(clip)) {
            Ok(file) => {
                self.0.sync_names()?;
                Ok(Some(CardFile(file)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn remove(&mut self, clip: ClipId) -> io::Result<()> {
        match self.0.remove(&file_name(clip)) {
            Ok(()) => self.0.sync_names(),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn empty(&mut self) -> io::Result<Vec<ClipId>> {
        let mut empty = Vec::new();
        for name in self.0.list()? {
            if let Some(clip) = name.strip_suffix(".footage")
                && self.0.read(&name)?.is_empty()
            {
                empty.push(clip.parse().unwrap());
            }
        }
        Ok(empty)
    }
}

impl ClipFile for CardFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }
}

impl Read for CardFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for CardFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// A frame is one write, as it is to a file of the operating system.
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write(&parts.iter().flat_map(|part| part.iter().copied()).collect::<Vec<_>>())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for CardFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// Opens the camera of seed 1 again, after whatever ended the one before.
pub(crate) fn reopened(image: &StoreImage, card: &Card) -> FaultCamera {
    image.power_cut();
    Camera::open(super::state::device(), image.open().unwrap(), card.clone()).unwrap()
}
