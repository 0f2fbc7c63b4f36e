"""
`python -m benchmarks lookback`: from a decision to its last hit among a million uploads, and what others wait for.

A real server with its worker, over a record in which so many uploads are registered. For each number of copies a
takedown is upheld through HTTP and its look-back followed to the end, while three clients go on asking, registering and
deciding at a steady pace. Their latencies before and during stand beside each other.
"""

import argparse
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import numpy as np
from rich.console import Console
from rich.table import Table

from api.bootstrap import open_service, prepare_data
from api.security.keys import KeyTerms, create_key
from api.service import Service
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.deciding import ACTOR, serving, settings_for
from casework.domain.actor import Role
from casework.domain.ids import UploadId, new_id
from casework.domain.media import Collection, SubmittedMedia
from casework.domain.takedowns.upload import Upload
from casework.domain.verdict import Verdict
from matcher.signals.base import Signal

ROWS_A_TRANSACTION = 5_000
PAUSE_S = {"match": 0.05, "register": 0.05, "decide": 0.2}
"""Between two requests of a client: about 45 a second together, which leaves the machine time to look back."""

_POLL_S = 0.02
_BEFORE_S = 10.0
_GIVE_UP_S = 600.0


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    rng = random.Random(options.seed)
    wanted = {hits: rng.randbytes(32) for hits in options.hits}
    with TemporaryDirectory(prefix="staydown-") as folder, progress_line() as progress:
        settings = settings_for(Path(folder), options.database_url, blast_radius_limit=10**9)
        prepare_data(settings)
        with open_service(settings) as service:
            begun = time.perf_counter()
            fill(service, _values(options.uploads, wanted, rng), progress)
            filled_s = time.perf_counter() - begun
            with service.writing() as uow:
                keys = [
                    create_key(uow, KeyTerms(f"benchmark {number}", Role.ADMIN, trusted=True), actor=ACTOR).key
                    for number in range(3)
                ]
        progress("the server starts")
        with serving(settings) as address:
            clients = Clients(address, keys, options.seed)
            result = {
                "benchmark": "lookback",
                "environment": environment(),
                "database": "PostgreSQL" if options.database_url else "SQLite",
                "seed": options.seed,
                "uploads": options.uploads,
                "filled_s": filled_s,
                "before_ms": clients.measure(lambda: time.sleep(_BEFORE_S), progress, "before"),
                "sweeps": [sweep(address, keys, hits, value, clients, progress) for hits, value in wanted.items()],
            }
    publish(result, options.json, show=lambda: _print(result))
    return 0


def fill(service: Service, values: Iterator[bytes], progress: Callable[[str], None]) -> None:
    """Register uploads with these PDQ values, unmatched, through the tables that registering writes."""
    rng = random.Random(1)
    number = 0
    while portion := [value for value, _ in zip(values, range(ROWS_A_TRANSACTION), strict=False)]:
        submitted = []
        for value in portion:
            signals = (
                Signal("sha256/1", rng.randbytes(32), None),
                Signal("pdq/1", value, 100),
                Signal("phash/1", rng.randbytes(32), None),
            )
            submitted.append((SubmittedMedia("image", 1600, 1200, None, signals), None, 0))
        with service.writing() as uow:
            media = uow.media.add_many(submitted)
            uploads = [
                Upload(
                    id=UploadId(new_id("upl", uow.now)),
                    platform_id=f"library/{number + place}",
                    uploader_id=f"user-{rng.randrange(100_000)}",
                    post_text=None,
                    url=None,
                    posted_at=None,
                    registered_at=uow.now,
                    media_id=one.id,
                    sha256=one.signals[0].value,
                    verdict=Verdict.ALLOW,
                    case_id=None,
                    index_version=0,
                )
                for place, one in enumerate(media)
            ]
            uow.uploads.add_many(uploads)
            uow.index_log.add_many(Collection.UPLOADS, [(one.id, of) for one, of in zip(uploads, media, strict=True)])
        number += len(portion)
        service.replica.catch_up()
        service.indexes[Collection.UPLOADS].maintain()
        progress(f"{number:,} uploads registered")


