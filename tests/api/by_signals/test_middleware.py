"""Questions by signals: answered in the event loop as the route answers them, or handed to the route as they came."""

import json
import secrets
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.by_signals.middleware import AT_ONCE_BYTES
from api.security.keys import KeyTerms, create_key, revoke_key, rotate_key
from casework.domain.actor import Role
from tests.api.by_signals.ways import HANDED_ON, InTheLoop, Reply, by_the_route
from tests.api.conftest import TESTER, Staydown
from tests.helpers.media.pictures import photo_bytes

MATCH, CHECK, BATCH = "/v1/match", "/v1/check", "/v1/match/batch"


def flipped(value: str, bits: int) -> str:
    """Return a hash that differs in so many bits."""
    return f"{int(value, 16) ^ (1 << bits) - 1:064x}"


@pytest.fixture(scope="module")
def key(staydown: Staydown) -> str:
    """Return the key of a trusted pipeline."""
    return staydown.key(Role.PIPELINE)


@pytest.fixture(scope="module")
def loop(staydown: Staydown) -> InTheLoop:
    """Return the way in the event loop."""
    return InTheLoop(staydown.http.app)


@pytest.fixture(scope="module")
def banked(staydown: Staydown) -> list[str]:
    """Take down a few pictures of each kind, protect one of them, and return their hashes and some strangers'."""
    picture = photo_bytes(71)
    known = {one["type"]: one["value"] for one in staydown.hashed(picture)}
    values = [known["pdq/1"], *(secrets.token_hex(32) for _ in range(5))]
    staydown.take_down(picture, nudity=True)
    for value, nudity in zip(values[1:], (True, True, False), strict=False):
        signals = [{"type": "pdq/1", "value": value}, {"type": "phash/1", "value": flipped(value, 3)}]
        staydown.uphold(
            staydown.report_signals(*signals, facts={"nudity": nudity})["case_id"], override_reason="a test"
        )
    protected = staydown.http.post(
        "/v1/protected",
        headers=staydown.headers(Role.SENIOR),
        data={"protected": json.dumps({"reason": "front pages"})},
        files={"media": ("page.jpg", picture)},
    )
    assert protected.status_code == 201, protected.text
    return values


def both(staydown: Staydown, loop: InTheLoop, path: str, body: object, key: str) -> tuple[Reply, Reply]:
    """Ask both ways."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return loop.asked(staydown.http, path, sent, key), by_the_route(staydown.http, path, sent, key)


hashes = st.tuples(
    st.integers(0, 5),
    st.integers(0, 40),
    st.sampled_from(["pdq/1", "phash/1", "sha256/1"]),
    st.sampled_from([None, 0, 49, 50, 100]),
)


def signals_of(banked: list[str], drawn: list[tuple[int, int, str, int | None]]) -> list[dict[str, object]]:
    """Return signals near those that are banked, as they are sent."""
    return [{"type": kind, "value": flipped(banked[n], bits), "quality": quality} for n, bits, kind, quality in drawn]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(hashes, min_size=1, max_size=6), depth=st.sampled_from(["fast", "deep"]))
def test_a_question_is_answered_as_the_route_answers_it(
    staydown: Staydown, loop: InTheLoop, banked: list[str], key: str, drawn: list, depth: str
) -> None:
    """Two ways to one answer are one bug more, unless they are compared on many questions."""
    body = {"signals": signals_of(banked, drawn), "depth": depth}
    here, there = both(staydown, loop, MATCH, body, key)
    assert here.status == 200
    assert here == there


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(hashes, min_size=1, max_size=6))
def test_a_check_is_answered_as_the_route_answers_it_by_its_status(
    staydown: Staydown, loop: InTheLoop, banked: list[str], key: str, drawn: list
) -> None:
    """A hook reads the status alone: it must be the verdict's, whichever way answers."""
    body = {"signals": signals_of(banked, drawn)}
    here, there = both(staydown, loop, CHECK, body, key)
    matched, _ = both(staydown, loop, MATCH, body, key)
    assert here == there
    assert here.status == {"allow": 200, "hold": 202, "block": 451}[here.value["verdict"]]
    assert (matched.status, matched.value) == (200, here.value)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=st.lists(st.tuples(st.text(max_size=20), st.lists(hashes, min_size=1, max_size=4)), min_size=1, max_size=20)
)
def test_a_batch_is_answered_as_the_route_answers_it(
    staydown: Staydown, loop: InTheLoop, banked: list[str], key: str, drawn: list
) -> None:
    """Small ones are searched in the loop and large ones in threads; the answers are the same."""
    body = {"items": [{"id": name, "signals": signals_of(banked, of)} for name, of in drawn]}
    here, there = both(staydown, loop, BATCH, body, key)
    assert here == there or (here.status == HANDED_ON and there.status == 422)


