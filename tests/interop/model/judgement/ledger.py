"""The log folded: entries in, who stands how out."""

from collections.abc import Callable
from typing import Any, NamedTuple

from .agencies import Approvals
from .custodians import Custodians
from .grants import Grants
from .limits import Limits
from .quorums import Quorums
from .receipts import Closed, Duty, Receipts, Verdict
from .requests import Requests
from .room import At
from .roots import Dated, Era, Eras
from .rules import Groups, TownRules
from .statements import (Approval, Cancellation, Checkpoint, Embedded, Entry, ExpiryKey, Group, Loss, Notice, Preservation,
                         Receipt, Release, Request, Roots, Rules, Sighting, Succession, Withdrawal, expiry_key, exported,
                         footage, request_key)

ROOMS = {"eras": Eras, "quorums": Quorums, "approvals": Approvals, "groups": Groups, "rules": TownRules,
         "requests": Requests, "custodians": Custodians, "grants": Grants, "receipts": Receipts}

# What a page for phones carries.
CARRIED = (Rules, Succession, Cancellation, Approval, Withdrawal, Group, ExpiryKey, Loss, Sighting, Request)


class Ledger:
    """`rooms` replaces rooms by others; the search uses it to break single rules."""

    def __init__(self, limits: Limits, roots: Roots, root: Callable[[int], Any] = lambda size: "log",
                 rooms: dict[str, type] | None = None) -> None:
        self.limits = limits
        chosen = ROOMS | (rooms or {})
        self.eras = chosen["eras"](limits, roots, root)
        self.quorums = chosen["quorums"]()
        self.approvals = chosen["approvals"](limits)
        self.groups = chosen["groups"](limits)
        self.rules = chosen["rules"](limits)
        self.requests = chosen["requests"](limits)
        self.custodians = chosen["custodians"](limits)
        self.grants = chosen["grants"](limits)
        self.receipts = chosen["receipts"](limits)
        self.entries: list[Entry] = []
        self.ids: set[Entry] = set()

    def copy(self) -> "Ledger":
        """Returns a copy that goes on by itself."""
        other = object.__new__(type(self))
        other.limits, other.entries, other.ids = self.limits, self.entries.copy(), self.ids.copy()
        for room in ROOMS:
            setattr(other, room, getattr(self, room).copy())
        return other

    def take(self, entry: Entry) -> None:
        at = self.eras.take(entry)
        if self.eras.forked is not None:
            return
        self.entries.append(entry)
        if at is not None and entry.body is not None and not isinstance(entry.body, Embedded):
            self.statement(entry, at)

    def statement(self, entry: Entry, at: At) -> None:
        """No statement is taken twice."""
        if entry not in self.ids:
            self.ids.add(entry)
            TAKE[type(entry.body)](self, entry, entry.body, at)

    # -- registrars ---------------------------------------------------------------------------------------------------

    def signed(self, entry: Entry, at: At, lasts: bool = False) -> Dated | None:
        """Takes a registrar's signature. Returns the least anchor that counts, if a quorum has signed."""
        roots = self.eras.in_force()
        anchor = self.eras.anchors(entry.anchor, at, None, lasts)
        if entry.signer not in roots.registrars or anchor is None:
            return None
        self.quorums.take(entry.body, entry.signer, anchor)
        return self.quorums.least(entry.body, roots.registrars, roots.registrar_quorum)

    def approval(self, entry: Entry, body: Approval, at: At) -> None:
        least = self.signed(entry, at)
        if least is not None:
            self.approvals.approve(body, least, at)

    def withdrawal(self, entry: Entry, body: Withdrawal, at: At) -> None:
        least = self.signed(entry, at, lasts=True)
        if least is not None:
            self.approvals.withdraw(body.key, least, at)

    def group(self, entry: Entry, body: Group, at: At) -> None:
        least = self.signed(entry, at)
        if least is not None:
            self.groups.take(body.id, body, least, at)

    def town_rules(self, entry: Entry, body: Rules, at: At) -> None:
        least = self.signed(entry, at)
        if least is not None:
            self.rules.take("rules", body, least, at)

    def succession(self, entry: Entry, body: Succession, at: At) -> None:
        roots, anchor = self.eras.in_force(), self.eras.anchors(entry.anchor, at, None)
        new = {*body.roots.registrars} - {*roots.registrars}
        new |= {body.roots.log_key} - {roots.log_key}
        if anchor is None or entry.signer not in new | {*roots.registrars}:
            return
        self.quorums.take(body, entry.signer, anchor)
        least = self.quorums.least(body, roots.registrars, roots.registrar_quorum)
        if least is None or not new <= self.quorums.signers(body) or at.now - least.not_before > self.limits.registrars_shelf:
            return
        self.eras.succeed(body, at)

    def cancellation(self, entry: Entry, body: Cancellation, at: At) -> None:
        least = self.signed(entry, at, lasts=True)
        if least is not None:
            self.eras.cancel(body, least)

    # -- parties ------------------------------------------------------------------------------------------------------

    def party(self, entry: Entry, role: str, at: At) -> Any:
        approval = self.approvals.standing(entry.signer, role, at)
        return None if approval is None else approval.party

    def request(self, entry: Entry, body: Request, at: At) -> None:
        agency, anchor = self.party(entry, "agency", at), self.eras.anchors(entry.anchor, at, self.limits.shelf)
        if agency is None or anchor is None:
            return
        if self.requests.take(agency, body, anchor, self.rules.in_force(anchor), at):
            subject = request_key(agency, body.number)
            self.receipts.begin(Duty(subject, agency, body.closes, at.index, None, 2))

    def expiry_key(self, entry: Entry, body: ExpiryKey, at: At) -> None:
        custodian, anchor = self.party(entry, "custodian", at), self.eras.anchors(entry.anchor, at, self.limits.shelf)
        if custodian is None or anchor is None:
            return
        if self.custodians.publish(custodian, body, at):
            subject = expiry_key(custodian, body.fingerprint)
            self.receipts.begin(Duty(subject, custodian, body.end, at.index, None, 2))

    def loss(self, entry: Entry, body: Loss, at: At) -> None:
        custodian = self.approvals.party(entry.signer)
        if custodian is None or not self.approvals.speaks_for(entry.signer, custodian, at.index):
            return
        self.custodians.lose(custodian, body)
        if body.destroyed:
            self.receipts.close(expiry_key(custodian, body.fingerprint), custodian, Closed(at.index, at.index, Verdict.LOST))

    def release(self, entry: Entry, body: Release, at: At) -> None:
        agency, anchor = self.party(entry, "agency", at), self.eras.anchors(entry.anchor, at, self.limits.shelf)
        if agency is None or anchor is None or self.receipts.closings(footage(body.terms), agency):
            return
        if self.grants.release(agency, body, at):
            self.receipts.begin(Duty(footage(body.terms), agency, body.end, at.index, body.members, body.k))

    def notice(self, entry: Entry, body: Notice, at: At) -> None:
        custodian, anchor = self.party(entry, "custodian", at), self.eras.anchors(entry.anchor, at, self.limits.shelf)
        if custodian is not None and anchor is not None:
            self.grants.notice(custodian, body, anchor, at)

    def sighting(self, entry: Entry, body: Sighting, at: At) -> None:
        custodian = self.party(entry, "custodian", at)
        if custodian is not None and self.is_dating_entry(body.index, at):
            self.custodians.sight(custodian, body, at)

    def is_dating_entry(self, index: int, at: At) -> bool:
        return index < at.index and self.eras.dated[index] is not None and isinstance(self.entries[index].body, Embedded)

    # -- deletion -----------------------------------------------------------------------------------------------------

    def judged(self, entry: Entry, subject: tuple, at: At) -> list[At]:
        """Returns where a statement may be judged, the earliest first: at each sighting that named it, unless its duty began or
        its grant was opened since, and at its own entry."""
        seen = [seen.at for seen in self.custodians.naming(entry)
                if not self.opens_between(subject, seen.at.index, at.index)]
        return [*seen, at]

    def opens_between(self, subject: tuple, low: int, high: int) -> bool:
        duty = self.receipts.duties.get(subject)
        if duty is not None and low < duty.begun < high:
            return True
        return subject[0] in ("footage", "file") and self.grants.opens_between(subject[1], low, high)

    def receipt(self, entry: Entry, body: Receipt, at: At) -> None:
        roots = self.eras.in_force()
        if entry.signer in roots.registrars:
            self.quorums.take(body, entry.signer, Dated(at.index, at.now))
            has_quorum = self.quorums.least(body, roots.registrars, roots.registrar_quorum) is not None
            if has_quorum and not self.approvals.has_voice(body.party, at.index):
                self.receipts.close(body.subject, body.party, Closed(at.index, at.index, Verdict.BY_REGISTRARS))
            return
        judged = next((judged for judged in self.judged(entry, body.subject, at)
                       if self.approvals.speaks_for(entry.signer, body.party, judged.index)), None)
        if judged is not None:
            self.receipts.close(body.subject, body.party, Closed(judged.index, at.index, None))

    def preservation(self, entry: Entry, body: Preservation, at: At) -> None:
        anchor, subject = self.eras.anchors(entry.anchor, at, None), exported(body.terms, body.file)
        if anchor is None or body.end > anchor.not_before + self.limits.preservation:
            return
        for judged in [*(seen.at for seen in self.custodians.naming(entry)), at]:
            agency = self.party(entry, "agency", judged)
            is_fresh = judged.now - anchor.not_before <= self.limits.shelf
            if agency is not None and is_fresh:
                duty = Duty(subject, agency, body.end, at.index, None, 2)
                if self.receipts.preserve(duty, self.eras, judged):
                    return

    # -- questions ----------------------------------------------------------------------------------------------------

    def verdict(self, subject: tuple, checkpoint: Checkpoint | None = None) -> Verdict | None:
        """Returns the verdict on a duty at the whole log; with a checkpoint of it, also by its *not before*."""
        shown = None if checkpoint is None else self.eras.witnessed(checkpoint)
        return self.receipts.verdict(subject, self.eras, self.custodians, None if shown is None else shown.not_before)

    def is_refuted(self, subject: tuple, receipt: Entry) -> bool:
        """Whether a receipt that is not in the log refutes an accusation: a sighting named it in time."""
        duty, end = self.receipts.duties[subject], len(self.entries)
        due = self.receipts.due(duty, self.eras)
        return any(at.now <= due and self.approvals.speaks_for(receipt.signer, duty.debtor, at.index)
                   for at in self.judged(receipt, subject, At(end, due + 1)))

    # -- phones -------------------------------------------------------------------------------------------------------

    def page(self) -> "Page":
        items = [(At(index, self.eras.time(index)), entry) for index, entry in enumerate(self.entries)
                 if isinstance(entry.body, CARRIED)]
        handovers = [At(era.begins, self.eras.time(era.begins)) for era in self.eras.eras[1:] if not era.is_break]
        breaks = [era for era in self.eras.eras if era.is_break]
        return Page(tuple(items), tuple(handovers), tuple(breaks))

    def read(self, page: "Page") -> None:
        """Folds a page as the log is folded."""
        marks, breaks = [(at, None) for at in page.handovers], list(page.breaks)
        for at, entry in sorted([*marks, *page.items], key=lambda item: (item[0].index, item[1] is not None)):
            while breaks and breaks[0].begins <= at.index:
                self.eras.pass_over(breaks[0].begins, self.eras.now())
                self.eras.continued(breaks.pop(0).roots)
            self.eras.pass_over(at.index + 1, at.now)
            if entry is None:
                self.eras.hand_over(at.index)
            elif not isinstance(entry.body, Sighting):
                self.statement(entry, at)


class Page(NamedTuple):
    """What a phone reads of the log."""

    items: tuple[tuple[At, Entry], ...]
    handovers: tuple[At, ...]
    breaks: tuple[Era, ...] = ()                        # not in a page: they come with the software


TAKE: dict[type, Callable[[Ledger, Entry, Any, At], None]] = {
    Approval: Ledger.approval, Withdrawal: Ledger.withdrawal, Group: Ledger.group, Rules: Ledger.town_rules,
    Succession: Ledger.succession, Cancellation: Ledger.cancellation, Request: Ledger.request,
    ExpiryKey: Ledger.expiry_key, Loss: Ledger.loss, Release: Ledger.release, Notice: Ledger.notice,
    Sighting: Ledger.sighting, Receipt: Ledger.receipt, Preservation: Ledger.preservation,
}
