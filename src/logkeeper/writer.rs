use std::io;
use std::sync::Arc;

use crate::cbor::limits;
use crate::crypto::{SigningKey, VerifyingKey};
use crate::merkle::{ConsistencyProof, InclusionProof, consistency_proof, inclusion_proof, leaf_hash};
use crate::record::{KeyName, LogRoot, Signed, Statement, StatementId, Timestamp, Verified};
use crate::store::{ObjectPath, ObjectsError, Version};
use crate::tlog::{
    AddCheckpoint, CHECKPOINT_PATH, Checkpoint, CosignError, Cosigner, Edge, Note, NoteError, NoteKey, Row, TILE_WIDTH,
    Tile, TileError, TileTree, Witnessed, bundle,
};

use super::batch::{Batch, signed_checkpoint};
use super::ids::Ids;
use super::store::Condition;
use super::{AppendError, Batching, FlushError, Inclusion, LogStore, Ticket};

/// A log that outlives crashes, kept in any [store](LogStore) in the form that C2SP tlog-tiles publishes.
///
/// Statements are [submitted](Self::submit), and take their place when the batch is [flushed](Self::flush). Batches wait
/// in memory; only what `flush` has given back is acknowledged.
///
/// A batch is first staged under the size of the tree that it follows, in an object that can be created only once: that
/// decides what follows, whoever else writes. Then come tiles and bundles, whose bytes are decided by now, so that it
/// does no harm to write them twice; then the cosigned checkpoint under the next number, to be kept for ever; then the
/// checkpoint, the one object that ever changes, which is replaced only if nobody else has. A writer that starts again
/// finishes the batches it finds staged after the checkpoint.
///
/// In memory it holds a part of the tree's right edge, the batch, and the ids of the last 65,536 statements. By what index
/// it knows older duplicates is the [store](LogStore::with_index)'s affair: that of a [local directory](LogStore::directory)
/// takes the same memory for any number of statements, and opening such a log reads only the entries that the index does
/// not know, which are those of the last ids if the writer was killed. Without one, opening reads every entry, and memory
/// grows with them.
///
/// ```
/// use footage::crypto::{OsRandom, SigningKey};
/// use footage::logkeeper::{LogStore, LogWriter};
/// use footage::merkle::leaf_hash;
/// use footage::record::{CustodianId, CustodianStart, KeyName, Nonce, Timestamp, Verified};
/// use footage::store::MemoryObjects;
/// use footage::tlog::Checkpoint;
///
/// let store = LogStore::new(MemoryObjects::new());
/// let mut log = LogWriter::create(store, KeyName::new("log.example")?, SigningKey::generate(&mut OsRandom)?)?;
/// let start = CustodianStart { custodian: CustodianId::new("alpha")?, nonce: Nonce::random(&mut OsRandom)? };
/// let start = Verified::sign(start, &SigningKey::generate(&mut OsRandom)?);
/// let entry = start.to_bytes();
///
/// let ticket = log.submit(start.into_signed(), Timestamp::from_seconds(1_790_000_000)?)?;
/// for inclusion in log.flush(&mut [])? {
///     assert_eq!((inclusion.ticket, inclusion.index), (ticket, 0));
///     let checkpoint: Checkpoint = inclusion.checkpoint.text().parse()?;
///     inclusion.proof.verify(leaf_hash(&entry), 0, checkpoint.size(), checkpoint.root())?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogWriter {
    pub(super) store: LogStore,
    pub(super) key: SigningKey,
    pub(super) note_key: NoteKey,
    pub(super) batching: Batching,
    pub(super) quorum: Option<LogRoot>,
    /// The tree that is staged and stored, and the log's checkpoint of it.
    pub(super) edge: Edge,
    pub(super) note: Note,
    /// The entries of the last, partial bundle.
    pub(super) tail: Vec<Vec<u8>>,
    /// The checkpoint that is published: its size and version.
    pub(super) published: u64,
    pub(super) version: Version,
    /// The number under which the next checkpoint is kept.
    pub(super) next_number: u64,
    pub(super) ids: Ids,
    pub(super) queue: Vec<Vec<u8>>,
    pub(super) queued_bytes: usize,
    pub(super) queued_since: Option<Timestamp>,
    /// The batch that is being stored. The queue follows it.
    pub(super) batch: Option<Batch>,
    /// What has been submitted and not been given back.
    pub(super) waiting: Vec<(Ticket, u64)>,
    pub(super) tickets: u64,
    /// What was to be published when the store failed.
    pub(super) unpublished: Option<(u64, Vec<u8>)>,
    /// The last staged batch, and those before it that nobody needs any more.
    pub(super) last_staged: Option<String>,
    pub(super) obsolete: Vec<String>,
    pub(super) superseded: bool,
}

