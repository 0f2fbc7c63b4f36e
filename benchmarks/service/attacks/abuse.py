"""
`python -m benchmarks abuse`: what innocent clients notice while others attack, through HTTP on loopback.

Before and beside each attack the same innocents ask: `readyz`, a match by signals, and a picture, each by a client of
its own. The attacks: `animations` (45 at once of an 11 KB animation, one untrusted key), `files` (hostile files of 12
formats by 8 clients) and `keyless` (a header without end, held bodies, 1,500 half heads, hostile JSON, nobody with a
key). Ratios of p99 are taken within one run; the machine's load is kept beside them.
"""

import argparse
import contextlib
import io
import itertools
import os
import resource
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from api.bootstrap import open_service, prepare_data
from api.security.keys import KeyTerms, create_key
from benchmarks.environment import environment
from benchmarks.metrics import percentile
from benchmarks.report import progress_line, publish
from benchmarks.service.attacks.hostile_files import animation_of_dots, hostile_files
from benchmarks.service.deciding import ACTOR, serving, settings_for
from casework.domain.actor import Role

_TIMEOUT_S = 300
_PAUSE_S = 0.02
_SIGNALS = {"signals": [{"type": "pdq/1", "value": "0f" * 32}]}
_HALF_HEADS, _HELD_BODIES, _HOSTILE_JSON = 1500, 100, 200

