//! The C interface from C. Each program of `tests/c` is built against the header and the static library, and run; then
//! again under valgrind, and with AddressSanitizer and UBSan.
//!
//! It needs a C compiler, `cc` or what `CC` names, and one of C++, `c++` or `CXX`. Where valgrind, a sanitizer or Python is
//! missing, that is said and passed over; with `FOOTAGE_REQUIRE_PEERS` set it fails.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::explicit_write)]

#[path = "common/clips.rs"]
mod clips;
mod common;
#[path = "c/programs.rs"]
mod programs;
#[path = "c/prototypes.rs"]
mod prototypes;

use std::env;
use std::fs::{self, File};
use std::io::Cursor;
use std::process::Command;

use crate::common::{begin, media};
use footage::auditor::overdue;
use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret, Suite};
use footage::ledger::{Feed, Ledger};
use footage::logkeeper::DirectoryReader;
use footage::media::{Bytes, Cutter};
use footage::policy::Policy;
use footage::record::{
    CameraId, Consent, Delivery, Disclosure, Ending, Incentive, Millis, Position, Release, Request, Revocation, Signed,
    SquareMeters, TrustRoots, Verified, Window,
};
use footage::resident::{OwnCamera, OwnClip, Owner};
use footage::tlog::{Checkpoints, TileTree, Witnessed, read_checkpoint};

use common::{NOON, Pinned, World, at, name, read_excerpt};
use programs::{LIBRARIES, built, compiler, fresh, in_every_way, is_there, library, passes, root, run, runs};

/// What segment `n` of a clip holds on both sides.
fn content(n: u32) -> Vec<u8> {
    if n == 0 { b"codecs".to_vec() } else { (0..n * 1000).map(|at| (at.wrapping_mul(31) ^ n) as u8).collect() }
}

const SEGMENTS: u32 = 5;

