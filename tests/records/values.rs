//! The values of records: names, ids, offences, areas.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::cast_precision_loss)]

use footage::record::{
    AgencyId, AgencyIdError, Area, AreaError, CustodianId, GroupId, MakerId, Name, NameError, Offence, OffenceError,
    OffenceGroup, Place, Polygon, Position, Reference, Ring, SquareMeters,
};
use geographiclib_rs::{Geodesic, PolygonArea, Winding};
use proptest::prelude::*;

fn at(longitude: f64, latitude: f64) -> Position {
    Position::from_degrees(longitude, latitude).unwrap()
}

/// A closed ring of corners in degrees.
fn ring(corners: &[(f64, f64)]) -> Ring {
    Ring(corners.iter().chain(corners.first()).map(|&(longitude, latitude)| at(longitude, latitude)).collect())
}

fn polygon(exterior: &[(f64, f64)], holes: &[&[(f64, f64)]]) -> Polygon {
    Polygon { exterior: ring(exterior), holes: holes.iter().map(|hole| ring(hole)).collect() }
}

fn area(exterior: &[(f64, f64)], holes: &[&[(f64, f64)]]) -> Result<Area, AreaError> {
    Area::new(vec![polygon(exterior, holes)])
}

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Area {
    Area::rectangle(at(west, south), at(east, north)).unwrap()
}

const fn place(polygon: usize, ring: usize, position: usize) -> Place {
    Place { polygon, ring, position }
}

const SQUARE: &[(f64, f64)] = &[(0., 0.), (10., 0.), (10., 10.), (0., 10.)];
/// Clockwise, as a hole must be.
const HOLE: &[(f64, f64)] = &[(4., 4.), (4., 6.), (6., 6.), (6., 4.)];

mod names {
    use super::*;

    #[test]
    fn names_are_printable_and_trimmed() {
        for name in ["A", "Boston Police Department", "Policía de San Juan", "ACLU, Massachusetts (Boston)", "東京"]
        {
            assert_eq!(Name::new(name).unwrap().as_str(), name);
            assert_eq!(name.parse::<Name>().unwrap().to_string(), name);
        }
        assert!(Name::new(&"x".repeat(100)).is_ok());
        assert_eq!(Name::new(&"x".repeat(101)), Err(NameError::TooLong(100)));
        assert_eq!(Name::new(&"é".repeat(51)), Err(NameError::TooLong(100)));
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(Name::new(" a"), Err(NameError::Edge(' ')));
        assert_eq!(Name::new("a "), Err(NameError::Edge(' ')));
        for bad in
            ['\n', '\0', '\u{7f}', '\u{85}', '\u{a0}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{feff}']
        {
            assert_eq!(Name::new(&format!("a{bad}b")), Err(NameError::Character(bad)));
        }
    }

    #[test]
    fn tokens_are_lowercase_and_references_uppercase() {
        assert_eq!(CustodianId::new("aclu-ma").unwrap().as_str(), "aclu-ma");
        assert_eq!(GroupId::try_from("boston-2026").unwrap().as_str(), "boston-2026");
        assert!(MakerId::new(&"m".repeat(32)).is_ok());
        assert_eq!(MakerId::new(&"m".repeat(33)), Err(NameError::TooLong(32)));
        assert_eq!(MakerId::new("Acme"), Err(NameError::Character('A')));
        assert_eq!(GroupId::new("-a"), Err(NameError::Edge('-')));
        assert_eq!(GroupId::new("a-"), Err(NameError::Edge('-')));
        assert_eq!(GroupId::new("-"), Err(NameError::Edge('-')));
        assert_eq!(CustodianId::new("a_b"), Err(NameError::Character('_')));
        assert_eq!(Reference::new("2026-00123").unwrap().as_str(), "2026-00123");
        assert_eq!(Reference::new("case 1"), Err(NameError::Character('c')));
        assert_eq!(Reference::new(""), Err(NameError::Empty));
        assert_eq!(Reference::new("А1"), Err(NameError::Character('А'))); // a Cyrillic А
        assert_eq!(format!("{:?}", Reference::new("A-1").unwrap()), "Reference(A-1)");
    }

