use alloc::vec::Vec;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits};

use super::{Cell, Cells};

/// The cells in which an agency may ask for footage: 1 to 2048, compacted and in ascending order.
///
/// A compacted set has no cell that lies in another, and where all children of a cell are in it, it has the cell instead. Two
/// sets that cover the same cells are therefore equal.
///
/// ```
/// use footage::record::{Cell, Jurisdiction};
///
/// let town = Cell::at(41.1, -80.65)?.parent().expect("a cell of resolution 8");
/// let jurisdiction = Jurisdiction::new(town.children())?;
/// assert_eq!(jurisdiction, Jurisdiction::new([town])?);
/// assert!(jurisdiction.contains(Cell::at(41.1, -80.65)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Jurisdiction(Vec<Cell>);

/// Why a jurisdiction cannot have these cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
#[error("{found} cells after compaction: use 1 to {}, or coarser cells", limits::JURISDICTION_CELLS)]
pub struct JurisdictionError {
    /// The number of cells after compaction.
    found: usize,
}

impl Jurisdiction {
    /// Returns the jurisdiction that these cells cover, of any resolutions and in any order.
    ///
    /// # Errors
    /// Fails if there are none, or more than 2048 after compaction.
    pub fn new(cells: impl IntoIterator<Item = Cell>) -> Result<Self, JurisdictionError> {
        let cells = compacted(cells.into_iter().collect());
        let found = cells.len();
        if (1..=limits::JURISDICTION_CELLS).contains(&found) {
            Ok(Self(cells))
        } else {
            Err(JurisdictionError { found })
        }
    }

    /// Returns the cells in ascending order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Cell> {
        self.0.iter().copied()
    }

    /// Returns whether a cell lies in the jurisdiction.
    pub fn contains(&self, cell: Cell) -> bool {
        cell.ancestors().any(|above| self.0.binary_search(&above).is_ok())
    }

    /// Returns whether all cells of a request lie in the jurisdiction.
    pub fn covers(&self, cells: &Cells) -> bool {
        cells.iter().all(|cell| self.contains(cell))
    }

    /// Returns whether a cell and the jurisdiction overlap.
    pub fn meets(&self, cell: Cell) -> bool {
        // An index begins with the resolution.
        let finer = self.0.partition_point(|own| own.resolution() <= cell.resolution());
        self.contains(cell) || self.0.iter().skip(finer).any(|own| cell.contains(*own))
    }
}

/// Returns the compacted form of some cells, in ascending order.
fn compacted(mut cells: Vec<Cell>) -> Vec<Cell> {
    // Each cell comes after all that lie in it.
    cells.sort_unstable_by(|one, other| one.by_hierarchy(*other));
    let mut kept: Vec<Cell> = Vec::with_capacity(cells.len());
    for mut cell in cells {
        // The cells before it may have become one that contains it.
        if kept.last().is_some_and(|last| last.contains(cell)) {
            continue;
        }
        loop {
            while kept.pop_if(|last| cell.contains(*last)).is_some() {}
            kept.push(cell);
            let Some(parent) = cell.parent() else { break };
            let siblings = kept.len().checked_sub(parent.children().count()).and_then(|first| kept.get(first..));
            if !siblings.is_some_and(|all| all.iter().all(|one| one.parent() == Some(parent))) {
                break;
            }
            cell = parent;
        }
    }
    kept.sort_unstable();
    kept
}

impl core::fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl Encode for Jurisdiction {
    fn encode(&self, to: &mut Writer) {
        self.0.encode(to);
    }
}

impl Decode for Jurisdiction {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        // The codec refuses a set that is not compacted.
        let cells: Vec<Cell> = from.list(limits::JURISDICTION_CELLS)?;
        Self::new(cells).map_err(|_| CborError::Value("jurisdiction"))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Jurisdiction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Jurisdiction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let cells: Vec<Cell> = serde::Deserialize::deserialize(deserializer)?;
        Self::new(cells).map_err(serde::de::Error::custom)
    }
}
