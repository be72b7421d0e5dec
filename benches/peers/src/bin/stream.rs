//! `stream footage|plain seal|open THREADS FILE`: one file from memory to standard output, as a whole program.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;

use footage_peers::{Failure, Plain, open, seal, with_threads};

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, way, threads, file] = arguments.as_slice() else {
        return Err("footage|plain seal|open THREADS FILE".into());
    };
    let file = File::open(file)?;
    // Past the buffer that looks for the ends of lines.
    let mut to = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    match (what.as_str(), way.as_str()) {
        ("footage", "seal") => with_threads(threads.parse()?, || seal(file, to))??,
        ("footage", "open") => with_threads(threads.parse()?, || open(file, &mut to))??,
        ("plain", "seal") => Plain::new(true)?.seal(file, &mut to)?,
        ("plain", "open") => Plain::new(true)?.open(file, &mut to)?,
        _ => return Err("no such thing".into()),
    }
    std::io::stdout().flush()?;
    Ok(())
}
