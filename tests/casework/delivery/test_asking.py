"""Asking a server of hashes: what is sent, what is read, and what is refused."""

import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest

from casework.delivery.asking import Asker, AskOptions
from casework.domain.errors import ExchangeFailedError
from casework.ports.asking import Ask
from tests.helpers.counterparts.certificates import authority_and_server
from tests.helpers.counterparts.file_server import file_server
from tests.helpers.counterparts.hash_servers import SECRETS, hash_server

LOCAL = AskOptions(allow_private=True, timeout_s=60, max_response_bytes=100_000)


def test_an_answer_is_returned_whole_and_no_cookie_or_proxy_goes_with_the_question() -> None:
    """A token is for one place."""
    with file_server({"/hashes/a": b"answer"}) as server:
        assert Asker(LOCAL).ask(f"{server.url}/hashes/", Ask("a", headers={"X-Key": "k"})) == b"answer"
        (_, headers), *_ = server.asked
    assert headers["x-key"] == "k"
    assert headers["user-agent"] == "staydown"
    assert "cookie" not in headers


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("429 11", "answered 429"),
        ("429 Thu, 01 Jan 1970 00:00:00 GMT", "answered 429"),
        ("429 soon", "answered 429"),
        ("500", "answered 500"),
        ("redirect", "answered 302"),
        ("huge", "more than 100,000 bytes"),
        ("drop", "no answer"),
    ],
)
def test_what_is_no_answer_says_why_without_a_secret(how: str, words: str) -> None:
    """Whatever a server repeats of a question, its token is not in what is stored and shown."""
    with hash_server() as server:
        server.behave = [how]
        ask = Ask(
            "x",
            query={"access_token": SECRETS["threatexchange"]["access_token"]},
            headers={"x-functions-key": "k-secret"},
        )
        with pytest.raises(ExchangeFailedError) as refused:
            Asker(LOCAL).ask(server.address("threatexchange"), ask)
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)
    waits = {"429 11": 11.0, "429 soon": 60.0, "429 Thu, 01 Jan 1970 00:00:00 GMT": 0.0}
    assert refused.value.retry_after_s == waits.get(how)


def test_the_certificate_is_that_of_the_name_not_of_the_address(tmp_path: Path) -> None:
    """The address that was checked is connected to, and TLS still asks for the name."""
    authority, tls = authority_and_server(tmp_path, "hashes.example")
    context = ssl.create_default_context(cafile=str(authority))
    with file_server({"/v1/a": b"answer"}, tls=tls) as server:
        port = server.url.rpartition(":")[2]
        asker = Asker(LOCAL, resolve=lambda host, port: [ip_address("127.0.0.1")], ssl_context=context)
        assert asker.ask(f"https://hashes.example:{port}/v1", Ask("a")) == b"answer"
        with pytest.raises(ExchangeFailedError, match="no answer"):
            asker.ask(f"https://other.example:{port}/v1", Ask("a"))
