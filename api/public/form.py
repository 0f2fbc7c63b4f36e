"""
What a page sends: a form with files, a form without, or, where a script took hashes of pictures, JSON.

    {"report": {"relation": "subject", …what was typed, by field}, "signals": [{"type": "pdq/1", "value": "…"}, …]}

Invariant: text is text, whatever it looks like; a file that is too large, or one too many, is a problem of the form,
beside which everything that was typed is shown again. Files are erased when the request ends.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from api.arrivals.spool import IncomingFile
from api.errors import BodyError
from api.http.incoming.bodies import Body, json_object, parse
from api.http.incoming.forms import FORM_TYPE, BeforeFiles, FormReader, TooManyFilesError
from api.schemas.media import SignalIn
from api.service import Service
from matcher.errors import TooLargeError

_MOST_FIELDS: Final = 40


@dataclass(frozen=True, slots=True)
class Form:
    """
    One form.

    Args:
        fields: What was typed, by the name of its field.

        body: For whoever takes it in.

        signals: That a script took of pictures.

        too_large: Of a file that was larger than one of its kind may be.

        too_many: Whether there were more files than are taken at once; nothing after them was read.
    """

    fields: Mapping[str, str]
    body: Body
    signals: tuple[SignalIn, ...] = ()
    too_large: TooLargeError | None = None
    too_many: bool = False

    @property
    def files(self) -> tuple[IncomingFile, ...]:
        """What was sent."""
        return self.body.files

    def text(self, name: str) -> str | None:
        """Return what was typed into a field, without the space around it; None for nothing."""
        return self.fields.get(name, "").strip() or None

    def lines(self, name: str) -> list[str]:
        """Return the lines of a field that hold anything, each once."""
        lines = (line.strip() for line in self.fields.get(name, "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def ticked(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return self.text(name) is not None


class _FromScript(BaseModel):
    model_config = ConfigDict(extra="forbid")

    report: dict[str, str] = Field(max_length=_MOST_FIELDS)
    signals: list[SignalIn] = Field(min_length=1, max_length=100)


async def read_form(
    request: Request, service: Service, *, before_files: BeforeFiles | None = None
) -> AsyncGenerator[Form, None]:
    """
    Read a form by its content type.

    Args:
        request: It has been found out that whoever sends it may.

        service: What this process holds.

        before_files: May refuse before any file is kept.

    Raises:
        BodyError: If it is none of the three.
        HTTPException: With 400 if it is broken.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM_TYPE:
        reader = _PatientReader(service.spool)
        try:
            yield await _with_files(request, reader, before_files)
        finally:
            reader.close()
    elif kind == "application/json":
        sent = json_object(await request.body(), field="body")
        given = parse(_FromScript, sent)
        body = Body(fields=sent, files=(), multipart=False, request=request)
        yield Form(_readable(given.report), body, tuple(given.signals))
    elif kind == "application/x-www-form-urlencoded":
        text = (await request.body()).decode("utf-8", errors="replace")
        try:
            fields = _readable(dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)))
        except ValueError as error:
            raise HTTPException(400, "the form has too many fields; send it as the page made it") from error
        yield Form(fields, Body(fields=dict(fields), files=(), multipart=False, request=request))
    else:
        message = f"content type {kind!r} is no form; open the page and send it from there"
        raise BodyError(message, field="content-type")


class _PatientReader(FormReader):
    """Reads on where a file is too large, without keeping more of it: what was typed after it is shown again."""

    too_large: TooLargeError | None = None

    async def keep(self, file: IncomingFile, piece: bytes) -> None:
        try:
            await super().keep(file, piece)
        except TooLargeError as error:
            self.too_large = error


async def _with_files(request: Request, reader: _PatientReader, before_files: BeforeFiles | None) -> Form:
    too_many = False
    try:
        await reader.read(request, before_files=before_files)
    except TooManyFilesError:
        too_many = True
    fields = _readable(reader.fields)
    # A browser sends a field without a chosen file as an empty one.
    files = tuple(reader.files) if len(reader.files) > 1 or any(one.size_bytes for one in reader.files) else ()
    body = Body(fields=dict(fields), files=files, multipart=True, request=request)
    return Form(fields, body, too_large=reader.too_large, too_many=too_many)


def _readable(fields: Mapping[str, object]) -> dict[str, str]:
    """Leave out what no database column takes."""
    return {name: str(value).replace("\0", "") for name, value in fields.items()}