    #[test]
    fn agency_ids_are_oris() {
        for ori in ["MA0130100", "NB0280200", "DCFBIWA00", "PR0000000", "AZDI05000"] {
            assert_eq!(ori.parse::<AgencyId>().unwrap().to_string(), ori);
        }
        assert_eq!(AgencyId::new("MA0130100").unwrap().state(), "MA");
        assert_eq!(AgencyId::new("MA01301"), Err(AgencyIdError::Length));
        assert_eq!(AgencyId::new("MA01301000"), Err(AgencyIdError::Length));
        assert_eq!(AgencyId::new("ma0130100"), Err(AgencyIdError::Character));
        assert_eq!(AgencyId::new("MA01301é"), Err(AgencyIdError::Character));
        assert_eq!(AgencyId::new("XX0130100"), Err(AgencyIdError::State));
        assert_eq!(AgencyId::new("130100000"), Err(AgencyIdError::State));
    }

    #[test]
    fn offences_are_the_current_nibrs_codes() {
        let count = |group| Offence::all().filter(|offence| offence.group() == group).count();
        assert_eq!((count(OffenceGroup::A), count(OffenceGroup::B)), (71, 10));
        assert!(Offence::all().zip(Offence::all().skip(1)).all(|(one, next)| one.code() < next.code()));
        for offence in Offence::all() {
            assert_eq!(Offence::new(offence.code()), Ok(offence));
            assert_eq!(offence.group() == OffenceGroup::B, offence.code().starts_with("90"));
            assert_eq!(offence.is_catch_all(), offence.code() == "90Z");
            assert!(Name::new(offence.name()).is_ok());
        }
        assert_eq!(Offence::new("220").unwrap().name(), "Burglary/Breaking and Entering");
        for retired in ["90A", "90E", "90H", "90I"] {
            assert_eq!(Offence::new(retired), Err(OffenceError::Retired(retired)));
        }
        for unknown in ["", "13a", "13", "13AA", "000", "999", "90Y"] {
            assert_eq!(Offence::new(unknown), Err(OffenceError::Unknown));
        }
        assert_eq!(format!("{:?} {0}", Offence::new("13A").unwrap()), "Offence(13A) 13A");
    }
}

mod positions {
    use super::*;

    #[test]
    fn are_rounded_to_seven_decimals() {
        let position = at(-71.058_912_34, 42.36);
        assert_eq!((position.longitude_e7(), position.latitude_e7()), (-710_589_123, 423_600_000));
        assert_eq!(format!("{position:?}"), "Position(-71.0589123, 42.36)");
        assert_eq!(at(-180., -90.), Position::from_e7(-1_800_000_000, -900_000_000).unwrap());
    }

    #[test]
    fn have_limits() {
        for (longitude, latitude) in
            [(180.000_000_01, 0.), (0., 90.1), (f64::NAN, 0.), (0., f64::NAN), (f64::INFINITY, 0.)]
        {
            assert_eq!(Position::from_degrees(longitude, latitude), Err(AreaError::Coordinate));
        }
        assert_eq!(Position::from_e7(1_800_000_001, 0), Err(AreaError::Coordinate));
        assert_eq!(Position::from_e7(0, i32::MIN), Err(AreaError::Coordinate));
    }
}

mod validity {
    use super::*;

    #[test]
    fn rings_are_closed_and_whole() {
        assert_eq!(Area::new(vec![]), Err(AreaError::Empty));
        assert_eq!(Area::new(vec![Polygon::default()]), Err(AreaError::TooFewPositions(place(0, 0, 0))));
        assert_eq!(area(&[(0., 0.), (1., 0.)], &[]), Err(AreaError::TooFewPositions(place(0, 0, 2))));
        let open = Polygon { exterior: Ring(SQUARE.iter().map(|&(x, y)| at(x, y)).collect()), holes: vec![] };
        assert_eq!(Area::new(vec![open]), Err(AreaError::NotClosed(place(0, 0, 3))));
        let repeated = area(&[(0., 0.), (1., 0.), (1., 0.), (1., 1.)], &[]);
        assert_eq!(repeated, Err(AreaError::Repeated(place(0, 0, 2))));
        assert_eq!(area(SQUARE, &[HOLE, &[]]), Err(AreaError::TooFewPositions(place(0, 2, 0))));
    }

    #[test]
    fn rings_do_not_cross_themselves() {
        let crossing = |corners| match area(corners, &[]) {
            Err(AreaError::Crossing(one, other)) => (one.position, other.position),
            other => panic!("{other:?}"),
        };
        // A bow-tie; a spike; a ring that comes back to one of its vertices, to one of its edges; one without a size.
        assert_eq!(crossing(&[(0., 0.), (1., 1.), (1., 0.), (0., 1.)]), (0, 2));
        assert_eq!(crossing(&[(0., 0.), (2., 0.), (1., 0.), (1., 1.)]), (0, 1));
        assert_eq!(crossing(&[(0., 0.), (1., 0.), (2., 1.), (3., 0.), (2., 1.), (0., 2.)]), (1, 3));
        assert_eq!(crossing(&[(0., 0.), (4., 0.), (4., 4.), (2., 0.), (0., 4.)]), (0, 2));
        assert_eq!(crossing(&[(0., 0.), (1., 1.), (2., 2.)]), (0, 2));
        assert_eq!(crossing(&[(0., 0.), (2., 2.), (1., 1.)]), (0, 1));
    }

