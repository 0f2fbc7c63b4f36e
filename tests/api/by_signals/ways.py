"""The two ways a question by signals can be answered, each by itself."""

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fastapi import FastAPI

from api.by_signals.middleware import BySignals

HANDED_ON = 599
"""What a way answers that hands a request on."""


@dataclass(frozen=True)
class Reply:
    """What was answered: the status and, of JSON, the value."""

    status: int
    value: Any


@dataclass
class InTheLoop:
    """
    The way in the event loop alone: what it would hand to the route is answered `HANDED_ON`.

    Args:
        app: With its service open.

        pieces: Into how many parts each body is cut on its way.
    """

    app: FastAPI
    pieces: int = 1

    def __post_init__(self) -> None:
        self.read_on: bytes | None = None
        self._way = BySignals(self._route)

    async def _route(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.read_on = body
        await send({"type": "http.response.start", "status": HANDED_ON, "headers": []})
        await send({"type": "http.response.body", "body": b"null"})

    async def ask(self, path: str, body: bytes, key: str, **headers: str) -> Reply:
        """Send a request; further headers by their names with underscores."""
        sent = {"authorization": f"Bearer {key}", "content-type": "application/json", "content-length": str(len(body))}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "app": self.app,
            "state": {},
        }
        cuts = [len(body) * n // self.pieces for n in range(self.pieces + 1)]
        parts = [body[first:last] for first, last in pairwise(cuts)]
        messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        messages[-1]["more_body"] = False
        answered: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            answered.append(message)

        await self._way(scope, receive, send)
        return Reply(answered[0]["status"], json.loads(answered[1]["body"]))

    def asked(self, client: Any, path: str, body: bytes, key: str, **headers: str) -> Reply:
        """Do the same from a test that is not in the event loop; `client` is the application's, whose loop it is."""

        async def ask() -> Reply:
            return await self.ask(path, body, key, **headers)

        return client.portal.call(ask)


def by_the_route(client: Any, path: str, body: bytes, key: str, *, repeat: str = "any") -> Reply:
    """Ask the route, which a header keeps the way in the loop from answering in its place: `repeat`."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json", "idempotency-key": repeat}
    answer = client.post(path, content=body, headers=headers)
    return Reply(answer.status_code, answer.json())
