//! A log whose keeper and witnesses sign any entries.

use footage::crypto::SigningKey;
use footage::merkle::{Frontier, leaf_hash};
use footage::record::{Millis, TrustRoots};
use footage::tlog::{Checkpoint, Cosignature, Note, Witnessed};

use super::common::{NOON, at};

/// Whoever signs the log.
#[derive(Debug)]
pub struct Notary {
    pub trust: TrustRoots,
    pub log: SigningKey,
    pub witnesses: Vec<SigningKey>,
}

impl Notary {
    /// The log with these entries as it is witnessed so many hours after noon.
    pub fn witnessed(&self, entries: &[Vec<u8>], hours: u64) -> Witnessed {
        let tree: Frontier = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let origin = self.trust.log().origin();
        let mut note = Note::new(Checkpoint::new(origin.clone(), tree.size(), tree.root()).to_string()).unwrap();
        note.sign(origin, &self.log).unwrap();
        let now = at(NOON).after(Millis::HOUR.times(hours));
        for (witness, key) in self.trust.log().witnesses().iter().zip(&self.witnesses).take(3) {
            let cosignature = Cosignature::sign(note.text(), key, now);
            note.add(cosignature.to_line(&witness.name, key)).unwrap();
        }
        Witnessed::verify(note.to_string().as_bytes(), self.trust.log()).unwrap()
    }
}
