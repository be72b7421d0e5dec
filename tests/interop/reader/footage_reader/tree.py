"""The key trees of a clip, one a layer, and the cover of a range (section 6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .crypto import expand, u8, u32
from .errors import require

DEPTH = 24


@dataclass(frozen=True)
class LayerTree:
    """The key tree of one layer of the clip with this identity. It holds no secret."""

    identity: bytes
    layer: int

    @property
    def _context(self) -> bytes:
        return self.identity + u8(self.layer)

    def root(self, secret: bytes) -> bytes:
        """The node of level 0 out of the clip's secret."""
        return expand(secret, "layer", self._context, 32)

    def child(self, node: bytes, level: int, index: int) -> bytes:
        """The node (level, index) out of its parent."""
        return expand(node, "node", self._context + u8(level) + u32(index), 32)

    def node(self, root: bytes, level: int, index: int) -> bytes:
        """The node (level, index) out of the root."""
        for below in range(1, level + 1):
            root = self.child(root, below, index >> (level - below))
        return root

    def seed(self, node: bytes, index: int, level: int = 0) -> bytes:
        """The seed of a segment out of the node above it at `level`; 0 is the root."""
        for below in range(level + 1, DEPTH + 1):
            node = self.child(node, below, index >> (DEPTH - below))
        return node

    def segment_key(self, index: int, seed: bytes) -> tuple[bytes, bytes]:
        """A segment's key and its commitment."""
        both = expand(seed, "segment", self._context + u32(index), 64)
        return both[:32], both[32:]

    def seeds(self, first: int, end: int, nodes: Sequence[bytes]) -> Iterator[bytes]:
        """The seeds of the indices of a range, in order, out of the nodes of its cover."""
        places = cover(first, end)
        require(len(places) == len(nodes), f"{len(nodes)} seeds for a cover of {len(places)} nodes")
        for (level, index), node in zip(places, nodes):
            below = DEPTH - level
            for segment in range(index << below, (index + 1) << below):
                yield self.seed(node, segment, level)


def cover(first: int, end: int) -> list[tuple[int, int]]:
    """The largest subtrees (level, index) that hold exactly the indices `first` up to, not including, `end`."""
    nodes = []
    while first < end:
        aligned = (first & -first).bit_length() - 1 if first else DEPTH         # trailing zero bits
        height = min(aligned, (end - first).bit_length() - 1, DEPTH)
        nodes.append((DEPTH - height, first >> height))
        first += 1 << height
    return nodes
