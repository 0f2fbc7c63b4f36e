"""What comes from a fetching process may be what a stranger made it say."""

import json

import pytest

from api.fetching.wire import HEAD, Failure, Hop, Kind, frame


def test_request_and_failure_are_read_as_they_were_written() -> None:
    """One process writes them, another reads them."""
    hop = Hop("https://example.org/a.jpg", 1_000, 2.5, allow_private=True, walls_required=True)
    assert Hop.from_bytes(hop.to_bytes()) == hop
    failure = Failure("answered 404", too_large=True)
    assert Failure.from_bytes(failure.to_bytes()) == failure
    assert frame(Kind.DATA, b"abc") == HEAD.pack(b"D", 3) + b"abc"


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b"null", b"[" * 4_000, b'{"reason": '])
def test_odd_failure_is_a_failure_all_the_same(content: bytes) -> None:
    """It must not become an error of ours."""
    assert Failure.from_bytes(content) == Failure("the process that fetches it said something odd")


def test_reason_is_cut_and_cleaned() -> None:
    """It is shown to people, and written into logs."""
    said = json.dumps({"reason": "a\x1b[31mb\n" + "x" * 10_000, "too_large": "yes"}).encode()
    failure = Failure.from_bytes(said)
    assert failure.reason.startswith("a[31mbxxx")
    assert len(failure.reason) <= 300
    assert failure.too_large is False
