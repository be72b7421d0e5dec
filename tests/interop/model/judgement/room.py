"""What all rooms have in common."""

from typing import NamedTuple, Self


class At(NamedTuple):
    """Where a statement stands: the index of its entry, and log time there."""

    index: int
    now: int


class Room:
    """Keeps its state in dictionaries, lists and sets of values that never change."""

    def copy(self) -> Self:
        """Returns a copy that goes on by itself."""
        other = object.__new__(type(self))
        for name, value in vars(self).items():
            setattr(other, name, value.copy() if isinstance(value, (dict, list, set)) else value)
        return other
