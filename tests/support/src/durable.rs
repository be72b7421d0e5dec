//! What the tests of the durable log share: statements, witnesses, stores that fail, and the check that a stored log has
//! kept every promise it ever made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use footage::crypto::{Secret, SigningKey};
use footage::logkeeper::{FlushError, Inclusion, LogStore, LogWriter, OpenError};
use footage::merkle::{Hash, Tree, leaf_hash};
use footage::record::{CustodianId, CustodianStart, KeyName, LogRoot, Nonce, Timestamp, Verified};
use footage::store::{Object, ObjectPath, Objects, ObjectsError, Version};
use footage::tlog::{
    CHECKPOINT_PATH, Checkpoint, Checkpoints, Cosigner, Note, Tile, TileReader as _, TileTree, Witness, WitnessAt,
    Witnessed, read_checkpoint,
};

pub const ORIGIN: &str = "log.example/footage";

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [seed; 32]))
}

pub fn log_key() -> SigningKey {
    key(100)
}

pub fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

pub fn seconds(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + seconds).unwrap()
}

/// Statement number so and so, unlike every other.
pub fn statement(number: u64) -> Verified<CustodianStart> {
    let mut nonce = [0; 32];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    let start = CustodianStart { custodian: CustodianId::new("alpha").unwrap(), nonce: Nonce::from_bytes(nonce) };
    Verified::sign(start, &key(1))
}

pub fn statements(from: u64, to: u64) -> Vec<Verified<CustodianStart>> {
    (from..to).map(statement).collect()
}

/// The witnesses of the log, with the trust in them.
pub struct Witnesses(pub Vec<Witness>, pub LogRoot);

impl Witnesses {
    pub fn new() -> Self {
        let witness = |seed: u8| {
            let mut witness = Witness::new(name(&format!("w{seed}.example")), key(seed));
            witness.watch(name(ORIGIN), log_key().verifying_key());
            witness
        };
        let witnesses: Vec<_> = [10, 11, 12, 13].map(witness).into();
        let keys = witnesses.iter().map(Witness::key).collect();
        let root = LogRoot::new(name(ORIGIN), log_key().verifying_key(), keys, 3, 1).unwrap();
        Self(witnesses, root)
    }

    pub fn flush(&mut self, log: &mut LogWriter) -> Result<Vec<Inclusion>, FlushError> {
        let now = seconds(log.size());
        flush(log, &mut self.0, now)
    }
}

pub fn flush(log: &mut LogWriter, witnesses: &mut [Witness], now: Timestamp) -> Result<Vec<Inclusion>, FlushError> {
    let mut at: Vec<_> = witnesses.iter_mut().map(|witness| WitnessAt { witness, now }).collect();
    let mut cosigners: Vec<_> = at.iter_mut().map(|at| at as &mut dyn Cosigner).collect();
    log.flush(&mut cosigners)
}

/// Everything that a log publishes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What the log publishes after a flush, whether the witnesses went along or not.
pub fn publish(log: &mut LogWriter, witnesses: &mut [Witness], now: Timestamp) -> Files {
    flush(log, witnesses, now).unwrap();
    let paths = Tile::added(0, log.size()).into_iter().map(|tile| tile.to_string());
    let paths = paths.chain([CHECKPOINT_PATH.to_owned()]);
    paths.map(|path| (path.clone(), log.store().read(&path).unwrap().unwrap())).collect()
}

pub fn open(store: LogStore, trust: &LogRoot) -> Result<LogWriter, OpenError> {
    LogWriter::open(store, name(ORIGIN), log_key()).map(|log| log.with_quorum(trust.clone()))
}

pub fn create(store: LogStore, trust: &LogRoot) -> Result<LogWriter, OpenError> {
    LogWriter::create(store, name(ORIGIN), log_key()).map(|log| log.with_quorum(trust.clone()))
}

pub fn submit(log: &mut LogWriter, statements: &[Verified<CustodianStart>]) {
    for statement in statements {
        log.submit_verified(statement, seconds(0)).unwrap();
    }
}

/// What the log has ever promised: entries at their places, and checkpoints.
#[derive(Default)]
pub struct Promises {
    entries: Vec<(u64, Vec<u8>)>,
    checkpoints: Vec<(u64, Hash)>,
    notes: BTreeSet<String>,
}

