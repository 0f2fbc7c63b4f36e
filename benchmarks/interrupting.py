"""Being told to stop: what was measured until then is kept, and every process that was started is ended."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def termination_like_ctrl_c() -> Iterator[None]:
    """Have `SIGTERM`, as `timeout` sends it, raise `KeyboardInterrupt` in the block; only in the main thread."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
