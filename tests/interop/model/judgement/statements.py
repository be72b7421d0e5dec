"""The statements of the log, as values. `Entry` is a statement with its signer, its anchor and its nonce."""

from typing import Any, NamedTuple


class Checkpoint(NamedTuple):
    """A note: a tree, the log key that signed it, and the times of its cosignatures by witness."""

    size: int
    root: Any
    log_key: Any
    lines: tuple[tuple[Any, int], ...]


class Entry(NamedTuple):
    body: Any                                           # None for what says nothing that is judged
    signer: Any = None
    anchor: Checkpoint | None = None
    nonce: Any = None


class Roots(NamedTuple):
    log_key: Any
    witnesses: tuple
    quorum: int
    faulty: int
    registrars: tuple
    registrar_quorum: int
    until: int                                          # when they expire


class Embedded(NamedTuple):
    """A checkpoint entry: the note is the entry's anchor."""


class Approval(NamedTuple):
    role: str                                           # agency, custodian or maker
    party: Any
    key: Any
    end: int
    operator: Any = None                                # of a custodian
    affiliated: frozenset = frozenset()                 # agencies that a custodian belongs to


class Withdrawal(NamedTuple):
    key: Any


class Group(NamedTuple):
    id: Any
    k: int
    members: frozenset


class Rules(NamedTuple):
    """`STRICTER` in `rules` says which value of a field is strict. They carry an end, so that equal rules can be renewed."""

    end: int
    budget: int = 50
    per_case: int = 2
    per_cell: int = 4
    cell_hours: int = 24
    window_hours: int = 12
    open_days: int = 7
    retention_days: int = 30
    least_k: int = 2


class Succession(NamedTuple):
    number: int
    roots: Roots


class Cancellation(NamedTuple):
    number: int


class ExpiryKey(NamedTuple):
    end: int                                            # of its epoch
    fingerprint: Any


class Loss(NamedTuple):
    fingerprint: Any
    destroyed: bool                                     # or only out of control


class Request(NamedTuple):
    number: int
    closes: int
    window: tuple[int, int]
    cells: tuple[str, ...]                              # a cell lies in those that its name begins with
    case: Any


class Release(NamedTuple):
    terms: Any                                          # T
    agency: Any
    request: int                                        # its number
    group: Any
    k: int
    members: frozenset
    end: int
    one_time: Any


class Notice(NamedTuple):
    release: tuple                                      # (T, one-time key)


class Sighting(NamedTuple):
    index: int                                          # of the newest dating checkpoint entry that it knows
    ids: frozenset = frozenset()                        # of what was handed to it


class Receipt(NamedTuple):
    subject: tuple
    party: Any


class Preservation(NamedTuple):
    terms: Any
    file: Any
    end: int


# Subjects of duties.
def footage(terms: Any) -> tuple:
    return ("footage", terms)


def request_key(agency: Any, number: int) -> tuple:
    return ("request", agency, number)


def expiry_key(custodian: Any, fingerprint: Any) -> tuple:
    return ("key", custodian, fingerprint)


def exported(terms: Any, file: Any) -> tuple:
    return ("file", terms, file)
