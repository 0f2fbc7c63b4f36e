"""
`python -m benchmarks soak`: does a server that works all day grow?

A server in a process of its own, with its worker and its decoding processes, is used by several clients at once in
every way there is: pictures and signals are matched and registered, reports are filed, upheld, looked into and
withdrawn, odd files and hanging clients come in between. Every few seconds the memory of all its processes and their
open descriptors are read. The first minutes are left out: caches fill, libraries are loaded.

Memory is Pss: pages that several processes share count once. What must not grow is memory of no file. Of mapped files
(libraries, the index, the database's shared memory) a process counts its share, which falls where any other program on
the machine maps the same library: in 20 minutes beside others that fell from 36 to 22 MB, and hid that the rest had
grown by 2.7 %. Both are shown.

What is registered stays on record, and the index with it, so memory grows a little with what it holds: uploads come
again under the same ids after the first two hundred. A server that is kept from working by others is not warm after
five minutes: compare the number of its cases.
"""

import argparse
import io
import itertools
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import numpy as np
import psutil
from PIL import Image
from rich.console import Console
from rich.table import Table

from api.bootstrap import prepare_data
from api.cli.local import open_record
from api.security.keys import KeyTerms, create_key
from api.settings import Settings
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.deciding import ACTOR, serving, settings_for
from casework.domain.actor import Role


class Sample(NamedTuple):
    """
    What was read at one moment, of all processes of the server together.

    Args:
        at_s: Seconds since the start.

        own: Bytes of memory of no file.

        mapped: Bytes of mapped files, as far as others do not share them.

        descriptors: Open ones.
    """

    at_s: float
    own: int
    mapped: int
    descriptors: int

    @property
    def memory(self) -> int:
        """All of it, in bytes."""
        return self.own + self.mapped


_LOOK_EVERY_S = 5
_UPLOAD_IDS = 200
_PICTURES = 24
_MOST_GROWTH = 0.02
_FEW_DESCRIPTORS = 4
"""Two connections to the database, opened when more requests than before came at once."""


