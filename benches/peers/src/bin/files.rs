//! `files GIB ROUNDS`: whole programs, from a file in memory to nowhere and back, in rounds that take turns, with the most
//! memory that each held. Prints Markdown.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use footage_peers::Failure;

/// One program, and how it seals and opens a file to standard output.
struct Program {
    name: String,
    seal: Vec<String>,
    open: Vec<String>,
    sealed: PathBuf,
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let gib: u64 = arguments.next().as_deref().unwrap_or("1").parse()?;
    let rounds: usize = arguments.next().as_deref().unwrap_or("5").parse()?;
    let folder = PathBuf::from(format!("/dev/shm/footage-peers-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let result = compare(&folder, gib, rounds);
    fs::remove_dir_all(&folder)?;
    result
}

fn compare(folder: &Path, gib: u64, rounds: usize) -> Result<(), Failure> {
    let content = folder.join("content");
    let mut file = File::create(&content)?;
    for piece in 0..gib << 10 {
        let numbers =
            (0..1 << 17_u64).flat_map(|n| ((piece << 17) + n).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        file.write_all(&numbers.collect::<Vec<u8>>())?;
    }
    println!("\n{gib} GiB from a file in memory to nowhere, whole programs, {rounds} rounds in turn, medians:\n");
    println!("| | seal | peak | open | peak |\n|---|---|---|---|---|");
    let programs = programs(folder, &content)?;
    let mut figures: Vec<[Vec<(f64, u64)>; 2]> = programs.iter().map(|_| Default::default()).collect();
    // One way after the other, and one sealed file at a time: memory is scarce.
    for _ in 0..rounds {
        for (program, [seal, _]) in programs.iter().zip(&mut figures) {
            seal.push(run(&program.seal, None)?);
        }
    }
    for (program, [_, open]) in programs.iter().zip(&mut figures) {
        run(&program.seal, Some(&program.sealed))?;
        for _ in 0..rounds {
            open.push(run(&program.open, None)?);
        }
        fs::remove_file(&program.sealed)?;
    }
    for (program, figures) in programs.iter().zip(figures) {
        let [(seal, seal_peak), (open, open_peak)] = figures.map(|mut runs| {
            runs.sort_by(|one, other| one.0.total_cmp(&other.0));
            (runs[runs.len() / 2].0, runs.iter().map(|run| run.1).max().unwrap_or_default())
        });
        let name = &program.name;
        println!("| {name} | {seal:.2} s | {} MiB | {open:.2} s | {} MiB |", seal_peak >> 10, open_peak >> 10);
    }
    Ok(())
}

fn programs(folder: &Path, content: &Path) -> Result<Vec<Program>, Failure> {
    let stream = std::env::current_exe()?.with_file_name("stream");
    let line = |words: &[&str], file: &Path| -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).chain([file.display().to_string()]).collect()
    };
    let own = |name: &str, what: &str, threads: &str| {
        let (stream, sealed) = (stream.display().to_string(), folder.join(what));
        Program {
            name: name.to_owned(),
            seal: line(&[&stream, what, "seal", threads], content),
            open: line(&[&stream, what, "open", threads], &sealed),
            sealed,
        }
    };
    let mut programs = vec![
        own("footage, one thread", "footage", "1"),
        own("footage, two threads", "footage", "2"),
        own("`ring` and `blake3`, plain loop", "plain", "1"),
    ];
    let key = folder.join("key");
    let identity = age::x25519::Identity::generate();
    fs::write(&key, age::secrecy::ExposeSecret::expose_secret(&identity.to_string()))?;
    for (program, name) in [("age", "`age` (Go)"), ("rage", "`rage`")] {
        if !Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|ended| ended.success())
        {
            println!("<!-- {program} is not here -->");
            continue;
        }
        let sealed = folder.join(program);
        programs.push(Program {
            name: name.to_owned(),
            seal: line(&[program, "-r", &identity.to_public().to_string()], content),
            open: line(&[program, "-d", "-i", &key.display().to_string()], &sealed),
            sealed,
        });
    }
    Ok(programs)
}

/// Seconds, and KiB at most.
fn run(line: &[String], to: Option<&Path>) -> Result<(f64, u64), Failure> {
    let (program, arguments) = line.split_first().ok_or("no program")?;
    let out = File::create(to.unwrap_or(Path::new("/dev/null")))?;
    let start = Instant::now();
    let child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(out).spawn()?;
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
    // SAFETY: the child is ours and not waited for elsewhere; both places are there to be written to.
    let (ended, usage) = unsafe {
        let ended = libc::wait4(child.id().cast_signed(), &mut status, 0, usage.as_mut_ptr());
        (ended, usage.assume_init())
    };
    let time = start.elapsed().as_secs_f64();
    if ended < 0 || status != 0 {
        return Err(format!("{line:?} failed").into());
    }
    Ok((time, usage.ru_maxrss.unsigned_abs()))
}
