#!/usr/bin/env python3
"""Makes clips, a log and an excerpt by the page, for the reader's own tests. It is a toy: no durable state, no camera.

    python self_made.py DIR [GROUPS]
"""

import base64
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h3
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from footage_reader import cbor, crypto, merkle, shares, tree
from footage_reader.crypto import blake3, commit, digest, expand, extract, lock_info, u16, u32, u64
from footage_reader.log import NamedKey, bundle_path
from footage_reader.segment import NO_INIT, PICTURES, SOUND
from self_made_clip import NOW, Camera, Clip, Group, Signer, frame, kem, video, wrap

EPOCH = NOW // 86_400_000

LAST_HEAD: list[bytes] = []                             # other than the manifest, of the last clip made


def prove(ranges: list[tuple[int, int]], leaves: list, low: int, high: int) -> list:
    """The proof of several ranges, from left to right (section 7)."""
    if all(high <= first or end <= low for first, end in ranges):
        return [merkle.root_of(leaves[low:high])]
    if any(first <= low and high <= end for first, end in ranges):
        return []
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    return prove(ranges, leaves, low, middle) + prove(ranges, leaves, middle, high)


def side_by_side(places: list[int]) -> list[tuple[int, int]]:
    """Ascending places as ranges with at least one place between two of them."""
    ranges: list[tuple[int, int]] = []
    for place in places:
        if ranges and ranges[-1][1] == place:
            ranges[-1] = ranges[-1][0], place + 1
        else:
            ranges.append((place, place + 1))
    return ranges


