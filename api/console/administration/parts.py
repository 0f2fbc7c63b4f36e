"""The parts of the settings, one row each; a visitor is shown those that they may open."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.door import Visitor, signed_in_with
from api.console.tabs import ListTab
from api.http.problems import problem_of
from api.http.routers import Router
from api.pages.templates import page
from api.security.permissions import Permission

router = Router(include_in_schema=False)

ADDRESS: Final = "/console/settings"

Entering = Annotated[Visitor, Depends(signed_in_with(Permission.PROTECTED_READ))]


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part of the settings.

    Args:
        name: As its tab says.

        path: The last piece of its address.

        permission: What whoever opens it must be allowed to do.

        words: What it is for.
    """

    name: str
    path: str
    permission: Permission
    words: str

    @property
    def address(self) -> str:
        """Where it is."""
        return f"{ADDRESS}/{self.path}"


PEOPLE: Final = Part("People", "people", Permission.KEY_READ, "who signs in here")
KEYS: Final = Part("Keys", "keys", Permission.KEY_READ, "programs, and how much they may ask")
DESTINATIONS: Final = Part("Destinations", "destinations", Permission.DESTINATION_READ, "systems that are told")
NEVER_BANK: Final = Part("Never banked", "never-bank", Permission.PROTECTED_READ, "templates, logos, blanks")
PROTECTED: Final = Part("Protected", "protected", Permission.PROTECTED_READ, "newsworthy media")
KNOWN_PAIRS: Final = Part("Known pairs", "known-pairs", Permission.DECISION_APPROVE, "shown now and then, to learn")

PARTS: Final = (PEOPLE, KEYS, DESTINATIONS, NEVER_BANK, PROTECTED, KNOWN_PAIRS)


@router.get(ADDRESS)
def enter(visitor: Entering) -> Response:
    """Lead to the first part that the visitor may open."""
    first = next(one for one in PARTS if visitor.may(one.permission))
    return RedirectResponse(first.address, status_code=303)


def show_part(
    request: Request,
    part: Part,
    visitor: Visitor,
    *,
    error: Exception | None = None,
    status: int = 200,
    **shown: object,
) -> HTMLResponse:
    """
    Show a part of the settings.

    Args:
        request: What is answered.

        part: Which.

        visitor: Who looks.

        error: Why what was sent could not be done; it is said above the page, with the status the API would answer.

        status: HTTP status where nothing went wrong.

        shown: What its template shows.
    """
    if error is not None:
        known = problem_of(error)
        status = 422 if known is None else known.status
    said = None if error is None else str(error)
    parts = [one for one in PARTS if visitor.may(one.permission)]
    return page(
        request,
        f"console/administration/{part.path.replace('-', '_')}.html",
        status=status,
        visitor=visitor,
        tabs=[ListTab(one.name, one.address, one is part, words=one.words) for one in parts],
        here=part.address,
        problem=None if said is None else f"{said[:1].upper()}{said[1:]}.",
        **shown,
    )
