"""
How log lines are written: JSON for machines or coloured text for people.

Invariant: ids, counts, versions and durations; never media, post text, reporter identity or whole signal values.
"""

import logging
import sys
from typing import Literal

import structlog


def configure_logs(style: Literal["json", "console"]) -> None:
    """Set up structlog and the standard library's loggers to write to standard error alike."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up at each line, not kept: standard error may be another by then, as it is in tests.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
