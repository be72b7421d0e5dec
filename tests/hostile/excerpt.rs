//! Excerpts: any file; an altered one, which is refused; one that a dishonest resident signs; and one that changes under
//! the agency's hands. Nothing is ever opened but the granted seconds as the camera sealed them.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate
)]

use std::cell::RefCell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;

use footage::agency::{Excerpt, OpenExcerptError, Slot};
use footage::crypto::{BodyDigest, Digest, KemAlgorithm, Label, SigningKey, TAG_LEN, Wrapped};
use footage::custodian::MemoryKeyStore;
use footage::record::{Answer, Envelope, GrantId, Signed, Terms, Verified};

use super::common::{Granted, Pinned, World, content, put_together, read_excerpt, take_apart};
use super::derive::digest;
use super::memory::bounded;
use super::recipe::Recipe;

const SIZES: [usize; 6] = [300, 1, 0, 700, 51, 40];

/// A grant that was released and answered, made once.
struct Desk {
    world: World,
    granted: Granted,
    answers: Vec<Signed<Answer>>,
    rogue: SigningKey,
}

impl Desk {
    fn new() -> Self {
        let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
        let started = world.now.before(footage::record::Millis::MINUTE.times(40));
        let clip = world.clip_from(started, &SIZES);
        let request = world.request();
        let granted = world.grant(&request, &clip);
        let release = world.release(&granted);
        let answers = world.answers(&granted, release, &[0, 1, 2]);
        let rogue = SigningKey::generate(&mut Pinned(99)).unwrap();
        Self { world, granted, answers, rogue }
    }
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::new(Desk::new());
}

/// One byte says how the others are used.
pub fn excerpt(data: &[u8]) {
    let Some((&what, bytes)) = data.split_first() else { return };
    DESK.with_borrow_mut(|desk| match what % 5 {
        0 => drop(bounded(bytes.len(), || Excerpt::open(Cursor::new(bytes)))),
        1 | 2 => altered(desk, Recipe(bytes)),
        3 => signed(desk, Recipe(bytes)),
        _ => changing(desk, Recipe(bytes)),
    });
}

/// Somebody on the way altered it: it is the very same, or refused.
fn altered(desk: &Desk, mut recipe: Recipe<'_>) {
    let file = &desk.granted.excerpt;
    let mut altered = file.clone();
    if recipe.byte().is_multiple_of(2) {
        recipe.alter(&mut altered);
    } else {
        let (magic, mut frames) = take_apart(file);
        for _ in 0..8 {
            if recipe.is_over() || frames.is_empty() {
                break;
            }
            let (what, one, other) = (recipe.byte(), recipe.below(frames.len()), recipe.below(frames.len()));
            match what % 6 {
                0 => frames.swap(one, other),
                1 => drop(frames.remove(one)),
                2 => frames.insert(other, frames[one].clone()),
                3 => frames[one].0 = b"TEWPBx"[usize::from(recipe.byte() % 6)],
                4 => frames.insert(one, (b"TEWPB"[other % 5], recipe.piece().to_vec())),
                _ => {
                    let mut piece = Recipe(recipe.piece());
                    piece.alter(&mut frames[one].1);
                }
            }
        }
        altered = put_together(&magic, &frames);
    }
    let opened = bounded(altered.len(), || Excerpt::open(Cursor::new(&altered)).is_ok());
    assert_eq!(opened, altered == *file);
}

/// A resident makes a grant of altered parts, and signs it with a key of its own: the file is sound, but its lock is not
/// the one that the terms name, so the agency takes nothing in.
fn signed(desk: &mut Desk, mut recipe: Recipe<'_>) {
    let (magic, mut frames) = take_apart(&desk.granted.excerpt);
    let mut terms = desk.granted.excerpted.terms.statement().clone();
    terms.grant = GrantId::of(&desk.rogue.verifying_key());
    alter_terms(&mut recipe, &mut terms);
    for (_, part) in &mut frames[2..] {
        if recipe.byte().is_multiple_of(4) {
            let mut piece = Recipe(recipe.piece());
            piece.alter(part);
        }
    }
    let more = usize::from(recipe.byte() % 3);
    frames.extend((0..more).map(|_| (b'B', recipe.piece().to_vec())));
    let terms = Verified::sign(terms, &desk.rogue);
    let wraps = wraps(&frames[2].1);
    let bodies: Vec<_> = frames[4..].iter().flat_map(|(_, body)| BodyDigest::of(body).as_bytes().to_vec()).collect();
    let envelope = Envelope {
        terms: terms.id(),
        agency_wrap: wraps.as_ref().map_or(Digest::from_bytes([0; 32]), |(agency, _)| agency.digest()),
        custodian_wraps: wraps.iter().flat_map(|(_, custodians)| custodians).map(Wrapped::digest).collect(),
        private: digest(Label::SEALED, &[&frames[3].1]),
        bodies: digest(Label::BODIES, &[terms.id().as_bytes(), &bodies]),
    };
    frames[0].1 = terms.to_bytes();
    frames[1].1 = Verified::sign(envelope, &desk.rogue).to_bytes();
    let file = put_together(&magic, &frames);
    let opened = bounded(file.len(), || Excerpt::open(Cursor::new(&file)));
    let members = terms.statement().custody.members().len();
    // Each body holds a tag at least.
    let sound = wraps.is_some_and(|(_, custodians)| custodians.len() == members)
        && frames[4..].iter().all(|(_, body)| body.len() >= TAG_LEN);
    assert_eq!(opened.is_ok(), sound, "{:?}", opened.err());
    if let Ok(excerpt) = opened {
        assert_eq!(excerpt.terms().id(), terms.id());
        assert!(desk.world.agency.take_in(&excerpt).is_err());
        let answers = desk.answers.clone();
        assert!(desk.world.agency.open(excerpt, answers, &desk.world.ledger, desk.world.now).is_err());
    }
}

