"""Statements that take a quorum of registrars: equal but for their anchors."""

from collections.abc import Iterable
from typing import Any

from .roots import Dated
from .room import Room


class Quorums(Room):
    def __init__(self) -> None:
        self.signed: dict[Any, tuple[tuple[Any, Dated], ...]] = {}

    def take(self, body: Any, registrar: Any, anchor: Dated) -> None:
        """Takes the signature of one who is in the roots at its entry."""
        others = [(other, had) for other, had in self.signed.get(body, ()) if other != registrar]
        own = [had for other, had in self.signed.get(body, ()) if other == registrar]
        self.signed[body] = (*others, (registrar, self.chosen([*own, anchor])))

    def chosen(self, anchors: list[Dated]) -> Dated:
        """Returns which of a registrar's anchors, in log order, counts."""
        return max(anchors, key=lambda anchor: anchor.size)

    def least(self, body: Any, registrars: Iterable[Any], quorum: int) -> Dated | None:
        """Returns the least anchor of those that a quorum takes, greatest first; None without a quorum."""
        present = set(registrars)
        anchors = sorted((anchor for registrar, anchor in self.signed.get(body, ()) if registrar in present),
                         key=lambda anchor: anchor.size, reverse=True)
        return anchors[quorum - 1] if len(anchors) >= quorum else None

    def signers(self, body: Any) -> frozenset:
        return frozenset(registrar for registrar, _ in self.signed.get(body, ()))
