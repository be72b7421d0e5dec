//! The log: kept durably, cosigned by four witnesses, and followed by everybody.

use footage::crypto::{OsRandom, SigningKey};
use footage::ledger::Ledger;
use footage::logkeeper::{LogStore, LogWriter};
use footage::record::{KeyName, LogRoot, Signed, Statement, Timestamp};
use footage::tlog::{Checkpoints, Cosigner, TileTree, Witness, WitnessAt};

use super::Result;

pub(crate) struct Log {
    writer: LogWriter,
    witnesses: Vec<Witness>,
    root: LogRoot,
}

impl Log {
    pub(crate) fn create(store: LogStore) -> Result<Self> {
        let key = || SigningKey::generate(&mut OsRandom);
        let origin = KeyName::new("log.town.example/footage")?;
        let writer = LogWriter::create(store, origin.clone(), key()?)?;
        let mut witnesses = Vec::new();
        for name in ["newspaper", "university", "court", "neighbours"] {
            let mut witness = Witness::new(KeyName::new(format!("witness.{name}.example"))?, key()?);
            witness.watch(origin.clone(), writer.verifying_key());
            witnesses.push(witness);
        }
        // Three of the four must have seen a checkpoint, and one of them may lie.
        let known = witnesses.iter().map(Witness::key).collect();
        let root = LogRoot::new(origin, writer.verifying_key(), known, 3, 1)?;
        Ok(Self { writer: writer.with_quorum(root.clone()), witnesses, root })
    }

    pub(crate) const fn root(&self) -> &LogRoot {
        &self.root
    }

    pub(crate) const fn size(&self) -> u64 {
        self.writer.size()
    }

    /// How many cosigned checkpoints it has published.
    pub(crate) const fn checkpoints(&self) -> u64 {
        self.writer.checkpoints()
    }

    /// The log's tiles, up to the newest checkpoint.
    pub(crate) fn tree(&self) -> Result<TileTree<&LogStore>> {
        Ok(self.writer.tree()?)
    }

    /// Takes a statement in, which is neither stored nor witnessed yet.
    pub(crate) fn append<T: Statement>(&mut self, statement: Signed<T>, now: Timestamp) -> Result<()> {
        self.writer.submit(statement, now)?;
        Ok(())
    }

    /// Stores what was taken in, and publishes a checkpoint that the witnesses have cosigned.
    pub(crate) fn witness(&mut self, now: Timestamp) -> Result<()> {
        let mut witnesses: Vec<_> = self.witnesses.iter_mut().map(|witness| WitnessAt { witness, now }).collect();
        let mut cosigners: Vec<_> = witnesses.iter_mut().map(|witness| witness as &mut dyn Cosigner).collect();
        self.writer.flush(&mut cosigners)?;
        Ok(())
    }

    /// Goes on with the log from where the ledger stands, along the checkpoints from this one on.
    pub(crate) fn follow(&self, ledger: &mut Ledger, first: u64) -> Result<()> {
        let mut tree = self.writer.tree()?;
        for checkpoint in Checkpoints::new(self.writer.store(), self.root.clone(), first) {
            let checkpoint = checkpoint?;
            let (mut at, to) = (ledger.size(), checkpoint.checkpoint().size());
            let mut entries = Vec::new();
            while at < to {
                let some = tree.entries(at, to)?;
                at += some.len() as u64;
                entries.extend(some);
            }
            ledger.advance(&entries, &checkpoint)?;
        }
        Ok(())
    }
}
