"""Places of each kind in which machines of a cluster keep files, and what lies in them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from api.stores.places import place_at
from index.stored.place import Place
from tests.helpers.counterparts.buckets import KINDS as BUCKETS


@contextmanager
def folder_place(_: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Make a folder whose name an address has to escape."""
    folder = tmp_path / "a store"
    folder.mkdir()
    yield f"file://{folder}".replace(" ", "%20")


def bucket_place(kind: str) -> Callable[[pytest.MonkeyPatch, Path], AbstractContextManager[str]]:
    """Return what runs a store of a kind of bucket."""

    @contextmanager
    def run(monkeypatch: pytest.MonkeyPatch, _: Path) -> Iterator[str]:
        with BUCKETS[kind](monkeypatch) as bucket:
            yield f"{bucket.address}/machines/"

    return run


KINDS: dict[str, Callable[[pytest.MonkeyPatch, Path], AbstractContextManager[str]]] = {
    "file": folder_place,
    **{kind: bucket_place(kind) for kind in BUCKETS},
}


def everything_in(place: Place) -> bytes:
    """Return every byte that lies there."""
    return b"\n".join(place.get(name, most=1 << 30) for name in place.names(""))


def opened(address: str) -> Place:
    """Return a place."""
    return place_at(address)
