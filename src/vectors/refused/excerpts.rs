//! Excerpts that residents make, with cameras of theirs.

use std::io::Cursor;

use serde_json::{Value, json};

use crate::clip::sample::SampleCamera;
use crate::clip::{Cadence, Header, SegmentRange, cover};
use crate::crypto::{Digest, KemAlgorithm, Secret};
use crate::foreign::hex;
use crate::grant::forged::{CONTENTS, Forgery, Made, Scene, always, forge, granted, silent};
use crate::grant::{
    ClipPart, Excerpt, ExcerptError, Init, LeftOut, Listed, OpenExcerpt, OpenExcerptError, Role, Wraps,
};
use crate::record::{
    ClipId, Clock, Content, Envelope, GrantId, Head, Layer, Layers, Millis, SegmentKind, StatementId, Terms, Timestamp,
    Verified, Window,
};

/// An excerpt, and the window that was asked for.
pub(super) struct Bad {
    pub(super) made: Made,
    window: Window,
}

/// Why an excerpt is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    TakenIn(ExcerptError),
    Opened(OpenExcerptError),
}

const KEM: KemAlgorithm = KemAlgorithm::X25519;

fn honest() -> Forgery {
    Forgery { kem: KEM, ..Forgery::default() }
}

impl Bad {
    fn of(made: Made) -> Self {
        Self { made, window: always() }
    }

    pub(super) fn read(&self) -> Result<Vec<Vec<u8>>, Refusal> {
        let excerpt = Excerpt::open(Cursor::new(self.made.file.clone())).map_err(Refusal::TakenIn)?;
        let mut open = OpenExcerpt::open(excerpt, &self.made.key(), self.window).map_err(Refusal::Opened)?;
        let mut contents = Vec::new();
        while let Some(segment) = open.next_segment().map_err(Refusal::Opened)? {
            contents.push(segment.content.to_vec());
        }
        Ok(contents)
    }

    pub(super) fn refused(&self) -> Refusal {
        self.read().unwrap_err()
    }

    pub(super) fn describe(&self, name: &str, step: &str) -> Value {
        let [agency, custodians] = &self.made.halves;
        json!({
            "name": name,
            "step": step,
            "excerpt": hex(&self.made.file),
            "agency_half": hex(agency.expose()),
            "custodian_half": hex(custodians.expose()),
            "window": [self.window.from().as_millis(), self.window.to().as_millis()],
        })
    }
}

/// A good excerpt.
pub(super) fn good() -> Bad {
    Bad::of(Scene::new().forged(&honest()))
}

/// An excerpt of a part that was changed.
fn part(mut scene: Scene, change: impl FnOnce(&mut Scene)) -> Bad {
    change(&mut scene);
    Bad::of(scene.forged(&honest()))
}

/// An excerpt of ranges that no owner grants together, each as it is granted by itself.
fn ranges(ranges: &[(u32, u32, Layers)]) -> Bad {
    let one = |&range: &(u32, u32, Layers)| {
        let mut scene = silent();
        scene.grant(&[range]);
        scene.part
    };
    let mut parts: Vec<ClipPart> = ranges.iter().map(one).collect();
    let mut whole = parts.remove(0);
    for part in parts {
        if let Some(last) = whole.ranges.last_mut().filter(|last| last.range.to() == part.ranges[0].range.from()) {
            last.end = None;
        }
        whole.ranges.extend(part.ranges);
    }
    part(silent(), |scene| {
        scene.part = whole;
        scene.prove();
        scene.fetch();
    })
}

// --- taking in

pub(super) fn grant_id() -> Bad {
    let terms = |terms: &mut Terms| terms.grant = GrantId::from_bytes([7; 32]);
    Bad::of(Scene::new().forged(&Forgery { terms, ..honest() }))
}

pub(super) fn stranger() -> Bad {
    Bad::of(Scene::new().forged(&Forgery { stranger: true, ..honest() }))
}

fn envelope(envelope: fn(&mut Envelope)) -> Bad {
    Bad::of(Scene::new().forged(&Forgery { envelope, ..honest() }))
}

pub(super) fn other_terms() -> Bad {
    envelope(|envelope| envelope.terms = StatementId::from_bytes([7; 32]))
}

pub(super) fn sealed_part() -> Bad {
    envelope(|envelope| envelope.parts[1] = Digest::from_bytes([7; 32]))
}

