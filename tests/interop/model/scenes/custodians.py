"""Custodians: their keys, their clocks and their answers."""

from collections.abc import Iterator
from itertools import product

from judgement.custodian import Custodian
from judgement.receipts import Verdict
from judgement.roots import Bounds, bounds
from judgement.statements import Checkpoint, Entry, ExpiryKey, Loss, Receipt, expiry_key
from scenes.grant import T, kinds
from town import ALWAYS, GROUP, LIMITS, ROOTS, Scene, Town, cosigned, embedded, time_is_true

class Keys(Scene):
    """A custodian publishes keys, loses some, and the operator holds them back; it may say "lost" and keep the key."""

    name, depths = "keys", (4, 5)
    end = 48

    def moves(self, town: Town) -> Iterator[Town]:
        now = town.log_time()
        for later in (20, 150):
            yield town.with_entry(embedded(cosigned(town.size, now + later)), now + later)
        anchor = town.ledger.entries[town.checkpoints()[-1]].anchor
        for fingerprint in ("k1", "k2", "k3"):
            key = Entry(ExpiryKey(self.end, fingerprint), "c1", anchor)
            if key not in town.ledger.ids:
                yield town.with_entry(key, now)
            for destroyed in (True, False):
                loss = Entry(Loss(fingerprint, destroyed), "c1")
                if loss not in town.ledger.ids:
                    yield town.with_entry(loss, now)
            # Another custodian cannot lose it.
            yield town.with_entry(Entry(Loss(fingerprint, True), "c2"), now)
            yield town.with_entry(Entry(Receipt(expiry_key("C1", fingerprint), "C1"), "c1"), now)

    def check(self, town: Town, before: Town) -> Iterator[str]:
        yield from time_is_true(town)
        custodians, ledger = town.ledger.custodians, town.ledger
        keys = [key.body.fingerprint for key in custodians.keys.get(("C1", self.end), ())]
        if len(keys) > 2:
            yield "a loss allows more than one replacement"
        current, lost = custodians.key("C1", self.end), {entry.body.fingerprint for entry in kinds(town, Loss)
                                                         if entry.signer == "c1"}
        if current is not None and current.fingerprint in lost:
            yield "a lost key is locked to"
        if len(set(keys) - lost) > 1:
            yield "an epoch has two keys"
        for fingerprint in keys:
            verdict = ledger.verdict(expiry_key("C1", fingerprint))
            said = {entry.body.destroyed for entry in kinds(town, Loss)
                    if entry.signer == "c1" and entry.body.fingerprint == fingerprint}
            receipts = [entry for entry in kinds(town, Receipt) if entry.body.subject == expiry_key("C1", fingerprint)]
            if verdict is Verdict.LOST and True not in said:
                yield "a key that is out of control is closed by the loss"
            if verdict is not None and verdict.is_final and not said and not receipts:
                yield "a key is closed by nobody"


class Clocks(Scene):
    """Witnesses fail around the end of an epoch, and a custodian's wall clock is wrong."""

    name, depths = "clocks", (1, 1)
    custodian = Custodian

    def moves(self, town: Town) -> Iterator[Town]:
        clocks = (0, 23, -23, 25, -25, ALWAYS, -ALWAYS)
        for begins, length, clock in product(range(-30, 100, 2), (0, 1, 2, 30, 80, 200), clocks):
            after = town.copy()
            after.destroyed = self.runs(begins, length, clock)
            yield after

    def runs(self, begins: int, length: int, clock: int) -> int | None:
        end = 1000
        custodian = self.rooms.get("custodian", Custodian)(LIMITS, end, end - 41)
        for time in range(end - 40, end + 400):
            running = time - end + 40
            if not begins <= time - end < begins + length:
                custodian = custodian.see(Bounds(time, time), running)
            if custodian.destroys(running, time + clock):
                return time - end
        return None

    def check(self, town: Town, before: Town) -> Iterator[str]:
        if town.destroyed is None or town.destroyed >= LIMITS.key_grace - LIMITS.sighted:
            yield "an honest custodian destroys too late for its receipt to be heard of"
        elif town.destroyed <= 0:
            yield "a key is destroyed before its epoch ends"


class Answers(Scene):
    """An agency asks a custodian, which may be a snapshot of before, under any checkpoint that the witnesses ever made."""

    name, depths = "answers", (1, 1)

    def moves(self, town: Town) -> Iterator[Town]:
        end = 100
        seen_before = (0, 99, 100, 101, 150)
        for noticed, asked, seen, liar in product((90, 98, 101), (91, 99, 100, 101, 120), seen_before, (0, 99, ALWAYS)):
            if asked < noticed:
                continue
            # Honest witnesses signed a tree with the notice when it was there or when it is asked for; the fourth lies.
            for times in product((noticed, asked), repeat=2):
                lines = (("w1", times[0]), ("w2", times[1]), ("w4", liar))
                shown = bounds(Checkpoint(1, "log", "log", lines), ROOTS, LIMITS.second)
                custodian = self.rooms.get("custodian", Custodian)(LIMITS, end).see(Bounds(seen, seen), 0)
                after = town.copy()
                after.answered = custodian.answers(shown, "T"), min(times) >= end, seen >= end
                yield after

    def check(self, town: Town, before: Town) -> Iterator[str]:
        answered, is_late, has_seen = town.answered
        if answered and is_late:
            yield "a notice that was witnessed after the end is answered"
        if answered and has_seen:
            yield "a custodian answers that has seen the end"


class Revoking(Scene):
    """A household revokes a grant, and its message reaches some custodians; the agency asks them in any order."""

    name, depths = "revoking", (5, 6)
    end = 100

    def start(self) -> Town:
        town = Town(self.rooms)
        custodian = self.rooms.get("custodian", Custodian)(LIMITS, self.end)
        town.custodians = {name: custodian for name in sorted(GROUP)}
        town.first = {}                                 # what came first to each: the revocation, or the agency
        town.answered = frozenset()
        return town

    def moves(self, town: Town) -> Iterator[Town]:
        for name, custodian in town.custodians.items():
            told = town.copy()
            told.custodians = town.custodians | {name: custodian.revoke(T)}
            told.first = {name: "told"} | town.first
            yield told
            asked = town.copy()
            if custodian.answers(Bounds(50, 50), T):
                asked.first = {name: "asked"} | town.first
                asked.answered = town.answered | {name}
            yield asked

    def check(self, town: Town, before: Town) -> Iterator[str]:
        told = [name for name, first in town.first.items() if first == "told"]
        if len(told) > len(GROUP) - 2 and len(town.answered) >= 2:
            yield "a grant opens although its revocation reached enough custodians first"
