//! The C interface from C. Each program of `tests/c` is built against the header and the static library, and run; if
//! `FOOTAGE_C_TOOLS` is set, then again under valgrind, and with AddressSanitizer and UBSan of gcc and of clang.
//!
//! It needs a C compiler, `cc` or what `CC` names, and one of C++, `c++` or `CXX`. The library is the example `footage_c`,
//! which `cargo test` builds. Where Python is missing, that is said and passed over; with `FOOTAGE_REQUIRE_PEERS` set it fails.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::explicit_write)]

mod firmware;
mod header;
mod programs;
mod prototypes;

use std::env;
use std::fs::{self, File};
use std::io::Cursor;
use std::process::Command;

use footage::camera::{Cadence, Group, Piece, Sound};
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret, Suite};
use footage::media::{Bytes, Cutter, Form, Layout};
use footage::record::{Content, Ending, Layer, Millis, SegmentKind};
use footage_support::{clips, common, lists};

use common::{NOON, Pinned, at, begin, clocks_at, list_of};
use programs::{LIBRARIES, built, compiler, is_there, library, passes, root, run, runs};

/// What segment `n` of a clip holds on both sides: the codec parameters of pictures and sound, and then in turn pictures and
/// sound.
fn content(n: u32) -> Vec<u8> {
    match n {
        0 => b"codecs".to_vec(),
        1 => b"sounds".to_vec(),
        _ => (0..n * 1000).map(|at| (at.wrapping_mul(31) ^ n) as u8).collect(),
    }
}

const GROUPS: u32 = 4;
const SEGMENTS: u32 = 2 + 2 * GROUPS;

fn sealed(owner: &KemPrivateKey) -> Vec<u8> {
    let mut camera = clips::camera(5, Suite::Aes256Gcm, &[owner.public_key()]);
    let mut recording = begin(&mut camera, at(NOON), Cadence::EveryGroup, &mut Pinned(6)).unwrap();
    for n in 0..GROUPS {
        let (mut codecs, mut sounds) = (content(0), content(1));
        let (mut pictures, mut sound) = (content(2 + 2 * n), content(3 + 2 * n));
        let (start, end) = (Millis::SECOND.times(n.into()), Millis::SECOND.times(u64::from(n) + 1));
        let group = Group {
            picture_init: Some(&mut codecs),
            sound_init: Some(&mut sounds),
            pictures: vec![Piece { start, end, content: &mut pictures }],
            sound: Some(Sound { piece: Piece { start, end, content: &mut sound }, samples: 50 }),
            next: Some(end),
        };
        recording.group(&mut camera, clocks_at(end), group).unwrap();
    }
    clips::bytes(recording.finish(&mut camera).unwrap())
}

#[test]
fn clips_pass_both_ways() {
    let owner = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(4)).unwrap();
    let [one, two] = [1, 2].map(|seed| clips::owner(seed, KemAlgorithm::X25519).public_key());
    let first = list_of(&[one]);
    let next = lists::by(lists::period(&first, &two, &[lists::FIRST]), lists::RECOVERY);
    let given = [
        ("owner", owner.secret().expose().as_slice()),
        ("sealed-by-rust", &sealed(&owner)),
        ("first-list", &first.to_bytes()),
        ("next-list", &next.to_bytes()),
    ];
    let folder = passes("recording", &given);
    for (file, ending, count) in
        [("sealed-by-c", Ending::Finished, SEGMENTS), ("recovered", Ending::Recovered, SEGMENTS - 2)]
    {
        let mut clip = FinishedClip::open(File::open(folder.join(file)).unwrap()).unwrap();
        assert_eq!((clip.ending(), clip.count()), (ending, count), "{file}");
        let secret = clip.unlock(&owner).unwrap();
        for n in 0..count {
            assert_eq!(*clip.segment(&secret, n).unwrap().1, content(n), "{file}");
        }
    }
}

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4");

