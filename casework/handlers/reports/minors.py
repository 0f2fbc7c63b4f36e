"""
Somebody who works on cases says whether the person depicted may be under 18.

Saying that they may be is anybody's at any time, and takes effect at once. Taking it back brings a picture into sight
again: it needs a reason, and, unless only words looked like it, a senior who has not said so: four eyes.
"""

from dataclasses import dataclass

from casework.domain.actor import Actor, Role
from casework.domain.cases.case import Case
from casework.domain.cases.minor import MinorBy
from casework.domain.errors import OverrideReasonMissingError, SamePersonError, WrongStateError
from casework.domain.takedowns.takedown import TakedownState
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.reports.minors import come_back, establish

_SENIOR = (Role.SENIOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class SayMinor:
    """
    Whether the person depicted in a case may be under 18.

    Args:
        why: For the history; needed to take it back.
    """

    case_id: str
    actor: Actor
    minor: bool
    why: str | None = None


def say_minor(command: SayMinor, uow: UnitOfWork) -> Case:
    """
    Take a case out of the route for adults, or bring it back.

    Of a copy, the report it is a copy of leaves with it, where the match is sure or a person confirmed it.

    Raises:
        NotFoundError: If there is no such case.
        WrongStateError: If it is taken back where nothing said so, or in the case of a copy whose takedown is referred.
        OverrideReasonMissingError: If it is taken back without saying why.
        SamePersonError: If it takes another person to take it back.
    """
    lock_takedowns(uow)
    case = uow.cases.get(command.case_id, lock=True)
    if command.minor:
        return establish(case, command.actor, uow)
    return _rule_out(case, command, uow)


def _rule_out(case: Case, command: SayMinor, uow: UnitOfWork) -> Case:
    if case.minor is None:
        message = f"nothing says that the person in case {case.id} is under age; there is nothing to take back"
        raise WrongStateError(message)
    if not command.why:
        message = f"say in `why` how you know that the person in case {case.id} is of age"
        raise OverrideReasonMissingError(message)
    report = uow.reports.of_case(case.id)
    if report is not None:
        report.require_judged_by_another(command.actor)
    if case.minor is not MinorBy.WORDS:
        _require_another_senior(case, command.actor)
    if case.upload_id is not None and case.takedown_id is not None:
        takedown = uow.takedowns.get(case.takedown_id)
        if takedown.state is TakedownState.REFERRED:
            message = (
                f"case {case.id} is about a copy of takedown {takedown.id}: take it back in case {takedown.case_id}, "
                "and this one comes back with it"
            )
            raise WrongStateError(message)
    return come_back(case, command.why, command.actor, uow)


def _require_another_senior(case: Case, actor: Actor) -> None:
    if actor.is_operator or (actor.role in _SENIOR and actor.id != case.minor_by):
        return
    said = "whoever reports said so" if case.minor is MinorBy.STATED else f"{case.minor_by} found it"
    message = f"{said}: only a senior who is somebody else may take back that the person in case {case.id} is under age"
    raise SamePersonError(message)
