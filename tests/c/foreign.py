"""Drives the shared library as a foreign runtime does: python3 foreign.py LIBRARY."""

import ctypes
import gc
import os
import sys
import tempfile
import threading
from ctypes import (
    CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p,
)

footage = ctypes.CDLL(sys.argv[1])

OK, BUSY, LOCKED, IO = 0, 20, 34, 49
X25519 = 0x0020
VIDEO, EVERY_GROUP = 1, 0
STARTED = 1_790_000_000_000

READ = CFUNCTYPE(c_int32, c_void_p, c_uint64, POINTER(c_uint8), c_size_t, POINTER(c_size_t))
SIZE = CFUNCTYPE(c_int32, c_void_p, POINTER(c_uint64))


class Device(ctypes.Structure):
    _fields_ = [
        ("certificate", c_char_p), ("certificate_length", c_size_t), ("key", c_void_p),
        ("secret", c_char_p), ("secret_length", c_size_t), ("suite", c_uint8),
    ]


class Source(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("read", READ), ("size", SIZE)]


class Segment(ctypes.Structure):
    _fields_ = [
        ("start", c_uint64), ("duration", c_uint64), ("length", c_uint32), ("init", c_uint32),
        ("kind", c_uint8), ("layer", c_uint8), ("flags", c_uint8),
    ]


class OwnerList(ctypes.Structure):
    _fields_ = [
        field
        for name in ("household", "key", "recovery", "recovery_signer", "device")
        for field in ((name, c_char_p), (name + "_length", c_size_t))
    ]


class Clocks(ctypes.Structure):
    _fields_ = [("monotonic", c_uint64), ("wall", c_int64)]


class Piece(ctypes.Structure):
    _fields_ = [("start", c_uint64), ("end", c_uint64), ("content", c_void_p), ("content_length", c_size_t)]


class Group(ctypes.Structure):
    _fields_ = [
        ("picture_init", c_void_p), ("picture_init_length", c_size_t),
        ("sound_init", c_void_p), ("sound_init_length", c_size_t),
        ("pictures", POINTER(Piece)), ("pictures_count", c_size_t),
        ("sound", POINTER(Piece)), ("sound_samples", c_uint64), ("next", c_uint64),
    ]


BYTES = [c_char_p, c_size_t]
RESULT = [c_void_p, c_size_t, POINTER(c_size_t)]
PLACE = POINTER(c_void_p)

for name, arguments in {
    "last_error_message": RESULT,
    "signing_key_generate": [PLACE],
    "signing_key_save": [c_void_p, *RESULT],
    "signing_key_restore": [*BYTES, PLACE],
    "signing_key_public": [c_void_p, *RESULT],
    "owner_generate": [c_uint16, PLACE],
    "owner_public": [c_void_p, *RESULT],
    "certificate_request": [*BYTES, c_char_p, c_char_p, c_void_p, *RESULT],
    "certificate_sign": [*BYTES, c_char_p, c_char_p, *BYTES, c_int64, c_void_p, *RESULT],
    "store_directory_begin": [c_char_p, PLACE],
    "files_directory": [c_char_p, PLACE],
    "camera_begin": [POINTER(Device), *BYTES, c_void_p, c_void_p, PLACE],
    "owner_list_sign": [POINTER(OwnerList), c_void_p, *RESULT],
    "camera_start": [c_void_p, c_uint8, c_uint8, POINTER(Clocks), PLACE],
    "recording_clip": [c_void_p, *RESULT],
    "recording_group": [c_void_p, c_void_p, POINTER(Clocks), POINTER(Group)],
    "recording_finish": [c_void_p, c_void_p],
    "clip_open": [POINTER(Source), PLACE],
    "clip_unlock": [c_void_p, c_void_p],
    "clip_segment_info": [c_void_p, c_uint32, POINTER(Segment)],
    "clip_segment": [c_void_p, c_uint32, *RESULT],
}.items():
    function = getattr(footage, "footage_" + name)
    function.argtypes, function.restype = arguments, c_int


class Failed(Exception):
    def __init__(self, status):
        super().__init__(status, fetch("last_error_message", extra=1).decode())
        self.status = status


def call(name, *arguments):
    status = getattr(footage, "footage_" + name)(*arguments)
    if status != OK:
        raise Failed(status)


def fetch(name, *arguments, extra=0):
    """Asks how long a result is, and fetches it."""
    length = c_size_t()
    call(name, *arguments, None, 0, byref(length))
    room = length.value + extra
    buffer = ctypes.create_string_buffer(max(room, 1))
    call(name, *arguments, buffer, room, byref(length))
    return buffer.raw[: length.value]


