"""Whatever a client sends that the document allows, or forbids, the answer is never a server error."""

import os

import requests
import schemathesis
from hypothesis import HealthCheck, given, settings

from casework.domain.actor import Role
from tests.api.conftest import Staydown

EXAMPLES_AN_OPERATION = int(os.environ.get("STAYDOWN_TEST_EXAMPLES", "8"))


def test_no_request_is_a_server_error(staydown: Staydown) -> None:
    """A 500 is a bug, for odd bodies, ids, cursors and headers alike."""
    document = schemathesis.openapi.from_dict(staydown.http.get("/openapi.json").json())
    operations = [result.ok() for result in document.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:
        ask_oddly(operation, staydown)


def ask_oddly(operation: schemathesis.APIOperation, staydown: Staydown) -> None:
    """Send generated requests of one operation."""

    @settings(
        max_examples=EXAMPLES_AN_OPERATION,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case) -> None:
        request = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        headers = {**request.headers, **staydown.headers(Role.ADMIN)}
        response = staydown.http.request(request.method, request.url, headers=headers, content=request.body)
        assert response.status_code < 500, (request.method, request.url, request.body, response.text)

    send()
