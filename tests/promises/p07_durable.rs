//! P7 on the durable log: what stands only beside it, in a tail or a fork that was not witnessed, or in altered files, gets
//! nothing. Against it: a signed, approved agency, the log's operator, and one of four witnesses.

use footage::agency::Ask;
use footage::ledger::{Ledger, LedgerError, StandingError};
use footage::logkeeper::{LogStore, LogWriter};
use footage::merkle::leaf_hash;
use footage::policy::Rule;
use footage::record::{Entry, Millis, Request, Signed, StatementId, Verified};
use footage::store::MemoryObjects;
use footage::tlog::{
    CHECKPOINT_PATH, LogError, QuorumError, Row, Tile, TileError, TileTree, Witness, Witnessed, bundle,
    read_checkpoint, unbundle,
};

use super::common::{World, cells, large_cell, twin, watching};
use super::durable::{Files, publish};
use super::p07_rules::broken;

/// A town whose ledger knows of the log only what it reads from the files that the log publishes.
struct Town {
    world: World,
    log: LogWriter,
    files: Files,
}

/// A durable log with the key of the town's, and all that stands in it so far.
fn copied(world: &World) -> LogWriter {
    let store = LogStore::new(MemoryObjects::new());
    let mut log = LogWriter::create(store, world.log.origin().clone(), twin(&world.keys.log)).unwrap();
    for entry in world.log.entries(0, world.log.size()).unwrap() {
        log.submit(Signed::<Entry>::from_bytes(entry).unwrap(), world.now).unwrap();
    }
    log
}

impl Town {
    fn new() -> Self {
        let mut world = World::new();
        let log = copied(&world);
        world.ledger = Ledger::new(world.trust.clone());
        let mut town = Self { world, log, files: Files::new() };
        town.publish();
        town
    }

    /// As it should be: the witnesses cosign, and everybody follows.
    fn publish(&mut self) {
        self.world.wait(Millis::SECOND);
        self.files = publish(&mut self.log, &mut self.world.witnesses, self.world.now);
        self.world.latest = Some(self.read(&self.files).unwrap().1);
        self.follow(&self.files.clone()).unwrap();
    }

    /// What of these files is new, verified.
    fn read(&self, files: &Files) -> Result<(Vec<Vec<u8>>, Witnessed), TileError> {
        let mut files = files.clone();
        let witnessed = read_checkpoint(&mut files, self.world.trust.log())?;
        let mut tree = TileTree::new(files, witnessed.checkpoint());
        let mut entries = Vec::new();
        while self.world.ledger.size() + (entries.len() as u64) < tree.size() {
            entries.extend(tree.entries(self.world.ledger.size() + entries.len() as u64, u64::MAX)?);
        }
        Ok((entries, witnessed))
    }

    fn follow(&mut self, files: &Files) -> Result<(), LedgerError> {
        let (entries, witnessed) = self.read(files).unwrap();
        self.world.ledger.advance(&entries, &witnessed)
    }

    fn asks(&mut self, change: impl FnOnce(&mut Ask)) -> Verified<Request> {
        let mut ask = self.world.ask();
        change(&mut ask);
        self.world.forged_request(ask)
    }

    /// Witnesses with the keys of the first so many, who cosign whatever they are shown.
    fn bribed(&self, witnesses: u8) -> Vec<Witness> {
        watching(&self.world.log, &self.world.keys.witnesses[..usize::from(witnesses)])
    }

    /// Without a standing there is no permit, and without a permit no consent.
    fn gets_nothing(&self, request: StatementId) {
        assert_eq!(self.world.ledger.request(request).unwrap_err(), StandingError::NotLogged(request));
    }
}

/// The checkpoint has so many of the three cosignatures.
fn too_few(found: u8) -> TileError {
    TileError::Checkpoint(QuorumError::Quorum { found, needed: 3 })
}

