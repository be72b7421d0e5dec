//! Notes, cosignatures, tiles and proofs of the durable log, as others read them.

use std::cell::RefCell;

use footage::crypto::{Secret, SigningKey};
use footage::logkeeper::{LogStore, LogWriter};
use footage::record::{CustodianId, CustodianStart, KeyName, Nonce, Timestamp, Verified};
use footage::store::MemoryObjects;
use footage::tlog::{Cosigner, NoteKey, NoteKeyKind, TileReader as _, Witness, WitnessAt};
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{Checkpoint, HashReader as _, Tile, TileHashReader, TileReader, check_record, check_tree};

const SIZE: u64 = 700;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [seed; 32]))
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn entry(number: u64) -> Verified<CustodianStart> {
    let mut nonce = [0; 32];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    Verified::sign(
        CustodianStart { custodian: CustodianId::new("alpha").unwrap(), nonce: Nonce::from_bytes(nonce) },
        &key(1),
    )
}

/// A log of `SIZE` entries, cosigned by one witness.
fn log() -> LogWriter {
    let mut witness = Witness::new(name("witness.example"), key(10));
    witness.watch(name("log.example/footage"), key(100).verifying_key());
    let store = LogStore::new(MemoryObjects::new());
    let mut log = LogWriter::create(store, name("log.example/footage"), key(100)).unwrap();
    let now = Timestamp::from_seconds(1_790_000_000).unwrap();
    for number in 0..SIZE {
        log.submit_verified(&entry(number), now).unwrap();
        if number % 100 == 99 {
            let mut at = WitnessAt { witness: &mut witness, now };
            log.flush(&mut [&mut at as &mut dyn Cosigner]).unwrap();
        }
    }
    log
}

/// A cosignature/v1 key, which `signed_note` leaves to its users.
struct Cosignature(NoteKey);

impl Verifier for Cosignature {
    fn name(&self) -> &str {
        self.0.name.as_str()
    }

    fn key_id(&self) -> u32 {
        let material = [&[0x04], self.0.key.as_bytes().as_slice()].concat();
        signed_note::key_id(self.0.name.as_str(), &material)
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let (time, signature) = signature.split_at(8);
        let seconds = u64::from_be_bytes(time.try_into().unwrap());
        let message = [format!("cosignature/v1\ntime {seconds}\n").as_bytes(), message].concat();
        let key = ed25519_dalek::VerifyingKey::from_bytes(self.0.key.as_bytes()).unwrap();
        key.verify_strict(&message, &ed25519_dalek::Signature::from_slice(signature).unwrap()).is_ok()
    }
}

fn published(log: &LogWriter) -> Vec<u8> {
    log.store().read("checkpoint").unwrap().unwrap()
}

#[test]
fn signed_note_verifies_the_checkpoint_and_its_cosignature() {
    let log = log();
    let note = Note::from_bytes(&published(&log)).unwrap();
    let own = NoteKey { name: log.origin().clone(), kind: NoteKeyKind::Ed25519, key: log.verifying_key() };
    let witness =
        NoteKey { name: name("witness.example"), kind: NoteKeyKind::Cosignature, key: key(10).verifying_key() };
    let own = StandardVerifier::new(&own.to_string()).unwrap();
    let known = VerifierList::new(vec![Box::new(own), Box::new(Cosignature(witness))]);
    let (verified, unknown) = note.verify(&known).unwrap();
    assert_eq!((verified.len(), unknown.len()), (2, 0));
    let checkpoint = Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size()), ("log.example/footage", SIZE));
}

/// The stored tiles, for a foreign client.
struct Stored<'a>(RefCell<&'a LogStore>);

impl TileReader for Stored<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            // Go's paths name the height; those of C2SP do not.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.0.borrow_mut().read(&path).unwrap().unwrap_or_else(|| panic!("{path} is not there"))
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

#[test]
fn tlog_tiles_reads_the_tiles_and_checks_the_proofs() {
    let log = log();
    let checkpoint = Checkpoint::from_bytes(Note::from_bytes(&published(&log)).unwrap().text()).unwrap();
    let stored = Stored(RefCell::new(log.store()));
    let tiles = TileHashReader::new(SIZE, *checkpoint.hash(), &stored);
    let hash = |hash: &footage::merkle::Hash| tlog_tiles::Hash(*hash.as_bytes());
    for number in (0..SIZE).step_by(13) {
        let leaf = tlog_tiles::record_hash(&entry(number).to_bytes());
        assert_eq!(tiles.read_hashes(&[tlog_tiles::stored_hash_index(0, number)]).unwrap(), [leaf]);
        let ours: Vec<_> = log.inclusion_proof(number).unwrap().0.iter().map(hash).collect();
        assert_eq!(ours, tlog_tiles::prove_record(SIZE, number, &tiles).unwrap());
        check_record(&ours, SIZE, *checkpoint.hash(), number, leaf).unwrap();
    }
    for old in (1..SIZE).step_by(17) {
        let ours: Vec<_> = log.consistency_proof(old).unwrap().0.iter().map(hash).collect();
        assert_eq!(ours, tlog_tiles::prove_tree(SIZE, old, &tiles).unwrap());
        let root = tlog_tiles::tree_hash(old, &tiles).unwrap();
        check_tree(&ours, SIZE, *checkpoint.hash(), old, root).unwrap();
    }
}
