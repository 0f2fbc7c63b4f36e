"""How every list is paged: `?limit=&after=`, answered with `items` and `next`."""

from typing import Annotated

from fastapi import Query

from casework.domain.errors import CursorError

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
After = Annotated[str | None, Query(description="The `next` of the page before.")]

_MAX_DIGITS = 18


def position_after(cursor: str | None) -> int:
    """
    Read the cursor of a list that is paged by position; 0 at its beginning.

    Raises:
        CursorError: If no such list gave it.
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > _MAX_DIGITS:
        message = f"{cursor!r} is not a cursor of this list; pass the one an earlier page gave"
        raise CursorError(message)
    return int(cursor)
