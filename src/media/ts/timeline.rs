/// Ticks after which the clock of a program wraps (ISO/IEC 13818-1 section 2.4.3.7): 26.5 hours.
const TURN: i64 = 1 << 33;
/// Ticks between two times of a program, in whichever order they come: a minute.
const NEAR: i64 = 60 * 90_000;
/// Ticks between two times of a program that goes on although it says that it does not: a second.
const SMOOTH: i64 = 90_000;

/// The clock of a program, which all its streams share: 33 bits, 90 000 ticks a second.
#[derive(Default)]
pub(super) struct Timeline {
    last: Option<i64>,
    /// Added to the clock's times.
    base: i128,
    renewed: bool,
}

impl Timeline {
    /// Another clock may follow.
    pub(super) const fn renew(&mut self) {
        self.renewed = true;
    }

    /// Returns a time in ticks that do not wrap.
    pub(super) fn ticks(&mut self, time: u64) -> i128 {
        let time = (time & (TURN as u64 - 1)).cast_signed();
        if let Some(last) = self.last {
            let step = distance(last, time);
            if core::mem::take(&mut self.renewed) && step.abs() > SMOOTH {
                // Far before everything else, so that times continue where they were, however far this clock is ahead.
                self.base -= 2 * i128::from(TURN);
            } else if step.abs() <= NEAR {
                self.base += i128::from(step - (time - last));
            }
        }
        self.last = Some(time);
        self.base + i128::from(time)
    }
}

/// Returns the shortest way between two times of a clock that wraps.
pub(super) const fn distance(from: i64, to: i64) -> i64 {
    (to - from + TURN / 2).rem_euclid(TURN) - TURN / 2
}
