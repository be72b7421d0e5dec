//! The hot paths one by one, for `benches/instructions/count`, which counts their instructions under valgrind. Inputs and
//! randomness are fixed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::wildcard_imports)]

use std::hint::black_box;
use std::io::{self, Cursor};

use clips::Piece::Media;
use clips::{camera, camera_into, owner, seal};
use common::{NOON, Pinned, World, at, begin, media, told};
use footage::agency::Excerpt;
use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret, SigningKey, Suite};
use footage::media::{Bytes, Cutter};
use footage::policy::Proposal;
use footage::record::{Cell, Days, GroupId, HouseholdCamera, Millis};
use footage::resident::{Consenting, MemoryKeeper, consent, matching};
use footage_support::{clips, common};

const PATHS: &[(&str, fn())] = &[
    ("seal 16 segments of 64 KiB", seal_segments),
    ("seal a live second of 64 KiB with its signed head", seal_live),
    ("seal a file of 1 MiB in pieces of 64 KiB", seal_file),
    ("open a clip of 16 segments of 64 KiB", open_clip),
    ("open one segment of 64 KiB in the middle of 4096", seek),
    ("grant one segment in the middle of 4096", grant),
    ("take an excerpt in", take_in),
    ("open an excerpt", open_excerpt),
    ("a custodian's notice", notice),
    ("a custodian's answer", answer),
    ("match a request against 1000 cameras", match_cameras),
];

/// What valgrind counts, and nothing else.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) {
    drop(black_box(work()));
}

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    match wanted {
        None => PATHS.iter().for_each(|(name, _)| println!("{name}")),
        Some(wanted) => match PATHS.iter().find(|(name, _)| *name == wanted) {
            Some((_, path)) => path(),
            None => panic!("no such path: {wanted}"),
        },
    }
}

fn key() -> KemPrivateKey {
    owner(1, KemAlgorithm::XWing)
}

fn clip(count: usize, size: usize) -> Vec<u8> {
    let pieces = vec![Media(size); count];
    seal(&mut camera(1, Suite::Aes256Gcm, &[key().public_key()]), Cadence::AtEnd, &pieces, &mut Pinned(1))
}

fn seal_segments() {
    let mut camera = camera_into(1, Suite::Aes256Gcm, &[key().public_key()], io::sink());
    let mut content = vec![7; 64 << 10];
    let mut recording = begin(&mut camera, at(NOON), Cadence::AtEnd, &mut Pinned(1)).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis(1), &mut content).unwrap();
    measured(|| {
        (1..17).for_each(|ms| media(&mut recording, &mut camera, Millis(ms), Millis(1), &mut content).unwrap());
    });
}

fn seal_live() {
    let mut camera = camera(1, Suite::Aes256Gcm, &[key().public_key()]);
    let mut content = vec![7; 64 << 10];
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(1)).unwrap();
    media(&mut recording, &mut camera, Millis(0), Millis(1), &mut content).unwrap();
    measured(|| media(&mut recording, &mut camera, Millis(1), Millis(1), &mut content).unwrap());
}

fn seal_file() {
    let mut camera = camera_into(1, Suite::Aes256Gcm, &[key().public_key()], io::sink());
    let content = vec![7; 1 << 20];
    let cutter = Cutter::by_size(Cursor::new(content), Bytes(64 << 10)).unwrap();
    measured(|| camera.seal(cutter, told(), |_| {}, &mut Pinned(1)).unwrap());
}

fn open_clip() {
    let mut clip = FinishedClip::open(Cursor::new(clip(16, 64 << 10))).unwrap();
    let secret = clip.unlock(&key()).unwrap();
    measured(|| clip.open_all(&secret, &mut io::sink(), |_| {}).unwrap());
}

fn seek() {
    let pieces: Vec<_> = (0..4096).map(|index| Media(if index == 2077 { 64 << 10 } else { 10 })).collect();
    let clip = seal(&mut camera(1, Suite::Aes256Gcm, &[key().public_key()]), Cadence::AtEnd, &pieces, &mut Pinned(1));
    let mut clip = FinishedClip::open(Cursor::new(clip)).unwrap();
    let (secret, mut content) = (clip.unlock(&key()).unwrap(), Vec::with_capacity(70 << 10));
    measured(|| clip.segment_into(&secret, 2077, &mut content).unwrap());
}

fn grant() {
    let mut world = World::new();
    let request = world.request();
    let started = world.now.before(Millis::MINUTE.times(40));
    let mut recording = begin(&mut world.camera, started, Cadence::AtEnd, &mut world.random).unwrap();
    (0..4096).for_each(|ms| media(&mut recording, &mut world.camera, Millis(ms), Millis(1), &mut [7; 64]).unwrap());
    let mut clip = FinishedClip::open(Cursor::new(clips::bytes(recording.finish(&mut world.camera).unwrap()))).unwrap();
    let selection = clip.select_segments(2077, 2078).unwrap();
    let group = GroupId::new("town").unwrap();
    let (selections, days) = (&[selection], Days::new(7).unwrap());
    let proposal = Proposal { request: &request, selections, group: &group, days };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    let (now, keeper) = (world.now, &mut MemoryKeeper::default());
    let (mut clips, long_term) = ([world.home.own(clip, world.now).unwrap()], &Secret::take(&mut [8; 32]));
    measured(|| {
        let consenting = Consenting { permit, clips: &mut clips, ledger: &world.ledger, words: "", now, long_term };
        let kept = consent(consenting, &mut world.random).unwrap().keep(keeper).unwrap();
        kept.write(&mut clips, keeper, now, &mut io::sink()).unwrap()
    });
}

fn granted() -> (World, common::Granted) {
    let mut world = World::new();
    let clip = world.clip();
    let request = world.request();
    let granted = world.grant(&request, &clip);
    (world, granted)
}

fn take_in() {
    let (mut world, granted) = granted();
    let footage_support::common::World { agency, policy, ledger, .. } = &mut world;
    measured(|| {
        let mut excerpt = Excerpt::open(Cursor::new(&granted.excerpt)).unwrap();
        agency.take_in(&mut excerpt, policy, ledger).unwrap()
    });
}

fn open_excerpt() {
    let (mut world, granted) = granted();
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    measured(|| {
        let mut opened = world.open(&granted, answers).unwrap();
        opened.excerpt.open_all(&mut io::sink(), |_| {}).unwrap();
    });
}

fn notice() {
    let (mut world, granted) = granted();
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release).remove(0);
    measured(|| world.notice(0, &delivery).unwrap());
}

fn answer() {
    let (mut world, granted) = granted();
    let release = world.release(&granted);
    let delivery = world.deliveries(&granted, release).remove(0);
    let notice = world.notice(0, &delivery).unwrap();
    let notice = world.publish(notice);
    measured(|| world.answer(0, notice).unwrap());
}

fn match_cameras() {
    let mut world = World::new();
    let request = world.request();
    let cameras = (0..1000_u16).map(|number| {
        let offset = (f64::from(number) - 500.0) * 1e-5;
        let cell = Cell::at(41.1 + offset, -80.65 + offset).ok();
        let seed = Secret::take(&mut [number.to_be_bytes(); 16].concat().try_into().unwrap());
        HouseholdCamera { key: SigningKey::from_secret(&seed).verifying_key(), cell }
    });
    let cameras: Vec<_> = cameras.collect();
    measured(|| matching(&request, &cameras, &[]));
}
