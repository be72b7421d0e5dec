use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::error::Error;
use core::str::FromStr;

use geo::{Coord, CoordsIter, Geometry, Polygon};
use geojson::GeoJson;
use h3o::Resolution;
use h3o::geom::{ContainmentMode, TilerBuilder};
use thiserror::Error;

use super::{Cell, Cells, CellsError, Jurisdiction, JurisdictionError};

/// The most cells that polygons may take before they are compacted.
const MOST: usize = 1 << 20;
/// By how much the estimate of their number may exceed it: it counts the smallest cells in a rectangle around them.
const MARGIN: usize = 8;

/// Why there are no cells for a GeoJSON text.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GeoJsonError {
    /// The text is not GeoJSON (RFC 7946).
    #[error("not GeoJSON")]
    Syntax(#[source] Box<dyn Error + Send + Sync>),
    /// The text has another geometry than a `Polygon` or a `MultiPolygon`.
    #[error("not a geometry of the type `Polygon` or `MultiPolygon`, alone or in one feature")]
    Geometry,
    /// A position outside of the globe.
    #[error(
        "a position outside of 180 degrees of longitude or 90 of latitude: write the longitude first, and split a polygon at the \
         meridian of 180 degrees"
    )]
    Position,
    /// A ring has fewer than three positions.
    #[error("a ring with fewer than three positions")]
    Ring(#[source] Box<dyn Error + Send + Sync>),
    /// H3 has no cells of this resolution.
    #[error("no resolution {0}: H3 has 0 to 15")]
    Resolution(u8),
    /// The polygons take more than a million cells.
    #[error("the polygons take more than {MOST} cells: use a coarser resolution")]
    TooLarge,
    /// A request cannot have the cells.
    #[error(transparent)]
    Cells(#[from] CellsError),
    /// A jurisdiction cannot have the cells.
    #[error(transparent)]
    Jurisdiction(#[from] JurisdictionError),
}

impl Cells {
    /// Returns the cells of a resolution that cover the polygons of a GeoJSON text: every cell that has a part of them. Rings that
    /// are not closed are closed.
    ///
    /// ```
    /// use footage::record::Cells;
    ///
    /// let block = r#"{"type": "Polygon", "coordinates":
    ///     [[[-80.652, 41.099], [-80.648, 41.099], [-80.648, 41.102], [-80.652, 41.102], [-80.652, 41.099]]]}"#;
    /// let cells = Cells::from_geojson(block, 9)?;
    /// assert!(cells.iter().len() <= 12);
    /// # Ok::<(), footage::record::GeoJsonError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the text is not GeoJSON, has another geometry than one `Polygon` or `MultiPolygon`, or has a position outside of
    /// the globe, if the resolution is above 15, or if the polygons take more than 12 cells or are not connected.
    pub fn from_geojson(text: &str, resolution: u8) -> Result<Self, GeoJsonError> {
        Ok(Self::new(covering(text, resolution)?)?)
    }
}

impl Jurisdiction {
    /// Returns the cells of a resolution that cover the polygons of a GeoJSON text, compacted. Rings that are not closed are
    /// closed.
    ///
    /// ```
    /// use footage::record::{Cell, Jurisdiction};
    ///
    /// let county = r#"{"type": "Polygon", "coordinates": [[[-80.7, 41.0], [-80.5, 41.0], [-80.6, 41.2], [-80.7, 41.0]]]}"#;
    /// let jurisdiction = Jurisdiction::from_geojson(county, 8)?;
    /// assert!(jurisdiction.contains(Cell::at(41.1, -80.6)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the text is not GeoJSON, has another geometry than one `Polygon` or `MultiPolygon`, or has a position outside of
    /// the globe, if the resolution is above 15, or if the polygons take more than 1 048 576 cells, or more than 2048 after
    /// compaction.
    pub fn from_geojson(text: &str, resolution: u8) -> Result<Self, GeoJsonError> {
        Ok(Self::new(covering(text, resolution)?)?)
    }
}

fn covering(text: &str, resolution: u8) -> Result<Vec<Cell>, GeoJsonError> {
    let resolution = Resolution::try_from(resolution).map_err(|_| GeoJsonError::Resolution(resolution))?;
    let mut tiler = TilerBuilder::new(resolution).containment_mode(ContainmentMode::Covers).build();
    tiler.add_batch(polygons(text)?).map_err(|error| GeoJsonError::Ring(error.into()))?;
    if tiler.coverage_size_hint() > MARGIN * MOST {
        return Err(GeoJsonError::TooLarge);
    }
    let mut cells = BTreeSet::new();
    for cell in tiler.into_coverage().map(Cell::of) {
        cells.insert(cell);
        if cells.len() > MOST {
            return Err(GeoJsonError::TooLarge);
        }
    }
    Ok(cells.into_iter().collect())
}

fn polygons(text: &str) -> Result<Vec<Polygon>, GeoJsonError> {
    let geometry = match GeoJson::from_str(text).map_err(|error| GeoJsonError::Syntax(error.into()))? {
        GeoJson::Geometry(geometry) => Some(geometry),
        GeoJson::Feature(feature) => feature.geometry,
        GeoJson::FeatureCollection(_) => None,
    };
    let polygons = match geometry.and_then(|geometry| Geometry::try_from(geometry).ok()) {
        Some(Geometry::Polygon(polygon)) => Vec::from([polygon]),
        Some(Geometry::MultiPolygon(polygons)) => polygons.0,
        _ => return Err(GeoJsonError::Geometry),
    };
    // The library accepts twice this range, and then misses cells.
    let is_on_globe = |at: Coord| at.x.abs() <= 180.0 && at.y.abs() <= 90.0;
    if polygons.iter().all(|polygon| polygon.coords_iter().all(is_on_globe)) {
        Ok(polygons)
    } else {
        Err(GeoJsonError::Position)
    }
}
