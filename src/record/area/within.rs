use alloc::vec::Vec;

use super::Area;
use super::geometry::{Edge, Location, Point, locate};

/// Whether all of `inner` lies in `outer`.
///
/// It does if, and only if, (1) no edge of one crosses an edge of the other, (2) the boundary of `inner` lies in `outer`,
/// and (3) the boundary of `outer` does not enter `inner`, and where the two run together they have the inside on the same
/// side. For if a part of `inner` were outside of `outer`, the region outside that it belongs to would by (2) lie in
/// `inner` whole, and so would its boundary, against (3).
///
/// By (1) boundaries meet only in vertices of one or the other, which are integers. Cut there, each piece of an edge lies
/// inside, outside or along the other boundary as a whole, and its middle tells which.
pub(super) fn within(inner: &Area, outer: &Area) -> bool {
    let inner: Vec<Edge> = inner.edges().collect();
    let outer: Vec<Edge> = outer.edges().collect();
    let is_outside = |middle| locate(middle, outer.iter().copied()) == Location::Outside;
    let enters = |edge: Edge, middle| match locate(middle, inner.iter().copied()) {
        Location::Inside => true,
        Location::Boundary => inner.iter().any(|other| other.holds(middle) && other.dot(edge) < 0),
        Location::Outside => false,
    };
    !inner.iter().any(|edge| outer.iter().any(|other| edge.crosses(*other)))
        && !inner.iter().any(|&edge| middles(edge, &outer).into_iter().any(is_outside))
        && !outer.iter().any(|&edge| middles(edge, &inner).into_iter().any(|middle| enters(edge, middle)))
}

/// The middles of the pieces into which the vertices of `others` cut an edge.
fn middles(edge: Edge, others: &[Edge]) -> Vec<Point> {
    let mut cuts: Vec<Point> = others.iter().map(|other| other.from).filter(|&vertex| edge.holds(vertex)).collect();
    cuts.extend([edge.from, edge.to]);
    cuts.sort_by_key(|&cut| edge.along(cut));
    cuts.dedup();
    cuts.iter().zip(cuts.iter().skip(1)).map(|(from, to)| from.middle(*to)).collect()
}
