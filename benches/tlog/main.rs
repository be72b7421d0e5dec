//! The durable log by the clock: `cargo bench --features logkeeper --bench tlog`.
//!
//! `STATEMENTS` says how many (20 000 if it does not), `BATCH` how many a batch has (8192), and `DIRECTORY` where the log
//! is written (below the build's directory). Every figure is printed with the memory that the process held
//! at most. `-- log` and `-- audit` are the two halves. What is signed is made outside the clock.
#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

mod clock;
mod town;

use std::hint::black_box;
use std::path::PathBuf;

use clock::Clock;
use ed25519_dalek::{Signature, VerifyingKey};
use footage::auditor::Auditor;
use footage::crypto::{Secret, SigningKey};
use footage::logkeeper::{DirectoryIndex, DirectoryReader, LogStore, LogWriter};
use footage::merkle::{Frontier, leaf_hash};
use footage::policy::Policy;
use footage::record::{CustodianId, CustodianStart, Entry, KeyName, Nonce, Timestamp, Verified, read_all, verify_all};
use footage::store::DirectoryObjects;
use footage::tlog::{CHECKPOINT_PATH, Checkpoint, Note, TileReader as _, TileTree};
use town::Town;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |value| value.parse().unwrap())
}

fn key() -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [7; 32]))
}

fn statement(number: u64) -> Verified<CustodianStart> {
    let mut nonce = [0; 32];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    let custodian = CustodianId::new("alpha").unwrap();
    Verified::sign(CustodianStart { custodian, nonce: Nonce::from_bytes(nonce) }, &key())
}

fn main() {
    let (count, batch) = (number("STATEMENTS", 20_000), number("BATCH", 8192));
    let parts: Vec<_> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let wanted = |part| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    if wanted("log") {
        log(count, batch);
    }
    if wanted("audit") {
        audit(count, batch);
    }
}

/// Appending, opening and replaying.
fn log(count: u64, batch: u64) {
    let directory = std::env::var_os("DIRECTORY")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-log"), PathBuf::from);
    let _ = std::fs::remove_dir_all(&directory);
    let origin = KeyName::new("log.example/footage").unwrap();
    let now = Timestamp::from_seconds(1_790_000_000).unwrap();

    // Made and signed batch by batch, outside the clock.
    let append = |name: &str, store: LogStore, verified: bool| {
        let mut log = LogWriter::create(store, origin.clone(), key()).unwrap();
        let mut clock = Clock::new();
        for first in (0..count).step_by(usize::try_from(batch).unwrap()) {
            let statements: Vec<_> = (first..count.min(first + batch)).map(statement).collect();
            let signed: Vec<_> = if verified { Vec::new() } else { statements.iter().map(|s| (**s).clone()).collect() };
            clock.time(|| {
                let checked =
                    if verified { statements } else { verify_all(signed).into_iter().map(Result::unwrap).collect() };
                for statement in &checked {
                    log.submit_verified(statement, now).unwrap();
                }
                assert_eq!(log.flush(&mut []).unwrap().len(), checked.len());
            });
        }
        clock.report(name, count);
    };
    let unsynced = directory.with_extension("unsynced");
    let _ = std::fs::remove_dir_all(&unsynced);
    append(
        "append, verified before, not synced",
        LogStore::new(DirectoryObjects::open_unsynced(&unsynced).unwrap())
            .with_index(DirectoryIndex::open(unsynced.join(LogStore::INDEX)).unwrap()),
        true,
    );
    let _ = std::fs::remove_dir_all(&unsynced);
    append("append, verified before, durable", LogStore::directory(&directory).unwrap(), true);
    std::fs::remove_dir_all(&directory).unwrap();
    append("append, durable, signatures verified on all cores", LogStore::directory(&directory).unwrap(), false);

    let open = |name: &str| {
        let mut clock = Clock::new();
        let open = || LogWriter::open(LogStore::directory(&directory).unwrap(), origin.clone(), key()).unwrap();
        let log = clock.time(open);
        clock.report(name, log.size());
    };
    open("open");
    std::fs::remove_dir_all(directory.join(LogStore::INDEX)).unwrap();
    open("open without the index, which is made anew from every entry");

    let mut clock = Clock::new();
    clock.time(|| replay(DirectoryReader::new(&directory)));
    clock.report("replay, every tile and signature verified", count);
    let bare = bare(count.min(20_000));
    println!(
        "the bare verify_strict: {bare:.0} a second of one core; the replay does {:.2} of it",
        clock.rate(count) / bare
    );
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("on {cores} cores");
    std::fs::remove_dir_all(&directory).unwrap();
}

/// How often a second one core does what `ed25519-dalek` must for a statement, and nothing else.
fn bare(count: u64) -> f64 {
    let key = key();
    let theirs = VerifyingKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    let message = [7; 200];
    let signature = Signature::from_bytes(key.sign(&message).as_bytes());
    let mut clock = Clock::new();
    clock.time(|| (0..count).for_each(|_| theirs.verify_strict(black_box(&message), &signature).unwrap()));
    clock.rate(count)
}

/// The auditor's report on requests, outcomes and approvals.
fn audit(count: u64, batch: u64) {
    let mut town = Town::new();
    let mut auditor = Auditor::new(town.trust.clone(), Policy::default());
    let mut clock = Clock::new();
    for first in (0..count).step_by(usize::try_from(batch).unwrap()) {
        let (entries, checkpoint) = town.batch(batch.min(count - first));
        clock.time(|| auditor.advance(&entries, &checkpoint)).unwrap();
    }
    clock.report("audit, every signature and rule verified", count);
    let mut clock = Clock::new();
    let numbers = clock.time(|| auditor.numbers());
    let requests: u64 = numbers.rows.iter().map(|row| row.counts.requests).sum();
    clock.report("numbers, of so many requests", requests);
    assert!(auditor.ledger().breaches().is_empty());
    let mut clock = Clock::new();
    let state = clock.time(|| auditor.save());
    clock.report("save", count);
    println!("the saved state has {:.0} bytes a statement", state.len() as f64 / count as f64);
    let mut clock = Clock::new();
    let restored = clock.time(|| Auditor::restore(&state, town.trust.clone(), Policy::default())).unwrap();
    clock.report("restore", count);
    assert_eq!(restored.numbers(), numbers);
}

fn replay(mut reader: DirectoryReader) {
    let note = Note::from_bytes(&reader.read(CHECKPOINT_PATH).unwrap().unwrap()).unwrap();
    let checkpoint: Checkpoint = note.text().parse().unwrap();
    let mut tiles = TileTree::new(reader, &checkpoint);
    let mut tree = Frontier::new();
    while tree.size() < checkpoint.size() {
        let mut entries = Vec::new();
        while entries.len() < 16_384 && tree.size() < checkpoint.size() {
            let some = tiles.entries(tree.size(), u64::MAX).unwrap();
            tree.extend(some.iter().map(|entry| leaf_hash(entry)));
            entries.extend(some);
        }
        assert!(read_all::<Entry, _>(&entries).iter().all(Result::is_ok));
    }
    assert_eq!(tree.root(), checkpoint.root());
}
