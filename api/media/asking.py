"""Questions that store nothing: over the record or, while it is away and the operator allows it, over the copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.media.deep import search_over, search_within_budget
from api.service import Service
from api.telemetry import span
from casework.persistence.connection.database import Database
from casework.steps.finding.answer_from_copy import answer_from_copy
from casework.steps.finding.matching import Answer, Question, answer
from matcher.hashing.query import Query


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

    @property
    def answer(self) -> Answer:
        """The answer to the first question."""
        return self.answers[0]


def ask(service: Service, query: Query) -> Asked:
    """Ask about one thing, as deeply as its signals allow."""

    def live() -> Asked:
        deep = search_within_budget(service, query)
        with service.reading() as uow:
            return Asked(answer([Question(query, deep=deep)], uow, service.replica), stale=False)

    def stale(copy: Database) -> Asked:
        search = service.replica.as_applied
        with service.standby.reading(copy) as uow:
            deep = search_over(uow, search, query, budget_ms=service.settings.deep_budget_ms)
            return Asked(answer_from_copy([Question(query, deep=deep)], uow, search), stale=True)

    with span("search", items=1) as step:
        asked = service.standby.instead(live, stale)
        step.note(matches=len(asked.answer.matches), index_version=asked.answer.index_version)
    return asked


def ask_many(service: Service, queries: Sequence[Query]) -> Asked:
    """Ask about many things by their hashes, all at one version of the index."""
    questions = [Question(query) for query in queries]

    def live() -> Asked:
        with service.reading() as uow:
            return Asked(answer(questions, uow, service.replica), stale=False)

    def stale(copy: Database) -> Asked:
        with service.standby.reading(copy) as uow:
            return Asked(answer_from_copy(questions, uow, service.replica.as_applied), stale=True)

    with span("search", items=len(queries)):
        return service.standby.instead(live, stale)
