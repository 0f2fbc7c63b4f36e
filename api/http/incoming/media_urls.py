"""
`media_url`: the address of a file, taken wherever `media` is, where the operator allows it.

Invariant: nothing is fetched for whoever has no key, and a file that was fetched is treated as one that was sent.
"""

from typing import Final

from fastapi import Request

from api.arrivals.spool import IncomingFile
from api.errors import BodyError
from api.fetching.wire import MAX_URL_CHARACTERS
from api.http.incoming.forms import PIECE_BYTES
from api.service import Service
from casework.domain.actor import PUBLIC, Actor

MEDIA_URL: Final = "media_url"
"""The field: a text part of a form, or a field of a JSON body."""


async def fetch_named(url: object, request: Request, service: Service) -> IncomingFile:
    """
    Fetch the file at an address into the spool; close it in the end.

    Args:
        url: What was sent as `media_url`.

        request: Who asks is known already, or nobody with a key does.

        service: What this process holds.

    Raises:
        BodyError: If that is no address, or whoever asks has no key.
        MediaUrlError: If it is not fetched from there, or cannot be had.
        TooLargeError: If it is larger than one of its kind may be.
        TooManyRequestsError: If as many are being fetched, or wait to be decoded, as may.
    """
    service.fetcher.require_enabled()
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is None or actor is PUBLIC:
        message = "nothing is fetched without a key; send the file itself as 'media'"
        raise BodyError(message, field=MEDIA_URL)
    if not isinstance(url, str) or not 0 < len(url) <= MAX_URL_CHARACTERS:
        message = f"must be an address of up to {MAX_URL_CHARACTERS:,} characters: https://host/path"
        raise BodyError(message, field=MEDIA_URL)
    service.pictures.refuse_if_full(actor.id, trusted=actor.trusted)
    file = service.spool.receive()
    gathered = bytearray()

    async def take(piece: bytes) -> None:
        gathered.extend(piece)
        if len(gathered) >= PIECE_BYTES:
            await write()

    async def write() -> None:
        whole = bytes(gathered)
        gathered.clear()
        await file.take(whole)

    try:
        await service.fetcher.fetch(url, actor.id, take)
        await write()
    except BaseException:
        file.close()
        raise
    return file
