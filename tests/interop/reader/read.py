#!/usr/bin/env python3
"""Open a clip as its owner, or an excerpt as the agency, or verify evidence. Prints a summary in JSON, and writes the
content with --out.

    python read.py clip    CLIP    --owner KEY [--out FILE]
    python read.py excerpt EXCERPT --request KEY --one-time KEY --answers DIR [--trust FILE --log DIR] [--out FILE]
    python read.py evidence EVIDENCE --trust FILE [--out FILE]

KEY     JSON: {"kem": "x-wing" or "x25519", "secret": 64 hexadecimal digits}
--answers   a directory of *.cose
--trust     the trust roots, in the JSON of section 13
--log       a log as section 11.7 stores it: `checkpoint`, `tile/entries/` and, if they are there, `checkpoints/`

Without trust and log the answers are believed by their commitments alone, and neither anybody's standing nor the window
of the request is known.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from footage_reader import evidence as evidences
from footage_reader import excerpt as excerpts
from footage_reader.clip import CLOCKS, CONTENTS, ENDINGS, Clip, Header
from footage_reader.crypto import KEM_NAMES, PrivateKey
from footage_reader.errors import Refused, at, require
from footage_reader.grant import LAYER_NAMES, OpenedClip
from footage_reader.log import Log, TrustRoots
from footage_reader.segment import MEDIA
from footage_reader.statements import read

SUITE_NAMES = {1: "aes-256-gcm", 2: "chacha20-poly1305"}


def main() -> int:
    arguments = parse_arguments()
    try:
        summary = arguments.run(arguments)
    except (Refused, OSError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    print(json.dumps(summary, indent=2, ensure_ascii=False))
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reads footage clips and excerpts.")
    commands = parser.add_subparsers(required=True)
    clip = commands.add_parser("clip", help="open a clip as its owner")
    clip.add_argument("file", type=Path)
    clip.add_argument("--owner", type=Path, required=True)
    clip.add_argument("--out", type=Path)
    clip.set_defaults(run=read_clip)
    excerpt = commands.add_parser("excerpt", help="open an excerpt as the agency")
    excerpt.add_argument("file", type=Path)
    excerpt.add_argument("--request", type=Path, required=True)
    excerpt.add_argument("--one-time", type=Path, required=True)
    excerpt.add_argument("--answers", type=Path, required=True)
    excerpt.add_argument("--trust", type=Path)
    excerpt.add_argument("--log", type=Path)
    excerpt.add_argument("--out", type=Path)
    excerpt.set_defaults(run=read_excerpt)
    evidence = commands.add_parser("evidence", help="verify evidence with the trust roots alone")
    evidence.add_argument("file", type=Path)
    evidence.add_argument("--trust", type=Path, required=True)
    evidence.add_argument("--out", type=Path)
    evidence.set_defaults(run=read_evidence)
    arguments = parser.parse_args()
    if arguments.run is read_excerpt and bool(arguments.trust) != bool(arguments.log):
        parser.error("--trust and --log go together")
    return arguments


def read_clip(arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything of a clip, verified and decrypted with the household's key or the recovery key."""
    owner = load_key(arguments.owner)
    with at(str(arguments.file)), arguments.file.open("rb") as file:
        clip = Clip(file)
        secret = clip.unlock(owner)
        try:
            clip.check_hints()
            hints = "good"
        except Refused as wrong:
            hints = f"wrong: {wrong}"
        content = write(clip.contents(secret), arguments.out)
        return describe(clip.header, clip.manifest) | {
            "number": clip.owners.number, "owner_list": clip.owners.list.hex(),
            "count": clip.manifest.count, "heads": clip.heads, "hints": hints} | content


def read_excerpt(arguments: argparse.Namespace) -> dict[str, Any]:
    """An excerpt, opened in the order of section 10."""
    request_key, one_time = load_key(arguments.request), load_key(arguments.one_time)
    log = None
    if arguments.log:
        log = Log.open(arguments.log, load_trust(arguments.trust))
    with at(str(arguments.file)), arguments.file.open("rb") as file:
        excerpt = excerpts.Excerpt(file)
        window, releases = None, []
        if log:
            window, releases = excerpts.check_in_log(excerpt, log, request_key.public, one_time.public)
        a = excerpt.agency_half(request_key)
        shares, passed_over = collect_shares(excerpt, arguments.answers, one_time, log, releases)
        with at(f"answers passed over: {passed_over}") if passed_over else contextlib.nullcontext():
            c = excerpt.custodians_half(shares)
        opened = excerpt.unlock(a, c, window)
        runs = [(clip, run) for clip in opened.clips for run in clip.runs()]
        content = write((content for clip, run in runs for content in clip.run_contents(run)), arguments.out)

    members = excerpt.terms.record.custody.members
    return {
        "words": opened.words,
        "clips": [describe_granted(clip) | {"maker_approved": log and log.camera_approved(
            clip.header.fields.certificate, *log.before_release(excerpt.id))} for clip in opened.clips],
        "grant": excerpt.terms.record.grant.hex(), "terms": excerpt.id.hex(),
        "request": excerpt.terms.record.request.hex(), "agency": excerpt.terms.record.agency,
        "answers": [members[i].custodian for i in sorted(shares)],
        "passed_over": passed_over,
        "post_quantum": opened.post_quantum,
        "log": describe_log(log) if log else None,
    } | content


