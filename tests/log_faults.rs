//! A log whose store fails, whose process is killed, and which has a rival: it never takes back what it has promised.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod durable;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use durable::*;
use footage::crypto::Random as _;
use footage::logkeeper::{DirectoryIndex, FlushError, LogStore, LogWriter, OpenError};
use footage::merkle::{Tree, leaf_hash};
use footage::record::{CustodianStart, Signed};
use footage::store::{DirectoryObjects, MemoryObjects, ObjectsError};
use footage::tlog::{Checkpoint, Note, TileReader as _, TileTree, checkpoint_path};

/// A store that can fail, with the indices of those who write to it: each has one of its own, as it was left by whoever
/// had it before, be it that the log has gone on since without it.
struct Place(Arc<Faulty>, Scratch);

impl Place {
    fn new() -> Arc<Self> {
        Arc::new(Self(Faulty::new(Arc::new(MemoryObjects::new())), Scratch::new()))
    }
}

impl std::ops::Deref for Place {
    type Target = Faulty;

    fn deref(&self) -> &Faulty {
        &self.0
    }
}

fn shared(place: &Arc<Place>) -> LogStore {
    let free = (0..).find_map(|number| match DirectoryIndex::open(place.1.0.join(number.to_string())) {
        Err(ObjectsError::InUse(_)) => None,
        index => Some(index.unwrap()),
    });
    LogStore::new(place.0.clone()).with_index(free.unwrap())
}

/// A log of `before` entries in a store that can fail.
fn log(before: u64) -> (Arc<Place>, LogWriter, Witnesses, Promises) {
    let store = Place::new();
    let (mut witnesses, mut promises) = (Witnesses::new(), Promises::default());
    let mut log = create(shared(&store), &witnesses.1).unwrap();
    let first = statements(0, before);
    submit(&mut log, &first);
    promises.take(&first, &witnesses.flush(&mut log).unwrap());
    (store, log, witnesses, promises)
}

/// Makes every write of a batch go wrong in turn. Then `after` is to bring the log back.
fn every_fault(before: u64, batch: u64, after: fn(&Arc<Place>, LogWriter, &mut Witnesses) -> LogWriter) {
    let (second, third) = (statements(before, before + batch), statements(before + batch, before + batch + 7));
    for fault in FAULTS {
        let mut at = 0;
        loop {
            let (store, mut log, mut witnesses, mut promises) = log(before);
            submit(&mut log, &second);
            store.arm(at, fault);
            let flushed = witnesses.flush(&mut log);
            let happened = store.disarm();
            if let Ok(inclusions) = &flushed {
                promises.take(&second, inclusions);
            }
            // A torn checkpoint is none, until a writer replaces it.
            if Note::from_bytes(&shared_read(&store)).is_ok() {
                promises.check(&shared(&store), &witnesses.1);
            } else {
                assert!(matches!(fault, Fault::Torn(_)));
            }

            let mut log = after(&store, log, &mut witnesses);
            // Whoever was not answered submits again; the place is the first one all the same.
            submit(&mut log, &second);
            submit(&mut log, &third);
            let inclusions = witnesses.flush(&mut log).unwrap();
            let all: Vec<_> = second.iter().chain(&third).cloned().collect();
            // After a retry by the same writer, those of the failed flush are among them.
            promises.take(&all, &inclusions[inclusions.len() - all.len()..]);
            let checkpoint = promises.check(&shared(&store), &witnesses.1);
            assert_eq!(checkpoint.checkpoint().size(), before + batch + 7, "{fault:?} of write {at}");
            // And again, by a writer that starts anew.
            drop(log);
            assert_eq!(open(shared(&store), &witnesses.1).unwrap().size(), before + batch + 7);
            if !happened {
                break;
            }
            at += 1;
        }
        // Staging, two tiles and two bundles at least, and the checkpoint.
        assert!(at >= 4, "{at} writes");
    }
}

fn restart(store: &Arc<Place>, log: LogWriter, witnesses: &mut Witnesses) -> LogWriter {
    drop(log);
    open(shared(store), &witnesses.1).unwrap()
}

fn retry(_: &Arc<Place>, mut log: LogWriter, witnesses: &mut Witnesses) -> LogWriter {
    witnesses.flush(&mut log).unwrap();
    log
}

fn go_on(_: &Arc<Place>, log: LogWriter, _: &mut Witnesses) -> LogWriter {
    log
}

#[test]
fn a_crash_at_any_write_of_the_first_batch_loses_nothing() {
    every_fault(0, 3, restart);
}

