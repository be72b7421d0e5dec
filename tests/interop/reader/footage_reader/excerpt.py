"""The excerpt file: taking it in, and opening it with the agency's keys and the custodians' answers (8 to 10)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from . import cbor, merkle, shares, tree
from .clip import HEADER, STATEMENT, check_granted_time, own_head, read_header
from .crypto import (
    AGENCY, ANSWER, CUSTODIANS, KEM_OF_WRAP, POSSESSION, SHARE, TAG, X_WING, KemKey, PrivateKey, blake3, commit, digest,
    equal, expand, extract, lock_info, open_sealed, u16, wrap_digest)
from .errors import Refused, at, require
from .frames import Frame, FramedFile
from .log import Entry, Log
from .segment import (
    CONTENT, MEDIA, NO_INIT, OPEN, PICTURES, SEGMENT_HEAD, SEGMENTS, SOUND, OpenHalf, SegmentHead)
from .statements import Statement, Window, bstr, list_of, optional, parse, record, text, uint, wrap

MAGIC = b"footage-excerpt-v1\n"
PART = 67_108_864
SUITE_OF_PARTS = 2
IN_FULL = SEGMENT_HEAD + 32                             # a segment's head and the digest of its body
LEFT_OUT = OPEN + 32                                    # both halves of a leaf
RANGES = 256                                            # of a grant
LISTED, LISTED_OF_CLIP = 2**20, 2**19                   # segments
WORDS, SEEDS = 4096, 46
LAYERS = {1: (PICTURES,), 2: (SOUND,), 3: (PICTURES, SOUND)}
LAYER_NAMES = ("pictures", "sound")

_TERMS, _ENVELOPE, _WRAPS = {"T": STATEMENT}, {"E": STATEMENT}, {"W": 20_400}
_PART, _NUMBER, _BODY = {"P": PART + TAG}, {"N": 4}, {"B": CONTENT + TAG}

_wraps = record({"agency": wrap, "custodians": list_of(wrap, high=16)})


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
_words_part = record({"salt": bstr(32), "words": text(_words)})
_clip_part = record({
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


class Excerpt:
    """An excerpt, taken in: everything is verified that needs no key (section 9)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = FramedFile(file, MAGIC)
        terms, envelope = self._read_frames()
        terms.verify()
        self.terms, self.id = terms, terms.id           # T
        require(terms.record.grant == digest("grant id", terms.signer), "terms: not signed by the key of their grant")
        envelope.verify()
        self.envelope = envelope
        require(envelope.signer == terms.signer, "envelope: not signed by the key of the grant")
        with at("envelope"):
            self._check_envelope(envelope.record)

    def _read_frames(self) -> tuple[Statement, Statement]:
        """Step 1. How many parts and clips there are is what the envelope says, whoever signed it."""
        offset = self._file.start

        def following(limits: Mapping[str, int]) -> Frame:
            nonlocal offset
            frame = self._file.frame_at(offset, limits)
            offset = frame.end
            return frame

        terms = parse(self._file.payload(following(_TERMS)), "terms")
        envelope = parse(self._file.payload(following(_ENVELOPE)), "envelope")
        self._parts = [following(_PART) for _ in envelope.record.parts]
        self._bodies: list[list[Frame]] = []            # of each clip
        total = 0
        for _ in envelope.record.bodies:
            frame = following(_NUMBER)
            with at(str(frame)):
                payload = self._file.payload(frame)
                require(len(payload) == 4, "not a number of 4 bytes")
                number = int.from_bytes(payload, "big")
                total += number
                require(number <= LISTED_OF_CLIP, f"more than {LISTED_OF_CLIP} bodies of a clip")
                require(total <= LISTED, f"more than {LISTED} bodies")
            self._bodies.append([following(_BODY) for _ in range(number)])
        self._wraps = following(_WRAPS)
        require(offset == self._file.size, "the file does not end behind the wraps")
        return terms, envelope

    def _check_envelope(self, envelope: Any) -> None:
        """Steps 3 to 6."""
        require(envelope.terms == self.id, "of other terms")
        for i, (said, frame) in enumerate(zip(envelope.parts, self._parts)):
            require(said == digest("sealed part", self._file.payload(frame)), f"another part {i}")
        for i, (said, bodies) in enumerate(zip(envelope.bodies, self._bodies)):
            digests = (blake3(self._file.payload(frame)) for frame in bodies)
            require(said == digest("bodies", self.id, *digests), f"other bodies of clip {i}")
        with at("wraps"):
            self.wraps = _wraps(cbor.decode(self._file.payload(self._wraps), 20_400))
        members = len(self.terms.record.custody.members)
        require(envelope.agency_wrap == wrap_digest(self.wraps.agency), "another agency's wrap")
        require(len(envelope.custodian_wraps) == len(self.wraps.custodians) == members, "not a wrap for each member")
        require(envelope.custodian_wraps == tuple(map(wrap_digest, self.wraps.custodians)), "other custodians' wraps")

    def agency_half(self, request_key: PrivateKey) -> bytes:
        """Section 10, step 1: `a`."""
        terms = self.terms.record
        with at("agency's half"):
            half = request_key.unwrap(lock_info(self.id, AGENCY, 0, request_key.public), self.wraps.agency)
            require(equal(commit(AGENCY, 0, half), terms.agency_half), "not what the terms commit to")
            possession = expand(half, "possession", terms.grant, 32)
            require(equal(commit(POSSESSION, 0, possession), terms.possession), "no proof of possession comes of it")
        return half

    def custodians_half(self, shares_by_place: Mapping[int, bytes]) -> bytes:
        """Section 10, steps 4 and 5: `c`."""
        terms = self.terms.record
        with at("custodians' half"):
            threshold = terms.custody.threshold
            require(len(shares_by_place) >= threshold, f"{len(shares_by_place)} good answers, {threshold} needed")
            half = shares.combine({i: shares_by_place[i] for i in sorted(shares_by_place)[:threshold]})
            require(equal(commit(CUSTODIANS, 0, half), terms.custodian_half), "not what the terms commit to")
        return half

    def part_key(self, a: bytes, c: bytes, part: int) -> bytes:
        return expand(extract("grant key", a + c), "grant key", self.id + u16(part), 32)

    def unlock(self, a: bytes, c: bytes, window: Window | None = None) -> "Opened":
        """Section 10, steps 6 to 12. `window` is the request's, None where the request is not known."""
        plains = []
        for i, frame in enumerate(self._parts):
            with at(f"part {i}"):
                plains.append(open_sealed(SUITE_OF_PARTS, self.part_key(a, c, i), b"", self._file.payload(frame)))
        digests = (digest("private part", plain) for plain in plains)
        require(digest("private parts", u16(len(plains)), *digests) == self.terms.record.private,
                "parts: not what the terms name")
        with at("part 0"):
            words = _words_part(cbor.decode(plains[0], PART))
        parts = []
        for i, plain in enumerate(plains[1:], 1):
            with at(f"part {i}"):
                parts.append(_clip_part(cbor.decode(plain, PART)))
        ranges, listed = sum(len(part.ranges) for part in parts), sum(map(_listed, parts))
        require(ranges <= RANGES, f"more than {RANGES} ranges")
        require(listed <= LISTED, f"lists more than {LISTED} segments")
        clips: list[OpenedClip] = []
        for i, (part, bodies) in enumerate(zip(parts, self._bodies), 1):
            with at(f"part {i}"):
                clip = OpenedClip(i, part, self._file, bodies, window)
                require(not clips or clips[-1].order < clip.order, "clips in another order, or one twice")
            clips.append(clip)
        quantum = all(KEM_OF_WRAP[len(w)] == X_WING for w in (self.wraps.agency, *self.wraps.custodians))
        return Opened(words, clips, quantum and all(clip.header.fields.kem == X_WING for clip in clips))


