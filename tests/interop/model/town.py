"""A small town for the search, and what its parties can do. A unit of time is an hour."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from judgement.agencies import Stands
from judgement.ledger import Ledger
from judgement.limits import Limits
from judgement.room import At
from judgement.rules import InForce
from judgement.statements import Approval, Checkpoint, Embedded, Entry, Roots, Rules

LIMITS = Limits(hour=1, ahead=3, second=0)
ALWAYS = 10 ** 6
ROOTS = Roots("log", ("w1", "w2", "w3", "w4"), 3, 1, ("r1", "r2", "r3"), 2, ALWAYS)
ROLES = {"A": "agency", "B": "agency", "C1": "custodian", "C2": "custodian", "C3": "custodian"}
GROUP = frozenset({"C1", "C2", "C3"})
RULES = Rules(ALWAYS, budget=2)


def cosigned(size: int, time: int, roots: Roots = ROOTS, root: Any = "log") -> Checkpoint:
    """Returns a checkpoint that a quorum cosigned at one time."""
    return Checkpoint(size, root, roots.log_key, tuple((witness, time) for witness in roots.witnesses[:roots.quorum]))


def embedded(checkpoint: Checkpoint) -> Entry:
    return Entry(Embedded(), None, checkpoint)


class Town:
    """A log, and the true time at which each entry was appended, which no reader knows."""

    def __init__(self, rooms: dict[str, type], roots: Roots = ROOTS, parties: Iterable[str] = ROLES) -> None:
        self.rooms, self.roots, self.parties = rooms, roots, tuple(parties)
        self.ledger = Ledger(LIMITS, roots, rooms=rooms)
        self.truth: list[int] = []
        self.told: tuple = ()                           # verdicts that readers were given before
        self.take(Entry(None), 0)
        self.take(embedded(cosigned(1, 0, roots)), 0)
        for party in self.parties:
            approval = Approval(ROLES[party], party, party.lower(), ALWAYS)
            self.ledger.approvals.begun.append(Stands(approval, 0, 0, None))
        self.ledger.rules.begun["rules"] = (InForce(RULES, 0, At(0, 0)),)

    def phone(self) -> Ledger:
        """Returns what a phone makes of the log's page."""
        phone = Town(self.rooms, self.roots, self.parties).ledger
        phone.eras.times, phone.eras.dated, phone.entries = [], [], []
        phone.read(self.ledger.page())
        return phone

    def copy(self) -> "Town":
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.ledger, other.truth = self.ledger.copy(), self.truth.copy()
        return other

    def take(self, entry: Entry, truth: int) -> "Town":
        before = len(self.ledger.entries)
        self.ledger.take(entry)
        if len(self.ledger.entries) > before:
            self.truth.append(truth)
        return self

    def with_entry(self, entry: Entry, truth: int) -> "Town":
        return self.copy().take(entry, truth)

    @property
    def size(self) -> int:
        return len(self.ledger.entries)

    def log_time(self, index: int = -1) -> int:
        return self.ledger.eras.time(index if index >= 0 else self.size - 1)

    def checkpoints(self) -> list[int]:
        """Returns the indexes of the checkpoint entries that date."""
        return [index for index, entry in enumerate(self.ledger.entries)
                if isinstance(entry.body, Embedded) and self.ledger.eras.dated[index] is not None]

    def text(self) -> str:
        def say(index: int, entry: Entry) -> str:
            anchor = entry.anchor
            shown = "" if anchor is None else f" by {anchor.size}@{anchor.lines[0][1]}" + (
                "" if anchor.root == "log" else " FORK")
            signer = "" if entry.signer is None else f" of {entry.signer}"
            return f"{index}: {entry.body}{signer}{shown} (true {self.truth[index]}, log {self.log_time(index)})"
        return "\n      ".join(say(index, entry) for index, entry in enumerate(self.ledger.entries))


class Violation(NamedTuple):
    what: str
    town: Town


class Scene:
    """Parties that move, and what must never happen."""

    name = ""
    depths = (3, 4)                                     # of a short search and of a long one

    def __init__(self, rooms: dict[str, type]) -> None:
        self.rooms = rooms

    def start(self) -> Town:
        return Town(self.rooms)

    def moves(self, town: Town) -> Iterator[Town]:
        raise NotImplementedError

    def check(self, town: Town, before: Town) -> Iterator[str]:
        raise NotImplementedError


def times_from(town: Town, grid: Iterable[int]) -> list[int]:
    return [time for time in grid if time >= town.truth[-1]]


def checkpoints_at(town: Town, time: int, sizes: Iterable[int], roots: Roots = ROOTS) -> Iterator[Town]:
    """The checkpoints that a writer can embed at a time: honest witnesses signed them when or after their tree was made."""
    for size in sorted({size for size in sizes if 0 < size <= town.size}):
        made = town.truth[size - 1]
        for signed in sorted({time, made, max(made, min(time, town.log_time() + LIMITS.step))}):
            yield town.with_entry(embedded(cosigned(size, signed, roots)), time)


def time_is_true(town: Town) -> Iterator[str]:
    if town.size > 1 and town.log_time() < town.log_time(town.size - 2):
        yield "log time falls"
    if town.log_time() > town.truth[-1]:
        yield "log time is ahead of the truth"
