"""Reports by hashes and decisions: done past FastAPI as the route does them, or handed on as they came."""

import json
import secrets
from itertools import count

import pytest

from api.by_signals.middleware import AT_ONCE_BYTES
from casework.domain.actor import Role
from tests.api.by_signals.ways import HANDED_ON, InTheLoop, Reply, by_the_route
from tests.api.conftest import Staydown

REPORTS = "/v1/reports"
REPORT = {
    "reporter": {"relation": "subject"},
    "statement": {"non_consent": True, "good_faith": True, "signature": "A"},
    "facts": {"nudity": True},
}
OF_ONE_ANSWER = (
    "report_id",
    "case_id",
    "receipt",
    "deadline",
    "decision_id",
    "takedown_id",
    "decided_at",
    "index_version",
)

numbers = count()


@pytest.fixture(scope="module")
def loop(staydown: Staydown) -> InTheLoop:
    """Return the way past FastAPI."""
    return InTheLoop(staydown.http.app)


def sent(report: object = REPORT, signals: object = None, **more: object) -> bytes:
    """Write a report about a picture that nobody has reported."""
    given = [{"type": "pdq/1", "value": secrets.token_hex(32), "quality": 100}] if signals is None else signals
    return json.dumps({"report": report, "signals": given, **more}).encode()


def by_route(staydown: Staydown, path: str, body: bytes, key: str) -> Reply:
    """Ask the route, under an Idempotency-Key of its own."""
    return by_the_route(staydown.http, path, body, key, repeat=f"casework {next(numbers)}")


def alike(reply: Reply) -> Reply:
    """Keep of ids and moments only whether there is one."""
    value = {name: one is not None if name in OF_ONE_ANSWER else one for name, one in reply.value.items()}
    return Reply(reply.status, {name: one for name, one in value.items() if name != "request_id"})


def open_case(staydown: Staydown) -> str:
    """File a report and return its case."""
    case_id: str = staydown.report_signals({"type": "pdq/1", "value": secrets.token_hex(32)})["case_id"]
    return case_id


@pytest.mark.parametrize(
    "body",
    [
        sent(),
        sent({**REPORT, "facts": {}}),
        sent({**REPORT, "conduct": "threat", "content": {"post_text": "I will post it"}}, []),
        sent({**REPORT, "statement": {"non_consent": True}}),
        sent({**REPORT, "content": {"urls": ["https://example.org/1"]}}),
        sent(signals=[]),
    ],
    ids=range(6),
)
def test_a_report_is_answered_and_stored_as_the_route_does(staydown: Staydown, loop: InTheLoop, body: bytes) -> None:
    """Two ways to one answer are one bug more, unless they are compared."""
    key = staydown.key(Role.INTAKE)
    here, there = loop.asked(staydown.http, REPORTS, body, key), by_route(staydown, REPORTS, body, key)
    if here.status == HANDED_ON:
        assert there.status == 422
        return
    assert alike(here) == alike(there)
    if here.status == 201:
        with staydown.service.reading() as uow:
            one, other = (uow.reports.get(reply.value["report_id"]) for reply in (here, there))
        for name in ("reporter", "statement", "content"):
            assert getattr(one, name) == getattr(other, name), name


@pytest.mark.parametrize(
    "said", [{"outcome": "uphold"}, {"outcome": "request_information", "question": "Who is in it?"}]
)
def test_a_decision_is_answered_as_the_route_answers_it(staydown: Staydown, loop: InTheLoop, said: dict) -> None:
    """What takes effect, and what is only asked, is the same either way."""
    key, body = staydown.key(Role.MODERATOR), json.dumps(said).encode()
    here = loop.asked(staydown.http, f"/v1/cases/{open_case(staydown)}/decision", body, key)
    there = by_route(staydown, f"/v1/cases/{open_case(staydown)}/decision", body, key)
    assert here.status == 200
    assert here.value.keys() == there.value.keys()
    assert {**alike(here).value, "case_id": ""} == {**alike(there).value, "case_id": ""}


