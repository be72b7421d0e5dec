//! Clips: any file, an altered file, and a file whose camera and owner turned dishonest together. Whatever comes out of
//! one is what the camera sealed at that place, and all ways to read it agree.

use std::cell::RefCell;
use std::io::Cursor;

use footage::camera::Cadence;
use footage::clip::{ClipError, FinishedClip, SegmentHeader};
use footage::crypto::{Digest, KemAlgorithm, KemPrivateKey, Suite};
use footage::merkle::{Frontier, leaf_hash};
use footage::record::{ClockSet, End, Ending, Head, Layers, Signed, Verified, Window};

use super::clips::Piece::{self, Init, Media, Sound};
use super::clips::{camera, keys, owner, recover_first, seal, unfinished};
use super::common::{NOON, Pinned, at, put_together, take_apart};
use super::derive::{HEADER_LEN, halves};
use super::memory::bounded;
use super::recipe::Recipe;

const PIECES: [Piece; 10] =
    [Init(30), Media(100), Sound(20), Media(0), Sound(0), Media(60), Sound(9), Init(7), Media(40), Sound(1)];
/// The suites of the files.
const SUITES: [Suite; 3] = [Suite::Aes256Gcm, Suite::ChaCha20Poly1305, Suite::ChaCha20Poly1305];

/// What is made once.
struct Shelf {
    key: KemPrivateKey,
    /// A clip that was sealed as a file, a live one, and the beginning of one.
    files: [Vec<u8>; 3],
}

impl Shelf {
    fn new() -> Self {
        let key = owner(1, KemAlgorithm::X25519);
        let owners = [key.public_key()];
        let [one, two, three] = SUITES;
        let at_end = seal(&mut camera(1, one, &owners), Cadence::AtEnd, &PIECES, &mut Pinned(2));
        let live = seal(&mut camera(1, two, &owners), Cadence::EveryGroup, &PIECES, &mut Pinned(2));
        let cut = unfinished(&mut camera(1, three, &owners), Cadence::EveryGroup, &PIECES, &mut Pinned(2));
        Self { key, files: [at_end, live, cut] }
    }
}

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::new(Shelf::new());
}

/// One byte says how the others are used.
pub fn clip(data: &[u8]) {
    let Some((&what, bytes)) = data.split_first() else { return };
    SHELF.with_borrow(|shelf| match what % 4 {
        0 => any(shelf, bytes),
        1 | 2 => altered(shelf, Recipe(bytes)),
        _ => forged(shelf, Recipe(bytes)),
    });
}

/// A file of which nothing is known: it may be somebody's clip.
fn any(shelf: &Shelf, bytes: &[u8]) {
    bounded(bytes.len(), || {
        for suite in &SUITES[..2] {
            let _ = recover_first(1, *suite, 2, bytes);
        }
        read(bytes, &shelf.key);
    });
}

/// A clip that somebody altered without having the camera's key.
fn altered(shelf: &Shelf, mut recipe: Recipe<'_>) {
    let which = recipe.below(3);
    let file = &shelf.files[which];
    let mut altered = file.clone();
    if recipe.byte().is_multiple_of(2) {
        recipe.alter(&mut altered);
    } else {
        let (magic, mut frames) = take_apart(file);
        rearrange(&mut recipe, &mut frames);
        altered = put_together(&magic, &frames);
    }
    let found = bounded(altered.len(), || outcome(&altered, &shelf.key));
    assert!(found.is_none_or(|found| found == PIECES.len()), "a clip of another length");

    let recovered = bounded(altered.len(), || recover_first(1, SUITES[which], 2, &altered));
    if let Ok((manifest, file)) = recovered {
        let clip = FinishedClip::open(Cursor::new(&file)).unwrap();
        // One that was closed already is left as it is.
        assert!(clip.ending() == Ending::Recovered || file == altered);
        // What was recovered can be read, to the last segment.
        assert_eq!(outcome(&file, &shelf.key).map(|found| found as u32), Some(clip.count()));
        assert_eq!((clip.ending(), clip.count()), (manifest.end.unwrap().how, manifest.count));
    }
}

/// Moves, repeats, leaves out, renames and alters whole frames.
fn rearrange(recipe: &mut Recipe<'_>, frames: &mut Vec<(u8, Vec<u8>)>) {
    for _ in 0..8 {
        if recipe.is_over() || frames.is_empty() {
            break;
        }
        let (what, one, other) = (recipe.byte(), recipe.below(frames.len()), recipe.below(frames.len()));
        match what % 7 {
            0 => frames.swap(one, other),
            1 => drop(frames.remove(one)),
            2 => frames.insert(other, frames[one].clone()),
            3 => frames[one].0 = b"HOSDIFx\0"[usize::from(recipe.byte() % 8)],
            4 => frames.truncate(one),
            5 => frames.insert(one, (b"HOSDIF"[other % 6], recipe.piece().to_vec())),
            _ => {
                let mut piece = Recipe(recipe.piece());
                piece.alter(&mut frames[one].1);
            }
        }
    }
}

