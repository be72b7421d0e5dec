use std::io;

use thiserror::Error;

use crate::crypto::SigningKey;
use crate::merkle::{Hash, leaf_hash};
use crate::record::{KeyName, StatementId};
use crate::store::{Object, ObjectPath, ObjectsError, Version};
use crate::tlog::{
    CHECKPOINT_PATH, Checkpoint, Edge, Note, NoteError, NoteKey, NoteKeyKind, Row, TILE_WIDTH, Tile, TileError,
    TileReadError, TileReader as _, unbundle,
};

use super::batch::{Batch, STAGING, signed_checkpoint, staged_checkpoint, staging_path};
use super::ids::{Ids, Indexed};
use super::publish::next_number;
use super::store::Condition;
use super::writer::signed_note;
use super::{Batching, FlushError, LogStore, LogWriter};

/// Why a log was not opened, or made.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no log. [Create](LogWriter::create) one, if this is the right place.
    #[error("there is no log")]
    NoLog,
    /// There is a log already. [Open](LogWriter::open) it.
    #[error("there is a log already")]
    Exists,
    /// The log there has another origin or key.
    #[error("the log there has another origin or key")]
    OtherLog,
    /// What is stored is not what the checkpoint commits to. Restore it from a mirror.
    #[error("the stored log is damaged: {0}")]
    Damaged(String),
    /// Another writer keeps changing the log.
    #[error("another writer appends to the log")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] ObjectsError),
    /// The checkpoint cannot be written as a note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// How many bundles are read ahead.
const BUNDLES: u64 = 64;

impl LogWriter {
    /// Makes an empty log. Its origin is also the name of its key.
    ///
    /// # Errors
    /// [`OpenError::Exists`] if there is one, be it that an attempt to make it seemed to fail.
    pub fn create(mut store: LogStore, origin: KeyName, key: SigningKey) -> Result<Self, OpenError> {
        store.probe()?;
        let mut ids = Ids::new(store.take_index());
        let note = signed_note(&origin, &key, &Edge::new())?;
        let bytes = note.to_string();
        let mut put = store.put(CHECKPOINT_PATH, bytes.as_bytes(), &Condition::Absent)?;
        if let (None, Some(found)) = (&put, store.get(CHECKPOINT_PATH)?) {
            // Unless it is the torn checkpoint of a log that has never had anything else, there is one.
            let torn = Note::from_bytes(&found.bytes).is_err();
            if !torn || !store.list("tile")?.is_empty() || !staged_sizes(&store)?.is_empty() {
                return Err(OpenError::Exists);
            }
            put = store.put(CHECKPOINT_PATH, bytes.as_bytes(), &Condition::Unchanged(found.version))?;
        }
        let Some(version) = put else { return Err(OpenError::Exists) };
        ids.clear()?;
        let number = next_number(&store, &note_key(&origin, &key), 0)?;
        Self::with(store, (origin, key), ids, Replayed::default(), &note, (version, number))
    }

    /// Opens a log, and finishes what a writer before has begun. Reads every entry that the [index](super::IdIndex) does
    /// not know: those since it was there last, or all, if there is none or it is that of another log.
    ///
    /// # Errors
    /// [`OpenError::NoLog`] if there is none. If what is stored is not what the log has signed, nothing is changed.
    pub fn open(mut store: LogStore, origin: KeyName, key: SigningKey) -> Result<Self, OpenError> {
        if store.get(CHECKPOINT_PATH)?.is_none() {
            return Err(OpenError::NoLog);
        }
        store.probe()?;
        let note_key = note_key(&origin, &key);
        let mut ids = Ids::new(store.take_index());
        for _ in 0..8 {
            // First, so that none of those before has more entries than are found after that.
            let number = next_number(&store, &note_key, 0)?;
            let found = store.get(CHECKPOINT_PATH)?.ok_or(OpenError::NoLog)?;
            let (note, replayed) = match signed_checkpoint(&found.bytes, &note_key) {
                Some((note, checkpoint)) => (Some(note), replay(&store, &checkpoint, &mut ids)?),
                None if is_checkpoint(&found.bytes) => return Err(OpenError::OtherLog),
                None => fall_back(&store, &note_key, &mut ids)?,
            };
            let mut staged = Vec::new();
            let mut edge = replayed.edge.clone();
            while let Some(object) = store.get(&staging_path(edge.size()))? {
                let Some(batch) = Batch::from_bytes(&object.bytes, &edge, &note_key) else { break };
                edge = batch.edge.clone();
                staged.push(batch);
            }
            // Only while the checkpoint stays do the staged batches that follow it.
            if store.get(CHECKPOINT_PATH)?.is_none_or(|now| now.version != found.version || now.bytes != found.bytes) {
                continue;
            }
            let note = note.map_or_else(|| signed_note(&origin, &key, &replayed.edge), Ok)?;
            let mut writer = Self::with(store, (origin, key), ids, replayed, &note, (found.version, number))?;
            for batch in staged {
                writer.finish(batch)?;
            }
            return Ok(writer);
        }
        Err(OpenError::Busy)
    }

