"""
Request bodies: multipart with files and a JSON part, or plain JSON, whichever the address takes.

Invariant: a body that does not fit answers 422 naming the field; a body over the operator's limit answers 413 before it
was read whole. Nothing is decoded here, and the files of a body are erased when its request ends.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.arrivals.spool import IncomingFile
from api.errors import BodyError
from api.http.auth import service_of
from api.http.incoming.forms import ENVELOPE_BYTES, FORM_TYPE, FormReader
from api.http.incoming.media_urls import MEDIA_URL, fetch_named
from api.http.problems import Problem, problem_response
from casework.domain.actor import PUBLIC, Actor

_OF_THE_API: Final = {
    "/v1/uploads",
    "/v1/match",
    "/v1/check",
    "/v1/hash",
    "/v1/reports",
    "/v1/protected",
    "/v1/never-bank",
    "/v1/known-pairs",
}
_OF_THE_CONSOLE: Final = {"/console/match", "/console/settings/protected", "/console/settings/never-bank"}
FORM_ADDRESSES: Final = frozenset({*_OF_THE_API, *_OF_THE_CONSOLE, "/report", "/receipt/answer"})
"""Those that write the files of a form to the disk as they arrive; every other body is held in memory."""

RECEIPTS: Final = "/v1/receipts/"
"""Whoever holds a receipt needs no key."""

ANSWERS: Final = "/messages"
"""What the address of answers with a receipt ends with: they may hold files. Its route looks at the receipt first."""

HMA: Final = "/hma"
"""Below it answers the drop-in for Hasher-Matcher-Actioner, if it does; it finds out itself who asks."""

JSON_BYTES: Final = 10_000_000
"""Largest body that is no form: a thousand questions, or a video's scenes, many times over."""

KEYLESS_BYTES: Final = 64_000
"""Largest body that is no form of whoever has no key."""

KEYLESS_REPORT_BYTES: Final = 1_000_000
"""The same of a report: it may hold the signals of a long video."""

_AT_ONCE_BYTES: Final = 32_768
"""Of JSON that is read in the event loop, in less time than a thread takes to be asked; other requests wait for it."""

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Body:
    """
    A request's content.

    Args:
        fields: The JSON object sent, or one entry for each text part of a multipart body.

        files: The file parts called `media`, in order.

        multipart: Which of the two it was; JSON that names its file by `media_url` counts as a form with that file.

        request: What it came with; its client may hang up.
    """

    fields: dict[str, object]
    files: tuple[IncomingFile, ...]
    multipart: bool
    request: Request

    @property
    def digests(self) -> tuple[bytes, ...]:
        """SHA-256 of each file, 32 bytes."""
        return tuple(file.sha256 for file in self.files)


async def read_body(request: Request) -> AsyncIterator[Body]:
    """
    Read a request's body by its content type; its files are erased when the request has ended.

    Raises:
        BodyError: If it is neither valid JSON nor a valid form.
        TooLargeError: If a file is larger than one of its kind may be.
        MediaUrlError: If a file that was named by its address cannot be fetched.
        TooManyRequestsError: If so many files of this key wait to be decoded that another would be read in vain.
    """
    service = service_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM_TYPE:
        actor: Actor | None = getattr(request.state, "actor", None)
        if actor is not None:
            service.pictures.refuse_if_full(actor.id, trusted=actor.trusted)
        reader = FormReader(service.spool)
        try:
            await reader.read(request)
            fields: dict[str, object] = dict(reader.fields)
            if MEDIA_URL in fields and _takes_forms(_path_of(request)):
                reader.files.append(await fetch_named(fields.pop(MEDIA_URL), request, service))
            yield Body(fields=fields, files=tuple(reader.files), multipart=True, request=request)
        finally:
            reader.close()
        return
    if kind not in ("application/json", ""):
        message = f"content type {kind!r} is not taken here; send application/json or multipart/form-data"
        raise BodyError(message, field="content-type")
    fields = await _json_fields(await request.body())
    if MEDIA_URL in fields and _takes_forms(_path_of(request)):
        file = await fetch_named(fields.pop(MEDIA_URL), request, service)
        try:
            yield Body(fields=fields, files=(file,), multipart=True, request=request)
        finally:
            file.close()
        return
    yield Body(fields=fields, files=(), multipart=False, request=request)


async def _json_fields(sent: bytes) -> dict[str, object]:
    if len(sent) <= _AT_ONCE_BYTES:
        return json_object(sent, field="body")
    return await run_in_threadpool(json_object, sent, field="body")


def json_object(text: bytes | str, *, field: str) -> dict[str, object]:
    """
    Read a JSON object.

    Raises:
        BodyError: If the text is not JSON, or not an object; it says where.
    """
    try:
        text = text if isinstance(text, str) else text.decode("utf-8-sig")
        value = json.loads(text)
        if _contains(text, "\\ud"):  # half a surrogate pair is no text that anyone could be sent
            json.dumps(value, ensure_ascii=False).encode()
        if _contains(text, "\\u0000"):
            _refuse_nul_in(value, field)
    except (ValueError, RecursionError) as error:
        message = f"not valid JSON: {error}"
        raise BodyError(message, field=field) from error
    if not isinstance(value, dict):
        message = f"a JSON object is expected, not {type(value).__name__}"
        raise BodyError(message, field=field)
    return value


