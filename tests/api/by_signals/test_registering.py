"""Uploads by their hashes: registered from the event loop as the route registers them, or handed on as they came."""

import json
import secrets
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.by_signals.middleware import AT_ONCE_BYTES
from casework.domain.actor import Role
from tests.api.by_signals.ways import HANDED_ON, InTheLoop, Reply, by_the_route
from tests.api.conftest import Staydown

UPLOADS = "/v1/uploads"
NAME = b"<upload>"
"""In a body: each way registers an upload of its own."""

GOOD = {"type": "pdq/1", "value": "ab" * 32}
OF_ONE_ANSWER = ("upload", "case_id", "decision_id")

numbers = count()


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
    """Take down some hashes; return them and one of a stranger."""
    values = [secrets.token_hex(32) for _ in range(3)]
    for value, nudity in zip(values, (True, False), strict=False):
        case_id = staydown.report_signals({"type": "pdq/1", "value": value}, facts={"nudity": nudity})["case_id"]
        staydown.uphold(case_id, override_reason="a test")
    return values


def sent(upload: dict[str, object] | None = None, signals: object = (GOOD,), **more: object) -> bytes:
    """Write a body."""
    return json.dumps({"upload": {"upload_id": NAME.decode(), **(upload or {})}, "signals": signals, **more}).encode()


def named(body: bytes) -> bytes:
    """Let a body name an upload that nobody has registered."""
    return body.replace(NAME, b"upload %d" % next(numbers))


def by_route(staydown: Staydown, body: bytes, key: str) -> Reply:
    """Register by the route, under an Idempotency-Key of its own."""
    return by_the_route(staydown.http, UPLOADS, body, key, repeat=f"once {next(numbers)}")


def alike(reply: Reply) -> Reply:
    """Keep of ids only whether there is one."""
    value = {name: one is not None if name in OF_ONE_ANSWER else one for name, one in reply.value.items()}
    value.pop("request_id", None)
    return Reply(reply.status, value)


hashes = st.dictionaries(
    st.sampled_from(["pdq/1", "phash/1", "sha256/1"]),
    st.tuples(st.integers(0, 2), st.integers(0, 40), st.sampled_from([None, 0, 49, 50, 100])),
    min_size=1,
)
words = st.text(max_size=20)
moments = st.sampled_from(
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456789+05:30", "2026-01-02 03:04:05-00:00", "1767323045", "0"]
)
uploaders = st.sampled_from(["u1", "é", "=\xb5.", "\x9d", "a" * 255, "😀", " u 1 "])
"""Few, and each known: a takedown that matches many is set aside, maybe between two uploads that are compared."""

