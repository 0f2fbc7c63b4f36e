"""
The application at `/hma`: who may ask, paths as HMA's clients write them, and its form of errors.

    /hma/m/lookup                 with `Authorization: Bearer KEY`, or from a network the operator trusts
    /hma/key/KEY/m/lookup         for programs that send no header: the key is part of the address
    /hma//m/lookup                clients whose base address ends in a slash

Invariant: nothing of a body is read before it is known who asks; nobody may ask because nothing was configured. Whoever
asks needs a key that is trusted, for distances are answered, and the permission to match; whoever changes banks needs
the one for these.
"""

import re
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import unquote

from fastapi.security import HTTPAuthorizationCredentials
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from api.hma.answers import answered
from api.hma.curation import CURATION
from api.hma.errors import HmaError
from api.hma.exchanges import EXCHANGE_ROUTES
from api.hma.forms import InvalidBodyError
from api.hma.matching import MATCHING
from api.http.auth import who_asks
from api.http.incoming.bodies import HMA
from api.http.problems import CLIENT_HUNG_UP, problem_of
from api.media.untrusted import sees_evidence
from api.pages.same_origin import require_same_origin
from api.security.permissions import PERMISSIONS_OF, Permission
from api.service import Service
from casework.domain.actor import Actor, Role

IN_TRUSTED_NETWORK: Final = Actor(id="hma", name="a program in a trusted network", role=Role.SENIOR, trusted=True)

_ROUTES: Final = (*MATCHING, *CURATION, *EXCHANGE_ROUTES)
_SLASHES: Final = re.compile("/+")
_KEY: Final = "/key/"
_STATUS: Final = ("/status", "/status/live")
_NOT_FOUND: Final = (
    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not "
    "found on the server. If you entered the URL manually please check your spelling and try again.</p>\n"
)


class HmaDropIn:
    """
    An application of its own, mounted at `/hma`.

    Args:
        parent: Whose service it asks.
    """

    def __init__(self, parent: Starlette) -> None:
        self._parent = parent
        self._router = Router(_ROUTES, redirect_slashes=False, default=_not_found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        service: Service = self._parent.state.service
        inner, key = _inner(scope)
        request = Request(inner, receive)
        try:
            if "\0" in inner["path"]:
                raise HmaError(400, "an address holds no NUL")
            if inner["path"] not in _STATUS:
                actor = await _actor(request, service, key)
                _require(actor, Permission.MATCH_ASK if _only_asks(inner) else Permission.BANK_MANAGE)
                request.state.actor = actor
            request.state.service = service
            await self._router(inner, receive, send)
        except InvalidBodyError as error:
            await answered(error.problems, error.status)(scope, receive, send)
        except HmaError as error:
            await answered({"message": str(error)}, error.status)(scope, receive, send)
        except HTTPException as error:
            await answered({"message": error.detail}, error.status_code, headers=error.headers)(scope, receive, send)
        except ClientDisconnect:
            await Response(status_code=CLIENT_HUNG_UP)(scope, receive, send)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            await answered({"message": str(error)}, problem.status)(scope, receive, send)
        finally:
            _name_route(scope, inner)


def _name_route(scope: Scope, inner: Scope) -> None:
    """Say which route it was, by which requests are counted: the path may hold a key."""
    endpoint = inner.get("endpoint")
    found = next((one for one in _ROUTES if one.endpoint is endpoint), None)
    if found is not None:
        scope["route"] = Route(f"{HMA}{found.path}", found.endpoint)


def _inner(scope: Scope) -> tuple[Scope, str | None]:
    """Return the request as the router sees it, and the key in its address."""
    path = _SLASHES.sub("/", scope["path"].removeprefix(scope.get("root_path", "")))
    key = None
    if path.startswith(_KEY):
        key, _, rest = path.removeprefix(_KEY).partition("/")
        path = f"/{rest}"
    # Errors are answered here, in HMA's form, not by the handlers of the application around this one.
    inner = {name: value for name, value in scope.items() if name != "starlette.exception_handlers"}
    changed = {"path": path, "raw_path": path.encode(), "root_path": "", "state": {**scope.get("state", {})}}
    return inner | changed, key


async def _actor(request: Request, service: Service, key: str | None) -> Actor:
    header = request.headers.get("authorization", "")
    kind, _, given = header.partition(" ")
    if key is None and kind.casefold() == "bearer":
        key = given.strip()
    if key is not None:
        return await who_asks(request, service, HTTPAuthorizationCredentials(scheme="Bearer", credentials=unquote(key)))
    host = request.client.host if request.client else ""
    if _is_trusted(host, service):
        await require_same_origin(request)  # a page of another site, in a browser there, is no program of that network
        return IN_TRUSTED_NETWORK
    raise HmaError(401, "send a key, in the address (/hma/key/KEY/…) or as `Authorization: Bearer KEY`")


def _is_trusted(host: str, service: Service) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in ip_network(one) for one in service.settings.hma_trusted_networks)


def _only_asks(scope: Scope) -> bool:
    path = scope["path"]
    return path.startswith(("/h/", "/m/")) or scope["method"] in ("GET", "HEAD")


def _require(actor: Actor, permission: Permission) -> None:
    if not sees_evidence(actor):  # distances, and answers to hashes somebody chose, help who wants to slip through
        raise HmaError(403, "the key is not marked trusted; `staydown keys create --trusted` makes one that is")
    if permission not in PERMISSIONS_OF[actor.role]:
        roles = ", ".join(role.value for role in Role if permission in PERMISSIONS_OF[role])
        raise HmaError(403, f"a key of role {actor.role.value} may not {permission.value}; these roles may: {roles}")


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await HTMLResponse(_NOT_FOUND, 404)(scope, receive, send)
