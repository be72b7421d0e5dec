//! P13: a log that forks, rewinds, drops an entry or stands still is caught. The attacker is the log's operator, with its
//! key and its store, and one of four witnesses.

use footage::logkeeper::{LogStore, LogWriter};
use footage::merkle::ConsistencyProof;
use footage::record::{CustodianStart, LogRoot, Millis, Timestamp};
use footage::store::MemoryObjects;
use footage::tlog::{
    AddCheckpoint, CHECKPOINT_PATH, FetchError, Follower, LastSeen, LogError, Note, QuorumError, Row, Tile, TileError,
    TileTree, Witness, WitnessError, Witnessed, bundle,
};

use super::durable::*;

/// What the operator can make with its key: a log of these statements, with what the witnesses cosign.
struct Operator {
    log: LogWriter,
    entries: Vec<Vec<u8>>,
}

impl Operator {
    fn new() -> Self {
        let store = LogStore::new(MemoryObjects::new());
        Self { log: LogWriter::create(store, name(ORIGIN), log_key()).unwrap(), entries: Vec::new() }
    }

    fn append(&mut self, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            self.log.submit_verified(&statement(number), seconds(0)).unwrap();
            self.entries.push(statement(number).to_bytes());
        }
    }

    /// Publishes whatever the witnesses say, which is the operator's to do.
    fn publish(&mut self, witnesses: &mut [Witness], now: Timestamp) -> Files {
        publish(&mut self.log, witnesses, now)
    }

    fn witnessed(&mut self, witnesses: &mut [Witness], now: Timestamp, trust: &LogRoot) -> Witnessed {
        Witnessed::verify(&self.publish(witnesses, now)[CHECKPOINT_PATH], trust).unwrap()
    }
}

#[test]
fn p13_a_log_that_forks_is_caught() {
    let Witnesses(mut witnesses, trust) = Witnesses::new();
    let mut phone = LastSeen::new(trust.clone());
    let mut honest = Operator::new();
    honest.append(0..300);
    phone.fetch(honest.publish(&mut witnesses, seconds(1))).unwrap();
    // The other history differs in one entry, long ago or just now, and is as long, longer, or shorter.
    for other in [0, 150, 299] {
        for size in [300, 301, 600] {
            let mut fork = Operator::new();
            fork.append((0..size).map(|number| if number == other { 9999 } else { number }));
            // No witness that has seen the one cosigns the other, whatever proof it is given.
            let files = fork.publish(&mut witnesses, seconds(2));
            let note = Note::from_bytes(&files[CHECKPOINT_PATH]).unwrap();
            assert_eq!(note.signatures().len(), 1);
            let refused = phone.fetch(files.clone()).unwrap_err();
            let missing = QuorumError::Quorum { found: 0, needed: 3 };
            assert_eq!(refused, FetchError::Tiles(TileError::Checkpoint(missing)));
            for old in [0, 300] {
                let proof = fork.log.consistency_proof(old).unwrap();
                let asked = AddCheckpoint { old, proof, note: note.clone() };
                let refused = witnesses[0].add_checkpoint(&asked, seconds(3)).unwrap_err();
                assert!(matches!(
                    refused,
                    WitnessError::Conflict { .. } | WitnessError::NotConsistent | WitnessError::Forked
                ));
            }
            // With one faulty witness there is no quorum for it either.
            let mut bribed = Witnesses::new().0;
            let files = fork.publish(&mut bribed[..1], seconds(4));
            assert!(phone.fetch(files).is_err());
            // Were all of them bribed, whoever has seen the one refuses the other, and has the evidence.
            let files = fork.publish(&mut Witnesses::new().0, seconds(5));
            let Err(FetchError::Log(LogError::Forked(evidence))) = phone.fetch(files) else { panic!("taken over") };
            assert_eq!(evidence.proven, size == 300);
            assert_eq!(evidence.known, phone.latest().unwrap().to_anchor());
        }
    }
    assert_eq!(phone.latest().unwrap().checkpoint().size(), 300);
}

#[test]
fn p13_a_log_that_rewinds_is_caught() {
    let Witnesses(mut witnesses, trust) = Witnesses::new();
    let mut log = Operator::new();
    log.append(0..10);
    let old = log.publish(&mut witnesses, seconds(1));
    log.append(10..300);
    let new = log.publish(&mut witnesses, seconds(2));
    let mut phone = LastSeen::new(trust.clone());
    phone.fetch(new.clone()).unwrap();
    // The phone was off in the meantime, and has only kept the note.
    let mut phone = LastSeen::restore(trust, phone.latest().unwrap().bytes()).unwrap();
    let rewound = FetchError::Log(LogError::Rewound { known: 300, found: 10 });
    assert_eq!(phone.fetch(old.clone()).unwrap_err(), rewound);
    // Nor do witnesses cosign the old one anew.
    let note = Note::from_bytes(&old[CHECKPOINT_PATH]).unwrap();
    for old in [0, 10, 300] {
        let asked = AddCheckpoint { old, proof: ConsistencyProof::default(), note: note.clone() };
        let refused = witnesses[0].add_checkpoint(&asked, seconds(3)).unwrap_err();
        assert!(matches!(refused, WitnessError::Conflict { size: 300 } | WitnessError::Smaller));
    }
    phone.fetch(new).unwrap();
}

