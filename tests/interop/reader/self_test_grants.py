"""Tests of what a reader refuses of grants and excerpts (sections 8 to 10), signed and sealed by a dishonest household.

`self_test.py` runs them.
"""

import tempfile
import unittest
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import read
import self_made
from footage_reader import crypto, excerpt, grant
from footage_reader.crypto import u32
from footage_reader.errors import Refused
from self_made import Changes, Wish, one
from self_made_clip import NOW, Clip, Signer

SALT, HEADER, MANIFEST, RANGES, INITS, PROOF = range(6)                         # of a clip's part
FROM, TO, LAYERS_OF, SEEDS_OF_PICTURES, SEEDS_OF_SOUND, SEGMENTS, END = range(7)    # of a range
PICTURES, SOUND, BOTH = 1, 2, 3
HOUR = 3_600_000

Change = Callable[[list], None]


def flip(*path: int) -> Change:
    """Spoils a bit of the byte that the last of `path` gives, in the first clip's part."""
    def change(parts: list) -> None:
        *way, field, at = path
        holder = parts[1]
        for step in way:
            holder = holder[step]
        data = bytearray(holder[field])
        data[at] ^= 1
        holder[field] = bytes(data)
    return change


def put(*path: Any) -> Change:
    """Changes a field of the first clip's part; the last of `path` makes the new value out of the old."""
    def change(parts: list) -> None:
        *way, field, make = path
        holder = parts[1]
        for step in way:
            holder = holder[step]
        holder[field] = make(holder[field])
    return change


def cut(begin: int, end: int, *path: int) -> Change:
    return put(*path, lambda data: data[:begin] + data[end:])


def first(field: int) -> tuple[int, int, int]:
    return RANGES, 0, field


def with_inits(change: Callable[[list], list]) -> Change:
    return put(INITS, change)


def init_before(inits: list) -> list:
    """Those that are there, and one more before them."""
    seed, data = inits[0]
    return [[seed, bytes(4) + data[4:18] + b"\1" + data[19:]], *inits]


