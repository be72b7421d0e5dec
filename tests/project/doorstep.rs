//! The example `doorstep` as its user runs it: what it leaves is whole, and opens with what lies beside it.
//!
//! `cargo test` builds examples next to tests. Where the example was not built, as with `--test project` alone, these
//! tests say so and pass.
#![cfg(feature = "video")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use footage::agency::Excerpt;
use footage::clip::FinishedClip;
use footage::crypto::{KemAlgorithm, KemPrivateKey, Secret};
use footage::ledger::Ledger;
use footage::logkeeper::DirectoryReader;
use footage::media::{Cutter, Form, Layout};
use footage::record::{Answer, Receipt, Release, Signed, TrustRoots};
use footage::tlog::{Checkpoints, Row, Tile, TileTree, read_checkpoint};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/sample.mp4");

/// An example, if it is built.
fn example(name: &str) -> Option<PathBuf> {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let example = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !example.is_file() {
        eprintln!("skipped: {} is not built; run the whole of `cargo test`", example.display());
        return None;
    }
    Some(example)
}

/// Plays the story into a fresh folder.
fn run(name: &str, arguments: &[&str]) -> Option<(Output, PathBuf)> {
    let example = example("doorstep")?;
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&out);
    let output = Command::new(example).args(arguments).arg("--out").arg(&out).output().unwrap();
    Some((output, out))
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn succeeded(output: &Output) {
    let (told, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{error}");
}

fn secret(path: PathBuf) -> Secret<32> {
    let json: serde_json::Value = serde_json::from_reader(File::open(path).unwrap()).unwrap();
    assert_eq!(json["kem"], "x-wing");
    let hex = json["secret"].as_str().unwrap();
    assert_eq!(hex.len(), 64);
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    }
    Secret::take(&mut bytes)
}

/// The log as it lies in the folder, followed from checkpoint to checkpoint up to the last.
fn replay(log: &Path) -> Ledger {
    let trust: TrustRoots = serde_json::from_reader(File::open(log.join("trust.json")).unwrap()).unwrap();
    let mut reader = DirectoryReader::new(log);
    let latest = read_checkpoint(&mut reader, trust.log()).unwrap();
    let mut tree = TileTree::new(reader, latest.checkpoint());
    let mut ledger = Ledger::new(trust.clone());
    for checkpoint in Checkpoints::new(DirectoryReader::new(log), trust.log().clone(), 0) {
        let checkpoint = checkpoint.unwrap();
        let mut entries = Vec::new();
        while ledger.size() + (entries.len() as u64) < checkpoint.checkpoint().size() {
            let at = ledger.size() + entries.len() as u64;
            entries.extend(tree.entries(at, checkpoint.checkpoint().size()).unwrap());
        }
        ledger.advance(&entries, &checkpoint).unwrap();
    }
    assert_eq!(ledger.latest().unwrap().bytes(), latest.bytes());
    ledger
}

