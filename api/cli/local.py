"""Work done here, over the data folder: the handlers that HTTP uses, in this process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from api.asking import ask
from api.bootstrap import Service, require_prepared
from api.cli.files import read_file
from api.clock import SystemClock
from api.intake import hash_file, of_signals, submitted
from api.schemas.cases import DecisionIn, DecisionOut
from api.schemas.media import MediaInfo
from api.schemas.reports import ReportAnswer, ReportIn
from api.schemas.uploads import MatchAnswer
from api.settings import Settings
from api.views.cases import decision_out
from api.views.matches import match_answer
from api.views.receipts import report_answer
from casework.domain.actor import Actor
from casework.domain.media import SubmittedMedia
from casework.handlers.decide import DecideCase, decide_case
from casework.handlers.intake import file_report
from casework.persistence.database import open_database
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction
from matcher.features import Features
from matcher.hashing import HashedImage
from matcher.signals.base import Signal


class LocalDesk:
    """
    The data folder's desk.

    Args:
        service: Opened over it.

        actor: Who does it, for the history.
    """

    def __init__(self, service: Service, actor: Actor) -> None:
        self._service = service
        self._actor = actor

    @property
    def at_once(self) -> int:
        """As many as may be decoded."""
        return self._service.settings.decode_workers

    def match(self, file: Path) -> MatchAnswer:
        """Ask whether a file matches a takedown; nothing is stored."""
        hashed = self._hash(file, with_preview=False, features=Features.ASKED)
        asked = ask(self._service, hashed.query)
        media = MediaInfo.of(submitted(self._service, hashed, keep_preview=False))
        return match_answer(asked.answer, media=media, signals=hashed.signals, trusted=True, stale=asked.stale)

    def report_files(self, report: ReportIn, files: Sequence[Path]) -> ReportAnswer:
        """File a report with media."""
        hashed = [self._hash(file, with_preview=True, features=Features.STORED) for file in files]
        return self._report(report, tuple(submitted(self._service, one, keep_preview=True) for one in hashed))

    def report_signals(self, report: ReportIn, signals: Sequence[Signal]) -> ReportAnswer:
        """File a report with signals alone."""
        return self._report(report, of_signals(signals))

    def decide(self, case_id: str, decision: DecisionIn) -> DecisionOut:
        """Decide a case."""
        command = DecideCase(
            case_id=case_id,
            actor=self._actor,
            outcome=decision.outcome,
            note=decision.note,
            override_reason=decision.override_reason,
        )
        with self._service.writing() as uow:
            made = decide_case(command, uow, search=self._service.replica, limits=self._service.limits)
            return decision_out(made)

    def _report(self, report: ReportIn, media: tuple[SubmittedMedia, ...]) -> ReportAnswer:
        with self._service.writing() as uow:
            return report_answer(file_report(report.to_command(actor=self._actor, media=media), uow))

    def _hash(self, file: Path, *, with_preview: bool, features: Features) -> HashedImage:
        data = read_file(file, max_bytes=self._service.settings.max_image_bytes)
        return hash_file(self._service, data, with_preview=with_preview, features=features)


@contextmanager
def open_record(settings: Settings) -> Iterator[SqlUnitOfWork]:
    """
    Begin a transaction for a command that needs the record alone: neither index nor sandbox are started.

    Raises:
        SettingsError: If the data folder is not prepared.
    """
    engine = open_database(settings.url)
    try:
        require_prepared(settings, engine)
        retention = timedelta(days=settings.preview_retention_days)
        with transaction(engine, clock=SystemClock(), preview_retention=retention) as uow:
            yield uow
    finally:
        engine.dispose()
