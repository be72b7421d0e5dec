//! Exact plane geometry. Products are taken in `i128`: a cross product of two edges does not fit into `i64`.

/// A point in half units of a position (5e-8 degrees), so that the middle of two positions is a point, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i64,
    pub(super) y: i64,
}

impl Point {
    /// The middle of two points with even coordinates.
    pub(super) const fn middle(self, other: Self) -> Self {
        Self { x: i64::midpoint(self.x, other.x), y: i64::midpoint(self.y, other.y) }
    }
}

/// A straight line between two different points. In a valid area the inside is on its left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) from: Point,
    pub(super) to: Point,
}

impl Edge {
    /// On which side of the edge a point lies: positive on its left, negative on its right, 0 in line with it.
    pub(super) fn side(self, point: Point) -> i128 {
        let (x, y) = (i128::from(self.to.x - self.from.x), i128::from(self.to.y - self.from.y));
        x * i128::from(point.y - self.from.y) - y * i128::from(point.x - self.from.x)
    }

    /// How far along the edge a point lies, in no particular unit.
    pub(super) fn along(self, point: Point) -> i128 {
        self.dot(Self { from: self.from, to: point })
    }

    /// Positive if another edge goes the same way, negative if it goes back.
    pub(super) fn dot(self, other: Self) -> i128 {
        i128::from(self.to.x - self.from.x) * i128::from(other.to.x - other.from.x)
            + i128::from(self.to.y - self.from.y) * i128::from(other.to.y - other.from.y)
    }

    /// Whether a point lies on the edge, its ends included.
    pub(super) fn holds(self, point: Point) -> bool {
        let Self { from, to } = self;
        from.x.min(to.x) <= point.x
            && point.x <= from.x.max(to.x)
            && from.y.min(to.y) <= point.y
            && point.y <= from.y.max(to.y)
            && self.side(point) == 0
    }

    fn is_apart_from(self, other: Self) -> bool {
        self.from.x.max(self.to.x) < other.from.x.min(other.to.x)
            || other.from.x.max(other.to.x) < self.from.x.min(self.to.x)
            || self.from.y.max(self.to.y) < other.from.y.min(other.to.y)
            || other.from.y.max(other.to.y) < self.from.y.min(self.to.y)
    }

    fn parts(self, other: Self) -> [i128; 2] {
        [self.side(other.from).signum(), self.side(other.to).signum()]
    }

    /// Whether the two edges have a point in common.
    pub(super) fn meets(self, other: Self) -> bool {
        let straddles = |[from, to]: [i128; 2]| from * to <= 0;
        !self.is_apart_from(other) && straddles(self.parts(other)) && straddles(other.parts(self))
    }

    /// Whether the two edges have one point in common that is an end of neither.
    pub(super) fn crosses(self, other: Self) -> bool {
        let straddles = |[from, to]: [i128; 2]| from * to < 0;
        !self.is_apart_from(other) && straddles(self.parts(other)) && straddles(other.parts(self))
    }

    /// Whether this edge and the one that begins where it ends have more in common than that point.
    pub(super) fn folds_into(self, next: Self) -> bool {
        self.side(next.to) == 0 && self.dot(next) < 0
    }
}

/// Twice the area that edges go around, positive if counterclockwise, in half units squared.
pub(super) fn doubled_area(edges: impl Iterator<Item = Edge>) -> i128 {
    edges.map(|e| i128::from(e.from.x) * i128::from(e.to.y) - i128::from(e.from.y) * i128::from(e.to.x)).sum()
}

/// Where a point lies as to closed rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Location {
    Inside,
    Boundary,
    Outside,
}

/// Where a point lies as to rings of which no two meet: inside if it is inside an odd number of them.
pub(super) fn locate(point: Point, edges: impl Iterator<Item = Edge>) -> Location {
    let mut inside = false;
    for edge in edges {
        let (from, to) = (edge.from, edge.to);
        if from.y.max(to.y) < point.y || point.y < from.y.min(to.y) {
            continue;
        }
        if edge.holds(point) {
            return Location::Boundary;
        }
        // A ray to the east: an edge counts with its lower end and without its upper one.
        if (from.y > point.y) != (to.y > point.y) && (edge.side(point) > 0) == (to.y > from.y) {
            inside = !inside;
        }
    }
    if inside { Location::Inside } else { Location::Outside }
}