#[test]
fn p7_a_request_that_the_durable_log_has_not_witnessed_gets_nothing() {
    let mut town = Town::new();
    let request = town.asks(|_| ());
    town.gets_nothing(request.id());
    // It is stored, and stands under the log's own signature, with the cosignature of one witness or none.
    town.log.submit_verified(&request, town.world.now).unwrap();
    for faulty in [0, 1] {
        let mut bribed = town.bribed(faulty);
        let tail = publish(&mut town.log, &mut bribed, town.world.now);
        assert_eq!(town.read(&tail).unwrap_err(), too_few(faulty));
        // The tail's tiles under the last checkpoint that was witnessed.
        let mut files = town.files.clone();
        files.extend(tail.into_iter().filter(|(path, _)| path != CHECKPOINT_PATH));
        town.follow(&files).unwrap();
        town.gets_nothing(request.id());
    }
    // Once witnessed, it is answered.
    town.publish();
    let clip = town.world.clip();
    let standing = town.world.ledger.request(request.id()).unwrap();
    let granted = town.world.grant(&standing, &clip);
    assert_eq!(granted.excerpted.terms.statement().request, request.id());
}

#[test]
fn p7_a_request_in_a_fork_of_the_durable_log_gets_nothing() {
    let mut town = Town::new();
    let request = town.asks(|_| ());
    let mut fork = copied(&town.world);
    fork.submit_verified(&request, town.world.now).unwrap();
    // The log that everybody sees has another agency's request in its place.
    let ask = town.world.ask();
    let other = town.world.other.request(ask, &town.world.policy, &town.world.ledger, &mut town.world.random).unwrap();
    town.log.submit_verified(&other, town.world.now).unwrap();
    town.publish();
    assert!(town.world.ledger.request(other.id()).is_ok());

    let files = publish(&mut fork, &mut town.world.witnesses, town.world.now);
    assert_eq!(town.read(&files).unwrap_err(), too_few(0));
    let files = publish(&mut fork, &mut town.bribed(1), town.world.now);
    assert_eq!(town.read(&files).unwrap_err(), too_few(1));
    // Were all of them bribed, who has seen the log would still not go over to the fork.
    let files = publish(&mut fork, &mut town.bribed(4), town.world.now);
    assert!(matches!(town.follow(&files), Err(LedgerError::Log(LogError::Forked(_)))));
    town.gets_nothing(request.id());
}

#[test]
fn p7_a_request_altered_in_the_durable_logs_files_gets_nothing() {
    let mut town = Town::new();
    // What is logged breaks the policy; what the operator would have in its place does not. The agency signs both.
    let logged = town.asks(|ask| ask.cells = large_cell(8));
    let good = Request { cells: cells(3), ..logged.statement().clone() };
    let good = Verified::sign(good, &town.world.keys.agency);
    town.log.submit_verified(&logged, town.world.now).unwrap();
    let files = publish(&mut town.log, &mut town.world.witnesses, town.world.now);

    let size = town.log.size();
    let index = size - 1;
    let [entries, hashes] = [Row::Entries, Row::Hashes(0)].map(|row| {
        let tile = Tile::of_tree(row, index / 256, size).unwrap();
        (tile.to_string(), tile.width())
    });
    let mut altered = files.clone();
    let mut all: Vec<_> = unbundle(&files[&entries.0], entries.1).unwrap().iter().map(|entry| entry.to_vec()).collect();
    *all.last_mut().unwrap() = good.to_bytes();
    altered.insert(entries.0.clone(), bundle(&all).unwrap());
    assert_eq!(town.read(&altered).unwrap_err(), TileError::Altered(entries.0.clone()));
    let tile = all.iter().flat_map(|entry| *leaf_hash(entry).as_bytes()).collect();
    altered.insert(hashes.0, tile);
    assert!(matches!(town.read(&altered), Err(TileError::Altered(_))));
    // Not one byte of it may be another.
    let bytes = files[&entries.0].len();
    for at in bytes - logged.to_bytes().len()..bytes {
        let mut altered = files.clone();
        altered.get_mut(&entries.0).unwrap()[at] ^= 1;
        assert_eq!(town.read(&altered).unwrap_err(), TileError::Altered(entries.0.clone()));
    }
    town.gets_nothing(good.id());
    // What was witnessed is what counts, and is refused.
    town.follow(&files).unwrap();
    town.gets_nothing(good.id());
    let standing = town.world.ledger.request(logged.id()).unwrap();
    assert_eq!(broken(&town.world, &standing), [Rule::Resolution]);
}
