use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, encode, record_array};
use crate::crypto::{Digest, Label};
use crate::record::{Cell, Days, Millis};

/// The rules that a request and a grant have to keep. Each can be set.
///
/// The limits of window and requests for one case are those that the maker of Ring cameras set itself when it made the
/// requests of police public: Ring, "Request for Assistance - Policy", help.publicsafety.ring.com, article
/// 1500012585181. Where no such rule existed, the default is this crate's own, and says so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Policy {
    /// Cells in which homes are far apart, so that requests name larger cells there. Empty by default. A party whose list
    /// differs refuses the requests of others: use one list for a region.
    pub sparse: Vec<SparseCell>,
    /// The shortest window: 15 minutes by default (Ring's rule 3).
    pub min_window: Millis,
    /// The longest window: 12 hours by default (Ring's rule 3).
    pub max_window: Millis,
    /// How many requests one case may have: 2 by default (Ring's rule 5).
    pub per_case: u32,
    /// How many voluntary requests an agency has in 30 days: 50 by default. Ring counted none, so this is our own.
    pub budget: u32,
    /// The longest retention: 30 days by default. What police downloaded from Ring they could keep for ever, so this is our
    /// own.
    pub max_retention: Days,
    /// How long a request may be open: 7 days by default, our own, so that request keys are short-lived.
    pub max_open: Days,
    /// Whether every wrap has to be post-quantum: yes by default. A deployment that may only use published standards says no,
    /// and what it opens then says so.
    pub post_quantum: bool,
    /// How long a permit holds: one hour by default, our own, after which the ledger is to be asked again.
    pub permit: Millis,
    /// How far the checkpoint that a decision rests on may be behind the device's clock: 24 hours by default, our own.
    pub max_behind: Millis,
}
record_array!(Policy {
    sparse,
    min_window,
    max_window,
    per_case,
    budget,
    max_retention,
    max_open,
    post_quantum,
    permit,
    max_behind
});

impl Default for Policy {
    fn default() -> Self {
        let days = |days| Days::new(days).unwrap_or(Days::ONE);
        Self {
            sparse: Vec::new(),
            min_window: Millis::MINUTE.times(15),
            max_window: Millis::HOUR.times(12),
            per_case: 2,
            budget: 50,
            max_retention: days(30),
            max_open: days(7),
            post_quantum: true,
            permit: Millis::HOUR,
            max_behind: Millis::DAY,
        }
    }
}

impl Policy {
    /// The resolution of the cells of a request where no sparse cell applies. A request has 1 to 12 cells: on average 0.11 to
    /// 1.26 km² (0.04 to 0.49 square miles; Ring's rule 3: 0.025 to 0.5).
    pub const RESOLUTION: u8 = 9;

    /// Returns the resolution that a request for this cell must have. If the cell lies in several sparse cells, the smallest
    /// one counts.
    pub fn resolution_at(&self, cell: Cell) -> u8 {
        let within = self.sparse.iter().filter(|sparse| sparse.cell.contains(cell));
        within.max_by_key(|sparse| sparse.cell.resolution()).map_or(Self::RESOLUTION, |sparse| sparse.resolution)
    }

    /// Its digest, which permits are bound to.
    pub fn digest(&self) -> Digest {
        Digest::of(Label::POLICY, &[&encode(self)])
    }
}

/// A cell in which homes are far apart, with the resolution of the cells that requests name there.
///
/// At resolution 8, a cell has about 0.74 km²; at 5, about 250 km², and a request of 12 cells about 3000 km².
///
/// ```
/// use footage::policy::{Policy, SparseCell};
/// use footage::record::Cell;
///
/// let farm = Cell::at(44.7, -104.6)?;
/// let county = farm.ancestor(5).expect("a coarser cell");
/// let policy = Policy { sparse: vec![SparseCell::new(county, 7)?], ..Policy::default() };
/// assert_eq!(policy.resolution_at(farm), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "SparseForm"))]
pub struct SparseCell {
    cell: Cell,
    resolution: u8,
}

/// The error if a cell or a resolution does not fit a sparse cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "found cell {cell} of resolution {} and requests of resolution {resolution}: a sparse cell has resolution 5 to 8, and its \
     requests the same or a finer one up to 8",
    cell.resolution()
)]
pub struct SparseCellError {
    cell: Cell,
    resolution: u8,
}

impl SparseCell {
    const COARSEST: u8 = 5;
    const FINEST: u8 = Policy::RESOLUTION - 1;

    /// Returns a sparse cell in which requests name cells of this resolution.
    ///
    /// # Errors
    /// Fails if the cell's resolution is not 5 to 8, or if `resolution` is coarser than the cell or finer than 8.
    pub fn new(cell: Cell, resolution: u8) -> Result<Self, SparseCellError> {
        let own = cell.resolution();
        let fits = (Self::COARSEST..=Self::FINEST).contains(&own) && (own..=Self::FINEST).contains(&resolution);
        if fits { Ok(Self { cell, resolution }) } else { Err(SparseCellError { cell, resolution }) }
    }

    /// Returns the cell.
    pub const fn cell(&self) -> Cell {
        self.cell
    }

    /// Returns the resolution of the cells that requests name in it.
    pub const fn resolution(&self) -> u8 {
        self.resolution
    }
}

#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
struct SparseForm {
    cell: Cell,
    resolution: u8,
}
record_array!(SparseForm { cell, resolution });

impl TryFrom<SparseForm> for SparseCell {
    type Error = SparseCellError;

    fn try_from(SparseForm { cell, resolution }: SparseForm) -> Result<Self, SparseCellError> {
        Self::new(cell, resolution)
    }
}

impl Encode for SparseCell {
    fn encode(&self, to: &mut Writer) {
        SparseForm { cell: self.cell, resolution: self.resolution }.encode(to);
    }
}

impl Decode for SparseCell {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        SparseForm::decode(from)?.try_into().map_err(|_| CborError::Value("sparse cell"))
    }
}
