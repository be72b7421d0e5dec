"""Merkle trees of RFC 6962 with SHA-256: roots, inclusion proofs, range proofs (section 7)."""

from collections.abc import Sequence

from .crypto import sha256
from .errors import require


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\0", entry)


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1", left, right)


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


class Tree:
    """A tree that grows leaf by leaf and knows its root at any time."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []                   # roots of full subtrees, largest first

    def append(self, leaf: bytes) -> None:
        self._peaks.append(leaf)
        self.size += 1
        for _ in range((self.size & -self.size).bit_length() - 1):              # one merge for each trailing zero bit
            right, left = self._peaks.pop(), self._peaks.pop()
            self._peaks.append(node(left, right))

    @property
    def root(self) -> bytes:
        if not self._peaks:
            return sha256()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node(peak, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root


def check_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2: siblings from leaf to root, lowest first."""
    require(index < size, "inclusion proof of a place outside of the tree")
    place, last, result = index, size - 1, leaf
    for sibling in proof:
        require(last > 0, "inclusion proof is too long")
        if place & 1 or place == last:
            result = node(sibling, result)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            result = node(result, sibling)
        place, last = place >> 1, last >> 1
    require(last == 0, "inclusion proof is too short")
    require(result == root, "inclusion proof leads to another root")


def check_consistency(old: int, new: int, old_root: bytes, proof: Sequence[bytes], new_root: bytes) -> None:
    """RFC 9162 section 2.1.4.2: the tree of `new` leaves begins with that of `old`."""
    require(old <= new, "consistency proof of a tree that shrank")
    if old in (0, new):
        require(not proof, "consistency proof is too long")
        require(old_root == (sha256() if old == 0 else new_root), "consistency proof of another root")
        return
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    require(bool(hashes), "consistency proof is too short")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        require(last > 0, "consistency proof is too long")
        if place & 1 or place == last:
            before, after = node(sibling, before), node(sibling, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node(after, sibling)
        place, last = place >> 1, last >> 1
    require(last == 0, "consistency proof is too short")
    require(before == old_root and after == new_root, "consistency proof leads to other roots")


def check_range(first: int, end: int, leaves: Sequence[bytes], size: int, proof: Sequence[bytes], root: bytes) -> None:
    """The leaves `first` up to `end` stand under the root; the proof goes from left to right."""
    require(len(leaves) == end - first, "range proof of another number of leaves")
    check_ranges([(first, leaves)], size, proof, root)


def check_ranges(
    ranges: Sequence[tuple[int, Sequence[bytes]]], size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """The leaves of several ranges, each from its first place on, stand under the root."""
    require(bool(ranges), "range proof of no range")
    past = -1                                           # at least one leaf stands between two ranges
    for first, leaves in ranges:
        require(bool(leaves), "range proof of nothing")
        require(first > past, "range proof of ranges in another order")
        past = first + len(leaves)
        require(past <= size, "range proof of places outside of the tree")
    rest = iter(proof)

    def rebuild(low: int, high: int, among: Sequence[tuple[int, Sequence[bytes]]]) -> bytes:
        among = [(first, leaves) for first, leaves in among if first < high and low < first + len(leaves)]
        if not among:
            sibling = next(rest, None)
            require(sibling is not None, "range proof is too short")
            return sibling
        first, leaves = among[0]
        if first <= low and high <= first + len(leaves):
            return root_of(leaves[low - first:high - first])
        middle = low + _split(high - low)
        left = rebuild(low, middle, among)
        return node(left, rebuild(middle, high, among))

    rebuilt = rebuild(0, size, ranges)
    require(next(rest, None) is None, "range proof is too long")
    require(rebuilt == root, "range proof leads to another root")
