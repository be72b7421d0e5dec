"""Tests against `tests/vectors`, which the crate made, and `tests/vectors/outside`, which others did.

What the page lets a maker compute is computed again: clips are sealed anew, byte for byte. `self_test.py` runs them.
"""

import base64
import hashlib
import io
import json
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import self_made
from footage_reader import cbor, cose, crypto, log, merkle, shares, statements, tree
from footage_reader import clip as clips
from footage_reader.crypto import KEM_NAMES, PrivateKey, digest, expand, hedge, hedged, u8, u64
from footage_reader.errors import Refused
from footage_reader.segment import GAP, GROUP, INIT, MEDIA, NO_INIT
from footage_reader.statements import Statement, Window, read
from self_made_clip import Camera, Clip, Signer, frame
from self_made_wrap import encapsulated, seal

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
KINDS = {"init": INIT, "media": MEDIA}
HOWS = {name: number for number, name in clips.ENDINGS.items()}

unhex = bytes.fromhex


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


def hexes(values: list[bytes]) -> list[str]:
    return [value.hex() for value in values]


class Keys(unittest.TestCase):
    def test_key_tree(self) -> None:
        vector = vectors("key-tree")
        hedge_ = vector["hedge"]
        prk = hedge(unhex(hedge_["fresh"]), unhex(hedge_["long_term"]))
        for drawn in hedge_["drawn"]:
            expected = unhex(drawn["bytes"])
            self.assertEqual(
                hedged(prk, drawn["purpose"], unhex(hedge_["context"]), drawn["call"], len(expected)), expected)

        identity, secret = unhex(vector["identity"]), unhex(vector["clip_secret"])
        self.assertEqual(digest(
            "clip identity", u8(1), u8(vector["suite"]), unhex(vector["clip"]), u64(vector["started"]),
            u8(vector["clock"]), unhex(vector["camera"])), identity)
        self.assertEqual(expand(secret, "check", identity, 32).hex(), vector["check"])
        for layer in vector["layers"]:
            keys = tree.LayerTree(identity, layer["layer"])
            root = keys.root(secret)
            for node in layer["nodes"]:
                self.assertEqual(keys.node(root, node["level"], node["index"]).hex(), node["secret"])
            for segment in layer["segments"]:
                seed = keys.seed(root, segment["index"])
                self.assertEqual(hexes([seed, *keys.segment_key(segment["index"], seed)]),
                                 [segment["seed"], segment["key"], segment["commitment"]])
            for cover in layer["covers"]:
                places = [(node["level"], node["index"]) for node in cover["nodes"]]
                self.assertEqual(tree.cover(cover["from"], cover["to"]), places)
                self.assertEqual(hexes([keys.node(root, *place) for place in places]),
                                 [node["secret"] for node in cover["nodes"]])

    def test_shares(self) -> None:
        for case in vectors("shares")["cases"]:
            coefficients = [unhex(case["secret"]), *map(unhex, case["coefficients"])]
            for share in case["shares"]:
                value = bytes(32)
                for coefficient in reversed(coefficients):
                    value = bytes(shares.multiply(v, share["x"]) ^ c for v, c in zip(value, coefficient))
                self.assertEqual((value.hex(), share["x"]), (share["share"], share["index"] + 1))
            for chosen in case["combine"]:
                held = {i: unhex(case["shares"][i]["share"]) for i in chosen}
                self.assertEqual(shares.combine(held).hex(), case["secret"])


def sealed_anew(vector: dict, segments: list[dict], heads: list[dict]) -> Clip:
    """A clip out of what its camera knew: secrets, segments, heads."""
    camera = Camera.__new__(Camera)
    camera.signer, camera.certificate = Signer(unhex(vector["camera_seed"])), unhex(vector["certificate"])
    camera.device_secret, camera.list, camera.counter = (
        unhex(vector["device"]), unhex(vector["list"]), vector["number"] - 1)
    camera.household, camera.recovery = (
        PrivateKey(KEM_NAMES[owner["kem"]], unhex(owner["private"])) for owner in vector["owners"])
    camera.kem = camera.household.public.kem
    clip = Clip(camera, vector["suite"], vector["clock"], vector["content"], vector["started"],
                fresh=unhex(vector["fresh"]))
    heads = list(heads)

    def write_heads() -> None:
        while heads and heads[0]["count"] == len(clip.segments) and heads[0]["end"] is None:
            clip.head(clock_set(heads.pop(0)))

    for segment in segments:
        write_heads()
        init = NO_INIT if segment["init"] is None else segment["init"]
        flags = (GROUP if segment["group"] else 0) | (GAP if segment["gap"] else 0)
        clip.segment(unhex(segment["content"]), segment["start"], segment["duration"], segment["layer"],
                     KINDS[segment["kind"]], flags, init)
    write_heads()
    end = heads.pop()["end"]
    assert not heads
    clip.finish(clock_set(vector["heads"][-1]), [HOWS[end["how"]], end["tracks"], end["samples"]])
    return clip


