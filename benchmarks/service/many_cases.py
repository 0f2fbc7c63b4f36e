"""
`python -m benchmarks many_cases`: how long a moderator waits where thousands of copies wait for a decision.

A server over HTTP with `--cases` open cases, about `--takedowns` pictures whose copies need a person; one of the
pictures has `--together` copies, each compressed otherwise, with everything that is stored of a real picture. Measured:
a page of the list by each filter, a page of groups, one request that decides all copies of that picture, and then every
page of the console. The server's worker runs beside it, as it does in `serve`, and searches earlier uploads for what
was confirmed. Where a browser is installed, copies are decided in it one after the other, too.
"""

import argparse
import io
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from api.bootstrap import open_service, prepare_data
from api.demo.photos import Photo, shipped_photos
from api.security.keys import KeyTerms, create_key
from api.service import Service
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.console_pages import pages_of, signed_in_admin, time_pages
from benchmarks.service.deciding import ACTOR, REPORTER, serving, settings_for, uphold
from benchmarks.service.deciding_in_a_browser import add_moderator, time_decisions
from casework.domain.actor import Role
from casework.domain.cases.decision import Decision
from casework.domain.cases.report import Relation, ReportedContent, ReporterDetails, Statement
from casework.domain.facts import Conduct
from casework.domain.media import SubmittedMedia
from casework.handlers.reports.intake import FileReport
from casework.handlers.uploads import RegisterUpload, register_uploads
from matcher.hashing.features import Features
from matcher.hashing.query import Query
from matcher.sandbox.hasher import InProcess
from matcher.signals.base import Signal

_A_BATCH = 500
_PEOPLE = 20
"""Who post the copies of one picture: fewer than make a flood, which asks one question about all of them."""

_PAGE = 100
_PREVIEW_PX = 640

_ASSESSED = {"context_assessed": True}
"""What the policy wants a reviewer to have done where there is no nudity; it stays the case's, and copies ask again."""


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    rng = random.Random(options.seed)
    with TemporaryDirectory(prefix="staydown-") as folder, progress_line() as progress:
        settings = settings_for(Path(folder), options.database_url, sample_size=0)
        prepare_data(settings)
        with open_service(settings) as service:
            key, together = fill(service, options, rng, progress)
            drawn = fill_with_drawings(service, options.one_by_one + 1, rng) if options.one_by_one else None
            browser = signed_in_admin(service, ACTOR)
            add_moderator(service, ACTOR)
        progress("measuring")
        with serving(settings) as address:
            client = httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=300)
            with client:
                one_by_one = time_decisions(address, drawn, count=options.one_by_one) if drawn is not None else {}
                asked = {name: _asked(client, query, options.rounds) for name, query in _questions(together).items()}
                decided = _decide(client, together)
                [case] = client.get("/v1/cases?queue=matches&limit=1").raise_for_status().json()["items"]
                with httpx2.Client(base_url=address, timeout=300) as pages:
                    shown = time_pages(
                        pages, browser, pages_of(together, case["id"], case["takedown_id"]), rounds=options.rounds
                    )
    result: dict[str, object] = {
        "benchmark": "many_cases",
        "environment": environment(),
        "database": "PostgreSQL" if options.database_url else "SQLite",
        "seed": options.seed,
        "cases": options.cases,
        "takedowns": options.takedowns,
        "together": options.together,
        "with_features": options.features,
        "asked_ms": asked,
        "decided": decided,
        "pages_ms": shown,
        "one_by_one_ms": one_by_one,
    }
    publish(result, options.json, show=lambda: _print(result, {**one_by_one, **asked, **shown}, decided))
    return 0


def fill(
    service: Service, options: argparse.Namespace, rng: random.Random, progress: Callable[[str], None]
) -> tuple[str, str]:
    """Make takedowns and open cases; return a moderator's key and the takedown with many copies."""
    pictures = [rng.randbytes(32) for _ in range(options.takedowns - 1)]
    for value in pictures:
        _take_down(service, SubmittedMedia("image", 1600, 1200, None, _hashes(value, rng)))
    progress("hashing copies")
    copies = list(_copies(options.together, with_features=options.features))
    together = _take_down(service, copies[0]).takedown_id
    assert together is not None
    rest = options.cases - options.together
    media = [SubmittedMedia("image", 1600, 1200, None, _hashes(pictures[n % len(pictures)], rng)) for n in range(rest)]
    posts = [_registration(f"post/{n}", one, rng) for n, one in enumerate([*copies[1:], *media])]
    for start in range(0, len(posts), _A_BATCH):
        progress(f"{start:,} of {len(posts):,} cases")
        with service.writing() as uow:
            register_uploads(posts[start : start + _A_BATCH], uow, service.replica)
    with service.writing() as uow:
        terms = KeyTerms("moderator", Role.MODERATOR, trusted=True)
        return create_key(uow, terms, actor=ACTOR).key, together


def fill_with_drawings(service: Service, count: int, rng: random.Random) -> str:
    """Take a picture down and register copies of it with what is drawn of them; return the takedown."""
    first, *copies = _copies(count, with_features=True, photo=shipped_photos().innocent[0], preview_side_px=_PREVIEW_PX)
    takedown_id = _take_down(service, first).takedown_id
    assert takedown_id is not None
    with service.writing() as uow:
        register_uploads([_registration(f"drawn/{n}", one, rng) for n, one in enumerate(copies)], uow, service.replica)
    return takedown_id


