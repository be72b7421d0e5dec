"""Who stands: approvals of agencies, custodians and makers, and their withdrawals."""

from typing import Any, NamedTuple

from .limits import Limits
from .room import At, Room
from .roots import Dated
from .statements import Approval


class Stands(NamedTuple):
    """An approval that began. `ended` is the index at which another began or it was withdrawn; None until then."""

    approval: Approval
    anchor: int
    begun: int
    ended: int | None


class Approvals(Room):
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.begun: list[Stands] = []
        self.withdrawn: dict[Any, int] = {}             # the greatest anchor of a key's withdrawals

    def approve(self, approval: Approval, least: Dated, at: At) -> None:
        """Takes an approval at an entry of one of its statements. `least` is its anchor."""
        if any(stands.approval == approval and stands.ended is None for stands in self.begun):
            self.begun = [self.raised(stands, least) if stands.approval == approval else stands for stands in self.begun]
            return
        if self.is_void(approval, least, at):
            return
        self.begun = [self.ends(stands, at) if stands.approval.party == approval.party else stands for stands in self.begun]
        self.begun.append(Stands(approval, least.size, at.index, None))

    def is_void(self, approval: Approval, least: Dated, at: At) -> bool:
        return (at.now - least.not_before > self.limits.registrars_shelf or at.now >= approval.end
                or approval.end > least.not_before + self.limits.approval
                or least.size <= self.withdrawn.get(approval.key, -1) or least.size <= self.replaced(approval.party))

    def replaced(self, party: Any) -> int:
        """Returns the greatest anchor of any approval of a party that ever began."""
        return max((stands.anchor for stands in self.begun if stands.approval.party == party), default=-1)

    def withdraw(self, key: Any, least: Dated, at: At) -> None:
        if least.size <= self.withdrawn.get(key, -1):
            return
        self.withdrawn[key] = least.size
        self.begun = [self.ends(stands, at) if stands.approval.key == key and stands.anchor <= least.size else stands
                      for stands in self.begun]

    def raised(self, stands: Stands, least: Dated) -> Stands:
        """While an approval is in force, further statements of it raise its anchor and change nothing else."""
        return stands._replace(anchor=max(stands.anchor, least.size)) if stands.ended is None else stands

    @staticmethod
    def ends(stands: Stands, at: At) -> Stands:
        return stands._replace(ended=at.index) if stands.ended is None else stands

    # -- questions ----------------------------------------------------------------------------------------------------

    def standing(self, key: Any, role: str, at: At) -> Approval | None:
        """Returns the approval by which a key stands at an entry."""
        return next((stands.approval for stands in self.begun
                     if stands.approval.key == key and stands.approval.role == role and self.is_in_force(stands, at.index)
                     and at.now < stands.approval.end), None)

    @staticmethod
    def is_in_force(stands: Stands, index: int) -> bool:
        """Whether an approval had begun at an entry and nothing had ended it; it may have lapsed."""
        return stands.begun <= index and (stands.ended is None or stands.ended > index)

    def speaks_for(self, key: Any, party: Any, index: int) -> bool:
        """Whether a key signs for a party that owes something: also after it has lapsed, until another is approved or it is
        withdrawn."""
        return any(stands.approval.key == key and stands.approval.party == party and self.is_in_force(stands, index)
                   for stands in self.begun)

    def has_voice(self, party: Any, index: int) -> bool:
        """Whether any key signs for a party that owes something."""
        return any(stands.approval.party == party and self.is_in_force(stands, index) for stands in self.begun)

    def party(self, key: Any) -> Any:
        """Returns the party that a key was last approved for."""
        return next((stands.approval.party for stands in reversed(self.begun) if stands.approval.key == key), None)
