//! The programs of `tests/c`: built against the header and the static library, and run in every way that is asked for.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the programs are, and what they leave.
pub(crate) fn built() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
}

/// The static library, which is built as an example, in the folder beside that of this test. The shared one lies there too.
pub(crate) fn library() -> PathBuf {
    let test = env::current_exe().unwrap();
    let library = test.ancestors().nth(2).unwrap().join("examples/libfootage_c.a");
    assert!(library.is_file(), "{} is not there: `cargo build --examples`, or all of `cargo test`", library.display());
    library
}

pub(crate) fn compiler(name: &str, default: &str) -> Command {
    let compiler = env::var(name).unwrap_or_else(|_| default.to_owned());
    let found = Command::new(&compiler).arg("--version").output();
    assert!(found.is_ok(), "this test needs a compiler: install `{default}`, or name one in {name}");
    Command::new(compiler)
}

/// What may follow the sources of a program.
pub(crate) const LIBRARIES: [&str; 3] = ["-lpthread", "-ldl", "-lm"];

const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// Whether each program runs under valgrind and with sanitizers as well.
fn with_tools() -> bool {
    env::var_os("FOOTAGE_C_TOOLS").is_some()
}

/// Compilers that have the sanitizers.
const SANITIZING: [&str; 2] = ["gcc", "clang"];

/// Whether a tool works; where it does not, this is said, past the capture of passing tests.
pub(crate) fn is_there(tool: &str, try_out: &mut Command) -> bool {
    if try_out.output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(env::var_os("FOOTAGE_REQUIRE_PEERS").is_none(), "{tool} is not there");
    writeln!(std::io::stderr(), "NOT TESTED: {tool} is not there").unwrap();
    false
}

/// Builds a program.
fn build(compiler: &mut Command, source: &Path, program: &Path) {
    run(compiler
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-D_POSIX_C_SOURCE=200809L"])
        .args(["-I".as_ref(), root().join("include").as_os_str(), "-I".as_ref(), root().join("tests/c").as_os_str()])
        .arg(source)
        .arg(library())
        .args(LIBRARIES)
        .arg("-o")
        .arg(program));
}

/// A fresh folder for a program, which finds these files there and leaves its own.
fn fresh(name: &str, given: &[(&str, &[u8])]) -> PathBuf {
    let folder = built().join(format!("{name}.files"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (file, bytes) in given {
        fs::write(folder.join(file), bytes).unwrap();
    }
    folder
}

/// Builds a program of `tests/c` and runs it in a fresh folder of its own, where it finds these files and leaves its own;
/// then again with every tool, if they are asked for.
pub(crate) fn passes(name: &str, given: &[(&str, &[u8])]) -> PathBuf {
    runs(&root().join("tests/c").join(name).with_extension("c"), given, &[&[]])
}

/// The same with a program of any folder, which runs once with each of these arguments.
pub(crate) fn runs(source: &Path, given: &[(&str, &[u8])], arguments: &[&[&str]]) -> PathBuf {
    let mut first = None;
    in_every_way(source, &mut |name, command| {
        let folder = fresh(name, given);
        for arguments in arguments {
            run(command().args(*arguments).current_dir(&folder));
        }
        first.get_or_insert(folder);
    });
    first.unwrap()
}

/// Builds a program and uses it, under a name for its files: by itself, and with every tool if they are asked for.
fn in_every_way(source: &Path, used: &mut dyn FnMut(&str, &dyn Fn() -> Command)) {
    let name = source.file_stem().unwrap().to_str().unwrap();
    let program = built().join(name);
    build(&mut compiler("CC", "cc"), source, &program);
    used(name, &|| Command::new(&program));
    if with_tools() {
        let checks =
            ["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect"];
        used(&format!("{name}.valgrind"), &|| {
            let mut valgrind = Command::new("valgrind");
            valgrind.args(checks).arg(&program);
            valgrind
        });
    }
    for cc in SANITIZING.iter().filter(|_| with_tools()) {
        let name = format!("{name}.{cc}");
        let program = built().join(&name);
        build(Command::new(cc).args(SANITIZERS), source, &program);
        used(&name, &|| Command::new(&program));
        // Each has the whole library in it.
        fs::remove_file(program).unwrap();
    }
    fs::remove_file(program).unwrap();
}