impl Promises {
    /// Takes down what was acknowledged, in the order of submission.
    pub fn take(&mut self, submitted: &[Verified<CustodianStart>], inclusions: &[Inclusion]) {
        assert_eq!(submitted.len(), inclusions.len());
        for (statement, inclusion) in submitted.iter().zip(inclusions) {
            let bytes = statement.to_bytes();
            let checkpoint: Checkpoint = inclusion.checkpoint.text().parse().unwrap();
            let (size, root) = (checkpoint.size(), checkpoint.root());
            inclusion.proof.verify(leaf_hash(&bytes), inclusion.index, size, root).unwrap();
            self.entries.push((inclusion.index, bytes));
            self.notes.insert(inclusion.checkpoint.to_string());
            self.checkpoints.push((size, root));
        }
    }

    pub fn checkpoint(&mut self, note: &Note) {
        let checkpoint: Checkpoint = note.text().parse().unwrap();
        self.checkpoints.push((checkpoint.size(), checkpoint.root()));
    }

    /// All that was ever published is kept, in order.
    fn check_history(&mut self, store: &LogStore, trust: &LogRoot, tree: &Tree, published: &Witnessed) {
        let history = Checkpoints::new(store, trust.clone(), 0);
        let history: Vec<_> = history.map(Result::unwrap).collect();
        assert!(history.is_sorted_by_key(|kept| kept.checkpoint().size()));
        for kept in history.iter().map(Witnessed::checkpoint).filter(|kept| kept.size() <= tree.size()) {
            assert_eq!(tree.root_at(kept.size()).unwrap(), kept.root());
        }
        assert!(history.contains(published));
        for note in &self.notes {
            assert!(history.iter().any(|kept| kept.bytes() == note.as_bytes()), "lost:\n{note}");
        }
    }

    /// What is published keeps every promise, and its tiles and bundles are those of its checkpoint.
    pub fn check(&mut self, store: &LogStore, trust: &LogRoot) -> Witnessed {
        let witnessed = read_checkpoint(&mut &*store, trust).unwrap();
        let checkpoint = witnessed.checkpoint();
        let mut tiles = TileTree::new(store, checkpoint);
        let mut entries = Vec::new();
        while (entries.len() as u64) < checkpoint.size() {
            entries.extend(tiles.entries(entries.len() as u64, u64::MAX).unwrap());
        }
        let tree: Tree = entries.iter().map(|entry| leaf_hash(entry)).collect();
        assert_eq!(tree.root(), checkpoint.root());
        for (index, entry) in &self.entries {
            assert_eq!(&entries[usize::try_from(*index).unwrap()], entry, "entry {index} is another");
        }
        self.checkpoints.sort_unstable_by_key(|(size, _)| *size);
        self.checkpoints.dedup();
        for (size, root) in &self.checkpoints {
            assert_eq!(tree.root_at(*size).unwrap(), *root, "the log forks after {size} entries");
            let proof = tiles.consistency_proof(*size).unwrap();
            proof.verify(*size, *root, checkpoint.size(), checkpoint.root()).unwrap();
        }
        self.check_history(store, trust, &tree, &witnessed);
        // No statement stands twice.
        let mut ids: Vec<_> = entries.iter().collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), entries.len());
        self.checkpoints.push((checkpoint.size(), checkpoint.root()));
        witnessed
    }
}

/// What happens to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written, and it fails.
    Lost,
    /// It is written, and seems to have failed.
    Unheard,
    /// Of it so many sixteenths are written, and it fails.
    Torn(u8),
    /// It is written twice, and what the second says is heard.
    Twice,
}

pub const FAULTS: [Fault; 7] =
    [Fault::Lost, Fault::Unheard, Fault::Torn(0), Fault::Torn(1), Fault::Torn(8), Fault::Torn(15), Fault::Twice];

type Hook = Box<dyn FnOnce() + Send>;

/// A folder for a test, which goes with it.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("scratch-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
        // Cargo's folder for what tests leave: it tells the name only to tests themselves, which lie beside it.
        let tests = std::env::current_exe().unwrap();
        let path = tests.ancestors().nth(3).unwrap().join("tmp").join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store whose n-th write goes wrong, or before whose n-th write something happens.
