"""A platform's whole day with the client, at a real server: from a first upload to a withdrawal."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps
from staydown_client import ProblemError, Strength, Verdict

from tests.client.both import KINDS
from tests.crash.processes.servers import Server, servers
from tests.helpers.media.pictures import jpeg, photo, photo_bytes

REPORT = {
    "reporter": {"relation": "subject", "contact": "a.person@example.org"},
    "statement": {"non_consent": True, "good_faith": True, "signature": "A. Person"},
    "content": {"url": "https://example.org/post/1"},
    "facts": {"nudity": True},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one server."""
    with servers(tmp_path_factory.mktemp("client"), 1) as [running]:
        yield running


@pytest.mark.parametrize("kind", KINDS)
def test_platforms_day(client_of: Callable[..., Any], server: Server, kind: str, tmp_path: Path) -> None:
    """Report, look, decide, block, follow, appeal, withdraw: each call answers with its type."""
    seed = 70 + [*KINDS].index(kind)
    address, key = str(server.http.base_url), server.http.headers["authorization"].removeprefix("Bearer ")
    reporter = client_of(kind, address, server.as_reporter["Authorization"].removeprefix("Bearer "))
    staydown = client_of(kind, address, key)
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(photo_bytes(seed))
    mirrored = jpeg(ImageOps.mirror(photo(seed)))

    assert staydown.check(picture).verdict is Verdict.ALLOW
    first = staydown.upload(picture, upload_id=f"{kind}-1", uploader_id="user-1", post_text="look")
    assert (first.verdict, first.matches, first.complete) == (Verdict.ALLOW, [], True)
    hashes = staydown.hash(picture)
    assert {one.type for one in hashes.signals} >= {"sha256/1", "pdq/1", "phash/1"}
    assert (hashes.media.kind, hashes.media.width) == ("image", 480)

    report = reporter.report(REPORT, [picture], idempotency_key=f"{kind}-report")
    again = reporter.report(REPORT, [picture], idempotency_key=f"{kind}-report")
    assert (report.missing, again.case_id, report.receipt.number[:3]) == ([], report.case_id, "SD-")
    assert report.case_id in [one.id for one in staydown.cases(state="open", queue="reports")]
    server.http.get(staydown.case(report.case_id)["media"][0]["preview"]).raise_for_status()  # somebody has seen it
    decision = staydown.decide(report.case_id, "uphold", note="intimate, no consent")
    assert decision.takedown_id is not None
    assert staydown.case(report.case_id)["state"] == "decided"

    answer = staydown.check(io.BytesIO(mirrored))
    assert answer.verdict is Verdict.BLOCK
    [match] = answer.matches
    assert match.takedown_id == decision.takedown_id
    assert match.strength is Strength.NEAR
    assert "mirrored" in match.explanation
    assert {one.signal for one in match.evidence} >= {"pdq/1", "phash/1"}
    posted = staydown.upload(mirrored, upload_id=f"{kind}-2", uploader_id="user-2")
    assert posted.verdict is Verdict.BLOCK
    assert staydown.upload_state(posted.upload).verdict is Verdict.BLOCK
    asked = [one for one in hashes.signals if one.type != "local/1"]
    [found, stranger] = staydown.match_batch({"a": asked, "b": staydown.hash(photo_bytes(seed + 20)).signals[:2]})
    assert (found.id, found.verdict, stranger.verdict) == ("a", Verdict.BLOCK, Verdict.ALLOW)
    assert staydown.match(signals=asked, depth="fast").verdict is Verdict.BLOCK

    happened = [*staydown.events()]
    assert decision.takedown_id in [one.data.get("takedown_id") for one in happened if one.type == "takedown.created"]
    cursor = last_cursor(staydown)
    staydown.withdraw(decision.takedown_id, "the person depicted asked for it")
    assert staydown.check(picture).verdict is Verdict.ALLOW
    assert "takedown.reversed" in [one.type for one in staydown.events(after=cursor)]


@pytest.mark.parametrize("kind", KINDS)
def test_refusal_names_the_field_and_the_remedy(client_of: Callable[..., Any], server: Server, kind: str) -> None:
    """What the service says is what the program's log says."""
    staydown = client_of(kind, str(server.http.base_url), server.http.headers["authorization"].removeprefix("Bearer "))
    with pytest.raises(ProblemError, match="422") as refused:
        staydown.upload(b"no picture at all", upload_id="x" * 300)
    assert [one.field for one in refused.value.errors] == ["upload.upload_id"]
    unknown = client_of(kind, str(server.http.base_url), "sdk_nobody")
    with pytest.raises(ProblemError, match="401"):
        unknown.check(jpeg(Image.new("RGB", (64, 64))))


def last_cursor(staydown: Any) -> str:
    """Read the feed to its end, and return where to go on."""
    page = staydown.feed()
    while page.after is not None:
        page = staydown.feed(page.after)
    return page.cursor