@pytest.mark.parametrize("kinds", [("pdq/1",), ("pdq/1", "phash/1")])
def test_a_large_batch_is_answered_as_the_route_answers_it(
    staydown: Staydown, loop: InTheLoop, banked: list[str], key: str, kinds: tuple[str, ...]
) -> None:
    """It is read, searched for by several threads, and written outside the loop; its order stays."""
    items = [
        {"id": str(n), "signals": [{"type": kind, "value": flipped(banked[n % len(banked)], n % 41)} for kind in kinds]}
        for n in range(400)
    ]
    body = json.dumps({"items": items}).encode()
    assert len(body) > AT_ONCE_BYTES
    here, there = both(staydown, loop, BATCH, body, key)
    assert here.status == 200
    assert here == there
    assert {one["verdict"] for one in here.value["items"]} >= {"allow", "hold"}


VALUE = "ab" * 32
GOOD = {"type": "pdq/1", "value": VALUE}
ODD_BODIES = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"{}",
    b'{"signals": []}',
    b"[" * 100_000,
    b'{"signals": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    json.dumps({"signals": [GOOD]}).encode("utf-16"),
    b"\xef\xbb\xbf" + json.dumps({"signals": [GOOD]}).encode(),
    json.dumps({"signals": [GOOD], "extra": 1}).encode(),
    json.dumps({"signals": [{**GOOD, "extra": 1}]}).encode(),
    json.dumps({"signals": [{**GOOD, "quality": "50"}]}).encode(),
    json.dumps({"signals": [{**GOOD, "quality": 50.0}]}).encode(),
    json.dumps({"signals": [{**GOOD, "quality": True}]}).encode(),
    json.dumps({"signals": [{**GOOD, "quality": 101}]}).encode(),
    json.dumps({"signals": [{**GOOD, "quality": -1}]}).encode(),
    json.dumps({"signals": [{**GOOD, "quality": float("nan")}]}).encode(),
    b'{"signals": [{"type": "pdq/1", "value": "%s", "quality": 1e400}]}' % VALUE.encode(),
    b'{"signals": [{"type": "pdq/1", "value": "%s", "quality": %s}]}' % (VALUE.encode(), b"9" * 5000),
    b'{"signals": [{"type": "pdq/1", "value": "%s"}], "signals": []}' % VALUE.encode(),
    b'{"signals": [], "signals": [{"type": "pdq/1", "value": "%s"}]}' % VALUE.encode(),
    b'{"signals": [{"type": "no/1", "type": "pdq/1", "value": "%s"}]}' % VALUE.encode(),
    json.dumps({"signals": [{**GOOD, "value": VALUE.upper()}]}).encode(),
    json.dumps({"signals": [{**GOOD, "value": VALUE[:-1]}]}).encode(),
    json.dumps({"signals": [{**GOOD, "value": VALUE[:-2] + "  "}]}).encode(),
    json.dumps({"signals": [{**GOOD, "value": VALUE[:-2] + "zz"}]}).encode(),
    json.dumps({"signals": [{**GOOD, "value": "٠" * 64}]}).encode(),
    json.dumps({"signals": [{**GOOD, "type": "pdq/1\0"}]}).encode(),
    json.dumps({"signals": [{**GOOD, "type": "video/1"}]}).encode(),
    json.dumps({"signals": [{**GOOD, "type": "imagehash-dhash/1", "value": "ab" * 8}]}).encode(),
    json.dumps({"signals": [GOOD] * 101}).encode(),
    json.dumps({"signals": [GOOD], "depth": "shallow"}).encode(),
    b'{"signals": [{"type": "pdq/1", "value": "\\ud800"}]}',
    b'{"signals": [{"type": "pdq/1", "value": "\xff"}]}',
    json.dumps({"items": []}).encode(),
    json.dumps({"items": [{"id": "a\0", "signals": [GOOD]}]}).encode(),
    json.dumps({"items": [{"id": "\ud800", "signals": [GOOD]}]}).encode(),
    json.dumps({"items": [{"id": "é" * 255, "signals": [GOOD]}]}).encode(),
    json.dumps({"items": [{"id": "é" * 256, "signals": [GOOD]}]}).encode(),
    json.dumps({"items": [{"id": 1, "signals": [GOOD]}]}).encode(),
    json.dumps({"items": [{"id": "a", "signals": [GOOD], "depth": "fast"}]}).encode(),
    json.dumps({"items": [{"id": "a", "signals": [{**GOOD, "type": "local/1"}]}]}).encode(),
    json.dumps({"items": [{"id": "a", "signals": [GOOD]}] * 1001}).encode(),
]


