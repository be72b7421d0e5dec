"""Roots and their eras, and log time: the log dates itself by the checkpoints in it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from .limits import Limits
from .room import At, Room
from .statements import Cancellation, Checkpoint, Entry, Roots, Succession


class Bounds(NamedTuple):
    not_before: int
    existed_by: int


class Dated(NamedTuple):
    """A checkpoint that dates."""

    size: int
    not_before: int


class Era(NamedTuple):
    roots: Roots
    begins: int | None = None                           # trees larger than this are judged by them; None for the first
    since: int = 0                                      # the first entry that is judged by them
    is_break: bool = False                              # they came with the software

    @property
    def ends(self) -> int:
        """The last entry of the era before."""
        return self.begins - 1 if self.is_break else self.begins


def bounds(checkpoint: Checkpoint, roots: Roots, second: int) -> Bounds | None:
    """Returns what the cosignatures show if `roots.faulty` of them lie, or None without a quorum."""
    earliest: dict[Any, int] = {}
    latest: dict[Any, int] = {}
    for witness, time in checkpoint.lines:
        if witness in roots.witnesses:
            earliest[witness] = min(time, earliest.get(witness, time))
            latest[witness] = max(time, latest.get(witness, time))
    if checkpoint.log_key != roots.log_key or len(earliest) < roots.quorum:
        return None
    first = sorted(earliest.values(), reverse=True)[roots.faulty]
    last = sorted(latest.values())[roots.faulty]
    return Bounds(first, last + second)


class Eras(Room):
    """The roots, handed over in the log, and the time of each entry."""

    def __init__(self, limits: Limits, roots: Roots, root: Callable[[int], Any]) -> None:
        self.limits = limits
        self.root = root                                # returns the root of the log's tree of a size
        self.eras = [Era(roots)]
        self.renewed: list[tuple[int, int]] = []        # index of a renewal, and until when roots last since
        self.times: list[int | None] = []
        self.dated: list[Dated | None] = []             # by which checkpoint each entry dates
        self.steps: list[tuple[int, int]] = []          # log time before and after each step in which it stood still
        self.succession: tuple[At, Succession] | None = None
        self.forked: int | None = None                    # the index at which the replay ended
        self.retired: list[int] = []                    # entries with another root by keys that were retired

    # -- roots --------------------------------------------------------------------------------------------------------

    def era_of(self, size: int) -> int:
        """Trees that hold the handover's entry are judged by the new roots."""
        return sum(1 for era in self.eras if era.begins is not None and size > era.begins)

    def era_before(self, index: int) -> int:
        """The era in force just before an entry."""
        return sum(1 for era in self.eras[1:] if era.since <= index)

    def in_force(self) -> Roots:
        return self.eras[-1].roots

    def since_handover(self, era: int, now: int) -> int | None:
        """Returns how much log time has passed since an era ended, or None if it is in force."""
        if era + 1 == len(self.eras) or self.eras[era + 1].ends >= len(self.times):
            return None
        return now - self.time(self.eras[era + 1].ends)

    # -- checkpoints --------------------------------------------------------------------------------------------------

    def witnessed(self, checkpoint: Checkpoint) -> Bounds | None:
        """Returns the bounds of a checkpoint of this log with the quorum of the roots of its size."""
        if checkpoint.root != self.root(checkpoint.size):
            return None
        return bounds(checkpoint, self.eras[self.era_of(checkpoint.size)].roots, self.limits.second)

    def dates(self, checkpoint: Checkpoint, index: int, before: int | None) -> Dated | None:
        if checkpoint.size > index or self.era_of(checkpoint.size) != self.era_before(index):
            return None
        shown = self.witnessed(checkpoint)
        if shown is None or not self.is_near(shown.not_before, before):
            return None
        return Dated(checkpoint.size, shown.not_before)

    def is_near(self, not_before: int, before: int | None) -> bool:
        return before is None or not_before >= before - self.limits.shelf

    def is_fork(self, checkpoint: Checkpoint, index: int, before: int | None) -> bool | None:
        """Returns whether a checkpoint ends the replay; None if it is no witnessed checkpoint of another root."""
        if checkpoint.size > index or checkpoint.root == self.root(checkpoint.size):
            return None
        signed = [number for number, era in enumerate(self.eras)
                  if bounds(checkpoint, era.roots, self.limits.second) is not None]
        return any(self.is_named(era, before) for era in signed) if signed else None

    def is_named(self, era: int, before: int | None) -> bool:
        """Whether these roots are in force, or were less than 24 hours ago. Roots that were lost in a break never are."""
        if any(later.is_break for later in self.eras[era + 1:]):
            return False
        since = None if before is None else self.since_handover(era, before)
        return since is None or since < self.limits.shelf

    def anchors(self, checkpoint: Checkpoint | None, at: At, shelf: int | None, lasts: bool = False) -> Dated | None:
        """Returns the checkpoint if a statement can carry it as its anchor, not older than `shelf`. A statement that lasts
        never goes stale."""
        if checkpoint is None or checkpoint.size > at.index:
            return None
        shown = self.witnessed(checkpoint)
        if shown is None or (shelf is not None and at.now - shown.not_before > shelf):
            return None
        era = self.era_of(checkpoint.size)
        since = self.since_handover(era, at.now)
        if since is not None and at.index >= self.eras[era + 1].since:
            is_late = since > self.limits.shelf and not lasts
            if is_late or not self.is_of_its_time(shown.not_before, self.eras[era + 1].ends):
                return None
        return Dated(checkpoint.size, shown.not_before)

    def is_of_its_time(self, not_before: int, handover: int) -> bool:
        """Retired keys can date a checkpoint as they like."""
        return not_before <= self.time(handover)

    # -- log time -----------------------------------------------------------------------------------------------------

    def time(self, index: int) -> int:
        time = self.times[index]
        return 0 if time is None else time

    def now(self) -> int:
        return self.time(len(self.times) - 1) if self.times else 0

    def first_dating(self, index: int) -> Dated | None:
        """Returns the first dating checkpoint, in log order, whose tree includes an entry."""
        return next((dated for dated in self.dated[index:] if dated and dated.size > index), None)

    def stood_still(self, checkpoint: Checkpoint) -> int:
        """Returns for how long the log stood still at the end of a tree, according to a checkpoint that anybody shows."""
        shown = self.witnessed(checkpoint)
        if shown is None or not 0 < checkpoint.size <= len(self.times):
            return 0
        still = self.reach(checkpoint.size, shown.not_before) - self.time(checkpoint.size - 1)
        return still if still > self.limits.step else 0

    def reach(self, size: int, not_before: int) -> int:
        """What a checkpoint shows reaches no further than log time at the entry after its tree."""
        return min(not_before, self.time(size)) if size < len(self.times) else not_before

    def take(self, entry: Entry) -> At | None:
        """Dates an entry, and hands over. Returns None where the replay has ended, and before the log has a time."""
        if self.forked is not None:
            return None
        index = len(self.times)
        before = self.times[-1] if self.times else None
        dated = None
        if entry.anchor is not None:
            fork = self.is_fork(entry.anchor, index, before)
            if fork:
                self.forked = index
                return None
            if fork is not None:
                self.retired.append(index)
            dated = self.dates(entry.anchor, index, before)
        now = before
        if dated is not None:
            now = dated.not_before if before is None else max(before, dated.not_before)
        self.times.append(now)
        self.dated.append(dated)
        if now is None:
            return None
        if before is not None and now - before > self.limits.step:
            self.steps.append((before, now))
        if self.succession is not None and now - self.succession[0].now >= self.limits.run_on:
            self.hand_over(index)
        return At(index, now)

    def hand_over(self, index: int) -> None:
        self.eras.append(Era(self.succession[1].roots, index, index + 1))
        self.succession = None

    def pass_over(self, size: int, now: int) -> None:
        """Goes on to a log of this size, which ends at this time, without its entries."""
        while len(self.times) < size:
            self.times.append(self.now())
            self.dated.append(None)
        self.times[-1] = now

    # -- successions --------------------------------------------------------------------------------------------------

    def succeed(self, body: Succession, at: At) -> None:
        """Takes a succession whose signatures are complete."""
        before = self.in_force()
        if self.succession is not None or body.number != len(self.eras) + len(self.renewed):
            return
        if body.roots._replace(until=0) == before._replace(until=0):
            self.renewed.append((at.index, body.roots.until))
        elif self.is_small_change(before, body.roots):
            self.succession = (at, body)

    @staticmethod
    def is_small_change(before: Roots, roots: Roots) -> bool:
        changed = max(len(set(roots.witnesses) - set(before.witnesses)), len(set(before.witnesses) - set(roots.witnesses)))
        stay = len(set(roots.registrars) & set(before.registrars))
        return (changed <= before.faulty and stay >= max(before.registrar_quorum, roots.registrar_quorum)
                and 2 * roots.quorum > len(roots.witnesses) + roots.faulty
                and roots.quorum <= len(roots.witnesses) - roots.faulty)

    def cancel(self, body: Cancellation, least: Dated) -> None:
        """Cancels the succession, if the trees that the registrars knew include it."""
        if self.succession is not None and self.succession[1].number == body.number and least.size > self.succession[0].index:
            self.succession = None

    def continued(self, roots: Roots) -> None:
        """Goes on under new roots that came with the software. What the log had beyond this tree never was."""
        self.eras.append(Era(roots, len(self.times), len(self.times), is_break=True))
        self.succession = None
