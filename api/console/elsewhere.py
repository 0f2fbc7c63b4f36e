"""Addresses below `/console` at which there is nothing: said within the frame of its pages, to whoever is signed in."""

from fastapi import Response

from api.console.door import Reading
from api.http.routers import Router
from casework.domain.errors import NotFoundError

router = Router(include_in_schema=False)


@router.get("/console/{path:path}")
def nothing_here(path: str, _: Reading) -> Response:
    """
    Lead back; it is the last route that is asked.

    Raises:
        NotFoundError: Always.
    """
    message = f"the console has no page {path!r}; the bar above leads to those there are"
    raise NotFoundError(message)
