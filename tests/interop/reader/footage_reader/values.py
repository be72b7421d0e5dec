"""Texts and cells (section 4): what a value may be."""

import re
import unicodedata
from collections.abc import Sequence

import h3

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


# -- cells of H3 ------------------------------------------------------------------------------------------------------

_REQUEST_CELLS, _JURISDICTION_CELLS = 12, 2048


def cell(index: int) -> None:
    require(h3.is_valid_cell(h3.int_to_str(index)), f"{index:x} is no cell")


def cells(indices: Sequence[int]) -> None:
    """Refuse cells that a request cannot name: too many, of several resolutions, or apart."""
    _ascending(indices, _REQUEST_CELLS)
    names = [h3.int_to_str(index) for index in indices]
    require(len({h3.get_resolution(name) for name in names}) == 1, "cells of several resolutions")
    reached, rest = names[:1], set(names[1:])
    for name in reached:
        beside = rest & set(h3.grid_disk(name, 1))
        reached += beside
        rest -= beside
    require(not rest, "cells that do not hang together")


def jurisdiction(indices: Sequence[int]) -> None:
    """Refuse a set of cells that is not compacted."""
    _ascending(indices, _JURISDICTION_CELLS)
    names = {h3.int_to_str(index) for index in indices}
    for name in names:
        for resolution in range(h3.get_resolution(name)):
            require(h3.cell_to_parent(name, resolution) not in names, "a cell in another")
        if h3.get_resolution(name) > 0:
            children = h3.cell_to_children(h3.cell_to_parent(name))
            require(not names.issuperset(children), "all cells of a parent")


def _ascending(indices: Sequence[int], most: int) -> None:
    require(1 <= len(indices) <= most, "too many cells, or none")
    require(all(one < next for one, next in zip(indices, indices[1:])), "cells out of order")
    for index in indices:
        cell(index)