@dataclass
class Load:
    """
    What the clients do, until they are told to stop.

    Args:
        url: Of the server.

        key: Of an admin.

        colleague: Of a moderator, who decides what the admin reported.

        pictures: Files to send.

        seed: Decides who does what.
    """

    url: str
    key: str
    colleague: str
    pictures: Sequence[bytes]
    seed: int
    stop: threading.Event = field(default_factory=threading.Event)
    answers: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def client(self, number: int) -> None:
        """Do one thing after the other."""
        rng = random.Random(f"{self.seed} {number}")
        doings: Sequence[tuple[Callable[[httpx2.Client, random.Random], None], int]] = (
            (self._match_signals, 60),
            (self._match_picture, 12),
            (self._upload, 20),
            (self._case, 4),
            (self._read, 8),
            (self._odd_file, 4),
            (self._hang_up, 2),
        )
        chosen, weights = zip(*doings, strict=True)
        headers = {"Authorization": f"Bearer {self.key}"}
        with httpx2.Client(base_url=self.url, headers=headers, timeout=60) as http:
            while not self.stop.is_set():
                doing = rng.choices(chosen, weights)[0]
                try:
                    doing(http, rng)
                except httpx2.TransportError as error:
                    self.answers[type(error).__name__] += 1

    def _count(self, name: str, response: httpx2.Response) -> httpx2.Response:
        self.answers[f"{name} {response.status_code}"] += 1
        return response

    def _match_signals(self, http: httpx2.Client, rng: random.Random) -> None:
        signals = [{"type": "pdq/1", "value": rng.randbytes(32).hex()}]
        self._count("match signals", http.post("/v1/match", json={"signals": signals}))

    def _match_picture(self, http: httpx2.Client, rng: random.Random) -> None:
        self._count("match picture", http.post("/v1/match", files={"media": ("a.jpg", rng.choice(self.pictures))}))

    def _upload(self, http: httpx2.Client, rng: random.Random) -> None:
        number = next(self._numbers) % _UPLOAD_IDS
        upload = f'{{"upload_id": "soak-{number}", "uploader_id": "u{number % 97}"}}'
        files = {"media": ("a.jpg", self.pictures[number % len(self.pictures)])}
        self._count("upload", http.post("/v1/uploads", data={"upload": upload}, files=files))

    def _case(self, http: httpx2.Client, rng: random.Random) -> None:
        """Report a picture, look at it, uphold the report, and take it back: nothing of it stays banked."""
        report = (
            '{"reporter": {"relation": "subject", "contact": "a@example.org"}, "facts": {"nudity": true},'
            ' "statement": {"non_consent": true, "good_faith": true, "signature": "A"}}'
        )
        files = {"media": ("a.jpg", rng.choice(self.pictures))}
        filed = self._count("report", http.post("/v1/reports", data={"report": report}, files=files))
        if filed.is_error:
            return
        case = filed.json()["case_id"]
        self._count("case", http.get(f"/v1/cases/{case}"))
        colleague = {"Authorization": f"Bearer {self.colleague}"}
        self._count("look", http.get(f"/v1/cases/{case}/media/0", headers=colleague))
        decided = self._count(
            "decision",
            http.post(
                f"/v1/cases/{case}/decision",
                json={"outcome": "uphold", "override_reason": "soak"},
                headers=colleague,
            ),
        )
        if not decided.is_error and decided.json()["takedown_id"] is not None:
            address = f"/v1/takedowns/{decided.json()['takedown_id']}/withdraw"
            self._count("withdrawal", http.post(address, json={"reason": "soak"}))

    def _read(self, http: httpx2.Client, rng: random.Random) -> None:
        address = rng.choice(["/readyz", "/v1/cases", "/v1/takedowns", "/v1/stats", "/metrics", "/v1/events"])
        self._count("read", http.get(address))

    def _odd_file(self, http: httpx2.Client, rng: random.Random) -> None:
        data = bytearray(rng.choice(self.pictures))
        for _ in range(20):
            data[rng.randrange(len(data))] = rng.randrange(256)
        self._count(
            "odd file", http.post("/v1/match", files={"media": ("a.jpg", bytes(data[: rng.randrange(1, 9_000)]))})
        )

    def _hang_up(self, http: httpx2.Client, rng: random.Random) -> None:
        with suppress(httpx2.TransportError):
            http.post("/v1/match", files={"media": ("a.jpg", rng.choice(self.pictures))}, timeout=0.01)
        self.answers["hung up"] += 1


