"""A case in a shell: its lines, and the picture of its evidence as a file that only you can read."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from api.cli.desk import Desk
from api.schemas.casework.cases import CaseView
from api.shell.output import write_json, write_line

_PRIVATE_FILE = 0o600

Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE.png", dir_okay=False, help="Write the evidence as line drawings; that is audited."),
]


def show_case(case: CaseView, desk: Desk, out: Path | None, *, as_json: bool) -> None:
    """
    Print a case, and write the picture of its evidence where one is asked for.

    Args:
        case: As the API shows it.

        desk: Where it is drawn.

        out: The file; None for no picture.

        as_json: Whether it is printed as JSON.
    """
    drawn = None if out is None else desk.drawing(case.id)
    if out is not None and drawn is not None:
        write_private(out, drawn)
    if as_json:
        write_json(case)
        return
    for line in lines_of(case):
        write_line(line)
    if out is not None:
        write_line(f"Written: {out}" if drawn is not None else "Nothing is kept that could be drawn.", style="dim")


def lines_of(case: CaseView) -> Iterator[str]:
    """Write a case in lines, the most important first."""
    about = next((one.explanation for one in case.matches if one.explanation), None)
    yield f"{case.id}  {case.queue.value}  {case.state.value.replace('_', ' ')}  due {case.deadline:%Y-%m-%d %H:%M}"
    yield about or f"reported: {str(case.facts['conduct']).replace('_', ' ')}"
    yield f"recommended: {case.recommendation.outcome} ({case.recommendation.rule})"
    yield from (f"    {reason}" for reason in case.recommendation.reasons)
    yield f"facts: {', '.join(f'{name}={str(value).lower()}' for name, value in case.facts.items() if value)}"
    if case.claimed_by is not None:
        yield f"held by {case.claimed_by.name}"
    yield from (f"note: {one}" for one in (case.note, *case.notices) if one)
    for upload in filter(None, (case.upload, case.named_upload)):
        by = f" by {upload.uploader_id}" if upload.uploader_id else ""
        yield f"posted: {upload.upload_id}{by}, {upload.verdict}"
    if case.lineage is not None:
        yield f"copy of: {case.lineage.takedown_id}, decided in {case.lineage.origin_case_id}"
    if case.report is not None and case.report.missing:
        yield f"the notice lacks: {', '.join(case.report.missing)}"
    for one in case.decisions:
        yield f"decided: {one.outcome.value} by {one.decided_by.name}, {one.state.value.replace('_', ' ')}"


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read; what lies there, a link too, is replaced and not written through."""
    draft = file.with_name(f".{file.name}-{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    draft.replace(file)
