"""
Where a command's work is done: here, over the data folder, or by a server, over HTTP.

Invariant: both do the same through the same handlers and answer in the API's own shapes, so a command neither knows nor
cares which it got.
"""

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Protocol

import typer

from api.bootstrap import open_service
from api.cli.local import LocalDesk
from api.schemas.casework.cases import CaseView
from api.schemas.casework.decisions import DecisionIn, DecisionOut, DecisionsIn, DecisionsOut
from api.schemas.operating.erasures import ErasureIn, ErasureOut
from api.schemas.reports import ReportAnswer, ReportIn
from api.schemas.uploads import MatchAnswer
from api.settings import read_settings
from casework.domain.actor import Actor, Role
from casework.domain.cases.case import Queue
from matcher.reading.keyframes import Progress
from matcher.signals.base import Signal

Server = Annotated[
    str | None, typer.Option(metavar="URL", help="Ask this server instead of the data folder of this machine.")
]
Key = Annotated[
    str | None, typer.Option(envvar="STAYDOWN_KEY", metavar="KEY", help="For the server; `staydown keys create`.")
]


class Desk(Protocol):
    """
    What a command may ask for.

    Attributes:
        at_once: How many files may be handed in at the same time.
    """

    @property
    def at_once(self) -> int:
        """How many files may be handed in at the same time."""

    def match(self, file: Path, progress: Progress | None = None) -> MatchAnswer:
        """Ask whether a file matches a takedown; nothing is stored. `progress` gets the share that was read."""

    def report_files(self, report: ReportIn, files: Sequence[Path], progress: Progress | None = None) -> ReportAnswer:
        """File a report with media; `progress` gets the share of all of it that was read."""

    def report_signals(self, report: ReportIn, signals: Sequence[Signal]) -> ReportAnswer:
        """File a report with signals alone."""

    def look(self, case_id: str, why: str | None) -> dict[int, bytes]:
        """Look at the reduced previews of a case, those that are kept, by their place; each look is audited."""

    def case(self, case_id: str) -> CaseView:
        """Read a case whole; that its reporter was shown is audited."""

    def next_case(self, queue: Queue | None) -> CaseView | None:
        """Take the most urgent case that nobody holds, and read it; None where there is none."""

    def drawing(self, case_id: str) -> bytes | None:
        """Draw the evidence of a case as a PNG, without a photo; None where nothing is kept that could be drawn."""

    def decide(self, case_id: str, decision: DecisionIn) -> DecisionOut:
        """Decide a case."""

    def decide_many(self, decisions: DecisionsIn, progress: Progress | None = None) -> DecisionsOut:
        """Decide many cases at once; `progress` gets the share of them that is done."""

    def erase(self, erasure: ErasureIn) -> ErasureOut:
        """Ask for an erasure."""

    def go_on_erasing(self, erasure_id: str) -> ErasureOut:
        """Say how far an erasure is; where nobody else carries it out, go on with it first."""


_BUDGET_MS = 600_000


@contextmanager
def open_desk(server: str | None, key: str | None) -> Iterator[Desk]:
    """
    Open the desk a command works at.

    Args:
        server: Its address, or None for this machine.

        key: For the server.

    Raises:
        typer.BadParameter: If a server is given without a key.
        SettingsError: If the data folder is not prepared.
    """
    if server is None:
        # A command is waited for, and its process has to load what a deep search runs.
        with open_service(read_settings(deep_budget_ms=_BUDGET_MS)) as service:
            yield LocalDesk(service, shell_actor())
        return
    from api.cli.remote import RemoteDesk, open_client  # what speaks HTTP: a command over a data folder does without

    with open_client(server, key) as client:
        yield RemoteDesk(client)


def shell_actor() -> Actor:
    """Name the person at the shell, for the history: they may read and write the data folder, so they may do all."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        user = str(os.getuid())
    name = f"{user} at the command line"
    return Actor(id=f"cli:{user}", name=name, role=Role.ADMIN, trusted=True, is_operator=True)
