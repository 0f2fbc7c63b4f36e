"""What a taken-over worker may say to the server: lies, and nothing else."""

import socket

import pytest

from matcher.sandbox.wire import ClosedError, read_frame, write_frame


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
