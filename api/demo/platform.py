"""
Those who talk to the service in the story: a person depicted, a moderator, a pipeline, a senior reviewer.

Invariant: each has a key of their own, and all they know is what the server answers over HTTP.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from httpx2 import Client

from api.demo.photos import Photo
from api.schemas.casework.cases import CaseView
from api.schemas.casework.decisions import DecisionIn, DecisionOut
from api.schemas.casework.takedowns import TakedownOut, WithdrawIn
from api.schemas.media import MatchOut
from api.schemas.reports import ContentIn, ReportAnswer, ReporterIn, ReportIn, StatementIn
from api.schemas.uploads import UploadAnswer
from api.shell.answers import answer_in, bytes_in
from casework.domain.actor import Role
from casework.domain.cases.report import Relation
from matcher.signals import signal_type
from matcher.signals.base import Worth


@dataclass(frozen=True, slots=True)
class AnsweredUpload:
    """
    One photograph that was uploaded, and what was answered.

    Args:
        photo: The file.

        expected: The verdict the story promises, or None where it promises nothing.

        answer: The server's.

        seconds: How long it took.
    """

    photo: Photo
    expected: str | None
    answer: UploadAnswer
    seconds: float

    @property
    def match(self) -> MatchOut | None:
        """The surest match, if any."""
        return self.answer.matches[0] if self.answer.matches else None

    @property
    def as_promised(self) -> bool:
        """Whether the verdict is the one that was promised."""
        return self.expected is None or self.answer.verdict == self.expected

    def agreement(self) -> str:
        """Say what agrees: ``"pdq 2, phash 4"``; or ``"phash 30, 57 keypoints"`` where not every hash does."""
        evidence = [] if self.match is None or self.match.evidence is None else self.match.evidence
        hashes = [one for one in evidence if one.get("distance") is not None and not _is_of_file(one)]
        agreeing = [one for one in hashes if one["distance"] <= one["threshold"]]
        said = [f"{one['signal'].partition('/')[0]} {one['distance']}" for one in agreeing]
        if not said or len(agreeing) < len(hashes):
            said += [f"{one['inliers']} keypoints" for one in evidence if "inliers" in one]
        return ", ".join(said) or "–"


def _is_of_file(evidence: dict[str, Any]) -> bool:
    return signal_type(evidence["signal"]).worth is Worth.PROOF


class Platform:
    """
    Everybody who talks to the service, each with a key of their own.

    Args:
        client: A client of the server.

        keys: One for each role that plays.
    """

    def __init__(self, client: Client, keys: Mapping[Role, str]) -> None:
        self._client = client
        self._keys = keys
        self._uploads = 0

    def wait_until_ready(self) -> None:
        """Return once the server can answer correctly."""
        self._client.get("/readyz").raise_for_status()

    def report(self, photo: Photo) -> ReportAnswer:
        """The person depicted reports a photo, completely."""
        report = ReportIn(
            reporter=ReporterIn(relation=Relation.SUBJECT, name="A. Person", contact="a.person@example.org"),
            statement=StatementIn(non_consent=True, good_faith=True, signature="A. Person"),
            content=ContentIn(url="https://example.org/post/8731"),
            facts={"nudity": True},
        )
        response = self._client.post(
            "/v1/reports",
            headers=self._as(Role.INTAKE),
            data={"report": report.model_dump_json()},
            files={"media": (photo.name, photo.data)},
        )
        return answer_in(response, ReportAnswer)

    def case(self, case_id: str) -> CaseView:
        """A moderator opens the case."""
        return answer_in(self._client.get(f"/v1/cases/{case_id}", headers=self._as(Role.MODERATOR)), CaseView)

    def look(self, case: CaseView) -> int:
        """A moderator looks at what was reported; return at how many pictures."""
        shown = [one.n for one in case.media if one.preview is not None]
        for n in shown:
            bytes_in(self._client.get(f"/v1/cases/{case.id}/media/{n}", headers=self._as(Role.MODERATOR)))
        return len(shown)

    def uphold(self, case_id: str) -> DecisionOut:
        """A moderator decides."""
        decision = DecisionIn(outcome="uphold", note="intimate, shared without consent")
        response = self._client.post(
            f"/v1/cases/{case_id}/decision", headers=self._as(Role.MODERATOR), json=decision.model_dump(mode="json")
        )
        return answer_in(response, DecisionOut)

    def takedown(self, takedown_id: str) -> TakedownOut:
        """A moderator looks at what stands."""
        path = f"/v1/takedowns/{takedown_id}"
        return answer_in(self._client.get(path, headers=self._as(Role.MODERATOR)), TakedownOut)

    def upload(self, photo: Photo, *, expected: str | None) -> AnsweredUpload:
        """A platform's pipeline asks whether an upload may be published."""
        self._uploads += 1
        upload = {"upload_id": f"post-{self._uploads}", "uploader_id": f"user-{self._uploads}"}
        begun = time.perf_counter()
        response = self._client.post(
            "/v1/uploads",
            headers=self._as(Role.PIPELINE),
            data={"upload": json.dumps(upload)},
            files={"media": (photo.name, photo.data)},
        )
        seconds = time.perf_counter() - begun
        return AnsweredUpload(photo, expected, answer_in(response, UploadAnswer), seconds)

    def withdraw(self, takedown_id: str) -> TakedownOut:
        """A senior reviewer takes the takedown back, because the person depicted asks for it."""
        withdrawal = WithdrawIn(reason="the person depicted withdrew the report")
        response = self._client.post(
            f"/v1/takedowns/{takedown_id}/withdraw", headers=self._as(Role.SENIOR), json=withdrawal.model_dump()
        )
        return answer_in(response, TakedownOut)

    def _as(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._keys[role]}"}
