"""The clip file: reading it forward, checking its hints, opening it with an owner's key (section 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from . import cbor, merkle
from .crypto import (
    HOUSEHOLD, RECOVERY, TAG, WRAP_LENGTH, PrivateKey, blake3, clip_info, digest, equal, expand, u8, u64)
from .errors import Refused, at, require
from .frames import Frame, FramedFile
from .segment import CONTENT, NO_INIT, SEGMENT_HEAD, SEGMENTS, OpenHalf, SegmentHead
from .statements import (
    LAST_TIME, Statement, bstr, clip_id, constant, kem_id, read, record, sid, signed, suite, time, uint, wrap)
from .tree import LayerTree

MAGIC = b"footage-clip-v1\n"
HEADER, OWNERS, STATEMENT = 50_176, 2_600, 49_152       # bytes
NOT_SET, SET, SET_EARLIER, TOLD, NONE = range(5)        # clocks
CLOCKS = ("not-set", "set", "set-earlier", "told", "none")
CONTENTS = {1: "video", 2: "file"}
ENDINGS = {1: "finished", 2: "recovered", 3: "cut-off"}

ROWS = 64                                               # of an index block
_ROW_OF_SEGMENT, _ROW_OF_BLOCK = 8 + SEGMENT_HEAD + 32, 48
_FOOTER = 16

_HEADER_LIMIT, _OWNERS_LIMIT = {"H": HEADER}, {"O": OWNERS}
_LIMITS = {
    "S": SEGMENT_HEAD + CONTENT + TAG, "D": STATEMENT, "I": 1 + ROWS * _ROW_OF_SEGMENT}
_BLOCK = {"I": _LIMITS["I"]}


def _check_started(header: Any) -> None:
    require(header.started == 0 or header.clock not in (NOT_SET, NONE), "a clip without a clock names its start")


_header = record({
    "version": constant(1), "suite": suite, "clip": clip_id, "started": time, "clock": uint(0, 4),
    "content": uint(1, 2), "kem": kem_id, "certificate": signed("camera-certificate"), "check": bstr(32),
    "owners": bstr(32)}, _check_started)
_recipient = record({"fingerprint": bstr(32), "wrap": wrap})
_owners = record({"household": _recipient, "recovery": _recipient, "number": uint(), "list": sid})


# -- 5.2, 5.3: header and owners --------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Header:
    """A clip's header. Its certificate has still to be verified under the key that it names."""

    fields: Any
    digest: bytes

    @property
    def camera_key(self) -> bytes:
        return self.fields.certificate.record.request.signer

    @property
    def identity(self) -> bytes:
        """What binds everything below the clip's secret."""
        fields = self.fields
        return digest("clip identity", u8(fields.version), u8(fields.suite), fields.clip, u64(fields.started),
                      u8(fields.clock), self.camera_key)

    def check_secret(self, secret: bytes) -> None:
        check = expand(secret, "check", self.identity, 32)
        require(equal(check, self.fields.check), "wrong key: its secret is not this clip's")

    def base(self, manifest: Any) -> int | None:
        """The time of `start` 0, or None if the clip has no time (section 5.5)."""
        if self.fields.clock in (SET, TOLD):
            return self.fields.started
        if self.fields.clock == NOT_SET and manifest.set is not None and not manifest.set.earlier:
            return manifest.set.wall
        return None


def read_header(data: bytes) -> Header:
    """Section 5.2. An excerpt carries the same bytes."""
    with at("header"):
        return Header(_header(cbor.decode(data, HEADER)), digest("clip header", data))


def read_owners(data: bytes, header: Header) -> Any:
    """Section 5.3."""
    with at("owners"):
        require(digest("clip owners", data) == header.fields.owners, "not those that the header names")
        owners = _owners(cbor.decode(data, OWNERS))
        for role in ("household", "recovery"):
            require(len(getattr(owners, role).wrap) == WRAP_LENGTH[header.fields.kem],
                    f"{role}: the wrap is not of the header's KEM")
    return owners


# -- 5.5: heads, times ------------------------------------------------------------------------------------------------

def own_head(data: bytes, header: Header) -> Statement:
    """A head of this clip, its signature verified."""
    head = read(data, "head")
    with at("head"):
        require(head.signer == header.camera_key, "not signed by the key in the camera's certificate")
        require(head.record.clip == header.fields.clip, "of another clip")
        require(head.record.suite == header.fields.suite, "of another suite")
        require(head.record.header == header.digest, "of another header")
        require(head.record.count <= SEGMENTS, "counts too many segments")
        require(head.record.set is None or header.fields.clock == NOT_SET, "sets a clock that was set")
    return head


def check_granted_time(base: int | None, segment: OpenHalf) -> None:
    """Refuse a media segment of a granted range without a time, or one that ends after the year 9999."""
    require(base is not None, "the clip has no time: nothing of it can be granted")
    require(base + segment.end <= LAST_TIME, "ends after the year 9999")


# -- 5.1, 5.7: reading ------------------------------------------------------------------------------------------------

