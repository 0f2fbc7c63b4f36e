"""
What a server and its gateway say to each other over a local socket: MessagePack in frames, arrays as their bytes.

    length (4 bytes, big-endian)   message, of so many bytes: one of `Asked` there, one of `Answered` back

Invariant: nothing that comes over the socket is used before it is known to be what was asked for: of the right form,
every array as long as it must be, every number within its bounds (`hits_of`, `near_rows_of`).
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from index.base import Hits
from index.checks import code_bytes
from index.cluster.holder import AsOf
from index.errors import ClusterError, ClusterUnreachableError, IndexStoreError, WireError
from index.local.nearest import NearRows
from index.local.quantiser import BITS
from matcher.signals.local import MAX_VALUE_BYTES, POINT
from matcher.signals.points.descriptors import Descriptors
from matcher.thresholds import NEAR_DESCRIPTOR_BITS

LENGTH_BYTES: Final = 4
MAX_FRAME_BYTES: Final = 1 << 28
MOST_ROWS_A_DESCRIPTOR: Final = 256
MOST_DESCRIPTORS: Final = 16_384
MOST_QUERIES: Final = 1_000_000
_MOST_PLACES: Final = MAX_VALUE_BYTES // (BITS // 8)


class Search(msgspec.Struct, tag=True, frozen=True):
    """Ask which items are within `radius` bits of each query: `Searcher.search`."""

    at_least: dict[str, int]
    signal_type: str
    queries: bytes
    radius: int
    k: int | None


class Near(msgspec.Struct, tag=True, frozen=True):
    """Ask for the `count` nearest rows of each descriptor."""

    at_least: dict[str, int]
    descriptors: bytes
    count: int


class Erase(msgspec.Struct, tag=True, frozen=True):
    """Ask that what was removed is taken off every replica."""

    at_least: dict[str, int]


class AskStatus(msgspec.Struct, tag=True, frozen=True):
    """Ask how the cluster is."""


class Found(msgspec.Struct, tag=True, frozen=True):
    """Answer to `Search`: `Hits`, as bytes of int32, int64 and int32."""

    versions: dict[str, int]
    queries: bytes
    item_ids: bytes
    distances: bytes


class FoundNear(msgspec.Struct, tag=True, frozen=True):
    """Answer to `Near`: `NearRows`, as bytes of int32, uint8, int64, int32 and `POINT`."""

    versions: dict[str, int]
    rows: int
    seeds: bytes
    bits: bytes
    item_ids: bytes
    places: bytes
    points: bytes


class Erased(msgspec.Struct, tag=True, frozen=True):
    """Answer to `Erase`: `ErasedFiles`."""

    files: int
    stored: int


class ReplicaStatus(msgspec.Struct, frozen=True):
    """One replica, as the gateway sees it: `version` is None where its machine does not answer."""

    slot: str
    node: str
    stage: str
    version: int | None


class Status(msgspec.Struct, tag=True, frozen=True):
    """Answer to `AskStatus`: machines Ray knows to be alive, replicas, and how often a second one was asked."""

    nodes: list[str]
    replicas: list[ReplicaStatus]
    hedged: int


class Failed(msgspec.Struct, tag=True, frozen=True):
    """Answer to what could not be answered: whether trying again may help, and why it failed."""

    later: bool
    why: str


Asked = Search | Near | Erase | AskStatus
Answered = Found | FoundNear | Erased | Status | Failed

_ENCODER = msgspec.msgpack.Encoder()
_ASKED: msgspec.msgpack.Decoder[Asked] = msgspec.msgpack.Decoder(Asked)
_ANSWERED: msgspec.msgpack.Decoder[Answered] = msgspec.msgpack.Decoder(Answered)


def framed(message: Asked | Answered) -> bytes:
    """
    Return a message as it goes over the socket.

    Raises:
        WireError: If it is too long.
    """
    body = _ENCODER.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise WireError(f"a message has {len(body)} bytes; at most {MAX_FRAME_BYTES} are sent: ask for less at once")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def length_of(head: bytes) -> int:
    """
    Read the length of the message that follows.

    Raises:
        WireError: If it is too long.
    """
    length = int.from_bytes(head, "big")
    if length > MAX_FRAME_BYTES:
        raise WireError(f"a message of {length} bytes is announced; at most {MAX_FRAME_BYTES} are taken")
    return length


def read_asked(body: bytes) -> Asked:
    """
    Read a question.

    Raises:
        WireError: If it is none.
    """
    try:
        return _ASKED.decode(body)
    except msgspec.MsgspecError as error:
        raise WireError(f"no question: {error}") from error


def read_answered(body: bytes) -> Answered:
    """
    Read an answer.

    Raises:
        WireError: If it is none.
    """
    try:
        return _ANSWERED.decode(body)
    except msgspec.MsgspecError as error:
        raise WireError(f"no answer: {error}") from error


def failure_of(error: Exception) -> Failed:
    """Return an error as an answer: what machines that are away cannot do now, they may later."""
    return Failed(later=isinstance(error, ClusterError), why=str(error) or type(error).__name__)


def raised(failed: Failed) -> IndexStoreError:
    """Return an answer as the error it stands for."""
    return ClusterUnreachableError(failed.why) if failed.later else IndexStoreError(failed.why)


def queries_of(asked: Search) -> np.ndarray:
    """
    Return the hashes of a question: uint8, shape (n, bits // 8).

    Raises:
        IndexStoreError: If they are none of their type.
    """
    width = code_bytes(asked.signal_type)
    if len(asked.queries) % width or len(asked.queries) > width * MOST_QUERIES:
        raise WireError(f"{len(asked.queries)} bytes are no hashes of {width} bytes each, at most {MOST_QUERIES}")
    return np.frombuffer(asked.queries, np.uint8).reshape(-1, width)


def descriptors_of(asked: Near) -> Descriptors:
    """
    Return the descriptors of a question: uint8, shape (n, 32).

    Raises:
        WireError: If they are none, or too many, or more rows than can be are asked for.
    """
    width = BITS // 8
    if len(asked.descriptors) % width or len(asked.descriptors) > width * MOST_DESCRIPTORS:
        raise WireError(f"{len(asked.descriptors)} bytes are no descriptors, at most {MOST_DESCRIPTORS}")
    if not 1 <= asked.count <= MOST_ROWS_A_DESCRIPTOR:
        raise WireError(f"{asked.count} rows a descriptor are asked for; ask for 1..{MOST_ROWS_A_DESCRIPTOR}")
    return np.frombuffer(asked.descriptors, np.uint8).reshape(-1, width)


def found_of(versions: Mapping[str, int], hits: Hits) -> Found:
    """Return hits as an answer."""
    arrays = hits.queries.astype("<i4"), hits.item_ids.astype("<i8"), hits.distances.astype("<i4")
    return Found(dict(versions), *(each.tobytes() for each in arrays))


def found_near_of(versions: Mapping[str, int], rows: int, near: NearRows) -> FoundNear:
    """Return near rows as an answer."""
    return FoundNear(
        dict(versions),
        rows,
        near.seeds.astype("<i4").tobytes(),
        near.bits.tobytes(),
        near.item_ids.astype("<i8").tobytes(),
        near.places.astype("<i4").tobytes(),
        near.points.tobytes(),
    )


def hits_of(found: Found, *, at_least: AsOf, queries: int, radius: int) -> Hits:
    """
    Return the hits of an answer.

    Args:
        found: As it came.

        at_least: What it must contain.

        queries: How many were asked.

        radius: Within which.

    Raises:
        WireError: If it is no answer to that.
    """
    _check_versions(found.versions, at_least)
    hits = Hits(
        _array(found.queries, "<i4").astype(np.int32),
        _array(found.item_ids, "<i8").astype(np.int64),
        _array(found.distances, "<i4").astype(np.int32),
    )
    if not len(hits.queries) == len(hits.item_ids) == len(hits.distances):
        raise WireError("an answer's arrays differ in length")
    _check_within(hits.queries, 0, queries - 1, "a query's number")
    _check_within(hits.item_ids, 1, 2**63 - 1, "an item's id")
    _check_within(hits.distances, 0, radius, "a distance")
    if (hits.queries[1:] < hits.queries[:-1]).any():
        raise WireError("an answer is not in the order of its queries")
    return hits


def near_rows_of(found: FoundNear, *, at_least: AsOf, descriptors: int, count: int) -> NearRows:
    """
    Return the near rows of an answer.

    Args:
        found: As it came.

        at_least: What it must contain.

        descriptors: How many were asked.

        count: How many rows each may have.

    Raises:
        WireError: If it is no answer to that.
    """
    _check_versions(found.versions, at_least)
    near = NearRows(
        _array(found.seeds, "<i4").astype(np.int32),
        _array(found.bits, "u1"),
        _array(found.item_ids, "<i8").astype(np.int64),
        _array(found.places, "<i4").astype(np.int32),
        _array(found.points, POINT),
    )
    if not len(near.seeds) == len(near.bits) == len(near.item_ids) == len(near.places) == len(near.points):
        raise WireError("an answer's arrays differ in length")
    if found.rows < 0:
        raise WireError(f"an answer is of {found.rows} rows")
    _check_within(near.seeds, 0, descriptors - 1, "a descriptor's number")
    _check_within(near.bits, 0, NEAR_DESCRIPTOR_BITS, "a distance")
    _check_within(near.item_ids, 1, 2**63 - 1, "an item's id")
    _check_within(near.places, 0, _MOST_PLACES - 1, "a keypoint's place")
    if (near.seeds[1:] < near.seeds[:-1]).any() or np.bincount(near.seeds).max(initial=0) > count:
        raise WireError("an answer is not in the order of its descriptors, or has too many rows of one")
    return near


def _array(data: bytes, dtype: np.dtype | str) -> np.ndarray:
    if len(data) % np.dtype(dtype).itemsize:
        raise WireError(f"{len(data)} bytes are no array of {np.dtype(dtype)}")
    return np.frombuffer(data, dtype)


def _check_within(values: np.ndarray, least: int, most: int, what: str) -> None:
    if len(values) and not (values.min() >= least and values.max() <= most):
        raise WireError(f"an answer has {what} of {values.min()}..{values.max()}, outside {least}..{most}")


def _check_versions(versions: Mapping[str, int], at_least: AsOf) -> None:
    behind = [slot for slot, seq in at_least.items() if versions.get(slot, -1) < seq]
    if behind:
        raise WireError(f"an answer lacks what was committed in {', '.join(behind)}")
