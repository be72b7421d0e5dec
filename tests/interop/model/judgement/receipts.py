"""Duties to delete, receipts and preservations, and what becomes of them."""

from enum import Enum
from typing import Any, NamedTuple

from .custodians import Custodians, Seen
from .limits import Limits
from .room import At, Room
from .roots import Eras


class Verdict(Enum):
    OPEN = "open"
    OVERDUE = "overdue"
    OVERDUE_OR_HELD_UP = "overdue or held up"
    NOT_YET_DATED = "closed, not yet dated"
    ON_TIME = "on time"
    HELD_UP = "held up"
    LATE = "late"
    BY_REGISTRARS = "closed by the registrars"
    LOST = "closed by a loss"

    @property
    def is_final(self) -> bool:
        """Whether it can only improve."""
        return self in FINAL

    @property
    def accuses(self) -> bool:
        return self in (Verdict.LATE, Verdict.OVERDUE)


# The best first.
FINAL = (Verdict.ON_TIME, Verdict.HELD_UP, Verdict.LOST, Verdict.BY_REGISTRARS, Verdict.LATE)
BEST = (*FINAL, Verdict.NOT_YET_DATED)


class Duty(NamedTuple):
    subject: tuple
    debtor: Any
    end: int
    begun: int                                          # index
    members: frozenset | None                           # who can have heard of it; None for all custodians
    k: int                                              # how many of them it takes


class Closed(NamedTuple):
    at: int                                             # the index at which it is judged
    index: int                                          # of the receipt
    how: Verdict | None                                 # None for a receipt of the party's own


class Receipts(Room):
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.duties: dict[tuple, Duty] = {}
        self.closed: dict[tuple, tuple[Closed, ...]] = {}  # by subject and party

    def begin(self, duty: Duty) -> None:
        """Begins a duty, unless it has begun or was closed before."""
        if not self.closings(duty.subject, duty.debtor):
            self.duties.setdefault(duty.subject, duty)

    def close(self, subject: tuple, party: Any, closed: Closed) -> None:
        """Closes a grant, a request or a file for good, also one that nobody has heard of; a key only once it is published."""
        if subject[0] == "key" and subject not in self.duties:
            return
        self.closed[subject, party] = (*self.closed.get((subject, party), ()), closed)

    def preserve(self, duty: Duty, eras: Eras, at: At) -> bool:
        """Takes a preservation: the duty of a file. Returns whether it is good. `at` is where it is judged."""
        _, terms, _ = duty.subject
        grant = self.duties.get(("footage", terms))
        had = self.duties.get(duty.subject)
        if grant is None or grant.debtor != duty.debtor or at.now >= duty.end:
            return False
        if at.now > self.due(had or grant, eras) or self.was_closed(duty.subject, duty.debtor, at.index):
            return False
        if had is None:
            self.duties[duty.subject] = duty
        elif duty.end > had.end:
            self.duties[duty.subject] = had._replace(end=duty.end)
        return True

    # -- when it is due -----------------------------------------------------------------------------------------------

    def grace(self, duty: Duty) -> int:
        return self.limits.key_grace if duty.subject[0] == "key" else self.limits.grace

    def unmoved(self, duty: Duty) -> int:
        return duty.end + self.grace(duty)

    def due(self, duty: Duty, eras: Eras) -> int:
        due = self.moved_by_dating(duty, self.unmoved(duty), eras)
        return self.moved_by_step(due, eras)

    def moved_by_dating(self, duty: Duty, due: int, eras: Eras) -> int:
        dated = eras.first_dating(duty.begun)
        return due if dated is None else max(due, dated.not_before + self.grace(duty))

    def moved_by_step(self, due: int, eras: Eras) -> int:
        passed = next((now for before, now in eras.steps if before <= due < now), None)
        return due if passed is None else passed + self.limits.step_grace

    def is_heard(self, duty: Duty, due: int, eras: Eras, custodians: Custodians) -> bool:
        """Whether enough others said in time that they had seen what began the duty, not long before it was due."""
        heard = {seen.custodian for seen in custodians.seen if self.hears(seen, duty, due, eras)}
        return len(heard) >= duty.k

    def hears(self, seen: Seen, duty: Duty, due: int, eras: Eras) -> bool:
        dated = eras.dated[seen.index]
        return (seen.custodian != duty.debtor and (duty.members is None or seen.custodian in duty.members)
                and seen.at.now <= due and dated is not None and dated.size > duty.begun
                and eras.time(seen.index) >= due - self.limits.sighted)

    # -- verdicts -----------------------------------------------------------------------------------------------------

    def verdict(self, subject: tuple, eras: Eras, custodians: Custodians, shown: int | None = None) -> Verdict | None:
        """Returns the verdict at a whole tree; `shown` is the *not before* of a checkpoint of it. None without a duty."""
        duty = self.duties.get(subject)
        if duty is None:
            return None
        due, unmoved = self.due(duty, eras), self.unmoved(duty)
        closings = self.closings(subject, duty.debtor)
        if closings:
            verdicts = [self.closed_verdict(duty, closed, due, unmoved, eras, custodians) for closed in closings]
            return min(verdicts, key=BEST.index)
        now = eras.now()
        if now > due:
            is_proven = eras.first_dating(duty.begun) is not None and self.is_heard(duty, due, eras, custodians)
            return Verdict.OVERDUE if is_proven else Verdict.OVERDUE_OR_HELD_UP
        if max(now, now if shown is None else shown) > unmoved + self.limits.step:
            return Verdict.OVERDUE_OR_HELD_UP
        return Verdict.OPEN

    def closings(self, subject: tuple, party: Any) -> tuple[Closed, ...]:
        """Returns what closes a duty of a party; of several, the best verdict counts."""
        return self.closed.get((subject, party), ())

    def was_closed(self, subject: tuple, party: Any, index: int) -> bool:
        return any(closed.at < index for closed in self.closings(subject, party))

    def closed_verdict(
        self, duty: Duty, closed: Closed, due: int, unmoved: int, eras: Eras, custodians: Custodians
    ) -> Verdict:
        at, first = eras.time(closed.at), eras.first_dating(closed.at)
        if closed.how is Verdict.BY_REGISTRARS:
            return closed.how
        if closed.how is Verdict.LOST and not (at > due and self.is_heard(duty, due, eras, custodians)):
            return closed.how
        if first is None or eras.first_dating(duty.begun) is None:
            return Verdict.NOT_YET_DATED
        if at > due:
            return Verdict.LATE if self.is_heard(duty, due, eras, custodians) else Verdict.HELD_UP
        if at > unmoved or first.not_before > unmoved and first.not_before - at > self.limits.step:
            return Verdict.HELD_UP
        return Verdict.ON_TIME
