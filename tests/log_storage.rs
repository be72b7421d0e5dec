//! One suite over every kind of store: memory, a directory, and an S3-compatible server.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod durable;

use std::path::Path;

use durable::*;
use footage::crypto::{SigningKey, VerifyingKey};
use footage::logkeeper::*;
use footage::merkle::ConsistencyProof;
use footage::record::*;
use footage::store::{MemoryObjects, ObjectsError};
use footage::tlog::*;

/// What every store must do. `again` gives the same store to another writer.
fn suite(again: &dyn Fn() -> LogStore) {
    let (mut witnesses, mut promises) = (Witnesses::new(), Promises::default());
    let trust = witnesses.1.clone();
    assert!(matches!(open(again(), &trust), Err(OpenError::NoLog)));
    let mut log = create(again(), &trust).unwrap();
    assert_eq!((log.size(), log.published()), (0, 0));
    assert!(witnesses.flush(&mut log).unwrap().is_empty());
    let mut next = 0;
    // Up to full tiles, over them by one, and a batch of several.
    for batch in [1, 2, 252, 1, 1, 255, 700] {
        let batch = statements(next, next + batch);
        submit(&mut log, &batch);
        let inclusions = witnesses.flush(&mut log).unwrap();
        assert!((next..).zip(&inclusions).all(|(index, inclusion)| inclusion.index == index));
        promises.take(&batch, &inclusions);
        next += batch.len() as u64;
        assert_eq!((log.size(), log.published()), (next, next));
    }
    promises.check(log.store(), &trust);
    // What is there has its first index, within a batch, and from one before.
    let twice = [statement(3), statement(next), statement(next), statement(300)];
    submit(&mut log, &twice);
    let inclusions = witnesses.flush(&mut log).unwrap();
    assert_eq!(inclusions.iter().map(|inclusion| inclusion.index).collect::<Vec<_>>(), [3, next, next, 300]);
    promises.take(&twice, &inclusions);
    drop(log);

    assert!(matches!(create(again(), &trust), Err(OpenError::Exists)));
    let other = LogWriter::open(again(), name(ORIGIN), key(101));
    assert!(matches!(other, Err(OpenError::OtherLog)));
    let mut log = open(again(), &trust).unwrap();
    assert_eq!((log.size(), log.index(statement(300).id()).unwrap()), (next + 1, Some(300)));
    let more = statements(next, next + 100);
    submit(&mut log, &more);
    promises.take(&more, &witnesses.flush(&mut log).unwrap());
    assert_eq!(promises.check(log.store(), &trust).checkpoint().size(), next + 100);
    // A witness that was away catches up, over all that came in between.
    let mut late = Witnesses::new();
    assert_eq!(late.flush(&mut log).unwrap(), Vec::new());
    assert_eq!(late.0[0].size(&name(ORIGIN)), Some(next + 100));
}

#[test]
fn memory() {
    let store = MemoryObjects::new();
    suite(&|| LogStore::new(store.clone()));
}

#[test]
fn directory() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("log-{}", std::process::id()));
    suite(&|| LogStore::directory(&path).unwrap());
    // As others read it.
    let trust = Witnesses::new().1;
    let mut seen = LastSeen::new(trust.clone());
    let mut tree = seen.fetch(DirectoryReader::new(&path)).unwrap();
    assert_eq!(tree.entries(1000, 1002).unwrap(), [statement(1000).to_bytes(), statement(1001).to_bytes()]);
    let file = ProofFile {
        extra: Some(b"a file".to_vec()),
        index: 1000,
        proof: tree.inclusion_proof(1000).unwrap(),
        checkpoint: Note::from_bytes(seen.latest().unwrap().bytes()).unwrap(),
    };
    let file: ProofFile = file.to_string().parse().unwrap();
    assert_eq!(file.verify(statement(1000), &trust).unwrap().index(), 1000);
    assert!(file.verify(statement(1001), &trust).is_err());
    std::fs::remove_dir_all(path).unwrap();
}

