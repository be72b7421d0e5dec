"""The numbers of the design."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """`hour` says how many units of time an hour has."""

    hour: int = 3_600_000
    ahead: int = 1000                                   # how far the number of a request may be above the last
    second: int = 999                                   # a cosignature has whole seconds: what it may be later

    @property
    def day(self) -> int:
        return 24 * self.hour

    @property
    def shelf(self) -> int:
        """Of an anchor; also how far a dating checkpoint may lie below log time, and how long old roots go on as anchors."""
        return self.day

    @property
    def registrars_shelf(self) -> int:
        return 7 * self.day

    @property
    def step(self) -> int:
        """By more than this the log stood still."""
        return 2 * self.hour

    @property
    def grace(self) -> int:
        return 96 * self.hour

    @property
    def key_grace(self) -> int:
        """Of a custodian's key: it may be destroyed up to 121 hours after its end, and its receipt is then to be heard of."""
        return 192 * self.hour

    @property
    def step_grace(self) -> int:
        return self.day

    @property
    def sighted(self) -> int:
        return 48 * self.hour

    @property
    def run_on(self) -> int:
        """From a succession to its handover."""
        return 14 * self.day

    @property
    def rules(self) -> int:
        return 120 * self.day

    @property
    def tightened(self) -> int:
        """How long rules that were replaced still bind where they are stricter."""
        return 7 * self.day

    @property
    def month(self) -> int:
        return 30 * self.day

    @property
    def approval(self) -> int:
        return 35 * self.day

    @property
    def preservation(self) -> int:
        return 90 * self.day
