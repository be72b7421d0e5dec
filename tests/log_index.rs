//! The index by which a writer knows duplicates: whatever becomes of it, it costs time only.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod durable;

use std::fs;
use std::path::{Path, PathBuf};

use durable::*;
use footage::logkeeper::*;
use footage::merkle::Hash;
use footage::record::StatementId;

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
    let mut log = open_again(directory).unwrap();
    assert_eq!(log.size(), size);
    for number in (0..size).step_by(7).chain([size - 1]) {
        assert_eq!(log.index(statement(number).id()), Ok(Some(number)));
    }
    for number in (size..size + 100).chain([1 << 40]) {
        assert_eq!(log.index(statement(number).id()), Ok(None), "{number}");
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

/// The files of the index, without the lock.
fn files(directory: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(index(directory)).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| !path.ends_with(DirectoryIndex::LOCK)).collect()
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
        check(directory, 600);
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
    without_first_bundle(directory, || check(directory, 600));
    // Also if the tiles do not tell any more, from which the tree would be taken up.
    replace(&index(directory), before);
    fs::write(directory.join("tile/0/000"), "damaged").unwrap();
    fs::write(directory.join("tile/0/001"), "damaged").unwrap();
    check(directory, 600);
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
        assert_eq!(log.index(statement(before).id()), Ok(None));
        assert_eq!(log.index(statement(before + 5000).id()), Ok(Some(before)));
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
        assert_eq!(open_again(directory).unwrap().index(statement(1000).id()), Ok(None));
        fs::remove_dir_all(other).unwrap();
    }
    // Nor is it that of a log that is made.
    let fresh = &scratch.0.join("fresh");
    copy(&index(directory), &index(fresh));
    let mut log = create(LogStore::directory(fresh).unwrap(), &Witnesses::new().1).unwrap();
    assert_eq!(log.index(statement(0).id()), Ok(None));
}

#[test]
fn a_damaged_index_is_made_anew() {
    let scratch = Scratch::new();
    let (directory, whole) = (&scratch.0.join("log"), &scratch.0.join("whole"));
    written(directory, &[500, 40, 3]);
    copy(&index(directory), whole);
    let all = files(directory);
    assert_eq!(all.len(), 3);
    let damage = |path: &Path, bytes: &[u8]| {
        replace(&index(directory), whole);
        fs::write(path, bytes).unwrap();
        check(directory, 543);
    };
    for path in &all {
        let bytes = fs::read(whole.join(path.file_name().unwrap())).unwrap();
        // Bytes altered, of the header and of every block.
        for at in (0..bytes.len()).step_by(509).chain([1, 40, 60, 110, 112, bytes.len() - 1]) {
            let mut altered = bytes.clone();
            altered[at] ^= 4;
            damage(path, &altered);
        }
        // Cut off, at the ends of header, block and record too.
        for len in (0..bytes.len()).step_by(1021).chain([111, 112, 128, 112 + 24, 112 + 4096, bytes.len() - 24]) {
            damage(path, &bytes[..len.min(bytes.len() - 1)]);
        }
        replace(&index(directory), whole);
        fs::remove_file(path).unwrap();
        check(directory, 543);
    }
    // One in place of another.
    replace(&index(directory), whole);
    fs::copy(&all[0], &all[1]).unwrap();
    check(directory, 543);
}

#[test]
fn an_index_damaged_under_the_writer_gives_no_wrong_answer() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    written(directory, &[500]);
    let mut log = open_again(directory).unwrap();
    let path = &files(directory)[0];
    let mut bytes = fs::read(path).unwrap();
    bytes[200] ^= 1;
    fs::write(path, bytes).unwrap();
    let mut unread = 0;
    for number in 0..600 {
        match log.submit_verified(&statement(number), seconds(0)) {
            Ok(_) => assert_eq!(log.index(statement(number).id()), Ok(Some(number))),
            Err(error) => {
                assert_eq!(error, AppendError::Index);
                assert!(log.index(statement(number).id()).is_err());
                unread += 1;
            }
        }
    }
    // Those of the block, and those that are looked for in it first.
    assert!((170..300).contains(&unread), "{unread}");
    drop(log);
    check(directory, 500);
}

#[test]
fn an_index_that_cannot_be_written_delays_and_loses_nothing() {
    let scratch = Scratch::new();
    let directory = &scratch.0;
    let mut witnesses = written(directory, &[5]);
    let mut log = open_again(directory).unwrap();
    let moved = directory.join("moved");
    fs::rename(index(directory), &moved).unwrap();
    submit(&mut log, &statements(5, 8));
    assert_eq!(witnesses.flush(&mut log).unwrap().len(), 3);
    submit(&mut log, &statements(6, 12));
    assert!(matches!(witnesses.flush(&mut log), Err(FlushError::Store(_))));
    assert_eq!((log.published(), log.index(statement(7).id())), (8, Ok(Some(7))));
    fs::rename(moved, index(directory)).unwrap();
    let inclusions = witnesses.flush(&mut log).unwrap();
    assert!(inclusions.iter().map(|inclusion| inclusion.index).eq(6..12));
    drop(log);
    check(directory, 12);
}

#[test]
fn of_two_writers_one_has_the_index() {
    let scratch = Scratch::new();
    let first = DirectoryIndex::open(&scratch.0).unwrap();
    assert!(matches!(DirectoryIndex::open(&scratch.0), Err(StoreError::Locked(_))));
    drop(first);
    DirectoryIndex::open(&scratch.0).unwrap();
}

/// Both keep the same, over restarts, merges and blocks.
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
            assert_eq!(directory.get(id(number)), memory.get(id(number)), "{number} in round {round}");
        }
    }
    let mut directory = DirectoryIndex::open(&scratch.0).unwrap();
    assert!(fs::read_dir(&scratch.0).unwrap().count() <= 6);
    directory.clear().unwrap();
    assert_eq!((directory.indexed(), directory.get(id(5))), (Indexed::EMPTY, Ok(None)));
}
