//! What a log's tiles give: the edge that they are made from, copies of the log, and clients that follow it.
#![allow(missing_docs, clippy::unwrap_used)]

use std::cell::RefCell;
use std::collections::BTreeMap;

use footage::crypto::{Secret, SigningKey};
use footage::merkle::{Frontier, Hash, InclusionProof, ProofError, Subtrees, Tree, leaf_hash};
use footage::record::{KeyName, LogRoot, Request, Timestamp, WitnessKey};
use footage::tlog::{
    AddCheckpoint, Archive, Checkpoint, Cosignature, Edge, Follower, LogCopy, Note, NoteError, NoteSignature,
    ProofFile, Row, Tile, TileError, TileTree, Witnessed, bundle, cosignatures_from_bytes, cosignatures_to_bytes,
};

const ORIGIN: &str = "log.example/1";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [seed; 32]))
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn entries(count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|index| index.to_be_bytes()[..=index as usize % 8].to_vec()).collect()
}

fn tree(entries: &[Vec<u8>]) -> Tree {
    entries.iter().map(|entry| leaf_hash(entry)).collect()
}

fn edge(entries: &[Vec<u8>]) -> Edge {
    let mut edge = Edge::new();
    for entry in entries {
        edge.push(leaf_hash(entry));
    }
    edge
}

/// The hashes of a tile.
fn hashes(tree: &Tree, tile: Tile) -> Vec<Hash> {
    let Row::Hashes(row) = tile.row() else { return Vec::new() };
    let span = 1_u64 << (8 * row);
    let from = (tile.start()..).take(tile.width().into()).map(|at| at * span);
    from.map(|from| (&mut &*tree).subtree(from, from + span).unwrap()).collect()
}

/// Every tile of a log.
fn files(entries: &[Vec<u8>]) -> BTreeMap<String, Vec<u8>> {
    let (size, edge) = (entries.len() as u64, edge(entries));
    let files = Tile::added(0, size).into_iter().map(|tile| {
        let from = tile.start() as usize;
        let entries = || bundle(&entries[from..from + usize::from(tile.width())]);
        let bytes = if tile.row() == Row::Entries { entries() } else { edge.tile(tile) };
        (tile.to_string(), bytes.unwrap())
    });
    files.collect()
}

/// Leaves before the last, partial tile that a subtree of so many leaves would stand in.
fn gone(size: u64, width: u64) -> u64 {
    let tile = 256_u64.pow(width.ilog2() / 8 + 1);
    size / tile * tile
}

/// Of every row, an edge that has forgotten holds the last, partial tile, as one that is made from the tiles does.
#[test]
fn an_edge_holds_the_last_tiles_and_nothing_else() {
    for size in [0, 1, 2, 255, 256, 257, 600, 65_535, 65_536, 66_000] {
        let entries = entries(size);
        let whole = tree(&entries);
        let mut forgetful = edge(&entries);
        assert!(
            Tile::added(0, size).into_iter().all(|tile| tile.row() == Row::Entries || forgetful.tile(tile).is_some())
        );
        forgetful.forget();
        let restored = Edge::restore::<ProofError>(size, |tile| Ok(hashes(&whole, tile))).unwrap();
        for edge in [&forgetful, &restored] {
            assert_eq!((edge.size(), edge.root()), (size, whole.root()));
            for width in (0..=16).map(|level| 1_u64 << level) {
                let places = [0, 1, size / width / 2, (size / width).saturating_sub(1)];
                for (from, to) in places.map(|at| (at * width, (at + 1) * width)) {
                    let found = (&mut &*edge).subtree(from, to);
                    let there = to <= size && from >= gone(size, width);
                    if there {
                        assert_eq!(found, (&mut &whole).subtree(from, to), "{from} to {to} of {size}");
                    } else {
                        assert_eq!(found, Err(ProofError::Bounds), "{from} to {to} of {size}");
                    }
                }
            }
        }
        // Both go on alike.
        let mut both = [forgetful, restored];
        for n in 0..300_u64 {
            for edge in &mut both {
                edge.push(leaf_hash(&n.to_be_bytes()));
            }
        }
        let added = Tile::added(size, size + 300);
        assert!(added.iter().any(|tile| tile.row() == Row::Hashes(0)));
        for tile in added.into_iter().filter(|tile| tile.row() != Row::Entries) {
            let bytes = both[0].tile(tile);
            assert!(bytes.is_some() && bytes == both[1].tile(tile), "{tile}");
        }
        assert_eq!(both[0].root(), both[1].root());
    }
}

