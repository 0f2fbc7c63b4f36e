"""One message to an SQS queue: what is in it, what is a receipt, and where it may go."""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from api.clock import SystemClock
from casework.delivery.options import SendOptions
from casework.delivery.queues.sqs import SqsQueue
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.takedowns.propagation import Message, Receipt
from tests.helpers.counterparts.aws import SECRET, Queue, aws_server
from tests.helpers.counterparts.messages import message

OPEN = SendOptions(export_folder=Path(), allow_private=True, timeout_s=60)
PUBLIC_ONLY = SendOptions(export_folder=Path(), timeout_s=5)
GOOD = "https://sqs.eu-west-1.amazonaws.com/123456789012/staydown"


def send(url: str, *messages: Message, secret: str | None = SECRET, options: SendOptions = OPEN) -> list[Receipt]:
    """Send messages one after another."""

    async def all_of_them() -> list[Receipt]:
        async with SqsQueue(url, secret, options=options, clock=SystemClock()) as queue:
            return [await queue.send(one) for one in messages]

    return asyncio.run(all_of_them())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run a server."""
    with aws_server() as url:
        yield url


def test_a_message_arrives_with_its_id_and_what_it_is(server: str) -> None:
    """Whoever takes it takes each id once, and need not read the body to know what happened."""
    queue = Queue(server, "plain")
    (receipt,) = send(queue.url, message())
    (taken,) = queue.taken()
    assert taken["MessageId"] == receipt["message_id"]
    assert json.loads(taken["Body"]) == {"id": "evt_1", **json.loads(message().body)}
    attributes = {name: one["StringValue"] for name, one in taken["MessageAttributes"].items()}
    assert attributes == {"id": "evt_1", "type": "takedown.created"}


def test_a_fifo_queue_takes_a_repetition_once_and_keeps_the_order_of_a_takedown(server: str) -> None:
    """A worker that was killed before it took note sends again."""
    queue = Queue(server, "ordered.fifo")
    send(queue.url, message(1), message(2), message(1), message(3, takedown=None))
    taken = queue.taken()
    assert [json.loads(one["Body"])["id"] for one in taken] == ["evt_1", "evt_2", "evt_3"]
    assert [one["Attributes"]["MessageGroupId"] for one in taken] == ["tkd_1", "tkd_1", "evt_3"]


def test_a_queue_that_is_not_there_is_a_failure_that_names_it(server: str) -> None:
    """An operator reads in the ledger what to do."""
    with pytest.raises(DeliveryFailedError, match=r"answered 400: .*(NonExistentQueue|QueueDoesNotExist)"):
        send(f"{server}/123456789012/nowhere", message())


def test_the_credentials_of_the_machine_sign_where_none_were_given(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a machine with a role there is no secret to keep; without any, nothing is sent unsigned."""
    queue = Queue(server, "role")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(DeliveryFailedError, match="no AWS credentials"):
        send(queue.url, message(), secret=None)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "machine")
    send(queue.url, message(), secret=None)
    assert len(queue.taken()) == 1


class Listener:
    """A server that notes what it is asked and answers as it is told."""

    def __init__(self, status: int, body: bytes) -> None:
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                outer.headers.append({name.casefold(): value for name, value in self.headers.items()})
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/123456789012/q"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b"{}", "not that it took this message"),
        (200, b'{"MessageId": "m", "MD5OfMessageBody": "00"}', "not that it took this message"),
        (200, b"<html>", "not that it took this message"),
        (302, b"", "answered 302"),
        (403, b'{"__type": "com.amazonaws.sqs#AccessDenied", "message": "no"}', "answered 403: AccessDenied no"),
        (503, b"[" * 50_000, "answered 503"),
        (200, b"x" * 70_000, "more than 65536 bytes"),
    ],
)
def test_what_is_no_receipt_is_a_failure(status: int, body: bytes, reason: str) -> None:
    """A proxy that answers 200 to everything has stored nothing."""
    listener = Listener(status, body)
    try:
        with pytest.raises(DeliveryFailedError, match=reason):
            send(listener.url, message())
    finally:
        listener.close()
    (headers,) = listener.headers
    assert headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert "/us-east-1/sqs/aws4_request" in headers["authorization"]
    assert SECRET.partition(":")[2] not in str(headers)


@pytest.mark.parametrize(("asked", "region"), [("", "us-east-1"), ("?region=fr-par", "fr-par")])
def test_the_region_of_a_host_that_names_none_is_said_behind_the_queue(asked: str, region: str) -> None:
    """Servers that speak as Amazon's have regions of their own, and refuse what is signed for another."""
    listener = Listener(403, b"{}")
    try:
        with pytest.raises(DeliveryFailedError, match="answered 403"):
            send(listener.url + asked, message())
    finally:
        listener.close()
    assert f"/{region}/sqs/aws4_request" in listener.headers[0]["authorization"]
    assert json.loads(listener.bodies[0])["QueueUrl"] == listener.url


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/", None, "names no queue"),
        ("https://sqs.eu-west-1.amazonaws.com/1/q?Action=DeleteQueue", None, "names no queue"),
        ("https://queue.example.org/1/q?region=a&region=b", None, "names no queue"),
        ("https://queue.example.org/1/q?region=", None, "region that is none"),
        ("https://queue.example.org/1/q?region=eu-west-1/sqs", None, "region that is none"),
        ("https://user:password@sqs.eu-west-1.amazonaws.com/1/q", None, "cannot be used"),
        ("http://sqs.eu-west-1.amazonaws.com/1/q", None, "not encrypted"),
        ("amqps://sqs.eu-west-1.amazonaws.com/1/q", None, "cannot be used"),
        ("https://127.0.0.1/1/q", None, "not a public address"),
        (GOOD, "no pair", "ACCESS_KEY_ID:SECRET_ACCESS_KEY"),
        (GOOD, "AKIA:two\nlines", "ACCESS_KEY_ID:SECRET_ACCESS_KEY"),
    ],
)
def test_what_could_never_be_sent_to_is_refused_before_it_is_stored(url: str, secret: str | None, reason: str) -> None:
    """Not at the first delivery."""
    with pytest.raises(TargetError, match=reason):
        SqsQueue.check(url, secret, options=PUBLIC_ONLY)


def test_without_the_library_it_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(TargetError, match=r'pip install "staydown\[aws\]"'):
        SqsQueue.check(GOOD, None, options=PUBLIC_ONLY)
