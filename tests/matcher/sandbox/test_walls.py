"""What code inside a worker can do once a crafted file has taken it over: each attempt is made inside a real one."""

import os
import platform
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from matcher.errors import DecoderCrashedError, MissingWallsError
from matcher.sandbox.pool import Sandbox
from matcher.sandbox.seat import Demand
from matcher.sandbox.walls import NEEDED, Walls, raise_walls
from matcher.sandbox.walls.layer import Layer, MissingLayerError
from tests.helpers.attackers.crafted import Liar

IS_X86 = platform.machine() == "x86_64"

PRELUDE = """
import ctypes, os, resource, signal, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(*map(ctypes.c_long, (number, *arguments))) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""


@dataclass(frozen=True)
class Attempt:
    """
    Something to try.

    Args:
        what: In words.

        code: Does it, and fails where it is refused; `{…}` are names of `Service`.

        by_anyone: Whether it succeeds for any user whose use is limited and who is behind no other wall.
    """

    what: str
    code: str
    by_anyone: bool = True


ATTEMPTS = [
    Attempt("read the preview key", "open({key!r}).read()"),
    Attempt("look whether a file exists", "os.stat({key!r})"),
    Attempt("list a folder", "os.listdir('/')"),
    Attempt("read the database", "open({database!r}, 'rb').read()"),
    Attempt("change the database", "open({database!r}, 'r+b').write(b'x')", False),
    Attempt("read the password file", "open('/etc/passwd').read()"),
    Attempt("read its own program", "open('/proc/self/exe', 'rb').read(1)"),
    Attempt("read the server's memory", "open('/proc/{server}/mem', 'rb')"),
    Attempt("read the server's environment", "open('/proc/{server}/environ', 'rb')"),
    Attempt("trace the server", "call(101, 16, {server}, 0, 0)", by_anyone=False),
    Attempt("copy the server's memory", "call(310, {server}, 0, 0, 0, 0, 0)"),
    Attempt("take the server's descriptors", "call(434, {server}, 0)"),
    Attempt("send the server a signal", "os.kill({server}, 0)"),
    Attempt("connect by TCP", "socket.socket().connect((b'127.0.0.1', {port}))"),
    Attempt("listen by TCP", "socket.socket().bind((b'127.0.0.1', 0))"),
    Attempt("send by UDP", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', (b'127.0.0.1', {port}))"),
    Attempt("make a socket with a path", "socket.socket(socket.AF_UNIX)"),
    Attempt("ask the kernel about the network", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    Attempt("fork", "os.fork() or os._exit(0)"),
    Attempt("start a program", "os.posix_spawn('/bin/true', ['true'], {{}})"),
    Attempt("write a file", "open({outside!r}, 'w').write('x')", False),
    Attempt("make a folder", "os.mkdir({outside!r} + '.d')"),
    Attempt("remove a file", "os.unlink({victim!r})"),
    Attempt("change who may read a file", "os.chmod({key!r}, 0o644)"),
    Attempt("make a link", "os.symlink('/etc', {outside!r} + '.l')"),
    Attempt("keep a file in memory", "os.memfd_create('x')"),
    Attempt("make a pipe", "os.pipe()"),
    Attempt(
        "raise a limit", "resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_NOFILE))", False
    ),
    Attempt("raise the CPU limit", "resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))", False),
    Attempt("change a limit of the server", "resource.prlimit({server}, resource.RLIMIT_CORE, (0, 0))"),
    Attempt("open many descriptors", "[os.dup(0) for _ in range(100)]", False),
    Attempt("become root", "os.setuid(0)", by_anyone=False),
    Attempt("make namespaces", "call(272, 0x10000000)", by_anyone=False),
    Attempt("go elsewhere", "os.chdir('/')"),
    Attempt("use io_uring", "call(425, 1, ctypes.addressof(ctypes.create_string_buffer(512)))", by_anyone=False),
    Attempt("load a program into the kernel", "call(321, 0, 0, 0)", by_anyone=False),
    Attempt("keep a key in the kernel", "call(250, 0, -3, 1)", by_anyone=False),
    Attempt("watch the processor", "call(298, 0, 0, -1, -1, 0)", by_anyone=False),
    Attempt("handle its own page faults", "call(323, 0)", by_anyone=False),
    Attempt("be looked into", "call(157, 4, 1, 0, 0, 0)"),
]


@dataclass(frozen=True)
class Service:
    """What there is to attack: this process, its files, and a port it listens on."""

    key: str
    database: str
    victim: str
    outside: str
    server: int
    port: int


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Make files that anybody may write in a folder that anybody may enter, so that it is walls that refuse."""
    folder = tmp_path_factory.mktemp("data")
    for above in (folder, *list(folder.parents)[:2]):
        above.chmod(0o777)
    for name in ("preview.key", "victim"):
        (folder / name).write_text("secret")
    with closing(sqlite3.connect(folder / "staydown.db")) as database, database:
        database.execute("CREATE TABLE keys (id)")
    for file in folder.iterdir():
        file.chmod(0o666)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Service(
            key=str(folder / "preview.key"),
            database=str(folder / "staydown.db"),
            victim=str(folder / "victim"),
            outside=str(folder / "outside"),
            server=os.getpid(),
            port=listening.getsockname()[1],
        )


