"""
From a question to matches: candidates, evidence, and what the policy says about each.

Pixels say "this is a copy"; what follows from that is for `judging.py`.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from casework.domain.ids import MediaId, TakedownId
from casework.domain.media import Collection, Item
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.policy.automation.verdict import strictest
from casework.ports.search import Candidates, CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.deep_search import DeepFindings
from casework.steps.finding.judging import Judged, as_takedown_is_now, judge_copy
from casework.steps.finding.known import Known
from casework.steps.finding.protection import is_protected
from matcher.comparing.comparison import compare, with_local
from matcher.comparing.parts import PartEvidence, PartSeen, part_evidence
from matcher.comparing.shared_frames import FoundIn, without_shared_frames
from matcher.hashing.query import Query
from matcher.hashing.scenes import times_of
from matcher.local.evidence import LocalEvidence
from matcher.signals.base import Signal
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.scenes import scenes_of
from matcher.signals.video import duration_of

_NOTHING: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """
    One thing to be looked for.

    Args:
        query: Its signals and their variants.

        uploader_id: Who posts it; the person depicted may post their own picture.

        deep: What a deep search found; None where none was made.

        found: What the index found by its hashes, at the version that is asked for; None where it was not asked yet.
    """

    query: Query
    uploader_id: str | None = None
    deep: DeepFindings | None = None
    found: Candidates | None = None

    @property
    def seen(self) -> dict[int, list[tuple[int, LocalEvidence]]]:
        """Where local features see a reference: by its item, each part of the query (`Query.parts`)."""
        return {} if self.deep is None else self.deep.seen

    @property
    def is_complete(self) -> bool:
        """Whether a deep search, if one was made, came to its end."""
        return self.deep is None or not self.deep.left


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a question's answer is.

    Args:
        verdict: The strictest of its matches'.

        judged: One a takedown, the strictest and surest first.

        opens_case: Whether a person must look.

        index_version: The `takedowns` version it is exact for.

        complete: Whether a deep search, if one was asked for, came to its end.
    """

    verdict: Verdict
    judged: "tuple[Judged, ...]"
    opens_case: bool
    index_version: int
    complete: bool = True

    @property
    def matches(self) -> tuple[Match, ...]:
        """What matched, without what the policy said about it."""
        return tuple(one.match for one in self.judged)


def look_ahead(query: Query, search: CandidateSearch) -> Candidates | None:
    """
    Ask for a video's hashes before a transaction: there may be hundreds of thousands, and others wait for the commit.

    Args:
        query: What will be registered.

        search: Over the `takedowns` collection.

    Returns:
        None for pictures, whose few hashes are asked for inside.
    """
    return None if query.video is None else search.find(Collection.TAKEDOWNS, [query.codes()])[0]


def if_still_current(found: Candidates | None, uow: UnitOfWork) -> Candidates | None:
    """Return what was found ahead, if nothing was taken down or taken back since, nor will be before the commit."""
    current = found is not None and found.version == uow.index_log.version(Collection.TAKEDOWNS)
    return found if current else None


def answer(questions: Sequence[Question], uow: UnitOfWork, search: CandidateSearch) -> list[Answer]:
    """
    Answer several questions at one version of the index.

    Args:
        questions: What is looked for.

        uow: To read what the candidates stand for; nothing is written.

        search: Over the `takedowns` collection.
    """
    candidates = _candidates(questions, search)
    known = Known.of(items_of(questions, candidates), uow)
    protected = [
        bool(_named(*one)) and is_protected(one[0].query, uow, search)
        for one in zip(questions, candidates, strict=True)
    ]
    return answers_of(questions, candidates, known, protected)


def items_of(questions: Sequence[Question], candidates: Sequence[Candidates]) -> set[int]:
    """Return the items that anything is known of by which the questions are answered."""
    return set().union(*(_named(*one) for one in zip(questions, candidates, strict=True)))


def answers_of(
    questions: Sequence[Question],
    candidates: Sequence[Candidates],
    known: Known,
    protected: Sequence[bool],
) -> list[Answer]:
    """
    Answer questions from what was found and what is known of it; nothing is read.

    Args:
        questions: What was looked for.

        candidates: What the index found, one a question.

        known: What the record says of `items_of` these, those left out that it does not have.

        protected: Whether each question's query is a copy of protected media.
    """
    return [
        _answer(question, _named(question, found), known, version=found.version, protected=is_copy)
        for question, found, is_copy in zip(questions, candidates, protected, strict=True)
    ]


