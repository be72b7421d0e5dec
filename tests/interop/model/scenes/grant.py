"""The grant that most scenes are about, and what they look for in a log."""

from collections.abc import Iterator

from judgement.receipts import BEST, Closed
from judgement.statements import Entry, Receipt, Release, footage
from town import GROUP, LIMITS, Town, cosigned

T, END = "T", 24
DUE = END + LIMITS.grace
FOOTAGE = footage(T)
RECEIPT = Entry(Receipt(FOOTAGE, "A"), "a", None, 0)


def release(one_time: int, time: int = 0) -> Entry:
    return Entry(Release(T, "A", 0, "g", 2, GROUP, END, one_time), "a", cosigned(1, time))


def kinds(town: Town, kind: type) -> list[Entry]:
    return [entry for entry in town.ledger.entries if isinstance(entry.body, kind)]


def first_closing(town: Town, subject: tuple) -> Closed | None:
    """Returns the receipt of A that is judged earliest."""
    return min(town.ledger.receipts.closings(subject, "A"), key=lambda closed: closed.at, default=None)


def stays(town: Town, subject: tuple) -> Iterator[str]:
    """A verdict that somebody was told can only improve."""
    verdict = town.ledger.verdict(subject)
    for told in town.told:
        if told.is_final and (verdict is None or not verdict.is_final or BEST.index(verdict) > BEST.index(told)):
            yield f"{told.value} becomes {verdict.value if verdict else None}"
    town.told = (*town.told, verdict) if verdict is not None else town.told
