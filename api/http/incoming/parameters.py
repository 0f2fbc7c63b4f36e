"""
Parameters of an address that nobody knows: refused, since a list that leaves out a misspelt filter shows too much.

Who may call it: routes, by `dependencies=[Depends(only_known_parameters)]`.
"""

from difflib import get_close_matches

from fastapi import Request
from fastapi.dependencies.models import Dependant

from api.errors import BodyError


async def only_known_parameters(request: Request) -> None:
    """
    Refuse a query with a parameter that its address does not take.

    Raises:
        BodyError: Naming it, the nearest that is taken, and all that are.
    """
    known = parameters_of(request.scope["route"].dependant)
    for name in request.query_params:
        if name not in known:
            near = "".join(f" (did you mean {one!r}?)" for one in get_close_matches(name, known, n=1))
            message = f"there is no parameter {name!r}{near}; this address takes {', '.join(known)}"
            raise BodyError(message, field=name)


def parameters_of(dependant: Dependant) -> list[str]:
    """List the names of the query parameters that a route and what it depends on take."""
    found = [one.alias for one in dependant.query_params]
    found += [name for one in dependant.dependencies for name in parameters_of(one)]
    return list(dict.fromkeys(found))
