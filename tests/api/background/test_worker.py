"""The worker: what it does in the background goes on until it is told to stop."""

import threading
from pathlib import Path

from api.background.worker import Worker
from api.bootstrap import open_service
from tests.api.conftest import settings_in
from tests.helpers.records.empty_records import prepare_empty


def test_no_thread_of_a_worker_ends_before_it_is_told_to(tmp_path: Path) -> None:
    """One that died at its start would leave copies unsought, or destinations untold, and nobody would notice."""
    settings = settings_in(tmp_path)
    prepare_empty(settings)
    ended: list[str] = []
    with open_service(settings) as service:
        before = set(threading.enumerate())
        with Worker(service) as worker:
            threads = set(threading.enumerate()) - before
            for thread in threads:
                thread.join(timeout=0.2)
            ended = [thread.name for thread in threads if not thread.is_alive()]
            assert worker.works
        assert not worker.works
    assert len(threads) >= 8
    assert ended == []
