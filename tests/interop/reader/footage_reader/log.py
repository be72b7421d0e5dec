"""The log: notes, witnessed checkpoints, entries, and who has standing in it (section 11)."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import merkle, values
from .crypto import check_verifying_key, commit, digest, POSSESSION, sha256, u8, verify
from .errors import Refused, at, require
from .statements import Statement, Window, read

NOTE = 8192
_LOG, _WITNESS = 0x01, 0x04                             # kinds of keys
_LAST_SECOND = 253_402_300_799                          # of the year 9999
_WEEK = 604_800_000                                     # milliseconds: the longest validity of an approval


# -- trust roots (3.3, JSON of section 13) ----------------------------------------------------------------------------

@dataclass(frozen=True)
class NamedKey:
    name: str
    key: bytes

    def id(self, kind: int) -> bytes:
        return sha256(self.name.encode(), b"\n", u8(kind), self.key)[:4]


@dataclass(frozen=True)
class TrustRoots:
    """What a reader has to believe beforehand."""

    log: NamedKey                                       # its name is the origin of checkpoints
    witnesses: tuple[NamedKey, ...]
    quorum: int
    faulty: int
    registrars: tuple[bytes, ...]
    registrar_quorum: int

    @classmethod
    def from_json(cls, json: Any) -> "TrustRoots":
        trust = _object(json, "log", "registrars", "registrar_quorum")
        log = _object(trust["log"], "origin", "key", "witnesses", "quorum", "faulty")
        witnesses = tuple(
            NamedKey(witness["name"], _hex_key(witness["key"]))
            for witness in (_object(json, "name", "key") for json in _list(log["witnesses"])))
        roots = cls(
            NamedKey(log["origin"], _hex_key(log["key"])), witnesses, _count(log["quorum"]), _count(log["faulty"]),
            tuple(_hex_key(key) for key in _list(trust["registrars"])), _count(trust["registrar_quorum"]))
        roots._check()
        return roots

    def _check(self) -> None:
        for named in (self.log, *self.witnesses):
            require(isinstance(named.name, str), "a key's name is no text")
            values.key_name(named.name)
        keys = {self.log.key, *(witness.key for witness in self.witnesses)}
        require(1 <= len(self.witnesses) <= 16, "not 1 to 16 witnesses")
        require(len(keys) == 1 + len(self.witnesses), "a key twice in the log-root")
        require(self.quorum <= len(self.witnesses), "the quorum is larger than the number of witnesses")
        require(2 * self.quorum > len(self.witnesses) + self.faulty, "the quorum is too small for the faulty")
        require(1 <= len(self.registrars) <= 16, "not 1 to 16 registrars")
        require(len(set(self.registrars)) == len(self.registrars), "a registrar twice")
        require(1 <= self.registrar_quorum <= len(self.registrars), "no such quorum of registrars")


def _object(json: Any, *fields: str) -> dict:
    require(isinstance(json, dict) and set(json) == set(fields), f"JSON: not an object of {', '.join(fields)}")
    return json


def _list(json: Any) -> list:
    require(isinstance(json, list), "JSON: not a list")
    return json


def _count(json: Any) -> int:
    require(type(json) is int and 0 <= json <= 255, "JSON: not a number from 0 to 255")
    return json


def _hex_key(json: Any) -> bytes:
    require(isinstance(json, str) and re.fullmatch("[0-9a-f]{64}", json) is not None, "JSON: not a key in hexadecimal")
    key = bytes.fromhex(json)
    check_verifying_key(key)
    return key


# -- 11.2 to 11.4: notes and checkpoints ------------------------------------------------------------------------------

@dataclass(frozen=True)
class NoteLine:
    name: str
    key_id: bytes
    signature: bytes

    def is_by(self, named: NamedKey, kind: int) -> bool:
        return self.name == named.name and self.key_id == named.id(kind)


def parse_note(data: bytes) -> tuple[str, list[NoteLine]]:
    """The text of a signed note and its lines. No signature is checked yet."""
    require(len(data) <= NOTE, f"note of {len(data)} bytes, more than {NOTE}")
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("note is not UTF-8") from None
    require(not any(c < " " and c != "\n" for c in note), "note has a control character")
    body, empty, signatures = note.rpartition("\n\n")
    require(bool(empty) and signatures.endswith("\n"), "note is not a text, an empty line, and signature lines")
    lines = signatures[:-1].split("\n")
    require(len(lines) <= 64, "note has more than 64 signature lines")
    return body + "\n", [_parse_line(line) for line in lines]


def _parse_line(line: str) -> NoteLine:
    match line.split(" "):
        case ["\u2014", name, encoded]:
            values.key_name(name)
            decoded = _base64(encoded)
            require(len(decoded) > 4, "signature line of a note is too short")
            return NoteLine(name, decoded[:4], decoded[4:])
    raise Refused("signature line of a note is malformed")


def _base64(text: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("note has malformed base64") from None
    require(base64.b64encode(decoded).decode() == text, "note has base64 that is not canonical")
    return decoded


@dataclass(frozen=True)
class Checkpoint:
    """A witnessed checkpoint. Times are Unix milliseconds."""

    size: int
    root: bytes
    not_before: int                                     # what holds this checkpoint inside is not older
    existed_by: int                                     # what this checkpoint includes existed by then
    witnesses: int


def witnessed(data: bytes, trust: TrustRoots) -> Checkpoint:
    """A checkpoint of the log, signed by it and by a quorum of its witnesses."""
    text, lines = parse_note(data)
    fields = text[:-1].split("\n")
    require(len(fields) >= 3, "checkpoint has fewer than three lines")
    origin, size, root, *extensions = fields
    require(re.fullmatch("0|[1-9][0-9]{0,19}", size) is not None and int(size) < 2**64, "checkpoint without a size")
    require(len(_base64(root)) == 32, "checkpoint's root has not 32 bytes")
    require(all(extensions), "checkpoint has an empty extension line")
    require(origin == trust.log.name, f"checkpoint of {origin!r}, not of {trust.log.name!r}")

    message = text.encode()
    by_log = [line for line in lines if line.is_by(trust.log, _LOG)]
    require(bool(by_log), "checkpoint is not signed by the log")
    for line in by_log:
        with at("the log's line"):
            verify(trust.log.key, message, line.signature)

    earliest, latest = [], []
    for witness in trust.witnesses:
        times = [time for line in lines if line.is_by(witness, _WITNESS)
                 for time in _cosigned(witness.key, message, line.signature)]
        if times:
            earliest.append(min(times))
            latest.append(max(times))
    require(len(latest) >= trust.quorum, f"cosigned by {len(latest)} witnesses, fewer than {trust.quorum}")
    return Checkpoint(
        int(size), _base64(root),
        sorted(earliest, reverse=True)[trust.faulty] * 1000,
        sorted(latest)[trust.faulty] * 1000 + 999,
        len(latest))


def _cosigned(key: bytes, text: bytes, signature: bytes) -> Iterator[int]:
    """The time of a cosignature, in seconds; nothing if it does not count."""
    seconds = int.from_bytes(signature[:8], "big")
    if len(signature) == 8 + 64 and seconds <= _LAST_SECOND:
        try:
            verify(key, f"cosignature/v1\ntime {seconds}\n".encode() + text, signature[8:])
            yield seconds
        except Refused:
            pass


# -- 11.1 and 11.6: entries and standing ------------------------------------------------------------------------------

@dataclass(frozen=True)
class Entry:
    """A valid statement in its place in the log."""

    index: int
    existed_by: int
    statement: Statement

    @property
    def kind(self) -> str:
        return self.statement.kind

    @property
    def record(self) -> Any:
        return self.statement.record

    def __str__(self) -> str:
        return f"log entry {self.index} ({self.kind})"


@dataclass(frozen=True)
class Approval:
    """An approval that has taken effect."""

    index: int                                          # of the entry that completed the quorum
    kind: str
    holder: str
    key: bytes
    validity: Window


_HOLDER = {"agency-approval": "agency", "custodian-approval": "custodian", "maker-approval": "maker"}
_PARTY = {                                              # whose statements have standing by whose approval
    "outcome": "agency", "release": "agency", "request": "agency",
    "expiry-key": "custodian", "custodian-start": "custodian", "answer-notice": "custodian",
    "revocation-notice": "custodian", "carried-receipt": "custodian",
}


# -- 11.7: how a log is stored ----------------------------------------------------------------------------------------

_BUNDLE = 256                                           # entries of a full bundle


def bundle_path(index: int, width: int = _BUNDLE) -> str:
    """Where a bundle of so many entries is."""
    return f"tile/entries/{grouped(index)}" + (f".p/{width}" if width < _BUNDLE else "")


def grouped(number: int) -> str:
    """A number in groups of three digits, as it stands in paths."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    return "/".join(groups)


