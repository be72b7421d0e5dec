//! Areas on the map: where an agency has jurisdiction, and where a request asks for footage.
//!
//! An [`Area`] is one or more polygons with holes, in WGS84, as in GeoJSON (RFC 7946): edges are straight lines in longitude
//! and latitude (section 3.1.1). What lies where is decided exactly, in integers of 1e-7 degrees (about a centimetre).

mod check;
mod codec;
mod error;
#[cfg(feature = "serde")]
mod geojson;
mod geometry;
#[cfg(feature = "std")]
mod measure;
mod position;
mod within;

pub use error::{AreaError, Place};
#[cfg(feature = "std")]
pub use measure::SquareMeters;
pub use position::Position;

use alloc::{vec, vec::Vec};

use geometry::{Edge, Location, locate};

/// A closed ring as in RFC 7946 section 3.1.6: at least four positions, the last the same as the first.
///
/// Plain data; an [`Area`] is made of rings that are checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Ring(pub Vec<Position>);

impl Ring {
    /// Whether it runs counterclockwise, as an exterior must. Says nothing useful of a ring that crosses itself.
    pub fn is_counterclockwise(&self) -> bool {
        geometry::doubled_area(self.edges()) > 0
    }

    fn edges(&self) -> impl Iterator<Item = Edge> + Clone {
        let ends = self.0.iter().skip(1);
        self.0.iter().zip(ends).map(|(&from, &to)| Edge { from: from.into(), to: to.into() })
    }
}

/// A polygon: an exterior ring, counterclockwise, and holes in it, clockwise.
///
/// Plain data; an [`Area`] is made of polygons that are checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Polygon {
    /// The outer boundary.
    pub exterior: Ring,
    /// What is left out inside of it.
    pub holes: Vec<Ring>,
}

impl Polygon {
    /// Its rings, the exterior first.
    pub fn rings(&self) -> impl Iterator<Item = &Ring> + Clone {
        core::iter::once(&self.exterior).chain(&self.holes)
    }
}

/// One or more polygons on the map, at most [`limits::AREA_VERTICES`](crate::cbor::limits::AREA_VERTICES) vertices in all.
///
/// Valid by construction: rings are closed, have no repeated position, and follow the right-hand rule; no two edges
/// meet but neighbours in their common vertex, so that no ring crosses or touches itself or another; holes lie in
/// their exterior, one beside the other; polygons lie apart, or one in a hole of another. Polygons that share an edge
/// or a vertex have to be united, and a hole that touches its exterior has to be made part of it.
///
/// No edge spans more than 180 degrees of longitude: what crosses the antimeridian is cut there, into a polygon that ends
/// at 180 and another that begins at -180 (RFC 7946 section 3.1.9).
///
/// ```
/// use footage::record::{Area, Position, SquareMeters};
///
/// let corner = |longitude, latitude| Position::from_degrees(longitude, latitude);
/// let block = Area::rectangle(corner(-71.0612, 42.3551)?, corner(-71.0551, 42.3596)?)?;
/// assert!(block.contains(corner(-71.0589, 42.3560)?));
/// assert_eq!(block.square_meters(), SquareMeters(251_206));
/// # Ok::<(), footage::record::AreaError>(())
/// ```
///
/// # Forms
///
/// CBOR, which is what is signed: an array of polygons; a polygon is an array of rings, the exterior first; a ring is one
/// flat array of integers, longitude and latitude in turn, in 1e-7 degrees, without the repetition of the first position at
/// the end. Exteriors run counterclockwise, holes clockwise. The 0.01 degree square at 0, 0:
/// `[[[0, 0, 100000, 0, 100000, 100000, 0, 100000]]]`. A [`Position`] by itself is `[longitude, latitude]`.
///
/// JSON: a GeoJSON geometry, `{"type": "Polygon", "coordinates": ...}` or `MultiPolygon`, closed rings of positions of two
/// numbers. More than seven decimals are rounded; a ring that runs the wrong way round is turned (RFC 7946 section 3.1.6);
/// an altitude and any other member (`bbox`, `crs`) are refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Area {
    polygons: Vec<Polygon>,
    south_west: Position,
    north_east: Position,
}

impl Area {
    /// Checks polygons, and makes an area of them.
    pub fn new(polygons: Vec<Polygon>) -> Result<Self, AreaError> {
        check::check(&polygons)?;
        let mut positions = polygons.iter().flat_map(|polygon| &polygon.exterior.0).copied();
        let first = positions.next().ok_or(AreaError::Empty)?;
        let (south_west, north_east) = positions.fold((first, first), |(low, high), p| (low.lower(p), high.upper(p)));
        Ok(Self { polygons, south_west, north_east })
    }

    /// The area between two parallels and two meridians, given by its corners in the south-west and in the north-east.
    pub fn rectangle(south_west: Position, north_east: Position) -> Result<Self, AreaError> {
        let south_east = south_west.with_longitude(north_east);
        let north_west = north_east.with_longitude(south_west);
        let exterior = Ring(vec![south_west, south_east, north_east, north_west, south_west]);
        Self::new(vec![Polygon { exterior, holes: Vec::new() }])
    }

    /// Its polygons.
    pub fn polygons(&self) -> &[Polygon] {
        &self.polygons
    }

    /// How many vertices it has, all rings together; the repetition at a ring's end does not count.
    pub fn vertices(&self) -> usize {
        self.edges().count()
    }

    /// The corners in the south-west and in the north-east of the least rectangle around it.
    pub const fn bounds(&self) -> (Position, Position) {
        (self.south_west, self.north_east)
    }

    /// Whether a position lies in it or on its boundary. Exact.
    pub fn contains(&self, position: Position) -> bool {
        position.is_between(self.south_west, self.north_east)
            && locate(position.into(), self.edges()) != Location::Outside
    }

    /// Whether all of it lies in the other area; the two may share boundaries. Exact.
    pub fn within(&self, other: &Self) -> bool {
        self.south_west.is_between(other.south_west, other.north_east)
            && self.north_east.is_between(other.south_west, other.north_east)
            && within::within(self, other)
    }

    /// Whether the two areas have a point in common, be it of their boundaries. Exact.
    pub fn meets(&self, other: &Self) -> bool {
        // If no edges meet, one area lies in the other, or apart from it, polygon by polygon.
        let enters = |inner: &Self, outer: &Self| {
            let mut firsts = inner.polygons.iter().filter_map(|polygon| polygon.exterior.0.first());
            firsts.any(|&vertex| outer.contains(vertex))
        };
        self.edges().any(|edge| other.edges().any(|other| edge.meets(other)))
            || enters(self, other)
            || enters(other, self)
    }

    fn edges(&self) -> impl Iterator<Item = Edge> + Clone {
        self.polygons.iter().flat_map(Polygon::rings).flat_map(Ring::edges)
    }
}
