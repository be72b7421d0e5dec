//! Areas: from CBOR, from GeoJSON, and from bare numbers. What is accepted keeps its promises, by a second opinion that
//! looks at every pair of edges; and which vertex comes first is free.

use footage::cbor::limits;
use footage::record::{Area, Polygon, Position, Ring};

use super::memory::bounded;
use super::recipe::Recipe;

/// One byte says what the others are.
pub fn area(data: &[u8]) {
    let Some((&form, bytes)) = data.split_first() else { return };
    match form % 4 {
        0 => {
            if let Ok(area) = bounded(bytes.len(), || serde_json::from_slice::<Area>(bytes)) {
                sound(&area);
            }
        }
        // Positions by themselves, as apps hand those of their cameras over.
        1 => {
            if let Ok(position) = bounded(bytes.len(), || serde_json::from_slice::<Position>(bytes)) {
                let text = serde_json::to_string(&position).unwrap();
                assert_eq!(serde_json::from_str::<Position>(&text).unwrap(), position);
            }
        }
        2 => drawn(Recipe(bytes), |recipe| {
            let (longitude, latitude) = (recipe.array::<4>(), recipe.array::<4>());
            Position::from_e7(i32::from_le_bytes(longitude), i32::from_le_bytes(latitude)).ok()
        }),
        _ => drawn(Recipe(bytes), |recipe| {
            let [x, y] = recipe.array::<2>().map(|byte| i32::from(byte.cast_signed()) * 1_000);
            Position::from_e7(x, y).ok()
        }),
    }
}

/// Two areas out of bare numbers: how many polygons, of how many rings, of how many vertices.
fn drawn(mut recipe: Recipe<'_>, vertex: impl Fn(&mut Recipe<'_>) -> Option<Position>) {
    let mut polygons = || {
        let count = recipe.byte() % 3;
        let mut ring = || {
            let count = usize::from(recipe.byte()) % 12;
            let mut ring: Vec<_> = (0..count).filter_map(|_| vertex(&mut recipe)).collect();
            ring.extend(ring.first().copied());
            (Ring(ring), recipe.byte())
        };
        let mut polygons = Vec::new();
        for _ in 0..=count {
            let (exterior, holes) = ring();
            let holes = (0..holes % 3).map(|_| ring().0).collect();
            polygons.push(Polygon { exterior, holes });
        }
        polygons
    };
    let areas = [polygons(), polygons()].map(|polygons| {
        let area = Area::new(polygons.clone());
        if let [Polygon { exterior, holes }] = polygons.as_slice()
            && holes.is_empty()
        {
            assert_eq!(area.is_ok(), is_simple(exterior), "{exterior:?}");
        }
        if let Ok(area) = &area {
            sound(area);
        }
        area
    });
    if let [Ok(one), Ok(two)] = areas {
        related(&one, &two);
        related(&two, &one);
        assert_eq!(one.meets(&two), two.meets(&one));
        if one.within(&two) && two.within(&one) {
            assert_eq!(one.square_meters(), two.square_meters());
        }
    }
}

fn related(one: &Area, two: &Area) {
    let corner = |p: Position, q: Position| (p.longitude_e7() <= q.longitude_e7(), p.latitude_e7() <= q.latitude_e7());
    if one.within(two) {
        assert!(one.meets(two));
        // Half a square metre of rounding each.
        assert!(one.square_meters().0 <= two.square_meters().0 + 1);
        let ((low, high), (south_west, north_east)) = (one.bounds(), two.bounds());
        assert!(corner(south_west, low) == (true, true) && corner(high, north_east) == (true, true));
        assert!(vertices(one).all(|vertex| two.contains(vertex)));
    }
    if vertices(one).any(|vertex| two.contains(vertex)) {
        assert!(one.meets(two));
    }
}

fn vertices(area: &Area) -> impl Iterator<Item = Position> {
    area.polygons().iter().flat_map(Polygon::rings).flat_map(|ring| &ring.0).copied()
}

