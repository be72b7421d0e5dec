"""The evidence file: chosen clips of an opened grant, verified with the trust roots alone (section 18)."""

from typing import Any, BinaryIO

from . import cbor, merkle
from .clip import STATEMENT, read_header
from .crypto import TAG, X_WING, digest, u16
from .errors import Refused, at, require
from .excerpt import LISTED
from .frames import Frame, FramedFile
from .grant import CLIP_PART, PART, RANGES, WORDS_PART, OpenedClip, Range, listed_of
from .log import NOTE, Entry, Log, TrustRoots, parse_note, witnessed
from .segment import CONTENT, GAP
from .statements import bstr, list_of, parse, read, record, uint

MAGIC = b"footage-evidence-v1\n"
LOG_PROOF = 8_388_608

_entry = record({"index": uint(), "statement": bstr(limit=STATEMENT), "proof": bstr(limit=64 * 32)})
_log_proof = record({"checkpoint": bstr(limit=NOTE), "entries": list_of(_entry, high=512)})


class ProvenLog(Log):
    """Steps 4 and 5: some entries of a log, each proven under one checkpoint. All of them existed by its time, and what
    stands behind an entry does not count for it."""

    def __init__(self, data: bytes, trust: TrustRoots) -> None:
        fields = _log_proof(cbor.decode(data, LOG_PROOF))
        self.trust = trust
        with at("checkpoint"):
            self.checkpoint = witnessed(fields.checkpoint, trust)
            self._check_lines(fields.checkpoint)
        self.entries = []
        for said in fields.entries:
            with at(f"log entry {said.index}"):
                require(not self.entries or self.entries[-1].index < said.index, "in another order")
                statement = read(said.statement)
                require(len(said.proof) % 32 == 0, "a proof that is not of hashes of 32 bytes")
                proof = [said.proof[i:i + 32] for i in range(0, len(said.proof), 32)]
                merkle.check_inclusion(
                    said.index, self.checkpoint.size, merkle.leaf_hash(said.statement), proof, self.checkpoint.root)
                self.entries.append(Entry(said.index, self.checkpoint.existed_by, statement))
        self._by_id = {}
        for entry in self.entries:
            self._by_id.setdefault(entry.statement.id, entry)
        self._take_withdrawals()
        self._approvals = list(self._take_effect())

    def _check_lines(self, note: bytes) -> None:
        """Exactly the log's line and those of a quorum, in the order of the roots: so every line had to be valid."""
        _, (first, *others) = parse_note(note)
        require(first.is_by(self.trust.log, 0x01), "the first line is not the log's")
        require(len(others) == self.trust.quorum, "another number of lines than a quorum has")
        witnesses = iter(self.trust.witnesses)
        for line in others:
            require(any(line.is_by(witness, 0x04) for witness in witnesses), "a line in another order, or of a stranger")

    def approved(self, party: str, holder: str, key: bytes, time: int, before: int | None = None) -> bool:
        return any(
            (approval.kind, approval.holder, approval.key) == (party, holder, key)
            and (before is None or approval.index < before) and time in approval.validity
            and not any(withdrawal.record.key == key and withdrawal.index > approval.index
                        and (before is None or withdrawal.index < before) for withdrawal in self._withdrawals)
            for approval in self._approvals)


