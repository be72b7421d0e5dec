#!/usr/bin/env python3
"""Tests of the reader that need nothing of the crate but its vectors: the page's own statements, held against each
other, and what others made by it.

    python self_test.py
"""

import hashlib
import hmac
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from itertools import combinations
from pathlib import Path

import h3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

import self_made
from footage_reader import cbor, crypto, log, merkle, shares, statements, tree, values
from footage_reader.errors import Refused
from self_test_clip import Hostile, Randomness, Reading, Trees      # noqa: F401: they run here
from self_test_evidence import Evidences                        # noqa: F401
from self_test_grant_vectors import Grants                          # noqa: F401
from self_test_grants import GrantRefusals                          # noqa: F401
from self_test_refusals import OwnerLists, Refusals                 # noqa: F401
from self_test_refused import RefusedVectors                        # noqa: F401
from self_test_vectors import Clips, Keys, Logs, Outside, Statements        # noqa: F401


class Shares(unittest.TestCase):
    def test_field(self) -> None:
        self.assertEqual(shares.multiply(0x57, 0x83), 0xC1)                     # FIPS 197 section 4.2
        for a in range(1, 256):
            self.assertEqual(shares.multiply(a, shares.inverse(a)), 1)

    def test_every_choice_gives_the_secret(self) -> None:
        for k, n in ((1, 1), (1, 3), (2, 3), (3, 5)):
            coefficients = [os.urandom(32) for _ in range(k)]
            all_shares = {}
            for i in range(n):
                value = bytes(32)
                for c in reversed(coefficients):                                # Horner at x = i + 1
                    value = bytes(shares.multiply(v, i + 1) ^ b for v, b in zip(value, c))
                all_shares[i] = value
            for chosen in combinations(range(n), k):
                self.assertEqual(shares.combine({i: all_shares[i] for i in chosen}), coefficients[0])


class Cover(unittest.TestCase):
    def test_holds_exactly_the_range(self) -> None:
        for _ in range(500):
            first = random.randrange(5000)
            end = first + random.randrange(1, 5000)
            nodes = tree.cover(first, end)
            held = [i for level, index in nodes for i in range(index << 24 - level, index + 1 << 24 - level)]
            self.assertEqual(held, list(range(first, end)))
            for (level, index), (after, other) in zip(nodes, nodes[1:]):        # no two could be one
                self.assertFalse(level == after and index ^ 1 == other and index % 2 == 0)
        self.assertEqual(tree.cover(0, 2**24), [(0, 0)])
        self.assertEqual(len(tree.cover(1, 2**24 - 1)), 46)

    def test_seeds_of_a_range(self) -> None:
        layer = tree.LayerTree(os.urandom(32), 1)
        root = layer.root(os.urandom(32))
        granted = [layer.node(root, *node) for node in tree.cover(5, 77)]
        self.assertEqual(list(layer.seeds(5, 77, granted)), [layer.seed(root, i) for i in range(5, 77)])
        with self.assertRaises(Refused):
            list(layer.seeds(5, 77, granted[:-1]))


class Merkle(unittest.TestCase):
    def inclusion(self, index: int, leaves: list) -> list:
        if len(leaves) == 1:
            return []
        k = 1 << (len(leaves) - 1).bit_length() - 1
        if index < k:
            return self.inclusion(index, leaves[:k]) + [merkle.root_of(leaves[k:])]
        return self.inclusion(index - k, leaves[k:]) + [merkle.root_of(leaves[:k])]

    def test_proofs(self) -> None:
        for size in range(1, 24):
            leaves = [merkle.leaf_hash(bytes([i])) for i in range(size)]
            root = merkle.root_of(leaves)
            for first in range(size):
                one = self.inclusion(first, leaves)
                merkle.check_inclusion(first, size, leaves[first], one, root)
                self.assertCountEqual(one, self_made.prove([(first, first + 1)], leaves, 0, size))
                with self.assertRaises(Refused):
                    merkle.check_inclusion(first, size, leaves[first], one + [root], root)
                for end in range(first + 1, size + 1):
                    proof = self_made.prove([(first, end)], leaves, 0, size)
                    merkle.check_range(first, end, leaves[first:end], size, proof, root)
                    for wrong in (proof + [root], proof[:-1] if proof else [root], proof[::-1] + [root]):
                        with self.assertRaises(Refused):
                            merkle.check_range(first, end, leaves[first:end], size, wrong, root)

    def test_several_ranges(self) -> None:
        for size in range(1, 9):
            leaves = [merkle.leaf_hash(bytes([i])) for i in range(size)]
            root = merkle.root_of(leaves)
            for chosen in range(1, 2**size):
                ranges = self_made.side_by_side([i for i in range(size) if chosen >> i & 1])
                proof = self_made.prove(ranges, leaves, 0, size)
                held = [(first, leaves[first:end]) for first, end in ranges]
                merkle.check_ranges(held, size, proof, root)
                wrong = [(held, proof + [root]), (held, proof[:-1] if proof else [root])]
                wrong += [(held[::-1], proof), (held + held[-1:], proof)] if len(held) > 1 else []
                (first, last), *_ = held
                if len(last) > 1:                                               # side by side is one range
                    wrong.append(([(first, last[:1]), (first + 1, last[1:]), *held[1:]], proof))
                wrong += [([(first + 1, last), *held[1:]], proof), ([(first, []), *held[1:]], proof), ([], proof)]
                for bad, hashes in wrong:
                    with self.assertRaises(Refused):
                        merkle.check_ranges(bad, size, hashes, root)


