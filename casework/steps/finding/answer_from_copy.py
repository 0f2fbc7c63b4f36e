"""
Answering from a copy of the record that may be older, while the record itself cannot be reached.

Invariant: nothing the index finds is allowed because the copy does not know it.
"""

from collections.abc import Sequence
from dataclasses import replace

from casework.domain.media import Collection
from casework.domain.verdict import Verdict
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.matching import Answer, Question, answer


def answer_from_copy(questions: Sequence[Question], uow: UnitOfWork, search: CandidateSearch) -> list[Answer]:
    """
    Answer several questions as of what was copied; whatever is near something that was not is held.

    Args:
        questions: What is looked for.

        uow: Over the copy.

        search: Over the collections as far as they were followed.
    """
    answers = answer(questions, uow, search)
    candidates = search.find(Collection.TAKEDOWNS, [question.query.codes() for question in questions])
    near = [{hit.item_id for hit in one.found} for one in candidates]
    known = uow.index_log.items({item_id for ids in near for item_id in ids})
    return [
        _held(one) if ids - known.keys() or (question.deep is not None and question.deep.unknown) else one
        for question, one, ids in zip(questions, answers, near, strict=True)
    ]


def _held(found: Answer) -> Answer:
    return replace(found, verdict=max(found.verdict, Verdict.HOLD))