/// No subtree but those of RFC 9162: of whole width, or cut off where the tree ends.
#[test]
fn a_subtree_begins_at_a_multiple_of_its_width_and_ends_within_the_tree() {
    for size in [0, 1, 5, 8, 11_u64] {
        let entries = entries(size);
        let (whole, edge, checkpoint) = (tree(&entries), edge(&entries), witnessed(&entries, 100));
        let mut tiles = TileTree::new(files(&entries), checkpoint.checkpoint());
        for from in 0..=size + 2 {
            for to in 0..=size + 2 {
                let there = from < to && to <= size && from % (to - from).next_power_of_two() == 0;
                let expected =
                    if there { Ok(tree(&entries[from as usize..to as usize]).root()) } else { Err(ProofError::Bounds) };
                assert_eq!((&mut &whole).subtree(from, to), expected, "{from} to {to} of {size}");
                assert_eq!((&mut &edge).subtree(from, to), expected, "{from} to {to} of {size}");
                assert_eq!(tiles.subtree(from, to), expected.map_err(TileError::Proof), "{from} to {to} of {size}");
            }
        }
    }
}

/// Nothing is written again that has not grown.
#[test]
fn the_tiles_that_are_added_are_those_that_have_grown() {
    let added = |old, new| Tile::added(old, new).iter().map(Tile::to_string).collect::<Vec<_>>();
    assert_eq!(added(300, 301), ["tile/0/001.p/45", "tile/entries/001.p/45"]);
    assert_eq!(added(511, 512), ["tile/0/001", "tile/1/000.p/2", "tile/entries/001"]);
    assert_eq!(added(512, 513), ["tile/0/002.p/1", "tile/entries/002.p/1"]);
    assert!(added(300, 300).is_empty());
}

/// Three rows of tiles.
#[test]
fn a_proof_leads_through_every_row_of_tiles() {
    let entries = entries(66_000);
    let (whole, checkpoint) = (tree(&entries), witnessed(&entries, 100));
    let mut tiles = TileTree::new(files(&entries), checkpoint.checkpoint());
    for index in [0, 255, 256, 40_000, 65_535, 65_536, 65_999] {
        assert_eq!(tiles.inclusion_proof(index).unwrap(), whole.inclusion_proof(index, 66_000).unwrap());
    }
    for old in [1, 255, 60_000, 65_536, 65_999] {
        assert_eq!(tiles.consistency_proof(old).unwrap(), whole.consistency_proof(old, 66_000).unwrap());
    }
}

/// A tree so large that its highest row has one hash.
#[test]
fn an_edge_of_the_highest_row_forgets_nothing_of_it() {
    let hash = leaf_hash(b"half of all");
    let size = 1 << 56;
    let mut edge = Edge::restore::<ProofError>(size, |tile| {
        assert_eq!((tile.row(), tile.width()), (Row::Hashes(7), 1));
        Ok(vec![hash])
    })
    .unwrap();
    edge.push(hash);
    let mut frontier = Frontier::restore(size, vec![hash]).unwrap();
    frontier.push(hash);
    edge.forget();
    assert_eq!((edge.size(), edge.root()), (size + 1, frontier.root()));
}

fn log_root() -> LogRoot {
    let witnesses = (1..=4).map(|i| WitnessKey { name: name(&format!("w{i}.example")), key: key(i).verifying_key() });
    LogRoot::new(name(ORIGIN), key(100).verifying_key(), witnesses.collect(), 3, 1).unwrap()
}

fn cosignature(text: &str, witness: u8, second: u64) -> NoteSignature {
    let time = Timestamp::from_seconds(second).unwrap();
    Cosignature::sign(text, &key(witness), time).to_line(&name(&format!("w{witness}.example")), &key(witness))
}

fn witnessed(entries: &[Vec<u8>], second: u64) -> Witnessed {
    let tree = tree(entries);
    let mut note = Note::new(Checkpoint::new(name(ORIGIN), tree.size(), tree.root()).to_string()).unwrap();
    note.sign(&name(ORIGIN), &key(100)).unwrap();
    for witness in 1..=3 {
        note.add(cosignature(note.text(), witness, second)).unwrap();
    }
    Witnessed::verify(note.to_string().as_bytes(), &log_root()).unwrap()
}

/// From a copy in memory and from the tiles, the same entries and the same proofs, and nothing past the end.
#[test]
fn an_archive_gives_every_entry_with_its_proof() {
    let entries = entries(300);
    let (checkpoint, whole) = (witnessed(&entries, 100), tree(&entries));
    let mut copy = LogCopy::default();
    copy.extend(entries.clone());
    assert_eq!(copy.entries(), entries);
    let mut files = files(&entries);
    let tiles = RefCell::new(TileTree::new(&mut files, checkpoint.checkpoint()));
    let archives: [&dyn Archive; 2] = [&copy, &tiles];
    for archive in archives {
        for (index, entry) in (0..).zip(&entries) {
            assert_eq!(archive.entry(index).as_ref(), Some(entry), "{index}");
            let proof: InclusionProof = archive.inclusion(index, 300).unwrap();
            assert_eq!(proof.verify(leaf_hash(entry), index, 300, whole.root()), Ok(()));
            if index < 200 {
                assert_eq!(archive.inclusion(index, 200), whole.inclusion_proof(index, 200).ok());
            }
        }
        for index in [300, 301, u64::MAX] {
            assert_eq!((archive.entry(index), archive.inclusion(index, 300)), (None, None));
        }
        assert_eq!(archive.inclusion(0, 301), None);
    }
}