def _listed(part: Any) -> int:
    """How many segments a clip's part lists, of its ranges and inits."""
    return sum(granted.end - granted.first for granted in part.ranges) + len(part.inits)


@dataclass(frozen=True)
class Opened:
    """The parts, verified."""

    part: Any                                           # part 0
    clips: list["OpenedClip"]
    post_quantum: bool

    @property
    def words(self) -> str:
        return self.part.words


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
        require(_listed(part) <= LISTED_OF_CLIP, f"lists more than {LISTED_OF_CLIP} segments")
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
        """How many segments of the clip lie outside of the ranges."""
        return self.manifest.count - sum(granted.end - granted.first for granted in self.ranges)

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

    def runs(self) -> list[list[Range]]:
        """Ranges that touch are one playable recording."""
        runs: list[list[Range]] = []
        for granted in self.ranges:
            if runs and runs[-1][-1].end == granted.first:
                runs[-1].append(granted)
            else:
                runs.append([granted])
        return runs

    def contents(self) -> Iterator[tuple[Listed, bytes]]:
        """Section 10, step 13: every segment in full with its content, by the order of the bodies."""
        seeds = self._seeds()
        for index in sorted(seeds):
            yield seeds[index][0], self._content(*seeds[index])

    def run_contents(self, run: list[Range]) -> Iterator[bytes]:
        """The contents of the inits that a run's media name, then what is granted of it (step 13 for each)."""
        seeds = self._seeds()
        own = {segment.open.index: segment for granted in run for segment in granted.granted}
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


