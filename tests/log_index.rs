//! The index by which a writer knows duplicates: whatever becomes of it, it costs time only.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod durable;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use durable::*;
use footage::logkeeper::*;
use footage::merkle::Hash;
use footage::record::StatementId;
use footage::store::ObjectsError;
use footage::tlog::{CHECKPOINT_PATH, Checkpoint, Note};

/// A log in a directory, written with batches of so many.
fn written(directory: &Path, batches: &[u64]) -> Witnesses {
    let mut witnesses = Witnesses::new();
    let mut log = create(LogStore::directory(directory).unwrap(), &witnesses.1).unwrap();
    let mut next = 0;
    for batch in batches {
        submit(&mut log, &statements(next, next + batch));
        witnesses.flush(&mut log).unwrap();
        next += batch;
    }
    witnesses
}

fn open_again(directory: &Path) -> Result<LogWriter, OpenError> {
    open(LogStore::directory(directory).unwrap(), &Witnesses::new().1)
}

/// The log has statements 0 to `size`, each at its place, and no other. It goes on at the right place.
fn check(directory: &Path, size: u64) {
    check_from(directory, 0, size);
}

/// The same without the entries before, which cannot be read.
fn check_from(directory: &Path, from: u64, size: u64) {
    let mut log = open_again(directory).unwrap();
    assert_eq!(log.size(), size);
    for number in (from..size).step_by(7).chain([size - 1]) {
        assert_eq!(log.index(statement(number).id()).unwrap(), Some(number));
    }
    for number in (size..size + 100).chain([1 << 40]) {
        assert_eq!(log.index(statement(number).id()).unwrap(), None, "{number}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn replace(directory: &Path, by: &Path) {
    fs::remove_dir_all(directory).unwrap();
    copy(by, directory);
}

fn index(directory: &Path) -> PathBuf {
    directory.join(LogStore::INDEX)
}

/// The file of the index.
fn file(directory: &Path) -> PathBuf {
    index(directory).join(DirectoryIndex::FILE)
}

/// The tree of a log as it is published.
fn tree(directory: &Path) -> Indexed {
    let checkpoint = fs::read_to_string(directory.join(CHECKPOINT_PATH)).unwrap();
    let checkpoint: Checkpoint = checkpoint.parse::<Note>().unwrap().text().parse().unwrap();
    Indexed { size: checkpoint.size(), root: checkpoint.root() }
}

/// Puts another index in place, as well formed as any.
fn replace_index(directory: &Path, statements: &[(StatementId, u64)], tree: Indexed) {
    let mut index = DirectoryIndex::open(index(directory)).unwrap();
    index.clear().unwrap();
    index.extend(statements, tree).unwrap();
}

/// Whoever reads the first entries finds none.
fn without_first_bundle(directory: &Path, work: impl FnOnce()) {
    let path = directory.join("tile/entries/000");
    let bundle = fs::read(&path).unwrap();
    fs::write(&path, "damaged").unwrap();
    work();
    fs::write(path, bundle).unwrap();
}

#[test]
fn what_is_in_the_index_is_not_read_again() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    written(directory, &[300, 250, 50]);
    without_first_bundle(directory, || {
        check_from(directory, 256, 600);
        // Nor is it believed where the log cannot be read.
        assert!(open_again(directory).unwrap().index(statement(0).id()).is_err());
        fs::remove_dir_all(index(directory)).unwrap();
        assert!(matches!(open_again(directory), Err(OpenError::Damaged(_))));
    });
    check(directory, 600);
}

#[test]
fn an_index_that_is_behind_is_given_the_rest() {
    let scratch = Scratch::new();
    let (directory, before) = (&scratch.0.join("log"), &scratch.0.join("before"));
    let mut witnesses = written(directory, &[300]);
    copy(&index(directory), before);
    let mut log = open_again(directory).unwrap();
    for first in [300, 450] {
        submit(&mut log, &statements(first, first + 150));
        witnesses.flush(&mut log).unwrap();
    }
    drop(log);
    replace(&index(directory), before);
    without_first_bundle(directory, || check_from(directory, 256, 600));
    // Also if the tiles do not tell any more, from which the tree would be taken up.
    replace(&index(directory), before);
    fs::write(directory.join("tile/0/000"), "damaged").unwrap();
    fs::write(directory.join("tile/0/001"), "damaged").unwrap();
    check_from(directory, 512, 600);
}

#[test]
fn an_index_that_is_ahead_of_a_restored_log_is_made_anew() {
    for (before, after) in [(300, 600), (256, 512), (10, 20)] {
        let scratch = Scratch::new();
        let (directory, backup, ahead) = (&scratch.0.join("log"), &scratch.0.join("old"), &scratch.0.join("index"));
        let mut witnesses = written(directory, &[before]);
        copy(directory, backup);
        let mut log = open_again(directory).unwrap();
        submit(&mut log, &statements(before, after));
        witnesses.flush(&mut log).unwrap();
        drop(log);
        copy(&index(directory), ahead);
        replace(directory, backup);
        replace(&index(directory), ahead);
        check(directory, before);
        // Nor does it stand for a log that has become as large with others.
        let mut log = open_again(directory).unwrap();
        let others: Vec<_> = (before..after).map(|number| statement(number + 5000)).collect();
        submit(&mut log, &others);
        Witnesses::new().flush(&mut log).unwrap();
        drop(log);
        replace(&index(directory), ahead);
        let mut log = open_again(directory).unwrap();
        assert_eq!(log.index(statement(before).id()).unwrap(), None);
        assert_eq!(log.index(statement(before + 5000).id()).unwrap(), Some(before));
    }
}

#[test]
fn an_index_of_another_log_is_made_anew() {
    let scratch = Scratch::new();
    let (directory, other) = (&scratch.0.join("log"), &scratch.0.join("other"));
    written(directory, &[300, 20]);
    for size in [1, 100, 320, 500] {
        let mut log = create(LogStore::directory(other).unwrap(), &Witnesses::new().1).unwrap();
        submit(&mut log, &statements(1000, 1000 + size));
        Witnesses::new().flush(&mut log).unwrap();
        drop(log);
        replace(&index(directory), &index(other));
        check(directory, 320);
        assert_eq!(open_again(directory).unwrap().index(statement(1000).id()).unwrap(), None);
        fs::remove_dir_all(other).unwrap();
    }
    // Nor is it that of a log that is made.
    let fresh = &scratch.0.join("fresh");
    copy(&index(directory), &index(fresh));
    let mut log = create(LogStore::directory(fresh).unwrap(), &Witnesses::new().1).unwrap();
    assert_eq!(log.index(statement(0).id()).unwrap(), None);
}

#[test]
fn a_damaged_index_is_made_anew() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    written(directory, &[500, 40, 3]);
    let whole = fs::read(file(directory)).unwrap();
    let damage = |bytes: &[u8]| {
        fs::write(file(directory), bytes).unwrap();
        check(directory, 543);
    };
    // Bytes altered, of every page.
    for at in (0..whole.len()).step_by(1013).chain([0, 9, 40, 64, 200, 4096, whole.len() - 1]) {
        let mut altered = whole.clone();
        altered[at] ^= 4;
        damage(&altered);
        altered[at..whole.len().min(at + 4096)].fill(0);
        damage(&altered);
    }
    for len in (0..whole.len()).step_by(4111).chain([64, 4096, whole.len() - 1]) {
        damage(&whole[..len]);
    }
    damage(b"not an index at all");
    fs::remove_file(file(directory)).unwrap();
    check(directory, 543);
}