class GrantRefusals(unittest.TestCase):
    def refused(self, what: str, wishes: list[Wish], changes: Changes = Changes(), log: bool = False,
                **more: Any) -> None:
        with tempfile.TemporaryDirectory() as name, self.subTest(what):
            made, out = Path(name), Path(name) / "out"
            self_made.main(made, wishes, 1, crypto.X25519, changes, **more)
            with self.assertRaises(Refused) as refusal:
                self.open(made, log)
            self.assertIn(what, str(refusal.exception))
            self.assertFalse(out.exists())

    def open(self, made: Path, log: bool = False) -> dict:
        return read.read_excerpt(Namespace(
            file=made / "excerpt.footage", request=made / "keys/request.json", one_time=made / "keys/one-time.json",
            answers=made / "answers", trust=made / "log/trust.json" if log else None,
            log=made / "log" if log else None, out=made / "out"))

    def test_one_range(self) -> None:
        """What only the steps behind the lock can see.

        In the made clip of 40 groups the range begins with a picture (91 bytes) and its sound (91, or 51 left out), and
        the inits of pictures 30 and sound 30 are among its last."""
        for what, layers, change in [
            ("part 1: camera-certificate: the signature", BOTH, flip(HEADER, -80)),
            ("part 1: head: the signature", BOTH, flip(MANIFEST, -1)),
            ("not a manifest", BOTH, put(MANIFEST, lambda manifest: self_made.LAST_HEAD[0])),
            ("range of nothing", BOTH, put(*first(TO), lambda end: 0)),
            ("range of nothing", BOTH, put(*first(TO), lambda end: 31)),
            ("past the end of the clip", BOTH, put(*first(TO), lambda end: 1000)),
            ("more than 524288", BOTH, put(*first(TO), lambda end: 2**20)),
            ("ranges: not a list of 1 to 256", BOTH, put(RANGES, lambda ranges: [])),
            ("has 19 bytes", BOTH, put(*first(TO), lambda end: end + 1)),
            ("lists more than", BOTH, put(*first(TO), lambda end: end - 1)),
            ("not listed in 91", BOTH, cut(-1, 10**9, *first(SEGMENTS))),
            ("not listed in 51", PICTURES, cut(-1, 10**9, *first(SEGMENTS))),
            ("an integer from 1 to 3", BOTH, put(*first(LAYERS_OF), lambda layers: 0)),
            ("an integer from 1 to 3", BOTH, put(*first(LAYERS_OF), lambda layers: 4)),
            ("part 1: ranges: [0]: segment", PICTURES, put(*first(LAYERS_OF), lambda layers: BOTH)),
            ("part 1: ranges: [0]: ", BOTH, put(*first(LAYERS_OF), lambda layers: SOUND)),
            ("sound: 0 seeds for a cover", BOTH, put(*first(SEEDS_OF_SOUND), lambda seeds: [])),
            ("pictures: 1 seeds for a cover of 0", SOUND, put(*first(SEEDS_OF_PICTURES), lambda seeds: [bytes(32)])),
            ("sound: 1 seeds for a cover of 0", PICTURES, put(*first(SEEDS_OF_SOUND), lambda seeds: [bytes(32)])),
            ("seeds for a cover", BOTH, put(*first(SEEDS_OF_SOUND), lambda seeds: [*seeds, bytes(32)])),
            ("pictures: not a list of 0 to 46", BOTH, put(*first(SEEDS_OF_PICTURES), lambda seeds: [bytes(32)] * 47)),
            ("the segment commits to", BOTH, put(RANGES, lambda ranges: [
                [*ranges[0][:3], ranges[0][4], ranges[0][3], *ranges[0][5:]]])),
            ("segment commits to", SOUND, put(*first(SEEDS_OF_SOUND), lambda seeds: [seeds[-1], *seeds[:-1]])),
            ("the segment commits to", BOTH, put(INITS, lambda inits: [[bytes(32), inits[0][1]], *inits[1:]])),
            ("lists segment", BOTH, flip(*first(SEGMENTS), 3)),
            ("begins inside of a group", BOTH, flip(*first(SEGMENTS), 18)),
            ("ends after the year 9999", BOTH, flip(*first(SEGMENTS), 5)),
            ("year 9999", PICTURES, flip(*first(SEGMENTS), 91 + 5)),            # also of what is left out
            ("a group without pictures", BOTH, flip(*first(SEGMENTS), 16)),
            ("a group without sound", SOUND, flip(*first(SEGMENTS), 51 + 18)),
            ("inits: [0]: init segment has a duration", BOTH, flip(INITS, 0, 1, 15)),
            ("an init that no granted segment names", BOTH, with_inits(init_before)),
            ("or that a range grants", BOTH, self.grants_its_init),
            ("inits in another order", BOTH, with_inits(lambda inits: inits[::-1])),
            ("another order", BOTH, with_inits(lambda inits: inits + inits[-1:])),
            ("which is not there", BOTH, with_inits(lambda inits: inits[1:])),
            ("which is not there", BOTH, with_inits(lambda inits: [])),
            ("names what is no init of its layer", BOTH,
             put(*first(SEGMENTS), lambda d: d[:91 + 23] + d[23:27] + d[91 + 27:])),
            ("no init of its layer", BOTH, flip(INITS, 0, 1, 17)),
            ("no init of its layer", BOTH, flip(INITS, 0, 1, 16)),
            ("no segment behind the range", BOTH, put(*first(END), lambda following: None)),
            ("the range ends inside of a group", BOTH, flip(*first(END), 18)),
            ("end: lists segment", BOTH, flip(*first(END), 3)),
            ("range proof leads to another root", BOTH, flip(*first(SEGMENTS), 60)),
            ("proof leads to another root", PICTURES, flip(*first(SEGMENTS), 91 + 40)),     # a closed half
            ("leads to another root", BOTH, flip(*first(END), 40)),
            ("part 1: range proof leads", BOTH, flip(INITS, 0, 1, 60)),
            ("range proof is too long", BOTH, put(PROOF, lambda proof: proof + bytes(32))),
            ("range proof is too short", BOTH, put(PROOF, lambda proof: proof[32:])),
            ("proof: not of hashes", BOTH, put(PROOF, lambda proof: proof + bytes(1))),
            ("part 1: salt: 31 bytes", BOTH, put(SALT, lambda salt: salt[1:])),
            ("part 1: not a record of 6", BOTH, lambda parts: parts[1].append(0)),
            ("ranges: [0]: not a record of 7", BOTH, lambda parts: parts[1][RANGES][0].append(0)),
            ("part 0: not a record of 2", BOTH, lambda parts: parts[0].append(0)),
            ("part 0: salt: 33 bytes", BOTH, lambda parts: parts[0].__setitem__(0, bytes(33))),
            ("words: more than 4096", BOTH, lambda parts: parts[0].__setitem__(1, "x" * 4097)),
            ("words: more than 4096", BOTH, lambda parts: parts[0].__setitem__(1, "\u00e9" * 2049)),
        ]:
            self.refused(what, one(40, layers), Changes(parts=change))
        self.refused("a segment behind the range that is not due", one(9, BOTH, True), Changes(
            parts=lambda parts: self.show_more(parts[1][RANGES][0])))

    def show_more(self, granted: list) -> None:
        """Shows a segment behind the end of the clip."""
        granted[END] = u32(granted[TO]) + bytes(13) + b"\1\1" + bytes(32)

    def grants_its_init(self, parts: list) -> None:
        """Lists the init of pictures 30, which the range grants, once more."""
        part = parts[1]
        segments, at = part[RANGES][0][SEGMENTS], 0
        while segments[at + 16:at + 18] != b"\0\0":
            at += 91
        part[INITS].append([bytes(32), segments[at:at + 91]])

    def test_several_ranges(self) -> None:
        def ranges(*spans: tuple[int, int | None, int]) -> list[Wish]:
            return [Wish(40, list(spans))]

        swapped = Changes(parts=put(RANGES, lambda ranges: ranges[::-1]))
        for what, wishes, changes in [
            ("touches a range of the same layers", ranges((4, 9, BOTH), (9, 12, BOTH)), Changes()),
            ("ranges overlap", ranges((4, 9, BOTH), (8, 12, PICTURES)), Changes()),
            ("ranges overlap", ranges((4, 9, BOTH), (4, 9, BOTH)), Changes()),
            ("another order", ranges((4, 9, BOTH), (12, 14, BOTH)), swapped),
            ("another order", ranges((4, 9, BOTH), (9, 14, SOUND)), swapped),
            ("that is not due", ranges((4, 9, BOTH), (9, 14, SOUND)), Changes(
                parts=lambda parts: self.show_end(parts[1]))),
            # An init that is left out in one range and listed for the other, with another leaf.
            ("two leaves for the segment 1", ranges((0, 5, PICTURES), (11, 14, BOTH)), Changes(
                parts=flip(*first(SEGMENTS), 91 + 30))),
            ("two leaves for", ranges((0, 5, PICTURES), (11, 14, BOTH)), Changes(parts=flip(INITS, 0, 1, 60))),
            ("which is not there", ranges((0, 5, PICTURES), (11, 14, BOTH)), Changes(
                parts=with_inits(lambda inits: inits[1:]))),
        ]:
            self.refused(what, wishes, changes)

    def show_end(self, part: list) -> None:
        """Shows, behind the first range, the first segment of the one that it touches."""
        following = part[RANGES][1][SEGMENTS]
        part[RANGES][0][END] = following[:51]

    def test_several_clips(self) -> None:
        def swap(items: list, one: int = 0) -> None:
            items[one], items[one + 1] = items[one + 1], items[one]

        def twice(items: list) -> None:
            items[-1] = items[-2]

        two = [Wish(8, [(2, 5, BOTH)], NOW), Wish(8, [(2, 5, BOTH)], NOW + 1)]
        self.refused("clips in another order", two, Changes(parts=lambda parts: swap(parts, 1), bodies=swap))
        self.refused("part 2: clips in another order, or one twice", two, Changes(parts=twice, bodies=twice))
        self.refused("bodies for", two, Changes(bodies=lambda bodies: bodies[0].pop()))
        self.refused("body of another length", two, Changes(bodies=lambda bodies: swap(bodies[0])))
        self.refused("body of another digest", two, Changes(
            bodies=lambda bodies: bodies[0].__setitem__(0, bytes(len(bodies[0][0])))))
        self.refused("part 2: segment", two, Changes(
            bodies=lambda bodies: bodies[1].__setitem__(0, bytes(len(bodies[1][0])))))
        self.refused("parts: not what the terms name", two, Changes(
            terms=lambda fields: fields.__setitem__(9, bytes(32))))
        self.refused("another part 1", two, Changes(envelope=lambda fields: swap(fields[3], 1)))
        self.refused("other bodies of clip 0", two, Changes(envelope=lambda fields: swap(fields[4])))

        def resealed(parts: list) -> None:
            del parts[2]

        self.refused("not one part more than clips", two, Changes(parts=resealed))

    def test_limits(self) -> None:
        wishes = [Wish(12, [(i, i + 1, BOTH) for i in (2, 4)]), Wish(12, [(2, 3, BOTH)], NOW + 1)]
        for limit, value, what in (("RANGES", 2, "more than 2 ranges"), ("LISTED", 5, "more than 5 bodies"),
                                   ("LISTED_OF_CLIP", 5, "more than 5 bodies of a clip")):
            with mock.patch.object(excerpt, limit, value):
                self.refused(what, wishes)
        listed = [Wish(12, [(2, 8, PICTURES)])]                                 # 14 segments, of which 7 have bodies
        with mock.patch.object(grant, "LISTED_OF_CLIP", 10):
            self.refused("part 1: lists more than 10 segments", listed)
        with mock.patch.object(excerpt, "LISTED", 10):
            self.refused("lists more than 10 segments", listed)

    def test_time(self) -> None:
        """The owner's own software would have to lie for such an excerpt to be."""
        self.refused("the clip has no time", [Wish(8, [(2, 5, BOTH)], clock=2)])
        wish = [Wish(8, [(2, 5, PICTURES)])]                                    # 2000 to 5000
        for window in ((NOW + 2001, NOW + 9000), (NOW, NOW + 4999), (NOW + 6000, NOW + HOUR)):
            self.refused("outside of the request's window", wish, log=True, window=window)
        with tempfile.TemporaryDirectory() as name:
            self_made.main(Path(name), wish, 1, crypto.X25519, window=(NOW + 2000, NOW + 5000))
            self.assertEqual(self.open(Path(name), log=True)["clips"][0]["granted"]["pictures"], 3)

    def test_what_lasts_no_time_takes_a_millisecond(self) -> None:
        def groups(count: int) -> list:
            return [self_made.Group(1000 * i, [b"picture"]) for i in range(count - 1)] + [
                self_made.Group(1000 * (count - 1), [], b"", sound_init=b"init of sound")]

        wish = [Wish(4, [(3, None, SOUND)])]
        with mock.patch.object(self_made, "groups", groups):
            self.refused("outside of the request's window", wish, log=True, window=(NOW, NOW + 3000))
            with tempfile.TemporaryDirectory() as name:
                self_made.main(Path(name), wish, 1, crypto.X25519, window=(NOW, NOW + 3001))
                self.open(Path(name), log=True)

    def test_files(self) -> None:
        """A clip that is no video has media in layer 0, and no inits."""
        def file_clip(camera: Any, suite: int, clock: int, started: int | None) -> Clip:
            return Clip(camera, suite, clock, 2, started=started)

        def groups(count: int) -> list:
            return [self_made.Group(1000 * i, [b"piece"]) for i in range(count)]

        with mock.patch.object(self_made, "Clip", file_clip), mock.patch.object(self_made, "groups", groups):
            wish = [Wish(8, [(2, 5, PICTURES)])]
            with tempfile.TemporaryDirectory() as name:
                self_made.main(Path(name), wish, 1, crypto.X25519)
                self.assertEqual(self.open(Path(name))["bytes"], 15)
            self.refused("of a file is no media in the layer 0", wish, Changes(parts=flip(*first(SEGMENTS), 16)))
            for field in (SEGMENTS, END):
                self.refused("of a file is no media in the layer 0", wish, Changes(
                    parts=put(*first(field), lambda data: data[:12] + bytes(6) + data[18:])))
            self.refused("segment of a file names an init", wish, Changes(
                parts=put(*first(SEGMENTS), lambda data: data[:23] + bytes(4) + data[27:])))

    def test_taking_in(self) -> None:
        def put_field(index: int, make: Callable) -> Change:
            return lambda fields: fields.__setitem__(index, make(fields[index]))

        def in_frame(kind: str, make: Callable[[bytes], bytes]) -> Changes:
            def change(frames: list) -> None:
                at = next(i for i, (name, _) in enumerate(frames) if name == kind)
                frames[at] = kind, make(frames[at][1])
            return Changes(frames=change)

        def frames(change: Change) -> Changes:
            return Changes(frames=change)

        def last_bit(data: bytes) -> bytes:
            return data[:-1] + bytes([data[-1] ^ 1])

        def resigned(frames: list) -> None:
            """The same envelope by another key."""
            payload = excerpt.parse(frames[1][1], "envelope").envelope.payload
            frames[1] = "E", Signer().sign("envelope", excerpt.cbor.decode(payload, 49_152))[0]

        wish = one(9)
        for what, changes in [
            ("kind 'E' may not stand here", frames(lambda f: f.pop(0))),
            ("kind 'P' may not stand here", frames(lambda f: f.pop(1))),
            ("kind 'N' may not stand here", frames(lambda f: f.pop(2))),
            ("kind 'P' may not stand here", frames(lambda f: f.insert(2, f[2]))),
            ("kind 'B' may not stand here", frames(lambda f: f.pop(4))),
            ("kind 'W' may not stand here", frames(lambda f: f.pop(5))),
            ("kind 'B' may not stand here", frames(lambda f: f.insert(5, f[5]))),
            ("the file ends", frames(lambda f: f.pop())),
            ("kind 'W' may not stand here", frames(lambda f: f.insert(2, f.pop()))),
            ("does not end behind the wraps", frames(lambda f: f.append(f[-1]))),
            ("kind 'N' may not stand here", frames(lambda f: f.insert(-1, ("N", u32(0))))),
            ("5 bytes, more than 4", in_frame("N", lambda n: n + b"\0")),
            ("not a number of 4 bytes", in_frame("N", lambda n: n[1:])),
            ("more than 524288 bodies of a clip", in_frame("N", lambda n: u32(2**19 + 1))),
            ("kind 'W' may not stand here", in_frame("N", lambda n: u32(2**19))),
            ("49153 bytes, more than 49152", in_frame("T", lambda t: bytes(49_153))),
            ("49153 bytes, more than 49152", in_frame("E", lambda t: bytes(49_153))),
            ("20401 bytes, more than 20400", in_frame("W", lambda t: bytes(20_401))),
            ("67108881 bytes, more than 67108880", in_frame("P", lambda t: bytes(67_108_881))),
            ("16777233 bytes, more than 16777232", in_frame("B", lambda t: bytes(16_777_233))),
            ("terms: the signature", in_frame("T", last_bit)),
            ("envelope: the signature", in_frame("E", last_bit)),
            ("terms: not signed by the key of their grant", Changes(terms=put_field(0, last_bit))),
            ("envelope: not signed by the key of the grant", frames(resigned)),
            ("envelope: of other terms", Changes(envelope=put_field(0, last_bit))),
            ("another agency's wrap", Changes(envelope=put_field(1, last_bit))),
            ("other custodians' wraps", Changes(envelope=put_field(2, lambda wraps: wraps[::-1]))),
            ("not a wrap for each member", Changes(envelope=put_field(2, lambda wraps: wraps[1:]))),
            ("another part 0", in_frame("P", last_bit)),
            ("other bodies of clip 0", in_frame("B", last_bit)),
            ("wraps: ", in_frame("W", lambda wraps: wraps[:-1])),
            ("another agency's wrap", in_frame("W", lambda wraps: wraps[:20] + b"x" + wraps[21:])),
            ("parts: not a list of 2 to 257", Changes(envelope=put_field(3, lambda parts: parts[:1]))),
            ("parts: not a list of 2 to 257", Changes(envelope=put_field(3, lambda parts: parts * 129))),
            ("bodies: not a list of 1 to 256", Changes(envelope=put_field(4, lambda bodies: []))),
            ("bodies: not a list of 1 to 256", Changes(envelope=put_field(4, lambda bodies: bodies * 257))),
            ("not one part more than clips", Changes(envelope=put_field(4, lambda bodies: bodies * 2))),
            ("agency's half: not what the terms commit to", Changes(terms=put_field(6, last_bit))),
            ("custodians' half: not what the terms commit to", Changes(terms=put_field(7, last_bit))),
            ("no proof of possession", Changes(terms=put_field(8, last_bit))),
        ]:
            self.refused(what, wish, changes)
