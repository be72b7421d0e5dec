"""What a custodian does by witnessed time: when it answers, and when it destroys an expiry key."""

from typing import Any, NamedTuple

from .limits import Limits
from .roots import Bounds


class Custodian(NamedTuple):
    """What it remembers, which a restored snapshot takes back."""

    limits: Limits
    end: int                                            # of the epoch
    witnessed: int = 0                                  # the greatest *not before* that it has seen
    moved: int = 0                                      # running time when that last grew
    passed: int | None = None                           # running time when that was past the end
    destroyed: bool = False
    revoked: frozenset = frozenset()                    # grants that it never answers for

    def see(self, shown: Bounds, running: int) -> "Custodian":
        if shown.not_before <= self.witnessed:
            return self
        passed = running if self.passed is None and shown.not_before > self.end else self.passed
        return self._replace(witnessed=shown.not_before, moved=running, passed=passed)

    def revoke(self, grant: Any) -> "Custodian":
        return self._replace(revoked=self.revoked | {grant})

    def answers(self, notice: Bounds, grant: Any) -> bool:
        """Whether it hands its share of a grant out under a checkpoint that includes its notice."""
        return (not self.destroyed and self.is_in_time(notice) and self.witnessed < self.end and grant not in self.revoked)

    def is_in_time(self, notice: Bounds) -> bool:
        return notice.existed_by < self.end

    def destroys(self, running: int, clock: int) -> bool:
        """Whether it destroys the key, by running time and its wall clock."""
        hour = self.limits.hour
        if self.passed is not None and (self.agrees(clock) or running - self.passed >= 48 * hour):
            return True
        still = running - self.moved
        return still >= 72 * hour and self.witnessed + still > self.end + 72 * hour

    def agrees(self, clock: int) -> bool:
        return abs(clock - self.witnessed) <= self.limits.day
