"""
A list of hashes that came from others, and what is on it: a file that was imported, or a bank that a program fills.

    list (its name is the source)  1 ── n  entry  n ── 1  takedown in state `imported`, or `paused`

Hashes that are imported together share a takedown, which holds what it matches and blocks nothing: what is on a list is
somebody else's finding. Who upholds a copy makes a takedown of its own, which is on no list.

Invariant: an entry's media is a reference of its takedown, and in the index, exactly while neither is it disabled nor
the takedown taken back.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from casework.domain.errors import ListNameError
from casework.domain.ids import HashListId, MediaId, TakedownId
from matcher.signals.base import Signal

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class HashList:
    """
    A list.

    Args:
        id: Its identifier.

        name: Unique; what cases name as the source.

        enabled_ratio: 0..1: with what probability a look-up of the drop-in for HMA sees it; at 0 nothing on it matches
            anywhere.

        created_at: When.
    """

    id: HashListId
    name: str
    enabled_ratio: float
    created_at: datetime

    @property
    def is_matched(self) -> bool:
        """Whether what is on it is matched at all."""
        return self.enabled_ratio > 0


@dataclass(frozen=True, slots=True)
class ListEntry:
    """
    One thing on a list.

    Args:
        id: Numbered over all lists; never given twice.

        list_id: Its list.

        takedown_id: Of the hashes it was imported with.

        media_id: Its signals.

        added_at: When.

        key: 16 bytes that tell it from others, so that a file read twice adds nothing; None for what a program added,
            which may be there twice.

        disabled: Whether it is not matched for now.

        disabled_until: Until when; None until somebody enables it.

        note: What somebody wrote about it.

        uri: Where the original is, as somebody said.
    """

    id: int
    list_id: HashListId
    takedown_id: TakedownId
    media_id: MediaId
    added_at: datetime
    key: bytes | None = None
    disabled: bool = False
    disabled_until: datetime | None = None
    note: str | None = None
    uri: str | None = None

    def enabled_again(self) -> "ListEntry":
        """Return it as one that is matched."""
        return replace(self, disabled=False, disabled_until=None)


def is_name(text: str) -> bool:
    """Tell whether a list may be called so. PostgreSQL takes not every other text: one with a NUL is an error."""
    return _NAME.fullmatch(text) is not None


def named(text: str) -> str:
    """
    Take a text as the name of a list.

    Raises:
        ListNameError: If it is none.
    """
    if not is_name(text):
        message = (
            f"a list's name is 1 to 64 letters, digits, underscores, dots and hyphens and begins with a letter or a "
            f"digit, not {text[:80]!r}"
        )
        raise ListNameError(message)
    return text


def key_of(signals: Sequence[Signal]) -> bytes:
    """Return what tells an entry from others of its list: 16 bytes of a digest of its signals."""
    digest = hashlib.blake2b(digest_size=16)
    ordered = signals if len(signals) == 1 else sorted(signals, key=lambda one: (one.type, one.value))
    for signal in ordered:
        digest.update(signal.type.encode() + b"\0" + signal.value)
    return digest.digest()
