//! P4: nothing outside the granted range can be opened. Against it: the agency, with the grant opened. What the seeds
//! themselves give is shown beside the key tree (`clip::tree`).

use std::io::Cursor;

use footage::agency::{AgencyError, ExcerptError};
use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::record::{Layers, Millis, SegmentKind};
use footage::store::Objects as _;
use footage_support::clips::Piece::{Media, Sound};
use footage_support::clips::{bytes, camera, record_from};
use footage_support::home::own_camera;

use super::common::{Granted, World, put_together, read_excerpt, take_apart};
use super::forge;

const BODY: u8 = b'B';
const SEGMENT: u8 = b'S';
const HEADER_LEN: usize = 59;

fn open(world: &mut World, granted: &Granted) -> Vec<u32> {
    let release = world.release(granted);
    let answers = world.answers(granted, release, &[1, 2]);
    let mut opened = world.open(granted, answers).unwrap();
    let mut indices = Vec::new();
    while let Some(segment) = opened.excerpt.next_segment().unwrap() {
        indices.push(segment.header.open.index);
        assert_eq!(segment.header.open.kind == SegmentKind::Init, segment.header.open.index == 0);
    }
    assert!(opened.excerpt.next_segment().unwrap().is_none());
    indices
}

/// Every range of the clip opens to itself and the init segment that it is played with.
#[test]
fn p4_a_grant_opens_exactly_its_range() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    for (from, to) in [(1, 2), (3, 4), (2, 7), (1, 7), (6, 7)] {
        // The first group begins with the init segment.
        let begins = if from == 1 { 0 } else { from };
        let granted = world.grant_range(&request, &clip, begins, to, 1);
        let expected: Vec<_> = std::iter::once(0).chain(from..to).collect();
        assert_eq!(open(&mut world, &granted), expected);
        assert_eq!(take_apart(&granted.excerpt).1.iter().filter(|(kind, _)| *kind == BODY).count(), expected.len());
    }
    // The init segment is granted beside media only.
    let mut file = FinishedClip::open(Cursor::new(&clip)).unwrap();
    assert!(file.select_segments(0, 1).is_err());
    assert!(file.select_segments(1, 3).is_err());
    assert!(file.select_segments(3, 8).is_err());
    assert!(file.select_segments(3, 3).is_err());
}

/// Of each layer alone: the agency puts the body of a layer that was left out in the place of a granted one, and opens nothing
/// of it. What was left out is counted.
#[test]
fn p4_a_layer_that_was_left_out_opens_nothing() {
    let mut world = World::new();
    let started = world.now.before(Millis::MINUTE.times(40));
    let suite = footage::crypto::Suite::Aes256Gcm;
    let pieces = [Media(20), Sound(20), Media(20), Sound(20), Media(20), Sound(20)];
    let mut camera = camera(1, suite, &world.owner_keys());
    let key = *camera.certificate().statement().key();
    let _ = world.home.write(own_camera(key), world.now, &mut world.random).unwrap();
    let recording = record_from(&mut camera, started, Cadence::AtEnd, &pieces, &mut world.random);
    let clip = bytes(recording.finish(&mut camera).unwrap());
    let segments: Vec<_> = take_apart(&clip).1.into_iter().filter(|(kind, _)| *kind == SEGMENT).collect();
    let request = world.request();
    for (layers, own) in [(Layers::Pictures, 0), (Layers::Sound, 1), (Layers::Both, 0)] {
        let granted = world.grant_all(&request, &[(&clip[..], &[(2, 4, layers)])], 1);
        let release = world.release(&granted);
        let answers = world.answers(&granted, release, &[1, 2]);
        let mut opened = world.open(&granted, answers).unwrap();
        let found = opened.verdict.clips[0].clone();
        let (pictures, sound) = match layers {
            Layers::Pictures => (0, 1),
            Layers::Sound => (1, 0),
            Layers::Both => (0, 0),
        };
        assert_eq!(found.outside, 4);
        assert_eq!((found.pictures.left_out, found.sound.left_out), (pictures, sound));
        assert_eq!(found.pictures.granted + found.sound.granted, 2 - pictures - sound);
        let mut contents = Vec::new();
        while let Some(segment) = opened.excerpt.next_segment().unwrap() {
            contents.push((segment.header.open.index, segment.content.to_vec()));
        }
        let expected = if layers == Layers::Both { 2..4 } else { 2 + own..3 + own };
        assert!(contents.iter().map(|(index, _)| *index).eq(expected));
        assert!(contents.iter().all(|(index, content)| *content == pieces[*index as usize].content((*index).into())));
        // The other layer's body, of the same length, in the file.
        let (magic, mut frames) = take_apart(&granted.excerpt);
        let body = frames.iter_mut().find(|(kind, _)| *kind == BODY).unwrap();
        body.1 = segments[(3 - own) as usize].1[HEADER_LEN..].to_vec();
        let altered = put_together(&magic, &frames);
        assert!(matches!(read_excerpt(&altered), Err(ExcerptError::Altered("footage"))));
    }
}