#[test]
fn a_database_that_is_no_index_is_made_anew() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    written(directory, &[300]);
    fs::remove_file(file(directory)).unwrap();
    let foreign = redb::Database::create(file(directory)).unwrap();
    let transaction = foreign.begin_write().unwrap();
    for table in ["indices", "tree"] {
        let table = redb::TableDefinition::<&str, &str>::new(table);
        transaction.open_table(table).unwrap().insert("key", "value").unwrap();
    }
    transaction.commit().unwrap();
    // Whoever has it open keeps it.
    assert!(matches!(DirectoryIndex::open(index(directory)), Err(ObjectsError::InUse(_))));
    drop(foreign);
    check(directory, 300);
}

#[test]
fn an_index_that_names_other_entries_is_found_out_and_made_anew() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    let mut witnesses = written(directory, &[300, 20]);
    let all = statements(0, 320);
    for wrong in [|number: u64| (number + 1) % 320, |_| 320, |_| u64::MAX, |number| number ^ 1] {
        let lies: Vec<_> = (0..).zip(&all).map(|(number, statement)| (statement.id(), wrong(number))).collect();
        replace_index(directory, &lies, tree(directory));
        // What waits is not forgotten.
        let mut log = open_again(directory).unwrap();
        submit(&mut log, &statements(1000, 1003));
        assert_eq!(log.index(all[7].id()).unwrap(), Some(7));
        assert_eq!(log.index(statement(1001).id()).unwrap(), Some(321));
        submit(&mut log, &all);
        drop(log);
        check(directory, 320);
    }
    let mut log = open_again(directory).unwrap();
    submit(&mut log, &all);
    let inclusions = witnesses.flush(&mut log).unwrap();
    assert!(inclusions.iter().map(|inclusion| inclusion.index).eq(0..320));
}

