"""Files fetched by real processes from a real server: what arrives, what is refused, and what ends in time."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.errors import MediaUrlError, TooManyRequestsError
from api.fetching.fetcher import EACH, Fetcher, FetchOptions
from matcher.errors import TooLargeError
from matcher.sandbox.walls import before_loading, before_strangers
from matcher.sandbox.walls.limits import Allowance
from tests.helpers.counterparts.certificates import authority_and_server
from tests.helpers.counterparts.file_server import FileServer, file_server
from tests.helpers.running.waiting import eventually

FILE = bytes(range(256)) * 2_000
OPEN = FetchOptions(enabled=True, allow_private=True, timeout_s=20, max_bytes=1_000_000)


@pytest.fixture(scope="module")
def server() -> Iterator[FileServer]:
    """Run a server of files."""
    with file_server({"/a.jpg": FILE, "/empty": b""}) as running:
        yield running


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    """Fetch from this machine, too."""
    made = Fetcher(OPEN)
    yield made
    made.close()


def fetched(fetcher: Fetcher, url: str) -> bytes:
    """Fetch a file."""
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    asyncio.run(fetcher.fetch(url, "key", take))
    return b"".join(pieces)


def test_file_arrives_whole(fetcher: Fetcher, server: FileServer) -> None:
    """With nothing of ours sent along: no key, no cookie, no address it came from."""
    assert fetched(fetcher, f"{server.url}/a.jpg?size=large") == FILE
    path, headers = server.asked[-1]
    assert path == "/a.jpg?size=large"
    assert headers == {
        "host": server.url.removeprefix("http://"),
        "user-agent": "staydown",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }


@pytest.mark.parametrize(
    ("path", "content"), [("/chunked", b"abcde"), ("/unmeasured", b"until it closes"), ("/empty", b"")]
)
def test_file_arrives_however_its_length_is_said(
    fetcher: Fetcher, server: FileServer, path: str, content: bytes
) -> None:
    """HTTP has three ways."""
    assert fetched(fetcher, server.url + path) == content


def test_redirect_is_followed(fetcher: Fetcher, server: FileServer) -> None:
    """Stores of files answer with where the file is today; a relative address is one of the same server."""
    assert fetched(fetcher, f"{server.url}/moved?/moved?{server.url}/a.jpg") == FILE


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("http://169.254.169.254/latest/meta-data", "it is never reached"),
        ("https://[fe80::1]/", "it is never reached"),
        ("https://[::ffff:169.254.169.254]/", "it is never reached"),
        ("https://[64:ff9b:1::a9fe:a9fe]/", "it is never reached"),
        ("https://[::ffff:0:a9fe:a9fe]/", "it is never reached"),
        ("https://2852039166/", "no address that files are fetched from"),
        ("file:///etc/passwd", "cannot be used"),
        ("http://93.184.216.34/a.jpg", "would not be encrypted"),
        ("https://user:password@example.org/", "cannot be used"),
    ],
)
def test_redirect_is_checked_like_the_first_address(
    fetcher: Fetcher, server: FileServer, place: str, said: str
) -> None:
    """Or one public server would open all that is behind the firewall."""
    with pytest.raises(MediaUrlError, match=said):
        fetched(fetcher, f"{server.url}/moved?{place}")


def test_redirects_end(fetcher: Fetcher, server: FileServer) -> None:
    """Two addresses that name each other must not keep us busy."""
    url = f"{server.url}/moved?/moved?/moved?/moved?/a.jpg"
    with pytest.raises(MediaUrlError, match="more than 3 redirects"):
        fetched(fetcher, url)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/status/404", "answered 404"),
        ("/status/500", "answered 500"),
        ("/status/206", "answered 206"),
        ("/status/302", "answered 302 without saying where"),
        ("/short", "no valid answer"),
        ("/gzip", "encoding 'gzip'"),
        ("/nonsense", "no valid answer"),
        ("/headers", "no valid answer"),
        ("/nothing", "no valid answer"),
    ],
)
def test_what_is_no_file_is_said_in_a_sentence(fetcher: Fetcher, server: FileServer, path: str, said: str) -> None:
    """A file that is cut short is not taken for a whole one."""
    with pytest.raises(MediaUrlError, match=said):
        fetched(fetcher, server.url + path)


@pytest.mark.parametrize("path", ["/long", "/endless"])
def test_file_that_is_too_large_is_not_read_to_its_end(fetcher: Fetcher, server: FileServer, path: str) -> None:
    """Whether it says so at the beginning, or never."""
    with pytest.raises(TooLargeError, match="more than 1,000,000 bytes"):
        fetched(fetcher, server.url + path)


@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_file_that_does_not_arrive_in_time_is_given_up(server: FileServer, path: str) -> None:
    """A byte now and then is no progress."""
    impatient = Fetcher(FetchOptions(enabled=True, allow_private=True, timeout_s=3))
    try:
        with pytest.raises(MediaUrlError, match="did not arrive within 3 s"):
            fetched(impatient, server.url + path)
    finally:
        impatient.close()


def test_nobody_listening_is_said(fetcher: Fetcher) -> None:
    """It may be there in a moment."""
    with pytest.raises(MediaUrlError, match="connection failed"):
        fetched(fetcher, "http://127.0.0.1:1/a.jpg")


def test_private_addresses_are_for_operators_who_allow_them(server: FileServer) -> None:
    """By default nothing behind the firewall is fetched."""
    public_only = Fetcher(FetchOptions(enabled=True))
    try:
        with pytest.raises(MediaUrlError, match="not a public address"):
            fetched(public_only, server.url.replace("http", "https") + "/a.jpg")
    finally:
        public_only.close()


def test_nothing_is_fetched_where_it_is_not_allowed(server: FileServer) -> None:
    """Off by default, and the message names the setting."""
    with pytest.raises(MediaUrlError, match="STAYDOWN_MEDIA_URLS=true"):
        fetched(Fetcher(FetchOptions()), f"{server.url}/a.jpg")


def test_certificate_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the authorities this machine trusts, for what the URL says."""
    authority, context = authority_and_server(tmp_path, "files.test", "127.0.0.1")
    with file_server({"/a.jpg": FILE}, tls=context) as server:
        strange = Fetcher(OPEN)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        trusting = Fetcher(OPEN)
        try:
            assert fetched(trusting, f"{server.url}/a.jpg") == FILE
            with pytest.raises(MediaUrlError, match="certificate verify failed"):
                fetched(trusting, server.url.replace("127.0.0.1", "localhost") + "/a.jpg")
            monkeypatch.delenv("SSL_CERT_FILE")
            with pytest.raises(MediaUrlError, match="certificate verify failed"):
                fetched(strange, f"{server.url}/a.jpg")
        finally:
            strange.close()
            trusting.close()


