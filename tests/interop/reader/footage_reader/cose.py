"""The envelope of every statement: a COSE_Sign1 in one exact form (section 3.1)."""

from dataclasses import dataclass

from cbor2 import CBORTag

from . import cbor
from .crypto import check_verifying_key, sha256, verify
from .errors import Refused, at, require

LIMIT = 49_152
_PREFIX, _SUFFIX = "application/vnd.footage.v1.", "+cbor"


@dataclass(frozen=True)
class Envelope:
    """A statement's envelope, its form checked but not yet its signature."""

    name: str                   # of the content type
    signer: bytes
    payload: bytes
    signature: bytes
    signed: bytes               # the Sig_structure

    @property
    def id(self) -> bytes:
        """The statement id. The signature is no part of it."""
        return sha256(self.signed)

    def verify(self) -> None:
        """Refuse unless the key in the header made the signature. Whether it is the right key is another question."""
        verify(self.signer, self.signed, self.signature)


def open_envelope(data: bytes) -> Envelope:
    """Check size, form and the three values of the protected header."""
    require(len(data) <= LIMIT, f"statement of {len(data)} bytes, more than {LIMIT}")
    match cbor.decode(data, LIMIT):
        case CBORTag(tag=18, value=[bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]):
            require(not unprotected, "statement has an unprotected header")
            require(len(signature) == 64, "statement's signature has not 64 bytes")
        case _:
            raise Refused("not a COSE_Sign1")
    match cbor.decode(protected, LIMIT):
        case {1: -8, 3: str(content_type), 4: bytes(signer)}:
            pass
        case _:
            raise Refused("statement's protected header is not {1: -8, 3: content type, 4: key}")
    # Exactly these entries in this order, and no `true` for a 1.
    require(cbor.encode({1: -8, 3: content_type, 4: signer}) == protected, "statement's protected header is not exact")
    with at("statement's signer"):
        check_verifying_key(signer)
    require(content_type.startswith(_PREFIX) and content_type.endswith(_SUFFIX), f"content type {content_type!r}")
    name = content_type[len(_PREFIX):-len(_SUFFIX)]
    signed = cbor.encode(["Signature1", protected, b"", payload])
    return Envelope(name, signer, payload, signature, signed)
