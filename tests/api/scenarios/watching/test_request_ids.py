"""One id from the caller's log over the answer to ours."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http.problems import install_error_handlers
from api.http.watching.metrics import RequestMetrics
from api.logs import configure_logs
from casework.domain.actor import Role
from tests.api.conftest import Staydown


@pytest.fixture(scope="module")
def failing() -> Iterator[TestClient]:
    """Serve an address with a bug, each request logged."""
    app = FastAPI()

    @app.get("/things/{thing}")
    def read(thing: str) -> None:
        raise ZeroDivisionError

    app.add_middleware(RequestMetrics, access_log=True)
    install_error_handlers(app)
    configure_logs("json")
    with TestClient(app, raise_server_exceptions=False) as http:
        yield http
    configure_logs("console")


def test_every_answer_names_its_request_and_no_two_are_called_the_same(staydown: Staydown) -> None:
    """Who reports a bug has the id at hand."""
    answers = [staydown.http.get(address) for address in ("/healthz", "/healthz", "/v1/stats", "/nowhere")]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == 4
    assert [answer.json().get("request_id") for answer in answers] == [None, None, ids[2], ids[3]]


@pytest.mark.parametrize("given", ["a", "7f0c-4.B_c", "x" * 64])
def test_id_of_the_caller_is_kept(staydown: Staydown, given: str) -> None:
    """A platform finds our lines by the id of its own."""
    answer = staydown.http.get("/v1/stats", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"], answer.json()["request_id"]) == (given, given)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a","level":"info', "ü"])
def test_id_that_could_write_into_the_log_is_replaced(staydown: Staydown, given: str) -> None:
    """What stands in a log line is chosen by us, or so simple that it can do nothing there."""
    answer = staydown.http.get("/healthz", headers={"X-Request-Id": given.encode()})
    assert answer.headers["X-Request-Id"] not in ("", given)


def test_bug_is_answered_and_logged_under_one_id(failing: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    """The 500 tells nothing else; the line with the traceback is found by the id, also from another thread."""
    answer = failing.get("/things/case_1KZ6Q0W7T4M8X2N5B9C3D7F1G")
    request_id = answer.headers["X-Request-Id"]
    assert (answer.status_code, answer.json()["request_id"]) == (500, request_id)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["request_id"] for line in lines] == [request_id, request_id]
    request, bug = sorted(lines, key=lambda line: line["event"])
    assert (request["event"], request["method"], request["route"], request["status"]) == (
        "request",
        "GET",
        "/things/{thing}",
        500,
    )
    assert request["ms"] >= 0
    assert "ZeroDivisionError" in bug["exception"]
    assert "case_1KZ6" not in json.dumps(request)


def test_answer_to_a_caller_without_a_key_is_named_too(staydown: Staydown, tmp_path: Path) -> None:
    """Also what is answered before a body is read."""
    answer = staydown.http.post("/v1/match", json={"signals": []}, headers={"X-Request-Id": "one"})
    assert (answer.status_code, answer.json()["request_id"]) == (401, "one")
    with_key = staydown.http.post("/v1/match", json={"signals": 1}, headers={**staydown.headers(Role.PIPELINE)})
    assert (with_key.status_code, len(with_key.headers.get_list("X-Request-Id"))) == (422, 1)
