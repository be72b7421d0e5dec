//! Verifies an evidence file with the trust roots alone, prints the verdicts, and writes each run to a file.
//!
//! ```text
//! cargo run --example evidence -- EVIDENCE TRUST [--out DIRECTORY]
//! ```
//!
//! TRUST is the JSON of the trust roots. The verdict rests on them, so get them from somebody other than the person who
//! handed you the file. With `--out` each run is written to `run-0.mp4`, `run-1.mp4` and so on (to `run-0` if it is no video),
//! after the whole file has verified.
//! The exit code is not zero if the file does not verify.

use std::error::Error;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::{env, io};

use footage::auditor::{Evidence, PlayableRun};
use footage::media::Form;
use footage::record::{Content, TrustRoots};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let (file, trust, out) = match arguments.as_slice() {
        [file, trust] => (file, trust, None),
        [file, trust, option, out] if option == "--out" => (file, trust, Some(Path::new(out))),
        _ => return Err("usage: evidence EVIDENCE TRUST [--out DIRECTORY]".into()),
    };
    let trust: TrustRoots = serde_json::from_slice(&fs::read(trust)?)?;
    let mut evidence = Evidence::verify(io::BufReader::new(File::open(file)?), &trust)?;
    serde_json::to_writer_pretty(io::stdout(), evidence.verdict())?;
    println!("\n\nrequest {}\nrelease {}", evidence.request().id(), evidence.release().id());
    let footage = evidence.footage();
    if let Some(words) = footage.words() {
        println!("words   {words:?}");
    }
    for run in 0..footage.runs().len() {
        let PlayableRun { clip, span, .. } = *footage.runs().get(run).ok_or("no such run")?;
        println!("run {run}   {} to {}, as the camera claims", span.from(), span.to());
        if let Some(out) = out {
            fs::create_dir_all(out)?;
            if footage.clips().get(clip).ok_or("no such clip")?.content() == Content::Video {
                let file = BufWriter::new(File::create(out.join(format!("run-{run}.mp4")))?);
                footage.write_playable(run, Form::FastStart, file)?;
            } else {
                footage.go_to(run)?;
                footage.open_all(&mut BufWriter::new(File::create(out.join(format!("run-{run}")))?), |_| {})?;
            }
        }
    }
    Ok(())
}
