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


def never_late(self, duty, closed, due, unmoved, eras, custodians):
    return closed.how or Receipts.closed_verdict(self, duty, closed, due, unmoved, eras, custodians)


def by_anybody(self, key, party, index):
    return any(stands.approval.key == key and self.is_in_force(stands, index) for stands in self.begun)


def by_old_keys(self, key, party, index):
    return any(stands.approval.key == key and stands.approval.party == party for stands in self.begun)


def beyond_lapse(self, key, role, at):
    return next((stands.approval for stands in self.begun if stands.approval.key == key
                 and stands.approval.role == role and self.is_in_force(stands, at.index)), None)


def moved_again(self, due, eras):
    for before, now in eras.steps:
        due = now + self.limits.step_grace if before <= due < now else due
    return due


def hears_but(dropped):
    """Returns `hears` without one of its conditions."""
    def hears(self, seen, duty, due, eras):
        if dropped == "debtor":
            duty = duty._replace(debtor=None)
        if dropped == "time":
            seen = seen._replace(at=seen.at._replace(now=min(seen.at.now, due)))
        return Receipts.hears(self, seen, duty, due, eras)
    return hears


def first_only(self, entry):
    return Custodians.naming(self, entry)[:1]


def handwritten(room: str, base: type, **methods: object) -> Wrong:
    return instead(room, base, "histories", **methods)


WRONG: dict[str, Wrong] = {
    "a notice after the end opens a grant": handwritten(
        "grants", Grants, notice=lambda self, custodian, body, anchor, at: Grants.notice(
            self, custodian, body, anchor, at._replace(now=-1))),
    "anybody answers": handwritten("grants", Grants, notice=lambda self, custodian, body, anchor, at: self.notices.update(
        {body.release: ((custodian, at.index),)})),
    "a release may come after its end": handwritten("grants", Grants, release=lambda self, agency, body, at: Grants.release(
        self, agency, body, at._replace(now=-1))),
    "a custodian's key is due like all else": handwritten("receipts", Receipts, grace=lambda self, duty: self.limits.grace),
    "a receipt ends a file whatever was handed over before": handwritten(
        "receipts", Receipts, was_closed=lambda self, subject, party, index: bool(self.closings(subject, party))),
    "a statement is judged where it was first named": handwritten("custodians", Custodians, naming=first_only),
    "a loss is never late": handwritten("receipts", Receipts, closed_verdict=never_late),
    "registrars speak for everybody": handwritten("approvals", Approvals, has_voice=lambda self, party, index: False),
    "a withdrawn key signs receipts": handwritten("approvals", Approvals, speaks_for=by_old_keys),
    "every agency closes every duty": handwritten("approvals", Approvals, speaks_for=by_anybody),
    "a lapsed key stands": handwritten("approvals", Approvals, standing=beyond_lapse),
    "a cancellation is for every succession of a number": handwritten(
        "eras", Eras, cancel=lambda self, body, least: setattr(self, "succession", None)),
    "nobody cancels": handwritten("eras", Eras, cancel=lambda self, body, least: None),
    "roots change as one likes": handwritten("eras", Eras, is_small_change=lambda self, before, roots: True),
    "lost keys go on after a break": handwritten("eras", Eras, is_named=lambda self, era, before: True),
    "anchors never go stale": handwritten("eras", Eras, anchors=lambda self, checkpoint, at, shelf, lasts=False: Eras.anchors(
        self, checkpoint, at, None, lasts)),
    "a registrar who left counts": handwritten("quorums", Quorums, least=lambda self, body, registrars, quorum: Quorums.least(
        self, body, [registrar for registrar, _ in self.signed.get(body, ())], quorum)),
    "a custodian takes another's key": handwritten("custodians", Custodians, is_used=lambda self, custodian, fingerprint: any(
        key.body.fingerprint == fingerprint for keys in self.keys.values() for key in keys)),
    "a debtor hears of its own duty": handwritten("receipts", Receipts, hears=hears_but("debtor")),
    "sightings hear after the due time": handwritten("receipts", Receipts, hears=hears_but("time")),
    "steps move a due time again and again": handwritten("receipts", Receipts, moved_by_step=moved_again),
    "only the budget binds": handwritten("requests", Requests, broken=lambda self, agency, request, anchor, rules, at: [
        rule for rule in Requests.broken(self, agency, request, anchor, rules, at) if rule == "budget"]),
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
        "receipts", Receipts, "stealing", closings=lambda self, subject, party: self.closed.get((subject, party), ())[-1:]),
    "a receipt closes for every party": instead(
        "receipts", Receipts, "hiding", closings=lambda self, subject, party: tuple(
            closed for (own, _), each in self.closed.items() if own == subject for closed in each)),
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
    "a number is all that is counted": instead(
        "requests", Requests, "numbers", is_within_budget=lambda self, number, own, budget, now: number < budget),
    "a number above all others is enough": instead(
        "requests", Requests, "numbers", is_within_budget=lambda self, number, own, budget, now: True),
    "the newest rules alone bind": instead(
        "rules", TownRules, "tightening", strictest=lambda self, rules: rules[0]),
    "rules bind from their entry": instead(
        "rules", TownRules, "tightening", in_force=lambda self, anchor: self.begun["rules"][-1].body),
    "every loss allows another key": instead(
        "custodians", Custodians, "keys", 5, is_free=lambda self, had: all(self.is_lost(key) for key in had)),
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
