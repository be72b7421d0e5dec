//! A log whose operator writes into it whatever it likes, and shows whatever it likes.

use footage::crypto::SigningKey;
use footage::merkle::{ConsistencyProof, Tree, leaf_hash};
use footage::record::Timestamp;
use footage::tlog::{Checkpoint, Note, Witness};

use super::founding::origin;

pub struct Logbook {
    key: SigningKey,
    entries: Vec<Vec<u8>>,
    tree: Tree,
}

impl Logbook {
    pub fn new(key: SigningKey) -> Self {
        Self { key, entries: Vec::new(), tree: Tree::new() }
    }

    /// The log of these entries.
    pub fn of(key: SigningKey, entries: &[Vec<u8>]) -> Self {
        let tree = entries.iter().map(|entry| leaf_hash(entry)).collect();
        Self { key, entries: entries.to_vec(), tree }
    }

    /// Takes a statement in; one that is there keeps its place.
    pub fn append(&mut self, entry: Vec<u8>) {
        if !self.entries.contains(&entry) {
            self.write(entry);
        }
    }

    /// Writes down whatever it is.
    pub fn write(&mut self, entry: Vec<u8>) {
        self.tree.push(leaf_hash(&entry));
        self.entries.push(entry);
    }

    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    pub fn since(&self, index: u64) -> &[Vec<u8>] {
        &self.entries[index as usize..]
    }

    pub fn between(&self, from: u64, to: u64) -> &[Vec<u8>] {
        &self.entries[from as usize..to as usize]
    }

    /// The proof that the log of so many entries is the beginning of the log as it is now.
    pub fn consistency(&self, old: u64) -> ConsistencyProof {
        self.tree.consistency_proof(old, self.size()).unwrap()
    }

    /// The log as it is now, cosigned by those witnesses whose clocks are given and who go along.
    pub fn cosigned(&self, witnesses: &mut [Witness], clock: impl Fn(usize) -> Option<Timestamp>) -> Vec<u8> {
        let checkpoint = Checkpoint::new(origin(), self.size(), self.tree.root());
        let mut note = Note::new(checkpoint.to_string()).unwrap();
        note.sign(&origin(), &self.key).unwrap();
        let signed = note.to_string();
        for (n, witness) in witnesses.iter_mut().enumerate() {
            let line = clock(n).and_then(|now| {
                let old = witness.size(&origin())?;
                let proof = self.tree.consistency_proof(old, self.size()).ok()?;
                witness.cosign(signed.as_bytes(), old, &proof, now).ok()
            });
            if let Some(line) = line {
                note.add(line).unwrap();
            }
        }
        note.to_string().into_bytes()
    }
}