    #[test]
    fn a_vertex_in_a_straight_line_is_no_fault() {
        assert_eq!(area(&[(0., 0.), (1., 0.), (2., 0.), (2., 2.), (0., 2.)], &[]).unwrap().vertices(), 5);
    }

    #[test]
    fn the_right_hand_rule_is_kept() {
        let reversed: Vec<_> = SQUARE.iter().rev().copied().collect();
        assert_eq!(area(&reversed, &[]), Err(AreaError::Winding(place(0, 0, 0))));
        let reversed: Vec<_> = HOLE.iter().rev().copied().collect();
        assert_eq!(area(SQUARE, &[&reversed]), Err(AreaError::Winding(place(0, 1, 0))));
        assert!(ring(SQUARE).is_counterclockwise() && !ring(HOLE).is_counterclockwise());
    }

    #[test]
    fn holes_lie_in_their_exterior_one_beside_the_other() {
        assert!(area(SQUARE, &[HOLE]).is_ok());
        let outside: &[_] = &[(14., 4.), (14., 6.), (16., 6.), (16., 4.)];
        assert_eq!(area(SQUARE, &[HOLE, outside]), Err(AreaError::HoleOutside(place(0, 2, 0))));
        let around: &[_] = &[(-1., -1.), (-1., 11.), (11., 11.), (11., -1.)];
        assert_eq!(area(SQUARE, &[around]), Err(AreaError::HoleOutside(place(0, 1, 0))));
        let inner: &[_] = &[(4.5, 4.5), (4.5, 5.5), (5.5, 5.5)];
        assert_eq!(area(SQUARE, &[HOLE, inner]), Err(AreaError::HoleInHole(place(0, 2, 0))));
        assert_eq!(area(SQUARE, &[inner, HOLE]), Err(AreaError::HoleInHole(place(0, 1, 0))));
        let over_the_edge: &[_] = &[(9., 4.), (9., 6.), (11., 6.), (11., 4.)];
        assert!(matches!(area(SQUARE, &[over_the_edge]), Err(AreaError::Crossing(..))));
        let touching: &[_] = &[(8., 4.), (8., 6.), (10., 5.)];
        assert!(matches!(area(SQUARE, &[touching]), Err(AreaError::Crossing(..))));
        assert!(matches!(area(SQUARE, &[HOLE, HOLE]), Err(AreaError::Crossing(..))));
    }

    #[test]
    fn polygons_lie_apart() {
        let pair = |second: &[(f64, f64)]| Area::new(vec![polygon(SQUARE, &[HOLE]), polygon(second, &[])]);
        assert!(pair(&[(20., 0.), (30., 0.), (30., 10.)]).is_ok());
        // An island in a lake.
        let island = pair(&[(4.5, 4.5), (5.5, 4.5), (5.5, 5.5)]).unwrap();
        assert!(island.contains(at(5.4, 5.)) && !island.contains(at(4.2, 5.)) && island.contains(at(3.9, 5.)));
        assert_eq!(pair(&[(1., 1.), (2., 1.), (2., 2.)]), Err(AreaError::Overlap(place(1, 0, 0))));
        let around = pair(&[(-1., -1.), (11., -1.), (11., 11.), (-1., 11.)]);
        assert_eq!(around, Err(AreaError::Overlap(place(0, 0, 0))));
        for meeting in [
            [(9., 0.), (19., 0.), (19., 10.)],
            [(10., 0.), (20., 0.), (20., 10.)],
            [(10., 10.), (20., 10.), (20., 20.)],
        ] {
            assert!(matches!(pair(&meeting), Err(AreaError::Crossing(..))));
        }
        assert!(matches!(pair(SQUARE), Err(AreaError::Crossing(..))));
    }