def groups(count: int) -> list[Group]:
    """Groups of one picture each, with new parameters now and then, and sound in every third."""
    return [Group(1000 * i, [os.urandom(5 + i % 50)], os.urandom(i % 9) if i % 3 else b"", b"pictures %d" % (i // 10),
                  b"sound %d" % (i // 15)) for i in range(count)]


@dataclass
class Wish:
    """What is granted of a clip: ranges of groups (`None` for the end of the clip) and their layers."""

    count: int
    ranges: list[tuple[int, int | None, int]]
    started: int | None = None
    clock: int = 1

    def part(self, clip: Clip) -> tuple[list, list[int]]:
        """The part by section 8, and the places of the bodies."""
        heads = [head for head, _ in clip.segments]
        full = [head + blake3(body) for head, body in clip.segments]
        halves = [head[:19] + digest("closed", head[19:], blake3(body)) for head, body in clip.segments]
        begins = [i for i, head in enumerate(heads) if head[18] & 1] + [len(heads)]
        spans = [(begins[first], begins[-1 if end is None else end], layers) for first, end, layers in self.ranges]
        ranges, granted, shown = [], [], set()
        for first, end, layers in spans:
            mine = [layer for layer in (PICTURES, SOUND) if layers >> layer & 1]
            in_full = [i for i in range(first, end) if heads[i][16] in mine]
            granted += in_full
            shown |= set(range(first, end))
            following = None
            if end < len(heads) and not any(begin == end for begin, _, _ in spans):
                following = halves[end]
                shown.add(end)
            seeds: list[list[bytes]] = [[], []]
            for layer in mine:
                keys = clip.layer(layer)
                root = keys.root(clip.secret)
                seeds[layer] = [keys.node(root, *node) for node in tree.cover(first, end)]
            listed = b"".join(full[i] if i in in_full else halves[i] for i in range(first, end))
            ranges.append([first, end, layers, *seeds, listed, following])
        named = {int.from_bytes(heads[i][23:27], "big") for i in granted} - {NO_INIT}
        inits = sorted(named - set(granted))
        proof = b"".join(prove(side_by_side(sorted(shown | set(inits))), clip.leaves, 0, len(heads)))
        listed_inits = [[clip.seed(i, heads[i][16]), full[i]] for i in inits]
        part = [os.urandom(32), clip.header, clip.heads[-1], ranges, listed_inits, proof]
        return part, sorted(inits + granted)

    def runs(self, clip: Clip) -> list[list[int]]:
        """The granted segments of each run: of ranges that touch, up to where a granted layer has another init."""
        heads = [head for head, _ in clip.segments]
        begins = [i for i, head in enumerate(heads) if head[18] & 1] + [len(heads)]
        runs: list[list[int]] = []
        next_group, inits = None, {}
        for first, end, layers in self.ranges:
            for group in range(first, len(begins) - 1 if end is None else end):
                places = [i for i in range(begins[group], begins[group + 1]) if layers >> heads[i][16] & 1]
                media = {heads[i][16]: heads[i][23:27] for i in places if heads[i][17] == 1}
                if group != next_group or any(inits.get(layer, init) != init for layer, init in media.items()):
                    runs.append([])
                    inits = {}
                runs[-1] += places
                inits |= media
                next_group = group + 1
        return runs

    def content(self, clip: Clip) -> bytes:
        """What the runs hold, one after another."""
        content = b""
        for places in self.runs(clip):
            named = {int.from_bytes(clip.segments[i][0][23:27], "big") for i in places} - {NO_INIT}
            content += b"".join(clip.contents[i] for i in sorted(named - set(places)) + places)
        return content


def one(count: int, layers: int = 3, to_end: bool = False) -> list[Wish]:
    """A range of one clip, with something before it and, unless it goes `to_end`, behind it."""
    return [Wish(count, [(count // 3 + 1, None if to_end else count - 2, layers)])]


def several() -> list[Wish]:
    """Two clips: ranges that touch, an init that is left out in one range and needed in another, a clip's both ends."""
    return [Wish(40, [(0, 4, 1), (11, 14, 3), (14, 20, 2), (33, None, 1)], NOW + 500),
            Wish(20, [(0, 5, 1), (12, 15, 3)], NOW)]


def unchanged(_: list) -> None:
    pass


@dataclass
class Changes:
    """What a dishonest maker may do, each before it is sealed or signed for."""

    parts: Callable[[list], None] = unchanged           # the words' part, then the clips'
    bodies: Callable[[list], None] = unchanged          # of each clip
    envelope: Callable[[list], None] = unchanged        # fields
    terms: Callable[[list], None] = unchanged           # fields
    frames: Callable[[list], None] = unchanged          # of the file, as kind and payload


def main(directory: Path, wishes: list[Wish], suite: int = 1, kind: int = crypto.X_WING,
         changes: Changes = Changes(), window: tuple[int, int] = (NOW, NOW + 10**6)) -> None:
    """Clips, and an excerpt of some of them."""
    for sub in ("keys", "log", "answers"):
        (directory / sub).mkdir(parents=True, exist_ok=True)

    # the clips
    camera = Camera(kind)
    clips = []
    for i, wish in enumerate(wishes):
        clip = Clip(camera, suite, wish.clock, started=wish.started)
        (directory / f"clip-{i}.footage").write_bytes(video(clip, groups(wish.count)))
        (directory / f"clip-{i}.content").write_bytes(b"".join(clip.contents))
        clips.append(clip)
    LAST_HEAD[:] = clips[0].heads[-2:-1]

    # the log
    log_key, witnesses, registrars = Signer(), [Signer() for _ in range(3)], [Signer() for _ in range(2)]
    entries: list[bytes] = []

    def logged(statement: tuple[bytes, bytes]) -> bytes:
        entries.append(statement[0])
        return statement[1]

    def checkpoint(seconds: int) -> bytes:
        root = merkle.root_of([merkle.leaf_hash(entry) for entry in entries])
        text = f"log.example\n{len(entries)}\n{base64.b64encode(root).decode()}\n"

        def line(name: str, key: bytes, kind: int, signature: bytes) -> str:
            return f"\u2014 {name} {base64.b64encode(NamedKey(name, key).id(kind) + signature).decode()}\n"

        note = text + "\n" + line("log.example", log_key.public, 1, log_key.raw(text.encode()))
        for i, witness in enumerate(witnesses[:2]):
            time = seconds + i
            message = f"cosignature/v1\ntime {time}\n".encode() + text.encode()
            note += line(f"w{i}", witness.public, 4, u64(time) + witness.raw(message))
        return note.encode()

    agency, custodians = Signer(), [Signer() for _ in range(3)]
    validity = [NOW - 1000, NOW + 600_000_000]
    cells = [h3.str_to_int(h3.latlng_to_cell(41.1, -80.65, 9))]
    for registrar in registrars:
        logged(registrar.sign("agency-approval", ["MA0123400", "An Agency", cells, agency.public, [1], validity]))
        logged(registrar.sign("maker-approval", ["maker", "A Maker", camera.maker.public, validity]))
        for i, custodian in enumerate(custodians):
            logged(registrar.sign("custodian-approval", [
                f"c{i}", f"Custodian {i}", ["group", 2, 3], custodian.public, [], validity]))
    entries.append(b"no statement")
    expiry = [kem(kind)[1] for _ in custodians]
    expiry_ids = [logged(c.sign("expiry-key", [f"c{i}", EPOCH + 2, [kind, k.public.key]]))
                  for i, (c, k) in enumerate(zip(custodians, expiry))]
    request_secret, request_key = kem(kind)
    request = logged(agency.sign("request", [
        "MA0123400", cells, list(window), "13A", "CASE-1", None, 30, NOW + 10**8, [kind, request_key.public.key],
        0, None, checkpoint(NOW // 1000)]))

    # the grant
    grant = Signer()
    grant_id = digest("grant id", grant.public)
    a, c = os.urandom(32), os.urandom(32)
    slope = os.urandom(32)
    share = [bytes(x ^ shares.multiply(y, i + 1) for x, y in zip(c, slope)) for i in range(3)]
    possession = expand(a, "possession", grant_id, 32)
    ordered = sorted(zip(clips, wishes), key=lambda clip: (clip[0].started, clip[0].id))
    parts: list = [[os.urandom(32), "what I saw"]]
    bodies = []
    for clip, wish in ordered:
        part, places = wish.part(clip)
        parts.append(part)
        bodies.append([clip.segments[i][1] for i in places])
    changes.parts(parts)
    changes.bodies(bodies)
    plains = list(map(cbor.encode, parts))
    members = [[f"c{i}", expiry_ids[i], commit(3, i, share[i])] for i in range(3)]
    private = digest("private parts", u16(len(plains)), *(digest("private part", plain) for plain in plains))
    fields = [grant_id, request, "MA0123400", ["group", 2, members], EPOCH * 86_400_000, EPOCH + 2, commit(1, 0, a),
              commit(2, 0, c), commit(4, 0, possession), private]
    changes.terms(fields)
    terms, T = grant.sign("terms", fields)
    prk = extract("grant key", a + c)
    sealed = [ChaCha20Poly1305(expand(prk, "grant key", T + u16(i), 32)).encrypt(bytes(12), plain, b"")
              for i, plain in enumerate(plains)]
    agency_wrap = wrap(request_key, lock_info(T, 1, 0, request_key.public), a)
    wraps = [wrap(k, lock_info(T, 3, i, k.public), share[i]) for i, k in enumerate(expiry)]
    fields = [T, crypto.wrap_digest(agency_wrap), list(map(crypto.wrap_digest, wraps)),
              [digest("sealed part", part) for part in sealed],
              [digest("bodies", T, *map(blake3, some)) for some in bodies]]
    changes.envelope(fields)
    envelope, _ = grant.sign("envelope", fields)
    frames = [("T", terms), ("E", envelope), *(("P", part) for part in sealed)]
    for some in bodies:
        frames += [("N", u32(len(some))), *(("B", body) for body in some)]
    frames.append(("W", cbor.encode([agency_wrap, wraps])))
    changes.frames(frames)
    (directory / "excerpt.footage").write_bytes(
        b"footage-excerpt-v1\n" + b"".join(frame(kind, payload) for kind, payload in frames))
    (directory / "opened.mp4").write_bytes(b"".join(wish.content(clip) for clip, wish in ordered))
    (directory / "runs.json").write_text(json.dumps([len(wish.runs(clip)) for clip, wish in ordered]))

    # release, notices, answers
    one_secret, one_time = kem(kind)
    release = logged(agency.sign("release", [terms, possession, [kind, one_time.public.key]]))
    for i in (0, 2):
        notice = logged(custodians[i].sign("answer-notice", [f"c{i}", T, release, os.urandom(32)]))
        answer, _ = custodians[i].sign("answer", [
            f"c{i}", T, release, notice, wrap(one_time, lock_info(T, 5, i, one_time.public), share[i])])
        (directory / "answers" / f"c{i}.cose").write_bytes(answer)
    bundle(directory / "log", entries)
    (directory / "log" / "checkpoint").write_bytes(checkpoint(NOW // 1000 + 60))
    (directory / "log" / "trust.json").write_text(json.dumps({
        "log": {"origin": "log.example", "key": log_key.public.hex(), "quorum": 2, "faulty": 0,
                "witnesses": [{"name": f"w{i}", "key": w.public.hex()} for i, w in enumerate(witnesses)]},
        "registrars": [r.public.hex() for r in registrars], "registrar_quorum": 2}))
    names = {crypto.X_WING: "x-wing", crypto.X25519: "x25519"}
    keys = {"owner": camera.household_secret, "recovery": camera.recovery_secret, "request": request_secret,
            "one-time": one_secret}
    for name, value in keys.items():
        (directory / "keys" / f"{name}.json").write_text(json.dumps({"kem": names[kind], "secret": value.hex()}))


def bundle(log: Path, entries: list[bytes]) -> None:
    """Store entries by section 11.7."""
    for first in range(0, len(entries), 256):
        some = entries[first:first + 256]
        path = log / bundle_path(first // 256, len(some))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(len(entry).to_bytes(2, "big") + entry for entry in some))


if __name__ == "__main__":
    main(Path(sys.argv[1]), one(int(sys.argv[2])) if len(sys.argv) > 2 else several())
