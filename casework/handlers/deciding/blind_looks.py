"""
Asking somebody for a look in between, and taking the answer.

Invariant: nobody is asked about what they had part in, nor twice about one pair; and a look is shown to, and answered
by, whom it was asked of alone. The answer is in the audit log, under the id of the look.
"""

from collections.abc import Callable
from typing import Final

from casework.domain.actor import Actor
from casework.domain.cases.known_pair import BlindLook
from casework.domain.cases.second_look import FirstAnswer
from casework.domain.errors import NotFoundError
from casework.domain.ids import BlindLookId, CaseId, new_id
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.known_answers import may_be_asked, still_holds
from casework.steps.journal import record

GIVEN: Final = "blind_look:given"

_TRIED: Final = 50
"""Of so many known pairs, the oldest, the first that still can be shown is."""


def ask_about_known_pair(
    actor: Actor, uow: UnitOfWork, *, can_be_seen: Callable[[CaseId], bool] = lambda _: True
) -> BlindLook | None:
    """
    Ask somebody about a pair whose answer is known.

    Args:
        actor: Who decides cases.

        uow: The transaction.

        can_be_seen: Tells whether the pictures of a case still can be drawn.

    Returns:
        The look; None where there is no pair they could be asked about.
    """
    for pair in uow.known_pairs.not_asked_of(actor.id, limit=_TRIED):
        if may_be_asked(pair, actor.id, uow) and (pair.case_id is None or can_be_seen(pair.case_id)):
            look = BlindLook(BlindLookId(new_id("look", uow.now)), actor.id, uow.now, pair_id=pair.id)
            uow.blind_looks.add(look)
            return look
    return None


def ask_for_second_look(first: FirstAnswer, actor: Actor, uow: UnitOfWork) -> BlindLook:
    """
    Ask somebody about what somebody else decided, in the same manner.

    Args:
        first: A decision that waits for a second look of theirs.

        actor: Who decides cases.

        uow: The transaction.
    """
    look = BlindLook(BlindLookId(new_id("look", uow.now)), actor.id, uow.now, decision_id=first.decision_id)
    uow.blind_looks.add(look)
    return look


def look_of(look_id: str, actor: Actor, uow: UnitOfWork, *, lock: bool = False) -> BlindLook:
    """
    Read a look that was asked of somebody.

    Raises:
        NotFoundError: If there is none, or it was asked of somebody else.
    """
    look = uow.blind_looks.get(look_id, lock=lock)
    if look.person_id != actor.id:
        message = f"nobody asked {actor.id} for a look {look_id!r}"
        raise NotFoundError(message)
    return look


def case_shown_by(look: BlindLook, uow: UnitOfWork) -> CaseId | None:
    """Return the case whose pictures a look shows; None for a pair that an operator gave."""
    if look.decision_id is not None:
        return uow.decisions.get(look.decision_id).case_id
    return None if look.pair_id is None else uow.known_pairs.get(look.pair_id).case_id


def give_blind_look(look_id: str, actor: Actor, uow: UnitOfWork, *, is_copy: bool | None) -> BlindLook:
    """
    Record what somebody sees.

    Args:
        look_id: Of the look.

        actor: Who looks.

        uow: The transaction.

        is_copy: What they say; None where they cannot tell.

    Raises:
        NotFoundError: If it was not asked of them.
        WrongStateError: If they answered before.
    """
    look = look_of(look_id, actor, uow, lock=True)
    look = look.answer(uow.now, is_copy=is_copy, known=_known_by(look, uow))
    uow.blind_looks.update(look)
    record(uow, actor, GIVEN, look.id, pair_id=look.pair_id, decision_id=look.decision_id, is_copy=is_copy)
    return look


def _known_by(look: BlindLook, uow: UnitOfWork) -> bool | None:
    """Return what is known of what a look shows; None where its decision was taken back since somebody was asked."""
    if look.pair_id is None:
        return None
    pair = uow.known_pairs.get(look.pair_id)
    return pair.is_copy if still_holds(pair, uow) else None
