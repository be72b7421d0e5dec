"""Tests of what a reader refuses of clips and lists of owners (sections 3.3, 5 and 6).

`self_test.py` runs them.
"""

import unittest
from collections.abc import Callable
from typing import Any

from footage_reader import clip as clips
from footage_reader import cose, crypto, merkle, statements, tree
from footage_reader.crypto import u32
from footage_reader.errors import Refused
from footage_reader.segment import FILE, GAP, GROUP, INIT, NO_INIT, SOUND, VIDEO
from self_made_clip import FINISHED, NOW, Camera, Clip, Signer, frame, kem
from self_test_clip import CAMERA, contents, opened, small


class Refusals(unittest.TestCase):
    """Everything that sections 5 and 6 say to refuse, with valid signatures wherever one could be made."""

    def refused(self, what: str, make: Callable[[], bytes]) -> None:
        data = make()
        with self.subTest(what), self.assertRaisesRegex(Refused, what):
            contents(data)

    def test_header(self) -> None:
        def put(index: int, value: Any) -> Callable[[], bytes]:
            return lambda: small(change_header=lambda fields: fields.__setitem__(index, value)).finish()

        def cut(fields: list) -> None:
            fields[7] = fields[7][:-1] + bytes([fields[7][-1] ^ 1])

        def forge(fields: list) -> None:
            # C18: a maker certifies the key of a camera that did not ask for it.
            camera = Camera()
            request, _ = camera.signer.sign("certificate-request", [bytes(16), "maker", "Model 1"])
            forged = request[:-1] + bytes([request[-1] ^ 1])
            fields[7], _ = camera.maker.sign("camera-certificate", [forged, NOW])

        for what, make in {
            "header: version": put(0, 2),
            "header: suite": put(1, 3),
            "header: clip": put(2, bytes(15)),
            "header: started: not an integer": put(3, clips.LAST_TIME + 1),
            "header: clock": put(4, 5),
            "header: content: not": put(5, 3),
            "header: content: not an": put(5, 0),
            "header: kem: no KEM 0x0021": put(6, 0x21),
            "header: certificate": put(7, b"\xf6"),
            "header: check": put(8, bytes(31)),
            "owners: not those that the header names": put(9, bytes(32)),
            "not a record of 10": lambda: small(change_header=lambda fields: fields.append(0)).finish(),
            "camera-certificate: the signature is not valid": lambda: small(change_header=cut).finish(),
            "certificate-request: the signature is not valid": lambda: small(change_header=forge).finish(),
            "household: the wrap is not of the header's KEM": put(6, crypto.X_WING),
        }.items():
            self.refused(what, make)
        for clock in (0, 4):
            self.refused("without a clock names its start", lambda: small(clock=clock, started=1).finish())

    def test_owners(self) -> None:
        def put(index: int, value: Any) -> Callable[[], bytes]:
            return lambda: small(change_owners=lambda fields: fields.__setitem__(index, value)).finish()

        def swap(fields: list) -> None:
            fields[0][1], fields[1][1] = fields[1][1], fields[0][1]

        own = CAMERA.household.public.fingerprint
        strange = Clip(CAMERA)
        info = crypto.clip_info(strange.identity, 1, own)
        for what, make in {
            "recovery: the wrap is not of the header's KEM": put(1, [bytes(32), bytes(1168)]),
            "wrap: not the length of a wrap": put(1, [bytes(32), bytes(81)]),
            "owners: household: fingerprint": put(0, [bytes(31), bytes(80)]),
            "owners: number": put(2, -1),
            "owners: list": put(3, bytes(33)),
            "owners: not sealed for this key": put(0, [bytes(32), bytes(80)]),
            "does not open with this key": lambda: small(change_owners=swap).finish(),
            "not a record of 4": lambda: small(change_owners=lambda fields: fields.pop()).finish(),
            # Of another clip, role, or fingerprint.
            "wrap does not open": put(0, [own, self.wrapped(info)]),
        }.items():
            self.refused(what, make)

        def wrong(index: int, change: Callable[[bytes], bytes]) -> Callable[[list], None]:
            return lambda fields: fields.__setitem__(index, change(fields[index]))

        # Every field of the identity, the wraps sealed for the true one.
        for change in (wrong(1, lambda suite: 2), wrong(2, lambda _: bytes(16)), wrong(3, lambda _: NOW + 1),
                       wrong(4, lambda _: 3), wrong(7, lambda _: Camera().certificate)):
            clip = Clip(CAMERA, change_header=change)
            clip.signer = Signer()
            read = self.unsigned(clip)
            with self.assertRaisesRegex(Refused, "wrap does not open"):
                read.unlock(CAMERA.household)

    def wrapped(self, info: bytes) -> bytes:
        return crypto._SUITES[crypto.X25519].encrypt(bytes(32), CAMERA.household._handle.public_key(), info)

    def unsigned(self, clip: Clip) -> clips.Clip:
        """A clip as far as its secret needs it, whoever signed the rest."""
        read = clips.Clip.__new__(clips.Clip)
        at = 16 + 5 + len(clip.header)
        read.header = clips.read_header(clip.header)
        read.owners = clips.read_owners(bytes(clip.out[at + 5:]), read.header)
        return read

    def test_wrong_key(self) -> None:
        self.refused("wrong key", lambda: small(
            change_header=lambda fields: fields.__setitem__(8, bytes(32))).finish())
        with self.assertRaisesRegex(Refused, "not sealed for this key"):
            opened(small().finish()).unlock(kem(crypto.X25519)[1])

    def test_segments(self) -> None:
        def then(**more: Any) -> Callable[[], bytes]:
            def make() -> bytes:
                clip = small()
                clip.segment(b"three", **more)
                return clip.finish()
            return make

        def first(content: int = VIDEO, **more: Any) -> Callable[[], bytes]:
            def make() -> bytes:
                clip = Clip(CAMERA, content=content)
                clip.segment(b"first", **more)
                return clip.finish()
            return make

        def after_head() -> bytes:
            clip = small()
            clip.head()
            clip.segment(b"three")
            return clip.finish()

        for what, make in {
            "index is too large": then(index=2**24),
            "segment 4 in the place of 3": then(index=4),
            "segment 2 in the place of 3": then(index=2),
            "segment of the layer 2": then(layer=2),
            "segment is neither init nor media": then(kind=2),
            r"flags that nobody knows \(0x04\)": then(flags=4),
            r"flags that nobody knows \(0x81\)": then(flags=0x81),
            "init segment has a duration": then(kind=INIT, duration=1),
            "init segment names an init": then(kind=INIT, init=0),
            "names an init that is not before": then(init=3),
            "segment names an init that is": then(init=7),
            "names what is no init": then(init=1),
            "no init of its layer": then(init=0, layer=SOUND),
            "file is no media in the layer 0": lambda: small(content=FILE).finish(),
            "of a file is no media in the layer 0": first(content=FILE, layer=SOUND, flags=GROUP),
            "a file is no media in the layer 0": first(content=FILE, kind=INIT, flags=GROUP),
            "segment of a file names an init": first(content=FILE, init=0, flags=GROUP),
            "first segment of the clip begins no group": first(),
            "segment of the clip begins no group": first(flags=GAP),
            "segment is too long": then(length=16_777_217),
            "another length than its head says": then(length=6),
            "segment has another length": then(length=4),
            "a head stands inside of its group": after_head,
        }.items():
            self.refused(what, make)
        for segment_init in (NO_INIT, 0):
            contents(then(init=segment_init)())

    def test_keys(self) -> None:
        """Bodies that another layer, index or clip's key sealed."""
        clip = small()
        clip.layer = lambda number: tree.LayerTree(clip.identity, 1 - number)
        clip.segment(b"of the other layer's tree")
        self.refused("not the one that the segment commits to", clip.finish)
        clip = small()
        clip.identity = bytes(32)
        clip.segment(b"of another identity")
        self.refused("segment 3, .*the segment commits to", clip.finish)

    def test_tag(self) -> None:
        """A body that the camera signed, but that its own key does not open."""
        clip = small()
        head, body = clip.segments.pop()
        del clip.leaves[-1], clip.out[-len(frame("S", head + body)):]
        body = bytes(len(body))
        clip.out += frame("S", head + body)
        clip.segments.append((head, body))
        clip.leaves.append(merkle.leaf_hash(head[:19] + crypto.digest("closed", head[19:], crypto.blake3(body))))
        self.refused("the tag does not fit", clip.finish)

    def test_heads(self) -> None:
        def put(index: int, value: Any, end: list | None = None, **more: Any) -> Callable[[], bytes]:
            def make() -> bytes:
                clip = small(**more)
                if end is None:
                    clip.head(change=lambda fields: fields.__setitem__(index, value))
                    return clip.finish()
                return clip.finish(end=end, change=lambda fields: fields.__setitem__(index, value))
            return make

        def sets(*values: list | None, clock: int = 0) -> Callable[[], bytes]:
            def make() -> bytes:
                clip = small(clock=clock)
                for value in values[:-1]:
                    clip.head(value)
                return clip.finish(values[-1])
            return make

        for what, make in {
            "head: of another clip": put(0, bytes(16)),
            "head: of another suite": put(1, 2),
            "head: of another header": put(2, bytes(32)),
            "head counts 2 segments, not 3": put(3, 2),
            "head counts 4 segments, not 3": put(3, 4, FINISHED),
            "counts too many": put(3, 2**24 + 1),
            "has another root": put(4, bytes(32)),
            "head has another root": put(4, bytes(32), FINISHED),
            "head counts 0": put(3, 0, FINISHED),
            "end: how": put(6, [4, 0, 0], FINISHED),
            "end: how: not": put(6, [0, 0, 0], FINISHED),
            "end: not a record of 3": put(6, 1, FINISHED),
            "end: tracks": put(6, [1, -1, 0], FINISHED),
            "end: samples": put(6, [1, 0, False], FINISHED),
            "set: wall": put(5, [clips.LAST_TIME + 1, False], clock=0),
            "set: earlier": put(5, [0, 0], clock=0),
            "the clip is unfinished": lambda: bytes(small().out),
            "kind 'F' may not stand here": put(6, None, FINISHED),
            "head: not signed by the key in the camera's": lambda: small(signer=Signer()).finish(),
        }.items():
            self.refused(what, make)
        for clock in (1, 2, 3, 4):
            self.refused("sets a clock that was set", sets([NOW, False], clock=clock))
        # Who seeks sees the manifest's `set` alone; so nobody compares it with another.
        for values in ([None, [NOW, False], [NOW, False]], [[NOW, False], None], [[NOW, False], [NOW + 1, False]]):
            data = sets(*values)()
            contents(data)
            read = opened(data)
            self.assertEqual(read.header.base(read.manifest), values[-1][0] if values[-1] else None)

    def test_heads_that_may_stand(self) -> None:
        clip = Clip(CAMERA)
        clip.head()
        self.assertEqual(contents(clip.finish()), [])
        clip = small()
        clip.head()
        clip.head()                                     # repeats the count
        self.assertEqual(len(contents(clip.finish())), 3)

    def test_frames(self) -> None:
        clip = small()
        body = bytes(clip.out)
        data = clip.finish()
        second = 16 + 5 + len(clip.header)
        owners = data[second:second + 5 + int.from_bytes(data[second + 1:second + 5], "big")]
        for what, bad in {
            "does not begin with": b"x" + data[1:],
            "kind 'H' may not stand here": body + frame("H", clip.header),
            "kind 'O' may not stand here": data[:16] + owners + data[16:],
            "kind 'B' may not stand here": body + frame("B", b""),
            "kind 'S' may not stand here": data[:second] + data[second + len(owners):],
            "50177 bytes, more than 50176": data[:16] + frame("H", bytes(50_177)) + data[second:],
            "2601 bytes, more than 2600": data[:second] + frame("O", bytes(2601)),
            "49153 bytes, more than 49152": body + frame("D", bytes(49_153)),
            "kind 'F' may not stand here": body + frame("F", bytes(16)) + data[len(body):],
            "6338 bytes, more than 6337": body + frame("I", bytes(6338)),
            "16777292 bytes, more than 16777291": body + b"S" + u32(16_777_292),
            "a segment has 59 bytes": body + frame("S", bytes(58)),
            "the file ends": body + b"S\0\0",
        }.items():
            self.refused(what, lambda: bad)


