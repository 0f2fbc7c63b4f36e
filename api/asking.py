"""Questions that store nothing: over the record or, while it is away and the operator allows it, over the copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from api.bootstrap import Service
from api.deep import search_for
from casework.handlers.matching import Answer, Question, answer
from casework.handlers.stale import answer_from_copy
from casework.ports import CandidateSearch, UnitOfWork
from matcher.variants import Query


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


def ask(service: Service, queries: Sequence[Query]) -> Asked:
    """Answer several questions at one version of the index, each as deeply as its signals allow."""

    def questions(uow: UnitOfWork, search: CandidateSearch) -> list[Question]:
        budget_ms = service.settings.deep_budget_ms
        return [Question(query, deep=search_for(query, uow, search, budget_ms=budget_ms)) for query in queries]

    def live() -> Asked:
        with service.reading() as uow:
            return Asked(answer(questions(uow, service.replica), uow, service.replica), stale=False)

    def stale(copy: Engine) -> Asked:
        search = service.replica.as_applied
        with service.standby.reading(copy) as uow:
            return Asked(answer_from_copy(questions(uow, search), uow, search), stale=True)

    return service.standby.instead(live, stale)
