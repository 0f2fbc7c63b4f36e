"""Questions that store nothing: over the record or, while it is away and the operator allows it, over the copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from api.bootstrap import Service
from casework.handlers.matching import Answer, Question, answer
from casework.handlers.stale import answer_from_copy


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What questions were answered.

    Args:
        answers: One a question, in order.

        stale: Whether they are as of what this process had followed when the database went away.
    """

    answers: list[Answer]
    stale: bool


def ask(service: Service, questions: Sequence[Question]) -> Asked:
    """Answer several questions at one version of the index."""

    def live() -> Asked:
        with service.reading() as uow:
            return Asked(answer(questions, uow, service.replica), stale=False)

    def stale(copy: Engine) -> Asked:
        with service.standby.reading(copy) as uow:
            return Asked(answer_from_copy(questions, uow, service.replica.as_applied), stale=True)

    return service.standby.instead(live, stale)