    #[test]
    fn an_area_has_at_most_256_vertices() {
        let parabola = |n: i32| {
            let corners = (0..n).map(|i| Position::from_e7(i * 100, i * i).unwrap());
            Ring(corners.chain([Position::default()]).collect())
        };
        let full = Polygon { exterior: parabola(256), holes: vec![] };
        assert_eq!(Area::new(vec![full.clone()]).unwrap().vertices(), 256);
        let over = Polygon { exterior: parabola(257), holes: vec![] };
        assert_eq!(Area::new(vec![over]), Err(AreaError::TooManyVertices));
        let two = vec![full, polygon(&[(20., 0.), (30., 0.), (30., 10.)], &[])];
        assert_eq!(Area::new(two), Err(AreaError::TooManyVertices));
    }

    #[test]
    fn the_antimeridian_is_a_cut() {
        let long = area(&[(-170., 0.), (170., 0.), (170., 10.), (-170., 10.)], &[]);
        assert_eq!(long, Err(AreaError::LongEdge(place(0, 0, 0))));
        let cut = Area::new(vec![
            polygon(&[(170., 0.), (180., 0.), (180., 10.), (170., 10.)], &[]),
            polygon(&[(-180., 0.), (-170., 0.), (-170., 10.), (-180., 10.)], &[]),
        ])
        .unwrap();
        assert!(cut.contains(at(180., 5.)) && cut.contains(at(-180., 5.)) && cut.contains(at(-175., 5.)));
        assert!(!cut.contains(at(0., 5.)) && !cut.contains(at(169., 5.)));
        assert_eq!(cut.bounds(), (at(-180., 0.), at(180., 10.)));
        let same = rectangle(0., 0., 20., 10.).square_meters();
        assert!(cut.square_meters().0.abs_diff(same.0) <= 1);
        let small = Area::new(vec![
            polygon(&[(179., 1.), (180., 1.), (180., 2.), (179., 2.)], &[]),
            polygon(&[(-180., 1.), (-179., 1.), (-179., 2.), (-180., 2.)], &[]),
        ]);
        assert!(small.unwrap().within(&cut));
    }
}

mod sizes {
    use super::*;

    /// A ring's size by GeographicLib, whose edges are geodesics.
    fn geodesic(corners: &[(f64, f64)]) -> f64 {
        let ellipsoid = Geodesic::wgs84();
        let mut polygon = PolygonArea::new(&ellipsoid, Winding::CounterClockwise);
        for &(longitude, latitude) in corners {
            polygon.add_point(latitude, longitude);
        }
        polygon.compute(true).1
    }

