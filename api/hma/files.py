"""Files as HMA's clients send them: one part of a form, whose name says what it is, or an address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.requests import Request

from api.arrivals.spool import IncomingFile
from api.errors import BodyError, MediaUrlError
from api.hma.answers import CONTENT_TYPES, SIGNAL_TYPES
from api.hma.errors import HmaError
from api.http.border.hanging_up import while_connected
from api.http.incoming.forms import FORM_TYPE, FormReader
from api.http.incoming.media_urls import fetch_named
from api.media.hashing import HashedMedia, hash_incoming
from api.service import Service
from casework.domain.actor import Actor
from matcher.errors import MediaError
from matcher.hashing.features import Features
from matcher.reading.keyframes import QUERY, Pace

NO_FILE: Final = "Missing multipart/form-data file upload"
_ONE_FILE: Final = "Only one file allowed per request"


def service_of(request: Request) -> Service:
    """Return the process's service."""
    service: Service = request.state.service
    return service


def actor_of(request: Request) -> Actor:
    """Return who asks."""
    actor: Actor = request.state.actor
    return actor


async def hashed_file(
    request: Request, *, features: Features = Features.NONE, pace: Pace = QUERY, no_file: str = NO_FILE
) -> HashedMedia:
    """
    Hash the file of a request's form.

    Raises:
        HmaError: If there is none, or it cannot be hashed.
    """
    _require_types(request)
    async with _of_form(request, no_file) as file:
        return await _hashed(request, file, features, pace)


async def hashed_url(request: Request, *, features: Features = Features.NONE, pace: Pace = QUERY) -> HashedMedia:
    """
    Hash the file at the address `url`, fetched as `media_url` is (`api/http/incoming/media_urls.py`).

    Raises:
        HmaError: If it cannot be fetched, or hashed.
    """
    _require_content_type(request.query_params.get("content_type", CONTENT_TYPES[0]))
    _require_types(request)
    try:
        file = await fetch_named(request.query_params["url"], request, service_of(request))
    except (MediaUrlError, BodyError) as error:
        raise HmaError(400, f"Failed to fetch URL: {error}") from error
    try:
        return await _hashed(request, file, features, pace)
    finally:
        file.close()


async def _hashed(request: Request, file: IncomingFile, features: Features, pace: Pace) -> HashedMedia:
    service, actor = service_of(request), actor_of(request)
    try:
        return await while_connected(
            request,
            lambda gone: hash_incoming(service, actor, file, given_up=gone, features=features, pace=pace),
        )
    except MediaError as error:
        raise HmaError(400, f"The file cannot be hashed: {error}") from error


@asynccontextmanager
async def _of_form(request: Request, no_file: str) -> AsyncIterator[IncomingFile]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise HmaError(400, no_file)
    reader = FormReader(service_of(request).spool, any_name=True)
    try:
        await reader.read(request)
        if not reader.files:
            raise HmaError(400, no_file)
        if len(reader.files) > 1:
            raise HmaError(400, _ONE_FILE)
        _require_content_type(reader.names[0])
        yield reader.files[0]
    finally:
        reader.close()


def _require_content_type(name: str) -> None:
    if name not in CONTENT_TYPES:
        raise HmaError(400, f"no such content_type: '{name}'")


def _require_types(request: Request) -> None:
    """Refuse a choice of signal types, `types=pdq,…`, among which is one that files are not hashed by here."""
    chosen = request.query_params.get("types")
    if chosen is None:
        return
    names = [one.strip() for one in chosen.split(",") if one.strip()]
    if not names:
        raise HmaError(400, "empty signal type selection")
    for name in names:
        if not SIGNAL_TYPES.get(name):
            raise HmaError(400, f"signal type '{name}' doesn't exist or is disabled")
