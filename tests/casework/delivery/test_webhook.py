"""One attempt to send a webhook: what is signed, where it may go, what counts as a receipt."""

import asyncio
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest

from api.clock import SystemClock
from casework.delivery.addresses import require_allowed
from casework.delivery.options import SendOptions
from casework.delivery.webhook import Webhook
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.ids import EventId
from casework.domain.takedowns.propagation import Message, Receipt
from tests.helpers.counterparts.certificates import authority_and_server
from tests.helpers.counterparts.receiver import SECRET, closed_url, receiver

OPEN = SendOptions(export_folder=Path(), allow_private=True, timeout_s=60)
PUBLIC_ONLY = SendOptions(export_folder=Path(), timeout_s=5)
MESSAGE = Message(EventId("evt_1"), json.dumps({"type": "takedown.created", "data": {"takedown_id": "tkd_1"}}).encode())


def send(url: str, options: SendOptions = OPEN, **how: object) -> Receipt:
    """Send the message once."""

    async def once() -> Receipt:
        async with Webhook(url, SECRET, options=options, clock=SystemClock(), **how) as webhook:
            return await webhook.send(MESSAGE)

    return asyncio.run(once())


def resolver(*answers: list[str]):
    """Return a resolver that gives these answers, one a call, the last for ever."""
    left = list(answers)

    async def resolve(host: str, port: int):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [ip_address(one) for one in found]

    return resolve


def test_message_is_signed_and_receipted() -> None:
    """The receiver proves with the shared secret that it was us; we keep that it took it."""
    with receiver() as noted:
        receipt = send(noted.url)
    assert receipt["status"] == 200
    assert [(one.id, one.data) for one in noted.taken] == [("evt_1", {"takedown_id": "tkd_1"})]
    assert noted.headers[0]["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("mood", "failure"),
    [
        ("500", "answered 500"),
        ("404", "answered 404"),
        ("503", "answered 503"),
        ("redirect", "answered 302"),
        ("drop", "RemoteProtocolError"),
        ("refuse", "Error"),
        ("huge", "more than 65536 bytes"),
    ],
)
def test_anything_but_2xx_is_a_failure(mood: str, failure: str) -> None:
    """A redirect is not followed: what was signed for one place is not sent to another."""
    with receiver(behave=lambda: mood) as noted, pytest.raises(DeliveryFailedError, match=failure) as raised:
        send(noted.url)
    assert raised.value.retry_after_s == (1 if mood == "503" else None)
    assert len(noted.taken) <= 1


def test_receiver_that_hangs_is_given_up() -> None:
    """One attempt takes as long as the operator allows, whatever the other side does."""
    with receiver(behave=lambda: "hang") as noted, pytest.raises(DeliveryFailedError, match=r"no answer within 0\.2 s"):
        send(noted.url, SendOptions(export_folder=Path(), allow_private=True, timeout_s=0.2))


def test_nobody_listening_is_a_failure() -> None:
    """It will be tried again."""
    with pytest.raises(DeliveryFailedError, match="ConnectError"):
        send(closed_url())


PRIVATE = ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "::1", "fd00::1", "::ffff:127.0.0.1", "100.64.0.1"]
CARRIED = ["64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:10.0.0.1", "::7f00:1", "::ffff:0:7f00:1"]
BESIDE = ["::8.8.8.8", "::ffff:0:8.8.8.8", "4000::1", "5f00::1", "3fff::1", "192.0.0.8", "192.88.99.1"]
NEVER = ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"]
NEVER += ["::a9fe:a9fe", "::ffff:0:a9fe:a9fe", "2002:a9fe:a9fe::1", "64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::"]


@pytest.mark.parametrize("address", PRIVATE + CARRIED + BESIDE + NEVER)
def test_inner_addresses_are_refused_unless_allowed(address: str) -> None:
    """A webhook is no way behind the firewall, in whatever notation."""
    with pytest.raises(TargetError):
        require_allowed(ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", NEVER)
def test_link_local_addresses_are_never_allowed(address: str) -> None:
    """Clouds keep credentials there."""
    with pytest.raises(TargetError):
        require_allowed(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(address: str) -> None:
    """That is what webhooks are for."""
    require_allowed(ip_address(address), allow_private=False)


def test_name_that_resolves_to_an_inner_address_is_refused() -> None:
    """Names are given by somebody else's name server."""
    with receiver() as noted:
        url = noted.url.replace("http://127.0.0.1", "https://rebinding.test")
        with pytest.raises(DeliveryFailedError, match="not a public address"):
            send(url, PUBLIC_ONLY, resolve=resolver(["127.0.0.1"]))
    assert noted.taken == []


def test_connection_goes_to_the_address_that_was_checked() -> None:
    """A name that answers differently a moment later (DNS rebinding) is not asked again."""
    with receiver() as noted:
        answers = resolver(["127.0.0.1"], ["192.0.2.1"])
        assert send(noted.url.replace("127.0.0.1", "moving.test"), resolve=answers)["status"] == 200
    assert noted.headers[0]["host"].startswith("moving.test:")


def test_next_address_is_tried_when_one_takes_no_connection() -> None:
    """A host with a dead IPv6 address is reached by its IPv4 one."""
    with receiver() as noted:
        url = noted.url.replace("127.0.0.1", "two.test")
        assert send(url, resolve=resolver(["127.0.0.2", "127.0.0.1"]))["status"] == 200


def test_public_address_is_not_reached_without_tls() -> None:
    """Only an operator's own network may do without."""
    with pytest.raises(DeliveryFailedError, match="use https"):
        send("http://plain.test/", resolve=resolver(["8.8.8.8"]))


def test_certificate_is_verified_for_the_name(tmp_path: Path) -> None:
    """Connecting to a checked address must not weaken TLS: the name in the URL decides."""
    authority, server_context = authority_and_server(tmp_path, "right.test")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # a refused handshake is the point
    server.socket = server_context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        trusting = ssl.create_default_context(cafile=str(authority))
        here = resolver(["127.0.0.1"])
        right, wrong = (f"https://{name}.test:{server.server_port}/" for name in ("right", "wrong"))
        assert send(right, resolve=here, ssl_context=trusting)["status"] == 204
        with pytest.raises(DeliveryFailedError, match="CERTIFICATE_VERIFY_FAILED"):
            send(wrong, resolve=here, ssl_context=trusting)
        with pytest.raises(DeliveryFailedError, match="CERTIFICATE_VERIFY_FAILED"):
            send(right, resolve=here)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
