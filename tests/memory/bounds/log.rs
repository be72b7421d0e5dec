//! Notes, proofs and tiles.

use std::collections::BTreeMap;

use footage::crypto::KemAlgorithm;
use footage::custodian::MemoryKeyStore;
use footage::merkle::{ConsistencyProof, Hash, leaf_hash};
use footage::record::KeyName;
use footage::tlog::{
    AddCheckpoint, Checkpoint, Edge, Note, NoteKey, NoteSignature, ProofFile, Row as TileRow, TILE_WIDTH, Tile,
    TileTree, Witnessed, bundle, cosignatures_from_bytes, cosignatures_to_bytes, unbundle,
};

use super::common::World;
use super::{Form, Row};

fn text<T: std::str::FromStr>(name: &str, input: &impl ToString) -> Row<'static>
where
    T::Err: ToString,
{
    let parse = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().parse::<T>().map(drop);
    Row::new(name, Form::Text, input.to_string(), parse)
}

#[test]
fn notes_and_proofs() {
    let world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
    let witnessed = world.anchor();
    let note = Note::from_bytes(witnessed.bytes()).unwrap();
    let key = NoteKey::of_witness(&world.trust.log().witnesses()[0]);
    let (size, root) = (witnessed.checkpoint().size(), world.trust.log());
    let request =
        AddCheckpoint { old: 1, proof: ConsistencyProof(vec![Hash::EMPTY; 3]), note: world.log.checkpoint().unwrap() };
    let proof = ProofFile {
        extra: Some(b"extra".to_vec()),
        index: 1,
        proof: world.log.inclusion_proof(1, size).unwrap(),
        checkpoint: note.clone(),
    };
    let tile = Tile::of_tree(TileRow::Hashes(1), 1_234_067, u64::MAX).unwrap();
    let partial = Tile::of_tree(TileRow::Entries, 1_234_067, 1_234_067 * 256 + 3).unwrap();
    let rows = [
        text::<Note>("note", &note),
        text::<Checkpoint>("checkpoint", &note.text()),
        text::<NoteSignature>("signature line", &note.signatures()[1]),
        text::<NoteKey>("verifier key", &key),
        text::<ProofFile>("proof file", &proof),
        text::<Tile>("path of a tile", &tile),
        text::<Tile>("path of a bundle", &partial),
        Row::new("witnessed checkpoint", Form::Text, witnessed.bytes(), |note| Witnessed::verify(note, root).map(drop)),
        Row::new("add-checkpoint", Form::Text, request.to_bytes(), |body| AddCheckpoint::from_bytes(body).map(drop)),
        Row::new("cosignatures", Form::Text, cosignatures_to_bytes(note.signatures()), |body| {
            cosignatures_from_bytes(body).map(drop)
        }),
    ];
    rows.into_iter().for_each(Row::check);
}

/// A log of three tiles and a part of one, as its files.
fn tiles() -> (Checkpoint, BTreeMap<String, Vec<u8>>) {
    let entries: Vec<_> = (0..3 * TILE_WIDTH + 9).map(|index| index.to_be_bytes().to_vec()).collect();
    let (mut edge, mut files) = (Edge::new(), BTreeMap::new());
    for entry in &entries {
        edge.push(leaf_hash(entry));
    }
    for tile in Tile::added(0, edge.size()) {
        let bytes = edge.tile(tile).or_else(|| {
            let from = tile.start() as usize;
            bundle(&entries[from..from + usize::from(tile.width())])
        });
        files.insert(tile.to_string(), bytes.unwrap());
    }
    (Checkpoint::new(KeyName::new("log.example").unwrap(), edge.size(), edge.root()), files)
}

/// Everything that a client asks of tiles.
fn look(checkpoint: &Checkpoint, files: BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let mut tree = TileTree::new(files, checkpoint);
    let last = checkpoint.size().saturating_sub(1);
    let said = [
        tree.leaf(last).map(drop),
        tree.inclusion_proof(last).map(drop),
        tree.consistency_proof(1).map(drop),
        tree.consistency_proof(last).map(drop),
        tree.entries(last, u64::MAX).map(drop),
    ];
    let each = (0..1000).step_by(TILE_WIDTH as usize).map(|from| tree.entries(from, last).map(drop));
    let said = each.collect::<Vec<_>>().into_iter().chain(said);
    said.collect::<Result<(), _>>().map_err(|error| error.to_string())
}

#[test]
fn tiles_and_bundles() {
    let (checkpoint, files) = tiles();
    let claimed = |text: &[u8]| {
        let checkpoint: Checkpoint =
            std::str::from_utf8(text).unwrap().parse().map_err(|_| "not a checkpoint".to_owned())?;
        look(&checkpoint, files.clone())
    };
    Row::new("tree of a size", Form::Text, checkpoint.to_string(), claimed).check();
    for (path, file) in &files {
        let parse = |bytes: &[u8]| {
            let mut files = files.clone();
            files.insert(path.clone(), bytes.to_vec());
            look(&checkpoint, files)
        };
        Row::new(path, Form::Numbers, file.as_slice(), parse).check();
    }
    let parse = |bytes: &[u8]| unbundle(bytes, 2).map(drop);
    Row::new("bundle", Form::Numbers, bundle(&[b"one", b"two"]).unwrap(), parse).check();
    // A bundle of as many entries as a number of them can say, which are not there.
    let (found, needed) = super::peak(|| unbundle(b"\0\x01a", u16::MAX).map(drop));
    assert!(found.is_err() && needed < 1 << 10, "{needed} bytes");
}