#[test]
fn a_crash_at_any_write_of_a_batch_loses_nothing() {
    every_fault(250, 20, restart);
}

#[test]
fn a_writer_whose_store_failed_tries_again() {
    every_fault(250, 20, retry);
}

#[test]
fn a_writer_whose_store_failed_goes_on_with_more() {
    every_fault(3, 5, go_on);
}

#[test]
fn a_crash_when_the_log_is_made_leaves_it_to_be_made_or_made() {
    for fault in FAULTS {
        for at in 0.. {
            let store = Place::new();
            let mut witnesses = Witnesses::new();
            store.arm(at, fault);
            let made = create(shared(&store), &witnesses.1);
            if !store.disarm() {
                // The probe and the checkpoint.
                assert_eq!(at, 6);
                break;
            }
            drop(made);
            let mut log = match create(shared(&store), &witnesses.1) {
                Err(OpenError::Exists) => open(shared(&store), &witnesses.1).unwrap(),
                log => log.unwrap(),
            };
            submit(&mut log, &statements(0, 3));
            assert_eq!(witnesses.flush(&mut log).unwrap().len(), 3);
        }
    }
}

#[test]
fn a_second_crash_while_the_first_is_mended_loses_nothing() {
    let second = statements(250, 270);
    for fault in [Fault::Lost, Fault::Unheard, Fault::Torn(8)] {
        for at in 1..6 {
            // What opening writes: the probe, and what the first left.
            for again in 0..11 {
                let (store, mut log, mut witnesses, mut promises) = log(250);
                submit(&mut log, &second);
                store.arm(at, Fault::Lost);
                assert!(witnesses.flush(&mut log).is_err());
                drop(log);
                store.arm(again, fault);
                let opened = open(shared(&store), &witnesses.1);
                store.disarm();
                drop(opened);
                let mut log = open(shared(&store), &witnesses.1).unwrap();
                assert_eq!(log.size(), 270);
                submit(&mut log, &second);
                promises.take(&second, &witnesses.flush(&mut log).unwrap());
                promises.check(&shared(&store), &witnesses.1);
            }
        }
    }
}

// ---- two writers -----------------------------------------------------------------------------------------------------

#[test]
fn of_two_writers_one_goes_on_and_the_other_is_told() {
    let (store, mut first, mut witnesses, mut promises) = log(5);
    let mut second = open(shared(&store), &witnesses.1).unwrap();
    let (a, b) = (statements(10, 13), statements(20, 22));
    submit(&mut first, &a);
    submit(&mut second, &b);
    promises.take(&b, &witnesses.flush(&mut second).unwrap());
    assert!(matches!(witnesses.flush(&mut first), Err(FlushError::Superseded)));
    assert!(matches!(witnesses.flush(&mut first), Err(FlushError::Superseded)));
    // Also long after, when the staged batch that told them apart is gone.
    let mut late = open(shared(&store), &witnesses.1).unwrap();
    for number in 30..34 {
        let more = [statement(number)];
        submit(&mut second, &more);
        promises.take(&more, &witnesses.flush(&mut second).unwrap());
    }
    submit(&mut late, &a);
    assert!(matches!(witnesses.flush(&mut late), Err(FlushError::Superseded)));
    promises.check(&shared(&store), &witnesses.1);
    // The one that opens again goes on, and the other is told.
    let mut first = open(shared(&store), &witnesses.1).unwrap();
    submit(&mut first, &a);
    promises.take(&a, &witnesses.flush(&mut first).unwrap());
    submit(&mut second, &[statement(40)]);
    assert!(matches!(witnesses.flush(&mut second), Err(FlushError::Superseded)));
    promises.check(&shared(&store), &witnesses.1);
}

