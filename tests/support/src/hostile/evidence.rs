//! Evidence: any file, and one that is put together from altered pieces of two grants. Whatever verifies is what the camera
//! recorded and what the agency released.

use std::cell::RefCell;
use std::io::Cursor;

use footage::auditor::{AgencyStanding, Evidence};
use footage::crypto::KemAlgorithm;

use super::common::{content, put_together, take_apart};
use super::memory::bounded;
use super::recipe::Recipe;
use crate::evidence::Opened;

const SIZES: [&[usize]; 2] = [&[30, 1, 0, 70, 51, 40], &[9, 80, 7]];
/// What is granted of each clip, with the inits.
const GRANTED: [&[u32]; 2] = [&[0, 2, 3, 5], &[0, 2, 3]];

/// Evidence of two grants, made once.
struct Desk {
    town: Opened,
    files: Vec<Vec<u8>>,
}

impl Desk {
    fn new() -> Self {
        let mut town = Opened::new(KemAlgorithm::X25519, 2, SIZES);
        let files = [(0, &[0, 1][..], true), (0, &[1], false), (1, &[0, 1], true)];
        let files = files.map(|(grant, clips, words)| town.evidence(grant, clips, words)).into();
        Self { town, files }
    }
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::new(Desk::new());
}

/// One byte says how the others are used.
pub fn evidence(data: &[u8]) {
    let Some((&what, bytes)) = data.split_first() else { return };
    DESK.with_borrow(|desk| match what % 3 {
        0 => verify(desk, bytes),
        1 => {
            let mut recipe = Recipe(bytes);
            let mut file = desk.files[usize::from(recipe.byte()) % desk.files.len()].clone();
            recipe.alter(&mut file);
            verify(desk, &file);
        }
        _ => verify(desk, &mixed(desk, Recipe(bytes))),
    });
}

/// A file of frames of all files, in another order, altered or not.
fn mixed(desk: &Desk, mut recipe: Recipe<'_>) -> Vec<u8> {
    let pieces: Vec<_> = desk.files.iter().map(|file| take_apart(file)).collect();
    let (magic, mut frames) = pieces[usize::from(recipe.byte()) % pieces.len()].clone();
    let all: Vec<_> = pieces.iter().flat_map(|(_, frames)| frames).collect();
    for _ in 0..6 {
        if recipe.is_over() || frames.is_empty() {
            break;
        }
        let (what, one, other) = (recipe.byte(), recipe.below(frames.len()), recipe.below(all.len()));
        match what % 7 {
            0 => {
                let two = other % frames.len();
                frames.swap(one, two);
            }
            1 => drop(frames.remove(one)),
            2 => frames.insert(one, all[other].clone()),
            3 => frames[one] = all[other].clone(),
            4 => frames[one].0 = b"TLDSCBx"[usize::from(recipe.byte() % 7)],
            5 => frames[one].1 = recipe.piece().to_vec(),
            _ => {
                let mut piece = Recipe(recipe.piece());
                piece.alter(&mut frames[one].1);
            }
        }
    }
    put_together(&magic, &frames)
}

fn verify(desk: &Desk, file: &[u8]) {
    let Ok(mut evidence) = bounded(file.len(), || Evidence::verify(Cursor::new(file), &desk.town.world.trust)) else {
        return assert!(!desk.files.iter().any(|known| known == file), "what was written verifies");
    };
    let terms = evidence.footage().terms().id();
    let grant = desk.town.grants.iter().find(|granted| granted.id() == terms).expect("a grant that was released");
    assert_eq!(evidence.request().id(), grant.request.id());
    assert_eq!(evidence.release().statement().terms.id(), terms);
    assert_eq!(evidence.verdict().agency, AgencyStanding::Approved);
    assert_eq!(evidence.verdict().clips.len() + evidence.verdict().other_clips, 2);
    assert!(evidence.footage().words().is_none_or(|words| words == "At the door."));
    let first: Vec<_> = evidence.footage().clips().iter().map(footage::agency::OpenClip::count).collect();
    while let Some(segment) = evidence.footage().next_segment().expect("it was opened when it was verified") {
        // The first clip has seven segments, the second four.
        let clip = usize::from(first[segment.clip] != 7);
        let index = segment.header.open.index;
        assert!(GRANTED[clip].contains(&index), "segment {index} was not granted");
        let recorded = match index {
            0 => b"codec parameters".to_vec(),
            index => content(u64::from(index) - 1, SIZES[clip][index as usize - 1]),
        };
        assert_eq!(*segment.content, recorded, "segment {index}");
    }
}
