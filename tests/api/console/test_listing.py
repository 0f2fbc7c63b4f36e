"""Words for every queue, outcome and conduct: a new one needs a line in each table."""

from api.console.listing import CONDUCTS, OUTCOMES, QUEUE_NAMES, RELATIONS, Asked
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


def test_list_is_written_into_addresses_as_it_is_read_from_them() -> None:
    """So that the next case is the next of the same list."""
    assert Asked().query == ""
    assert Asked(Queue.MATCHES, mine=True).query == "?queue=matches&mine=true"
    assert Asked(Queue.MATCHES).with_query({"done": "dec_1"}) == "?queue=matches&done=dec_1"