/// What holds of every area.
fn sound(area: &Area) {
    assert!((3..=limits::AREA_VERTICES).contains(&area.vertices()));
    assert!(area.within(area) && area.meets(area) && vertices(area).all(|vertex| area.contains(vertex)));
    assert_eq!(Area::new(area.polygons().to_vec()).as_ref(), Ok(area));
    let text = serde_json::to_string(area).unwrap();
    assert_eq!(serde_json::from_str::<Area>(&text).unwrap(), *area);
    for polygon in area.polygons() {
        assert!(is_simple(&polygon.exterior));
        assert!(polygon.holes.iter().all(|hole| is_simple(&reversed(hole))));
    }
    // Each ring begun one vertex later, and the polygons in another order.
    let turned = area.polygons().iter().rev().map(|polygon| Polygon {
        exterior: turned(&polygon.exterior),
        holes: polygon.holes.iter().rev().map(turned).collect(),
    });
    let turned = Area::new(turned.collect()).unwrap();
    assert!(turned.within(area) && area.within(&turned));
    assert!(turned.square_meters().0.abs_diff(area.square_meters().0) <= 1);
    // Each run the other way round.
    let other_way = area.polygons().iter().map(|polygon| Polygon {
        exterior: reversed(&polygon.exterior),
        holes: polygon.holes.iter().map(reversed).collect(),
    });
    assert!(Area::new(other_way.collect()).is_err());
}

fn turned(ring: &Ring) -> Ring {
    let mut positions = ring.0[1..].to_vec();
    positions.push(ring.0[1]);
    Ring(positions)
}

fn reversed(ring: &Ring) -> Ring {
    Ring(ring.0.iter().rev().copied().collect())
}

type Point = (i128, i128);

/// Whether a ring is closed, counterclockwise, and touches itself nowhere: pair by pair of edges.
fn is_simple(ring: &Ring) -> bool {
    let points: Vec<Point> =
        ring.0.iter().map(|p| (i128::from(p.longitude_e7()), i128::from(p.latitude_e7()))).collect();
    let edges: Vec<_> = points.windows(2).map(|ends| (ends[0], ends[1])).collect();
    let count = edges.len();
    if !(3..=limits::AREA_VERTICES).contains(&count) || points.first() != points.last() {
        return false;
    }
    let short = |(from, to): &(Point, Point)| from != to && (from.0 - to.0).abs() <= 1_800_000_000;
    if !edges.iter().all(short) {
        return false;
    }
    for (n, &one) in edges.iter().enumerate() {
        for (m, &other) in edges.iter().enumerate().skip(n + 1) {
            let next = m == n + 1;
            let before = n == 0 && m == count - 1;
            let clash = match (next, before) {
                (true, _) => folds(one.0, one.1, other.1),
                (_, true) => folds(other.0, other.1, one.1),
                _ => meet(one, other),
            };
            if clash {
                return false;
            }
        }
    }
    points.windows(2).map(|p| p[0].0 * p[1].1 - p[1].0 * p[0].1).sum::<i128>() > 0
}

/// On which side of the line from `a` to `b` the point lies.
fn side(a: Point, b: Point, c: Point) -> i128 {
    ((b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)).signum()
}

/// Whether the way from `a` to `b` and on to `c` goes back over itself.
fn folds(a: Point, b: Point, c: Point) -> bool {
    side(a, b, c) == 0 && (b.0 - a.0) * (c.0 - b.0) + (b.1 - a.1) * (c.1 - b.1) < 0
}

fn meet((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let on = |a: Point, b: Point, p: Point| {
        side(a, b, p) == 0
            && (a.0.min(b.0)..=a.0.max(b.0)).contains(&p.0)
            && (a.1.min(b.1)..=a.1.max(b.1)).contains(&p.1)
    };
    let crosses = side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
    crosses || on(a, b, c) || on(a, b, d) || on(c, d, a) || on(c, d, b)
}
