"""
The appeal of somebody who posted something, filed through the platform: what it is against, and what becomes of it.

    appealed_by_poster   what restricts an upload; if nobody has decided about it by itself, a case of its own is opened
    let_go_on_appeal     a held upload is released, and it alone: what it resembles stays taken down

An upload that is held waits for a person anyway. Its appeal need not wait for that: whoever decides the appeal decides
its case. Whoever calls has locked the takedowns.
"""

from dataclasses import dataclass, replace

from casework.domain.actor import Actor
from casework.domain.cases.appeal import Appeal
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.errors import WrongStateError
from casework.domain.ids import CaseId, DecisionId
from casework.domain.keeping.erasure import is_erased
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.takedowns.upload import Upload
from casework.domain.verdict import Verdict
from casework.policy.engine import recommend
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.decisions import draft_decision, record_decision
from casework.steps.uploads.copies import open_case_of
from casework.steps.uploads.standing import match_that_restricts, restriction_of, standing_matches


@dataclass(frozen=True, slots=True)
class Appealed:
    """
    What an appeal about an upload is against.

    Args:
        decision_id: That restricts it.

        case_id: In which that is, or will be, decided.
    """

    decision_id: DecisionId
    case_id: CaseId


def appealed_by_poster(upload_id: str, actor: Actor, uow: UnitOfWork) -> Appealed:
    """
    Say what an appeal for who posted an upload is against.

    Args:
        upload_id: Ours.

        actor: Who files it: the pipeline that registered the upload, or staff.

        uow: The transaction.

    Raises:
        NotFoundError: If there is no such upload, or it is another pipeline's.
        WrongStateError: If nothing restricts it, or it was erased.
    """
    upload = uow.uploads.get(upload_id, lock=True)
    upload.require_seen_by(actor)
    if is_erased(upload):
        message = f"upload {upload.id} is erased; there is nothing left to look at again"
        raise WrongStateError(message)
    restriction = restriction_of(upload, uow)
    if restriction is None:
        message = f"upload {upload.id} is not restricted (verdict {upload.verdict.value}); there is nothing to appeal"
        raise WrongStateError(message)
    decision = uow.decisions.get(restriction.decision_id)
    if restriction.is_held and not _is_referred(decision, uow):
        return Appealed(restriction.decision_id, _own_case(upload, uow).id)
    return Appealed(decision.id, decision.case_id)


def let_go_on_appeal(upload: Upload, appeal: Appeal, actor: Actor, reason: str, uow: UnitOfWork) -> Decision:
    """
    Decide the case of an upload that is held, so that it is let go.

    Args:
        upload: Locked; held, and nobody has decided about it.

        appeal: That was founded.

        actor: Who decides it.

        reason: For the history.

        uow: The transaction.

    Returns:
        The decision, which has yet to take effect.

    Raises:
        WrongStateError: If a decision about it waits for a second person.
    """
    case = _own_case(upload, uow)
    if not case.is_open:
        message = (
            f"a decision in case {case.id} waits for a second person; decide appeal {appeal.id} once that is settled"
        )
        raise WrongStateError(message)
    draft = draft_decision(case, DecisionOutcome.REJECT, actor, recommend(case.facts), uow)
    decision = replace(draft, override_reason=reason)
    uow.decisions.add(decision)
    record_decision(decision, actor, uow)
    return decision


def _is_referred(decision: Decision, uow: UnitOfWork) -> bool:
    """Tell whether it rests on what may show somebody under 18, which no case of an upload's own settles."""
    if decision.takedown_id is None:
        return False
    return uow.takedowns.get(decision.takedown_id).state is TakedownState.REFERRED


def _own_case(upload: Upload, uow: UnitOfWork) -> Case:
    """Return the case in which an upload that is held is decided by itself, which is opened if there is none."""
    if upload.case_id is not None:
        case = uow.cases.get(upload.case_id, lock=True)
        if case.upload_id == upload.id and case.state is not CaseState.DECIDED:
            return case
    match = match_that_restricts(standing_matches(upload, uow))
    if match is None:
        message = f"nothing restricts upload {upload.id} any more"
        raise WrongStateError(message)
    case_id = open_case_of(upload, match, Verdict.HOLD, uow).id
    uow.uploads.update(replace(upload, case_id=case_id))
    return uow.cases.get(case_id, lock=True)
