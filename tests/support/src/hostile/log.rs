//! The log's texts, proofs and files. What is accepted is the one form of what it means; an altered proof proves nothing
//! else; whatever the files of a log are, what comes out of them is in the log; and no witness signs two histories.

use core::fmt::Display;
use core::str::FromStr;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use footage::crypto::{Secret, SigningKey};
use footage::merkle::{ConsistencyProof, Hash, InclusionProof, RangeProof, Tree, leaf_hash};
use footage::record::{KeyName, LogRoot, Timestamp};
use footage::tlog::{
    AddCheckpoint, Checkpoint, Checkpoints, Cosignature, Edge, LastSeen, Note, NoteKey, NoteSignature, ProofFile, Row,
    TILE_WIDTH, Tile, TileTree, Witness, Witnessed, bundle, cosignatures_from_bytes, cosignatures_to_bytes, unbundle,
};

use super::common::{NOON, at};
use super::memory::bounded;
use super::recipe::Recipe;

/// One byte says what the others are.
pub fn log(data: &[u8]) {
    let Some((&what, bytes)) = data.split_first() else { return };
    match what {
        0 => {
            if let Ok(note) = bounded(bytes.len(), || Note::from_bytes(bytes)) {
                assert_eq!(note.to_string().as_bytes(), bytes);
            }
        }
        1 => text::<Checkpoint>(bytes),
        2 => text::<NoteKey>(bytes),
        3 => text::<NoteSignature>(bytes),
        4 => text::<ProofFile>(bytes),
        5 => text::<Tile>(bytes),
        6 => {
            if let Ok(request) = bounded(bytes.len(), || AddCheckpoint::from_bytes(bytes)) {
                assert_eq!(request.to_bytes(), bytes);
            }
        }
        7 => {
            if let Ok(lines) = bounded(bytes.len(), || cosignatures_from_bytes(bytes)) {
                assert_eq!(cosignatures_to_bytes(&lines), bytes);
            }
        }
        8 => bundles(bytes),
        9 => witnessed(bytes),
        10 => proofs(Recipe(bytes)),
        11 => files(Recipe(bytes)),
        12 => witness(Recipe(bytes)),
        _ => edges(Recipe(bytes)),
    }
}

/// A text that is read is the one form of what it means.
fn text<T: FromStr + Display>(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Ok(value) = bounded(bytes.len(), || text.parse::<T>()) {
        assert_eq!(value.to_string(), text);
    }
}

fn bundles(bytes: &[u8]) {
    let Some((&width, bytes)) = bytes.split_first() else { return };
    if let Ok(entries) = bounded(bytes.len(), || unbundle(bytes, u16::from(width) + 1)) {
        assert_eq!(entries.len(), usize::from(width) + 1);
        assert!(bytes.starts_with(&bundle(&entries).unwrap()));
    }
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_secret(&Secret::take(&mut [number; 32]))
}

const ORIGIN: &str = "log.example/footage";

fn origin() -> KeyName {
    KeyName::new(ORIGIN).unwrap()
}

fn witness_name(number: u8) -> KeyName {
    KeyName::new(format!("w{number}.example")).unwrap()
}

/// A log with key 0 and witnesses with keys 1 to 3, of which two have to sign.
fn root() -> LogRoot {
    let witnesses = (1..4).map(|number| Witness::new(witness_name(number), key(number)).key()).collect();
    LogRoot::new(origin(), key(0).verifying_key(), witnesses, 2, 0).unwrap()
}

/// The note of a checkpoint, signed by the log and by these witnesses, each in its second.
fn cosigned(tree: &Tree, seconds: &[(u8, u64)]) -> Note {
    let checkpoint = Checkpoint::new(origin(), tree.size(), tree.root());
    let mut note = Note::new(checkpoint.to_string()).unwrap();
    note.sign(&origin(), &key(0)).unwrap();
    for &(number, second) in seconds {
        let cosignature = Cosignature::sign(note.text(), &key(number), at(NOON + 1000 * second));
        note.add(cosignature.to_line(&witness_name(number), &key(number))).unwrap();
    }
    note
}

/// An altered note is believed only if it still has what the quorum signed.
fn witnessed(bytes: &[u8]) {
    let mut recipe = Recipe(bytes);
    let tree: Tree = (0..7_u8).map(|number| leaf_hash(&[number])).collect();
    let true_note = cosigned(&tree, &[(1, 5), (2, 9), (3, 7)]);
    let mut note = true_note.to_string().into_bytes();
    if recipe.byte().is_multiple_of(2) {
        recipe.alter(&mut note);
    } else {
        note = recipe.rest().to_vec();
    }
    if let Ok(found) = bounded(note.len(), || Witnessed::verify(&note, &root())) {
        assert_eq!((found.checkpoint().size(), found.checkpoint().root()), (7, tree.root()));
        assert_eq!(found.bytes(), note);
        let times = [at(NOON + 5000), at(NOON + 7000), at(NOON + 9000)];
        assert!(times.contains(&found.not_before()) && found.not_before() >= at(NOON + 7000));
        assert!(found.existed_by() <= at(NOON + 7999));
        assert_eq!(Witnessed::verify(found.to_anchor().as_bytes(), &root()).unwrap(), found);
    }
}

