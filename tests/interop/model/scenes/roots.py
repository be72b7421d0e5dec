"""Witnesses, and roots that change."""

from collections.abc import Iterator
from itertools import product

from judgement.statements import Cancellation, Checkpoint, Entry, Request, Succession
from scenes.grant import FOOTAGE, RECEIPT, release, stays
from town import ALWAYS, LIMITS, ROOTS, Scene, Town, checkpoints_at, cosigned, embedded, time_is_true, times_from

class Witnesses(Scene):
    """One witness of four lies, an honest one signs twice, and honest clocks differ by an hour."""

    name, depths = "witnesses", (1, 1)

    def moves(self, town: Town) -> Iterator[Town]:
        made, now, skew = 5, 9, 1
        for liar, count in product((None, 0, 3, 5, 7, 9, 11, ALWAYS), (2, 3)):
            for times in product(range(made - skew, now + skew + 1), repeat=count):
                for again in (times[0], now):
                    lines = [*zip(("w1", "w2", "w3"), times), ("w1", again), ("stranger", 0), ("stranger", ALWAYS)]
                    if liar is not None:
                        lines += [("w4", liar), ("w4", 6)]
                    after = town.copy()
                    after.shown = town.ledger.eras.witnessed(Checkpoint(1, "log", "log", tuple(lines)))
                    yield after

    def check(self, town: Town, before: Town) -> Iterator[str]:
        shown = town.shown
        if shown is not None and not (shown.not_before <= 9 + 1 and shown.existed_by >= 5 - 1):
            yield "a lying witness moves a bound beyond what honest ones saw"
        if shown is not None and (shown.not_before < 5 - 1 or shown.existed_by > 9 + 1):
            yield "a lying witness makes a bound worse than what honest ones saw"


NEXT = ROOTS._replace(log_key="log 1", witnesses=("w1", "w2", "w3", "w5"), registrars=("r1", "r2", "r4"))
LAST = NEXT._replace(log_key="log 2", witnesses=("w1", "w2", "w6", "w5"), registrars=("r1", "r5", "r4"))


class Handovers(Scene):
    """The roots are handed over, twice. The retired log key and the retired witnesses sign whatever somebody likes."""

    name, depths = "handovers", (3, 4)
    grid = (0, 120, 336, 350, 361, 700)
    roots = (ROOTS, NEXT, LAST)

    def start(self) -> Town:
        town = Town(self.rooms)
        self.succeed(town, 1, 0)
        return town.take(release(1), 0)

    @staticmethod
    def succeed(town: Town, number: int, time: int) -> Town:
        roots = (ROOTS, NEXT, LAST)
        before, after = roots[number - 1], roots[number]
        anchor = town.ledger.entries[town.checkpoints()[-1]].anchor
        signers = sorted({*before.registrars[:2]} | {*after.registrars} - {*before.registrars} | {after.log_key})
        for signer in signers:
            town.take(Entry(Succession(number, after), signer, anchor), time)
        return town

    def moves(self, town: Town) -> Iterator[Town]:
        eras = town.ledger.eras
        handovers = [era.begins for era in eras.eras if era.begins is not None]
        for time in times_from(town, self.grid):
            for size in sorted({town.size, *handovers, *(index + 1 for index in handovers)}):
                roots = self.roots[eras.era_of(size)]
                made = town.truth[size - 1]
                for signed in {time, made}:
                    checkpoint = cosigned(size, signed, roots)
                    yield town.with_entry(embedded(checkpoint), time)
                    yield town.with_entry(self.request(town, checkpoint, signed), time)
            if handovers:
                retired = self.roots[eras.era_of(handovers[0])]
                for forged in (cosigned(handovers[0], ALWAYS, retired), cosigned(handovers[0], time, retired, "other")):
                    yield town.with_entry(embedded(forged), time)
                    yield town.with_entry(self.request(town, forged, ALWAYS), time)
            if RECEIPT not in town.ledger.ids:
                yield town.with_entry(RECEIPT, time)
            if eras.succession is not None:
                cancelled, anchor = town.copy(), town.ledger.entries[town.checkpoints()[-1]].anchor
                for registrar in ("r1", "r2"):
                    cancelled.take(Entry(Cancellation(1), registrar, anchor), time)
                yield cancelled
            elif len(handovers) == 1:
                yield self.succeed(town.copy(), 2, time)

    @staticmethod
    def request(town: Town, anchor: Checkpoint, time: int) -> Entry:
        number = town.ledger.requests.number.get("B", -1) + 1
        return Entry(Request(number, time + 150, (0, 1), ("a",), number), "b", anchor)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        if town.size == before.size:
            if town.ledger.eras.forked is not None and len(town.ledger.eras.eras) > 1:
                ended = town.ledger.eras.since_handover(0, town.log_time())
                if ended is not None and ended >= LIMITS.shelf:
                    yield "a fork by retired keys ends the log"
            return
        yield from time_is_true(town)
        yield from stays(town, FOOTAGE)
        eras = town.ledger.eras
        for size in range(2, town.size):
            step = max(eras.time(size) - eras.time(size - 1), LIMITS.step)
            forged = cosigned(size, ALWAYS, self.roots[eras.era_of(size)])
            if eras.stood_still(forged) > step:
                yield "a tree that was cosigned later shows that a log stood still which went on"
        for good in town.ledger.requests.good:
            if eras.anchors(town.ledger.entries[good.at.index].anchor, good.at, None).not_before > town.truth[good.at.index]:
                yield "a good request has an anchor of the future"
        yield from self.phone(town)

    def phone(self, town: Town) -> Iterator[str]:
        if town.phone().requests.good != town.ledger.requests.good:
            yield "a phone counts other requests"


class Breaking(Scene):
    """A quorum of witnesses is lost. New roots come with the software, and continue a tree."""

    name, depths = "breaking", (2, 3)
    roots = ROOTS._replace(log_key="new", witnesses=("v1", "v2", "v3", "v4"))
    grid = (28, 119, 121, 200)

    def start(self) -> Town:
        town = Town(self.rooms).take(release(1), 0).take(RECEIPT, 26).take(embedded(cosigned(4, 28)), 28)
        town.last = None
        return town

    def moves(self, town: Town) -> Iterator[Town]:
        for time in times_from(town, self.grid):
            if town.last is None:
                yield from checkpoints_at(town, time, {town.size})
                yield town.with_entry(RECEIPT._replace(nonce=time), time)
                for size in range(5, town.size + 1):
                    after = Town(self.rooms)
                    for entry, truth in zip(town.ledger.entries[2:size], town.truth[2:size]):
                        after.take(entry, truth)
                    after.ledger.eras.continued(self.roots)
                    after.told, after.last = town.told[:1], size
                    # The lost keys go on signing whatever somebody likes.
                    forged = cosigned(size + 1, time, ROOTS, "other")
                    after.take(embedded(cosigned(size, ALWAYS)), time).take(Entry(None, None, forged), time)
                    after.take(embedded(cosigned(size + 1, time, self.roots)), time)
                    yield after
            else:
                for roots in (ROOTS, self.roots):
                    for size in {town.last, town.size}:
                        yield town.with_entry(embedded(cosigned(size, time, roots)), time)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        yield from time_is_true(town)
        yield from stays(town, FOOTAGE)
        if town.last is not None:
            if town.ledger.eras.dated[town.last + 2] is None or town.ledger.eras.forked is not None:
                yield "a log does not go on after a break"
            town.phone()
            if any(dated is not None and town.ledger.entries[index].anchor.log_key == "log"
                   for index, dated in enumerate(town.ledger.eras.dated[town.last:], town.last)):
                yield "lost keys date after a break"
