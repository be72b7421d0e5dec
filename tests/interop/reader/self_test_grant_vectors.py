"""Tests against the vectors of grants, which the crate made: everything that is drawn for a grant is drawn again.

`self_test.py` runs them.
"""

import io
import unittest

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

import self_made
from footage_reader import cbor, cose, crypto, excerpt, grant, shares, statements
from footage_reader import clip as clips
from footage_reader.crypto import KEM_NAMES, PrivateKey, digest, expand, extract, hedge, hedged, u8, u16, u32, u64
from footage_reader.errors import Refused
from footage_reader.statements import Window, read
from self_made_clip import Signer
from self_made_wrap import seal
from self_test_vectors import hexes, unhex, vectors


class Grants(unittest.TestCase):
    def test_grants(self) -> None:
        for case in vectors("grant")["cases"]:
            with self.subTest(case["kem"]):
                self.check(case)

    def key(self, case: dict, secret: str) -> PrivateKey:
        return PrivateKey(KEM_NAMES[case["kem"]], unhex(secret))

    def check(self, case: dict) -> None:
        lock, parties, unlocking = (case[name] for name in ("lock", "parties", "unlocking"))
        opened_file = excerpt.Excerpt(io.BytesIO(unhex(case["excerpt"])))
        request_key = self.key(case, parties["request_private"])
        one_time = self.key(case, unlocking["one_time_private"])
        terms = opened_file.terms.record
        self.assertEqual(
            (opened_file.id.hex(), terms.grant.hex(), terms.not_before, terms.not_after, terms.custody.threshold,
             terms.request.hex(), terms.private.hex(), hexes(opened_file.envelope.record.bodies)),
            (case["terms_id"], lock["grant"], case["not_before"], case["not_after"], case["threshold"],
             parties["request_id"], case["private"], case["bodies_digests"]))
        request = read(unhex(parties["request"]), "request")
        self.assertEqual((request.id.hex(), request.record.key), (parties["request_id"], request_key.public))
        data, offset = unhex(case["excerpt"]), len(excerpt.MAGIC)
        for said in case["frames"]:
            self.assertEqual((data[offset:offset + 1].decode(), offset), (said["kind"], said["offset"]))
            self.assertEqual(int.from_bytes(data[offset + 1:offset + 5], "big"), said["length"])
            offset += 5 + said["length"]
        self.assertEqual(offset, len(data))
        for name, said in zip(("terms", "envelope"), case["frames"]):
            self.assertEqual(data[said["offset"] + 5:][:said["length"]].hex(), case[name])
        self.assertEqual(hexes([request_key.public.fingerprint, one_time.public.fingerprint]),
                         [parties["request_fingerprint"], unlocking["one_time_fingerprint"]])

        for at in range(0, len(unhex(case["excerpt"])), 11):
            spoilt = bytearray(unhex(case["excerpt"]))
            spoilt[at] ^= 1
            with self.assertRaises(Refused):
                excerpt.Excerpt(io.BytesIO(spoilt))

        # The lock, from what was drawn.
        T, a, c = opened_file.id, unhex(lock["agency_half"]), unhex(lock["custodian_half"])
        possession = expand(a, "possession", terms.grant, 32)
        self.assertEqual(possession.hex(), unlocking["possession"])
        self.assertEqual(hexes([terms.agency_half, terms.custodian_half, terms.possession]),
                         [lock[f"{name}_commitment"] for name in ("agency_half", "custodian_half", "possession")])
        self.assertEqual(Signer(unhex(lock["grant_key_seed"])).public.hex(), lock["grant_key"])
        self.assertEqual(opened_file.terms.signer.hex(), lock["grant_key"])
        self.assertEqual(opened_file.agency_half(request_key), a)
        self.check_wrap(case["agency_wrap"], request_key, crypto.lock_info(T, 1, 0, request_key.public), a)
        for i, wrap in enumerate(case["custodian_wraps"]):
            party = parties["custodians"][i]
            expiry = self.key(case, party["expiry_private"])
            statement = read(unhex(party["expiry_key"]), "expiry-key")
            self.assertEqual((statement.id.hex(), statement.id, statement.record.key, statement.record.epoch),
                             (party["expiry_key_id"], terms.custody.members[i].expiry, expiry.public, terms.not_after))
            share = unhex(wrap["share"])
            self.check_wrap(wrap, expiry, crypto.lock_info(T, 3, i, expiry.public), share)
            self.assertEqual(crypto.commit(3, i, share).hex(), wrap["commitment"])
            self.assertEqual(terms.custody.members[i].share.hex(), wrap["commitment"])

        # Release, notices, answers.
        release = read(unhex(unlocking["release"]), "release")
        self.assertEqual((release.id.hex(), release.record.terms.id, release.record.possession, release.record.key),
                         (unlocking["release_id"], T, possession, one_time.public))
        found = {}
        for said in unlocking["answers"]:
            answer, notice = read(unhex(said["answer"]), "answer"), read(unhex(said["notice"]), "answer-notice")
            self.assertEqual((notice.id.hex(), answer.record.notice, answer.signer, answer.record.release),
                             (said["notice_id"], notice.id, notice.signer, release.id))
            place, share = excerpt.share_of(opened_file, answer, one_time)
            self.assertEqual(place, said["index"])
            self.check_wrap(said, one_time, crypto.lock_info(T, 5, place, one_time.public), share)
            found[place] = share
        self.assertEqual(opened_file.custodians_half(found), c)

        # The parts.
        prk = extract("grant key", a + c)
        plains = []
        for i, part in enumerate(case["parts"]):
            key = expand(prk, "grant key", T + u16(i), 32)
            plain, sealed = unhex(part["plaintext"]), unhex(part["ciphertext"])
            plains.append(plain)
            self.assertEqual(hexes([key, opened_file.part_key(a, c, i)]), [unlocking["part_keys"][i]] * 2)
            self.assertEqual(hexes([digest("private part", plain), digest("sealed part", sealed)]),
                             [part["digest"], part["ciphertext_digest"]])
            self.assertEqual(ChaCha20Poly1305(key).encrypt(bytes(12), plain, b""), sealed)
            self.assertEqual(opened_file.envelope.record.parts[i].hex(), part["ciphertext_digest"])
        self.assertEqual(
            digest("private parts", u16(len(plains)), *(digest("private part", plain) for plain in plains)).hex(),
            case["private"])
        self.check_lock(case, terms, plains)
        opened = opened_file.unlock(a, c, Window(*case["window"]))
        words = case["parts"][0]["fields"]
        self.assertEqual((opened.part.salt.hex(), opened.words), (words["salt"], words["words"]))
        self.assertFalse(opened.post_quantum)                                   # the clips are for X25519
        for clip, part in zip(opened.clips, case["parts"][1:], strict=True):
            self.check_clip(clip, part["fields"])
        self.assertEqual([(i, segment.open.index, content.hex()) for i, clip in enumerate(opened.clips)
                          for segment, content in clip.contents()],
                         [(said["clip"], said["index"], said["content"]) for said in case["segments"]])

        # Against the clips themselves.
        by_id = {said["clip"]: said for said in case["clips"]}
        self.assertEqual(len(by_id), len(opened.clips))
        for i, granted in enumerate(opened.clips):
            said = by_id[granted.header.fields.clip.hex()]
            clip = clips.Clip(io.BytesIO(unhex(said["file"])))
            secret = clip.unlock(PrivateKey(clip.header.fields.kem, unhex(said["owner_private"])))
            self.assertEqual(hexes([secret, clip.header.fields.clip]), [said["clip_secret"], said["clip"]])
            contents = list(clip.contents(secret))
            for segment in case["segments"]:
                if segment["clip"] == i:
                    self.assertEqual(contents[segment["index"]].hex(), segment["content"])
            leaves = [segment.leaf(body) for _, segment, body in clip.segments]
            shown = [range_.following for range_ in granted.ranges if range_.following]
            places = sorted({segment.open.index for segment in [*granted.inits, *granted.segments, *shown]})
            self.assertEqual(
                self_made.prove(self_made.side_by_side(places), leaves, 0, len(leaves)), list(granted.part.proof))

        # What a host gets that adds the bodies.
        listed = statements.body_list(cbor.decode(unhex(case["body_list"]), cose.LIMIT))
        self.assertEqual(
            [(entry.clip, [(run.first, run.end) for run in entry.runs]) for entry in listed],
            [(clip.header.fields.clip, self_made.side_by_side(
                sorted(segment.open.index for segment in [*clip.inits, *clip.granted]))) for clip in opened.clips])

        revocation = read(unhex(case["revocation"]), "revocation")
        self.assertEqual((revocation.record.grant, revocation.signer), (terms.grant, opened_file.terms.signer))
        self.assertEqual(digest("revoked grant", terms.grant).hex(), case["revoked_digest"])
        consent = [unhex(case["terms"]), [[unhex(said["clip"]), [[0, 1, 3]]] for said in case["clips"]],
                   case["not_before"], unhex(case["revocation"])]
        self.assertEqual(statements.consent(consent).terms.id, T)
        for place, wrong in ((0, consent[3]), (1, []), (1, [[bytes(16), []]]), (1, [[bytes(16), [[0, 1, 4]]]]),
                             (1, [[bytes(16), [[0, 1, 0]]]]), (1, [[bytes(15), [[0, 1, 3]]]]), (2, -1),
                             (1, consent[1] * 129), (3, consent[0])):
            with self.assertRaises(Refused):
                statements.consent(consent[:place] + [wrong] + consent[place + 1:])

    def check_lock(self, case: dict, terms, plains: list[bytes]) -> None:
        """Everything that is drawn for a grant, drawn again out of one hedge."""
        lock, parties = case["lock"], case["parties"]
        unsalted = [cbor.encode([bytes(32), *cbor.decode(plain, grant.PART)[1:]]) for plain in plains]
        members = b"".join(unhex(party["expiry_key_id"]) + unhex(party["expiry_fingerprint"])
                           for party in parties["custodians"])
        context = b"".join([
            unhex(parties["request_id"]), unhex(parties["request_fingerprint"]), u8(case["threshold"]),
            u8(len(parties["custodians"])), members, u32(case["not_after"]), u16(len(plains)),
            *(digest("private part", plain) for plain in unsalted), u64(terms.not_before),
            *(u8(len(name)) + name.encode() for name in
              (terms.agency, terms.custody.group, *(member.custodian for member in terms.custody.members)))])
        prk = hedge(unhex(case["fresh"]), unhex(case["long_term"]))

        def drawn(purpose: str, call: int, length: int = 32) -> str:
            return hedged(prk, purpose, context, call, length).hex()

        self.assertEqual(hexes([context, prk]), [lock["context"], lock["prk"]])
        self.assertEqual([drawn("part salt", i) for i in range(len(plains))], lock["salts"])
        self.assertEqual([cbor.decode(plain, grant.PART)[0].hex() for plain in plains], lock["salts"])
        self.assertEqual([drawn("agency half", 0), drawn("custodian half", 0), drawn("grant signing key", 0)],
                         [lock["agency_half"], lock["custodian_half"], lock["grant_key_seed"]])
        self.assertEqual([drawn("coefficient", j) for j in range(1, case["threshold"])], lock["coefficients"])
        for i, wrap in enumerate([case["agency_wrap"], *case["custodian_wraps"]]):
            self.assertEqual(drawn("wrap", i, len(wrap["encapsulation"]) // 2), wrap["encapsulation"])
        for i, wrap in enumerate(case["custodian_wraps"]):
            value = bytes(32)
            for coefficient in map(unhex, [*reversed(lock["coefficients"]), lock["custodian_half"]]):
                value = bytes(shares.multiply(x, i + 1) ^ y for x, y in zip(value, coefficient))
            self.assertEqual(value.hex(), wrap["share"])

    def check_clip(self, clip: grant.OpenedClip, said: dict) -> None:
        def listed(segment: dict) -> bytes:
            return unhex(segment["header"] + segment["blake3"] if "header" in segment else
                         segment["open"] + segment["closed"])

        part = clip.part
        self.assertEqual(hexes([part.salt, part.header, part.manifest]),
                         [said[name] for name in ("salt", "header", "manifest")])
        for found, range_ in zip(part.ranges, said["ranges"], strict=True):
            self.assertEqual((found.first, found.end, found.layers, hexes(found.pictures), hexes(found.sound)),
                             tuple(range_[name] for name in ("from", "to", "layers", "pictures", "sound")))
            self.assertEqual(found.segments, b"".join(map(listed, range_["segments"])))
            self.assertEqual(found.following, range_["end"] and listed(range_["end"]))
        self.assertEqual([(init.seed.hex(), init.segment) for init in part.inits],
                         [(init["seed"], listed(init["segment"])) for init in said["inits"]])
        self.assertEqual(hexes(part.proof), said["proof"])

    def check_wrap(self, said: dict, to: PrivateKey, info: bytes, secret: bytes) -> None:
        wrap = unhex(said["wrap"])
        self.assertEqual(info.hex(), said["info"])
        self.assertEqual(to.unwrap(info, wrap), secret)
        self.assertEqual(crypto.wrap_digest(wrap).hex(), said["digest"])
        self.assertEqual(seal(to.public, info, unhex(said["encapsulation"]), secret), wrap)
