"""Frames: one byte of kind, four of length, the payload (section 5.1). Clip and excerpt are made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from .errors import at, require

HEAD = 5


@dataclass(frozen=True)
class Frame:
    """A frame's place. Its payload stays in the file until it is asked for."""

    kind: str
    offset: int                 # of the frame
    length: int                 # of the payload

    @property
    def end(self) -> int:
        return self.offset + HEAD + self.length

    def __str__(self) -> str:
        return f"frame {self.kind!r} at byte {self.offset}"


class FramedFile:
    """A file of frames behind a magic. Nothing is read that the file is too short to hold."""

    def __init__(self, file: BinaryIO, magic: bytes) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        require(self.size >= len(magic) and self._read(0, len(magic)) == magic, f"does not begin with {magic!r}")
        self.start = len(magic)

    def frame_at(self, offset: int, limits: Mapping[str, int]) -> Frame:
        """The frame at an offset, which must be one of the kinds in `limits` and keep its limit."""
        with at(f"frame at byte {offset}"):
            require(0 <= offset and offset + HEAD <= self.size, "the file ends")
            head = self._read(offset, HEAD)
            frame = Frame(chr(head[0]), offset, int.from_bytes(head[1:], "big"))
            require(frame.kind in limits, f"kind {frame.kind!r} may not stand here, only {', '.join(limits)}")
            require(frame.length <= limits[frame.kind], f"{frame.length} bytes, more than {limits[frame.kind]}")
            require(frame.end <= self.size, "the file ends inside")
        return frame

    def payload(self, frame: Frame) -> bytes:
        return self._read(frame.offset + HEAD, frame.length)

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(length)
        require(len(data) == length, f"the file ends at byte {offset + len(data)}")
        return data
