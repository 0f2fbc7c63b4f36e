"""
What is known of every request, in one middleware: its id, how it was answered and how long that took.

The id is the caller's `X-Request-Id`, if that is one, else a new one. It is answered, stands in problem documents and
in every log line about the request. Counting is one append to a list (`api/metrics/`); a line is logged if asked for.
"""

import os
import re
import time
from itertools import count

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import REQUEST_ID
from api.metrics.catalogue import REQUEST_SECONDS, REQUESTS
from api.telemetry import is_on, span

log = structlog.get_logger()

REQUEST_ID_HEADER = "X-Request-Id"
_HEADER = REQUEST_ID_HEADER.lower().encode()
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""Letters, digits and three signs: it goes into logs, and nobody may write a line of their own there."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others, which a client may make up, are counted as one."""

_process = os.urandom(6).hex()
_numbers = count(1)


class RequestMetrics:
    """
    Middleware that names, counts and times requests; by route, not by path: ids would make a series each.

    Args:
        app: What is measured.

        access_log: Whether each request is logged, by its route too.
    """

    def __init__(self, app: ASGIApp, *, access_log: bool = False) -> None:
        self._app = app
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500
        request_id = request_id_of(scope)
        REQUEST_ID.set(request_id)

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            await send(message)

        try:
            if is_on():
                with span("request", parent=_parent_of(scope), method=_method(scope), request_id=request_id) as step:
                    try:
                        await self._app(scope, receive, noted)
                    finally:
                        step.note(method=_method(scope), route=route_of(scope), status=status)
            else:
                await self._app(scope, receive, noted)
        finally:
            took_s = time.perf_counter() - begun
            note_request(scope, status, took_s)
            if self._access_log:
                line = {"method": _method(scope), "route": route_of(scope), "status": status}
                log.info("request", **line, ms=round(took_s * 1000, 1))


def _parent_of(scope: Scope) -> str | None:
    found = (value for name, value in scope["headers"] if name == b"traceparent")
    return next(found, b"").decode("latin-1") or None


def request_id_of(scope: Scope) -> str:
    """Return the id that a caller gave a request, if it is well-formed, else a new one."""
    for name, value in scope["headers"]:
        if name == _HEADER and _WELL_FORMED.fullmatch(value):
            return str(value, "ascii")
    return f"{_process}-{next(_numbers):x}"


def note_request(scope: Scope, status: int, seconds: float) -> None:
    """
    Count and time one request; for whoever answers without this middleware. Takes a microsecond and waits for nothing.

    Args:
        scope: Of the request, after routing.

        status: As answered.

        seconds: From its first byte to the last of its answer.
    """
    method, route = _method(scope), route_of(scope)
    REQUESTS.add(method, route, str(status))
    REQUEST_SECONDS.note(seconds, method, route)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def route_of(scope: Scope) -> str:
    """Return the template of the address: a path may hold ids and the numbers of receipts."""
    return getattr(scope.get("route"), "path", "unmatched")
