use core::fmt;

use super::AreaError;
use super::geometry::Point;

/// A position on the map, WGS84, to 1e-7 degrees (about a centimetre).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    longitude: i32,
    latitude: i32,
}

impl Position {
    /// 1e-7 degrees in a degree.
    const DEGREE: i32 = 10_000_000;

    /// The position at a longitude of -180 to 180 and a latitude of -90 to 90 degrees, rounded to 1e-7 degrees.
    #[cfg(feature = "std")] // which has the rounding
    pub fn from_degrees(longitude: f64, latitude: f64) -> Result<Self, AreaError> {
        // False for a NaN, too.
        if longitude.abs() <= 180.0 && latitude.abs() <= 90.0 {
            let e7 = |degrees: f64| (degrees * f64::from(Self::DEGREE)).round() as i32;
            Self::from_e7(e7(longitude), e7(latitude))
        } else {
            Err(AreaError::Coordinate)
        }
    }

    /// The position at a longitude and a latitude in 1e-7 degrees.
    pub const fn from_e7(longitude: i32, latitude: i32) -> Result<Self, AreaError> {
        if longitude.unsigned_abs() <= 180 * Self::DEGREE as u32 && latitude.unsigned_abs() <= 90 * Self::DEGREE as u32
        {
            Ok(Self { longitude, latitude })
        } else {
            Err(AreaError::Coordinate)
        }
    }

    /// Its longitude in degrees, east positive.
    pub fn longitude(self) -> f64 {
        f64::from(self.longitude) / f64::from(Self::DEGREE)
    }

    /// Its latitude in degrees, north positive.
    pub fn latitude(self) -> f64 {
        f64::from(self.latitude) / f64::from(Self::DEGREE)
    }

    /// Its longitude in 1e-7 degrees, east positive.
    pub const fn longitude_e7(self) -> i32 {
        self.longitude
    }

    /// Its latitude in 1e-7 degrees, north positive.
    pub const fn latitude_e7(self) -> i32 {
        self.latitude
    }

    /// Whether it lies in the rectangle with these corners, or on its boundary.
    pub(super) const fn is_between(self, low: Self, high: Self) -> bool {
        low.longitude <= self.longitude
            && self.longitude <= high.longitude
            && low.latitude <= self.latitude
            && self.latitude <= high.latitude
    }

    pub(super) const fn with_longitude(self, other: Self) -> Self {
        Self { longitude: other.longitude, latitude: self.latitude }
    }

    pub(super) fn lower(self, other: Self) -> Self {
        Self { longitude: self.longitude.min(other.longitude), latitude: self.latitude.min(other.latitude) }
    }

    pub(super) fn upper(self, other: Self) -> Self {
        Self { longitude: self.longitude.max(other.longitude), latitude: self.latitude.max(other.latitude) }
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Position({}, {})", self.longitude(), self.latitude())
    }
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        Self { x: 2 * i64::from(position.longitude), y: 2 * i64::from(position.latitude) }
    }
}