def answer_of_one(judged: Judged, version: int) -> Answer:
    """Return the answer to a question for which an index that was searched to the end knows one copy."""
    return _answer_of((judged,), version=version, complete=True)


@lru_cache(maxsize=16)
def nothing_found(version: int) -> Answer:
    """Return the answer to a question for which an index that was searched to the end knows nothing."""
    return _answer_of((), version=version, complete=True)


def _named(question: Question, found: Candidates) -> Set[int]:
    if not found.found and question.deep is None:
        return _NOTHING  # as for most questions
    return {hit.item_id for hit in found.found} | question.seen.keys()


def _candidates(questions: Sequence[Question], search: CandidateSearch) -> list[Candidates]:
    """Ask the index, at once, for what was not found ahead."""
    asked = [question.query.codes() for question in questions if question.found is None]
    fresh = iter(search.find(Collection.TAKEDOWNS, asked) if asked else ())
    return [next(fresh) if question.found is None else question.found for question in questions]


def _answer(question: Question, named: Set[int], known: Known, *, version: int, protected: bool) -> Answer:
    items = [known.items[item_id] for item_id in sorted(named & known.items.keys())] if named else []
    if not items:
        return nothing_found(version) if question.is_complete else _answer_of((), version=version, complete=False)
    references = sorted({(TakedownId(item.owner_id), item.media_id) for item in items})
    media = [known.media[media_id].signals for _, media_id in references]
    compared = [compare(question.query, signals) for signals in media]
    if question.deep is not None:
        seen: dict[MediaId, list[tuple[Item, int, LocalEvidence]]] = {}
        for item in items:
            hits = question.seen.get(item.id, [])
            seen.setdefault(item.media_id, []).extend((item, part, evidence) for part, evidence in hits)
        compared = [
            with_local(comparison, _parts_seen(question.query, signals, seen[media_id]))
            for (_, media_id), signals, comparison in zip(references, media, compared, strict=True)
        ]
    compared = without_shared_frames([FoundIn(*one) for one in zip(compared, media, strict=True)])
    best: dict[TakedownId, Judged] = {}
    for (takedown_id, media_id), comparison in zip(references, compared, strict=True):
        found = judge_copy(
            comparison,
            takedown=known.takedowns[takedown_id],
            origin=known.facts[takedown_id],
            reference=known.media[media_id],
            uploader_id=question.uploader_id,
            protected=protected,
        )
        if found is not None and (takedown_id not in best or found.rank > best[takedown_id].rank):
            best[takedown_id] = found
    return _answer_of(best.values(), version=version, complete=question.is_complete)


def as_takedowns_are_now(found: Answer, uow: UnitOfWork) -> Answer:
    """Take back blocks of takedowns that went into quarantine since the question was answered."""
    takedowns = uow.takedowns.many({one.match.takedown_id for one in found.judged})
    judged = [as_takedown_is_now(one, takedowns[one.match.takedown_id]) for one in found.judged]
    return _answer_of(judged, version=found.index_version, complete=found.complete)


def _answer_of(judged: Iterable[Judged], *, version: int, complete: bool) -> Answer:
    ranked = list(judged)
    if len(ranked) > 1:
        ranked.sort(key=lambda one: one.rank, reverse=True)
    overall = strictest(one.result for one in ranked)
    return Answer(
        verdict=overall.verdict,
        judged=tuple(ranked),
        opens_case=overall.opens_case,
        index_version=version,
        complete=complete,
    )


def _parts_seen(
    query: Query, reference: Sequence[Signal], hits: Sequence[tuple[Item, int, LocalEvidence]]
) -> PartEvidence | None:
    """Put together what local features see of one reference: a place in a picture, or a stretch of a video."""
    if not hits:
        return None
    banked = next((scenes_of(signal.value) for signal in reference if signal.type == SCENES), ())
    places = {scene.features.to_bytes(): place for place, scene in enumerate(banked)}
    seen = [
        PartSeen(part if part < len(query.scenes) else None, places.get(item.signal.value), evidence)
        for item, part, evidence in hits
    ]
    return part_evidence(seen, times_of(query.scenes), times_of(banked), reference_s=duration_of(reference))
