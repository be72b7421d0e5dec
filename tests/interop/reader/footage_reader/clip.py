"""The clip file: reading it forward, checking its hints, opening it with an owner's key (section 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from . import cbor, merkle, tree
from .crypto import PrivateKey, TAG, blake3, digest, equal, label, open_sealed
from .errors import Refused, at, require
from .frames import Frame, FramedFile
from .statements import Statement, bstr, clip_id, constant, list_of, read, record, signed, suite, time, wrap

MAGIC = b"footage-clip-v1\n"
SEGMENTS = 2**24                                        # of a clip
CONTENT = 16_777_216                                    # bytes of a segment
HEADER, OWNERS, STATEMENT = 50_176, 41_600, 49_152
SEGMENT_HEADER = 57
_ROW = 48                                               # bytes of a row of an index block
NO_INIT = 0xFFFFFFFF
INIT, MEDIA = 0, 1
ENDINGS = {1: "finished", 2: "recovered"}

_UNBOUNDED = 2**32 - 1                                  # what nothing says about the length of hints
_HEADER_LIMIT, _OWNERS_LIMIT = {"H": HEADER}, {"O": OWNERS}
_LIMITS = {"S": SEGMENT_HEADER + CONTENT + TAG, "D": STATEMENT, "I": _UNBOUNDED, "F": _UNBOUNDED}

_header = record({
    "version": constant(1), "suite": suite, "clip": clip_id, "started": time,
    "certificate": signed("camera-certificate"), "owners": bstr(32)})
_owners = list_of(record({"owner": bstr(32), "wrap": wrap}), 1, 32)


@dataclass(frozen=True)
class Header:
    """A clip's header, its certificate verified under the key that it names."""

    fields: Any
    digest: bytes


def read_header(data: bytes) -> Header:
    """Section 5.2. An excerpt carries the same bytes."""
    with at("header"):
        return Header(_header(cbor.decode(data, HEADER)), digest("clip header", data))


def own_head(data: bytes, header: Header) -> Statement:
    """A head of this clip (section 5.5), its signature verified."""
    head = read(data, "head")
    certificate = header.fields.certificate.record
    with at("head"):
        require(head.signer == certificate.key, "not signed by the key in the camera's certificate")
        require(head.record.clip == header.fields.clip, "of another clip")
        require(head.record.suite == header.fields.suite, "of another suite")
        require(head.record.header == header.digest, "of another header")
        require(1 <= head.record.count <= SEGMENTS, "counts no segments, or too many")
    return head


@dataclass(frozen=True)
class SegmentHeader:
    """The 57 bytes before a body (section 5.4)."""

    data: bytes
    index: int
    start: int
    duration: int
    kind: int
    length: int
    init: int
    commitment: bytes

    @classmethod
    def parse(cls, data: bytes) -> "SegmentHeader":
        require(len(data) == SEGMENT_HEADER, "a segment's header has 57 bytes")

        def number(first: int, end: int) -> int:
            return int.from_bytes(data[first:end], "big")

        header = cls(
            data, number(0, 4), number(4, 12), number(12, 16), data[16], number(17, 21), number(21, 25), data[25:])
        require(header.index < SEGMENTS, "segment's index is too large")
        require(header.kind in (INIT, MEDIA), "segment is neither init nor media")
        require(header.length <= CONTENT, "segment is too long")
        if header.kind == INIT:
            require(header.init == NO_INIT, "init segment names an init segment")
        else:
            require(header.init == NO_INIT or header.init < header.index, "segment names an init that is not before it")
        return header

    @property
    def body_length(self) -> int:
        return self.length + TAG

    def leaf(self, body_digest: bytes) -> bytes:
        return merkle.leaf_hash(self.data + body_digest)

    def open(self, clip: bytes, suite: int, seed: bytes, body: bytes) -> bytes:
        """The content: first the commitment, then the tag."""
        key, commitment = tree.segment_key(clip, self.index, seed)
        require(equal(commitment, self.commitment), "the key is not the one that the segment commits to")
        return open_sealed(suite, key, self.data, body)


