"""One trace from the upload to the last delivery, and nothing private in it."""

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_span_id, format_trace_id

from api.telemetry import ATTRIBUTES, is_on, span
from api.telemetry.otlp import Traces
from casework.domain.actor import Role
from casework.ports.trace import TRACEPARENT
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.counterparts.receiver import SECRET, Receiver, receiver
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.media.videos import scene, write_video
from tests.helpers.running.waiting import eventually

CALLERS_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT_OF_CALLER = f"00-{CALLERS_TRACE}-00f067aa0ba902b7-01"
PRIVATE = ("caption of the post", "Ada Example", "ada@example.org", "uploader-17", "note of a reviewer")
_SAFE_VALUE = re.compile(r"[a-z]{2,5}_[0-9A-Z]{25}|[A-Za-z0-9._-]{1,64}|/[\w/{}]*")


@dataclass(frozen=True)
class Toured:
    """
    What a tour of a service was seen to do.

    Args:
        spans: Every span.

        heard: What the destination was sent.

        hashes: Signal values of the removed picture.
    """

    spans: Sequence[ReadableSpan]
    heard: Receiver
    hashes: tuple[str, ...]

    def named(self, name: str) -> list[ReadableSpan]:
        """Return the spans of a name."""
        return [one for one in self.spans if one.name == name]


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Toured:
    """Upload, report, decide, deliver, ask about a long video and about junk, with traces kept in memory."""
    folder = tmp_path_factory.mktemp("traced")
    kept = InMemorySpanExporter()
    settings = settings_in(folder, allow_private_destinations=True, async_above_bytes=0)
    with receiver() as heard:
        with closing(Traces(kept)), running(settings) as staydown:
            hashes = tour(staydown, heard, folder)
        return Toured(kept.get_finished_spans(), heard, hashes)


def tour(staydown: Staydown, heard: Receiver, folder: Path) -> tuple[str, ...]:
    """Do all of it; return the signal values of the removed picture."""
    http, pipeline = staydown.http, staydown.headers(Role.PIPELINE)
    body = {"name": "one", "kind": "webhook", "events": ["takedown.created"], "url": heard.url, "secret": SECRET}
    assert http.post("/v1/destinations", headers=staydown.headers(Role.ADMIN), json=body).status_code == 201
    reporter = {"relation": "subject", "name": PRIVATE[1], "contact": PRIVATE[2]}
    case = staydown.report(photo_bytes(741), reporter=reporter, facts={"nudity": True})["case_id"]
    staydown.look(case)
    decided = http.post(
        f"/v1/cases/{case}/decision",
        headers={**staydown.headers(Role.MODERATOR), "traceparent": TRACEPARENT_OF_CALLER, "tracestate": "a=b"},
        json={"outcome": "uphold", "note": PRIVATE[4]},
    )
    assert decided.status_code == 200, decided.text
    staydown.upload("copy", photo_bytes(741), post_text=PRIVATE[0], uploader_id=PRIVATE[3])
    junk = {"media": (PRIVATE[0], b"\xff\xd8\xffno picture")}
    assert http.post("/v1/match", headers=pipeline, files=junk).status_code == 422
    film = write_video(folder / "a.mp4", scene(1, frames=10, pan_px=8), every=10).read_bytes()
    job = http.post("/v1/match", headers=pipeline, files={"media": ("x", film)}).json()["job"]
    eventually(lambda: staydown.get(f"/v1/jobs/{job}", Role.PIPELINE)["state"] == "done")
    heard.wait_for("takedown.created")
    return tuple(one["value"] for one in staydown.hashed(photo_bytes(741), depth="deep"))


def trace_of(one: ReadableSpan) -> str:
    """Return the id of a span's trace."""
    return format_trace_id(one.context.trace_id)