Record = dict[str, Any]


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status: 1 if an answer was 5xx or a promise was not kept."""
    options = _parser().parse_args(argv)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536) if most > 0 else 65_536, most))
    attacks = {
        "animations": _animations,
        "files": lambda server, stop: _files(server, stop, options.hostile, options.seed),
        "keyless": _keyless,
    }
    found: dict[str, Record] = {}
    with _server(options.photos) as server, progress_line() as progress:
        for name in options.attacks or attacks:
            progress(f"{name}: calm")
            calm = server.watch(options.seconds)
            progress(f"{name}: attack")
            found[name] = _attack(server, attacks[name], calm, options.seconds)
    result: Record = {
        "benchmark": "abuse",
        "environment": environment(),
        "seed": options.seed,
        "hostile_files": options.hostile,
        "load_average": os.getloadavg(),
        "attacks": found,
    }
    publish(result, options.json, show=lambda: _print(found))
    return 0 if all(attack["kept"] for attack in found.values()) else 1


class _Watched:
    """A server, the innocents who ask it, and how long they waited."""

    def __init__(self, url: str, log: Path, innocent: str, attacker: str, photos: list[bytes]) -> None:
        self.url = url
        self.log = log
        self.attacker = attacker
        self._headers = {"Authorization": f"Bearer {innocent}"}
        self._photos = photos

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = httpx2.URL(self.url)
        return parts.host, parts.port or 80

    def watch(self, seconds: float, *, until: Callable[[], bool] = lambda: True) -> dict[str, list[float]]:
        """Ask for at least so long, and until somebody says it is enough; return milliseconds by kind of question."""
        waited: dict[str, list[float]] = {"readyz": [], "signals": [], "picture": []}
        end = time.monotonic() + seconds
        photos = itertools.cycle(self._photos)
        ask: dict[str, Callable[[httpx2.Client], httpx2.Response]] = {
            "readyz": lambda client: client.get("/readyz"),
            "signals": lambda client: client.post("/v1/match", json=_SIGNALS),
            "picture": lambda client: client.post("/v1/match", files={"media": ("x", next(photos))}),
        }

        def innocent(kind: str) -> None:
            with httpx2.Client(base_url=self.url, headers=self._headers, timeout=_TIMEOUT_S) as client:
                while time.monotonic() < end or not until():
                    begun = time.perf_counter()
                    answer = ask[kind](client)
                    waited[kind].append((time.perf_counter() - begun) * 1000)
                    answer.raise_for_status()
                    time.sleep(_PAUSE_S)

        with ThreadPoolExecutor(len(ask)) as threads:
            for one in [threads.submit(innocent, kind) for kind in ask]:
                one.result()
        return waited


@contextlib.contextmanager
def _server(photos: Path | None) -> Iterator[_Watched]:
    with TemporaryDirectory(prefix="staydown-") as folder:
        settings = settings_for(Path(folder), "", decode_workers=2)
        prepare_data(settings)
        with open_service(settings) as service, service.writing() as uow:
            innocent, attacker = (
                create_key(uow, KeyTerms(name, Role.PIPELINE, trusted=trusted), actor=ACTOR).key
                for name, trusted in (("innocent", True), ("attacker", False))
            )
        with serving(settings) as url:
            yield _Watched(url, settings.data / "server.log", innocent, attacker, _photos(photos))


def _attack(
    server: _Watched,
    attack: Callable[[_Watched, threading.Event], Record],
    calm: dict[str, list[float]],
    seconds: float,
) -> Record:
    """Have the innocents ask for as long as the attack lasts; return what was seen."""
    stop = threading.Event()
    before = _memory_bytes()
    most = [before]
    with ThreadPoolExecutor(2) as threads:
        attacking = threads.submit(attack, server, stop)

        def measure_memory() -> None:
            while not attacking.done():
                most[0] = max(most[0], _memory_bytes())
                time.sleep(0.2)

        measuring = threads.submit(measure_memory)
        threading.Timer(seconds, stop.set).start()
        waited = server.watch(seconds, until=attacking.done)
        measuring.result()
    seen = attacking.result()
    p99 = {kind: (percentile(calm[kind], 99), percentile(waited[kind], 99)) for kind in calm}
    statuses = seen["statuses"]
    promises = {
        "no 5xx": not any(status >= 500 for status in statuses),
        "no traceback in the log": "Traceback" not in server.log.read_text(),
        "readyz and signals below 0.5 s": max(waited["readyz"] + waited["signals"]) < 500,
        "pictures p99 below 3 x calm": p99["picture"][1] < 3 * p99["picture"][0],
    }
    if "closed_s" in seen:
        promises["closed within 15 s"] = seen["closed_s"] < 15
        promises["memory below + 50 MB"] = most[0] - before < 50_000_000
        promises["all p99 below 2 x calm"] = all(attacked < 2 * quiet for quiet, attacked in p99.values())
    return {
        **seen,
        "calm_ms": calm,
        "attacked_ms": waited,
        "memory_bytes": {"before": before, "most": most[0]},
        "promises": promises,
        "kept": all(promises.values()),
    }


def _animations(server: _Watched, stop: threading.Event) -> Record:
    """Keep 45 uploads of one animation under way, and then hang up."""
    data, numbers = animation_of_dots(500, 500), itertools.count()
    statuses: Counter[int] = Counter()
    without_retry_after: list[int] = []

    def upload() -> None:
        with httpx2.Client(base_url=server.url, timeout=_TIMEOUT_S) as client:
            while not stop.is_set():
                answer = client.post(
                    "/v1/uploads",
                    headers={"Authorization": f"Bearer {server.attacker}"},
                    data={"upload": f'{{"upload_id": "a{next(numbers)}"}}'},
                    files={"media": ("x.gif", data)},
                )
                statuses[answer.status_code] += 1
                if answer.status_code == 429 and "Retry-After" not in answer.headers:
                    without_retry_after.append(answer.status_code)
                stop.wait(0.5)

    with ThreadPoolExecutor(5) as threads:
        uploading = [threads.submit(upload) for _ in range(5)]
        hung = _hang_up_at(stop, server, data)
        for one in uploading:
            one.result()
    return {"statuses": dict(statuses), "hung_up": hung, "429_without_retry_after": len(without_retry_after)}


def _hang_up_at(stop: threading.Event, server: _Watched, data: bytes) -> int:
    """Send 40 more at once, whose clients go away in the end without having read an answer; return how many."""
    form = httpx2.Request(
        "POST", server.url, data={"upload": '{"upload_id": "gone"}'}, files={"media": ("x.gif", data)}
    )
    head = (
        f"POST /v1/uploads HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.attacker}\r\n"
        f"content-type: {form.headers['content-type']}\r\ncontent-length: {len(form.read())}\r\n\r\n"
    )
    with contextlib.ExitStack() as connections:
        for _ in range(40):
            connection = connections.enter_context(socket.create_connection(server.address))
            connection.sendall(head.encode() + form.read())
        stop.wait()
    return 40


def _files(server: _Watched, stop: threading.Event, count: int, seed: int) -> Record:
    """Send hostile files by 8 clients, each as an upload or as a question."""
    del stop
    statuses: Counter[int] = Counter()
    files, lock = enumerate(hostile_files(count, seed=seed)), threading.Lock()

    def client_of_eight() -> None:
        headers = {"Authorization": f"Bearer {server.attacker}"}
        with httpx2.Client(base_url=server.url, headers=headers, timeout=_TIMEOUT_S) as client:
            while True:
                with lock:
                    number, data = next(files, (0, b""))
                if not data:
                    return
                fields = {"upload": f'{{"upload_id": "h{number}", "depth": "deep"}}'}
                asked, sent = ("/v1/uploads", fields) if number % 2 else ("/v1/match", {"depth": "deep"})
                answer = client.post(asked, data=sent, files={"media": ("x", data)})
                statuses[answer.status_code] += 1

    with ThreadPoolExecutor(8) as threads:
        for one in [threads.submit(client_of_eight) for _ in range(8)]:
            one.result()
    return {"statuses": dict(statuses)}


def _keyless(server: _Watched, stop: threading.Event) -> Record:
    """Hold what can be held without a key, and see how long it is."""
    del stop
    statuses: Counter[int] = Counter()
    open_for: list[float] = []
    sent_at: dict[socket.socket, float] = {}
    json_head = b"POST /v1/%b HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    with contextlib.ExitStack() as connections:

        def held(*pieces: bytes) -> socket.socket:
            connection = connections.enter_context(socket.create_connection(server.address))
            for piece in pieces:
                with contextlib.suppress(OSError):
                    connection.sendall(piece)
            sent_at[connection] = time.monotonic()
            return connection

        open_ = [held(b"POST /v1/match HTTP/1.1\r\nhost: x\r\nx-slow: ") for _ in range(_HALF_HEADS)]
        form = b"content-type: multipart/form-data; boundary=x\r\ncontent-length: 5000000\r\n\r\n--x\r\n"
        open_ += [held(b"POST /v1/uploads HTTP/1.1\r\nhost: x\r\n" + form) for _ in range(_HELD_BODIES)]
        for number in range(_HOSTILE_JSON):
            where, size = (b"match", 10_000_000) if number % 2 else (b"receipts/x/withdraw", 64_000)
            open_.append(held(json_head % (where, size), (b"[" if number % 4 else b"9") * size))
        open_.append(held(b"GET / HTTP/1.1\r\nx: ", *[b"a" * 1_000_000] * 200))
        give_up_at = time.monotonic() + 60
        waiting = selectors.DefaultSelector()
        for connection in open_:
            waiting.register(connection, selectors.EVENT_READ)
        while waiting.get_map() and time.monotonic() < give_up_at:
            for key, _ in waiting.select(1):
                there = key.fileobj
                assert isinstance(there, socket.socket)
                said = _received(there)
                if said.startswith(b"HTTP/1.1 "):
                    statuses[int(said.split()[1])] += 1
                if not said:
                    waiting.unregister(there)
                    open_for.append(time.monotonic() - sent_at[there])
        still_open = len(waiting.get_map())
    return {
        "statuses": dict(statuses),
        "connections": len(open_),
        "still_open": still_open,
        "closed_s": max(open_for) if not still_open else float("inf"),
    }


def _received(connection: socket.socket) -> bytes:
    """Read what is there; nothing once the other end closed."""
    with contextlib.suppress(OSError):
        return connection.recv(65_536)
    return b""


def _memory_bytes() -> int:
    """Return what the server and its workers hold in memory: all processes that this one started."""
    total, waiting = 0, _children(os.getpid())
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
            waiting += _children(pid)
    return total


def _children(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def _photos(folder: Path | None) -> list[bytes]:
    """Return up to 40 photos of a folder, or 40 generated pictures."""
    if folder is not None:
        return [path.read_bytes() for path in sorted(folder.rglob("*.jp*g"))[:40]]
    pictures = []
    for seed in range(40):
        coarse = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        written = io.BytesIO()
        Image.fromarray(coarse).resize((1024, 768), Image.Resampling.BICUBIC).save(written, "JPEG", quality=90)
        pictures.append(written.getvalue())
    return pictures


def _print(found: dict[str, Record]) -> None:
    table = Table(title="innocent clients, ms: calm, and beside each attack")
    for name in ("attack", "asked", "calm p50", "p99", "worst", "attacked p50", "p99", "worst", "p99 ratio"):
        table.add_column(name, justify="left" if name in {"attack", "asked"} else "right")
    for attack, seen in found.items():
        calm, attacked = seen["calm_ms"], seen["attacked_ms"]
        for kind in calm:
            p50, p99 = np.percentile(calm[kind], [50, 99])
            then50, then99 = np.percentile(attacked[kind], [50, 99])
            figures = [p50, p99, max(calm[kind]), then50, then99, max(attacked[kind])]
            table.add_row(attack, kind, *(f"{one:,.0f}" for one in figures), f"{then99 / p99:.2f}")
    console = Console()
    console.print(table)
    for attack, seen in found.items():
        memory = seen["memory_bytes"]
        grown = (memory["most"] - memory["before"]) / 1e6
        closed = f", closed after {seen['closed_s']:.1f} s" if "closed_s" in seen else ""
        console.print(f"{attack}: answers {seen['statuses']}, memory +{grown:.0f} MB{closed}")
        for promise, kept in seen["promises"].items():
            console.print(f"  {'kept  ' if kept else 'BROKEN'}  {promise}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks abuse", description=__doc__)
    parser.add_argument("--attacks", nargs="*", choices=["animations", "files", "keyless"], help="all if left out")
    parser.add_argument("--hostile", type=int, default=2000, metavar="N", help="hostile files")
    parser.add_argument("--seconds", type=float, default=20, help="how long innocents are watched, at least")
    parser.add_argument("--photos", type=Path, metavar="FOLDER", help="of the innocents; generated if left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
