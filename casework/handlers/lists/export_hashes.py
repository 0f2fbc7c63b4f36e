"""Noting that hashes were given to others: they are as sensitive as what they are of."""

from typing import Final

from casework.domain.actor import Actor
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record

EVERY_DECISION: Final = "takedowns"
"""What an export is about that is of no list: all that was decided here."""


def note_export(actor: Actor, uow: UnitOfWork, *, source: str | None, format_name: str, hashes: int) -> None:
    """
    Write a row of the audit log about an export.

    Args:
        actor: Who exported.

        uow: The transaction.

        source: The list; None for what was decided here.

        format_name: In which format.

        hashes: How many pieces of media.
    """
    record(uow, actor, "hashes:exported", source or EVERY_DECISION, format=format_name, hashes=hashes)
