"""Custodians' expiry keys and losses, and what they say that they have seen."""

from typing import Any, NamedTuple

from .limits import Limits
from .room import At, Room
from .statements import Entry, ExpiryKey, Loss, Sighting


class Key(NamedTuple):
    custodian: Any
    body: ExpiryKey
    at: At


class Seen(NamedTuple):
    """A sighting that counts."""

    at: At
    custodian: Any
    index: int                                          # of the checkpoint entry that it names
    ids: frozenset


class Custodians(Room):
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.keys: dict[tuple[Any, int], tuple[Key, ...]] = {}
        self.lost: set[tuple[Any, Any]] = set()         # custodians and fingerprints
        self.seen: list[Seen] = []

    def publish(self, custodian: Any, body: ExpiryKey, at: At) -> bool:
        """Takes an expiry key of a custodian that stands. Returns whether it is good."""
        had = self.keys.get((custodian, body.end), ())
        own = (custodian, body.fingerprint)
        if at.now >= body.end or not self.is_free(had) or own in self.lost or self.is_used(*own):
            return False
        self.keys[custodian, body.end] = (*had, Key(custodian, body, at))
        return True

    def is_free(self, had: tuple[Key, ...]) -> bool:
        """The first good key counts until it is lost; a loss allows one replacement."""
        return not had or len(had) == 1 and self.is_lost(had[0])

    def is_used(self, custodian: Any, fingerprint: Any) -> bool:
        return any(key.custodian == custodian and key.body.fingerprint == fingerprint
                   for keys in self.keys.values() for key in keys)

    def is_lost(self, key: Key) -> bool:
        return (key.custodian, key.body.fingerprint) in self.lost

    def lose(self, custodian: Any, body: Loss) -> None:
        """Takes a loss of a custodian, also of a key that is not in the log yet: it then never counts."""
        self.lost.add((custodian, body.fingerprint))

    def key(self, custodian: Any, end: int) -> ExpiryKey | None:
        """Returns the key of an epoch that can be locked to."""
        had = self.keys.get((custodian, end), ())
        return had[-1].body if had and not self.is_lost(had[-1]) else None

    def naming(self, entry: Entry) -> list[Seen]:
        """Returns the sightings that name a statement, in log order."""
        return [seen for seen in self.seen if entry in seen.ids]

    def sight(self, custodian: Any, body: Sighting, at: At) -> None:
        self.seen.append(Seen(at, custodian, body.index, body.ids))
