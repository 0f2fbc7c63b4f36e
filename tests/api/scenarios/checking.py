"""Comparing what a service made of what was done with what people said: the index, each match, and each upload."""

from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import DecisionState
from casework.domain.ids import TakedownId
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.engine import recommend
from casework.policy.recommendation import Outcome
from casework.steps.finding.judging import facts_of_match
from casework.steps.uploads.standing import restriction_of
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from matcher.strength import Strength
from tests.api.scenarios.world import World


def check(world: World) -> None:
    """Compare the index and every upload with what people said."""
    with world.service.reading() as uow:
        for value in world.values:
            codes = {"pdq/1": Query.of_signals([Signal("pdq/1", value, 100)]).codes()["pdq/1"]}
            found = world.service.replica.find(Collection.TAKEDOWNS, [codes])[0].found
            near = {hit.item_id for hit in found}
            assert world.service.replica.near(Collection.TAKEDOWNS, [codes]).of_any() == near
            items = uow.index_log.items(near)
            assert {item.owner_id for item in items.values()} == _standing_for(world, value, uow)
        notices = {case_id: _notice_of(case_id, uow) for case_id in world.cases}
        pictures = {**world.pictures, **_pictures_of_matches(world, uow)}
        for upload_id in world.uploads:
            for match in uow.matches.of_upload(upload_id):
                takedown = uow.takedowns.get(match.takedown_id)
                if takedown.state.stands and not world.story.is_settled(upload_id, takedown.id):
                    blocks = _may_block(match, takedown, uow)
                    blocks = blocks and world.story.is_trusted(takedown.id, pictures, notices)
                    assert (match.verdict is Verdict.BLOCK) == blocks, (match.reason, takedown.trust_lacks)
            matches = {one.takedown_id: one.verdict for one in uow.matches.of_upload(upload_id)}
            upload = uow.uploads.get(upload_id)
            assert upload.verdict == world.story.verdict(upload_id, matches)
            restriction = restriction_of(upload, uow)
            assert (restriction is None) == (upload.verdict is Verdict.ALLOW), "who posted it is owed a reason"
            if restriction is not None:
                assert uow.decisions.get(restriction.decision_id).state is DecisionState.EFFECTIVE
            if upload.verdict is Verdict.HOLD:
                assert uow.cases.get(upload.case_id).state is not CaseState.DECIDED, "nobody will let it go"


def _may_block(match: Match, takedown: Takedown, uow: SqlUnitOfWork) -> bool:
    """Say whether everything but trust lets a copy be blocked without a person."""
    recommended = recommend(facts_of_match(uow.cases.get(takedown.case_id).facts, takedown, None))
    sure = match.strength is Strength.NEAR and match.agreeing >= 2 and match.evidence
    vouched = not uow.media.get(match.media_id).is_claimed
    upheld = takedown.state is TakedownState.ACTIVE and takedown.hash_action.acts_by_itself
    return bool(sure and vouched and upheld and recommended.outcome is Outcome.REMOVE)


def _notice_of(case_id: str, uow: SqlUnitOfWork) -> str:
    """Return the case of the report that a case goes back to."""
    case = uow.cases.get(case_id)
    while case.report_id is None:
        case = uow.cases.get(uow.takedowns.get(case.takedown_id).case_id)
    return case.id


def _pictures_of_matches(world: World, uow: SqlUnitOfWork) -> dict[str, str]:
    """Return the pictures of cases that a match opened: those of their uploads."""
    cases = (uow.cases.get(case_id) for case_id in world.cases)
    return {case.id: world.pictures[case.upload_id] for case in cases if case.upload_id is not None}


def _standing_for(world: World, value: bytes, uow: SqlUnitOfWork) -> set[str]:
    """Say by what people did which takedowns stand and have a reference with this value."""
    standing = set()
    for takedown_id in world.takedowns:
        references = uow.media.many(uow.takedowns.references(TakedownId(takedown_id))).values()
        has_value = any(signal.value == value for one in references for signal in one.signals)
        if takedown_id in world.story.standing and has_value:
            standing.add(takedown_id)
    return standing