class Cbor(unittest.TestCase):
    def test_refuses(self) -> None:
        for bad in ("1800", "190001", "5f4100ff", "9fff", "f93c00", "f7", "f0", "f820", "c001", "c24105", "0000", "",
                    "61ff", "81", "5b7fffffffffffffff", "9b7fffffffffffffff", "a2030001 00", "a201000100", "d8190100",
                    "5800", "3800", "1c", "d81200", "3b8000000000000000"):
            with self.assertRaises(Refused, msg=bad):
                cbor.decode(bytes.fromhex(bad), 100)
        with self.assertRaises(Refused):
            cbor.decode(b"\x81" * 40_000 + b"\0", 50_000)

    def test_takes(self) -> None:
        for value in (0, 23, 24, 2**64 - 1, -1, -2**63, b"", b"x" * 300, "", "é", [], [1, [None, True]], {1: -8}):
            self.assertEqual(cbor.decode(cbor.encode(value), 400), value)


class Signatures(unittest.TestCase):
    def test_keys(self) -> None:
        for _ in range(20):
            key = Ed25519PrivateKey.generate()
            public = key.public_key().public_bytes_raw()
            crypto.verify(public, b"message", key.sign(b"message"))
            with self.assertRaises(Refused):
                crypto.verify(public, b"massage", key.sign(b"message"))
        points = 0
        for y in range(2, 66):
            try:
                crypto.check_verifying_key(y.to_bytes(32, "little"))
                points += 1
            except Refused:
                pass
        self.assertTrue(16 < points < 48)                                       # about one half are points
        for bad in (bytes(32), b"\1" + bytes(31), b"\1" + bytes(30) + b"\x80", b"\xff" * 32, bytes(31)):
            with self.assertRaises(Refused):
                crypto.check_verifying_key(bad)


