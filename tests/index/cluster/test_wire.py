"""What comes from the gateway is what was asked for, or is not used."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from index.base import Hits
from index.cluster.wire import (
    MAX_FRAME_BYTES,
    Failed,
    Found,
    FoundNear,
    Near,
    Search,
    descriptors_of,
    failure_of,
    found_near_of,
    found_of,
    framed,
    hits_of,
    length_of,
    near_rows_of,
    queries_of,
    raised,
    read_answered,
    read_asked,
)
from index.errors import ClusterUnreachableError, IndexStoreError, SignalTypeError, WireError
from index.local.nearest import NearRows
from matcher.signals.local import POINT


def found(**changed: Any) -> Found:
    """Return an answer to two queries within 31 bits, with something changed."""
    hits = Hits(np.array([0, 1], np.int32), np.array([7, 8], np.int64), np.array([0, 31], np.int32))
    return msgspec.structs.replace(found_of({"uploads": 5}, hits), **changed)


def near(**changed: Any) -> FoundNear:
    """Return an answer to two descriptors, with something changed."""
    rows = NearRows(
        np.array([0, 1], np.int32), np.array([3, 72], np.uint8), np.array([7, 8], np.int64),
        np.array([0, 5], np.int32), np.zeros(2, POINT),
    )  # fmt: skip
    return msgspec.structs.replace(found_near_of({"uploads": 5}, 100, rows), **changed)


def ints(*values: int, of: str) -> bytes:
    """Return numbers as they travel."""
    return np.array(values, of).tobytes()


def read(one: Found) -> Hits:
    """Read an answer as the client does."""
    return hits_of(one, at_least={"uploads": 5}, queries=2, radius=31)


def read_near(one: FoundNear) -> NearRows:
    """Read an answer as the client does."""
    return near_rows_of(one, at_least={"uploads": 5}, descriptors=2, count=3)


def test_answers_come_through_whole() -> None:
    """What is written is read."""
    assert read(found()).item_ids.tolist() == [7, 8]
    assert read_near(near()).places.tolist() == [0, 5]
    assert read_answered(framed(found())[4:]) == found()
    asked = Search({"uploads": 1}, "pdq/1", bytes(64), 31, None)
    assert read_asked(framed(asked)[4:]) == asked
    assert queries_of(asked).shape == (2, 32)


@pytest.mark.parametrize(
    "changed",
    [
        {"queries": ints(0, 2, of="<i4")},
        {"queries": ints(-1, 1, of="<i4")},
        {"queries": ints(1, 0, of="<i4")},
        {"queries": ints(0, of="<i4")},
        {"queries": b"\0\0\0"},
        {"item_ids": ints(0, 8, of="<i8")},
        {"item_ids": ints(-7, 8, of="<i8")},
        {"distances": ints(0, 32, of="<i4")},
        {"distances": ints(-1, 3, of="<i4")},
        {"versions": {"uploads": 4}},
        {"versions": {}},
    ],
)
def test_hits_that_are_no_answer_are_not_used(changed: dict[str, Any]) -> None:
    """A number out of bounds would become an index, or a removal of somebody's post."""
    with pytest.raises(WireError):
        read(found(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"seeds": ints(0, 2, of="<i4")},
        {"seeds": ints(1, 0, of="<i4")},
        {"bits": ints(3, 73, of="u1")},
        {"bits": b"\0"},
        {"item_ids": ints(0, 8, of="<i8")},
        {"places": ints(0, 10**6, of="<i4")},
        {"places": ints(-1, 0, of="<i4")},
        {"points": b"\0" * 7},
        {"points": b"\0" * 6},
        {"rows": -1},
        {"versions": {"uploads": 4}},
    ],
)
def test_rows_that_are_no_answer_are_not_used(changed: dict[str, Any]) -> None:
    """Compiled loops follow what is in them."""
    with pytest.raises(WireError):
        read_near(near(**changed))


def test_more_rows_of_a_descriptor_than_were_asked_for_are_not_used() -> None:
    """They would outvote all others."""
    rows = NearRows(
        np.zeros(4, np.int32), np.zeros(4, np.uint8), np.arange(1, 5), np.zeros(4, np.int32), np.zeros(4, POINT)
    )
    with pytest.raises(WireError, match="too many"):
        read_near(found_near_of({"uploads": 5}, 100, rows))


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x80", msgspec.msgpack.encode({"type": "Search"}), b"\x00" * 50])
@pytest.mark.parametrize("decoded", [read_asked, read_answered])
def test_bytes_that_are_no_message_are_refused(body: bytes, decoded: Callable[[bytes], object]) -> None:
    """Whatever they are."""
    with pytest.raises(WireError):
        decoded(body)


def test_a_length_beyond_bounds_is_refused_before_it_is_read() -> None:
    """Four bytes must not cost four gigabytes."""
    assert length_of(b"\0\0\0\5") == 5
    with pytest.raises(WireError, match="announced"):
        length_of((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))


def test_questions_that_cannot_be_are_refused() -> None:
    """A server that runs wild must not take the gateway with it."""
    with pytest.raises(WireError, match="no hashes"):
        queries_of(Search({}, "pdq/1", bytes(33), 31, None))
    with pytest.raises(SignalTypeError):
        queries_of(Search({}, "local/1", bytes(32), 31, None))
    with pytest.raises(WireError, match="no descriptors"):
        descriptors_of(Near({}, bytes(33), 3))
    for count in (0, 10**9):
        with pytest.raises(WireError, match="rows a descriptor"):
            descriptors_of(Near({}, bytes(32), count))


def test_what_machines_that_are_away_cannot_do_may_be_tried_later() -> None:
    """A sweep waits for a cluster, and does not give up for good."""
    assert failure_of(ClusterUnreachableError("away")) == Failed(later=True, why="away")
    assert isinstance(raised(Failed(later=True, why="away")), ClusterUnreachableError)
    assert not isinstance(raised(failure_of(IndexStoreError("odd"))), ClusterUnreachableError)