impl LogWriter {
    /// Statements that one batch can hold; more are refused until it is flushed.
    pub const MAX_BATCH: usize = 65_536;
    /// Bytes that one batch can hold.
    pub const MAX_BATCH_BYTES: usize = 64 << 20;

    /// Sets when a batch [is due](Self::is_due).
    #[must_use]
    pub fn with_batching(mut self, batching: Batching) -> Self {
        self.batching = batching;
        self
    }

    /// Publishes only what a quorum of these witnesses has cosigned.
    #[must_use]
    pub fn with_quorum(mut self, log: LogRoot) -> Self {
        self.quorum = Some(log);
        self
    }

    /// The log's origin.
    pub const fn origin(&self) -> &KeyName {
        &self.note_key.name
    }

    /// The public half of the key with which it signs.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// How many entries the log has, without those of batches that are not stored.
    pub const fn size(&self) -> u64 {
        self.edge.size()
    }

    /// How many entries the published checkpoint has.
    pub const fn published(&self) -> u64 {
        self.published
    }

    /// How many checkpoints were published, and are kept: the [number](crate::tlog::checkpoint_path) of the next.
    pub const fn checkpoints(&self) -> u64 {
        self.next_number
    }

    /// Where it is kept.
    pub const fn store(&self) -> &LogStore {
        &self.store
    }

    /// Takes in a statement if its signature is valid.
    ///
    /// # Errors
    /// Then it has no place. [`AppendError::Full`] if the batch must be flushed first.
    pub fn submit<T: Statement>(&mut self, statement: Signed<T>, now: Timestamp) -> Result<Ticket, AppendError> {
        self.submit_verified(&statement.verify()?, now)
    }

