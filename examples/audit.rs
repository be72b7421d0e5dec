//! Audits a log: prints the numbers, the directory of agencies, and what is overdue or otherwise against the rules.
//!
//! ```text
//! cargo run --example audit -- DIRECTORY [--state FILE]
//! ```
//!
//! The directory, or `log/` in it, is that of a `LogWriter`, or a copy of what it publishes: `checkpoint` and `tile/` (C2SP
//! tlog-tiles), and every checkpoint that it had in `checkpoints/`. The trust roots lie beside them in `trust.json`. What
//! the log says is believed because of these roots: whoever does not know that they are the right ones compares them with
//! those from elsewhere. With all checkpoints that the log had, times are as exact as can be; with the last alone,
//! everything existed by then, and what was on time may count as late.
//!
//! With `--state` it goes on from where it was when it last wrote this file, and writes it anew. Keep it where nobody else
//! writes.

use std::cell::RefCell;
use std::error::Error;
use std::io::ErrorKind;
use std::path::Path;
use std::{env, fs};

use footage::auditor::{Accusation, Auditor, overdue};
use footage::logkeeper::DirectoryReader;
use footage::policy::Policy;
use footage::record::{LogRoot, TrustRoots};
use footage::tlog::{
    Archive, CHECKPOINT_PATH, Checkpoints, TileError, TileReader, TileTree, Witnessed, read_checkpoint,
};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let (directory, state) = match arguments.as_slice() {
        [directory] => (directory, None),
        [directory, option, file] if option == "--state" => (directory, Some(Path::new(file))),
        _ => return Err("usage: audit DIRECTORY [--state FILE]".into()),
    };
    let mut directory = Path::new(directory).to_owned();
    if !directory.join(CHECKPOINT_PATH).exists() {
        directory.push("log");
    }
    let file = directory.join("trust.json");
    let trust = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let trust: TrustRoots = serde_json::from_slice(&trust)?;

    let mut reader = DirectoryReader::new(&directory);
    let checkpoints = checkpoints(&mut reader, trust.log())?;
    let latest = checkpoints.last().ok_or("the log has no checkpoint")?;
    let mut tree = TileTree::new(reader, latest.checkpoint());
    let mut auditor = begin(trust, state)?;
    replay(&mut auditor, &mut tree, &checkpoints)?;
    if let Some(file) = state {
        // A crash leaves the old state or the new one.
        let new = file.with_extension("new");
        fs::write(&new, auditor.save())?;
        fs::rename(new, file)?;
    }
    report(&auditor, &RefCell::new(tree))
}

/// The checkpoints that the log has had, as far as it kept them, and the one that it has.
fn checkpoints<R: TileReader>(reader: &mut R, log: &LogRoot) -> Result<Vec<Witnessed>, TileError> {
    let latest = read_checkpoint(reader, log)?;
    let kept = Checkpoints::new(reader, log.clone(), 0);
    // One that other witnesses have cosigned says nothing to those who trust these.
    let kept = kept.filter(|kept| !matches!(kept, Err(TileError::Checkpoint(_))));
    let mut checkpoints = kept.collect::<Result<Vec<_>, _>>()?;
    if !checkpoints.contains(&latest) {
        checkpoints.push(latest);
    }
    Ok(checkpoints)
}

/// The auditor where it was, or at the log's beginning.
fn begin(trust: TrustRoots, state: Option<&Path>) -> Result<Auditor, Failure> {
    match state.map(fs::read) {
        Some(Ok(saved)) => Ok(Auditor::restore(&saved, trust, Policy::default())?),
        Some(Err(error)) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(Auditor::new(trust, Policy::default())),
    }
}

/// Follows the log along its checkpoints, wherever its tiles come from.
fn replay<R: TileReader>(
    auditor: &mut Auditor,
    tree: &mut TileTree<R>,
    checkpoints: &[Witnessed],
) -> Result<(), Failure> {
    let place = |checkpoint: &Witnessed| (checkpoint.checkpoint().size(), checkpoint.not_before());
    for checkpoint in checkpoints {
        if auditor.ledger().latest().is_some_and(|latest| place(checkpoint) <= place(latest)) {
            // It was here before. If the log showed it another history then, that is charged.
            auditor.compare(checkpoint);
            continue;
        }
        let (mut at, to) = (auditor.ledger().size(), checkpoint.checkpoint().size());
        let mut entries = Vec::new();
        while at < to {
            let some = tree.entries(at, to)?;
            at += some.len() as u64;
            entries.extend(some);
        }
        auditor.advance(&entries, checkpoint)?;
    }
    Ok(())
}

fn report(auditor: &Auditor, log: &dyn Archive) -> Result<(), Failure> {
    let time = auditor.ledger().time();
    println!("# {} entries, witnessed at {time}\n", auditor.ledger().size());
    let numbers = auditor.numbers();
    println!("## Numbers\n\n{}", numbers.rows_csv());
    println!("## Incentives\n\n{}", numbers.incentives_csv());
    println!("## Directory\n\n{}\n", serde_json::to_string(&auditor.directory(time))?);
    println!("## Overdue\n");
    for (duty, verdict) in overdue(auditor.ledger()) {
        println!("{:?}: {:?}, due {}: {verdict:?}", duty.party, duty.subject, duty.due);
    }
    println!("\n## Accusations\n");
    for charge in auditor.charges() {
        let accusations = auditor.accuse(&charge, log);
        let bytes: usize = accusations.iter().map(Accusation::to_bytes).map(|bytes| bytes.len()).sum();
        println!("{:?}: {charge:?}, proven to third parties by {bytes} bytes", charge.weight());
    }
    Ok(())
}
