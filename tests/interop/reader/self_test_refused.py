"""Tests against `tests/vectors/refused.json`: clips, excerpts, halves and answers whose signatures are all valid, of which one
thing is wrong. Each is refused by the step that the vector names.

`self_test.py` runs them.
"""

import io
import unittest
from collections.abc import Callable
from typing import Any

from footage_reader import clip as clips
from footage_reader import excerpt
from footage_reader.crypto import KEM_NAMES, PrivateKey
from footage_reader.errors import Refused
from footage_reader.statements import Window, parse
from self_test_vectors import unhex, vectors

# What the reader says at each step.
CLIPS = {
    "5.7: 1": r"^(header|owners): ",
    "5.7: 2 S": r"^frame 'S' at ",
    "5.7: 2 D": r"^frame 'D' at |kind 'F' may not stand here",
    "5.7: wrap": r"^owners: .*wrap does not open",
    "5.7: check value": r"wrong key",
    "5.7: commitment": r"the segment commits to",
    "5.7: tag": r"the tag does not fit",
}
EXCERPTS = {
    "9: 2": r"^terms: not signed",
    "9: 3": r"^envelope: (not signed by the key of the grant|of other terms)",
    "9: 4": r"^envelope: another part",
    "9: 5": r"^envelope: other bodies",
    "9: 6": r"^envelope: .*wrap",
    "10: 6": r"^part \d+: the tag",
    "10: 7": r"^parts: not what the terms name|in another order, or one twice",
    "10: 8": r"^part 1: header",
    "10: 9": r"^part 1: (head|its head)",
    "10: 10": r"^part 1: (ranges|inits|segment|an init)",
    "10: 11": r"^part 1: .*root",
    "10: 12": r"seeds for a cover|bodies for",
    "10: 13": r"^part 1: segment \d+, .*body",
}


class RefusedVectors(unittest.TestCase):
    def each(self, kind: str, read: Callable[[Any], Any], says: dict[str, str]) -> None:
        given = vectors("refused")[kind]
        self.assertTrue(given)
        for vector in given:
            with self.subTest(vector["name"]), self.assertRaisesRegex(Refused, says[vector["step"]]):
                read(vector)

    def key(self, given: dict) -> PrivateKey:
        return PrivateKey(KEM_NAMES[given["kem"]], unhex(given["private"]))

    def test_clips(self) -> None:
        def read(vector: dict) -> None:
            clip = clips.Clip(io.BytesIO(unhex(vector["file"])))
            list(clip.contents(clip.unlock(self.key(vector["owner"]))))

        self.each("clips", read, CLIPS)

    def test_excerpts(self) -> None:
        def read(vector: dict) -> None:
            taken_in = excerpt.Excerpt(io.BytesIO(unhex(vector["excerpt"])))
            halves = unhex(vector["agency_half"]), unhex(vector["custodian_half"])
            for clip in taken_in.unlock(*halves, Window(*vector["window"])).clips:
                list(clip.contents())

        self.each("excerpts", read, EXCERPTS)

    def test_halves(self) -> None:
        def read(vector: dict) -> None:
            excerpt.Excerpt(io.BytesIO(unhex(vector["excerpt"]))).agency_half(self.key(vector["request"]))

        self.each("halves", read, {"10: 2": r"^agency's half: "})

    def test_answers(self) -> None:
        """An answer that is no good is passed over: then there are too few."""
        def read(vector: dict) -> None:
            taken_in = excerpt.Excerpt(io.BytesIO(unhex(vector["excerpt"])))
            found, passed_over = {}, 0
            for given in vector["answers"]:
                answer = parse(unhex(given), "answer")
                answer.verify()
                try:
                    place, share = excerpt.share_of(taken_in, answer, self.key(vector["one_time"]))
                except Refused:
                    passed_over += 1
                    continue
                found[place] = share
            self.assertEqual(passed_over, 1 if vector["step"] == "10: 3" else 0)
            taken_in.custodians_half(found)

        self.each("answers", read, {
            "10: 3": "1 good answers, 2 needed", "10: 4": "1 good answers, 2 needed",
            "10: 5": "custodians' half: not what the terms commit to"})
