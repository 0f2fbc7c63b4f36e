"""
What every module of routes and pages collects its addresses in.

Invariant: what holds for every address is said here, so a route stands in the application as it was declared. A plain
`APIRouter` that is included in an application is analysed again for it, route by route: a tenth of a second of each
process that starts.
"""

from enum import Enum
from typing import Final

from fastapi import APIRouter, Depends

from api.http.incoming.bodies import refuse_nul
from api.http.openapi import problem_answers

_PROBLEMS: Final = problem_answers()


class Router(APIRouter):
    """
    A router whose addresses take no character NUL, and are described with the errors that each may answer.

    Args:
        prefix: What its addresses begin with.

        tags: Of `TAGS`; under which they are described.

        include_in_schema: Whether they are described; pages are not.
    """

    def __init__(
        self, *, prefix: str = "", tags: list[str | Enum] | None = None, include_in_schema: bool = True
    ) -> None:
        super().__init__(
            prefix=prefix,
            tags=tags,
            include_in_schema=include_in_schema,
            dependencies=[Depends(refuse_nul)],
            responses=_PROBLEMS,
        )
