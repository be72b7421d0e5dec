//! Audits a log: prints the numbers, the directory of agencies, and what is overdue or otherwise against the rules.
//!
//! ```text
//! cargo run --example audit -- DIRECTORY
//! ```
//!
//! The directory holds `trust.json` (the trust roots) and `log/`: the entries as `000000.cose`, `000001.cose`, and so on,
//! and the witnessed checkpoints as files whose names begin with `checkpoint`. With all checkpoints that the log had, times
//! are as exact as can be; with the last alone, everything existed by then, and what was on time may count as late.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use footage::auditor::{Accusation, Auditor, SMALL, overdue};
use footage::policy::Policy;
use footage::record::TrustRoots;
use footage::tlog::{LogCopy, Witnessed};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let directory = env::args_os().nth(1).ok_or("usage: audit DIRECTORY")?;
    let directory = Path::new(&directory);
    let trust: TrustRoots = serde_json::from_slice(&fs::read(directory.join("trust.json"))?)?;
    let entries = files(&directory.join("log"), |name| Path::new(name).extension().is_some_and(|kind| kind == "cose"))?;
    let notes = files(&directory.join("log"), |name| name.starts_with("checkpoint"))?;
    let (auditor, log) = replay(trust, entries, &notes)?;
    report(&auditor, &log)
}

/// The files of a directory with such names, in the order of their names.
fn files(directory: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<Vec<u8>>, Failure> {
    let mut paths: Vec<_> =
        fs::read_dir(directory)?.map(|file| file.map(|file| file.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(&wanted));
    paths.sort();
    Ok(paths.into_iter().map(fs::read).collect::<Result<_, _>>()?)
}

/// Follows the log along its checkpoints, wherever entries and notes come from.
fn replay(
    trust: TrustRoots,
    entries: impl IntoIterator<Item = Vec<u8>>,
    notes: &[Vec<u8>],
) -> Result<(Auditor, LogCopy), Failure> {
    let mut log = LogCopy::default();
    log.extend(entries);
    let mut checkpoints: Vec<_> =
        notes.iter().map(|note| Witnessed::verify(note, trust.log())).collect::<Result<_, _>>()?;
    checkpoints.sort_by_key(|checkpoint| (checkpoint.checkpoint().size(), checkpoint.not_before()));
    let mut auditor = Auditor::new(trust, Policy::default());
    for checkpoint in &checkpoints {
        let (from, to) = (auditor.ledger().size(), checkpoint.checkpoint().size());
        let new = log.entries().get(usize::try_from(from)?..usize::try_from(to)?);
        auditor.advance(new.ok_or("entries are missing below a checkpoint")?, checkpoint)?;
    }
    Ok((auditor, log))
}

fn report(auditor: &Auditor, log: &LogCopy) -> Result<(), Failure> {
    let time = auditor.ledger().time();
    println!("# {} entries, witnessed at {time}\n", auditor.ledger().size());
    let numbers = auditor.numbers().publish(SMALL);
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
