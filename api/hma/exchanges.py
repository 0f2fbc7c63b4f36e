"""
Exchanges: `/c/exchanges`, `/c/exchange`, over the servers of hashes that Staydown pulls from.

An exchange made here is one of `staydown exchange list`: a worker pulls it, what it brings is in the bank of its name,
holds and blocks nothing. It is told nothing and sent nothing: both are an operator's to allow, in the shell. Its
credentials come as it is made (`credential_json`); there are none that several share, as in HMA, so setting those is
refused, and says so.
"""

import re
from datetime import datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.hma.answers import Json, answered
from api.hma.errors import HmaError
from api.hma.exchange_apis import ExchangeApi, api_named, api_of, apis_of
from api.hma.files import actor_of, service_of
from api.hma.forms import json_body
from casework.delivery.asking import WHAT
from casework.delivery.places import read_place
from casework.domain.errors import ExchangeOptionsError, NotFoundError, WrongStateError
from casework.domain.exchanges.exchange import Exchange, ExchangeState
from casework.handlers.exchanging.looking_after import (
    AddExchange,
    add_exchange,
    change_secrets,
    exchange_named,
    pause_exchange,
    remove_exchange,
    resume_exchange,
)
from casework.handlers.exchanging.pulling import LEASE
from casework.handlers.lists.banks import delete_some_of_bank, make_bank
from casework.ports.unit_of_work import UnitOfWork

_NAME: Final = re.compile(r"[A-Z0-9_]{1,64}")
_EVERY_S: Final = 3_600
_SHARED: Final = (
    "credentials belong to one exchange here, and none are shared: send `credential_json` when you create it "
    "(POST /c/exchanges), or to /c/exchange/NAME/credentials"
)


def list_exchanges(request: Request) -> Response:
    """`GET /c/exchanges`: their names."""
    with service_of(request).reading() as uow:
        return answered([one.name for one in uow.exchanges.all()])


def list_apis(request: Request) -> Response:
    """`GET /c/exchanges/apis`: HMA's names of the kinds there are."""
    return answered(list(apis_of(service_of(request).settings)))


def show_api(request: Request) -> Response:
    """`GET /c/exchanges/api/{name}`."""
    _api_in_path(request)
    return answered({"supports_authentification": True, "has_set_authentification": False})


def show_schema(request: Request) -> Response:
    """`GET /c/exchanges/api/{name}/schema`: what a form has to ask for."""
    return answered(_api_in_path(request).schema())


async def set_shared_credentials(request: Request) -> Response:
    """`POST /c/exchanges/api/{name}`: refused, with what to do instead; clearing what is not there is done."""
    _api_in_path(request)
    if (await json_body(request)).get("credential_json"):
        raise HmaError(501, _SHARED)
    return answered({"supports_authentification": True, "has_set_authentification": False})


async def create_exchange(request: Request) -> Response:
    """`POST /c/exchanges`: pulled from then on, into the bank of its name."""
    sent = await json_body(request)
    settings = service_of(request).settings
    name, config = sent.get("bank"), sent.get("api_json", {})
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise HmaError(400, "Field `bank` must match /^[A-Z0-9_]+$/")
    if not isinstance(config, dict):
        raise HmaError(400, "Field `api_json` must be object")
    if sent.get("api") is None:
        raise HmaError(400, "Field `api_type` is required")
    api = api_named(sent["api"], settings)
    options = api.options_in(config)
    secrets, address = api.secrets_in(sent.get("credential_json"))
    read_place(address, allow_private=settings.allow_private_destinations, what=WHAT)
    command = AddExchange(actor_of(request), name, api.kind, address, options, secrets, False, False, _EVERY_S)

    def work() -> None:
        with service_of(request).writing() as uow:
            make_bank(name, 1.0, command.actor, uow)
            add_exchange(command, uow)

    try:
        await run_in_threadpool(work)
    except (WrongStateError, ExchangeOptionsError) as error:
        raise HmaError(403, str(error)) from error
    return answered({"message": "Created successfully"}, 201)


def show_exchange(request: Request) -> Response:
    """`GET /c/exchange/{name}`."""
    with service_of(request).reading() as uow:
        found = _found(request, uow)
    return answered(api_of(found).config_of(found))