pub(super) fn body_beside() -> Bad {
    envelope(|envelope| envelope.bodies[0] = Digest::from_bytes([7; 32]))
}

pub(super) fn agency_wrap() -> Bad {
    let wraps = |wraps: &mut Wraps| wraps.agency = wraps.custodians[0].clone();
    Bad::of(Scene::new().forged(&Forgery { wraps, ..honest() }))
}

pub(super) fn custodian_wraps() -> Bad {
    let wraps = |wraps: &mut Wraps| wraps.custodians.swap(0, 1);
    Bad::of(Scene::new().forged(&Forgery { wraps, ..honest() }))
}

pub(super) fn wrap_missing() -> Bad {
    let envelope = |envelope: &mut Envelope| envelope.custodian_wraps.truncate(2);
    let wraps = |wraps: &mut Wraps| wraps.custodians.truncate(2);
    Bad::of(Scene::new().forged(&Forgery { envelope, wraps, ..honest() }))
}

// --- parts

pub(super) fn other_place() -> Bad {
    Bad::of(Scene::new().forged(&Forgery { words_as: 2, ..honest() }))
}

pub(super) fn private() -> Bad {
    let terms = |terms: &mut Terms| terms.private = Digest::from_bytes([7; 32]);
    Bad::of(Scene::new().forged(&Forgery { terms, ..honest() }))
}

/// Both clips began at once, so that their ids decide.
pub(super) fn clips_out_of_order() -> Bad {
    let mut camera = SampleCamera::new(1);
    let files = [(); 2].map(|()| camera.clip(&CONTENTS, Cadence::AtEnd));
    let mut scenes = files.map(|file| Scene::of(SampleCamera::new(1), file));
    scenes.sort_by_key(|scene| core::cmp::Reverse(scene.clip.clip()));
    let clips = scenes.each_ref().map(|scene| (&scene.part, scene.bodies.as_slice()));
    Bad::of(forge(&clips, &honest()))
}

pub(super) fn clip_twice() -> Bad {
    let scene = Scene::new();
    let clip = (&scene.part, scene.bodies.as_slice());
    Bad::of(forge(&[clip, clip], &honest()))
}

/// One id at two dates, by a camera that does what its owner likes.
pub(super) fn clip_at_two_dates() -> Bad {
    let (first, mut second) = (Scene::new(), Scene::new());
    with_header(&mut second, |header| header.started = header.started.after(Millis::MINUTE));
    let clips = [&first, &second].map(|scene| (&scene.part, scene.bodies.as_slice()));
    Bad::of(forge(&clips, &honest()))
}

/// More ranges in two clips than a grant takes. Each takes fewer.
pub(super) fn too_many_ranges() -> Bad {
    let mut camera = SampleCamera::new(1);
    let contents = [b"".as_slice(); 260];
    let scenes = [(); 2].map(|()| {
        let file = camera.clip(&contents, Cadence::AtEnd);
        let ranges: Vec<_> = (0..129).map(|range| (2 * range + 2, 2 * range + 3, Layers::Pictures)).collect();
        let mut scene = Scene::granting(SampleCamera::new(1), file, ranges[0]);
        scene.grant(&ranges);
        scene
    });
    let mut order: Vec<_> = scenes.iter().collect();
    order.sort_by_key(|scene| scene.clip.clip());
    let clips: Vec<_> = order.iter().map(|scene| (&scene.part, scene.bodies.as_slice())).collect();
    Bad::of(forge(&clips, &honest()))
}

// --- header and manifest

/// Puts another header before a clip, and has the camera sign that.
fn with_header(scene: &mut Scene, change: impl FnOnce(&mut Header)) {
    let mut header = scene.clip.header().clone();
    change(&mut header);
    let head = Head { header: header.digest(), ..scene.clip.manifest().statement().clone() };
    scene.part.header = header.to_bytes();
    scene.part.manifest = Verified::sign(head, &scene.camera.key).to_bytes();
}

fn header(change: impl FnOnce(&mut Header)) -> Bad {
    part(Scene::new(), |scene| with_header(scene, change))
}

pub(super) fn version() -> Bad {
    header(|header| header.version = 2)
}

