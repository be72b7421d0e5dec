use thiserror::Error;

use bytes::Bytes;
use object_store::PutMode;

use crate::crypto::SigningKey;
use crate::merkle::leaf_hash;
use crate::record::{KeyName, StatementId};
use crate::tlog::{
    CHECKPOINT_PATH, Checkpoint, Edge, Note, NoteError, NoteKey, NoteKeyKind, Row, TILE_WIDTH, Tile, unbundle,
};

use super::batch::{Batch, STAGING, signed_checkpoint, staged_checkpoint, staging_path};
use super::ids::Ids;
use super::store::{Object, Put};
use super::writer::signed_note;
use super::{Batching, FlushError, LogStore, LogWriter, StoreError};

/// Why a log was not opened, or made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
    Store(#[from] StoreError),
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
    pub fn create(store: LogStore, origin: KeyName, key: SigningKey) -> Result<Self, OpenError> {
        let note = signed_note(&origin, &key, &Edge::new())?;
        let bytes = Bytes::from(note.to_string());
        let mut put = store.put(CHECKPOINT_PATH, bytes.clone(), PutMode::Create)?;
        if let (Put::Conflict, Some(found)) = (&put, store.get(CHECKPOINT_PATH)?) {
            // Unless it is the torn checkpoint of a log that has never had anything else, there is one.
            let torn = Note::from_bytes(&found.bytes).is_err();
            if !torn || !store.list("tile")?.is_empty() || !store.list(STAGING)?.is_empty() {
                return Err(OpenError::Exists);
            }
            put = store.put(CHECKPOINT_PATH, bytes, PutMode::Update(found.version))?;
        }
        match put {
            Put::Done(version) => Self::with(store, origin, key, Replayed::default(), &note, version),
            Put::Conflict => Err(OpenError::Exists),
        }
    }

    /// Opens a log, and finishes what a writer before has begun. Reads every entry once.
    ///
    /// # Errors
    /// [`OpenError::NoLog`] if there is none. If what is stored is not what the log has signed, nothing is changed.
    pub fn open(store: LogStore, origin: KeyName, key: SigningKey) -> Result<Self, OpenError> {
        let note_key = NoteKey { name: origin.clone(), kind: NoteKeyKind::Ed25519, key: key.verifying_key() };
        for _ in 0..8 {
            let found = store.get(CHECKPOINT_PATH)?.ok_or(OpenError::NoLog)?;
            let (note, replayed) = match signed_checkpoint(&found.bytes, &note_key) {
                Some((note, checkpoint)) => (Some(note), replay(&store, &checkpoint)?),
                None if is_checkpoint(&found.bytes) => return Err(OpenError::OtherLog),
                None => fall_back(&store, &note_key)?,
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
            let mut writer = Self::with(store, origin, key, replayed, &note, found.version)?;
            for batch in staged {
                writer.finish(batch)?;
            }
            return Ok(writer);
        }
        Err(OpenError::Busy)
    }

    fn with(
        store: LogStore,
        origin: KeyName,
        key: SigningKey,
        Replayed { edge, tail, ids }: Replayed,
        published: &Note,
        version: object_store::UpdateVersion,
    ) -> Result<Self, OpenError> {
        let mut before = staged_sizes(&store)?;
        before.retain(|&size| size < edge.size());
        let last_staged = before.pop().map(staging_path);
        let note_key = NoteKey { name: origin, kind: NoteKeyKind::Ed25519, key: key.verifying_key() };
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
            self.ids.first(id(index, entry)?, index);
        }
        self.adopt(batch);
        Ok(())
    }
}

/// What the entries of a log make.
#[derive(Default)]
struct Replayed {
    edge: Edge,
    tail: Vec<Vec<u8>>,
    ids: Ids,
}

/// Reads every entry, and believes them if they lead to the checkpoint.
fn replay(store: &LogStore, checkpoint: &Checkpoint) -> Result<Replayed, OpenError> {
    let mut replayed = Replayed::default();
    let bundles = checkpoint.size().div_ceil(TILE_WIDTH);
    for first in (0..bundles).step_by(BUNDLES as usize) {
        let tiles = first..bundles.min(first + BUNDLES);
        let tiles: Vec<_> = tiles.filter_map(|index| Tile::of_tree(Row::Entries, index, checkpoint.size())).collect();
        let read = store.get_all(tiles.iter().map(ToString::to_string).collect())?;
        for (tile, bytes) in tiles.iter().zip(read) {
            let damaged = || OpenError::Damaged(tile.to_string());
            let bytes = bytes.ok_or_else(damaged)?;
            let entries = unbundle(&bytes, tile.width()).map_err(|_| damaged())?;
            for (index, entry) in (tile.start()..).zip(&entries) {
                replayed.edge.push(leaf_hash(entry));
                replayed.ids.first(id(index, entry)?, index);
            }
            replayed.edge.forget();
            if *tile != tile.full() {
                replayed.tail = entries.into_iter().map(<[u8]>::to_vec).collect();
            }
        }
    }
    let root = replayed.edge.root();
    if root == checkpoint.root() { Ok(replayed) } else { Err(OpenError::Damaged("its entries".to_owned())) }
}

fn id(index: u64, entry: &[u8]) -> Result<StatementId, OpenError> {
    StatementId::of_statement(entry).map_err(|_| OpenError::Damaged(format!("entry {index}")))
}

/// The sizes that batches are staged after, in order.
fn staged_sizes(store: &LogStore) -> Result<Vec<u64>, StoreError> {
    let paths = store.list(STAGING)?;
    let mut sizes: Vec<u64> = paths.iter().filter_map(|path| path.rsplit('/').next()?.parse().ok()).collect();
    sizes.sort_unstable();
    Ok(sizes)
}

/// Where the checkpoint was torn, the last staged batch whose tree is stored stands for it: it is kept for that.
fn fall_back(store: &LogStore, key: &NoteKey) -> Result<(Option<Note>, Replayed), OpenError> {
    for size in staged_sizes(store)?.into_iter().rev() {
        let Some(Object { bytes, .. }) = store.get(&staging_path(size))? else { continue };
        let Some((note, checkpoint)) = staged_checkpoint(&bytes, key) else { continue };
        match replay(store, &checkpoint) {
            Ok(replayed) => return Ok((Some(note), replayed)),
            // Its tiles are not stored yet, or it is torn itself.
            Err(OpenError::Damaged(_)) => {}
            Err(error) => return Err(error),
        }
    }
    // Nothing was ever published, so nothing but an unfinished first batch may be there.
    if staged_sizes(store)?.iter().all(|&size| size == 0) {
        return Ok((None, Replayed::default()));
    }
    Err(OpenError::Damaged(CHECKPOINT_PATH.to_owned()))
}

fn is_checkpoint(bytes: &[u8]) -> bool {
    Note::from_bytes(bytes).is_ok_and(|note| note.text().parse::<Checkpoint>().is_ok())
}