async def update_exchange(request: Request) -> Response:
    """`PUT /c/exchange/{name}`: switched off or on."""
    enabled = (await json_body(request)).get("enabled")
    if enabled is not None and not isinstance(enabled, bool):
        raise HmaError(400, "Field `enabled` must be true or false")

    def work() -> Exchange:
        with service_of(request).writing() as uow:
            found = _found(request, uow)
            if enabled in (None, found.state is ExchangeState.ACTIVE):
                return found
            change = resume_exchange if enabled else pause_exchange
            return change(found.name, actor_of(request), uow)

    changed = await run_in_threadpool(work)
    return answered(api_of(changed).config_of(changed))


def delete_exchange(request: Request) -> Response:
    """`DELETE /c/exchange/{name}`: with its bank; one that is not there is gone already."""
    name, actor = request.path_params["name"], actor_of(request)
    with service_of(request).writing() as uow:
        if uow.exchanges.named(name) is None:
            return answered({"message": "success"})
        remove_exchange(name, actor, uow)
    more = True
    while more:
        with service_of(request).writing() as uow:
            more = delete_some_of_bank(name, actor, uow)
    return answered({"message": "Exchange deleted"})


def show_status(request: Request) -> Response:
    """`GET /c/exchange/{name}/status`: how far it was read."""
    with service_of(request).reading() as uow:
        return answered(_status(_found(request, uow), uow.now))


def show_credentials(request: Request) -> Response:
    """`GET /c/exchange/{name}/credentials`: whether there are any."""
    with service_of(request).reading() as uow:
        return answered(_credentials(_found(request, uow)))


async def set_credentials(request: Request) -> Response:
    """`POST /c/exchange/{name}/credentials`: in place of those there were."""
    sent = (await json_body(request)).get("credential_json")

    def work() -> Exchange:
        with service_of(request).writing() as uow:
            found = _found(request, uow)
            secrets, address = api_of(found).secrets_in(sent)
            if address not in (found.address, api_of(found).row.address):
                raise HmaError(400, "where an exchange is cannot be changed: delete it, and create it again")
            return change_secrets(found.name, secrets, actor_of(request), uow)

    return answered(_credentials(await run_in_threadpool(work)))


def _api_in_path(request: Request) -> ExchangeApi:
    name = request.path_params["name"]
    found = apis_of(service_of(request).settings).get(name)
    if found is None:
        raise HmaError(400, f"no such Exchange API '{name}'")
    return found


def _found(request: Request, uow: UnitOfWork) -> Exchange:
    name = request.path_params["name"]
    try:
        return exchange_named(name, uow)
    except NotFoundError as error:
        raise HmaError(404, f"Exchange '{name}' not found") from error


def _status(exchange: Exchange, now: datetime) -> Json:
    lease = exchange.lease
    running = None if lease is None or lease.until <= now else int((lease.until - LEASE).timestamp())
    complete = None if exchange.completed_at is None else int(exchange.completed_at.timestamp())
    was_asked = complete is not None or exchange.last_error is not None
    return {
        "checkpoint_ts": complete,
        "fetched_items": exchange.pulled,
        "last_fetch_complete_ts": complete,
        "last_fetch_succeeded": exchange.last_error is None if was_asked else None,
        "running_fetch_start_ts": running,
        "up_to_date": exchange.up_to_date,
    }


def _credentials(exchange: Exchange) -> Json:
    has = bool(exchange.secrets)
    return {"has_credentials": has, "source": "exchange" if has else None}


EXCHANGE_ROUTES: Final = (
    Route("/c/exchanges", list_exchanges, methods=["GET"]),
    Route("/c/exchanges", create_exchange, methods=["POST"]),
    Route("/c/exchanges/apis", list_apis, methods=["GET"]),
    Route("/c/exchanges/api/{name}", show_api, methods=["GET"]),
    Route("/c/exchanges/api/{name}", set_shared_credentials, methods=["POST"]),
    Route("/c/exchanges/api/{name}/schema", show_schema, methods=["GET"]),
    Route("/c/exchange/{name}", show_exchange, methods=["GET"]),
    Route("/c/exchange/{name}", update_exchange, methods=["PUT"]),
    Route("/c/exchange/{name}", delete_exchange, methods=["DELETE"]),
    Route("/c/exchange/{name}/status", show_status, methods=["GET"]),
    Route("/c/exchange/{name}/credentials", show_credentials, methods=["GET"]),
    Route("/c/exchange/{name}/credentials", set_credentials, methods=["POST"]),
)