#[test]
fn a_video_is_cut_and_sealed() {
    let owner = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(4)).unwrap();
    let sample = fs::read(SAMPLE).unwrap();
    let cuts: Vec<_> = Cutter::new(sample.as_slice()).map(Result::unwrap).collect();
    let mut layout = Layout::new(Form::FastStart);
    for cut in &cuts {
        layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    let mut muxer = layout.begin(Vec::new()).unwrap();
    for cut in &cuts {
        muxer.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    let progressive = muxer.finish().unwrap();
    let files = [("owner", &owner.secret().expose()[..]), ("sample.mp4", &sample), ("progressive.mp4", &progressive)];
    let folder = passes("cutter", &files);
    let by_size = Cutter::by_size(sample.as_slice(), Bytes(100_000)).unwrap().collect();
    let opened = Cutter::open(Cursor::new(progressive)).collect();
    let streamed: Vec<_> = cuts.into_iter().map(Ok).collect();
    for (file, cuts) in [("video", streamed), ("pieces", by_size), ("progressive", opened)] {
        let mut clip = FinishedClip::open(File::open(folder.join(file)).unwrap()).unwrap();
        let secret = clip.unlock(&owner).unwrap();
        let mut count = 0;
        for cut in cuts {
            let (cut, (header, content)) = (cut.unwrap(), clip.segment(&secret, count).unwrap());
            assert_eq!((header.open.kind, header.open.layer), (cut.kind, cut.layer));
            if clip.content() == Content::AnyFile {
                let second = Millis::SECOND.times(count.into());
                assert_eq!((header.open.start, header.open.duration), (second, Millis::SECOND));
            } else if cut.kind == SegmentKind::Media && cut.layer == Layer::Pictures {
                assert_eq!((header.open.start, header.open.duration), (cut.start, cut.duration));
            }
            assert!(*content == cut.bytes, "{file}: segment {count}");
            count += 1;
        }
        assert_eq!(clip.count(), count);
    }
    let clip = FinishedClip::open(File::open(folder.join("cut-off")).unwrap()).unwrap();
    assert_eq!((clip.ending(), clip.left_out()), (Ending::CutOff, (3, 40)));
}

/// Every sample that was pushed, in its group.
#[test]
fn encoded_samples_are_sealed() {
    let owner = KemPrivateKey::generate(KemAlgorithm::XWing, &mut Pinned(4)).unwrap();
    let folder = passes("live", &[("owner", &owner.secret().expose()[..])]);
    for (file, ending) in [("finished", Ending::Finished), ("cut-off", Ending::CutOff)] {
        let mut clip = FinishedClip::open(File::open(folder.join(file)).unwrap()).unwrap();
        let secret = clip.unlock(&owner).unwrap();
        // Seven that it says, and four that were refused.
        assert_eq!((clip.ending(), clip.left_out()), (ending, (1, 11)));
        let (mut groups, mut inits) = ([0_u64; 2], 0);
        for index in 0..clip.count() {
            let (header, content) = clip.segment(&secret, index).unwrap();
            if header.open.kind == SegmentKind::Init {
                inits += 1;
                continue;
            }
            let count = &mut groups[header.open.layer as usize];
            let group = *count;
            *count += 1;
            let samples = (5 * group as u8..).take(5).flat_map(|number| match header.open.layer {
                Layer::Pictures => {
                    vec![0, 0, 0, 5, if number % 5 == 0 { 0x65 } else { 0x41 }, 0x80, number, 0x80, 0x80]
                }
                Layer::Sound => vec![0, number],
            });
            assert!(content.ends_with(&samples.collect::<Vec<_>>()), "{file}, {group}");
            assert_eq!((header.open.start, header.open.duration), (Millis::SECOND.times(group), Millis::SECOND));
            // After a change of codec, and after what was sealed in between.
            assert_eq!(header.open.gap && header.open.group, header.open.group && group == 4);
        }
        assert_eq!((groups, inits), ([5, 5], 3));
    }
}

#[test]
fn the_example_camera_seals_a_file_and_goes_on() {
    let source = root().join("examples/c/camera.c");
    let folder = runs(&source, &[], &[&[SAMPLE, "camera"], &[SAMPLE, "camera"]]).join("camera");
    let mut secret: [u8; 32] = fs::read(folder.join("owner.key")).unwrap().try_into().unwrap();
    let owner = KemPrivateKey::from_secret(KemAlgorithm::XWing, Secret::take(&mut secret));
    let mut cameras = Vec::new();
    for entry in fs::read_dir(folder.join("clips")).unwrap() {
        let mut clip = FinishedClip::open(File::open(entry.unwrap().path()).unwrap()).unwrap();
        let secret = clip.unlock(&owner).unwrap();
        for (index, cut) in (0..).zip(Cutter::new(fs::read(SAMPLE).unwrap().as_slice())) {
            assert!(*clip.segment(&secret, index).unwrap().1 == cut.unwrap().bytes);
        }
        cameras.push(*clip.certificate().statement().key());
    }
    assert_eq!(cameras.len(), 2);
    assert_eq!(cameras[0], cameras[1]);
}

#[test]
fn a_camera_goes_on_after_every_power_cut() {
    passes("power", &[]);
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
    assert!(functions.len() > 35);
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
        let name = format!("{}footage_c{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
        let mut python = Command::new("python3");
        python.env("PYTHONDONTWRITEBYTECODE", "1").arg(root().join("tests/c/foreign.py"));
        run(python.arg(library().with_file_name(name)));
    }
}
