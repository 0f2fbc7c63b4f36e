"""What is sent again, what is not, and that a change is done once."""

import io
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from staydown_client import AnswerError, Job, JobFailedError, ProblemError, Signal, UnreachableError, Verdict
from staydown_client.attempts import Retrying, retry_after_s

from tests.client.both import KINDS

ALLOWED = {"verdict": "allow", "matches": [], "index_version": 3}
QUICK = Retrying(attempts=3, longest_s=0.001)

Answers = Callable[[httpx2.Request], httpx2.Response]
Asking = Callable[..., tuple[Any, list[httpx2.Request]]]


@pytest.fixture
def asking(client_of: Callable[..., Any]) -> Asking:
    """Make clients of a service that answers so, each with the list of what it was asked."""

    def make(kind: str, answers: Answers, retrying: Retrying = QUICK) -> tuple[Any, list[httpx2.Request]]:
        asked: list[httpx2.Request] = []

        def noted(request: httpx2.Request) -> httpx2.Response:
            asked.append(request)
            return answers(request)

        transport = httpx2.MockTransport(noted)
        return client_of(kind, "http://staydown.test", "sdk_x", retrying=retrying, transport=transport), asked

    return make


def in_turn(*answers: httpx2.Response | Exception) -> Answers:
    """Answer with one after the other."""
    left = iter(answers)

    def answer(_: httpx2.Request) -> httpx2.Response:
        now = next(left)
        if isinstance(now, Exception):
            raise now
        return now

    return answer


@pytest.mark.parametrize("kind", KINDS)
def test_busy_service_is_asked_again_under_the_same_key(asking: Asking, kind: str) -> None:
    """The service does it once, though the first attempt may have arrived."""
    upload = {"upload": "upl_1", **ALLOWED}
    busy = httpx2.Response(503, json={"title": "busy"}, headers={"Retry-After": "0"})
    staydown, asked = asking(kind, in_turn(busy, httpx2.ConnectError("gone"), httpx2.Response(200, json=upload)))
    answer = staydown.upload(io.BytesIO(b"bytes"), upload_id="post-1")
    assert answer.verdict is Verdict.ALLOW
    assert len(asked) == 3
    assert len({one.headers["idempotency-key"] for one in asked}) == 1
    bodies = [one.content.replace(one.headers["content-type"].rpartition("=")[2].encode(), b"") for one in asked]
    assert bodies[0] == bodies[2]
    assert b"bytes" in bodies[2]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["check", "match"])
def test_question_stores_nothing_and_so_has_no_key(asking: Asking, kind: str, method: str) -> None:
    """The service would write down an answer for each, and leave its fast path for it."""
    staydown, asked = asking(kind, in_turn(httpx2.Response(503, json={}), httpx2.Response(200, json=ALLOWED)))
    getattr(staydown, method)(signals=[Signal("pdq/1", "0" * 64)])
    assert len(asked) == 2
    assert all("idempotency-key" not in one.headers for one in asked)


@pytest.mark.parametrize("kind", KINDS)
def test_refusal_is_not_asked_again(asking: Asking, kind: str) -> None:
    """What is wrong once is wrong again."""
    problem = {"title": "The request is not valid", "detail": "upload: missing"}
    staydown, asked = asking(kind, in_turn(httpx2.Response(422, json=problem)))
    with pytest.raises(ProblemError, match="422: The request is not valid: upload: missing"):
        staydown.upload(b"x", upload_id="post-1")
    assert len(asked) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_pause_longer_than_we_wait_is_the_callers_matter(asking: Asking, kind: str) -> None:
    """A pipeline that was told to come back in an hour does not hang for one."""
    away = httpx2.Response(429, json={"title": "Too many"}, headers={"Retry-After": "3600"})
    staydown, asked = asking(kind, in_turn(away))
    with pytest.raises(ProblemError) as refused:
        staydown.check(b"x")
    assert (refused.value.retry_after_s, len(asked)) == (3600, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_is_told_after_the_last_attempt(asking: Asking, kind: str) -> None:
    """And says how often it was tried."""
    staydown, asked = asking(kind, in_turn(*[httpx2.ConnectError("refused")] * 3))
    with pytest.raises(UnreachableError, match="after 3 attempts"):
        staydown.case("case_1")
    assert len(asked) == 3
    assert "idempotency-key" not in asked[0].headers


class Pipe(io.BytesIO):
    """Bytes that can be read once."""

    def seekable(self) -> bool:
        """Say so."""
        return False


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_read_once_is_sent_once(asking: Asking, kind: str) -> None:
    """A second attempt would send half a file, or none."""
    staydown, asked = asking(kind, in_turn(httpx2.Response(503, json={"title": "busy"})))
    with pytest.raises(ProblemError, match="503"):
        staydown.check(Pipe(b"x"))
    assert len(asked) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sent", ["<html>", '{"verdict": "maybe"}', "[]"])
def test_answer_of_something_else_is_no_verdict(asking: Asking, kind: str, sent: str) -> None:
    """A proxy's page with status 200 must never pass for "allow"."""
    staydown, _ = asking(kind, in_turn(httpx2.Response(200, text=sent)))
    with pytest.raises(AnswerError, match="POST /v1/check: 200"):
        staydown.check(b"x")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("status", "verdict"), [(200, "allow"), (202, "hold"), (451, "block")])
