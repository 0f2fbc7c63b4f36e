"""Work done here, over the data folder: the handlers that HTTP uses, in this process."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from api.background.erasing import LEASE, Eraser
from api.bootstrap import open_keyring, require_prepared
from api.clock import SystemClock
from api.console.cases.working import take_one
from api.console.waiting.asked import Asked
from api.http.repeats.idempotent import IdempotentRequest
from api.media.asking import ask
from api.media.deep import foresee_within_budget, restricting
from api.media.hashing import hash_file, of_signals, submitted
from api.media.known import known_before
from api.schemas.casework.cases import CaseView
from api.schemas.casework.decisions import DecisionIn, DecisionOut, DecisionsIn, DecisionsOut
from api.schemas.media import MediaInfo
from api.schemas.operating.erasures import ErasureIn, ErasureOut
from api.schemas.reports import ReportAnswer, ReportIn
from api.schemas.uploads import MatchAnswer
from api.service import Service
from api.settings import Settings
from api.steps.drawings import sheet_of
from api.steps.together import decide_together
from api.views.casework.cases import case_view, decision_out, time_decision
from api.views.matches import match_answer
from api.views.receipts import report_answer
from casework.domain.actor import Actor
from casework.domain.cases.case import Queue
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.media import SubmittedMedia
from casework.handlers.deciding.decide import SEARCHED_BY_DECISIONS, DecideCase, decide_case
from casework.handlers.deciding.look import preview_of, record_contact_view
from casework.handlers.erasing.erase import claim_erasure, request_erasure
from casework.handlers.reports.intake import file_report
from casework.persistence.connection.database import open_database, open_reader
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction
from casework.steps.judging_anew.flood import pictures_of
from matcher.hashing.features import Features
from matcher.reading.keyframes import REFERENCE, Progress
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

    def match(self, file: Path, progress: Progress | None = None) -> MatchAnswer:
        """Ask whether a file matches a takedown; nothing is stored."""
        hashed = hash_file(self._service.sandbox, file, features=Features.ASKED, progress=progress)
        asked = ask(self._service, hashed.query)
        media = MediaInfo.of(submitted(self._service, hashed, keep_preview=False))
        return match_answer(asked.answer, media=media, signals=hashed.signals, trusted=True, stale=asked.stale)

    def report_files(self, report: ReportIn, files: Sequence[Path], progress: Progress | None = None) -> ReportAnswer:
        """File a report with media."""
        hashed = []
        for done, file in enumerate(files):
            of_this_file = progress and partial(_report_share_of_all, progress, done, len(files))
            hashed.append(
                hash_file(
                    self._service.sandbox,
                    file,
                    with_preview=True,
                    features=Features.STORED,
                    pace=REFERENCE,
                    progress=of_this_file,
                )
            )
        return self._report(report, tuple(submitted(self._service, one, keep_preview=True) for one in hashed))

    def report_signals(self, report: ReportIn, signals: Sequence[Signal]) -> ReportAnswer:
        """File a report with signals alone."""
        return self._report(report, of_signals(self._service, signals))

    def look(self, case_id: str, why: str | None) -> dict[int, bytes]:
        """Look at the reduced previews of a case, those that are kept, by their place; each look is audited."""
        with self._service.writing(searches=SEARCHED_BY_DECISIONS) as uow:
            kept = [place for place, one in enumerate(pictures_of(uow.cases.get(case_id), uow)) if one.has_preview]
            search = self._service.replica
            return {one: preview_of(case_id, one, self._actor, uow, why=why, search=search) for one in kept}

    def case(self, case_id: str) -> CaseView:
        """Read a case whole; that its reporter was shown is audited."""
        with self._service.writing() as uow:
            case = uow.cases.get(case_id)
            record_contact_view(case, self._actor, uow)
            return case_view(case, uow, preview_url=lambda of, n: f"/v1/cases/{of}/media/{n}")

    def next_case(self, queue: Queue | None) -> CaseView | None:
        """Take the most urgent case that nobody holds, and read it."""
        with self._service.writing() as uow:
            taken = take_one(self._actor, Asked(queue), None, uow)
        return None if taken is None else self.case(taken.id)

    def drawing(self, case_id: str) -> bytes | None:
        """Draw the evidence of a case."""
        with self._service.reading() as uow:
            if not any(one.has_preview for one in pictures_of(uow.cases.get(case_id), uow)):
                return None
        return sheet_of(case_id, self._actor, self._service)

    def decide(self, case_id: str, decision: DecisionIn) -> DecisionOut:
        """Decide a case."""
        command = DecideCase(
            case_id=case_id,
            actor=self._actor,
            outcome=DecisionOutcome(decision.outcome),
            note=decision.note,
            override_reason=decision.override_reason,
            question=decision.question,
        )
        upholds = command.outcome is DecisionOutcome.UPHOLD
        foreseen = foresee_within_budget(self._service, case_id) if upholds else None
        with self._service.writing() as uow:
            limits = self._service.limits
            made = decide_case(command, uow, search=self._service.replica, limits=limits, foreseen=foreseen)
            case, answer = uow.cases.get(case_id), decision_out(made, uow)
        time_decision(made, case)
        return answer

    def decide_many(self, decisions: DecisionsIn, progress: Progress | None = None) -> DecisionsOut:
        """Decide many cases at once."""
        request = IdempotentRequest(self._service, method="POST", path="/v1/cases/decisions", key=None)

        def share(done: int, total: int) -> None:
            if progress is not None:
                progress(done / total)

        return DecisionsOut.model_validate_json(decide_together(request, self._actor, decisions, after_each=share).body)

    def erase(self, erasure: ErasureIn) -> ErasureOut:
        """Ask for an erasure."""
        with self._service.writing() as uow:
            return ErasureOut.of(request_erasure(erasure.to_command(self._actor), uow))

    def go_on_erasing(self, erasure_id: str) -> ErasureOut:
        """Go on with the erasure that is due, if no worker has it; say how far this one is."""
        eraser = Eraser(self._service, threading.Event())
        with self._service.writing() as uow:
            claimed = claim_erasure(uow, lease=LEASE)
        if claimed is not None:
            eraser.carry_through(claimed)
        with self._service.reading() as uow:
            return ErasureOut.of(uow.erasures.get(erasure_id))

    def _report(self, report: ReportIn, media: tuple[SubmittedMedia, ...]) -> ReportAnswer:
        command = report.to_command(actor=self._actor, media=media, linked=known_before(self._service, media))
        ahead = restricting(self._service, command)
        with self._service.writing() as uow:
            return report_answer(file_report(command, uow, restricting=ahead))


def _report_share_of_all(progress: Progress, done: int, count: int, share: float) -> None:
    """Tell how far all files are, of how far one is."""
    progress((done + share) / count)


@contextmanager
def open_record(settings: Settings, *, read_only: bool = False) -> Iterator[SqlUnitOfWork]:
    """
    Begin a transaction for a command that needs the record alone: neither index nor sandbox are started.

    Args:
        settings: Where the record is.

        read_only: Sees the record as it is now for as long as it takes, while servers write on.

    Raises:
        SettingsError: If the data folder is not prepared.
    """
    engine = open_reader(settings.url) if read_only else open_database(settings.url)
    try:
        require_prepared(settings, engine)
        keyring = open_keyring(settings, engine)
        retention = timedelta(days=settings.preview_retention_days)
        with transaction(engine, clock=SystemClock(), preview_retention=retention, vault=keyring) as uow:
            yield uow
    finally:
        engine.dispose()
