"""`staydown demo`: the mission on real photographs, in a folder that is gone afterwards."""

import signal
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Annotated

import typer
from httpx2 import Client
from rich.table import Table
from rich.text import Text

from api.bootstrap import prepare_data
from api.cli.desk import shell_actor
from api.cli.local import open_record
from api.demo.contact_sheet import contact_sheet, label_of
from api.demo.edits import edited
from api.demo.photos import Cast, photos_in, shipped_photos
from api.demo.platform import AnsweredUpload, Platform
from api.demo.server import running_server
from api.demo.story import Story, run_story
from api.security.keys import KeyTerms, create_key
from api.settings import Settings, read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, coloured_verdict, console, write_fields, write_json, write_line
from casework.domain.actor import Role

_ROLES = (Role.INTAKE, Role.MODERATOR, Role.PIPELINE, Role.SENIOR, Role.ADMIN)
_TIMEOUT_S = 60


def demo(
    *,
    media: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Your own pictures; the first by name is the one reported."),
    ] = None,
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the contact sheet.")] = Path("demo-out"),
    as_json: AsJson = False,
) -> None:
    """
    Tell the story on real photographs: report, decision, copies stopped, withdrawal.

    A real server runs in a temporary folder. At a terminal it goes on until Ctrl-C; elsewhere the demo ends by itself.
    It exits 1 if anything goes otherwise than promised.

    For example:

        staydown demo

        staydown demo --media ~/Pictures
    """
    begun = time.perf_counter()
    say = _silent if as_json else write_line
    cast = shipped_photos() if media is None else photos_in(media)
    with _stoppable(), TemporaryDirectory(prefix="staydown-demo-") as folder:
        data = Path(folder)
        settings = read_settings(data=data, database_url="")
        say("Starting a server; the first start on a machine compiles for up to a minute.")
        prepare_data(settings)
        with running_server(data) as server:
            keys = _make_keys(settings)
            copies = edited(cast.reported)
            address = server.address()
            with Client(base_url=address, timeout=_TIMEOUT_S) as client:
                platform = Platform(client, keys)
                platform.wait_until_ready()
                ready = time.perf_counter()
                story = run_story(platform, cast, copies, say=say)
            ended = time.perf_counter()
            sheet = _save_sheet(story, cast, out)
            times = {"until ready": ready - begun, "story": ended - ready, "in all": time.perf_counter() - begun}
            if as_json:
                write_json(_document(story, sheet, times))
            else:
                _print(story, sheet, times)
                if _somebody_watches() and not story.failures():
                    _serve_on(address, keys[Role.ADMIN])
    _report_failures(story)


def _make_keys(settings: Settings) -> dict[Role, str]:
    with open_record(settings) as uow:
        return {
            role: create_key(uow, KeyTerms(f"demo {role}", role, trusted=True), actor=shell_actor()).key
            for role in _ROLES
        }


def _save_sheet(story: Story, cast: Cast, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    file = out / "contact-sheet.png"
    contact_sheet(story, cast.reported).save(file)
    return file.resolve()


def _print(story: Story, sheet: Path, times: Mapping[str, float]) -> None:
    table = Table("upload", "verdict", "strength", "what agrees", "explanation", box=None, header_style="dim")
    for upload in (*story.copies, *story.innocent):
        table.add_row(*_row(upload))
    write_line()
    console().print(table)
    write_line()
    labels = [label_of(upload) for upload in story.copies]
    innocent = [upload.answer.verdict for upload in story.innocent]
    counts = f"{labels.count('block')} blocked, {labels.count('hold')} held for a person"
    milliseconds = statistics.median(upload.seconds for upload in story.uploads) * 1000
    write_fields(
        {
            "copies": f"{len(labels)} uploaded: {counts}, {labels.count('missed')} not recognised",
            "other photos": f"{len(innocent)} uploaded: {innocent.count('allow')} allowed",
            "an upload took": f"{milliseconds:.0f} ms (median, with decoding, hashing and the commit)",
            "times": ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times.items()),
            "contact sheet": sheet,
        }
    )


def _row(upload: AnsweredUpload) -> tuple[str | Text, ...]:
    verdict = coloured_verdict(upload.answer.verdict)
    if upload.match is None:
        explanation = "no takedown is near" if upload.expected == "allow" else "not recognised"
        return upload.photo.name, verdict, "–", "–", explanation
    return upload.photo.name, verdict, upload.match.strength, upload.agreement(), upload.match.explanation or ""


def _document(story: Story, sheet: Path, times: Mapping[str, float]) -> dict[str, object]:
    return {
        "ok": not story.failures(),
        "failures": story.failures(),
        "recommendation": story.case.recommendation,
        "decision": story.decision,
        "copies": [_record(upload) for upload in story.copies],
        "innocent": [_record(upload) for upload in story.innocent],
        "after_withdrawal": _record(story.afterwards),
        "contact_sheet": sheet,
        "seconds": {name: round(seconds, 2) for name, seconds in times.items()},
    }


def _record(upload: AnsweredUpload) -> dict[str, object]:
    return {
        "name": upload.photo.name,
        "expected": upload.expected,
        "verdict": upload.answer.verdict,
        "match": upload.match,
        "seconds": round(upload.seconds, 4),
    }


def _somebody_watches() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _serve_on(address: str, key: str) -> None:
    write_line()
    write_fields({"the service runs": f"{address}/docs", "admin key": key})
    write_line("Ctrl-C ends it and removes everything but the contact sheet.", style="dim")
    with _quiet_interrupt():
        threading.Event().wait()


def _report_failures(story: Story) -> None:
    if story.failures():
        message = "the story went otherwise than promised: " + "; ".join(story.failures())
        raise CommandError(message)


@contextmanager
def _quiet_interrupt() -> Iterator[None]:
    """Take Ctrl-C for the end it was asked to be."""
    try:
        yield
    except KeyboardInterrupt:
        write_line()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Take SIGTERM and a closed terminal for an end, too, so that server and folder are cleaned up."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _silent(_: str) -> None:
    """Say nothing: with --json the document says it all."""