@pytest.mark.parametrize("path", [MATCH, CHECK, BATCH])
@pytest.mark.parametrize("body", ODD_BODIES, ids=lambda body: repr(body[:40]) + str(len(body)))
def test_an_odd_body_is_read_as_the_route_reads_it_or_handed_on(
    staydown: Staydown, loop: InTheLoop, key: str, body: bytes, path: str
) -> None:
    """The compiled reader may take less than the slow one, and never more; what it refuses reaches the route whole."""
    loop.read_on = None
    here, there = both(staydown, loop, path, body, key)
    if here.status == HANDED_ON:
        assert loop.read_on == body
    else:
        assert here == there


def test_a_body_in_pieces_is_read_whole_here_and_by_the_route(staydown: Staydown, key: str) -> None:
    """Large bodies arrive in pieces; those that were read here must not be missing to the route."""
    way = InTheLoop(staydown.http.app, pieces=5)
    good, bad = json.dumps({"signals": [GOOD]}).encode(), json.dumps({"signals": [{**GOOD, "extra": 1}]}).encode()
    assert way.asked(staydown.http, MATCH, good, key).status == 200
    assert way.asked(staydown.http, MATCH, bad, key).status == HANDED_ON
    assert way.read_on == bad


def question() -> bytes:
    """Return the body of a plain question."""
    return json.dumps({"signals": [GOOD]}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {"idempotency_key": "a"},
        {"content_type": "text/plain"},
        {"content_length": "10000001"},
        {"content_length": "0"},
        {"content_length": "x"},
        {"transfer_encoding": "chunked"},
        {"authorization": "Basic abc"},
        {"authorization": "Bearer sdk_nobody"},
    ],
)
def test_whatever_is_unusual_is_the_routes(
    staydown: Staydown, loop: InTheLoop, key: str, headers: dict[str, str]
) -> None:
    """The route alone knows how to refuse, and which requests are repeats."""
    assert loop.asked(staydown.http, MATCH, question(), key, **headers).status == HANDED_ON


@pytest.fixture
def made(staydown: Staydown) -> tuple[str, str]:
    """Make a key for one test; return its id and the key."""
    with staydown.service.writing() as uow:
        new = create_key(uow, KeyTerms("one test's", Role.PIPELINE, trusted=True), actor=TESTER)
    return new.id, new.key


def is_answered(staydown: Staydown, loop: InTheLoop, key: str) -> bool:
    """Tell whether a question under a key is answered in the loop."""
    return loop.asked(staydown.http, MATCH, question(), key).status == 200


def test_a_revoked_key_is_refused_by_the_next_request(
    staydown: Staydown, loop: InTheLoop, made: tuple[str, str]
) -> None:
    """A key that leaked must open nothing from the moment its revocation is acknowledged, in any process."""
    key_id, key = made
    assert is_answered(staydown, loop, key)
    assert staydown.service.memory.keys.find(key) is not None
    with staydown.service.writing() as uow:
        revoke_key(uow, key_id, actor=TESTER)
    assert not is_answered(staydown, loop, key)
    assert by_the_route(staydown.http, MATCH, question(), key).status == 401


def test_a_rotated_key_ends_with_its_overlap(staydown: Staydown, loop: InTheLoop, made: tuple[str, str]) -> None:
    """What is remembered of a key must not outlast a rotation without overlap."""
    key_id, key = made
    assert is_answered(staydown, loop, key)
    with staydown.service.writing() as uow:
        new = rotate_key(uow, key_id, overlap=timedelta(), actor=TESTER)
    assert not is_answered(staydown, loop, key)
    assert is_answered(staydown, loop, new.key)


def test_a_paused_or_untrusted_key_is_the_routes(staydown: Staydown, loop: InTheLoop, made: tuple[str, str]) -> None:
    """Keys that are not trusted are watched, and may have to send files: that is all in one place."""
    assert not is_answered(staydown, loop, staydown.key(Role.PIPELINE, trusted=False))
    assert not is_answered(staydown, loop, staydown.key(Role.INTAKE))


