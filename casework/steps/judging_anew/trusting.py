"""
What is known of a takedown, for the trust ladder (`casework/policy/automation/trust.py`), and what follows from it.

    lacks_of_case    what a case would lack if it were upheld, or what its takedown lacks: shown to people
    refresh_trust    what a takedown lacks by now, stored in this transaction
    retrust          the same, and what it matched is judged anew

It is asked again by whatever changes what it rests on: a decision, a look, an answer that completes the notice, a copy
that is confirmed, and the end of that. Invariant: whoever calls has locked the takedowns; `trust_lacks` is what the
table says at the commit, so that a match is judged by it from then on, in every process.
"""

from collections.abc import Sequence, Set

from casework.domain.actor import policy_actor
from casework.domain.cases.case import Case
from casework.domain.cases.report import Report
from casework.domain.facts import Authority, Conduct, Facts, Reporter
from casework.domain.ids import CaseId, MediaId
from casework.domain.media import Media
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.trust import OF_THE_NOTICE, Lack
from casework.policy import POLICY_VERSION
from casework.policy.automation.trust import TrustFacts, what_lacks
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record
from casework.steps.judging_anew.flood import pictures_of
from casework.steps.judging_anew.rejudging import rejudge_all


def lacks_of_case(case: Case, uow: UnitOfWork) -> tuple[Lack, ...]:
    """
    Say what a case lacks before copies are blocked without a person.

    Args:
        case: Of a match or a quarantine: what its takedown lacks. Of a report: what its takedown lacks, or, before one
            takes effect, what it would, as far as it is known who has looked.

        uow: To read.
    """
    takedown = _takedown_of(case, uow)
    if takedown is None:
        return what_lacks(_known(case, pictures_of(case, uow), None, uow))
    return takedown.trust_lacks if takedown.hash_action.acts_by_itself else _lacks_of(takedown, uow)


def is_seen(case: Case, uow: UnitOfWork) -> bool:
    """Tell whether somebody has looked at the media of a case: at each piece of which a picture is kept."""
    media = pictures_of(case, uow)
    seen = uow.media_views.people(one.id for one in media)
    return bool(seen) and all(one.id in seen for one in media if one.has_preview)


def refresh_trust(takedown: Takedown, uow: UnitOfWork, *, just_banked: Sequence[Media] | None = None) -> Takedown:
    """
    Say anew what a takedown lacks; if that changed, it is stored and written into the audit log.

    Args:
        takedown: Locked, with its references.

        uow: The transaction.

        just_banked: All of its references, where it begins to stand in this transaction: nobody can have confirmed a
            copy of it. None where it stood before; they are read then.
    """
    is_asked = takedown.state is TakedownState.ACTIVE and takedown.hash_action.acts_by_itself
    lacks = _lacks_of(takedown, uow, just_banked=just_banked) if is_asked else ()
    if lacks == takedown.trust_lacks:
        return takedown
    changed = takedown.with_trust(lacks)
    uow.takedowns.update(changed)
    record(uow, policy_actor(POLICY_VERSION), "takedown:trust:changed", takedown.id, lacks=" ".join(lacks) or None)
    return changed


def retrust(takedown: Takedown, uow: UnitOfWork, search: CandidateSearch | None) -> Takedown:
    """
    Say anew what a takedown lacks; if that changed, what it matched is judged anew.

    Args:
        takedown: Locked, with its references.

        uow: The transaction.

        search: Over the `protected` collection; without one, a worker judges anew.
    """
    changed = refresh_trust(takedown, uow)
    if changed.trust_lacks != takedown.trust_lacks:
        rejudge_all(changed, uow, search, reason="what is known of its takedown does not restrict it any more")
    return changed


