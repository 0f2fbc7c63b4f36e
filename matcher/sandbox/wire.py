"""
What crosses the border of the sandbox: frames, and outcomes that are read without trusting who wrote them.

    | length, 8 bytes, big-endian | payload |

A payload is a task, `READY`, `STARTED`, an outcome or, before the outcome, the share of the task that is done.

Invariant: a worker that was taken over by a crafted file can lie about its result, and do nothing else to the process
that reads it: an outcome names classes out of a short list, and none of them does anything when it is built.
"""

import dataclasses
import enum
import io
import pickle
import socket
import struct

from matcher.errors import MatcherError

READY = b"ready"
STARTED = b"started"
_SHARE = b"share "
MAX_OUTCOME_BYTES = 256 * 2**20

_HEADER_BYTES = 8
_ROOM = "matcher."
_NUMPY = {("numpy", "dtype"), ("numpy", "ndarray"), ("numpy._core.multiarray", "_reconstruct")}


class ClosedError(Exception):
    """The other end closed the socket, or broke the protocol. Stays inside the sandbox."""


def write_frame(connection: socket.socket, payload: bytes) -> None:
    """Send one payload, whole."""
    connection.sendall(len(payload).to_bytes(_HEADER_BYTES, "big"))
    connection.sendall(payload)


def read_frame(connection: socket.socket, *, max_bytes: int | None = None) -> bytes:
    """
    Receive one payload, whole.

    Raises:
        ClosedError: If the other end closed, or announces more than `max_bytes`.
        OSError: If the connection broke.
        TimeoutError: If the socket has a timeout and it passed.
    """
    size = int.from_bytes(_read(connection, _HEADER_BYTES), "big")
    if max_bytes is not None and size > max_bytes:
        raise ClosedError(f"a frame of {size:,} bytes; the limit is {max_bytes:,}")
    return bytes(_read(connection, size))


def write_share(connection: socket.socket, share: float) -> None:
    """Send the share (0..1) of a task that is done."""
    write_frame(connection, _SHARE + struct.pack(">d", share))


def read_share(payload: bytes) -> float | None:
    """
    Return the share (0..1) of a task that is done, or None if the payload is something else.

    Raises:
        ClosedError: If it is not a share of anything.
    """
    if not payload.startswith(_SHARE):
        return None
    if len(payload) != len(_SHARE) + 8:
        raise ClosedError(f"a share of {len(payload) - len(_SHARE)} bytes instead of 8")
    share: float = struct.unpack(">d", payload[len(_SHARE) :])[0]
    if not 0 <= share <= 1:
        raise ClosedError(f"a share of {share!r}, which is not in 0..1")
    return share


def read_outcome(payload: bytes) -> object:
    """
    Rebuild what a worker sent.

    Raises:
        pickle.UnpicklingError: If it names anything but plain values, arrays and dataclasses, enums and errors of the
            matcher.
    """
    return _OutcomeReader(io.BytesIO(payload)).load()


def _read(connection: socket.socket, size: int) -> bytearray:
    payload = bytearray(size)
    view = memoryview(payload)
    while view:
        received = connection.recv_into(view)
        if received == 0:
            raise ClosedError("the other end closed")
        view = view[received:]
    return payload


class _OutcomeReader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _NUMPY:
            return super().find_class(module, name)
        # A dotted name would reach through a module into what that module imported.
        if module.startswith(_ROOM) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module and _is_plain(found):
                return found
        raise pickle.UnpicklingError(f"a worker may not send {module}.{name}")


def _is_plain(found: type) -> bool:
    return dataclasses.is_dataclass(found) or issubclass(found, (enum.Enum, MatcherError))
