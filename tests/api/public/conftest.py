"""A service that takes reports of the public, and what a person sends to its pages without a script."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from httpx2 import Response

from tests.api.conftest import Staydown, running, settings_in
from tests.api.scenarios.reports.receipts import Receipt
from tests.helpers.records.empty_records import record_url

FORM = {
    "relation": "subject",
    "name": "Ana",
    "contact": "ana@example.org",
    "conduct": "shared_media",
    "nudity": "yes",
    "links": "https://example.org/1",
    "way": "files",
    "explanation": "I did not agree.",
    "non_consent": "yes",
    "good_faith": "yes",
    "signature": "Ana",
}
"""A complete notice, as a form sends it."""


@dataclass
class Person:
    """
    Somebody without an account, in front of the pages.

    Args:
        staydown: The service.
    """

    staydown: Staydown

    def reports(self, *files: bytes, **changes: str) -> Response:
        """Send the form."""
        sent = [("media", ("photo.jpg", data, "image/jpeg")) for data in files]
        return self.staydown.http.post(
            "/report", data={**FORM, **changes}, files=sent or {"media": ("", b"", "application/octet-stream")}
        )

    def reported(self, *files: bytes, **changes: str) -> Receipt:
        """Send the form, be taken, and keep the receipt."""
        answer = self.reports(*files, **changes)
        assert answer.status_code == 201, answer.text
        return self.receipt_in(answer.text)

    def receipt_in(self, page: str) -> Receipt:
        """Read a receipt from the page that shows it."""
        number, secret = (shown(page, f"receipt-{name}") for name in ("number", "secret"))
        with self.staydown.service.reading() as uow:
            case_id = uow.reports.by_receipt(number).case_id
        return Receipt(self.staydown, {"receipt": {"number": number, "secret": secret}, "case_id": case_id})

    def takes(self, receipt: Receipt, step: str = "", *files: bytes, **typed: str) -> Response:
        """Look at a report, or take a step on its page."""
        sent = [("media", ("photo.jpg", data, "image/jpeg")) for data in files]
        data = {**receipt.filed["receipt"], **typed}
        return self.staydown.http.post(f"/receipt{step and '/' + step}", data=data, files=sent or None)


def shown(page: str, element: str) -> str:
    """Return the text of an element that holds nothing else."""
    (text,) = re.findall(rf'id="{element}"[^>]*>([^<]*)<', page)
    return text.strip()


@pytest.fixture(scope="module", params=[os.environ.get("STAYDOWN_TEST_DATABASE", "sqlite")])
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open one service for the tests of a module; they keep apart by using other pictures."""
    generous = {"public_reports": True, "public_reports_per_hour": 10_000, "receipts_per_minute": 10_000}
    with (
        record_url(request.param, request) as url,
        running(settings_in(tmp_path_factory.mktemp("staydown"), database_url=url, **generous)) as service,
    ):
        yield service


@pytest.fixture
def person(staydown: Staydown) -> Person:
    """Somebody in front of the pages."""
    return Person(staydown)
