use alloc::vec::Vec;

use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits};

use super::Cell;

/// The cells of a request: 1 to 12 connected cells of one resolution, in ascending order.
///
/// Cells are connected if shared edges lead from each to every other.
///
/// ```
/// use footage::record::{Cell, Cells};
///
/// let porch = Cell::at(41.1, -80.65)?;
/// let around: Vec<_> = porch.neighbours().collect();
/// let cells = Cells::new([&[porch], &around[..]].concat())?;
/// assert_eq!((cells.resolution(), cells.iter().count()), (9, 7));
/// assert!(cells.contains(porch));
/// assert!(Cells::new(vec![porch, Cell::at(41.2, -80.65)?]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cells(Vec<Cell>);

/// Why a request cannot name these cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CellsError {
    /// No cell, or too many.
    #[error("{found} cells: ask for 1 to {}", limits::REQUEST_CELLS)]
    Count {
        /// The number of cells.
        found: usize,
    },
    /// A cell is listed twice.
    #[error("cell {0} is listed twice: list it once")]
    Twice(Cell),
    /// Two cells have different resolutions.
    #[error("cells {0} and {1} have different resolutions: use one")]
    Resolutions(Cell, Cell),
    /// A cell is not connected to the first one.
    #[error("cell {0} is not connected to the first cell: ask for it in another request")]
    Apart(Cell),
}

impl Cells {
    /// Returns these cells in ascending order.
    ///
    /// # Errors
    /// Fails if there are none or more than 12, if one is listed twice, if they have different resolutions, or if they are not
    /// connected.
    pub fn new(mut cells: Vec<Cell>) -> Result<Self, CellsError> {
        let found = cells.len();
        let first = *cells.first().filter(|_| found <= limits::REQUEST_CELLS).ok_or(CellsError::Count { found })?;
        if let Some(other) = cells.iter().find(|cell| cell.resolution() != first.resolution()) {
            return Err(CellsError::Resolutions(first, *other));
        }
        cells.sort_unstable();
        if let Some((one, _)) = cells.iter().zip(cells.iter().skip(1)).find(|(one, next)| one == next) {
            return Err(CellsError::Twice(*one));
        }
        let mut reached = Vec::from([first]);
        let mut rest: Vec<_> = cells.iter().copied().filter(|cell| *cell != first).collect();
        let mut next = 0;
        while let Some(from) = reached.get(next).copied() {
            let (beside, apart): (Vec<_>, Vec<_>) = rest.into_iter().partition(|cell| from.is_neighbour_of(*cell));
            reached.extend(beside);
            rest = apart;
            next += 1;
        }
        rest.first().map_or(Ok(Self(cells)), |cell| Err(CellsError::Apart(*cell)))
    }

    /// Returns the cells in ascending order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Cell> {
        self.0.iter().copied()
    }

    /// Returns the resolution of the cells.
    pub fn resolution(&self) -> u8 {
        self.0.first().map_or(0, |cell| cell.resolution())
    }

    /// Returns whether a cell is one of these cells or lies in one.
    pub fn contains(&self, cell: Cell) -> bool {
        cell.ancestor(self.resolution()).is_some_and(|above| self.0.binary_search(&above).is_ok())
    }
}

impl core::fmt::Debug for Cells {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl Encode for Cells {
    fn encode(&self, to: &mut Writer) {
        self.0.encode(to);
    }
}

impl Decode for Cells {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        // The codec refuses another order.
        Self::new(from.list(limits::REQUEST_CELLS)?).map_err(|_| CborError::Value("cells"))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Cells {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Cells {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(serde::Deserialize::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
