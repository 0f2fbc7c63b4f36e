"""
Banks, their contents and signal types: `/c`; exchanges: `exchanges.py`.

What only asks the record is a plain function, which Starlette runs on a thread; what waits for a body or a file is not.
"""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.hma.answers import (
    CONTENT_TYPES,
    SIGNAL_TYPES,
    Json,
    answered,
    bank_out,
    content_out,
    given,
    hashes_of,
    require_named_type,
)
from api.hma.errors import HmaError
from api.hma.files import actor_of, hashed_file, hashed_url, service_of
from api.hma.forms import json_body, read_as
from api.hma.matching import of_type_asked, sizes_of
from api.media.hashing import pieces_of, submitted
from casework.domain.errors import NotFoundError, WrongStateError
from casework.domain.media import SubmittedMedia
from casework.domain.takedowns.hash_list import ListEntry
from casework.handlers.lists.banks import (
    BankChange,
    BankMedia,
    bank_media,
    bank_of,
    change_bank,
    delete_entry,
    delete_some_of_bank,
    disable_entry,
    entry_of,
    make_bank,
    note_on_entry,
)
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.hashing.features import Features
from matcher.reading.keyframes import REFERENCE

_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_NAME_RULE: Final = "Bank names must be UPPER_WITH_UNDERSCORE"
_NO_FILE: Final = "Neither `url` nor multipart file upload was received"
_POOR: Final = "No signals given: the file has no hash that is good enough to be banked"


def _switch(value: object) -> object:
    """Read what clients send for yes and no: one sends the words."""
    return (
        {"true": True, "1": True, "false": False, "0": False}.get(value.casefold(), value)
        if isinstance(value, str)
        else value
    )


Switch = Annotated[bool, BeforeValidator(_switch)]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class BankIn(BaseModel):
    """A new bank; a ratio may come as a text."""

    name: str
    enabled_ratio: Ratio | None = None
    enabled: Switch | None = None


class BankChangeIn(BaseModel):
    """What becomes of a bank."""

    name: str | None = None
    enabled_ratio: Ratio | None = None
    enabled: Switch | None = None


class ContentChangeIn(BaseModel):
    """What becomes of something in a bank."""

    disable_until_ts: Annotated[int, Field(ge=0, le=32_503_680_000)] | None = None
    note: Annotated[str, Field(max_length=10_000)] | None = None


class SignalTypeChangeIn(BaseModel):
    """What becomes of a signal type."""

    enabled_ratio: Ratio


def list_banks(request: Request) -> Response:
    """`GET /c/banks`."""
    with service_of(request).reading() as uow:
        return answered([bank_out(one) for one in uow.hash_lists.all()])


async def create_bank(request: Request) -> Response:
    """`POST /c/banks`."""
    bank = await read_as(BankIn, request)
    _require_name(bank.name)
    ratio = _ratio(bank.enabled, bank.enabled_ratio)

    def work() -> Json:
        with service_of(request).writing() as uow:
            return bank_out(make_bank(bank.name, 1.0 if ratio is None else ratio, actor_of(request), uow))

    try:
        return answered(await run_in_threadpool(work), 201)
    except WrongStateError as error:
        raise HmaError(403, str(error)) from error


def show_bank(request: Request) -> Response:
    """`GET /c/bank/{name}`."""
    with service_of(request).reading() as uow:
        return answered(bank_out(bank_of(request.path_params["name"], uow)))


async def update_bank(request: Request) -> Response:
    """`PUT /c/bank/{name}`: renamed, switched off or on."""
    given_change = await read_as(BankChangeIn, request)
    if given_change.name is not None:
        _require_name(given_change.name)
    change = BankChange(given_change.name, _ratio(given_change.enabled, given_change.enabled_ratio))

    def work() -> Json:
        with service_of(request).writing() as uow:
            return bank_out(change_bank(request.path_params["name"], change, actor_of(request), uow))

    try:
        return answered(await run_in_threadpool(work))
    except WrongStateError as error:
        raise HmaError(403, str(error)) from error


def remove_bank(request: Request) -> Response:
    """`DELETE /c/bank/{name}`: with all that is in it; one that is not there is gone already."""
    more = True
    while more:
        with service_of(request).writing() as uow:
            more = delete_some_of_bank(request.path_params["name"], actor_of(request), uow)
    return answered({"message": "Done"})


async def add_content(request: Request) -> Response:
    """`POST /c/bank/{name}/content`: a file, or one at an address."""
    await run_in_threadpool(_require_bank, request)
    uri, note = _metadata(request)
    if request.query_params.get("url"):
        hashed = await hashed_url(request, features=Features.STORED, pace=REFERENCE)
    else:
        hashed = await hashed_file(request, features=Features.STORED, pace=REFERENCE, no_file=_NO_FILE)
    hashes = hashes_of(hashed.signals)
    if not hashes:
        raise HmaError(400, _POOR)
    media = submitted(service_of(request), hashed, keep_preview=False)
    return await _banked(request, media, hashes, uri=uri, note=note)


async def add_signal(request: Request) -> Response:
    """`POST /c/bank/{name}/signal`: a hash without its file."""
    await run_in_threadpool(_require_bank, request)
    sent = await json_body(request)
    if not sent:
        raise HmaError(400, "No signals given")
    signals = {name: given(name, value) for name, value in sent.items()}
    (media,) = pieces_of(list(signals.values()))
    return await _banked(request, media, {name: one.value.hex() for name, one in signals.items()})