# -- answers ----------------------------------------------------------------------------------------------------------

def share_of(excerpt: Excerpt, answer: Statement, one_time: PrivateKey) -> tuple[int, bytes]:
    """Section 10, to open, step 3, after the signature: the member's place and its share."""
    require(answer.record.terms == excerpt.id, "answers other terms")
    for i, member in enumerate(excerpt.terms.record.custody.members):
        if member.custodian == answer.record.custodian:
            share = one_time.unwrap(lock_info(excerpt.id, ANSWER, i, one_time.public), answer.record.share)
            require(equal(commit(SHARE, i, share), member.share), "not the share that the terms commit to")
            return i, share
    raise Refused(f"{answer.record.custodian} is no member of the custody")


# -- what the log says of a grant -------------------------------------------------------------------------------------

def check_in_log(
    excerpt: Excerpt, log: Log, request_key: KemKey, one_time_key: KemKey
) -> tuple[Window, list[Entry]]:
    """The request is there, in its place and with this key; so is each member's expiry key, and at least one good
    release with this one-time key. The request's window and the good releases are returned."""
    terms = excerpt.terms.record
    request = log.find(terms.request, "request")
    require(request.record.agency == terms.agency, f"{request} is of another agency")
    log.require_standing(request)
    log.require_in_chain(request)
    require(request.record.key == request_key, f"{request} names another key than the request key given")
    for member in terms.custody.members:
        log.require_expiry_key(member.expiry, member.custodian, terms.not_after)
    releases = [entry for entry in log.all("release") if entry.record.terms.id == excerpt.id]
    require(bool(releases), "no release of this grant in the log")
    releases = [entry for entry in releases if entry.record.key == one_time_key]
    require(bool(releases), "no release of this grant in the log names the one-time key given")
    for release in releases:
        log.require_good_release(release)
    return request.record.window, releases


def check_answer_in_log(answer: Statement, excerpt: Excerpt, log: Log, releases: list[Entry]) -> None:
    """The custodian had its notice logged before, for one of these releases, and made the answer with the same key."""
    fields = answer.record
    release = next((entry for entry in releases if entry.statement.id == fields.release), None)
    require(release is not None, "answers another release")
    notice = log.find(fields.notice, "answer-notice")
    require(notice.record.custodian == fields.custodian, f"{notice} is of another custodian")
    require(notice.record.terms == excerpt.id, f"{notice} is of other terms")
    require(notice.record.release == fields.release, f"{notice} is of another release")
    log.require_standing(notice)
    require(answer.signer == notice.statement.signer, "not signed by the key that signed the notice")
