"""What `.ci/matrix` and `.ci/browsers` share: ffmpeg, the example `doorstep`, and how cells are run through and counted."""
import subprocess
from pathlib import Path
from typing import Callable, Iterable, Tuple


class Wrong(Exception):
    """What is wrong with a cell."""


class NotMade(Exception):
    """Why ffmpeg cannot make a cell."""


def ffmpeg(*arguments) -> None:
    run = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], capture_output=True, text=True)
    if run.returncode:
        raise NotMade(run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "ffmpeg failed")


def decodes(path: Path) -> str:
    """What ffmpeg says when it decodes a file: nothing, if all is well."""
    run = subprocess.run(["ffmpeg", "-nostdin", "-v", "warning", "-i", path, "-f", "null", "-"], capture_output=True, text=True)
    return run.stderr.strip() or ("ffmpeg failed" if run.returncode else "")


def open_part(doorstep: Path, recording: Path, out: Path, *arguments) -> Path:
    """Seals a recording, grants its middle third if the arguments name no other part, and returns what the agency opens."""
    run = subprocess.run([doorstep, "--video", recording, "--out", out, *arguments], capture_output=True, text=True)
    if run.returncode:
        raise Wrong((run.stderr.strip() or run.stdout.strip()).splitlines()[-1])
    return out / "opened.mp4"


def check_each(cells: Iterable[Tuple[str, ...]], check: Callable[..., str]) -> Tuple[int, int]:
    """Checks each cell, says what was found, and returns how many are wrong and how many ffmpeg cannot make."""
    right, wrong, not_made = 0, 0, []
    for cell in cells:
        name = " ".join(cell)
        try:
            print(f"{name}: {check(*cell)}", flush=True)
            right += 1
        except NotMade as why:
            not_made.append(f"{name}: {why}")
        except Wrong as what:
            wrong += 1
            print(f"{name}: WRONG: {what}", flush=True)
    for name in not_made:
        print(f"ffmpeg cannot make {name}")
    print(f"{right} cells are right, {wrong} are wrong, {len(not_made)} cannot be made")
    return wrong, len(not_made)