def test_walls_stand_around_what_reads_the_answer(server: FileServer) -> None:
    """Where they are required: nothing is read without them, and on this machine they can be raised."""
    names = {one.name for one in before_strangers(Allowance(0, 0)) if one.needed}
    assert names == {"limits", "privileges", "files", "syscalls"}
    assert [one.name for one in before_loading()] == ["network"]  # not this one: a connection is what it is for
    walled = Fetcher(FetchOptions(enabled=True, allow_private=True, walls_required=True, max_bytes=1_000_000))
    try:
        assert fetched(walled, f"{server.url}/a.jpg") == FILE
    except MediaUrlError as error:
        if "this machine has no wall" in str(error):
            pytest.skip(str(error))
        raise
    finally:
        walled.close()


def test_one_key_takes_so_many_turns(fetcher: Fetcher, server: FileServer) -> None:
    """Whoever names slow servers must not keep others from theirs."""

    async def take(_: bytes) -> None:
        """Nothing comes."""

    async def crowd() -> None:
        slow = [asyncio.create_task(fetcher.fetch(f"{server.url}/hang", "busy", take)) for _ in range(EACH)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequestsError):
            await fetcher.fetch(f"{server.url}/a.jpg", "busy", take)
        await fetcher.fetch(f"{server.url}/a.jpg", "another", take)
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        await fetcher.fetch(f"{server.url}/a.jpg", "busy", take)

    asyncio.run(crowd())


def test_another_process_takes_the_place_of_one_that_was_killed(server: FileServer) -> None:
    """What others are forked from may be killed for memory; the next fetch goes on."""
    fetcher = Fetcher(OPEN)
    try:
        before = fork_servers()
        assert fetched(fetcher, f"{server.url}/a.jpg") == FILE
        (made,) = fork_servers() - before
        os.kill(made, signal.SIGKILL)
        eventually(lambda: Path(f"/proc/{made}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
        assert fetched(fetcher, f"{server.url}/a.jpg") == FILE
    finally:
        fetcher.close()


def fork_servers() -> set[int]:
    """Return the processes of ours that others are forked from."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except FileNotFoundError:  # the thread has ended meanwhile
            continue
        for child in children:
            command = Path(f"/proc/{child}/cmdline")
            if command.exists() and b"api.fetching.fork_server" in command.read_bytes():
                found.add(int(child))
    return found
