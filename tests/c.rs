//! The C interface from C. Each program of `tests/c` is built against the header and the static library, and run.
//!
//! It needs a C compiler, `cc` or what `CC` names.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/clips.rs"]
mod clips;
mod common;

use std::env;
use std::fs::{self, File};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret, Suite};
use footage::ledger::Feed;
use footage::media::{Bytes, Cutter};
use footage::policy::Policy;
use footage::record::{
    CameraId, Consent, Disclosure, Ending, Incentive, Millis, Position, Revocation, Signed, SquareMeters, Verified,
    Window,
};
use footage::resident::{OwnCamera, OwnClip, Owner};

use common::{NOON, Pinned, World, at, name, read_excerpt};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the programs leave, and the library.
fn built() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
}

/// The static library, with everything in it, built once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let target = built().join("library");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        run(Command::new(cargo)
            .current_dir(root())
            .args(["rustc", "--locked", "--lib", "--crate-type", "staticlib", "--features", "ffi,logkeeper"])
            .arg("--target-dir")
            .arg(&target));
        target.join("debug/libfootage.a")
    })
}

fn compiler(name: &str, default: &str) -> Command {
    let compiler = env::var(name).unwrap_or_else(|_| default.to_owned());
    let found = Command::new(&compiler).arg("--version").output();
    assert!(found.is_ok(), "this test needs a compiler: install `{default}`, or name one in {name}");
    Command::new(compiler)
}

/// Builds a program of a folder.
fn program(folder: &str, name: &str) -> PathBuf {
    let program = built().join(name);
    run(compiler("CC", "cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-D_POSIX_C_SOURCE=200809L"])
        .arg("-I")
        .arg(root().join("include"))
        .arg(root().join(folder).join(name).with_extension("c"))
        .arg(library())
        .args(["-lpthread", "-ldl", "-lm", "-o"])
        .arg(&program));
    program
}

