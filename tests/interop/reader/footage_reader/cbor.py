"""Canonical CBOR: scan, decode, encode again, compare (section 2)."""

from typing import Any

import cbor2

from .errors import Refused, require

_EXTRA = {24: 1, 25: 2, 26: 4, 27: 8}                   # bytes that follow a head, by its low five bits
_SIMPLE = (20, 21, 22)                                  # false, true, null
_NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = 1, 2, 3, 4, 5, 6, 7
_STATEMENT = 18                                         # the one tag


def encode(value: Any) -> bytes:
    """The canonical form of a value."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, limit: int) -> Any:
    """The one value in `data`, which has at most `limit` bytes; refused unless it is in canonical form."""
    require(len(data) <= limit, f"CBOR of {len(data)} bytes, more than {limit}")
    _scan(data)
    try:
        value = cbor2.loads(data)
        again = encode(value)
    except Exception as error:                          # cbor2 also lets errors of other modules through
        raise Refused(f"CBOR does not decode ({error})") from None
    require(again == data, "CBOR is not canonical")
    return value


def _scan(data: bytes) -> None:
    """Refuse what the form does not know, and lengths that the data cannot hold, before anything is built of it."""
    at, open_items = 0, 1
    while open_items:
        open_items -= 1
        require(at < len(data), "CBOR ends too early")
        major, low = data[at] >> 5, data[at] & 31
        at += 1
        if major == _OTHER:
            require(low in _SIMPLE, "CBOR holds a float or a simple value other than false, true, null")
            continue
        require(low < 28, "CBOR holds an indefinite length or a reserved head")
        extra = _EXTRA.get(low, 0)
        number = int.from_bytes(data[at:at + extra], "big") if extra else low
        at += extra
        require(major != _NEGATIVE or number < 2**63, "CBOR holds an integer below -2^63")
        if major in (_BYTES, _TEXT):
            require(number <= len(data) - at, "CBOR ends too early")
            at += number
        elif major in (_ARRAY, _MAP):
            open_items += number * (2 if major == _MAP else 1)
            require(open_items <= len(data) - at, "CBOR ends too early")
        elif major == _TAG:
            require(number == _STATEMENT, f"CBOR holds the tag {number}")
            open_items += 1
    require(at == len(data), "CBOR is followed by something" if at < len(data) else "CBOR ends too early")