class Wraps(unittest.TestCase):
    """Section 1.6 in its own words, against the library."""

    def by_the_page(self, kem: int, sk: bytes, info: bytes, wrap: bytes) -> bytes:
        def extract(salt: bytes, ikm: bytes) -> bytes:
            return hmac.digest(salt or bytes(32), ikm, "sha256")

        def expand(prk: bytes, info: bytes, n: int) -> bytes:
            return HKDFExpand(SHA256(), n, info).derive(prk)

        def x25519(sk: bytes, pk: bytes) -> bytes:
            return X25519PrivateKey.from_private_bytes(sk).exchange(X25519PublicKey.from_public_bytes(pk))

        base = (9).to_bytes(32, "little")
        length = 1120 if kem == crypto.X_WING else 32
        enc, ct = wrap[:length], wrap[length:]
        if kem == crypto.X_WING:
            x = hashlib.shake_256(sk).digest(96)
            ml = MLKEM768PrivateKey.from_seed_bytes(x[:64])
            shared = hashlib.sha3_256(
                ml.decapsulate(enc[:1088]) + x25519(x[64:], enc[1088:]) + enc[1088:] + x25519(x[64:], base)
                + bytes.fromhex("5c2e2f2f5e5c")).digest()
        else:
            k = b"KEM" + crypto.u16(0x20)
            eae = extract(b"", b"HPKE-v1" + k + b"eae_prk" + x25519(sk, enc))
            shared = expand(eae, crypto.u16(32) + b"HPKE-v1" + k + b"shared_secret" + enc + x25519(sk, base), 32)
        suite = b"HPKE" + crypto.u16(kem) + crypto.u16(1) + crypto.u16(3)

        def labeled_extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
            return extract(salt, b"HPKE-v1" + suite + label + ikm)

        context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
        secret = labeled_extract(shared, b"secret", b"")
        key = expand(secret, crypto.u16(32) + b"HPKE-v1" + suite + b"key" + context, 32)
        nonce = expand(secret, crypto.u16(12) + b"HPKE-v1" + suite + b"base_nonce" + context, 12)
        return ChaCha20Poly1305(key).decrypt(nonce, ct, b"")

    def test_library_and_page_agree(self) -> None:
        for kem in (crypto.X_WING, crypto.X25519):
            sk, info, secret = os.urandom(32), b"info", os.urandom(32)
            key = crypto.PrivateKey(kem, sk)
            key.public.check()
            handle = key._handle.public_key()
            wrap = crypto._SUITES[kem].encrypt(secret, handle, info)
            self.assertEqual(crypto.KEM_OF_WRAP[len(wrap)], kem)
            self.assertEqual(key.unwrap(info, wrap), secret)
            self.assertEqual(self.by_the_page(kem, sk, info, wrap), secret)
            for bad_info, bad_wrap in ((b"other", wrap), (info, wrap[:-1] + bytes([wrap[-1] ^ 1])), (info, wrap[:-1])):
                with self.assertRaises(Refused):
                    key.unwrap(bad_info, bad_wrap)

    def test_bad_keys(self) -> None:
        good = crypto.PrivateKey(crypto.X_WING, bytes(32)).public.key
        for bad in (b"\xff" * 3 + good[3:], good[:-32] + bytes(32), good[:-1] + bytes([good[-1] | 0x80]), good[:-1]):
            with self.assertRaises(Refused):
                crypto.KemKey(crypto.X_WING, bad).check()


class Values(unittest.TestCase):

    def test_counts(self) -> None:
        self.assertEqual(len(values.OFFENCES), 81)
        self.assertEqual(len(statements.RECORDS), 22)
        self.assertEqual(len(statements.LOGGED), 14)

    def test_cells(self) -> None:
        centre = h3.latlng_to_cell(41.1, -80.65, 9)
        beside = sorted(set(h3.grid_disk(centre, 1)) - {centre})
        far = h3.latlng_to_cell(42.1, -80.65, 9)
        numbers = lambda *names: sorted(h3.str_to_int(name) for name in names)
        for good in (numbers(centre), numbers(centre, *beside), numbers(*h3.grid_ring(centre, 2))):
            values.cells(good)
        for bad in ([], [1], numbers(centre, far), numbers(centre, centre), numbers(centre, h3.cell_to_parent(centre)),
                    numbers(*h3.grid_disk(centre, 2)), numbers(centre, *beside)[::-1]):
            with self.assertRaises(Refused, msg=str(bad)):
                values.cells(bad)
        parent = h3.cell_to_parent(centre)
        for good in (numbers(parent), numbers(far, parent), numbers(*h3.cell_to_children(parent))[1:]):
            values.jurisdiction(good)
        for bad in ([], numbers(*h3.cell_to_children(parent)), numbers(parent, centre), numbers(far, parent)[::-1]):
            with self.assertRaises(Refused, msg=str(bad)):
                values.jurisdiction(bad)

    def test_names(self) -> None:
        for good in ("Nest 4", "Sergeant Müller", "x"):
            values.name(good)
        for bad in ("", " x", "x ", "a\tb", "a\u00a0b", "a\u200bb", "a\x7f", "x" * 101, "\U000e0001"):
            with self.assertRaises(Refused, msg=bad):
                values.name(bad)
        for bad in ("-a", "a-", "A", "", "a" * 33, "a\n"):
            with self.assertRaises(Refused, msg=bad):
                values.short_id(bad)


