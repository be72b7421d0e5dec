use core::fmt;

use thiserror::Error;

use crate::cbor::limits;

/// Where in an area something is; all numbers begin at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The polygon.
    pub polygon: usize,
    /// The ring in it; 0 is the exterior, and the holes follow.
    pub ring: usize,
    /// The position in the ring.
    pub position: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "polygon {}, ring {}, position {}", self.polygon, self.ring, self.position)
    }
}

/// Why something is no [`Area`](super::Area) or [`Position`](super::Position).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AreaError {
    /// A longitude outside -180 to 180, or a latitude outside -90 to 90.
    #[error("longitude must be -180 to 180, latitude -90 to 90 degrees, in this order")]
    Coordinate,
    /// No polygon.
    #[error("an area needs a polygon")]
    Empty,
    /// More than [`limits::AREA_VERTICES`].
    #[error("more than {} vertices: simplify the boundary", limits::AREA_VERTICES)]
    TooManyVertices,
    /// A ring of fewer than four positions.
    #[error("{0}: a ring has at least four positions")]
    TooFewPositions(Place),
    /// A ring that does not end where it begins.
    #[error("{0}: the ring does not end where it begins")]
    NotClosed(Place),
    /// A position that is the same as the one before it.
    #[error("{0}: the same as the position before: remove it")]
    Repeated(Place),
    /// An edge that spans more than 180 degrees of longitude.
    #[error("{0}: the edge from here spans more than 180 degrees: cut the area at the antimeridian (RFC 7946, 3.1.9)")]
    LongEdge(Place),
    /// Two edges that meet elsewhere than neighbours do.
    #[error("the edges from {0} and from {1} meet: no two rings may cross or touch")]
    Crossing(Place, Place),
    /// A clockwise exterior or a counterclockwise hole.
    #[error("{0}: exteriors run counterclockwise and holes clockwise (RFC 7946, 3.1.6): reverse the ring")]
    Winding(Place),
    /// A hole that does not lie in its exterior.
    #[error("{0}: the hole does not lie in its exterior")]
    HoleOutside(Place),
    /// A hole in a hole.
    #[error("{0}: the hole lies in another hole")]
    HoleInHole(Place),
    /// A polygon that lies in another.
    #[error("{0}: the polygon lies in another: leave it out")]
    Overlap(Place),
}
