"""A service of its own in a temporary folder, and takedowns made through the handlers, to be measured end to end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from api.bootstrap import Service, open_service, prepare_data
from api.settings import Settings
from casework.domain.actor import Actor, Role
from casework.domain.decision import Decision, DecisionOutcome
from casework.domain.facts import Conduct
from casework.domain.media import SubmittedMedia
from casework.domain.report import Relation, ReportedContent, ReporterDetails, Statement
from casework.handlers.decide import DecideCase, decide_case
from casework.handlers.intake import FileReport, file_report
from matcher.signals.base import Signal

ACTOR = Actor(id="key_benchmark", name="benchmark", role=Role.ADMIN)


def settings_for(folder: Path, database_url: str, **others: object) -> Settings:
    """Return settings for a temporary data folder, whatever the environment says."""
    return Settings(_env_file=None, data=folder, database_url=database_url, decode_workers=1, **others)


@contextmanager
def temporary_service(database_url: str = "", **others: object) -> Iterator[Service]:
    """Open a service over an empty folder; with a URL, over that database, which should be empty too."""
    with TemporaryDirectory(prefix="staydown-") as folder:
        settings = settings_for(Path(folder), database_url, **others)
        prepare_data(settings)
        with open_service(settings) as service:
            yield service


def uphold_signal(service: Service, value: bytes) -> Decision:
    """Report an intimate picture by its PDQ alone and uphold it; returns once the decision is committed."""
    media = SubmittedMedia(
        kind="unknown", width=None, height=None, duration_s=None, signals=(Signal("pdq/1", value, 100),)
    )
    report = FileReport(
        actor=ACTOR,
        reporter=ReporterDetails(Relation.SUBJECT),
        statement=Statement(non_consent=True),
        content=ReportedContent(),
        conduct=Conduct.SHARED_MEDIA,
        facts={"nudity": True},
        media=(media,),
    )
    with service.writing() as uow:
        case_id = file_report(report, uow).report.case_id
    with service.writing() as uow:
        command = DecideCase(case_id=case_id, actor=ACTOR, outcome=DecisionOutcome.UPHOLD)
        return decide_case(command, uow, search=service.replica, limits=service.limits)
