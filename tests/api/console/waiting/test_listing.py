"""Words for every queue, outcome and conduct: a new one needs a line in each table."""

from api.console.waiting.listing import CONDUCTS, OUTCOMES, QUEUE_NAMES, RELATIONS
from casework.domain.cases.case import Queue
from casework.domain.cases.report import Relation
from casework.domain.facts import Conduct
from casework.policy.recommendation import Outcome


def test_every_queue_outcome_conduct_and_relation_has_words() -> None:
    """Without them the page of such a case would fail."""
    assert set(QUEUE_NAMES) == set(Queue)
    assert set(OUTCOMES) == set(Outcome)
    assert set(CONDUCTS) == set(Conduct)
    assert set(RELATIONS) == {one.value for one in Relation}
