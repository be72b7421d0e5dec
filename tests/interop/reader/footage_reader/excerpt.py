"""The excerpt file: taking it in, and opening it with the agency's keys and the custodians' answers (8 to 10)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from . import cbor, merkle, shares, tree
from .clip import STATEMENT, check_granted_time, own_head, read_header
from .crypto import (
    AGENCY, ANSWER, CUSTODIANS, KEM_OF_WRAP, POSSESSION, SHARE, TAG, X_WING, KemKey, PrivateKey, blake3, commit, digest,
    equal, expand, extract, lock_info, open_sealed, wrap_digest)
from .errors import Refused, at, require
from .frames import Frame, FramedFile
from .log import Entry, Log
from .segment import CONTENT, INIT, MEDIA, NO_INIT, SEGMENT_HEAD, SEGMENTS, SegmentHead
from .statements import Statement, bstr, list_of, optional, read, record, text, uint, wrap

MAGIC = b"footage-excerpt-v1\n"
PRIVATE = 2**31 - 1
SUITE_OF_PRIVATE = 2
LISTED = SEGMENT_HEAD + 32                              # a segment's head and the digest of its body
PROOF, WORDS, SEEDS = 64, 4096, 46

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


_private = record({
    "salt": bstr(32), "header": bstr(), "manifest": bstr(limit=STATEMENT), "first": uint(0, SEGMENTS),
    "end": uint(0, SEGMENTS), "seeds": list_of(bstr(32), high=SEEDS), "segments": bstr(), "proof": _proof,
    "init": optional(record({"seed": bstr(32), "segment": bstr(LISTED), "proof": _proof})), "words": text(_words),
}, _check_private)


@dataclass(frozen=True)
class Listed:
    """A segment as the private part lists it."""

    head: SegmentHead
    body_digest: bytes

    @classmethod
    def parse(cls, data: bytes, content: int) -> "Listed":
        return cls(SegmentHead.parse(data[:SEGMENT_HEAD], content), data[SEGMENT_HEAD:])

    @property
    def leaf(self) -> bytes:
        return self.head.leaf(self.body_digest)


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
        self._list_segments()                                                                           # 10
        self._prove_segments()                                                                          # 11
        cover = tree.cover(private.first, private.end)                                                  # 12
        require(len(private.seeds) == len(cover), f"{len(private.seeds)} seeds for a cover of {len(cover)} nodes")

    def _list_segments(self) -> None:
        private, content, base = self.private, self.header.fields.content, self.header.base(self.manifest)
        count = private.end - private.first
        require(len(private.segments) == count * LISTED, f"does not list {count} segments")
        self.init = None
        if private.init is not None:
            with at("init segment"):
                self.init = Listed.parse(private.init.segment, content)
        named = self.init.head.index if self.init else NO_INIT
        self.segments = []
        for i in range(count):
            index = private.first + i
            with at(f"segment {index}"):
                segment = Listed.parse(private.segments[i * LISTED:(i + 1) * LISTED], content)
                require(segment.head.index == index, f"lists segment {segment.head.index} in its place")
                require(segment.head.open.kind == MEDIA, "is not media")
                require(segment.head.init == named, "names another init segment")
                check_granted_time(base, segment.head.open)
            self.segments.append(segment)
        self.layer = self.segments[0].head.open.layer
        require(all(segment.head.open.layer == self.layer for segment in self.segments), "segments of several layers")
        if self.init:
            with at("init segment"):
                require(self.init.head.open.kind == INIT, "of another kind")
                require(self.init.head.open.layer == self.layer, "of another layer")

    def _prove_segments(self) -> None:
        private, manifest = self.private, self.manifest
        leaves = [segment.leaf for segment in self.segments]
        merkle.check_range(private.first, private.end, leaves, manifest.count, private.proof, manifest.root)
        if self.init:
            with at("init segment"):
                index = self.init.head.index
                merkle.check_range(
                    index, index + 1, [self.init.leaf], manifest.count, private.init.proof, manifest.root)

    def contents(self) -> Iterator[bytes]:
        """Section 10, step 13: the content of the init segment, if there is one, and of the range in order."""
        private, fields = self.private, self.header.fields
        listed = ([self.init] if self.init else []) + self.segments
        require(len(self._bodies) == len(listed), f"{len(self._bodies)} bodies for {len(listed)} segments")
        for frame, segment, seed in zip(self._bodies, listed, self._seeds()):
            with at(f"segment {segment.head.index}, {frame}"):
                body = self._file.payload(frame)
                require(len(body) == segment.head.body_length, "body of another length")
                require(blake3(body) == segment.body_digest, "body of another digest")
                yield segment.head.content(self.header.identity, fields.suite, seed, body)

    def _seeds(self) -> Iterator[bytes]:
        private = self.private
        if private.init is not None:
            yield private.init.seed
        layer = tree.LayerTree(self.header.identity, self.layer)
        yield from layer.seeds(private.first, private.end, private.seeds)


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
    """The answer's key is an approved one of the custodian's, which had its notice logged before, for one of these
    releases."""
    fields = answer.record
    release = next((entry for entry in releases if entry.statement.id == fields.release), None)
    require(release is not None, "answers another release")
    notice = log.find(fields.notice, "answer-notice")
    require(notice.record.custodian == fields.custodian, f"{notice} is of another custodian")
    require(notice.record.terms == excerpt.id, f"{notice} is of other terms")
    require(notice.record.release == fields.release, f"{notice} is of another release")
    log.require_standing(notice)
    require(log.approved("custodian", fields.custodian, answer.signer, notice.existed_by, notice.index),
            "not signed by an approved key of the custodian")
