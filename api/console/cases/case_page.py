"""
What a case's page shows, put together from the API's view of the case.

Invariant: nothing is decided or written here, and nothing shown that the API would not show to the same person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.console.cases.around import Lacking, Others, Radius, lacking, of_takedown, of_uploader
from api.console.cases.facts import FactRow, fact_rows
from api.console.cases.strip import Strip, strip_of
from api.console.cases.texts import MarkedText, Piece, marked, marked_texts
from api.console.door import Visitor
from api.console.kindness.seen import Seen, seen_before
from api.console.waiting.asked import Asked
from api.console.waiting.listing import CONDUCTS, OUTCOMES, QUEUE_NAMES, RELATIONS
from api.schemas.casework.cases import CaseView
from api.schemas.casework.messages import MessageOut
from api.security.permissions import Permission
from api.steps.drawings import Sides, sides_of
from api.views.casework.cases import case_view
from casework.domain.cases.case import Case
from casework.domain.cases.decision import DecisionOutcome, DecisionState
from casework.domain.facts import Facts
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.clauses import CLAUSES
from casework.policy.minors import MINORS_STEPS, recommend_for
from casework.policy.override import differs
from casework.policy.recommendation import HASH_ACTION_MEANINGS, OUTCOME_MEANINGS
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.deciding.known_answers import standing_answer
from matcher.comparing.comparison import Evidence
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence
from matcher.signals import signal_type

_NEIGHBOURS: Final = 100
"""Cases from the top of a list among which the one before is looked for."""


@dataclass(frozen=True, slots=True)
class Advice:
    """
    What the policy recommends on some facts.

    Args:
        outcome: In two words.

        meaning: In a sentence.

        banking: What is done with copies.

        rule: The rule's id.

        clauses: The sentences it rests on, by name.

        needs_reason: Outcomes that differ from it, so that a reason is needed.
    """

    outcome: str
    meaning: str
    banking: str
    rule: str
    reasons: tuple[str, ...]
    clauses: tuple[tuple[str, str], ...]
    needs_reason: frozenset[str]


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """
    One signal's evidence.

    Args:
        signal: What it is called.

        words: How far, of what.

        agrees: Whether it counts.
    """

    signal: str
    words: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Photo:
    """
    One piece of media that can be looked at.

    Args:
        address: Of its preview; each look is on record. None where none is kept.

        words: What is known of it.
    """

    address: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation, with places marked."""

    who: str
    by_reporter: bool
    at: datetime
    pieces: tuple[Piece, ...]
    asks: bool
    added: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Everything a case's page shows."""

    case: CaseView
    is_copy: bool
    sentence: str
    left_s: float
    held_by: str | None
    is_mine: bool
    advice: Advice
    facts: list[FactRow]
    evidence: list[EvidenceLine]
    strength: str | None
    photo: Photo
    original: Photo | None
    others: list[Photo]
    texts: list[MarkedText]
    said: list[Said]
    relation: str | None
    queue_name: str
    next_id: str | None
    before_id: str | None
    awaiting: str | None
    asks_about_takedown: bool
    may_ask: bool
    is_open: bool
    minor_steps: tuple[str, ...]
    strip: Strip | None
    of_takedown: Others | None
    of_uploader: Others | None
    lacking: list[Lacking]
    radius: Radius | None
    plantable: bool
    seen: Seen | None


def page_of(
    case: Case,
    visitor: Visitor,
    asked: Asked,
    uow: SqlUnitOfWork,
    *,
    facts: Facts | None = None,
    radius: Radius | None = None,
) -> CasePage:
    """
    Put a case's page together.

    Args:
        case: The case.

        visitor: Who looks.

        asked: The list it was opened from.

        uow: To read.

        facts: Other facts than those on record, which the visitor tries out.

        radius: What upholding it would hit, if that was counted.
    """
    view = case_view(case, uow, preview_url=lambda case_id, n: f"/console/cases/{case_id}/media/{n}")
    sides = sides_of(case, uow)
    shown = case.facts if facts is None else facts
    held = case.claimed_until is not None and uow.now < case.claimed_until
    before, following = _neighbours(case, visitor, asked, uow)
    return CasePage(
        case=view,
        is_copy=sides.match is not None,
        sentence=_sentence(case, sides),
        left_s=(case.deadline - uow.now).total_seconds(),
        held_by=view.claimed_by.name if held and view.claimed_by is not None else None,
        is_mine=held and case.claimed_by == visitor.actor.id,
        advice=advice_on(case.with_facts(shown)),
        facts=fact_rows(shown),
        evidence=[] if sides.match is None else evidence_lines(sides.match.evidence),
        strength=None if sides.match is None else sides.match.strength.value,
        photo=_photo_of_case(view),
        original=_original(sides, uow),
        others=[_photo(one.preview, one.kind, one.width, one.height) for one in view.media[1:]],
        texts=marked_texts(view),
        said=[_said(number, one, view) for number, one in enumerate(view.messages)],
        relation=None if view.report is None else RELATIONS[view.report.relation.value],
        queue_name=QUEUE_NAMES[case.queue],
        next_id=following,
        before_id=before,
        awaiting=_awaiting(case, uow),
        asks_about_takedown=case.asks_about_takedown,
        may_ask=not case.opened_by_match,
        is_open=case.is_open,
        minor_steps=MINORS_STEPS if case.minor is not None else (),
        strip=_strip(sides, uow),
        of_takedown=of_takedown(case, visitor, uow),
        of_uploader=of_uploader(case, view, visitor, uow),
        lacking=lacking(view) if case.is_open and case.minor is None and not case.asks_about_takedown else [],
        radius=radius,
        plantable=_plantable(case, sides, visitor, uow),
        seen=seen_before(sides, visitor, uow),
    )


