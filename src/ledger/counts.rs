use std::collections::BTreeMap;
use std::ops::Bound;

use crate::record::{Millis, Reference, Timestamp};

/// The span in which requests are counted.
pub(super) const BUDGET_SPAN: Millis = Millis::DAY.times(30);

/// How often an agency had asked when it made a request, which counts as well.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    /// Voluntary requests in the 30 days before.
    pub(super) recent: u32,
    /// Requests for the same case.
    pub(super) case: u32,
}

/// An agency's requests, counted as they come: to go through all of them for each would take as long as their number
/// squared.
#[derive(Debug, Default)]
pub(super) struct Counts {
    cases: BTreeMap<[u8; Reference::MAX_BYTES], u32>,
    /// How many voluntary requests existed by each time.
    times: BTreeMap<Timestamp, u32>,
    /// Of those, how many existed after `span_begins`, or at all.
    recent: u32,
    span_begins: Option<Timestamp>,
}

impl Counts {
    /// Takes the next request in, which may have existed before another that came earlier.
    pub(super) fn add(&mut self, case: [u8; Reference::MAX_BYTES], voluntary: bool, existed_by: Timestamp) -> Counted {
        let same = self.cases.entry(case).or_default();
        *same += 1;
        let case = *same;
        if voluntary {
            *self.times.entry(existed_by).or_default() += 1;
            self.recent += u32::from(self.span_begins.is_none_or(|begins| existed_by > begins));
        }
        self.move_span(Some(existed_by.before(BUDGET_SPAN)).filter(|_| existed_by.as_millis() >= BUDGET_SPAN.0));
        Counted { recent: self.recent, case }
    }

    /// Lets the span begin after another time, or before all.
    fn move_span(&mut self, to: Option<Timestamp>) {
        let from = core::mem::replace(&mut self.span_begins, to);
        let Some(later) = from.max(to) else { return };
        let earlier = from.min(to).map_or(Bound::Unbounded, Bound::Excluded);
        let between: u32 = self.times.range((earlier, Bound::Included(later))).map(|(_, count)| count).sum();
        if from < to {
            self.recent -= between;
        } else if from > to {
            self.recent += between;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counting_as_they_come_gives_what_counting_all_gives(
            requests in proptest::collection::vec((0_u8..3, any::<bool>(), 0_u64..90), 0..60),
        ) {
            let time = |day: u64| Timestamp::from_millis(day * Millis::DAY.0).unwrap();
            let mut counts = Counts::default();
            for (at, &(case, voluntary, day)) in requests.iter().enumerate() {
                let counted = counts.add([case; Reference::MAX_BYTES], voluntary, time(day));
                let so_far = &requests[..=at];
                let recent = so_far.iter().filter(|(_, voluntary, other)| {
                    *voluntary && time(day).since(time(*other)) < BUDGET_SPAN
                });
                prop_assert_eq!(counted.recent as usize, recent.count());
                prop_assert_eq!(counted.case as usize, so_far.iter().filter(|other| other.0 == case).count());
            }
        }
    }
}
