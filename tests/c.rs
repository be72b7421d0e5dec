//! The C interface from C. Each program of `tests/c` is built against the header and the static library, and run.
//!
//! It needs a C compiler, `cc` or what `CC` names.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the programs leave, and the library.
fn built() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
    std::fs::create_dir_all(&folder).unwrap();
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

/// Builds a program of `tests/c`.
fn program(name: &str) -> PathBuf {
    let program = built().join(name);
    run(compiler("CC", "cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-D_POSIX_C_SOURCE=200809L"])
        .arg("-I")
        .arg(root().join("include"))
        .arg(root().join("tests/c").join(name).with_extension("c"))
        .arg(library())
        .args(["-lpthread", "-ldl", "-lm", "-o"])
        .arg(&program));
    program
}

/// Builds a program and runs it in a fresh folder of its own, which it leaves its files in.
fn passes(name: &str) -> PathBuf {
    let folder = built().join(format!("{name}.files"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    run(Command::new(program(name)).current_dir(&folder));
    folder
}

#[test]
fn recording() {
    passes("recording");
}
