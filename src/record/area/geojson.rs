//! GeoJSON geometries, RFC 7946. Needs a self-describing format, such as JSON.

use core::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cbor::limits;

use super::{Area, AreaError, Polygon, Position, Ring};

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.longitude(), self.latitude()].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut budget = Budget { numbers: 3, lists: 1 };
        Nest { budget: &mut budget, depth: 1 }.deserialize(deserializer)?.position()
    }
}

impl Serialize for Area {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rings = |polygon: &Polygon| polygon.rings().map(|ring| ring.0.clone()).collect::<Vec<_>>();
        let mut geometry = serializer.serialize_struct("Area", 2)?;
        if let [polygon] = self.polygons() {
            geometry.serialize_field("type", "Polygon")?;
            geometry.serialize_field("coordinates", &rings(polygon))?;
        } else {
            geometry.serialize_field("type", "MultiPolygon")?;
            geometry.serialize_field("coordinates", &self.polygons().iter().map(rings).collect::<Vec<_>>())?;
        }
        geometry.end()
    }
}

impl<'de> Deserialize<'de> for Area {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Area", &["type", "coordinates"], GeometryVisitor)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Member {
    Type,
    Coordinates,
}

#[derive(Deserialize)]
enum Type {
    Polygon,
    MultiPolygon,
}

struct GeometryVisitor;

impl<'de> Visitor<'de> for GeometryVisitor {
    type Value = Area;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON geometry of type Polygon or MultiPolygon")
    }

    // The members come in any order, so the coordinates are read before it is certain what they mean.
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Area, M::Error> {
        let (mut kind, mut coordinates) = (None, None);
        while let Some(member) = map.next_key()? {
            match member {
                Member::Type if kind.is_some() => return Err(M::Error::duplicate_field("type")),
                Member::Type => kind = Some(map.next_value::<Type>()?),
                Member::Coordinates if coordinates.is_some() => return Err(M::Error::duplicate_field("coordinates")),
                Member::Coordinates => {
                    let budget = &mut Budget::AREA.clone();
                    coordinates = Some(map.next_value_seed(Nest { budget, depth: 4 })?);
                }
            }
        }
        let coordinates = coordinates.ok_or_else(|| M::Error::missing_field("coordinates"))?;
        let polygons = match kind.ok_or_else(|| M::Error::missing_field("type"))? {
            Type::Polygon => vec![coordinates.polygon()?],
            Type::MultiPolygon => {
                coordinates.list()?.into_iter().map(Coordinates::polygon).collect::<Result<_, _>>()?
            }
        };
        Area::new(polygons).map_err(M::Error::custom)
    }
}

/// How much more may be read.
#[derive(Clone)]
struct Budget {
    numbers: usize,
    lists: usize,
}

impl Budget {
    /// What the largest area has: a ring has three vertices or more, and one position more than vertices.
    const AREA: Self = Self {
        numbers: 2 * Self::POSITIONS,
        // Positions, rings, polygons, and the one around all.
        lists: Self::POSITIONS + limits::AREA_VERTICES / 3 * 2 + 1,
    };
    const POSITIONS: usize = limits::AREA_VERTICES + limits::AREA_VERTICES / 3;

    fn take<E: Error>(left: &mut usize) -> Result<(), E> {
        *left = left.checked_sub(1).ok_or_else(|| E::custom(AreaError::TooManyVertices))?;
        Ok(())
    }
}

/// Numbers in nested lists.
enum Coordinates {
    Number(f64),
    List(Vec<Coordinates>),
}

impl Coordinates {
    fn list<E: Error>(self) -> Result<Vec<Self>, E> {
        match self {
            Self::List(list) => Ok(list),
            Self::Number(_) => Err(E::custom("coordinates are not nested as deep as the type says")),
        }
    }

    fn polygon<E: Error>(self) -> Result<Polygon, E> {
        let mut rings = self.list()?.into_iter().map(Self::ring);
        let exterior = rings.next().ok_or_else(|| E::custom("a polygon needs an exterior ring"))??;
        let mut polygon = Polygon { exterior, holes: rings.collect::<Result<_, _>>()? };
        // "Parsers SHOULD NOT reject Polygons that do not follow the right-hand rule" (RFC 7946 section 3.1.6).
        if !polygon.exterior.is_counterclockwise() {
            polygon.exterior.0.reverse();
        }
        for hole in &mut polygon.holes {
            if hole.is_counterclockwise() {
                hole.0.reverse();
            }
        }
        Ok(polygon)
    }

    fn ring<E: Error>(self) -> Result<Ring, E> {
        self.list()?.into_iter().map(Self::position).collect::<Result<_, _>>().map(Ring)
    }

    fn position<E: Error>(self) -> Result<Position, E> {
        match self.list()?.as_slice() {
            [Self::Number(longitude), Self::Number(latitude)] => {
                Position::from_degrees(*longitude, *latitude).map_err(E::custom)
            }
            _ => Err(E::custom("a position is a longitude and a latitude, without an altitude")),
        }
    }
}

/// Reads [`Coordinates`] in at most `depth` lists, within a budget.
struct Nest<'a> {
    budget: &'a mut Budget,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Nest<'_> {
    type Value = Coordinates;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Coordinates, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nest<'_> {
    type Value = Coordinates;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of coordinates")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Coordinates, E> {
        Budget::take(&mut self.budget.numbers)?;
        Ok(Coordinates::Number(number))
    }

    // What a float cannot hold is no coordinate.
    #[allow(clippy::cast_precision_loss)]
    fn visit_i64<E: Error>(self, number: i64) -> Result<Coordinates, E> {
        self.visit_f64(number as f64)
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Coordinates, E> {
        self.visit_f64(number as f64)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Coordinates, S::Error> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| S::Error::custom("coordinates are nested too deep"))?;
        Budget::take(&mut self.budget.lists)?;
        let mut coordinates = Vec::new();
        while let Some(next) = list.next_element_seed(Nest { budget: &mut *self.budget, depth })? {
            coordinates.push(next);
        }
        Ok(Coordinates::List(coordinates))
    }
}
