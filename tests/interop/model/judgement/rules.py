"""The town's rules, and the groups of custodians: statements of the registrars that replace each other."""

from typing import Any, NamedTuple

from .limits import Limits
from .room import At, Room
from .roots import Dated
from .statements import Group, Rules

# Of two values, the strict one.
STRICTER = {field: max if field == "least_k" else min for field in Rules._fields if field != "end"}


class InForce(NamedTuple):
    body: Any
    anchor: int
    begun: At


class Replacing(Room):
    """Statements of which each replaces the one before it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.begun: dict[Any, tuple[InForce, ...]] = {}

    def take(self, name: Any, body: Any, least: Dated, at: At) -> None:
        had = self.begun.get(name, ())
        if had and least.size <= had[-1].anchor:
            return
        if had and had[-1].body == body:
            # Further statements of it raise its anchor, and change nothing else.
            self.begun[name] = (*had[:-1], had[-1]._replace(anchor=least.size))
        elif not self.is_void(body, least, at):
            self.begun[name] = (*had, InForce(body, least.size, at))

    def is_void(self, body: Any, least: Dated, at: At) -> bool:
        return at.now - least.not_before > self.limits.registrars_shelf


class Groups(Replacing):
    def in_force(self, id: Any) -> Group | None:
        had = self.begun.get(id, ())
        return had[-1].body if had else None

    def was_in_force(self, group: Group, since: int) -> bool:
        """Whether a group with this k was in force at any log time since `since`."""
        had = self.begun.get(group.id, ())
        ends = [*(later.begun.now for later in had[1:]), None]
        return any(own.body == group and (end is None or end > since) for own, end in zip(had, ends))


class TownRules(Replacing):
    def is_void(self, rules: Rules, least: Dated, at: At) -> bool:
        return (super().is_void(rules, least, at) or at.now >= rules.end
                or rules.end > least.not_before + self.limits.rules)

    def in_force(self, anchor: Dated) -> Rules | None:
        """Returns the rules in force at an anchor: field by field, the strictest of the newest that it includes and of those
        that they replaced a short while ago."""
        included = [rules for rules in self.begun.get("rules", ()) if rules.begun.index < anchor.size]
        if not included or anchor.not_before >= included[-1].body.end:
            return None
        binding = [included[-1].body]
        for before, after in zip(reversed(included[:-1]), reversed(included[1:])):
            if after.begun.now >= before.body.end or anchor.not_before - after.begun.now >= self.limits.tightened:
                break
            binding.append(before.body)
        return self.strictest(binding)

    def strictest(self, rules: list[Rules]) -> Rules:
        strict = {field: choose(getattr(each, field) for each in rules) for field, choose in STRICTER.items()}
        return rules[0]._replace(**strict)
