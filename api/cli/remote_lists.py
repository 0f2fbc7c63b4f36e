"""Lists of cases that a server answers, in the same shapes as those of this machine."""

from dataclasses import dataclass

from staydown_client import Client

from api.cli.remote import read_as, said_to_a_person
from api.schemas.casework.case_lists import CaseGroupPage, CasePage
from casework.domain.cases.listing import CaseFilter, GroupBy


@dataclass(frozen=True, slots=True)
class RemoteLists:
    """
    A server's lists.

    Args:
        client: As `open_client` makes it.
    """

    client: Client

    def cases(self, asked: CaseFilter, *, mine: bool, limit: int, after: str | None) -> CasePage:
        """List cases."""
        parameters = {
            "state": asked.state,
            "queue": asked.queue,
            "takedown_id": asked.takedown_id,
            "uploader_id": asked.uploader_id,
            "strength": asked.strength,
            "text": asked.text,
            "order": asked.order,
            "mine": "true" if mine else None,
            "limit": limit,
            "after": after,
        }
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        with said_to_a_person():
            return read_as(CasePage, self.client.request("GET", "/v1/cases", params=given))

    def groups(self, by: GroupBy, *, limit: int, after: str | None) -> CaseGroupPage:
        """List groups of open cases."""
        given = {"by": by.value, "limit": str(limit)} | ({} if after is None else {"after": after})
        with said_to_a_person():
            return read_as(CaseGroupPage, self.client.request("GET", "/v1/case-groups", params=given))