@pytest.fixture(scope="module")
def walled() -> Iterator[Sandbox]:
    """One worker behind what walls there are."""
    with Sandbox(workers=1) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def bare() -> Iterator[Sandbox]:
    """One worker without walls."""
    with Sandbox(workers=1, demand=Demand.NONE) as sandbox:
        yield sandbox


def code_of(attempt: Attempt, service: Service) -> str:
    """Return what the worker is to run."""
    return PRELUDE + attempt.code.format(**vars(service))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=[attempt.what for attempt in ATTEMPTS])
def test_taken_over_decoder_is_refused(walled: Sandbox, service: Service, attempt: Attempt) -> None:
    """A file that gets its own code to run must find nothing to read, to write, or to talk to."""
    if "syscalls" not in walled.walls.layers:
        pytest.skip(f"this kernel has no such wall: {walled.walls.missing['syscalls']}")
    if "call(" in attempt.code and not IS_X86:
        pytest.skip("the number of the system call is that of x86-64")
    with pytest.raises(DecoderCrashedError, match=r"exec failed: (PermissionError|OSError|ValueError)"):
        walled.run(exec, code_of(attempt, service), {})
    assert walled.run(abs, -1) == 1


@pytest.mark.skipif(not IS_X86, reason="the numbers of system calls are those of x86-64")
def test_each_attempt_succeeds_without_walls(bare: Sandbox, service: Service) -> None:
    """An attempt that fails anyway would show nothing."""
    for attempt in ATTEMPTS:
        if attempt.by_anyone:
            bare.run(exec, code_of(attempt, service), {})


def test_file_of_a_task_can_be_read_and_not_written(walled: Sandbox, tmp_path: Path) -> None:
    """A worker is handed its own task's file, open for reading; nobody else's can be opened at all."""
    path = tmp_path / "upload"
    path.write_bytes(b"a picture")
    assert walled.run(eval, "__import__('os').pread(f.descriptor, 99, 0)", {"f": path}) == b"a picture"
    with pytest.raises(DecoderCrashedError, match="Bad file descriptor"):
        walled.run(eval, "__import__('os').write(f.descriptor, b'x')", {"f": path})
    assert path.read_bytes() == b"a picture"


def test_file_of_a_task_is_gone_after_it(walled: Sandbox, tmp_path: Path) -> None:
    """The next upload's worker must not find the last one's file open."""
    path = tmp_path / "upload"
    path.write_bytes(b"x")
    descriptor = walled.run(eval, "f.descriptor", {"f": path})
    with pytest.raises(DecoderCrashedError, match="Bad file descriptor"):
        walled.run(os.pread, descriptor, 1, 0)


