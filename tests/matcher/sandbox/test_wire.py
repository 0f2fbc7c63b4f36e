"""What a taken-over worker may say to the server: lies, and nothing else."""

import importlib
import operator
import pickle
import socket
import subprocess

import numpy as np
import pytest

from matcher.errors import UndecodableError
from matcher.hashing.pictures import hash_media
from matcher.reading.decode import Limits
from matcher.sandbox.wire import ClosedError, read_frame, read_outcome, write_frame
from tests.pictures import photo_bytes


def named(module: str, name: str) -> bytes:
    """Return a pickle that is one name, as a worker may send it; a real one, or its refusal would say nothing."""
    assert operator.attrgetter(name)(importlib.import_module(module)) is not None
    return b"\x80\x04" + b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name)) + b"\x93."


class Attack:
    """Pickles as a call."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "payload",
    [
        pickle.dumps(Attack(subprocess.Popen, ["true"])),
        pickle.dumps(Attack(eval, "1")),
        b"cmatcher.sandbox.pool\nsubprocess\n.",  # as the first protocol wrote it
        named("matcher.sandbox.pool", "subprocess"),
        named("matcher.sandbox.pool", "subprocess.Popen"),
        named("matcher.sandbox.pool", "Path"),
        named("matcher.sandbox.pool", "Sandbox"),
        named("matcher.sandbox.pool", "Bounds.__init__"),
        named("matcher.sandbox.worker", "main"),
        named("matcher.hashing.pictures", "hash_media"),
        named("numpy", "load"),
        b"cmatcherless\nthing\n.",
    ],
)
def test_outcome_that_names_anything_dangerous_is_refused(payload: bytes):
    """Reading a pickle is running it; only building plain data is allowed here."""
    with pytest.raises(pickle.UnpicklingError, match="may not send"):
        read_outcome(payload)


def test_honest_outcomes_are_read():
    """Results and errors of this room pass."""
    hashed = hash_media(photo_bytes(1), limits=Limits(), preview_side_px=64)
    assert read_outcome(pickle.dumps(hashed)).signals == hashed.signals
    assert str(read_outcome(pickle.dumps(UndecodableError("half a file")))) == "half a file"
    assert np.array_equal(read_outcome(pickle.dumps(np.arange(9).reshape(3, 3))), np.arange(9).reshape(3, 3))


def test_frames_arrive_whole():
    """A socket delivers in pieces of its own choosing."""
    here, there = socket.socketpair()
    with here, there:
        write_frame(here, b"")
        write_frame(here, b"x" * 50_000)
        assert read_frame(there) == b""
        assert read_frame(there) == b"x" * 50_000
        here.close()
        with pytest.raises(ClosedError):
            read_frame(there)


def test_frame_that_announces_too_much_is_refused():
    """A lie about a length must not make the server allocate it."""
    here, there = socket.socketpair()
    with here, there:
        here.sendall((2**62).to_bytes(8, "big"))
        with pytest.raises(ClosedError, match="the limit is 100"):
            read_frame(there, max_bytes=100)