fn alter_terms(recipe: &mut Recipe<'_>, terms: &mut Terms) {
    match recipe.byte() {
        1 => terms.not_after = terms.not_after.plus(recipe.short().into()),
        2 => terms.agency_half = Digest::from_bytes(recipe.array()),
        3 => terms.possession = Digest::from_bytes(recipe.array()),
        4 => terms.private = Digest::from_bytes(recipe.array()),
        5 => terms.request = footage::record::StatementId::from_bytes(recipe.array()),
        _ => {}
    }
}

/// The wraps of the agency and of the custodians, if these are the bytes of such.
fn wraps(bytes: &[u8]) -> Option<(Wrapped, Vec<Wrapped>)> {
    let mut from = minicbor::Decoder::new(bytes);
    let one = |from: &mut minicbor::Decoder<'_>| Wrapped::from_bytes(from.bytes().ok()?.to_vec()).ok();
    from.array().ok()??;
    let agency = one(&mut from)?;
    let count = from.array().ok()??;
    if count > 16 {
        return None;
    }
    let custodians = (0..count).map(|_| one(&mut from)).collect::<Option<Vec<_>>>()?;
    // The one form of just that.
    let mut to = minicbor::Encoder::new(Vec::new());
    to.array(2).ok()?.bytes(agency.as_bytes()).ok()?.array(count).ok()?;
    for wrap in &custodians {
        to.bytes(wrap.as_bytes()).ok()?;
    }
    (to.into_writer() == bytes && bytes.len() <= 20_400).then_some((agency, custodians))
}

/// A file that changes under the agency's hands.
#[derive(Clone)]
struct Shared(Rc<RefCell<Cursor<Vec<u8>>>>);

impl Read for Shared {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(to)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}

/// The host alters the file after it was taken in, and some of the answers: what comes out all the same is true.
fn changing(desk: &mut Desk, mut recipe: Recipe<'_>) {
    let file = Shared(Rc::new(RefCell::new(Cursor::new(desk.granted.excerpt.clone()))));
    let excerpt = Excerpt::open(file.clone()).unwrap();
    let before = recipe.byte().is_multiple_of(2);
    let mut answers = desk.answers.clone();
    let mut good = answers.len();
    for answer in &mut answers {
        if recipe.byte().is_multiple_of(4) {
            let mut bytes = answer.to_bytes();
            let mut piece = Recipe(recipe.piece());
            piece.alter(&mut bytes);
            if let Ok(read) = Signed::from_bytes(&bytes) {
                good -= usize::from(read.to_bytes() != answer.to_bytes());
                *answer = read;
            }
        }
    }
    let alter = |recipe: &mut Recipe<'_>| recipe.alter(file.0.borrow_mut().get_mut());
    if before {
        alter(&mut recipe);
    }
    let id = excerpt.terms().id();
    let opened = desk.world.agency.open(excerpt, answers, &desk.world.ledger, desk.world.now);
    desk.world.vaults[0].restore();
    assert!(desk.world.vaults[0].ever(Slot::OneTime(id)).is_some());
    let Ok(opened) = opened else {
        assert!(before || good < 2, "two good answers open it: {:?}", opened.err());
        return;
    };
    assert!(good >= 2);
    let mut excerpt = opened.excerpt;
    assert_eq!((excerpt.range().from(), excerpt.range().to(), excerpt.words()), (2, 5, "At the door."));
    if !before {
        alter(&mut recipe);
    }
    let same = *file.0.borrow().get_ref() == desk.granted.excerpt;
    let (mut count, mut whole) = (0, true);
    for _ in 0..=excerpt.range().count() {
        match excerpt.next_segment() {
            Ok(Some(segment)) => {
                let index = segment.header.open.index;
                let expected = match index {
                    0 => b"codec parameters".to_vec(),
                    index => content(u64::from(index) - 1, SIZES[index as usize - 1]),
                };
                assert!(index == 0 || (2..5).contains(&index), "segment {index} was not granted");
                assert_eq!(*segment.content, expected);
                count += 1;
            }
            Ok(None) => break,
            Err(OpenExcerptError::Segment(_)) => whole = false,
            Err(_) => {
                whole = false;
                break;
            }
        }
    }
    assert!(!same || (whole && count == 4));
    assert_eq!(read_excerpt(&desk.granted.excerpt).unwrap().terms().id(), id);
}
