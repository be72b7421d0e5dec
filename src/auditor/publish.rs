use core::fmt;

use crate::record::{AgencyId, Offence, Timestamp};

use super::csv::Csv;
use super::numbers::{Counts, Incentives, Month, Numbers};

/// Fewer than this are suppressed by default.
pub const SMALL: u64 = 5;

/// A number as it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cell {
    /// Exactly so many.
    Exactly(u64),
    /// At least one and fewer than this.
    Below(u64),
    /// At least one; how many is not said, as it would follow from another cell, or another from it.
    Withheld,
}

/// `12`, `<5`, or `withheld`.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(number) => write!(f, "{number}"),
            Self::Below(number) => write!(f, "<{number}"),
            Self::Withheld => f.write_str("withheld"),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Cell {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exactly(number) => serializer.serialize_u64(*number),
            _ => serializer.collect_str(self),
        }
    }
}

/// A row of numbers as it is published; the cells stand in the order of [`Counts::NAMES`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PublishedRow {
    /// The agency.
    pub agency: AgencyId,
    /// The offence; nothing in an agency's total.
    pub offence: Option<Offence>,
    /// The month; nothing in an agency's total.
    pub month: Option<Month>,
    /// The numbers.
    #[cfg_attr(feature = "serde", serde(serialize_with = "by_name"))]
    pub cells: Vec<Cell>,
}

/// Numbers that may be published: small cells are suppressed, and cannot be found by subtraction.
///
/// A cell from one up to the threshold is not shown. Requests are broken down by basis, by policy and by outcome, and
/// obtained grants by deletion; the parts of such a breakdown add up to its whole. So if a part is small, *every* part
/// that is not zero is withheld: the whole is then known, but as at least two parts are not, a small one and the rest
/// may be either way round. If the whole is small, it is shown as such and its parts are withheld.
///
/// An agency's [total](Self::totals) adds up what is shown exactly and nothing else, so that it says nothing that the rows
/// do not say; it is a lower bound.
///
/// The log itself stays public, and whoever replays it can count everything. What is suppressed here is kept out of what
/// is quoted and copied, and out of nothing else. Single cases of misconduct are not in the numbers but among the
/// [accusations](super::Accusation), which are never suppressed; nor are incentives, which concern no person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Published {
    /// As of this witnessed time.
    pub until: Timestamp,
    /// Numbers below this are suppressed.
    pub threshold: u64,
    /// In the order of agency, offence and month.
    pub rows: Vec<PublishedRow>,
    /// For each agency what its rows show exactly, added up.
    pub totals: Vec<PublishedRow>,
    /// Incentives.
    pub incentives: Vec<Incentives>,
}

/// Where in [`Counts::NAMES`] a whole stands, and where its parts.
const BREAKDOWNS: [(usize, core::ops::Range<usize>); 4] = [(0, 1..3), (0, 3..5), (0, 5..11), (11, 12..17)];

impl Numbers {
    /// The numbers with cells below a threshold suppressed; [`SMALL`] is a good one, and 1 suppresses nothing.
    pub fn publish(&self, threshold: u64) -> Published {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| PublishedRow {
                agency: row.agency,
                offence: Some(row.offence),
                month: Some(row.month),
                cells: suppress(&row.counts.values(), threshold),
            })
            .collect();
        let mut totals: Vec<PublishedRow> = Vec::new();
        for row in &rows {
            if totals.last().is_none_or(|last| last.agency != row.agency) {
                let cells = vec![Cell::Exactly(0); Counts::NAMES.len()];
                totals.push(PublishedRow { agency: row.agency, offence: None, month: None, cells });
            }
            for (sum, cell) in totals.last_mut().into_iter().flat_map(|total| &mut total.cells).zip(&row.cells) {
                if let (Cell::Exactly(sum), Cell::Exactly(number)) = (sum, cell) {
                    *sum += number;
                }
            }
        }
        Published { until: self.until, threshold, rows, totals, incentives: self.incentives.clone() }
    }
}

