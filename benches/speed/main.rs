//! Everything that the crate does often, beside the bare loop of primitives that it cannot do without: `cargo bench
//! --bench speed`, and names after `--`, with `|` between them, for a part of it.
//!
//! Criterion prints each by itself. The table at the end is from rounds in which both take turns: medians, the ratio of
//! each round, and the aim.
#![allow(missing_docs, unused_must_use, clippy::unwrap_used, clippy::cast_precision_loss, clippy::wildcard_imports)]

mod bare;
mod clips;
mod grant;
mod live;
mod matching;
mod open;
mod pair;
mod release;
mod seal;
mod seek;

use std::time::Duration;

use criterion::Criterion;
use footage_support::common;
use pair::{Pair, Row, measure};

const PAIRS: &[fn() -> Pair] = &[
    || seal::segments("seal, segments of 1 MiB", 1 << 20, 0.92),
    || seal::segments("seal, segments of 64 KiB", 64 << 10, 0.85),
    || seal::file("seal a whole file, segments of 1 MiB", 0.92),
    || open::clip("open a clip, segments of 1 MiB", 1 << 20, 0.92),
    || open::clip("open a clip, segments of 64 KiB", 64 << 10, 0.85),
    || open::excerpt_in("take an excerpt in, segments of 1 MiB", 0.92),
    || open::excerpt("open an excerpt, segments of 1 MiB", 0.92),
    seek::middle,
    || grant::seconds("grant one second of 24 hours", 1),
    || grant::seconds("grant 15 minutes of 24 hours", 900),
    release::notice,
    release::answer,
    matching::cameras,
    matching::clips,
    live::second,
];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let wanted = std::env::args().skip(1).find(|part| !part.starts_with('-')).unwrap_or_default();
    let mut rows = Vec::new();
    for pair in PAIRS {
        let mut pair = pair();
        if wanted.split('|').any(|part| pair.name.contains(part)) {
            rows.push(measure(&mut pair, &mut criterion));
        }
    }
    criterion.final_summary();
    Row::head();
    rows.iter().for_each(Row::print);
}