def _questions(together: str) -> dict[str, str]:
    page = f"limit={_PAGE}"
    return {
        f"list, {_PAGE} by deadline": f"/v1/cases?{page}",
        "list, of a takedown": f"/v1/cases?takedown_id={together}&{page}",
        "list, near": f"/v1/cases?strength=near&{page}",
        "list, of an uploader": f"/v1/cases?uploader_id=user-3&{page}",
        "list, newest first": f"/v1/cases?order=newest&{page}",
        "list, by text": "/v1/cases?text=post/7",
        f"groups, {_PAGE} by takedown": f"/v1/case-groups?by=takedown&{page}",
        f"groups, {_PAGE} by evidence": f"/v1/case-groups?by=evidence&{page}",
    }


def _asked(client: httpx2.Client, query: str, rounds: int) -> list[float]:
    took_ms = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        response = client.get(query)
        took_ms.append((time.perf_counter() - begun) * 1000)
        response.raise_for_status()
        assert response.json()["items"], query
    return took_ms[1:]


def _decide(client: httpx2.Client, together: str) -> dict[str, object]:
    body = {"group": together, "outcome": "uphold", "facts": _ASSESSED}
    begun = time.perf_counter()
    response = client.post("/v1/cases/decisions", json=body, headers={"Idempotency-Key": "all of them"})
    took_s = time.perf_counter() - begun
    response.raise_for_status()
    results = response.json()["results"]
    problems = [one["problem"]["detail"] for one in results if one["problem"] is not None]
    return {"cases": len(results), "seconds": took_s, "problems": len(problems), "first_problem": problems[:1]}


def _take_down(service: Service, media: SubmittedMedia) -> Decision:
    report = FileReport(
        actor=REPORTER,
        reporter=ReporterDetails(Relation.SUBJECT, name="A", contact="a@example.org"),
        statement=Statement(non_consent=True, good_faith=True, signature="A"),
        content=ReportedContent(url="https://example.org/1"),
        conduct=Conduct.SHARED_MEDIA,
        facts={"nudity": False},
        media=(media,),
    )
    return uphold(service, report, facts=_ASSESSED)


def _copies(
    count: int, *, with_features: bool, photo: Photo | None = None, preview_side_px: int | None = None
) -> Iterator[SubmittedMedia]:
    """Make one copy more than asked for of one photograph, each cut and compressed otherwise; the first is whole."""
    photo = photo or shipped_photos().reported
    picture = Image.open(io.BytesIO(photo.data)).convert("RGB")
    features = Features.STORED if with_features else Features.NONE
    for n in range(count + 1):
        margin = n % 5
        cut = picture.crop((margin, margin, picture.width - margin, picture.height - margin))
        buffer = io.BytesIO()
        cut.save(buffer, "JPEG", quality=95 - n % 60, comment=str(n).encode())
        hashed = InProcess().hash_image(buffer.getvalue(), features=features, preview_side_px=preview_side_px)
        yield SubmittedMedia(
            "image", cut.width, cut.height, None, hashed.signals, preview=hashed.preview, query=hashed.query
        )


def _hashes(pdq: bytes, rng: random.Random) -> tuple[Signal, ...]:
    """Return what is stored of a copy that one signal finds."""
    return (Signal("sha256/1", rng.randbytes(32)), Signal("pdq/1", pdq, 100), Signal("phash/1", rng.randbytes(32)))


def _registration(upload_id: str, media: SubmittedMedia, rng: random.Random) -> RegisterUpload:
    return RegisterUpload(
        actor=ACTOR,
        platform_id=upload_id,
        uploader_id=f"user-{rng.randrange(_PEOPLE)}",
        post_text=None,
        url=f"https://example.org/{upload_id}",
        posted_at=None,
        media=replace(media, preview=None),
        query=media.query or Query.of_signals(media.signals),
        sha256=rng.randbytes(32),
        preview=media.preview,
    )


def _print(result: dict[str, object], asked: dict[str, list[float]], decided: dict[str, object]) -> None:
    table = Table(title=f"{result['cases']:,} open cases on {result['database']}, over HTTP")
    for name in ("", "p50 ms", "worst ms"):
        table.add_column(name, justify="right")
    for name, took_ms in asked.items():
        table.add_row(name, f"{np.median(took_ms):.0f}", f"{max(took_ms):.0f}")
    Console().print(table)
    Console().print(
        f"{decided['cases']} cases decided by one request in {decided['seconds']:.2f} s, {decided['problems']} refused"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks many_cases", description=__doc__)
    parser.add_argument("--cases", type=lambda text: int(float(text)), default=10_000)
    parser.add_argument("--takedowns", type=int, default=100)
    parser.add_argument("--together", type=int, default=500, help="copies of one picture, decided by one request")
    parser.add_argument(
        "--one-by-one", type=int, default=20, help="copies that are decided by keys in a browser; 0 for none"
    )
    parser.add_argument("--rounds", type=int, default=20, help="how often each question is asked")
    parser.add_argument("--no-features", dest="features", action="store_false", help="store hashes of these alone")
    parser.add_argument("--database-url", default="", metavar="URL", help="an empty database; SQLite if left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
