"""Turning traces on for a process, where the operator wants them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from api.errors import SettingsError
from api.settings import Settings


@contextmanager
def traced(settings: Settings) -> Iterator[None]:
    """
    Send traces for the block, if `STAYDOWN_TRACES_ENDPOINT` says where to; else do nothing, and import nothing.

    Raises:
        SettingsError: If OpenTelemetry is not installed.
    """
    if not settings.traces_endpoint:
        yield
        return
    try:
        from api.telemetry.otlp import Traces
    except ImportError as error:
        message = (
            f"STAYDOWN_TRACES_ENDPOINT: {error.name} is not installed; "
            "install staydown[telemetry], or leave the setting out"
        )
        raise SettingsError(message) from error
    with closing(Traces(settings.traces_endpoint, share=settings.traces_share)):
        yield
