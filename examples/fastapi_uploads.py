"""An upload service with FastAPI: every file is asked about before anybody sees it."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, File, Form, HTTPException, UploadFile
from staydown_client import AsyncClient, ProblemError, StaydownError, Verdict


@asynccontextmanager
async def connected(app: FastAPI) -> AsyncIterator[None]:
    """Keep one client for all requests: it keeps its connections open."""
    async with AsyncClient(os.environ["STAYDOWN_URL"], os.environ["STAYDOWN_KEY"]) as staydown:
        app.state.staydown = staydown
        yield


app = FastAPI(lifespan=connected)
published: dict[str, bytes] = {}  # yours: an object store
kept_back: dict[str, bytes] = {}  # the same, where nobody sees it


@app.post("/posts", status_code=201)
async def post(
    media: Annotated[UploadFile, File()], text: Annotated[str, Form()] = "", user: Annotated[str, Form()] = "user-1"
) -> dict[str, object]:
    """Take a post with a picture or a video; `user` is yours: who is signed in."""
    name = f"post-{uuid.uuid4()}"
    content = await media.read()
    try:
        answer = await app.state.staydown.upload(content, upload_id=name, uploader_id=user, post_text=text)
    except ProblemError as error:
        if error.status in (413, 415, 422):  # too large, or no picture or video that can be read: not ours to show
            raise HTTPException(error.status, error.detail) from error
        kept_back[name] = content
        return {"post": name, "state": "checking"}
    except StaydownError:  # nobody there: better late than never
        kept_back[name] = content
        return {"post": name, "state": "checking"}
    if answer.verdict is Verdict.BLOCK:
        raise HTTPException(451, {"reasons": answer.statement_of_reasons, "decision": answer.decision_id})
    if answer.verdict is Verdict.HOLD:
        kept_back[name] = content
        return {"post": name, "state": "a person looks at it"}
    published[name] = content
    return {"post": name, "state": "published"}
