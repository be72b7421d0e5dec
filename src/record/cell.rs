#[cfg(feature = "serde")]
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use h3o::{CellIndex, LatLng, Resolution};
use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer};

/// A cell of H3, the public hexagonal grid: the only form in which a place is stored.
///
/// Its text is the index in 15 hexadecimal digits, as other implementations of H3 write it. Cells are ordered by their index.
///
/// ```
/// use footage::record::Cell;
///
/// let cell: Cell = "89283080ddbffff".parse()?;
/// assert_eq!(cell.resolution(), 9);
/// assert_eq!(cell.to_string(), "89283080ddbffff");
/// assert!("89283080ddbfff0".parse::<Cell>().is_err());
/// # Ok::<(), footage::record::CellError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cell(CellIndex);

/// Why there is no cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CellError {
    /// The text or the number is not the index of an H3 cell.
    #[error("not the index of an H3 cell")]
    Index,
    /// The latitude is not -90 to 90, or the longitude is not -180 to 180.
    #[error("not a position: latitude is -90 to 90 degrees, longitude -180 to 180")]
    Position,
}

impl Cell {
    /// The resolution at which a household stores where a camera is: a cell of about 0.1 square kilometres.
    pub const CAMERA_RESOLUTION: u8 = 9;

    /// Returns the cell with this index.
    ///
    /// # Errors
    /// Fails if no cell has this index.
    pub fn from_index(index: u64) -> Result<Self, CellError> {
        CellIndex::try_from(index).map(Self).map_err(|_| CellError::Index)
    }

    /// Returns the cell of [`CAMERA_RESOLUTION`](Self::CAMERA_RESOLUTION) that holds a place, in degrees. The place is not
    /// kept.
    ///
    /// # Errors
    /// Fails if the latitude is not -90 to 90, or the longitude is not -180 to 180.
    pub fn at(latitude: f64, longitude: f64) -> Result<Self, CellError> {
        if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            return Err(CellError::Position);
        }
        let place = LatLng::new(latitude, longitude).map_err(|_| CellError::Position)?;
        Ok(Self(place.to_cell(Resolution::Nine)))
    }

    /// Returns the index.
    pub fn index(self) -> u64 {
        self.0.into()
    }

    /// Returns the resolution: 0 for the largest cells, 15 for the smallest.
    pub fn resolution(self) -> u8 {
        self.0.resolution().into()
    }

    /// Returns whether `other` is this cell or lies below it in the grid's hierarchy. A cell's children do not fill it exactly:
    /// near its edge, a place may lie in a child of another cell.
    pub fn contains(self, other: Self) -> bool {
        other.0.parent(self.0.resolution()) == Some(self.0)
    }

    /// Returns whether the two cells have one resolution and an edge in common.
    pub fn is_neighbour_of(self, other: Self) -> bool {
        self.0.is_neighbor_with(other.0).unwrap_or(false)
    }

    /// Returns the cells that have an edge in common with this one: six, or five of the twelve pentagons of a resolution.
    pub fn neighbours(self) -> impl Iterator<Item = Self> {
        self.0.edges().map(|edge| Self(edge.destination()))
    }

    /// Returns the cell above this one in the grid's hierarchy. Cells of resolution 0 have none.
    pub fn parent(self) -> Option<Self> {
        self.0.resolution().pred().and_then(|above| self.0.parent(above)).map(Self)
    }

    /// Returns the seven cells below this one in the grid's hierarchy, or six of a pentagon. Cells of resolution 15 have none.
    pub fn children(self) -> impl Iterator<Item = Self> {
        self.0.resolution().succ().into_iter().flat_map(move |below| self.0.children(below)).map(Self)
    }

    /// Returns this cell, and those above it, the nearest first.
    pub(crate) fn ancestors(self) -> impl Iterator<Item = Self> {
        core::iter::successors(Some(self), |cell| cell.parent())
    }

    /// Returns the cell of this resolution in which this one lies, or which it is. Returns `None` if the resolution is finer than
    /// that of this cell.
    pub fn ancestor(self, resolution: u8) -> Option<Self> {
        Resolution::try_from(resolution).ok().and_then(|resolution| self.0.parent(resolution)).map(Self)
    }

    /// Compares cells by the grid's hierarchy: a cell comes after all that lie in it.
    pub(super) fn by_hierarchy(self, other: Self) -> Ordering {
        self.0.cmp(&other.0)
    }

    #[cfg(feature = "geojson")]
    pub(super) const fn of(index: CellIndex) -> Self {
        Self(index)
    }

    /// Returns the corners in degrees of longitude and latitude, counterclockwise. Longitudes go beyond 180 degrees where the
    /// cell lies across that meridian.
    #[cfg(feature = "serde")]
    pub(crate) fn corners(self) -> Vec<[f64; 2]> {
        let corners = self.0.boundary();
        let crosses =
            corners.iter().any(|corner| corner.lng() > 90.0) && corners.iter().any(|corner| corner.lng() < -90.0);
        let turned = move |longitude: f64| if crosses && longitude < 0.0 { longitude + 360.0 } else { longitude };
        corners.iter().map(|corner| [turned(corner.lng()), corner.lat()]).collect()
    }
}

// The library orders cells by the hierarchy, and the format by the index.
impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        self.index().cmp(&other.index())
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:015x}", self.index())
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cell({self})")
    }
}

impl FromStr for Cell {
    type Err = CellError;

    fn from_str(text: &str) -> Result<Self, CellError> {
        let cell = u64::from_str_radix(text, 16).map_err(|_| CellError::Index).and_then(Self::from_index)?;
        // One text for each cell.
        if cell.to_string() == text { Ok(cell) } else { Err(CellError::Index) }
    }
}

impl Encode for Cell {
    fn encode(&self, to: &mut Writer) {
        to.uint(self.index());
    }
}

impl Decode for Cell {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        Self::from_index(from.uint()?).map_err(|_| CborError::Value("cell"))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Cell {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Cell {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_contains_what_lies_below_it_and_itself() {
        let porch = Cell::at(41.1, -80.65).unwrap();
        assert_eq!(porch.resolution(), Cell::CAMERA_RESOLUTION);
        let above = porch.ancestors().nth(2).unwrap();
        assert!(above.contains(porch) && porch.contains(porch) && !porch.contains(above));
        assert!(!Cell::at(41.2, -80.65).unwrap().contains(porch));
        assert_eq!(Cell::at(f64::NAN, 0.0), Err(CellError::Position));
        assert_eq!(Cell::from_index(0), Err(CellError::Index));
    }
}
