"""Tests of clips (sections 5 and 6): what `self_made_clip.py` makes is read, and refused where bytes were changed.

`self_test.py` runs them.
"""

import hashlib
import hmac
import io
import unittest
from typing import Any

from footage_reader import clip as clips
from footage_reader import crypto, merkle, tree
from footage_reader.crypto import u8, u32, u64
from footage_reader.errors import Refused
from footage_reader.segment import FILE, GAP, GROUP, INIT, MEDIA, NO_INIT, PICTURES, SOUND, VIDEO, OpenHalf
from self_made_clip import (
    CUT_OFF, FINISHED, NOW, RECOVERED, Camera, Clip, Group, frame, two_layers, video)

CAMERA = Camera()


def opened(data: bytes) -> clips.Clip:
    return clips.Clip(io.BytesIO(data))


def contents(data: bytes) -> list[bytes]:
    clip = opened(data)
    return list(clip.contents(clip.unlock(CAMERA.household)))


def small(**more: Any) -> Clip:
    """An init and a group of two segments, without an end yet."""
    clip = Clip(CAMERA, **more)
    clip.group(Group(0, [b"one", b"two"], None, b"init"))
    return clip


def index_payloads(data: bytes) -> list[tuple[int, int]]:
    """Where the payloads of the index blocks and the footer stand, which are hints."""
    at, places = 16, []
    while at < len(data):
        end = at + 5 + int.from_bytes(data[at + 1:at + 5], "big")
        if data[at:at + 1] in b"IF":
            places.append((at, end))
        at = end
    return places