class OwnerLists(unittest.TestCase):
    def made(self, change: Callable[[list], None] = lambda fields: None) -> bytes:
        device, recovery = Signer(), Signer()
        fields = [
            bytes(16), 0, 3, bytes(32), [crypto.X25519, CAMERA.household.public.key],
            [[crypto.X25519, CAMERA.recovery.public.key], recovery.public], [[device.public, bytes(32)]], None]
        change(fields)
        return device.sign("owner-list", fields)[0]

    def test_reads(self) -> None:
        found = statements.read(self.made(), "owner-list").record
        self.assertEqual((found.period, found.number, len(found.devices)), (0, 3, 1))
        self.assertEqual(found.recovery.kem, CAMERA.recovery.public)

        def begins(fields: list) -> None:
            fields[1:3], fields[7] = [2, 0], bytes(32)

        self.assertEqual(statements.read(self.made(begins), "owner-list").record.entries, bytes(32))
        with self.assertRaisesRegex(Refused, "is not logged"):
            statements.parse(self.made())
        many = self.made(lambda fields: fields.__setitem__(6, [[Signer().public, bytes([i] * 32)] for i in range(32)]))
        self.assertEqual(len(statements.read(many, "owner-list").record.devices), 32)
        self.assertLess(len(many), cose.LIMIT)

        def begins_all(fields: list) -> None:
            fields[1:4] = [0, 0, None]

        statements.read(self.made(begins_all), "owner-list")

    def test_refuses(self) -> None:
        def put(index: int, value: Any) -> Callable[[list], None]:
            return lambda fields: fields.__setitem__(index, value)

        for what, change in {
            "household": put(0, bytes(15)),
            "period": put(1, -1),
            "number": put(2, None),
            "before": put(3, bytes(31)),
            "key: KEM key has the wrong length": put(4, [crypto.X_WING, bytes(32)]),
            "recovery: not a record of 2": lambda fields: fields[5].pop(),
            "devices: not a list of 1 to 32": put(6, []),
            "not a list of 1 to": lambda fields: fields.__setitem__(6, fields[6] * 33),
            "signer: Ed25519": lambda fields: fields[5].__setitem__(1, bytes(32)),
            r"devices: \[0\]: signer: Ed25519": put(6, [[bytes(32), bytes(32)]]),
            "entries of a list that begins no period": put(7, bytes(32)),
            "a list that begins a period names no entries": lambda fields: fields.__setitem__(slice(1, 3), [1, 0]),
            "entries of a list that": lambda fields: fields.__setitem__(
                slice(1, 8), [0, 0, None, *fields[4:7], bytes(32)]),
            "only the first list of a household": lambda fields: fields.__setitem__(slice(1, 3), [0, 0]),
            "the first list of a household": put(3, None),
            "two KEM keys are of two KEMs": put(4, [crypto.X_WING, kem(crypto.X_WING)[1].public.key]),
            "key is the recovery key": lambda fields: fields.__setitem__(4, fields[5][0]),
            "two devices have one signer": lambda fields: fields[6].append([fields[6][0][0], bytes(31) + b"1"]),
            "two devices have one fingerprint": lambda fields: fields[6].append([Signer().public, fields[6][0][1]]),
        }.items():
            with self.subTest(what), self.assertRaisesRegex(Refused, what):
                statements.read(self.made(change), "owner-list")
