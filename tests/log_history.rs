//! The checkpoints that a log has published, kept for those whose times depend on each.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod durable;

use std::collections::BTreeSet;

use durable::*;
use footage::logkeeper::*;
use footage::record::LogRoot;
use footage::store::{MemoryObjects, Objects as _};
use footage::tlog::*;

fn history(store: &LogStore, trust: &LogRoot, from: u64) -> Vec<Witnessed> {
    Checkpoints::new(store, trust.clone(), from).map(Result::unwrap).collect()
}

/// A log, a store for each who opens it, and what it published.
struct Kept {
    store: MemoryObjects,
    witnesses: Witnesses,
    published: Vec<Vec<u8>>,
}

impl Kept {
    fn new() -> Self {
        let kept = Self { store: MemoryObjects::new(), witnesses: Witnesses::new(), published: Vec::new() };
        create(kept.store(), &kept.witnesses.1).unwrap();
        kept
    }

    fn store(&self) -> LogStore {
        LogStore::new(self.store.clone())
    }

    fn open(&self) -> LogWriter {
        open(self.store(), &self.witnesses.1).unwrap()
    }

    fn flush(&mut self, log: &mut LogWriter) {
        // Each at a time of its own, so that none is as another.
        flush(log, &mut self.witnesses.0, seconds(self.published.len() as u64)).unwrap();
        self.published.push(log.store().read(CHECKPOINT_PATH).unwrap().unwrap());
    }

    fn check(&self) {
        for from in 0..=self.published.len() {
            let kept = history(&self.store(), &self.witnesses.1, from as u64);
            assert!(kept.iter().map(Witnessed::bytes).eq(self.published[from..].iter().map(Vec::as_slice)));
        }
    }
}

#[test]
fn paths_are_numbers_as_those_of_tiles() {
    assert_eq!(checkpoint_path(0), "checkpoints/000");
    assert_eq!(checkpoint_path(999), "checkpoints/999");
    assert_eq!(checkpoint_path(1000), "checkpoints/x001/000");
    assert_eq!(checkpoint_path(1_234_067), "checkpoints/x001/x234/067");
}

#[test]
fn every_published_checkpoint_is_kept_under_the_next_number() {
    let mut kept = Kept::new();
    kept.check();
    // Over as many restarts, with and without statements.
    for round in 0..40 {
        let mut log = kept.open();
        for number in 0..round % 3 {
            submit(&mut log, &[statement(round << 8 | number)]);
            kept.flush(&mut log);
        }
        kept.flush(&mut log);
    }
    kept.check();
}

#[test]
fn a_number_is_not_used_for_what_was_not_cosigned() {
    let mut kept = Kept::new();
    let mut log = kept.open();
    submit(&mut log, &statements(0, 3));
    assert!(matches!(log.flush(&mut []), Err(FlushError::Quorum(_))));
    kept.check();
    kept.flush(&mut log);
    kept.check();
}

#[test]
fn a_torn_checkpoint_was_never_published_and_its_number_is_free() {
    let mut kept = Kept::new();
    for bytes in ["", "log.example"] {
        let mut log = kept.open();
        kept.flush(&mut log);
        let free = checkpoint_path(kept.published.len() as u64).parse().unwrap();
        kept.store.put(&free, bytes.as_bytes()).unwrap();
        // To a reader it is not there.
        kept.check();
        // By the writer that is there, and by one that comes.
        kept.flush(&mut log);
        kept.check();
    }
    let free = checkpoint_path(kept.published.len() as u64).parse().unwrap();
    kept.store.put(&free, b"torn").unwrap();
    let mut log = kept.open();
    kept.flush(&mut log);
    kept.check();
}

#[test]
fn a_writer_that_was_overtaken_puts_nothing_between() {
    let mut kept = Kept::new();
    let (mut first, mut second) = (kept.open(), kept.open());
    for number in 0..9 {
        submit(&mut second, &[statement(number)]);
        kept.flush(&mut second);
    }
    // Of its own, smaller tree the first would have the cosignatures of witnesses that know no other.
    assert!(matches!(Witnesses::new().flush(&mut first), Err(FlushError::Superseded)));
    kept.check();
    // Two of one size take turns, and each finds the next number.
    let mut first = kept.open();
    for _ in 0..3 {
        kept.flush(&mut second);
        kept.flush(&mut second);
        kept.flush(&mut first);
    }
    kept.check();
}

#[test]
fn what_is_not_believed_is_passed_over_and_what_is_not_read_asked_for_again() {
    /// Reads no file at the first attempt.
    struct Broken<'a>(&'a LogStore, BTreeSet<String>);

    impl TileReader for Broken<'_> {
        fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, TileReadError> {
            let broken = TileReadError { path: path.into(), reason: "broken".into() };
            if self.1.insert(path.into()) { Err(broken) } else { (&*self.0).read(path) }
        }
    }

    let mut kept = Kept::new();
    let mut log = kept.open();
    // Published without a quorum.
    drop(LogWriter::open(kept.store(), name(ORIGIN), log_key()).unwrap().flush(&mut []).unwrap());
    kept.flush(&mut log);
    let store = kept.store();
    let mut checkpoints = Checkpoints::new(Broken(&store, BTreeSet::new()), kept.witnesses.1.clone(), 0);
    for (number, found) in [(0, None), (0, None), (1, Some(false)), (2, Some(true))] {
        match (checkpoints.next().unwrap(), found) {
            (Err(TileError::Read(_)), None) | (Err(TileError::Checkpoint(_)), Some(false)) | (Ok(_), Some(true)) => {}
            (read, _) => panic!("{read:?}"),
        }
        assert_eq!(checkpoints.number(), number);
    }
    assert!(matches!(checkpoints.next(), Some(Err(TileError::Read(_)))));
    assert_eq!((checkpoints.next(), checkpoints.number()), (None, 2));
    kept.flush(&mut log);
    assert!(checkpoints.by_ref().any(|checkpoint| checkpoint.is_ok()));
}
