"""Refusing: one exception, a check that raises it, and a way to say where it happened."""

from contextlib import contextmanager
from typing import Iterator


class Refused(Exception):
    """The input is not what it should be: believe nothing of it, hand out nothing."""


def require(condition: bool, what: str) -> None:
    """Refuse with `what` unless the condition holds."""
    if not condition:
        raise Refused(what)


@contextmanager
def at(where: str) -> Iterator[None]:
    """Put a place before whatever is refused inside."""
    try:
        yield
    except Refused as refused:
        raise Refused(f"{where}: {refused}") from None