fn hashes(recipe: &mut Recipe<'_>, of: &[Hash]) -> Vec<Hash> {
    let mut bytes: Vec<u8> = of.iter().flat_map(|hash| *hash.as_bytes()).collect();
    recipe.alter(&mut bytes);
    bytes.chunks_exact(32).map(|hash| Hash::from_bytes(hash.try_into().unwrap())).collect()
}

/// No altered proof proves a leaf, a range or an older tree that is not there.
fn proofs(mut recipe: Recipe<'_>) {
    let size = 1 + u64::from(recipe.byte());
    let tree: Tree = (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect();
    let root = tree.root();
    let (one, two) = (u64::from(recipe.byte()) % size, u64::from(recipe.byte()) % size);
    let (from, to) = (one.min(two), one.max(two) + 1);
    let claimed = match recipe.byte() {
        0..128 => size,
        128..0xf0 => u64::from(recipe.short()),
        0xf0.. => recipe.number(),
    };
    let part = recipe.byte();
    match part % 3 {
        0 => {
            let proof = tree.inclusion_proof(one, size).unwrap();
            proof.verify(tree.leaf(one).unwrap(), one, size, root).unwrap();
            let altered = InclusionProof(hashes(&mut recipe, &proof.0));
            for leaf in [one, two] {
                let holds = altered.verify(tree.leaf(leaf).unwrap(), one, claimed, root).is_ok();
                // Sizes of one shape have the same proof for a leaf.
                assert!(!holds || leaf == one, "leaf {leaf} passes for {one}");
                assert!(!holds || altered == proof);
                assert!(claimed != size || holds == (leaf == one && altered == proof));
            }
        }
        1 => {
            let proof = tree.range_proof(from, to, size).unwrap();
            let leaves: Vec<_> = (from..to).map(|index| tree.leaf(index).unwrap()).collect();
            proof.verify(from, &leaves, size, root).unwrap();
            let altered = RangeProof(hashes(&mut recipe, &proof.0));
            let claims = hashes(&mut recipe, &leaves);
            if altered.verify(from, &claims, size, root).is_ok() {
                assert!(claims == leaves && altered == proof);
            } else {
                assert!(claims != leaves || altered != proof);
            }
            let _ = proof.verify(claimed, &leaves, claimed, root);
        }
        _ => {
            let proof = tree.consistency_proof(from, size).unwrap();
            let old = tree.root_at(from).unwrap();
            proof.verify(from, old, size, root).unwrap();
            let altered = ConsistencyProof(hashes(&mut recipe, &proof.0));
            assert_eq!(altered.verify(from, old, size, root).is_ok(), altered == proof);
            let other = tree.root_at(to).unwrap();
            if other != old && from > 0 {
                assert!(altered.verify(from, other, size, root).is_err());
            }
            let _ = altered.verify(claimed, old, size, root);
            let _ = altered.verify(from, old, claimed, root);
        }
    }
}

fn entry(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(1 + number as usize % 5)
}

type Files = BTreeMap<String, Vec<u8>>;

thread_local! {
    /// Logs of some sizes with their files.
    static PUBLISHED: RefCell<BTreeMap<u64, (Rc<Tree>, Files)>> = const { RefCell::new(BTreeMap::new()) };
}

/// A log of so many entries, and its files: each tile, each bundle, and the checkpoint.
fn published(size: u64) -> (Rc<Tree>, Files) {
    let tree: Tree = (0..size).map(|number| leaf_hash(&entry(number))).collect();
    let mut edge = Edge::new();
    let mut files = BTreeMap::new();
    for index in 0..size {
        edge.push(tree.leaf(index).unwrap());
    }
    for tile in Tile::added(0, size) {
        let bytes = match tile.row() {
            Row::Hashes(_) => edge.tile(tile).unwrap(),
            Row::Entries => {
                let entries: Vec<_> = (tile.start()..tile.start() + u64::from(tile.width())).map(entry).collect();
                bundle(&entries).unwrap()
            }
        };
        files.insert(tile.to_string(), bytes);
    }
    assert_eq!(edge.root(), tree.root());
    files.insert("checkpoint".into(), cosigned(&tree, &[(1, 5), (2, 9)]).to_string().into_bytes());
    (Rc::new(tree), files)
}

/// Whatever the files are, an entry that comes out of them is the log's own.
fn files(mut recipe: Recipe<'_>) {
    let size = [1, 7, 255, 256, 257, 300, 513][usize::from(recipe.byte()) % 7];
    let (tree, mut files) =
        PUBLISHED.with_borrow_mut(|logs| logs.entry(size).or_insert_with(|| published(size)).clone());
    let (from, span, old) = (recipe.below(700) as u64, recipe.below(300) as u64, recipe.below(700) as u64);
    while !recipe.is_over() {
        let which = recipe.below(files.len());
        if let Some((_, file)) = files.iter_mut().nth(which) {
            recipe.alter(file);
        }
    }
    let length: usize = files.values().map(Vec::len).sum();
    bounded(length, || {
        let mut seen = LastSeen::new(root());
        let Ok(mut found) = seen.fetch(&mut files) else { return };
        assert_eq!(found.size(), size);
        // Up to the end of the bundle, and of the log.
        let to = (from + span).min(size).min((from / TILE_WIDTH + 1) * TILE_WIDTH);
        if let Ok(entries) = found.entries(from, from + span) {
            assert!(entries.into_iter().eq((from..to).map(entry)));
        }
        if let Ok(proof) = found.inclusion_proof(from) {
            proof.verify(tree.leaf(from).unwrap(), from, size, tree.root()).unwrap();
        }
        if let Ok(proof) = found.consistency_proof(old) {
            proof.verify(old, tree.root_at(old).unwrap(), size, tree.root()).unwrap();
        }
        if let Ok(leaf) = found.leaf(from) {
            assert_eq!(Some(leaf), tree.leaf(from));
        }
        assert!(Checkpoints::new(&mut files, root(), 0).next().is_none_or(|next| next.is_err()));
    });
}

/// A log that tries, with its own key, to have two histories signed.
fn witness(mut recipe: Recipe<'_>) {
    let mut witness = Witness::new(witness_name(1), key(1));
    witness.watch(origin(), key(0).verifying_key());
    let leaf = |fork: u8, number: u64| leaf_hash(&[&[fork][..], &number.to_be_bytes()].concat());
    // Two trees that part after some entries.
    let parting = u64::from(recipe.byte() % 16);
    let trees = [0, 1]
        .map(|fork| -> Tree { (0..20).map(|number| leaf(if number < parting { 0 } else { fork }, number)).collect() });
    let mut signed: Option<(u64, Hash)> = None;
    for _ in 0..16 {
        if recipe.is_over() {
            break;
        }
        let tree = &trees[usize::from(recipe.byte() % 2)];
        let (old, new) = (u64::from(recipe.byte() % 21), u64::from(recipe.byte() % 21));
        let (from, to) = (old.min(new), old.max(new));
        let root = tree.root_at(to).unwrap();
        let mut note = Note::new(Checkpoint::new(origin(), to, root).to_string()).unwrap();
        note.sign(&origin(), &key(0)).unwrap();
        let proof = if from == 0 { Vec::new() } else { tree.consistency_proof(from, to).unwrap().0 };
        let mut body = AddCheckpoint { old: from, proof: ConsistencyProof(proof), note }.to_bytes();
        if recipe.byte().is_multiple_of(4) {
            let mut piece = Recipe(recipe.piece());
            piece.alter(&mut body);
        }
        let Ok(request) = AddCheckpoint::from_bytes(&body) else { continue };
        let now = Timestamp::from_millis(NOON + recipe.number() % (1 << 40)).unwrap();
        let Ok(line) = witness.add_checkpoint(&request, now) else { continue };
        let checkpoint: Checkpoint = request.note.text().parse().unwrap();
        assert!(Cosignature::verify(&request.note, &line, &NoteKey::of_witness(&witness.key())).is_some());
        let (size, root) = (checkpoint.size(), checkpoint.root());
        assert_eq!(witness.size(&origin()), Some(size));
        // A tree of one of the two, as the log signed no other; and one that holds what was signed before.
        assert!(trees.iter().any(|tree| tree.root_at(size) == Ok(root)));
        if let Some((old, old_root)) = signed {
            assert!(old <= size);
            let extends =
                |tree: &Tree| tree.root_at(size) == Ok(root) && (old == 0 || tree.root_at(old) == Ok(old_root));
            assert!(trees.iter().any(extends), "{size} does not extend {old}");
        }
        signed = Some((size, root));
    }
}

/// An edge that is restored from any tiles.
fn edges(mut recipe: Recipe<'_>) {
    let size = if recipe.byte() < 128 { u64::from(recipe.short()) } else { recipe.number() };
    let restored = Edge::restore(size, |tile: Tile| -> Result<Vec<Hash>, footage::merkle::ProofError> {
        let width = tile.width() - u16::from(recipe.byte() == 1);
        Ok((0..width).map(|_| Hash::from_bytes([recipe.byte(); 32])).collect())
    });
    if let Ok(mut edge) = restored {
        let checkpoint = Checkpoint::new(origin(), size, edge.root());
        let mut nowhere = TileTree::new(BTreeMap::new(), &checkpoint);
        assert_eq!(edge.size(), size);
        assert!(size < 2 || nowhere.inclusion_proof(size / 2).is_err());
        if size < u64::MAX {
            edge.push(leaf_hash(b"one more"));
            edge.forget();
            let root = edge.root();
            edge.forget();
            assert_eq!(edge.root(), root);
        }
    }
}
