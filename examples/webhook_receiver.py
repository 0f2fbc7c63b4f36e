"""What a platform does when Staydown tells it of takedowns: believe signed events alone, act on each once."""

import os

from fastapi import FastAPI, HTTPException, Request, Response
from staydown_client import Event, WebhookError, verify_webhook

app = FastAPI()
seen: set[str] = set()  # yours: a table with a unique key
hidden: set[str] = set()  # yours: the state of your posts


@app.post("/staydown", status_code=204)
async def receive(request: Request) -> Response:
    """
    Take an event.

    Any answer of 2xx is the receipt; with anything else it comes again, for three days. So answer once it is stored.
    """
    try:
        event = verify_webhook(await request.body(), request.headers, os.environ["STAYDOWN_WEBHOOK_SECRET"])
    except WebhookError as error:
        raise HTTPException(401, str(error)) from error
    if event.id not in seen:
        act(event)
        seen.add(event.id)
    return Response(status_code=204)


def act(event: Event) -> None:
    """Hide or show a post of ours."""
    post = event.data.get("upload_id")
    if (event.type == "upload.matched" and event.data.get("verdict") != "allow") or event.type == "post.removed":
        hidden.add(post)
    elif event.type == "upload.reinstated":
        hidden.discard(post)
