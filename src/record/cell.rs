use core::fmt;
use core::str::FromStr;

use h3o::{CellIndex, LatLng, Resolution};
use thiserror::Error;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer};

use super::{Area, Position};

/// A cell of H3, the public hexagonal grid: the only form in which a place is stored.
///
/// Its text is the index in 15 hexadecimal digits, as other implementations of H3 write it.
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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(CellIndex);

/// Why there is no cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CellError {
    /// The text or the number is not the index of an H3 cell.
    #[error("not the index of an H3 cell")]
    Index,
    /// The latitude or the longitude is not a finite number.
    #[error("not a latitude and a longitude")]
    Position,
}

impl Cell {
    /// The resolution at which a household stores where a camera is: a cell of about 0.1 square kilometres.
    pub const CAMERA_RESOLUTION: u8 = 9;

    /// Returns the cell with this index.
    pub fn from_index(index: u64) -> Result<Self, CellError> {
        CellIndex::try_from(index).map(Self).map_err(|_| CellError::Index)
    }

    /// Returns the cell of [`CAMERA_RESOLUTION`](Self::CAMERA_RESOLUTION) that holds a place, in degrees. The place is not
    /// kept.
    pub fn at(latitude: f64, longitude: f64) -> Result<Self, CellError> {
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

    /// Returns whether this cell is `other`, or one of those above it in the grid's hierarchy.
    pub fn contains(self, other: Self) -> bool {
        other.0.parent(self.0.resolution()) == Some(self.0)
    }

    /// Returns whether the cell's centre lies in an area. No request asks for cells yet.
    pub fn is_in(self, area: &Area) -> bool {
        let centre = LatLng::from(self.0);
        Position::from_degrees(centre.lng(), centre.lat()).is_ok_and(|centre| area.contains(centre))
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
        let above = Cell(porch.0.parent(Resolution::Seven).unwrap());
        assert!(above.contains(porch) && porch.contains(porch) && !porch.contains(above));
        assert!(!Cell::at(41.2, -80.65).unwrap().contains(porch));
        assert_eq!(Cell::at(f64::NAN, 0.0), Err(CellError::Position));
        assert_eq!(Cell::from_index(0), Err(CellError::Index));
    }

    #[test]
    fn a_cell_is_in_an_area_that_holds_its_centre() {
        let corner = |longitude, latitude| Position::from_degrees(longitude, latitude).unwrap();
        let around = Area::rectangle(corner(-80.66, 41.09), corner(-80.64, 41.11)).unwrap();
        assert!(Cell::at(41.1, -80.65).unwrap().is_in(&around));
        assert!(!Cell::at(41.12, -80.65).unwrap().is_in(&around));
    }
}