async def refuse_nul(request: Request) -> None:
    """
    Refuse text that no database column takes, wherever it stands in a request; a dependency of every address.

    Public forms leave it out of what is typed (`api/public/form.py`).

    Raises:
        BodyError: Naming the field.
    """
    for name, value in [*request.path_params.items(), *request.query_params.multi_items()]:
        _refuse_nul_in(value, name)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        body = await request.body()
        if rb"\u0000" in body:
            await run_in_threadpool(json_object, body, field="body")
    elif kind.startswith("application/x-www-form-urlencoded") and request.url.path.startswith("/console"):
        for name, value in (await request.form()).multi_items():
            _refuse_nul_in(value, name)


def _contains(text: str, escape: str) -> bool:
    """Tell whether an escape is in JSON text; a walk through all values is expensive, and hardly ever needed."""
    return escape in text.lower()


def _refuse_nul_in(value: object, field: str) -> None:
    if isinstance(value, str) and "\0" in value:
        message = "text must not contain NUL (\\u0000)"
        raise BodyError(message, field=field)
    if isinstance(value, dict):
        for name, one in value.items():
            _refuse_nul_in(name, field)
            _refuse_nul_in(one, name if field == "body" else f"{field}.{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            _refuse_nul_in(one, f"{field}.{place}")


def parse(model: type[ModelT], fields: object, *, field: str | None = None) -> ModelT:
    """
    Read an object into a schema.

    Args:
        model: The schema.

        fields: What was sent.

        field: Where it was sent, for the error; None at the top.

    Raises:
        RequestValidationError: Naming every field that does not fit.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        place = () if field is None else (field,)
        problems = [{**problem, "loc": (*place, *problem["loc"])} for problem in error.errors(include_url=False)]
        raise RequestValidationError(problems) from error


def part(body: Body, name: str) -> dict[str, object]:
    """
    Return a named JSON part of a body.

    Raises:
        BodyError: If it is missing or not a JSON object.
    """
    if name not in body.fields:
        message = f"the part {name!r} is missing; send it as JSON text"
        raise BodyError(message, field=name)
    value = body.fields[name]
    if isinstance(value, str):
        return json_object(value, field=name)
    if not isinstance(value, dict):
        message = f"a JSON object is expected, not {type(value).__name__}"
        raise BodyError(message, field=name)
    return value


def only_file(body: Body) -> IncomingFile:
    """
    Return the one file of a body.

    Raises:
        BodyError: If there is none, or more than one.
    """
    if len(body.files) != 1:
        message = f"exactly one file is expected in the part 'media', not {len(body.files)}"
        raise BodyError(message, field="media")
    return body.files[0]


class BodyLimit:
    """
    Middleware that refuses bodies over a limit: by their announced length, or as soon as more has arrived.

    Args:
        app: What is protected.

        max_bytes: Largest body that is held in memory; without a key less.

        max_form_bytes: Largest form, whose files go to the disk and have limits of their own.

        shown: What is answered instead of a problem document, where a page was asked for.
    """

    def __init__(
        self, app: ASGIApp, *, max_bytes: int, max_form_bytes: int, shown: Callable[[Request, Response], Response]
    ) -> None:
        self._app = app
        self._shown = shown
        self._max_bytes = max_bytes
        self._max_form_bytes = max_form_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))
        limit = self._limit(scope, headers)
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limit:
            await self._refuse(int(announced), limit, scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _BodyTooLargeError
            return message

        async def unless_too_large(message: Message) -> None:
            # The code that was reading may have taken our exception for a broken body and answered that.
            if received > limit:
                raise _BodyTooLargeError
            await send(message)

        try:
            await self._app(scope, counted, unless_too_large)
        except _BodyTooLargeError:
            await self._refuse(received, limit, scope, receive, send)

    def _limit(self, scope: Scope, headers: Mapping[bytes, bytes]) -> int:
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind == FORM_TYPE.encode() and _takes_forms(scope["path"].rstrip("/")):
            return self._max_form_bytes + ENVELOPE_BYTES
        has_key = scope.get("state", {}).get("actor", PUBLIC) is not PUBLIC
        if has_key:
            return self._max_bytes
        return KEYLESS_REPORT_BYTES if scope["path"].rstrip("/") in FORM_ADDRESSES else KEYLESS_BYTES

    async def _refuse(self, size: int, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        problem = Problem(413, "too-large", "The file is too large")
        detail = f"the body has {size:,} bytes or more; up to {limit:,} bytes are taken"
        response = self._shown(Request(scope), problem_response(problem, detail))
        await response(scope, receive, send)


def _path_of(request: Request) -> str:
    return request.url.path.rstrip("/")


def _takes_forms(path: str) -> bool:
    return (
        path in FORM_ADDRESSES or path.startswith(f"{HMA}/") or (path.startswith(RECEIPTS) and path.endswith(ANSWERS))
    )


class _BodyTooLargeError(Exception):
    """More arrived than is allowed."""
