"""`staydown audit`: check that the audit log holds together, and take a copy of it away."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from api.cli.local import open_record
from api.schemas.operating.audit import AuditRowOut
from api.settings import read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, write_json, write_line
from casework.domain.keeping.audit import AuditRow, Chain

_SHOWN = 20
_HASH_BYTES = 32

app = typer.Typer(no_args_is_help=True, help="Check the audit log, or take a copy of it away.")

Noted = Annotated[
    list[str] | None,
    typer.Option(metavar="POSITION:HASH", help="A row noted earlier, from a log line or an export; may come again."),
]


@app.command()
def verify(
    *,
    file: Annotated[
        Path | None, typer.Option(dir_okay=False, exists=True, help="Check an export instead of the database.")
    ] = None,
    noted: Noted = None,
    as_json: AsJson = False,
) -> None:
    """
    Follow the chain from the first row to the last. Exit 1 where a row was changed, removed or put between.

    Whoever can write the whole database can cut rows off the end or write a new chain: give a hash that was noted
    elsewhere, and that shows, too.

    For example:

        staydown audit verify

        staydown audit verify --noted 1204:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

        staydown audit verify --file audit.ndjson
    """
    chain = Chain(dict(_noted(one) for one in noted or []))
    if file is not None:
        problems = list(_problems(chain, _exported(file)))
        end = chain.end(position=chain.position, link=chain.hash)
    else:
        with open_record(read_settings(), read_only=True) as uow:
            position, link = uow.audit.end()
            problems = list(_problems(chain, (row for row in uow.audit.rows() if row.position <= position)))
        end = chain.end(position=position, link=link)
    problems += [end] if end is not None else []
    if as_json:
        write_json(
            {
                "intact": not problems,
                "rows": chain.position,
                "details_erased": chain.erased,
                "hash": chain.hash.hex(),
                "problems": problems[:_SHOWN],
            }
        )
    else:
        _print(chain, problems)
    if problems:
        raise typer.Exit(1)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(metavar="PATH", allow_dash=True, help="A new file; - for standard output.")],
    *,
    as_json: AsJson = False,
) -> None:
    """
    Write every row as a line of JSON, with what it takes to verify it elsewhere.

    For example:

        staydown audit export audit.ndjson

        staydown audit export - | gzip > audit.ndjson.gz
    """
    with open_record(read_settings(), read_only=True) as uow:
        lines = (AuditRowOut.of(row).model_dump_json() + "\n" for row in uow.audit.rows())
        if str(path) == "-":
            sys.stdout.writelines(lines)
            return
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError as error:
            message = f"{path} is there already; name a new file"
            raise CommandError(message) from error
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines)
        position, link = uow.audit.end()
    if as_json:
        write_json({"path": str(path), "rows": position, "hash": link.hex()})
        return
    write_line(f"Wrote {position:,} rows to {path}. Newest: {position}:{link.hex()}")


def _problems(chain: Chain, rows: Iterable[AuditRow]) -> Iterator[str]:
    for row in rows:
        problem = chain.follow(row)
        if problem is not None:
            yield problem


def _exported(file: Path) -> Iterator[AuditRow]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield AuditRowOut.model_validate_json(line).row()
            except (ValidationError, ValueError) as error:
                message = f"{file}: line {number} is no row of an export; `staydown audit export` writes one"
                raise CommandError(message) from error


def _noted(text: str) -> tuple[int, bytes]:
    position, _, link = text.partition(":")
    try:
        number, value = int(position), bytes.fromhex(link)
    except ValueError:
        number, value = 0, b""
    if number < 1 or len(value) != _HASH_BYTES:
        message = f"{text!r} is not POSITION:HASH, such as 12 and the 64 hexadecimal digits beside it"
        raise typer.BadParameter(message, param_hint="--noted")
    return number, value


def _print(chain: Chain, problems: list[str]) -> None:
    for problem in problems[:_SHOWN]:
        write_line(problem, style="red")
    if len(problems) > _SHOWN:
        write_line(f"… and {len(problems) - _SHOWN:,} more", style="red")
    erased = f", {chain.erased:,} with an erased detail" if chain.erased else ""
    state = "BROKEN" if problems else "Intact"
    write_line(f"{state}: {chain.position:,} rows{erased}. Newest: {chain.position}:{chain.hash.hex()}")