    /// Each edge in pieces so short that geodesic and straight line are the same.
    fn dense(corners: &[(f64, f64)], pieces: u32) -> Vec<(f64, f64)> {
        let next = corners.iter().cycle().skip(1);
        let edges = corners.iter().zip(next);
        edges
            .flat_map(|(a, b)| {
                (0..pieces).map(move |i| {
                    let t = f64::from(i) / f64::from(pieces);
                    (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
                })
            })
            .collect()
    }

    fn assert_close(corners: &[(f64, f64)], expected: f64, tolerance: f64) {
        let found = area(corners, &[]).unwrap().square_meters().0 as f64;
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    #[test]
    fn agree_with_geographiclib() {
        let cases: [&[(f64, f64)]; 5] = [
            &[(0., 0.), (1., 0.), (1., 1.), (0., 1.)],
            &[(-71.1, 42.3), (-71.0, 42.31), (-71.02, 42.4), (-71.12, 42.38)],
            &[(10., -60.), (11., -59.), (10.5, -58.)],
            &[(-150., 64.), (-148., 64.), (-149., 66.)],
            // Edges over many degrees of latitude.
            &[(0., -7.), (30., 10.), (10., 50.)],
        ];
        for corners in cases {
            let expected = geodesic(&dense(corners, 20_000));
            assert_close(corners, expected, 1.0 + expected * 1e-9);
        }
    }

    #[test]
    fn a_square_of_500_metres_is_a_quarter_of_a_square_kilometre() {
        // 500 m at 42.36 degrees north, by the radii of curvature there.
        let e2 = 0.006_694_379_990_14;
        let w = 1. - e2 * 42.36_f64.to_radians().sin().powi(2);
        let east_west = 6_378_137. / w.sqrt() * 42.36_f64.to_radians().cos();
        let north_south = 6_378_137. * (1. - e2) / w.powf(1.5);
        let (half_x, half_y) = ((250. / east_west).to_degrees(), (250. / north_south).to_degrees());
        let corners = [
            (-71.06 - half_x, 42.36 - half_y),
            (-71.06 + half_x, 42.36 - half_y),
            (-71.06 + half_x, 42.36 + half_y),
            (-71.06 - half_x, 42.36 + half_y),
        ];
        assert_close(&corners, 250_000., 10.);
        assert_close(&corners, geodesic(&corners), 10.);
    }

    #[test]
    fn half_the_earth_with_both_poles() {
        // GeographicLib: 510 065 621 724 088 m² for all of WGS84.
        let half = rectangle(-90., -90., 90., 90.).square_meters();
        assert!(half.0.abs_diff(255_032_810_862_044) < 1000, "{half}");
    }

    #[test]
    fn holes_and_polygons_add_up() {
        let size = |area: Area| area.square_meters().0;
        let whole = size(area(SQUARE, &[HOLE]).unwrap());
        assert!((whole + size(rectangle(4., 4., 6., 6.))).abs_diff(size(area(SQUARE, &[]).unwrap())) <= 1);
        let two =
            Area::new(vec![polygon(SQUARE, &[HOLE]), polygon(&[(20., 0.), (30., 0.), (30., 10.), (20., 10.)], &[])]);
        assert!(size(two.unwrap()).abs_diff(whole + size(rectangle(20., 0., 30., 10.))) <= 1);
    }

    #[test]
    fn long_edges_do_not_make_an_area_seem_small() {
        // The upper boundary follows the geodesic between the ends of the lower edge: to a geodesic measure there is
        // next to nothing between them.
        let ellipsoid = Geodesic::wgs84();
        let (west, east) = ((40., -105.), (40., -104.));
        let mut corners = vec![(west.1, west.0), (east.1, east.0)];
        let line = {
            use geographiclib_rs::InverseGeodesic;
            let (length, azimuth, _, _): (f64, f64, f64, f64) = ellipsoid.inverse(west.0, west.1, east.0, east.1);
            move |t: f64| -> (f64, f64) {
                geographiclib_rs::DirectGeodesic::direct(&Geodesic::wgs84(), west.0, west.1, azimuth, t * length)
            }
        };
        corners.extend(
            (1..100).rev().map(|i| line(f64::from(i) / 100.)).map(|(latitude, longitude)| (longitude, latitude)),
        );
        assert!(geodesic(&corners) < 10_000., "{}", geodesic(&corners));
        let honest = area(&corners, &[]).unwrap().square_meters();
        assert!(honest > SquareMeters(SquareMeters::SQUARE_MILE.0), "{honest}");
    }

    #[test]
    fn square_miles() {
        assert_eq!(SquareMeters::SQUARE_MILE, SquareMeters(2_589_988));
        assert_eq!(SquareMeters(64_750).to_string(), "64750 m²");
    }
}

mod inside {
    use super::*;

    #[test]
    fn the_boundary_is_inside() {
        let area = area(SQUARE, &[HOLE]).unwrap();
        for (x, y) in
            [(0., 0.), (10., 10.), (5., 0.), (0., 5.), (5., 4.), (4., 4.), (6., 5.), (1., 4.), (7., 6.), (3., 10.)]
        {
            assert!(area.contains(at(x, y)), "{x} {y}");
        }
        let e7 = |x, y| Position::from_e7(x, y).unwrap();
        for outside in
            [at(5., 5.), at(11., 4.), at(-1., 6.), e7(-1, 0), e7(100_000_001, 50), e7(40_000_001, 40_000_001)]
        {
            assert!(!area.contains(outside), "{outside:?}");
        }
    }

    #[test]
    fn a_slanted_edge_is_exact() {
        let e7 = |x, y| Position::from_e7(x, y).unwrap();
        let corners = [e7(0, 0), e7(1_800_000_000, 600_000_000), e7(0, 600_000_000), e7(0, 0)];
        let area = Area::new(vec![Polygon { exterior: Ring(corners.to_vec()), holes: vec![] }]).unwrap();
        assert!(area.contains(e7(900_000_000, 300_000_000)));
        assert!(area.contains(e7(899_999_999, 300_000_000)));
        assert!(!area.contains(e7(900_000_001, 300_000_000)));
        assert!(!area.contains(e7(900_000_000, 299_999_999)));
    }

    #[test]
    fn within_a_jurisdiction() {
        let plain = area(SQUARE, &[]).unwrap();
        assert!(plain.within(&plain));
        assert!(rectangle(1., 1., 2., 2.).within(&plain));
        // Shared edges, a shared corner.
        assert!(rectangle(0., 0., 5., 5.).within(&plain));
        assert!(rectangle(0., 2., 10., 8.).within(&plain));
        // Beside it, over its edge, around it, across it.
        for other in
            [(10., 0., 12., 10.), (9., 9., 11., 11.), (-1., -1., 11., 11.), (-1., 4., 11., 6.), (20., 0., 30., 10.)]
        {
            assert!(!rectangle(other.0, other.1, other.2, other.3).within(&plain), "{other:?}");
        }
        assert!(!plain.within(&rectangle(0., 2., 10., 8.)));
    }

    #[test]
    fn a_hole_in_the_jurisdiction_is_not_part_of_it() {
        let holed = area(SQUARE, &[HOLE]).unwrap();
        assert!(holed.within(&holed) && holed.within(&area(SQUARE, &[]).unwrap()));
        assert!(!area(SQUARE, &[]).unwrap().within(&holed));
        // Around the hole, exactly the hole, in the hole, a part of it, across it, beside it.
        assert!(!rectangle(3., 3., 7., 7.).within(&holed));
        assert!(!rectangle(4., 4., 6., 6.).within(&holed));
        assert!(!rectangle(4.5, 4.5, 5.5, 5.5).within(&holed));
        assert!(!rectangle(4., 4., 5., 6.).within(&holed));
        assert!(!rectangle(3., 4., 7., 6.).within(&holed));
        assert!(rectangle(2., 4., 4., 6.).within(&holed));
        // The same hole, a larger and a smaller one, one that shares edges.
        let with_hole = |hole| area(&[(3., 3.), (7., 3.), (7., 7.), (3., 7.)], &[hole]).unwrap();
        assert!(with_hole(HOLE).within(&holed));
        assert!(with_hole(&[(3.5, 3.5), (3.5, 6.5), (6.5, 6.5), (6.5, 3.5)]).within(&holed));
        assert!(!with_hole(&[(4.5, 4.5), (4.5, 5.5), (5.5, 5.5), (5.5, 4.5)]).within(&holed));
        assert!(with_hole(&[(4., 3.5), (4., 6.), (6., 6.), (6., 3.5)]).within(&holed));
        assert!(!with_hole(&[(4., 4.5), (4., 6.), (6., 6.), (6., 4.5)]).within(&holed));
        // An island in the hole fills it in part.
        let island = polygon(&[(4.5, 4.5), (5.5, 4.5), (5.5, 5.5), (4.5, 5.5)], &[]);
        let holed = Area::new(vec![polygon(SQUARE, &[HOLE]), island.clone()]).unwrap();
        assert!(rectangle(4.5, 4.5, 5.5, 5.5).within(&holed));
        assert!(!rectangle(3., 3., 7., 7.).within(&holed));
        assert!(Area::new(vec![island]).unwrap().within(&holed) && holed.within(&holed));
    }

    #[test]
    fn a_bay_is_not_part_of_the_jurisdiction() {
        let bay =
            area(&[(0., 0.), (10., 0.), (10., 10.), (6., 10.), (6., 4.), (4., 4.), (4., 10.), (0., 10.)], &[]).unwrap();
        for outside in [(4., 4., 6., 10.), (4., 5., 6., 9.), (0., 0., 10., 10.), (3., 6., 7., 8.), (4., 4., 5., 5.)] {
            assert!(!rectangle(outside.0, outside.1, outside.2, outside.3).within(&bay), "{outside:?}");
        }
        assert!(rectangle(0., 0., 10., 4.).within(&bay) && rectangle(0., 0., 4., 10.).within(&bay));
        // Corners and edges are all inside, and yet the diagonal crosses the bay from vertex to vertex.
        assert!(!area(&[(0., 10.), (4., 4.), (6., 10.)], &[]).unwrap().within(&bay));
        assert!(area(&[(4., 4.), (6., 4.), (10., 10.)].map(|(x, y)| (x, y - 4.)), &[]).unwrap().within(&bay));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        /// Coarse coordinates, so that boundaries often touch and run together.
        #[test]
        fn nothing_within_lies_outside(inner in radii(), outer in radii()) {
            let (inner, outer) = (star(inner), star(outer));
            let mut points = (-40..=40).flat_map(|x| (-40..=40).map(move |y| (x * 100 + 3, y * 100 + 1)));
            let lies_outside = |(x, y)| {
                let point = Position::from_e7(x, y).unwrap();
                inner.contains(point) && !outer.contains(point)
            };
            prop_assert!(!inner.within(&outer) || !points.any(lies_outside));
        }

        #[test]
        fn what_lies_nearer_is_within(outer in radii(), smaller in radii()) {
            let inner = core::array::from_fn(|i| outer[i].min(smaller[i]));
            prop_assert!(star(inner).within(&star(outer)));
            prop_assert_eq!(star(outer).within(&star(inner)), inner == outer);
            // As a hole, it leaves nothing of itself.
            let hole = inner.map(|radius| radius * 2 - 1);
            let mut polygon = star(outer.map(|radius| radius * 2)).polygons()[0].clone();
            let mut ring = star(hole).polygons()[0].exterior.clone();
            ring.0.reverse();
            polygon.holes.push(ring);
            let holed = Area::new(vec![polygon]).unwrap();
            prop_assert!(holed.within(&star(outer.map(|radius| radius * 2))));
            prop_assert!(!star(hole).within(&holed));
            prop_assert!(!star(outer.map(|radius| radius * 2)).within(&holed));
        }
    }

    fn radii() -> impl Strategy<Value = [i32; 8]> {
        [1..=4i32, 1..=4, 1..=4, 1..=4, 1..=4, 1..=4, 1..=4, 1..=4]
    }

    /// A polygon around the origin, with a corner in each of eight directions.
    fn star(radii: [i32; 8]) -> Area {
        let directions = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)];
        let corners =
            radii.iter().zip(directions).map(|(r, (x, y))| Position::from_e7(x * r * 500, y * r * 500).unwrap());
        let mut ring: Vec<_> = corners.collect();
        ring.push(ring[0]);
        Area::new(vec![Polygon { exterior: Ring(ring), holes: vec![] }]).unwrap()
    }

