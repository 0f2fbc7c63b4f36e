"""
Pictures that were hashed a moment ago, so that the same bytes, sent again, need no decoding.

A platform that retries, or asks `/v1/check` and then `/v1/match`, sends one file several times within seconds. What the
file's signals are cannot have changed since; what they match may have, so the index is asked anew each time.

Invariant: a picture is found by the SHA-256 of all its bytes, by who sent it before, and for the features it was hashed
with; nobody learns, not even by how long it takes, what others send. Its bytes are not kept, nor a preview. What is
kept is in memory, for seconds, a bounded number of bytes, and is forgotten when anything is erased.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage
from matcher.signals.local import QueryFeatures

MOST_BYTES: Final = 64_000_000
"""Of all that is kept: some 200 pictures with what their parts are found by, or 30,000 without."""

_OVERHEAD_BYTES: Final = 2_000
_KEYPOINT_BYTES: Final = 16


class Sent(NamedTuple):
    """
    What tells one question about a picture from another.

    Args:
        actor_id: Who sent it.

        sha256: Of its bytes.

        features: Which local features were taken.
    """

    actor_id: str
    sha256: bytes
    features: Features


class HashedLately:
    """
    What was hashed within the last seconds. Safe from any thread.

    Args:
        keep_s: How long each is kept, from when it was hashed; 0 keeps none.

        now: A clock that never goes back, seconds.

        most_bytes: How much is held at most, about.
    """

    def __init__(
        self, keep_s: float, *, now: Callable[[], float] = time.monotonic, most_bytes: int = MOST_BYTES
    ) -> None:
        self._keep_s = keep_s
        self._now = now
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._hashed: OrderedDict[Sent, tuple[float, HashedImage]] = OrderedDict()
        self.size_bytes = 0

    def find(self, sent: Sent) -> HashedImage | None:
        """Return what was kept of the same bytes, if that was a moment ago."""
        with self._lock:
            self._forget_old()
            found = self._hashed.get(sent)
            return None if found is None else found[1]

    def keep(self, sent: Sent, hashed: HashedImage) -> None:
        """Keep a picture; one that moves, or that has a preview, is not kept."""
        if not self._keep_s or hashed.query.video is not None or hashed.preview is not None:
            return
        with self._lock:
            self._forget(sent)
            self._hashed[sent] = self._now(), hashed
            self.size_bytes += _size_of(hashed)
            self._forget_old()
            while self.size_bytes > self._most_bytes:
                self._forget(next(iter(self._hashed)))

    def forget_old(self) -> None:
        """Forget what was kept long enough; for whoever looks after this where nobody asks."""
        with self._lock:
            self._forget_old()

    def forget_everything(self) -> None:
        """Forget all there is."""
        with self._lock:
            self._hashed.clear()
            self.size_bytes = 0

    def _forget_old(self) -> None:
        until = self._now() - self._keep_s
        while self._hashed and next(iter(self._hashed.values()))[0] <= until:
            self._forget(next(iter(self._hashed)))

    def _forget(self, sent: Sent) -> None:
        found = self._hashed.pop(sent, None)
        if found is not None:
            self.size_bytes -= _size_of(found[1])


def _size_of(hashed: HashedImage) -> int:
    codes = sum(variants.codes.nbytes for variants in hashed.query.variants.values())
    signals = sum(len(signal.value) for signal in hashed.signals)
    return _OVERHEAD_BYTES + codes + signals + sum(_size_of_parts(one) for one in hashed.query.parts)


def _size_of_parts(features: QueryFeatures) -> int:
    return features.grey.nbytes + features.descriptors.nbytes + _KEYPOINT_BYTES * len(features.descriptors)