/// `FOOTAGE_TEST_S3` is the URL of a server as `.ci/run` starts it, with the bucket `log` and the keys `test` and `test`.
#[cfg(feature = "s3")]
#[test]
fn s3() {
    use footage::store::CloudObjects;

    let Ok(endpoint) = std::env::var("FOOTAGE_TEST_S3") else {
        println!("NOT TESTED: there is no S3-compatible server, FOOTAGE_TEST_S3 is not set");
        return;
    };
    let url = format!("s3://log/run-{}", std::process::id());
    let options = [
        ("aws_endpoint", endpoint.as_str()),
        ("aws_region", "us-east-1"),
        ("aws_access_key_id", "test"),
        ("aws_secret_access_key", "test"),
        ("aws_allow_http", "true"),
    ];
    suite(&|| LogStore::new(CloudObjects::from_url(&url, options).unwrap()));
}

/// That their configuration is understood: there is no server to test them with.
#[cfg(all(feature = "azure", feature = "gcp"))]
#[test]
fn azure_and_gcp_are_configured() {
    use footage::store::CloudObjects;

    let azure = [("azure_storage_account_name", "town"), ("azure_storage_account_key", "a2V5")];
    CloudObjects::from_url("az://log/footage", azure).unwrap();
    CloudObjects::from_url("gs://log/footage", [("google_skip_signature", "true")]).unwrap();
    assert!(CloudObjects::from_url("az://log/footage", [("azure_storage_account_key", "a2V5")]).is_err());
}

/// As a deployer does who keeps a log elsewhere.
#[test]
fn memory_with_an_index_in_a_directory() {
    let store = MemoryObjects::new();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("index-{}", std::process::id()));
    suite(&|| LogStore::new(store.clone()).with_index(DirectoryIndex::open(&path).unwrap()));
    std::fs::remove_dir_all(path).unwrap();
}

fn in_memory() -> LogWriter {
    create(LogStore::new(MemoryObjects::new()), &Witnesses::new().1).unwrap()
}

#[test]
fn what_is_not_validly_signed_takes_no_place() {
    let mut log = in_memory();
    let mut bytes = statement(7).to_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    let refused = log.submit(Signed::<CustodianStart>::from_bytes(&bytes).unwrap(), seconds(0));
    assert_eq!(refused, Err(AppendError::Statement(StatementError::Signature)));
    assert!(Signed::<CustodianStart>::from_bytes(&bytes[..50]).is_err());
    log.submit(statement(8).into_signed(), seconds(0)).unwrap();
    let inclusions = Witnesses::new().flush(&mut log).unwrap();
    assert_eq!((inclusions.len(), inclusions[0].index, log.size()), (1, 0, 1));
}

#[test]
fn a_batch_is_due_by_time_or_size() {
    let mut log = in_memory().with_batching(Batching { statements: 3, bytes: 1 << 20, age: Millis(1000) });
    assert!(!log.is_due(seconds(100)));
    log.submit_verified(&statement(0), seconds(100)).unwrap();
    assert!(!log.is_due(seconds(100)));
    assert!(log.is_due(seconds(101)));
    log.submit_verified(&statement(1), seconds(100)).unwrap();
    log.submit_verified(&statement(2), seconds(100)).unwrap();
    assert!(log.is_due(seconds(100)));
    Witnesses::new().flush(&mut log).unwrap();
    assert!(!log.is_due(seconds(200)));
}

#[test]
fn without_a_quorum_nothing_is_published_and_nothing_lost() {
    let (mut log, mut witnesses) = (in_memory(), Witnesses::new());
    submit(&mut log, &statements(0, 3));
    let refused = log.flush(&mut []);
    assert!(matches!(refused, Err(FlushError::Quorum(QuorumError::Quorum { found: 0, needed: 3 }))));
    assert_eq!((log.size(), log.published()), (3, 0));
    submit(&mut log, &statements(3, 5));
    assert_eq!(witnesses.flush(&mut log).unwrap().len(), 5);
    assert_eq!(log.published(), 5);
}

// ---- the formats -----------------------------------------------------------------------------------------------------