/// Builds a program and runs it in a fresh folder of its own, where it finds these files and leaves its own.
fn passes(name: &str, given: &[(&str, &[u8])]) -> PathBuf {
    let folder = built().join(format!("{name}.files"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (file, bytes) in given {
        fs::write(folder.join(file), bytes).unwrap();
    }
    run(Command::new(program("tests/c", name)).current_dir(&folder));
    folder
}

/// What segment `n` of a clip holds on both sides.
fn content(n: u32) -> Vec<u8> {
    if n == 0 { b"codecs".to_vec() } else { (0..n * 1000).map(|at| (at.wrapping_mul(31) ^ n) as u8).collect() }
}

const SEGMENTS: u32 = 5;

fn sealed(owner: &Owner) -> Vec<u8> {
    let mut camera = clips::camera(5, Suite::Aes256Gcm);
    let random = &mut Pinned(6);
    let mut recording =
        camera.start(&[owner.public_key()], at(NOON), Cadence::EverySegment, Vec::new(), random).unwrap();
    recording.init(&mut content(0)).unwrap();
    for n in 1..SEGMENTS {
        recording.media(Millis::SECOND.times(u64::from(n) - 1), Millis::SECOND, &mut content(n)).unwrap();
    }
    recording.finish().unwrap().into_inner()
}

#[test]
fn clips_pass_both_ways() {
    let owner = Owner::generate(&mut Pinned(4)).unwrap();
    let given = [("owner", owner.key().secret().expose().as_slice()), ("sealed-by-rust", &sealed(&owner))];
    let folder = passes("recording", &given);
    for (file, ending, count) in [
        ("sealed-by-c", Ending::Finished, SEGMENTS),
        ("recovered", Ending::Recovered, SEGMENTS - 1),
        ("recovered-again", Ending::Recovered, SEGMENTS - 1),
    ] {
        let mut clip = FinishedClip::open(File::open(folder.join(file)).unwrap()).unwrap();
        assert_eq!((clip.ending(), clip.count()), (ending, count), "{file}");
        let secret = clip.unlock(owner.key()).unwrap();
        for n in 0..count {
            assert_eq!(*clip.segment(&secret, n).unwrap().1, content(n), "{file}");
        }
    }
}

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4");

#[test]
fn a_video_is_cut_and_sealed() {
    let owner = Owner::generate(&mut Pinned(4)).unwrap();
    let sample = fs::read(SAMPLE).unwrap();
    let folder = passes("cutter", &[("owner", owner.key().secret().expose()), ("sample.mp4", &sample)]);
    let by_size = Cutter::by_size(sample.as_slice(), Bytes(100_000)).unwrap();
    for (file, cutter) in [("video", Cutter::new(sample.as_slice())), ("pieces", by_size)] {
        let mut clip = FinishedClip::open(File::open(folder.join(file)).unwrap()).unwrap();
        let secret = clip.unlock(owner.key()).unwrap();
        let mut count = 0;
        for cut in cutter {
            let (cut, (header, content)) = (cut.unwrap(), clip.segment(&secret, count).unwrap());
            assert_eq!((header.kind, header.start, header.duration), (cut.kind, cut.start, cut.duration));
            assert!(*content == cut.bytes, "{file}: segment {count}");
            count += 1;
        }
        assert_eq!(clip.count(), count);
    }
}

/// Records as the C programs read them: a kind, a length, and so many bytes.
fn framed<'a>(records: impl IntoIterator<Item = (u8, &'a [u8])>) -> Vec<u8> {
    let frame = |(kind, bytes): (u8, &[u8])| [&[kind][..], &(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
    records.into_iter().flat_map(frame).collect()
}

/// The log of a world, as replayers read it and as phones do.
fn log(world: &World) -> (Vec<u8>, Vec<u8>) {
    let mut feed = Feed::new(world.trust.clone());
    let (mut log, mut pages) = (Vec::new(), Vec::new());
    for checkpoint in &world.history {
        let entries = world.log.entries(feed.ledger().size(), checkpoint.checkpoint().size()).unwrap();
        log.extend(framed(entries.iter().map(|entry| (b'e', entry.as_slice()))));
        log.extend(framed([(b'c', checkpoint.bytes())]));
        let page = feed.page(entries, checkpoint, &world.log).unwrap().to_bytes();
        pages.extend(framed([(b'p', page.as_slice())]));
    }
    (log, pages)
}

#[test]
fn a_resident_says_yes() {
    let mut world = World::new();
    let clip = world.clip();
    let disclosed = Disclosure {
        agency: *world.agency.id(),
        vendor: name("Acme Cameras"),
        incentive: Incentive::Equipment,
        cents: Some(12_500),
        text: None,
    };
    world.append(Verified::sign(disclosed, &world.keys.agency));
    let request = world.request();
    let (log, pages) = log(&world);

    let camera = CameraId::from_bytes([7; 16]);
    let own = OwnCamera { camera, position: Position::from_degrees(-80.65, 41.1).unwrap() };
    let span = Window::new(world.now.before(Millis::MINUTE.times(40)), world.now).unwrap();
    let own_clip = OwnClip { clip: FinishedClip::open(Cursor::new(&clip)).unwrap().clip(), camera, span };
    let strict = Policy { budget: 0, min_area: SquareMeters(1_000_000), ..Policy::default() };
    let given = [
        ("trust.json", serde_json::to_vec(&world.trust).unwrap()),
        ("now", world.now.as_millis().to_string().into()),
        ("owner", world.owner.key().secret().expose().to_vec()),
        ("clip", clip),
        ("request", request.id().as_bytes().to_vec()),
        ("log", log),
        ("pages", pages),
        ("cameras.json", serde_json::to_vec(&[own]).unwrap()),
        ("clips.json", serde_json::to_vec(&[own_clip]).unwrap()),
        ("strict.json", serde_json::to_vec(&strict).unwrap()),
    ];
    let folder = passes("resident", &given.each_ref().map(|(name, bytes)| (*name, bytes.as_slice())));

    // The agency opens what the phone granted.
    let file = |name: &str| fs::read(folder.join(name)).unwrap();
    let excerpt = read_excerpt(&file("excerpt")).unwrap();
    let consent = Consent::from_bytes(&file("consent")).unwrap();
    assert_eq!(consent.grant, excerpt.terms().statement().grant);
    world.agency.take_in(&excerpt).unwrap();
    let release = world.agency.release(excerpt.terms(), &mut world.random).unwrap();
    let release = world.publish(release);
    let deliveries: Vec<_> = world.agency.deliveries(release, &excerpt).map(|(_, delivery)| delivery).collect();
    let notices = [0, 1].map(|n| {
        let notice = world.notice(n, &deliveries[n]).unwrap();
        world.append(notice)
    });
    world.witness();
    let answers = [0, 1].map(|n| world.answer(n, notices[n]).unwrap());
    let mut opened = world.agency.open(excerpt, answers.to_vec(), &world.ledger, world.now).unwrap().excerpt;
    assert_eq!(opened.words(), "At the door.");
    assert_eq!(*opened.next_segment().unwrap().unwrap().content, b"codec parameters");
    for minute in 1..4 {
        let size = common::SIZES[minute as usize];
        assert_eq!(*opened.next_segment().unwrap().unwrap().content, common::content(minute, size));
    }
    assert!(opened.next_segment().unwrap().is_none());

    // The other grant is revoked before it is used.
    let revocation = Signed::<Revocation>::from_bytes(&file("revocation")).unwrap();
    let consent = Consent::from_bytes(&file("consent-of-full")).unwrap();
    assert_eq!(*consent.revocation, revocation);
    assert!(world.custodians[0].revoke(revocation).is_ok());
}

#[test]
fn the_example_camera_seals_a_file_and_goes_on() {
    let folder = built().join("camera.files");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let camera = program("examples/c", "camera");
    for out in ["first", "second"] {
        run(Command::new(&camera).current_dir(&folder).args([SAMPLE, out]));
    }
    let mut secret: [u8; 32] = fs::read(folder.join("owner.key")).unwrap().try_into().unwrap();
    let owner = KemPrivateKey::from_secret(KemAlgorithm::XWing, Secret::take(&mut secret));
    let [first, second] = ["first", "second"].map(|file| {
        let mut clip = FinishedClip::open(File::open(folder.join(file)).unwrap()).unwrap();
        let secret = clip.unlock(&owner).unwrap();
        for (index, cut) in (0..).zip(Cutter::new(fs::read(SAMPLE).unwrap().as_slice())) {
            assert!(*clip.segment(&secret, index).unwrap().1 == cut.unwrap().bytes);
        }
        (clip.clip(), clip.certificate().statement().key)
    });
    assert_ne!(first.0, second.0);
    assert_eq!(first.1, second.1);
}
