"""
Keys this process has looked up before, so that a request need not read them again.

Invariant: a key is found here by its hash alone, and only until anything changes about any key: whoever looks at the
record before each request says so (`forget`), and what is being read meanwhile is then not kept. Whether a key has
expired is for whoever finds it to ask, each time.
"""

import hashlib
import threading

from casework.domain.keys import ApiKey

MOST = 10_000


class KnownKeys:
    """Keys by the SHA-256 of what is presented. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[bytes, ApiKey] = {}
        self._changes = 0

    @property
    def changes(self) -> int:
        """How often keys changed; to be read before a key is looked up on the record, and passed to `keep`."""
        return self._changes

    def find(self, secret: str) -> ApiKey | None:
        """Return a key that was kept, or None."""
        return self._keys.get(_hash(secret))

    def keep(self, secret: str, key: ApiKey, *, as_of: int) -> None:
        """
        Remember a key.

        Args:
            secret: As it was presented; its hash is kept.

            key: What the record says of it.

            as_of: `changes` as it was before that was read; if any key changed since, nothing is kept.
        """
        with self._lock:
            if self._changes != as_of:
                return
            if len(self._keys) >= MOST:
                self._keys.clear()
            self._keys[_hash(secret)] = key

    def forget(self) -> None:
        """Forget all keys, for one of them changed."""
        with self._lock:
            self._changes += 1
            self._keys.clear()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
