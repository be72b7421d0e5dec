"""The excerpt file: taking it in, and opening it with the agency's keys and the custodians' answers (9 and 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from . import cbor, shares
from .clip import STATEMENT
from .crypto import (
    AGENCY, ANSWER, CUSTODIANS, KEM_OF_WRAP, POSSESSION, SHARE, TAG, X_WING, KemKey, PrivateKey, blake3, commit, digest,
    equal, expand, extract, lock_info, open_sealed, u16, wrap_digest)
from .errors import Refused, at, require
from .frames import Frame, FramedFile
from .grant import CLIP_PART, LISTED_OF_CLIP, PART, RANGES, WORDS_PART, OpenedClip, listed_of
from .log import Entry, Log
from .segment import CONTENT
from .statements import Statement, Window, list_of, parse, record, wrap

MAGIC = b"footage-excerpt-v1\n"
SUITE_OF_PARTS = 2
LISTED = 2**20                                          # segments of a grant

_TERMS, _ENVELOPE, _WRAPS = {"T": STATEMENT}, {"E": STATEMENT}, {"W": 20_400}
_PART, _NUMBER, _BODY = {"P": PART + TAG}, {"N": 4}, {"B": CONTENT + TAG}

_wraps = record({"agency": wrap, "custodians": list_of(wrap, high=16)})


class Excerpt:
    """An excerpt, taken in: everything is verified that needs no key (section 9)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = FramedFile(file, MAGIC)
        terms, envelope = self._read_frames()
        terms.verify()
        self.terms, self.id = terms, terms.id           # T
        require(terms.record.grant == digest("grant id", terms.signer), "terms: not signed by the key of their grant")
        envelope.verify()
        self.envelope = envelope
        require(envelope.signer == terms.signer, "envelope: not signed by the key of the grant")
        with at("envelope"):
            self._check_envelope(envelope.record)

    def _read_frames(self) -> tuple[Statement, Statement]:
        """Step 1. How many parts and clips there are is what the envelope says, whoever signed it."""
        offset = self._file.start

        def following(limits: Mapping[str, int]) -> Frame:
            nonlocal offset
            frame = self._file.frame_at(offset, limits)
            offset = frame.end
            return frame

        terms = parse(self._file.payload(following(_TERMS)), "terms")
        envelope = parse(self._file.payload(following(_ENVELOPE)), "envelope")
        self._parts = [following(_PART) for _ in envelope.record.parts]
        self._bodies: list[list[Frame]] = []            # of each clip
        total = 0
        for _ in envelope.record.bodies:
            frame = following(_NUMBER)
            with at(str(frame)):
                payload = self._file.payload(frame)
                require(len(payload) == 4, "not a number of 4 bytes")
                number = int.from_bytes(payload, "big")
                total += number
                require(number <= LISTED_OF_CLIP, f"more than {LISTED_OF_CLIP} bodies of a clip")
                require(total <= LISTED, f"more than {LISTED} bodies")
            self._bodies.append([following(_BODY) for _ in range(number)])
        self._wraps = following(_WRAPS)
        require(offset == self._file.size, "the file does not end behind the wraps")
        return terms, envelope

    def _check_envelope(self, envelope: Any) -> None:
        """Steps 3 to 6."""
        require(envelope.terms == self.id, "of other terms")
        for i, (said, frame) in enumerate(zip(envelope.parts, self._parts)):
            require(said == digest("sealed part", self._file.payload(frame)), f"another part {i}")
        for i, (said, bodies) in enumerate(zip(envelope.bodies, self._bodies)):
            digests = (blake3(self._file.payload(frame)) for frame in bodies)
            require(said == digest("bodies", self.id, *digests), f"other bodies of clip {i}")
        with at("wraps"):
            self.wraps = _wraps(cbor.decode(self._file.payload(self._wraps), 20_400))
        members = len(self.terms.record.custody.members)
        require(envelope.agency_wrap == wrap_digest(self.wraps.agency), "another agency's wrap")
        require(len(envelope.custodian_wraps) == len(self.wraps.custodians) == members, "not a wrap for each member")
        require(envelope.custodian_wraps == tuple(map(wrap_digest, self.wraps.custodians)), "other custodians' wraps")

    def agency_half(self, request_key: PrivateKey) -> bytes:
        """Section 10, step 1: `a`."""
        terms = self.terms.record
        with at("agency's half"):
            half = request_key.unwrap(lock_info(self.id, AGENCY, 0, request_key.public), self.wraps.agency)
            require(equal(commit(AGENCY, 0, half), terms.agency_half), "not what the terms commit to")
            possession = expand(half, "possession", terms.grant, 32)
            require(equal(commit(POSSESSION, 0, possession), terms.possession), "no proof of possession comes of it")
        return half

    def custodians_half(self, shares_by_place: Mapping[int, bytes]) -> bytes:
        """Section 10, steps 4 and 5: `c`."""
        terms = self.terms.record
        with at("custodians' half"):
            threshold = terms.custody.threshold
            require(len(shares_by_place) >= threshold, f"{len(shares_by_place)} good answers, {threshold} needed")
            half = shares.combine({i: shares_by_place[i] for i in sorted(shares_by_place)[:threshold]})
            require(equal(commit(CUSTODIANS, 0, half), terms.custodian_half), "not what the terms commit to")
        return half

    def part_key(self, a: bytes, c: bytes, part: int) -> bytes:
        return expand(extract("grant key", a + c), "grant key", self.id + u16(part), 32)

    def unlock(self, a: bytes, c: bytes, window: Window | None = None) -> "Opened":
        """Section 10, steps 6 to 12. `window` is the request's, None where the request is not known."""
        plains = []
        for i, frame in enumerate(self._parts):
            with at(f"part {i}"):
                plains.append(open_sealed(SUITE_OF_PARTS, self.part_key(a, c, i), b"", self._file.payload(frame)))
        digests = (digest("private part", plain) for plain in plains)
        require(digest("private parts", u16(len(plains)), *digests) == self.terms.record.private,
                "parts: not what the terms name")
        with at("part 0"):
            words = WORDS_PART(cbor.decode(plains[0], PART))
        parts = []
        for i, plain in enumerate(plains[1:], 1):
            with at(f"part {i}"):
                parts.append(CLIP_PART(cbor.decode(plain, PART)))
        ranges, listed = sum(len(part.ranges) for part in parts), sum(map(listed_of, parts))
        require(ranges <= RANGES, f"more than {RANGES} ranges")
        require(listed <= LISTED, f"lists more than {LISTED} segments")
        clips: list[OpenedClip] = []
        for i, (part, bodies) in enumerate(zip(parts, self._bodies), 1):
            with at(f"part {i}"):
                clip = OpenedClip(i, part, self._file, bodies, window)
                require(not clips or clips[-1].order < clip.order, "clips in another order, or one twice")
                require(clip.id not in [other.id for other in clips], "clips in another order, or one twice")
            clips.append(clip)
        quantum = all(KEM_OF_WRAP[len(w)] == X_WING for w in (self.wraps.agency, *self.wraps.custodians))
        return Opened(words, clips, quantum and all(clip.header.fields.kem == X_WING for clip in clips))


