"""Texts and areas (section 4): what a value may be."""

import re
import unicodedata
from collections.abc import Sequence

from .errors import require

AGENCY_CODES = frozenset("""
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA
    RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI NB AM GM MK US
""".split())

OFFENCES = frozenset("""
    09A 09B 09C 100 101 103 11A 11B 11C 11D 120 13A 13B 13C 200 210 220 23A 23B 23C 23D 23E 23F 23G 23H 240 250
    26A 26B 26C 26D 26E 26F 26G 26H 270 280 290 30A 30B 30C 30D 35A 35B 360 36A 36B 370 39A 39B 39C 39D 40A 40B
    40C 49A 49B 49C 510 520 521 522 526 58A 58B 61A 61B 620 64A 64B 720
    90B 90C 90D 90F 90G 90J 90K 90L 90M 90Z
""".split())

_HIDDEN = re.compile(                                   # invisible, or turning the direction of writing
    "[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


def _control(text: str) -> bool:
    return any(unicodedata.category(c) == "Cc" for c in text)


def agency_id(text: str) -> None:
    require(_matches("[A-Z0-9]{9}", text) and text[:2] in AGENCY_CODES, f"{text!r} is no ORI")


def short_id(text: str) -> None:
    """Of a custodian, a group, a maker."""
    require(_matches("[a-z0-9-]{1,32}", text) and text.strip("-") == text, f"{text!r} is no id")


def reference(text: str) -> None:
    require(_matches("[A-Z0-9-]{1,32}", text), f"{text!r} is no reference")


def word(text: str) -> None:
    require(_matches("[A-Za-z0-9.-]{1,32}", text) and text.strip("-") == text, f"{text!r} is no word")


def name(text: str) -> None:
    require(1 <= len(text.encode()) <= 100, "a name has 1 to 100 bytes")
    require(text.strip(" ") == text, f"the name {text!r} has a space first or last")
    require(not any(c.isspace() and c != " " for c in text), f"the name {text!r} has white space other than U+0020")
    require(not _control(text) and not _HIDDEN.search(text), f"the name {text!r} has an invisible character")


def key_name(text: str) -> None:
    require(1 <= len(text.encode()) <= 100, "a key's name has 1 to 100 bytes")
    require(not any(c.isspace() or c == "+" for c in text) and not _control(text), f"{text!r} is no name of a key")


def offence(text: str) -> None:
    require(text in OFFENCES, f"{text!r} is no offence")


# -- areas: everything in exact integers ------------------------------------------------------------------------------

Point = tuple[int, int]
Ring = list[Point]

_LONGITUDE, _LATITUDE, _VERTICES = 1_800_000_000, 900_000_000, 256


def area(polygons: Sequence[Sequence[Sequence[int]]]) -> None:
    """Refuse an area that is not one: open, crossing, wound the wrong way, too large for the limits."""
    require(len(polygons) > 0, "area without a polygon")
    require(all(len(polygon) > 0 for polygon in polygons), "polygon without a ring")
    require(sum(len(ring) for polygon in polygons for ring in polygon) <= 2 * _VERTICES, "area of too many vertices")
    shapes = [[_ring(numbers) for numbers in polygon] for polygon in polygons]
    _check_apart([ring for shape in shapes for ring in shape])
    for exterior, *holes in shapes:
        require(_twice_area(exterior) > 0, "exterior ring is clockwise")
        for hole in holes:
            require(_twice_area(hole) < 0, "hole is counterclockwise")
            require(_inside(hole[0], exterior), "hole outside of its exterior")
            require(not any(_inside(hole[0], other) for other in holes if other is not hole), "hole in a hole")
    for shape in shapes:
        for other in shapes:
            if other is not shape and _inside(shape[0][0], other[0]):
                require(any(_inside(shape[0][0], hole) for hole in other[1:]), "polygon in a polygon")


def _ring(numbers: Sequence[int]) -> Ring:
    require(len(numbers) % 2 == 0 and len(numbers) >= 6, "ring of an odd count, or of fewer than three vertices")
    ring = list(zip(numbers[::2], numbers[1::2]))
    for lon, lat in ring:
        require(abs(lon) <= _LONGITUDE and abs(lat) <= _LATITUDE, "vertex outside of the globe")
    for a, b, c in zip(ring, ring[1:] + ring[:1], ring[2:] + ring[:2]):
        require(a != b, "vertex equal to the one before it")
        require(abs(a[0] - b[0]) <= _LONGITUDE, "edge over more than 180 degrees")
        back = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0
        require(not (_turn(a, b, c) == 0 and back), "edge folds back")
    return ring


def _turn(a: Point, b: Point, c: Point) -> int:
    """Positive if a, b, c turn left, zero if they are in line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _twice_area(ring: Ring) -> int:
    """Twice the signed area, positive if counterclockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1]))


def _between(a: Point, b: Point, c: Point) -> bool:
    """Whether c, in line with a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the edges a-b and c-d have a point in common."""
    sides = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    signs = [(side > 0) - (side < 0) for side in sides]
    if signs[0] * signs[1] < 0 and signs[2] * signs[3] < 0:
        return True
    return any(sign == 0 and _between(*line) for sign, line in
               zip(signs, ((a, b, c), (a, b, d), (c, d, a), (c, d, b))))


def _check_apart(rings: list[Ring]) -> None:
    """No two edges meet, other than neighbours in their common vertex."""
    edges = [(r, i, ring[i], ring[(i + 1) % len(ring)]) for r, ring in enumerate(rings) for i in range(len(ring))]
    for n, (r, i, a, b) in enumerate(edges):
        for s, j, c, d in edges[n + 1:]:
            neighbours = r == s and (j - i) % len(rings[r]) in (1, len(rings[r]) - 1)
            require(neighbours or not _touch(a, b, c, d), "edges meet")


def _inside(point: Point, ring: Ring) -> bool:
    """Whether a point that is on no edge of the ring lies in it: edges crossed by a ray to the east."""
    inside = False
    for a, b in zip(ring, ring[1:] + ring[:1]):
        if (a[1] > point[1]) != (b[1] > point[1]):
            low, high = (a, b) if a[1] < b[1] else (b, a)
            inside ^= _turn(low, high, point) > 0
    return inside
