"""
Photos that were seen before: the next case of the same takedown says so, and asks before it shows them again.

Invariant: it says whether somebody has looked, never who. Nothing is refused here: whoever says why is shown the photo.
"""

from dataclasses import dataclass
from typing import Final

from api.console.door import Visitor
from api.steps.drawings import Sides
from casework.domain.exposure import drawing_suffices
from casework.ports.unit_of_work import UnitOfWork

REASONS: Final = {
    "unclear": "the drawing is unclear",
    "context": "the context has to be judged",
    "other": "another reason",
}
"""Why a photo is shown again, by the word a form sends."""


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What was seen before of two sides whose drawings suffice.

    Args:
        by_visitor: Whether whoever looks has seen it; else somebody else has.
    """

    by_visitor: bool


def seen_before(sides: Sides, visitor: Visitor, uow: UnitOfWork) -> Seen | None:
    """
    Tell whether the removed photo was seen before, or, by the visitor, the uploaded one.

    Returns:
        None where nobody has, or the drawing does not suffice.
    """
    if sides.match is None or not drawing_suffices(sides.match.strength):
        return None
    people = uow.media_views.people([one for one in (sides.original, sides.copy) if one is not None])
    of_original = set() if sides.original is None else people.get(sides.original, set())
    by_visitor = any(visitor.actor.id in seen for seen in people.values())
    return Seen(by_visitor) if by_visitor or of_original else None
