"""Whoever ends a benchmark, by Ctrl-C or by a signal, finds what it measured and no process of it."""

import os
import signal

import pytest

from benchmarks.interrupting import termination_like_ctrl_c


def test_termination_interrupts_and_only_inside() -> None:
    """A benchmark that is killed outright would leave its servers running."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), termination_like_ctrl_c():
        os.kill(os.getpid(), signal.SIGTERM)
        signal.sigtimedwait([], 5)
    assert signal.getsignal(signal.SIGTERM) is before