/// The agency has the clip's whole ciphertext from the host, and puts segments of it into the excerpt that it may open.
#[test]
fn p4_foreign_bodies_in_an_excerpt_open_nothing() {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant_range(&request, &clip, 3, 4, 1);
    let bodies: Vec<Vec<u8>> = take_apart(&clip)
        .1
        .into_iter()
        .filter(|(kind, _)| *kind == SEGMENT)
        .map(|(_, payload)| payload[HEADER_LEN..].to_vec())
        .collect();
    let (magic, frames) = take_apart(&granted.excerpt);
    let own: Vec<_> = (0..frames.len()).filter(|&at| frames[at].0 == BODY).collect();
    assert_eq!(own.len(), 2);

    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 2]);
    for &at in &own {
        for body in &bodies {
            let mut spliced = frames.clone();
            if spliced[at].1 == *body {
                continue;
            }
            spliced[at].1.clone_from(body);
            let error = read_excerpt(&put_together(&magic, &spliced)).unwrap_err();
            assert!(matches!(error, ExcerptError::Altered("footage")), "{error}");
        }
    }
    // One more, and one left out.
    for body in &bodies {
        let mut more = frames.clone();
        more.push((BODY, body.clone()));
        assert!(read_excerpt(&put_together(&magic, &more)).is_err());
    }
    assert!(read_excerpt(&put_together(&magic, &frames[..frames.len() - 1])).is_err());
    // In another file under terms of the agency's own making, the halves of the lock do not open.
    let forged = forge::terms(granted.excerpted.terms.statement(), |_| ());
    let mut excerpt = read_excerpt(&forged.excerpt(&granted)).unwrap();
    let id = excerpt.terms().id();
    assert!(matches!(world.agency.take_in(&mut excerpt, &world.policy, &world.ledger), Err(AgencyError::Unlock(_))));
    assert!(matches!(world.agency.open_grant(id, &world.ledger, world.now), Err(AgencyError::NotTakenIn(_))));
    // The agency's copy is exchanged: nothing of a foreign segment comes out.
    world.open(&granted, answers).unwrap();
    let mut spliced = frames.clone();
    spliced[own[0]].1.clone_from(&bodies[2]);
    let object = format!("excerpts/{}/00000000", granted.id()).parse().unwrap();
    world.objects[0].put(&object, &put_together(&magic, &spliced)).unwrap();
    assert!(matches!(world.open(&granted, Vec::new()), Err(AgencyError::Excerpt(_))));
}

/// A file that somebody else exchanges while it is read.
#[derive(Debug, Clone)]
pub struct Switching(std::rc::Rc<std::cell::RefCell<Cursor<Vec<u8>>>>);

impl Switching {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(std::rc::Rc::new(std::cell::RefCell::new(Cursor::new(bytes))))
    }

    pub fn switch(&self, bytes: Vec<u8>) {
        *self.0.borrow_mut().get_mut() = bytes;
    }
}

impl std::io::Read for Switching {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().read(out)
    }
}

impl std::io::Seek for Switching {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}
