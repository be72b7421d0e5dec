"""Rules that are wrong on purpose, each by one method. The search finds every one of them."""

from typing import NamedTuple

from judgement.agencies import Approvals
from judgement.custodian import Custodian
from judgement.custodians import Custodians
from judgement.grants import Grants
from judgement.quorums import Quorums
from judgement.receipts import Receipts, Verdict
from judgement.requests import Requests
from judgement.roots import Bounds, Eras
from judgement.rules import TownRules
from judgement.statements import Preservation


class Wrong(NamedTuple):
    scene: str
    rooms: dict[str, type]
    depth: int | None = None


def instead(room: str, base: type, scene: str, depth: int | None = None, **methods: object) -> Wrong:
    return Wrong(scene, {room: type(base.__name__, (base,), methods)}, depth)


def one_witness(self, checkpoint):
    return Eras.witnessed(self, checkpoint) and Bounds(
        max(time for _, time in checkpoint.lines), min(time for _, time in checkpoint.lines))


def dated_by_latest(self, duty, due, eras):
    dated = [each for each in eras.dated[duty.begun:] if each and each.size > duty.begun]
    return max([due, *(each.not_before + self.limits.grace for each in dated)])


def undated(self, duty, closed, due, unmoved, eras, custodians):
    if closed.how is None and eras.first_dating(closed.at) is None:
        return Verdict.ON_TIME if eras.time(closed.at) <= due else Verdict.LATE
    return Receipts.closed_verdict(self, duty, closed, due, unmoved, eras, custodians)


def never_held_up(self, duty, closed, due, unmoved, eras, custodians):
    verdict = Receipts.closed_verdict(self, duty, closed, due, unmoved, eras, custodians)
    return Verdict.ON_TIME if verdict is Verdict.HELD_UP and eras.time(closed.at) <= due else verdict


WRONG: dict[str, Wrong] = {
    "retired witnesses go on dating": instead("eras", Eras, "handovers", era_before=lambda self, index: 0),
    "one witness is enough": instead("eras", Eras, "witnesses", witnessed=one_witness),
    "a fork by retired keys ends the log": instead("eras", Eras, "handovers", is_named=lambda self, era, before: True),
    "a retired anchor may be of any time": instead("eras", Eras, "handovers", is_of_its_time=lambda self, nb, handover: True),
    "a checkpoint that is shown reaches beyond the next entry": instead(
        "eras", Eras, "handovers", reach=lambda self, size, not_before: not_before),
    "a receipt is judged before it is dated": instead("receipts", Receipts, "hiding", closed_verdict=undated),
    "what a moved due time saves is on time": instead("receipts", Receipts, "hiding", closed_verdict=never_held_up),
    "the due time moves with every checkpoint": instead("receipts", Receipts, "running", moved_by_dating=dated_by_latest),
    "a step of log time moves nothing": instead("receipts", Receipts, "running", moved_by_step=lambda self, due, eras: due),
    "nobody has to have heard of a duty": instead(
        "receipts", Receipts, "accusing", is_heard=lambda self, duty, due, eras, custodians: True),
    "any sighting hears": instead("receipts", Receipts, "ignoring", hears=lambda self, seen, duty, due, eras: True),
    "a receipt stays committed whatever came after it": instead(
        "grants", Grants, "hiding", 5, opens_between=lambda self, terms, low, high: False),
    "the last receipt counts": instead(
        "receipts", Receipts, "stealing", counting=lambda self, subject, party: max(
            self.closed.get((subject, party), ()), key=lambda closed: closed.index, default=None)),
    "a receipt closes for every party": instead(
        "receipts", Receipts, "hiding", counting=lambda self, subject, party: min(
            (closed for (own, _), each in self.closed.items() if own == subject for closed in each),
            key=lambda closed: closed.at, default=None)),
    "a receipt closes only what has begun": instead(
        "receipts", Receipts, "numbers", close=lambda self, subject, party, closed: Receipts.close(
            self, subject, party, closed) if subject in self.duties else None),
    "a lapsed key signs nothing": instead(
        "approvals", Approvals, "lapsing", speaks_for=lambda self, key, party, index: False),
    "a registrar's last statement counts": instead(
        "quorums", Quorums, "registrars", chosen=lambda self, anchors: anchors[-1]),
    "a withdrawal ends only what was logged before": instead(
        "approvals", Approvals, "registrars", is_void=lambda self, approval, least, at:
        at.now >= approval.end or least.size <= self.replaced(approval.party)),
    "an approval may be older than what it replaces": instead(
        "approvals", Approvals, "registrars", replaced=lambda self, party: -1),
    "missing numbers are free": instead(
        "requests", Requests, "numbers", is_within_budget=lambda self, number, own, budget, now: number < budget),
    "a number above all others is enough": instead(
        "requests", Requests, "numbers", is_within_budget=lambda self, number, own, budget, now: True),
    "the newest rules alone bind": instead(
        "rules", TownRules, "tightening", strictest=lambda self, rules: rules[0]),
    "rules bind from their entry": instead(
        "rules", TownRules, "tightening", in_force=lambda self, anchor: self.begun["rules"][-1].body),
    "every loss allows another key": instead(
        "custodians", Custodians, "keys", 5, is_free=lambda self, had: all(key.body.fingerprint in self.lost for key in had)),
    "a later key replaces the first": instead("custodians", Custodians, "keys", is_free=lambda self, had: True),
    "a preservation is judged where it is logged": instead(
        "custodians", Custodians, "preserving", naming=lambda self, entry: [] if isinstance(
            entry.body, Preservation) else Custodians.naming(self, entry)),
    "a custodian's clock destroys": instead(
        "custodian", Custodian, "clocks", destroys=lambda self, running, clock: clock > self.end),
    "a custodian destroys by witnesses and clock alone": instead(
        "custodian", Custodian, "clocks", destroys=lambda self, running, clock: self.passed is not None and self.agrees(clock)),
    "a custodian that has seen the end answers": instead(
        "custodian", Custodian, "answers", answers=lambda self, notice, grant: self.is_in_time(notice)),
    "a custodian forgets revocations": instead("custodian", Custodian, "revoking", revoke=lambda self, grant: self),
    "a notice counts whenever it was witnessed": instead(
        "custodian", Custodian, "answers", is_in_time=lambda self, notice: True),
}