def test_delivery_belongs_to_the_trace_of_its_decision_and_so_does_its_receiver(toured: Toured) -> None:
    """Whoever looks for a slow takedown sees the caller's request, the decision and the delivery on one page."""
    [decision] = toured.named("POST /v1/cases/{case_id}/decision")
    [decide] = toured.named("decide")
    [deliver] = toured.named("deliver")
    assert {trace_of(one) for one in (decision, decide, deliver)} == {CALLERS_TRACE}
    assert decide.parent.span_id == deliver.parent.span_id or deliver.parent.span_id == decide.context.span_id
    [headers] = toured.heard.headers
    assert headers["traceparent"] == f"00-{CALLERS_TRACE}-{format_span_id(deliver.context.span_id)}-01"
    assert "tracestate" not in headers


def test_upload_shows_waiting_decoding_searching_and_registering(toured: Toured) -> None:
    """The four places where an upload spends its time."""
    [upload] = toured.named("POST /v1/uploads")
    steps = [one.name for one in toured.spans if one.parent and one.parent.span_id == upload.context.span_id]
    assert steps == ["wait for a decoder", "decode", "search", "register"]
    [register] = [one for one in toured.named("register") if trace_of(one) == trace_of(upload)]
    assert register.attributes["staydown.verdict"] == "block"


def test_job_goes_on_with_the_trace_of_its_request(toured: Toured) -> None:
    """What was answered 202 is seen in the trace of the request, though done later and by whichever process."""
    [job] = toured.named("job")
    accepted = [one for one in toured.named("POST /v1/match") if one.attributes["http.response.status_code"] == 202]
    assert [trace_of(one) for one in accepted] == [trace_of(job)]


def test_spans_carry_no_media_text_identity_or_signal_value(toured: Toured) -> None:
    """A collector is often somebody else's: ids, counts, durations and words of ours alone."""
    written = json.dumps([json.loads(one.to_json()) for one in toured.spans])
    for private in (*PRIVATE, *toured.hashes):
        assert private not in written
    for one in toured.spans:
        assert one.attributes.keys() <= ATTRIBUTES
        assert not one.events  # an exception's words and traceback would be one
        for value in one.attributes.values():
            assert not isinstance(value, str) or _SAFE_VALUE.fullmatch(value), (one.name, value)
    [failed] = [one for one in toured.named("decode") if not one.status.is_ok]
    assert failed.status.description == "UndecodableError"


def test_malformed_trace_of_a_caller_begins_one_of_our_own() -> None:
    """What is no `traceparent` is nobody's."""
    kept = InMemorySpanExporter()
    with closing(Traces(kept)):
        # The last digit says that it is kept, and that its id is random.
        for given in ("", "none", f"00-{'0' * 32}-00f067aa0ba902b7-01", "ü" * 55):
            with span("request", parent=given):
                assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]", TRACEPARENT.get() or "")
    assert all(one.parent is None for one in kept.get_finished_spans())
    assert (is_on(), TRACEPARENT.get()) == (False, None)


def test_share_of_traces_is_the_operators_to_say_not_the_callers() -> None:
    """A stranger who asks that each trace be kept must not fill our collector."""
    kept = InMemorySpanExporter()
    with closing(Traces(kept, share=0.0)), span("request", parent=TRACEPARENT_OF_CALLER):
        assert (TRACEPARENT.get() or "").endswith("-00")
    assert kept.get_finished_spans() == ()


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Take OTLP over HTTP on loopback."""
    taken: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_collector_is_sent_what_a_span_says_over_otlp() -> None:
    """What is on the wire is what every collector reads; what is left at the end is sent before it."""
    with collector() as (address, taken), closing(Traces(address)), span("search", items=3):
        pass
    [of_resource] = [one for request in taken for one in request.resource_spans]
    named = {one.key: one.value.string_value for one in of_resource.resource.attributes}
    assert named["service.name"] == "staydown"
    [sent] = of_resource.scope_spans[0].spans
    assert (sent.name, sent.attributes[0].key, sent.attributes[0].value.int_value) == ("search", "staydown.items", 3)