fn manifest(change: impl FnOnce(&mut Head)) -> Bad {
    part(Scene::new(), |scene| {
        let mut head = scene.clip.manifest().statement().clone();
        change(&mut head);
        scene.part.manifest = Verified::sign(head, &scene.camera.key).to_bytes();
    })
}

pub(super) fn endless() -> Bad {
    manifest(|head| head.end = None)
}

pub(super) fn manifest_of_another_clip() -> Bad {
    manifest(|head| head.clip = ClipId::from_bytes([7; 16]))
}

pub(super) fn root() -> Bad {
    manifest(|head| head.root = Digest::from_bytes([7; 32]))
}

pub(super) fn undated() -> Bad {
    header(|header| (header.clock, header.started) = (Clock::None, Timestamp::default()))
}

// --- the form

pub(super) fn past_the_end() -> Bad {
    manifest(|head| head.count = 4)
}

pub(super) fn left_away() -> Bad {
    part(Scene::new(), |scene| {
        scene.part.ranges[0].segments.remove(1);
        scene.bodies.remove(2);
    })
}

pub(super) fn overlapping() -> Bad {
    ranges(&[(4, 8, Layers::Pictures), (6, 10, Layers::Pictures)])
}

pub(super) fn out_of_order() -> Bad {
    ranges(&[(8, 10, Layers::Pictures), (4, 6, Layers::Pictures)])
}

pub(super) fn touching_alike() -> Bad {
    ranges(&[(4, 6, Layers::Pictures), (6, 8, Layers::Pictures)])
}

/// The seeds and the list of a range, whatever begins and ends it.
fn forced(scene: &mut Scene, from: u32, to: u32) {
    let range = &mut scene.part.ranges[0];
    range.range = SegmentRange::new(from, to).unwrap();
    range.segments.retain(|listed| (from..to).contains(&listed.open().index));
    let places = cover(from, to);
    for layer in Layer::ALL {
        let tree = scene.secret.tree(layer);
        let seeds = places.iter().map(|&place| tree.node(&scene.secret.secret, place)).collect();
        range.seeds[layer.place()] = seeds;
    }
}

fn both() -> Scene {
    let mut scene = silent();
    scene.grant(&[(4, 8, Layers::Both)]);
    scene
}

pub(super) fn begins_in_group() -> Bad {
    part(both(), |scene| {
        forced(scene, 5, 8);
        scene.prove();
        scene.fetch();
    })
}

pub(super) fn ends_in_group() -> Bad {
    part(both(), |scene| {
        forced(scene, 4, 7);
        let behind = SegmentRange::new(7, 8).unwrap();
        let segment = scene.clip.listed(behind).unwrap()[0];
        scene.part.ranges[0].end = Some(LeftOut::of(&segment));
        scene.prove();
        scene.fetch();
    })
}

pub(super) fn end_missing() -> Bad {
    part(silent(), |scene| {
        scene.part.ranges[0].end = None;
        scene.prove();
    })
}

pub(super) fn init_missing() -> Bad {
    part(silent(), |scene| {
        scene.part.inits.clear();
        scene.bodies.remove(0);
        scene.prove();
    })
}

pub(super) fn init_too_many() -> Bad {
    part(silent(), |scene| {
        let segment = scene.clip.listed(SegmentRange::new(1, 2).unwrap()).unwrap()[0];
        scene.part.inits.push(Init { seed: scene.secret.seed(Layer::Sound, 1), segment });
        scene.prove();
        scene.fetch();
    })
}

/// A clip whose camera signs that a segment is played with another one, which is no init or of another layer.
fn named(init: u32) -> Bad {
    let mut camera = SampleCamera::new(1);
    let groups = CONTENTS.map(|pictures| (pictures, Some(&b"a voice"[..])));
    let file = camera.record(&groups, Cadence::AtEnd);
    let mut scene = Scene::granting(camera, file, (4, 6, Layers::Pictures));
    granted(&mut scene.part, 0).header.init = Some(init);
    let segment = scene.clip.listed(SegmentRange::new(init, init + 1).unwrap()).unwrap()[0];
    let layer = segment.header.open.layer;
    scene.part.inits = vec![Init { seed: scene.secret.seed(layer, init), segment }];
    let mut body = Vec::new();
    scene.clip.stored_into(init, &mut body).unwrap();
    scene.bodies[0] = body;
    scene.sign();
    Bad::of(scene.forged(&honest()))
}

