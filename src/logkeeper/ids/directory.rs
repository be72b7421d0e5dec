use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::logkeeper::StoreError;
use crate::logkeeper::lock::lock;
use crate::record::StatementId;

use super::filter::Filter;
use super::index::half;
use super::merge::{Merge, Record};
use super::run::{NEW, Run};
use super::{IdIndex, Indexed};

/// An index in a local directory: 24 bytes a statement on the disk, and 8 MiB in memory however many there are.
///
/// Each batch becomes a file of its own, in which it is ordered by id; the last files are merged into one as long as
/// each is less than twice as long as what follows, so that there are few, and a statement is seldom written again. No
/// file ever changes, and every block of it bears a checksum, as does the tree that it leads from and to. Opening reads
/// every file once and keeps those that are whole and follow each other from the first entry on. Nothing waits for the
/// disk: after a power cut some files may be torn, and are made again.
///
/// What is in it follows from the published log. It is locked while this lives, and need neither be backed up nor served.
#[derive(Debug)]
pub struct DirectoryIndex {
    directory: PathBuf,
    /// From the first entry on, each from where the one before ends.
    runs: Vec<Run>,
    filter: Filter,
    _lock: File,
}

impl DirectoryIndex {
    /// The file that is locked.
    pub const LOCK: &str = "index.lock";

    /// Opens a directory, and makes it if there is none. Files in it that are no part of an index are left alone.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another writer has it open. Damage is no error: what is damaged is removed.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let directory = path.into();
        let lock = lock(&directory, Self::LOCK)?;
        let found = files(&directory).map_err(|error| StoreError::at(directory.display(), &error))?;
        let mut index = Self { directory, runs: Vec::new(), filter: Filter::new(), _lock: lock };
        for path in found {
            // What a longer one stands for, and what follows a gap, is of no use any more.
            if index.take_up(&path).is_err() {
                let _ = fs::remove_file(path);
            }
        }
        Ok(index)
    }

    /// Reads a file that goes on from where the index is.
    fn take_up(&mut self, path: &Path) -> io::Result<()> {
        let mut run = Run::open(path.to_owned())?;
        if run.from != self.indexed() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        for record in run.records()? {
            self.filter.insert(&record?.0);
        }
        self.runs.push(run);
        Ok(())
    }

    /// Makes one run of records, which are in order, and of the last runs.
    ///
    /// Not a tree of pages, as an embedded database would keep: ids are spread evenly, so that each would change a page of
    /// its own, and what is damaged would not be found when it is read.
    fn merge(&mut self, records: Vec<Record>, to: Indexed) -> io::Result<()> {
        let (mut first, mut len) = (self.runs.len(), records.len() as u64);
        while let Some(run) =
            first.checked_sub(1).and_then(|before| self.runs.get(before)).filter(|run| run.len < 2 * len)
        {
            (first, len) = (first - 1, len + run.len);
        }
        let from = self.runs.get(first).map_or(self.indexed(), |run| run.from);
        let mut sources: Vec<Box<dyn Iterator<Item = io::Result<Record>> + '_>> =
            vec![Box::new(records.into_iter().map(Ok))];
        for run in &mut self.runs[first..] {
            sources.push(Box::new(run.records()?));
        }
        let run = Run::write(&self.directory, from, to, Merge::new(sources))?;
        self.runs.drain(first..).for_each(Run::remove);
        self.runs.push(run);
        Ok(())
    }
}

impl IdIndex for DirectoryIndex {
    fn indexed(&self) -> Indexed {
        self.runs.last().map_or(Indexed::EMPTY, |run| run.to)
    }

    fn get(&mut self, id: StatementId) -> Result<Option<u64>, StoreError> {
        let half = half(id);
        if self.filter.may_hold(&half) {
            for run in &mut self.runs {
                let found = run.get(&half).map_err(|error| StoreError::at(self.directory.display(), &error))?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    fn extend(&mut self, statements: &[(StatementId, u64)], to: Indexed) -> Result<(), StoreError> {
        let mut records: Vec<_> = statements.iter().map(|&(id, index)| (half(id), index)).collect();
        records.sort_unstable();
        for (half, _) in &records {
            self.filter.insert(half);
        }
        self.merge(records, to).map_err(|error| StoreError::at(self.directory.display(), &error))
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.runs.drain(..).for_each(Run::remove);
        self.filter = Filter::new();
        Ok(())
    }
}

/// The files of an index, by where they begin and the longest first. What was left half written is removed.
fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.split_once('-'));
        let sizes: Option<(u64, u64)> = name.and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        match (sizes, path.extension()) {
            (Some((from, to)), None) => found.push((from, u64::MAX - to, path)),
            (Some(_), Some(extension)) if extension == NEW => fs::remove_file(path)?,
            _ => {}
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(.., path)| path).collect())
}