class Clip:
    """A clip, read forward and verified up to its manifest. Nothing of it is decrypted yet."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = FramedFile(file, MAGIC)
        first = self._file.frame_at(self._file.start, _HEADER_LIMIT)
        second = self._file.frame_at(first.end, _OWNERS_LIMIT)

        self.header = read_header(self._file.payload(first))
        self.owners = read_owners(self._file.payload(second), self.header)
        with at("header"):
            self.header.fields.certificate.verify()

        self.segments: list[tuple[Frame, SegmentHead, bytes]] = []              # with the digests of their bodies
        self.heads = 0                                                          # other than the manifest
        self._manifest_frame, self.manifest = self._read_to_manifest(second.end)

    def _read_to_manifest(self, offset: int) -> tuple[Frame, Any]:
        """Section 5.7, step 2."""
        grown, after_head = merkle.Tree(), False
        while True:
            require(offset < self._file.size, "the clip is unfinished: it has no manifest")
            frame = self._file.frame_at(offset, _LIMITS)
            offset = frame.end
            with at(str(frame)):
                if frame.kind == "S":
                    segment, body_digest = self._read_segment(frame, grown.size)
                    require(segment.open.begins_group or not after_head, "a head stands inside of its group")
                    self.segments.append((frame, segment, body_digest))
                    grown.append(segment.leaf(body_digest))
                    after_head = False
                elif frame.kind == "D":
                    head = own_head(self._file.payload(frame), self.header).record
                    require(head.count == grown.size, f"head counts {head.count} segments, not {grown.size}")
                    require(head.root == grown.root, "head has another root")
                    after_head = True
                    if head.end is not None:
                        return frame, head
                    self.heads += 1

    def _read_segment(self, frame: Frame, index: int) -> tuple[SegmentHead, bytes]:
        payload = self._file.payload(frame)
        segment = SegmentHead.parse(payload[:SEGMENT_HEAD], self.header.fields.content)
        require(len(payload) == SEGMENT_HEAD + segment.body_length, "segment has another length than its head says")
        require(segment.index == index, f"segment {segment.index} in the place of {index}")
        if segment.init != NO_INIT:
            segment.require_init(self.segments[segment.init][1].open)
        return segment, blake3(payload[SEGMENT_HEAD:])

    def unlock(self, owner: PrivateKey) -> bytes:
        """The clip's secret, for the household or the holder of the recovery key."""
        fingerprint = owner.public.fingerprint
        with at("owners"):
            for role, entry in ((HOUSEHOLD, self.owners.household), (RECOVERY, self.owners.recovery)):
                if entry.fingerprint == fingerprint:
                    secret = owner.unwrap(clip_info(self.header.identity, role, fingerprint), entry.wrap)
                    self.header.check_secret(secret)
                    return secret
        raise Refused("owners: not sealed for this key")

    def contents(self, secret: bytes) -> Iterator[bytes]:
        """The content of every segment, in order."""
        identity, suite = self.header.identity, self.header.fields.suite
        for frame, segment, body_digest in self.segments:
            with at(f"segment {segment.index}, {frame}"):
                payload = self._file.payload(frame)
                body = payload[SEGMENT_HEAD:]
                require(payload[:SEGMENT_HEAD] == segment.data and blake3(body) == body_digest,
                        "the file changed while it was read")
                layer = LayerTree(identity, segment.open.layer)
                seed = layer.seed(layer.root(secret), segment.index)
                yield segment.content(identity, suite, seed, body)

    # -- 5.6: hints. They help to seek; a clip with wrong ones is no worse.

    def check_hints(self) -> None:
        """Refuse if footer or index do not say what was found by reading forward. The leaves come from the rows alone."""
        footer = self._file.frame_at(self._file.size - 5 - _FOOTER, {"F": _FOOTER})
        with at("footer"):
            require(footer.length == _FOOTER, "of another length")
            manifest, top = _split(self._file.payload(footer), 8, 8)
            require(int.from_bytes(manifest, "big") == self._manifest_frame.offset, "names another manifest")
        level = 0
        while ROWS ** (level + 1) < len(self.segments):
            level += 1
        root, _ = self._check_block(int.from_bytes(top, "big"), level, 0, len(self.segments))
        require(root == self.manifest.root, "index: leads to another root")

    def _check_block(self, offset: int, level: int, first: int, end: int) -> tuple[bytes, int]:
        """The root and the least start of a block that stands for the segments `first` up to `end`."""
        block = self._file.payload(self._file.frame_at(offset, _BLOCK))
        each, size = ROWS**level, _ROW_OF_BLOCK if level else _ROW_OF_SEGMENT
        begins = range(first, end, each)
        with at(f"index block of level {level} at byte {offset}"):
            require(len(block) == 1 + len(begins) * size and block[0] == level, "of another level or length")
        roots, starts = [], []
        for row, begin in enumerate(begins):
            data = block[1 + row * size:1 + (row + 1) * size]
            if level == 0:
                with at(f"index block at byte {offset}, row {row}"):
                    root, start = self._check_row(data, begin)
            else:
                place, said_start, said_root = _split(data, 8, 8, 32)
                root, start = self._check_block(
                    int.from_bytes(place, "big"), level - 1, begin, min(begin + each, end))
                with at(f"index block of level {level} at byte {offset}, row {row}"):
                    require(int.from_bytes(said_start, "big") == start, "another least start")
                    require(said_root == root, "another root")
            roots.append(root)
            starts.append(start)
        return merkle.root_of(roots), min(starts, default=0)

    def _check_row(self, row: bytes, index: int) -> tuple[bytes, int]:
        """The leaf and the start of a segment, by its row alone."""
        place, head, body_digest = _split(row, 8, SEGMENT_HEAD, 32)
        segment = SegmentHead.parse(head, self.header.fields.content)
        require(segment.index == index, f"segment {segment.index} in the place of {index}")
        require(int.from_bytes(place, "big") == self.segments[index][0].offset, "names another place")
        return segment.leaf(body_digest), segment.open.start


def _split(data: bytes, *lengths: int) -> list[bytes]:
    parts = []
    for length in lengths:
        parts.append(data[:length])
        data = data[length:]
    return parts