def test_who_decided_a_case_is_asked_about_it_after_an_answer(staydown: Staydown, loop: InTheLoop) -> None:
    """Once it is answered the next question finds the takedown, whichever way the decision came."""
    value = secrets.token_hex(32)
    case_id = staydown.report_signals({"type": "pdq/1", "value": value}, facts={"nudity": True})["case_id"]
    body = json.dumps({"outcome": "uphold"}).encode()
    decided = loop.asked(staydown.http, f"/v1/cases/{case_id}/decision", body, staydown.key(Role.MODERATOR))
    asked = json.dumps({"signals": [{"type": "pdq/1", "value": value}]}).encode()
    found = loop.asked(staydown.http, "/v1/match", asked, staydown.key(Role.PIPELINE))
    assert [one["takedown_id"] for one in found.value["matches"]] == [decided.value["takedown_id"]]


def test_a_second_decision_is_refused_as_the_route_refuses_it(staydown: Staydown, loop: InTheLoop) -> None:
    """Of two who decide one case the second is told so, and nothing is tried again by the route."""
    case_id, key, body = open_case(staydown), staydown.key(Role.MODERATOR), b'{"outcome": "uphold"}'
    path = f"/v1/cases/{case_id}/decision"
    assert loop.asked(staydown.http, path, body, key).status == 200
    refused = loop.asked(staydown.http, path, body, key)
    assert refused.status == 409
    assert alike(refused) == alike(by_route(staydown, path, body, key))


def test_a_case_that_is_not_there_is_refused_as_the_route_refuses_it(staydown: Staydown, loop: InTheLoop) -> None:
    """The refusal is the route's, word for word."""
    key, path = staydown.key(Role.MODERATOR), "/v1/cases/case_1KZ6Q0W7T4M8X2N5B9C3D7F1G/decision"
    refused = loop.asked(staydown.http, path, b'{"outcome": "uphold"}', key)
    assert refused.status == 404
    assert alike(refused) == alike(by_route(staydown, path, b'{"outcome": "uphold"}', key))


ODD = [
    (REPORTS, b"null"),
    (REPORTS, b"{}"),
    (REPORTS, b"{"),
    (REPORTS, sent(extra=1)),
    (REPORTS, sent({**REPORT, "extra": 1})),
    (REPORTS, sent({**REPORT, "content": {"post_text": "a\0"}})),
    (REPORTS, sent({**REPORT, "content": {"post_text": "\ud800"}})),
    (REPORTS, sent(media_url="https://example.org/1.jpg")),
    (REPORTS, sent({**REPORT, "content": {"post_text": "a" * AT_ONCE_BYTES}})),
    (REPORTS, sent().decode().encode("utf-16")),
    ("/v1/cases/case_1/decision", b"[]"),
    ("/v1/cases/case_1/decision", b'{"outcome": "maybe"}'),
    ("/v1/cases/case_1/decision", b'{"outcome": "uphold", "extra": 1}'),
    ("/v1/cases/case 1/decision", b'{"outcome": "uphold"}'),
    ("/v1/cases/case_1/decision/", b'{"outcome": "uphold"}'),
    ("/v1/cases//decision", b'{"outcome": "uphold"}'),
    ("/v1/cases/case_1/media/1/decision", b'{"outcome": "uphold"}'),
]


@pytest.mark.parametrize(("path", "body"), ODD, ids=range(len(ODD)))
def test_whatever_is_odd_is_handed_on_whole(staydown: Staydown, loop: InTheLoop, path: str, body: bytes) -> None:
    """The route alone knows what is wrong with it, and says so of every field."""
    loop.read_on = None
    assert loop.asked(staydown.http, path, body, staydown.key(Role.ADMIN)).status == HANDED_ON
    assert loop.read_on == body


def test_who_may_not_and_who_repeats_are_the_routes(staydown: Staydown, loop: InTheLoop) -> None:
    """A permission is refused, and a repeat answered, by the route."""
    decision, path = b'{"outcome": "uphold"}', f"/v1/cases/{open_case(staydown)}/decision"
    assert loop.asked(staydown.http, path, decision, staydown.key(Role.INTAKE)).status == HANDED_ON
    assert loop.asked(staydown.http, REPORTS, sent(), staydown.key(Role.AUDITOR)).status == HANDED_ON
    asked = loop.asked(staydown.http, REPORTS, sent(), staydown.key(Role.INTAKE), idempotency_key="once")
    assert asked.status == HANDED_ON
