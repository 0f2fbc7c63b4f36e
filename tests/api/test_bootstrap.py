"""What is built at the start: no more than was asked for."""

from pathlib import Path

import psutil

from api.bootstrap import open_service, prepare_data
from tests.api.conftest import settings_in


def test_as_many_decoders_are_started_as_were_set(tmp_path: Path) -> None:
    """Each takes 150 MB: a second set that nothing uses would double what a server needs."""
    prepare_data(settings_in(tmp_path))
    this = psutil.Process()
    started = []
    for decoders in (1, 1, 2):  # what forks them is started with the first, and stays
        before = {one.pid for one in this.children(recursive=True)}
        with open_service(settings_in(tmp_path, decode_workers=decoders)):
            started.append(len({one.pid for one in this.children(recursive=True)} - before))
    assert started[2] - started[1] == 1
