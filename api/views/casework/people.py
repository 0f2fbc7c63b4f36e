"""
Names of those who did something: a person's, a key's, or what an actor without a key is called.

Who may call it: the other views. These names never change, so each is read once an answer.
"""

from collections.abc import Mapping
from typing import Final

from api.schemas.casework.people import PersonOut
from casework.domain.actor import PUBLIC, SERVICE, policy_actor
from casework.domain.errors import NotFoundError
from casework.ports.unit_of_work import UnitOfWork

PERSON: Final = "per_"
"""What the ids of people begin with."""

_CALLED: Final[Mapping[str, str]] = {
    "receipt": "holder of the receipt",
    "cli": "{} at the command line",
    "policy": policy_actor("{}").name,
    PUBLIC.id: PUBLIC.name,
    SERVICE.id: SERVICE.name,
}
"""What an actor without a key is called, by the first part of its id; the rest of it stands in the braces."""


class People:
    """
    Names, each read once.

    Args:
        uow: To read.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._known: dict[str, PersonOut] = {}

    def named(self, actor_id: str) -> PersonOut:
        """Return who an actor's id stands for; one that nothing is known of is called by it."""
        if actor_id not in self._known:
            self._known[actor_id] = PersonOut(id=actor_id, name=self._name(actor_id))
        return self._known[actor_id]

    def maybe(self, actor_id: str | None) -> PersonOut | None:
        """Return who an actor's id stands for; None for nobody."""
        return None if actor_id is None else self.named(actor_id)

    def _name(self, actor_id: str) -> str:
        kind, _, rest = actor_id.partition(":")
        if kind in _CALLED:
            return _CALLED[kind].format(rest)
        try:
            return self._uow.people.get(actor_id).name if kind.startswith(PERSON) else self._uow.keys.get(actor_id).name
        except NotFoundError:
            return actor_id
