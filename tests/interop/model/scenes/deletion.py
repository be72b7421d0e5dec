"""Duties to delete: who hides one, and who accuses whom."""

from collections.abc import Iterator
from itertools import product

from judgement.receipts import Verdict
from judgement.statements import Entry, Notice, Preservation, Receipt, Release, Sighting, exported
from scenes.grant import DUE, FOOTAGE, RECEIPT, T, first_closing, kinds, release, stays
from town import ALWAYS, LIMITS, Scene, Town, checkpoints_at, cosigned, embedded, time_is_true, times_from

class Hiding(Scene):
    """Agency and operator, with one custodian, want the footage kept and nobody to see it."""

    name, depths = "hiding", (4, 5)
    grid = (0, 119, 121, 123, 146, 400)

    def moves(self, town: Town) -> Iterator[Town]:
        begun = town.ledger.receipts.duties.get(FOOTAGE)
        closed = first_closing(town, FOOTAGE)
        for time in times_from(town, self.grid):
            if begun is None:
                yield town.with_entry(release(1), time)
                continue
            judged = [closed.at, closed.index] if closed else []
            yield from checkpoints_at(town, time, {town.size, begun.begun + 1, *(index + 1 for index in judged)})
            if closed is None:
                yield town.with_entry(RECEIPT, time)
                if not kinds(town, Notice):
                    answered = town.copy()
                    for custodian in ("c1", "c2"):
                        anchor = next((cosigned(dated.size, dated.not_before) for dated in town.ledger.eras.dated[begun.begun:]
                                       if dated and dated.size > begun.begun), None)
                        answered.take(Entry(Notice((T, 1)), custodian, anchor, 0), time)
                    yield answered
                if not kinds(town, Sighting):
                    yield town.with_entry(Entry(Sighting(town.checkpoints()[-1], frozenset({RECEIPT})), "c1"), time)
                else:
                    yield town.with_entry(release(2), time)
                # Another agency speaks of what it does not owe.
                if town.size < 4:
                    yield town.with_entry(Entry(Receipt(FOOTAGE, "B"), "b"), time)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        yield from time_is_true(town)
        yield from stays(town, FOOTAGE)
        verdict, closed = town.ledger.verdict(FOOTAGE), first_closing(town, FOOTAGE)
        if closed is not None and verdict is Verdict.ON_TIME:
            if town.truth[closed.at] > DUE + LIMITS.step:
                yield "what was deleted late is on time"
            grants = town.ledger.grants
            opened = [released.at.index for released in grants.releases.values()]
            opened += [notices[1][1] for notices in grants.notices.values() if len(notices) > 1]
            if any(closed.at < index < closed.index for index in opened):
                yield "on time by a receipt that is older than what opened the grant"
        elif closed is None and town.ledger.receipts.duties:
            shown = town.ledger.verdict(FOOTAGE, cosigned(town.size, town.truth[-1]))
            if shown is Verdict.OPEN and town.truth[-1] > DUE + LIMITS.step:
                yield "a checkpoint of now says that the duty is open"
        if verdict is not None and verdict.is_final and not any(entry.signer == "a" for entry in kinds(town, Receipt)):
            yield "another agency's receipt closes a duty"


