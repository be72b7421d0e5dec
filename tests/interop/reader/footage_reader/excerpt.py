"""The excerpt file: taking it in, and opening it with the agency's keys and the custodians' answers (8 to 10)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from . import cbor, merkle, shares, tree
from .clip import HEADER, STATEMENT, check_granted_time, own_head, read_header
from .crypto import (
    AGENCY, ANSWER, CUSTODIANS, KEM_OF_WRAP, POSSESSION, SHARE, TAG, X_WING, KemKey, PrivateKey, blake3, commit, digest,
    equal, expand, extract, lock_info, open_sealed, wrap_digest)
from .errors import Refused, at, require
from .frames import Frame, FramedFile
from .log import Entry, Log
from .segment import (
    CONTENT, MEDIA, NO_INIT, OPEN, PICTURES, SEGMENT_HEAD, SEGMENTS, SOUND, OpenHalf, SegmentHead)
from .statements import Statement, bstr, list_of, optional, read, record, text, uint, wrap

MAGIC = b"footage-excerpt-v1\n"
PRIVATE = 67_108_864
SUITE_OF_PRIVATE = 2
IN_FULL = SEGMENT_HEAD + 32                             # a segment's head and the digest of its body
LEFT_OUT = OPEN + 32                                    # both halves of a leaf
RANGE = 2**19                                           # segments
PROOF, WORDS, SEEDS = 6192, 4096, 46
LAYERS = {1: (PICTURES,), 2: (SOUND,), 3: (PICTURES, SOUND)}
LAYER_NAMES = ("pictures", "sound")

_FIRST = ({"T": STATEMENT}, {"E": STATEMENT}, {"W": 20_400}, {"P": PRIVATE + TAG})
_BODY = {"B": CONTENT + TAG}

_wraps = record({"agency": wrap, "custodians": list_of(wrap, high=16)})


def _words(value: str) -> None:
    require(len(value.encode()) <= WORDS, f"more than {WORDS} bytes")


def _proof(value: Any) -> tuple[bytes, ...]:
    data = bstr(limit=PROOF * 32)(value)
    require(len(data) % 32 == 0, "not of hashes of 32 bytes")
    return tuple(data[i:i + 32] for i in range(0, len(data), 32))


def _check_private(private: Any) -> None:
    require(private.first < private.end, "a range of nothing")
    require(private.end - private.first <= RANGE, f"a range of more than {RANGE} segments")


_private = record({
    "salt": bstr(32), "header": bstr(limit=HEADER), "manifest": bstr(limit=STATEMENT), "first": uint(0, SEGMENTS),
    "end": uint(0, SEGMENTS), "layers": uint(1, 3), "seeds": list_of(list_of(bstr(32), high=SEEDS), 1, 2),
    "segments": bstr(limit=RANGE * IN_FULL), "next": optional(bstr(LEFT_OUT)),
    "inits": list_of(record({"seed": bstr(32), "segment": bstr(IN_FULL)})), "proof": _proof, "words": text(_words),
}, _check_private)


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
    """A segment of another layer, or the one behind the range: its place and time, and that it was not changed."""

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
        frames, self._bodies = self._read_frames()
        terms, envelope, wraps, self._sealed = map(self._file.payload, frames)

        self.terms = read(terms, "terms")
        self.id = self.terms.id                         # T
        require(self.terms.record.grant == digest("grant id", self.terms.signer),
                "terms: not signed by the key of their grant")
        self.envelope = read(envelope, "envelope")
        require(self.envelope.signer == self.terms.signer, "envelope: not signed by the key of the grant")
        with at("envelope"):
            self._check_envelope(self.envelope.record, wraps)

    def _read_frames(self) -> tuple[list[Frame], list[Frame]]:
        offset, first = self._file.start, []
        for limits in _FIRST:
            first.append(self._file.frame_at(offset, limits))
            offset = first[-1].end
        bodies = []
        while offset < self._file.size:
            bodies.append(self._file.frame_at(offset, _BODY))
            offset = bodies[-1].end
        return first, bodies

    def _check_envelope(self, envelope: Any, wraps: bytes) -> None:
        """Steps 4 to 7."""
        require(envelope.terms == self.id, "of other terms")
        with at("wraps"):
            self.wraps = _wraps(cbor.decode(wraps, 20_400))
        members = len(self.terms.record.custody.members)
        require(envelope.agency_wrap == wrap_digest(self.wraps.agency), "another agency's wrap")
        require(len(envelope.custodian_wraps) == len(self.wraps.custodians) == members, "not a wrap for each member")
        require(envelope.custodian_wraps == tuple(map(wrap_digest, self.wraps.custodians)), "other custodians' wraps")
        require(envelope.private == digest("sealed part", self._sealed), "another private part")
        digests = (blake3(self._file.payload(frame)) for frame in self._bodies)
        require(envelope.bodies == digest("bodies", self.id, *digests), "other bodies")

    @property
    def post_quantum(self) -> bool:
        return all(KEM_OF_WRAP[len(w)] == X_WING for w in (self.wraps.agency, *self.wraps.custodians))

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

    def unlock(self, a: bytes, c: bytes) -> "Opened":
        """Section 10, steps 6 to 12."""
        key = expand(extract("grant key", a + c), "grant key", self.id, 32)
        with at("private part"):
            plain = open_sealed(SUITE_OF_PRIVATE, key, b"", self._sealed)
            require(digest("private part", plain) == self.terms.record.private, "not what the terms name")
            return Opened(plain, self._file, self._bodies)


class Opened:
    """The private part, verified: what the clip's owner granted, and proof that the camera recorded it."""

    def __init__(self, plain: bytes, file: FramedFile, bodies: list[Frame]) -> None:
        self._file, self._bodies = file, bodies
        private = self.private = _private(cbor.decode(plain, PRIVATE))                                  # 7
        self.header = read_header(private.header)                                                       # 8
        self.header.fields.certificate.verify()
        self.manifest = own_head(private.manifest, self.header).record                                  # 9
        require(self.manifest.end is not None, "its head is not a manifest")
        self.layers = LAYERS[private.layers]                                                            # 10
        self._list_segments()
        self._check_groups()
        self._check_inits()
        base = self.header.base(self.manifest)
        for segment in self.segments:
            if segment.open.kind == MEDIA:
                with at(f"segment {segment.open.index}"):
                    check_granted_time(base, segment.open)
        self._prove_segments()                                                                          # 11
        cover = tree.cover(private.first, private.end)                                                  # 12
        require(len(private.seeds) == len(self.layers), f"seeds of {len(private.seeds)} layers")
        for seeds in private.seeds:
            require(len(seeds) == len(cover), f"{len(seeds)} seeds for a cover of {len(cover)} nodes")
        in_full = len(self.inits) + len(self.granted)
        require(len(bodies) == in_full, f"{len(bodies)} bodies for {in_full} segments")

    @property
    def granted(self) -> list[Listed]:
        """The segments of the range that are in a granted layer."""
        return [segment for segment in self.segments if isinstance(segment, Listed)]

    @property
    def left_out(self) -> list[LeftOut]:
        """The segments of the range that are in a layer which was not granted."""
        return [segment for segment in self.segments if isinstance(segment, LeftOut)]

    def _list_segments(self) -> None:
        """The inits, the range and the segment behind it, by their form and their places."""
        private, content = self.private, self.header.fields.content
        self.segments: list[Listed | LeftOut] = []
        rest = memoryview(private.segments)
        for index in range(private.first, private.end):
            with at(f"segment {index}"):
                half = OpenHalf.parse(bytes(rest[:OPEN]), content)
                kind, length = (Listed, IN_FULL) if half.layer in self.layers else (LeftOut, LEFT_OUT)
                segment = kind.parse(bytes(rest[:length]), content)
                require(segment.open.index == index, f"lists segment {segment.open.index} in its place")
            self.segments.append(segment)
            rest = rest[length:]
        require(not rest, "lists more than the segments of its range")
        self.next = None
        if private.next is not None:
            with at("next"):
                self.next = LeftOut.parse(private.next, content)
                require(self.next.open.index == private.end, f"lists segment {self.next.open.index}")
        self.inits = []
        for i, init in enumerate(private.inits):
            with at(f"inits: [{i}]"):
                self.inits.append(Listed.parse(init.segment, content))

    def _check_groups(self) -> None:
        """The range is of whole groups, and each of them has media in each granted layer."""
        private = self.private
        require(self.segments[0].open.begins_group, "the range begins inside of a group")
        require((self.next is None) == (private.end >= self.manifest.count),
                "no segment behind the range" if self.next is None else "a segment behind the end of the clip")
        require(self.next is None or self.next.open.begins_group, "the range ends inside of a group")
        groups: list[set[int]] = []
        for segment in self.segments:
            if segment.open.begins_group:
                groups.append(set())
            if segment.open.kind == MEDIA:
                groups[-1].add(segment.open.layer)
        for layer in self.layers:
            require(all(layer in group for group in groups), f"a group without {LAYER_NAMES[layer]}")

    def _check_inits(self) -> None:
        """Exactly the inits are there that granted segments name, each of its segment's layer."""
        first = self.private.first
        listed = {init.open.index: init for init in self.inits}
        places = [init.open.index for init in self.inits]
        require(places == sorted(listed), "inits in another order")
        named = set()
        for segment in self.granted:
            with at(f"segment {segment.open.index}"):
                index = segment.head.init
                if index == NO_INIT:
                    continue
                if index < first:
                    named.add(index)
                    require(index in listed, f"names the init {index}, which is not there")
                    segment.head.require_init(listed[index].open)
                else:
                    segment.head.require_init(self.segments[index - first].open)
        require(named == set(listed), "an init that no granted segment names")

    def _prove_segments(self) -> None:
        """One proof for all leaves. What stands side by side is one range."""
        ranges: list[tuple[int, list[bytes]]] = []
        for segment in [*self.inits, *self.segments, *([self.next] if self.next else [])]:
            index = segment.open.index
            if not ranges or ranges[-1][0] + len(ranges[-1][1]) != index:
                ranges.append((index, []))
            ranges[-1][1].append(segment.leaf)
        merkle.check_ranges(ranges, self.manifest.count, self.private.proof, self.manifest.root)

    def contents(self) -> Iterator[bytes]:
        """Section 10, step 13: the contents of the inits, then of the granted segments in order."""
        fields, bodies = self.header.fields, iter(self._bodies)
        for segment, seed in self._seeds():
            frame = next(bodies)
            with at(f"segment {segment.open.index}, {frame}"):
                body = self._file.payload(frame)
                require(len(body) == segment.head.body_length, "body of another length")
                require(blake3(body) == segment.body_digest, "body of another digest")
                yield segment.head.content(self.header.identity, fields.suite, seed, body)

    def _seeds(self) -> Iterator[tuple[Listed, bytes]]:
        """The segments that are listed in full, each with its seed."""
        private = self.private
        yield from zip(self.inits, (init.seed for init in private.inits))
        trees = {layer: tree.LayerTree(self.header.identity, layer).seeds(private.first, private.end, seeds)
                 for layer, seeds in zip(self.layers, private.seeds)}
        for segment in self.segments:
            seeds = {layer: next(seeds) for layer, seeds in trees.items()}
            if isinstance(segment, Listed):
                yield segment, seeds[segment.open.layer]


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

def check_in_log(excerpt: Excerpt, log: Log, request_key: KemKey, one_time_key: KemKey) -> list[Entry]:
    """The request is there, in its place and with this key; so is each member's expiry key, and at least one good
    release with this one-time key. The good releases are returned."""
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
    return releases


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
