"""
Traces over OTLP, by OpenTelemetry: the only file that imports it.

Invariant: what a caller sends may join our spans to its trace, and no more: its `tracestate` is not taken, and its flag
that the trace be kept is answered by our own share. Where the collector is away spans are dropped, and nothing waits.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from api.logs import add_to_each_line
from api.telemetry import ATTRIBUTES, Span, Value, use
from casework.ports.trace import TRACEPARENT

_KINDS = {"request": SpanKind.SERVER, "deliver": SpanKind.CLIENT, "job": SpanKind.CONSUMER}
_COMPLAIN_EVERY_S = 60.0
_PROPAGATOR = TraceContextTextMapPropagator()


class Traces:
    """
    Spans of this process, on their way to a collector; on from the moment it is made until it is closed.

    Args:
        exporter: Where they go; over OTLP/HTTP to an address if it is text.

        share: Of traces that are kept, 0..1; those that begin here and those of callers alike.
    """

    def __init__(self, exporter: SpanExporter | str, *, share: float = 1.0) -> None:
        if isinstance(exporter, str):
            exporter = OTLPSpanExporter(endpoint=exporter)
        kept = TraceIdRatioBased(share)
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "staydown", "service.version": version("staydown")}),
            sampler=ParentBased(kept, remote_parent_sampled=kept, remote_parent_not_sampled=ALWAYS_OFF),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("staydown")
        self._stop_using = use(self._span)
        self._stop_naming = add_to_each_line(_ids_of_span)
        _complain_less()

    def close(self) -> None:
        """Send what is left; spans are nothing again."""
        self._stop_using()
        self._stop_naming()
        self._provider.shutdown()

    @contextmanager
    def _span(self, name: str, parent: str | None, attributes: Mapping[str, Value]) -> Iterator[Span]:
        around = _PROPAGATOR.extract({"traceparent": parent}) if parent else context.get_current()
        kind = _KINDS.get(name, SpanKind.INTERNAL)
        opened = self._tracer.start_span(name, context=around, kind=kind)
        step = _Step(opened)
        step.note(**attributes)
        attached = context.attach(trace.set_span_in_context(opened, around))
        ours = TRACEPARENT.set(_traceparent())
        try:
            yield step
        except BaseException as error:
            opened.set_status(Status(StatusCode.ERROR, type(error).__name__))  # never what it says
            raise
        finally:
            TRACEPARENT.reset(ours)
            context.detach(attached)
            opened.end()


class _Step:
    """A span that takes the attributes there are."""

    def __init__(self, opened: trace.Span) -> None:
        self._opened = opened

    def note(self, **attributes: Value) -> None:
        """Set attributes, by the last part of their names."""
        for name, value in attributes.items():
            self._opened.set_attribute(_NAMES[name], value)
        if "route" in attributes:  # known once the request was routed
            self._opened.update_name(f"{attributes['method']} {attributes['route']}")


_NAMES = {
    **{name.removeprefix("staydown."): name for name in ATTRIBUTES if name.startswith("staydown.")},
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
}


def _traceparent() -> str | None:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def _ids_of_span() -> dict[str, str]:
    ids = trace.get_current_span().get_span_context()
    if not ids.is_valid:
        return {}
    return {"trace_id": trace.format_trace_id(ids.trace_id), "span_id": trace.format_span_id(ids.span_id)}


def _complain_less() -> None:
    """Let the library say once a minute that the collector is away, not at every try."""
    for name in ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.sdk._shared_internal"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, _OnceAMinute) for one in logger.filters):
            logger.addFilter(_OnceAMinute())


class _OnceAMinute(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._again_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass the first record of a minute."""
        now = time.monotonic()
        if now < self._again_at:
            return False
        self._again_at = now + _COMPLAIN_EVERY_S
        return True
