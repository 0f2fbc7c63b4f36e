"""The database's file is moved or replaced under a running service: nothing is written where nobody will look."""

import shutil
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from api.bootstrap import prepare_data
from api.cli.local import open_record
from api.errors import SettingsError
from api.http.watching import health
from casework.domain.actor import Role
from casework.persistence.connection.failures import DatabaseUnreachableError
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.running.waiting import eventually

VALUE = "5a" * 32


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Run a service over a file."""
    with running(settings_in(tmp_path_factory.mktemp("file"))) as staydown:
        for role in (Role.ADMIN, Role.PIPELINE, Role.INTAKE):
            staydown.key(role)
        yield staydown


def file_of(staydown: Staydown) -> Path:
    """Return where the database is."""
    return staydown.service.settings.data / "staydown.db"


def matching(staydown: Staydown) -> int:
    """Ask by hashes; return the answer's status."""
    body = {"signals": [{"type": "pdq/1", "value": VALUE}]}
    return staydown.http.post("/v1/match", headers=staydown.headers(Role.PIPELINE), json=body).status_code


def statuses(staydown: Staydown) -> dict[str, int]:
    """Ask in every way; return the answers' statuses."""
    signals = [{"type": "pdq/1", "value": VALUE, "quality": 100}]
    report = {"report": {"reporter": {"relation": "subject"}}, "signals": signals}
    headers = {role: staydown.headers(role) for role in (Role.ADMIN, Role.INTAKE)}
    return {
        "match": matching(staydown),
        "report": staydown.http.post("/v1/reports", headers=headers[Role.INTAKE], json=report).status_code,
        "cases": staydown.http.get("/v1/cases", headers=headers[Role.ADMIN]).status_code,
        "readyz": staydown.http.get("/readyz").status_code,
        "healthz": staydown.http.get("/healthz").status_code,
    }


def statuses_once_noticed(staydown: Staydown) -> dict[str, int]:
    """Return them at once; that of questions by hashes, which look for the file every ten milliseconds, in the end."""
    at_once = statuses(staydown)
    return at_once | {"match": eventually(lambda: matching(staydown), lambda status: status != HTTPStatus.OK)}


WELL = {"match": 200, "report": 201, "cases": 200, "readyz": 200, "healthz": 200}
AWAY = {"match": 503, "report": 503, "cases": 503, "readyz": 503, "healthz": 200}


def test_deleted_file_is_not_written_to_the_void(service: Staydown, tmp_path: Path) -> None:
    """Whatever was acknowledged would be gone at the next start; put back, the service goes on."""
    file, aside = file_of(service), tmp_path / "aside.db"
    assert statuses(service) == WELL
    file.rename(aside)
    assert statuses_once_noticed(service) == AWAY
    assert "is gone" in service.http.get("/readyz").json()["checks"]["database"]
    assert not file.exists()
    aside.rename(file)
    assert statuses(service) == WELL


def test_command_beside_a_service_makes_no_file_in_the_place_of_one_that_is_gone(
    service: Staydown, tmp_path: Path
) -> None:
    """What was committed last lies in the write-ahead log; a new file over it would cost those rows."""
    file, aside = file_of(service), tmp_path / "aside.db"
    assert statuses(service) == WELL
    file.rename(aside)
    with pytest.raises(SettingsError, match="put the file back") as refused, open_record(service.service.settings):
        pass
    assert "init" not in str(refused.value)
    with pytest.raises(DatabaseUnreachableError):
        prepare_data(service.service.settings)
    assert not file.exists()
    aside.rename(file)
    assert statuses(service) == WELL


def test_replaced_file_is_neither_read_nor_written(service: Staydown, tmp_path: Path) -> None:
    """A restored backup is taken over by a restart, which checks the index against it; never in the middle."""
    file, aside = file_of(service), tmp_path / "aside.db"
    file.rename(aside)
    shutil.copyfile(aside, file)
    before = file.read_bytes()
    assert statuses_once_noticed(service) == AWAY
    said = service.http.get("/readyz").json()["checks"]["database"]
    assert "restart Staydown" in said
    assert str(file) not in said
    assert file.read_bytes() == before
    aside.replace(file)
    assert statuses(service) == WELL


def test_full_disk_is_not_ready(service: Staydown, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load balancer must learn it before somebody's report is refused."""
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 10**18)
    answer = service.http.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["disk"][:5]) == (503, "full:")
