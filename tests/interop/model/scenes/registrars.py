"""Statements of the registrars, and the order in which they are logged."""

from collections.abc import Iterator
from itertools import product

from judgement.room import At
from judgement.statements import Approval, Entry, Group, Request, Rules, Withdrawal
from scenes.grant import kinds
from town import GROUP, LIMITS, ROOTS, Scene, Town, cosigned, embedded

class Registrars(Scene):
    """The operator and a third registrar hold statements of honest ones back, and log them in another order."""

    name, depths = "registrars", (3, 4)
    approval = Approval("agency", "A", "K", 800)
    older = Approval("agency", "A", "L", 790)

    def start(self) -> Town:
        return Town(self.rooms, parties=())

    def moves(self, town: Town) -> Iterator[Town]:
        now = town.log_time()
        for later in (24, 169):
            yield town.with_entry(embedded(cosigned(town.size, now + later)), now + later)
        anchors = {town.ledger.entries[index].anchor for index in town.checkpoints()}
        for registrar, anchor, body in product(ROOTS.registrars, sorted(anchors), (self.approval, self.older, Withdrawal("K"))):
            entry = Entry(body, registrar, anchor)
            if entry not in town.ledger.ids:
                yield town.with_entry(entry, now)

    def goes_on(self, town: Town, later: int) -> Town:
        after = town.copy()
        return after.take(embedded(cosigned(after.size, after.log_time() + later)), after.log_time() + later)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        newest = town.ledger.entries[town.checkpoints()[-1]].anchor
        # Honest registrars sign anew, with the newest anchor, and an older statement comes between.
        after = self.goes_on(town, 1)
        fresh = after.ledger.entries[-1].anchor
        after.take(Entry(self.approval, "r1", fresh, 1), 0).take(Entry(self.approval, "r1", newest, 2), 0)
        after.take(Entry(self.approval, "r2", fresh, 1), 0)
        if not self.stands(after, "K"):
            yield "honest registrars cannot approve"
        # They withdraw the key. The third one goes on.
        after = self.goes_on(town, 1)
        for registrar in ("r1", "r2"):
            after.take(Entry(Withdrawal("K"), registrar, after.ledger.entries[-1].anchor, 1), 0)
        after.take(Entry(self.approval, "r3", after.ledger.entries[town.size].anchor, 1), 0)
        if self.stands(after, "K"):
            yield "a withdrawn key stands"
        # They approve another key of the agency. What was signed before does not bring the old one back.
        after = self.goes_on(town, 1)
        fresh = after.ledger.entries[-1].anchor
        for registrar in ("r1", "r2"):
            after.take(Entry(self.older, registrar, fresh, 1), 0)
        for registrar in ("r1", "r2"):
            after.take(Entry(self.approval, registrar, newest, 3), 0)
        if self.stands(after, "K"):
            yield "an approval that was replaced comes back"

    @staticmethod
    def stands(town: Town, key: str) -> bool:
        return town.ledger.approvals.standing(key, "agency", At(town.size - 1, town.log_time())) is not None


class Regrouping(Scene):
    """Registrars replace a group, and the operator logs what they signed in another order."""

    name, depths = "regrouping", (4, 5)
    groups = (Group("g", 2, GROUP), Group("g", 2, frozenset({"C1", "C2", "C4"})))

    def moves(self, town: Town) -> Iterator[Town]:
        now = town.log_time()
        for later in (24, 169):
            yield town.with_entry(embedded(cosigned(town.size, now + later)), now + later)
        for registrar, index, group in product(ROOTS.registrars[:2], town.checkpoints(), self.groups):
            entry = Entry(group, registrar, town.ledger.entries[index].anchor)
            if entry not in town.ledger.ids:
                yield town.with_entry(entry, now)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        signed = [(entry.anchor.size, entry.signer, entry.body) for entry in kinds(town, Group)]
        in_force = town.ledger.groups.in_force("g")
        # What both registrars signed last is in force, unless it was held back for a week.
        last = [max((size, body.members == GROUP, body) for size, signer, body in signed if signer == registrar)
                for registrar in ROOTS.registrars[:2] if any(signer == registrar for _, signer, _ in signed)]
        if len(last) == 2 and last[0][2] == last[1][2] and in_force not in (None, last[0][2]):
            size = min(size for size, _, _ in last)
            others = [size for size, _, body in signed if body != last[0][2]]
            age = town.log_time() - town.ledger.eras.first_dating(size - 1).not_before
            if all(other < size for other in others) and age <= LIMITS.registrars_shelf:
                yield "a group that was replaced is in force"
        for group in self.groups:
            if in_force == group and not town.ledger.groups.was_in_force(group, town.log_time()):
                yield "a group is in force and was not"


class Tightening(Scene):
    """Registrars change the rules, and the operator chooses when statements are logged. An honest agency reads the rules at an
    anchor, and asks for what they permit."""

    name, depths = "tightening", (4, 5)
    changes = tuple(Rules(200 + LIMITS.rules, budget=2, window_hours=hours) for hours in (12, 1, 4))

    def start(self) -> Town:
        town = Town(self.rooms)
        town.take(embedded(cosigned(2, 200)), 200)
        return town

    def moves(self, town: Town) -> Iterator[Town]:
        now = town.log_time()
        for later in (1, 23, 100, 169):
            yield town.with_entry(embedded(cosigned(town.size, now + later)), now + later)
        anchor = town.ledger.entries[town.checkpoints()[-1]].anchor
        for rules in self.changes:
            after = town.copy()
            for registrar in ("r1", "r2"):
                after.take(Entry(rules, registrar, anchor, town.size), now)
            yield after

    def check(self, town: Town, before: Town) -> Iterator[str]:
        eras = town.ledger.eras
        begun = town.ledger.rules.begun["rules"]
        for index in town.checkpoints():
            anchor = town.ledger.entries[index].anchor
            dated = eras.dated[index]
            if town.log_time() - dated.not_before > LIMITS.shelf:
                continue
            # What the agency knows: the log as far as its anchor.
            known = [rules for rules in begun if rules.begun.index < anchor.size]
            hours = min(rules.body.window_hours for rules in known)
            asked = Request(0, dated.not_before + 100, (dated.not_before - hours, dated.not_before), ("a",), "case")
            good = town.with_entry(Entry(asked, "a", anchor), town.truth[-1]).ledger.requests.good
            if not good or not good[-1].permitted:
                yield "what kept all rules at its anchor is not permitted"
        # Rules that were loosened for less than a week loosen nothing.
        anchor = town.ledger.entries[town.checkpoints()[-1]].anchor
        dated = eras.dated[town.checkpoints()[-1]]
        strict = [before.body.window_hours for before, after in zip(begun, begun[1:])
                  if after.begun.index < anchor.size and dated.not_before - after.begun.now < LIMITS.tightened]
        in_force = town.ledger.rules.in_force(dated)
        if strict and in_force is not None and in_force.window_hours > min(strict):
            yield "rules are loosened at once"
