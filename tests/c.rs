//! The C interface from C. Each program of `tests/c` is built against the header and the static library, and run; then
//! all of them under valgrind, and under AddressSanitizer and UBSan.
//!
//! It needs a C compiler, `cc` or what `CC` names, and one of C++, `c++` or `CXX`. Where valgrind, a sanitizer or Python is
//! missing, a test says so and passes; with `FOOTAGE_REQUIRE_PEERS` set it fails.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/clips.rs"]
mod clips;
mod common;
#[path = "c/prototypes.rs"]
mod prototypes;

use std::env;
use std::fs::{self, File};
use std::io::{Cursor, Write as _};
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

/// The static library, with everything in it, built once. The shared one lies beside it.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let target = built().join("library");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        run(Command::new(cargo)
            .current_dir(root())
            .args(["rustc", "--locked", "--lib", "--crate-type", "staticlib,cdylib", "--features", "ffi,logkeeper"])
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

/// What may follow the sources of a program.
const LIBRARIES: [&str; 3] = ["-lpthread", "-ldl", "-lm"];

/// Builds a program of `tests/c`, or one that was made.
fn build(mut compiler: Command, source: &Path, program: &Path) {
    run(compiler
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-D_POSIX_C_SOURCE=200809L"])
        .args(["-I".as_ref(), root().join("include").as_os_str(), "-I".as_ref(), root().join("tests/c").as_os_str()])
        .arg(source)
        .arg(library())
        .args(LIBRARIES)
        .arg("-o")
        .arg(program));
}

/// The source of a program: the one that is made of the header, or one of `tests/c`.
fn source(name: &str) -> PathBuf {
    if name != "every" {
        return root().join("tests/c").join(name).with_extension("c");
    }
    static EVERY: OnceLock<PathBuf> = OnceLock::new();
    let made = EVERY.get_or_init(|| {
        let header = fs::read_to_string(root().join("include/footage.h")).unwrap();
        let source = built().join("every.c");
        fs::write(&source, prototypes::wrong_calls(&header)).unwrap();
        source
    });
    made.clone()
}

/// The files that a program finds.
fn given(name: &str) -> Vec<(&'static str, Vec<u8>)> {
    let owner = owner();
    match name {
        "recording" => vec![("owner", owner.key().secret().expose().to_vec()), ("sealed-by-rust", sealed(&owner))],
        "story" => vec![("sample.mp4", fs::read(root().join("examples/data/sample.mp4")).unwrap())],
        _ => Vec::new(),
    }
}

/// A fresh folder for a program, which finds its files there and leaves its own.
fn fresh(name: &str, tool: &str) -> PathBuf {
    let folder = built().join(format!("{name}.{tool}files"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (file, bytes) in given(name) {
        fs::write(folder.join(file), bytes).unwrap();
    }
    folder
}

/// Builds a program and runs it in a folder of its own.
fn passes(name: &str) -> PathBuf {
    let (program, folder) = (built().join(name), fresh(name, ""));
    build(compiler("CC", "cc"), &source(name), &program);
    run(Command::new(program).current_dir(&folder));
    folder
}

/// Every program.
fn programs() -> Vec<String> {
    let files = fs::read_dir(root().join("tests/c")).unwrap().map(|entry| entry.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
    let names = sources.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    names.chain(["every".to_owned()]).collect()
}

/// Whether a tool works; where it does not, this is said, past the capture of passing tests.
fn is_there(tool: &str, try_out: &mut Command) -> bool {
    if try_out.output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(env::var_os("FOOTAGE_REQUIRE_PEERS").is_none(), "{tool} is not there");
    writeln!(std::io::stderr(), "NOT TESTED: {tool} is not there").unwrap();
    false
}

/// What segment `n` of a clip holds on both sides.
fn content(n: u32) -> Vec<u8> {
    if n == 0 { b"codecs".to_vec() } else { (0..n * 1000).map(|at| (at.wrapping_mul(31) ^ n) as u8).collect() }
}

const SEGMENTS: u32 = 5;

fn owner() -> Owner {
    Owner::generate(&mut Pinned(4)).unwrap()
}

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
    let (owner, folder) = (owner(), passes("recording"));
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
    let folder = passes("story");
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

#[test]
fn misuse() {
    passes("misuse");
}

/// Every function, with NULL, with handles of another type, and with lengths that nothing has.
#[test]
fn wrong_calls_come_back() {
    passes("every");
}

#[test]
fn a_test_calls_every_function() {
    let mut code = String::new();
    for folder in ["tests/c", "examples/c"] {
        let files = fs::read_dir(root().join(folder)).into_iter().flatten().map(|entry| entry.unwrap().path());
        let sources = files.filter(|path| path.extension().is_some_and(|end| end == "c" || end == "h"));
        code.extend(sources.map(|path| fs::read_to_string(path).unwrap()));
    }
    let header = fs::read_to_string(root().join("include/footage.h")).unwrap();
    let functions = prototypes::prototypes(&header);
    assert!(functions.len() > 50);
    let calls = |name: &str| code.contains(&format!("{name}("));
    let left_out: Vec<_> = functions.iter().map(|function| &function.name).filter(|name| !calls(name)).collect();
    assert!(left_out.is_empty(), "no test calls {left_out:?}");
}

#[test]
fn memcheck() {
    if !is_there("valgrind", Command::new("valgrind").arg("--version")) {
        return;
    }
    for name in programs() {
        let (program, folder) = (built().join(format!("{name}.memcheck")), fresh(&name, "memcheck."));
        build(compiler("CC", "cc"), &source(&name), &program);
        let checks =
            ["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect"];
        run(Command::new("valgrind").args(checks).arg(program).current_dir(&folder));
    }
}

#[test]
fn sanitizers() {
    const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    for cc in ["gcc", "clang"] {
        let with = |name: &str| built().join(format!("{name}.{cc}"));
        let nothing = with("nothing").with_extension("c");
        fs::write(&nothing, "int main(void) { return 0; }\n").unwrap();
        let mut try_out = Command::new(cc);
        try_out.args(SANITIZERS).arg(&nothing).arg("-o").arg(with("nothing"));
        if !is_there(&format!("{cc} with its sanitizers"), &mut try_out) {
            continue;
        }
        for name in programs() {
            let folder = fresh(&name, &format!("{cc}."));
            let mut compiler = Command::new(cc);
            compiler.args(SANITIZERS);
            build(compiler, &source(&name), &with(&name));
            run(Command::new(with(&name)).current_dir(&folder));
        }
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
        let library =
            library().with_file_name(format!("{}footage{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX));
        run(Command::new("python3")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg(root().join("tests/c/foreign.py"))
            .arg(library));
    }
}