class Accusing(Scene):
    """The operator and one custodian want an honest agency late. It releases at 0, deletes at 25, and hands its receipt to the
    writer and to the honest custodians C1 and C2 at once."""

    name, depths = "accusing", (4, 5)
    grid = (0, 28, 119, 121, 147)
    lapses = ALWAYS

    def start(self) -> Town:
        town = Town(self.rooms)
        town.ledger.approvals.begun = [stands._replace(approval=stands.approval._replace(end=self.lapses))
                                       if stands.approval.party == "A" else stands for stands in town.ledger.approvals.begun]
        return town

    def moves(self, town: Town) -> Iterator[Town]:
        begun, checkpoints = town.ledger.receipts.duties.get(FOOTAGE), town.checkpoints()
        for time in times_from(town, self.grid):
            if not kinds(town, Release):
                yield town.with_entry(release(1), time)
            for after in checkpoints_at(town, time, {town.size, *([begun.begun + 1] if begun else [])}):
                if after.log_time() > town.log_time():
                    yield after
            receipts = kinds(town, Receipt)
            if time >= 25 and RECEIPT not in receipts:
                yield town.with_entry(RECEIPT, time)
            if time >= 121 and len(receipts) == (RECEIPT in receipts):
                yield town.with_entry(RECEIPT._replace(nonce=1), time)       # a thief of the agency's key
            for custodian in ("c1", "c2", "c3"):
                for index in checkpoints[-2:]:
                    yield from self.sightings(town, custodian, index, time)

    def sightings(self, town: Town, custodian: str, index: int, time: int) -> Iterator[Town]:
        """An honest custodian names the receipt until a sighting that names it stands in the log, and again after a release."""
        handed = time >= 26 and custodian != "c3"
        seen = [seen for seen in town.ledger.custodians.seen if seen.custodian.lower() == custodian and RECEIPT in seen.ids]
        anew = not seen or town.ledger.opens_between(FOOTAGE, seen[-1].at.index, town.size)
        dated, begun = town.ledger.eras.dated[index], town.ledger.receipts.duties.get(FOOTAGE)
        named = frozenset({RECEIPT}) if handed and anew else frozenset()
        if named or begun and dated.size > begun.begun:
            # Signed before the receipt was handed over, or now.
            before = {0} if not handed or town.truth[index] < 26 else set()
            for nonce in before | {time} if handed else before:
                yield town.with_entry(Entry(Sighting(index, named if nonce else frozenset()), custodian, None, nonce), time)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        verdict = town.ledger.verdict(FOOTAGE)
        if verdict is not None and verdict.accuses:
            own = RECEIPT in town.ledger.ids
            if not town.ledger.is_refuted(FOOTAGE, RECEIPT):
                yield f"an honest agency is {verdict.value}, and nothing refutes it"
            elif own:
                yield f"an honest agency is {verdict.value} although its receipt stands in the log"


class Lapsing(Accusing):
    """The same, of an agency whose approval lapses before its receipt is logged."""

    name, depths = "lapsing", (4, 5)
    grid = (0, 28, 119, 123)
    lapses = 27

    def check(self, town: Town, before: Town) -> Iterator[str]:
        yield from super().check(town, before)
        begun, closed = town.ledger.receipts.duties, first_closing(town, FOOTAGE)
        if begun and RECEIPT in town.ledger.ids and closed is None:
            yield "what an honest agency said counts for nothing"


class Ignoring(Accusing):
    """The same, when the custodians saw the release before there was a receipt."""

    name, depths = "ignoring", (3, 4)

    def start(self) -> Town:
        town = super().start().take(release(1), 0).take(embedded(cosigned(3, 0)), 0)
        return town.take(Entry(Sighting(3), "c1"), 0).take(Entry(Sighting(3), "c2"), 0)


class Answering(Accusing):
    """The same, when one custodian has answered, and the dishonest one answers as late as it likes."""

    name, depths = "answering", (3, 4)

    def start(self) -> Town:
        town = super().start().take(release(1), 0).take(embedded(cosigned(3, 0)), 0)
        return town.take(Entry(Notice((T, 1)), "c1", cosigned(3, 0)), 0)

    def moves(self, town: Town) -> Iterator[Town]:
        yield from super().moves(town)
        if len(kinds(town, Notice)) == 1:
            anchor = town.ledger.entries[town.checkpoints()[-1]].anchor
            for time in times_from(town, self.grid):
                yield town.with_entry(Entry(Notice((T, 1)), "c3", anchor), time)


class Stealing(Scene):
    """An honest agency has said that it deleted. A thief of its key says so again, after the due time."""

    name, depths = "stealing", (3, 4)
    grid = (121, 123, 130)

    def start(self) -> Town:
        town = Town(self.rooms).take(release(1), 0).take(embedded(cosigned(3, 0)), 0).take(RECEIPT, 28)
        town.take(embedded(cosigned(5, 28)), 28).take(embedded(cosigned(6, 119)), 119)
        return town.take(Entry(Sighting(6), "c1"), 119).take(Entry(Sighting(6), "c2"), 119)

    def moves(self, town: Town) -> Iterator[Town]:
        for time in times_from(town, self.grid):
            yield from checkpoints_at(town, time, {town.size})
            yield town.with_entry(RECEIPT._replace(nonce=time), time)
            yield town.with_entry(release(2), time)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        yield from stays(town, FOOTAGE)
        verdict = town.ledger.verdict(FOOTAGE)
        if verdict is not Verdict.ON_TIME:
            yield f"a thief makes an honest agency {verdict.value}"


