"""Makes clips by the page, for the reader's own tests. It is a toy: no durable state.

A test can change what is sealed and signed: it says so where the thing is made.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from cbor2 import CBORTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footage_reader import cbor, crypto, merkle
from footage_reader.crypto import PrivateKey, blake3, digest, expand, hedge, hedged, u8, u32, u64
from footage_reader.segment import GAP, GROUP, INIT, MEDIA, NO_INIT, PICTURES, SOUND, VIDEO
from footage_reader.tree import LayerTree
from self_made_wrap import seal

NOW = 1_800_000_000_000
FINISHED, RECOVERED, CUT_OFF = [1, 0, 0], [2, 0, 0], [3, 1, 20]

Change = Callable[[list], None]


def unchanged(_: list) -> None:
    pass


class Signer:
    def __init__(self, seed: bytes | None = None) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed) if seed else Ed25519PrivateKey.generate()
        self.public = self._key.public_key().public_bytes_raw()

    def raw(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def sign(self, name: str, payload: list) -> tuple[bytes, bytes]:
        """A statement, and its id."""
        protected = cbor.encode({1: -8, 3: f"application/vnd.footage.v1.{name}+cbor", 4: self.public})
        body = cbor.encode(payload)
        tbs = cbor.encode(["Signature1", protected, b"", body])
        return cbor.encode(CBORTag(18, [protected, {}, body, self.raw(tbs)])), crypto.sha256(tbs)


def kem(name: int) -> tuple[bytes, PrivateKey]:
    secret = os.urandom(32)
    return secret, PrivateKey(name, secret)


def wrap(to: PrivateKey, info: bytes, secret: bytes) -> bytes:
    return crypto._SUITES[to.public.kem].encrypt(secret, to._handle.public_key(), info)


DRAWN = {crypto.X_WING: 64, crypto.X25519: 32}          # bytes of randomness of a wrap


def frame(kind: str, payload: bytes) -> bytes:
    return kind.encode() + u32(len(payload)) + payload


class Camera:
    """A camera with its owners. The list of owners is taken as it is said."""

    def __init__(self, kind: int = crypto.X25519) -> None:
        self.kem = kind
        self.maker, self.signer = Signer(), Signer()
        request, _ = self.signer.sign("certificate-request", [os.urandom(16), "maker", "Model 1"])
        self.certificate, _ = self.maker.sign("camera-certificate", [request, NOW - 10**9])
        self.device_secret = os.urandom(32)
        self.household_secret, self.household = kem(kind)
        self.recovery_secret, self.recovery = kem(kind)
        self.list = os.urandom(32)
        self.counter = 0


@dataclass
class Group:
    """A group of pictures: what a camera takes in between two heads."""

    start: int
    pictures: list[bytes]                               # the content of each segment of one second
    sound: bytes | None = None                          # None in a clip without sound
    picture_init: bytes | None = None
    sound_init: bytes | None = None
    gap: bool = False


@dataclass
class Clip:
    """A clip that is being sealed."""

    camera: Camera
    suite: int = 1
    clock: int = 1
    content: int = VIDEO
    started: int | None = None
    change_header: Change = unchanged
    change_owners: Change = unchanged
    signer: Signer | None = None                        # of the heads; the camera's
    fresh: bytes | None = None                          # randomness
    heads: list[bytes] = field(default_factory=list)
    segments: list[tuple[bytes, bytes]] = field(default_factory=list)           # head and body
    leaves: list[bytes] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        camera = self.camera
        self.signer = self.signer or camera.signer
        if self.started is None:
            self.started = 0 if self.clock in (0, 4) else NOW
        prints = [key.public.fingerprint for key in (camera.household, camera.recovery)]
        camera.counter += 1
        context = b"".join([u64(camera.counter), u64(self.started), u8(self.clock), u8(self.suite),
                            camera.signer.public, *prints, u8(self.content), camera.list])
        prk = hedge(self.fresh or os.urandom(32), camera.device_secret)
        self.id = hedged(prk, "clip id", context, 0, 16)
        self.secret = hedged(prk, "clip secret", context, 0, 32)
        self.identity = digest("clip identity", u8(1), u8(self.suite), self.id, u64(self.started), u8(self.clock),
                               camera.signer.public)

        owners: list = []
        for role, key, fingerprint in zip((1, 2), (camera.household, camera.recovery), prints):
            drawn = hedged(prk, "wrap", context, role, DRAWN[key.public.kem])
            info = crypto.clip_info(self.identity, role, fingerprint)
            owners.append([fingerprint, seal(key.public, info, drawn, self.secret)])
        owners += [camera.counter, camera.list]
        self.change_owners(owners)
        owners = self.owners = cbor.encode(owners)
        header = [1, self.suite, self.id, self.started, self.clock, self.content, camera.kem, camera.certificate,
                  expand(self.secret, "check", self.identity, 32), digest("clip owners", owners)]
        self.change_header(header)
        self.header = cbor.encode(header)
        self.out = bytearray(b"footage-clip-v1\n" + frame("H", self.header) + frame("O", owners))
        self._inits: dict[int, tuple[bytes, int]] = {}  # of each layer: content and index
        self._rows: dict[int, list] = {}
        self._blocks: dict[int, int] = {}               # offsets of the last of each level

    # -- segments

    def layer(self, number: int) -> LayerTree:
        return LayerTree(self.identity, number)

    def seed(self, index: int, layer: int) -> bytes:
        tree = self.layer(layer)
        return tree.seed(tree.root(self.secret), index)

    def segment(self, content: bytes, start: int = 0, duration: int = 0, layer: int = PICTURES, kind: int = MEDIA,
                flags: int = 0, init: int | None = None, index: int | None = None, length: int | None = None) -> int:
        """Seal a segment; what is not said is as it should be. Returns its place."""
        place = len(self.segments)
        index = place if index is None else index
        if init is None:
            init = NO_INIT if kind == INIT else self._inits.get(layer, (b"", NO_INIT))[1]
        half = u32(index) + u64(start) + u32(duration) + u8(layer) + u8(kind) + u8(flags)
        key, commitment = self.layer(layer).segment_key(index, self.seed(index, layer))
        rest = u32(len(content) if length is None else length) + u32(init)
        head = half + rest + commitment
        body = crypto.SUITES[self.suite](key).encrypt(bytes(12), content, head)
        leaf = merkle.leaf_hash(half + digest("closed", rest, commitment, blake3(body)))
        row = u64(len(self.out)) + head + blake3(body)
        self.out += frame("S", head + body)
        self.segments.append((head, body))
        self.leaves.append(leaf)
        self.contents.append(content)
        self._add_row(0, row, start, [leaf])
        return place

    def init(self, layer: int, content: bytes | None, start: int, flags: int) -> bool:
        """Seal an init unless there is none, or it is in force. Returns whether it was sealed."""
        if content is None or self._inits.get(layer, (None,))[0] == content:
            return False
        self._inits[layer] = content, self.segment(content, start, 0, layer, INIT, flags)
        return True

    def group(self, group: Group, until: int | None = None) -> None:
        """The segments of a group, by the order of section 5.4. `until` is the start of the next group."""
        flags = GROUP | (GAP if group.gap else 0)
        for layer, init in ((PICTURES, group.picture_init), (SOUND, group.sound_init)):
            if self.init(layer, init, group.start, flags):
                flags = 0
        for i, picture in enumerate(group.pictures):
            self.segment(picture, group.start + 1000 * i, 1000, PICTURES, flags=flags)
            flags = 0
        if group.sound is not None:
            end = group.start + 1000 * len(group.pictures) if until is None else until
            self.segment(group.sound, group.start, end - group.start, SOUND)

    # -- index

    def _add_row(self, level: int, row: bytes, start: int, leaves: list[bytes]) -> None:
        rows = self._rows.setdefault(level, [])
        rows.append((row, start, leaves))
        if len(rows) == 64:
            self._write_block(level)

    def _write_block(self, level: int) -> None:
        rows = self._rows.pop(level, [])
        offset = self._blocks[level] = len(self.out)
        self.out += frame("I", u8(level) + b"".join(row for row, _, _ in rows))
        if rows:
            start = min(start for _, start, _ in rows)
            leaves = [leaf for _, _, below in rows for leaf in below]
            self._add_row(level + 1, u64(offset) + u64(start) + merkle.root_of(leaves), start, leaves)

    def _finish_index(self) -> int:
        level = 0
        while True:
            if self._rows.get(level) or level not in self._blocks:
                self._write_block(level)
            if 64 ** (level + 1) >= len(self.segments):
                return self._blocks[level]
            level += 1

    # -- heads

    def head(self, clock_set: list | None = None, end: list | None = None, change: Change = unchanged) -> None:
        fields = [self.id, self.suite, digest("clip header", self.header), len(self.segments),
                  merkle.root_of(self.leaves), clock_set, end]
        change(fields)
        self.heads.append(self.signer.sign("head", fields)[0])
        self.out += frame("D", self.heads[-1])

    def finish(self, clock_set: list | None = None, end: list = FINISHED, change: Change = unchanged) -> bytes:
        """Index, manifest and footer. Returns the whole file."""
        top = self._finish_index()
        manifest = len(self.out)
        self.head(clock_set, end, change)
        self.out += frame("F", u64(manifest) + u64(top))
        return bytes(self.out)


def video(clip: Clip, groups: list[Group], clock_set: Callable[[int], list | None] = lambda group: None,
          end: list | None = FINISHED) -> bytes:
    """A clip of groups, with a head after each. `clock_set` says what the head after a group knows of the clock."""
    for i, group in enumerate(groups):
        following = groups[i + 1] if i + 1 < len(groups) else None
        clip.group(group, following.start if following and not following.gap else None)
        if following:
            clip.head(clock_set(i))
    return clip.finish(clock_set(len(groups) - 1), end) if end else bytes(clip.out)


def two_layers() -> list[Group]:
    """Sound in some groups, inits that change in the middle, a gap."""
    return [
        Group(0, [b"p0", b"p1"], b"", b"init of pictures"),
        Group(2000, [b"p2"], b"s1", b"init of pictures", b"init of sound"),
        Group(3000, [b"p3", b"p4", b""], b"s2", b"other pictures", b"other sound"),
        Group(8500, [b"p5"], b"", b"other pictures", b"init of sound", gap=True),
        Group(9500, [b"p6"], b"s4", b"init of pictures", b"init of sound"),
    ]
