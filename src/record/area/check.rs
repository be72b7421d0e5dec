//! What makes polygons an area.

use alloc::vec::Vec;

use crate::cbor::limits;

use super::geometry::{Edge, Location, locate};
use super::{AreaError, Place, Polygon, Ring};

/// An edge of a ring, and where it begins.
#[derive(Clone, Copy)]
struct Placed {
    edge: Edge,
    place: Place,
    /// How many edges its ring has.
    of: usize,
}

impl Placed {
    /// Whether the other edge begins where this one ends.
    fn leads_to(self, other: Self) -> bool {
        (self.place.polygon, self.place.ring) == (other.place.polygon, other.place.ring)
            && (self.place.position + 1) % self.of == other.place.position
    }

    fn clashes_with(self, other: Self) -> bool {
        match (self.leads_to(other), other.leads_to(self)) {
            (false, false) => self.edge.meets(other.edge),
            (true, _) => self.edge.folds_into(other.edge),
            (false, true) => other.edge.folds_into(self.edge),
        }
    }
}

/// Checks everything that [`Area`](super::Area) promises, in an order that keeps the work small: sizes first.
pub(super) fn check(polygons: &[Polygon]) -> Result<(), AreaError> {
    if polygons.is_empty() {
        return Err(AreaError::Empty);
    }
    let vertices = polygons.iter().flat_map(Polygon::rings).map(|ring| ring.0.len().saturating_sub(1));
    if vertices.fold(0, usize::saturating_add) > limits::AREA_VERTICES {
        return Err(AreaError::TooManyVertices);
    }
    let mut edges = Vec::with_capacity(limits::AREA_VERTICES);
    for (place, ring) in places(polygons) {
        check_ring(ring, place)?;
        let of = ring.0.len() - 1;
        let ring = ring.edges().enumerate();
        edges.extend(ring.map(|(position, edge)| Placed { edge, place: Place { position, ..place }, of }));
    }
    for (index, &edge) in edges.iter().enumerate() {
        if let Some(other) = edges.iter().skip(index + 1).find(|&&other| edge.clashes_with(other)) {
            return Err(AreaError::Crossing(edge.place, other.place));
        }
    }
    for (place, ring) in places(polygons) {
        if ring.is_counterclockwise() != (place.ring == 0) {
            return Err(AreaError::Winding(place));
        }
    }
    check_nesting(polygons)
}

fn places(polygons: &[Polygon]) -> impl Iterator<Item = (Place, &Ring)> {
    polygons.iter().enumerate().flat_map(|(polygon, rings)| {
        rings.rings().enumerate().map(move |(ring, positions)| (Place { polygon, ring, position: 0 }, positions))
    })
}

/// One ring by itself.
fn check_ring(ring: &Ring, place: Place) -> Result<(), AreaError> {
    let positions = &ring.0;
    if positions.len() < 4 {
        return Err(AreaError::TooFewPositions(Place { position: positions.len().saturating_sub(1), ..place }));
    }
    if positions.first() != positions.last() {
        return Err(AreaError::NotClosed(Place { position: positions.len() - 1, ..place }));
    }
    for (position, (from, to)) in positions.iter().zip(positions.iter().skip(1)).enumerate() {
        if from == to {
            return Err(AreaError::Repeated(Place { position: position + 1, ..place }));
        }
        if from.longitude_e7().abs_diff(to.longitude_e7()) > 1_800_000_000 {
            return Err(AreaError::LongEdge(Place { position, ..place }));
        }
    }
    Ok(())
}

/// How rings lie in one another. As no two of them meet, one position of a ring stands for all of it.
fn check_nesting(polygons: &[Polygon]) -> Result<(), AreaError> {
    let inside = |ring: &Ring, of: &mut dyn Iterator<Item = Edge>| {
        ring.0.first().is_some_and(|&first| locate(first.into(), of) == Location::Inside)
    };
    for (index, polygon) in polygons.iter().enumerate() {
        for (number, hole) in polygon.holes.iter().enumerate() {
            let place = Place { polygon: index, ring: number + 1, position: 0 };
            if !inside(hole, &mut polygon.exterior.edges()) {
                return Err(AreaError::HoleOutside(place));
            }
            let mut others = polygon.holes.iter().enumerate().filter(|&(other, _)| other != number);
            if others.any(|(_, other)| inside(hole, &mut other.edges())) {
                return Err(AreaError::HoleInHole(place));
            }
        }
        let mut others = polygons.iter().enumerate().filter(|&(other, _)| other != index);
        if others.any(|(_, other)| inside(&polygon.exterior, &mut other.rings().flat_map(Ring::edges))) {
            return Err(AreaError::Overlap(Place { polygon: index, ring: 0, position: 0 }));
        }
    }
    Ok(())
}
