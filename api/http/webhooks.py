"""
What webhooks carry, in the OpenAPI document: one of each event, with the headers of Standard Webhooks.

Nothing here answers: these are the requests that this service makes. `casework/delivery/webhook.py` sends them.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Header
from pydantic import BaseModel, Field, create_model

from api.schemas.events import EVENT_DATA
from api.schemas.propagation import EventOut
from casework.domain.events import EventType

_ID = Header(alias="webhook-id", description="The event's, the same at every attempt: take each once.")
_TIMESTAMP = Header(alias="webhook-timestamp", description="When it was signed, in seconds since 1970.")
_SIGNATURE = Header(
    alias="webhook-signature", description="`v1,` and base64; `verify_webhook` of the client checks it."
)


def describe_when_asked(app: FastAPI) -> None:
    """
    Describe every event there is, once somebody asks for the document: no server has to wait for that when it starts.

    Args:
        app: The application.
    """
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if not app.webhooks.routes:
            _describe(app.webhooks)
        return described()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way, "Extending OpenAPI" in its guide


def _describe(router: APIRouter) -> None:
    for event in EventType:
        router.add_api_route(
            event.value,
            _receiver(_body_of(event)),
            methods=["POST"],
            summary=f"An event: {event.value}",
            description="Sent at least once, in order for each takedown, until it is answered with 2xx.",
            status_code=204,
            responses={"default": {"description": "Anything else: it is sent again, later each time."}},
            tags=["propagation"],
        )


def _body_of(event: EventType) -> type[BaseModel]:
    """Return the schema of one event's message."""
    named = "".join(part.capitalize() for part in event.value.replace(".", "_").split("_"))
    kind: Any = (Literal[event], Field(description="What happened."))
    data: Any = (EVENT_DATA[event], Field(description="By name."))
    return create_model(
        f"{named}Event", __base__=EventOut, __doc__=f"What is sent of `{event.value}`.", type=kind, data=data
    )


def _receiver(body: type[BaseModel]) -> Callable[..., None]:
    """Return a function whose parameters are what a receiver gets."""

    def received(
        event: body,  # type: ignore[valid-type]
        webhook_id: Annotated[str, _ID],
        webhook_timestamp: Annotated[int, _TIMESTAMP],
        webhook_signature: Annotated[str, _SIGNATURE],
    ) -> None: ...

    return received