#[test]
fn the_sample_leaves_what_was_granted_and_all_that_others_need() {
    let Some((output, out)) = run("sample", &[]) else { return };
    succeeded(&output);
    let expected = ["clip.footage", "evidence.footage", "excerpt.footage", "keys", "log", "opened.mp4", "receipts"];
    assert_eq!(names(&out), expected.map(String::from).into());
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().filter(|line| line.starts_with("   x ")).count(), 15, "{told}");

    // Both layers of the third and fourth group, and nothing else: seconds 2.08 to 4.08.
    let cuts: Vec<_> = Cutter::new(File::open(SAMPLE).unwrap()).map(Result::unwrap).collect();
    let groups = cuts.chunk_by(|_, next| !next.group).skip(2).take(2);
    let granted: Vec<_> = cuts.iter().take(2).chain(groups.flatten()).collect();
    let mut layout = Layout::new(Form::FastStart);
    for cut in &granted {
        layout.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    let mut muxer = layout.begin(Vec::new()).unwrap();
    for cut in &granted {
        muxer.add(cut.layer, cut.kind, &cut.bytes).unwrap();
    }
    assert!(fs::read(out.join("opened.mp4")).unwrap() == muxer.finish().unwrap());
    assert!(told.contains("grants seconds 2.08 to 4.08 to Town Police"), "{told}");

    // The log lies there as C2SP tlog-tiles says, with all checkpoints and the trust roots.
    let log = [".lock", ".new", "checkpoint", "checkpoints", "index", "staging", "tile", "trust.json"];
    assert_eq!(names(&out.join("log")), log.map(String::from).into());

    // An owner's key opens the clip.
    let keys = out.join("keys");
    for name in ["owner.json", "recovery.json"] {
        let key = KemPrivateKey::from_secret(KemAlgorithm::XWing, secret(keys.join(name)));
        let mut clip = FinishedClip::open(File::open(out.join("clip.footage")).unwrap()).unwrap();
        let unlocked = clip.unlock(&key).unwrap();
        assert_eq!(clip.count() as usize, cuts.len());
        for (index, cut) in (0..).zip(&cuts) {
            assert!(*clip.segment(&unlocked, index).unwrap().1 == cut.bytes);
        }
    }

    // The release and the notices of the answers are in the log. That the keys open the excerpt, the reader in Python shows.
    let ledger = replay(&out.join("log"));
    let release = Signed::<Release>::from_bytes(&fs::read(keys.join("release.cose")).unwrap()).unwrap();
    assert!(ledger.release(release.id()).is_ok());
    let excerpt = Excerpt::open(File::open(out.join("excerpt.footage")).unwrap()).unwrap();
    assert_eq!(excerpt.terms().id(), release.statement().terms.id());
    let answers: Vec<_> = names(&keys.join("answers"))
        .into_iter()
        .map(|name| Signed::<Answer>::from_bytes(&fs::read(keys.join("answers").join(name)).unwrap()).unwrap())
        .collect();
    assert_eq!(answers.len(), 2);
    for answer in answers {
        assert!(ledger.answer(answer).is_ok());
    }
    for name in ["request.json", "one-time.json"] {
        let _ = secret(keys.join(name));
    }

    // Each receipt is signed, in the log, and the same in JSON.
    let receipts = names(&out.join("receipts"));
    let signed = receipts.iter().filter_map(|name| name.strip_suffix(".cose"));
    let mut count = 0;
    for name in signed {
        let read = |ending| fs::read(out.join("receipts").join(format!("{name}.{ending}"))).unwrap();
        let receipt = Signed::<Receipt>::from_bytes(&read("cose")).unwrap().verify().unwrap();
        let json: Signed<Receipt> = serde_json::from_slice(&read("json")).unwrap();
        assert_eq!(json, *receipt);
        count += 1;
    }
    assert_eq!((count * 2, count), (receipts.len(), 4 + 3 * 10));
}

/// T47: in a process of its own that has the file and the trust roots and nothing else, when every key of the story is gone.
#[test]
fn t47_anybody_verifies_the_evidence_that_it_leaves() {
    let (Some(evidence), Some((output, out))) = (example("evidence"), run("evidence", &[])) else { return };
    succeeded(&output);
    let court = out.with_extension("court");
    let _ = fs::remove_dir_all(&court);
    fs::create_dir(&court).unwrap();
    let opened = fs::read(out.join("opened.mp4")).unwrap();
    fs::rename(out.join("evidence.footage"), court.join("evidence.footage")).unwrap();
    fs::rename(out.join("log/trust.json"), court.join("trust.json")).unwrap();
    // The keys, the log and the excerpt.
    fs::remove_dir_all(&out).unwrap();
    let verify = |trust: &str| {
        let mut command = Command::new(&evidence);
        command.current_dir(&court).env_clear().args(["evidence.footage", trust, "--out", "runs"]);
        command.output().unwrap()
    };
    let output = verify("trust.json");
    succeeded(&output);
    let told = String::from_utf8(output.stdout).unwrap();
    for says in ["\"approved\": {", "\"agency\": \"approved\"", "post-quantum", "as-of", "cannot-be-known"] {
        assert!(told.contains(says), "{says}: {told}");
    }
    assert!(!told.contains("words"), "{told}");
    // Each byte is what was opened.
    assert!(fs::read(court.join("runs/run-0.mp4")).unwrap() == opened);
    fs::remove_dir_all(court.join("runs")).unwrap();

    // Under the roots of another town, and altered, it says nothing.
    let mut trust: serde_json::Value = serde_json::from_slice(&fs::read(court.join("trust.json")).unwrap()).unwrap();
    let witness = trust["log"]["witnesses"][0]["key"].clone();
    trust["log"]["witnesses"][0]["key"] = trust["log"]["key"].take();
    trust["log"]["key"] = witness;
    fs::write(court.join("other.json"), trust.to_string()).unwrap();
    let mut file = fs::read(court.join("evidence.footage")).unwrap();
    assert!(!verify("other.json").status.success());
    let last = file.len() - 1;
    file[last] ^= 1;
    fs::write(court.join("evidence.footage"), file).unwrap();
    assert!(!verify("trust.json").status.success());
    assert!(!court.join("runs").exists());
}