pub(super) fn media_as_init() -> Bad {
    named(2)
}

pub(super) fn init_of_another_layer() -> Bad {
    named(1)
}

/// A group that has no pictures, in a clip that has them: its camera signs that the pictures are sound.
pub(super) fn group_without_pictures() -> Bad {
    let mut scene = both();
    let Listed::Granted(mut segment) = scene.part.ranges[0].segments[2] else { panic!("left out") };
    segment.header.open.layer = Layer::Sound;
    segment.header.init = Some(1);
    scene.part.ranges[0].segments[2] = Listed::Granted(segment);
    scene.sign();
    Bad::of(scene.forged(&honest()))
}

/// A clip whose last group is one millisecond past the window.
pub(super) fn window() -> Bad {
    let mut scene = silent();
    scene.grant(&[(4, 6, Layers::Pictures), (8, 10, Layers::Pictures)]);
    let (from, to) = (Millis::SECOND.0, 4 * Millis::SECOND.0 - 1);
    let at = |millis| Timestamp::from_millis(millis).unwrap();
    Bad { made: scene.forged(&honest()), window: Window::new(at(from), at(to)).unwrap() }
}

fn file() -> Scene {
    let mut camera = SampleCamera::new(1);
    camera.content = Content::AnyFile;
    let file = camera.clip(&[b"%PDF-", b"and so on"], Cadence::AtEnd);
    Scene::granting(camera, file, (1, 2, Layers::Pictures))
}

/// A file that is no video, of which a segment names another.
pub(super) fn file_with_an_init() -> Bad {
    let mut scene = file();
    granted(&mut scene.part, 0).header.init = Some(0);
    let segment = scene.clip.listed(SegmentRange::new(0, 1).unwrap()).unwrap()[0];
    let mut init = segment;
    init.header.open.kind = SegmentKind::Init;
    init.header.open.duration = Millis(0);
    scene.part.inits = vec![Init { seed: scene.secret.seed(Layer::Pictures, 0), segment: init }];
    scene.sign();
    scene.fetch();
    Bad::of(scene.forged(&honest()))
}

/// An init that begins after the year 9999, of pictures that do not.
pub(super) fn init_past_the_year_9999() -> Bad {
    let mut scene = Scene::new();
    scene.part.inits[0].segment.header.open.start = Millis(Timestamp::MAX.as_millis() + 1);
    scene.sign();
    Bad::of(scene.forged(&honest()))
}

// --- seeds and bodies

/// The root of the tree in the place of a cover: it opens the whole layer.
pub(super) fn cover_of_everything() -> Bad {
    part(Scene::new(), |scene| {
        let root = scene.secret.tree(Layer::Pictures).root(&scene.secret.secret);
        scene.part.ranges[0].seeds[0] = vec![root];
    })
}

/// A leaf for each segment in the place of the fewest nodes.
pub(super) fn cover_by_leaves() -> Bad {
    part(Scene::new(), |scene| {
        let seeds = [2, 3, 4].map(|index| scene.secret.seed(Layer::Pictures, index));
        scene.part.ranges[0].seeds[0] = seeds.into();
    })
}

/// Seeds of a layer that is not granted.
pub(super) fn cover_of_another_layer() -> Bad {
    part(silent(), |scene| {
        let tree = scene.secret.tree(Layer::Sound);
        let seeds =
            cover(4, 8).iter().map(|&place| tree.node(&scene.secret.secret, place)).collect::<Vec<Secret<32>>>();
        scene.part.ranges[0].seeds[1] = seeds;
    })
}

pub(super) fn body_missing() -> Bad {
    part(Scene::new(), |scene| drop(scene.bodies.pop()))
}

/// A body that the envelope names and the camera did not sign, sealed under the true key.
pub(super) fn body() -> Bad {
    part(Scene::new(), |scene| {
        let header = granted(&mut scene.part, 0).header;
        scene.bodies[1] = scene.sealed_anew(2, header).1;
    })
}

/// A wrap of the agency's half under another role.
pub(super) fn role() -> Bad {
    Bad::of(Scene::new().forged(&Forgery { role: Role::Share, ..honest() }))
}

/// Terms that commit to another secret.
pub(super) fn terms(terms: fn(&mut Terms)) -> Bad {
    Bad::of(Scene::new().forged(&Forgery { terms, ..honest() }))
}
