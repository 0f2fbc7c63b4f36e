"""
Cases about people who may be under 18: out of the route for adults, and back where a word was mistaken.

    says_under_age   do somebody's words look like it
    establish        a person says so, of a report or of a copy
    leave            the case goes to the queue `minors`; nothing of its media stays, what it banked matches no more
    come_back        the person is of age: the case goes on as usual, without the media, which nobody kept

A takedown that stood is *referred*, not taken back. Taking it back would tell platforms to publish again what may be
a picture of a child; leaving it in the index would keep and spread fingerprints of it, which is for those who are
allowed to (NCMEC and national hotlines keep such lists). So its signals leave index and record, new uploads are not
compared with it, and whatever it had restricted stays restricted until a person has said that it was mistaken.

Invariant: a case in this queue has no media, and no takedown of its report is in the index. Whoever calls has locked
the takedowns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from casework.domain.actor import Actor
from casework.domain.cases.case import Case, CaseState
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.minor import MinorBy
from casework.domain.cases.report import RESPONSE_TIME, ReportedContent, ReporterDetails, Statement
from casework.domain.errors import MediaMissingError
from casework.domain.events import EventType
from casework.domain.ids import MediaId
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match
from casework.hints.reading import find_hints, looks_under_age
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce, record
from casework.steps.judging_anew.flood import close_quarantine_case
from casework.steps.reports.named_post import place_of
from casework.steps.reports.reported_media import reported_media, upload_named_by
from casework.steps.taking_back.reversal import reverse_takedown
from casework.steps.taking_down.interim import reconsider_interim
from matcher.strength import Strength

_SURE = (Strength.EXACT, Strength.NEAR)

NOT_KEPT = "Nothing of its media was kept while it was in the queue `minors`: ask for it again."


def says_under_age(texts: Iterable[str | None]) -> bool:
    """Tell whether some words look as if the person they speak of is under age."""
    return looks_under_age(find_hints({}, of_the_reporter={f"{n}": text for n, text in enumerate(texts)}))


def words_of(
    content: ReportedContent, reporter: ReporterDetails, statement: Statement, uow: UnitOfWork
) -> tuple[str | None, ...]:
    """Return the words of a report, and of the post it names, in which the age of the person depicted may be said."""
    named = upload_named_by(content, uow)
    return (
        content.post_text,
        reporter.authority_evidence,
        statement.explanation,
        None if named is None else named.post_text,
    )


def leave(case: Case, minor: MinorBy, actor: Actor, uow: UnitOfWork) -> Case:
    """
    Take a case out of the route for adults.

    Args:
        case: Locked, in any state.

        minor: How it is known.

        actor: By whom.

        uow: The transaction.

    Returns:
        The case, open in the queue `minors`.
    """
    _end_waiting(case, actor, uow)
    case = uow.cases.get(case.id, lock=True)
    takedowns = uow.takedowns.of_case(case.id)
    referred = [one for one in takedowns if one.state.stands or one.state is TakedownState.PAUSED]
    for takedown in referred:
        _refer(takedown, case, actor, uow)
    left = case.leaving_adult_route(minor, actor.id, deadline=uow.now + RESPONSE_TIME)
    uow.cases.update(left)
    _let_go_of_media(left, uow)
    tell_of_minor(left, actor, uow, takedown=referred[0] if referred else None)
    for takedown in referred:
        _leave_with(takedown, left, actor, uow)
    return left


def establish(case: Case, actor: Actor, uow: UnitOfWork) -> Case:
    """
    Take a case out of the route for adults because somebody who works on it says so.

    Of a copy, the report it is a copy of leaves with it, where the match is sure or a person confirmed it.

    Args:
        case: Locked, in any state.

        actor: Who says so.

        uow: The transaction.
    """
    if case.minor is MinorBy.ESTABLISHED:
        return case
    match = _sure_match(case, uow)
    if match is not None:
        origin = uow.cases.get(match.case_id, lock=True)
        if origin.minor is not MinorBy.ESTABLISHED:
            leave(origin, MinorBy.ESTABLISHED, actor, uow)
        case = uow.cases.get(case.id, lock=True)
    return case if case.minor is MinorBy.ESTABLISHED else leave(case, MinorBy.ESTABLISHED, actor, uow)


def _sure_match(case: Case, uow: UnitOfWork) -> Match | None:
    """Return the match by which a case's upload surely shows what was taken down; None if it does not, or hardly."""
    if case.upload_id is None:
        return None
    matches = (one for one in uow.matches.of_upload(case.upload_id) if one.takedown_id == case.takedown_id)
    return next((one for one in matches if one.confirmed_by is not None or one.strength in _SURE), None)


