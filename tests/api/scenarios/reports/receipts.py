"""What the holder of a receipt does, one call a step."""

import json
from dataclasses import dataclass

from httpx2 import Response

from casework.domain.actor import Role
from tests.api.conftest import Staydown


@dataclass
class Receipt:
    """
    A receipt, and the service it is shown to.

    Args:
        staydown: The service.

        filed: The answer to the report.
    """

    staydown: Staydown
    filed: dict

    @property
    def case_id(self) -> str:
        """The case's id."""
        return self.filed["case_id"]

    @property
    def shown(self) -> dict:
        """What the receipt shows now."""
        response = self.staydown.http.get(self._address(""), headers=self._headers())
        assert response.status_code == 200, response.text
        return response.json()

    @property
    def case(self) -> dict:
        """The case as a moderator sees it now."""
        return self.staydown.get(f"/v1/cases/{self.case_id}", Role.MODERATOR)

    def post(self, step: str, body: dict, *, secret: str | None = None) -> Response:
        """Take a step that the receipt opens."""
        return self.staydown.http.post(self._address(f"/{step}"), headers=self._headers(secret), json=body)

    def says(self, **body: object) -> dict:
        """Answer, and be taken."""
        response = self.post("messages", body)
        assert response.status_code == 201, response.text
        return response.json()

    def sends(self, *files: bytes, **message: object) -> Response:
        """Answer with files."""
        return self.staydown.http.post(
            self._address("/messages"),
            headers=self._headers(),
            data={"message": json.dumps(message)} if message else {},
            files=[("media", ("photo.jpg", data, "image/jpeg")) for data in files],
        )

    def asked(self, question: str | None, **body: object) -> dict:
        """Let a moderator ask for information."""
        return self.decided(outcome="request_information", question=question, **body).json()

    def decided(self, role: Role = Role.MODERATOR, name: str = "one", **body: object) -> Response:
        """Let a moderator decide."""
        address = f"/v1/cases/{self.case_id}/decision"
        response = self.staydown.http.post(address, headers=self.staydown.headers(role, name), json=body)
        assert response.status_code == 200, response.text
        return response

    def written(self, text: str) -> Response:
        """Let a moderator write to the reporter."""
        address = f"/v1/cases/{self.case_id}/messages"
        return self.staydown.http.post(address, headers=self.staydown.headers(Role.MODERATOR), json={"text": text})

    def found_out(self, **facts: object) -> Response:
        """Let a moderator record what was learned."""
        address = f"/v1/cases/{self.case_id}/facts"
        return self.staydown.http.patch(address, headers=self.staydown.headers(Role.MODERATOR), json=facts)

    def _address(self, step: str) -> str:
        return f"/v1/receipts/{self.filed['receipt']['number']}{step}"

    def _headers(self, secret: str | None = None) -> dict[str, str]:
        return {"Receipt-Secret": secret or self.filed["receipt"]["secret"]}


def events_about(staydown: Staydown, case_id: str) -> list[dict]:
    """List what systems downstream are told of a case."""
    items, after = [], None
    while True:
        page = staydown.get("/v1/events?limit=200" + (f"&after={after}" if after else ""))
        items += page["items"]
        if page["next"] is None:
            return [one for one in items if one["data"].get("case_id") == case_id]
        after = page["next"]


def event(staydown: Staydown, case_id: str, kind: str) -> dict:
    """Return the data of the one event of a kind about a case."""
    (found,) = [one["data"] for one in events_about(staydown, case_id) if one["type"] == kind]
    return found