fn suppress(values: &[u64], threshold: u64) -> Vec<Cell> {
    let small = |value: u64| 0 < value && value < threshold;
    let shown = |&value: &u64| if small(value) { Cell::Below(threshold) } else { Cell::Exactly(value) };
    let mut cells: Vec<_> = values.iter().map(shown).collect();
    for (whole, parts) in BREAKDOWNS {
        let (Some(all), Some(values)) = (values.get(whole), values.get(parts.clone())) else {
            continue;
        };
        if small(*all) || values.iter().any(|&value| small(value)) {
            let withheld = cells.get_mut(parts).into_iter().flatten().zip(values).filter(|(_, value)| **value > 0);
            withheld.for_each(|(cell, _)| *cell = Cell::Withheld);
        }
    }
    cells
}

impl Published {
    /// The rows as CSV (RFC 4180, with a header line).
    pub fn rows_csv(&self) -> String {
        let mut csv = Csv::new(["agency", "offence", "month"].iter().chain(Counts::NAMES));
        for row in &self.rows {
            let cells = row.cells.iter().map(ToString::to_string);
            let (offence, month) = (row.offence.map(|o| o.to_string()), row.month.map(|m| m.to_string()));
            let place = [row.agency.to_string(), offence.unwrap_or_default(), month.unwrap_or_default()];
            csv.row(place.into_iter().chain(cells));
        }
        csv.finish()
    }

    /// The agencies' totals as CSV (RFC 4180, with a header line).
    pub fn totals_csv(&self) -> String {
        let mut csv = Csv::new(["agency"].iter().chain(Counts::NAMES));
        for total in &self.totals {
            csv.row([total.agency.to_string()].into_iter().chain(total.cells.iter().map(ToString::to_string)));
        }
        csv.finish()
    }

    /// The incentives as CSV (RFC 4180, with a header line).
    pub fn incentives_csv(&self) -> String {
        let mut csv = Csv::new(&["agency", "vendor", "incentive", "disclosures", "cents"]);
        for row in &self.incentives {
            let incentive = format!("{:?}", row.incentive).to_lowercase();
            let numbers = [row.disclosures.to_string(), row.cents.to_string()];
            csv.row([row.agency.to_string(), row.vendor.to_string(), incentive].into_iter().chain(numbers));
        }
        csv.finish()
    }
}

#[cfg(feature = "serde")]
fn by_name<S: serde::Serializer>(cells: &[Cell], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(Counts::NAMES.iter().zip(cells))
}

#[cfg(test)]
mod tests {
    use super::{BREAKDOWNS, Cell, Counts, suppress};

    #[test]
    fn the_breakdowns_are_where_they_are_said_to_be() {
        let names = |range: core::ops::Range<usize>| Counts::NAMES[range].to_vec();
        assert_eq!((Counts::NAMES[0], Counts::NAMES[11]), ("requests", "obtained"));
        let [basis, policy, outcomes, deletions] = BREAKDOWNS.map(|(_, parts)| names(parts));
        assert_eq!(basis, ["voluntary", "legal_process"]);
        assert_eq!(policy, ["keeping", "breaking"]);
        assert_eq!(outcomes, ["none", "arrest", "charge", "conviction", "exoneration", "unreported"]);
        assert_eq!(deletions, ["on_time", "late", "overdue", "not_proven", "not_due"]);
    }

    /// For every three parts of obtained grants: no part that is not shown can have one value only.
    #[test]
    fn nothing_that_is_suppressed_follows_from_what_is_shown() {
        let row = |parts: [u64; 3]| {
            let mut values = vec![0; Counts::NAMES.len()];
            values[11] = parts.iter().sum();
            values[12..15].copy_from_slice(&parts);
            values
        };
        let most = 9;
        let all: Vec<[u64; 3]> =
            (0..most * most * most).map(|n| [n % most, n / most % most, n / most / most]).collect();
        for parts in &all {
            let shown = suppress(&row(*parts), 5);
            let alike: Vec<_> = all.iter().filter(|other| suppress(&row(**other), 5) == shown).collect();
            for part in 0..3 {
                if !matches!(shown[12 + part], Cell::Exactly(_)) {
                    let possible = |other: &&&[u64; 3]| other[part] != parts[part];
                    // A total of 1 has one part that is 1: it is only shown to be small.
                    assert!(alike.iter().any(|other| possible(&other)), "{parts:?} {shown:?}");
                }
            }
        }
    }
}
