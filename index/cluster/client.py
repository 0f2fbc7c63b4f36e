"""
The server's side of the gateway's socket: asks, waits, and believes nothing it has not checked.

Connections are kept and used by one thread at a time each. A gateway that was started again meanwhile is connected to
anew; one that is not there is `ClusterUnreachableError`, at once.
"""

import socket
import threading
from pathlib import Path
from typing import Final, TypeVar

from index.base import Codes, ErasedFiles, Hits
from index.cluster.holder import AsOf
from index.cluster.wire import (
    LENGTH_BYTES,
    Answered,
    Asked,
    AskStatus,
    Erase,
    Erased,
    Failed,
    Found,
    FoundNear,
    Near,
    Search,
    Status,
    framed,
    hits_of,
    length_of,
    near_rows_of,
    raised,
    read_answered,
)
from index.errors import ClusterUnreachableError, WireError
from index.local.nearest import NearRows
from matcher.signals.points.descriptors import Descriptors

TIMEOUT_S: Final = 30.0
"""For one answer; the gateway gives up earlier (`asking.GIVE_UP_S`)."""

ERASE_TIMEOUT_S: Final = 600.0
"""To write files again on every machine takes longer."""

_KEPT = 16

AnswerT = TypeVar("AnswerT", bound=Answered)


class GatewayClient:
    """
    Asks the gateway on this machine; safe from any thread.

    Args:
        path: Of its socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()

    def search(
        self, at_least: AsOf, signal_type: str, queries: Codes, radius: int, k: int | None
    ) -> tuple[dict[str, int], Hits]:
        """
        Find items in all slots; see `Searcher.search`.

        Returns:
            By slot, as of which `seq`; and the hits.

        Raises:
            ClusterUnreachableError: If the gateway, or every replica of a slot, does not answer.

            WireError: If what came is no answer.
        """
        asked = Search(dict(at_least), signal_type, queries.tobytes(), radius, k)
        found = self._asked(asked, Found)
        return found.versions, hits_of(found, at_least=at_least, queries=len(queries), radius=radius)

    def near(self, at_least: AsOf, descriptors: Descriptors, count: int) -> tuple[dict[str, int], int, NearRows]:
        """
        Find the `count` nearest rows of each descriptor; result as of `Slots.near`, errors as for `search`.

        Args:
            at_least: By slot, the `seq` that an answer has to contain.

            descriptors: uint8, shape (n, 32).

            count: At least 1.
        """
        found = self._asked(Near(dict(at_least), descriptors.tobytes(), count), FoundNear)
        near = near_rows_of(found, at_least=at_least, descriptors=len(descriptors), count=count)
        return found.versions, found.rows, near

    def erase(self, at_least: AsOf) -> ErasedFiles:
        """Take what was removed off every replica and out of the store; say where it lay. Errors as for `search`."""
        erased = self._asked(Erase(dict(at_least)), Erased, timeout_s=ERASE_TIMEOUT_S)
        return ErasedFiles(erased.files, erased.stored)

    def status(self, *, timeout_s: float = TIMEOUT_S) -> Status:
        """
        Say how the cluster is; errors as for `search`.

        Args:
            timeout_s: How long to wait for it.
        """
        return self._asked(AskStatus(), Status, timeout_s=timeout_s)

    def close(self) -> None:
        """Close what is connected."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    def _asked(self, asked: Asked, kind: type[AnswerT], *, timeout_s: float = TIMEOUT_S) -> AnswerT:
        message = framed(asked)
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            try:
                return self._answer(connection, message, kind, timeout_s)
            except ConnectionError:
                self.close()  # it was started again: the others are of no use either
        try:
            return self._answer(self._connected(), message, kind, timeout_s)
        except ConnectionError as error:
            raise ClusterUnreachableError(f"the gateway at {self._path} ended while it was asked; ask again") from error

    def _answer(self, connection: socket.socket, message: bytes, kind: type[AnswerT], timeout_s: float) -> AnswerT:
        try:
            connection.settimeout(timeout_s)
            connection.sendall(message)
            answer = read_answered(_read(connection, length_of(_read(connection, LENGTH_BYTES))))
        except TimeoutError as error:
            connection.close()
            raise ClusterUnreachableError(f"the gateway at {self._path} did not answer in {timeout_s:.0f} s") from error
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append(connection)
                connection = None  # type: ignore[assignment]
        if connection is not None:
            connection.close()
        if isinstance(answer, Failed):
            raise raised(answer)
        if not isinstance(answer, kind):
            raise WireError(f"the gateway answered {type(answer).__name__}, not {kind.__name__}")
        return answer

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(TIMEOUT_S)
            connection.connect(str(self._path))
        except OSError as error:
            connection.close()
            raise ClusterUnreachableError(
                f"no gateway to the cluster at {self._path} ({error.strerror or error}); start it on this machine"
            ) from error
        return connection


def _read(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(min(size - len(data), 1 << 20))
        if not piece:
            raise ConnectionResetError("the gateway closed the connection")
        data += piece
    return bytes(data)
