"""
Taking hashes over from a file of others: they match from the commit on, hold what they match, and block nothing.

Invariant: what is on a list already is not put there again, so an import that was stopped is simply run again. What a
person took back stays taken back, whatever the list says later; only who deletes an entry, or has it erased, forgets
it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from casework.domain.actor import Actor
from casework.domain.facts import Facts
from casework.domain.media import SubmittedMedia
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.exchanging.importing import ImportedHashes, list_named, take_over
from casework.steps.exchanging.listed_hashes import LISTED_FACTS
from casework.steps.lock_takedowns import lock_takedowns


@dataclass(frozen=True, slots=True)
class ImportHashes:
    """
    Somebody takes hashes over.

    Args:
        actor: Who.

        source: Name of the list; it is made if there is none.

        media: At most about a thousand: they share a takedown.

        facts: What copies inherit; by default nothing is known of them.
    """

    actor: Actor
    source: str
    media: Sequence[SubmittedMedia]
    facts: Facts = LISTED_FACTS


def import_hashes(command: ImportHashes, uow: UnitOfWork, search: CandidateSearch) -> ImportedHashes:
    """
    Put hashes on a list, and let them match.

    Args:
        command: Who takes over what.

        uow: The transaction.

        search: Over the `protected` collection: what is never banked is left out.

    Raises:
        ListNameError: If the source is no name of a list.
    """
    lock_takedowns(uow)
    hash_list = list_named(command.source, uow)
    return take_over(hash_list, command.media, command.facts, command.actor, uow, search)