class Preserving(Scene):
    """An honest agency preserves a file, hands the preservation to an honest custodian at once, and signs it anew until it
    counts."""

    name, depths = "preserving", (3, 4)
    grid = (24, 26, 119, 121, 145, 300)
    file = exported(T, "x")

    def start(self) -> Town:
        return Town(self.rooms).take(release(1), 0).take(embedded(cosigned(3, 24)), 24)

    def moves(self, town: Town) -> Iterator[Town]:
        for time in times_from(town, self.grid):
            yield from checkpoints_at(town, time, {town.size, 3})
            yield town.with_entry(RECEIPT, time)
            yield town.with_entry(Entry(Receipt(self.file, "A"), "a"), time)
            for index in town.checkpoints()[-2:]:
                anchor = town.ledger.entries[index].anchor
                for end in (400, 600):
                    statement = Entry(Preservation(T, "x", end), "a", anchor)
                    if statement in town.ledger.ids:
                        continue
                    yield town.with_entry(statement, time)
                    if end == 400:
                        yield town.with_entry(Entry(Sighting(index, frozenset({statement})), "c1"), time)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        yield from stays(town, self.file)
        entry, duty = town.ledger.entries[-1], town.ledger.receipts.duties.get(self.file)
        if isinstance(entry.body, Preservation) and duty is None and entry not in before.ledger.ids:
            grant = town.ledger.receipts.duties[FOOTAGE]
            due = town.ledger.receipts.due(grant, town.ledger.eras)
            for seen in town.ledger.custodians.seen:
                fresh = seen.at.now - entry.anchor.lines[0][1] <= LIMITS.shelf
                if entry in seen.ids and seen.at.now <= due and fresh and not kinds(town, Receipt):
                    yield "a preservation that was handed over in time is void"
        closed = first_closing(town, self.file)
        if duty is not None and closed is not None and town.ledger.verdict(self.file) is Verdict.ON_TIME:
            if town.truth[closed.at] > duty.end + LIMITS.grace + LIMITS.step:
                yield "a file that was deleted late is on time"


class Running(Scene):
    """All others are honest, and witnesses or the writer fail for a while. The agency deletes soon, at the last minute, or
    never."""

    name, depths = "running", (1, 1)

    def moves(self, town: Town) -> Iterator[Town]:
        for deletes, writer_off, length in product((25, 118, None), (False, True), (0, 3, 24, 30, 200)):
            for begins in range(1, 150, 9):
                yield self.runs(deletes, writer_off, begins, length)

    def runs(self, deletes: int | None, writer_off: bool, begins: int, length: int) -> Town:
        town, waiting, known = Town(self.rooms), [], 1
        town.silent = deletes is None
        for time in range(0, 480):
            off = begins <= time < begins + length
            if time == 1:
                waiting.append(release(1))
            if time == deletes:
                waiting.append(RECEIPT)
            if not off and time and time % 2 == 0:
                town.take(embedded(cosigned(town.size, time)), time)
                known = town.size - 1
            if time % 12 == 0 and time:
                waiting += [Entry(Sighting(known), custodian, None, time) for custodian in ("c1", "c2")]
            if not (off and writer_off):
                for entry in waiting:
                    town.take(entry, time)
                waiting = []
        return town

    def check(self, town: Town, before: Town) -> Iterator[str]:
        verdict = town.ledger.verdict(FOOTAGE)
        if town.silent and verdict not in (Verdict.OVERDUE, None):
            yield f"a silent agency is {verdict.value}"
        if not town.silent and verdict in (Verdict.LATE, Verdict.OVERDUE):
            yield f"an honest agency is {verdict.value}"