#[test]
fn anybody_audits_what_it_leaves() {
    let (Some(audit), Some((output, out))) = (example("audit"), run("audited", &[])) else { return };
    succeeded(&output);
    let audit = |path: &Path| Command::new(&audit).arg(path).output().unwrap();
    let output = audit(&out);
    succeeded(&output);
    let told = String::from_utf8(output.stdout).unwrap();
    // The Sheriff alone is overdue: for the three requests that it made.
    let overdue = told.split("## ").find_map(|section| section.strip_prefix("Overdue")).unwrap();
    let overdue: Vec<_> = overdue.lines().filter(|line| !line.is_empty()).collect();
    assert!(overdue.len() == 3 && overdue.iter().all(|line| line.contains("OH0500200")), "{told}");
    for section in ["Numbers", "Directory", "Accusations"] {
        assert!(told.contains(&format!("## {section}\n")), "{told}");
    }
    assert!(told.contains("Town Police") && told.contains("PolicyBroken") && !told.contains("by 0 bytes"), "{told}");
    assert_eq!(audit(&out.join("log")).stdout, told.as_bytes());

    // It goes on from where it was, and says the same.
    let state = out.join("audit.state");
    for _ in 0..2 {
        let output = Command::new(example("audit").unwrap()).arg(&out).arg("--state").arg(&state).output().unwrap();
        succeeded(&output);
        assert_eq!(output.stdout, told.as_bytes());
    }

    // Of the last checkpoint alone it makes what can be made.
    let size = replay(&out.join("log")).size();
    fs::remove_dir_all(out.join("log/checkpoints")).unwrap();
    succeeded(&audit(&out));
    // And of an altered entry nothing.
    let bundle = Tile::of_tree(Row::Entries, 0, size).unwrap();
    let bundle = out.join("log").join(bundle.to_string());
    let mut bytes = fs::read(&bundle).unwrap();
    bytes[50] ^= 1;
    fs::write(bundle, bytes).unwrap();
    assert!(!audit(&out).status.success());
}

#[test]
fn a_file_that_is_no_video_is_granted_by_its_bytes_and_twice_into_one_folder() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock");
    let content = fs::read(file).unwrap();
    let end = content.len().to_string();
    let Some((output, out)) = run("bytes", &["--video", file, "--from", "0", "--to", &end]) else { return };
    succeeded(&output);
    assert!(fs::read(out.join("opened.lock")).unwrap() == content);

    // What an earlier run left is replaced; what it did not is not touched.
    let again =
        || Command::new(example("doorstep").unwrap()).args(["--video", file, "--out"]).arg(&out).output().unwrap();
    succeeded(&again());
    let opened = fs::read(out.join("opened.lock")).unwrap();
    let third = content.len() / 9 * 3;
    assert!(opened == content[third..third + opened.len()] && opened.len() >= third);
    fs::write(out.join("letter.txt"), "mine").unwrap();
    assert!(!again().status.success());
    assert!(out.join("letter.txt").exists() && out.join("clip.footage").exists());
}

/// M14: what is printed of times can be typed back.
#[test]
fn m14_the_whole_recording_is_granted_up_to_where_it_says_that_it_ends() {
    let Some((output, _)) = run("end", &["--from", "0", "--to", "12"]) else { return };
    let error = String::from_utf8(output.stderr).unwrap();
    let end = error.split("the recording ends at ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert_eq!(end, "5.392");
    let Some((output, _)) = run("whole", &["--from", "0.00", "--to", end]) else { return };
    succeeded(&output);
    let told = String::from_utf8(output.stdout).unwrap();
    let found = "H.264, 640x360; AAC, 48000 Hz: 5.392 seconds in 6 groups.";
    assert!(told.contains(found), "{told}");
    assert!(told.contains("grants seconds 0.00 to 5.392 to Town Police"), "{told}");
    assert!(told.contains("The whole recording was granted"), "{told}");
}

#[test]
fn what_cannot_be_played_says_why() {
    let unfinished = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unfinished.mp4");
    fs::write(&unfinished, b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x08mdat").unwrap();
    let unfinished = unfinished.to_str().unwrap();
    let cases: [(&[&str], &str); 6] = [
        (&["--video", unfinished], "no `moov`"),
        (&["--from", "9", "--to", "12"], "the recording ends at 5."),
        (&["--from", "2.1", "--to", "2.9"], "groups begin at 0.00, 1.08, 2.08"),
        (&["--from", "3", "--to", "3"], "ends where it begins"),
        (&["--from", "3"], "go together"),
        (&["--form", "avi"], "faststart or fragmented"),
    ];
    for (arguments, says) in cases {
        let Some((output, out)) = run("refused", arguments) else { return };
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(says), "{arguments:?}: {error}");
        let left = fs::read_dir(&out).map_or(0, Iterator::count);
        assert!(left <= usize::from(out.join("clip.footage").exists()), "{:?}", names(&out));
    }
}
