"""Readiness: of what questions are answered from, and never a wait for anything else."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from casework.domain.media import Collection
from index.base import CollectionIndex
from index.changes import Change
from index.errors import GapError
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes


@pytest.fixture
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service of its own, whose worker does not run."""
    with running(settings_in(tmp_path_factory.mktemp("health"), worker=False)) as service:
        yield service


@pytest.fixture
def uploads(staydown: Staydown) -> CollectionIndex:
    """Return the index of uploads."""
    return staydown.service.indexes[Collection.UPLOADS]


def test_readiness_waits_for_no_upload_to_be_indexed(
    staydown: Staydown, uploads: CollectionIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many uploads take half a second to follow: a load balancer would take the process out for it."""
    applies, goes_on = threading.Event(), threading.Event()
    apply = uploads.apply

    def slowly(changes: Sequence[Change]) -> None:
        applies.set()
        assert goes_on.wait(60)
        apply(changes)

    monkeypatch.setattr(uploads, "apply", slowly)
    staydown.upload("upload", photo_bytes(1))
    follows = threading.Thread(target=staydown.service.replica.version, args=(Collection.UPLOADS,))
    follows.start()
    try:
        assert applies.wait(60)
        assert staydown.http.get("/readyz").json()["ready"]
        assert follows.is_alive()
    finally:
        goes_on.set()
        follows.join()


def test_readiness_says_what_kept_uploads_from_being_indexed(
    staydown: Staydown, uploads: CollectionIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Look-back would find nothing new, and nobody else would notice."""

    def fails(_: Sequence[Change]) -> None:
        raise GapError(expected=1, got=2)

    with monkeypatch.context() as broken:
        broken.setattr(uploads, "apply", fails)
        staydown.upload("upload", photo_bytes(1))
        with pytest.raises(GapError):
            staydown.service.replica.catch_up()
        answer = staydown.http.get("/readyz")
        assert answer.status_code == 503
        assert "2" in answer.json()["checks"]["index"]
    staydown.service.replica.catch_up()
    assert staydown.http.get("/readyz").status_code == 200
