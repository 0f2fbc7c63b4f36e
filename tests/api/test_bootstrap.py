"""What is built at the start: no more than was asked for, and nothing over a record that a newer version wrote."""

import os
import subprocess
import sys
from pathlib import Path

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

# a process of its own: none of an earlier test's comes or goes meanwhile; what forks them is started with the first
_COUNT_DECODERS = """
import sys
from pathlib import Path
import psutil
from api.bootstrap import open_service
from api.settings import Settings
this = psutil.Process()
for decoders in (1, 1, 2):
    before = {one.pid for one in this.children(recursive=True)}
    with open_service(Settings(_env_file=None, data=Path(sys.argv[1]), decode_workers=decoders)):
        print(len({one.pid for one in this.children(recursive=True)} - before))
"""


def test_as_many_decoders_are_started_as_were_set(tmp_path: Path) -> None:
    """Each takes 150 MB: a second set that nothing uses would double what a server needs."""
    prepare_empty(settings_in(tmp_path))
    first, again, with_two = map(int, _run(_COUNT_DECODERS, settings_in(tmp_path).data).splitlines())
    assert with_two - again == 1, f"{first} with what forks them, {again} with one, {with_two} with two"


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
    loaded = set(_run(_START, settings.data).splitlines()[-1].split())
    assert {"sqlalchemy", "numba.np.arraymath"} < loaded
    assert loaded & {"alembic", "psycopg", "scipy.linalg"} == set()


def _run(program: str, data: Path) -> str:
    """Run it over this folder in a process of its own, and return what it printed."""
    ran = subprocess.run(
        [sys.executable, "-c", program, data],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ran.stdout
