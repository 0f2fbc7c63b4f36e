"""
When a takedown matches far more people than its like, and so stops acting by itself until a person has looked.

A logo, an app's frame or a popular photo that was reported as if it were private media matches hundreds of strangers;
so does real abuse that goes viral. Numbers cannot tell these apart and a person with the pictures can. So nothing is
let go here: copies are held as before, only that a block needs a person again, and all of them are one case.

Pure: the step measures, this says whether it is too many. Invariant: it only ever takes automation away.
"""

from dataclasses import dataclass
from datetime import timedelta

FLOOD_WINDOW = timedelta(hours=24)
"""People are counted over this time: what spreads over a year is not a flood."""

FAR_MORE = 3
"""How many times as many people as its like a takedown must match, where the like of it match many too."""

LIKE_SHARE = 0.9
"""Share (0..1) of takedowns banked alike, that matched anybody, that matched fewer people than "its like" says."""

AFTER_LIFT = 4
"""Once a person has said that it is what it seems, how many times as many people make them look again."""


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """
    How many people one takedown may match within `FLOOD_WINDOW` and still act by itself.

    Args:
        uploaders: Distinct people (inclusive): as many as one reviewer may take down alone. 0 for any number.
    """

    uploaders: int = 25

    def most(self, *, like: int, agreed: int) -> int:
        """
        Return how many people one takedown may match.

        Args:
            like: How many its like match.

            agreed: How many a person has agreed to for this one; 0 if nobody was asked.
        """
        return max(self.uploaders, FAR_MORE * like, agreed)


DEFAULT_FLOOD = FloodLimits()


def flood_reason(uploaders: int, *, like: int, most: int) -> str | None:
    """
    Say why a takedown stops acting by itself, or None if it goes on.

    Args:
        uploaders: Distinct people whose uploads it matched within the window.

        like: How many its like match.

        most: How many it may match: `FloodLimits.most`.
    """
    if uploaders <= most:
        return None
    hours = round(FLOOD_WINDOW.total_seconds() / 3600)
    return (
        f"It matched uploads by {uploaders} people within {hours} hours; {most} are expected at most, "
        f"and nine in ten takedowns like it match {like} or fewer. It may be a logo, a frame or a popular picture, or "
        "abuse that spreads. Nothing acts by itself on it until a person has looked."
    )
