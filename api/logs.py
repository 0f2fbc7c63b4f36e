"""
How log lines are written: JSON for machines or coloured text for people, ours and those of libraries alike.

    time        RFC 3339, UTC                       event       what happened, always the same words
    level       info, warning, error, critical      process     its id
    request_id  as answered in `X-Request-Id`       trace_id    where traces are on

come with every line, the last two where there is a request. Whatever else a line says is named for what it is.
Invariant: ids, counts, versions and durations; never media, post text, reporter identity or whole signal values.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Literal, TextIO

import structlog

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the request that is being answered; threads that work for it inherit it."""

_SAY_AGAIN_S = 60.0

Words = structlog.typing.EventDict


def configure_logs(style: Literal["json", "console"]) -> None:
    """Set up structlog and the standard library's loggers to write to standard error alike."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="time")
    )
    every_line: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _add_context if style == "json" else _add_request,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*every_line, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up at each line, not kept: standard error may be another by then, as it is in tests.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *every_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one, _StandardError)]:
        root.removeHandler(earlier)
    root.addHandler(handler)


class Recurring:
    """
    Something that may go on for hours and is met many times a second: it is said at once, then once a minute.

    Args:
        event: What is said.

        log: What says it, with the fields that are given.

        clock: Seconds, monotonic.
    """

    def __init__(
        self, event: str, log: Callable[..., Any] | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._event = event
        self._log = log or structlog.get_logger().error
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: float | None = None
        self._say_at = 0.0
        self._unsaid = 0

    def met(self, **fields: object) -> None:
        """Note that it goes on; of those that are not said, the next line says how many there were."""
        now = self._clock()
        with self._lock:
            if self._begun is None:
                self._begun = now
            elif now < self._say_at:
                self._unsaid += 1
                return
            self._say_at = now + _SAY_AGAIN_S
            unsaid, self._unsaid = self._unsaid, 0
            since_s = round(now - self._begun)
        more = {"since_s": since_s, "unsaid": unsaid} if since_s or unsaid else {}
        self._log(self._event, **fields, **more)

    def over(self) -> None:
        """Note that it does not, or not any more: that is said once, if it was met."""
        if self._begun is None:  # the usual case costs nothing
            return
        with self._lock:
            begun, self._begun, self._unsaid = self._begun, None, 0
        if begun is not None:
            structlog.get_logger().info(f"over: {self._event}", after_s=round(self._clock() - begun))


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self, logging.WARNING)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Where it writes."""
        return sys.stderr


def add_to_each_line(fields: Callable[[], dict[str, str]]) -> Callable[[], None]:
    """Have more fields in every line from now on; return what ends that."""
    _more_fields.append(fields)
    return lambda: _more_fields.remove(fields)


_more_fields: list[Callable[[], dict[str, str]]] = []


def _add_request(_: object, __: str, line: Words) -> Words:
    request_id = REQUEST_ID.get()
    if request_id is not None:
        line["request_id"] = request_id
    for fields in _more_fields:
        line.update(fields())
    return line


def _add_context(logger: object, name: str, line: Words) -> Words:
    line["process"] = os.getpid()
    return _add_request(logger, name, line)
