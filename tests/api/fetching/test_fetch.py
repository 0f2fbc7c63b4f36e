"""One request to one address: what is resolved once is what is connected to."""

import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest

from api.fetching.fetch import fetch
from api.fetching.wire import HEAD, Failure, Hop, Kind
from casework.delivery.addresses import Address
from tests.helpers.counterparts.certificates import authority_and_server
from tests.helpers.counterparts.file_server import file_server

FILE = b"a picture"


class NameServer:
    """
    Says another address each time it is asked.

    Args:
        answers: One a time; the last for ever.
    """

    def __init__(self, *answers: list[str]) -> None:
        self._left = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[Address]:
        """Answer."""
        self.asked.append(host)
        return [ip_address(one) for one in (self._left.pop(0) if len(self._left) > 1 else self._left[0])]


def answered(url: str, names: NameServer, context: ssl.SSLContext | None = None) -> tuple[list[Kind], bytes]:
    """Fetch without walls, from this process; return the kinds of frames, and what they hold."""
    frames: list[bytes] = []
    hop = Hop(url, max_bytes=1_000, timeout_s=5, allow_private=True)
    chosen = context or ssl.create_default_context()
    fetch(hop, frames.append, context=chosen, behind_walls=lambda: None, resolve=names)
    return [Kind(one[:1]) for one in frames], b"".join(one[HEAD.size :] for one in frames)


def test_connection_goes_to_the_address_that_was_checked() -> None:
    """A name that answers differently a moment later (DNS rebinding) is not asked again."""
    with file_server({"/a.jpg": FILE}) as server:
        names = NameServer(["127.0.0.1"], ["169.254.169.254"])
        kinds, content = answered(server.url.replace("127.0.0.1", "moving.test") + "/a.jpg", names)
    assert (kinds, content) == ([Kind.DATA, Kind.END], FILE)
    assert names.asked == ["moving.test"]
    assert server.asked[0][1]["host"].startswith("moving.test:")


def test_next_address_is_tried_when_one_takes_no_connection() -> None:
    """A host with a dead IPv6 address is reached by its IPv4 one."""
    with file_server({"/a.jpg": FILE}) as server:
        url = server.url.replace("127.0.0.1", "two.test") + "/a.jpg"
        assert answered(url, NameServer(["127.0.0.2", "127.0.0.1"]))[1] == FILE


def test_address_that_may_not_be_reached_is_left_out_of_several() -> None:
    """One good address does not let the others in."""
    with file_server({"/a.jpg": FILE}) as server:
        url = server.url.replace("127.0.0.1", "two.test") + "/a.jpg"
        assert answered(url, NameServer(["169.254.169.254", "127.0.0.1"]))[1] == FILE


def test_nobody_is_told_where_an_inner_name_leads() -> None:
    """Or every key could read the names of the operator's network."""
    hop = Hop("https://inner.test/", max_bytes=1_000, timeout_s=5, allow_private=False)
    frames: list[bytes] = []
    context = ssl.create_default_context()
    fetch(hop, frames.append, context=context, behind_walls=lambda: None, resolve=NameServer(["10.20.30.40"]))
    reason = Failure.from_bytes(frames[0][HEAD.size :]).reason
    assert reason == "inner.test has no address that files are fetched from: public ones, over https"


@pytest.mark.parametrize(("name", "kind"), [("right", Kind.END), ("wrong", Kind.FAILED)])
def test_certificate_is_verified_for_the_name(tmp_path: Path, name: str, kind: Kind) -> None:
    """Connecting to a checked address must not weaken TLS: the name in the URL decides."""
    authority, context = authority_and_server(tmp_path, "right.test")
    with file_server({"/a.jpg": FILE}, tls=context) as server:
        url = server.url.replace("127.0.0.1", f"{name}.test") + "/a.jpg"
        trusting = ssl.create_default_context(cafile=str(authority))
        kinds, _ = answered(url, NameServer(["127.0.0.1"]), trusting)
    assert kinds[-1] is kind


def test_nothing_is_read_before_the_walls_stand() -> None:
    """What raises them is called with the connection made, and nothing of the answer read."""
    order: list[str] = []
    with file_server({"/a.jpg": FILE}) as server:
        hop = Hop(f"{server.url}/a.jpg", max_bytes=1_000, timeout_s=5, allow_private=True)

        def walls() -> None:
            order.append("walls")
            assert server.asked == []

        context = ssl.create_default_context()
        fetch(hop, lambda frame: order.append(Kind(frame[:1]).name), context=context, behind_walls=walls)
    assert order == ["walls", "DATA", "END"]
