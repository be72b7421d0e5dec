"""Drives the shared library as a foreign runtime does: python3 foreign.py LIBRARY."""

import ctypes
import gc
import json
import sys
import threading
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

footage = ctypes.CDLL(sys.argv[1])

OK, WANT, UNSAVED, BUSY, LOCKED = 0, 1, 2, 20, 34
OVERHEAD, X25519 = 48 << 10, 0x0020
STARTED = 1_790_000_000_000


class Segment(ctypes.Structure):
    _fields_ = [("start", c_uint64), ("duration", c_uint64), ("length", c_uint32), ("init", c_uint32), ("kind", c_uint8)]


BYTES = [c_char_p, c_size_t]
RESULT = [c_void_p, c_size_t, POINTER(c_size_t)]
PLACE = POINTER(c_void_p)
PROGRESS = ctypes.CFUNCTYPE(None, c_void_p, c_uint64)

for name, arguments in {
    "last_error_message": RESULT,
    "signing_key_generate": [PLACE],
    "signing_key_save": [c_void_p, *RESULT],
    "signing_key_restore": [*BYTES, PLACE],
    "signing_key_public": [c_void_p, *RESULT],
    "owner_generate": [c_uint16, PLACE],
    "owner_public": [c_void_p, *RESULT],
    "certificate_sign": [c_char_p, c_void_p, *RESULT],
    "camera_new": [*BYTES, c_void_p, *BYTES, c_uint8, *BYTES, PLACE],
    "camera_save": [c_void_p, *RESULT],
    "recording_new": [
        c_void_p, POINTER(c_char_p), POINTER(c_size_t), c_size_t, c_int64, c_uint8, *RESULT, PLACE,
    ],
    "recording_init": [c_void_p, c_void_p, c_size_t, *RESULT],
    "recording_media": [c_void_p, c_uint64, c_uint64, c_void_p, c_size_t, *RESULT],
    "recording_finish": [c_void_p, *RESULT],
    "stream_new_input": [c_uint64, PLACE],
    "stream_new_output": [PLACE],
    "stream_wanted": [c_void_p, POINTER(c_uint64), POINTER(c_size_t)],
    "stream_feed": [c_void_p, *BYTES],
    "stream_take": [c_void_p, *RESULT],
    "stream_on_progress": [c_void_p, PROGRESS, c_void_p],
    "clip_new": [c_void_p, PLACE],
    "clip_open": [c_void_p],
    "clip_unlock": [c_void_p, c_void_p],
    "clip_info": [c_void_p, *RESULT],
    "clip_segment_info": [c_void_p, c_uint32, POINTER(Segment)],
    "clip_segment": [c_void_p, c_uint32, c_void_p],
}.items():
    function = getattr(footage, "footage_" + name)
    function.argtypes, function.restype = arguments, c_int


class Failed(Exception):
    def __init__(self, status):
        super().__init__(status, result(footage.footage_last_error_message, extra=1).decode())
        self.status = status


def call(name, *arguments):
    status = getattr(footage, "footage_" + name)(*arguments)
    if status != OK:
        raise Failed(status)


def result(function, *arguments, room=None, extra=0):
    """Asks how long a result is, and fetches it; with `room`, only fetches it."""
    length = c_size_t()
    if room is None:
        status = function(*arguments, None, 0, byref(length))
        if status != OK:
            raise Failed(status)
        room = length.value + extra
    buffer = ctypes.create_string_buffer(max(room, 1))
    status = function(*arguments, buffer, room, byref(length))
    if status != OK:
        raise Failed(status)
    return buffer.raw[: length.value]


def fetch(name, *arguments, room=None):
    return result(getattr(footage, "footage_" + name), *arguments, room=room)


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
        return
    raise AssertionError(f"{function} should give {status}")


def keys():
    key = Handle("signing_key", "signing_key_generate")
    secret = fetch("signing_key_save", key)
    again = Handle("signing_key", "signing_key_restore", secret, len(secret))
    assert fetch("signing_key_public", key) == fetch("signing_key_public", again)
    return key


