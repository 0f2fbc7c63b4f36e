"""
Work done by a server, over HTTP: for shells on machines that hold no data folder.

Invariant: `staydown_client` asks, as any program's own would; here its answers are read as the API wrote them, and its
errors become lines that a person at a shell can do something about.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import typer
from pydantic import BaseModel, ValidationError
from staydown_client import (
    AnswerError,
    Client,
    JobFailedError,
    ProblemError,
    StaydownError,
    UnreachableError,
)
from staydown_client import Signal as SentSignal

from api.schemas.casework.case_lists import CasePage
from api.schemas.casework.cases import CaseView
from api.schemas.casework.decisions import DecisionIn, DecisionOut, DecisionsIn, DecisionsOut
from api.schemas.media import SignalOut
from api.schemas.operating.erasures import ErasureAccepted, ErasureIn, ErasureOut
from api.schemas.reports import ReportAnswer, ReportIn
from api.schemas.uploads import MatchAnswer
from api.shell.errors import CommandError, FileRefusedError, ServerRefusedError
from casework.domain.cases.case import Queue
from matcher.reading.keyframes import Progress
from matcher.signals.base import Signal

ModelT = TypeVar("ModelT", bound=BaseModel)

_SAYS_NOTHING_FOR_S = 3600
"""A video of a report may be decoded for long before there is an answer."""

_LOOKED_THROUGH = 50
"""Cases of a page in which one is looked for that nobody holds."""

_CONFLICT = 409
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

    def match(self, file: Path, progress: Progress | None = None) -> MatchAnswer:
        """Ask whether a file matches a takedown; nothing is stored."""
        with said_to_a_person():
            return read_as(MatchAnswer, self._client.match(file, progress=progress).raw)

    def report_files(self, report: ReportIn, files: Sequence[Path], progress: Progress | None = None) -> ReportAnswer:
        """File a report with media."""
        with said_to_a_person():
            filed = self._client.report(report.model_dump(mode="json"), files)
        if progress is not None:
            progress(1.0)
        return read_as(ReportAnswer, filed.raw)

    def report_signals(self, report: ReportIn, signals: Sequence[Signal]) -> ReportAnswer:
        """File a report with signals alone."""
        sent = [SentSignal.of(SignalOut.of(signal).model_dump(mode="json")) for signal in signals]
        with said_to_a_person():
            return read_as(ReportAnswer, self._client.report(report.model_dump(mode="json"), signals=sent).raw)

    def look(self, case_id: str, why: str | None) -> dict[int, bytes]:
        """
        Look at the reduced previews of a case, those that are kept, by their place; each look is audited.

        Addresses are made here: one that a server names could lead a reviewer elsewhere.
        """
        reason = {} if why is None else {"why": why}
        with said_to_a_person():
            case = read_as(CaseView, self._client.request("GET", _case(case_id), params=reason))
            kept = [one.n for one in case.media if one.preview is not None]
            return {n: self._client.download(f"{_case(case_id)}/media/{n:d}", params=reason) for n in kept}

    def case(self, case_id: str) -> CaseView:
        """Read a case whole; that its reporter was shown is audited."""
        with said_to_a_person():
            return read_as(CaseView, self._client.case(case_id))

    def next_case(self, queue: Queue | None) -> CaseView | None:
        """Take the most urgent case that nobody holds, and read it; whoever is first gets it, and this goes on."""
        asked = {"limit": str(_LOOKED_THROUGH)} | ({} if queue is None else {"queue": queue.value})
        with said_to_a_person():
            while True:
                page = read_as(CasePage, self._client.request("GET", "/v1/cases", params=asked))
                for row in page.items:
                    if (claimed := self._claimed(row.id)) is not None:
                        return claimed
                if page.next is None:
                    return None
                asked["after"] = page.next

    def drawing(self, case_id: str) -> bytes | None:
        """Draw the evidence of a case."""
        if not any(one.preview is not None for one in self.case(case_id).media):
            return None
        with said_to_a_person():
            return self._client.download(f"{_case(case_id)}/drawing")

    def decide(self, case_id: str, decision: DecisionIn) -> DecisionOut:
        """Decide a case."""
        return self._changed(DecisionOut, f"{_case(case_id)}/decision", decision)

    def decide_many(self, decisions: DecisionsIn, progress: Progress | None = None) -> DecisionsOut:
        """Decide many cases at once."""
        made = self._changed(DecisionsOut, "/v1/cases/decisions", decisions)
        if progress is not None:
            progress(1.0)
        return made

    def erase(self, erasure: ErasureIn) -> ErasureOut:
        """Ask for an erasure."""
        return self.go_on_erasing(self._changed(ErasureAccepted, "/v1/erasures", erasure).erasure_id)

    def go_on_erasing(self, erasure_id: str) -> ErasureOut:
        """Say how far an erasure is; the server's worker carries it out."""
        with said_to_a_person():
            return read_as(ErasureOut, self._client.request("GET", f"/v1/erasures/{quote(erasure_id, safe='')}"))

    def _claimed(self, case_id: str) -> CaseView | None:
        """Take a case and read it; None where somebody else has it."""
        try:
            return read_as(CaseView, self._client.request("POST", f"{_case(case_id)}/claim"))
        except ProblemError as error:
            if error.status != _CONFLICT:
                raise
            return None

    def _changed(self, answer: type[ModelT], path: str, body: BaseModel) -> ModelT:
        """Send what changes something. A field that was not given is not sent, for null may say something else."""
        with said_to_a_person():
            document = body.model_dump(mode="json", exclude_none=True)
            return read_as(answer, self._client.request("POST", path, document=document))


@contextmanager
def open_client(server: str, key: str | None) -> Iterator[Client]:
    """
    Open a client that presents a key.

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
    with Client(server, key, timeout_s=_SAYS_NOTHING_FOR_S) as client:
        yield client


@contextmanager
def said_to_a_person() -> Iterator[None]:
    """
    Say what went wrong between here and a server to the person at the shell.

    Raises:
        FileRefusedError: If the server refused what was sent.
        ServerRefusedError: If it refused for any other reason.
        CommandError: If it cannot be reached, or does not answer as Staydown does.
    """
    try:
        yield
    except ProblemError as error:
        kind = FileRefusedError if error.status in _FILE_REFUSED else ServerRefusedError
        raise kind(error.sentence) from error
    except JobFailedError as error:
        raise FileRefusedError(str(error)) from error
    except AnswerError as error:
        message = f"{error}; check --server"
        raise CommandError(message) from error
    except UnreachableError as error:
        message = f"the server cannot be reached: {error.__cause__ or error}; check --server"
        raise CommandError(message) from error
    except StaydownError as error:
        raise CommandError(str(error)) from error


def read_as(model: type[ModelT], document: Any) -> ModelT:  # noqa: ANN401
    """
    Read what was answered into the API's own shape.

    Raises:
        CommandError: If it is none of that shape.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        message = f"the server does not answer as Staydown does ({model.__name__}); check --server"
        raise CommandError(message) from error


def _case(case_id: str) -> str:
    return f"/v1/cases/{quote(case_id, safe='')}"
