"""A form counts only if a page of ours sent it."""

import pytest
from fastapi.testclient import TestClient

OURS = [
    {},
    {"Origin": "http://testserver"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]
FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
    {"Origin": "http://testserver.evil.example", "Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", OURS)
def test_a_form_of_our_own_page_is_taken(pages: TestClient, headers: dict[str, str]) -> None:
    """Browsers say so; programs that say nothing carry no cookie either."""
    assert pages.post("/console/takes", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_of_another_site_is_refused(pages: TestClient, headers: dict[str, str]) -> None:
    """Whatever it asks for."""
    answered = pages.post("/console/takes", headers=headers)
    assert answered.status_code == 403
    assert "This form did not come from here" in answered.text
