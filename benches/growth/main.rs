//! What reads strangers' bytes or follows a log, with inputs of sizes n, 2n and 4n, for `benches/growth/count`, which counts
//! the instructions of each under valgrind: work that is far from growing with its input shows there. Inputs and
//! randomness are fixed.
#![allow(missing_docs, clippy::unwrap_used, clippy::wildcard_imports, clippy::cast_precision_loss)]

mod files;
mod log;
mod values;

use std::hint::black_box;

use footage_support::{clips, common};

/// A path: what it is, its smallest size, and how it is measured at a size.
type Path = (&'static str, usize, fn(usize));

/// What callgrind counts, and nothing else.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) {
    drop(black_box(work()));
}

/// Without arguments the sizes and paths are listed; with a size and a path, that is done.
fn main() {
    let paths = [files::PATHS, log::PATHS, values::PATHS].concat();
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    if let (Some(size), Some(wanted)) = (arguments.next(), arguments.next()) {
        let path = paths.iter().find(|(name, ..)| *name == wanted);
        path.unwrap().2(size.parse().unwrap());
        return;
    }
    for (name, size, _) in paths {
        println!("{size}\t{name}\n{}\t{name}\n{}\t{name}", 2 * size, 4 * size);
    }
}