class Clients:
    """
    Clients that do one thing each, such as to ask, at a steady pace, and note how long each answer takes.

    Args:
        address: Address of the server.

        keys: Of admins: one asks and decides, the last one reports.

        seed: For what they send.

        pauses: What they do, `match`, `register`, `report` or `decide`, and seconds between two requests.
    """

    def __init__(self, address: str, keys: Sequence[str], seed: int, *, pauses: Mapping[str, float] = PAUSE_S) -> None:
        self._address = address
        self._pauses = pauses
        self._key = keys[0]
        self._reporter = keys[-1]
        self._rng = random.Random(seed)
        self._number = 0

    def measure(self, work: Callable[[], None], progress: Callable[[str], None], name: str) -> dict[str, list[float]]:
        """Let the clients go on while some work is done; return milliseconds by what they did."""
        progress(name)
        samples: dict[str, list[float]] = defaultdict(list)
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._go_on, args=(kind, pause_s, samples[kind], stop))
            for kind, pause_s in self._pauses.items()
        ]
        for thread in threads:
            thread.start()
        try:
            work()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        return dict(samples)

    def _go_on(self, kind: str, pause_s: float, noted: list[float], stop: threading.Event) -> None:
        with client(self._address, self._key) as http:
            while not stop.wait(pause_s):
                value = self._rng.randbytes(32).hex()
                noted.append(getattr(self, f"_{kind}")(http, value))

    def _match(self, http: httpx2.Client, value: str) -> float:
        return _timed(http, "/v1/match", {"signals": [_pdq(value)]})

    def _register(self, http: httpx2.Client, value: str) -> float:
        return _timed(http, "/v1/uploads", {"upload": {"upload_id": f"new {value}"}, "signals": [_pdq(value)]})

    def _report(self, http: httpx2.Client, value: str) -> float:
        begun = time.perf_counter()
        _report(http, value, key=self._reporter)
        return (time.perf_counter() - begun) * 1000

    def _decide(self, http: httpx2.Client, value: str) -> float:
        case = _report(http, value, key=self._reporter)
        return _timed(http, f"/v1/cases/{case}/decision", {"outcome": "uphold"})


def sweep(
    address: str,
    keys: Sequence[str],
    hits: int,
    value: bytes,
    clients: Clients,
    progress: Callable[[str], None],
) -> dict[str, object]:
    """Uphold a takedown with so many copies and follow its look-back to the end."""
    times: dict[str, float] = {}
    found: dict[str, object] = {}
    with client(address, keys[0]) as first, client(address, keys[1]) as second:

        def look_back() -> None:
            case = _report(first, value.hex(), key=keys[-1])
            found.update(upheld_and_followed(first, second, case, times)[1])

        def take_back() -> None:
            takedown = str(found["takedown_id"])
            begun = time.perf_counter()
            _sent(second, f"/v1/takedowns/{takedown}/withdraw", {"reason": "benchmark"})
            times["withdrawing_s"] = time.perf_counter() - begun
            _reinstated(first, takedown, hits, begun, times)

        during = clients.measure(look_back, progress, f"{hits:,} hits")
        back = clients.measure(take_back, progress, f"{hits:,} hits, taken back")
    return {
        "copies": hits,
        "hits": found["hits"],
        "cases": found["cases"],
        **times,
        "looking_back_ms": during,
        "taking_back_ms": back,
    }


def upheld_and_followed(
    first: httpx2.Client, second: httpx2.Client, case: str, times: dict[str, float]
) -> tuple[dict[str, object], dict[str, object]]:
    """
    Uphold a case, approve it where that takes two, and follow its look-back to the end.

    Args:
        first: Who decides.

        second: Who approves.

        case: Its id.

        times: Receives how long each step took, seconds: `deciding_s`, `approving_s`, `first_hit_s`, `first_case_s`,
            `done_s`.

    Returns:
        The decision and the look-back, as they are answered.
    """
    begun = time.perf_counter()
    decision = _sent(first, f"/v1/cases/{case}/decision", {"outcome": "uphold"})
    times["deciding_s"] = time.perf_counter() - begun
    if decision["approvals_needed"]:
        begun = time.perf_counter()
        _sent(second, f"/v1/decisions/{decision['decision_id']}/approve", None)
        times["approving_s"] = time.perf_counter() - begun
    begun = time.perf_counter()
    found = _followed(first, str(decision["takedown_id"]), begun, times)
    times["done_s"] = time.perf_counter() - begun
    return decision, found


def _followed(http: httpx2.Client, takedown: str, begun: float, times: dict[str, float]) -> dict[str, object]:
    """Poll a look-back until it is done; note when its first hit, and its first case, was seen."""
    while time.perf_counter() - begun < _GIVE_UP_S:
        found: dict[str, object] = http.get(f"/v1/takedowns/{takedown}/lookback", params={"limit": 1}).json()
        if found["hits"]:
            times.setdefault("first_hit_s", time.perf_counter() - begun)
        if found["cases"]:
            times.setdefault("first_case_s", time.perf_counter() - begun)
        if found["state"] == "done":
            return found
        time.sleep(_POLL_S)
    message = f"the look-back did not end within {_GIVE_UP_S:.0f} s"
    raise TimeoutError(message)