def clock_set(head: dict) -> list | None:
    return head["set"] and [head["set"]["wall"], head["set"]["earlier"]]


class Clips(unittest.TestCase):
    def test_clips(self) -> None:
        for case in vectors("clip")["cases"]:
            with self.subTest(clock=case["clock"], content=case["content"], suite=case["suite"]):
                self.check(case)

    def check(self, case: dict) -> None:
        data = unhex(case["file"])
        clip = clips.Clip(io.BytesIO(data))
        header, fields = clip.header, clip.header.fields
        self.assertEqual(
            hexes([fields.clip, header.digest, header.identity, fields.check, fields.owners, clip.owners.list]),
            [case[name] for name in ("clip", "header_digest", "identity", "check", "owners_digest", "list")])
        self.assertEqual((fields.suite, fields.started, fields.clock, fields.content, clip.owners.number),
                         tuple(case[name] for name in ("suite", "started", "clock", "content", "number")))
        self.assertEqual(header.base(clip.manifest), case["base"])
        self.assertEqual(clip.heads, len(case["heads"]) - 1)
        for role, owner in enumerate(case["owners"], 1):
            key = PrivateKey(KEM_NAMES[owner["kem"]], unhex(owner["private"]))
            self.assertEqual(hexes([key.public.key, key.public.fingerprint]), [owner["public"], owner["fingerprint"]])
            self.assertEqual(crypto.clip_info(header.identity, role, key.public.fingerprint).hex(), owner["info"])
            secret = clip.unlock(key)
            self.assertEqual(secret.hex(), case["clip_secret"])
            clip.check_hints()

        grown = merkle.Tree()
        for (_, head, body_digest), content, segment in zip(
                clip.segments, clip.contents(secret), case["segments"], strict=True):
            half, layer = head.open, tree.LayerTree(header.identity, head.open.layer)
            grown.append(head.leaf(body_digest))
            seed = layer.seed(layer.root(secret), half.index)
            self.assertEqual(
                hexes([head.data, seed, *layer.segment_key(half.index, seed), body_digest, head.closed(body_digest),
                       head.leaf(body_digest), grown.root, content]),
                [segment[name] for name in ("header", "seed", "key", "commitment", "blake3", "closed", "leaf",
                                            "root_after", "content")])
            self.assertEqual(
                (half.index, half.start, half.duration, half.layer, half.kind, half.begins_group,
                 bool(half.flags & GAP), head.length, head.init),
                (segment["index"], segment["start"], segment["duration"], segment["layer"], KINDS[segment["kind"]],
                 segment["group"], segment["gap"], segment["length"],
                 NO_INIT if segment["init"] is None else segment["init"]))
        for layer, root in enumerate(case["layer_roots"]):
            self.assertEqual(tree.LayerTree(header.identity, layer).root(secret).hex(), root)

        again = sealed_anew(case, case["segments"], case["heads"])
        self.assertEqual(again.header.hex(), case["header"])
        self.assertEqual(again.owners.hex(), case["owners_bytes"])
        self.assertEqual(bytes(again.out), data)

    def test_index(self) -> None:
        vector = vectors("index")
        kind = vector["segments"]
        segments = [
            kind | {"content": bytes([i % 256] * 2).hex(), "start": 100 * i, "gap": False} for i in range(kind["count"])]
        end = {"how": "finished", "tracks": 0, "samples": 0}
        heads = [{"count": len(segments), "set": None, "end": None}, {"count": len(segments), "set": None, "end": end}]
        clip = sealed_anew(vector | {"heads": heads}, segments, heads)
        data = bytes(clip.out)
        self.assertEqual((len(data), hashlib.sha256(data).hexdigest()),
                         (vector["file_length"], vector["file_sha256"]))
        self.assertEqual(data[vector["manifest"]["offset"] + 5:].hex(),
                         vector["manifest"]["statement"] + frame("F", unhex(vector["footer"])).hex())
        for block in vector["blocks"]:
            payload = data[block["offset"] + 5:][:block["length"]]
            self.assertEqual((payload[0], hashlib.sha256(payload).hexdigest()), (block["level"], block["sha256"]))
            size = (len(payload) - 1) // block["rows"]
            for row, place in ((block["first"], 1), (block["last"], 1 + (block["rows"] - 1) * size)):
                self.assertEqual(int.from_bytes(payload[place:place + 8], "big"), row["offset"])
                self.assertEqual(payload[place + 8:place + size][-32:].hex(), row.get("blake3") or row["root"])
        found = clips.Clip(io.BytesIO(data))
        found.check_hints()
        for selection in vector["selections"]:          # what is wholly inside of the window
            after, before = selection["after_start"]
            inside = [segment.index for _, segment, _ in found.segments
                      if after <= segment.open.start and segment.open.end <= before]
            self.assertEqual(inside, list(range(selection["from"], selection["to"])))


