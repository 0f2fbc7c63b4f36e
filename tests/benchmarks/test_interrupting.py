"""Whoever ends a benchmark, by Ctrl-C or by a signal, finds what it measured and no process of it."""

import signal

import pytest

from benchmarks.interrupting import termination_like_ctrl_c


def test_termination_interrupts_and_only_inside() -> None:
    """A benchmark that is killed outright would leave its servers running."""
    before = signal.getsignal(signal.SIGTERM)
    with termination_like_ctrl_c(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