/// A log that has grown serves the full tile in the place of a partial one that it no longer has.
#[test]
fn a_client_of_an_earlier_checkpoint_reads_full_tiles() {
    let (now, then) = (entries(600), entries(300));
    let (mut now, checkpoint) = (files(&now), witnessed(&then, 100));
    // A partial tile is kept until the full one is there.
    now.extend(files(&then).into_iter().filter(|(path, _)| path.starts_with("tile/1/")));
    assert!(!now.contains_key("tile/entries/001.p/44") && now.contains_key("tile/entries/001"));
    let mut read = TileTree::new(now, checkpoint.checkpoint());
    let whole = tree(&then);
    for (index, entry) in (0..300).zip(&then) {
        assert_eq!(read.entries(index, index + 1).unwrap(), std::slice::from_ref(entry));
        assert_eq!(read.inclusion_proof(index).unwrap(), whole.inclusion_proof(index, 300).unwrap());
    }
    assert!(read.leaf(300).is_err() && read.entries(300, 400).unwrap().is_empty());
}

/// Witnesses whose clocks were set back do not hold a client up.
#[test]
fn a_client_follows_a_larger_log_of_an_earlier_time() {
    let entries = entries(9);
    let mut follower = Follower::new(log_root());
    assert_eq!(follower.follow::<Request>(&entries[..5], &witnessed(&entries[..5], 200)).unwrap().len(), 5);
    let earlier = witnessed(&entries, 100);
    assert_eq!(follower.follow::<Request>(&entries[5..], &earlier).unwrap().len(), 4);
    assert_eq!((follower.size(), follower.latest()), (9, Some(&earlier)));
    // Of one size, the later counts.
    let later = witnessed(&entries, 150);
    for checkpoint in [&later, &earlier] {
        assert!(follower.follow::<Request>(&[], checkpoint).unwrap().is_empty());
        assert_eq!(follower.latest(), Some(&later));
    }
}

#[test]
fn an_answer_has_as_many_cosignatures_as_a_note_may_have() {
    let checkpoint = Checkpoint::new(name(ORIGIN), 0, Hash::EMPTY).to_string();
    let lines = vec![cosignature(&checkpoint, 1, 1); 65];
    for count in [1, 2, 63, 64] {
        let answer = cosignatures_to_bytes(&lines[..count]);
        assert_eq!(cosignatures_from_bytes(&answer).unwrap(), lines[..count]);
    }
    let refused = cosignatures_from_bytes(&cosignatures_to_bytes(&lines));
    assert_eq!(refused.unwrap_err(), NoteError::TooManySignatures.into());
    assert!(AddCheckpoint::from_bytes(&cosignatures_to_bytes(&lines)).is_err());
}

/// What an application puts into a proof file may be twice as long as a statement, in Base64.
#[test]
fn a_proof_file_takes_so_much_of_an_applications_own() {
    let checkpoint = Note::new(Checkpoint::new(name(ORIGIN), 1, leaf_hash(b"entry")).to_string()).unwrap();
    let mut note = checkpoint.clone();
    note.sign(&name(ORIGIN), &key(100)).unwrap();
    let most = 2 * footage::cbor::limits::STATEMENT_BYTES / 4 * 3;
    for (length, fits) in [(0, true), (footage::cbor::limits::STATEMENT_BYTES, true), (most, true), (most + 1, false)] {
        let extra = Some(vec![7; length]);
        let file = ProofFile { extra, index: 0, proof: InclusionProof::default(), checkpoint: note.clone() };
        assert_eq!(file.to_string().parse().ok(), fits.then_some(file), "{length}");
    }
}

/// A note is as long as the limit says, and no longer, however it comes to be.
#[test]
fn a_note_is_as_long_as_its_limit() {
    let limit = footage::cbor::limits::CHECKPOINT_BYTES;
    let text = |length: usize| format!("{}\n", "x".repeat(length - 1));
    assert!(Note::new(text(limit)).is_ok());
    assert_eq!(Note::new(text(limit + 1)), Err(NoteError::TooLong));
    assert_eq!(Note::new(text(limit + 2)), Err(NoteError::TooLong));
    // With one signature: an empty line and the line itself.
    let line = cosignature("x", 1, 1);
    let rest = 1 + line.to_string().len() + 1;
    let mut note = Note::new(text(limit - rest)).unwrap();
    note.add(line.clone()).unwrap();
    let bytes = note.to_string().into_bytes();
    assert_eq!((bytes.len(), Note::from_bytes(&bytes)), (limit, Ok(note)));
    let mut note = Note::new(text(limit - rest + 1)).unwrap();
    assert_eq!(note.add(line), Err(NoteError::TooLong));
    assert!(note.signatures().is_empty());
    for more in [1, 2] {
        let longer = [b"x".repeat(more), bytes.clone()].concat();
        assert_eq!(Note::from_bytes(&longer), Err(NoteError::TooLong));
    }
}
