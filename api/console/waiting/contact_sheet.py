"""
A group as a contact sheet: a small drawing of each of its cases, those that are not like the others first.

Invariant: nothing is decided here, and what may be decided at once is asked of the rule that the API asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.console.cases.case_page import Advice, advice_on
from api.console.cases.facts import FactRow, fact_rows
from api.console.door import Visitor
from api.console.waiting.groups import GroupRow, row_of
from api.views.casework.case_rows import case_groups
from api.views.casework.people import People
from casework.domain.cases.case import Case
from casework.domain.cases.listing import CaseGroup, GroupKey
from casework.domain.errors import NotFoundError
from casework.domain.ids import CaseId
from casework.domain.takedowns.upload import Match
from casework.handlers.deciding.together import seen_by
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.inheritance import POST_FACTS
from casework.policy.odd_ones import Placed, odd_ones_first
from casework.policy.together import MOST_TOGETHER, SampleTerms

_SAID_BY_ITS_OWN_BOX = "context_assessed"


@dataclass(frozen=True, slots=True)
class Tile:
    """
    One case of a sheet.

    Args:
        id: The case's.

        words: What was done to the copy.

        upload_id: The platform's id of the upload.

        uploader_id: Who posted it, or None.

        odd: Why it is not like the others; empty where it is.

        can_be_drawn: Whether a preview of it is kept.

        held_by: Who else holds it, or None.

        looked_at: Whether the visitor has looked at it, so that it counts in the sample.

        chosen: Whether it is among those that are decided.
    """

    id: CaseId
    words: str
    upload_id: str
    uploader_id: str | None
    odd: tuple[str, ...]
    can_be_drawn: bool
    held_by: str | None
    looked_at: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """
    How many cases are looked at before many are decided at once.

    Args:
        above: Up to this many are decided without one being looked at.

        needed: How many of this group must have been, if all that are shown are decided.

        seen: How many the visitor has looked at.
    """

    above: int
    needed: int
    seen: int


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """
    A group's page.

    Args:
        row: The group.

        key: Its key.

        origin_case_id: The case in which the original was decided.

        original: Address of the drawing of what was removed; None where no preview of it is kept.

        tiles: The first `MOST_TOGETHER` due, what is odd first.

        left: How many more there are in the group.

        sample: How many are looked at first.

        advice: What the policy recommends for those that are like the others.

        advice_once_looked: The same, once the context of each was looked at.

        facts: What else can be said of all.
    """

    row: GroupRow
    key: str
    origin_case_id: CaseId
    original: str | None
    tiles: list[Tile]
    left: int
    sample: Sample
    advice: Advice
    advice_once_looked: Advice
    facts: list[FactRow]


def sheet_of(
    group: str, visitor: Visitor, uow: SqlUnitOfWork, *, terms: SampleTerms, chosen: frozenset[str] | None = None
) -> ContactSheet | None:
    """
    Put a group's page together.

    Args:
        group: Its key.

        visitor: Who looks.

        uow: To read.

        terms: How many cases are looked at before many are decided at once.

        chosen: Which cases were chosen on the page before; None for those that are like the others and free.

    Returns:
        None where nothing of it is open any more.

    Raises:
        NotFoundError: If there is no such takedown.
    """
    key = GroupKey.read(group)
    try:
        takedown = uow.takedowns.get(key.takedown_id)
    except NotFoundError as error:
        message = f"there is no group {group!r}"
        raise NotFoundError(message) from error
    ids, count = uow.cases.members(key, limit=MOST_TOGETHER)
    if not ids:
        return None
    known = uow.cases.many(ids)
    cases = [known[one] for one in ids]
    uploads = uow.uploads.many(one.upload_id for one in cases if one.upload_id is not None)
    matches = _matches(cases, uow)
    placed = odd_ones_first([(case, matches.get(case.id)) for case in cases])
    seen = seen_by(visitor.actor, ids, uow)
    media = uow.media.many({one.media_id for one in uploads.values()})
    (shown,) = case_groups([CaseGroup(key, count, cases[0].deadline)], visitor.actor, uow, size=terms.size)
    usual = next((known[one.case_id] for one in reversed(placed) if not one.odd), cases[0])
    people = People(uow)

    def tile(at: Placed) -> Tile:
        case = known[at.case_id]
        upload = uploads[case.upload_id or ""]
        match = matches.get(case.id)
        held = case.is_held_by_another(visitor.actor.id, uow.now)
        return Tile(
            id=case.id,
            words="" if match is None else match.explanation,
            upload_id=upload.platform_id,
            uploader_id=upload.uploader_id,
            odd=at.odd,
            can_be_drawn=media[upload.media_id].has_preview,
            held_by=people.named(case.claimed_by).name if held and case.claimed_by else None,
            looked_at=case.id in seen,
            chosen=(not at.odd and not held) if chosen is None else case.id in chosen,
        )

    needed = terms.needed(of_takedown=len(cases), together=len(cases))
    return ContactSheet(
        row=row_of(shown, uow.now),
        key=group,
        origin_case_id=takedown.case_id,
        original=_original(takedown.case_id, uow),
        tiles=[tile(one) for one in placed],
        left=count - len(cases),
        sample=Sample(terms.above, needed, len(seen)),
        advice=advice_on(usual),
        advice_once_looked=advice_on(usual.with_facts(usual.facts.with_changes({_SAID_BY_ITS_OWN_BOX: True}))),
        facts=_facts_of_posts(usual),
    )


def _matches(cases: Sequence[Case], uow: SqlUnitOfWork) -> dict[CaseId, Match]:
    found = uow.matches.of_uploads([one.upload_id for one in cases if one.upload_id is not None])
    of_cases = {}
    for case in cases:
        matched = found[case.upload_id] if case.upload_id is not None else []
        match = next((one for one in matched if one.takedown_id == case.takedown_id), None)
        if match is not None:
            of_cases[case.id] = match
    return of_cases


def _original(case_id: CaseId, uow: SqlUnitOfWork) -> str | None:
    media = uow.media.of_case(case_id)
    return f"/console/cases/{case_id}/drawings/0.png" if media and media[0].has_preview else None


def _facts_of_posts(case: Case) -> list[FactRow]:
    """Show what can be said of all posts by ticking a box; whether their context was looked at has one of its own."""
    rows = fact_rows(case.facts)
    names = {f"fact.{one}" for one in POST_FACTS - {_SAID_BY_ITS_OWN_BOX}}
    return [one for one in rows if one.field in names and not one.choices]
