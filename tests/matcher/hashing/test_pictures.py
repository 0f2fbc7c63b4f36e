"""One call gives everything that is kept of a picture."""

from pathlib import Path

import pytest

from matcher.errors import TooLargeError
from matcher.hashing.pictures import hash_media
from matcher.reading.decode import Limits, decode
from matcher.signals import is_hash, taken_types
from tests.pictures import encoded, photo

DATA = encoded(photo(5, width=700, height=500), quality=80)


def test_stored_signals_are_those_of_the_table():
    """The fast path through the variants must store what each signal type's own definition says."""
    image = decode(DATA, limits=Limits())
    hashed = hash_media(DATA, limits=Limits())
    assert hashed.signals == tuple(row.of_image(image) for row in taken_types() if is_hash(row.name))
    assert hashed.query.signals() == hashed.signals


def test_preview_does_not_change_the_signals():
    """Asking for something to look at must not make another hash."""
    plain, shown = hash_media(DATA, limits=Limits()), hash_media(DATA, limits=Limits(), preview_side_px=600)
    assert plain.signals == shown.signals
    assert plain.preview is None
    assert shown.preview is not None


def test_file_and_its_bytes_give_the_same(tmp_path: Path):
    """Large uploads are streamed to disk and hashed from there."""
    path = tmp_path / "upload"
    path.write_bytes(DATA)
    assert hash_media(path, limits=Limits()).signals == hash_media(DATA, limits=Limits()).signals


def test_large_file_on_disk_is_refused_unread(tmp_path: Path):
    """One byte more than the limit is all that is ever read."""
    path = tmp_path / "upload"
    path.write_bytes(DATA)
    with pytest.raises(TooLargeError):
        hash_media(path, limits=Limits(max_bytes=100))
