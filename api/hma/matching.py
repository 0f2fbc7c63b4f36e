"""
Hashing and look-ups: `/h` and `/m`.

Invariant: a look-up sees all that was committed before it began, as every question here does; there is no index that is
built anew from time to time.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.hma.answers import PDQ, SIGNAL_TYPES, Json, answered, given, hashes_of, require_type
from api.hma.errors import HmaError
from api.hma.files import hashed_file, hashed_url, service_of
from api.hma.forms import json_body, query_as
from api.service import Service
from casework.domain.media import Collection
from casework.domain.takedowns.hash_list import HashList, ListEntry
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from matcher.signals.pdq import Pdq
from matcher.thresholds import PDQ_MAX_DISTANCE

_NEEDED = "Either url or both signal and signal_type are required"


@dataclass(frozen=True, slots=True)
class Found:
    """Something in a bank that is near a hash: how many bits apart."""

    entry: ListEntry
    bank: HashList
    distance: int


class HashIn(BaseModel):
    """What is hashed: a file at an address."""

    url: str


class RawLookupIn(BaseModel):
    """A hash that is looked up."""

    signal: str
    signal_type: str
    include_distance: bool = False


async def alive(_: Request) -> Response:
    """Say that the process answers, and so does its index: it is never stale, and there before the first request."""
    return PlainTextResponse("I-AM-ALIVE", media_type="text/html")


async def hash_url(request: Request) -> Response:
    """`GET /h/hash?url=`: the hashes of a file at an address."""
    query_as(HashIn, request)
    hashed = await hashed_url(request)
    return answered(hashes_of(hashed.signals))


async def hash_file(request: Request) -> Response:
    """`POST /h/hash`: the hashes of a file."""
    hashed = await hashed_file(request)
    return answered(hashes_of(hashed.signals))


async def lookup(request: Request) -> Response:
    """`GET /m/lookup`: the banks that a hash, or a file at an address, is in."""
    asked = request.query_params
    if asked.get("url"):
        hashed = await hashed_url(request)
        return await _by_type(request, hashes_of(hashed.signals))
    name, value = asked.get("signal_type"), asked.get("signal")
    if not name or not value:
        raise HmaError(400, _NEEDED)
    return answered(await _banks(request, given(name, value)))


async def lookup_file(request: Request) -> Response:
    """`POST /m/lookup`: the same of a file, by signal type."""
    hashed = await hashed_file(request)
    tossed = request.query_params.get("bypass_coinflip") != "true"
    return await _by_type(request, hashes_of(hashed.signals), always_by_type=True, tossed=tossed)


def raw_lookup(request: Request) -> Response:
    """`GET /m/raw_lookup`: the numbers of what is near, whatever the ratio of its bank."""
    asked, named = query_as(RawLookupIn, request), _named(request)
    looked_up = find(service_of(request), given(asked.signal_type, asked.signal))
    found = [one for one in looked_up if named is None or one.bank.name in named]
    return answered({"matches": [_match(one) if asked.include_distance else one.entry.id for one in found]})


async def compare(request: Request) -> Response:
    """`POST /m/compare`: how far two hashes are apart, by signal type."""
    compared: Json = {}
    for name, pair in (await json_body(request)).items():
        require_type(name)
        if not isinstance(pair, list) or len(pair) != 2:
            raise HmaError(400, "Comparison hash list length must be exactly 2")
        one, other = (int.from_bytes(given(name, value).value) for value in pair)
        distance = (one ^ other).bit_count()
        compared[name] = [distance <= PDQ_MAX_DISTANCE, {"distance": distance}]
    return answered(compared)


def index_status(request: Request) -> Response:
    """`GET /m/index/status`: what is in the index of each signal type: all that is in banks."""
    status: dict[str, Json] = {
        one: {"built_to": newest, "present": True, "size": size}
        for one, (size, newest) in sizes_of(service_of(request)).items()
    }
    return answered(of_type_asked(request, status))


def of_type_asked(request: Request, of_each: Mapping[str, Json]) -> Mapping[str, Json]:
    """
    Leave the signal type that is asked about, if one is: `signal_type=pdq`.

    Raises:
        HmaError: If it is none.
    """
    name = request.query_params.get("signal_type")
    if name is None:
        return of_each
    if name not in of_each:
        raise HmaError(400, f"No such signal type '{name}'")
    return {name: of_each[name]}


def sizes_of(service: Service) -> dict[str, tuple[int, int]]:
    """Return how many hashes of each signal type are in banks, and when the newest came, in seconds; -1 for never."""
    with service.reading() as uow:
        size, newest = uow.hash_lists.size(Pdq.name)
    counted = dict.fromkeys(SIGNAL_TYPES, (0, -1))
    return counted | {PDQ: (size, -1 if newest is None else int(newest.timestamp()))}


def find(service: Service, signal: Signal) -> list[Found]:
    """Look a hash up among all that is in banks, whatever their ratio; the nearest first."""
    codes = Query.of_signals([signal]).codes()
    (candidates,) = service.replica.find(Collection.TAKEDOWNS, [codes])
    if not candidates.found:
        return []
    with service.reading() as uow:
        items = uow.index_log.items({one.item_id for one in candidates.found})
        entries = uow.hash_lists.entries_on({one.media_id for one in items.values()})
        banks = {one.id: one for one in uow.hash_lists.all()}
    nearest: dict[int, Found] = {}
    for candidate in candidates.found:
        item = items.get(candidate.item_id)
        entry = None if item is None else entries.get(item.media_id)
        if entry is None:
            continue
        found = Found(entry, banks[entry.list_id], candidate.distance)
        if entry.id not in nearest or found.distance < nearest[entry.id].distance:
            nearest[entry.id] = found
    return sorted(nearest.values(), key=lambda one: (one.distance, one.entry.id))


async def _by_type(
    request: Request, hashes: Mapping[str, str], *, always_by_type: bool = False, tossed: bool = True
) -> Response:
    found = {name: await _banks(request, given(name, value), tossed=tossed) for name, value in hashes.items()}
    elided = request.query_params.get("signal_type")
    if elided is not None and not always_by_type:
        require_type(elided)
        return answered(found.get(elided, {}))
    return answered(found)


async def _banks(request: Request, signal: Signal, *, tossed: bool = True) -> Json:
    found = await run_in_threadpool(find, service_of(request), signal)
    named = _named(request)
    # One toss a question, as HMA has it: with the same seed a ratio lets the same questions through.
    toss = random.Random(request.query_params.get("seed")).random() if tossed else 0.0  # noqa: S311  (a sample, no secret)
    seen = [one for one in found if one.bank.is_matched and one.bank.enabled_ratio >= toss]
    return _by_bank(one for one in seen if named is None or one.bank.name in named)


def _by_bank(found: Iterable[Found]) -> Json:
    banks: dict[str, list[Json]] = {}
    for one in found:
        banks.setdefault(one.bank.name, []).append(_match(one))
    return dict(banks)


def _match(found: Found) -> Json:
    return {"bank_content_id": found.entry.id, "distance": str(found.distance)}


def _named(request: Request) -> Sequence[str] | None:
    given_names = request.query_params.get("banks")
    return None if not given_names else given_names.split(",")


MATCHING = (
    Route("/status", alive),
    Route("/status/live", alive),
    Route("/h/hash", hash_url, methods=["GET"]),
    Route("/h/hash", hash_file, methods=["POST"]),
    Route("/m/lookup", lookup, methods=["GET"]),
    Route("/m/lookup", lookup_file, methods=["POST"]),
    Route("/m/raw_lookup", raw_lookup, methods=["GET"]),
    Route("/m/compare", compare, methods=["POST"]),
    Route("/m/index/status", index_status, methods=["GET"]),
)
