"""
Lists of cases for a shell: read from the record of this machine, or asked of a server.

Invariant: both answer alike, in the API's own shapes. Neither index nor sandbox is started for a list.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from api.cli.desk import shell_actor
from api.cli.local import open_record
from api.schemas.casework.case_lists import CaseGroupPage, CasePage
from api.settings import read_settings
from api.views.casework.case_rows import case_groups, case_rows
from casework.domain.cases.listing import CaseFilter, GroupBy
from casework.persistence.unit_of_work import SqlUnitOfWork


class Lists(Protocol):
    """What a command may read."""

    def cases(self, asked: CaseFilter, *, mine: bool, limit: int, after: str | None) -> CasePage:
        """List cases; `mine` are those of whoever asks."""

    def groups(self, by: GroupBy, *, limit: int, after: str | None) -> CaseGroupPage:
        """List groups of open cases."""


@dataclass(frozen=True, slots=True)
class LocalLists:
    """
    The lists of a data folder.

    Args:
        uow: To read.

        sample_size: Cases of each group that are shown.
    """

    uow: SqlUnitOfWork
    sample_size: int

    def cases(self, asked: CaseFilter, *, mine: bool, limit: int, after: str | None) -> CasePage:
        """List cases."""
        person = shell_actor().id if mine else None
        mine_or_all = replace(asked, of_person=person)
        found, following = self.uow.cases.listed(mine_or_all, now=self.uow.now, after=after, limit=limit)
        return CasePage(items=case_rows(found, self.uow), next=following)

    def groups(self, by: GroupBy, *, limit: int, after: str | None) -> CaseGroupPage:
        """List groups of open cases."""
        found, following = self.uow.cases.groups(by, after=after, limit=limit)
        return CaseGroupPage(items=case_groups(found, shell_actor(), self.uow, size=self.sample_size), next=following)


@contextmanager
def open_lists(server: str | None, key: str | None) -> Iterator[Lists]:
    """
    Open the lists a command reads.

    Args:
        server: Its address, or None for this machine.

        key: For the server.

    Raises:
        typer.BadParameter: If a server is given without a key.
        SettingsError: If the data folder is not prepared.
    """
    if server is None:
        settings = read_settings()
        with open_record(settings, read_only=True) as uow:
            yield LocalLists(uow, settings.sample_size)
        return
    from api.cli.remote import open_client  # what speaks HTTP: a command over a data folder does without
    from api.cli.remote_lists import RemoteLists

    with open_client(server, key) as client:
        yield RemoteLists(client)