class Stored(unittest.TestCase):
    """Section 11.7."""

    def test_paths(self) -> None:
        for path, index, width in (("000", 0, 256), ("000.p/5", 0, 5), ("x001/000", 1000, 256),
                                   ("x001/x234/067", 1_234_067, 256), ("x001/x234/067.p/255", 1_234_067, 255)):
            self.assertEqual(log.bundle_path(index, width), f"tile/entries/{path}")

    def test_bundles(self) -> None:
        entries = [b"%d" % i * (i % 3) for i in range(600)]
        with tempfile.TemporaryDirectory() as name:
            self_made.bundle(Path(name), entries)
            for size in (0, 1, 256, 300, 512, 600):
                # Of the second bundle only the full one is there.
                self.assertEqual(list(log.bundled_entries(Path(name), size)), entries[:size])
            for size in (599, 601, 1000):
                with self.assertRaises((Refused, OSError)):
                    list(log.bundled_entries(Path(name), size))
        for bad, width in ((b"", 1), (b"\0", 1), (b"\0\2a", 1), (b"\0\1a", 2)):
            with self.assertRaises(Refused, msg=str(bad)):
                list(log.unbundle(bad, width))


class EndToEnd(unittest.TestCase):
    """`read.py` on what `self_made.py` makes."""

    READ = str(Path(__file__).with_name("read.py"))

    def run_read(self, *arguments: object) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, self.READ, *map(str, arguments)], capture_output=True, text=True)

    def excerpt(self, made: Path, *more: object) -> subprocess.CompletedProcess:
        return self.run_read(
            "excerpt", made / "excerpt.footage", "--request", made / "keys/request.json",
            "--one-time", made / "keys/one-time.json", "--answers", made / "answers", *more)

    def test_opens(self) -> None:
        one, several = self_made.one, self_made.several
        for suite, kem, wishes in (
                (1, crypto.X_WING, one(8)), (1, crypto.X25519, one(40, 1)), (2, crypto.X25519, one(9, 2, True)),
                (2, crypto.X25519, one(200, 3, True)), (1, crypto.X_WING, several()), (2, crypto.X25519, several())):
            with tempfile.TemporaryDirectory() as name:
                made, out = Path(name), Path(name) / "out"
                self_made.main(made, wishes, suite, kem)
                for i, owner in ((i, owner) for i in range(len(wishes)) for owner in ("owner", "recovery")):
                    key = made / f"keys/{owner}.json"
                    run = self.run_read("clip", made / f"clip-{i}.footage", "--owner", key, "--out", out)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.assertEqual(out.read_bytes(), (made / f"clip-{i}.content").read_bytes())
                    self.assertEqual(json.loads(run.stdout)["hints"], "good")
                for more in (("--trust", made / "log/trust.json", "--log", made / "log"), ()):
                    run = self.excerpt(made, "--out", out, *more)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.assertEqual(out.read_bytes(), (made / "opened.mp4").read_bytes())
                    summary = json.loads(run.stdout)
                    self.assertEqual(summary["post_quantum"], kem == crypto.X_WING)
                    self.assertEqual([clip["maker_approved"] for clip in summary["clips"]],
                                     [bool(more) or None] * len(wishes))
                    self.check_summary(summary, wishes)
                    self.assertEqual([len(clip["runs"]) for clip in summary["clips"]],
                                     json.loads((made / "runs.json").read_text()))
                run = self.run_read("clip", made / "clip-0.footage", "--owner", made / "keys/request.json")
                self.assertEqual(run.returncode, 1)
                self.assertIn("not sealed for this key", run.stderr)

    def check_summary(self, summary: dict, wishes: list[self_made.Wish]) -> None:
        """Each group of the made clips has one picture and one sound."""
        for clip, wish in zip(summary["clips"], sorted(wishes, key=lambda wish: wish.started or 0), strict=True):
            ranges = [(first, wish.count if end is None else end, layers) for first, end, layers in wish.ranges]
            for layer, layer_name in enumerate(("pictures", "sound")):
                held = [end - first for first, end, layers in ranges if layers >> layer & 1]
                left = [end - first for first, end, layers in ranges if not layers >> layer & 1]
                self.assertEqual((clip["granted"][layer_name], clip["left_out"][layer_name]), (sum(held), sum(left)))
            self.assertEqual([len(granted["layers"]) for granted in clip["ranges"]],
                             [layers.bit_count() for _, _, layers in ranges])
            self.assertGreater(clip["outside"], 0)

    def test_refuses_with_one_line(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            made, out = Path(name), Path(name) / "out"
            changes = self_made.Changes(bodies=lambda bodies: bodies[0].pop())
            self_made.main(made, self_made.one(9), 1, crypto.X25519, changes)
            run = self.excerpt(made, "--out", out)
            self.assertEqual(run.returncode, 1)
            self.assertEqual(run.stderr.count("\n"), 1)
            self.assertIn("bodies for", run.stderr)
            self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