    fn with(
        store: LogStore,
        (origin, key): (KeyName, SigningKey),
        ids: Ids,
        Replayed { edge, tail }: Replayed,
        published: &Note,
        (version, next_number): (Version, u64),
    ) -> Result<Self, OpenError> {
        let mut before = staged_sizes(&store)?;
        before.retain(|&size| size < edge.size());
        let last_staged = before.pop().map(staging_path);
        let note_key = note_key(&origin, &key);
        // Only its own signature: the cosignatures are old by now.
        let mut note = Note::new(published.text())?;
        note.sign(&note_key.name, &key)?;
        Ok(Self {
            store,
            key,
            note_key,
            batching: Batching::default(),
            quorum: None,
            published: edge.size(),
            edge,
            note,
            tail,
            version,
            next_number,
            ids,
            queue: Vec::new(),
            queued_bytes: 0,
            queued_since: None,
            batch: None,
            waiting: Vec::new(),
            tickets: 0,
            unpublished: None,
            last_staged,
            obsolete: before.into_iter().map(staging_path).collect(),
            superseded: false,
        })
    }

    /// Stores the tiles of a batch that was staged when a writer before ended.
    fn finish(&mut self, batch: Batch) -> Result<(), OpenError> {
        self.edge.forget();
        self.store_tiles(&batch).map_err(|error| match error {
            FlushError::Store(error) => OpenError::Store(error),
            error => OpenError::Damaged(error.to_string()),
        })?;
        for (index, entry) in (batch.old..).zip(&batch.entries) {
            self.ids.insert(id(index, entry)?, index);
        }
        self.adopt(batch);
        Ok(())
    }
}

/// What the entries of a log make.
#[derive(Default)]
pub(super) struct Replayed {
    edge: Edge,
    tail: Vec<Vec<u8>>,
}

/// Reads the entries that follow those of the index, or every one, and believes them if they lead to the checkpoint.
/// Then the index has them too.
pub(super) fn replay(store: &LogStore, checkpoint: &Checkpoint, ids: &mut Ids) -> Result<Replayed, OpenError> {
    let indexed = ids.indexed();
    if (1..=checkpoint.size()).contains(&indexed.size)
        && let Some(edge) = stored_edge(store, indexed, checkpoint.size())?
    {
        match read(store, checkpoint, edge, ids) {
            Err(OpenError::Damaged(_)) => {}
            read => return read,
        }
    }
    ids.clear()?;
    read(store, checkpoint, Edge::new(), ids)
}

/// The edge of the tree that is indexed, from the tiles of the log, if that is how the log began.
fn stored_edge(store: &LogStore, indexed: Indexed, size: u64) -> Result<Option<Edge>, OpenError> {
    let mut reader = store;
    // What is partial in the smaller tree begins what is there in the larger.
    let edge = Edge::restore(indexed.size, |tile| {
        let missing = || TileError::Missing(tile.to_string());
        let stored = Tile::of_tree(tile.row(), tile.index(), size).ok_or_else(missing)?;
        let bytes = reader.read(&stored.to_string())?.ok_or_else(missing)?;
        let hashes = bytes.as_chunks().0.get(..tile.width().into()).ok_or_else(missing)?;
        Ok::<_, TileError>(hashes.iter().copied().map(Hash::from_bytes).collect())
    });
    match edge {
        Ok(edge) => Ok(Some(edge).filter(|edge| edge.root() == indexed.root)),
        Err(TileError::Read(TileReadError { path, reason })) => {
            Err(ObjectsError::failed(path, io::Error::other(reason)).into())
        }
        // Then the entries tell.
        Err(_) => Ok(None),
    }
}

