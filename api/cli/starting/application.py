"""What uvicorn imports in each process that serves: nothing but the way to the application."""

from typing import TYPE_CHECKING

from api.cli.starting.heaps import keep_memory_small
from api.cli.starting.later import loaded

if TYPE_CHECKING:
    from fastapi import FastAPI


def create() -> "FastAPI":
    """Import and build the application of `api/app.py`."""
    keep_memory_small()
    application: FastAPI = loaded("api.app").create_app(ready=loaded("api.http.border.pauses").keep_pauses_short)
    return application
