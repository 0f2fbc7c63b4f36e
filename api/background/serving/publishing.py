"""Publishing metrics: every two seconds what this process counted joins what the others did."""

import threading
from typing import Self

import structlog

from api.http.watching.watched import Watched

log = structlog.get_logger()

INTERVAL_S = 2.0


class Publishing:
    """
    A thread that publishes until the `with` block ends.

    Args:
        watched: The figures of this process.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics")

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; what is left is published when the service closes."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watched.publish()
            except Exception:  # whatever it is, this thread must live to try again
                log.exception("metrics were not published; they will be")
            self._stop.wait(INTERVAL_S)
