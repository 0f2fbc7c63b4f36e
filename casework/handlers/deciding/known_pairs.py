"""
Planting pairs whose answer is known, and taking them off.

Invariant: what is planted changes nothing about a case, a takedown or an upload. Of a case's pictures nothing is
copied: once they are erased, or past their date, or the decision no longer stands, nobody is asked about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casework.domain.actor import Actor
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.known_pair import SIDES, KnownPair
from casework.domain.errors import WrongStateError
from casework.domain.ids import CaseId, PairId, new_id
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.known_answers import standing_answer
from casework.steps.journal import record

PLANTED: Final = "known_pair:planted"
TAKEN_OFF: Final = "known_pair:taken_off"


def plant_case(case_id: str, actor: Actor, uow: UnitOfWork) -> KnownPair:
    """
    Make the pictures of a decided case a pair whose answer is known: what stands decided of it.

    Args:
        case_id: A case about a copy that people decided.

        actor: Who plants it.

        uow: The transaction.

    Returns:
        The pair; the one there is, if the case was planted before.

    Raises:
        NotFoundError: If there is no such case.
        WrongStateError: If it is about no copy, or no decision of people stands.
    """
    case = uow.cases.get(case_id, lock=True)
    known = uow.known_pairs.of_case(case.id)
    if known is not None:
        return known
    decision = standing_answer(case.id, uow)
    if not case.opened_by_match or case.takedown_id is None or decision is None:
        message = f"case {case.id} is about no copy, or no decision of people stands: what is there is not known"
        raise WrongStateError(message)
    return _planted(actor, uow, is_copy=decision.outcome is DecisionOutcome.UPHOLD, case_id=case.id)


@dataclass(frozen=True, slots=True)
class PlantDrawings:
    """
    An operator gives a pair.

    Args:
        drawings: PNG files by name: both of `SIDES`, and others that explain them.

        is_copy: Whether one is a copy of the other.
    """

    actor: Actor
    drawings: Mapping[str, bytes]
    is_copy: bool


def plant_drawings(command: PlantDrawings, uow: UnitOfWork) -> KnownPair:
    """
    Make two drawings a pair whose answer is known.

    Raises:
        WrongStateError: If a side is missing.
    """
    if not set(SIDES) <= command.drawings.keys():
        message = f"a known pair has drawings of both sides, {' and '.join(SIDES)}"
        raise WrongStateError(message)
    pair = _planted(command.actor, uow, is_copy=command.is_copy)
    uow.known_pairs.keep_drawings(pair.id, command.drawings)
    return pair


def take_off_pair(pair_id: str, actor: Actor, uow: UnitOfWork) -> KnownPair:
    """
    Ask nobody about a pair any more; what was answered stays.

    Raises:
        NotFoundError, WrongStateError: If there is none, or it was taken off before.
    """
    pair = uow.known_pairs.get(pair_id, lock=True).remove(uow.now)
    uow.known_pairs.update(pair)
    uow.known_pairs.erase_drawings(pair.id)
    record(uow, actor, TAKEN_OFF, pair.id)
    return pair


def _planted(actor: Actor, uow: UnitOfWork, *, is_copy: bool, case_id: CaseId | None = None) -> KnownPair:
    pair = KnownPair(PairId(new_id("pair", uow.now)), is_copy, actor.id, uow.now, case_id=case_id)
    uow.known_pairs.add(pair)
    record(uow, actor, PLANTED, pair.id, case_id=case_id, is_copy=is_copy)
    return pair