#[test]
fn a_rival_between_any_two_writes_makes_no_fork() {
    let (a, b, c) = (statements(1000, 1020), statements(2000, 2030), statements(3000, 3003));
    for at in 0.. {
        let (store, mut log, witnesses, mut promises) = log(250);
        let (witnesses, from_rival) = (Arc::new(Mutex::new(witnesses)), Arc::new(Mutex::new(Vec::new())));
        let trust = witnesses.lock().unwrap().1.clone();
        submit(&mut log, &a);
        let hook = {
            let (store, b, trust) = (store.clone(), b.clone(), trust.clone());
            let (from_rival, witnesses) = (from_rival.clone(), witnesses.clone());
            move || {
                let mut rival = open(shared(&store), &trust).unwrap();
                // Twice, so that staged batches are removed.
                submit(&mut rival, &b[..10]);
                let mut inclusions = witnesses.lock().unwrap().flush(&mut rival).unwrap();
                submit(&mut rival, &b[10..]);
                inclusions.extend(witnesses.lock().unwrap().flush(&mut rival).unwrap());
                from_rival.lock().unwrap().extend(inclusions);
            }
        };
        store.before(at, Box::new(hook));
        // The witnesses cosign the tree as it is after the rival, so they may refuse this one: none is lost by that.
        let flushed = {
            let mut own = Witnesses::new();
            let size = log.published();
            let note: Note = String::from_utf8(shared_read(&store)).unwrap().parse().unwrap();
            let request =
                footage::tlog::AddCheckpoint { old: 0, proof: footage::merkle::ConsistencyProof::default(), note };
            for witness in &mut own.0 {
                witness.add_checkpoint(&request, seconds(0)).unwrap();
            }
            assert_eq!(size, 250);
            own.flush(&mut log)
        };
        if !store.disarm() {
            assert!(flushed.is_ok());
            assert!(at >= 6);
            return;
        }
        promises.take(&b, &from_rival.lock().unwrap());
        match flushed {
            Ok(inclusions) => promises.take(&a, &inclusions),
            Err(FlushError::Superseded) => {}
            Err(error) => panic!("{error}"),
        }
        promises.check(&shared(&store), &trust);
        let mut next = open(shared(&store), &trust).unwrap();
        submit(&mut next, &c);
        promises.take(&c, &witnesses.lock().unwrap().flush(&mut next).unwrap());
        promises.check(&shared(&store), &trust);
    }
}

fn shared_read(store: &Arc<Place>) -> Vec<u8> {
    (&shared(store)).read("checkpoint").unwrap().unwrap()
}

// ---- processes -------------------------------------------------------------------------------------------------------

const DIRECTORY: &str = "FOOTAGE_TEST_DIRECTORY";
const ROUND: &str = "FOOTAGE_TEST_ROUND";

fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