#[test]
fn an_index_that_lacks_statements_has_them_stored_again_and_nothing_else() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    let mut witnesses = written(directory, &[300]);
    let some: Vec<_> = (0..300).step_by(2).map(|number| (statement(number).id(), number)).collect();
    replace_index(directory, &some, tree(directory));
    let mut log = open_again(directory).unwrap();
    submit(&mut log, &statements(0, 10));
    let inclusions = witnesses.flush(&mut log).unwrap();
    assert!(inclusions.iter().map(|inclusion| inclusion.index).eq([0, 300, 2, 301, 4, 302, 6, 303, 8, 304]));
    assert_eq!(log.size(), 305);
}

/// An index that fails now and then, with the loss of everything or without, and one that always lies.
#[derive(Debug, Clone)]
struct Failing(Arc<Mutex<(MemoryIndex, Failure)>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    None,
    Get,
    Lost,
    Extend,
    Lies,
}

impl Failing {
    fn new() -> Self {
        Self(Arc::new(Mutex::new((MemoryIndex::new(), Failure::None))))
    }

    fn set(&self, failure: Failure) {
        self.0.lock().unwrap().1 = failure;
    }

    fn failed() -> ObjectsError {
        ObjectsError::failed("index", std::io::Error::other("as the test wants it"))
    }
}

impl IdIndex for Failing {
    fn indexed(&self) -> Indexed {
        self.0.lock().unwrap().0.indexed()
    }

    fn get(&mut self, id: StatementId) -> Result<Option<u64>, ObjectsError> {
        let (index, failure) = &mut *self.0.lock().unwrap();
        match failure {
            Failure::Get => Err(Self::failed()),
            Failure::Lost => {
                *failure = Failure::None;
                index.clear()?;
                Err(Self::failed())
            }
            Failure::Lies => Ok(Some(3)),
            _ => index.get(id),
        }
    }

    fn extend(&mut self, statements: &[(StatementId, u64)], to: Indexed) -> Result<(), ObjectsError> {
        let (index, failure) = &mut *self.0.lock().unwrap();
        if *failure == Failure::Extend { Err(Self::failed()) } else { index.extend(statements, to) }
    }

    fn clear(&mut self) -> Result<(), ObjectsError> {
        self.0.lock().unwrap().0.clear()
    }
}

#[test]
fn an_index_that_fails_delays_and_loses_nothing() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    let mut witnesses = written(directory, &[300]);
    let index = Failing::new();
    let store = LogStore::directory(directory).unwrap().with_index(index.clone());
    let mut log = open(store, &witnesses.1).unwrap();
    let mut next = 300;
    for failure in [Failure::Get, Failure::Lies, Failure::Lost] {
        submit(&mut log, &statements(next, next + 3));
        index.set(failure);
        let (unknown, known) = (statement(next + 5), statement(7));
        if failure == Failure::Lost {
            // The log is read again, without what waits.
            assert_eq!(log.index(known.id()).unwrap(), Some(7));
            assert_eq!(index.indexed().size, log.size());
        } else {
            assert_eq!(log.submit_verified(&unknown, seconds(0)), Err(AppendError::Index));
            assert!(log.index(known.id()).is_err());
        }
        // What waits is known all the same.
        index.set(Failure::None);
        assert_eq!(log.index(statement(next + 1).id()).unwrap(), Some(next + 1));
        submit(&mut log, &statements(next + 3, next + 6));
        let inclusions = witnesses.flush(&mut log).unwrap();
        assert!(inclusions.iter().map(|inclusion| inclusion.index).eq(next..next + 6));
        next += 6;
    }
    // It is lost again, and cannot be made anew for a while.
    index.set(Failure::Lost);
    assert_eq!(log.index(statement(0).id()).unwrap(), Some(0));
    index.0.lock().unwrap().0.clear().unwrap();
    index.set(Failure::Extend);
    assert!(log.index(statement(7).id()).is_err());
    assert!(matches!(witnesses.flush(&mut log), Err(FlushError::Store(_))));
    index.set(Failure::None);
    submit(&mut log, &statements(next - 3, next + 3));
    let inclusions = witnesses.flush(&mut log).unwrap();
    assert!(inclusions.iter().map(|inclusion| inclusion.index).eq(next - 3..next + 3));
    drop(log);
    assert_eq!(index.indexed(), tree(directory));
    check(directory, next + 3);
}

