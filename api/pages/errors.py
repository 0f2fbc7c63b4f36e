"""
Errors as pages: the same table as the API's (`api/http/problems.py`), written for a person.

Invariant: an address that is a page never answers JSON, and an error says no more there than the API says.
"""

import json
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from api.pages.addresses import is_page
from api.pages.headers import HEADERS
from api.pages.templates import page

Handler = Callable[[Request, Exception], Awaitable[Response]]


def show_errors_in(request: Request, template: str, **shown: object) -> None:
    """
    Have what goes wrong from now on shown within the frame that other pages of a package have.

    Args:
        request: Whoever asks is known by now.

        template: The frame, which extends `pages/base.html`.

        shown: What the frame shows, by the names it uses.
    """
    request.state.frame = {"frame": template, **shown}


def install_page_errors(app: FastAPI) -> None:
    """Answer what goes wrong on a page with a page; call it once every handler for JSON is installed."""
    for kind, answer in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _as_page(answer))  # type: ignore[arg-type]


def page_instead(request: Request, response: Response) -> Response:
    """Write a problem document as a page, where a page was asked for."""
    if not is_page(request.url.path) or not response.body:
        return response
    if request.headers.get("accept", "").startswith("application/json"):
        return response  # a script of a page asks
    problem = json.loads(bytes(response.body))
    frame = getattr(request.state, "frame", {})
    shown = page(request, "pages/error.html", status=response.status_code, problem=problem, **frame)
    shown.headers.update(HEADERS)  # a bug is answered outside of every middleware
    for name in ("retry-after", "x-request-id"):
        if name in response.headers:
            shown.headers[name] = response.headers[name]
    return shown


def _as_page(answer: Handler) -> Handler:
    async def answered(request: Request, error: Exception) -> Response:
        return page_instead(request, await answer(request, error))

    return answered
