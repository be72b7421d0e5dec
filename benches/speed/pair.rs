use std::time::{Duration, Instant};

use criterion::Criterion;

/// One run: it does its work, and says how long that took without what it had to prepare.
pub(crate) type Run = Box<dyn FnMut() -> Duration>;

/// Something that the crate does, and the primitives that it cannot do without in a bare loop.
pub(crate) struct Pair {
    pub(crate) aim: Aim,
    /// Bytes of content in one run, if it is about bytes.
    pub(crate) bytes: u64,
    pub(crate) ours: Run,
    pub(crate) bare: Run,
}

/// What a pair is held against.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// At least so much of the bare loop's speed.
    Ratio(f64),
    /// At most so much longer than the bare loop.
    Beyond(Duration),
    /// At most so long.
    Under(Duration),
}

pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let done = work();
    let time = start.elapsed();
    drop(std::hint::black_box(done));
    time
}

/// Runs of so many bytes take seconds: five are enough, and Criterion would take dozens.
const SLOW: u64 = 1 << 29;

/// Both in turn, so that a machine whose speed drifts drifts for both.
pub(crate) fn measure(name: &'static str, pair: &mut Pair, criterion: &mut Criterion) -> Row {
    let (least, most) = if pair.bytes < SLOW { (11, 301) } else { (5, 5) };
    for (side, run) in [("footage", &mut pair.ours), ("bare", &mut pair.bare)] {
        if pair.bytes >= SLOW {
            run();
            continue;
        }
        criterion.bench_function(&format!("{name}/{side}"), |bencher| {
            bencher.iter_custom(|count| (0..count).map(|_| run()).sum());
        });
    }
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let start = Instant::now();
    while ours.len() < least || (ours.len() < most && start.elapsed() < Duration::from_secs(2)) {
        ours.push((pair.ours)());
        bare.push((pair.bare)());
    }
    let mut ratios: Vec<_> =
        ours.iter().zip(&bare).map(|(ours, bare)| bare.as_secs_f64() / ours.as_secs_f64()).collect();
    let mut beyond: Vec<_> =
        ours.iter().zip(&bare).map(|(ours, bare)| ours.as_secs_f64() - bare.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    beyond.sort_by(f64::total_cmp);
    Row {
        name,
        aim: pair.aim,
        bytes: pair.bytes,
        ours: median(&mut ours),
        bare: median(&mut bare),
        ratio: ratios[ratios.len() / 2],
        beyond: beyond[beyond.len() / 2],
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

/// The medians of a pair.
pub(crate) struct Row {
    name: &'static str,
    aim: Aim,
    bytes: u64,
    ours: f64,
    bare: f64,
    /// The bare loop's time over ours, round by round.
    ratio: f64,
    /// How many seconds ours takes longer, round by round.
    beyond: f64,
}

impl Row {
    pub(crate) fn head() {
        println!("\n| what | footage | bare loop | ratio | longer by | aim | |\n|---|---|---|---|---|---|---|");
    }

    pub(crate) fn print(&self) {
        let show = |seconds: f64| {
            if self.bytes > 0 {
                format!("{:.2} GB/s", self.bytes as f64 / seconds / 1e9)
            } else {
                format!("{:.3} ms", seconds * 1e3)
            }
        };
        let (aim, met) = match self.aim {
            Aim::Ratio(least) => (format!("ratio at least {least}"), self.ratio >= least),
            Aim::Beyond(most) => (format!("longer by at most {most:?}"), self.beyond <= most.as_secs_f64()),
            Aim::Under(most) => (format!("under {most:?}"), self.ours <= most.as_secs_f64()),
        };
        println!(
            "| {} | {} | {} | {:.2} | {:.1} us | {aim} | {} |",
            self.name,
            show(self.ours),
            show(self.bare),
            self.ratio,
            self.beyond * 1e6,
            if met { "met" } else { "MISSED" }
        );
    }
}
