"""The key tree of a clip, and the cover of a range (section 6)."""

from collections.abc import Iterator, Sequence

from .crypto import expand, u8, u32
from .errors import require

DEPTH = 24


def child(clip: bytes, secret: bytes, level: int, index: int) -> bytes:
    """The secret of the node (level, index) out of its parent's."""
    return expand(secret, "node", clip + u8(level) + u32(index), 32)


def seed(clip: bytes, secret: bytes, index: int, level: int = 0) -> bytes:
    """The seed of a segment out of the node above it at `level`; 0 is the clip secret itself."""
    for below in range(level + 1, DEPTH + 1):
        secret = child(clip, secret, below, index >> (DEPTH - below))
    return secret


def segment_key(clip: bytes, index: int, segment_seed: bytes) -> tuple[bytes, bytes]:
    """A segment's key and its commitment."""
    both = expand(segment_seed, "segment", clip + u32(index), 64)
    return both[:32], both[32:]


def cover(first: int, end: int) -> list[tuple[int, int]]:
    """The largest subtrees (level, index) that hold exactly the segments `first` up to, not including, `end`."""
    nodes = []
    while first < end:
        aligned = (first & -first).bit_length() - 1 if first else DEPTH         # trailing zero bits
        height = min(aligned, (end - first).bit_length() - 1, DEPTH)
        nodes.append((DEPTH - height, first >> height))
        first += 1 << height
    return nodes


def seeds(clip: bytes, first: int, end: int, secrets: Sequence[bytes]) -> Iterator[bytes]:
    """The seeds of a range's segments, in order, out of the secrets of its cover."""
    nodes = cover(first, end)
    require(len(nodes) == len(secrets), f"{len(secrets)} seeds for a cover of {len(nodes)} nodes")
    for (level, index), secret in zip(nodes, secrets):
        below = DEPTH - level
        for segment in range(index << below, (index + 1) << below):
            yield seed(clip, secret, segment, level)