def come_back(case: Case, why: str, actor: Actor, uow: UnitOfWork) -> Case:
    """
    Bring a case back onto the route for adults: what was thought of the age of the person depicted was mistaken.

    Args:
        case: Locked; in the queue `minors`.

        why: For the history.

        actor: Who says so.

        uow: The transaction.

    Returns:
        The case: open, or decided as it was before.
    """
    resumed = [one for one in uow.takedowns.of_case(case.id) if one.state is TakedownState.REFERRED]
    for takedown in resumed:
        uow.takedowns.update(takedown.resume())
        record(uow, actor, "takedown:resumed", takedown.id, case_id=case.id)
    for decision in uow.decisions.of_case(case.id):
        if decision.outcome is DecisionOutcome.REFER and decision.state is DecisionState.EFFECTIVE:
            uow.decisions.update(replace(decision, state=DecisionState.OVERTURNED))
    is_decided = case.is_of_a_list or _is_decided(uow.decisions.of_case(case.id))
    state = CaseState.DECIDED if is_decided else CaseState.OPEN
    back = case.back_on_adult_route(state)
    back = replace(back, note=" ".join(filter(None, (case.note, why, _take_up_media(back, uow)))))
    uow.cases.update(back)
    record(uow, actor, "case:minor:ruled:out", case.id)
    tell_of_minor(back, actor, uow, takedown=resumed[0] if resumed else None)
    for takedown in resumed:
        for other in _cases_resting_on(takedown, uow):
            if other.minor is not None:
                uow.cases.update(other.back_on_adult_route(other.state))
                record(uow, actor, "case:minor:ruled:out", other.id)
    reconsider_interim(back, uow)
    return back


def tell_of_minor(case: Case, actor: Actor, uow: UnitOfWork, *, takedown: Takedown | None = None) -> None:
    """Write into the history how the age of a person is known, and tell the platform which post it is about."""
    if case.minor is not None:
        record(uow, actor, f"case:minor:{case.minor.value}", case.id)
    upload = None if case.upload_id is None else uow.uploads.get(case.upload_id)
    place = place_of(uow.reports.of_case(case.id))
    announce(
        uow,
        EventType.CASE_MINORS,
        None if takedown is None else takedown.id,
        about=upload,
        case_id=case.id,
        report_id=case.report_id,
        minor=case.minor is not None,
        known_by=None if case.minor is None else case.minor.value,
        upload=None if upload is None else upload.id,
        upload_id=place["upload_id"] if upload is None else upload.platform_id,
        url=place["url"],
    )


def _end_waiting(case: Case, actor: Actor, uow: UnitOfWork) -> None:
    """Take back a decision that waits for a second person: it was about an adult."""
    for decision in uow.decisions.of_case(case.id):
        if decision.state is DecisionState.AWAITING_APPROVAL:
            withdrawn = replace(decision, state=DecisionState.WITHDRAWN, approvals_needed=0)
            uow.decisions.update(withdrawn)
            record(uow, actor, "decision:withdrawn", case.id, decision_id=decision.id)
    for takedown in uow.takedowns.of_case(case.id):
        if takedown.state is TakedownState.PENDING:
            reason = "the person depicted may be under 18"
            reverse_takedown(takedown, TakedownState.WITHDRAWN, actor, reason, uow)


def _refer(takedown: Takedown, case: Case, actor: Actor, uow: UnitOfWork) -> None:
    """Take the signals of a takedown out of index and record; what it had restricted stays as it is."""
    references = uow.takedowns.references(takedown.id)
    version = uow.index_log.remove(Collection.TAKEDOWNS, takedown.id)
    uow.takedowns.update(takedown.refer())
    for media_id in references:
        uow.takedowns.drop_reference(takedown.id, media_id)
    uow.index_log.erase([takedown.id], [])
    uow.common_parts.erase(references)
    close_quarantine_case(takedown, uow)
    place = place_of(uow.reports.of_case(case.id))
    announce(uow, EventType.TAKEDOWN_REFERRED, takedown.id, about=None, case_id=case.id, **place)
    record(uow, actor, "takedown:referred", takedown.id, case_id=case.id, index_version=version)


def _leave_with(takedown: Takedown, case: Case, actor: Actor, uow: UnitOfWork) -> None:
    """Take the open cases of a takedown's copies with it: they show the same person."""
    for other in _cases_resting_on(takedown, uow):
        if other.is_open and other.minor is None and other.id != case.id and case.minor is not None:
            left = other.leaving_adult_route(case.minor, actor.id, deadline=other.deadline)
            uow.cases.update(left)
            _let_go_of_media(left, uow)
            tell_of_minor(left, actor, uow, takedown=takedown)


def _cases_resting_on(takedown: Takedown, uow: UnitOfWork) -> list[Case]:
    return uow.cases.resting_on(takedown.id, uow.cases.uploads_resting_on(takedown.id))


def _let_go_of_media(case: Case, uow: UnitOfWork) -> None:
    """Erase what was reported; of an upload the preview, and not what it was registered with: that is no report's."""
    if case.upload_id is not None:
        uow.media.erase_previews([uow.uploads.get(case.upload_id).media_id])
        return
    media_ids: Sequence[MediaId] = [one.id for one in uow.media.of_case(case.id)]
    uow.media.erase(media_ids)
    for media_id in media_ids:
        uow.media.show_in_case(media_id, None)


def _take_up_media(case: Case, uow: UnitOfWork) -> str | None:
    """Take up the media of the registered upload that the report names; say so if there is none to take up."""
    report = uow.reports.of_case(case.id)
    if report is None or not case.is_open:
        return None
    try:
        reported = reported_media((), report.content, case.facts.conduct, uow)
    except MediaMissingError:
        return NOT_KEPT
    uow.media.add_many([(one, case.id, place) for place, one in enumerate(reported)])
    return None if reported else NOT_KEPT


def _is_decided(decisions: Iterable[Decision]) -> bool:
    """Tell whether what was decided before stands."""
    outcomes = (DecisionOutcome.UPHOLD, DecisionOutcome.REJECT)
    return any(one.outcome in outcomes and one.state is DecisionState.EFFECTIVE for one in decisions)
