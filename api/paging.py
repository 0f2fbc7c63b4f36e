"""How every list is paged: `?limit=&after=`, answered with `items` and `next`."""

from typing import Annotated

from fastapi import Query

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
After = Annotated[str | None, Query(description="The `next` of the page before.")]
