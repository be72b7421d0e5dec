#!/usr/bin/env python3
"""Searches small logs for what must never happen.

    python search.py [SCENE...] [--long] [--wrong]

Every history of a scene up to a depth is visited. --long goes deeper. --wrong breaks one rule after the other, and fails unless
each is found by its scene, or by `histories`, which are written by hand.
"""

import argparse
import sys
import time
import unittest
from concurrent.futures import ProcessPoolExecutor

import histories
from scenes import SCENES
from town import Scene, Town
from wrong import WRONG


class Result:
    def __init__(self, scene: Scene) -> None:
        self.scene, self.states = scene, 0
        self.found: dict[str, tuple[int, str]] = {}     # what happened: in how many entries, and how

    def add(self, what: str, town: Town) -> None:
        if what not in self.found or town.size < self.found[what][0]:
            self.found[what] = (town.size, town.text())


def search(scene: Scene, depth: int, until_found: bool = False) -> Result:
    result = Result(scene)

    def visit(town: Town, left: int) -> bool:
        for after in scene.moves(town):
            result.states += 1
            for what in scene.check(after, town):
                result.add(what, after)
                if until_found:
                    return True
            if left > 1 and visit(after, left - 1):
                return True
        return False

    visit(scene.start(), depth)
    return result


def right(name: str, long: bool) -> tuple[str, int, float, dict[str, tuple[int, str]]]:
    scene, began = SCENES[name]({}), time.monotonic()
    result = search(scene, scene.depths[long])
    return name, result.states, time.monotonic() - began, result.found


def wrong(name: str) -> tuple[str, int, float, str | None]:
    rule, began = WRONG[name], time.monotonic()
    if rule.scene == "histories":
        histories.ROOMS = rule.rooms
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromModule(histories).run(result)
        failed = [test.id().rpartition(".")[2] for test, _ in result.failures + result.errors]
        return name, result.testsRun, time.monotonic() - began, ", ".join(failed) or None
    scene = SCENES[rule.scene](rule.rooms)
    result = search(scene, rule.depth or scene.depths[False], until_found=True)
    return name, result.states, time.monotonic() - began, next(iter(result.found), None)


def main() -> int:
    parser = argparse.ArgumentParser(description="Searches small logs for what must never happen.")
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--long", action="store_true", help="go deeper")
    parser.add_argument("--wrong", action="store_true", help="break one rule after the other")
    arguments = parser.parse_args()
    names, failed, states = arguments.scenes or list(SCENES), False, 0
    with ProcessPoolExecutor() as pool:
        if not arguments.wrong:
            for name, visited, seconds, found in pool.map(right, names, [arguments.long] * len(names)):
                states += visited
                print(f"{name}: {visited} states, {seconds:.0f} s", flush=True)
                for what, (_, text) in sorted(found.items()):
                    failed = True
                    print(f"  VIOLATION: {what}\n      {text}")
        else:
            names = arguments.scenes or [*SCENES, "histories"]
            chosen = [name for name, rule in WRONG.items() if rule.scene in names]
            for name, visited, seconds, found in pool.map(wrong, chosen):
                states += visited
                failed |= found is None
                print(f"{name}: {'NOT FOUND' if found is None else found} ({visited} states, {seconds:.0f} s)", flush=True)
    print(f"{states} states visited")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
