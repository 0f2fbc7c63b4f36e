"""
The bare route: the same server software, the same body parsed by the same encoder, a constant of the same size.

What it answers in a second is the most that any route could. One address a scenario: each answers what the service
answered there. Run as a process of its own: `python -m benchmarks.serving.contestants.bare`.
"""

import argparse
import importlib
import json
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

from benchmarks.serving.contestants.server import RunningServer, started

NAME = "bare"

_ANSWERS: Final = "BENCHMARK_BARE_ANSWERS"
"""The variable that names the file of answers: the processes of one server have nothing else in common."""

_BACKLOG = 2048


@contextmanager
def bare(answers: Mapping[str, bytes], folder: Path, *, processes: int) -> Iterator[RunningServer]:
    """
    Run it until the block ends.

    Args:
        answers: By scenario, what the service answered.

        folder: For its files.

        processes: How many.
    """
    file = folder / f"bare-{processes}.json"
    file.write_text(json.dumps({name: answer.decode() for name, answer in answers.items()}))
    command = [sys.executable, "-m", "benchmarks.serving.contestants.bare", "--processes", str(processes)]
    log = folder / f"bare-{processes}.log"
    with started(command, environment={_ANSWERS: str(file)}, log=log) as server:
        yield server


def encoder() -> tuple[str, Callable[[bytes], Any]]:
    """Return the name and the parser of the fastest encoder that is installed, which the service uses too."""
    if find_spec("msgspec") is not None:
        return "msgspec", importlib.import_module("msgspec.json").decode
    if find_spec("orjson") is not None:
        return "orjson", importlib.import_module("orjson").loads
    return "json", json.loads


def create() -> Starlette:
    """Make the application of one process."""
    _, parse = encoder()
    answers: dict[str, str] = json.loads(Path(os.environ[_ANSWERS]).read_text())
    routes = [
        Route(f"/{name}", _answering(answer.encode(), parse), methods=["POST"]) for name, answer in answers.items()
    ]
    return Starlette(routes=routes)


def _answering(answer: bytes, parse: Callable[[bytes], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def route(request: Request) -> Response:
        parse(await request.body())
        return Response(answer, media_type="application/json")

    return route


def _serve(processes: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(_BACKLOG)
        listener.set_inheritable(True)
        config = Config(
            "benchmarks.serving.contestants.bare:create",
            factory=True,
            workers=processes,
            access_log=False,
            log_level="warning",
        )
        print(f"the bare route listens on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        if processes > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            Server(config).run(sockets=[listener])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=1)
    _serve(parser.parse_args().processes)