class Statements(unittest.TestCase):
    def test_statements(self) -> None:
        names = set()
        for vector in vectors("statements")["statements"]:
            with self.subTest(vector["name"]):
                name = vector["content_type"].removeprefix("application/vnd.footage.v1.").removesuffix("+cbor")
                names.add(name)
                data = unhex(vector["statement"])
                statement = read(data, name)
                signer = Ed25519PrivateKey.from_private_bytes(unhex(vector["signer_seed"]))
                self.assertEqual(hexes([statement.id, statement.signer, statement.envelope.payload,
                                        statement.envelope.signed, statement.envelope.signature]),
                                 [vector[name] for name in ("id", "signer", "payload", "sig_structure", "signature")])
                self.assertEqual(signer.sign(statement.envelope.signed).hex(), vector["signature"])
                self.assertIn(unhex(vector["protected"]), data)
                self.assertEqual(name in statements.LOGGED, vector["logged"])
                self.assertEqual(json_of_statement(statement), vector["json"])
                for at in range(0, len(data), 7):
                    with self.assertRaises(Refused):
                        read(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:], name)
        self.assertEqual(names, set(statements.RECORDS))


# -- section 13 -------------------------------------------------------------------------------------------------------

NAMES = {
    "incentive": ["money", "equipment", "discount", "agreement"],
    "process": ["warrant", "subpoena", "court-order"],
    "method": ["clear", "purge", "cryptographic-erase", "destroy"],
    "how": ["finished", "recovered", "cut-off"],
    "suite": ["aes-256-gcm", "chacha20-poly1305"],
    "kind": ["approvals", "camera"],
}
RESULTS = ["none", "arrest", "charge", "conviction", "exoneration"]


def json_of_statement(statement: Statement) -> dict:
    return {"id": statement.id.hex(), "signer": statement.signer.hex(), "statement": json_of(statement.record),
            "signature": statement.envelope.signature.hex()}


def json_of(value: Any, field: str = "") -> Any:
    if field in NAMES:
        return NAMES[field][value - 1]
    match field:
        case "incentives":
            return [NAMES["incentive"][number - 1] for number in value]
        case "result":
            return RESULTS[value]
        case "anchor":
            return value.decode()
        case "cells" | "jurisdiction":
            return [f"{index:x}" for index in value]
        case "basis":
            return {"legal-process": record_of(value)} if value else "voluntary"
        case "subject":
            return {{1: "grant", 2: "request", 3: "epoch"}[value.kind]: json_of(value.of)}
        case "share" if len(value) in crypto.KEM_OF_WRAP:
            return unpadded(value)
    match value:
        case bytes():
            return value.hex()
        case crypto.KemKey():
            return {"kem": {number: name for name, number in KEM_NAMES.items()}[value.kem], "key": unpadded(value.key)}
        case Window():
            return {"from": value.begin, "to": value.end}
        case Statement():
            return json_of_statement(value)
        case SimpleNamespace():
            return record_of(value)
        case tuple():
            return [json_of(element) for element in value]
    return value


def record_of(record: SimpleNamespace) -> dict:
    return {name: json_of(value, name) for name, value in vars(record).items()}


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# -- the log ----------------------------------------------------------------------------------------------------------