class Reading(unittest.TestCase):
    def test_two_layers(self) -> None:
        for suite, kind in ((1, crypto.X_WING), (2, crypto.X25519)):
            camera = Camera(kind)
            clip = Clip(camera, suite)
            data = video(clip, two_layers())
            read = opened(data)
            self.assertEqual((read.heads, read.manifest.count), (4, len(clip.segments)))
            self.assertEqual((read.owners.number, read.owners.list), (1, camera.list))
            for owner in (camera.household, camera.recovery):
                secret = read.unlock(owner)
                self.assertEqual(list(read.contents(secret)), clip.contents)
                read.check_hints()
            halves = [segment.open for _, segment, _ in read.segments]
            self.assertEqual(
                [(h.layer, h.kind, h.flags, h.start, h.duration) for h in halves], [
                    (PICTURES, INIT, GROUP, 0, 0), (PICTURES, MEDIA, 0, 0, 1000), (PICTURES, MEDIA, 0, 1000, 1000),
                    (SOUND, MEDIA, 0, 0, 2000),
                    (SOUND, INIT, GROUP, 2000, 0), (PICTURES, MEDIA, 0, 2000, 1000), (SOUND, MEDIA, 0, 2000, 1000),
                    (PICTURES, INIT, GROUP, 3000, 0), (SOUND, INIT, 0, 3000, 0), (PICTURES, MEDIA, 0, 3000, 1000),
                    (PICTURES, MEDIA, 0, 4000, 1000), (PICTURES, MEDIA, 0, 5000, 1000), (SOUND, MEDIA, 0, 3000, 3000),
                    (SOUND, INIT, GROUP | GAP, 8500, 0), (PICTURES, MEDIA, 0, 8500, 1000),
                    (SOUND, MEDIA, 0, 8500, 1000),
                    (PICTURES, INIT, GROUP, 9500, 0), (PICTURES, MEDIA, 0, 9500, 1000), (SOUND, MEDIA, 0, 9500, 1000)])
            self.assertEqual([segment.init for _, segment, _ in read.segments], [
                NO_INIT, 0, 0, NO_INIT, NO_INIT, 0, 4, NO_INIT, NO_INIT, 7, 7, 7, 8, NO_INIT, 7, 13, NO_INIT, 16, 13])

    def test_other_contents(self) -> None:
        for layer, content in ((SOUND, VIDEO), (PICTURES, FILE)):     # sound alone; no video
            clip = Clip(CAMERA, content=content, clock=3)
            for i in range(3):
                clip.segment(b"part %d" % i, 2000 * i, 2000, layer, flags=GROUP)
            self.assertEqual(contents(clip.finish()), [b"part 0", b"part 1", b"part 2"])

    def test_index_of_every_size(self) -> None:
        for count in (0, 1, 63, 64, 65, 128, 129, 200):
            clip = Clip(CAMERA)
            for i in range(count):
                clip.segment(b"", 5000 - i % 7, 10, i % 2, flags=GROUP)
            data = clip.finish()
            read = opened(data)
            read.check_hints()
            self.assertEqual(read.manifest.count, count)
            for at, end in index_payloads(data):
                spoilt = bytearray(data)
                spoilt[(at + 5 + end) // 2] ^= 1
                again = opened(bytes(spoilt))
                with self.assertRaises(Refused):
                    again.check_hints()

    def test_wrong_hints(self) -> None:
        """Each field of a footer and of a row, in a clip with two levels of blocks."""
        clip = Clip(CAMERA)
        for i in range(70):
            clip.segment(b"", 100 + i, 10, flags=GROUP)
        data = clip.finish()
        (low, _), (_, _), (high, _), (footer, _) = index_payloads(data)
        for what, at in {
            "footer: names another manifest": footer + 5, "frame at byte .*more than 16": footer + 1,
            "level 1 at byte .* of another level": high + 5, "frame at byte": high + 13,
            "another least start": high + 21, "row 0: another root": high + 22,
            "level 0 at byte .* of another level": low + 5,
            "row 0: names another place": low + 13, "segment 1 in the place of 0": low + 17,
            "row 0: segment of the layer": low + 30, "row 0: segment is too long": low + 33,
        }.items():
            spoilt = bytearray(data)
            spoilt[at] ^= 3 if "row 0: segment" in what else 1
            read = opened(bytes(spoilt))
            with self.subTest(what), self.assertRaisesRegex(Refused, what):
                read.check_hints()
            self.assertEqual(list(read.contents(clip.secret)), clip.contents)
        with self.assertRaisesRegex(Refused, "footer: of another length"):
            opened(data[:footer] + frame("F", bytes(11)) + bytes(5)).check_hints()

    def test_one_key_for_both(self) -> None:
        """The household's wrap is taken first, and no other."""
        def both(fields: list) -> None:
            fields[1][0] = fields[0][0]

        def neither(fields: list) -> None:
            both(fields)
            fields[0][1] = bytes(80)

        self.assertEqual(contents(small(change_owners=both).finish()), [b"init", b"one", b"two"])
        with self.assertRaisesRegex(Refused, "does not open"):
            contents(small(change_owners=neither).finish())

    def test_times(self) -> None:
        late = clips.LAST_TIME - 2000
        for clock, clock_set, base in (
                (0, None, None), (0, [NOW, False], NOW), (0, [NOW, True], None), (1, None, NOW), (2, None, None),
                (3, None, NOW), (4, None, None), (0, [late, False], late)):
            clip = Clip(CAMERA, clock=clock)
            groups = two_layers()[:3]
            data = video(clip, groups, lambda group: clock_set if group else None)
            self.assertEqual(contents(data), clip.contents)
            read = opened(data)
            self.assertEqual(read.header.base(read.manifest), base)
            halves = [segment.open for _, segment, _ in read.segments]
            if base is None:
                with self.assertRaisesRegex(Refused, "has no time"):
                    clips.check_granted_time(base, halves[0])
            else:
                clips.check_granted_time(base, halves[2])                       # up to 2000
                if base == late:
                    with self.assertRaisesRegex(Refused, "year 9999"):
                        clips.check_granted_time(base, halves[-1])
                else:
                    clips.check_granted_time(base, halves[-1])

    def test_endings(self) -> None:
        for end, name in ((FINISHED, "finished"), (RECOVERED, "recovered"), (CUT_OFF, "cut-off")):
            manifest = opened(small().finish(end=end)).manifest
            self.assertEqual(clips.ENDINGS[manifest.end.how], name)
            self.assertEqual([manifest.end.how, manifest.end.tracks, manifest.end.samples], end)
        self.assertEqual(contents(Clip(CAMERA).finish(end=CUT_OFF)), [])

    def test_recovered(self) -> None:
        """The power fails in a group; the camera cuts to the last head, and leaves no index."""
        groups = two_layers()
        whole = Clip(CAMERA)
        torn = video(whole, groups, end=None)[:-7]
        with self.assertRaisesRegex(Refused, "unfinished|the file ends"):
            opened(torn)
        at = torn.rindex(whole.heads[-1]) + len(whole.heads[-1])
        with self.assertRaisesRegex(Refused, "unfinished: it has no manifest"):
            opened(torn[:at])
        count = count_segments(torn[:at])
        manifest = whole.signer.sign("head", [
            whole.id, 1, crypto.digest("clip header", whole.header), count, merkle.root_of(whole.leaves[:count]), None,
            RECOVERED])[0]
        read = opened(torn[:at] + frame("D", manifest))
        self.assertEqual(read.manifest.count, count)
        self.assertEqual(list(read.contents(read.unlock(CAMERA.household))), whole.contents[:count])
        with self.assertRaises(Refused):
            read.check_hints()                                                  # there are none

    def test_what_stands_behind_the_end_is_not_the_clips(self) -> None:
        clip = small()
        data = clip.finish()
        self.assertEqual(contents(data + b"anything"), clip.contents)
        self.assertEqual(contents(data[:-21] + b"\xff" * 30), clip.contents)


def count_segments(data: bytes) -> int:
    """How many segments stand before the end of a clip without a manifest."""
    at, count = 16, 0
    while at < len(data):
        count += data[at:at + 1] == b"S"
        at += 5 + int.from_bytes(data[at + 1:at + 5], "big")
    return count


class Hostile(unittest.TestCase):
    def test_every_byte_matters(self) -> None:
        clip = Clip(CAMERA, clock=0)
        data = video(clip, [Group(0, [b"p0"], b"", b"i"), Group(1000, [b"p1"], b"s", b"j", b"k")],
                     lambda group: [NOW, False])
        hints = {at for begin, end in index_payloads(data) for at in range(begin, end)}
        self.assertEqual(contents(data), clip.contents)
        for at in range(len(data)):
            spoilt = bytearray(data)
            spoilt[at] ^= 1 << at % 8
            try:
                read = opened(bytes(spoilt))
                found = list(read.contents(read.unlock(CAMERA.household)))
            except Refused:
                continue
            self.assertIn(at, hints)
            self.assertEqual(found, clip.contents)
            with self.assertRaises(Refused):
                read.check_hints()

    def test_every_beginning_is_unfinished(self) -> None:
        clip = small()
        data = clip.finish()
        for length in range(len(data)):
            if length < len(data) - 21:
                with self.assertRaisesRegex(Refused, "unfinished|the file ends|does not begin"):
                    opened(data[:length])
            else:
                self.assertEqual(contents(data[:length]), clip.contents)

    def test_open_halves(self) -> None:
        """Of every value of layer, kind and flags, those of the page are taken, and no others."""
        def taken(index: int, content: int, *last: int) -> bool:
            try:
                OpenHalf.parse(u32(index) + u64(0) + u32(0) + bytes(last), content)
            except Refused:
                return False
            return True

        every = {(value if at == 0 else 0, value if at == 1 else 1, value if at == 2 else 0)
                 for at in range(3) for value in range(256)}
        self.assertEqual({last for last in every if taken(1, VIDEO, *last)},
                         {(layer, 1, 0) for layer in (0, 1)} | {(0, 0, 0)} | {(0, 1, flags) for flags in (1, 2, 3)})
        self.assertEqual({last for last in every if taken(1, FILE, *last)}, {(0, 1, flags) for flags in range(4)})
        self.assertEqual([taken(index, VIDEO, 0, 1, GROUP) for index in (0, 2**24 - 1, 2**24)], [True, True, False])


class Trees(unittest.TestCase):
    """Section 6 in its own words."""

    def expand(self, prk: bytes, name: str, context: bytes, length: int) -> bytes:
        out = block = b""
        for i in range(1, (length + 31) // 32 + 1):
            block = hmac.digest(prk, block + b"footage v1 " + name.encode() + b"\0" + context + bytes([i]), "sha256")
            out += block
        return out[:length]

    def test_by_the_page(self) -> None:
        clip = small(suite=2)
        identity = hashlib.sha256(
            b"footage v1 clip identity\0" + b"\1\2" + clip.id + NOW.to_bytes(8, "big") + b"\1"
            + CAMERA.signer.public).digest()
        header = clips.read_header(clip.header)
        self.assertEqual(header.identity, identity)
        self.assertEqual(header.fields.check, self.expand(clip.secret, "check", identity, 32))
        for layer in (0, 1):
            index = 0x0A_BC_DE
            node = self.expand(clip.secret, "layer", identity + u8(layer), 32)
            for level in range(1, 25):
                node = self.expand(
                    node, "node", identity + u8(layer) + u8(level) + u32(index >> 24 - level), 32)
            both = self.expand(node, "segment", identity + u8(layer) + u32(index), 64)
            layer_tree = tree.LayerTree(identity, layer)
            self.assertEqual(layer_tree.seed(layer_tree.root(clip.secret), index), node)
            self.assertEqual(layer_tree.segment_key(index, node), (both[:32], both[32:]))

    def test_closed_half(self) -> None:
        clip = small()
        (head, body), leaf = clip.segments[1], clip.leaves[1]
        closed = hashlib.sha256(b"footage v1 closed\0" + head[19:] + crypto.blake3(body)).digest()
        self.assertEqual(hashlib.sha256(b"\0" + head[:19] + closed).digest(), leaf)


class Randomness(unittest.TestCase):
    def test_everything_counts(self) -> None:
        def made(fresh: bytes, device: bytes, purpose: str, context: bytes, call: int) -> bytes:
            return crypto.hedged(crypto.hedge(fresh, device), purpose, context, call, 32)

        zero = bytes(32), bytes(32), "clip id", u64(0), 0
        other = b"\1" + bytes(31), b"\2" + bytes(31), "clip secret", u64(1), 1
        results = {made(*zero)} | {made(*zero[:i], other[i], *zero[i + 1:]) for i in range(5)}
        self.assertEqual(len(results), 6)