class Handle:
    """Goes back when Python has no use for it any more, in whatever order that is."""

    def __init__(self, kind, make, *arguments):
        self.free = getattr(footage, f"footage_{kind}_free")
        self.free.argtypes, self.free.restype = [c_void_p], None
        place = c_void_p()
        call(make, *arguments, byref(place))
        self._as_parameter_ = place

    def __del__(self):
        if hasattr(self, "_as_parameter_"):
            self.free(self._as_parameter_)


def refused(status, function, *arguments):
    try:
        function(*arguments)
    except Failed as failed:
        assert failed.status == status, failed
        return failed.args[1]
    raise AssertionError(f"{function} should give {status}")


def key():
    made = Handle("signing_key", "signing_key_generate")
    secret = fetch("signing_key_save", made)
    again = Handle("signing_key", "signing_key_restore", secret, len(secret))
    assert fetch("signing_key_public", made) == fetch("signing_key_public", again)
    return made


def record(folder, owner, segments):
    """Records a clip, and returns its path."""
    maker, own = key(), key()
    public = fetch("signing_key_public", own)
    request = fetch("certificate_request", public, 16, b"acme", b"Doorbell", own)
    certificate = fetch("certificate_sign", public, 16, b"acme", b"Doorbell", request, len(request), STARTED, maker)
    device = Device(certificate, len(certificate), own._as_parameter_, bytes(range(32)), 32, 2)
    store = Handle("store", "store_directory_begin", os.path.join(folder, "state").encode())
    files = Handle("files", "files_directory", folder.encode())
    public = fetch("owner_public", owner)
    recovery = fetch("owner_public", Handle("owner", "owner_generate", X25519))
    signer = fetch("signing_key_public", key())
    parts = (bytes(16), public, recovery, signer, public)
    owners = OwnerList(*(field for part in parts for field in (part, len(part))))
    owners = fetch("owner_list_sign", byref(owners), key())
    camera = Handle("camera", "camera_begin", byref(device), owners, len(owners), store, files)
    clocks = Clocks(0, STARTED)
    recording = Handle("recording", "camera_start", camera, VIDEO, EVERY_GROUP, byref(clocks))
    clip = fetch("recording_clip", recording).hex()
    init = ctypes.create_string_buffer(segments[0], len(segments[0]))
    for second, content in enumerate(segments[1:]):
        mutable = ctypes.create_string_buffer(content, len(content))
        start, end = 1000 * second, 1000 * (second + 1)
        piece = Piece(start, end, ctypes.addressof(mutable), len(content))
        group = Group(pictures=ctypes.pointer(piece), pictures_count=1, next=end)
        if second == 0:
            group.picture_init, group.picture_init_length = ctypes.addressof(init), len(segments[0])
        clocks = Clocks(end, STARTED + end)
        call("recording_group", recording, camera, byref(clocks), byref(group))
        assert mutable.raw != content
    call("recording_finish", recording, camera)
    return os.path.join(folder, clip + ".footage")


def read(owner, stranger, path, segments):
    with open(path, "rb") as file:
        content = file.read()
    calls, fails = [], []

    @READ
    def read_at(user, offset, room, capacity, length):
        calls.append(offset)
        if fails:
            return 42
        if len(calls) > 1 and clip:
            assert footage.footage_clip_unlock(clip[0], owner) == BUSY
        piece = content[offset : offset + capacity]
        ctypes.memmove(room, piece, len(piece))
        length[0] = len(piece)
        return 0

    @SIZE
    def size(user, place):
        place[0] = len(content)
        return 0

    clip = []
    clip.append(Handle("clip", "clip_open", byref(Source(None, read_at, size))))
    refused(LOCKED, call, "clip_unlock", clip[0], stranger)
    call("clip_unlock", clip[0], owner)
    for index, expected in enumerate(segments):
        segment = Segment()
        call("clip_segment_info", clip[0], index, byref(segment))
        assert segment.length == len(expected) and segment.kind == min(index, 1)
        assert fetch("clip_segment", clip[0], index) == expected
    fails.append(True)
    assert "`read` returned 42" in refused(IO, fetch, "clip_segment", clip[0], 1)
    # The clip goes before its callbacks.
    clip.clear()


def story():
    owner = Handle("owner", "owner_generate", X25519)
    segments = [b"codec", *(bytes([index]) * 200_000 for index in range(1, 4))]
    with tempfile.TemporaryDirectory() as folder:
        path = record(folder, owner, segments)
        read(owner, Handle("owner", "owner_generate", X25519), path, segments)


footage.footage_version.restype = c_uint32
print("footage", ".".join(str(footage.footage_version() >> shift & 0xFF) for shift in (16, 8, 0)))
story()
failures = []
threading.excepthook = lambda failure: failures.append(failure.exc_value)
threads = [threading.Thread(target=story) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
gc.collect()
assert not failures, failures