class Logs(unittest.TestCase):
    def test_log(self) -> None:
        vector = vectors("log")
        keys = {named["name"]: log.NamedKey(named["name"], unhex(named["key"]))
                for named in [vector["log"], *vector["witnesses"]]}
        for named in [vector["log"], *vector["witnesses"]]:
            key = keys[named["name"]]
            self.assertEqual(Signer(unhex(named["seed"])).public, key.key)
            self.assertEqual(key.id(named["kind"]).hex(), named["key_id"])
            text = base64.b64encode(bytes([named["kind"]]) + key.key).decode()
            self.assertEqual(f"{key.name}+{named['key_id']}+{text}", named["verifier_key"])
        root = vector["log_root"]
        own = keys[vector["log"]["name"]]
        encoded = cbor.encode([own.name, own.key, [[name, keys[name].key] for name in root["witnesses"]],
                               root["quorum"], root["faulty"]])
        self.assertEqual(hexes([encoded, digest("log", encoded)]), [root["cbor"], root["digest"]])
        trust = log.TrustRoots(own, tuple(keys[name] for name in root["witnesses"]), root["quorum"], root["faulty"],
                               (bytes(32),), 1)
        for quorum in vector["quorums"]:
            with self.subTest(quorum["about"]):
                note = quorum["note"].encode()
                if "refused" in quorum:
                    with self.assertRaises(Refused):
                        log.witnessed(note, trust)
                else:
                    checkpoint = log.witnessed(note, trust)
                    self.assertEqual((checkpoint.not_before, checkpoint.existed_by),
                                     (quorum["not_before"], quorum["existed_by"]))
        for line in vector["cosignatures"]:
            crypto.verify(keys[line["witness"]].key, line["message"].encode(), unhex(line["signature"]))

        leaves = [merkle.leaf_hash(unhex(entry)) for entry in vector["entries"]]
        proofs = vector["proofs"]
        self.assertEqual(hexes(leaves), proofs["leaves"])
        self.assertEqual([merkle.root_of(leaves[:size]).hex() for size in range(len(leaves) + 1)], proofs["roots"])
        for proof in proofs["inclusion"]:
            merkle.check_inclusion(proof["index"], proof["size"], leaves[proof["index"]],
                                   list(map(unhex, proof["proof"])), unhex(proofs["roots"][proof["size"]]))
        for proof in proofs["consistency"]:
            self.check_consistency(proof, list(map(unhex, proofs["roots"])))
        for proof in proofs["range"]:
            first, end, size = proof["from"], proof["to"], proof["size"]
            self.assertEqual(hexes(self_made.prove([(first, end)], leaves[:size], 0, size)), proof["proof"])
            merkle.check_range(first, end, leaves[first:end], size, list(map(unhex, proof["proof"])),
                               unhex(proofs["roots"][size]))

    def check_consistency(self, proof: dict, roots: list[bytes]) -> None:
        old, new, hashes = proof["old"], proof["new"], list(map(unhex, proof["proof"]))
        merkle.check_consistency(old, new, roots[old], hashes, roots[new])
        for wrong in (hashes + [roots[0]], hashes[:-1] if hashes else [roots[1]]):
            with self.assertRaises(Refused):
                merkle.check_consistency(old, new, roots[old], wrong, roots[new])
        with self.assertRaises(Refused):
            merkle.check_consistency(old, new, bytes(32), hashes, roots[new])

    def test_certificate_transparency(self) -> None:
        vector = vectors("rfc6962")
        leaves = [merkle.leaf_hash(unhex(leaf)) for leaf in vector["leaves"]]
        roots = [unhex(root) for root in vector["roots"]]
        self.assertEqual([merkle.root_of(leaves[:size]) for size in range(len(roots))], roots)
        for proof in vector["inclusion"]:
            merkle.check_inclusion(proof["index"], proof["size"], leaves[proof["index"]],
                                   list(map(unhex, proof["proof"])), roots[proof["size"]])
        for proof in vector["consistency"]:
            self.check_consistency(proof, roots)


class Outside(unittest.TestCase):
    def test_hpke(self) -> None:
        """The whole of section 1.6, sealing and opening, in the words of `self_made_wrap.py` and of the library."""
        for name in ("hpke-pq", "rfc9180"):
            for vector in vectors(f"outside/{name}"):
                kem, (message,) = vector["kem_id"], vector["encryptions"]
                key = PrivateKey(kem, unhex(vector["skRm"]))
                self.assertEqual(key.public.key.hex(), vector["pkRm"])
                shared, enc = encapsulated(key.public, unhex(vector["ikmE"]))
                self.assertEqual(hexes([shared, enc]), [vector["shared_secret"], vector["enc"]])
                sealed = seal(key.public, unhex(vector["info"]), unhex(vector["ikmE"]), unhex(message["pt"]),
                              unhex(message["aad"]))
                self.assertEqual(sealed.hex(), vector["enc"] + message["ct"])

    def test_x_wing(self) -> None:
        for vector in vectors("outside/x-wing"):
            key = PrivateKey(crypto.X_WING, unhex(vector["sk"]))
            self.assertEqual(key.public.key.hex(), vector["pk"])
            found = encapsulated(key.public, unhex(vector["eseed"]))
            self.assertEqual(hexes(list(found)), [vector["ss"], vector["ct"]])

    def test_ed25519(self) -> None:
        for vector in vectors("outside/rfc8032"):
            crypto.verify(unhex(vector["public"]), unhex(vector["message"]), unhex(vector["signature"]))

    def test_cbor(self) -> None:
        read_again = 0
        for vector in vectors("outside/rfc8949"):
            data = unhex(vector["hex"])
            try:
                value = cbor.decode(data, 1000)
            except Refused:
                continue
            self.assertEqual(cbor.encode(value), data)
            read_again += 1
            if "decoded" in vector:
                self.assertEqual(value, vector["decoded"])
        self.assertEqual(read_again, 36)

    def test_cose(self) -> None:
        """None of them has the one header of a statement."""
        for vector in vectors("outside/cose-eddsa"):
            with self.assertRaises(Refused):
                cose.open_envelope(unhex(vector["cbor"]))