pub struct Faulty {
    inner: Arc<dyn Objects>,
    writes: AtomicU64,
    fault: Mutex<Option<(u64, Fault)>>,
    hook: Mutex<Option<(u64, Hook)>>,
    /// Called before and after each write.
    each: Option<fn()>,
}

impl Faulty {
    pub fn new(inner: Arc<dyn Objects>) -> Arc<Self> {
        let (fault, hook) = (Mutex::new(None), Mutex::new(None));
        Arc::new(Self { inner, writes: AtomicU64::new(0), fault, hook, each: None })
    }

    pub fn with_each(inner: Arc<dyn Objects>, each: fn()) -> Self {
        let (fault, hook) = (Mutex::new(None), Mutex::new(None));
        Self { inner, writes: AtomicU64::new(0), fault, hook, each: Some(each) }
    }

    /// Counts from now on; the n-th write goes wrong.
    pub fn arm(&self, at: u64, fault: Fault) {
        self.writes.store(0, Ordering::SeqCst);
        *self.fault.lock().unwrap() = Some((at, fault));
    }

    /// Counts from now on; before the n-th write this happens.
    pub fn before(&self, at: u64, hook: Hook) {
        self.writes.store(0, Ordering::SeqCst);
        *self.hook.lock().unwrap() = Some((at, hook));
    }

    /// Whether what was armed has happened. It will not happen any more.
    pub fn disarm(&self) -> bool {
        let hook = self.hook.lock().unwrap().take().is_none();
        self.fault.lock().unwrap().take().is_none() && hook
    }

    fn fault(&self) -> Option<Fault> {
        let at = self.writes.fetch_add(1, Ordering::SeqCst);
        let mut hook = self.hook.lock().unwrap();
        if hook.as_ref().is_some_and(|(when, _)| *when == at) {
            let run = hook.take();
            drop(hook);
            if let Some((_, run)) = run {
                run();
            }
        }
        let mut fault = self.fault.lock().unwrap();
        if fault.is_some_and(|(when, _)| when == at) { fault.take().map(|(_, fault)| fault) } else { None }
    }
}

fn failure() -> ObjectsError {
    ObjectsError::failed("faulty", std::io::Error::other("as the test wants it"))
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

impl Faulty {
    /// Makes a write, or what the fault makes of it.
    fn write<T>(
        &self,
        torn: impl FnOnce(u8) -> Result<(), ObjectsError>,
        write: impl Fn() -> Result<T, ObjectsError>,
    ) -> Result<T, ObjectsError> {
        let fault = self.fault();
        self.each.inspect(|each| each());
        let written = match fault {
            None => write(),
            Some(Fault::Lost) => Err(failure()),
            Some(Fault::Unheard) => write().and_then(|_| Err(failure())),
            Some(Fault::Torn(sixteenths)) => torn(sixteenths).and_then(|()| Err(failure())),
            Some(Fault::Twice) => write().and_then(|_| write()),
        };
        self.each.inspect(|each| each());
        written
    }

    fn torn(&self, path: &ObjectPath, bytes: &[u8], sixteenths: u8) -> Result<(), ObjectsError> {
        self.inner.put(path, &bytes[..bytes.len() * usize::from(sixteenths) / 16])
    }
}

impl Objects for Faulty {
    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, ObjectsError> {
        self.inner.get(path)
    }

    fn read_at(&self, path: &ObjectPath, at: u64, to: &mut [u8]) -> Result<Option<usize>, ObjectsError> {
        self.inner.read_at(path, at, to)
    }

    fn put(&self, path: &ObjectPath, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.write(|sixteenths| self.torn(path, bytes, sixteenths), || self.inner.put(path, bytes))
    }

    fn put_if_absent(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        self.write(|sixteenths| self.torn(path, bytes, sixteenths), || self.inner.put_if_absent(path, bytes))
    }

    fn replace(&self, path: &ObjectPath, version: &Version, bytes: &[u8]) -> Result<Option<Version>, ObjectsError> {
        self.write(|sixteenths| self.torn(path, bytes, sixteenths), || self.inner.replace(path, version, bytes))
    }

    fn list(&self, folder: Option<&ObjectPath>) -> Result<Vec<ObjectPath>, ObjectsError> {
        self.inner.list(folder)
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), ObjectsError> {
        self.write(|_| Ok(()), || self.inner.delete(path))
    }
}