#[test]
fn tile_paths_of_the_specification() {
    let path = |row, index, size| Tile::of_tree(row, index, size).map(|tile| tile.to_string());
    assert_eq!(path(Row::Entries, 1_234_067, u64::MAX).unwrap(), "tile/entries/x001/x234/067");
    // "A tree of size 70,000 will be represented by [...]"
    assert_eq!(path(Row::Hashes(0), 273, 70_000).unwrap(), "tile/0/273.p/112");
    assert_eq!(path(Row::Hashes(0), 272, 70_000).unwrap(), "tile/0/272");
    assert_eq!(path(Row::Hashes(0), 274, 70_000), None);
    assert_eq!(path(Row::Hashes(1), 0, 70_000).unwrap(), "tile/1/000");
    assert_eq!(path(Row::Hashes(1), 1, 70_000).unwrap(), "tile/1/001.p/17");
    assert_eq!(path(Row::Hashes(2), 0, 70_000).unwrap(), "tile/2/000.p/1");
    assert_eq!(path(Row::Hashes(3), 0, 70_000), None);
    assert_eq!(Tile::added(0, 70_000).len(), 274 + 2 + 1 + 274);
    let of_256: Vec<_> = Tile::added(0, 256).iter().map(ToString::to_string).collect();
    assert_eq!(of_256, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
    for path in ["tile/0/000", "tile/63/x001/000.p/255", "tile/entries/x001/x234/067.p/1"] {
        assert_eq!(path.parse::<Tile>().unwrap().to_string(), path);
    }
    for path in [
        "tile/64/000",
        "tile/00/000",
        "tile/0/00",
        "tile/0/0001",
        "tile/0/x000/001",
        "tile/0/001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/entries/+01",
        "tile/-1/000",
        "tile/0/",
        "checkpoint",
    ] {
        assert_eq!(path.parse::<Tile>(), Err(TilePathError), "{path}");
    }
}

#[test]
fn bundles_are_entries_after_their_lengths() {
    let entries = [b"one".to_vec(), Vec::new(), vec![7; 65_535]];
    let bytes = bundle(&entries).unwrap();
    assert_eq!(bytes[..7], [0, 3, b'o', b'n', b'e', 0, 0]);
    assert_eq!(unbundle(&bytes, 3).unwrap(), entries);
    assert_eq!(unbundle(&bytes, 2).unwrap(), entries[..2]);
    assert_eq!(unbundle(&bytes, 4), Err(BundleError(4)));
    assert_eq!(unbundle(&bytes[..bytes.len() - 1], 3), Err(BundleError(3)));
    assert_eq!(bundle(&[vec![0; 65_536]]), None);
}

/// The example of C2SP tlog-witness.
const ADD_CHECKPOINT: &str = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u{2014} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";

#[test]
fn requests_of_witnesses_are_read_and_written() {
    let request = AddCheckpoint::from_bytes(ADD_CHECKPOINT.as_bytes()).unwrap();
    assert_eq!((request.old, request.proof.0.len(), request.note.signatures().len()), (20_852_014, 4, 2));
    assert_eq!(request.to_bytes(), ADD_CHECKPOINT.as_bytes());
    for (from, to) in [("old 2", "old 02"), ("old ", "new "), ("PlRN", "PlR"), ("old 20852014\n", "")] {
        assert!(AddCheckpoint::from_bytes(ADD_CHECKPOINT.replacen(from, to, 1).as_bytes()).is_err(), "{to}");
    }
    let many = ADD_CHECKPOINT.replacen(
        "jrJZ",
        &format!("{}jrJZ", "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n".repeat(60)),
        1,
    );
    assert!(AddCheckpoint::from_bytes(many.as_bytes()).is_err());
    let lines = request.note.signatures();
    assert_eq!(cosignatures_from_bytes(&cosignatures_to_bytes(lines)).unwrap(), lines);
    assert!(cosignatures_from_bytes(b"").is_err());
}

#[test]
fn signatures_of_other_kinds_are_ignored() {
    let (mut log, mut witnesses) = (in_memory(), Witnesses::new());
    submit(&mut log, &statements(0, 3));
    let note = witnesses.flush(&mut log).unwrap()[0].checkpoint.to_string();
    // As long as one of ML-DSA-44 is, under the name of a witness.
    let line = [vec![1, 2, 3, 4], vec![6; 8 + 2420]].concat();
    let with = format!("{note}\u{2014} w10.example {}\n", base64(&line));
    let witnessed = Witnessed::verify(with.as_bytes(), &witnesses.1).unwrap();
    assert_eq!(witnessed.checkpoint().size(), 3);
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::Encoding as _;
    base64ct::Base64::encode_string(bytes)
}

// ---- witnesses that keep what they cosign ----------------------------------------------------------------------------

fn signed(size: u64, root: u8, key: &SigningKey) -> Note {
    let root = footage::merkle::Hash::from_bytes([root; 32]);
    let mut note = Note::new(Checkpoint::new(name(ORIGIN), size, root).to_string()).unwrap();
    note.sign(&name(ORIGIN), key).unwrap();
    note
}

#[test]
fn a_witness_remembers_after_a_crash() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("witness-{}", std::process::id()));
    let log: VerifyingKey = log_key().verifying_key();
    let witness = || {
        let store = DirectoryWitnessStore::open(&path).unwrap();
        let mut witness = Witness::with_store(name("w1.example"), key(1), store);
        witness.resume(name(ORIGIN), log).unwrap();
        witness
    };
    let ask = |old, size, root| AddCheckpoint {
        old,
        proof: ConsistencyProof::default(),
        note: signed(size, root, &log_key()),
    };
    let mut first = witness();
    first.add_checkpoint(&ask(0, 5, 1), seconds(0)).unwrap();
    assert!(matches!(DirectoryWitnessStore::open(&path), Err(ObjectsError::InUse(_))));
    drop(first);
    let mut again = witness();
    assert_eq!(again.size(&name(ORIGIN)), Some(5));
    let fork = again.add_checkpoint(&ask(5, 5, 2), seconds(0)).unwrap_err();
    assert_eq!((fork.status(), fork), (409, WitnessError::Forked));
    let conflict = again.add_checkpoint(&ask(0, 5, 1), seconds(0)).unwrap_err();
    assert_eq!((conflict.status(), conflict), (409, WitnessError::Conflict { size: 5 }));
    let smaller = again.add_checkpoint(&ask(5, 4, 1), seconds(0)).unwrap_err();
    assert_eq!((smaller.status(), smaller), (400, WitnessError::Smaller));
    assert_eq!(again.add_checkpoint(&ask(5, 6, 1), seconds(0)).unwrap_err().status(), 422);
    again.add_checkpoint(&ask(5, 5, 1), seconds(0)).unwrap();
    drop(again);
    // What is damaged is no beginning.
    for file in std::fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "seen") {
            std::fs::write(file, "").unwrap();
        }
    }
    let mut damaged = Witness::with_store(name("w1.example"), key(1), DirectoryWitnessStore::open(&path).unwrap());
    assert!(damaged.resume(name(ORIGIN), log).is_err());
    std::fs::remove_dir_all(path).unwrap();
}

/// A store that breaks before or after it has kept.
#[derive(Default)]
struct Breaking(MemoryWitnessStore, Option<bool>);

impl WitnessStore for Breaking {
    fn load(&mut self, origin: &KeyName) -> Result<Option<Seen>, WitnessStoreError> {
        self.0.load(origin)
    }

    fn save(&mut self, origin: &KeyName, seen: Seen) -> Result<(), WitnessStoreError> {
        if self.1 != Some(false) {
            self.0.save(origin, seen)?;
        }
        self.1.map_or(Ok(()), |_| Err(WitnessStoreError("broken".into())))
    }
}

#[test]
fn a_witness_whose_store_breaks_signs_nothing() {
    for kept in [false, true] {
        let store = Breaking(MemoryWitnessStore::default(), Some(kept));
        let mut witness = Witness::with_store(name("w1.example"), key(1), store);
        witness.resume(name(ORIGIN), log_key().verifying_key()).unwrap();
        let note = signed(5, 1, &log_key());
        let ask = AddCheckpoint { old: 0, proof: ConsistencyProof::default(), note };
        let broken = witness.add_checkpoint(&ask, seconds(0)).unwrap_err();
        assert_eq!(broken.status(), 500);
    }
}