#[test]
fn an_index_is_given_many_statements_at_once_and_the_rest_at_the_end() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    let (mut witnesses, index) = (Witnesses::new(), Failing::new());
    let store = LogStore::directory(directory).unwrap().with_index(index.clone());
    let mut log = create(store, &witnesses.1).unwrap();
    for (to, held) in [(10, 0), (65_535, 0), (65_545, 65_545), (65_550, 65_545)] {
        let next = statements(log.size(), to);
        submit(&mut log, &next);
        witnesses.flush(&mut log).unwrap();
        assert_eq!((log.size(), index.indexed().size), (to, held));
    }
    for number in [0, 65_544, 65_549] {
        assert_eq!(log.index(statement(number).id()).unwrap(), Some(number));
    }
    drop(log);
    assert_eq!(index.indexed(), tree(directory));
}

#[test]
fn an_index_damaged_under_the_writer_gives_no_wrong_answer() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    let mut witnesses = written(directory, &[500]);
    for round in 0..8 {
        let mut log = open_again(directory).unwrap();
        let len = fs::metadata(file(directory)).unwrap().len() as usize;
        let mut damaged = fs::read(file(directory)).unwrap();
        damaged[round * len / 8..].fill((round * 37) as u8);
        fs::write(file(directory), damaged).unwrap();
        for number in 0..500 {
            assert_eq!(log.index(statement(number).id()).unwrap(), Some(number));
        }
        let from = 500 + round as u64 * 3;
        submit(&mut log, &statements(from, from + 3));
        assert!(witnesses.flush(&mut log).unwrap().iter().map(|inclusion| inclusion.index).eq(from..from + 3));
        drop(log);
        check(directory, from + 3);
    }
}

#[test]
fn of_two_writers_one_has_the_index() {
    let scratch = Scratch::new();
    let first = DirectoryIndex::open(&scratch.0).unwrap();
    assert!(matches!(DirectoryIndex::open(&scratch.0), Err(ObjectsError::InUse(_))));
    drop(first);
    DirectoryIndex::open(&scratch.0).unwrap();
}

/// Both keep the same, over restarts.
#[test]
fn an_index_in_a_directory_is_as_one_in_memory() {
    let id = |number: u64| {
        let mut id = *statement(number % 3000).id().as_bytes();
        id[1] ^= (number / 3000) as u8;
        // The ids of two of these agree in the first half.
        if number % 1000 == 999 {
            id[..16].fill(number.to_be_bytes()[5]);
        }
        StatementId::from_bytes(id)
    };
    let scratch = Scratch::new();
    let (mut memory, mut next) = (MemoryIndex::new(), 0);
    for (round, batch) in [1, 1, 5, 169, 1, 170, 171, 341, 2, 1000, 20_000, 3, 1, 1, 1].into_iter().enumerate() {
        let mut directory = DirectoryIndex::open(&scratch.0).unwrap();
        assert_eq!(directory.indexed(), memory.indexed());
        let statements: Vec<_> = (next..next + batch).rev().map(|number| (id(number), number)).collect();
        let to = Indexed { size: next + batch, root: Hash::from_bytes([round as u8; 32]) };
        memory.extend(&statements, to).unwrap();
        directory.extend(&statements, to).unwrap();
        next += batch;
        for number in (0..next + 50).step_by(1 + next as usize / 500).chain([999, 1999, 2999]) {
            assert_eq!(
                directory.get(id(number)).unwrap(),
                memory.get(id(number)).unwrap(),
                "{number} in round {round}"
            );
        }
    }
    let mut directory = DirectoryIndex::open(&scratch.0).unwrap();
    directory.clear().unwrap();
    assert_eq!((directory.indexed(), directory.get(id(5)).unwrap()), (Indexed::EMPTY, None));
}
