"""
An external check for media servers of the Fediverse: the file is the body; 2xx takes it, any other answer refuses it.

That is what pict-rs (behind Lemmy and others) asks of `external_validation`: point it to `http://127.0.0.1:8000/check`.
Nothing is stored; a takedown decided a moment ago is known.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from staydown_client import AsyncClient, ProblemError, StaydownError, Verdict

HOLDS_ARE_REFUSED = os.environ.get("REFUSE_HOLDS", "true") == "true"
"""There is no queue for a person here: what nobody is sure of is refused, unless you say otherwise."""


@asynccontextmanager
async def connected(app: FastAPI) -> AsyncIterator[None]:
    """Keep one client for all requests."""
    async with AsyncClient(os.environ["STAYDOWN_URL"], os.environ["STAYDOWN_KEY"]) as staydown:
        app.state.staydown = staydown
        yield


app = FastAPI(lifespan=connected)


@app.post("/check")
async def check(request: Request) -> Response:
    """Answer 204 to take the file, 451 to refuse it, 503 to have it sent again."""
    try:
        answer = await app.state.staydown.check(await request.body())
    except ProblemError as error:
        return Response(error.detail, status_code=error.status)
    except StaydownError:
        return Response("the check cannot be reached; try again", status_code=503)
    refused = answer.verdict is Verdict.BLOCK or (answer.verdict is Verdict.HOLD and HOLDS_ARE_REFUSED)
    return Response(status_code=451 if refused else 204)