/// A clip that the camera's key signs as somebody rearranged it, for whom its secret is no secret.
fn forged(shelf: &Shelf, mut recipe: Recipe<'_>) {
    let which = recipe.below(3);
    let (magic, mut frames) = take_apart(&shelf.files[which]);
    rearrange(&mut recipe, &mut frames);
    for _ in 0..4 {
        // A field of a segment's header.
        let which = recipe.below(frames.len());
        if let Some((b'S', segment)) = frames.get_mut(which) {
            let (at, bits) = (recipe.below(HEADER_LEN), recipe.byte());
            if let Some(byte) = segment.get_mut(at) {
                *byte ^= bits;
            }
        }
    }
    let (_, key, _) = keys(1);
    let mut tree = Frontier::new();
    for (kind, payload) in &mut frames {
        match *kind {
            b'S' if payload.len() >= HEADER_LEN => {
                let (header, body) = payload.split_at(HEADER_LEN);
                tree.push(leaf_hash(&halves(header, body)));
            }
            b'D' => {
                let Ok(head) = Signed::<Head>::from_bytes(payload) else { continue };
                let mut head = head.statement().clone();
                head.root = Digest::from_bytes(*tree.root().as_bytes());
                head.count = tree.size() as u32;
                match recipe.byte() {
                    1 => head.count = recipe.short().into(),
                    2 => head.end = Some(End { how: Ending::Finished, tracks: 0, samples: 0 }),
                    3 => head.end = None,
                    4 => head.set = Some(ClockSet { wall: at(NOON), earlier: false }),
                    5 => head.suite = SUITES[recipe.below(2)],
                    _ => {}
                }
                *payload = Verified::sign(head, &key).to_bytes();
            }
            _ => {}
        }
    }
    let bytes = put_together(&magic, &frames);
    bounded(bytes.len(), || outcome(&bytes, &shelf.key));
    if let Ok((_, file)) = bounded(bytes.len(), || recover_first(1, SUITES[which], 2, &bytes)) {
        outcome(&file, &shelf.key);
    }
}

/// How many segments a clip says that it has, if it opens. Whatever content comes out is that of its place.
fn outcome(bytes: &[u8], key: &KemPrivateKey) -> Option<usize> {
    let (count, each) = read(bytes, key)?;
    for (header, content) in each.iter().flatten() {
        let expected = PIECES.get(header.open.index as usize).map(|piece| piece.content(header.open.index.into()));
        assert_eq!(Some(content), expected.as_ref(), "segment {}", header.open.index);
    }
    Some(count)
}

type Segments = Vec<Option<(SegmentHeader, Vec<u8>)>>;

/// What can be read of a clip, segment by segment, in every way that there is; and how many segments it says that it has.
fn read(bytes: &[u8], key: &KemPrivateKey) -> Option<(usize, Segments)> {
    let open = || FinishedClip::open(Cursor::new(bytes)).ok();
    let mut clip = open()?;
    // A stranger may claim millions of segments that are not there.
    let count = clip.count().min(64);
    let whole = (clip.count() as usize, Vec::new());
    for index in 0..count {
        let _ = clip.header_at(index);
    }
    for (from, to) in [(0, 1), (1, 3), (0, count), (count, u32::MAX), (3, 2)] {
        if let Ok(selection) = clip.select_segments(from, to) {
            assert_eq!((selection.range().from(), selection.range().to()), (from, to));
            for layers in [Layers::Pictures, Layers::Sound, Layers::Both] {
                assert!(
                    selection.only(layers).is_err()
                        || selection.layers() == layers
                        || selection.layers() == Layers::Both
                );
            }
        }
    }
    let window = Window::new(at(NOON + 1500), at(NOON + 3000)).unwrap();
    if let Ok(selection) = clip.select(window) {
        assert!(selection.span().overlap(window).is_some() && selection.range().to() <= clip.count());
    }
    let _ = clip.select_bytes(0, 100);

    let mut clip = open()?;
    let Ok(secret) = clip.unlock(key) else { return Some(whole) };
    let each = (0..count).map(|index| match clip.segment(&secret, index) {
        Ok((header, content)) => {
            assert_eq!(header.open.index, index);
            assert_eq!(clip.header_at(index).unwrap(), header);
            Some((header, content.to_vec()))
        }
        Err(ClipError::PastTheEnd(_)) => panic!("segment {index} is before the end"),
        Err(_) => None,
    });
    let each: Segments = each.collect();
    // From the beginning: a segment that is read shows the others where they are.
    let mut sink = Vec::new();
    let all = open()?.open_all(&secret, &mut sink, |_| {});
    let before: Vec<_> = each.iter().map_while(|one| one.as_ref().map(|(_, content)| content.as_slice())).collect();
    if whole.0 == count as usize {
        assert_eq!(all.is_ok(), before.len() == whole.0);
        assert_eq!(sink, before.concat());
    }
    Some((whole.0, each))
}