def test_a_limited_key_is_counted_once_and_refused_by_the_route(staydown: Staydown, loop: InTheLoop) -> None:
    """Both ways draw on one allowance, and a request that is handed on is not counted twice."""
    terms = KeyTerms("limited", Role.PIPELINE, trusted=True, requests_per_minute=3)
    with staydown.service.writing() as uow:
        key = create_key(uow, terms, actor=TESTER).key
    assert is_answered(staydown, loop, key)
    odd = json.dumps({"signals": [{**GOOD, "extra": 1}]}).encode()
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    assert staydown.http.post(MATCH, content=odd, headers=headers).status_code == 422
    assert is_answered(staydown, loop, key)
    assert not is_answered(staydown, loop, key)
    assert staydown.http.post(MATCH, content=question(), headers=headers).status_code == 429


def test_questions_in_the_loop_are_counted_like_others(staydown: Staydown, key: str) -> None:
    """Figures by route must not miss the requests that most of the traffic is."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    line = 'staydown_requests_total{method="POST",route="/v1/match",status="200"}'

    def counted() -> float:
        text = staydown.http.get("/metrics").text
        return next((float(one.rpartition(" ")[2]) for one in text.splitlines() if one.startswith(line)), 0.0)

    before = counted()
    for _ in range(3):
        assert staydown.http.post(MATCH, content=question(), headers=headers).status_code == 200
    assert counted() == before + 3


@pytest.mark.parametrize("kinds", [["pdq/1"], ["pdq/1", "phash/1"]], ids=["one hash", "two hashes"])
def test_what_is_remembered_follows_what_is_decided(
    staydown: Staydown, loop: InTheLoop, key: str, kinds: list[str]
) -> None:
    """Quarantine, corrected facts, withdrawal, erasure: the very next question is answered by what is true then."""
    value = secrets.token_hex(32)
    signals = [{"type": kind, "value": value} for kind in kinds]
    case_id = staydown.report_signals(*signals, facts={"nudity": True})["case_id"]
    takedown = staydown.uphold(case_id)["takedown_id"]
    service = staydown.service

    def asked() -> dict:
        for _ in range(2):  # read from the record, and as it was made of that
            here, there = both(staydown, loop, MATCH, {"signals": signals}, key)
            assert here == there
        return here.value

    first = asked()
    assert [one["takedown_id"] for one in first["matches"]] == [takedown]
    with service.writing() as uow:
        known = uow.takedowns.get(takedown)
        uow.takedowns.update(known.quarantine(known.case_id, reason="a test", now=uow.now))
    assert asked()["matches"][0]["reason"] != first["matches"][0]["reason"]
    with service.writing() as uow:
        uow.takedowns.update(uow.takedowns.get(takedown).lift_quarantine(agreed_uploaders=5))
    assert asked() == first
    with service.writing() as uow:
        case = uow.cases.get(case_id)
        uow.cases.update(case.with_facts(case.facts.with_changes({"nudity": False, "non_consent_stated": False})))
    assert asked()["matches"][0] != first["matches"][0]
    with service.writing() as uow:
        items = [one.id for one in uow.index_log.of_owner(takedown)]
    assert service.memory.takedowns.known(items) is not None
    headers = staydown.headers(Role.SENIOR)
    withdrawn = staydown.http.post(f"/v1/takedowns/{takedown}/withdraw", headers=headers, json={"reason": "a test"})
    assert withdrawn.status_code == 200, withdrawn.text
    assert asked()["matches"] == []
    assert service.memory.takedowns.known(items) is None


def test_an_erasure_empties_the_memory_of_values(staydown: Staydown, loop: InTheLoop, key: str) -> None:
    """Erased means gone: also from the memory of each process, before it answers again."""
    value = secrets.token_hex(32)
    staydown.uphold(staydown.report_signals({"type": "pdq/1", "value": value})["case_id"], override_reason="a test")
    body = json.dumps({"signals": [{"type": "pdq/1", "value": value}]}).encode()
    assert loop.asked(staydown.http, MATCH, body, key).value["matches"]
    assert staydown.service.memory.takedowns.size_bytes > 0
    with staydown.service.writing() as uow:
        uow.media.erase([])
    assert is_answered(staydown, loop, key)
    assert staydown.service.memory.takedowns.size_bytes == 0
