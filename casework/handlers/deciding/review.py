"""A moderator at work on a case: taking it, learning about it, giving it back."""

from collections.abc import Mapping
from dataclasses import replace

from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.cases.minor import MINOR, MinorBy, split_minor
from casework.domain.errors import FactProblem, FactValueError
from casework.domain.facts import Facts, PermissionEvidence
from casework.domain.takedowns.upload import Upload
from casework.policy.inheritance import FACTS_OF_A_REVIEWER, MEDIA_FACTS, POST_FACTS
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.learning import learn
from casework.steps.journal import record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.reports.minors import establish
from casework.steps.taking_down.interim import reconsider_interim


def claim_case(case_id: str, actor: Actor, uow: UnitOfWork) -> Case:
    """
    Take or renew the lease on a case.

    Raises:
        NotFoundError, WrongStateError, CaseClaimedError: As `Case.claim` says.
    """
    case = uow.cases.get(case_id, lock=True).claim(actor.id, uow.now)
    uow.cases.update(case)
    record(uow, actor, "case:claimed", case.id)
    return case


def release_case(case_id: str, actor: Actor, uow: UnitOfWork) -> Case:
    """
    Give the lease back.

    Raises:
        NotFoundError, CaseClaimedError: As `Case.release` says.
    """
    case = uow.cases.get(case_id, lock=True).release(actor.id, uow.now)
    uow.cases.update(case)
    record(uow, actor, "case:released", case.id)
    return case


def change_facts(case_id: str, changes: Mapping[str, object], actor: Actor, uow: UnitOfWork) -> Case:
    """
    Record what was learned about a case.

    Raises:
        FactsError: If a fact is unknown or of the wrong type.
        WrongStateError: If the case is decided.
        CaseClaimedError: If somebody else works on it.
    """
    lock_takedowns(uow)  # what is restricted until a person decides may end with what is known
    case = uow.cases.get(case_id, lock=True)
    stated, minor = split_minor(changes)
    facts = case.facts.with_changes(stated)
    case.require_open()
    case.require_unclaimed_by_others(actor.id, uow.now)
    case = learn(case, facts, actor, uow)
    if minor and case.minor is not MinorBy.ESTABLISHED:
        return establish(case, actor, uow)
    if minor is False and case.minor is not None:
        message = f"taking it back needs a reason: POST /v1/cases/{case.id}/minor with `minor` false and `why`"
        raise FactValueError([FactProblem(MINOR, message)])
    reconsider_interim(case, uow)
    return case


def change_upload_facts(upload_id: str, changes: Mapping[str, object], actor: Actor, uow: UnitOfWork) -> Upload:
    """
    Add what the platform knows about a post; an open case of its match learns it too.

    Raises:
        NotFoundError: If there is no such upload, or it is another pipeline's.
        FactsError: If a fact is unknown, of the wrong type, or none that a platform can state: those of the media come
            with the takedown, and what a reviewer or the person depicted finds is not the platform's to say.
        CaseClaimedError: If a reviewer works on the case right now.
    """
    _require_post_facts(changes)
    lock_takedowns(uow)
    upload = uow.uploads.get(upload_id, lock=True)
    upload.require_seen_by(actor)
    case = None if upload.case_id is None else uow.cases.get(upload.case_id, lock=True)
    facts = {**upload.facts, **_checked(changes)}
    upload = replace(upload, facts=facts)
    uow.uploads.update(upload)
    if case is not None and case.is_open and case.upload_id == upload.id:
        case.require_unclaimed_by_others(actor.id, uow.now)
        uow.cases.update(case.with_facts(case.facts.with_changes(changes)))
        record(uow, actor, "case:facts:changed", case.id, **_checked(changes))
    record(uow, actor, "upload:facts:changed", upload.id, **_checked(changes))
    return upload


def _require_post_facts(changes: Mapping[str, object]) -> None:
    stated = POST_FACTS - FACTS_OF_A_REVIEWER
    refused = [name for name in changes if name in MEDIA_FACTS | FACTS_OF_A_REVIEWER]
    if changes.get("permission_evidence") == PermissionEvidence.CONFIRMED_BY_SUBJECT.value:
        refused.append("permission_evidence")
    if refused:
        message = f"not a platform's to state; facts of a post are {', '.join(sorted(stated))}"
        raise FactValueError([FactProblem(field=name, message=message) for name in refused])


def _checked(changes: Mapping[str, object]) -> dict[str, str | bool]:
    checked = Facts().with_changes(changes).to_mapping()
    return {name: checked[name] for name in changes}
