"""A service of its own in a temporary folder, and takedowns made through the handlers, to be measured end to end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from api.bootstrap import open_service, prepare_data
from api.media.deep import foresee_within_budget
from api.service import Service
from api.settings import Settings
from casework.domain.actor import Actor, Role
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.cases.report import Relation, ReportedContent, ReporterDetails, Statement
from casework.domain.facts import Conduct
from casework.domain.media import SubmittedMedia
from casework.handlers.deciding.decide import DecideCase, decide_case
from casework.handlers.reports.intake import FileReport, file_report
from matcher.signals.base import Signal

_ROOT = Path(__file__).parents[2]

ACTOR = Actor(id="key_benchmark", name="benchmark", role=Role.ADMIN)
REPORTER = Actor(id="key_form", name="form", role=Role.INTAKE)


def settings_for(folder: Path, database_url: str, **others: object) -> Settings:
    """Return settings for a temporary data folder, whatever the environment says."""
    given: dict[str, Any] = {"data": folder, "database_url": database_url, "decode_workers": 1, **others}
    return Settings(_env_file=None, **given)


@contextmanager
def temporary_service(database_url: str = "", **others: object) -> Iterator[Service]:
    """Open a service over an empty folder; with a URL, over that database, which should be empty too."""
    with TemporaryDirectory(prefix="staydown-") as folder:
        settings = settings_for(Path(folder), database_url, **others)
        prepare_data(settings)
        with open_service(settings) as service:
            yield service


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Run a server with its worker over a prepared folder, in a process of its own; yields its address."""
    given = settings.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STAYDOWN_")}
    environment |= {f"STAYDOWN_{name.upper()}": str(value) for name, value in given.items()}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
    with (
        (settings.data / "server.log").open("w") as log,
        subprocess.Popen(
            command,
            cwd=settings.data,
            env={**environment, "PYTHONPATH": str(_ROOT)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            said = process.stdout.readline() if process.stdout is not None else ""
            address = next(word for word in said.split() if word.startswith("http://"))
            while True:
                try:
                    if httpx2.get(f"{address}/readyz").status_code == HTTPStatus.OK:
                        break
                except httpx2.TransportError:
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait()


def uphold_signal(service: Service, value: bytes) -> Decision:
    """Report an intimate picture by its PDQ alone and uphold it; returns once the decision is committed."""
    media = SubmittedMedia(
        kind="unknown", width=None, height=None, duration_s=None, signals=(Signal("pdq/1", value, 100),)
    )
    report = FileReport(
        actor=REPORTER,
        reporter=ReporterDetails(Relation.SUBJECT),
        statement=Statement(non_consent=True),
        content=ReportedContent(),
        conduct=Conduct.SHARED_MEDIA,
        facts={"nudity": True},
        media=(media,),
    )
    return uphold(service, report)


def uphold(service: Service, report: FileReport, *, facts: Mapping[str, object] | None = None) -> Decision:
    """File a report and uphold it, with what the reviewer learned; returns once the decision is committed."""
    with service.writing() as uow:
        case_id = file_report(report, uow).report.case_id
    foreseen = foresee_within_budget(service, case_id)
    with service.writing() as uow:
        command = DecideCase(case_id=case_id, actor=ACTOR, outcome=DecisionOutcome.UPHOLD, facts=facts or {})
        return decide_case(command, uow, search=service.replica, limits=service.limits, foreseen=foreseen)
