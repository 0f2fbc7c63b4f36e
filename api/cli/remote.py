"""Work done by a server, over HTTP: for shells on machines that hold no data folder."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import typer
from httpx2 import Client, Timeout, codes
from pydantic import BaseModel

from api.schemas.casework.case_lists import CasePage
from api.schemas.casework.cases import CaseView
from api.schemas.casework.decisions import DecisionIn, DecisionOut, DecisionsIn, DecisionsOut
from api.schemas.erasures import ErasureAccepted, ErasureIn, ErasureOut
from api.schemas.jobs import JobView
from api.schemas.media import SignalIn, SignalOut
from api.schemas.reports import HashReport, ReportAnswer, ReportIn
from api.schemas.uploads import MatchAnswer
from api.shell.answers import ProblemDocument, answer_in, bytes_in
from api.shell.errors import CommandError, FileRefusedError
from casework.domain.cases.case import Queue
from matcher.reading.keyframes import Progress
from matcher.signals.base import Signal

ModelT = TypeVar("ModelT", bound=BaseModel)

_TIMEOUT = Timeout(60, read=3600)
"""A video may be decoded for long before there is an answer; a server that cannot be reached is none."""

_ASK_AGAIN_S = 0.5

_LOOKED_THROUGH = 50
"""Cases of a page in which one is looked for that nobody holds."""


class RemoteDesk:
    """
    A server's desk.

    Args:
        client: As `open_client` makes it.
    """

    at_once = 4

    def __init__(self, client: Client) -> None:
        self._client = client

    def match(self, file: Path, progress: Progress | None = None) -> MatchAnswer:
        """Ask whether a file matches a takedown; nothing is stored."""
        with file.open("rb") as opened:
            response = self._client.post("/v1/match", files={"media": (file.name, opened)})
        if response.status_code == codes.ACCEPTED:
            return MatchAnswer.model_validate(self._awaited(answer_in(response, JobView), progress))
        return answer_in(response, MatchAnswer)

    def report_files(self, report: ReportIn, files: Sequence[Path], progress: Progress | None = None) -> ReportAnswer:
        """File a report with media."""
        with ExitStack() as opened:
            response = self._client.post(
                "/v1/reports",
                data={"report": report.model_dump_json()},
                files=[("media", (file.name, opened.enter_context(file.open("rb")))) for file in files],
            )
        if progress is not None:
            progress(1.0)
        return answer_in(response, ReportAnswer)

    def report_signals(self, report: ReportIn, signals: Sequence[Signal]) -> ReportAnswer:
        """File a report with signals alone."""
        sent = [SignalIn(**SignalOut.of(signal).model_dump()) for signal in signals]
        body = HashReport(report=report, signals=sent)
        return answer_in(self._client.post("/v1/reports", json=body.model_dump(mode="json")), ReportAnswer)

    def look(self, case_id: str, why: str | None) -> dict[int, bytes]:
        """
        Look at the reduced previews of a case, those that are kept, by their place; each look is audited.

        Addresses are made here: one that a server names could lead the key, and a reviewer, elsewhere.
        """
        path = f"/v1/cases/{quote(case_id, safe='')}"
        reason = {} if why is None else {"why": why}
        case = answer_in(self._client.get(path, params=reason), CaseView)
        kept = [one.n for one in case.media if one.preview is not None]
        return {n: bytes_in(self._client.get(f"{path}/media/{n:d}", params=reason)) for n in kept}

    def case(self, case_id: str) -> CaseView:
        """Read a case whole; that its reporter was shown is audited."""
        return answer_in(self._client.get(f"/v1/cases/{quote(case_id, safe='')}"), CaseView)

    def next_case(self, queue: Queue | None) -> CaseView | None:
        """Take the most urgent case that nobody holds, and read it; whoever is first gets it, and this goes on."""
        asked = {"limit": str(_LOOKED_THROUGH)} | ({} if queue is None else {"queue": queue.value})
        while True:
            page = answer_in(self._client.get("/v1/cases", params=asked), CasePage)
            for row in page.items:
                response = self._client.post(f"/v1/cases/{row.id}/claim")
                if response.status_code != codes.CONFLICT:
                    return answer_in(response, CaseView)
            if page.next is None:
                return None
            asked["after"] = page.next

    def drawing(self, case_id: str) -> bytes | None:
        """Draw the evidence of a case."""
        if not any(one.preview is not None for one in self.case(case_id).media):
            return None
        return bytes_in(self._client.get(f"/v1/cases/{quote(case_id, safe='')}/drawing"))

    def decide(self, case_id: str, decision: DecisionIn) -> DecisionOut:
        """Decide a case."""
        response = self._client.post(f"/v1/cases/{case_id}/decision", json=decision.model_dump(mode="json"))
        return answer_in(response, DecisionOut)

    def decide_many(self, decisions: DecisionsIn, progress: Progress | None = None) -> DecisionsOut:
        """Decide many cases at once."""
        response = self._client.post("/v1/cases/decisions", json=decisions.model_dump(mode="json", exclude_none=True))
        made = answer_in(response, DecisionsOut)
        if progress is not None:
            progress(1.0)
        return made

    def erase(self, erasure: ErasureIn) -> ErasureOut:
        """Ask for an erasure."""
        response = self._client.post("/v1/erasures", json=erasure.model_dump(mode="json", exclude_none=True))
        return self.go_on_erasing(answer_in(response, ErasureAccepted).erasure_id)

    def go_on_erasing(self, erasure_id: str) -> ErasureOut:
        """Say how far an erasure is; the server's worker carries it out."""
        return answer_in(self._client.get(f"/v1/erasures/{erasure_id}"), ErasureOut)

    def _awaited(self, job: JobView, progress: Progress | None) -> dict[str, object]:
        """Ask again until a long video was looked at."""
        while job.answer is None:
            if job.problem is not None:
                raise FileRefusedError(ProblemDocument.model_validate(job.problem).sentence)
            time.sleep(_ASK_AGAIN_S)
            job = answer_in(self._client.get(f"/v1/jobs/{job.job}"), JobView)
            if progress is not None:
                progress(job.progress)
        return job.answer


@contextmanager
def open_client(server: str, key: str | None) -> Iterator[Client]:
    """
    Open an HTTP client that presents a key.

    Args:
        server: Its address, without a path.

        key: As `staydown keys create` showed it; None if no key was given.

    Raises:
        typer.BadParameter: If there is none.
        CommandError: If that is no key.
    """
    if key is None:
        message = "a server asks for a key: give --key, or set STAYDOWN_KEY"
        raise typer.BadParameter(message, param_hint="--key")
    if not (key.isascii() and key.isprintable()):
        message = "that is no key: one begins with sdk_ and has only plain letters, digits, - and _"
        raise CommandError(message)
    with Client(base_url=server, headers={"Authorization": f"Bearer {key}"}, timeout=_TIMEOUT) as client:
        yield client
