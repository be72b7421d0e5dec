use alloc::vec::Vec;

use crate::cbor::{CborError, Decode, Encode, Reader, Writer, limits};

use super::{Area, Polygon, Position, Ring};

fn coordinates(from: &mut Reader<'_>) -> Result<Position, CborError> {
    let mut coordinate = || i32::try_from(from.int()?).map_err(|_| CborError::Value("coordinate"));
    Position::from_e7(coordinate()?, coordinate()?).map_err(|_| CborError::Value("coordinate"))
}

impl Encode for Area {
    fn encode(&self, to: &mut Writer) {
        to.array(self.polygons.len());
        for polygon in &self.polygons {
            to.array(1 + polygon.holes.len());
            for ring in polygon.rings() {
                let (_, vertices) = ring.0.split_last().unwrap_or((&Position::default(), &[]));
                to.array(2 * vertices.len());
                for vertex in vertices {
                    to.int(vertex.longitude_e7().into());
                    to.int(vertex.latitude_e7().into());
                }
            }
        }
    }
}

impl Decode for Area {
    fn decode(from: &mut Reader<'_>) -> Result<Self, CborError> {
        let mut vertices_left = limits::AREA_VERTICES;
        let mut polygons = Vec::new();
        for _ in 0..from.array(limits::AREA_VERTICES)? {
            let mut rings = Vec::new();
            for _ in 0..from.array(limits::AREA_VERTICES)? {
                let numbers = from.array(2 * vertices_left)?;
                if numbers < 6 || numbers % 2 != 0 {
                    return Err(CborError::Value("ring"));
                }
                vertices_left -= numbers / 2;
                let mut ring = Vec::with_capacity(numbers / 2 + 1);
                for _ in 0..numbers / 2 {
                    ring.push(coordinates(from)?);
                }
                ring.extend(ring.first().copied());
                rings.push(Ring(ring));
            }
            let mut rings = rings.into_iter();
            let exterior = rings.next().ok_or(CborError::Value("polygon"))?;
            polygons.push(Polygon { exterior, holes: rings.collect() });
        }
        Self::new(polygons).map_err(|_| CborError::Value("Area"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Area, Polygon, Position, Ring};
    use crate::cbor::{CborError, Encode, Writer, decode, encode};

    struct Raw<'a>(&'a [&'a [&'a [i64]]]);

    impl Encode for Raw<'_> {
        fn encode(&self, to: &mut Writer) {
            to.array(self.0.len());
            for polygon in self.0 {
                to.array(polygon.len());
                for ring in *polygon {
                    to.array(ring.len());
                    ring.iter().for_each(|&number| to.int(number));
                }
            }
        }
    }

    fn read(raw: &[&[&[i64]]]) -> Result<Area, CborError> {
        decode(&encode(&Raw(raw)), 1 << 16)
    }

    fn ring(corners: &[(i32, i32)]) -> Ring {
        let closed = corners.iter().chain(corners.first());
        Ring(closed.map(|&(longitude, latitude)| Position::from_e7(longitude, latitude).unwrap()).collect())
    }

    #[test]
    fn cbor_is_flat_rings_without_the_repetition() {
        let area = Area::new(vec![Polygon {
            exterior: ring(&[(0, 0), (100, 0), (100, 100), (0, 100)]),
            holes: vec![ring(&[(10, 10), (10, 20), (20, 10)])],
        }])
        .unwrap();
        let raw: &[&[&[i64]]] = &[&[&[0, 0, 100, 0, 100, 100, 0, 100], &[10, 10, 10, 20, 20, 10]]];
        assert_eq!(encode(&area), encode(&Raw(raw)));
        assert_eq!(read(raw), Ok(area));
        let square = Area::rectangle(Position::default(), Position::from_e7(1, 1).unwrap()).unwrap();
        assert_eq!(encode(&square), [0x81, 0x81, 0x88, 0, 0, 1, 0, 1, 1, 0, 1]);
    }

    #[test]
    fn other_forms_are_refused() {
        // Clockwise, repeated at the end, odd, too short, empty, out of range.
        assert_eq!(read(&[&[&[0, 0, 0, 100, 100, 100, 100, 0]]]), Err(CborError::Value("Area")));
        assert_eq!(read(&[&[&[0, 0, 100, 0, 100, 100, 0, 0]]]), Err(CborError::Value("Area")));
        assert_eq!(read(&[&[&[0, 0, 100, 0, 100, 100, 0]]]), Err(CborError::Value("ring")));
        assert_eq!(read(&[&[&[0, 0, 100, 0]]]), Err(CborError::Value("ring")));
        assert_eq!(read(&[&[&[]]]), Err(CborError::Value("ring")));
        assert_eq!(read(&[&[]]), Err(CborError::Value("polygon")));
        assert_eq!(read(&[]), Err(CborError::Value("Area")));
        assert_eq!(read(&[&[&[0, 0, 1_800_000_001, 0, 5, 5]]]), Err(CborError::Value("coordinate")));
        assert_eq!(read(&[&[&[0, 0, 1 << 40, 0, 5, 5]]]), Err(CborError::Value("coordinate")));
    }

    #[test]
    fn heads_that_claim_too_much_are_refused() {
        assert_eq!(decode::<Area>(b"\x9a\xff\xff\xff\xff", 100), Err(CborError::TooLong(256)));
        assert_eq!(decode::<Area>(b"\x81\x9a\xff\xff\xff\xff", 100), Err(CborError::TooLong(256)));
        assert_eq!(decode::<Area>(b"\x81\x81\x9a\xff\xff\xff\xff", 100), Err(CborError::TooLong(512)));
        let full: Vec<i64> = (0..256).flat_map(|number| [number, number * number]).collect();
        assert!(read(&[&[&full]]).is_ok());
        assert_eq!(read(&[&[&full], &[&[0, 0, 1, 0, 1, 1]]]), Err(CborError::TooLong(0)));
    }
}
