use std::time::Instant;

/// Lets the most memory held so far be forgotten, where the system can, so that each part has a most of its own.
fn forget_memory() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that the process has held since then, in MiB, where the system says so.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

/// Seconds of all cores that the process has used, where the system says so: what counts on a machine that others use.
fn used() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.split(' ').skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>();
    ticks as f64 / 100.0
}

/// A clock of both kinds of time, which can stand still.
pub(crate) struct Clock {
    seconds: f64,
    of_one_core: f64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        forget_memory();
        Self { seconds: 0.0, of_one_core: 0.0 }
    }

    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (start, used_before) = (Instant::now(), used());
        let done = work();
        self.seconds += start.elapsed().as_secs_f64();
        self.of_one_core += used() - used_before;
        done
    }

    /// How many a second of one core.
    pub(crate) fn rate(&self, count: u64) -> f64 {
        count as f64 / self.of_one_core
    }

    pub(crate) fn report(&self, what: &str, count: u64) {
        println!(
            "{what}: {count} in {:.2} s, {:.0} a second, {:.0} a second of one core, {} MiB at most",
            self.seconds,
            count as f64 / self.seconds,
            self.rate(count),
            memory()
        );
    }
}