    #[test]
    fn a_million_cameras_are_quick() {
        let area = area(SQUARE, &[HOLE]).unwrap();
        let start = std::time::Instant::now();
        let found =
            (0..1_000_000).filter(|i| area.contains(Position::from_e7(i * 1700 - 850_000_000, 50).unwrap())).count();
        assert!(found > 50_000);
        assert!(start.elapsed().as_secs() < 5);
    }
}

mod json {
    use super::*;
    use serde_json::{from_str, json, to_string};

    fn refusal(text: &str) -> String {
        from_str::<Area>(text).unwrap_err().to_string()
    }

    #[test]
    fn names_and_codes_are_texts() {
        assert_eq!(to_string(&Name::new("A \"B\"").unwrap()).unwrap(), r#""A \"B\"""#);
        assert_eq!(from_str::<Name>(r#""A \"B\"""#).unwrap().as_str(), "A \"B\"");
        assert!(from_str::<Name>(r#""a\u0000""#).is_err() && from_str::<Name>("7").is_err());
        assert_eq!(from_str::<AgencyId>(r#""MA0130100""#).unwrap().as_str(), "MA0130100");
        assert_eq!(to_string(&from_str::<Offence>(r#""90Z""#).unwrap()).unwrap(), r#""90Z""#);
        assert!(from_str::<Offence>(r#""90A""#).unwrap_err().to_string().contains("retired"));
        assert_eq!(to_string(&SquareMeters(5)).unwrap(), "5");
    }

    #[test]
    fn a_polygon_is_geojson() {
        let area = area(SQUARE, &[HOLE]).unwrap();
        let expected = json!({"type": "Polygon", "coordinates": [
            [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0], [0.0, 0.0]],
            [[4.0, 4.0], [4.0, 6.0], [6.0, 6.0], [6.0, 4.0], [4.0, 4.0]]]});
        assert_eq!(serde_json::to_value(&area).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Area>(expected).unwrap(), area);
        let two = Area::new(vec![polygon(SQUARE, &[HOLE]), polygon(&[(20., 0.), (30., 0.), (30., 10.)], &[])]).unwrap();
        let text = to_string(&two).unwrap();
        assert!(text.starts_with(r#"{"type":"MultiPolygon","coordinates":[[[["#), "{text}");
        assert_eq!(from_str::<Area>(&text).unwrap(), two);
    }

    #[test]
    fn members_come_in_any_order_and_numbers_in_any_form() {
        let text =
            r#"{"coordinates": [[[0, 0], [1e-1, 0], [0.10000000, 0.1], [-0.0, 1.0E-1], [0, 0]]], "type": "Polygon"}"#;
        assert_eq!(from_str::<Area>(text).unwrap(), rectangle(0., 0., 0.1, 0.1));
        let text = r#"{"type":"Polygon","coordinates":[[[0,0],[1.123456789012,0],[1.12345681,1],[0,1],[0,0]]]}"#;
        assert_eq!(from_str::<Area>(text).unwrap().bounds().1, at(1.123_456_8, 1.));
    }

    #[test]
    fn rings_are_turned() {
        let text = r#"{"type":"Polygon","coordinates":[[[0,0],[0,10],[10,10],[10,0],[0,0]],
            [[4,4],[6,4],[6,6],[4,6],[4,4]]]}"#;
        let area = from_str::<Area>(text).unwrap();
        assert_eq!(area.vertices(), 8);
        assert!(area.polygons().iter().all(|polygon| polygon.exterior.is_counterclockwise()));
    }

    #[test]
    fn what_is_no_area_is_refused() {
        let polygon = |ring: &str| refusal(&format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#));
        assert!(polygon("[[0,0],[1,1],[1,0],[0,1],[0,0]]").contains("meet"));
        assert!(polygon("[[0,0],[1,0],[1,1],[0,1]]").contains("end where it begins"));
        assert!(polygon("[[0,0,5],[1,0,5],[1,1,5],[0,0,5]]").contains("altitude"));
        assert!(polygon("[[0],[1,0],[1,1],[0,0]]").contains("position"));
        assert!(polygon("[[0,0],[1,\"0\"],[1,1],[0,0]]").contains("number"));
        assert!(polygon("[[0,0],[1,null],[1,1],[0,0]]").contains("number"));
        assert!(polygon("[[0,0],[1e400,0],[1,1],[0,0]]").contains("out of range"));
        assert!(polygon("[[0,0],[1,91],[1,1],[0,0]]").contains("latitude"));
        assert!(polygon("[[0,0],[18446744073709551615,9],[1,1],[0,0]]").contains("longitude"));
        assert!(polygon("").contains("exterior"));
        assert!(polygon("[]").contains("at least four"));
        assert!(polygon("7").contains("nested"));
        assert!(polygon("[[[[[[0]]]]]]").contains("deep"));
        let square = "[[[0,0],[1,0],[1,1],[0,0]]]";
        for (text, reason) in [
            (format!(r#"{{"type":"Point","coordinates":{square}}}"#), "unknown variant"),
            (format!(r#"{{"type":"MultiPolygon","coordinates":{square}}}"#), "nested"),
            (format!(r#"{{"type":"Polygon","coordinates":[{square}]}}"#), "position"),
            (format!(r#"{{"type":"Polygon","coordinates":{square},"bbox":[0,0,1,1]}}"#), "unknown field"),
            (format!(r#"{{"type":"Polygon","type":"Polygon","coordinates":{square}}}"#), "duplicate"),
            (format!(r#"{{"coordinates":{square}}}"#), "missing field"),
            (r#"{"type":"Polygon"}"#.to_owned(), "missing field"),
            (r#"{"type":"MultiPolygon","coordinates":[]}"#.to_owned(), "needs a polygon"),
            ("[]".to_owned(), "GeoJSON"),
            ("null".to_owned(), "GeoJSON"),
        ] {
            assert!(refusal(&text).contains(reason), "{text}: {}", refusal(&text));
        }
    }

    /// A list that never ends is given up at the limit, not at its end: what follows the limit is not even JSON.
    #[test]
    fn nothing_is_read_beyond_the_limit() {
        for endless in ["[0,0],", "[],", "0,", "[[0,0]],"] {
            for before in ["[", "[["] {
                let text = format!(r#"{{"coordinates":{before}{}!"#, endless.repeat(2000));
                assert!(refusal(&text).contains("256 vertices"), "{endless} {before}: {}", refusal(&text));
            }
        }
        let nested = format!(r#"{{"coordinates":{}"#, "[".repeat(100_000));
        assert!(refusal(&nested).contains("deep"));
    }

    #[test]
    fn a_position_is_two_numbers() {
        assert_eq!(to_string(&at(-71.058_912_3, 42.)).unwrap(), "[-71.0589123,42.0]");
        assert_eq!(from_str::<Position>("[-71.0589123, 42]").unwrap(), at(-71.058_912_3, 42.));
        for bad in ["[1]", "[1,2,3]", "[1,2,3,4]", "[[1,2]]", "1", "[91,91]", "{}", r#"["1",2]"#] {
            assert!(from_str::<Position>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_position_survives(longitude in -1_800_000_000..=1_800_000_000i32, latitude in -900_000_000..=900_000_000i32) {
            let position = Position::from_e7(longitude, latitude).unwrap();
            prop_assert_eq!(Position::from_degrees(position.longitude(), position.latitude()), Ok(position));
            let text = to_string(&position).unwrap();
            prop_assert_eq!(from_str::<Position>(&text).unwrap(), position);
            prop_assert!(text.split(['[', ',', ']']).all(|n| n.contains('e') || n.split('.').nth(1).is_none_or(|d| d.len() <= 7)));
        }
    }
}
