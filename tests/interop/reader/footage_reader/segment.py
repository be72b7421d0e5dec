"""A segment: its open half, its closed half, its leaf, its body (section 5.4). Clips and excerpts have the same."""

from dataclasses import dataclass

from . import merkle
from .crypto import TAG, digest, equal, open_sealed, u32
from .errors import require
from .tree import LayerTree

SEGMENTS = 2**24                                        # of a clip
CONTENT = 16_777_216                                    # bytes of a segment
OPEN, SEGMENT_HEAD = 19, 59                             # bytes
NO_INIT = 0xFFFFFFFF
PICTURES, SOUND = 0, 1                                  # layers
INIT, MEDIA = 0, 1                                      # kinds
GROUP, GAP = 1, 2                                       # flags
VIDEO, FILE = 1, 2                                      # contents of a clip


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


@dataclass(frozen=True)
class OpenHalf:
    """What everybody may see of a segment, granted or not: the first half of its leaf."""

    data: bytes
    index: int
    start: int
    duration: int
    layer: int
    kind: int
    flags: int

    @classmethod
    def parse(cls, data: bytes, content: int) -> "OpenHalf":
        """`content` is what the clip's header says."""
        require(len(data) == OPEN, f"the open half of a segment has {OPEN} bytes")
        half = cls(data, _number(data[:4]), _number(data[4:12]), _number(data[12:16]), *data[16:])
        require(half.index < SEGMENTS, "segment's index is too large")
        require(half.layer in (PICTURES, SOUND), f"segment of the layer {half.layer}")
        require(half.kind in (INIT, MEDIA), "segment is neither init nor media")
        require(not half.flags & ~(GROUP | GAP), f"segment has flags that nobody knows ({half.flags:#04x})")
        require(half.kind == MEDIA or half.duration == 0, "init segment has a duration")
        require(content == VIDEO or (half.kind, half.layer) == (MEDIA, PICTURES),
                "segment of a file is no media in the layer 0")
        require(half.index > 0 or half.begins_group, "first segment of the clip begins no group")
        return half

    @property
    def begins_group(self) -> bool:
        return bool(self.flags & GROUP)

    @property
    def end(self) -> int:
        """In milliseconds of the clip, as `start` is."""
        return self.start + self.duration

    def leaf(self, closed: bytes) -> bytes:
        return merkle.leaf_hash(self.data + closed)


@dataclass(frozen=True)
class SegmentHead:
    """The 59 bytes before a body."""

    data: bytes
    open: OpenHalf
    length: int
    init: int
    commitment: bytes

    @classmethod
    def parse(cls, data: bytes, content: int) -> "SegmentHead":
        require(len(data) == SEGMENT_HEAD, f"the head of a segment has {SEGMENT_HEAD} bytes")
        half = OpenHalf.parse(data[:OPEN], content)
        head = cls(data, half, _number(data[19:23]), _number(data[23:27]), data[27:])
        require(head.length <= CONTENT, "segment is too long")
        require(content == VIDEO or head.init == NO_INIT, "segment of a file names an init")
        if half.kind == INIT:
            require(head.init == NO_INIT, "init segment names an init segment")
        else:
            require(head.init == NO_INIT or head.init < half.index, "segment names an init that is not before it")
        return head

    @property
    def index(self) -> int:
        return self.open.index

    @property
    def body_length(self) -> int:
        return self.length + TAG

    def closed(self, body_digest: bytes) -> bytes:
        """The closed half of the leaf."""
        return digest("closed", u32(self.length), u32(self.init), self.commitment, body_digest)

    def leaf(self, body_digest: bytes) -> bytes:
        return self.open.leaf(self.closed(body_digest))

    def require_init(self, init: OpenHalf) -> None:
        """Refuse unless this is the open half of an init segment that this one can be played with."""
        require(init.kind == INIT and init.layer == self.open.layer, "segment names what is no init of its layer")

    def content(self, identity: bytes, suite: int, seed: bytes, body: bytes) -> bytes:
        """The content: first the commitment, then the tag."""
        key, commitment = LayerTree(identity, self.open.layer).segment_key(self.index, seed)
        require(equal(commitment, self.commitment), "the key is not the one that the segment commits to")
        return open_sealed(suite, key, self.data, body)
