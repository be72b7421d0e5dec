"""What a part of a grant says, and the one form that it has (section 8; steps 8 to 13 of section 10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import merkle, tree
from .clip import HEADER, STATEMENT, check_granted_time, own_head, read_header
from .crypto import blake3
from .errors import at, require
from .frames import Frame, FramedFile
from .segment import (
    MEDIA, NO_INIT, OPEN, PICTURES, SEGMENT_HEAD, SEGMENTS, SOUND, OpenHalf, SegmentHead)
from .statements import Window, bstr, list_of, optional, record, text, uint

PART = 67_108_864
IN_FULL = SEGMENT_HEAD + 32                             # a segment's head and the digest of its body
LEFT_OUT = OPEN + 32                                    # both halves of a leaf
RANGES = 256                                            # of a grant
LISTED_OF_CLIP = 2**19                                  # segments
WORDS, SEEDS = 4096, 46
LAYERS = {1: (PICTURES,), 2: (SOUND,), 3: (PICTURES, SOUND)}
LAYER_NAMES = ("pictures", "sound")


def _words(value: str) -> None:
    require(len(value.encode()) <= WORDS, f"more than {WORDS} bytes")


def _proof(value: Any) -> tuple[bytes, ...]:
    data = bstr()(value)
    require(len(data) % 32 == 0, "not of hashes of 32 bytes")
    return tuple(data[i:i + 32] for i in range(0, len(data), 32))


def _check_range(granted: Any) -> None:
    require(granted.first < granted.end, "a range of nothing")


_seeds = list_of(bstr(32), high=SEEDS)
_range = record({
    "first": uint(0, SEGMENTS), "end": uint(0, SEGMENTS), "layers": uint(1, 3), "pictures": _seeds, "sound": _seeds,
    "segments": bstr(), "following": optional(bstr(LEFT_OUT))}, _check_range)
WORDS_PART = record({"salt": bstr(32), "words": text(_words)})
CLIP_PART = record({
    "salt": bstr(32), "header": bstr(limit=HEADER), "manifest": bstr(limit=STATEMENT),
    "ranges": list_of(_range, 1, RANGES),
    "inits": list_of(record({"seed": bstr(32), "segment": bstr(IN_FULL)}), high=LISTED_OF_CLIP), "proof": _proof})


@dataclass(frozen=True)
class Listed:
    """A segment of a granted layer, or an init that one needs: listed in full."""

    head: SegmentHead
    body_digest: bytes

    @classmethod
    def parse(cls, data: bytes, content: int) -> "Listed":
        require(len(data) == IN_FULL, f"not listed in {IN_FULL} bytes")
        return cls(SegmentHead.parse(data[:SEGMENT_HEAD], content), data[SEGMENT_HEAD:])

    @property
    def open(self) -> OpenHalf:
        return self.head.open

    @property
    def leaf(self) -> bytes:
        return self.head.leaf(self.body_digest)


@dataclass(frozen=True)
class LeftOut:
    """A segment of another layer, or the one behind a range: its place and time, and that it was not changed."""

    open: OpenHalf
    closed: bytes

    @classmethod
    def parse(cls, data: bytes, content: int) -> "LeftOut":
        require(len(data) == LEFT_OUT, f"not listed in {LEFT_OUT} bytes")
        return cls(OpenHalf.parse(data[:OPEN], content), data[OPEN:])

    @property
    def leaf(self) -> bytes:
        return self.open.leaf(self.closed)


def listed_of(part: Any) -> int:
    """How many segments a clip's part lists, of its ranges and inits."""
    return sum(granted.end - granted.first for granted in part.ranges) + len(part.inits)