def record(owner, segments):
    maker, own = keys(), keys()
    certificate = json.dumps({
        "camera": bytes(range(16)).hex(),
        "maker": "acme",
        "model": "Doorbell",
        "key": fetch("signing_key_public", own).hex(),
        "issued": STARTED,
    })
    certificate = fetch("certificate_sign", certificate.encode(), maker)
    device = bytes(range(32))
    camera = Handle("camera", "camera_new", certificate, len(certificate), own, device, 32, 2, b"", 0)
    public = fetch("owner_public", owner)
    owners, lengths = (c_char_p * 1)(public), (c_size_t * 1)(len(public))
    written, buffer, length = bytearray(), ctypes.create_string_buffer(OVERHEAD), c_size_t()
    beginning = (camera, owners, lengths, 1, STARTED, 0, buffer, OVERHEAD, byref(length))
    refused(UNSAVED, lambda: Handle("recording", "recording_new", *beginning))
    fetch("camera_save", camera)
    recording = Handle("recording", "recording_new", *beginning)
    written += buffer.raw[: length.value]
    for index, content in enumerate(segments):
        mutable = ctypes.create_string_buffer(content, len(content))
        room = len(content) + OVERHEAD
        if index == 0:
            written += fetch("recording_init", recording, mutable, len(content), room=room)
        else:
            start = 1000 * (index - 1)
            written += fetch("recording_media", recording, start, 1000, mutable, len(content), room=room)
        assert mutable.raw != content
    refused(UNSAVED, lambda: fetch("recording_finish", recording, room=OVERHEAD))
    fetch("camera_save", camera)
    written += fetch("recording_finish", recording, room=OVERHEAD)
    return bytes(written)


def served(name, *arguments, file, source, sink=None):
    """Makes a call until it is done, and gives what went into the sink."""
    taken = bytearray()
    while True:
        status = getattr(footage, "footage_" + name)(*arguments)
        if status not in (OK, WANT):
            raise Failed(status)
        if sink is not None:
            taken += fetch("stream_take", sink)
        if status == OK:
            return bytes(taken)
        offset, length = c_uint64(), c_size_t()
        call("stream_wanted", source, byref(offset), byref(length))
        if length.value:
            piece = file[offset.value : offset.value + length.value]
            call("stream_feed", source, piece, len(piece))


def read(owner, stranger, file, segments):
    source = Handle("stream", "stream_new_input", len(file))
    sink = Handle("stream", "stream_new_output")
    moved = []

    @PROGRESS
    def progress(context, count):
        moved.append(count)
        assert footage.footage_stream_feed(source, b"", 0) == BUSY

    call("stream_on_progress", source, progress, None)
    clip = Handle("clip", "clip_new", source)
    served("clip_open", clip, file=file, source=source)
    refused(LOCKED, call, "clip_unlock", clip, stranger)
    call("clip_unlock", clip, owner)
    info = json.loads(fetch("clip_info", clip))
    assert info["count"] == len(segments) and info["ending"] == "finished" and info["started"] == STARTED, info
    for index, content in enumerate(segments):
        segment = Segment()
        served("clip_segment_info", clip, index, byref(segment), file=file, source=source)
        assert segment.length == len(content) and segment.kind == min(index, 1)
        assert served("clip_segment", clip, index, sink, file=file, source=source, sink=sink) == content
    assert moved and moved == sorted(moved)
    # Left in the middle of a call, and freed by whoever comes first.
    assert footage.footage_clip_segment(clip, 1, Handle("stream", "stream_new_output")) == WANT


def story():
    owner = Handle("owner", "owner_generate", X25519)
    segments = [b"codec", *(bytes([index]) * 200_000 for index in range(1, 4))]
    file = record(owner, segments)
    read(owner, Handle("owner", "owner_generate", X25519), file, segments)


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
