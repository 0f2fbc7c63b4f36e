"""`staydown serve` and `staydown demo` as a shell starts them: real processes, real signals, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.helpers.media.pictures import photo_bytes

TIMEOUT_S = 300


@contextmanager
def inheriting(on_interrupt: signal.Handlers) -> Iterator[None]:
    """Let processes that are started meanwhile begin with this answer to SIGINT, whatever these tests began with."""
    # A handler of Python's becomes SIG_DFL in another program; SIG_IGN stays.
    ours = signal.SIG_IGN if on_interrupt == signal.SIG_IGN else signal.default_int_handler
    before = signal.signal(signal.SIGINT, ours)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def started(
    folder: Path, *arguments: str, on_interrupt: signal.Handlers = signal.SIG_DFL
) -> Iterator[subprocess.Popen[str]]:
    """Start a command over a data folder of its own; end it hard if the test did not."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("STAYDOWN_")}
    environment = {**ours, "STAYDOWN_DATA": str(folder / "data"), "TMPDIR": str(folder), "STAYDOWN_DECODE_WORKERS": "1"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[4])
    with inheriting(on_interrupt):
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
    with process:
        try:
            yield process
        finally:
            process.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    """Return the address a server prints first."""
    assert process.stdout is not None
    return next(word for word in process.stdout.readline().split() if word.startswith("http://"))


@pytest.mark.parametrize("workers", [1, 2])
def test_server_answers_where_it_says_and_ends_on_ctrl_c(tmp_path: Path, workers: int) -> None:
    """Port 0 is how scripts start a server without guessing; Ctrl-C is how everybody ends one."""
    with started(tmp_path, "serve", "--port", "0", "--workers", str(workers)) as server:
        ready = httpx2.get(f"{address_of(server)}/readyz", timeout=TIMEOUT_S)
        assert ready.json()["ready"] is True
        assert server.stdout is not None  # read to here: `communicate` does not see what a line before came with
        assert server.stdout.readline().startswith("Nobody has a key yet: `staydown init` makes the first")
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=TIMEOUT_S)
        assert "Traceback" not in errors
        assert server.returncode in (0, 130)


@pytest.mark.parametrize("workers", [1, 2])
def test_server_in_the_background_of_a_script_ends_when_told(tmp_path: Path, workers: int) -> None:
    """A shell lets what a script starts with `&` ignore Ctrl-C; SIGTERM, which ends it, must not be lost with that."""
    arguments = ("serve", "--port", "0", "--workers", str(workers))
    with started(tmp_path, *arguments, on_interrupt=signal.SIG_IGN) as server:
        assert httpx2.get(f"{address_of(server)}/readyz", timeout=TIMEOUT_S).json()["ready"] is True
        server.terminate()
        _, errors = server.communicate(timeout=TIMEOUT_S)
        assert "Traceback" not in errors
        assert server.returncode in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


def test_second_server_on_a_port_is_refused(tmp_path: Path) -> None:
    """Two servers that share a port by accident would answer by turns, one of them from another folder."""
    with started(tmp_path, "serve", "--port", "0") as first:
        port = address_of(first).rpartition(":")[2]
        with started(tmp_path, "serve", "--port", port) as second:
            _, errors = second.communicate(timeout=TIMEOUT_S)
            assert second.returncode == 1
            assert errors.startswith("error: cannot listen on 127.0.0.1")


def leftovers(folder: Path) -> list[str]:
    """Name the temporary folders that a demo left."""
    return [entry.name for entry in folder.iterdir() if entry.name.startswith("staydown-demo-")]


def test_demo_keeps_its_promises_and_leaves_one_picture(tmp_path: Path) -> None:
    """The first thing a newcomer runs: it tells the truth, ends by itself and cleans up."""
    pytest.importorskip("skimage", reason="the demo's photographs come with scikit-image")
    with started(tmp_path, "demo", "--json") as process:
        out, errors = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, errors) == (0, "")
    told = json.loads(out)
    assert told["ok"] is True
    assert sum(one["verdict"] == "block" for one in told["copies"]) >= 10
    assert [one["name"] for one in told["copies"] if one["verdict"] == "allow"] == []
    assert len(told["innocent"]) >= 10
    assert {one["verdict"] for one in told["innocent"]} == {"allow"}
    assert told["after_withdrawal"]["verdict"] == "allow"
    assert Path(told["contact_sheet"]).is_file()
    assert leftovers(tmp_path) == []


def test_demo_says_when_a_promise_is_broken(tmp_path: Path) -> None:
    """A demo that cannot fail proves nothing: here the "innocent" photo is the reported one."""
    media = tmp_path / "media"
    media.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (media / name).write_bytes(photo_bytes(31))
    with started(tmp_path, "demo", "--media", str(media)) as process:
        _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1
    assert errors == "error: the story went otherwise than promised: b: block instead of allow\n"


@pytest.mark.parametrize(
    ("number", "on_interrupt"),
    [(signal.SIGINT, signal.SIG_DFL), (signal.SIGTERM, signal.SIG_DFL), (signal.SIGTERM, signal.SIG_IGN)],
    ids=["Ctrl-C", "told to end", "told to end in the background"],
)
def test_interrupted_demo_leaves_nothing(tmp_path: Path, number: signal.Signals, on_interrupt: signal.Handlers) -> None:
    """Ctrl-C in the middle ends the server too, and takes the folder with the keys along."""
    media = tmp_path / "media"
    media.mkdir()
    for seed in (32, 33):
        (media / f"{seed}.jpg").write_bytes(photo_bytes(seed))
    with started(tmp_path, "demo", "--media", str(media), on_interrupt=on_interrupt) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Starting a server")
        assert process.stdout.readline().startswith("1  A person reports")
        process.send_signal(number)
        _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert leftovers(tmp_path) == []
