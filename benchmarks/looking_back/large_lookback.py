"""
`python -m benchmarks large_lookback`: from a decision to its first cases among millions of uploads with local features.

Uploads lie in slots on this machine. Photos are reported as files and upheld through HTTP, one after the other, and
each look-back is followed to its end, while clients go on matching and reporting at a steady pace. What they wait for
is told before, meanwhile and after: nothing is looked back over but meanwhile. Exit status 1 where a copy that was
saved again was not found.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.copies.photos import Photo, photos
from benchmarks.environment import environment
from benchmarks.looking_back.library import Plan, fill, folder_in, lay_out, prepared, use
from benchmarks.report import load_average, progress_line, publish
from benchmarks.service.deciding import serving, settings_for
from benchmarks.service.lookback import Clients, client, spread, upheld_and_followed

PAUSE_S: Final = {"match": 0.05, "report": 0.1}
"""Between two requests of a client: about 30 a second together."""

_SYNTHESISED_FROM: Final = 400
"""Photos at most."""

_REPORT: Final = {
    "reporter": {"relation": "subject"},
    "statement": {"non_consent": True},
    "facts": {"nudity": True, "context_assessed": True},
}


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    load = load_average()
    with ExitStack() as stack, progress_line() as progress:
        folder = folder_in(options.keep or Path(stack.enter_context(TemporaryDirectory(prefix="staydown-"))))
        settings = settings_for(
            folder / "data", "", upload_slots=options.slots, blast_radius_limit=10**9, flood_uploaders=10**9
        )
        known = photos(options.photos)[: options.copied + _SYNTHESISED_FROM]
        filled_s = None
        if prepared(folder) is None:
            begun = time.perf_counter()
            fill(folder, settings, _plan(options, known), progress)
            filled_s = time.perf_counter() - begun
        keys, first = use(folder, options.takedowns)
        asked = known[first : min(first + options.takedowns, options.copied)]
        progress("starting")
        lay_out(folder, lambda log: settings.index_folder / log)
        with serving(settings) as address:
            clients = Clients(address, [keys[2], keys[3]], options.seed, pauses=PAUSE_S)
            before = clients.measure(lambda: time.sleep(options.seconds), progress, "before")
            found: list[dict[str, Any]] = []

            def look_back() -> None:
                found.extend(_swept(address, keys, photo) for photo in asked)

            during = clients.measure(look_back, progress, f"{len(asked)} look-backs")
            after = clients.measure(lambda: time.sleep(options.seconds), progress, "after")
    result: dict[str, Any] = {
        "benchmark": "large_lookback",
        "environment": environment(),
        "load_average_before": load,
        "load_average": load_average(),
        "slots": options.slots,
        "uploads": options.uploads,
        "featured": options.featured,
        "whole": options.whole,
        "parts": options.parts,
        "filled_s": filled_s,
        "sweeps": found,
        "before_ms": before,
        "during_ms": during,
        "after_ms": after,
    }
    publish(result, options.json, show=lambda: _print(result))
    return 1 if any(one["hits"] < options.whole for one in found) else 0


def _plan(options: argparse.Namespace, known: Sequence[Photo]) -> Plan:
    return Plan(
        uploads=options.uploads,
        featured=options.featured,
        photos=known[: options.copied],
        others=known[options.copied :],
        whole=options.whole,
        parts=options.parts,
        seed=options.seed,
    )


def _swept(address: str, keys: Sequence[str], photo: Photo) -> dict[str, Any]:
    """Report a photo, uphold and approve it, each by somebody else, and follow its look-back to the end."""
    times: dict[str, float] = {}
    with client(address, keys[0]) as first, client(address, keys[1]) as second, client(address, keys[2]) as reporter:
        case = _reported(reporter, photo)
        first.get(f"/v1/cases/{case}/media/0").raise_for_status()
        decision, found = upheld_and_followed(first, second, case, times)
    return {"hits": found["hits"], "cases": found["cases"], "blast_radius": decision["blast_radius"], **times}


def _reported(http: httpx2.Client, photo: Photo) -> str:
    media = [("media", ("photo.jpg", photo.data(), "image/jpeg"))]
    response = http.post("/v1/reports", data={"report": json.dumps(_REPORT)}, files=media)
    response.raise_for_status()
    return str(response.json()["case_id"])


def _print(result: Mapping[str, Any]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(
        f"{result['uploads']:,} uploads, {result['featured']:,} of them with local features, "
        f"in {result['slots']} slots; of each photo {result['whole']} whole copies and {result['parts']} parts"
    )
    table = Table(title=f"{len(result['sweeps'])} look-backs")
    for name in ("", "median", "most"):
        table.add_column(name, justify="right")
    for name in ("hits", "cases", "deciding_s", "approving_s", "first_hit_s", "first_case_s", "done_s"):
        values = [float(one[name]) for one in result["sweeps"] if name in one]
        if values:
            table.add_row(name.replace("_s", " s"), f"{np.median(values):,.3g}", f"{max(values):,.3g}")
    console.print(table)
    waits = Table(title="what other requests take, ms: p50 / p99 / worst")
    waits.add_column("")
    for kind in PAUSE_S:
        waits.add_column(kind, justify="right")
    for name in ("before", "during", "after"):
        waits.add_row(name, *[spread(result[f"{name}_ms"].get(kind, ())) for kind in PAUSE_S])
    console.print(waits)


def _parser() -> argparse.ArgumentParser:
    def size(text: str) -> int:
        return int(float(text))

    parser = argparse.ArgumentParser(prog="python -m benchmarks large_lookback", description=__doc__)
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="folders of photos; 460 are taken")
    parser.add_argument("--uploads", type=size, default=5_000_000)
    parser.add_argument("--featured", type=size, default=500_000, help="of them with local features: 24 KB each")
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument(
        "--copied", type=int, default=60, help="photos of which there are copies; each is taken down once"
    )
    parser.add_argument("--takedowns", type=int, default=20, help="one after the other")
    parser.add_argument("--whole", type=int, default=20, help="copies of each that were saved again")
    parser.add_argument("--parts", type=int, default=10, help="copies of half of each, told by features alone")
    parser.add_argument("--seconds", type=float, default=30.0, help="before, and after")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="make the library in a folder there, or take what an earlier run made"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
