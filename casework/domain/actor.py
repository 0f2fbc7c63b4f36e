"""
Who acts: a person or program with a role, or the policy itself at a named version.

Invariant: every decision, audit row and index change names one. Nothing is done by nobody.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an actor may do: each role has permissions."""

    PIPELINE = "pipeline"
    INTAKE = "intake"
    MODERATOR = "moderator"
    SENIOR = "senior"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PUBLIC = "public"
    POLICY = "policy"


CONSOLE_ROLES = (Role.MODERATOR, Role.SENIOR, Role.ADMIN, Role.AUDITOR)
"""Those that have something to do in the console."""


@dataclass(frozen=True, slots=True)
class Actor:
    """
    Who is asking or deciding.

    Args:
        id: The id of the bearer's first key, ``"public"`` for a report without a key, or ``"policy:<version>"``.

        name: What a person reads in the history of a case.

        role: What it may do.

        trusted: Whether a pipeline may see distances and regions, which would help an attacker.

        paused: Whether its questions are refused, for it asked many around one reference.

        is_operator: Whether it is the person at the machine itself, who could make any number of keys: where two people
            must agree because one reported, they need no second one.
    """

    id: str
    name: str
    role: Role
    trusted: bool = False
    paused: bool = False
    is_operator: bool = False

    @property
    def sees_only_own(self) -> bool:
        """Whether it knows of no uploads, and follows no events, but its own and the operator's: a pipeline."""
        return self.role is Role.PIPELINE

    @property
    def is_reviewer(self) -> bool:
        """Whether what it finds out about a case counts as found out: it works on cases."""
        return self.role in (Role.MODERATOR, Role.SENIOR, Role.ADMIN)


PUBLIC = Actor(id="public", name="public notice form", role=Role.PUBLIC)


SERVICE = Actor(id="service", name="the service itself", role=Role.POLICY)
"""Of what the service does because its time has come: nobody decides anything there."""


def policy_actor(version: str) -> Actor:
    """Return the actor of what the policy does by itself."""
    return Actor(id=f"policy:{version}", name=f"policy {version}", role=Role.POLICY)