    /// Takes in a statement whose signature has been verified.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub fn submit_verified<T: Statement>(
        &mut self,
        statement: &Verified<T>,
        now: Timestamp,
    ) -> Result<Ticket, AppendError> {
        let index = match self.index(statement.id()).map_err(|_| AppendError::Index)? {
            Some(index) => index,
            None => self.enqueue(statement.id(), statement.to_bytes(), now)?,
        };
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.waiting.push((ticket, index));
        Ok(ticket)
    }

    fn enqueue(&mut self, id: StatementId, entry: Vec<u8>, now: Timestamp) -> Result<u64, AppendError> {
        if entry.len() > limits::STATEMENT_BYTES {
            return Err(AppendError::TooLong);
        }
        if self.queue.len() >= Self::MAX_BATCH || self.queued_bytes + entry.len() > Self::MAX_BATCH_BYTES {
            return Err(AppendError::Full);
        }
        let before = self.batch.as_ref().map_or(self.edge.size(), |batch| batch.edge.size());
        let index = before + self.queue.len() as u64;
        self.ids.insert(id, index);
        self.queued_bytes += entry.len();
        self.queue.push(entry);
        self.queued_since.get_or_insert(now);
        Ok(index)
    }

    /// Whether the batch should be flushed by now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let Batching { statements, bytes, age } = self.batching;
        let old = self.queued_since.is_some_and(|since| since.after(age) <= now);
        old || self.queue.len() >= statements || self.queued_bytes >= bytes
    }

    /// Stores what was submitted, has the witnesses cosign the new checkpoint, publishes it, and says where each
    /// statement is, in the order in which they were submitted. Without statements, the checkpoint is cosigned anew,
    /// which shows that the log is alive.
    ///
    /// # Errors
    /// Then it is not known what was stored. The same statements stay at their places, and the next call goes on.
    pub fn flush(&mut self, cosigners: &mut [&mut dyn Cosigner]) -> Result<Vec<Inclusion>, FlushError> {
        let flushed = self.try_flush(cosigners);
        self.superseded |= matches!(flushed, Err(FlushError::Superseded));
        flushed
    }

    fn try_flush(&mut self, cosigners: &mut [&mut dyn Cosigner]) -> Result<Vec<Inclusion>, FlushError> {
        if self.superseded {
            return Err(FlushError::Superseded);
        }
        if let Some((size, bytes)) = self.unpublished.clone() {
            self.publish(size, &bytes)?;
        }
        self.settle_ids()?;
        self.store_batch()?;
        if !self.queue.is_empty() {
            self.batch = Some(self.take_queue()?);
            self.store_batch()?;
        }
        let note = self.cosigned(cosigners)?;
        let bytes = note.to_string().into_bytes();
        if let Some(quorum) = &self.quorum {
            Witnessed::verify(&bytes, quorum)?;
        }
        self.publish(self.edge.size(), &bytes)?;
        // If that fails, the next flush begins with it.
        let _ = self.settle_ids();
        self.inclusions(&Arc::new(note))
    }

    fn take_queue(&mut self) -> Result<Batch, FlushError> {
        // The edge still has what was appended last, for the proofs of those who wait.
        self.edge.forget();
        let mut edge = self.edge.clone();
        for entry in &self.queue {
            edge.push(leaf_hash(entry));
        }
        let note = signed_note(&self.note_key.name, &self.key, &edge)?;
        self.queued_bytes = 0;
        self.queued_since = None;
        Ok(Batch { old: self.edge.size(), entries: core::mem::take(&mut self.queue), edge, note })
    }

    fn store_batch(&mut self) -> Result<(), FlushError> {
        if let Some(batch) = self.batch.take() {
            if let Err(error) = self.stage(&batch).and_then(|()| self.store_tiles(&batch)) {
                self.batch = Some(batch);
                return Err(error);
            }
            self.adopt(batch);
        }
        Ok(())
    }

    /// Makes the batch the one that follows the tree, or finds out that another one does.
    fn stage(&self, batch: &Batch) -> Result<(), FlushError> {
        let failed = |reason: &str| ObjectsError::failed(batch.path(), io::Error::other(reason));
        let bytes = batch.to_bytes().ok_or_else(|| failed("the batch cannot be written"))?;
        let mut when = Condition::Absent;
        for _ in 0..4 {
            if self.store.put(&batch.path(), &bytes, &when)?.is_some() {
                return self.still_follows(batch.old);
            }
            when = match self.store.get(&batch.path())? {
                // This very batch, written by an attempt of which the store said that it failed.
                Some(found) if found.bytes == bytes => return self.still_follows(batch.old),
                Some(found) if Batch::from_bytes(&found.bytes, &self.edge, &self.note_key).is_some() => {
                    return Err(FlushError::Superseded);
                }
                // A torn write, which decides nothing.
                Some(found) => Condition::Unchanged(found.version),
                None => Condition::Absent,
            };
        }
        Err(failed("it is written by others all the time").into())
    }

    /// Staged batches are removed once a checkpoint beyond them is published. So whoever has created one must look
    /// whether it was the first.
    fn still_follows(&self, old: u64) -> Result<(), FlushError> {
        let found = self.store.get(CHECKPOINT_PATH)?.ok_or(FlushError::Superseded)?;
        // The very object that was there, be it torn, or an earlier one.
        let checkpoint = signed_checkpoint(&found.bytes, &self.note_key);
        let earlier = checkpoint.is_some_and(|(_, checkpoint)| checkpoint.size() <= old);
        if found.version == self.version || earlier { Ok(()) } else { Err(FlushError::Superseded) }
    }

    /// Writes the tiles and bundles that the batch adds or changes.
    pub(super) fn store_tiles(&self, batch: &Batch) -> Result<(), FlushError> {
        let first = batch.old / TILE_WIDTH * TILE_WIDTH;
        let entries: Vec<&[u8]> = self.tail.iter().chain(&batch.entries).map(Vec::as_slice).collect();
        let objects = Tile::added(batch.old, batch.edge.size()).into_iter().map(|tile| {
            let bytes = match tile.row() {
                Row::Hashes(_) => batch.edge.tile(tile),
                Row::Entries => {
                    let from = (tile.start() - first) as usize;
                    entries.get(from..from + usize::from(tile.width())).and_then(bundle)
                }
            };
            let bytes = bytes.ok_or_else(|| TileError::Missing(tile.to_string()))?;
            Ok((ObjectPath::new(tile.to_string()).map_err(ObjectsError::from)?, bytes))
        });
        Ok(self.store.put_all(&objects.collect::<Result<Vec<_>, FlushError>>()?)?)
    }

    /// The batch is stored: the tree is now the one that it makes.
    pub(super) fn adopt(&mut self, batch: Batch) {
        self.obsolete.extend(self.last_staged.replace(batch.path()));
        self.tail.extend(batch.entries);
        let full = self.tail.len() / TILE_WIDTH as usize * TILE_WIDTH as usize;
        self.tail.drain(..full);
        (self.edge, self.note) = (batch.edge, batch.note);
    }

    /// Asks every witness for its cosignature. Those that do not answer, or refuse, are left out.
    fn cosigned(&self, cosigners: &mut [&mut dyn Cosigner]) -> Result<Note, FlushError> {
        let mut note = self.note.clone();
        for cosigner in cosigners {
            let ask = |cosigner: &mut dyn Cosigner, old: u64| {
                let proof = self.consistency_proof(old).ok()?;
                Some(cosigner.cosign(&AddCheckpoint { old, proof, note: self.note.clone() }))
            };
            let answer = match ask(&mut **cosigner, self.published) {
                Some(Err(CosignError::Conflict { size })) if size <= self.edge.size() => ask(&mut **cosigner, size),
                answer => answer,
            };
            for line in answer.and_then(Result::ok).unwrap_or_default() {
                note.add(line)?;
            }
        }
        Ok(note)
    }

    /// Proves that the log of `old` entries is the beginning of the log as it is stored.
    pub fn consistency_proof(&self, old: u64) -> Result<ConsistencyProof, TileError> {
        consistency_proof(&mut &self.edge, old, self.edge.size()).or_else(|_| self.tree()?.consistency_proof(old))
    }

    /// Proves that entry `index` is in the log as it is stored.
    pub fn inclusion_proof(&self, index: u64) -> Result<InclusionProof, TileError> {
        inclusion_proof(&mut &self.edge, index, self.edge.size()).or_else(|_| self.tree()?.inclusion_proof(index))
    }

    /// The tree as it is stored, to make proofs and read entries.
    pub fn tree(&self) -> Result<TileTree<&LogStore>, TileError> {
        let checkpoint = Checkpoint::new(self.origin().clone(), self.edge.size(), self.edge.root());
        Ok(TileTree::new(&self.store, &checkpoint))
    }

    fn inclusions(&mut self, note: &Arc<Note>) -> Result<Vec<Inclusion>, FlushError> {
        let mut tree = None;
        let inclusions = self.waiting.iter().map(|&(ticket, index)| {
            let proof = match inclusion_proof(&mut &self.edge, index, self.edge.size()) {
                Ok(proof) => proof,
                // It was in the log before this batch.
                Err(_) => match &mut tree {
                    Some(tree) => TileTree::inclusion_proof(tree, index)?,
                    None => tree.insert(self.tree()?).inclusion_proof(index)?,
                },
            };
            Ok(Inclusion { ticket, index, proof, checkpoint: Arc::clone(note) })
        });
        let inclusions = inclusions.collect::<Result<_, TileError>>()?;
        self.waiting.clear();
        Ok(inclusions)
    }
}

/// The log's own signature under the checkpoint of a tree.
pub(super) fn signed_note(origin: &KeyName, key: &SigningKey, tree: &Edge) -> Result<Note, NoteError> {
    let mut note = Note::new(Checkpoint::new(origin.clone(), tree.size(), tree.root()).to_string())?;
    note.sign(origin, key)?;
    Ok(note)
}
