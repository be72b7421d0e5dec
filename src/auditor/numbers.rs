use core::fmt;
use std::collections::BTreeMap;

use crate::ledger::{Asked, DeletionVerdict, View, verdict};
use crate::policy::Rule;
use crate::record::{AgencyId, Incentive, Name, Offence, OutcomeResult, StatementId, Timestamp};

/// A month of the calendar, UTC. Its text is `2026-06`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
}

impl Month {
    /// The month that a time lies in.
    pub fn of(time: Timestamp) -> Self {
        let (year, month, _) = time.date();
        Self { year, month }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What is counted of some requests. A grant belongs to the request that it answers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64),+
        }

        impl Counts {
            /// The names of what is counted, as [`Counts`] has them.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Returns the counts in the order of the names.
            pub fn values(&self) -> Vec<u64> {
                vec![$(self.$name),+]
            }

            fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)+
            }
        }
    };
}

counts! {
    /// Requests by an agency that was approved then.
    requests,
    /// Of them, voluntary ones.
    voluntary,
    /// Of them, with legal process.
    legal_process,
    /// Of them, that keep the policy as far as the log shows it.
    keeping,
    /// Of them, that break it.
    breaking,
    /// Of them, of which nothing came.
    none,
    /// Of them, with an arrest as the latest outcome.
    arrest,
    /// Of them, with a charge.
    charge,
    /// Of them, with a conviction.
    conviction,
    /// Of them, in which somebody was cleared.
    exoneration,
    /// Of them, of which the agency has not reported.
    unreported,
    /// Grants for which enough custodians gave notice in time: the agency obtained the footage.
    obtained,
    /// Of them, deleted on time.
    on_time,
    /// Of them, deleted late.
    late,
    /// Of them, not deleted although it was due.
    overdue,
    /// Of them, with a receipt that proves nothing.
    not_proven,
    /// Of them, not to be deleted yet.
    not_due,
    /// Grants that were released, and for which too few custodians gave notice before the end: nothing was obtained.
    nothing,
    /// Grants that were released and may still be answered.
    pending,
}

/// The counts of one agency, offence and month.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Row {
    /// The agency.
    pub agency: AgencyId,
    /// The offence that it named.
    pub offence: Offence,
    /// The month in which the requests were witnessed.
    pub month: Month,
    /// The counts.
    pub counts: Counts,
}

/// The counts of one agency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Total {
    /// The agency.
    pub agency: AgencyId,
    /// The counts of all its rows.
    pub counts: Counts,
}

/// What one vendor gave one agency, or agreed with it, as disclosed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Incentives {
    /// The agency.
    pub agency: AgencyId,
    /// The vendor.
    pub vendor: Name,
    /// What it is.
    pub incentive: Incentive,
    /// How many disclosures.
    pub disclosures: u64,
    /// What they are worth together in US cents, as far as that was disclosed.
    pub cents: u64,
}

/// What is counted in the log. The log is public, so small numbers are shown like all others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Numbers {
    /// As of this witnessed time.
    pub until: Timestamp,
    /// In the order of agency, offence and month; none without requests.
    pub rows: Vec<Row>,
    /// Incentives, in the order of agency, vendor and kind.
    pub incentives: Vec<Incentives>,
}

impl Numbers {
    /// Returns the counts of each agency, in the order of agencies.
    pub fn totals(&self) -> Vec<Total> {
        let mut totals: Vec<Total> = Vec::new();
        for Row { agency, counts, .. } in &self.rows {
            match totals.last_mut().filter(|last| last.agency == *agency) {
                Some(last) => last.counts.add(counts),
                None => totals.push(Total { agency: *agency, counts: *counts }),
            }
        }
        totals
    }

    pub(super) fn count(view: &View, broken: &BTreeMap<StatementId, Vec<Rule>>) -> Self {
        let mut rows: BTreeMap<(AgencyId, Offence, Month), Counts> = BTreeMap::new();
        let place = |asked: &Asked| (asked.agency, asked.offence, Month::of(asked.existed_by()));
        for asked in view.asked() {
            rows.entry(place(asked)).or_default().add_request(asked, broken.contains_key(&asked.id));
        }
        for grant in view.released() {
            let asked = view.asked_as(grant.request);
            let Some(counts) = asked.and_then(|asked| rows.get_mut(&place(asked))) else {
                continue;
            };
            match grant.duty() {
                Some(duty) => counts.add_obtained(verdict(&duty, view)),
                None if view.time() >= grant.not_after.end() => counts.nothing += 1,
                None => counts.pending += 1,
            }
        }
        let row = |((agency, offence, month), counts)| Row { agency, offence, month, counts };
        Self { until: view.time(), rows: rows.into_iter().map(row).collect(), incentives: incentives(view) }
    }
}

impl Counts {
    fn add_request(&mut self, asked: &Asked, breaks: bool) {
        self.requests += 1;
        *(if asked.voluntary { &mut self.voluntary } else { &mut self.legal_process }) += 1;
        *(if breaks { &mut self.breaking } else { &mut self.keeping }) += 1;
        *(match asked.outcome {
            None => &mut self.unreported,
            Some(OutcomeResult::None) => &mut self.none,
            Some(OutcomeResult::Arrest) => &mut self.arrest,
            Some(OutcomeResult::Charge) => &mut self.charge,
            Some(OutcomeResult::Conviction) => &mut self.conviction,
            Some(OutcomeResult::Exoneration) => &mut self.exoneration,
        }) += 1;
    }

    fn add_obtained(&mut self, deletion: DeletionVerdict) {
        self.obtained += 1;
        *(match deletion {
            DeletionVerdict::OnTime => &mut self.on_time,
            DeletionVerdict::LateBy(_) => &mut self.late,
            DeletionVerdict::OverdueSince(_) => &mut self.overdue,
            DeletionVerdict::NotProven(_) => &mut self.not_proven,
            DeletionVerdict::NotDue => &mut self.not_due,
        }) += 1;
    }
}

fn incentives(view: &View) -> Vec<Incentives> {
    let mut found: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for disclosure in view.disclosures() {
        let stated = disclosure.statement();
        let sum = found.entry((stated.agency, stated.vendor.clone(), stated.incentive)).or_default();
        *sum = (sum.0 + 1, sum.1.saturating_add(stated.cents.unwrap_or(0)));
    }
    let row = |((agency, vendor, incentive), (disclosures, cents))| Incentives {
        agency,
        vendor,
        incentive,
        disclosures,
        cents,
    };
    found.into_iter().map(row).collect()
}
