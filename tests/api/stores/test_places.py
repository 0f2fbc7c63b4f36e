"""What would keep what was erased is refused, and what is not installed is named."""

from pathlib import Path

import pytest

from api import stores
from api.stores import places
from api.stores.places import place_at
from index.errors import StoreUnreachableError
from tests.helpers.counterparts.aws import asking
from tests.helpers.counterparts.buckets import s3_bucket


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_a_bucket_that_keeps_versions_is_refused(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """A deleted object lies there on, and with it what was erased."""
    with s3_bucket(monkeypatch) as bucket:
        import os

        client = asking("s3", os.environ["AWS_ENDPOINT_URL"])
        client.put_bucket_versioning(Bucket="library", VersioningConfiguration={"Status": status})
        with pytest.raises(StoreUnreachableError, match="keeps versions"):
            place_at(bucket.address).put("one", b"1")


def test_a_store_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program is installed without it."""
    monkeypatch.setattr(places, "is_installed", lambda _: False)
    with pytest.raises(StoreUnreachableError, match=r"staydown\[aws\]"):
        list(place_at("s3://library").names(""))
    assert not stores.is_installed("no_such_package.storage")


def test_a_file_that_was_cut_short_is_listed_and_never_fetched(tmp_path: Path) -> None:
    """So that what a killed machine left behind is deleted with the rest."""
    place = place_at(f"file://{tmp_path}")
    place.put("slot/a/one", b"whole")
    (tmp_path / "slot/a/two.new").write_bytes(b"ha")
    assert list(place.names("slot/a/")) == ["slot/a/one", "slot/a/two.new"]
    assert (tmp_path / "slot/a/one").stat().st_mode & 0o077 == 0
    assert (tmp_path / "slot/a").stat().st_mode & 0o077 == 0
