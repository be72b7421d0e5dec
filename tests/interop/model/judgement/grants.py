"""Releases and answer notices."""

from typing import Any, NamedTuple

from .limits import Limits
from .room import At, Room
from .roots import Dated
from .statements import Notice, Release


class Released(NamedTuple):
    body: Release
    at: At


class Grants(Room):
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.releases: dict[tuple, Released] = {}       # by T and one-time key
        self.notices: dict[tuple, tuple[tuple[Any, int], ...]] = {}  # of a release: custodian and index

    def release(self, agency: Any, body: Release, at: At) -> bool:
        """Takes a release of an agency that stands. Returns whether it is good."""
        name = (body.terms, body.one_time)
        if body.agency != agency or at.now >= body.end or name in self.releases:
            return False
        self.releases[name] = Released(body, at)
        return True

    def notice(self, custodian: Any, body: Notice, anchor: Dated, at: At) -> bool:
        """Takes a notice of a custodian that stands. Returns whether it is good."""
        released = self.releases.get(body.release)
        had = self.notices.get(body.release, ())
        if (released is None or at.now >= released.body.end or anchor.size <= released.at.index
                or custodian not in released.body.members or any(other == custodian for other, _ in had)):
            return False
        self.notices[body.release] = (*had, (custodian, at.index))
        return True

    def opens_between(self, terms: Any, low: int, high: int) -> bool:
        """Whether a good release of a grant, or the last notice that it takes to open it, stands between two entries."""
        for name, released in self.releases.items():
            if name[0] == terms:
                notices = [index for _, index in self.notices.get(name, ())]
                opened = notices[released.body.k - 1:released.body.k]
                if any(low < index < high for index in [released.at.index, *opened]):
                    return True
        return False