def test_verdict_is_read_from_every_status_it_comes_with(asking: Asking, kind: str, status: int, verdict: str) -> None:
    """202 and 451 are answers of a check, not errors."""
    staydown, _ = asking(kind, in_turn(httpx2.Response(status, json={**ALLOWED, "verdict": verdict})))
    assert staydown.check(b"x").verdict == verdict


@pytest.mark.parametrize("kind", KINDS)
def test_long_video_is_waited_for(asking: Asking, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its progress is told on the way."""
    for module in ("client", "async_client"):
        monkeypatch.setattr(__import__(f"staydown_client.{module}", fromlist=["x"]), "POLL_S", 0)
    job = {"job": "job_1", "state": "running", "progress": 0.5, "answer": None, "problem": None}
    answers = [
        httpx2.Response(202, json={**job, "state": "waiting", "progress": 0.0}),
        httpx2.Response(200, json=job),
        httpx2.Response(200, json={**job, "state": "done", "progress": 1.0, "answer": {"upload": "upl_1", **ALLOWED}}),
    ]
    staydown, asked = asking(kind, in_turn(*answers))
    later = staydown.upload_later(b"video", upload_id="post-1")
    assert isinstance(later, Job)
    told: list[float] = []
    assert staydown.wait(later, progress=told.append).upload == "upl_1"
    assert told == [0.5, 1.0]
    assert asked[-1].url.path == "/v1/jobs/job_1"
    failed = {**job, "problem": {"title": "Not a video", "detail": "it ends in the middle"}}
    staydown, _ = asking(kind, in_turn(httpx2.Response(200, json=failed)))
    with pytest.raises(JobFailedError, match="Not a video: it ends in the middle"):
        staydown.wait("job_1")


@pytest.mark.parametrize("kind", KINDS)
def test_any_address_is_asked_by_the_same_rules(asking: Asking, kind: str) -> None:
    """What has no method of its own is sent again, done once, and refused in the same words."""
    busy, made = httpx2.Response(503, json={"title": "busy"}), httpx2.Response(201, json={"id": "nvb_1"})
    problem = {"title": "Unknown id", "detail": "case_1"}
    answers = [busy, made, busy, httpx2.Response(200, content=b"\x89PNG"), httpx2.Response(404, json=problem)]
    staydown, asked = asking(kind, in_turn(*answers))
    assert staydown.request("POST", "/v1/never-bank", document={"reason": "logo"}) == {"id": "nvb_1"}
    assert len({one.headers["idempotency-key"] for one in asked}) == 1
    assert staydown.download("/v1/cases/case_1/drawing", params={"why": "shift"}) == b"\x89PNG"
    assert (asked[-1].url.params["why"], "idempotency-key" in asked[-1].headers) == ("shift", False)
    with pytest.raises(ProblemError, match="404: Unknown id: case_1") as refused:
        staydown.download("/v1/cases/case_1/drawing")
    assert refused.value.sentence == "Unknown id: case_1"


@pytest.mark.parametrize("address", ["https://elsewhere.example/v1/cases", "//elsewhere.example/v1/cases", "v1/cases"])
def test_no_address_leads_the_key_to_another_service(asking: Asking, address: str) -> None:
    """One that an answer names, or somebody typed, is not believed."""
    staydown, asked = asking("Client", in_turn())
    for ask in (lambda: staydown.request("GET", address), lambda: staydown.download(address)):
        with pytest.raises(ValueError, match="no path of the service"):
            ask()
    assert asked == []


def test_ids_with_slashes_name_nothing_else(asking: Asking) -> None:
    """An id from outside cannot lead to another address."""
    staydown, asked = asking("Client", in_turn(httpx2.Response(200, json={})))
    staydown.case("../keys?x=1")
    assert asked[0].url.raw_path == b"/v1/cases/..%2Fkeys%3Fx%3D1"


@pytest.mark.parametrize(
    ("said", "seconds"), [("3", 3.0), ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0), ("soon", None), ("²", None), ("", None)]
)
def test_retry_after_is_read_in_both_forms(said: str, seconds: float | None) -> None:
    """Seconds, or a date (RFC 9110)."""
    assert retry_after_s({"retry-after": said}, now=10.0) == seconds


@pytest.mark.parametrize("given", [{}, {"media": b"x", "signals": []}])
def test_media_and_signals_are_one_of_two(asking: Asking, given: dict) -> None:
    """Neither asks nothing, both ask two things."""
    staydown, asked = asking("Client", in_turn())
    with pytest.raises(ValueError, match="one of the two"):
        staydown.check(**given)
    assert asked == []


def test_times_are_read_on_every_python() -> None:
    """3.10 reads no Z."""
    from staydown_client.answers.reading import moment

    assert moment("2026-11-29T08:00:00Z") == datetime(2026, 11, 29, 8, tzinfo=UTC)
    assert time.time() > moment("2026-11-29T08:00:00.5+00:00").timestamp()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("url", ["localhost:8080", "staydown.example.org", "ftp://x", "https://", ""])
def test_address_that_is_none_is_refused_at_once(client_of: Callable[..., Any], kind: str, url: str) -> None:
    """Four attempts at what no attempt can reach hid what was wrong."""
    with pytest.raises(ValueError, match="https://"):
        client_of(kind, url, "sdk_x")
