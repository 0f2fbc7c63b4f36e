"""Questions that a transaction asks more than once are asked of the index once."""

from collections.abc import Mapping, Sequence

import numpy as np

from casework.domain.media import Collection
from casework.ports.search import Candidate, Candidates, Codes
from casework.steps.finding.asked_once import AskedOnce
from tests.fakes import FakeSearch, FakeUnitOfWork


class CountingSearch(FakeSearch):
    """A search that finds an item for each question, numbered by its first byte, and notes what it is asked."""

    def __init__(self) -> None:
        super().__init__(FakeUnitOfWork().index_log)
        self.asked_first: list[list[int]] = []

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        firsts = [int(one["pdq/1"][0, 0]) for one in questions]
        self.asked_first.append(firsts)
        return [Candidates(1, (Candidate(first, "pdq/1", 0),)) for first in firsts]


def question(first: int) -> Mapping[str, Codes]:
    return {"pdq/1": np.full((1, 32), first, np.uint8)}


def test_each_question_is_asked_once_and_answered_in_order() -> None:
    """Whether media is protected and whether it is never to be banked is one question to the index."""
    counting = CountingSearch()
    search = AskedOnce(counting)
    search.find(Collection.PROTECTED, [question(1), question(2)])
    found = search.find(Collection.PROTECTED, [question(3), question(2), question(1), question(3)])
    assert [one.found[0].item_id for one in found] == [3, 2, 1, 3]
    assert counting.asked_first == [[1, 2], [3]]


def test_the_same_question_elsewhere_is_another() -> None:
    """What is near in one collection says nothing of another."""
    counting = CountingSearch()
    search = AskedOnce(counting)
    for collection in (Collection.PROTECTED, Collection.TAKEDOWNS, Collection.PROTECTED):
        search.find(collection, [question(1)])
    assert counting.asked_first == [[1], [1]]
