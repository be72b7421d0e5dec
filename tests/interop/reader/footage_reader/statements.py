"""The types of fields and the records of all statements (sections 3.2 and 3.3).

A type here is a function from what CBOR decodes to into a value, or a refusal. Records become namespaces with the
fields of the page, by their names there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

from . import cbor, cose, values
from .crypto import KEM_OF_WRAP, PUBLIC_LENGTH, KemKey, check_verifying_key
from .errors import Refused, at, require

Type = Callable[[Any], Any]

DAY = 86_400_000                                        # milliseconds
MANY = 256                                              # elements of a list without a limit of its own


class Window(NamedTuple):
    begin: int                                          # belongs to it
    end: int                                            # does not

    def __contains__(self, time: object) -> bool:
        return self.begin <= time < self.end            # type: ignore[operator]


# -- makers of types --------------------------------------------------------------------------------------------------

def uint(low: int = 0, high: int = 2**64 - 1) -> Type:
    def check(value: Any) -> int:
        require(type(value) is int and low <= value <= high, f"not an integer from {low} to {high}")
        return value
    return check


def bstr(size: int | None = None, limit: int | None = None) -> Type:
    def check(value: Any) -> bytes:
        require(type(value) is bytes, "not a byte string")
        require(size is None or len(value) == size, f"{len(value)} bytes, not {size}")
        require(limit is None or len(value) <= limit, f"{len(value)} bytes, more than {limit}")
        return value
    return check


def text(rule: Callable[[str], None]) -> Type:
    def check(value: Any) -> str:
        require(type(value) is str, "not a text")
        rule(value)
        return value
    return check


def boolean(value: Any) -> bool:
    require(type(value) is bool, "not a truth value")
    return value


def constant(number: int) -> Type:
    return uint(number, number)


def list_of(item: Type, low: int = 0, high: int = MANY) -> Type:
    def check(value: Any) -> tuple:
        require(type(value) is list and low <= len(value) <= high, f"not a list of {low} to {high}")
        items = []
        for i, element in enumerate(value):
            with at(f"[{i}]"):
                items.append(item(element))
        return tuple(items)
    return check


def optional(item: Type) -> Type:
    return lambda value: None if value is None else item(value)


def record(fields: dict[str, Type], rule: Callable[[SimpleNamespace], None] = lambda r: None) -> Type:
    def check(value: Any) -> SimpleNamespace:
        require(type(value) is list and len(value) == len(fields), f"not a record of {len(fields)} fields")
        found = SimpleNamespace()
        for (field, kind), element in zip(fields.items(), value):
            with at(field):
                setattr(found, field, kind(element))
        rule(found)
        return found
    return check


# -- 3.2: small types -------------------------------------------------------------------------------------------------

sid = digest = grant_id = nonce = possession = bstr(32)
clip_id = camera_id = bstr(16)
LAST_TIME = 253_402_300_799_999                         # the end of the year 9999
time = uint(0, LAST_TIME)
epoch = uint(0, 2_932_896)
days = uint(1, 366)
suite = uint(1, 2)

agency_id = text(values.agency_id)
custodian_id = group_id = maker_id = text(values.short_id)
name = text(values.name)
reference = text(values.reference)
word = text(values.word)
offence = text(values.offence)


def end_of(epoch: int) -> int:
    """The millisecond in which an epoch ends."""
    return (epoch + 1) * DAY


def vkey(value: Any) -> bytes:
    key = bstr(32)(value)
    check_verifying_key(key)
    return key


def kem_key(value: Any) -> KemKey:
    parts = record({"kem": uint(0, 0xFFFF), "key": bstr()})(value)
    key = KemKey(parts.kem, parts.key)
    key.check()
    return key


def kem_id(value: Any) -> int:
    number = uint(0, 0xFFFF)(value)
    require(number in PUBLIC_LENGTH, f"no KEM {number:#06x}")
    return number


def wrap(value: Any) -> bytes:
    wrapped = bstr()(value)
    require(len(wrapped) in KEM_OF_WRAP, "not the length of a wrap")
    return wrapped


def window(value: Any) -> Window:
    parts = record({"begin": time, "end": time})(value)
    require(parts.begin < parts.end, "the window ends before it begins")
    return Window(parts.begin, parts.end)


def anchor(value: Any) -> bytes:
    note = bstr(limit=8192)(value)
    try:
        note.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None
    return note


def cells(value: Any) -> Any:
    indices = list_of(uint())(value)
    values.cells(indices)
    return indices


def jurisdiction(value: Any) -> Any:
    indices = list_of(uint(), high=2048)(value)
    values.jurisdiction(indices)
    return indices


def signed(kind: str) -> Type:
    return lambda value: parse(bstr(limit=cose.LIMIT)(value), kind)


# -- 3.3: records -----------------------------------------------------------------------------------------------------

incentive = uint(1, 4)


def _check_group(group: SimpleNamespace) -> None:
    require(group.threshold <= group.size, "the threshold is above the size")


def _check_custody(custody: SimpleNamespace) -> None:
    members = custody.members
    require(custody.threshold <= len(members), "the threshold is above the number of members")
    require(len({m.custodian for m in members}) == len(members), "a custodian twice")
    require(len({m.expiry for m in members}) == len(members), "an expiry statement twice")


def basis(value: Any) -> Any:
    return optional(record({"process": uint(1, 3), "court": reference, "reference": reference}))(value)


def subject(value: Any) -> SimpleNamespace:
    parts = record({"kind": uint(1, 3), "of": lambda value: value})(value)
    with at("of"):
        parts.of = {1: sid, 2: sid, 3: epoch}[parts.kind](parts.of)
    return parts


def _check_owners(owners: SimpleNamespace) -> None:
    require(owners.key.kem == owners.recovery.kem.kem, "the two KEM keys are of two KEMs")
    require(owners.key != owners.recovery.kem, "the household's key is the recovery key")
    for key in ("signer", "fingerprint"):
        require(len({getattr(device, key) for device in owners.devices}) == len(owners.devices),
                f"two devices have one {key}")
    require((owners.before is None) == (owners.number == owners.period == 0),
            "only the first list of a household is the first of all")
    begins = owners.number == 0 and owners.period > 0
    require((owners.entries is not None) == begins,
            "a list that begins a period names no entries" if begins else "entries of a list that begins no period")


def _check_envelope(envelope: SimpleNamespace) -> None:
    require(len(envelope.parts) == len(envelope.bodies) + 1, "not one part more than clips")


group = record({"id": group_id, "threshold": uint(1, 16), "size": uint(1, 16)}, _check_group)
member = record({"custodian": custodian_id, "expiry": sid, "share": digest})
clock_set = record({"wall": time, "earlier": boolean})
ending = record({"how": uint(1, 3), "tracks": uint(), "samples": uint()})
device = record({"signer": vkey, "fingerprint": digest})
owner_list = record({
    "household": bstr(16), "period": uint(), "number": uint(), "before": optional(sid), "key": kem_key,
    "recovery": record({"kem": kem_key, "signer": vkey}), "devices": list_of(device, 1, 32),
    "entries": optional(digest)}, _check_owners)
envelope = record({
    "terms": sid, "agency_wrap": digest, "custodian_wraps": list_of(digest, high=16),
    "parts": list_of(digest, 2, 257), "bodies": list_of(digest, 1, 256)}, _check_envelope)
custody = record(
    {"group": group_id, "threshold": uint(1, 16), "members": list_of(member, 1, 16)}, _check_custody)

RECORDS: dict[str, Type] = {kind: record(fields) for kind, fields in {
    "agency-approval": {
        "agency": agency_id, "name": name, "jurisdiction": jurisdiction, "key": vkey, "incentives": list_of(incentive),
        "validity": window},
    "custodian-approval": {
        "custodian": custodian_id, "operator": name, "group": group, "key": vkey, "affiliations": list_of(agency_id),
        "validity": window},
    "maker-approval": {"maker": maker_id, "name": name, "key": vkey, "validity": window},
    "withdrawal": {"kind": uint(1, 2), "key": vkey, "anchor": anchor},
    "disclosure": {
        "agency": agency_id, "vendor": name, "incentive": incentive, "cents": optional(uint()),
        "text": optional(digest)},
    "request": {
        "agency": agency_id, "cells": cells, "window": window, "offence": offence, "case": reference, "basis": basis,
        "retention": days, "open_until": time, "key": kem_key, "sequence": uint(), "previous": optional(sid),
        "anchor": anchor},
    "outcome": {"agency": agency_id, "request": sid, "result": uint(0, 4)},
    "release": {"terms": signed("terms"), "possession": possession, "key": kem_key},
    "expiry-key": {"custodian": custodian_id, "epoch": epoch, "key": kem_key},
    "custodian-start": {"custodian": custodian_id, "nonce": nonce},
    "answer-notice": {"custodian": custodian_id, "terms": sid, "release": sid, "nonce": nonce},
    "revocation-notice": {"custodian": custodian_id, "revoked": digest},
    "receipt": {
        "subject": subject, "keys": list_of(digest), "excerpts": list_of(digest), "method": uint(1, 4),
        "tool": record({"name": word, "version": word}), "backups": boolean, "obtained": boolean, "deadline": time,
        "anchor": anchor},
    "carried-receipt": {"custodian": custodian_id, "receipt": signed("receipt")},
    "certificate-request": {"camera": camera_id, "maker": maker_id, "model": name},
    "camera-certificate": {"request": signed("certificate-request"), "issued": time},
    "head": {
        "clip": clip_id, "suite": suite, "header": digest, "count": uint(0, 2**32 - 1), "root": digest,
        "set": optional(clock_set), "end": optional(ending)},
    "terms": {
        "grant": grant_id, "request": sid, "agency": agency_id, "custody": custody, "not_before": time,
        "not_after": epoch, "agency_half": digest, "custodian_half": digest, "possession": digest, "private": digest},
    "revocation": {"grant": grant_id},
    "answer": {"custodian": custodian_id, "terms": sid, "release": sid, "notice": sid, "share": wrap},
}.items()} | {"owner-list": owner_list, "envelope": envelope}

# Records that nobody signs. A consent is kept by the household, a body list is for the host that adds the bodies.
consent = record({
    "terms": signed("terms"),
    "clips": list_of(record({
        "clip": clip_id,
        "ranges": list_of(record({"first": uint(), "end": uint(), "layers": uint(1, 3)}), 1)}), 1),
    "given": time, "revocation": signed("revocation")})
body_list = list_of(record({
    "clip": clip_id, "runs": list_of(record({"first": uint(), "end": uint()}))}), 1)

LOGGED = frozenset(RECORDS) - {
    "certificate-request", "camera-certificate", "head", "owner-list", "terms", "envelope", "revocation", "answer"}


# -- statements -------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Statement:
    """A statement. Who got one from `parse` has still to `verify` it."""

    kind: str
    record: Any                                         # a namespace of the record's fields
    envelope: cose.Envelope

    @property
    def id(self) -> bytes:
        return self.envelope.id

    @property
    def signer(self) -> bytes:
        return self.envelope.signer

    def verify(self) -> None:
        with at(self.kind):
            self.envelope.verify()
            if self.kind == "camera-certificate":
                self.record.request.verify()


def parse(data: bytes, kind: str | None = None) -> Statement:
    """Form, header, content type (`kind`, or any logged one), record; not yet the signature."""
    with at(kind or "statement"):
        envelope = cose.open_envelope(data)
        if kind is None:
            require(envelope.name in LOGGED, f"a statement of type {envelope.name!r} is not logged")
        else:
            require(envelope.name == kind, f"a statement of type {envelope.name!r}")
        with at("payload") if kind else at(envelope.name):
            fields = RECORDS[envelope.name](cbor.decode(envelope.payload, cose.LIMIT))
    return Statement(envelope.name, fields, envelope)


def read(data: bytes, kind: str | None = None) -> Statement:
    """A statement whose signature is valid under the key in its header."""
    statement = parse(data, kind)
    statement.verify()
    return statement
