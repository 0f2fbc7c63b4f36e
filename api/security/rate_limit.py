"""How often one address may use the public notice form: a moving window an hour, in this process's memory."""

import math
import time

from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class PublicRateLimit:
    """
    Counts requests by address.

    Args:
        per_hour: How many are allowed.
    """

    def __init__(self, per_hour: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._item = RateLimitItemPerHour(per_hour)

    def allow(self, address: str) -> bool:
        """Count one request, and tell whether it is within the limit."""
        return self._limiter.hit(self._item, "public", address)

    def retry_after_s(self, address: str) -> int:
        """Return in how many seconds an address that is over the limit may come again, at least 1."""
        return max(1, math.ceil(self._limiter.get_window_stats(self._item, "public", address).reset_time - time.time()))
