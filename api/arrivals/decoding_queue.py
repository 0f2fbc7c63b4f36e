"""
Whose file is decoded next: a bounded, fair queue before the processes that decode.

A file waits here as a coroutine: it takes up no thread, and nothing that needs no decoding waits behind it. Of the
keys with files waiting, the one whose files took the fewest seconds lately goes first; within a key, the oldest file.

Invariant: one key never has all seats, files that may take long (`may_move`) never have all but one where other keys
are about, and no queue grows without end: who comes too much is told at once when to come again. Used on one event
loop alone.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from anyio import CapacityLimiter

from api.errors import TooManyRequestsError
from api.metrics.catalogue import DECODE_REFUSALS, DECODE_WAIT_SECONDS

LATELY_S = 60.0
"""What a key used is half forgotten after so long; so long, too, a key counts as being about."""

_FIRST_GUESS_S = 0.2
_MOST_S = 60
_WEIGHT = 0.1
"""Of the newest file in the mean time of one file."""


@dataclass(slots=True)
class _Waiter:
    slow: bool
    called: asyncio.Future[None]


@dataclass(slots=True)
class _Key:
    """What one key has here."""

    waiting: deque[_Waiter] = field(default_factory=deque)
    running: int = 0
    used_s: float = 0.0
    as_of: float = -math.inf

    def used_lately(self, now: float) -> float:
        """Seconds, of which half are forgotten every `LATELY_S`."""
        return self.used_s * math.exp2(-(now - self.as_of) / LATELY_S) if self.used_s else 0.0


class DecodingQueue:
    """
    The seats of one kind of decoder, and who waits for them.

    Args:
        seats: How many files one key may have decoded at once.

        spare: How many more there are, which no key that has `seats` and no file that may take long can have.

        waiting_per_key: How many files of one key may wait; a trusted key is held to `waiting` alone.

        waiting: How many may wait in all. Beyond, the key with the most waiting loses its newest.

        kind: Of files, for `/metrics`: ``"picture"`` or ``"video"``.

        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        *,
        seats: int,
        spare: int,
        waiting_per_key: int,
        waiting: int,
        kind: str = "picture",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.threads = CapacityLimiter(seats + spare)
        self._seats = seats
        self._spare = spare
        self._waiting_per_key = waiting_per_key
        self._waiting = waiting
        self._kind = kind
        self._clock = clock
        self._keys: dict[str, _Key] = {}
        self._running = 0
        self._running_slow = 0
        self._mean_s = _FIRST_GUESS_S

    @asynccontextmanager
    async def seat(self, key: str, *, trusted: bool = False, slow: bool = False) -> AsyncIterator[None]:
        """
        Wait for a seat, and have it for the block.

        Args:
            key: Whose file it is.

            trusted: Whether the key may have as many waiting as there is room for.

            slow: Whether the file may take long.

        Raises:
            TooManyRequestsError: If too many are waiting; also while it waits, if it gives way to another key.
        """
        self.refuse_if_full(key, trusted=trusted)
        waiter = self._enter(key, slow=slow)
        came = self._clock()
        try:
            self._call_next()
            await waiter.called
        except BaseException:
            self._leave(key, waiter)
            raise
        begun = self._clock()
        DECODE_WAIT_SECONDS.note(begun - came, self._kind)
        try:
            yield
        finally:
            self._free(key, waiter, self._clock() - begun)

    @property
    def waiting(self) -> int:
        """How many files wait for a seat."""
        return sum(len(key.waiting) for key in tuple(self._keys.values()))

    @property
    def running(self) -> int:
        """How many have one."""
        return self._running

    def refuse_if_full(self, key: str, *, trusted: bool = False) -> None:
        """
        See whether one more file of a key may wait.

        Raises:
            TooManyRequestsError: If too many of its files do, or too many in all and none has more than this one.
        """
        mine = len(self._keys[key].waiting) if key in self._keys else 0
        if mine >= (self._waiting if trusted else self._waiting_per_key):
            raise self._too_many(mine, f"{mine} files of this key wait to be decoded, and no more may")
        if sum(len(one.waiting) for one in self._keys.values()) < self._waiting:
            return
        if mine + 1 >= max(len(one.waiting) for one in self._keys.values()):
            raise self._too_many(self._waiting, f"{self._waiting} files wait to be decoded, and no more may")

    def _enter(self, key: str, *, slow: bool) -> _Waiter:
        if sum(len(one.waiting) for one in self._keys.values()) >= self._waiting:
            longest = max(self._keys.values(), key=lambda one: len(one.waiting))
            message = "files of other keys wait to be decoded, and more of this key than of any other; it gave way"
            newest = longest.waiting.pop().called
            if not newest.done():
                newest.set_exception(self._too_many(self._waiting, message))
        waiter = _Waiter(slow, asyncio.get_running_loop().create_future())
        self._keys.setdefault(key, _Key()).waiting.append(waiter)
        return waiter

    def _call_next(self) -> None:
        """Give every free seat to the next in turn."""
        while (found := self._next()) is not None:
            key, waiter = found
            key.waiting.remove(waiter)
            if waiter.called.done():  # its client has just hung up
                continue
            key.running += 1
            self._running += 1
            self._running_slow += waiter.slow
            waiter.called.set_result(None)

    def _next(self) -> tuple[_Key, _Waiter] | None:
        now = self._clock()
        free = self._seats + self._spare - self._running
        if free <= 0:
            return None
        able = [
            (key, waiter)
            for key in self._keys.values()
            if key.waiting and (waiter := self._first_to_sit(key, free, now)) is not None
        ]
        return min(able, key=lambda one: (one[0].used_lately(now), one[0].running), default=None)

    def _first_to_sit(self, key: _Key, free: int, now: float) -> _Waiter | None:
        """Return the oldest file of a key that may have a seat now: one that may take long lets others pass."""
        if key.running >= self._seats:
            return None
        alone = not any(other is not key and self._is_about(other, now) for other in self._keys.values())
        for_slow = self._seats if alone or not self._spare else max(1, self._seats - 1)
        slow_may = free > self._spare and self._running_slow < for_slow
        return next((waiter for waiter in key.waiting if slow_may or not waiter.slow), None)

    def _is_about(self, key: _Key, now: float) -> bool:
        return bool(key.running or key.waiting) or now - key.as_of < LATELY_S

    def _leave(self, key: str, waiter: _Waiter) -> None:
        """Give up a place, or the seat that came just before."""
        found = self._keys.get(key)  # none where it was called, and hung up, in the turn its key was forgotten in
        if found is not None and waiter in found.waiting:
            found.waiting.remove(waiter)
        elif waiter.called.done() and not waiter.called.cancelled() and waiter.called.exception() is None:
            self._free(key, waiter, 0.0)
        self._forget_old()
        self._call_next()

    def _free(self, key: str, waiter: _Waiter, took_s: float) -> None:
        now, found = self._clock(), self._keys[key]
        found.used_s, found.as_of = found.used_lately(now) + took_s, now
        found.running -= 1
        self._running -= 1
        self._running_slow -= waiter.slow
        self._mean_s += _WEIGHT * (took_s - self._mean_s)
        self._forget_old()
        self._call_next()

    def _forget_old(self) -> None:
        now = self._clock()
        self._keys = {
            name: key for name, key in self._keys.items() if self._is_about(key, now) or key.used_lately(now) > 1
        }

    def _too_many(self, before: int, message: str) -> TooManyRequestsError:
        DECODE_REFUSALS.add(self._kind)
        again_s = min(_MOST_S, max(1, math.ceil(before * self._mean_s / self._seats)))
        return TooManyRequestsError(f"{message}; try again in {again_s} s", retry_after_s=again_s)
