//! The durable log by the clock: `cargo bench --features logkeeper --bench tlog`.
//!
//! `STATEMENTS` says how many (100 000 if it does not), `BATCH` how many a batch has (8192), and `DIRECTORY` where the log
//! is written (below the build's directory). Every figure is printed with the memory that the process held at most.
#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

use std::path::PathBuf;
use std::time::Instant;

use footage::crypto::{Secret, SigningKey};
use footage::logkeeper::{DirectoryReader, DirectoryStore, LogStore, LogWriter};
use footage::merkle::{Frontier, leaf_hash};
use footage::record::{CustodianId, CustodianStart, Entry, KeyName, Nonce, Timestamp, Verified, read_all, verify_all};
use footage::tlog::{CHECKPOINT_PATH, Checkpoint, Note, TileReader as _, TileTree};

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

/// The most memory that the process has held, in MiB, where the system says so.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

/// Seconds of all cores that the process has used, where the system says so: what counts on a machine that others use.
fn used() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.split(' ').skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>();
    ticks as f64 / 100.0
}

/// A clock of both kinds of time, which can stand still.
struct Clock(f64, f64);

impl Clock {
    const fn new() -> Self {
        Self(0.0, 0.0)
    }

    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (start, used_before) = (Instant::now(), used());
        let done = work();
        self.0 += start.elapsed().as_secs_f64();
        self.1 += used() - used_before;
        done
    }

    fn report(&self, what: &str, count: u64) {
        let count_f = count as f64;
        println!(
            "{what}: {count} in {:.2} s, {:.0} a second, {:.0} a second of one core, {} MiB",
            self.0,
            count_f / self.0,
            count_f / self.1,
            memory()
        );
    }
}

fn main() {
    let (count, batch) = (number("STATEMENTS", 100_000), number("BATCH", 8192));
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
        LogStore::new(DirectoryStore::open_unsynced(&unsynced).unwrap()).unwrap(),
        true,
    );
    let _ = std::fs::remove_dir_all(&unsynced);
    append("append, verified before, durable", LogStore::directory(&directory).unwrap(), true);
    std::fs::remove_dir_all(&directory).unwrap();
    append("append, durable, signatures verified on all cores", LogStore::directory(&directory).unwrap(), false);

    let mut clock = Clock::new();
    let log = clock.time(|| LogWriter::open(LogStore::directory(&directory).unwrap(), origin, key()).unwrap());
    clock.report("open", log.size());
    drop(log);

    let mut clock = Clock::new();
    clock.time(|| replay(DirectoryReader::new(&directory)));
    clock.report("replay, every tile and signature verified", count);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("on {cores} cores");
    std::fs::remove_dir_all(&directory).unwrap();
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
