"""
Nothing of a body is read, kept or parsed before it is known who sends it.

FastAPI reads and parses a body before any dependency runs, so what is expensive has to be kept behind this middleware.

Invariant: a request under /v1 that has a body and no valid key is answered without a byte of the body, but for the
addresses that the public may use: those take little (`incoming/bodies.py`), at a limited rate.
"""

from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.auth import bearer, service_of, who_asks, who_asks_or_public
from api.http.incoming.bodies import RECEIPTS
from api.http.problems import answer_known, problem_of

PUBLIC_ADDRESSES: Final = frozenset({"/v1/reports", "/v1/appeals"})
"""Those of routes that are `allowed_or_public`."""


class KeyFirst:
    """
    Middleware that finds out who asks before a body is read.

    Args:
        app: What is protected.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if not _has_body(scope) or not scope["path"].startswith("/v1/") or scope["path"].startswith(RECEIPTS):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        ask = who_asks_or_public if scope["path"].rstrip("/") in PUBLIC_ADDRESSES else who_asks
        try:
            await ask(request, service_of(request), await bearer(request))
        except Exception as error:
            if problem_of(error) is None:
                raise
            response = await answer_known(request, error)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _has_body(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    headers = dict(scope["headers"])
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
