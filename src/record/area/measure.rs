use crate::cbor::{CborError, Decode, Encode, Reader, Writer};

use super::{Area, Polygon, Position, Ring};

/// A size in whole square metres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct SquareMeters(pub u64);

impl SquareMeters {
    /// One square mile (1609.344 m squared), rounded.
    pub const SQUARE_MILE: Self = Self(2_589_988);
}

impl core::fmt::Display for SquareMeters {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} m²", self.0)
    }
}

impl Encode for SquareMeters {
    fn encode(&self, to: &mut Writer) {
        to.uint(self.0);
    }
}

impl Decode for SquareMeters {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        from.uint().map(Self)
    }
}

impl Area {
    /// How large it is on the WGS84 ellipsoid, rounded to whole square metres.
    ///
    /// The edges are what [`contains`](Self::contains) takes them for, straight lines in longitude and latitude; so an area
    /// cannot be made to seem small by long edges, as it could if they were measured as geodesics. What is computed is the
    /// integral over the ellipsoid, to about 1e-12 of the whole.
    pub fn square_meters(&self) -> SquareMeters {
        measure(self.polygons.iter().flat_map(Polygon::rings))
    }
}

/// The WGS84 ellipsoid's semi-major axis in metres.
const SEMI_MAJOR: f64 = 6_378_137.0;
/// Its flattening.
const FLATTENING: f64 = 1.0 / 298.257_223_563;

/// The size of what rings go around, holes subtracted by running clockwise.
///
/// By Green's theorem it is minus the integral of zone(latitude) over the longitude along the boundary.
#[allow(clippy::cast_sign_loss)] // saturates at 0
fn measure<'a>(rings: impl Iterator<Item = &'a Ring>) -> SquareMeters {
    let edges = rings.flat_map(|ring| ring.0.iter().zip(ring.0.iter().skip(1)));
    let sum: f64 =
        edges.map(|(from, to)| (from.longitude() - to.longitude()).to_radians() * mean_zone(*from, *to)).sum();
    SquareMeters(sum.round() as u64)
}

/// The area of the ellipsoid between the equator and a latitude, in square metres per radian of longitude (the authalic
/// latitude's integral; Snyder, Map Projections: A Working Manual, USGS PP 1395, equation 3-12).
fn zone(latitude: f64) -> f64 {
    let semi_minor = SEMI_MAJOR * (1.0 - FLATTENING);
    let e2 = FLATTENING * (2.0 - FLATTENING);
    let (e, sin) = (e2.sqrt(), latitude.sin());
    semi_minor * semi_minor / 2.0 * (sin / (1.0 - e2 * sin * sin) + (e * sin).atanh() / e)
}

/// The mean of [`zone`] along an edge: Gauss-Legendre quadrature with five points for each piece of at most five degrees,
/// which leaves an error far below that of the arithmetic.
fn mean_zone(from: Position, to: Position) -> f64 {
    const POINTS: [(f64, f64); 5] = [
        (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
        (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
        (0.0, 0.568_888_888_888_888_9),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
        (0.906_179_845_938_664, 0.236_926_885_056_189_1),
    ];
    let (start, end) = (from.latitude(), to.latitude());
    let pieces = from.latitude_e7().abs_diff(to.latitude_e7()).div_ceil(50_000_000).max(1);
    let half = (end - start) / f64::from(pieces) / 2.0;
    let mean = |piece: f64| -> f64 {
        let middle = start + half * (2.0 * piece + 1.0);
        POINTS.iter().map(|(at, weight)| weight / 2.0 * zone((middle + half * at).to_radians())).sum()
    };
    (0..pieces).map(|piece| mean(f64::from(piece))).sum::<f64>() / f64::from(pieces)
}
