"""
What crosses the border of the sandbox: frames.

    | length, 8 bytes, big-endian | payload |

A payload is the setup, what walls a worker raised, a task, `STARTED`, an answer (`sandbox/answers/`) or, before the
answer, the share of the task that is done. Files that a task names travel beside it as descriptors.

Invariant: what the server sends is pickled, and what a worker sends never is.
"""

import io
import json
import os
import pickle
import socket
import stat
import struct
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from matcher.errors import UnsupportedFormatError
from matcher.reading.files import OpenFile
from matcher.sandbox.walls import Walls

if TYPE_CHECKING:  # behind the first wall
    from matcher.signals.base import SignalType

STARTED = b"started"
_SHARE = b"share "

_HEADER_BYTES = 8
_READY_BYTES = 2**16
_MOST_FILES = 8


class ClosedError(Exception):
    """The other end closed the socket, or broke the protocol. Stays inside the sandbox."""


class Setup(NamedTuple):
    """
    What a worker is told before anything else.

    Args:
        module: What most tasks need: loaded with its codecs before the first, so that none waits for them.

        types: The signal types that are taken of pictures.

        memory_bytes: Address space a task may use beyond what the idle process uses.

        cpu_s: CPU seconds of one task.

        wall_s: Seconds of one task; the parent stops waiting earlier.
    """

    module: str
    types: "tuple[SignalType, ...]"
    memory_bytes: int
    cpu_s: int
    wall_s: int


class Task(NamedTuple):
    """
    A call to be made in a worker, packed.

    Args:
        payload: To be read by `task_of`.

        descriptors: Of the files it names.

        size_bytes: Of the first of them; 0 where it names none.
    """

    payload: bytes
    descriptors: tuple[int, ...] = ()
    size_bytes: int = 0


class Call(NamedTuple):
    """
    A call to be made in a worker.

    Args:
        function: Importable by name.

        args: Its arguments.

        kwargs: Its keyword arguments.
    """

    function: Callable[..., object]
    args: Sequence[object]
    kwargs: dict[str, Any]


def packed(call: Call, *, reports: bool, files: ExitStack) -> Task:
    """
    Pack a call. Every path among its arguments is opened here: a worker can open nothing.

    Args:
        call: The call.

        reports: Whether it is given a `progress` to call.

        files: Closes the files after the call.

    Raises:
        OSError: If one of them cannot be read.
        UnsupportedFormatError: If one of them is no regular file.
    """
    buffer = io.BytesIO()
    packer = _TaskWriter(buffer, files)
    packer.dump((call.function, tuple(call.args), call.kwargs, reports))
    return Task(buffer.getvalue(), tuple(packer.descriptors), next(iter(packer.sizes), 0))


def task_of(
    payload: bytes, descriptors: Sequence[int]
) -> tuple[Callable[..., object], list[Any], dict[str, Any], bool]:
    """Unpack a call: what `packed` was given, with open files in the place of paths."""
    function, args, kwargs, reports = _TaskReader(io.BytesIO(payload), descriptors).load()
    return function, args, kwargs, reports


def write_task(connection: socket.socket, task: Task) -> None:
    """Send a task, and the descriptors beside it."""
    header = len(task.payload).to_bytes(_HEADER_BYTES, "big")
    sent = socket.send_fds(connection, [header], list(task.descriptors)) if task.descriptors else 0
    connection.sendall(header[sent:])
    connection.sendall(task.payload)


def read_task(connection: socket.socket) -> tuple[bytes, list[int]]:
    """
    Receive a task, and the descriptors beside it.

    Raises:
        ClosedError: If the other end closed.
    """
    header, descriptors, flags, _ = socket.recv_fds(connection, _HEADER_BYTES, _MOST_FILES)
    if not header or flags & socket.MSG_CTRUNC:
        raise ClosedError("the other end closed, or there is no room for another descriptor")
    header += _read(connection, _HEADER_BYTES - len(header))
    return bytes(_read(connection, int.from_bytes(header, "big"))), descriptors


def write_ready(connection: socket.socket, walls: Walls) -> None:
    """Say that a worker waits for tasks, and behind which walls."""
    write_frame(connection, json.dumps([walls.layers, dict(walls.missing)]).encode())


def read_ready(connection: socket.socket) -> Walls:
    """
    Wait until a worker is ready. It has met no stranger's file so far.

    Raises:
        ClosedError: If it ended, or sent anything else.
        OSError: If the connection broke.
    """
    try:
        layers, missing = json.loads(read_frame(connection, max_bytes=_READY_BYTES))
    except ValueError as error:
        raise ClosedError("no list of walls came") from error
    return Walls(tuple(layers), missing)


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


def _read(connection: socket.socket, size: int) -> bytearray:
    payload = bytearray(size)
    view = memoryview(payload)
    while view:
        received = connection.recv_into(view)
        if received == 0:
            raise ClosedError("the other end closed")
        view = view[received:]
    return payload


class _TaskWriter(pickle.Pickler):
    def __init__(self, buffer: io.BytesIO, files: ExitStack) -> None:
        super().__init__(buffer, pickle.HIGHEST_PROTOCOL)
        self._files = files
        self.descriptors: list[int] = []
        self.sizes: list[int] = []

    def persistent_id(self, obj: object) -> tuple[int, int] | None:
        if not isinstance(obj, Path):
            return None
        # A pipe that nobody writes to must not hold the server up.
        descriptor = os.open(obj, os.O_RDONLY | os.O_NONBLOCK)
        self._files.callback(os.close, descriptor)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnsupportedFormatError(f"{obj.name} is no regular file; send the bytes of a picture or a video")
        self.descriptors.append(descriptor)
        self.sizes.append(status.st_size)
        return len(self.descriptors) - 1, status.st_size


class _TaskReader(pickle.Unpickler):
    def __init__(self, buffer: io.BytesIO, descriptors: Sequence[int]) -> None:
        super().__init__(buffer)
        self._descriptors = descriptors

    def persistent_load(self, pid: Any) -> OpenFile:  # noqa: ANN401  (as the standard library has it)
        number, size_bytes = pid
        return OpenFile(self._descriptors[number], size_bytes)
