"""
Traces: where the time of one request went, from the upload over the search to the last delivery.

    POST /v1/uploads    wait for a decoder, decode, search, commit
    POST …/decision     decide                                         the row of each message keeps the trace
    a worker            deliver, in the decision's trace; the receiver is sent `traceparent` and may go on with it

Off by default: `span` then does nothing, and OpenTelemetry's SDK and exporter are not imported (`otlp.py` alone does,
once `STAYDOWN_TRACES_ENDPOINT` is set; FastAPI imports the bare interface by itself).

Invariant: a span carries ids, counts, durations and words of ours; never media, text, identity or signal values, nor
what an exception says: `ATTRIBUTES` are all there are.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol, TypeAlias

Value: TypeAlias = str | int | float | bool

ATTRIBUTES: Final = frozenset(
    {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "staydown.attempt",
        "staydown.bytes",
        "staydown.case",
        "staydown.delivery",
        "staydown.destination",
        "staydown.event",
        "staydown.index_version",
        "staydown.items",
        "staydown.job",
        "staydown.kind",
        "staydown.matches",
        "staydown.outcome",
        "staydown.request_id",
        "staydown.verdict",
    }
)
"""Every attribute a span may have."""


class Span(Protocol):
    """One step of a trace, while it is done."""

    def note(self, **attributes: Value) -> None:
        """Add what became known on the way, by the last part of its name: ``note(matches=2)``."""


Opener: TypeAlias = Callable[..., AbstractContextManager[Span]]


class _Nothing:
    def note(self, **attributes: Value) -> None:
        """Do nothing."""


_NO_SPAN: Final = nullcontext[Span](_Nothing())
_open: list[Opener] = []


def span(name: str, *, parent: str | None = None, **attributes: Value) -> AbstractContextManager[Span]:
    """
    Trace a block as one step; where traces are off, do nothing.

    Args:
        name: What is done: ``"decode"``.

        parent: The `traceparent` it belongs to; the step around it if left out.

        attributes: What is known of it, by the last part of its name in `ATTRIBUTES`.
    """
    return _open[-1](name, parent, attributes) if _open else _NO_SPAN


def is_on() -> bool:
    """Tell whether traces are on."""
    return bool(_open)


def use(opener: Opener) -> Callable[[], None]:
    """Open spans by a function from now on; return what ends that."""
    _open.append(opener)
    return lambda: _open.remove(opener)
