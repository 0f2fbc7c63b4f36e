"""
A report of media that is kept down already: linked to the takedown, so that both sides know.

The link decides nothing. A new report is decided by itself: whoever it is from, if the first is withdrawn, the second
stands.
"""

from collections.abc import Sequence

from casework.domain.ids import TakedownId
from casework.domain.media import SubmittedMedia
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.takedowns.upload import Match, Upload
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.matching import Question, answer
from matcher.comparing.hashes import HashEvidence
from matcher.hashing.query import Query
from matcher.strength import Strength

_SURE = 2
"""Signals that have to agree where the picture was edited; one alone is a resemblance."""


def known_takedown(media: Sequence[SubmittedMedia], uow: UnitOfWork, search: CandidateSearch) -> TakedownId | None:
    """
    Find the takedown that holds the signals of some media; asked before a transaction, since a video has many.

    Args:
        media: Hashed.

        uow: To read.

        search: Over the `takedowns` collection.

    Returns:
        The first that is surely of the same media; None if there is none.
    """
    if not media:
        return None
    questions = [Question(one.query or Query.of_signals(one.signals)) for one in media]
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


def _is_the_same(match: Match) -> bool:
    if match.strength is Strength.EXACT or (match.strength is Strength.NEAR and match.agreeing >= _SURE):
        return True
    return any(isinstance(one, HashEvidence) and one.distance == 0 and one.agrees for one in match.evidence)
