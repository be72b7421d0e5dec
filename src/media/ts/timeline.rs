/// The number of ticks after which the clock of a program wraps (ISO/IEC 13818-1 section 2.4.3.7): 26.5 hours.
const TURN: i64 = 1 << 33;
/// The most ticks between two successive times of a program: a minute. They may come in any order.
const NEAR: i64 = 60 * 90_000;
/// The most ticks between two successive times if a discontinuity was announced that is none: a second.
const SMOOTH: i64 = 90_000;

/// The clock of a program, which all its streams share: 33 bits, 90 000 ticks a second.
#[derive(Default)]
pub(super) struct Timeline {
    /// The last time of the clock.
    last: Option<i64>,
    /// What is added to times of the clock.
    base: i128,
    /// Whether another clock may follow.
    renewed: bool,
}

impl Timeline {
    /// Notes that another clock may follow.
    pub(super) const fn renew(&mut self) {
        self.renewed = true;
    }

    /// Returns a time of the clock in ticks that do not wrap.
    pub(super) fn ticks(&mut self, time: u64) -> i128 {
        let time = (time & (TURN as u64 - 1)).cast_signed();
        if let Some(last) = self.last {
            let step = distance(last, time);
            if core::mem::take(&mut self.renewed) && step.abs() > SMOOTH {
                // A time far before all others is a jump back for the clock of each track, which then continues from its last
                // time.
                self.base -= 2 * i128::from(TURN);
            } else if step.abs() <= NEAR {
                self.base += i128::from(step - (time - last));
            }
        }
        self.last = Some(time);
        self.base + i128::from(time)
    }
}

/// Returns the difference between two times of a clock that wraps, the one nearest to 0.
pub(super) const fn distance(from: i64, to: i64) -> i64 {
    (to - from + TURN / 2).rem_euclid(TURN) - TURN / 2
}
