//! The reader in Python, written from the format's page alone, on what the example `doorstep` leaves.
//!
//! The Python is `FOOTAGE_PYTHON`, else `python3`. Where it, one of its packages or the built example is missing, a test
//! says so and passes; with `CI` or `FOOTAGE_REQUIRE_PEERS` set a missing Python fails it.
#![cfg(feature = "video")]
#![allow(missing_docs, clippy::unwrap_used, clippy::explicit_write)]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret};
use footage::media::Cutter;

const READER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/reader");
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4");

/// A Python that has what the reader needs.
fn python() -> Option<Command> {
    let python = std::env::var_os("FOOTAGE_PYTHON").unwrap_or_else(|| "python3".into());
    let ready =
        Command::new(&python).args(["-c", "import blake3, cbor2, h3, cryptography.hazmat.primitives.hpke"]).output();
    if ready.is_ok_and(|output| output.status.success()) && Path::new(READER).is_dir() {
        let mut command = Command::new(python);
        command.current_dir(READER).env("PYTHONDONTWRITEBYTECODE", "1");
        return Some(command);
    }
    let required = ["CI", "FOOTAGE_REQUIRE_PEERS"].iter().any(|name| std::env::var_os(name).is_some());
    let message = "the Python reader cannot run. Install what it needs with `pip install -r \
                   tests/interop/requirements.txt` and name that Python in FOOTAGE_PYTHON";
    assert!(!required, "{message}");
    // Past the capture of passing tests, so that it is seen.
    writeln!(std::io::stderr(), "skipped: {message}").unwrap();
    None
}

/// What the example leaves, made anew from a video or another file.
fn story(name: &str, video: &str) -> Option<PathBuf> {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let example = profile.join("examples").join(format!("doorstep{}", std::env::consts::EXE_SUFFIX));
    if !example.is_file() {
        writeln!(std::io::stderr(), "skipped: doorstep is not built; run the whole of `cargo test`").unwrap();
        return None;
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reader").join(name);
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(out.parent().unwrap()).unwrap();
    let output = Command::new(example).args(["--video", video, "--out"]).arg(&out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Some(out)
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the example grants, as it was sealed: the inits and the middle third of the sample, or what it left of a file that is no
/// video.
fn granted(story: &Path) -> Vec<u8> {
    if let Ok(bytes) = fs::read(story.join("opened.lock")) {
        return bytes;
    }
    let cuts: Vec<_> = Cutter::new(File::open(SAMPLE).unwrap()).map(Result::unwrap).collect();
    let groups = cuts.chunk_by(|_, next| !next.group).skip(2).take(2);
    cuts.iter().take(2).chain(groups.flatten()).flat_map(|cut| cut.bytes.clone()).collect()
}

/// The whole content of the clip, as the crate reads it.
fn content(story: &Path) -> Vec<u8> {
    let json: serde_json::Value = serde_json::from_reader(File::open(story.join("keys/owner.json")).unwrap()).unwrap();
    let hex = json["secret"].as_str().unwrap();
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    }
    let key = KemPrivateKey::from_secret(KemAlgorithm::XWing, Secret::take(&mut bytes));
    let mut clip = FinishedClip::open(File::open(story.join("clip.footage")).unwrap()).unwrap();
    let secret = clip.unlock(&key).unwrap();
    (0..clip.count()).flat_map(|index| clip.segment(&secret, index).unwrap().1.to_vec()).collect()
}

/// The arguments that open a story's excerpt.
fn excerpt(python: &mut Command, story: &Path, excerpt: &Path, out: &Path) -> Output {
    python.arg("read.py").arg("excerpt").arg(excerpt);
    for (name, path) in [
        ("--request", "keys/request.json"),
        ("--one-time", "keys/one-time.json"),
        ("--answers", "keys/answers"),
        ("--trust", "log/trust.json"),
        ("--log", "log"),
    ] {
        python.arg(name).arg(story.join(path));
    }
    python.arg("--out").arg(out).output().unwrap()
}

#[test]
fn its_own_tests_pass() {
    let Some(mut python) = python() else { return };
    succeeded(&python.arg("self_test.py").output().unwrap());
}

#[test]
fn it_reads_what_the_crate_reads() {
    if python().is_none() {
        return;
    }
    for (name, video) in [("video", SAMPLE), ("bytes", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"))] {
        let Some(story) = story(name, video) else { return };
        let out = story.with_extension("out");
        for owner in ["keys/owner.json", "keys/recovery.json"] {
            let mut python = python().unwrap();
            python.arg("read.py").arg("clip").arg(story.join("clip.footage")).arg("--owner").arg(story.join(owner));
            succeeded(&python.arg("--out").arg(&out).output().unwrap());
            assert!(fs::read(&out).unwrap() == content(&story), "{owner}");
        }
        succeeded(&excerpt(&mut python().unwrap(), &story, &story.join("excerpt.footage"), &out));
        assert!(fs::read(&out).unwrap() == granted(&story));
        let _ = fs::remove_file(&out);
        let mut python = python().unwrap();
        python.arg("read.py").arg("evidence").arg(story.join("evidence.footage"));
        python.arg("--trust").arg(story.join("log/trust.json"));
        let output = python.arg("--out").arg(&out).output().unwrap();
        succeeded(&output);
        assert!(fs::read(&out).unwrap() == granted(&story));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&told["agency_approved"], &told["post_quantum"]), (&true.into(), &true.into()));
        assert_eq!((&told["clips"][0]["maker_approved"], &told["words"]), (&true.into(), &serde_json::Value::Null));
    }
}

#[test]
fn it_refuses_what_was_altered() {
    if python().is_none() {
        return;
    }
    let Some(story) = story("altered", SAMPLE) else { return };
    let whole = fs::read(story.join("excerpt.footage")).unwrap();
    let altered = story.with_extension("altered");
    let out = story.with_extension("out");
    for at in [0, 40, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&altered, bytes).unwrap();
        let _ = fs::remove_file(&out);
        let output = excerpt(&mut python().unwrap(), &story, &altered, &out);
        assert_eq!(output.status.code(), Some(1), "byte {at}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!out.exists());
    }
}