def show_content(request: Request) -> Response:
    """`GET /c/bank/{name}/content/{id}`."""
    with service_of(request).reading() as uow:
        bank = bank_of(request.path_params["name"], uow)
        entry = entry_of(bank, _number(request), uow)
        shown = content_out(entry, bank)
        if request.query_params.get("include_signals", "").casefold() == "true":
            shown["signals"] = hashes_of(uow.media.get(entry.media_id).signals)
    return answered(shown)


async def update_content(request: Request) -> Response:
    """`PUT /c/bank/{name}/content/{id}`: disabled, enabled, a note."""
    change = await read_as(ContentChangeIn, request)

    def work() -> Json:
        with service_of(request).writing() as uow:
            bank = bank_of(request.path_params["name"], uow)
            entry = entry_of(bank, _number(request), uow)
            if change.disable_until_ts is not None:
                entry = _disabled(request, entry, change.disable_until_ts, uow)
            if "note" in change.model_fields_set:
                entry = note_on_entry(bank.name, entry.id, change.note, uow)
            return {**content_out(entry, bank), "collab_metadata": {}, "note": entry.note, "user_metadata": None}

    return answered(await run_in_threadpool(work))


def remove_content(request: Request) -> Response:
    """`DELETE /c/bank/{name}/content/{id}`: of this bank, and of no other."""
    with service_of(request).writing() as uow:
        deleted = delete_entry(request.path_params["name"], _number(request), actor_of(request), uow)
    return answered({"deleted": deleted})


async def signal_types(_: Request) -> Response:
    """`GET /c/signal_type`."""
    return answered([{"enabled_ratio": ratio, "name": name} for name, ratio in SIGNAL_TYPES.items()])


async def update_signal_type(request: Request) -> Response:
    """`PUT /c/signal_type/{name}`: refused; what is not asked for is changed by nobody."""
    name = request.path_params["name"]
    require_named_type(name)
    ratio = (await read_as(SignalTypeChangeIn, request)).enabled_ratio
    if ratio != SIGNAL_TYPES[name]:
        raise HmaError(501, f"signal types are not switched here: '{name}' stays at {SIGNAL_TYPES[name]}")
    return Response(status_code=204, media_type="application/json")


def signal_index(request: Request) -> Response:
    """`GET /c/signal_type/index`: never out of date."""
    return answered(
        of_type_asked(
            request,
            {
                name: {
                    "db_size": size,
                    "index_built_to": newest,
                    "index_out_of_date": False,
                    "index_size": size,
                    "newest_db_item": newest,
                }
                for name, (size, newest) in sizes_of(service_of(request)).items()
            },
        )
    )


async def content_types(_: Request) -> Response:
    """`GET /c/content_type`."""
    return answered([{"enabled": True, "name": name} for name in CONTENT_TYPES])


async def _banked(
    request: Request, media: SubmittedMedia, hashes: dict[str, str], *, uri: str | None = None, note: str | None = None
) -> Response:
    command = BankMedia(request.path_params["name"], media, actor_of(request), note=note, uri=uri)

    def work() -> ListEntry:
        with service_of(request).writing() as uow:
            return bank_media(command, uow)

    entry = await run_in_threadpool(work)
    return answered({"id": entry.id, "signals": hashes})  # 200, not 201: its clients look for that


def _require_bank(request: Request) -> None:
    with service_of(request).reading() as uow:
        bank_of(request.path_params["name"], uow)


def _disabled(request: Request, entry: ListEntry, moment: int, uow: SqlUnitOfWork) -> ListEntry:
    """Read a moment as HMA does: 0 is for good, one that has passed is none."""
    until = datetime.fromtimestamp(moment, UTC)
    disabled = moment == 0 or until > uow.now
    return disable_entry(
        request.path_params["name"],
        entry.id,
        actor_of(request),
        uow,
        disabled=disabled,
        until=until if moment else None,
    )


def _number(request: Request) -> int:
    text = request.path_params["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        message = f"content '{text}' not found"
        raise NotFoundError(message)
    return int(text)


def _metadata(request: Request) -> tuple[str | None, str | None]:
    """Read where the original is, and a note, from the address."""
    text, note = request.query_params.get("metadata"), request.query_params.get("note")
    if not text:
        return None, note
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HmaError(400, "metadata should be a json object") from error
    if not isinstance(found, dict):
        raise HmaError(400, "metadata should be a json object")
    uri = found.get("content_uri")
    return uri if isinstance(uri, str) else None, note


def _require_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise HmaError(400, _NAME_RULE)


def _ratio(enabled: bool | None, ratio: float | None) -> float | None:
    if ratio is not None:
        return ratio
    return None if enabled is None else float(enabled)


CURATION = (
    Route("/c/banks", list_banks, methods=["GET"]),
    Route("/c/banks", create_bank, methods=["POST"]),
    Route("/c/bank/{name}", show_bank, methods=["GET"]),
    Route("/c/bank/{name}", update_bank, methods=["PUT"]),
    Route("/c/bank/{name}", remove_bank, methods=["DELETE"]),
    Route("/c/bank/{name}/content", add_content, methods=["POST"]),
    Route("/c/bank/{name}/signal", add_signal, methods=["POST"]),
    Route("/c/bank/{name}/content/{id}", show_content, methods=["GET"]),
    Route("/c/bank/{name}/content/{id}", update_content, methods=["PUT"]),
    Route("/c/bank/{name}/content/{id}", remove_content, methods=["DELETE"]),
    Route("/c/signal_type", signal_types, methods=["GET"]),
    Route("/c/signal_type/index", signal_index, methods=["GET"]),
    Route("/c/signal_type/{name}", update_signal_type, methods=["PUT"]),
    Route("/c/content_type", content_types, methods=["GET"]),
)
