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

use footage::auditor::overdue;
use footage::camera::Cadence;
use footage::clip::FinishedClip;
use footage::crypto::Suite;
use footage::ledger::Ledger;
use footage::record::{Ending, Millis};
use footage::resident::Owner;
use footage::tlog::Witnessed;

use common::{NOON, Pinned, at, read_excerpt};

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

/// Builds a program of `tests/c` and runs it in a fresh folder of its own, where it finds these files and leaves its own.
fn passes(name: &str, given: &[(&str, &[u8])]) -> PathBuf {
    runs("tests/c", name, given, &[])
}

/// The same with a program of any folder, and with arguments.
fn runs(source: &str, name: &str, given: &[(&str, &[u8])], arguments: &[&str]) -> PathBuf {
    let folder = built().join(format!("{name}.files"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (file, bytes) in given {
        fs::write(folder.join(file), bytes).unwrap();
    }
    run(Command::new(program(source, name)).args(arguments).current_dir(&folder));
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
    let folder = runs("examples/c", "share", &given, &["clip", "owner", "1", "3", "opened"]);
    assert_eq!(fs::read(folder.join("opened")).unwrap(), [content(0), content(2), content(3)].concat());
    assert_eq!(fs::read(folder.join("agency.state")).unwrap().len(), 3);
}