fn spawn(directory: &Path, round: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["a_process_that_writes", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn dot() {
    let mut out = std::io::stdout();
    let _ = out.write_all(b".\n").and_then(|()| out.flush());
}

/// The child: appends for ever, and says what it was promised.
#[test]
#[ignore = "is started by the other tests"]
fn a_process_that_writes() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let files = match DirectoryObjects::open_unsynced(&directory) {
        Ok(files) => files,
        Err(ObjectsError::InUse(_)) => return println!("\nlocked"),
        Err(error) => panic!("{error}"),
    };
    let store = LogStore::new(Faulty::with_each(Arc::new(files), dot));
    let store = store.with_index(DirectoryIndex::open(directory.join(LogStore::INDEX)).unwrap());
    let mut log = LogWriter::open(store, name(ORIGIN), log_key()).unwrap();
    println!("\nopen {}", log.size());
    for number in 0.. {
        let batch: Vec<_> = (0..=number % 5).map(|i| statement(round << 32 | number << 8 | i)).collect();
        submit(&mut log, &batch);
        let mut lines = String::new();
        for (statement, inclusion) in batch.iter().zip(log.flush(&mut []).unwrap()) {
            let checkpoint: Checkpoint = inclusion.checkpoint.text().parse().unwrap();
            let leaf = leaf_hash(&statement.to_bytes());
            writeln!(lines, "ack {} {leaf} {} {}", inclusion.index, checkpoint.size(), checkpoint.root()).unwrap();
        }
        print!("{lines}");
    }
}

/// Reads the log as it is on disk, as anybody may while nobody writes, and the roots of the checkpoints that it has kept.
fn stored_tree(directory: &Path) -> (Checkpoint, Tree, BTreeMap<u64, String>) {
    let store = LogStore::new(DirectoryObjects::open_unsynced(directory).unwrap());
    let note = Note::from_bytes(&(&store).read("checkpoint").unwrap().unwrap()).unwrap();
    let checkpoint: Checkpoint = note.text().parse().unwrap();
    let mut tiles = TileTree::new(&store, &checkpoint);
    let mut tree = Tree::new();
    while tree.size() < checkpoint.size() {
        tree.extend(tiles.entries(tree.size(), u64::MAX).unwrap().iter().map(|entry| leaf_hash(entry)));
    }
    let notes = (0..).map_while(|number| (&store).read(&checkpoint_path(number)).unwrap());
    let mut kept: Vec<Checkpoint> =
        notes.filter_map(|note| Note::from_bytes(&note).ok()?.text().parse().ok()).collect();
    assert!(kept.is_sorted_by_key(Checkpoint::size));
    kept.retain(|kept| kept.size() <= checkpoint.size());
    let kept = kept.into_iter().map(|kept| (kept.size(), kept.root().to_string())).collect();
    (checkpoint, tree, kept)
}

/// As the process left it, the index knows every entry after another start.
fn check_index(directory: &Path) {
    let store = LogStore::new(DirectoryObjects::open_unsynced(directory).unwrap());
    let index = DirectoryIndex::open(directory.join(LogStore::INDEX)).unwrap();
    let mut log = LogWriter::open(store.with_index(index), name(ORIGIN), log_key()).unwrap();
    let mut at = 0;
    while at < log.size() {
        let entries = log.tree().unwrap().entries(at, u64::MAX).unwrap();
        for entry in entries {
            let id = Signed::<CustodianStart>::from_bytes(&entry).unwrap().id();
            assert_eq!(log.index(id).unwrap(), Some(at));
            at += 1;
        }
    }
}

#[test]
fn a_process_killed_at_200_random_instants_has_kept_every_promise() {
    let directory = scratch("killed");
    let store = LogStore::new(DirectoryObjects::open_unsynced(&directory).unwrap());
    drop(LogWriter::create(store, name(ORIGIN), log_key()).unwrap());
    let (mut acknowledged, mut checkpoints) = (BTreeMap::new(), BTreeMap::new());
    let mut random = [0; 8];
    let mut acknowledging = 0;
    for round in 0..200 {
        footage::crypto::OsRandom.fill(&mut random).unwrap();
        // Of what the child says by its writes and promises: none, or up to a few batches.
        let instant = usize::try_from(u64::from_le_bytes(random) % 600).unwrap();
        let mut child = spawn(&directory, round);
        let mut out = child.stdout.take().unwrap();
        let mut said = vec![0; instant];
        out.read_exact(&mut said).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        out.read_to_end(&mut said).unwrap();
        let said = String::from_utf8(said).unwrap();
        // A last line that was cut off is no promise.
        let whole = said.rfind('\n').map_or("", |end| &said[..end]);
        let before = acknowledged.len();
        for line in whole.lines() {
            if let [_, index, leaf, size, root] = line.split(' ').collect::<Vec<_>>()[..] {
                let index: u64 = index.parse().unwrap();
                assert!(acknowledged.insert(index, leaf.to_owned()).is_none(), "entry {index} was promised twice");
                let size: u64 = size.parse().unwrap();
                assert_eq!(checkpoints.entry(size).or_insert_with(|| root.to_owned()), root);
            }
        }
        acknowledging += usize::from(acknowledged.len() > before);
        let (checkpoint, tree, kept) = stored_tree(&directory);
        assert_eq!(tree.root(), checkpoint.root());
        for (index, leaf) in &acknowledged {
            assert_eq!(&tree.leaf(*index).unwrap().to_string(), leaf, "round {round}: entry {index}");
        }
        for (size, root) in &checkpoints {
            assert_eq!(&tree.root_at(*size).unwrap().to_string(), root, "round {round}: size {size}");
        }
        if checkpoint.size() > 0 {
            checkpoints.insert(checkpoint.size(), checkpoint.root().to_string());
        }
        assert!(
            checkpoints.iter().all(|(size, root)| kept.get(size) == Some(root)),
            "round {round}: a checkpoint is lost"
        );
        if round % 10 == 9 {
            check_index(&directory);
        }
    }
    assert!(acknowledging > 20, "only {acknowledging} of 200 came as far as a promise");
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn of_two_processes_on_one_directory_one_is_told() {
    let directory = scratch("rivals");
    let store = LogStore::new(DirectoryObjects::open_unsynced(&directory).unwrap());
    drop(LogWriter::create(store, name(ORIGIN), log_key()).unwrap());
    let mut first = spawn(&directory, 0);
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    let mut until = |start: &str| lines.by_ref().any(|line| line.unwrap().starts_with(start));
    assert!(until("open"));
    for _ in 0..3 {
        let second = spawn(&directory, 1).wait_with_output().unwrap();
        assert!(String::from_utf8(second.stdout).unwrap().contains("\nlocked\n"));
        assert!(matches!(DirectoryObjects::open_unsynced(&directory), Err(ObjectsError::InUse(_))));
        assert!(until("ack"));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // It died; the next goes on.
    let mut next = spawn(&directory, 2);
    assert!(BufReader::new(next.stdout.take().unwrap()).lines().any(|line| line.unwrap().starts_with("ack")));
    next.kill().unwrap();
    next.wait().unwrap();
    let (checkpoint, tree, _) = stored_tree(&directory);
    assert_eq!(tree.root(), checkpoint.root());
    std::fs::remove_dir_all(directory).unwrap();
}