/// Reads the entries that follow a tree, which is the index's.
fn read(store: &LogStore, checkpoint: &Checkpoint, edge: Edge, ids: &mut Ids) -> Result<Replayed, OpenError> {
    let mut replayed = Replayed { edge, tail: Vec::new() };
    let bundles = checkpoint.size().div_ceil(TILE_WIDTH);
    for first in (replayed.edge.size() / TILE_WIDTH..bundles).step_by(BUNDLES as usize) {
        let tiles = first..bundles.min(first + BUNDLES);
        let tiles: Vec<_> = tiles.filter_map(|index| Tile::of_tree(Row::Entries, index, checkpoint.size())).collect();
        let paths = tiles.iter().map(|tile| Ok(ObjectPath::new(tile.to_string())?));
        let read = store.get_all(&paths.collect::<Result<Vec<_>, ObjectsError>>()?)?;
        for (tile, bytes) in tiles.iter().zip(read) {
            let damaged = || OpenError::Damaged(tile.to_string());
            let bytes = bytes.ok_or_else(damaged)?;
            let entries = unbundle(&bytes, tile.width()).map_err(|_| damaged())?;
            let known = replayed.edge.size().saturating_sub(tile.start()) as usize;
            for (index, entry) in (tile.start()..).zip(&entries).skip(known) {
                replayed.edge.push(leaf_hash(entry));
                ids.insert(id(index, entry)?, index);
            }
            replayed.edge.forget();
            if *tile != tile.full() {
                replayed.tail = entries.into_iter().map(<[u8]>::to_vec).collect();
            }
        }
        ids.settle(Indexed { size: replayed.edge.size(), root: replayed.edge.root() })?;
    }
    ids.give()?;
    // What was indexed of the last bundle has not been hashed anew, and is written again with what is appended.
    let tail = Tile::of_tree(Row::Hashes(0), checkpoint.size() / TILE_WIDTH, checkpoint.size());
    let tail = tail.map(|tile| replayed.edge.tile(tile).unwrap_or_default()).unwrap_or_default();
    let hashes = replayed.tail.iter().flat_map(|entry| *leaf_hash(entry).as_bytes());
    let whole = replayed.edge.root() == checkpoint.root() && hashes.eq(tail);
    if whole { Ok(replayed) } else { Err(OpenError::Damaged("its entries".to_owned())) }
}

fn id(index: u64, entry: &[u8]) -> Result<StatementId, OpenError> {
    StatementId::of_statement(entry).map_err(|_| OpenError::Damaged(format!("entry {index}")))
}

fn note_key(origin: &KeyName, key: &SigningKey) -> NoteKey {
    NoteKey { name: origin.clone(), kind: NoteKeyKind::Ed25519, key: key.verifying_key() }
}

/// The sizes that batches are staged after, in order.
fn staged_sizes(store: &LogStore) -> Result<Vec<u64>, ObjectsError> {
    let paths = store.list(STAGING)?;
    let mut sizes: Vec<u64> = paths.iter().filter_map(|path| path.as_str().rsplit('/').next()?.parse().ok()).collect();
    sizes.sort_unstable();
    Ok(sizes)
}

/// Where the checkpoint was torn, the last staged batch whose tree is stored stands for it: it is kept for that.
fn fall_back(store: &LogStore, key: &NoteKey, ids: &mut Ids) -> Result<(Option<Note>, Replayed), OpenError> {
    for size in staged_sizes(store)?.into_iter().rev() {
        let Some(Object { bytes, .. }) = store.get(&staging_path(size))? else { continue };
        let Some((note, checkpoint)) = staged_checkpoint(&bytes, key) else { continue };
        match replay(store, &checkpoint, ids) {
            Ok(replayed) => return Ok((Some(note), replayed)),
            // Its tiles are not stored yet, or it is torn itself.
            Err(OpenError::Damaged(_)) => ids.clear()?,
            Err(error) => return Err(error),
        }
    }
    // Nothing was ever published, so nothing but an unfinished first batch may be there.
    if staged_sizes(store)?.iter().all(|&size| size == 0) {
        ids.clear()?;
        return Ok((None, Replayed::default()));
    }
    Err(OpenError::Damaged(CHECKPOINT_PATH.to_owned()))
}

fn is_checkpoint(bytes: &[u8]) -> bool {
    Note::from_bytes(bytes).is_ok_and(|note| note.text().parse::<Checkpoint>().is_ok())
}