def kept_checkpoints(directory: Path, size: int, trust: TrustRoots) -> Iterator[bytes]:
    """The checkpoints that the log has had up to this size, without those that other witnesses cosigned."""
    number = 0
    while (path := directory / "checkpoints" / grouped(number)).is_file():
        note = path.read_bytes()
        try:
            if witnessed(note, trust).size <= size:
                yield note
        except Refused:
            pass
        number += 1


def unbundle(data: bytes, width: int) -> Iterator[bytes]:
    """The entries of a bundle, or the first ones of a longer one."""
    place = 0
    for _ in range(width):
        begin = place + 2
        place = begin + int.from_bytes(data[begin - 2:begin], "big")
        require(begin <= len(data) and place <= len(data), f"not a bundle of {width} entries")
        yield data[begin:place]


def bundled_entries(directory: Path, size: int) -> Iterator[bytes]:
    """The entries of the log of this size. Whether they are the right ones, the checkpoint says."""
    for first in range(0, size, _BUNDLE):
        index, width = first // _BUNDLE, min(_BUNDLE, size - first)
        path = bundle_path(index, width)
        if not (directory / path).exists():
            path = bundle_path(index)                   # a partial one may go when there is the full one
        with at(path):
            yield from unbundle((directory / path).read_bytes(), width)