class Clip:
    """A clip, read forward and verified up to its manifest. Nothing of it is decrypted yet."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = FramedFile(file, MAGIC)
        first = self._file.frame_at(self._file.start, _HEADER_LIMIT)
        second = self._file.frame_at(first.end, _OWNERS_LIMIT)

        self.header = read_header(self._file.payload(first))
        owners = self._file.payload(second)
        require(digest("owners", owners) == self.header.fields.owners, "owners: not those that the header names")
        with at("owners"):
            self._owners = _owners(cbor.decode(owners, OWNERS))
        self.header.fields.certificate.verify()

        self._segments: list[tuple[Frame, SegmentHeader, bytes]] = []           # with leaves
        self.heads = 0                                                          # other than the manifest
        self._manifest_frame, self.manifest = self._read_to_manifest(second.end)

    def _read_to_manifest(self, offset: int) -> tuple[Frame, Any]:
        """Section 5.7, step 2."""
        grown = merkle.Tree()
        while True:
            require(offset < self._file.size, "the clip is unfinished: it has no manifest")
            frame = self._file.frame_at(offset, _LIMITS)
            offset = frame.end
            with at(str(frame)):
                if frame.kind == "S":
                    grown.append(self._read_segment(frame, grown.size))
                elif frame.kind == "D":
                    head = own_head(self._file.payload(frame), self.header).record
                    require(head.count == grown.size, f"head counts {head.count} segments, not {grown.size}")
                    require(head.root == grown.root, "head has another root")
                    if head.end is not None:
                        return frame, head
                    self.heads += 1

    def _read_segment(self, frame: Frame, index: int) -> bytes:
        payload = self._file.payload(frame)
        segment = SegmentHeader.parse(payload[:SEGMENT_HEADER])
        require(len(payload) == SEGMENT_HEADER + segment.body_length, "segment has another length than its header says")
        require(segment.index == index, f"segment {segment.index} in the place of {index}")
        leaf = segment.leaf(blake3(payload[SEGMENT_HEADER:]))
        self._segments.append((frame, segment, leaf))
        return leaf

    def contents(self, owner: PrivateKey) -> Iterator[bytes]:
        """The content of every segment, in order, for an owner."""
        fields, fingerprint = self.header.fields, owner.public.fingerprint
        with at("owners"):
            entry = next((entry for entry in self._owners if entry.owner == fingerprint), None)
            if entry is None:
                raise Refused("this key is not an owner's")
            secret = owner.unwrap(label("clip secret") + fields.clip + fingerprint, entry.wrap)
        for frame, segment, leaf in self._segments:
            with at(f"segment {segment.index}, {frame}"):
                payload = self._file.payload(frame)
                body = payload[SEGMENT_HEADER:]
                require(payload[:SEGMENT_HEADER] == segment.data and segment.leaf(blake3(body)) == leaf,
                        "the file changed while it was read")
                yield segment.open(fields.clip, fields.suite, tree.seed(fields.clip, secret, segment.index), body)

    # -- 5.6: hints. They help to seek; a clip with wrong ones is no worse.

    def check_hints(self) -> None:
        """Refuse if footer or index do not say what was found by reading forward."""
        footer = self._file.frame_at(self._file.size - 21, {"F": 16})
        with at("footer"):
            require(footer.length == 16, "of another length")
            manifest, top, _ = _fields(self._file.payload(footer))
            require(manifest == self._manifest_frame.offset, "names another manifest")
        level = 0
        while 256 ** (level + 1) < len(self._segments):
            level += 1
        self._check_block(top, level, 0, len(self._segments))

    def _check_block(self, offset: int, level: int, first: int, end: int) -> None:
        """The index block at `offset`, and all below it, stand for the segments `first` up to `end`."""
        block = self._file.payload(self._file.frame_at(offset, {"I": 1 + 256 * _ROW}))
        each = 256**level                               # segments of a row
        starts = range(first, end, each)
        with at(f"index block of level {level} at byte {offset}"):
            require(len(block) == 1 + len(starts) * _ROW and block[0] == level, "of another level or length")
        for row, start in enumerate(starts):
            place, begins, root = _fields(block[1 + row * _ROW:1 + (row + 1) * _ROW])
            below = self._segments[start:min(start + each, end)]
            if level == 0:
                with at(f"index block at byte {offset}"):
                    require(place == below[0][0].offset, f"row {row} names another place")
            else:
                self._check_block(place, level - 1, start, start + len(below))
            with at(f"index block of level {level} at byte {offset}"):
                require(begins == below[0][1].start, f"row {row} has another start")
                require(root == merkle.root_of([leaf for _, _, leaf in below]), f"row {row} has another root")


def _fields(row: bytes) -> tuple[int, int, bytes]:
    return int.from_bytes(row[:8], "big"), int.from_bytes(row[8:16], "big"), row[16:]
