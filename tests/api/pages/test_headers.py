"""Nothing runs on a page that is not a file of ours, and nothing of a page is kept."""

import pytest
from fastapi.testclient import TestClient

from api.pages.headers import HEADERS


@pytest.mark.parametrize(
    "path", ["/console/shows", "/console/refuses", "/console/nowhere", "/console/fails", "/console"]
)
def test_every_answer_of_a_page_carries_the_headers(pages: TestClient, path: str) -> None:
    """An error page without them would be the one that an attacker uses."""
    answered = pages.get(path)
    assert {name: answered.headers[name] for name in HEADERS} == HEADERS


def test_no_script_and_no_style_may_stand_in_a_page(pages: TestClient) -> None:
    """Text of a stranger that got through the escaping could still not run."""
    policy = pages.get("/console/shows").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_addresses_beside_pages_keep_their_own_headers(pages: TestClient) -> None:
    """The API answers programs, which a page's headers would only burden."""
    assert "Content-Security-Policy" not in pages.get("/v1/refuses").headers
    assert "Content-Security-Policy" not in pages.get("/consoles").headers