def read_evidence(arguments: argparse.Namespace) -> dict[str, Any]:
    """Evidence, verified in the order of section 18."""
    trust = load_trust(arguments.trust)
    with at(str(arguments.file)), arguments.file.open("rb") as file:
        evidence = evidences.Evidence(file, trust)
        runs = [(clip, run) for clip in evidence.clips for run in clip.runs()]
        content = write((content for clip, run in runs for content in clip.run_contents(run)), arguments.out)
    return {
        "words": evidence.words,
        "clips": [describe_granted(clip) | {
            "gaps": evidences.gaps(clip), "maker_approved": evidence.maker_approved(clip)} for clip in evidence.clips],
        "other_clips": evidence.other_clips,
        "terms": evidence.id.hex(), "request": evidence.request.statement.id.hex(),
        "release": evidence.release.statement.id.hex(), "agency": evidence.terms.record.agency,
        "agency_approved": evidence.agency_approved, "post_quantum": evidence.post_quantum,
        "as_of": evidence.log.checkpoint.not_before,
        "consent": "cannot be known", "deletion": "cannot be known",
    } | content


def describe_granted(clip: OpenedClip) -> dict[str, Any]:
    """What is known of a granted clip."""
    def media(segments: list) -> dict[str, int]:
        return {name: sum(segment.open.kind == MEDIA and segment.open.layer == layer for segment in segments)
                for layer, name in enumerate(LAYER_NAMES)}

    return describe(clip.header, clip.manifest) | {
        "ranges": [{"from": granted.first, "to": granted.end,
                    "layers": [LAYER_NAMES[layer] for layer in granted.layers]} for granted in clip.ranges],
        "runs": [{"from": run[0].open.index, "to": run[-1].open.index + 1} for run in clip.runs()],
        "inits": [init.open.index for init in clip.inits],
        "granted": media(clip.granted), "left_out": media(clip.left_out), "outside": clip.outside,
    }


def collect_shares(
    excerpt: excerpts.Excerpt, directory: Path, one_time: PrivateKey, log: Log | None, releases: list
) -> tuple[dict[int, bytes], dict[str, str]]:
    """The shares in the good answers, by their members' places; and why the other answers are not good."""
    shares: dict[int, bytes] = {}
    passed_over: dict[str, str] = {}
    for file in sorted(directory.glob("*.cose")):
        try:
            answer = read(file.read_bytes(), "answer")
            if log:
                excerpts.check_answer_in_log(answer, excerpt, log, releases)
            place, share = excerpts.share_of(excerpt, answer, one_time)
            shares.setdefault(place, share)
        except Refused as refused:
            passed_over[file.name] = str(refused)
    return shares, passed_over


def describe(header: Header, manifest: Any) -> dict[str, Any]:
    camera = header.fields.certificate.record.request.record
    return {
        "clip": header.fields.clip.hex(),
        "suite": SUITE_NAMES[header.fields.suite],
        "content": CONTENTS[header.fields.content],
        "clock": CLOCKS[header.fields.clock],
        "time": header.base(manifest),
        "camera": camera.camera.hex(),
        "maker": camera.maker,
        "ending": ENDINGS[manifest.end.how],
        "not_taken": {"tracks": manifest.end.tracks, "samples": manifest.end.samples},
    }


def describe_log(log: Log) -> dict[str, Any]:
    checkpoint = log.checkpoint
    return {
        "origin": log.trust.log.name,
        "size": checkpoint.size,
        "witnesses": checkpoint.witnesses,
        "not_before": checkpoint.not_before,
        "existed_by": checkpoint.existed_by,
    }


def write(contents: Iterable[bytes], out: Path | None) -> dict[str, Any]:
    """Digest the contents, and write them to a file that appears only when it is whole."""
    sha256, length = hashlib.sha256(), 0
    with whole_file(out) as file:
        for content in contents:
            sha256.update(content)
            length += len(content)
            if file:
                file.write(content)
    return {"bytes": length, "sha256": sha256.hexdigest()}


@contextlib.contextmanager
def whole_file(out: Path | None) -> Iterator[Any]:
    if out is None:
        yield None
        return
    part = out.with_name(out.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)


def load_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise Refused(f"no JSON ({error})") from None


def load_key(path: Path) -> PrivateKey:
    with at(str(path)):
        match load_json(path):
            case {"kem": str(kem), "secret": str(secret)} if kem in KEM_NAMES:
                require(re.fullmatch("[0-9a-fA-F]{64}", secret) is not None, "the secret is not 64 hexadecimal digits")
                return PrivateKey(KEM_NAMES[kem], bytes.fromhex(secret))
        raise Refused('not {"kem": "x-wing" or "x25519", "secret": hex}')


def load_trust(path: Path) -> TrustRoots:
    with at(str(path)):
        return TrustRoots.from_json(load_json(path))


if __name__ == "__main__":
    sys.exit(main())