def main(argv: Sequence[str]) -> int:
    """Work the server, print or write what it used, and return 1 if it grew."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="staydown-") as folder, progress_line() as progress:
        settings = settings_for(Path(folder), "")
        prepare_data(settings)
        key, colleague = _key(settings, Role.ADMIN), _key(settings, Role.MODERATOR)
        with serving(settings) as url:
            load = Load(url, key, colleague, _pictures(options.seed), options.seed)
            samples = _watch(load, options, progress)
    result = {
        "benchmark": "soak",
        "environment": environment(),
        "seed": options.seed,
        "minutes": options.minutes,
        "clients": options.clients,
        "answers": dict(load.answers),
        "samples": [
            {"s": one.at_s, "memory_bytes": one.memory, "own_bytes": one.own, "descriptors": one.descriptors}
            for one in samples
        ],
        **_growth(samples, settle_s=options.settle * 60),
    }
    publish(result, options.json, show=lambda: _print(result))
    failed = [name for name in load.answers if name.rsplit(" ", 1)[-1].startswith("5")]
    growth = _growth(samples, settle_s=options.settle * 60)
    more = growth["descriptor_growth"] * samples[-1].descriptors
    return 1 if failed or growth["own_growth"] > _MOST_GROWTH or more > _FEW_DESCRIPTORS else 0


def _watch(load: Load, options: argparse.Namespace, progress: Callable[[str], None]) -> list[Sample]:
    """Let the clients work, and look at the server now and then."""
    clients = [threading.Thread(target=load.client, args=(number,)) for number in range(options.clients)]
    samples: list[Sample] = []
    begun = time.monotonic()
    for client in clients:
        client.start()
    try:
        while (passed := time.monotonic() - begun) < options.minutes * 60:
            now = _footprint(at_s=round(passed, 1))
            samples.append(now)
            progress(
                f"{passed / 60:.1f} of {options.minutes:g} min, {now.own / 1e6:,.0f} MB, "
                f"{now.mapped / 1e6:,.0f} MB of files, {now.descriptors} descriptors"
            )
            load.stop.wait(_LOOK_EVERY_S)
    finally:
        load.stop.set()
        for client in clients:
            client.join()
    return samples


def _footprint(*, at_s: float) -> Sample:
    """Read memory and open descriptors of everything this process started."""
    own = mapped = descriptors = 0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error, FileNotFoundError, ProcessLookupError):  # a decoding process that was just replaced
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:]
            kib = {name: int(size.split()[0]) for name, size in (line.split(":") for line in lines)}
            open_files = process.num_fds()
            own += 1024 * (kib["Pss_Anon"] + kib["Pss_Shmem"])
            mapped += 1024 * kib["Pss_File"]
            descriptors += open_files
    return Sample(at_s, own, mapped, descriptors)


def _growth(samples: Sequence[Sample], *, settle_s: float) -> dict[str, float]:
    """
    Compare the last quarter of the samples after the settling time with the first quarter of them.

    Returns:
        Shares: 0.01 is one percent more. Medians, so that a process that was just replaced does not count.
    """
    settled = [sample for sample in samples if sample.at_s >= settle_s]
    quarter = max(1, len(settled) // 4)
    early, late = settled[:quarter], settled[-quarter:]
    shares = {}
    for name, column in (("own", "own"), ("memory", "memory"), ("descriptor", "descriptors")):
        before, after = (statistics.median(getattr(sample, column) for sample in part) for part in (early, late))
        shares[f"{name}_growth"] = round(after / before - 1, 4)
    return shares


def _key(settings: Settings, role: Role) -> str:
    with open_record(settings) as uow:
        return create_key(uow, KeyTerms(name=f"soak {role}", role=role, trusted=role is Role.ADMIN), actor=ACTOR).key


def _pictures(seed: int) -> list[bytes]:
    """Return photo-like JPEGs of half a megapixel."""
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(_PICTURES):
        coarse = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
        written = io.BytesIO()
        Image.fromarray(coarse).resize((800, 600), Image.Resampling.BICUBIC).save(written, "JPEG", quality=90)
        pictures.append(written.getvalue())
    return pictures


def _print(result: dict[str, Any]) -> None:
    console = Console()
    table = Table(title=f"{result['minutes']:g} minutes, {result['clients']} clients")
    for name in ("answer", "times"):
        table.add_column(name)
    for name, count in sorted(result["answers"].items()):
        table.add_row(name, f"{count:,}")
    console.print(table)
    first, last = result["samples"][0], result["samples"][-1]
    console.print(
        f"memory {first['own_bytes'] / 1e6:,.0f} MB at the start, {last['own_bytes'] / 1e6:,.0f} MB at the end, "
        f"{result['own_growth']:+.2%} after settling; with mapped files {first['memory_bytes'] / 1e6:,.0f} and "
        f"{last['memory_bytes'] / 1e6:,.0f} MB, {result['memory_growth']:+.2%}; descriptors {last['descriptors']}, "
        f"{result['descriptor_growth']:+.2%}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak", description="Exit 1 where it grew over 2 %.")
    parser.add_argument("--minutes", type=float, default=20, help="how long (%(default)s)")
    parser.add_argument("--settle", type=float, default=5, help="minutes that are not compared (%(default)s)")
    parser.add_argument("--clients", type=int, default=6, help="at once (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of pictures and doings (%(default)s)")
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
