"""Requests: which count, and which the rules permit."""

from typing import Any, NamedTuple

from .limits import Limits
from .room import At, Room
from .roots import Dated
from .statements import Request, Rules


class Good(NamedTuple):
    agency: Any
    request: Request
    at: At
    broken: tuple[str, ...]                             # the rules that it breaks

    @property
    def permitted(self) -> bool:
        return not self.broken


class Requests(Room):
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.good: list[Good] = []
        self.number: dict[Any, int] = {}                # the last good number of an agency

    def take(self, agency: Any, request: Request, anchor: Dated, rules: Rules | None, at: At) -> bool:
        """Takes a request of an agency that stands. Returns whether it is good."""
        last = self.number.get(agency, -1)
        if not last < request.number <= last + self.limits.ahead or at.now >= request.closes:
            return False
        self.number[agency] = request.number
        self.good.append(Good(agency, request, at, tuple(self.broken(agency, request, anchor, rules, at))))
        return True

    def broken(self, agency: Any, request: Request, anchor: Dated, rules: Rules | None, at: At) -> list[str]:
        if rules is None:
            return ["no rules"]
        day, hour = self.limits.day, self.limits.hour
        begin, end = request.window
        own = [good for good in self.good if good.agency == agency]
        lately = [good for good in own if at.now - good.at.now <= self.limits.month]
        broken = []
        if not 0 < end - begin <= rules.window_hours * hour:
            broken.append("window")
        if end > anchor.not_before:
            broken.append("window not past")
        if request.closes > anchor.not_before + rules.open_days * day:
            broken.append("open too long")
        if not self.is_within_budget(request.number, own, rules.budget, at.now):
            broken.append("budget")
        if 1 + sum(good.request.case == request.case for good in lately) > rules.per_case:
            broken.append("case")
        for cell in request.cells:
            there = [request, *(good.request for good in lately
                                if any(self.is_within(cell, other) for other in good.request.cells))]
            hours = sum(each.window[1] - each.window[0] for each in there)
            if len(there) > rules.per_cell or hours > rules.cell_hours * hour:
                broken.append("cell")
                break
        return broken

    def is_within_budget(self, number: int, own: list[Good], budget: int, now: int) -> bool:
        """Numbers that are missing count as used."""
        before = [good for good in own if good.request.number <= number - budget]
        if before:
            return now - before[-1].at.now > self.limits.month
        return number < budget or bool(own) and now - own[0].at.now > self.limits.month

    @staticmethod
    def is_within(cell: str, other: str) -> bool:
        """Whether one of the cells equals or contains the other."""
        return cell.startswith(other) or other.startswith(cell)
