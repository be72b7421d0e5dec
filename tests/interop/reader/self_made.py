#!/usr/bin/env python3
"""Makes a clip, a log and an excerpt by the page, for the reader's own tests. It is a toy: no durable state, no camera.

    python self_made.py DIR [SEGMENTS]
"""

import base64
import json
import os
import sys
from pathlib import Path

from cbor2 import CBORTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from footage_reader import cbor, crypto, merkle, shares, tree
from footage_reader.crypto import (
    PrivateKey, blake3, commit, digest, expand, extract, label, lock_info, u8, u32, u64)
from footage_reader.log import NamedKey, bundle_path

NOW = 1_800_000_000_000
EPOCH = NOW // 86_400_000

LAST_HEAD: list[bytes] = []                             # other than the manifest, of the last clip made


class Signer:
    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
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


def frame(kind: str, payload: bytes) -> bytes:
    return kind.encode() + u32(len(payload)) + payload


def prove(first: int, end: int, leaves: list, low: int, high: int) -> list:
    if high <= first or end <= low:
        return [merkle.root_of(leaves[low:high])]
    if first <= low and high <= end:
        return []
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    return prove(first, end, leaves, low, middle) + prove(first, end, leaves, middle, high)


def main(directory: Path, count: int, suite: int = 1, kind: int = crypto.X_WING, change=lambda private: None) -> None:
    """`change` may spoil the private part before it is sealed and signed for."""
    for sub in ("keys", "log", "answers"):
        (directory / sub).mkdir(parents=True, exist_ok=True)

    # the clip
    maker, camera = Signer(), Signer()
    owner_secret, owner = kem(kind)
    root = extract("clip", os.urandom(72))
    clip, secret = expand(root, "clip id", b"", 16), expand(root, "clip secret", b"", 32)
    certificate, _ = maker.sign("camera-certificate", [os.urandom(16), "maker", "Model 1", camera.public, NOW - 10**9])
    fingerprint = owner.public.fingerprint
    owners = cbor.encode([[fingerprint, wrap(owner, label("clip secret") + clip + fingerprint, secret)]])
    header = cbor.encode([1, suite, clip, NOW, certificate, digest("owners", owners)])
    header_digest = digest("clip header", header)
    out = bytearray(b"footage-clip-v1\n" + frame("H", header) + frame("O", owners))
    segments, leaves, contents, level_rows = [], [], [], {0: []}

    def write_block(level: int) -> int:
        offset, block = len(out), level_rows[level]
        out.extend(frame("I", u8(level) + b"".join(row for row, _, _ in block)))
        below = [leaf for _, _, part in block for leaf in part]
        row = u64(offset) + u64(block[0][1]) + merkle.root_of(below)
        level_rows.setdefault(level + 1, []).append((row, block[0][1], below))
        level_rows[level] = []
        return offset

    for i in range(count):
        content = os.urandom(5 + i % 50)
        key, commitment = tree.segment_key(clip, i, tree.seed(clip, secret, i))
        head = u32(i) + u64(i * 1000) + u32(1000) + u8(i > 0) + u32(len(content)) + u32(0 if i else 0xFFFFFFFF)
        head += commitment
        body = (AESGCM if suite == 1 else ChaCha20Poly1305)(key).encrypt(bytes(12), content, head)
        leaf = merkle.leaf_hash(head + blake3(body))
        level_rows[0].append((u64(len(out)) + u64(i * 1000) + leaf, i * 1000, [leaf]))
        out += frame("S", head + body)
        segments.append((head, body)), leaves.append(leaf), contents.append(content)
        if i % 7 == 3:
            LAST_HEAD[:] = camera.sign("head", [clip, suite, header_digest, i + 1, merkle.root_of(leaves), None])
            out += frame("D", LAST_HEAD[0])
        level = 0
        while len(level_rows.get(level, ())) == 256 and i + 1 < count:
            write_block(level)
            level += 1
    level, top = 0, None
    while top is None:
        size = 256 ** (level + 1)
        offset = write_block(level) if level_rows[level] else None
        if size >= count:
            top = offset
        level += 1
    manifest, _ = camera.sign("head", [clip, suite, header_digest, count, merkle.root_of(leaves), 1])
    manifest_offset = len(out)
    out += frame("D", manifest)
    out += frame("F", u64(manifest_offset) + u64(top))
    (directory / "clip.footage").write_bytes(out)
    (directory / "clip.content").write_bytes(b"".join(contents))

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
    area = [[[0, 0, 10_000, 0, 10_000, 10_000]]]
    for registrar in registrars:
        logged(registrar.sign("agency-approval", ["MA0123400", "An Agency", area, agency.public, [1], validity]))
        logged(registrar.sign("maker-approval", ["maker", "A Maker", maker.public, validity]))
        for i, custodian in enumerate(custodians):
            logged(registrar.sign("custodian-approval", [
                f"c{i}", f"Custodian {i}", ["group", 2, 3], custodian.public, [], validity]))
    entries.append(b"no statement")
    expiry = [kem(kind)[1] for _ in custodians]
    expiry_ids = [logged(c.sign("expiry-key", [f"c{i}", EPOCH + 2, [kind, k.public.key]]))
                  for i, (c, k) in enumerate(zip(custodians, expiry))]
    request_secret, request_key = kem(kind)
    request = logged(agency.sign("request", [
        "MA0123400", area, [NOW, NOW + 1000], "13A", "CASE-1", None, 30, NOW + 10**8, [kind, request_key.public.key],
        0, None, checkpoint(NOW // 1000)]))

    # the grant
    grant = Signer()
    grant_id = digest("grant id", grant.public)
    a, c = os.urandom(32), os.urandom(32)
    slope = os.urandom(32)
    parts = [bytes(x ^ shares.multiply(y, i + 1) for x, y in zip(c, slope)) for i in range(3)]
    possession = expand(a, "possession", grant_id, 32)
    first, end = count // 3 + 1, count - 2

    def node(level: int, index: int) -> bytes:
        value = secret
        for below in range(1, level + 1):
            value = tree.child(clip, value, below, index >> (level - below))
        return value

    listed = [head + blake3(body) for head, body in segments]
    private = [
        os.urandom(32), header, manifest, first, end, [node(*n) for n in tree.cover(first, end)],
        b"".join(listed[first:end]), b"".join(prove(first, end, leaves, 0, count)),
        [tree.seed(clip, secret, 0), listed[0], b"".join(prove(0, 1, leaves, 0, count))], "what I saw"]
    change(private)
    private = cbor.encode(private)
    members = [[f"c{i}", expiry_ids[i], commit(3, i, parts[i])] for i in range(3)]
    terms, T = grant.sign("terms", [
        grant_id, request, "MA0123400", ["group", 2, members], EPOCH * 86_400_000, EPOCH + 2, commit(1, 0, a),
        commit(2, 0, c), commit(4, 0, possession), digest("private part", private)])
    G = expand(extract("grant key", a + c), "grant key", T, 32)
    sealed = ChaCha20Poly1305(G).encrypt(bytes(12), private, b"")
    agency_wrap = wrap(request_key, lock_info(T, 1, 0, request_key.public), a)
    wraps = [wrap(k, lock_info(T, 3, i, k.public), parts[i]) for i, k in enumerate(expiry)]
    bodies = [segments[0][1]] + [body for _, body in segments[first:end]]
    envelope, _ = grant.sign("envelope", [
        T, crypto.wrap_digest(agency_wrap), list(map(crypto.wrap_digest, wraps)), digest("sealed part", sealed),
        digest("bodies", T, *map(blake3, bodies))])
    (directory / "excerpt.footage").write_bytes(
        b"footage-excerpt-v1\n" + frame("T", terms) + frame("E", envelope)
        + frame("W", cbor.encode([agency_wrap, wraps])) + frame("P", sealed)
        + b"".join(frame("B", body) for body in bodies))
    (directory / "opened.mp4").write_bytes(contents[0] + b"".join(contents[first:end]))

    # release, notices, answers
    one_secret, one_time = kem(kind)
    release = logged(agency.sign("release", [terms, possession, [kind, one_time.public.key]]))
    for i in (0, 2):
        notice = logged(custodians[i].sign("answer-notice", [f"c{i}", T, release, os.urandom(32)]))
        answer, _ = custodians[i].sign("answer", [
            f"c{i}", T, release, notice, wrap(one_time, lock_info(T, 5, i, one_time.public), parts[i])])
        (directory / "answers" / f"c{i}.cose").write_bytes(answer)
    bundle(directory / "log", entries)
    (directory / "log" / "checkpoint").write_bytes(checkpoint(NOW // 1000 + 60))
    (directory / "log" / "trust.json").write_text(json.dumps({
        "log": {"origin": "log.example", "key": log_key.public.hex(), "quorum": 2, "faulty": 0,
                "witnesses": [{"name": f"w{i}", "key": w.public.hex()} for i, w in enumerate(witnesses)]},
        "registrars": [r.public.hex() for r in registrars], "registrar_quorum": 2}))
    names = {crypto.X_WING: "x-wing", crypto.X25519: "x25519"}
    for name, value in (("owner", owner_secret), ("request", request_secret), ("one-time", one_secret)):
        (directory / "keys" / f"{name}.json").write_text(json.dumps({"kem": names[kind], "secret": value.hex()}))


def bundle(log: Path, entries: list[bytes]) -> None:
    """Store entries by section 11.7."""
    for first in range(0, len(entries), 256):
        some = entries[first:first + 256]
        path = log / bundle_path(first // 256, len(some))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(len(entry).to_bytes(2, "big") + entry for entry in some))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
