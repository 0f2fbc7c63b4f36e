"""The middleware that counts and times every request."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics.catalogue import REQUEST_SECONDS, REQUESTS

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others, which a client may make up, are counted as one."""


class RequestMetrics:
    """
    Middleware that counts and times requests by route, not by path: ids would make a series each.

    Args:
        app: What is measured.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            note_request(scope, status, time.perf_counter() - begun)


def note_request(scope: Scope, status: int, seconds: float) -> None:
    """
    Count and time one request; for whoever answers without this middleware. Takes a microsecond and waits for nothing.

    Args:
        scope: Of the request, after routing.

        status: As answered.

        seconds: From its first byte to the last of its answer.
    """
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = getattr(scope.get("route"), "path", "unmatched")
    REQUESTS.add(method, route, str(status))
    REQUEST_SECONDS.note(seconds, method, route)
