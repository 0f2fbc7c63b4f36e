"""Work done by a server, over HTTP: for shells on machines that hold no data folder."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from httpx2 import Client, Response
from pydantic import BaseModel, ValidationError

from api.cli.errors import CommandError, FileRefusedError, ServerRefusedError
from api.schemas.cases import DecisionIn, DecisionOut
from api.schemas.media import SignalIn, SignalOut
from api.schemas.reports import HashReport, ReportAnswer, ReportIn
from api.schemas.uploads import MatchAnswer
from matcher.signals.base import Signal

ModelT = TypeVar("ModelT", bound=BaseModel)

_TIMEOUT_S = 60
_FILE_REFUSED = (413, 415, 422)


class RemoteDesk:
    """
    A server's desk.

    Args:
        client: As `open_client` makes it.
    """

    at_once = 4

    def __init__(self, client: Client) -> None:
        self._client = client

    def match(self, file: Path) -> MatchAnswer:
        """Ask whether a file matches a takedown; nothing is stored."""
        with file.open("rb") as opened:
            response = self._client.post("/v1/match", files={"media": (file.name, opened)})
        return answer_in(response, MatchAnswer)

    def report_files(self, report: ReportIn, files: Sequence[Path]) -> ReportAnswer:
        """File a report with media."""
        response = self._client.post(
            "/v1/reports",
            data={"report": report.model_dump_json()},
            files=[("media", (file.name, file.read_bytes())) for file in files],
        )
        return answer_in(response, ReportAnswer)

    def report_signals(self, report: ReportIn, signals: Sequence[Signal]) -> ReportAnswer:
        """File a report with signals alone."""
        sent = [SignalIn(**SignalOut.of(signal).model_dump()) for signal in signals]
        body = HashReport(report=report, signals=sent)
        return answer_in(self._client.post("/v1/reports", json=body.model_dump(mode="json")), ReportAnswer)

    def decide(self, case_id: str, decision: DecisionIn) -> DecisionOut:
        """Decide a case."""
        response = self._client.post(f"/v1/cases/{case_id}/decision", json=decision.model_dump(mode="json"))
        return answer_in(response, DecisionOut)


@contextmanager
def open_client(server: str, key: str) -> Iterator[Client]:
    """
    Open an HTTP client that presents a key.

    Args:
        server: Its address, without a path.

        key: As `staydown keys create` showed it.

    Raises:
        CommandError: If that is no key.
    """
    if not (key.isascii() and key.isprintable()):
        message = "that is no key: one begins with sdk_ and has only plain letters, digits, - and _"
        raise CommandError(message)
    with Client(base_url=server, headers={"Authorization": f"Bearer {key}"}, timeout=_TIMEOUT_S) as client:
        yield client


def answer_in(response: Response, model: type[ModelT]) -> ModelT:
    """
    Read an answer.

    Raises:
        FileRefusedError: If the server refused what was sent.
        ServerRefusedError: If it refused for any other reason.
        CommandError: If it does not answer as Staydown does.
    """
    if not response.is_success:
        kind = FileRefusedError if response.status_code in _FILE_REFUSED else ServerRefusedError
        raise kind(_problem(response))
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        message = f"{response.url} does not answer as Staydown does; check --server"
        raise CommandError(message) from error


class _ProblemDocument(BaseModel):
    title: str
    detail: str


def _problem(response: Response) -> str:
    try:
        problem = _ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        return f"{response.url} answered {response.status_code}; check --server"
    return f"{problem.title}: {problem.detail}"
