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
mod video;

use std::time::Duration;

use criterion::Criterion;
use footage_support::common;
use pair::{Pair, Row, measure};

/// A name, and what begins the pair.
type Named = (&'static str, fn() -> Pair);

const PAIRS: &[Named] = &[
    ("seal, segments of 1 MiB", || seal::segments(1 << 20, 0.92)),
    ("seal, segments of 64 KiB", || seal::segments(64 << 10, 0.85)),
    ("seal a whole file, segments of 1 MiB", || seal::file(0.92)),
    ("seal a video with an index, beside its bytes by size", video::with_index),
    ("seal a video in fragments, beside its bytes by size", video::in_fragments),
    ("seal a transport stream, beside its bytes by size", video::transport_stream),
    ("open a clip, segments of 1 MiB", || open::clip(1 << 20, 0.92)),
    ("open a clip, segments of 64 KiB", || open::clip(64 << 10, 0.85)),
    ("take an excerpt in, segments of 1 MiB", || open::excerpt_in(0.92)),
    ("open an excerpt, segments of 1 MiB", || open::excerpt(0.92)),
    ("the first second out of the middle of 24 hours", seek::middle),
    ("grant one second of 24 hours", || grant::seconds(1)),
    ("grant 15 minutes of 24 hours", || grant::seconds(900)),
    ("a custodian's notice", release::notice),
    ("a custodian's answer", release::answer),
    ("match a request against a million cameras", matching::cameras),
    ("match a request against a million cameras with a clip each", matching::clips),
    ("a live second with its signed head", live::second),
];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let wanted = std::env::args().skip(1).find(|part| !part.starts_with('-')).unwrap_or_default();
    let mut rows = Vec::new();
    for (name, pair) in PAIRS {
        if wanted.split('|').any(|part| name.contains(part)) {
            rows.push(measure(name, &mut pair(), &mut criterion));
        }
    }
    criterion.final_summary();
    Row::head();
    rows.iter().for_each(Row::print);
}
