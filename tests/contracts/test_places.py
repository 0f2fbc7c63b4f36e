"""Every place keeps what it is given, whole, and forgets what is deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.stores.places import PLACES, place_at
from index.errors import StoredDamagedError, StoreUnreachableError
from index.stored.place import Place
from tests.helpers.counterparts.places import KINDS


def test_every_kind_of_place_is_tried_here() -> None:
    """A new row of the table comes with a server that speaks so."""
    assert KINDS.keys() == PLACES.keys()


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Run a store of each kind."""
    with KINDS[request.param](monkeypatch, tmp_path) as one:
        yield one


@pytest.fixture
def place(address: str) -> Place:
    """Open it."""
    return place_at(address)


def test_what_is_put_is_listed_fetched_and_deleted(place: Place, address: str) -> None:
    """By its name, below the place's own address, and by whoever opens it next."""
    assert list(place.names("")) == []
    large = bytes(range(256)) * 20_000
    place.put("slot/a/one", b"1")
    place.put("slot/a/one", large)
    place.put("slot/b/two", b"")
    place.put("slot/ab", b"3")
    again = place_at(address)
    assert sorted(again.names("")) == ["slot/a/one", "slot/ab", "slot/b/two"]
    assert list(again.names("slot/a/")) == ["slot/a/one"]
    assert again.get("slot/a/one", most=len(large)) == large
    assert again.get("slot/b/two", most=0) == b""
    place.delete("slot/a/one")
    place.delete("slot/a/one")
    assert sorted(again.names("")) == ["slot/ab", "slot/b/two"]
    assert list(again.names("slot/a/")) == []


def test_what_is_longer_than_it_was_is_not_read(place: Place) -> None:
    """Whoever writes into the store must not fill this machine's memory."""
    place.put("one", bytes(100))
    with pytest.raises(StoredDamagedError, match="more than the 99 bytes"):
        place.get("one", most=99)


def test_what_is_not_there_is_said(place: Place) -> None:
    """A name in the record whose object is gone is no reason to wait."""
    with pytest.raises((StoredDamagedError, StoreUnreachableError), match="none"):
        place.get("none", most=10)


def test_a_place_that_is_not_there_is_said_and_not_made(address: str) -> None:
    """A share that is not mounted, a bucket whose name is misspelt: an empty store it is not."""
    elsewhere = place_at(address.replace("library/machines", "no-such-library").replace("store", "share"))
    for asked in (
        lambda: list(elsewhere.names("")),
        lambda: elsewhere.put("one", b"1"),
        lambda: elsewhere.delete("one"),
    ):
        with pytest.raises(StoreUnreachableError, match=r"no-such-library|a share"):
            asked()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("", "begins with file://, s3://"),
        ("/mnt/store", "begins with"),
        ("ftp://host/store", "begins with"),
        ("file://host/store", "names no folder of this machine"),
        ("file://", "names no folder"),
        ("s3://", "names no bucket"),
        ("gs:///prefix", "names no bucket"),
    ],
)
def test_an_odd_address_is_refused(wrong: str, why: str) -> None:
    """With what is expected."""
    with pytest.raises(ValueError, match=why):
        place_at(wrong)
