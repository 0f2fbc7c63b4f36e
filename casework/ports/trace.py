"""
Which trace what is done now belongs to: what is written for later (messages, jobs) keeps it and is traced on.

Invariant: an id of nothing but a trace, as the W3C's Trace Context writes it; None where traces are off.
"""

from contextvars import ContextVar

TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""``"00-<32 hex: the trace>-<16 hex: the step>-<2 hex: whether it is kept>"``."""