#[test]
fn p13_a_log_that_drops_or_alters_an_entry_is_caught() {
    let Witnesses(mut witnesses, trust) = Witnesses::new();
    let mut log = Operator::new();
    log.append(0..300);
    let files = log.publish(&mut witnesses, seconds(1));
    let witnessed = Witnessed::verify(&files[CHECKPOINT_PATH], &trust).unwrap();
    let all = |files: Files| -> Result<u64, TileError> {
        let mut tree = TileTree::new(files, witnessed.checkpoint());
        let mut read = 0;
        while read < 300 {
            read += tree.entries(read, u64::MAX)?.len() as u64;
        }
        Ok(read)
    };
    assert_eq!(all(files.clone()), Ok(300));
    // Every file, damaged in its first and its last byte, cut short, emptied, or gone.
    for path in files.keys().filter(|path| *path != CHECKPOINT_PATH) {
        let altered = |alter: &dyn Fn(&mut Vec<u8>)| {
            let mut files = files.clone();
            alter(files.get_mut(path).unwrap());
            all(files)
        };
        assert!(altered(&|bytes| *bytes.first_mut().unwrap() ^= 1).is_err(), "{path}");
        assert!(altered(&|bytes| *bytes.last_mut().unwrap() ^= 1).is_err(), "{path}");
        assert!(altered(&|bytes| bytes.truncate(bytes.len() - 1)).is_err(), "{path}");
        assert!(altered(&Vec::clear).is_err(), "{path}");
        let mut without = files.clone();
        without.remove(path);
        assert!(all(without).is_err(), "{path}");
    }
    // An entry left out, replaced, or exchanged with its neighbour: also with the tile of hashes to match.
    let first = Tile::of_tree(Row::Entries, 0, 300).unwrap().to_string();
    for at in [0, 100, 254] {
        for way in 0..3 {
            let mut entries = log.entries[..257].to_vec();
            match way {
                0 => drop(entries.remove(at)),
                1 => entries[at] = statement(9999).to_bytes(),
                _ => entries.swap(at, at + 1),
            }
            entries.truncate(256);
            let mut files = files.clone();
            files.insert(first.clone(), bundle(&entries).unwrap());
            assert!(all(files.clone()).is_err());
            let hashes = entries.iter().flat_map(|entry| *footage::merkle::leaf_hash(entry).as_bytes()).collect();
            files.insert("tile/0/000".into(), hashes);
            assert!(all(files).is_err());
        }
    }
    // Who follows the log entry by entry takes over nothing of it.
    let mut follower = Follower::new(trust);
    let mut entries = log.entries.clone();
    entries.remove(100);
    assert_eq!(follower.follow::<CustodianStart>(&entries, &witnessed).unwrap_err(), LogError::Entries);
    entries.insert(100, statement(9999).to_bytes());
    assert_eq!(follower.follow::<CustodianStart>(&entries, &witnessed).unwrap_err(), LogError::Entries);
    assert_eq!(follower.follow::<CustodianStart>(&log.entries, &witnessed).unwrap().len(), 300);
}

#[test]
fn p13_a_log_that_stands_still_is_caught() {
    let Witnesses(mut witnesses, trust) = Witnesses::new();
    let mut log = Operator::new();
    log.append(0..10);
    let day = |day: u64| seconds(0).after(Millis::DAY.times(day));
    let files = log.publish(&mut witnesses, day(0));
    let mut phone = LastSeen::new(trust.clone());
    phone.fetch(files.clone()).unwrap();
    // The operator serves the same for a week: the witnesses' time does not go on, and no key of its own moves it.
    for _ in 0..7 {
        phone.fetch(files.clone()).unwrap();
        assert_eq!(phone.latest().unwrap().not_before(), day(0));
    }
    // Nor does one faulty witness whose clock runs ahead.
    let mut note = Note::from_bytes(&files[CHECKPOINT_PATH]).unwrap();
    let ahead = AddCheckpoint { old: 10, proof: ConsistencyProof::default(), note: note.clone() };
    note.add(witnesses[0].add_checkpoint(&ahead, day(7)).unwrap()).unwrap();
    let with_liar = Witnessed::verify(note.to_string().as_bytes(), &trust).unwrap();
    assert_eq!((with_liar.not_before(), with_liar.existed_by()), (day(0), day(0).after(Millis(999))));
    // A log that lives without new entries has its checkpoint cosigned anew.
    phone.fetch(log.publish(&mut witnesses, day(7))).unwrap();
    assert_eq!(phone.latest().unwrap().not_before(), day(7));
    assert_eq!(log.witnessed(&mut witnesses, day(8), &trust).not_before(), day(8));
}