@dataclass(frozen=True)
class Opened:
    """The parts, verified."""

    part: Any                                           # part 0
    clips: list[OpenedClip]
    post_quantum: bool

    @property
    def words(self) -> str:
        return self.part.words


# -- answers ----------------------------------------------------------------------------------------------------------

def share_of(excerpt: Excerpt, answer: Statement, one_time: PrivateKey) -> tuple[int, bytes]:
    """Section 10, to open, step 3, after the signature: the member's place and its share."""
    require(answer.record.terms == excerpt.id, "answers other terms")
    for i, member in enumerate(excerpt.terms.record.custody.members):
        if member.custodian == answer.record.custodian:
            share = one_time.unwrap(lock_info(excerpt.id, ANSWER, i, one_time.public), answer.record.share)
            require(equal(commit(SHARE, i, share), member.share), "not the share that the terms commit to")
            return i, share
    raise Refused(f"{answer.record.custodian} is no member of the custody")


# -- what the log says of a grant -------------------------------------------------------------------------------------

def check_in_log(
    excerpt: Excerpt, log: Log, request_key: KemKey, one_time_key: KemKey
) -> tuple[Window, list[Entry]]:
    """The request is there, in its place and with this key; so is each member's expiry key, and at least one good
    release with this one-time key. The request's window and the good releases are returned."""
    terms = excerpt.terms.record
    request = log.find(terms.request, "request")
    require(request.record.agency == terms.agency, f"{request} is of another agency")
    log.require_standing(request)
    log.require_in_chain(request)
    require(request.record.key == request_key, f"{request} names another key than the request key given")
    for member in terms.custody.members:
        log.require_expiry_key(member.expiry, member.custodian, terms.not_after)
    releases = [entry for entry in log.all("release") if entry.record.terms.id == excerpt.id]
    require(bool(releases), "no release of this grant in the log")
    releases = [entry for entry in releases if entry.record.key == one_time_key]
    require(bool(releases), "no release of this grant in the log names the one-time key given")
    for release in releases:
        log.require_good_release(release)
    return request.record.window, releases


def check_answer_in_log(answer: Statement, excerpt: Excerpt, log: Log, releases: list[Entry]) -> None:
    """The custodian had its notice logged before, for one of these releases, and made the answer with the same key."""
    fields = answer.record
    release = next((entry for entry in releases if entry.statement.id == fields.release), None)
    require(release is not None, "answers another release")
    notice = log.find(fields.notice, "answer-notice")
    require(notice.record.custodian == fields.custodian, f"{notice} is of another custodian")
    require(notice.record.terms == excerpt.id, f"{notice} is of other terms")
    require(notice.record.release == fields.release, f"{notice} is of another release")
    log.require_standing(notice)
    require(answer.signer == notice.statement.signer, "not signed by the key that signed the notice")