def test_pipe_is_no_file(walled: Sandbox, tmp_path: Path) -> None:
    """Opening a pipe that nobody writes to would hold the server up for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Exception, match="no regular file"):
        walled.hash_image(tmp_path / "pipe")


def test_this_kernel_has_every_wall_that_is_needed(walled: Sandbox) -> None:
    """Where this fails, the tests above were skipped in part, and the service is as open as it says."""
    if not sys.platform.startswith("linux"):
        pytest.skip("walls are Linux'")
    assert not walled.walls.lacking, walled.walls.missing


def test_sandbox_that_has_to_be_walled_does_not_start_without() -> None:
    """An operator who asks for walls must not serve strangers without them."""
    with pytest.raises(MissingWallsError, match="files: it was not raised"):
        Sandbox(workers=1, start=Liar().start, demand=Demand.REQUIRED)


ALONE = """
import os, socket, sys
from matcher.sandbox.walls import raise_walls, before_loading, before_strangers
from matcher.sandbox.walls.limits import Allowance
table = {layer.name: layer for layer in (*before_loading(), *before_strangers(Allowance(2**30, 60)))}
walls = raise_walls(table[name] for name in sys.argv[1].split(","))
print(walls.missing or "up")
try:
    exec(sys.argv[2])
except OSError:
    print("refused")
"""


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        ("network", "socket.socket().connect((b'127.0.0.1', {port}))"),
        ("privileges,files", "open({key!r})"),
        ("privileges,files", "os.unlink({victim!r})"),
        ("privileges,syscalls", "open({key!r})"),
        ("privileges,syscalls", "socket.socket().connect((b'127.0.0.1', {port}))"),
        ("privileges,syscalls", "os.fork()"),
        ("limits", "os.write(os.open({outside!r}, os.O_CREAT | os.O_WRONLY), b'x')"),
        ("user", "os.setuid(0)"),
    ],
)
def test_each_wall_holds_by_itself(service: Service, layers: str, code: str) -> None:
    """Where a kernel lacks one, the next is all there is."""
    if layers == "user" and os.geteuid() != 0:
        pytest.skip("only root becomes somebody else")
    command = [sys.executable, "-c", ALONE, layers, code.format(**vars(service))]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")
    if told[0] != "up":
        pytest.skip(f"this kernel has no such wall: {told[0]}")
    assert told[1] == "refused"


def missing() -> None:
    """Be a wall this machine does not have."""
    raise MissingLayerError("no such kernel")


def test_wall_that_is_missing_or_does_not_hold_is_named_with_the_reason() -> None:
    """What is said to stand was seen to refuse; an operator learns why another does not."""
    walls = raise_walls(
        [
            Layer("good", "", needed=True, raise_wall=lambda: None, stands=lambda: True),
            Layer("absent", "", needed=True, raise_wall=missing, stands=lambda: True),
            Layer("hollow", "", needed=True, raise_wall=lambda: None, stands=lambda: False),
            Layer("odd", "", needed=True, raise_wall=lambda: os.chdir("/no/such"), stands=lambda: True),
        ]
    )
    assert walls.layers == ("good",)
    assert walls.missing["absent"] == "no such kernel"
    assert "not refused" in walls.missing["hollow"]
    assert "FileNotFoundError" in walls.missing["odd"]


def test_walls_that_another_stands_in_for_are_not_needed() -> None:
    """`required` must be possible in a container that allows no namespaces, and for a user who is not root."""
    assert Walls(layers=NEEDED, missing={"network": "no namespace may be made here"}).lacking == ()
    assert Walls(layers=(), missing={}).lacking == NEEDED
    assert {"files", "syscalls", "limits", "privileges"} == set(NEEDED)
