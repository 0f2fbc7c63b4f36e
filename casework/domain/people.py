"""
People who work in the console, and the time they are signed in.

Invariant: a person is never deleted, for histories name them; who may no longer sign in is disabled. Neither a password
nor what proves a session is kept: only a slow hash of the one, a fast one of the other, which has 256 random bits.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from casework.domain.actor import Actor, Role
from casework.domain.exposure import Budget
from casework.domain.ids import PersonId, SessionId


class Theme(StrEnum):
    """How bright pages are."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Veil(StrEnum):
    """What lies over a photo that a person asked to see, until they take it off."""

    BLUR = "blur"
    GREY = "grey"
    BLUR_GREY = "blur_grey"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Choices:
    """
    What a person chose for themselves.

    Args:
        photos: How many photos they are shown before a pause; None for no limit.

        pause_minutes: How long it is.
    """

    theme: Theme = Theme.SYSTEM
    veil: Veil = Veil.BLUR_GREY
    photos: int | None = 40
    pause_minutes: int = 10

    @property
    def budget(self) -> Budget:
        """How much they look at before they pause."""
        return Budget(self.photos, timedelta(minutes=self.pause_minutes))


@dataclass(frozen=True, slots=True)
class Person:
    """
    Somebody who signs in.

    Args:
        name: What they sign in with, and what histories show; unique, whatever its case.

        role: What they may do.

        password_hash: As argon2 writes it.

        disabled_at: From when on they are refused; None while they may sign in.

        signed_in_at: When they last did; None if they never did.

        subject: What an identity provider knows them by, and never gives to anybody else: its address, a space, and its
            name for them. None for whoever signs in with a password alone.
    """

    id: PersonId
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    password_set_at: datetime
    disabled_at: datetime | None = None
    signed_in_at: datetime | None = None
    choices: Choices = field(default_factory=Choices)
    subject: str | None = None

    @property
    def actor(self) -> Actor:
        """Who acts where this person is signed in."""
        return Actor(id=self.id, name=self.name, role=self.role, trusted=True)


@dataclass(frozen=True, slots=True)
class Session:
    """
    A person who is signed in, in one browser.

    Args:
        seen_at: When they last asked for something, to a minute.

        ends_at: When they have to sign in again, whatever they do.
    """

    id: SessionId
    person_id: PersonId
    token_hash: bytes
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime

    def is_over(self, now: datetime, *, idle: timedelta) -> bool:
        """Tell whether its end has come, or nobody has asked for anything for so long."""
        return now >= self.ends_at or now >= self.seen_at + idle


def folded(name: str) -> str:
    """Return what two names share that are the same to a reader: case, forms of letters and spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
