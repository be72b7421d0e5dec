//! The whole story of `footage` on a real recording, from the camera to the deletion receipt, with everybody who is in it.
//!
//! ```text
//! cargo run --release --example doorstep
//! ```
//!
//! Time is simulated; keys, signatures, the log and the files are real. What must not work is tried as well. The exit code
//! is not zero if anything that must work failed, or anything that must fail worked.

mod attacks;
mod ending;
mod evidence;
mod files;
mod frames;
mod keeping;
mod leaving;
mod log;
mod narrator;
mod opening;
mod options;
mod story;
mod town;
mod video;

use std::process::ExitCode;

use narrator::Narrator;
use options::{HELP, Options};

/// Whatever stops the story.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("doorstep: {error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let mut narrator = Narrator::default();
    match story::play(&options, &mut narrator) {
        Ok(()) if narrator.all_well() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("doorstep: {error}");
            ExitCode::FAILURE
        }
    }
}