class Evidence:
    """An evidence file, verified in the order of section 18. Contents are checked as they are read."""

    def __init__(self, file: BinaryIO, trust: TrustRoots) -> None:
        self._file = FramedFile(file, MAGIC)
        self._offset = self._file.start
        terms, log, digests, places = (
            self._next({kind: limit}) for kind, limit in
            (("T", STATEMENT), ("L", LOG_PROOF), ("D", 257 * 32), ("S", 257 * 2)))
        self.terms = parse(self._file.payload(terms), "terms")
        self.terms.verify()
        self.id = self.terms.id
        require(self.terms.record.grant == digest("grant id", self.terms.signer),
                "terms: not signed by the key of their grant")
        self.digests = _pieces(self._file.payload(digests), 32)
        require(len(self.digests) >= 2, "fewer than two digests of parts")
        require(digest("private parts", u16(len(self.digests)), *self.digests) == self.terms.record.private,
                "digests: not what the terms name")
        self.places = [int.from_bytes(place, "big") for place in _pieces(self._file.payload(places), 2)]
        require(all(one < other for one, other in zip(self.places, self.places[1:])), "parts in another order")
        require(bool(self.places) and 1 <= self.places[-1] < len(self.digests), "no clip, or one that was not granted")
        with at("log proof"):
            self.log = ProvenLog(self._file.payload(log), trust)
            self._find_in_log()
        self._read_parts()

    def _next(self, limits: dict[str, int]) -> Frame:
        frame = self._file.frame_at(self._offset, limits)
        self._offset = frame.end
        return frame

    def _find_in_log(self) -> None:
        """Steps 6 to 9."""
        terms, log = self.terms.record, self.log
        self.request = log.find(terms.request, "request")
        require(self.request.record.agency == terms.agency, f"{self.request} is of another agency")
        self.expiries = []
        for member in terms.custody.members:
            expiry = log.find(member.expiry, "expiry-key")
            require((expiry.record.custodian, expiry.record.epoch) == (member.custodian, terms.not_after),
                    f"{expiry} is of another custodian or for another epoch")
            self.expiries.append(expiry)
        releases = [entry for entry in log.all("release") if entry.record.terms.id == self.id]
        require(bool(releases), "no release of these terms")
        standing = {entry.statement.id for entry in releases if log.standing(entry)}
        members = {member.custodian for member in terms.custody.members}
        ended = (terms.not_after + 1) * 86_400_000 <= log.checkpoint.existed_by
        notices = {}
        for notice in log.all("answer-notice"):
            fields = notice.record
            good = fields.terms == self.id and fields.release in standing and fields.custodian in members
            if good and not ended and log.standing(notice):
                notices.setdefault(fields.custodian, notice)
        first = next(iter(notices.values()), None)
        self.release = releases[0] if first is None else log.find(first.record.release, "release")
        self._check_release(self.release)
        self.agency_approved = self.release.statement.id in standing and log.standing(self.request)
        if self.agency_approved:
            require(len(notices) >= terms.custody.threshold, f"{len(notices)} notices, {terms.custody.threshold} needed")

    def _check_release(self, release: Entry) -> None:
        """Section 10, step 2, but for the standing, which is a verdict."""
        with at(str(release)):
            try:
                self.log.require_good_release(release)
            except Refused:
                require(not self.log.standing(release), "no good release")
                approved, self.log.standing = self.log.standing, lambda entry: True
                try:
                    self.log.require_good_release(release)
                finally:
                    self.log.standing = approved

    def _read_parts(self) -> None:
        """Steps 10 to 12, but for the contents."""
        self.words, self.clips = None, []
        ranges = listed = 0
        for place in self.places:
            with at(f"part {place}"):
                plain = self._file.payload(self._next({"C": PART}))
                require(digest("private part", plain) == self.digests[place], "another part")
                if place == 0:
                    self.words = WORDS_PART(cbor.decode(plain, PART)).words
                    continue
                part = CLIP_PART(cbor.decode(plain, PART))
                ranges, listed = ranges + len(part.ranges), listed + listed_of(part)
                require(ranges <= RANGES and listed <= LISTED, "more than one grant takes")
                content = read_header(part.header).fields.content
                in_full = sum(len(Range(fields, content).granted) for fields in part.ranges) + len(part.inits)
                bodies = [self._next({"B": CONTENT + TAG}) for _ in range(in_full)]
                clip = OpenedClip(place, part, self._file, bodies, self.request.record.window)
                require(not self.clips or self.clips[-1].order < clip.order, "clips in another order, or one twice")
                self.clips.append(clip)
        require(self._offset == self._file.size, "the file does not end behind the last body")

    def maker_approved(self, clip: OpenedClip) -> bool:
        """Whether the maker of a clip's camera was approved just before the release."""
        return self.log.camera_approved(clip.header.fields.certificate, self.release.index, self.release.existed_by)

    @property
    def post_quantum(self) -> bool:
        keys = [self.request.record.key, self.release.record.key, *(expiry.record.key for expiry in self.expiries)]
        return (all(key.kem == X_WING for key in keys)
                and all(clip.header.fields.kem == X_WING for clip in self.clips))

    @property
    def other_clips(self) -> int:
        return len(self.digests) - 1 - len(self.clips)


def gaps(clip: OpenedClip) -> int:
    """Segments with the flag gap inside of a clip's ranges, but for the first of a range that no other touches."""
    begins = {granted.first for granted in clip.ranges} - {granted.end for granted in clip.ranges}
    return sum(bool(segment.open.flags & GAP) and segment.open.index not in begins for segment in clip.segments)


def _pieces(data: bytes, length: int) -> list[bytes]:
    require(len(data) % length == 0, f"not of pieces of {length} bytes")
    return [data[i:i + length] for i in range(0, len(data), length)]
