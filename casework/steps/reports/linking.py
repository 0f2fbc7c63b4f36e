"""
A report of media that is kept down already: linked to the takedown, so that both sides know.

The link decides nothing. A new report is decided by itself: whoever it is from, if the first is withdrawn, the second
stands.
"""

from collections.abc import Sequence

from casework.domain.ids import TakedownId
from casework.domain.media import Collection, SubmittedMedia
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.takedowns.upload import Match, Upload
from casework.ports.search import Candidates, CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.matching import Question, answer
from matcher.comparing.hashes import HashEvidence
from matcher.hashing.query import Query
from matcher.strength import Strength

_SURE = 2
"""Signals that have to agree where the picture was edited; one alone is a resemblance."""


def near_takedowns(media: Sequence[SubmittedMedia], search: CandidateSearch) -> list[Candidates]:
    """
    Ask the index what is near some media; asked before a transaction, since a video has many signals.

    Args:
        media: Hashed.

        search: Over the `takedowns` collection.

    Returns:
        What is near each; where nothing is near any of them, no takedown holds their signals.
    """
    return search.find(Collection.TAKEDOWNS, [_query_of(one).codes() for one in media]) if media else []


def known_takedown(
    media: Sequence[SubmittedMedia], near: Sequence[Candidates], uow: UnitOfWork, search: CandidateSearch
) -> TakedownId | None:
    """
    Find the takedown that holds the signals of some media.

    Args:
        media: Hashed.

        near: As `near_takedowns` found it.

        uow: To read.

        search: To tell whether the media is protected.

    Returns:
        The first that is surely of the same media; None if there is none.
    """
    questions = [Question(_query_of(one), found=found) for one, found in zip(media, near, strict=True)]
    found = (match for one in answer(questions, uow, search) for match in one.matches)
    return next((match.takedown_id for match in found if _is_the_same(match)), None)


def takedown_of_upload(upload: Upload, uow: UnitOfWork) -> TakedownId | None:
    """Find the standing takedown that a registered upload is a copy of; None if there is none."""
    found = (match for match in uow.matches.of_upload(upload.id) if match.dismissed_by is None and _is_the_same(match))
    return next((one for one in (still_stands(match.takedown_id, uow) for match in found) if one is not None), None)


def still_stands(takedown_id: TakedownId | None, uow: UnitOfWork) -> TakedownId | None:
    """Return a takedown's id while it is active and holds signals, else None."""
    if takedown_id is None:
        return None
    takedown = uow.takedowns.get(takedown_id)
    holds = takedown.state is TakedownState.ACTIVE and takedown.hash_action.is_banked
    return takedown_id if holds else None


def _query_of(media: SubmittedMedia) -> Query:
    return media.query or Query.of_signals(media.signals)


def _is_the_same(match: Match) -> bool:
    if match.strength is Strength.EXACT or (match.strength is Strength.NEAR and match.agreeing >= _SURE):
        return True
    return any(isinstance(one, HashEvidence) and one.distance == 0 and one.agrees for one in match.evidence)
