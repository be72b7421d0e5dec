//! A day of a camera: 86 400 groups of a second each, made while they are read.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use footage::camera::{Camera, Device};
use footage::clip::FinishedClip;
use footage::crypto::{Secret, Suite};
use footage::media::Cutter;
use footage::policy::Proposal;
use footage::record::{Days, GroupId, Layer, Millis, Reference, SegmentKind, Timestamp, Window};
use footage::resident::{Consenting, MemoryKeeper, consent};
use footage::store::MemoryStore;
use footage_support::clips::{Metered, OneSink};
use footage_support::common::{Granted, World, twin};
use footage_support::counting::{MIB, peak};
use footage_support::recordings::Recorded;

const DAY: u32 = 86_400;
/// Bytes of a picture and of a sound: so few that a day fits onto a disk.
const SMALL: [u32; 2] = [20, 4];

const fn day(sizes: [u32; 2]) -> Recorded {
    Recorded { seconds: DAY, sizes }
}

/// Seals a recording that began then, in little memory.
fn sealed<R: Read, W: Write>(world: &mut World, started: Timestamp, cutter: Cutter<R>, sink: W) {
    let device = Device {
        certificate: world.camera.certificate().clone().into_signed(),
        key: twin(&world.keys.camera),
        secret: Secret::random(&mut world.random).unwrap(),
        suite: Suite::Aes256Gcm,
    };
    let mut camera = Camera::begin(device, world.household(), MemoryStore::new(), OneSink(Some(sink))).unwrap();
    let window = Window::new(started, started.after(Millis::DAY)).unwrap();
    let (sealed, needed) = peak(|| camera.seal(cutter, Some(window), |_| {}, &mut world.random).unwrap());
    println!("{needed} bytes of memory for {DAY} groups");
    // An init and a segment of each layer.
    assert_eq!(sealed.manifest().statement().count, 2 + 2 * DAY);
    // With `parallel`, other threads free what this one has allocated, and each is counted by itself.
    assert!(cfg!(feature = "parallel") || needed < 64 * MIB, "{needed} bytes");
}

/// Grants a second to the agency, and opens it there. Little more than that second is read of the clip.
fn reads_that_second(world: &mut World, clip: &Path, started: Timestamp, second: u32) {
    let from = started.after(Millis::SECOND.times(second.into()));
    let window = Window::new(from, from.after(Millis::SECOND)).unwrap();
    let mut ask = world.ask();
    ask.window = Window::new(from.before(Millis::MINUTE.times(10)), from.after(Millis::MINUTE.times(10))).unwrap();
    ask.case = Reference::new(&format!("2026-{second}")).unwrap();
    let request = world.request_for(ask);
    let mut metered = Metered::new(File::open(clip).unwrap());
    let clip = FinishedClip::open(&mut metered).unwrap();
    let mut owned = [world.home.own(clip, world.now).unwrap()];
    let selections = &[owned[0].select(window).unwrap()];
    assert_eq!(selections[0].span(), window);
    let proposal =
        Proposal { request: &request, selections, group: &GroupId::new("town").unwrap(), days: Days::new(7).unwrap() };
    let permit = world.policy.permit(&proposal, &world.ledger, world.now).unwrap();
    let (ledger, now, long_term) = (&world.ledger, world.now, &Secret::take(&mut [8; 32]));
    let consenting = Consenting { permit, clips: &mut owned, ledger, words: "", now, long_term };
    let keeper = &mut MemoryKeeper::default();
    let kept = consent(consenting, &mut world.random).unwrap().keep(keeper).unwrap();
    let mut excerpt = Vec::new();
    let excerpted = kept.write(&mut owned, keeper, world.now, &mut excerpt).unwrap();
    drop(owned);
    assert!(metered.read < 128 << 10, "{} bytes", metered.read);

    let granted = Granted { request, excerpt, excerpted };
    let release = world.release(&granted);
    let answers = world.answers(&granted, release, &[0, 1]);
    let mut opened = world.open(&granted, answers).unwrap().excerpt;
    let mut found = Vec::new();
    while let Some(segment) = opened.next_segment().unwrap() {
        let open = segment.header.open;
        if open.kind == SegmentKind::Media {
            assert_eq!((open.start, open.duration), (Millis::SECOND.times(second.into()), Millis::SECOND));
            let layer = usize::from(open.layer == Layer::Sound);
            assert!(segment.content.ends_with(&day(SMALL).samples(second, layer)));
            found.push(layer);
        }
    }
    assert_eq!(found, [0, 1]);
}

/// Seals a day into a file, and grants seconds of it.
fn is_granted_by_the_second<R: Read>(name: &str, cutter: Cutter<R>) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut world = World::new();
    let started = world.now.before(Millis::DAY).before(Millis::HOUR);
    sealed(&mut world, started, cutter, BufWriter::new(File::create(&path).unwrap()));
    for second in [0, 1, 12_345, DAY / 2, DAY - 2, DAY - 1] {
        reads_that_second(&mut world, &path, started, second);
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_day_in_fragments_is_granted_by_the_second() {
    is_granted_by_the_second("fragments", Cutter::new(day(SMALL).in_fragments()));
}

#[test]
fn a_day_with_an_index_is_granted_by_the_second() {
    is_granted_by_the_second("index", Cutter::open(day(SMALL).with_index()));
}

#[test]
#[ignore = "20 GB: `.ci/long day`"]
fn a_day_in_fragments_of_a_usual_rate_is_sealed() {
    let (mut world, started) = (World::new(), Timestamp::default());
    sealed(&mut world, started, Cutter::new(day(Recorded::USUAL).in_fragments()), io::sink());
}

#[test]
#[ignore = "20 GB: `.ci/long day`"]
fn a_day_with_an_index_of_a_usual_rate_is_sealed() {
    let (mut world, started) = (World::new(), Timestamp::default());
    sealed(&mut world, started, Cutter::open(day(Recorded::USUAL).with_index()), io::sink());
}