def _strip(sides: Sides, uow: SqlUnitOfWork) -> Strip | None:
    if sides.match is None or sides.copy is None or sides.original is None:
        return None
    media = uow.media.many([sides.copy, sides.original])
    return strip_of(sides.match, media.get(sides.original), media.get(sides.copy))


def advice_on(case: Case) -> Advice:
    """
    Say what is recommended for a case.

    Args:
        case: With the facts on record, or with those that somebody tries out.
    """
    found = recommend_for(case)
    decisions = (DecisionOutcome.UPHOLD, DecisionOutcome.REJECT, DecisionOutcome.REQUEST_INFORMATION)
    needs = {one.value for one in decisions if differs(found, one)}
    needs.discard(DecisionOutcome.REQUEST_INFORMATION.value)  # the question is its own reason
    if case.opened_by_match:  # that it is no copy is a finding about pixels
        needs.discard(DecisionOutcome.REJECT.value)
    return Advice(
        outcome=OUTCOMES[found.outcome],
        meaning=OUTCOME_MEANINGS[found.outcome],
        banking=HASH_ACTION_MEANINGS[found.hash_action],
        rule=found.rule,
        reasons=found.reasons,
        clauses=tuple((name, CLAUSES[name]) for name in found.clauses),
        needs_reason=frozenset(needs),
    )


def evidence_lines(evidence: Sequence[Evidence]) -> list[EvidenceLine]:
    """Show the evidence of a match, a line for each signal."""
    lines = []
    for one in evidence:
        match one:
            case HashEvidence():
                bits = signal_type(one.signal).bits
                words = f"{one.distance} of {bits} bits differ; up to {one.threshold} count"
                lines.append(EvidenceLine(signal_type(one.signal).label, words, one.agrees))
            case LocalEvidence():
                words = (
                    f"{one.inliers} places agree, {one.coverage:.0%} of the original is seen, "
                    f"{one.agreement:.0%} of that agrees"
                )
                lines.append(EvidenceLine(signal_type(one.signal).label, words, one.agrees))
            case VideoEvidence():
                far = "" if one.distance is None else f"; at most {one.distance} of 256 bits differ"
                words = f"{one.frames} {'frame agrees' if one.frames == 1 else 'frames agree'}{far}"
                lines.append(EvidenceLine(signal_type(one.signal).label, words, agrees=True))
    return lines


def _sentence(case: Case, sides: Sides) -> str:
    if case.minor is not None:
        return "The person shown may be under 18"
    if sides.match is not None:
        said = sides.match.explanation
        return said[:1].upper() + said[1:]
    if case.asks_about_takedown:
        return "This takedown matches far more people than its like"
    if case.opened_by_match:
        return "A post that somebody has to look at"
    what = CONDUCTS[case.facts.conduct]
    return f"Reported: {what}"


def _photo_of_case(view: CaseView) -> Photo:
    if not view.media:
        return Photo(None, "no media")
    first = view.media[0]
    return _photo(first.preview, first.kind, first.width, first.height)


def _original(sides: Sides, uow: UnitOfWork) -> Photo | None:
    if sides.original is None or sides.origin_case_id is None:
        return None
    for position, media in enumerate(uow.media.of_case(sides.origin_case_id)):
        if media.id == sides.original:
            address = f"/console/cases/{sides.origin_case_id}/media/{position}" if media.has_preview else None
            return _photo(address, media.kind, media.width, media.height)
    return Photo(None, "a copy that was confirmed before")


def _photo(address: str | None, kind: str, width: int | None, height: int | None) -> Photo:
    size = f", {width} × {height}" if width is not None else ""
    return Photo(address, f"{kind}{size}" + ("" if address else ", no preview is kept"))


def _said(number: int, message: MessageOut, view: CaseView) -> Said:
    by_reporter = message.sender == "reporter"
    text = message.text or ""
    pieces = marked(text, f"messages.{number}.text", view.hints) if by_reporter else (Piece(text),)
    who = "Reporter" if by_reporter else message.name or "Moderator"
    return Said(who, by_reporter, message.at, pieces, message.asks, message.added)


def _neighbours(case: Case, visitor: Visitor, asked: Asked, uow: UnitOfWork) -> tuple[str | None, str | None]:
    first, _ = asked.page(visitor.actor, uow, after=None, limit=_NEIGHBOURS)
    ids = [one.id for one in first]
    before = ids[ids.index(case.id) - 1] if case.id in ids[1:] else None
    later, _ = asked.page(visitor.actor, uow, after=asked.cursor_after(case), limit=1)
    return before, later[0].id if later else None


def _plantable(case: Case, sides: Sides, visitor: Visitor, uow: UnitOfWork) -> bool:
    """Tell whether the visitor may make it a pair whose answer is known, and nobody has."""
    if case.is_open or sides.match is None or not visitor.may(Permission.DECISION_APPROVE):
        return False
    return standing_answer(case.id, uow) is not None and uow.known_pairs.of_case(case.id) is None


def _awaiting(case: Case, uow: UnitOfWork) -> str | None:
    waiting = (one for one in uow.decisions.of_case(case.id) if one.state is DecisionState.AWAITING_APPROVAL)
    found = next(waiting, None)
    return None if found is None else found.id
