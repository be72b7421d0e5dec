//! Excerpts: any file; an altered one, which is refused; one that a dishonest resident signs; and one that changes under
//! the agency's hands. Nothing is ever opened but the granted seconds as the camera sealed them.

use std::cell::RefCell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;

use footage::agency::{AgencyError, Excerpt, GrantState, OpenExcerptError};
use footage::crypto::{BodyDigest, Digest, KemAlgorithm, Label, SigningKey, TAG_LEN, Wrapped};
use footage::custodian::MemoryKeyStore;
use footage::record::{Answer, Envelope, GrantId, Layers, Millis, Signed, Terms, Verified};
use footage::store::{ObjectPath, Objects as _};

use super::common::{Chosen, Granted, Hoard, Pinned, World, content, put_together, take_apart};
use super::derive::digest;
use super::memory::bounded;
use super::recipe::Recipe;

/// The segments of the first clip, and of the second, whose last is longer than what the agency reads at once.
const SIZES: [&[usize]; 2] = [&[300, 1, 0, 700, 51, 40], &[9, 80, 7, 0, 33, (4 << 20) + 9]];
/// What is granted of the one and of the other.
const RANGES: [&[Chosen]; 2] = [&[(2, 5, Layers::Pictures)], &[(2, 3, Layers::Pictures), (5, 7, Layers::Pictures)]];
/// What comes out: clip and index of each segment, run by run.
const OPENED: [(usize, u32); 9] = [(0, 0), (0, 2), (0, 3), (0, 4), (1, 0), (1, 2), (1, 0), (1, 5), (1, 6)];

/// Grants that were released and answered, made once.
struct Desk {
    world: World,
    /// Of both clips.
    large: Granted,
    /// Of both, without the large segment.
    small: Granted,
    answers: Vec<Signed<Answer>>,
    /// The agency's store before it took the large one in, and after its release.
    before: Hoard,
    released: Hoard,
    rogue: SigningKey,
    /// The contents of the media segments of both clips.
    contents: [Vec<Vec<u8>>; 2],
}

