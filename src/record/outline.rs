use alloc::vec::Vec;

use super::{Cell, Cells, Jurisdiction};

/// The outlines of cells, for drawing on a map.
///
/// Serializes as a GeoJSON `MultiPolygon` (RFC 7946 section 3.1.7) with one polygon for each cell, in degrees rounded to seven
/// decimals. The ring of a cell across the meridian of 180 degrees is not split, as section 3.1.9 recommends: its longitudes go
/// beyond 180. The ring of a cell that contains a pole is not a valid polygon.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Outline {
    r#type: &'static str,
    coordinates: Vec<[Vec<[f64; 2]>; 1]>,
}

impl Outline {
    fn of(cells: impl Iterator<Item = Cell>) -> Self {
        let ring = |cell: Cell| {
            let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
            let mut ring: Vec<_> = cell.corners().into_iter().map(|corner| corner.map(rounded)).collect();
            ring.extend(ring.first().copied());
            [ring]
        };
        Self { r#type: "MultiPolygon", coordinates: cells.map(ring).collect() }
    }
}

impl Cells {
    /// Returns the outlines of the cells.
    pub fn outline(&self) -> Outline {
        Outline::of(self.iter())
    }
}

impl Jurisdiction {
    /// Returns the outlines of the cells.
    pub fn outline(&self) -> Outline {
        Outline::of(self.iter())
    }
}