fn sealed(owner: &Owner) -> Vec<u8> {
    let mut camera = clips::camera(5, Suite::Aes256Gcm);
    let random = &mut Pinned(6);
    let mut recording = begin(&mut camera, &[owner.public_key()], at(NOON), Cadence::EveryGroup, random).unwrap();
    recording.init(&mut content(0)).unwrap();
    for n in 1..SEGMENTS {
        media(&mut recording, &mut camera, Millis::SECOND.times(u64::from(n) - 1), Millis::SECOND, &mut content(n))
            .unwrap();
    }
    clips::bytes(recording.finish(&mut camera).unwrap())
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
            assert_eq!(
                (header.open.kind, header.open.start, header.open.duration),
                (cut.kind, cut.start, cut.duration)
            );
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

/// An agency in C opens what was granted in Rust: its request is logged, granted and answered there, between its runs.
#[test]
fn an_agency_opens_what_rust_granted() {
    in_every_way(&root().join("tests/c/agency.c"), &mut |name, command| {
        let mut world = World::new();
        let key = world.keys.agency.to_secret();
        let given = [
            ("trust.json", serde_json::to_vec(&world.trust).unwrap()),
            ("agency.key", key.expose().to_vec()),
            ("ask.json", serde_json::to_vec(&world.ask()).unwrap()),
        ];
        let folder = fresh(name, &given.each_ref().map(|(name, bytes)| (*name, bytes.as_slice())));
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
        let next = |world: &World, stage: &str| {
            write("now", world.now.as_millis().to_string().as_bytes());
            write("log", &log(world).0);
            run(command().arg(stage).current_dir(&folder));
        };

        next(&world, "asks");
        let request = Signed::<Request>::from_bytes(&read("request")).unwrap().verify().unwrap();
        let id = world.publish(request);
        let request = world.ledger.request(id).unwrap();
        let clip = world.clip();
        let granted = world.grant(&request, &clip);
        write("excerpt", &granted.excerpt);

        next(&world, "releases");
        let release = Signed::<Release>::from_bytes(&read("release")).unwrap().verify().unwrap();
        world.publish(release);
        let notices = [(0, "alpha"), (1, "beta")].map(|(n, custodian)| {
            let delivery = Delivery::from_bytes(&read(&format!("delivery-to-{custodian}"))).unwrap();
            let notice = world.notice(n, &delivery).unwrap();
            (n, custodian, world.append(notice))
        });
        world.witness();
        for (n, custodian, notice) in notices {
            write(&format!("answer-of-{custodian}"), &world.answer(n, notice).unwrap().to_bytes());
        }

        next(&world, "opens");
        let media = (1..4).map(|minute| common::content(minute, common::SIZES[minute as usize]));
        let expected: Vec<_> = [b"codec parameters".to_vec()].into_iter().chain(media).collect();
        assert_eq!(read("opened"), expected.concat());
        assert_eq!(read("words"), b"At the door.");
    });
}

#[test]
fn the_example_camera_seals_a_file_and_goes_on() {
    let source = root().join("examples/c/camera.c");
    let folder = runs(&source, &[], &[&[SAMPLE, "first"], &[SAMPLE, "second"]]);
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

/// The whole story in C, of which Rust reads what is left: the clip, the excerpt, and the log.
#[test]
fn story() {
    let sample = fs::read(root().join("examples/data/sample.mp4")).unwrap();
    let folder = passes("story", &[("sample.mp4", &sample)]);
    let file = |name: &str| fs::read(folder.join(name)).unwrap();
    assert_eq!(file("opened"), file("expected"));
    assert!(FinishedClip::open(Cursor::new(file("clip"))).unwrap().count() > 3);
    let excerpt = read_excerpt(&file("excerpt")).unwrap();

    let mut ledger = Ledger::new(serde_json::from_slice(&file("trust.json")).unwrap());
    let (log, mut entries) = (file("log"), Vec::new());
    let mut rest = log.as_slice();
    while let Some((&[kind, a, b, c, d], after)) = rest.split_first_chunk() {
        let (record, after) = after.split_at(u32::from_be_bytes([a, b, c, d]) as usize);
        rest = after;
        if kind == b'e' {
            entries.push(record.to_vec());
        } else {
            let checkpoint = Witnessed::verify(record, ledger.trust().log()).unwrap();
            ledger.advance(&core::mem::take(&mut entries), &checkpoint).unwrap();
        }
    }
    assert_eq!(ledger.breaches(), []);
    assert_eq!(ledger.answered(excerpt.terms().id()).count(), 2);
    assert_eq!(ledger.revocations(&excerpt.terms().statement().grant), 1);
    assert!(ledger.is_deleted(excerpt.terms()));
    let late: Vec<_> = overdue(&ledger);
    assert!(late.is_empty(), "{late:?}");
}

/// The example, with a clip that Rust sealed.
#[test]
fn share() {
    let owner = Owner::generate(&mut Pinned(4)).unwrap();
    let given = [("owner", owner.key().secret().expose().as_slice()), ("clip", &sealed(&owner))];
    let folder = runs(&root().join("examples/c/share.c"), &given, &[&["clip", "owner", "1", "3", "opened"]]);
    assert_eq!(fs::read(folder.join("opened")).unwrap(), [content(0), content(2), content(3)].concat());
    assert_eq!(fs::read(folder.join("agency.state")).unwrap().len(), 3);
}

/// The durable log that C keeps, of which Rust reads the files.
#[test]
fn the_log_from_all_sides() {
    let folder = passes("log", &[]);
    let trust: TrustRoots = serde_json::from_slice(&fs::read(folder.join("trust.json")).unwrap()).unwrap();
    let log = folder.join("log");
    let latest = read_checkpoint(&mut DirectoryReader::new(&log), trust.log()).unwrap();
    let mut tree = TileTree::new(DirectoryReader::new(&log), latest.checkpoint());
    let (mut ledger, mut run) = (Ledger::new(trust.clone()), 0);
    for checkpoint in Checkpoints::new(DirectoryReader::new(&log), trust.log().clone(), 0) {
        let checkpoint = checkpoint.unwrap();
        let entries = tree.entries(ledger.size(), checkpoint.checkpoint().size()).unwrap();
        ledger.advance(&entries, &checkpoint).unwrap();
        run += 1;
    }
    assert_eq!(ledger.latest().unwrap().bytes(), latest.bytes());
    assert_eq!((run, ledger.size()), (5, 4));
}

#[test]
fn misuse() {
    passes("misuse", &[]);
}

/// Every function, with NULL, with handles of another type, and with lengths that nothing has.
#[test]
fn wrong_calls_come_back() {
    let source = built().join("every.c");
    fs::write(&source, prototypes::wrong_calls(&header())).unwrap();
    runs(&source, &[], &[&[]]);
}

fn header() -> String {
    fs::read_to_string(root().join("include/footage.h")).unwrap()
}

#[test]
fn a_test_calls_every_function() {
    let mut code = String::new();
    for folder in ["tests/c", "examples/c"] {
        let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let sources = files.filter(|path| path.extension().is_some_and(|end| end == "c" || end == "h"));
        code.extend(sources.map(|path| fs::read_to_string(path).unwrap()));
    }
    let functions = prototypes::prototypes(&header());
    assert!(functions.len() > 50);
    let calls = |name: &str| code.contains(&format!("{name}("));
    let left_out: Vec<_> = functions.iter().map(|function| &function.name).filter(|name| !calls(name)).collect();
    assert!(left_out.is_empty(), "no test calls {left_out:?}");
}

/// And each of these tests runs.
#[test]
fn a_test_runs_every_program() {
    let this = fs::read_to_string(root().join(file!())).unwrap();
    let files = fs::read_dir(root().join("tests/c")).unwrap().map(|entry| entry.unwrap().path());
    for program in files.filter(|path| path.extension().is_some_and(|end| end == "c")) {
        let name = program.file_stem().unwrap().to_str().unwrap();
        let runs = [format!("passes(\"{name}\""), format!("tests/c/{name}.c")];
        assert!(runs.iter().any(|run| this.contains(run)), "no test runs {name}.c");
    }
}

#[test]
fn cpp() {
    let program = built().join("include");
    run(compiler("CXX", "c++")
        .args(["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(root().join("include"))
        .arg(root().join("tests/c/include.cpp"))
        .arg(library())
        .args(LIBRARIES)
        .arg("-o")
        .arg(&program));
    run(&mut Command::new(program));
}

/// As a foreign runtime loads the library.
#[test]
fn python() {
    if is_there("python3", Command::new("python3").arg("--version")) {
        let name = format!("{}footage{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
        let mut python = Command::new("python3");
        python.env("PYTHONDONTWRITEBYTECODE", "1").arg(root().join("tests/c/foreign.py"));
        run(python.arg(library().with_file_name(name)));
    }
}