uploads = st.fixed_dictionaries(
    {"uploader_id": uploaders}, optional={"post_text": words, "url": words, "created_at": moments | st.none()}
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(upload=uploads, drawn=hashes, depth=st.sampled_from(["fast", "deep"]))
def test_a_registration_is_answered_and_stored_as_the_route_does(
    staydown: Staydown, loop: InTheLoop, banked: list[str], key: str, upload: dict, drawn: dict, depth: str
) -> None:
    """Two ways to one answer are one bug more, unless they are compared on many uploads."""
    signals = [
        {"type": kind, "value": f"{int(banked[n], 16) ^ (1 << bits) - 1:064x}", "quality": quality}
        for kind, (n, bits, quality) in drawn.items()
    ]
    body = sent({**upload, "depth": depth}, signals)
    here, there = loop.asked(staydown.http, UPLOADS, named(body), key), by_route(staydown, named(body), key)
    if here.status == HANDED_ON:
        assert there.status == 422
        return
    assert here.status == 200
    assert alike(here) == alike(there)
    with staydown.service.reading() as uow:
        one, other = (uow.uploads.get(reply.value["upload"]) for reply in (here, there))
    for name in ("uploader_id", "post_text", "url", "posted_at", "sha256", "verdict", "registered_by"):
        assert getattr(one, name) == getattr(other, name), name


ODD_BODIES = [
    b"",
    b"null",
    b"{}",
    sent(extra=1),
    sent({"extra": 1}),
    sent({"upload_id": ""}),
    sent({"upload_id": 1}),
    sent({"upload_id": None}),
    sent({"upload_id": "é" * 255}),
    sent({"upload_id": "é" * 256}),
    sent({"upload_id": "a\0"}),
    sent({"upload_id": "\ud800"}),
    sent({"uploader_id": "a" * 256}),
    sent({"post_text": "é" * 20_000}),
    sent({"post_text": "é" * 20_001}),
    sent({"url": "a" * 2_001}),
    sent({"depth": "shallow"}),
    sent({"created_at": "2026-01-02T03:04:05"}),
    sent({"created_at": "2026-01-02"}),
    sent({"created_at": "1960-01-02T03:04:05Z"}),
    sent({"created_at": "9999-12-31T23:59:59Z"}),
    sent({"created_at": "yesterday"}),
    sent({"created_at": 1_767_323_045}),
    sent({"created_at": True}),
    sent(signals=[]),
    sent(signals=None),
    sent(signals=[GOOD, GOOD]),
    sent(signals=[GOOD, {**GOOD, "value": "cd" * 32}]),
    sent(signals=[{**GOOD, "extra": 1}]),
    sent(signals=[{**GOOD, "value": "ab" * 31 + "  "}]),
    sent(signals=[{**GOOD, "value": "ab" * 31 + "zz"}]),
    sent(signals=[{**GOOD, "value": "ab" * 31}]),
    sent(signals=[{**GOOD, "value": "AB" * 32}]),
    sent(signals=[{**GOOD, "value": "٠" * 64}]),
    sent(signals=[{**GOOD, "type": "video/1"}]),
    sent(signals=[{**GOOD, "type": "imagehash-dhash/1", "value": "ab" * 8}]),
    sent(signals=[{**GOOD, "quality": 101}]),
    sent(signals=[{**GOOD, "quality": "50"}]),
    sent().replace(b'"signals"', b'"signals": [], "signals"'),
]


@pytest.mark.parametrize("body", ODD_BODIES, ids=lambda body: repr(body[:90]) + str(len(body)))
def test_an_odd_body_is_read_as_the_route_reads_it_or_handed_on(
    staydown: Staydown, loop: InTheLoop, key: str, body: bytes
) -> None:
    """The compiled reader may take less than the slow one, and never more; what it refuses reaches the route whole."""
    loop.read_on = None
    asked = named(body)
    here = loop.asked(staydown.http, UPLOADS, asked, key)
    if here.status == HANDED_ON:
        assert loop.read_on == asked
        return
    assert alike(here) == alike(by_route(staydown, named(body), key))


def test_a_long_text_is_the_routes(staydown: Staydown, loop: InTheLoop, key: str) -> None:
    """What takes long to read is not read while all others wait."""
    body = named(sent({"post_text": "é" * 20_000}))
    assert len(body) > AT_ONCE_BYTES
    assert loop.asked(staydown.http, UPLOADS, body, key).status == HANDED_ON


def test_the_same_again_is_answered_as_it_was_and_other_bytes_are_refused(
    staydown: Staydown, loop: InTheLoop, key: str
) -> None:
    """An id names these bytes for ever, whichever way they come; the refusal is the route's, word for word."""
    body, other = named(sent()), named(sent(signals=[{**GOOD, "value": secrets.token_hex(32)}]))
    first = loop.asked(staydown.http, UPLOADS, body, key)
    assert first.status == 200
    assert loop.asked(staydown.http, UPLOADS, body, key) == first
    assert by_route(staydown, body, key) == first
    taken = json.loads(body)["upload"]["upload_id"].encode()
    other = other.replace(json.loads(other)["upload"]["upload_id"].encode(), taken)
    refused = loop.asked(staydown.http, UPLOADS, other, key)
    assert refused.status == 409
    assert refused.value["type"] == "urn:staydown:problem:upload-conflict"
    assert alike(refused) == alike(by_route(staydown, other, key))


def test_another_pipelines_id_is_refused(staydown: Staydown, loop: InTheLoop, key: str) -> None:
    """Whether the bytes are the same is not theirs to know."""
    body = named(sent())
    assert loop.asked(staydown.http, UPLOADS, body, key).status == 200
    assert loop.asked(staydown.http, UPLOADS, body, staydown.key(Role.PIPELINE, "two")).status == 409


def test_who_may_not_register_by_hashes_is_the_routes(staydown: Staydown, loop: InTheLoop) -> None:
    """Who may ask may not therefore register; and the route alone knows how to refuse."""
    for role, trusted in ((Role.MODERATOR, True), (Role.INTAKE, True), (Role.PIPELINE, False)):
        body, asker = named(sent()), staydown.key(role, trusted=trusted)
        assert loop.asked(staydown.http, UPLOADS, body, asker).status == HANDED_ON


def test_a_repeatable_registration_is_the_routes(staydown: Staydown, loop: InTheLoop, key: str) -> None:
    """Answers under an Idempotency-Key are kept with what they answer."""
    assert loop.asked(staydown.http, UPLOADS, named(sent()), key, idempotency_key="a").status == HANDED_ON


def test_the_problem_is_sent_as_one(staydown: Staydown, key: str) -> None:
    """Clients tell a problem document from an answer by its type."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    body = named(sent())
    other = body.replace(b"ab" * 32, b"cd" * 32)
    assert staydown.http.post(UPLOADS, content=body, headers=headers).status_code == 200
    refused = staydown.http.post(UPLOADS, content=other, headers=headers)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["request_id"] == refused.headers["x-request-id"]
