"""What is built at the start: no more than was asked for, and nothing over a record that a newer version wrote."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from api.bootstrap import open_service, prepare_data
from api.errors import SettingsError
from tests.api.conftest import settings_in
from tests.helpers.records.empty_records import prepare_empty

REPOSITORY = Path(__file__).parents[2]

_START = """
import sys
from pathlib import Path
import api.app
from api.bootstrap import prepare_data
from api.media.warming import warm_up
from api.settings import Settings
settings = Settings(_env_file=None, data=Path(sys.argv[1]))
prepare_data(settings)
warm_up(settings)
print(*sys.modules)
"""


def test_as_many_decoders_are_started_as_were_set(tmp_path: Path) -> None:
    """Each takes 150 MB: a second set that nothing uses would double what a server needs."""
    prepare_empty(settings_in(tmp_path))
    this = psutil.Process()
    started = []
    for decoders in (1, 1, 2):  # what forks them is started with the first, and stays
        before = {one.pid for one in this.children(recursive=True)}
        with open_service(settings_in(tmp_path, decode_workers=decoders)):
            started.append(len({one.pid for one in this.children(recursive=True)} - before))
    assert started[2] - started[1] == 1


def test_older_version_leaves_a_newer_record_alone(tmp_path: Path) -> None:
    """Whoever rolls back reads what to do, and nothing is changed by trying."""
    settings = settings_in(tmp_path)
    prepare_empty(settings)
    record = create_engine(settings.url)
    with record.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match=r"newer version .* 9999.*restore a backup"):
        prepare_data(settings)
    with pytest.raises(SettingsError, match="newer version"), open_service(settings):
        pass
    with record.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    record.dispose()


def test_a_start_over_a_prepared_folder_loads_nothing_it_does_not_use(tmp_path: Path) -> None:
    """Each is a tenth of a second, and memory, in every process; Numba would load SciPy's for kernels without any."""
    settings = settings_in(tmp_path)
    prepare_empty(settings)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run(
        [sys.executable, "-c", _START, settings.data], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.splitlines()[-1].split())
    assert {"sqlalchemy", "numba.np.arraymath"} < loaded
    assert loaded & {"alembic", "psycopg", "scipy.linalg"} == set()
