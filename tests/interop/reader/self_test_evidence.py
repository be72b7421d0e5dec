"""Tests against the vectors of evidence, which the crate made. `self_test.py` runs them."""

import copy
import io
import unittest

from footage_reader.errors import Refused
from footage_reader.evidence import Evidence, gaps
from footage_reader.grant import LAYER_NAMES
from footage_reader.log import TrustRoots
from footage_reader.segment import MEDIA
from self_test_vectors import unhex, vectors


class Evidences(unittest.TestCase):
    def test_evidence(self) -> None:
        for case in vectors("evidence")["cases"]:
            with self.subTest(case["kem"]):
                self.check(case)

    def check(self, case: dict) -> None:
        trust = TrustRoots.from_json(case["trust"])
        evidence = Evidence(io.BytesIO(unhex(case["evidence"])), trust)
        self.assertEqual(
            (evidence.request.statement.id.hex(), evidence.release.statement.id.hex(), evidence.words,
             evidence.agency_approved, evidence.post_quantum, evidence.other_clips,
             evidence.log.checkpoint.not_before, evidence.log.checkpoint.existed_by),
            (case["request_id"], case["release_id"], case["words"], case["agency_approved"], case["post_quantum"],
             case["other_clips"], case["as_of"], case["existed_by"]))
        self.assertEqual(len(evidence.clips), len(case["clips"]))
        for clip, said in zip(evidence.clips, case["clips"]):
            count = lambda segments: {
                name: sum(s.open.kind == MEDIA and s.open.layer == layer for s in segments)
                for layer, name in enumerate(LAYER_NAMES)}
            self.assertEqual(
                {"clip": clip.header.fields.clip.hex(), "granted": count(clip.granted), "left_out": count(clip.left_out),
                 "outside": clip.outside, "gaps": gaps(clip), "maker_approved": evidence.maker_approved(clip)}, said)
        contents = [content for clip in evidence.clips for run in clip.runs() for content in clip.run_contents(run)]
        self.assertEqual([content.hex() for content in contents], [said["content"] for said in case["segments"]])

        offset = 20
        for said in case["frames"]:
            self.assertEqual(chr(unhex(case["evidence"])[offset]), said["kind"])
            self.assertEqual(said["offset"], offset)
            offset += 5 + said["length"]

        # Altered anywhere, cut off, and under other roots.
        whole = unhex(case["evidence"])
        for at in range(0, len(whole), 79):
            spoilt = bytearray(whole)
            spoilt[at] ^= 1
            with self.assertRaises(Refused, msg=f"byte {at}"):
                self.read(bytes(spoilt), trust)
        for length in range(0, len(whole), 499):
            with self.assertRaises(Refused, msg=f"{length} bytes"):
                self.read(whole[:length], trust)
        other = copy.deepcopy(case["trust"])
        other["log"]["witnesses"][0]["key"], other["log"]["key"] = other["log"]["key"], other["log"]["witnesses"][0]["key"]
        with self.assertRaises(Refused):
            self.read(whole, TrustRoots.from_json(other))

    def read(self, data: bytes, trust: TrustRoots) -> None:
        for clip in Evidence(io.BytesIO(data), trust).clips:
            for run in clip.runs():
                for _ in clip.run_contents(run):
                    pass
