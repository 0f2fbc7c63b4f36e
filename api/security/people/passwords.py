"""
Passwords: what is taken for one, and its slow hash.

Argon2id as RFC 9106 recommends it where memory is short, at the settings below: 32 MiB and about 60 ms a try. Two are
worked out at once at most, so that a flood of sign-ins takes neither the machine's memory nor all of its cores.
"""

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import BodyError

SHORTEST, LONGEST = 12, 200
"""Characters. A limit at the long end, for a hash of a megabyte would be one of its cost."""

_FEWEST_DIFFERENT: Final = 5
_AT_ONCE: Final = threading.BoundedSemaphore(2)

_hasher: Final = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)


def require_good(password: str, *, name: str) -> None:
    """
    Refuse what is guessed first.

    Raises:
        BodyError: Saying what is expected.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"a password of {SHORTEST} to {LONGEST} characters is expected, not of {len(password)}"
        raise BodyError(message, field="password")
    if len(set(password)) < _FEWEST_DIFFERENT:
        message = f"a password with at least {_FEWEST_DIFFERENT} different characters is expected"
        raise BodyError(message, field="password")
    if name.casefold() in password.casefold() and len(password) - len(name) < SHORTEST // 2:
        message = "a password that is not the name is expected; several unusual words are easy to keep in mind"
        raise BodyError(message, field="password")


def hash_of(password: str) -> str:
    """Return the hash of a password, with the settings it was made at."""
    with _AT_ONCE:
        return _hasher.hash(password)


def is_right(password: str, password_hash: str) -> bool:
    """Tell whether a password has this hash."""
    with _AT_ONCE:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made at other settings than those above."""
    return _hasher.check_needs_rehash(password_hash)


NOBODYS: Final = "$argon2id$v=19$m=32768,t=3,p=1$icdu5pPp+JzOusUVmJpLTQ$IgqegEUy3Rurd1At0VCeTCcjPMoQW0LYcVn/wIqFR24"
"""A hash that no password has: a name that nobody has takes as long to refuse as a wrong password."""