impl Desk {
    fn new() -> Self {
        let mut world = World::with(KemAlgorithm::X25519, &mut MemoryKeyStore::default);
        let started = [40, 30].map(|minutes| world.now.before(Millis::MINUTE.times(minutes)));
        let clips = [0, 1].map(|clip| world.clip_from(started[clip], SIZES[clip]));
        let request = world.request();
        let small = world.grant_all(&request, &[(&clips[0], RANGES[0]), (&clips[1], &RANGES[1][..1])], 7);
        let large = world.grant_all(&request, &[(&clips[0], RANGES[0]), (&clips[1], RANGES[1])], 7);
        let before = world.vaults[0].backup();
        let release = world.release(&large);
        let answers = world.answers(&large, release, &[0, 1, 2]);
        let released = world.vaults[0].backup();
        let rogue = SigningKey::generate(&mut Pinned(99)).unwrap();
        let contents = SIZES.map(|sizes| (0..).zip(sizes).map(|(minute, size)| content(minute, *size)).collect());
        Self { world, large, small, answers, before, released, rogue, contents }
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
    let file = &desk.small.excerpt;
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
                3 => frames[one].0 = b"TEWPNBx"[usize::from(recipe.byte() % 7)],
                4 => frames.insert(one, (b"TEWPNB"[other % 6], recipe.piece().to_vec())),
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
    let (magic, mut frames) = take_apart(&desk.small.excerpt);
    let mut terms = desk.small.excerpted.terms.statement().clone();
    terms.grant = GrantId::of(&desk.rogue.verifying_key());
    alter_terms(&mut recipe, &mut terms);
    // More parts, and more bodies of the second clip.
    let more = usize::from(recipe.byte() % 3);
    let behind = frames.iter().rposition(|(kind, _)| *kind == b'B').unwrap() + 1;
    frames.splice(behind..behind, (0..more).map(|_| (b'B', recipe.piece().to_vec())));
    let second = frames.iter().rposition(|(kind, _)| *kind == b'N').unwrap();
    let count = frames[second..].iter().filter(|(kind, _)| *kind == b'B').count();
    frames[second].1 = (count as u32).to_be_bytes().to_vec();
    let more = usize::from(recipe.byte() % 3);
    frames.splice(2..2, (0..more).map(|_| (b'P', recipe.piece().to_vec())));
    for (_, part) in &mut frames[2..] {
        if recipe.byte().is_multiple_of(4) {
            let mut piece = Recipe(recipe.piece());
            piece.alter(part);
        }
    }
    let terms = Verified::sign(terms, &desk.rogue);
    let of = |kind: u8| frames.iter().filter(move |frame| frame.0 == kind).map(|frame| &frame.1);
    let wraps = wraps(of(b'W').next().unwrap());
    let footage: Vec<_> = frames.iter().filter(|(kind, _)| matches!(kind, b'N' | b'B')).collect();
    let clips: Vec<_> = footage.split(|(kind, _)| *kind == b'N').skip(1).collect();
    let bodies = clips.iter().map(|bodies| {
        let digests: Vec<_> = bodies.iter().flat_map(|(_, body)| *BodyDigest::of(body).as_bytes()).collect();
        digest(Label::BODIES, &[terms.id().as_bytes(), &digests])
    });
    let envelope = Envelope {
        terms: terms.id(),
        agency_wrap: wraps.as_ref().map_or(Digest::from_bytes([0; 32]), |(agency, _)| agency.digest()),
        custodian_wraps: wraps.iter().flat_map(|(_, custodians)| custodians).map(Wrapped::digest).collect(),
        parts: of(b'P').map(|sealed| digest(Label::SEALED, &[sealed])).collect(),
        bodies: bodies.collect(),
    };
    let members = terms.statement().custody.members().len();
    // Each body holds a tag at least, and there are as many as are said.
    let counted = of(b'N').zip(&clips).all(|(number, bodies)| *number == (bodies.len() as u32).to_be_bytes());
    let sound = wraps.is_some_and(|(_, custodians)| custodians.len() == members)
        && counted
        && of(b'B').all(|body| body.len() >= TAG_LEN)
        && envelope.parts.len() == envelope.bodies.len() + 1;
    frames[0].1 = terms.to_bytes();
    frames[1].1 = Verified::sign(envelope, &desk.rogue).to_bytes();
    let file = put_together(&magic, &frames);
    let opened = bounded(file.len(), || Excerpt::open(Cursor::new(&file)));
    assert_eq!(opened.is_ok(), sound, "{:?}", opened.err());
    if let Ok(mut excerpt) = opened {
        let id = terms.id();
        assert_eq!(excerpt.terms().id(), id);
        desk.world.set_back(&desk.before);
        let World { agency, policy, ledger, .. } = &mut desk.world;
        assert!(agency.take_in(&mut excerpt, policy, ledger).is_err());
        let opened = desk.world.agency.open_grant(id, &desk.world.ledger, desk.world.now);
        assert!(matches!(opened, Err(AgencyError::NotTakenIn(_))), "{opened:?}");
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

/// The host alters the file while the agency takes it in: the copy is what was granted, or there is none.
fn changing(desk: &mut Desk, mut recipe: Recipe<'_>) {
    if recipe.byte().is_multiple_of(4) {
        let file = Shared(Rc::new(RefCell::new(Cursor::new(desk.large.excerpt.clone()))));
        let mut excerpt = Excerpt::open(file.clone()).unwrap();
        recipe.alter(file.0.borrow_mut().get_mut());
        let same = file.0.borrow().get_ref().starts_with(&desk.large.excerpt);
        desk.world.set_back(&desk.before);
        let id = desk.large.id();
        let World { agency, policy, ledger, .. } = &mut desk.world;
        let taken = agency.take_in(&mut excerpt, policy, ledger);
        assert_eq!(taken.is_ok(), same, "{taken:?}");
        assert_eq!(desk.world.agency.state(id), taken.ok().map(|_| GrantState::TakenIn));
        let copied = pieces(&desk.large).into_iter().map(|(path, _)| desk.world.objects[0].get(&path).unwrap());
        let copied: Vec<u8> = copied.flatten().flat_map(|object| object.bytes).collect();
        assert!(copied == if same { desk.large.excerpt.clone() } else { Vec::new() });
    } else {
        stored(desk, recipe);
    }
}

/// The objects that the copy of an excerpt consists of.
fn pieces(granted: &Granted) -> Vec<(ObjectPath, Vec<u8>)> {
    let path = |number| ObjectPath::new(format!("excerpts/{}/{number:08}", granted.id())).unwrap();
    (0..).zip(granted.excerpt.chunks(4 << 20)).map(|(number, piece)| (path(number), piece.to_vec())).collect()
}

/// The host alters the agency's copy, and some of the answers: what comes out all the same is true.
fn stored(desk: &mut Desk, mut recipe: Recipe<'_>) {
    let objects = desk.world.objects[0].clone();
    let pieces = pieces(&desk.large);
    assert_eq!(pieces.len(), 2);
    for (path, piece) in &pieces {
        objects.put(path, piece).unwrap();
    }
    desk.world.set_back(&desk.released);
    let id = desk.large.id();
    let before = recipe.byte().is_multiple_of(2);
    let mut good = 0;
    for own in &desk.answers {
        let (mut answer, mut same) = (own.clone(), true);
        if recipe.byte().is_multiple_of(4) {
            let mut bytes = own.to_bytes();
            let mut piece = Recipe(recipe.piece());
            piece.alter(&mut bytes);
            let Ok(read) = Signed::from_bytes(&bytes) else { continue };
            same = read.to_bytes() == own.to_bytes();
            answer = read;
        }
        let enough = good >= 2;
        let taken = desk.world.agency.take_answer(answer, &desk.world.ledger);
        assert!(enough || taken.is_ok() == same, "{taken:?}");
        good += usize::from(same);
    }
    let alter = |recipe: &mut Recipe<'_>| {
        let (path, piece) = &pieces[usize::from(recipe.byte() % 2)];
        let mut altered = piece.clone();
        recipe.alter(&mut altered);
        let stored = if altered.is_empty() { objects.delete(path) } else { objects.put(path, &altered) };
        stored.unwrap();
        altered == *piece
    };
    let mut same = !before || alter(&mut recipe);
    let (one_time, half) = (format!("one-time.{id}"), format!("custodian-half.{id}"));
    let vault = &desk.world.vaults[0];
    assert_eq!((vault.has(&one_time), vault.has(&half)), (good < 2, good >= 2), "one after the other");
    let opened = desk.world.agency.open_grant(id, &desk.world.ledger, desk.world.now);
    let mut excerpt = match opened {
        Ok(opened) => opened.excerpt,
        Err(AgencyError::NotYet { found, needed: 2 }) => return assert!(found == good && good < 2),
        Err(error) => return assert!(!same && good >= 2, "two good answers open it: {error:?}"),
    };
    assert!(good >= 2);
    assert_eq!((excerpt.words(), excerpt.clips().len(), excerpt.runs().len()), ("At the door.", 2, 3));
    let granted = excerpt.clips().iter().map(|clip| {
        clip.ranges().map(|range| (range.range.from(), range.range.to(), range.layers)).collect::<Vec<_>>()
    });
    assert!(granted.eq(RANGES));
    if !before {
        same = alter(&mut recipe);
    }
    // Once through, and the first run once more, which lies in the piece that was read before.
    let first = OPENED.iter().filter(|(clip, _)| *clip == 0);
    for (run, expected) in [(None, OPENED.to_vec()), (Some(0), first.copied().collect())] {
        if let Some(run) = run {
            excerpt.go_to(run).unwrap();
        }
        let (mut found, mut whole) = (Vec::new(), true);
        for _ in 0..=expected.len() {
            match excerpt.next_segment() {
                Ok(Some(segment)) => {
                    let index = segment.header.open.index;
                    let known: &[u8] = match index {
                        0 => b"codec parameters",
                        index => &desk.contents[segment.clip][index as usize - 1],
                    };
                    assert!(OPENED.contains(&(segment.clip, index)), "segment {index} was not granted");
                    assert!(segment.content.as_slice() == known, "segment {index}");
                    found.push((segment.clip, index));
                }
                Ok(None) => break,
                Err(OpenExcerptError::Segment(_)) => whole = false,
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        assert!(!same || (whole && found == expected), "{found:?}");
        assert!(!whole || found == expected, "{found:?}");
    }
}