def _reinstated(http: httpx2.Client, takedown: str, hits: int, begun: float, times: dict[str, float]) -> None:
    """Follow the feed until every upload of a withdrawn takedown was reinstated."""
    after, seen = None, 0
    while seen < hits and time.perf_counter() - begun < _GIVE_UP_S:
        asked: dict[str, str | int] = {"type": "upload.reinstated", "limit": 200}
        if after:
            asked["after"] = after
        page = http.get("/v1/events", params=asked).json()
        seen += sum(one["data"]["takedown_id"] == takedown for one in page["items"])
        after = page["cursor"]
        if page["next"] is None:
            time.sleep(_POLL_S)
    times["reinstated_s"] = time.perf_counter() - begun


def _values(uploads: int, wanted: dict[int, bytes], rng: random.Random) -> Iterator[bytes]:
    """Yield values: of each wanted one so many near copies, evenly among the others."""
    copies = [value for hits, value in wanted.items() for _ in range(hits)]
    rng.shuffle(copies)
    places = dict(zip(rng.sample(range(uploads), len(copies)), copies, strict=True))
    for number in range(uploads):
        yield _near(places[number], rng) if number in places else rng.randbytes(32)


def _near(value: bytes, rng: random.Random) -> bytes:
    flips = sum(1 << place for place in rng.sample(range(256), rng.randrange(8)))
    return (int.from_bytes(value) ^ flips).to_bytes(32)


def _pdq(value: str) -> dict[str, object]:
    return {"type": "pdq/1", "value": value, "quality": 100}


def _report(http: httpx2.Client, value: str, *, key: str) -> str:
    report = {"reporter": {"relation": "subject"}, "statement": {"non_consent": True}, "facts": {"nudity": True}}
    response = http.post(
        "/v1/reports", json={"report": report, "signals": [_pdq(value)]}, headers={"Authorization": f"Bearer {key}"}
    )
    response.raise_for_status()
    return str(response.json()["case_id"])


def _sent(http: httpx2.Client, path: str, body: dict[str, object] | None) -> dict[str, object]:
    response = http.post(path, json=body)
    response.raise_for_status()
    answered: dict[str, object] = response.json()
    return answered


def _timed(http: httpx2.Client, path: str, body: dict[str, object]) -> float:
    begun = time.perf_counter()
    _sent(http, path, body)
    return (time.perf_counter() - begun) * 1000


@contextmanager
def client(address: str, key: str) -> Iterator[httpx2.Client]:
    """Open a client with a key."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=address, headers=headers, timeout=60) as http:
        yield http


def _print(result: dict[str, object]) -> None:
    console = Console()
    sweeps = result["sweeps"]
    before = result["before_ms"]
    if not isinstance(sweeps, list) or not isinstance(before, dict):
        return
    table = Table(title=f"looking back over {result['uploads']:,} uploads on {result['database']}")
    names = ("hits", "cases", "deciding_s", "approving_s", "first_hit_s", "done_s", "withdrawing_s", "reinstated_s")
    for name in names:
        table.add_column(name.replace("_s", " s"), justify="right")
    for one in sweeps:
        table.add_row(*[_figure(one.get(name)) for name in names])
    console.print(table)
    waits = Table(title="what other requests take meanwhile, ms: p50 / p99 / worst")
    waits.add_column("")
    for kind in PAUSE_S:
        waits.add_column(kind, justify="right")
    rows = [("before", before)]
    for one in sweeps:
        rows.append((f"{one['copies']:,} hits", one["looking_back_ms"]))
        rows.append((f"{one['copies']:,} taken back", one["taking_back_ms"]))
    for name, samples in rows:
        waits.add_row(name, *[spread(samples.get(kind, ())) for kind in PAUSE_S])
    console.print(waits)


def _figure(value: object) -> str:
    return f"{value:,.3g}" if isinstance(value, float) else str(value or "")


def spread(samples: Sequence[float]) -> str:
    """Write median, 99th percentile and worst of some milliseconds; nothing of none."""
    if not samples:
        return ""
    p50, p99 = np.percentile(samples, [50, 99])
    return f"{p50:.0f} / {p99:.0f} / {max(samples):.0f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks lookback", description=__doc__)
    parser.add_argument("--uploads", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--hits", type=int, nargs="+", default=[100, 10_000], help="copies of each takedown")
    parser.add_argument("--database-url", default="", metavar="URL", help="an empty database; SQLite if left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