class Range:
    """A range of a clip: its segments by their form and their places, and what stands behind them."""

    def __init__(self, fields: Any, content: int) -> None:
        self.fields, self.first, self.end = fields, fields.first, fields.end
        self.layers = LAYERS[fields.layers]
        self.segments: list[Listed | LeftOut] = []
        rest = memoryview(fields.segments)
        for index in range(self.first, self.end):
            with at(f"segment {index}"):
                half = OpenHalf.parse(bytes(rest[:OPEN]), content)
                kind, length = (Listed, IN_FULL) if half.layer in self.layers else (LeftOut, LEFT_OUT)
                segment = kind.parse(bytes(rest[:length]), content)
                require(segment.open.index == index, f"lists segment {segment.open.index} in its place")
            self.segments.append(segment)
            rest = rest[length:]
        require(not rest, "lists more than the segments of its range")
        self.following = None
        if fields.following is not None:
            with at("end"):
                self.following = LeftOut.parse(fields.following, content)
                require(self.following.open.index == self.end, f"lists segment {self.following.open.index}")

    @property
    def granted(self) -> list[Listed]:
        return [segment for segment in self.segments if isinstance(segment, Listed)]

    def check_groups(self) -> None:
        """The range is of whole groups, and each of them has media in each granted layer."""
        require(self.segments[0].open.begins_group, "the range begins inside of a group")
        require(self.following is None or self.following.open.begins_group, "the range ends inside of a group")
        groups: list[set[int]] = []
        for segment in self.segments:
            if segment.open.begins_group:
                groups.append(set())
            if segment.open.kind == MEDIA:
                groups[-1].add(segment.open.layer)
        for layer in self.layers:
            require(all(layer in group for group in groups), f"a group without {LAYER_NAMES[layer]}")

    def seeds(self, identity: bytes) -> Iterator[tuple[Listed, bytes]]:
        """The segments of the granted layers, each with its seed."""
        trees = {layer: tree.LayerTree(identity, layer).seeds(
                     self.first, self.end, getattr(self.fields, LAYER_NAMES[layer])) for layer in self.layers}
        for segment in self.segments:
            seeds = {layer: next(seeds) for layer, seeds in trees.items()}
            if isinstance(segment, Listed):
                yield segment, seeds[segment.open.layer]


