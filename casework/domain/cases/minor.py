"""
That the person depicted may be under 18: known of a case, and no fact of the policy.

The policy speaks of adults. What is known here takes a case out of it, so no rule asks for it. It is sent like a fact,
under the name `minor`, wherever facts are.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from casework.domain.errors import FactProblem, FactValueError

MINOR: Final = "minor"
"""The name under which it is stated beside facts."""


class MinorBy(StrEnum):
    """
    How it is known.

    Attributes:
        WORDS: Somebody's words look like it; nobody has read them yet.

        STATED: Whoever reports said so.

        ESTABLISHED: Somebody who works on cases found it.
    """

    WORDS = "words"
    STATED = "stated"
    ESTABLISHED = "established"


def split_minor(stated: Mapping[str, object]) -> tuple[dict[str, object], bool | None]:
    """
    Take what is said of the person's age out of what is stated as facts.

    Returns:
        The facts of the policy, and whether the person is said to be under age; None where nothing is said.

    Raises:
        FactValueError: If it is neither true nor false.
    """
    facts = dict(stated)
    if MINOR not in facts:
        return facts, None
    said = facts.pop(MINOR)
    if not isinstance(said, bool):
        raise FactValueError([FactProblem(MINOR, f"must be true or false, not {said!r}")])
    return facts, said