def retrust_after_look(media_id: MediaId, case: Case, uow: UnitOfWork, search: CandidateSearch | None) -> None:
    """
    Say anew what takedowns lack whose references somebody has looked at, or of which they may have confirmed a copy.

    Args:
        media_id: That was looked at.

        case: In which.

        uow: The transaction; the look is written.

        search: As for `retrust`.
    """
    looked_at = {*uow.takedowns.of_reference(media_id), *filter(None, (case.takedown_id,))}
    for takedown_id in sorted(looked_at):
        takedown = uow.takedowns.get(takedown_id, lock=True)
        if takedown.trust_lacks:
            retrust(takedown, uow, search)


def awaits_notice(case: Case, uow: UnitOfWork) -> Takedown | None:
    """Return the takedown of a decided report that its notice keeps from acting by itself, or None."""
    for takedown in uow.takedowns.of_case(case.id):
        if takedown.state is TakedownState.ACTIVE and OF_THE_NOTICE.intersection(takedown.trust_lacks):
            return takedown
    return None


def _takedown_of(case: Case, uow: UnitOfWork) -> Takedown | None:
    """Return the takedown that a case is about or has made, once it is upheld and while it stands."""
    own = uow.takedowns.of_case(case.id)
    matched = [] if case.takedown_id is None else [uow.takedowns.get(case.takedown_id)]
    return next((one for one in (*own, *matched) if one.state is TakedownState.ACTIVE), None)


def _lacks_of(takedown: Takedown, uow: UnitOfWork, *, just_banked: Sequence[Media] | None = None) -> tuple[Lack, ...]:
    decision = uow.decisions.get(takedown.decision_id)
    deciders = {decision.decided_by, *filter(None, (decision.approved_by,))}
    case = uow.cases.get(takedown.case_id)
    if just_banked is not None:
        return what_lacks(_known(case, [*just_banked], deciders, uow))
    media = uow.media.many(uow.takedowns.reference_of_decision(decision.id))
    copy_confirmed = uow.media_views.confirmed_copy_of(takedown.id)
    return what_lacks(_known(case, [*media.values()], deciders, uow, copy_confirmed=copy_confirmed))


def _known(
    case: Case, media: list[Media], deciders: Set[str] | None, uow: UnitOfWork, *, copy_confirmed: bool = False
) -> TrustFacts:
    """
    Gather what is known.

    Args:
        case: That was, or would be, decided.

        media: What is, or would be, banked.

        deciders: Who decided and approved; None before that, where anybody may yet be the one.

        uow: To read.

        copy_confirmed: Whether somebody looked at a copy and confirmed it.
    """
    origin = _origin(case, uow)
    report = uow.reports.of_case(origin.id)
    # What came without a file never blocks by itself (`policy/automation/verdict.py`): beside files, those alone count.
    asked = [one for one in media if not one.is_claimed] or media
    people = uow.media_views.people(one.id for one in asked)
    unseen = [one for one in asked if not _has_seen(people.get(one.id, set()), deciders)]
    return TrustFacts(
        # Without any notice, a list of others has named it, and whoever decides has seen the copy itself.
        signed=report is None or bool(report.statement.signature),
        good_faith=report is None or report.statement.good_faith,
        non_consent=origin.facts.conduct is not Conduct.SHARED_MEDIA or origin.facts.non_consent_stated,
        reporter_known=report is None or _is_known(report, origin.facts),
        unseen=any(one.has_preview for one in unseen),
        unseeable=any(not one.has_preview for one in unseen),
        copy_confirmed=copy_confirmed,
    )


def _has_seen(people: Set[str], deciders: Set[str] | None) -> bool:
    return bool(people if deciders is None else people & deciders)


def _is_known(report: Report, facts: Facts) -> bool:
    is_mandated = facts.reporter is not Reporter.AUTHORISED_REPRESENTATIVE or facts.authority is Authority.VERIFIED
    return bool(report.reporter.contact) and is_mandated


def _origin(case: Case, uow: UnitOfWork) -> Case:
    """Return the case whose notice counts: of a match, that of the report which what it matched goes back to."""
    passed: set[CaseId] = set()
    while case.report_id is None and case.takedown_id is not None and case.id not in passed:
        passed.add(case.id)
        case = uow.cases.get(uow.takedowns.get(case.takedown_id).case_id)
    return case