class OpenedClip:
    """A clip's part, verified: what the owner granted of it, and proof that the camera recorded it."""

    def __init__(
        self, number: int, part: Any, file: FramedFile, bodies: list[Frame], window: Window | None
    ) -> None:
        self._file, self.number, self.part = file, number, part
        require(listed_of(part) <= LISTED_OF_CLIP, f"lists more than {LISTED_OF_CLIP} segments")
        self.header = read_header(part.header)                                                          # 8
        self.header.fields.certificate.verify()
        self.manifest = own_head(part.manifest, self.header).record                                     # 9
        require(self.manifest.end is not None, "its head is not a manifest")
        self._list_segments()                                                                           # 10
        self._check_inits()
        self._check_time(window)
        self._prove_segments()                                                                          # 11
        for i, granted in enumerate(self.ranges):                                                       # 12
            cover = tree.cover(granted.first, granted.end)
            for layer, name in enumerate(LAYER_NAMES):
                seeds, needed = len(getattr(granted.fields, name)), len(cover) if layer in granted.layers else 0
                require(seeds == needed, f"ranges: [{i}]: {name}: {seeds} seeds for a cover of {needed} nodes")
        in_full = sorted([*self.inits, *self.granted], key=lambda segment: segment.open.index)
        require(len(bodies) == len(in_full), f"{len(bodies)} bodies for {len(in_full)} segments")
        self._frames = {segment.open.index: frame for segment, frame in zip(in_full, bodies)}

    @property
    def id(self) -> bytes:
        return self.header.fields.clip

    @property
    def order(self) -> tuple[int, bytes]:
        """What the clips of a grant ascend by."""
        return self.header.fields.started, self.header.fields.clip

    @property
    def segments(self) -> list[Listed | LeftOut]:
        """Those of all ranges."""
        return [segment for granted in self.ranges for segment in granted.segments]

    @property
    def granted(self) -> list[Listed]:
        """The segments of the ranges that are in a granted layer."""
        return [segment for granted in self.ranges for segment in granted.granted]

    @property
    def left_out(self) -> list[LeftOut]:
        """The segments of the ranges that are in a layer which was not granted."""
        return [segment for segment in self.segments if isinstance(segment, LeftOut)]

    @property
    def outside(self) -> int:
        """How many segments of the clip lie outside of the ranges, without the inits that are listed in full."""
        inside = sum(granted.end - granted.first for granted in self.ranges)
        within = (any(granted.first <= init.open.index < granted.end for granted in self.ranges) for init in self.inits)
        return self.manifest.count - inside - sum(not inside for inside in within)

    def _list_segments(self) -> None:
        content = self.header.fields.content
        self.ranges: list[Range] = []
        for i, fields in enumerate(self.part.ranges):
            with at(f"ranges: [{i}]"):
                require(fields.end <= self.manifest.count, "a range past the end of the clip")
                if self.ranges:
                    before = self.ranges[-1]
                    require(before.end <= fields.first, "ranges overlap, or stand in another order")
                    require(before.end < fields.first or before.fields.layers != fields.layers,
                            "touches a range of the same layers")
                self.ranges.append(Range(fields, content))
        for i, granted in enumerate(self.ranges):
            with at(f"ranges: [{i}]"):
                touched = i + 1 < len(self.ranges) and self.ranges[i + 1].first == granted.end
                shown = granted.end < self.manifest.count and not touched
                require((granted.following is not None) == shown,
                        "no segment behind the range" if shown else "a segment behind the range that is not due")
                granted.check_groups()
        self.inits = []
        for i, init in enumerate(self.part.inits):
            with at(f"inits: [{i}]"):
                self.inits.append(Listed.parse(init.segment, content))

    def _check_inits(self) -> None:
        """Exactly the inits are there that granted segments name and no range grants, each of its segment's layer."""
        places = [init.open.index for init in self.inits]
        require(places == sorted(set(places)), "inits in another order")
        granted = {segment.open.index: segment for segment in self.granted}
        listed = {init.open.index: init for init in self.inits}
        named = set()
        for segment in granted.values():
            with at(f"segment {segment.open.index}"):
                index = segment.head.init
                if index == NO_INIT:
                    continue
                if index not in granted:
                    named.add(index)
                    require(index in listed, f"names the init {index}, which is not there")
                segment.head.require_init(granted.get(index, listed.get(index)).open)
        require(named == set(listed), "an init that no granted segment names, or that a range grants")

    def _check_time(self, window: Window | None) -> None:
        base = self.header.base(self.manifest)
        for segment in [*self.segments, *self.inits]:
            half = segment.open
            with at(f"segment {half.index}"):
                if half.kind == MEDIA or isinstance(segment, Listed):
                    check_granted_time(base, half)
                if half.kind == MEDIA and window is not None:
                    begin, end = base + half.start, base + max(half.end, half.start + 1)
                    require(window.begin <= begin and end <= window.end, "lies outside of the request's window")

    def _prove_segments(self) -> None:
        """One proof for all leaves, each once. What stands side by side is one range."""
        leaves: dict[int, bytes] = {}
        shown = [granted.following for granted in self.ranges if granted.following]
        for segment in [*self.segments, *shown, *self.inits]:
            require(leaves.setdefault(segment.open.index, segment.leaf) == segment.leaf,
                    f"two leaves for the segment {segment.open.index}")
        ranges: list[tuple[int, list[bytes]]] = []
        for index in sorted(leaves):
            if not ranges or ranges[-1][0] + len(ranges[-1][1]) != index:
                ranges.append((index, []))
            ranges[-1][1].append(leaves[index])
        merkle.check_ranges(ranges, self.manifest.count, self.part.proof, self.manifest.root)

    def groups(self) -> Iterator[list[Listed | LeftOut]]:
        """The groups of all ranges."""
        group: list[Listed | LeftOut] = []
        for segment in self.segments:
            if segment.open.begins_group and group:
                yield group
                group = []
            group.append(segment)
        yield group

    def runs(self) -> list[list[Listed | LeftOut]]:
        """The segments of ranges that touch, parted where a granted layer changes its init: each a playable recording."""
        runs: list[list[Listed | LeftOut]] = []
        inits: dict[int, int] = {}
        for group in self.groups():
            own: dict[int, int] = {}
            for segment in group:
                if isinstance(segment, Listed) and segment.open.kind == MEDIA and segment.head.init != NO_INIT:
                    own.setdefault(segment.open.layer, segment.head.init)
            touches = bool(runs) and runs[-1][-1].open.index + 1 == group[0].open.index
            if touches and all(inits.get(layer, init) == init for layer, init in own.items()):
                runs[-1] += group
                inits |= own
            else:
                runs.append(group)
                inits = own
        return runs

    def contents(self) -> Iterator[tuple[Listed, bytes]]:
        """Section 10, step 13: every segment in full with its content, by the order of the bodies."""
        seeds = self._seeds()
        for index in sorted(seeds):
            yield seeds[index][0], self._content(*seeds[index])

    def run_contents(self, run: list[Listed | LeftOut]) -> Iterator[bytes]:
        """The contents of the inits that a run's media name, then what is granted of it (step 13 for each)."""
        seeds = self._seeds()
        own = {segment.open.index: segment for segment in run if isinstance(segment, Listed)}
        inits = {segment.head.init for segment in own.values()} - {NO_INIT} - set(own)
        for index in [*sorted(inits), *sorted(own)]:
            yield self._content(*seeds[index])

    def _seeds(self) -> dict[int, tuple[Listed, bytes]]:
        """The segments that are listed in full, each with its seed."""
        found = {init.open.index: (init, said.seed) for init, said in zip(self.inits, self.part.inits)}
        for granted in self.ranges:
            for segment, seed in granted.seeds(self.header.identity):
                found[segment.open.index] = segment, seed
        return found

    def _content(self, segment: Listed, seed: bytes) -> bytes:
        frame = self._frames[segment.open.index]
        with at(f"part {self.number}: segment {segment.open.index}, {frame}"):
            body = self._file.payload(frame)
            require(len(body) == segment.head.body_length, "body of another length")
            require(blake3(body) == segment.body_digest, "body of another digest")
            return segment.head.content(self.header.identity, self.header.fields.suite, seed, body)