class Log:
    """All entries under one witnessed checkpoint."""

    def __init__(self, entries: Sequence[bytes], checkpoints: Sequence[bytes], trust: TrustRoots) -> None:
        """The checkpoints are in order. The last includes all entries; earlier ones give earlier bounds of time."""
        self.trust = trust
        tree, roots = merkle.Tree(), [merkle.Tree().root]
        for entry in entries:
            tree.append(merkle.leaf_hash(entry))
            roots.append(tree.root)
        self._statements = list(map(_valid, entries))

        followed = []
        for i, note in enumerate(checkpoints):
            with at(f"checkpoint {i}"):
                checkpoint = witnessed(note, trust)
                require(checkpoint.size <= len(entries), f"of {checkpoint.size} entries, here are {len(entries)}")
                require(checkpoint.root == roots[checkpoint.size], "the entries lead to another root")
                require(not followed or followed[-1].size <= checkpoint.size, "smaller than the one before it: rewound")
                followed.append(checkpoint)
        self.checkpoint = followed[-1]
        require(self.checkpoint.size == len(entries), "entries that the checkpoint does not include")
        followed += self._anchored(roots)

        self.entries = [
            Entry(index, min(c.existed_by for c in followed if c.size > index), statement)
            for index, statement in enumerate(self._statements) if statement is not None]
        self._by_id: dict[bytes, Entry] = {}
        for entry in self.entries:
            self._by_id.setdefault(entry.statement.id, entry)                   # a log takes in an id once
        self._take_withdrawals()
        self._approvals = list(self._take_effect())

    @classmethod
    def open(cls, directory: Path, trust: TrustRoots) -> "Log":
        """`checkpoint` and the bundles of `tile/entries`; in `checkpoints`, if it is there, the earlier ones."""
        with at("log"):
            latest = (directory / "checkpoint").read_bytes()
            size = witnessed(latest, trust).size
            notes = kept_checkpoints(directory, size, trust)
            return cls(list(bundled_entries(directory, size)), [*notes, latest], trust)

    def _anchored(self, roots: Sequence[bytes]) -> Iterator[Checkpoint]:
        """Anchors inside of statements are witnessed checkpoints too, and earlier ones. What is wrong with one is its
        statement's affair."""
        for statement in self._statements:
            if statement is not None and hasattr(statement.record, "anchor"):
                try:
                    checkpoint = witnessed(statement.record.anchor, self.trust)
                except Refused:
                    continue
                if checkpoint.size < len(roots) and checkpoint.root == roots[checkpoint.size]:
                    yield checkpoint

    def _take_effect(self) -> Iterator[Approval]:
        """Approvals, each in the place where a quorum of registrars had logged it."""
        logged: dict[bytes, set[bytes]] = {}
        for entry in self.entries:
            statement, record = entry.statement, entry.record
            if entry.kind not in _HOLDER or statement.signer not in self.trust.registrars:
                continue
            if record.validity.end - record.validity.begin > _WEEK:
                continue
            registrars = logged.setdefault(entry.kind.encode() + statement.envelope.payload, set())
            before = len(registrars)
            registrars.add(statement.signer)
            if before < self.trust.registrar_quorum == len(registrars):
                party = _HOLDER[entry.kind]
                yield Approval(entry.index, party, getattr(record, party), record.key, record.validity)

    def find(self, id: bytes, kind: str) -> Entry:
        """The entry with this statement id."""
        entry = self._by_id.get(id)
        if entry is None:
            raise Refused(f"no {kind} {id.hex()} in the log")
        require(entry.kind == kind, f"{entry} is not the {kind} that it should be")
        return entry

    def all(self, kind: str) -> list[Entry]:
        """The entries of a kind, without repetitions."""
        return [entry for entry in self._by_id.values() if entry.kind == kind]

    def approved(self, party: str, holder: str, key: bytes, time: int, before: int | None = None) -> bool:
        """Whether an approval of the holder's key holds at a time (and took effect before a place in the log)."""
        return any(
            (approval.kind, approval.holder, approval.key) == (party, holder, key)
            and (before is None or approval.index < before)
            and time in approval.validity
            and not any(withdrawal.record.key == key and withdrawal.index > approval.index
                        and withdrawal.existed_by <= time for withdrawal in self._withdrawals)
            for approval in self._approvals)

    def _take_withdrawals(self) -> None:
        withdrawals = [entry for entry in self.entries
                       if entry.kind == "withdrawal" and entry.statement.signer in self.trust.registrars]
        self._withdrawals = [entry for entry in withdrawals if entry.statement.record.kind == 1]
        self._withdrawn_cameras: dict[bytes, int] = {}
        for entry in withdrawals:
            if entry.statement.record.kind == 2:
                self._withdrawn_cameras.setdefault(entry.statement.record.key, entry.index)

    def before_release(self, terms: bytes) -> tuple[int, int]:
        """The place just before the release of terms; of terms that are not released, the newest."""
        for entry in self.all("release"):
            if entry.record.terms.id == terms:
                return entry.index, entry.existed_by
        return self.checkpoint.size, self.checkpoint.not_before

    def camera_approved(self, certificate: Statement, index: int, time: int) -> bool:
        """Section 11.6: whether a camera's certificate is approved at a place of the log."""
        request = certificate.record.request
        if self._withdrawn_cameras.get(request.signer, index) < index:
            return False
        begun = [approval for approval in self._approvals
                 if (approval.kind, approval.holder) == ("maker", request.record.maker)
                 and approval.index < index and approval.validity.begin <= time]

        def stands(approval: Approval) -> bool:
            return not any(withdrawal.record.key == approval.key and approval.index < withdrawal.index < index
                           for withdrawal in self._withdrawals)

        own = [approval for approval in begun if approval.key == certificate.signer]
        return (bool(own) and stands(max(own, key=lambda approval: approval.index))
                and any(time in approval.validity and stands(approval) for approval in begun))

    def standing(self, entry: Entry) -> bool:
        """Whether an agency's or a custodian's statement was made with a key of its own approval."""
        party = _PARTY[entry.kind]
        holder = entry.record.terms.record.agency if entry.kind == "release" else getattr(entry.record, party)
        return self.approved(party, holder, entry.statement.signer, entry.existed_by, entry.index)

    def require_standing(self, entry: Entry) -> None:
        require(self.standing(entry), f"{entry} has no standing: no approval of its signer held")

    def require_good_release(self, entry: Entry) -> None:
        """Section 10, step 2."""
        release = entry.record
        with at(str(entry)):
            terms = release.terms
            terms.verify()
            require(terms.record.grant == digest("grant id", terms.signer), "its terms are not by the grant's key")
            require(commit(POSSESSION, 0, release.possession) == terms.record.possession, "no proof of possession")
        self.require_standing(entry)

    def require_in_chain(self, request: Entry) -> None:
        """An agency's requests are numbered from 0 and each names the one before. No key comes twice, not even in
        another agency's request."""
        number, previous, keys = 0, None, set()
        for entry in filter(self.standing, self.all("request")):
            fields, key = entry.record, entry.record.key.fingerprint
            fresh = key not in keys
            keys.add(key)
            if fields.agency == request.record.agency:
                follows = fresh and (fields.sequence, fields.previous) == (number, previous)
                if entry is request:
                    require(follows, f"{entry} does not follow the agency's requests before it, or repeats a key")
                    return
                if follows:
                    number, previous = number + 1, entry.statement.id

    def require_expiry_key(self, id: bytes, custodian: str, epoch: int) -> Entry:
        """The expiry key of a custodian for an epoch, of which there is only this one."""
        entry = self.find(id, "expiry-key")
        require(entry.record.custodian == custodian, f"{entry} is of another custodian")
        require(entry.record.epoch == epoch, f"{entry} is for another epoch")
        self.require_standing(entry)
        require(not any(other is not entry and other.record.custodian == custodian and other.record.epoch == epoch
                        and self.standing(other) for other in self.all("expiry-key")),
                f"{entry}: the custodian has another key for this epoch")
        return entry


def _valid(data: bytes) -> Statement | None:
    """An entry that is no valid statement keeps its place and means nothing."""
    try:
        return read(data)
    except Refused:
        return None
